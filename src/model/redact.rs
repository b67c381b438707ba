//! Takes names, addresses and secrets out of what is given to strangers. Pure.
//!
//! What is not known to be harmless is replaced: a word too many is a question more, a word too few is told to the world.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

/// Public places that tell nothing about anybody.
const PUBLIC: [&str; 12] = [
    "1.1.1.1",
    "2606:4700:4700::1111",
    "208.67.222.222",
    "8.8.8.8",
    "9.9.9.9",
    "api.cloudflare.com",
    "cf-domauth",
    "cloudflare-dns.com",
    "dash.cloudflare.com",
    "dns.google",
    "dns.quad9.net",
    "doh.opendns.com",
];
/// A word without a vowel of meaning: from so many characters on it may be a handle or a secret.
const LONG_WORD: usize = 20;

/// Replaces the same thing by the same word each time.
#[derive(Debug, Default)]
pub struct Redactor {
    known: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Redactor {
    /// The text with every name, address, path, handle and possible secret replaced.
    pub fn text(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_alphanumeric() || "._-:/@%~\\#+=?&*".contains(c);
        let (mut clean, mut word) = (String::new(), String::new());
        for c in text.chars().chain(['\n']) {
            if is_part(c) {
                word.push(c);
                continue;
            }
            clean.push_str(&self.word(&std::mem::take(&mut word)));
            clean.push(c);
        }
        clean.pop();
        clean
    }

    fn word(&mut self, word: &str) -> String {
        let inner = word.trim_end_matches(['.', ':', ',', '?']);
        let end = word.get(inner.len()..).unwrap_or_default();
        let Some(kind) = kind(inner) else { return word.to_owned() };
        format!("{}{end}", self.instead(kind, inner))
    }

    fn instead(&mut self, kind: &'static str, word: &str) -> String {
        let key = word.to_lowercase();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let instead = format!("<{kind} {count}>");
        self.known.insert(key, instead.clone());
        instead
    }
}

/// What a word is that may not be told; `None` for an ordinary one.
fn kind(word: &str) -> Option<&'static str> {
    let host = word.split_once("://").map_or(word, |(_, rest)| rest);
    let host = host.split(['/', '#']).next().unwrap_or(host);
    let is_public = |text: &str| PUBLIC.contains(&text.trim_end_matches('.'));
    let has = |c: char| word.contains(c);
    if word.is_empty() || is_public(word) || (word.contains("://") && is_public(host)) {
        None
    } else if has('@') {
        Some("address")
    } else if word.parse::<IpAddr>().is_ok() || word.parse::<SocketAddr>().is_ok() {
        Some("IP address")
    } else if word.contains("://") {
        Some("URL")
    } else if has('/') || has('\\') || has('~') {
        // `1/2` and `public 4/4` are counts.
        let is_count =
            word.split('/').all(|part| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit()));
        (!is_count).then_some("path")
    } else if is_number(word) {
        None
    } else if has('.') || has(':') || !word.is_ascii() {
        Some("name")
    } else if word.len() >= LONG_WORD || (word.len() >= 8 && word.bytes().any(|octet| octet.is_ascii_digit()))
    {
        Some("handle")
    } else {
        None
    }
}

/// A number, a version or a date, with its unit.
fn is_number(word: &str) -> bool {
    let octets = || word.bytes();
    octets().next().is_some_and(|octet| octet.is_ascii_digit())
        && octets().all(|octet| octet.is_ascii_digit() || b".-:TZms".contains(&octet))
}

/// What a JSON value looks like: its members and their types, without any value.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => "bool".into(),
        Value::Number(_) => "number".into(),
        Value::String(text) => shape_of(text).into(),
        Value::Array(items) => {
            let mut shapes: Vec<Value> = Vec::new();
            for one in items.iter().map(shape) {
                if !shapes.contains(&one) {
                    shapes.push(one);
                }
            }
            shapes.into()
        }
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| (member_name(name), shape(value));
            Value::Object(members.iter().map(member).collect())
        }
    }
}

/// Members are words of the API, unless somebody's own keys stand there.
fn member_name(name: &str) -> String {
    let is_word = name.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_') && name.len() < 40;
    if is_word { name.to_owned() } else { "<member>".to_owned() }
}

fn shape_of(text: &str) -> &'static str {
    if text.is_empty() {
        "empty text"
    } else if text.len() == 32 && text.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        "text of 32 hexadecimal digits"
    } else if text.parse::<jiff::Timestamp>().is_ok() {
        "moment"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_handles_are_replaced_alike_each_time() {
        let mut redactor = Redactor::default();
        let text = "s1._domainkey.example.com. at 192.0.2.1:53 and [2001:db8::1], example.com, S1._domainkey.example.com; \
                    user@example.com; /home/me/state; 0123456789abcdef0123456789abcdef; http://proxy.test:3128";
        assert_eq!(
            redactor.text(text),
            "<name 1>. at <IP address 1> and [<IP address 2>], <name 2>, <name 1>; <address 1>; <path 1>; <handle 1>; <URL 1>"
        );
        assert_eq!(redactor.text("bücher.example"), "<name 3>");
    }

    #[test]
    fn ordinary_words_numbers_and_public_places_stay() {
        let mut redactor = Redactor::default();
        for text in [
            "a token, active",
            "https://api.cloudflare.com/client/v4 answers in 12 ms",
            "resolver 1.1.1.1: UDP 3 ms, TCP 4 ms, TLS (dns.google) 1.5 s",
            "the audit log can be read; 1/4 servers",
        ] {
            assert_eq!(redactor.text(text), text);
        }
    }

    #[test]
    fn a_shape_has_no_values() {
        let value = serde_json::json!({
            "id": "0123456789abcdef0123456789abcdef", "name": "example.com", "paused": false, "n": 3, "none": null,
            "tags": ["a", "b"], "example.com": {"created_on": "2026-01-01T00:00:00Z", "x": ""}
        });
        let shape = shape(&value);
        assert_eq!(
            shape,
            serde_json::json!({
                "id": "text of 32 hexadecimal digits", "name": "text", "paused": "bool", "n": "number", "none": null,
                "tags": ["text"], "<member>": {"created_on": "moment", "x": "empty text"}
            })
        );
    }
}
