//! What moved between the making of a plan and its carrying out. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Plan};
use crate::model::dns::DomainName;
use crate::model::ids::RecordId;
use crate::model::inventory::HeldRecord;

/// Says what moved since the plan was made; empty when it still holds.
///
/// `now` is everything filed at the plan's names, read anew.
pub fn moved(plan: &Plan, now: &[&HeldRecord]) -> Vec<String> {
    let deleted = plan.changes.iter().filter_map(|change| change.write.deletes());
    let may_stay: BTreeSet<&RecordId> = deleted.chain(&plan.beside).collect();
    let mut by_id: BTreeMap<&RecordId, &HeldRecord> = BTreeMap::new();
    let mut rivals: BTreeMap<&DomainName, &HeldRecord> = BTreeMap::new();
    for held in now {
        by_id.entry(&held.id).or_insert(held);
        if !may_stay.contains(&held.id) {
            rivals.entry(&held.name).or_insert(held);
        }
    }
    let moved = |change: &Change| {
        let own = change.before.as_ref().and_then(|before| by_id.get(&before.id));
        let rival = change.after.as_ref().and_then(|after| rivals.get(&after.name));
        moved_at(change, own.copied(), rival.copied())
    };
    plan.changes.iter().filter_map(moved).collect()
}

/// What moved at one change: `own` is its record as it is now, `rival` what is filed where it is going and may not stay.
fn moved_at(change: &Change, own: Option<&HeldRecord>, rival: Option<&HeldRecord>) -> Option<String> {
    if let Some(before) = &change.before {
        match own {
            None => return Some(format!("{}: the record is gone", change.name)),
            Some(held) if held == before => {}
            Some(held) if change.after.as_ref().is_some_and(|after| after.is_held_by(held)) => {
                return Some(format!("{}: it is already as planned", change.name));
            }
            Some(held) => return Some(format!("{}: {}", change.name, difference(before, held))),
        }
    }
    let after = change.after.as_ref()?;
    if change.before.as_ref().is_some_and(|before| before.name == after.name) {
        return None;
    }
    let rival = rival?;
    let is_same = change.before.is_none() && after.is_held_by(rival);
    let what = if is_same {
        "it is already as planned".to_owned()
    } else {
        format!("a {} record has appeared", rival.kind)
    };
    Some(format!("{}: {what}", after.name))
}

/// What differs, every member named, so that one added later cannot be forgotten.
fn difference(before: &HeldRecord, now: &HeldRecord) -> String {
    let HeldRecord {
        id: _,
        name,
        kind,
        content,
        proxy,
        ttl,
        alias,
        comment,
        tags,
        is_read_only,
        modified_on,
        digest,
    } = before;
    let members = [
        (*name != now.name, "name"),
        (*kind != now.kind, "type"),
        (*content != now.content, "target"),
        (*proxy != now.proxy, "proxy status"),
        (*ttl != now.ttl, "TTL"),
        (*alias != now.alias, "settings"),
        (*comment != now.comment, "comment"),
        (*tags != now.tags, "tags"),
        (*is_read_only != now.is_read_only, "ownership"),
        (*modified_on != now.modified_on, "time of change"),
        (*digest != now.digest, "content"),
    ];
    let moved: Vec<&str> =
        members.into_iter().filter_map(|(differs, member)| differs.then_some(member)).collect();
    format!("changed meanwhile ({})", moved.join(", "))
}
