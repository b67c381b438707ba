//! What must hold after every run, whatever the zone and the faults. Each law returns what breaks it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cf_domauth::journal::{Intent, Line};
use serde_json::Value;

use crate::run::{Call, Edit, Journal, Moment, Run, Truth};
use crate::weather::Event;
use crate::world::{ELSEWHERE, World};

/// Breaches of laws, in words.
pub(crate) type Breaches = Vec<String>;

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
    fn name(&self) -> &str {
        match self {
            Self::Created(record) | Self::Deleted(record) | Self::Changed(record, _) => text(record, "name"),
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

fn is_edited(edits: &[Edit], name: &str) -> bool {
    edits.iter().any(|edit| edit.name == name)
}

/// Nothing but mail records is changed, nothing is deleted unasked, no other vendor's record is overwritten, and
/// comments, tags and lifetimes stay.
pub(crate) fn only_what_it_may(run: &Run, world: &World, edits: &[Edit]) -> Breaches {
    let all = differences(&run.before, &run.after);
    let is_foul = |difference: &&Difference<'_>| match difference {
        _ if is_edited(edits, difference.name()) => false,
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
        let may_return = world.restores || world.allowed(&edit.name).target.is_some();
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

/// The changes that a journal announces.
fn intents(journal: Option<&Journal>) -> Vec<&Intent> {
    let lines = journal.into_iter().filter_map(|(_, lines)| lines.as_ref().ok()).flatten();
    let changes = lines.filter_map(|line: &Line| match line {
        Line::Intent { changes, .. } => Some(changes),
        _ => None,
    });
    changes.flatten().collect()
}

fn json(raw: &serde_json::value::RawValue) -> Value {
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
        if truth != Some(before) && !is_edited(edits, text(before, "name")) {
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
        if !is_announced && !is_edited(edits, difference.name()) {
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
fn operations(calls: &[Call]) -> Vec<(Option<String>, Value)> {
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

fn is_write((method, _, _): &Call) -> bool {
    method != "GET"
}

fn is_reading((method, path, _): &Call) -> bool {
    method == "GET" && path.contains("/dns_records")
}

/// What was sent is looked up afterwards.
pub(crate) fn looked_up(run: &Run) -> Breaches {
    let is_ended_early =
        run.moment.is_some() && run.weather.event.is_some_and(|(event, ..)| event.is_signal());
    let last = run.calls.iter().rposition(is_write).filter(|_| !is_ended_early);
    let is_unread = last.is_some_and(|last| !run.calls[last..].iter().any(is_reading));
    // A refusal tells that nothing was done.
    let has_open = ["\"applied\"", "\"unknown\""].iter().any(|outcome| run.stdout.contains(outcome));
    if is_unread && has_open { vec!["what was sent was not read back".to_owned()] } else { Vec::new() }
}

/// A zone that moved between being read and being read again is not changed.
pub(crate) fn stops_if_moved(run: &Run, report: Option<&Value>) -> Breaches {
    let (Some(Moment { calls, edit: Some(edit), .. }), Some(report)) = (&run.moment, report) else {
        return Vec::new();
    };
    let is_again =
        calls.last().is_some_and(is_reading) && calls.iter().filter(|call| is_reading(call)).count() > 1;
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

/// A change as a report or a journal tells it.
struct Claim {
    name: String,
    outcome: String,
    /// Name, type, content, proxied, flattened, as the change found and leaves it.
    before: Option<[Value; 5]>,
    after: Option<[Value; 5]>,
}

fn state(record: &Value) -> [Value; 5] {
    let flattened = record["settings"]["flatten_cname"].as_bool().unwrap_or_default();
    let member = |member: &str| record[member].clone();
    [member("name"), member("type"), member("content"), member("proxied"), flattened.into()]
}

fn reported(report: &Value) -> Vec<Claim> {
    let zones = report["zones"].as_array().cloned().unwrap_or_default();
    let changes = zones.iter().flat_map(|zone| zone["changes"].as_array().cloned().unwrap_or_default());
    let side = |change: &Value, side: &str| {
        let state = &change[side];
        let members = ["name", "type", "content", "proxied", "flattened"];
        (!state.is_null()).then(|| members.map(|member| state[member].clone()))
    };
    let claim = |change: Value| Claim {
        name: text(&change, "name").to_owned(),
        outcome: text(&change, "outcome").to_owned(),
        before: side(&change, "before"),
        after: side(&change, "after"),
    };
    changes.map(claim).collect()
}

/// What the journal tells last of each change.
fn journalled(run: &Run) -> Vec<Claim> {
    let lines = run.journal.iter().filter_map(|(_, lines)| lines.as_ref().ok()).flatten();
    let mut last = BTreeMap::new();
    for line in lines {
        if let Line::Reply { outcomes, .. } = line {
            last.extend(outcomes.iter().map(|one| (one.place, one.outcome.clone())));
        }
    }
    let claim = |(place, intent): (usize, &Intent)| {
        let before = intent.before.as_deref().map(json);
        let request = json(&intent.request);
        let mut after = before.clone().unwrap_or_else(|| serde_json::json!({}));
        for (member, value) in request.as_object().into_iter().flatten() {
            after[member] = value.clone();
        }
        Claim {
            name: intent.name.clone(),
            outcome: last.get(&place).cloned().unwrap_or_default(),
            before: before.as_ref().map(state),
            after: (!request.is_null()).then(|| state(&after)),
        }
    };
    intents(run.journal.as_ref()).into_iter().enumerate().map(claim).collect()
}

/// What is said to be done is done, and what is said not to be done is not.
pub(crate) fn says_what_is(run: &Run, report: Option<&Value>, edits: &[Edit]) -> Breaches {
    let holds = |truth: &Truth, wanted: &[Value; 5]| {
        truth.values().map(state).any(|held| {
            // What is proxied is not flattened, whatever was sent.
            held[..4] == wanted[..4] && (held[4] == wanted[4] || held[3] == true)
        })
    };
    let is_true = |claim: &Claim| {
        let (was, is) = (
            claim.before.as_ref().is_some_and(|before| holds(&run.after, before)),
            claim.after.as_ref().is_some_and(|after| holds(&run.after, after)),
        );
        match (claim.outcome.as_str(), claim.before.is_some(), claim.after.is_some()) {
            ("applied", _, true) => is,
            ("applied", _, false) => !was,
            ("refused" | "not-attempted" | "planned", true, _) => was,
            ("refused" | "not-attempted" | "planned", false, _) => !is,
            ("unknown" | "", ..) => true,
            _ => false,
        }
    };
    let of_report = report.map(reported).unwrap_or_default().into_iter().map(|claim| ("report", claim));
    let claims = of_report.chain(journalled(run).into_iter().map(|claim| ("journal", claim)));
    let untrue = claims.filter(|(_, claim)| !is_edited(edits, &claim.name) && !is_true(claim));
    let mut breaches: Breaches = untrue
        .map(|(who, Claim { name, outcome, before, after })| {
            format!("the {who} says {outcome} of {name}, {before:?} to {after:?}")
        })
        .collect();
    breaches.extend(report.map(|report| unconfirmed(run, report, edits)).unwrap_or_default());
    breaches
}

/// What is said to be confirmed is published just so.
fn unconfirmed(run: &Run, report: &Value, edits: &[Edit]) -> Breaches {
    let zones = report["zones"].as_array().cloned().unwrap_or_default();
    let all = zones.iter().flat_map(|zone| zone["confirmations"].as_array().cloned().unwrap_or_default());
    let is_true = |one: &Value| {
        let (name, target) = (text(one, "name"), text(one, "expected"));
        let is_published = |record: &Value| {
            let [held, kind, content, proxied, flattened] = state(record);
            held == name && kind == "CNAME" && content == target && proxied == false && flattened == false
        };
        one["verdict"] != "confirmed" || target.is_empty() || run.after.values().any(is_published)
    };
    let untrue = all.filter(|one| !is_edited(edits, text(one, "name")) && !is_true(one));
    untrue.map(|one| format!("said to be confirmed and is not: {one}")).collect()
}

/// The exit status is one of those documented for what the report tells.
pub(crate) fn ends_as_documented(run: &Run, report: Option<&Value>) -> Breaches {
    let signal = run.weather.event.filter(|_| run.moment.is_some()).map(|(event, _, _)| event);
    let (Some(code), Some(report)) = (run.code, report) else {
        let is_killed = signal == Some(Event::Kill) && run.code.is_none();
        return if is_killed { Vec::new() } else { vec![format!("ended with {:?}, no report", run.code)] };
    };
    let mut breaches = Vec::new();
    let mut must = |is_so: bool, what: &str| {
        if !is_so {
            breaches.push(format!("exit {code} and {what}"));
        }
    };
    must(report["exit"] == code, "the report says another");
    let claims = reported(report);
    let has = |outcome: &str| claims.iter().any(|claim| claim.outcome == outcome);
    let applied = claims.iter().filter(|claim| claim.outcome == "applied").count();
    let zones = report["zones"].as_array().cloned().unwrap_or_default();
    let is_interrupted = match signal {
        Some(Event::Interrupt) => code == 130,
        Some(Event::Terminate) => code == 143,
        _ => false,
    };
    let is_torn = has("unknown") || (applied > 0 && applied < claims.len());
    let has_error = !report["error"].is_null() || zones.iter().any(|zone| !zone["error"].is_null());
    let verdicts =
        zones.iter().flat_map(|zone| zone["confirmations"].as_array().cloned().unwrap_or_default());
    let is_confirmed = verdicts.into_iter().all(|one| one["verdict"] == "confirmed");
    if !zones.is_empty() {
        must(report["summary"]["applied"] == applied, "the summary counts other changes");
        let calls = run.calls.iter().filter(|(_, path, _)| path.starts_with("/client/v4")).count();
        must(is_interrupted || report["summary"]["api_calls"] == calls, "the summary counts other calls");
    }
    match code {
        _ if is_interrupted => {}
        0 => must(!has_error && is_confirmed && applied == claims.len(), "not all is done"),
        1 => must(!is_torn && !has_error, "something else is the matter"),
        4 => must(applied == 0 && !is_torn, "something was done"),
        5 => must(!is_torn && applied == claims.len(), "something was not done"),
        6 => must(is_torn, "nothing is open"),
        _ => must(false, "that is never due here"),
    }
    breaches
}

/// The outputs hold no secret and nothing that steers a terminal.
pub(crate) fn tells_no_secret(run: &Run, secrets: &[String], files: &[(String, String)]) -> Breaches {
    let outputs =
        [("stdout", &run.stdout), ("stderr", &run.stderr)].map(|(name, text)| (name, text.as_str()));
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let mut breaches = Vec::new();
    for (name, text) in outputs.into_iter().chain(files) {
        if secrets.iter().any(|secret| text.contains(secret.as_str())) {
            breaches.push(format!("a secret stands in {name}"));
        }
        if text.contains('\u{1b}') {
            breaches.push(format!("an escape character stands in {name}"));
        }
    }
    if run.stderr.contains('\u{202e}') {
        breaches.push("a change of direction stands in stderr".to_owned());
    }
    breaches
}

/// After all runs are put back the zone is as it was, but for what somebody else did.
pub(crate) fn undone(first: &Truth, last: &Truth, edits: &[Edit]) -> Breaches {
    let records = |truth: &Truth| -> Vec<String> {
        let own = truth.values().filter(|record| !edits.iter().any(|edit| edit.is_of(record)));
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
pub(crate) fn mended(run: &Run, world: &World) -> Breaches {
    let is_sick = |record: &&Value| {
        let is_hidden = record["proxied"] == true || record["settings"]["flatten_cname"] == true;
        let allowed = world.allowed(text(record, "name"));
        is_hidden && allowed.mend && allowed.renamed_to.is_none()
    };
    run.after.values().filter(is_sick).map(|record| format!("not mended: {record}")).collect()
}
