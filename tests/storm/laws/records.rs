//! What may be done to records, and that it can be put back.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Breaches, Difference, differences, is_edited, text, writable};
use crate::run::{Edit, Run, Truth};
use crate::weather::Event;
use crate::world::{ELSEWHERE, World};

/// Nothing but mail records is changed, nothing is deleted unasked, no other vendor's record is overwritten, and
/// comments, tags and lifetimes stay.
pub(crate) fn only_what_it_may(run: &Run, world: &World, edits: &[Edit]) -> Breaches {
    let all = differences(&run.before, &run.after);
    let is_foul = |difference: &&Difference<'_>| match difference {
        _ if difference.is_edited(edits) => false,
        Difference::Created(record) => !may_create(record, run, world),
        Difference::Deleted(record) => {
            text(record, "type") == "CNAME" || !world.allowed(text(record, "name")).replace
        }
        Difference::Changed(old, new) => !may_change(old, new, world),
    };
    let foul = all.iter().filter(is_foul);
    foul.map(|difference| format!("what it may not do: {}", difference.words())).collect()
}

fn may_create(record: &Value, run: &Run, world: &World) -> bool {
    let (name, target) = (text(record, "name"), text(record, "content"));
    let is_alias = text(record, "type") == "CNAME" && record["proxied"] == false;
    let is_wanted = world.allowed(name).target.is_some_and(|wanted| wanted == target);
    // What sets and the audit log suggest: another record of the same company shows that it is used.
    let company = target.rsplitn(3, '.').take(2).collect::<Vec<_>>();
    let company = company.into_iter().rev().collect::<Vec<_>>().join(".");
    let is_known = world.file.contains(&company) || World::is_asked_for(name, target);
    let is_free = run.before.values().all(|other| text(other, "name") != name);
    let is_suggested = world.restores && is_free && is_known;
    is_alias && (is_wanted || is_suggested)
}

fn may_change(old: &Value, new: &Value, world: &World) -> bool {
    let allowed = world.allowed(text(old, "name"));
    let (old, new) = (writable(old), writable(new));
    let members: BTreeSet<&String> =
        [&old, &new].into_iter().flat_map(|record| record.as_object().unwrap().keys()).collect();
    members.into_iter().filter(|member| old[*member] != new[*member]).all(|member| match member.as_str() {
        "proxied" => allowed.mend && new["proxied"] == false,
        "settings" => allowed.mend && new["settings"]["flatten_cname"] == false,
        "content" => allowed.target.as_deref() == new["content"].as_str(),
        "name" => allowed.renamed_to.as_deref() == new["name"].as_str(),
        _ => false,
    })
}

/// What somebody else did in the dashboard stands; of several edits of one record the last one.
pub(crate) fn edits_stand(after: &Truth, world: &World, edits: &[Edit]) -> Breaches {
    let stands = |edit: &Edit| {
        let is_expected = || {
            let start = format!("--expect={}=", edit.name);
            world.arguments.iter().any(|argument| argument.starts_with(&start))
        };
        let may_return = world.restores || is_expected() || world.allowed(&edit.name).target.is_some();
        let own = || edit.ids.iter().filter_map(|id| after.get(id));
        let has = |member: &str, value: &str| own().any(|record| text(record, member) == value);
        match edit.event {
            Event::Delete => may_return || after.values().all(|record| text(record, "name") != edit.name),
            Event::Retarget => may_return || has("content", ELSEWHERE),
            Event::Publish => has("content", ELSEWHERE),
            _ => has("comment", "mine now"),
        }
    };
    let is_same =
        |one: &Edit, other: &Edit| one.name == other.name || one.ids.iter().any(|id| other.ids.contains(id));
    let is_lost = |(place, edit): &(usize, &Edit)| {
        !edits.iter().skip(place + 1).any(|later| is_same(edit, later)) && !stands(edit)
    };
    edits.iter().enumerate().filter(is_lost).map(|(_, edit)| format!("an edit is lost: {edit:?}")).collect()
}

/// After all runs are put back the zone is as it was, but for what somebody else did.
pub(crate) fn undone(first: &Truth, last: &Truth, edits: &[Edit]) -> Breaches {
    let records = |truth: &Truth| -> Vec<String> {
        let own = truth.values().filter(|record| !is_edited(edits, record));
        let mut records: Vec<String> = own.map(|record| writable(record).to_string()).collect();
        records.sort();
        records
    };
    let (then, now) = (records(first), records(last));
    let missing = then.iter().filter(|record| !now.contains(record));
    let new = now.iter().filter(|record| !then.contains(record));
    let missing = missing.map(|record| format!("not put back: {record}"));
    missing.chain(new.map(|record| format!("left over: {record}"))).collect()
}

/// Without faults and other hands, mail records are mended; those with the zone twice in their name only if the
/// right name is free.
pub(crate) fn fixed(run: &Run, world: &World) -> Breaches {
    let is_sick = |record: &&Value| {
        let is_hidden = record["proxied"] == true || record["settings"]["flatten_cname"] == true;
        let allowed = world.allowed(text(record, "name"));
        is_hidden && allowed.mend && allowed.renamed_to.is_none()
    };
    run.after.values().filter(is_sick).map(|record| format!("not mended: {record}")).collect()
}
