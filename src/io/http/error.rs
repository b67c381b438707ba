//! Why a request came to nothing, whatever API it was for. Pure.

use std::time::Duration;

use serde_json::{Map, Value};

use super::retry::{Attempt, Reading};
use crate::model::plain;

/// One thing that an API says about a request. Everything may be missing.
///
/// Source: Cloudflare's description of 2026 declares `code` and `message`; codes below its documented minimum,
/// `error_chain` and null lists were observed by others. Checked 2026-08-22. Other forms have not been seen from the
/// real API; whoever stands in its place may send them, and its words are shown all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiMessage {
    /// The API's number for the situation.
    pub code: Option<i64>,
    /// The API's words. From outside: clean before printing.
    pub message: String,
    /// Which part of the body it is about: a JSON pointer such as `/posts/0`.
    pub pointer: Option<String>,
    /// More precise entries behind this one.
    pub chain: Vec<Self>,
}

impl ApiMessage {
    /// The entries of a list, or whatever stands in its place, a few levels deep.
    pub fn read_all(value: &Value) -> Vec<Self> {
        Self::read_level(value, 0)
    }

    fn read_level(value: &Value, depth: usize) -> Vec<Self> {
        const DEEPEST: usize = 4;
        match value {
            Value::Null => Vec::new(),
            _ if depth > DEEPEST => Vec::new(),
            Value::Array(list) => list.iter().flat_map(|one| Self::read_level(one, depth + 1)).collect(),
            Value::Object(members) => match Self::read(members, depth) {
                Self { code: None, message, .. } if message.is_empty() => {
                    members.values().flat_map(|one| Self::read_level(one, depth + 1)).collect()
                }
                one => vec![one],
            },
            Value::String(_) | Value::Bool(_) | Value::Number(_) => {
                vec![Self { message: words(value), ..Self::default() }]
            }
        }
    }

    fn read(members: &Map<String, Value>, depth: usize) -> Self {
        let pointer = members.get("source").and_then(|source| source.get("pointer")?.as_str());
        let chain = members.get("error_chain").unwrap_or(&Value::Null);
        Self {
            code: members.get("code").and_then(number),
            message: members.get("message").map(words).unwrap_or_default(),
            pointer: pointer.map(str::to_owned),
            chain: Self::read_level(chain, depth + 1),
        }
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole number, also where it is written as a text.
pub fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Why the body of a successful answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// It says itself that the request failed.
    Failure(Vec<ApiMessage>),
    /// It is not what the API is described to send.
    Shape(&'static str),
}

/// What stood in the way of a request.
#[derive(Debug, thiserror::Error)]
pub enum RequestErrorKind {
    /// The API does not accept the credential for this.
    #[error("the API refused (HTTP {status}{})", said(messages))]
    Refused { status: u16, messages: Vec<ApiMessage> },
    /// A page that is not the API's: something before it turned the request away.
    #[error(
        "the request was turned away before it reached the API (HTTP {status}, and a page that is not the API's)"
    )]
    Blocked { status: u16 },
    /// The API understood and said no.
    #[error("the API said no (HTTP {status}{})", said(messages))]
    Rejected { status: u16, messages: Vec<ApiMessage> },
    /// Too many requests, and waiting longer makes no sense; `asked` is the pause that was asked for.
    #[error("the API's request limit is used up{}", pause(*asked))]
    Throttled { asked: Option<Duration> },
    /// The API is not working: a server error, with or without the API's own words.
    #[error("the API is not working (HTTP {status}{}){}", said(messages), pause(*asked))]
    Down { status: u16, messages: Vec<ApiMessage>, asked: Option<Duration> },
    /// The API was not asked any more. Nothing was sent.
    #[error("not asked any more: {in_vain} requests in a row came to nothing")]
    GivenUp { in_vain: u32 },
    /// Nothing was sent.
    #[error("the request cannot be written")]
    Unwritable(#[source] serde_json::Error),
    /// No connection, or it broke before an answer.
    #[error("no answer from the API")]
    NoAnswer(#[source] reqwest::Error),
    /// It was not waited for.
    #[error("the answer did not end: {what}")]
    Endless { what: &'static str },
    /// The answer is not what the API is described to send.
    #[error("the answer makes no sense (HTTP {status}, {what}): {start}")]
    Unreadable {
        status: u16,
        what: &'static str,
        reading: Reading,
        /// How the body begins, cleaned.
        start: String,
    },
}

fn said(messages: &[ApiMessage]) -> String {
    let parts = messages.iter().map(|one| {
        let chain = one.chain.iter().map(|inner| format!(" ({})", plain::sanitize_line(&inner.message)));
        let code = one.code.map_or(String::new(), |code| format!("code {code} "));
        format!(", {code}\"{}\"{}", plain::sanitize_line(&one.message), chain.collect::<String>())
    });
    parts.collect()
}

fn pause(asked: Option<Duration>) -> String {
    asked.map_or(String::new(), |pause| {
        format!(" and asks for a pause of {}", plain::seconds(pause.as_secs()))
    })
}

impl RequestErrorKind {
    pub(super) fn unreadable(status: u16, what: &'static str, reading: Reading, body: &[u8]) -> Self {
        let begins = body.get(..4_096).unwrap_or(body);
        let start = plain::sanitize_line(&String::from_utf8_lossy(begins)).chars().take(80).collect();
        Self::Unreadable { status, what, reading, start }
    }

    pub(super) fn attempt(&self) -> Attempt {
        let answered = |status, reading| Attempt::Answered { status, reading };
        match self {
            Self::Refused { status, .. } | Self::Rejected { status, .. } | Self::Down { status, .. } => {
                answered(*status, Reading::Whole)
            }
            Self::Blocked { status } => answered(*status, Reading::Foreign),
            Self::Throttled { .. } => answered(429, Reading::Whole),
            Self::Unreadable { status, reading, .. } => answered(*status, *reading),
            Self::Endless { .. } => Attempt::Endless,
            Self::Unwritable(_) | Self::GivenUp { .. } => Attempt::NotSent,
            Self::NoAnswer(error) if error.is_connect() || error.is_builder() => Attempt::NotSent,
            Self::NoAnswer(_) => Attempt::Broken,
        }
    }

    pub(super) fn asked(&self) -> Option<Duration> {
        match self {
            Self::Throttled { asked } | Self::Down { asked, .. } => *asked,
            _ => None,
        }
    }

    /// Whether the request may have been carried out although no answer tells.
    pub fn is_unknown(&self) -> bool {
        self.attempt().is_unknown()
    }

    /// What the API said, if it refused or said no.
    pub fn said(&self) -> &[ApiMessage] {
        match self {
            Self::Refused { messages, .. } | Self::Rejected { messages, .. } => messages,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, reading: Reading) -> RequestErrorKind {
        RequestErrorKind::unreadable(status, "odd", reading, b"<html>\x1b[31m")
    }

    #[test]
    fn what_breaks_off_or_has_another_shape_leaves_it_unknown_whether_a_change_was_made() {
        assert!(kind(200, Reading::Odd).is_unknown() && kind(200, Reading::Foreign).is_unknown());
        assert!(RequestErrorKind::Endless { what: "long" }.is_unknown());
        let (messages, asked) = (Vec::new(), None);
        assert!(RequestErrorKind::Down { status: 500, messages, asked }.is_unknown());
        assert!(!RequestErrorKind::Throttled { asked }.is_unknown());
        assert!(!RequestErrorKind::Blocked { status: 403 }.is_unknown());
        assert!(!RequestErrorKind::Rejected { status: 200, messages: Vec::new() }.is_unknown());
        assert!(!kind(200, Reading::Odd).to_string().contains('\x1b'));
    }
}
