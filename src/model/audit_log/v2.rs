//! Entries of the newer audit log: requests and their answers. Pure.

use serde_json::Value;

use super::{Actor, Event, is_no_alias, state};

/// What a page of the log tells about DNS records: those of one zone, or of all.
pub fn events(entries: &[Value], zone: Option<&str>) -> Vec<Event> {
    entries.iter().flat_map(|entry| of_entry(entry, zone)).collect()
}

/// The words for a DNS record in `resource` are not established, so the address of the request tells what an
/// entry is about.
fn of_entry(entry: &Value, zone: Option<&str>) -> Vec<Event> {
    let text = |path: &str| entry.pointer(path).and_then(Value::as_str);
    let Some(rest) = text("/raw/uri").and_then(|uri| below(uri, zone)) else { return Vec::new() };
    let has_failed = text("/action/result").is_some_and(|result| result != "success")
        || status(entry).is_some_and(|status| !(200..300).contains(&status));
    let Some(when) = text("/action/time").and_then(|time| time.parse().ok()).filter(|_| !has_failed) else {
        return Vec::new();
    };
    let answer = result(entry);
    let actor = actor(entry);
    let event = |record: &Value, is_deletion: bool| {
        if is_deletion && is_no_alias(record) {
            return None;
        }
        let key = record.get("id").and_then(Value::as_str)?.to_owned();
        Some(Event { when, key, state: state(record), is_deletion, actor: actor.clone() })
    };
    let list = |member: &str| answer.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    match (text("/raw/method").unwrap_or_default(), rest) {
        ("DELETE", id) if !id.is_empty() => {
            let record = Value::Object([("id".to_owned(), Value::from(id))].into_iter().collect());
            event(&record, true).into_iter().collect()
        }
        ("POST", "batch") => {
            let deleted = list("deletes").into_iter().map(|record| (record, true));
            let written =
                ["patches", "puts", "posts"].into_iter().flat_map(list).map(|record| (record, false));
            deleted.chain(written).filter_map(|(record, is_deletion)| event(&record, is_deletion)).collect()
        }
        ("POST" | "PATCH" | "PUT", _) => event(&answer, false).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What stands behind `…/zones/ZONE/dns_records` in an address: empty, a record, or `batch` and its like.
fn below<'u>(uri: &'u str, zone: Option<&str>) -> Option<&'u str> {
    let path = uri.split(['?', '#']).next()?;
    let (_, rest) = path.split_once("/zones/")?;
    let (id, rest) = rest.split_once("/dns_records")?;
    zone.is_none_or(|zone| zone == id).then(|| rest.trim_matches('/'))
}

fn status(entry: &Value) -> Option<u64> {
    let status = entry.pointer("/raw/status_code")?;
    status.as_u64().or_else(|| status.as_str()?.parse().ok())
}

/// The record or lists in an answer, with or without the envelope, as an object or as its text.
fn result(entry: &Value) -> Value {
    let answer = match entry.pointer("/resource/response") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(value) => value.clone(),
        None => Value::Null,
    };
    match answer.get("result") {
        Some(result) if !result.is_null() => result.clone(),
        _ => answer,
    }
}

fn actor(entry: &Value) -> Actor {
    let text = |path: &str| {
        let found = entry.pointer(path).and_then(Value::as_str);
        found.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let context = text("/actor/context");
    let is_dashboard = context.as_deref() == Some("dash");
    let through = match (context.as_deref(), text("/actor/token_name")) {
        (Some("dash"), _) => "in the dashboard".to_owned(),
        (_, Some(token)) => format!("through the API token \"{token}\""),
        (Some(other), None) => format!("through {}", other.replace('_', " ")),
        (None, None) => "through an unknown interface".to_owned(),
    };
    let kind = text("/actor/type");
    let is_person = is_dashboard && kind.as_deref() == Some("user");
    let who = text("/actor/email").or(kind).unwrap_or_else(|| "somebody".to_owned());
    Actor { who, through, is_person }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(method: &str, below: &str, response: &Value) -> Value {
        serde_json::json!({
            "id": "x", "action": {"type": "delete", "result": "success", "time": "2026-11-20T10:00:00Z"},
            "actor": {"type": "user", "context": "api_token", "email": "a@example.com", "token_name": "clean-up"},
            "raw": {"method": method, "uri": format!("/client/v4/zones/z1/dns_records{below}"), "status_code": 200},
            "resource": {"product": "dns", "type": "dns_record", "request": null, "response": response},
            "zone": {"id": "z1", "name": "example.com"},
        })
    }

    fn record(id: &str) -> Value {
        serde_json::json!({"id": id, "name": "x.example.com", "type": "CNAME", "content": "t.example.net", "ttl": 600})
    }

    #[test]
    fn a_batch_tells_whole_records_and_a_single_delete_only_which() {
        let batch = serde_json::json!({"result": {"deletes": [record("r1")], "posts": [record("r2")]}});
        let found = events(&[entry("POST", "/batch", &batch)], Some("z1"));
        let told: Vec<(bool, bool)> =
            found.iter().map(|one| (one.is_deletion, one.state.is_some())).collect();
        assert_eq!(told, [(true, true), (false, true)]);
        let single =
            events(&[entry("DELETE", "/r3", &serde_json::json!({"result": {"id": "r3"}}))], Some("z1"));
        assert_eq!((single[0].key.as_str(), single[0].state.is_none()), ("r3", true));
        assert_eq!(single[0].actor.through, "through the API token \"clean-up\"");
    }

    #[test]
    fn an_answer_may_come_without_its_envelope_or_as_text() {
        let bare = entry("POST", "", &record("r1"));
        let text = entry("PATCH", "/r1", &Value::String(record("r1").to_string()));
        let found = events(&[bare, text], Some("z1"));
        assert!(found.iter().all(|one| one.state.is_some() && one.key == "r1"), "{found:?}");
    }

    #[test]
    fn other_zones_failures_and_imports_tell_nothing() {
        let mut failed = entry("DELETE", "/r3", &Value::Null);
        failed["action"]["result"] = "failure".into();
        let import = entry("POST", "/import", &serde_json::json!({"result": {"recs_added": 3}}));
        assert!(events(&[failed, import, Value::Null], Some("z1")).is_empty());
        assert!(events(&[entry("DELETE", "/r3", &Value::Null)], Some("z2")).is_empty());
    }
}
