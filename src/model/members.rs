//! The members of a record that a client may write, and when two of them mean the same. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::mailauth::logical;

/// Members of a record by the API's names: what is sent, or what was read.
pub type RecordFields = Map<String, Value>;

/// Records, each quickly found by its handle and by its name.
#[derive(Debug, Default)]
pub struct Filed {
    records: Vec<RecordFields>,
    by_id: BTreeMap<String, usize>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Filed {
    /// Files records.
    pub fn new(records: Vec<RecordFields>) -> Self {
        let mut filed = Self::default();
        for (place, record) in records.iter().enumerate() {
            let text = |member: &str| record.get(member).and_then(Value::as_str);
            if let Some(id) = text("id") {
                filed.by_id.entry(id.to_owned()).or_insert(place);
            }
            if let Some(name) = text("name") {
                filed.by_name.entry(key(name)).or_default().push(place);
            }
        }
        Self { records, ..filed }
    }

    /// The record with this handle.
    pub fn with_id(&self, id: &str) -> Option<&RecordFields> {
        self.records.get(*self.by_id.get(id)?)
    }

    /// A record at the wanted name in which every wanted member is as wanted.
    pub fn agreeing(&self, wanted: &RecordFields) -> Option<&RecordFields> {
        let places = self.by_name.get(&key(wanted.get("name")?.as_str()?))?;
        places.iter().filter_map(|place| self.records.get(*place)).find(|held| agrees(wanted, held))
    }
}

/// Names that mean the same have the same key.
fn key(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Every member that can be written. The rest is the API's own.
///
/// Source: Cloudflare's API description, DNS record; checked 2026-08-22.
pub const WRITABLE: [&str; 10] =
    ["name", "type", "content", "data", "priority", "proxied", "ttl", "settings", "comment", "tags"];

/// The writable members of a record as it was read, ready to be sent again: members that say nothing are
/// left out, and where a type carries `data` its content follows from it.
pub fn writable(record: &RecordFields) -> RecordFields {
    let mut kept = RecordFields::new();
    for member in WRITABLE {
        if let Some(value) = record.get(member).filter(|value| !says_nothing(value)) {
            kept.insert(member.to_owned(), value.clone());
        }
    }
    if kept.contains_key("data") {
        kept.remove("content");
    }
    // A proxied record is always automatic; the API says so by a TTL of 1.
    kept.entry("proxied").or_insert(Value::Bool(false));
    kept
}

/// Whether every wanted member is as wanted in `held`.
pub fn agrees(wanted: &RecordFields, held: &RecordFields) -> bool {
    let counts = |member: &str| WRITABLE.contains(&member) && !(member == "ttl" && is_proxied(held));
    let is_text = is_text(held) || is_text(wanted);
    let mut counted = wanted.iter().filter(|(member, _)| counts(member));
    counted.all(|(member, value)| is_same(member, is_text, (Some(value), held.get(member))))
}

/// The writable members in which two states of a record differ.
pub fn differing(one: &RecordFields, other: &RecordFields) -> Vec<&'static str> {
    let is_text = is_text(one) && is_text(other);
    let differs = |member: &&str| !is_same(member, is_text, (one.get(*member), other.get(*member)));
    WRITABLE.into_iter().filter(differs).collect()
}

/// The writable members that differ; the lifetime of a proxied record is Cloudflare's affair.
pub fn unlike(one: &RecordFields, other: &RecordFields) -> Vec<&'static str> {
    let is_any_proxied = is_proxied(one) || is_proxied(other);
    differing(one, other).into_iter().filter(|member| !(is_any_proxied && *member == "ttl")).collect()
}

/// Whether a record is proxied, or is to be.
pub fn is_proxied(record: &RecordFields) -> bool {
    record.get("proxied") == Some(&Value::Bool(true))
}

/// Whether the content is a text, in which case counts and quotes do not; elsewhere it is a name or an address.
fn is_text(record: &RecordFields) -> bool {
    record.get("type").is_some_and(|kind| kind == "TXT")
}

fn is_same(member: &str, is_text: bool, (one, other): (Option<&Value>, Option<&Value>)) -> bool {
    let (one, other) = (one.unwrap_or(&Value::Null), other.unwrap_or(&Value::Null));
    if says_nothing(one) && says_nothing(other) {
        return true;
    }
    match member {
        "name" | "content" => match (one.as_str(), other.as_str()) {
            (Some(one), Some(other)) if is_text && member == "content" => logical(one) == logical(other),
            (Some(one), Some(other)) => {
                one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.'))
            }
            _ => one == other,
        },
        "settings" => is_same_settings(one, other),
        "tags" => sorted(one) == sorted(other),
        _ => one == other,
    }
}

/// The API leaves out, or sends as null or empty, what is not set.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(says_nothing),
        Value::Number(_) => false,
    }
}

fn is_same_settings(one: &Value, other: &Value) -> bool {
    let empty = RecordFields::new();
    let (one, other) = (one.as_object().unwrap_or(&empty), other.as_object().unwrap_or(&empty));
    let covers = |a: &RecordFields, b: &RecordFields| {
        a.iter().all(|(key, value)| says_nothing(value) || b.get(key) == Some(value))
    };
    covers(one, other) && covers(other, one)
}

fn sorted(tags: &Value) -> Vec<String> {
    let texts = tags.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut tags: Vec<String> = texts.map(str::to_ascii_lowercase).collect();
    tags.sort();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> RecordFields {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_not_set_is_the_same_however_it_is_written() {
        let sparse = members(r#"{"content":"a.test","proxied":false}"#);
        let full = members(
            r#"{"content":"A.test.","proxied":false,"comment":null,"tags":[],"settings":{"flatten_cname":false}}"#,
        );
        assert!(differing(&sparse, &full).is_empty());
        assert_eq!(
            differing(&sparse, &members(r#"{"content":"b.test","comment":"x"}"#)),
            ["content", "comment"]
        );
    }

    #[test]
    fn only_what_is_wanted_is_compared_and_a_proxied_record_has_no_lifetime() {
        let held = members(r#"{"id":"1","content":"a.test","proxied":true,"ttl":1,"tags":["b:2","a:1"]}"#);
        assert!(agrees(&members(r#"{"id":"9","ttl":600,"tags":["a:1","b:2"]}"#), &held));
        assert!(!agrees(&members(r#"{"proxied":false}"#), &held));
    }

    #[test]
    fn a_record_can_be_sent_again_from_what_was_read() {
        let read = members(
            r#"{"id":"1","name":"a.test","type":"SRV","content":"1 2 x","data":{"port":2},"proxiable":false,"proxied":false,"ttl":1,"comment":null,"created_on":"x"}"#,
        );
        assert_eq!(
            Value::Object(writable(&read)).to_string(),
            r#"{"data":{"port":2},"name":"a.test","proxied":false,"ttl":1,"type":"SRV"}"#
        );
    }

    #[test]
    fn the_text_of_a_txt_record_has_case_and_the_quotes_around_it_mean_nothing() {
        let of = |kind: &str, content: &str| {
            members(&serde_json::json!({"type": kind, "content": content}).to_string())
        };
        let key = of("TXT", "v=DKIM1; p=MIIBi");
        assert!(agrees(
            &members(r#"{"content":"v=DKIM1; p=MIIBi"}"#),
            &of("TXT", r#""v=DKIM1; p=" "MIIBi""#)
        ));
        assert!(differing(&key, &of("TXT", r#""v=DKIM1; p=MIIBi""#)).is_empty());
        assert_eq!(differing(&key, &of("TXT", "v=DKIM1; p=MIIBI")), ["content"]);
        assert!(!agrees(&members(r#"{"content":"v=dkim1; p=MIIBi"}"#), &key));
        assert!(agrees(&of("CNAME", "A.test."), &of("CNAME", "a.test")));
    }

    #[test]
    fn tags_are_a_set_and_their_letters_have_no_case() {
        let of = |tags: &str| members(&format!(r#"{{"content":"a.test","tags":{tags}}}"#));
        assert!(differing(&of(r#"["b:2","A:1"]"#), &of(r#"["a:1","B:2"]"#)).is_empty());
        assert_eq!(differing(&of(r#"["a:1"]"#), &of(r#"["b:2"]"#)), ["tags"]);
    }
}
