//! The first audit log: one entry for each record that changed. Pure.
//!
//! Source of the shapes: test data of `elastic/integrations` (2021) and a public chat bot that reads
//! `rec_add`, `rec_set` and `rec_del`; `oldValueJson` and `newValueJson` are in no description, and a
//! report of 2024 (`Cyb3r-Jak3/cloudflare-utils#62`) says that deletions have lost the former. An account's export
//! of December 2024 (`caddy-dns/cloudflare#89`) has `delete` and `create` of a `dns.record` with its public handle
//! and the whole record in one member; which member holds it for a deletion is not established: here it is
//! `newValueJson`, the one that a client would not expect. Checked 2026-11-25.

use serde_json::{Value, json};

use super::super::world::Record;
use super::super::world::find::Query;
use super::super::world::history::{AuditLog, Change, Event, Log};
use super::super::world::rules::ApiError;
use super::{MOST, USUAL, Window, address, number, user, uuid};

/// `GET /accounts/{id}/audit_logs`. There is no `result_info`: clients stop at a short page.
pub(crate) fn list(
    log: &Log,
    account: &str,
    query: &Query,
    without_old_values: bool,
) -> Result<String, ApiError> {
    // The number of this refusal is not established.
    let bad = |key| ApiError::new(400, 10_026, format!("{key} is not valid"));
    let window = Window::read(query).map_err(bad)?;
    let per_page = number(query, "per_page", USUAL, MOST).map_err(bad)?;
    let page = number(query, "page", 1, usize::MAX).map_err(bad)?;
    let hides = without_old_values || log.form == AuditLog::WithoutOldValues;
    let is_newer = log.form == AuditLog::NewerForm;
    let mut found: Vec<(&Event, &Change, String)> = Vec::new();
    for event in window.events(&log.events, account) {
        let numbered = (event.number + 1..).zip(&event.changes);
        let mut entries: Vec<_> = numbered.map(|(number, change)| (event, change, uuid(number))).collect();
        if !window.is_rising {
            entries.reverse();
        }
        entries.retain(|(event, change, id)| fits(query, event, (change, is_newer), id));
        found.extend(entries);
    }
    let here = found.into_iter().skip((page - 1).saturating_mul(per_page)).take(per_page);
    let entry = |(event, change, id): (&Event, &Change, String)| {
        if is_newer { newer(event, change, &id) } else { entry(event, change, &id, hides) }
    };
    let result: Vec<Value> = here.map(entry).collect();
    // A client in the field types `errors` as null here.
    Ok(json!({"result": result, "success": true, "errors": null, "messages": []}).to_string())
}

/// `hide_user_logs` hides what concerns users, such as logging in; nothing here does.
fn fits(query: &Query, event: &Event, (change, is_newer): (&Change, bool), id: &str) -> bool {
    let by = |key: &str, value: &str| query.get(key).is_none_or(|wanted| wanted == value);
    let mut kinds = query.all("action.type").peekable();
    let is_dashboard = event.hand.is_person();
    let kind = kind(change, is_newer);
    (kinds.peek().is_none() || kinds.any(|wanted| wanted == kind))
        && by("id", id)
        && by("zone.name", &event.zone.1)
        && by("actor.email", event.hand.email())
        && by("actor.ip", address(is_dashboard))
}

/// What was done, in the words of either form.
fn kind(change: &Change, is_newer: bool) -> &'static str {
    let [added, deleted, set] =
        if is_newer { ["create", "delete", "update"] } else { ["rec_add", "rec_del", "rec_set"] };
    match (&change.old, &change.new) {
        (None, _) => added,
        (_, None) => deleted,
        _ => set,
    }
}

/// An entry in the form of 2024.
fn newer(event: &Event, change: &Change, id: &str) -> Value {
    let mut entry = entry(event, change, id, true);
    entry["action"]["type"] = kind(change, true).into();
    entry["resource"] = json!({"id": change.id(), "type": "dns.record"});
    if let Some(members) = entry.as_object_mut() {
        members.remove("oldValueJson");
    }
    if let Some(record) = change.record() {
        entry["newValueJson"] = value(event, record);
        entry["newValueJson"]["settings"] = json!({});
        entry["newValueJson"]["data"] = json!({});
    }
    entry
}

fn entry(event: &Event, change: &Change, id: &str, hides: bool) -> Value {
    let kind = kind(change, false);
    let is_dashboard = event.hand.is_person();
    let email = event.hand.email();
    let mut entry = json!({
        "action": {"result": true, "type": kind},
        "actor": {"email": email, "id": user(email), "ip": address(is_dashboard), "type": "user"},
        "id": id,
        "interface": if is_dashboard { "UI" } else { "API" },
        "metadata": {"zone_name": event.zone.1},
        // Both were seen empty and as the text `null`.
        "newValue": if kind == "rec_set" { "null" } else { "" },
        "oldValue": if kind == "rec_set" || hides { "null" } else { "" },
        "owner": {"id": event.account},
        "resource": {"id": internal(change.id()), "type": "DNS_record"},
        "when": event.at.to_string(),
    });
    if let Some(new) = &change.new {
        entry["newValueJson"] = value(event, new);
        // Seen missing on some additions.
        if let Some(value) =
            entry["newValueJson"].as_object_mut().filter(|_| kind == "rec_add" && !is_dashboard)
        {
            value.remove("zone_id");
        }
    }
    if let Some(old) = change.old.as_ref().filter(|_| kind != "rec_del" || !hides) {
        entry["oldValueJson"] = value(event, old);
    }
    entry
}

/// Comment, tags and settings were not seen in the log.
fn value(event: &Event, record: &Record) -> Value {
    let mut value = json!({
        "id": record.id, "name": record.name, "type": record.kind, "content": record.content,
        "proxied": record.proxied, "ttl": record.ttl, "zone_id": event.zone.0, "zone_name": event.zone.1,
    });
    if let Some(priority) = record.priority {
        value["priority"] = priority.into();
    }
    value
}

/// Cloudflare's own number of a record, which is not its public handle.
fn internal(record: &str) -> String {
    let counted: String = record.chars().skip(16).collect();
    let place = u64::from_str_radix(&counted, 16).unwrap_or_default();
    (10_715_000_000 + place.wrapping_mul(7_919)).to_string()
}
