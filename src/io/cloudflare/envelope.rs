//! The envelope around every answer of the API. Pure.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::io::http::{ApiMessage, DecodeError, number};

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// How many items the page could have held, as the API echoes it.
    pub per_page: Option<u64>,
    /// How many items there are on all pages.
    pub total_count: Option<u64>,
    /// Where the next page begins, of lists that are not counted in pages.
    pub cursor: Option<String>,
}

/// An envelope whose result has not been looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'body> {
    #[serde(default)]
    success: Value,
    #[serde(default)]
    errors: Value,
    #[serde(borrow)]
    result: Option<&'body RawValue>,
    #[serde(default)]
    result_info: Value,
}

impl<'body> Envelope<'body> {
    fn read(body: &'body [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Opens the envelope of a success.
    pub(super) fn open(body: &'body [u8]) -> Result<Self, DecodeError> {
        let envelope = Self::read(body).ok_or(DecodeError::Shape("not an envelope"))?;
        if envelope.says_failure() { Err(DecodeError::Failure(envelope.errors())) } else { Ok(envelope) }
    }

    /// Whether the envelope itself says that the call went wrong. Deleting a record is declared to
    /// answer without `success`, so a missing member is no failure.
    fn says_failure(&self) -> bool {
        self.success == Value::Bool(false) || self.success == "false"
    }

    fn errors(&self) -> Vec<ApiMessage> {
        ApiMessage::read_all(&self.errors)
    }

    pub(super) fn result<T: Deserialize<'body>>(&self) -> Result<T, DecodeError> {
        let raw = self.result.map_or("null", RawValue::get);
        serde_json::from_str(raw).map_err(|_| DecodeError::Shape("a result of another shape"))
    }

    pub(super) fn page<T: Deserialize<'body>>(&self) -> Result<Page<T>, DecodeError> {
        let count = |name: &str| u64::try_from(number(self.result_info.get(name)?)?).ok();
        let cursor = self.result_info.get("cursor").and_then(Value::as_str);
        Ok(Page {
            items: self.result()?,
            per_page: count("per_page"),
            total_count: count("total_count"),
            cursor: cursor.filter(|cursor| !cursor.is_empty()).map(str::to_owned),
        })
    }
}

/// What a body says went wrong; `None` when it is no envelope.
pub(super) fn messages(body: &[u8]) -> Option<Vec<ApiMessage>> {
    Envelope::read(body).map(|envelope| envelope.errors())
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
        let page = Envelope::read(body).unwrap().page::<Value>().unwrap();
        assert_eq!((page.per_page, page.total_count, page.cursor), (Some(50), Some(7), None));
    }

    #[test]
    fn html_and_cut_json_are_no_envelope() {
        assert!(Envelope::read(b"<html><body>522</body></html>").is_none());
        assert!(Envelope::read(br#"{"success":true,"result":[{"id":"#).is_none());
    }
}
