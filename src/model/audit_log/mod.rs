//! Who deleted what, told from Cloudflare's two audit logs. Pure.
//!
//! Neither log promises to hold the record that was deleted. The older one often does (`oldValueJson`); where
//! it does not, and in the newer one for a single delete, the record is found in what was written about it
//! before: same record, earlier entry.
//!
//! Source: Cloudflare's API description of both logs, and entries in the test data of `elastic/integrations`
//! (older log); that an update is `rec_set`, and what the newer log holds for DNS records, is inference.
//! Checked 2026-08-22.

mod v1;
mod v2;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::model::catalog::{Catalog, Treatment};
use crate::model::diagnosis::classify;
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::{Expectation, Source};
use crate::model::plain;

pub use v1::events as events_v1;
pub use v2::events as events_v2;

/// Something that happened to one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub when: Timestamp,
    /// Which record, in the log's own way of naming it.
    pub key: String,
    /// What the record was: after it was written, or before it was deleted. `None` where the log does not say,
    /// or where it was no alias.
    pub state: Option<State>,
    pub is_deletion: bool,
    pub actor: Actor,
}

/// An alias as the log describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub name: DomainName,
    pub target: DomainName,
    pub ttl: Ttl,
}

/// Who did something, and through what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Actor {
    /// An e-mail address, or what the log calls the actor.
    pub who: String,
    /// `in the dashboard`, `through the API token …`.
    pub through: String,
    /// Whether it was a person at the dashboard.
    pub is_person: bool,
}

/// An alias that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub state: State,
    pub when: Timestamp,
    pub actor: Actor,
}

impl Deletion {
    fn words(&self) -> String {
        let Actor { who, through, .. } = &self.actor;
        let day = self.when.strftime("%Y-%m-%d %H:%M UTC");
        plain::sanitize_line(&format!("deleted {day} by {who} {through}"))
    }
}

/// Whether a record in the log's words is something else than an alias: that it was deleted leaves nothing open.
fn is_no_alias(record: &Value) -> bool {
    record.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "CNAME")
}

/// What a record in the log's words is, if it is an alias.
fn state(record: &Value) -> Option<State> {
    let text = |member: &str| record.get(member).and_then(Value::as_str);
    if text("type")? != "CNAME" {
        return None;
    }
    let (name, target) = (DomainName::parse(text("name")?).ok()?, DomainName::parse(text("content")?).ok()?);
    let ttl = record.get("ttl").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
    // A proxied record lost the lifetime it once had.
    let is_proxied = record.get("proxied").and_then(Value::as_bool) == Some(true);
    let ttl = ttl.filter(|_| !is_proxied).map_or(Ttl::Automatic, Ttl::from_api);
    Some(State { name, target, ttl })
}

/// The last deletion of each name, and when records were deleted of which nothing else is told. Of events of one
/// moment the first happened first.
pub fn deletions(mut events: Vec<Event>) -> (Vec<Deletion>, Vec<Timestamp>) {
    events.sort_by_key(|event| event.when);
    let mut last: BTreeMap<String, State> = BTreeMap::new();
    let mut known_otherwise: BTreeSet<String> = BTreeSet::new();
    let mut found: BTreeMap<DomainName, Deletion> = BTreeMap::new();
    let mut unknown = Vec::new();
    for Event { when, key, state, is_deletion, actor } in events {
        match (is_deletion, state) {
            (false, Some(state)) => {
                // Whatever was deleted at this name before, it is in use again.
                found.remove(&state.name);
                last.insert(key, state);
            }
            (false, None) => {
                // What it was before, it is no more.
                last.remove(&key);
                known_otherwise.insert(key);
            }
            (true, state) => match state.or_else(|| last.remove(&key)) {
                Some(state) => {
                    found.insert(state.name.clone(), Deletion { state, when, actor });
                }
                None if known_otherwise.contains(&key) => {}
                None => unknown.push(when),
            },
        }
    }
    (found.into_values().collect(), unknown)
}

/// Of two logs the later deletion of each name.
pub fn latest(one: Vec<Deletion>, other: Vec<Deletion>) -> Vec<Deletion> {
    let mut found: BTreeMap<DomainName, Deletion> = BTreeMap::new();
    for deletion in one.into_iter().chain(other) {
        let known = found.get(&deletion.state.name);
        if known.is_none_or(|known| known.when < deletion.when) {
            found.insert(deletion.state.name.clone(), deletion);
        }
    }
    found.into_values().collect()
}

/// Of the deletions that one log does not describe those that the other log does not tell either: what it tells
/// of that moment is taken for the same.
pub fn untold(unknown: &[Timestamp], told: &[Deletion]) -> usize {
    let is_told =
        |when: &&Timestamp| told.iter().any(|one| one.when.duration_since(**when).abs() <= SAME_MOMENT);
    unknown.len() - unknown.iter().filter(is_told).count()
}

/// Two entries about one request are not dated the same to the second.
const SAME_MOMENT: SignedDuration = SignedDuration::from_secs(5);

/// Which deletions concern which of these zones: each the one that holds its name most closely.
pub fn by_zone<'z>(
    deletions: Vec<Deletion>,
    zones: impl Iterator<Item = &'z DomainName>,
) -> BTreeMap<DomainName, Vec<Deletion>> {
    let zones: BTreeSet<&DomainName> = zones.collect();
    let mut found: BTreeMap<DomainName, Vec<Deletion>> = BTreeMap::new();
    for deletion in deletions {
        let holder = deletion.state.name.and_ancestors().find(|name| zones.contains(name));
        if let Some(zone) = holder {
            found.entry(zone).or_default().push(deletion);
        }
    }
    found
}

/// How long ago a deletion must be to look deliberate: nobody missed the records since.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far apart the deletions of one clean-up are at most.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

/// What the deletions suggest: mail records that were deleted and are not there again, each with who deleted
/// it and whether that looks deliberate. `is_held` tells whether an alias stands in the zone for this one.
pub fn proposals(
    deletions: &[Deletion],
    catalog: &Catalog,
    is_held: impl Fn(&State) -> bool,
    now: Timestamp,
) -> Vec<Expectation> {
    let is_mail = |one: &&Deletion| {
        let known = classify(&one.state.name, &one.state.target, false, catalog);
        known.is_some_and(|known| known.treatment == Treatment::Fix)
    };
    let mail: Vec<&Deletion> = deletions.iter().filter(is_mail).collect();
    let lost = mail.iter().filter(|one| !is_held(&one.state));
    lost.map(|one| Expectation {
        name: one.state.name.clone(),
        target: one.state.target.clone(),
        ttl: one.state.ttl,
        source: Source::AuditLog {
            deletion: one.words(),
            deliberate: deliberate(one, &mail, catalog, (&is_held, now)),
        },
    })
    .collect()
}

/// Says so when a deletion looks deliberate: everything of that provider, by a person, long ago.
fn deliberate(
    one: &Deletion,
    mail: &[&Deletion],
    catalog: &Catalog,
    (is_held, now): (&impl Fn(&State) -> bool, Timestamp),
) -> Option<String> {
    let provider = |one: &Deletion| {
        catalog.find_record(&one.state.name, &one.state.target).map(|entry| entry.provider.name.clone())
    };
    let name = provider(one)?;
    let of_provider: Vec<&&Deletion> =
        mail.iter().filter(|other| provider(other).as_ref() == Some(&name)).collect();
    let is_clean_up = of_provider.len() > 1
        && of_provider.iter().all(|other| {
            let apart = other.when.duration_since(one.when).abs();
            other.actor.is_person && apart <= TOGETHER && !is_held(&other.state)
        });
    let age = now.duration_since(one.when);
    (is_clean_up && age >= LONG_AGO).then(|| {
        let days = age.as_hours() / 24;
        format!(
            "all {} {name} records were deleted together by a person, {days} days ago: this looks deliberate",
            of_provider.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalog, name};

    fn event(when: &str, key: &str, state: Option<(&str, &str)>, is_deletion: bool) -> Event {
        let state = state.map(|(at, to)| State { name: name(at), target: name(to), ttl: Ttl::Automatic });
        let actor =
            Actor { who: "a@example.com".into(), through: "in the dashboard".into(), is_person: true };
        Event { when: when.parse().unwrap(), key: key.into(), state, is_deletion, actor }
    }

    const AT: &str = "s1._domainkey.example.com";
    const S1: &str = "s1.domainkey.u1.wl1.sendgrid.net";
    const S2: &str = "s2.domainkey.u1.wl1.sendgrid.net";

    #[test]
    fn a_deletion_without_its_record_is_told_from_what_was_written_before() {
        let events = vec![
            event("2026-11-20T10:00:00Z", "1", None, true),
            event("2026-11-01T10:00:00Z", "1", Some((AT, S1)), false),
            event("2026-10-01T10:00:00Z", "1", Some((AT, "old.test")), false),
            event("2026-11-20T10:00:00Z", "2", None, true),
        ];
        let (found, unknown) = deletions(events);
        assert_eq!((found[0].state.target.as_str(), unknown.len()), (S1, 1));
    }

    #[test]
    fn a_name_that_was_used_again_does_not_count_as_deleted() {
        let events = vec![
            event("2026-11-01T10:00:00Z", "1", Some((AT, "old.test")), true),
            event("2026-11-02T10:00:00Z", "2", Some((AT, S1)), false),
            event("2026-11-03T10:00:00Z", "2", Some(("k3._domainkey.example.com", S1)), false),
        ];
        assert!(deletions(events).0.is_empty());
    }

    #[test]
    fn a_record_that_was_written_without_saying_how_is_not_told_from_before() {
        let events = vec![
            event("2026-11-01T10:00:00Z", "1", Some((AT, "old.test")), false),
            event("2026-11-02T10:00:00Z", "1", None, false),
            event("2026-11-03T10:00:00Z", "1", None, true),
        ];
        assert!(deletions(events).0.is_empty());
    }

    #[test]
    fn of_two_logs_the_later_deletion_counts() {
        let one = deletions(vec![event("2026-11-01T10:00:00Z", "1", Some((AT, "old.test")), true)]).0;
        let other = deletions(vec![event("2026-11-02T10:00:00Z", "2", Some((AT, S1)), true)]).0;
        assert_eq!(latest(one.clone(), other.clone())[0].state.target.as_str(), S1);
        assert_eq!(latest(other, one)[0].state.target.as_str(), S1);
    }

    #[test]
    fn of_several_deletions_of_a_name_the_last_counts() {
        let events = vec![
            event("2026-11-01T10:00:00Z", "1", Some((AT, "old.test")), true),
            event("2026-11-20T10:00:00Z", "2", Some((AT, S1)), true),
        ];
        assert_eq!(deletions(events).0[0].state.target.as_str(), S1);
    }

    #[test]
    fn a_deletion_that_no_log_describes_stays_unknown() {
        let (_, unknown) = deletions(vec![event("2026-11-20T10:00:00Z", "1", None, true)]);
        assert_eq!(untold(&unknown, &[]), 1);
        let told = |at: &str| deletions(vec![event(at, "2", Some((AT, S1)), true)]).0;
        assert_eq!(untold(&unknown, &told("2026-11-20T10:00:02Z")), 0);
        assert_eq!(untold(&unknown, &told("2026-11-21T10:00:00Z")), 1);
    }

    #[test]
    fn a_deletion_concerns_the_zone_that_holds_its_name_most_closely() {
        let found = deletions(vec![event("2026-11-20T10:00:00Z", "1", Some((AT, S1)), true)]).0;
        let zones = ["com", "example.com", "mail.example.com"].map(name);
        let by_zone = by_zone(found, zones.iter());
        assert_eq!(by_zone.keys().map(DomainName::as_str).collect::<Vec<_>>(), ["example.com"]);
    }

    #[test]
    fn everything_of_a_provider_by_a_person_long_ago_looks_deliberate() {
        let gone = |day: &str| {
            let events = vec![
                event(&format!("{day}T10:00:00Z"), "1", Some((AT, S1)), true),
                event(&format!("{day}T10:01:00Z"), "2", Some(("s2._domainkey.example.com", S2)), true),
                event(&format!("{day}T10:01:00Z"), "3", Some(("www.example.com", "site.test")), true),
            ];
            let now = "2026-11-23T00:00:00Z".parse().unwrap();
            proposals(&deletions(events).0, &catalog(), |_| false, now)
        };
        let recent = gone("2026-11-20");
        assert_eq!(recent.len(), 2, "web records are not ours");
        assert!(recent.iter().all(|one| one.source.caution().is_none()));
        let old = gone("2025-11-20");
        assert!(old.iter().all(|one| one.source.caution().unwrap().contains("looks deliberate")));
    }

    #[test]
    fn what_is_there_again_is_not_proposed() {
        let events = vec![event("2026-11-20T10:00:00Z", "1", Some((AT, S1)), true)];
        let now = "2026-11-23T00:00:00Z".parse().unwrap();
        assert!(proposals(&deletions(events).0, &catalog(), |_| true, now).is_empty());
    }
}
