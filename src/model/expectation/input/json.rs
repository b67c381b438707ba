//! Finds records in JSON, however an API nests them. Pure.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use super::gather::{Candidate, Gatherer, is_text};
use super::names;
use super::{BadInput, Format, manifest, words};
use crate::model::dns::DomainName;

/// Keys of owner names, without case, `_`, `-` and blanks.
const NAME: &[&str] = &[
    "name",
    "host",
    "hostname",
    "recordname",
    "recordhost",
    "dnsname",
    "dnshost",
    "fqdn",
    "record",
    "subdomain",
    "owner",
    "label",
    "cnamehost",
    "cnamename",
];
/// Keys of targets and texts.
const VALUE: &[&str] = &[
    "value",
    "target",
    "data",
    "content",
    "pointsto",
    "recordvalue",
    "dnsvalue",
    "destination",
    "answer",
    "cname",
    "cnamevalue",
    "cnametarget",
    "rdata",
    "text",
    "expectedvalue",
    "requiredvalue",
];
/// Keys of record types.
const TYPE: &[&str] = &["type", "recordtype", "dnstype", "rrtype", "kind"];
/// Keys of lists that hold the value of a record.
const LIST: &[&str] = &["resourcerecords", "rrdatas", "values", "answers", "records"];
/// What may follow the first part of a key such as `DKIMHost` in the key of its value.
const VALUE_ENDINGS: &[&str] =
    &["value", "cnamevalue", "textvalue", "txtvalue", "target", "pointsto", "content", "data"];
/// What may end the key of a name, such as `DKIMHost`.
const NAME_ENDINGS: &[&str] = &["hostname", "host", "domain", "name", "subdomain"];

/// Reads JSON, one value or one per line. `false` when the text does not look like JSON.
///
/// # Errors
///
/// [`BadInput::Shape`] when it looks like JSON and is none.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) -> Result<bool, BadInput> {
    let mut start = text.chars().filter(|c| !c.is_whitespace());
    let looks_like_json = match (start.next(), start.next()) {
        (Some('{'), Some('"' | '}')) | (Some('['), Some('{' | '"')) => true,
        (Some('['), Some('[')) => {
            text.trim_end().ends_with(']') && serde_json::from_str::<Value>(text).is_ok()
        }
        _ => false,
    };
    if !looks_like_json {
        return Ok(false);
    }
    for (at, line) in text.split('\n').enumerate() {
        gatherer.expect_of(at + 1, line);
    }
    let mut lines = Lines::of(text);
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| BadInput::Shape {
            format: Format::Json,
            line: Some(error.line()),
            why: crate::model::plain::line(&error.to_string()),
        })?;
        if is_manifest(&value) {
            manifest::read_json(value, gatherer, &mut |text| lines.next(text))?;
        } else {
            walk(&value, None, gatherer, &mut lines);
        }
    }
    Ok(true)
}

fn is_manifest(value: &Value) -> bool {
    value.get("zone").is_some_and(Value::is_array) && value.get("version").is_some()
}

/// The lines of all texts, each in the order of the input.
struct Lines<'t>(HashMap<&'t str, VecDeque<usize>>);

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let mut found: HashMap<&str, VecDeque<usize>> = HashMap::new();
        let (mut line, mut open, mut escaped) = (1, None, false);
        for (at, byte) in text.bytes().enumerate() {
            let was_escaped = std::mem::take(&mut escaped);
            match byte {
                b'\n' => line += 1,
                b'\\' if open.is_some() && !was_escaped => escaped = true,
                b'"' if !was_escaped => match open.take() {
                    None => open = Some(at + 1),
                    Some(start) => {
                        found.entry(text.get(start..at).unwrap_or_default()).or_default().push_back(line);
                    }
                },
                _ => {}
            }
        }
        Self(found)
    }

    /// The line of the next occurrence; the last one stays.
    fn next(&mut self, text: &str) -> Option<usize> {
        let places = self.0.get_mut(text)?;
        if places.len() > 1 { places.pop_front() } else { places.front().copied() }
    }
}

/// Looks into every object and list. The parser bounds the depth.
fn walk(value: &Value, key: Option<&str>, gatherer: &mut Gatherer<'_>, lines: &mut Lines<'_>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| walk(value, None, gatherer, lines)),
        Value::Object(object) => {
            let before = (gatherer.against.clone(), gatherer.bases.clone());
            look_for_intent(object, gatherer);
            let is_record = record(object, key, gatherer, lines);
            if !is_record {
                prefixed(object, gatherer, lines);
            }
            for (key, value) in object {
                if let (false, Value::String(target)) = (is_record, value) {
                    keyed(key, target, gatherer, lines);
                }
                let against = gatherer.against.clone();
                if AGAINST.contains(&folded(key).as_str()) && (value.is_array() || value.is_object()) {
                    gatherer.against = Some(key.clone());
                }
                walk(value, Some(key), gatherer, lines);
                gatherer.against = against;
            }
            (gatherer.against, gatherer.bases) = before;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Keys of what is to go, or was there before.
const AGAINST: &[&str] = &[
    "delete", "deletes", "todelete", "deleted", "remove", "removed", "toremove", "removals", "before", "old",
    "current", "existing", "found", "previous", "actual",
];

/// Takes what an object says about the records in it: that they are to go, or which domain they belong to.
fn look_for_intent(object: &Map<String, Value>, gatherer: &mut Gatherer<'_>) {
    let actions =
        object.iter().filter(|(key, _)| matches!(folded(key).as_str(), "action" | "actions" | "state"));
    let words = |value: &Value| match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    if let Some(action) = actions.map(|(_, value)| words(value)).find(|words| words::are_against(words)) {
        gatherer.against = Some(action);
    }
    let has_list = object.values().any(Value::is_array);
    let domain = text_of(object, &["zone", "domain", "zonename", "domainname"]).filter(|_| has_list);
    let domain = domain.and_then(|domain| DomainName::parse(domain).ok());
    if let Some(domain) = domain.filter(|domain| domain.parent().is_some()) {
        gatherer.bases = vec![domain];
    }
}

fn folded(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// The text under the first of `keys` that the object has.
fn text_of<'o>(object: &'o Map<String, Value>, keys: &[&str]) -> Option<&'o str> {
    let with_key =
        |wanted: &&str| object.iter().find(|(key, _)| folded(key) == **wanted).map(|(_, value)| value);
    keys.iter().filter_map(with_key).find_map(Value::as_str).filter(|text| !text.trim().is_empty())
}

/// An object that is a record by its own keys. A name and a type are enough to say so.
fn record(
    object: &Map<String, Value>,
    key: Option<&str>,
    gatherer: &mut Gatherer<'_>,
    lines: &mut Lines<'_>,
) -> bool {
    let kind = text_of(object, TYPE).and_then(words::record_type);
    let key = key.filter(|key| is_strong(key));
    let Some(name) = text_of(object, NAME).or(key) else { return false };
    let value = text_of(object, VALUE).or_else(|| in_list(object));
    let Some(value) = value else {
        if kind == Some("CNAME") {
            gatherer.unread(lines.next(name), name, "the record has no target");
        }
        return kind.is_some();
    };
    if kind.is_none() && !is_value(value) {
        return false;
    }
    let ttl = object.iter().find(|(key, _)| folded(key) == "ttl").map(|(_, value)| value);
    let ttl = ttl.and_then(|ttl| match ttl {
        Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => words::seconds(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    });
    // What a DNS host returns is all that a zone holds: Cloudflare, Route 53, Google Cloud DNS.
    gatherer.is_inventory |=
        ["proxied", "ResourceRecords", "rrdatas"].iter().any(|key| object.contains_key(*key));
    let base = gatherer.own_base();
    let line = lines.next(name);
    gatherer.offer(&Candidate { kind, name, value, ttl, base: base.as_ref(), line, ..Candidate::default() });
    true
}

/// `{"ResourceRecords": [{"Value": "…"}]}` and `{"rrdatas": ["…"]}`.
fn in_list(object: &Map<String, Value>) -> Option<&str> {
    let list = object.iter().find(|(key, _)| LIST.contains(&folded(key).as_str())).map(|(_, value)| value)?;
    match list.as_array()?.as_slice() {
        [Value::String(text)] => Some(text),
        [Value::Object(object)] => text_of(object, VALUE),
        _ => None,
    }
}

fn is_strong(text: &str) -> bool {
    DomainName::parse(text).is_ok_and(|name| {
        name.labels().any(|label| label.starts_with('_'))
            || name.parent().is_some() && !names::is_relative(&name)
    })
}

/// Whether a value tells by itself that it belongs to a record.
fn is_value(text: &str) -> bool {
    let is_host = DomainName::parse(text).is_ok_and(|name| names::could_be_a_host(&name));
    is_host || is_text(text) || names::is_address(text)
}

/// `{"DKIMHost": …, "DKIMTextValue": …}` and `{"ReturnPathDomain": …, "ReturnPathDomainCNAMEValue": …}`.
fn prefixed(object: &Map<String, Value>, gatherer: &mut Gatherer<'_>, lines: &mut Lines<'_>) {
    let texts: HashMap<String, &str> =
        object.iter().filter_map(|(key, value)| Some((folded(key), value.as_str()?))).collect();
    for (key, name) in object.iter().filter_map(|(key, value)| Some((folded(key), value.as_str()?))) {
        let prefix =
            NAME_ENDINGS.iter().find_map(|ending| key.strip_suffix(ending)).filter(|rest| !rest.is_empty());
        let keys: Vec<&str> = prefix.into_iter().chain([key.as_str()]).collect();
        let endings = keys.iter().flat_map(|key| VALUE_ENDINGS.iter().map(move |end| format!("{key}{end}")));
        let mut values = endings.filter_map(|key| texts.get(&key).copied());
        if let Some(value) =
            values.find(|value| is_value(value)).filter(|_| prefix.is_some() && !name.is_empty())
        {
            gatherer.offer(&Candidate { name, value, line: lines.next(name), ..Candidate::default() });
        }
    }
}

/// `{"s1._domainkey.example.com": "s1.domainkey.u1.wl1.sendgrid.net"}`.
fn keyed(key: &str, target: &str, gatherer: &mut Gatherer<'_>, lines: &mut Lines<'_>) {
    if is_strong(key) && is_value(target) {
        gatherer.offer(&Candidate {
            name: key,
            value: target,
            line: lines.next(key),
            ..Candidate::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::model::expectation::input::{BadInput, Context, Reading, read};
    use crate::testing::{catalogue, name};

    fn reading(text: &str) -> Result<Reading, BadInput> {
        let zones = [name("example.com")];
        read(text.as_bytes(), &Context { zones: &zones, bases: &[], catalogue: &catalogue() })
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
            r#"{"em1.example.com": "u1.wl1.sendgrid.net"}"#,
            r#"{"em1.example.com": {"type": "CNAME", "value": "u1.wl1.sendgrid.net"}}"#,
            r#"{"ReturnPathDomain": "em1.example.com", "ReturnPathDomainCNAMEValue": "u1.wl1.sendgrid.net"}"#,
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
    fn a_record_without_a_target_is_told() {
        let text = r#"[{"name": "em1", "type": "CNAME"}, {"name": "em2", "type": "CNAME", "value": "u1.wl1.sendgrid.net"}]"#;
        assert_eq!(reading(text).unwrap().unread[0].why, "the record has no target");
    }
}
