//! Entries of the older audit log. Pure.

use serde_json::Value;

use super::{Actor, Event, is_no_alias, state};

/// What a page of the log tells about DNS records.
pub fn events(entries: &[Value]) -> Vec<Event> {
    entries.iter().filter_map(event).collect()
}

/// What an entry says was done: `rec_del`, `rec_add` and `rec_set` in the form of 2021, `delete`, `create` and
/// `update` of a `dns.record` in that of 2024.
///
/// Source: test data of `elastic/integrations` for the one, an export in `caddy-dns/caddy-dns#89` of December 2024
/// for the other; that `update` exists is inference. Checked 2026-11-25.
fn is_deletion(entry: &Value) -> Option<bool> {
    let text = |path: &str| entry.pointer(path).and_then(Value::as_str);
    let kind = text("/action/type")?;
    if let Some(verb) = kind.strip_prefix("rec_") {
        return Some(verb == "del");
    }
    text("/resource/type").filter(|resource| resource.eq_ignore_ascii_case("dns.record"))?;
    matches!(kind, "delete" | "create" | "update").then_some(kind == "delete")
}

/// The record is in whichever member holds one: which it is for a deletion differs, and often it is none.
fn record(entry: &Value, is_deletion: bool) -> Option<Value> {
    let (old, new) = (["oldValueJson", "oldValue"], ["newValueJson", "newValue"]);
    let read = |member: &str| match entry.get(member)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        value => Some(value.clone()),
    };
    let members = if is_deletion { [old, new] } else { [new, old] };
    members.into_iter().flatten().filter_map(read).find(|value: &Value| value.get("type").is_some())
}

fn event(entry: &Value) -> Option<Event> {
    let text = |path: &str| entry.pointer(path).and_then(Value::as_str);
    let is_deletion = is_deletion(entry)?;
    if entry.pointer("/action/result").and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let record = record(entry, is_deletion);
    if is_deletion && record.as_ref().is_some_and(is_no_alias) {
        return None;
    }
    // In the older form an internal number, the same in every entry about one record.
    let key = text("/resource/id").or_else(|| record.as_ref()?.get("id")?.as_str())?;
    Some(Event {
        when: text("/when")?.parse().ok()?,
        key: key.to_owned(),
        state: record.as_ref().and_then(state),
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
    fn the_newer_form_tells_the_record_in_whichever_member_holds_it() {
        let form = |kind: &str, more: &str| {
            let mut entry = entry(kind, more);
            entry["resource"]["type"] = "dns.record".into();
            entry
        };
        for member in ["oldValueJson", "newValueJson"] {
            let found = events(&[form("delete", &format!(r#","{member}":{RECORD}"#))]);
            assert!(found[0].is_deletion);
            assert_eq!(found[0].state.as_ref().unwrap().target.as_str(), "target.example.net");
        }
        let as_text = serde_json::to_string(RECORD).unwrap();
        let mut written = form("create", "");
        written["newValue"] = serde_json::from_str(&as_text).unwrap();
        let found = events(&[written]);
        assert!(!found[0].is_deletion && found[0].state.is_some());
        assert!(events(&[entry("delete", "")]).is_empty(), "something else was deleted");
    }

    #[test]
    fn a_deleted_record_of_another_type_leaves_nothing_open() {
        let text = RECORD.replace("CNAME", "TXT");
        assert!(events(&[entry("rec_del", &format!(r#","oldValueJson":{text}"#))]).is_empty());
        assert_eq!(events(&[entry("rec_add", &format!(r#","newValueJson":{text}"#))]).len(), 1);
    }

    #[test]
    fn other_entries_and_nonsense_are_left_out() {
        assert!(
            events(&[entry("token_create", ""), Value::Null, serde_json::json!({"action": 1})]).is_empty()
        );
    }

    #[test]
    fn somebody_without_a_name_is_called_by_the_kind_they_are_of() {
        let of = |email, kind, interface| {
            let Actor { who, through, is_person } = actor(email, kind, interface);
            format!("{who} {through} {is_person}")
        };
        assert_eq!(of(Some(""), Some("user"), Some("UI")), "user in the dashboard true");
        assert_eq!(
            of(Some("a@example.com"), Some("system"), Some("")),
            "a@example.com through an unknown interface false"
        );
        assert_eq!(of(None, None, Some("API")), "somebody through API false");
    }
}
