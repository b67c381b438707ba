//! Random faults, and what else happens to a run. Pure.

use std::time::Duration;

use cf_domauth::sandbox::Fault;
use fastrand::Rng;

/// What comes at a moment at which a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Interrupt,
    Terminate,
    Kill,
    /// Somebody in the dashboard comments on a mail record, points it elsewhere, deletes it, or adds a record.
    Comment,
    Retarget,
    Delete,
    Publish,
}

impl Event {
    pub(crate) fn is_signal(self) -> bool {
        matches!(self, Self::Interrupt | Self::Terminate | Self::Kill)
    }
}

/// What happens to one run.
#[derive(Debug, Default)]
pub(crate) struct Weather {
    pub(crate) faults: Vec<Fault>,
    /// What happens, at which request of the run, and whether before that is carried out.
    pub(crate) event: Option<(Event, usize, bool)>,
}

impl Weather {
    pub(crate) fn is_fair(&self) -> bool {
        self.faults.is_empty() && self.event.is_none()
    }

    /// Whether a request may rightly be sent twice.
    pub(crate) fn throttles(&self) -> bool {
        let throttles = |fault: &Fault| match fault {
            Fault::Throttled(_) => true,
            Fault::OnWrites(fault) => matches!(**fault, Fault::Throttled(_)),
            _ => false,
        };
        self.faults.iter().any(throttles)
    }
}

/// What somebody else may do in the dashboard.
pub(crate) const EDITS: [Event; 4] = [Event::Comment, Event::Retarget, Event::Delete, Event::Publish];

pub(crate) fn draw(rng: &mut Rng) -> Weather {
    let event = rng.bool().then(|| {
        let signals = [Event::Interrupt, Event::Terminate, Event::Kill, Event::Kill];
        let event = rng.choice(signals.into_iter().chain(EDITS).collect::<Vec<_>>());
        // The fifth or the sixth request is the one that changes something.
        let request = rng.choice([1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 7, 8]);
        (event.unwrap_or(Event::Kill), request.unwrap_or(5), rng.bool())
    });
    let most = if event.is_some() { 2 } else { 3 };
    let faults = (0..rng.usize(0..most)).map(|_| fault(rng)).collect();
    Weather { faults, event }
}

fn fault(rng: &mut Rng) -> Fault {
    let millis = |rng: &mut Rng, range: std::ops::Range<u64>| Duration::from_millis(rng.u64(range));
    match rng.u8(..24) {
        0 => Fault::Throttled(rng.u32(1..3)),
        1 => Fault::OnWrites(Box::new(Fault::Throttled(rng.u32(1..3)))),
        2 | 3 => Fault::ServerError(f64::from(rng.u8(1..4)) / 10.0),
        4 | 5 => Fault::OnWrites(Box::new(Fault::ServerError(1.0))),
        6 => Fault::OnWrites(Box::new(Fault::Html)),
        7..=9 => Fault::LostReply(rng.u32(1..3)),
        10..=12 => Fault::OnWrites(Box::new(Fault::Truncated)),
        13 => Fault::NoopPatch,
        14 => Fault::Lag(millis(rng, 100..1_000)),
        15 => Fault::Indented,
        16 => Fault::Slow(millis(rng, 1..80)),
        17 => Fault::LongList,
        18 => Fault::NoOldValues,
        19 => Fault::SilentResolver(rng.usize(1..5)),
        20 => Fault::LyingResolver(rng.usize(1..5)),
        21 => Fault::SilentDns,
        22 => rng.choice([Fault::ShortList, Fault::EmptyPage, Fault::IgnorePage(2)]).unwrap_or(Fault::Html),
        _ => rng.choice([Fault::Html, Fault::Truncated]).unwrap_or(Fault::Html),
    }
}
