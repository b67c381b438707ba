//! Entries of the older audit log. Pure.

use serde_json::Value;

use super::{Actor, Event, state};

/// What a page of the log tells about DNS records.
pub fn events(entries: &[Value]) -> Vec<Event> {
    entries.iter().filter_map(event).collect()
}

/// An entry is a deletion when it says `rec_del`; other types that begin with `rec_` are writes. The members
/// that hold the record are optional: since 2024 a deletion often comes without.
fn event(entry: &Value) -> Option<Event> {
    let text = |path: &str| entry.pointer(path).and_then(Value::as_str);
    let kind = text("/action/type").filter(|kind| kind.starts_with("rec_"))?;
    if entry.pointer("/action/result").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let is_deletion = kind == "rec_del";
    let side = if is_deletion { "oldValueJson" } else { "newValueJson" };
    let record = entry.get(side).filter(|record| record.is_object());
    // The resource is an internal number, the same in every entry about one record.
    let key = text("/resource/id").or_else(|| record?.get("id")?.as_str())?;
    Some(Event {
        when: text("/when")?.parse().ok()?,
        key: key.to_owned(),
        state: record.and_then(state),
        is_deletion,
        actor: actor(text("/actor/email"), text("/actor/type"), text("/interface")),
    })
}

fn actor(email: Option<&str>, kind: Option<&str>, interface: Option<&str>) -> Actor {
    let is_dashboard = interface == Some("UI");
    let through = match interface {
        Some("UI") => "in the dashboard".to_owned(),
        Some(other) if !other.is_empty() => format!("through {other}"),
        _ => "through an unknown interface".to_owned(),
    };
    Actor {
        who: email.filter(|email| !email.is_empty()).or(kind).unwrap_or("somebody").to_owned(),
        through,
        is_person: is_dashboard && kind == Some("user"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, more: &str) -> Value {
        let text = format!(
            r#"{{"action":{{"result":true,"type":"{kind}"}},"actor":{{"email":"a@example.com","id":"0","ip":"192.0.2.1","type":"user"}},
            "id":"u","interface":"UI","metadata":{{"zone_name":"example.com"}},"newValue":"","oldValue":"",
            "owner":{{"id":"0"}},"resource":{{"id":"10715065345","type":"DNS_record"}},"when":"2026-11-20T10:00:00Z"{more}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    const RECORD: &str = r#"{"id":"r","name":"x.example.com","type":"CNAME","content":"target.example.net","proxied":true,"ttl":1}"#;

    #[test]
    fn a_deletion_tells_what_was_there_who_and_through_what() {
        let found = events(&[entry("rec_del", &format!(r#","oldValueJson":{RECORD}"#))]);
        assert_eq!(found[0].state.as_ref().unwrap().target.as_str(), "target.example.net");
        assert!(found[0].is_deletion && found[0].actor.is_person);
        assert_eq!(found[0].actor.through, "in the dashboard");
    }

    #[test]
    fn a_deletion_without_its_record_keeps_the_records_number() {
        let found =
            events(&[entry("rec_del", ""), entry("rec_add", &format!(r#","newValueJson":{RECORD}"#))]);
        assert_eq!(found[0].key, found[1].key);
        assert!(found[0].state.is_none() && found[1].state.is_some());
    }

    #[test]
    fn other_entries_and_nonsense_are_left_out() {
        assert!(
            events(&[entry("token_create", ""), Value::Null, serde_json::json!({"action": 1})]).is_empty()
        );
    }
}
