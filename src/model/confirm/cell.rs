//! What one server said about one name over time, and when to ask it again. Pure: time comes in as
//! the time since the confirmation began.

use std::time::Duration;

use super::{Agreement, Behind, Wanted, Word};
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation, Server};

/// Questions to a server that stays silent before it is left out.
const SILENT_ATTEMPTS: u32 = 3;
/// A resolver tells whole seconds, and some drop the rest: an answer may live that much longer than it says.
///
/// Source: Unbound 1.17.1, measured 2026-11-25: an answer of 3 s was given out for 3.3 s, at last with a lifetime of 0.
const DROPPED: Duration = Duration::from_secs(1);
/// Time after an old answer's end before the server is asked again.
const SLACK: Duration = Duration::from_millis(150);

/// One server and one name.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    /// The last word, without how long it may stand.
    pub(crate) last: Word,
    heard_at: Duration,
    attempts: u32,
    /// When the first differing answer had to be forgotten.
    old_until: Option<Duration>,
    /// When to ask again; `None` when asking again can change nothing.
    pub(crate) due: Option<Duration>,
}

impl Probe {
    pub(crate) fn new(server: Server) -> Self {
        let (behind, standing) = (Behind::NotAsked, Agreement::NotAsked);
        Self {
            last: Word { server, observation: None, behind, standing, expires_in: None },
            heard_at: Duration::ZERO,
            attempts: 0,
            old_until: None,
            due: Some(Duration::ZERO),
        }
    }

    pub(crate) fn is_authoritative(&self) -> bool {
        self.last.server.kind == Kind::Authoritative
    }

    pub(crate) fn says(&self, now: Duration) -> String {
        let heard = self.last.observation.as_ref();
        let says = heard.map_or_else(|| "not asked yet".to_owned(), Observation::describe);
        match self.expires_in(now) {
            Some(left) => format!("{says}, up to {} more", crate::model::plain::seconds(left)),
            None => says,
        }
    }

    /// Takes a new word into account. `target` is where the alias should point; without one, any alias is right.
    pub(crate) fn hear(
        &mut self,
        now: Duration,
        (observation, behind): (Observation, Behind),
        wanted: &Wanted,
        target: Option<&DomainName>,
    ) {
        self.attempts += 1;
        self.heard_at = now;
        self.last.standing = self.compare(now, (&observation, &behind), wanted, target);
        (self.last.observation, self.last.behind) = (Some(observation), behind);
        self.due = self.next(now);
        let is_different = self.last.standing == Agreement::Different;
        if is_different && self.old_until.is_none() && !self.is_authoritative() {
            self.old_until = self.lifetime().map(|lifetime| now + lifetime + DROPPED);
        }
    }

    fn compare(
        &self,
        now: Duration,
        (observation, behind): (&Observation, &Behind),
        Wanted { name, is_gone, .. }: &Wanted,
        target: Option<&DomainName>,
    ) -> Agreement {
        match observation {
            Observation::Silent => return Agreement::Silent,
            Observation::CouldNotSay { .. } | Observation::Unproven(_) | Observation::Delegated { .. } => {
                return Agreement::CouldNotSay;
            }
            Observation::Answer(_) | Observation::NoData { .. } | Observation::NoName { .. } => {}
        }
        let is_right = match observation.alias_at(name) {
            Some((alias, _)) => !is_gone && target.is_none_or(|target| alias == target),
            None => *is_gone,
        };
        match behind {
            Behind::NotAsked | Behind::Found if is_right => Agreement::Right,
            Behind::Missing(_) | Behind::Several(..) if is_right => Agreement::Unusable,
            Behind::CouldNotSay(_) if is_right => Agreement::CouldNotSay,
            _ if self.old_until.is_some_and(|until| now > until) => Agreement::Persisting,
            _ => Agreement::Different,
        }
    }

    /// How long the last answer may be kept.
    fn lifetime(&self) -> Option<Duration> {
        let seconds = match &self.last.behind {
            Behind::OldNo(lifetime) => *lifetime,
            _ => self.last.observation.as_ref().and_then(Observation::lifetime),
        };
        seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    fn next(&self, now: Duration) -> Option<Duration> {
        let grown = |first: f64, most: f64| {
            let times = f64::from(self.attempts.min(20).saturating_sub(1));
            now + Duration::from_secs_f64((first * 1.6_f64.powf(times)).min(most))
        };
        match self.last.standing {
            Agreement::Right | Agreement::Unusable => None,
            Agreement::Silent if self.attempts >= SILENT_ATTEMPTS => None,
            Agreement::Silent => Some(grown(0.5, 5.0)),
            Agreement::CouldNotSay => match self.last.observation {
                // Broken DNSSEC does not repair itself while somebody waits, nor does a delegation end.
                Some(
                    Observation::CouldNotSay { answers_unchecked: true, .. } | Observation::Delegated { .. },
                ) => None,
                _ => Some(grown(1.0, 10.0)),
            },
            Agreement::Different | Agreement::Persisting | Agreement::NotAsked if self.is_authoritative() => {
                Some(grown(0.25, 5.0))
            }
            Agreement::Different | Agreement::Persisting | Agreement::NotAsked => match self.lifetime() {
                // In its last second.
                Some(Duration::ZERO) => Some(grown(0.25, 10.0)),
                Some(lifetime) => Some(now + lifetime + SLACK),
                None => Some(grown(1.0, 10.0)),
            },
        }
    }

    /// For how many more seconds an old answer may be given out.
    fn expires_in(&self, now: Duration) -> Option<u64> {
        let is_old = matches!(self.last.standing, Agreement::Different | Agreement::Persisting);
        let lifetime = self.lifetime().filter(|_| is_old && !self.is_authoritative())?;
        // In its last second an answer says 0 and may still live.
        Some((self.heard_at + lifetime).saturating_sub(now).as_secs().max(1))
    }

    /// The last word, as it stands at `now`.
    pub(crate) fn word(&self, now: Duration) -> Word {
        Word { expires_in: self.expires_in(now), ..self.last.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lookup::{Endpoint, Seen, SeenData};

    const SECOND: Duration = Duration::from_secs(1);

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn cell(kind: Kind) -> Probe {
        let address = "127.0.0.1:53".parse().unwrap();
        Probe::new(Server { endpoint: Endpoint::Udp(address), kind, name: None })
    }

    fn wanted(is_gone: bool) -> Wanted {
        let (publishes, authoritative) = (Vec::new(), Vec::new());
        Wanted { name: name("a.test"), target: None, is_gone, publishes, authoritative }
    }

    fn hear_behind(cell: &mut Probe, at: Duration, heard: (Observation, Behind)) {
        cell.hear(at, heard, &wanted(false), Some(&name("b.test")));
    }

    #[test]
    fn where_no_alias_is_wanted_an_alias_is_an_old_answer() {
        let mut cell = cell(Kind::Resolver);
        cell.hear(SECOND, (alias("b.test"), Behind::NotAsked), &wanted(true), None);
        assert_eq!(cell.last.standing, Agreement::Different);
        let none = Observation::NoName { negative_ttl: None };
        cell.hear(SECOND, (none, Behind::NotAsked), &wanted(true), None);
        assert_eq!(cell.last.standing, Agreement::Right);
    }

    fn hear(cell: &mut Probe, at: Duration, observation: Observation) {
        hear_behind(cell, at, (observation, Behind::NotAsked));
    }

    fn alias(target: &str) -> Observation {
        Observation::Answer(vec![Seen {
            name: name("a.test"),
            ttl: 300,
            data: SeenData::Alias(name(target)),
        }])
    }

    #[test]
    fn a_resolver_is_asked_again_when_its_old_answer_has_died() {
        let mut cell = cell(Kind::Resolver);
        hear(&mut cell, SECOND, Observation::NoData { negative_ttl: Some(30) });
        assert_eq!(cell.last.standing, Agreement::Different);
        assert_eq!(cell.due, Some(SECOND * 31 + SLACK));
        assert_eq!(cell.word(SECOND * 11).expires_in, Some(20));
        hear(&mut cell, SECOND * 32, alias("b.test"));
        assert_eq!((cell.last.standing, cell.due), (Agreement::Right, None));
    }

    #[test]
    fn an_answer_that_outlives_its_time_is_no_old_answer() {
        let mut cell = cell(Kind::Resolver);
        hear(&mut cell, SECOND, alias("old.test"));
        hear(&mut cell, SECOND * 100, alias("old.test"));
        assert_eq!(cell.last.standing, Agreement::Different);
        hear(&mut cell, SECOND * 302, alias("old.test"));
        assert_eq!(cell.last.standing, Agreement::Different, "its last second may be cut off");
        hear(&mut cell, SECOND * 303, alias("old.test"));
        assert_eq!(cell.last.standing, Agreement::Persisting);
    }

    #[test]
    fn an_answer_in_its_last_second_is_asked_for_again_within_it_and_is_still_an_old_one() {
        let mut cell = cell(Kind::Resolver);
        hear(&mut cell, SECOND, Observation::NoData { negative_ttl: Some(0) });
        assert_eq!(cell.due, Some(SECOND * 5 / 4));
        hear(&mut cell, SECOND * 5 / 4, Observation::NoData { negative_ttl: Some(0) });
        assert_eq!(cell.last.standing, Agreement::Different);
    }

    #[test]
    fn a_silent_server_is_asked_a_few_times_and_then_left_out() {
        let mut cell = cell(Kind::Resolver);
        for attempt in 1..=SILENT_ATTEMPTS {
            assert!(cell.due.is_some(), "before attempt {attempt}");
            hear(&mut cell, SECOND * attempt, Observation::Silent);
        }
        assert!(cell.due.is_none());
        assert_eq!(cell.last.standing, Agreement::Silent);
    }

    #[test]
    fn the_source_is_asked_often_at_first_and_less_often_later() {
        let mut cell = cell(Kind::Authoritative);
        let mut now = Duration::ZERO;
        let mut pauses = Vec::new();
        for _ in 0..9 {
            hear(&mut cell, now, Observation::NoData { negative_ttl: Some(1_800) });
            let due = cell.due.unwrap();
            pauses.push(due.saturating_sub(now).as_secs_f64());
            now = due;
        }
        assert!(pauses.is_sorted() && pauses[0] < 0.3 && pauses[8] <= 5.0, "{pauses:?}");
        assert_eq!(cell.word(now).expires_in, None);
    }

    #[test]
    fn an_alias_with_nothing_usable_behind_it_is_not_right() {
        let mut cell = cell(Kind::Resolver);
        let missing = Behind::Missing(vec![crate::model::catalog::Publishes::DkimKey]);
        hear_behind(&mut cell, SECOND, (alias("b.test"), missing));
        assert_eq!((cell.last.standing, cell.due.is_none()), (Agreement::Unusable, true));
        hear_behind(&mut cell, SECOND, (alias("b.test"), Behind::OldNo(Some(9))));
        assert_eq!((cell.last.standing, cell.due), (Agreement::Different, Some(SECOND * 10 + SLACK)));
    }
}
