//! The public resolvers of the simulated world and what they remember. Pure: time comes in as the time
//! since the sandbox began.

use std::collections::HashMap;
use std::time::Duration;

use super::world::World;
use super::world::answer::{Answer, Rcode, View};

/// What everybody asks about a mail name.
const KINDS: [&str; 4] = ["CNAME", "TXT", "MX", "A"];
/// Stands for every type of a name that does not exist.
const NO_NAME: &str = "NXDOMAIN";
/// How long a server failure is remembered.
const FAILURE_MEMORY: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
struct Remembered {
    answer: Answer,
    since: Duration,
    until: Duration,
}

/// One caching resolver.
#[derive(Debug, Clone, Default)]
pub(super) struct Resolver {
    memory: HashMap<(String, String), Remembered>,
    /// Longest time that anything is remembered, as `cache-max-ttl` of Unbound sets it.
    longest: Option<Duration>,
}

impl Resolver {
    /// A resolver that remembers nothing yet, and nothing longer than `longest`.
    pub(super) fn new(longest: Option<Duration>) -> Self {
        Self { memory: HashMap::new(), longest }
    }

    /// Answers from memory, with lifetimes counted down, or asks the world and remembers.
    pub(super) fn resolve(&mut self, world: &World, now: Duration, name: &str, kind: &str) -> Answer {
        // That a name does not exist holds for every type. Source: RFC 2308 section 5.
        let key = (name.to_owned(), kind.to_owned());
        let nothing = (name.to_owned(), NO_NAME.to_owned());
        let known =
            [&nothing, &key].into_iter().find_map(|key| self.memory.get(key).filter(|one| one.until > now));
        if let Some(known) = known {
            return aged(known, now);
        }
        let mut answer = world.answer(View::Public, name, kind);
        let key = if answer.rcode == Rcode::NxDomain && answer.answers.is_empty() { nothing } else { key };
        if answer.rcode == Rcode::Refused {
            answer.rcode = Rcode::ServFail;
        }
        let known = Remembered { since: now, until: now + self.lifetime(&answer), answer };
        let answer = aged(&known, now);
        self.memory.insert(key, known);
        answer
    }

    /// Makes sure that the answer of this moment is remembered, as if somebody had asked a while ago:
    /// mail names are asked for all the time, so a resolver nearly always holds an old answer when a
    /// record changes. `age` is the share of its lifetime that has passed, 0.0 to 1.0.
    pub(super) fn has_been_asked(&mut self, world: &World, now: Duration, name: &str, age: f64) {
        for kind in KINDS {
            let key = (name.to_owned(), kind.to_owned());
            if self.memory.get(&key).is_some_and(|known| known.until > now) {
                continue;
            }
            let answer = world.answer(View::Public, name, kind);
            let lived = self.lifetime(&answer);
            let until = now + lived.mul_f64(1.0 - age);
            // Before the sandbox began there is no time, so a young world has young answers.
            let since = now.saturating_sub(lived.mul_f64(age));
            self.memory.insert(key, Remembered { answer, since, until });
        }
    }

    fn lifetime(&self, answer: &Answer) -> Duration {
        let records = if answer.answers.is_empty() { &answer.authority } else { &answer.answers };
        let shortest = records.iter().map(|record| Duration::from_secs(record.ttl.into())).min();
        let lifetime = shortest.unwrap_or(FAILURE_MEMORY);
        self.longest.map_or(lifetime, |longest| lifetime.min(longest))
    }
}

fn aged(known: &Remembered, now: Duration) -> Answer {
    let mut answer = known.answer.clone();
    // In whole seconds, the rest dropped: in its last second an answer is given out with 0, as Unbound
    // does it.
    let left = u32::try_from(known.until.saturating_sub(now).as_secs()).unwrap_or(u32::MAX);
    let passed = u32::try_from(now.saturating_sub(known.since).as_secs()).unwrap_or(u32::MAX);
    for record in answer.answers.iter_mut().chain(&mut answer.authority) {
        record.ttl = record.ttl.saturating_sub(passed).min(left);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::super::scenario;
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NAME: &str = "s1._domainkey.example.com";

    fn world() -> World {
        scenario::read(scenario::named("default").unwrap(), crate::testing::then()).unwrap()
    }

    fn flip(world: &mut World) {
        let zone = world.zones[0].id.clone();
        let id = world.zones[0].records.at(NAME).next().unwrap().id.clone();
        world.patch(&zone, &id, &serde_json::from_str(r#"{"proxied":false}"#).unwrap(), "now").unwrap();
    }

    #[test]
    fn an_old_answer_is_kept_for_its_lifetime_and_counts_down() {
        let (mut world, mut resolver) = (world(), Resolver::default());
        assert!(resolver.resolve(&world, SECOND, NAME, "CNAME").answers.is_empty());
        flip(&mut world);
        let later = resolver.resolve(&world, SECOND * 101, NAME, "CNAME");
        assert!(later.answers.is_empty());
        assert_eq!(later.authority[0].ttl, 1_700);
        assert_eq!(resolver.resolve(&world, SECOND * 1_802, NAME, "CNAME").answers.len(), 1);
    }

    #[test]
    fn that_a_name_does_not_exist_is_remembered_for_every_type() {
        let (mut world, mut resolver) = (world(), Resolver::default());
        let name = "new._domainkey.example.com";
        assert_eq!(resolver.resolve(&world, SECOND, name, "NS").rcode, Rcode::NxDomain);
        let zone = world.zones[0].id.clone();
        let body = format!(r#"{{"name":"{name}","type":"CNAME","content":"x.test"}}"#);
        world.create(&zone, &serde_json::from_str(&body).unwrap(), "now").unwrap();
        assert_eq!(resolver.resolve(&world, SECOND * 9, name, "CNAME").rcode, Rcode::NxDomain);
        assert_eq!(resolver.resolve(&world, SECOND * 1_802, name, "CNAME").rcode, Rcode::NoError);
    }

    #[test]
    fn a_mail_name_has_been_asked_for_before_it_changes() {
        let (mut world, mut resolver) = (world(), Resolver::new(Some(SECOND * 4)));
        resolver.has_been_asked(&world, SECOND * 10, NAME, 0.25);
        flip(&mut world);
        assert!(resolver.resolve(&world, SECOND * 12, NAME, "CNAME").answers.is_empty());
        assert_eq!(resolver.resolve(&world, SECOND * 14, NAME, "CNAME").answers.len(), 1);
    }

    #[test]
    fn in_its_last_second_an_answer_is_given_out_with_no_seconds_left() {
        let (mut world, mut resolver) = (world(), Resolver::new(Some(SECOND / 4)));
        let first = resolver.resolve(&world, SECOND, NAME, "CNAME");
        assert_eq!((first.answers.len(), first.authority[0].ttl), (0, 0));
        flip(&mut world);
        assert!(resolver.resolve(&world, SECOND * 6 / 5, NAME, "CNAME").answers.is_empty());
        assert_eq!(resolver.resolve(&world, SECOND * 5 / 4, NAME, "CNAME").answers.len(), 1);
    }
}
