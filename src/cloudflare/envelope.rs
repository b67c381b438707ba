//! The envelope around every answer of the API. Pure.

use serde::Deserialize;
use serde_json::value::RawValue;

/// One entry of `errors`. Everything but the text may be missing.
///
/// Source: the 2026 description declares `code` and `message`; codes below its documented minimum,
/// `error_chain` and null lists were observed by others. Checked 2026-08-22.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiMessage {
    /// Cloudflare's number for the situation; there is no public list.
    pub code: Option<i64>,
    /// Cloudflare's words. From outside: clean before printing.
    #[serde(default)]
    pub message: String,
    /// Which part of the body it is about.
    #[serde(default)]
    pub source: Option<ApiSource>,
    /// More precise entries behind this one.
    #[serde(default)]
    pub error_chain: Option<Vec<Self>>,
}

/// Which part of a body an error is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ApiSource {
    /// A JSON pointer such as `/posts/0`.
    #[serde(default)]
    pub pointer: Option<String>,
}

/// What a list says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
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
    success: Option<bool>,
    errors: Option<Vec<ApiMessage>>,
    #[serde(borrow)]
    pub(super) result: Option<&'body RawValue>,
    pub(super) result_info: Option<ResultInfo>,
}

impl<'body> Envelope<'body> {
    /// Reads an envelope; `None` when the body is not one.
    pub(super) fn read(body: &'body [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Whether the envelope itself says that the call went wrong. Deleting a record is declared to
    /// answer without `success`, so a missing member is no failure.
    pub(super) fn says_failure(&self) -> bool {
        self.success == Some(false)
    }

    pub(super) fn into_errors(self) -> Vec<ApiMessage> {
        self.errors.unwrap_or_default()
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
        assert!(envelope.into_errors().is_empty());
    }

    #[test]
    fn an_error_may_carry_next_to_nothing() {
        let body = br#"{"success":false,"errors":[{"code":0,"message":"Actor","type":null},{"message":"x"},{"code":6003,"error_chain":[{"code":6111,"message":"y"}]}],"result":null}"#;
        let errors = Envelope::read(body).unwrap().into_errors();
        assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), [Some(0), None, Some(6003)]);
    }

    #[test]
    fn html_and_cut_json_are_no_envelope() {
        assert!(Envelope::read(b"<html><body>522</body></html>").is_none());
        assert!(Envelope::read(br#"{"success":true,"result":[{"id":"#).is_none());
    }
}
