//! The envelope around every answer of the API. Pure.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// One entry of `errors`. Everything may be missing.
///
/// Source: the 2026 description declares `code` and `message`; codes below its documented minimum,
/// `error_chain` and null lists were observed by others. Checked 2026-08-22. Other forms have not been seen from the
/// real API; whoever stands in its place may send them, and its words are shown all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiMessage {
    /// Cloudflare's number for the situation; there is no public list.
    pub code: Option<i64>,
    /// Cloudflare's words. From outside: clean before printing.
    pub message: String,
    /// Which part of the body it is about: a JSON pointer such as `/posts/0`.
    pub pointer: Option<String>,
    /// More precise entries behind this one.
    pub chain: Vec<Self>,
}

impl ApiMessage {
    /// The entries of a list, or whatever stands in its place, a few levels deep.
    fn read_all(value: &Value, depth: usize) -> Vec<Self> {
        const DEEPEST: usize = 4;
        match value {
            Value::Null => Vec::new(),
            _ if depth > DEEPEST => Vec::new(),
            Value::Array(list) => list.iter().flat_map(|one| Self::read_all(one, depth + 1)).collect(),
            Value::Object(members) => match Self::read(members, depth) {
                Self { code: None, message, .. } if message.is_empty() => {
                    members.values().flat_map(|one| Self::read_all(one, depth + 1)).collect()
                }
                one => vec![one],
            },
            Value::String(text) => vec![Self { message: text.clone(), ..Self::default() }],
            Value::Bool(_) | Value::Number(_) => {
                vec![Self { message: value.to_string(), ..Self::default() }]
            }
        }
    }

    fn read(members: &Map<String, Value>, depth: usize) -> Self {
        let message = match members.get("message") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let pointer = members.get("source").and_then(|source| source.get("pointer")?.as_str());
        let chain = members.get("error_chain").unwrap_or(&Value::Null);
        Self {
            code: members.get("code").and_then(number),
            message,
            pointer: pointer.map(str::to_owned),
            chain: Self::read_all(chain, depth + 1),
        }
    }
}

/// A whole number, also where it is written as a text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// What a list says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ResultInfo {
    pub(super) per_page: Option<u64>,
    pub(super) total_count: Option<u64>,
    /// Where the next page begins, of lists that are not counted in pages.
    pub(super) cursor: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What the page holds.
    pub items: Vec<T>,
    /// How many items the page could have held, as the API echoes it.
    pub per_page: Option<u64>,
    /// How many items there are on all pages.
    pub total_count: Option<u64>,
}

/// An envelope whose result has not been looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'body> {
    #[serde(default)]
    success: Value,
    #[serde(default)]
    errors: Value,
    #[serde(borrow)]
    pub(super) result: Option<&'body RawValue>,
    #[serde(default)]
    result_info: Value,
}

impl<'body> Envelope<'body> {
    /// Reads an envelope; `None` when the body is not one.
    pub(super) fn read(body: &'body [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Whether the envelope itself says that the call went wrong. Deleting a record is declared to
    /// answer without `success`, so a missing member is no failure.
    pub(super) fn says_failure(&self) -> bool {
        self.success == Value::Bool(false) || self.success == "false"
    }

    /// What went wrong, in the API's words.
    pub(super) fn errors(&self) -> Vec<ApiMessage> {
        ApiMessage::read_all(&self.errors, 0)
    }

    /// What the list in the result says about itself.
    pub(super) fn info(&self) -> ResultInfo {
        let count = |name: &str| u64::try_from(number(self.result_info.get(name)?)?).ok();
        let cursor = self.result_info.get("cursor").and_then(Value::as_str);
        ResultInfo {
            per_page: count("per_page"),
            total_count: count("total_count"),
            cursor: cursor.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_members_are_accepted() {
        let envelope =
            Envelope::read(br#"{"success":true,"errors":null,"messages":null,"result":null}"#).unwrap();
        assert!(!envelope.says_failure());
        assert!(envelope.result.is_none());
        assert!(envelope.errors().is_empty());
    }

    #[test]
    fn an_error_may_carry_next_to_nothing() {
        let body = br#"{"success":false,"errors":[{"code":0,"message":"Actor","type":null},{"message":"x"},{"code":6003,"error_chain":[{"code":6111,"message":"y"}]}],"result":null}"#;
        let errors = Envelope::read(body).unwrap().errors();
        assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [Some(0), None, Some(6003)]);
    }

    #[test]
    fn odd_members_do_not_hide_the_words() {
        let words = |errors: &str| {
            let body = format!(r#"{{"success":"false","errors":{errors},"result":null}}"#);
            let envelope = Envelope::read(body.as_bytes()).unwrap();
            assert!(envelope.says_failure());
            let errors = envelope.errors();
            errors.into_iter().map(|one| (one.code, one.message)).collect::<Vec<_>>()
        };
        let one = |code, message: &str| vec![(code, message.to_owned())];
        assert_eq!(words(r#"[{"code":10000,"message":null}]"#), one(Some(10_000), ""));
        assert_eq!(words(r#"[{"code":"1004","message":"no"}]"#), one(Some(1_004), "no"));
        assert_eq!(words(r#"{"code":1004,"message":"no"}"#), one(Some(1_004), "no"));
        assert_eq!(words(r#"{"name":["is taken"]}"#), one(None, "is taken"));
        assert_eq!(words(r#""no""#), one(None, "no"));
        assert_eq!(words(r#"[{"message":{"en":"no"}}]"#), one(None, r#"{"en":"no"}"#));
        assert_eq!(words("null"), Vec::new());
    }

    #[test]
    fn numbers_may_be_written_as_text() {
        let body = br#"{"success":true,"result":[],"result_info":{"per_page":"50","total_count":"7"}}"#;
        let info = Envelope::read(body).unwrap().info();
        assert_eq!((info.per_page, info.total_count, info.cursor), (Some(50), Some(7), None));
    }

    #[test]
    fn html_and_cut_json_are_no_envelope() {
        assert!(Envelope::read(b"<html><body>522</body></html>").is_none());
        assert!(Envelope::read(br#"{"success":true,"result":[{"id":"#).is_none());
    }
}
