//! What is written down before it is sent, and what is not sent.

use std::collections::BTreeMap;

use cf_domauth::model::journal::{Intent, Line};
use serde_json::Value;

use super::words::reported;
use super::{Breaches, Difference, differences, is_edited, text};
use crate::run::{Call, Edit, Journal, Moment, Run};

/// The changes that a journal announces.
pub(super) fn intents(journal: Option<&Journal>) -> Vec<&Intent> {
    let lines = journal.into_iter().filter_map(|(_, lines)| lines.as_ref().ok()).flatten();
    let changes = lines.filter_map(|line: &Line| match line {
        Line::Intent { changes, .. } => Some(changes),
        _ => None,
    });
    changes.flatten().collect()
}

pub(super) fn json(raw: &serde_json::value::RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap()
}

/// The old record of each announced change, if there is one, and what is sent.
fn pairs(journal: Option<&Journal>) -> Vec<(Option<Value>, Value)> {
    let pair = |intent: &Intent| (intent.before.as_deref().map(json), json(&intent.request));
    intents(journal).into_iter().map(pair).collect()
}

fn is_of(before: Option<&Value>, id: &str) -> bool {
    before.is_some_and(|before| text(before, "id") == id)
}

fn not_announced(calls: &[Call], journal: Option<&Journal>) -> Breaches {
    let intents = pairs(journal);
    let is_announced = |(id, wanted): &(Option<String>, Value)| {
        intents.iter().any(|(before, request)| {
            let is_same = id.as_deref().map_or(before.is_none(), |id| is_of(before.as_ref(), id));
            is_same && request == wanted
        })
    };
    let all = operations(calls).into_iter().filter(|operation| !is_announced(operation));
    all.map(|(id, wanted)| format!("not announced: {id:?} {wanted}")).collect()
}

/// At the moment of an event everything that was sent stands in the journal.
pub(crate) fn announced_before(run: &Run) -> Breaches {
    let moment = run.moment.iter();
    moment.flat_map(|moment| not_announced(&moment.calls, moment.journal.as_ref())).collect()
}

/// Every request that changes something was announced with the whole old record, and nothing is changed that was
/// not announced.
pub(crate) fn announced(run: &Run, edits: &[Edit]) -> Breaches {
    let mut breaches = Vec::new();
    if let Some((name, Err(why))) = &run.journal {
        breaches.push(format!("the journal {name} cannot be read: {why}"));
    }
    breaches.extend(not_announced(&run.calls, run.journal.as_ref()));
    let intents = pairs(run.journal.as_ref());
    let of = |id: &str| intents.iter().find(|(before, _)| is_of(before.as_ref(), id));
    for (before, _) in intents.iter().filter_map(|(before, request)| Some((before.as_ref()?, request))) {
        let truth = run.before.get(text(before, "id"));
        if truth != Some(before) && !is_edited(edits, before) {
            breaches.push(format!("announced with another old record: {before}, which was {truth:?}"));
        }
    }
    for difference in differences(&run.before, &run.after) {
        let is_announced = match &difference {
            Difference::Created(new) => {
                intents.iter().any(|(before, request)| before.is_none() && agrees(request, new))
            }
            Difference::Deleted(old) => of(text(old, "id")).is_some_and(|(_, request)| request.is_null()),
            Difference::Changed(old, new) => {
                of(text(old, "id")).is_some_and(|(_, request)| agrees(request, new))
            }
        };
        if !is_announced && !difference.is_edited(edits) {
            breaches.push(format!("changed and not announced: {}", difference.words()));
        }
    }
    breaches
}

/// Whether a record has all members as they were sent.
fn agrees(sent: &Value, record: &Value) -> bool {
    sent.as_object().is_some_and(|sent| {
        sent.iter().all(|(member, value)| match member.as_str() {
            "settings" => value.as_object().unwrap().iter().all(|(key, value)| record[member][key] == *value),
            // A proxied record is always automatic.
            "ttl" => record[member] == *value || record["proxied"] == true,
            "comment" if value == "" => record[member].is_null(),
            _ => record[member] == *value,
        })
    })
}

/// The single changes of all requests: the record's handle, if it has one, and the members sent; null for a delete.
pub(super) fn operations(calls: &[Call]) -> Vec<(Option<String>, Value)> {
    let mut all = Vec::new();
    for (method, path, body) in calls.iter().filter(|call| is_write(call)) {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let own = path.rsplit('/').next().map(str::to_owned).filter(|id| id.len() == 32);
        let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
        if path.ends_with("/batch") {
            for mut patch in list("patches") {
                let id = patch.as_object_mut().unwrap().remove("id");
                all.push((id.and_then(|id| id.as_str().map(str::to_owned)), patch));
            }
            all.extend(list("deletes").iter().map(|one| (Some(text(one, "id").to_owned()), Value::Null)));
            all.extend(list("posts").into_iter().map(|post| (None, post)));
        } else {
            all.push((own, if method == "DELETE" { Value::Null } else { body }));
        }
    }
    all
}

pub(super) fn is_write((method, _, _): &Call) -> bool {
    method != "GET"
}

fn is_reading((method, path, _): &Call) -> bool {
    method == "GET" && path.contains("/dns_records")
}

/// What was sent is looked up afterwards, unless it was refused.
pub(crate) fn looked_up(run: &Run, report: Option<&Value>) -> Breaches {
    let is_ended_early =
        run.moment.is_some() && run.weather.event.is_some_and(|(event, ..)| event.is_signal());
    let last = run.calls.iter().rposition(is_write).filter(|_| !is_ended_early);
    let is_unread = last.is_some_and(|last| !run.calls[last..].iter().any(is_reading));
    let claims = report.map(reported).unwrap_or_default();
    let is_open = claims.iter().any(|claim| matches!(claim.outcome.as_str(), "applied" | "unknown"));
    if is_unread && is_open { vec!["what was sent was not read back".to_owned()] } else { Vec::new() }
}

/// A zone that moved between being read and being read again is not changed.
pub(crate) fn stops_if_moved(run: &Run, report: Option<&Value>) -> Breaches {
    let (Some(Moment { calls, edit: Some(edit), .. }), Some(report)) = (&run.moment, report) else {
        return Vec::new();
    };
    let is_again =
        calls.last().is_some_and(is_reading) && calls.iter().filter(|call| is_reading(call)).count() > 1;
    // Names that are read one by one leave a moment between their reading and the write.
    let is_again = is_again && calls.last().is_some_and(|(_, path, _)| !path.contains("name="));
    let is_between = is_again && !calls.iter().any(is_write) && run.weather.faults.is_empty();
    let is_concerned = reported(report).iter().any(|claim| claim.name == edit.name);
    if is_between && is_concerned && run.calls.iter().any(is_write) {
        return vec![format!("changed although the zone had moved: {edit:?}")];
    }
    Vec::new()
}

/// What somebody edited after the last `fix` is left alone when that is put back.
pub(crate) fn leaves_edited(run: &Run, edits: &[Edit]) -> Breaches {
    let late: Vec<&Edit> = edits.iter().take(run.edits).filter(|edit| edit.is_late).collect();
    let all = operations(&run.calls).into_iter().filter_map(|(id, _)| run.before.get(&id?));
    let touched = all.filter(|record| late.iter().any(|edit| edit.is_of(record)));
    touched.map(|record| format!("touched although it was edited since: {record}")).collect()
}

/// A request that may have been carried out is never sent again.
pub(crate) fn not_repeated(run: &Run) -> Breaches {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (id, wanted) in operations(&run.calls) {
        *counts.entry(format!("{id:?} {wanted}")).or_default() += 1;
    }
    let twice = counts.into_iter().filter(|(_, count)| *count > 1 && !run.weather.throttles());
    twice.map(|(what, count)| format!("sent {count} times: {what}")).collect()
}
