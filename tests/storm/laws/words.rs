//! What reports, journals and the exit status say.

use std::collections::BTreeMap;

use cf_domauth::model::journal::{Intent, Line};
use serde_json::Value;

use super::requests::{intents, json};
use super::{Breaches, Kept, text};
use crate::run::{Edit, Run, Truth};
use crate::weather::Event;

/// A change as a report or a journal tells it.
pub(super) struct Claim {
    pub(super) name: String,
    pub(super) outcome: String,
    /// Name, type, content, proxied, flattened, as the change found and leaves it.
    before: Option<[Value; 5]>,
    after: Option<[Value; 5]>,
}

fn state(record: &Value) -> [Value; 5] {
    let flattened = record["settings"]["flatten_cname"].as_bool().unwrap_or_default();
    let member = |member: &str| record[member].clone();
    [member("name"), member("type"), member("content"), member("proxied"), flattened.into()]
}

pub(super) fn reported(report: &Value) -> Vec<Claim> {
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
            last.extend(outcomes.iter().map(|one| (one.place, one.outcome.word().to_owned())));
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
    let is_named = |claim: &Claim| {
        let after = claim.after.as_ref().and_then(|after| after[0].as_str()).unwrap_or_default();
        edits.iter().any(|edit| edit.name == claim.name || edit.name == after)
    };
    let of_report = report.map(reported).unwrap_or_default().into_iter().map(|claim| ("report", claim));
    let claims = of_report.chain(journalled(run).into_iter().map(|claim| ("journal", claim)));
    let untrue = claims.filter(|(_, claim)| !is_named(claim) && !is_true(claim));
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
    let untrue = all.filter(|one| !edits.iter().any(|edit| edit.name == text(one, "name")) && !is_true(one));
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
    // Cloudflare may refuse a change: that ends as anything that is left to a person.
    let is_error = |error: &Value| !error.is_null() && error["exit"] != 1;
    let has_error = is_error(&report["error"]) || zones.iter().any(|zone| is_error(&zone["error"]));
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
pub(crate) fn tells_no_secret(run: &Run, kept: &Kept) -> Breaches {
    let outputs =
        [("stdout", &run.stdout), ("stderr", &run.stderr)].map(|(name, text)| (name, text.as_str()));
    let files = kept.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let mut breaches = Vec::new();
    for (name, text) in outputs.into_iter().chain(files) {
        if kept.secrets.iter().any(|secret| text.contains(secret.as_str())) {
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
