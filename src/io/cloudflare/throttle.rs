//! When to try again, decided from what came back. Pure.

use std::time::Duration;

/// Why an attempt did not bring an answer that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setback {
    /// HTTP 429, whatever its code.
    Throttled { retry_after: Option<Duration> },
    /// A server error, or an answer that breaks off.
    Server { retry_after: Option<Duration> },
    /// The connection could not be made: nothing was sent.
    NotSent,
    /// The connection broke after the request went out.
    Broken,
    /// An answer that came too slowly, or that was far too long: there is no point in asking for it again.
    Endless,
}

/// Whether repeating a request can do harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes nothing.
    Read,
    /// Changes something: repeated only when it surely was not carried out.
    Write,
}

/// What has been spent on a request so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// Attempts that came to nothing, this one included.
    pub(super) attempts: u32,
    /// Time spent waiting for answers and pausing.
    pub(super) time: Duration,
}

/// Attempts at one request when the server or the network is at fault.
const ATTEMPTS: u32 = 4;
/// Longest time to spend on one request before it is sent again, so that a whole command does not wait for minutes.
const PATIENCE: Duration = Duration::from_secs(30);
/// Attempts when the request limit is used up.
const THROTTLED_ATTEMPTS: u32 = 8;
/// Longest time to sit out a used-up limit. The limit blocks for five minutes.
///
/// Source: `developers.cloudflare.com/fundamentals/api/reference/limits`; checked 2026-08-22.
const THROTTLED_PATIENCE: Duration = Duration::from_secs(330);

/// The pause before the next attempt; `None` when there should be none. `jitter` lies in 0.0 to 1.0.
pub(super) fn pause(setback: Setback, kind: Kind, spent: Spent, jitter: f64) -> Option<Duration> {
    let grown = |first: f64, factor: f64| {
        let times = f64::from(spent.attempts.saturating_sub(1));
        Duration::from_secs_f64(first * factor.powf(times) * (0.75 + jitter / 2.0))
    };
    let (pause, attempts, patience) = match (setback, kind) {
        (Setback::Throttled { retry_after }, _) => {
            (retry_after.unwrap_or_else(|| grown(1.0, 2.0)), THROTTLED_ATTEMPTS, THROTTLED_PATIENCE)
        }
        (Setback::Server { retry_after }, Kind::Read) => {
            (retry_after.unwrap_or_else(|| grown(0.3, 3.0)), ATTEMPTS, PATIENCE)
        }
        (Setback::NotSent, _) | (Setback::Broken, Kind::Read) => (grown(0.3, 3.0), ATTEMPTS, PATIENCE),
        (Setback::Server { .. } | Setback::Broken, Kind::Write) | (Setback::Endless, _) => return None,
    };
    let worth_it = spent.attempts < attempts && spent.time.saturating_add(pause) <= patience;
    worth_it.then_some(pause)
}

/// How long nobody should send anything, read from the headers of an answer.
///
/// `Ratelimit: "default";r=0;t=30` tells that nothing remains for 30 s. The header is not on every
/// answer, and its policy name differs.
///
/// Source: `developers.cloudflare.com/fundamentals/api/reference/limits`, changelog of 2025-09-03.
pub(super) fn used_up(ratelimit: &str) -> Option<Duration> {
    match remaining(ratelimit) {
        // The header counts whole seconds: one more, so as not to come too early.
        Some((0, reset)) => Some(Duration::from_secs(reset.saturating_add(1)).min(THROTTLED_PATIENCE)),
        _ => None,
    }
}

/// Requests left, and seconds until they are renewed, as the same header tells them.
pub(super) fn remaining(ratelimit: &str) -> Option<(u64, u64)> {
    let member = |name: &str| {
        let mut parts = ratelimit.split(';').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse::<u64>().ok())
    };
    member("r").zip(member("t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn spent(attempts: u32) -> Spent {
        Spent { attempts, time: Duration::ZERO }
    }

    #[test]
    fn a_read_is_tried_again_with_growing_pauses_and_then_given_up() {
        let server = Setback::Server { retry_after: None };
        let pauses: Vec<_> = (1..=4).map(|n| pause(server, Kind::Read, spent(n), 0.5)).collect();
        let millis = |m| Some(Duration::from_millis(m));
        assert_eq!(pauses, [millis(300), millis(900), millis(2700), None]);
    }

    #[test]
    fn a_write_is_repeated_only_when_it_surely_was_not_carried_out() {
        assert_eq!(pause(Setback::Broken, Kind::Write, spent(1), 0.5), None);
        assert_eq!(pause(Setback::Server { retry_after: None }, Kind::Write, spent(1), 0.5), None);
        assert!(pause(Setback::NotSent, Kind::Write, spent(1), 0.5).is_some());
        assert!(pause(Setback::Throttled { retry_after: None }, Kind::Write, spent(1), 0.5).is_some());
    }

    #[test]
    fn the_servers_pause_is_kept_unless_it_is_longer_than_our_patience() {
        let asked = |seconds| Setback::Server { retry_after: Some(SECOND * seconds) };
        assert_eq!(pause(asked(2), Kind::Read, spent(1), 0.5), Some(SECOND * 2));
        assert_eq!(pause(asked(120), Kind::Read, spent(1), 0.5), None);
        let limit = Setback::Throttled { retry_after: Some(SECOND * 300) };
        assert_eq!(pause(limit, Kind::Read, spent(1), 0.5), Some(SECOND * 300));
        let already = Spent { attempts: 2, time: SECOND * 300 };
        assert_eq!(pause(limit, Kind::Read, already, 0.5), None);
        let endless = Setback::Server { retry_after: Some(Duration::MAX) };
        assert_eq!(pause(endless, Kind::Read, already, 0.5), None);
    }

    #[test]
    fn a_used_up_limit_is_read_from_its_header() {
        assert_eq!(used_up("\"default\";r=0;t=30"), Some(SECOND * 31));
        assert_eq!(used_up("\"default\";r=50;t=30"), None);
        assert_eq!(used_up("nonsense"), None);
    }
}
