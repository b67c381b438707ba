//! Finds records in JSON, however an API nests them. Pure.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use super::gather::{Candidate, Gatherer, is_text};
use super::names;
use super::words::{self, Field};
use super::{BadInput, Format, manifest, numbered};
use crate::model::dns::DomainName;

/// Reads JSON, one value or one per line. `false` when the text does not look like JSON; an error when it does and is
/// none.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) -> Result<bool, BadInput> {
    let mut start = text.chars().filter(|c| !c.is_whitespace());
    if !matches!((start.next(), start.next()), (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '"'))) {
        return Ok(false);
    }
    let mut lines = Lines::new();
    for (at, line) in numbered(text) {
        gatherer.expect_of(at, line);
        line.split('"').for_each(|piece| lines.entry(piece).or_default().push_back(at));
    }
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let bad =
            |error: serde_json::Error| BadInput::shape(Format::Json, Some(error.line()), &error.to_string());
        let value = value.map_err(bad)?;
        if value.get("zone").is_some_and(Value::is_array) && value.get("version").is_some() {
            manifest::read_json(value, gatherer)?;
        } else {
            walk(&value, gatherer, &mut lines);
        }
    }
    Ok(true)
}

/// The lines of all texts between quotes, each in the order of the input.
type Lines<'t> = HashMap<&'t str, VecDeque<usize>>;

/// The line of the next occurrence; the last one stays.
fn next_line(lines: &mut Lines<'_>, text: &str) -> Option<usize> {
    let places = lines.get_mut(text)?;
    if places.len() > 1 { places.pop_front() } else { places.front().copied() }
}

/// Looks into every object and list. The parser bounds the depth.
fn walk(value: &Value, gatherer: &mut Gatherer<'_>, lines: &mut Lines<'_>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| walk(value, gatherer, lines)),
        Value::Object(object) => {
            let before = (gatherer.against.clone(), gatherer.base.clone());
            look_for_intent(object, gatherer);
            record(object, gatherer, lines);
            for (key, value) in object.iter().filter(|(_, value)| value.is_array() || value.is_object()) {
                let against = gatherer.against.clone();
                if words::field(key) == Some(Field::Present) || is_against(key) {
                    gatherer.against = Some(key.clone());
                }
                walk(value, gatherer, lines);
                gatherer.against = against;
            }
            (gatherer.against, gatherer.base) = before;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a key or a value such as `toDelete` says that records are to go, or were there before.
fn is_against(text: &str) -> bool {
    let mut was_lower = false;
    let spaced = text.chars().flat_map(|c| {
        let begins = std::mem::replace(&mut was_lower, c.is_lowercase()) && c.is_uppercase();
        begins.then_some(' ').into_iter().chain([c])
    });
    words::is_against(&spaced.collect::<String>(), true) == Some(true)
}

/// Takes what an object says about the records in it: that they are to go, or which domain they belong to.
fn look_for_intent(object: &Map<String, Value>, gatherer: &mut Gatherer<'_>) {
    let is_action = |key: &str| ["action", "actions", "state"].contains(&key.to_lowercase().as_str());
    let actions = object.iter().filter(|(key, _)| is_action(key)).map(|(_, value)| value);
    let words = actions.flat_map(|value| match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    });
    if let Some(action) = words.filter_map(Value::as_str).find(|words| is_against(words)) {
        gatherer.against = Some(action.to_owned());
    }
    let domain = text_of(object, Field::Domain).filter(|_| object.values().any(Value::is_array));
    let domain = domain.and_then(|domain| DomainName::parse(domain).ok());
    gatherer.base = domain.filter(|domain| domain.parent().is_some()).or_else(|| gatherer.base.take());
}

/// What stands under the most usual key of a field.
fn value_of(object: &Map<String, Value>, field: Field) -> Option<&Value> {
    let rank = |key: &str| words::ranked(key).filter(|(found, _)| *found == field).map(|(_, rank)| rank);
    let is_said = |value: &Value| value.as_str().map_or(value.is_number(), |text| !text.trim().is_empty());
    let said = object.iter().filter(|(_, value)| is_said(value));
    said.filter_map(|(key, value)| Some((rank(key)?, value)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, value)| value)
}

fn text_of(object: &Map<String, Value>, field: Field) -> Option<&str> {
    value_of(object, field).and_then(Value::as_str)
}

/// An object that is a record by its own keys. A name and a type are enough to say so.
fn record(object: &Map<String, Value>, gatherer: &mut Gatherer<'_>, lines: &mut Lines<'_>) {
    let kind = text_of(object, Field::Type).and_then(words::record_type);
    let Some(name) = text_of(object, Field::Name) else { return };
    let Some(value) = text_of(object, Field::Value).or_else(|| in_list(object)) else {
        if kind == Some("CNAME") {
            gatherer.unread(next_line(lines, name), name, "the record has no target");
        }
        return;
    };
    if kind.is_none() && !is_value(value) {
        return;
    }
    let ttl = value_of(object, Field::Ttl).and_then(|ttl| match ttl.as_str() {
        Some(text) => words::seconds(text),
        None => ttl.as_u64().and_then(|number| u32::try_from(number).ok()),
    });
    // What a DNS host returns is all that a zone holds: Cloudflare, Route 53, Google Cloud DNS.
    gatherer.is_inventory |=
        ["proxied", "ResourceRecords", "rrdatas"].iter().any(|key| object.contains_key(*key));
    gatherer.offer(Candidate { ttl, ..Candidate::of(kind, name, value, next_line(lines, name)) });
}

/// Keys of lists that hold the value of a record.
const LISTS: &[&str] = &["resourcerecords", "rrdatas", "values", "answers", "records"];

/// `{"ResourceRecords": [{"Value": "…"}]}` and `{"rrdatas": ["…"]}`.
fn in_list(object: &Map<String, Value>) -> Option<&str> {
    let list = object.iter().find(|(key, _)| LISTS.contains(&key.to_lowercase().as_str()))?.1;
    match list.as_array()?.as_slice() {
        [Value::String(text)] => Some(text),
        [Value::Object(object)] => text_of(object, Field::Value),
        _ => None,
    }
}

/// Whether a value tells by itself that it belongs to a record.
fn is_value(text: &str) -> bool {
    let is_host = DomainName::parse(text).is_ok_and(|name| names::could_be_a_host(&name));
    is_host || is_text(text) || names::is_address(text)
}

#[cfg(test)]
mod tests {
    use crate::model::expectation::input::{BadInput, Context, Reading, read};
    use crate::testing::{catalog, name};

    fn reading(text: &str) -> Result<Reading, BadInput> {
        let zones = [name("example.com")];
        read(text.as_bytes(), &Context { zones: &zones, bases: &[], catalog: &catalog() })
    }

    fn pairs(text: &str) -> Vec<String> {
        let reading = reading(text).unwrap();
        reading.entries.iter().map(|entry| format!("{} {}", entry.name, entry.target)).collect()
    }

    const EM1: &str = "em1.example.com u1.wl1.sendgrid.net";

    #[test]
    fn a_record_is_found_however_it_is_nested() {
        for text in [
            r#"[{"host": "em1", "value": "u1.wl1.sendgrid.net"}]"#,
            r#"{"result": [{"name": "em1.example.com", "type": "CNAME", "content": "u1.wl1.sendgrid.net", "ttl": 1}]}"#,
            r#"{"dns": {"mail_cname": {"host": "em1.example.com", "data": "u1.wl1.sendgrid.net", "type": "cname"}}}"#,
            r#"{"Name": "em1.example.com.", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "u1.wl1.sendgrid.net"}]}"#,
            "{\"record_name\": \"em1\", \"points_to\": \"u1.wl1.sendgrid.net\"}\n{\"name\": \"zone\"}\n",
        ] {
            assert_eq!(pairs(text), [EM1], "{text}");
        }
    }

    #[test]
    fn lines_are_told_for_json_too() {
        let text = "[\n{\"host\": \"k._domainkey\",\n\"value\": \"a.mailer.test\"},\n{\"host\": \"k._domainkey\", \"value\": \"b.mailer.test\"}]";
        let bad = reading(text).unwrap_err().to_string();
        assert!(bad.contains("a.mailer.test (line 2)") && bad.contains("b.mailer.test (line 4)"), "{bad}");
    }

    #[test]
    fn damaged_json_is_refused_with_its_line() {
        assert!(reading("{\n\"a\": 1,\n}").unwrap_err().to_string().starts_with("JSON (line 3): "));
        let deep = "[".repeat(100_000);
        assert!(reading(&deep).is_err());
        let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
        assert!(reading(&deep).unwrap_err().to_string().contains("recursion limit"));
    }

    #[test]
    fn keys_that_are_names_and_keys_of_one_api_are_told() {
        for text in [
            r#"{"em1.example.com": "u1.wl1.sendgrid.net"}"#,
            r#"{"ReturnPathDomain": "em1.example.com", "ReturnPathDomainCNAMEValue": "u1.wl1.sendgrid.net"}"#,
        ] {
            let BadInput::Nothing { unread, .. } = reading(text).unwrap_err() else { panic!("{text}") };
            assert_eq!(unread[0].text, EM1);
        }
    }

    #[test]
    fn what_is_to_go_is_told_by_any_such_key() {
        for key in ["toDelete", "to_remove", "removals", "previous", "current"] {
            let text = format!(r#"{{"{key}": [{{"host": "em1", "value": "u1.wl1.sendgrid.net"}}]}}"#);
            assert!(
                matches!(reading(&text), Err(BadInput::Nothing { aside, .. }) if aside.len() == 1),
                "{key}"
            );
        }
        let text = r#"{"action": "DELETE", "host": "em1", "value": "u1.wl1.sendgrid.net"}"#;
        assert!(matches!(reading(text), Err(BadInput::Nothing { aside, .. }) if aside.len() == 1));
    }

    #[test]
    fn a_record_without_a_target_is_told() {
        let text = r#"[{"name": "em1", "type": "CNAME"}, {"name": "em2", "type": "CNAME", "value": "u1.wl1.sendgrid.net"}]"#;
        assert_eq!(reading(text).unwrap().unread[0].why, "the record has no target");
    }
}
