//! What must hold after every run, whatever the zone and the faults. Each law returns what breaks it. Pure.

pub(crate) mod records;
mod requests;
mod words;

use serde_json::Value;

use crate::run::{Edit, Run, Truth};
use crate::world::World;

/// What breaks a law, in words.
pub(crate) type Breaches = Vec<String>;

/// What the state folder holds and what must not stand there.
pub(crate) struct Kept {
    /// Path and text.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) secrets: Vec<String>,
}

/// Checks one run against all laws.
pub(crate) fn broken(run: &Run, world: &World, edits: &[Edit], kept: &Kept) -> Breaches {
    let report: Option<Value> = serde_json::from_str(&run.stdout).ok();
    let report = report.as_ref();
    let mut breaches = [
        requests::announced(run, edits),
        requests::announced_before(run),
        requests::looked_up(run, report),
        requests::not_repeated(run),
        requests::stops_if_moved(run, report),
        records::edits_stand(&run.after, world, edits),
        words::says_what_is(run, report, edits),
        words::ends_as_documented(run, report),
        words::tells_no_secret(run, kept),
    ]
    .concat();
    if !run.is_fix() {
        breaches.extend(requests::leaves_edited(run, edits));
        return breaches;
    }
    breaches.extend(records::only_what_it_may(run, world, edits));
    if run.weather.is_fair() && edits.is_empty() {
        breaches.extend(records::fixed(run, world));
    }
    breaches
}

/// What differs between two states of the zone.
enum Difference<'t> {
    Created(&'t Value),
    Deleted(&'t Value),
    Changed(&'t Value, &'t Value),
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// What a person can set, and the handle if that is to count.
fn writable(record: &Value) -> Value {
    let mut record = record.clone();
    for own in ["id", "created_on", "modified_on", "proxiable", "meta"] {
        record.as_object_mut().unwrap().remove(own);
    }
    record
}

fn differences<'t>(before: &'t Truth, after: &'t Truth) -> Vec<Difference<'t>> {
    let changed = before.iter().filter_map(|(id, old)| match after.get(id) {
        None => Some(Difference::Deleted(old)),
        Some(new) if writable(new) != writable(old) => Some(Difference::Changed(old, new)),
        Some(_) => None,
    });
    let created = after.iter().filter(|(id, _)| !before.contains_key(*id));
    changed.chain(created.map(|(_, new)| Difference::Created(new))).collect()
}

impl Difference<'_> {
    /// Whether somebody edited the record.
    fn is_edited(&self, edits: &[Edit]) -> bool {
        match self {
            Self::Created(record) | Self::Deleted(record) => is_edited(edits, record),
            Self::Changed(old, new) => is_edited(edits, old) || is_edited(edits, new),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Created(record) => format!("created {record}"),
            Self::Deleted(record) => format!("deleted {record}"),
            Self::Changed(old, new) => format!("changed {old} to {new}"),
        }
    }
}

fn is_edited(edits: &[Edit], record: &Value) -> bool {
    edits.iter().any(|edit| edit.is_of(record))
}
