//! Why a sending provider could not be asked, and what the reader can do about it. Pure.

use std::fmt;

use serde_json::Value;

use super::Service;
use crate::io::http::{ApiMessage, RequestErrorKind};
use crate::io::secret::{BadAddress, BadCredential};
use crate::model::failure::{Advice, Exit};

/// What was being done, in the reader's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    Connect,
    List,
    /// Reading the records of this domain.
    Read(String),
    /// Having the provider look again at this domain.
    Validate(String),
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("prepare the connection"),
            Self::List => f.write_str("list the sending domains"),
            Self::Read(domain) => write!(f, "read the records of {domain}"),
            Self::Validate(domain) => write!(f, "start the validation of {domain}"),
        }
    }
}

/// A provider that could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{}: could not {doing}", service.name())]
pub struct ProviderError {
    pub service: Service,
    pub doing: Doing,
    #[source]
    pub kind: ProviderErrorKind,
}

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub enum ProviderErrorKind {
    #[error(transparent)]
    Address(#[from] BadAddress),
    #[error(transparent)]
    Key(#[from] BadCredential),
    #[error(transparent)]
    Request(#[from] RequestErrorKind),
}

/// What a provider says in the body of a refusal; `None` when that is not JSON.
///
/// SendGrid: `{"errors":[{"message":"…"}]}`. Postmark: `{"ErrorCode":10,"Message":"…"}`.
pub(super) fn messages(body: &[u8]) -> Option<Vec<ApiMessage>> {
    const MOST: usize = 5;
    let body: Value = serde_json::from_slice(body).ok()?;
    let mut messages = body.get("errors").map(ApiMessage::read_all).unwrap_or_default();
    messages.truncate(MOST);
    if let Some(message) = body.get("Message").and_then(Value::as_str) {
        let code = body.get("ErrorCode").and_then(Value::as_i64);
        messages.push(ApiMessage { code, message: message.to_owned(), ..ApiMessage::default() });
    }
    Some(messages)
}

impl ProviderError {
    /// How the dashboard names what the key must be allowed to do.
    ///
    /// Source: the scopes in `github.com/twilio/sendgrid-oai` and the API key page of its dashboard;
    /// Postmark's account token opens everything of the account. Checked 2026-08-22.
    fn permission(&self) -> String {
        let variable = self.service.key_variable();
        let (scope, access) = match (self.service, &self.doing) {
            (Service::Postmark, _) => {
                let whose = "the account's token (API Tokens, for account owners and admins), not a server's";
                return format!("{variable} wants {whose}");
            }
            (_, Doing::Validate(_)) => ("whitelabel.update", "Full Access"),
            (_, Doing::Connect | Doing::List | Doing::Read(_)) => ("whitelabel.read", "Read"),
        };
        format!("the key in {variable} needs the scope {scope}: Sender Authentication > {access}")
    }

    fn other_region(&self) -> Option<String> {
        let (whose, other) = match self.service {
            Service::SendGrid => ("of", Service::SendGridEu),
            Service::SendGridEu => ("outside", Service::SendGrid),
            Service::Postmark => return None,
        };
        let (base, word) = (other.default_base(), other.word());
        Some(format!("a key {whose} the European region is known at {base} only: use {word}"))
    }
}

impl Advice for ProviderError {
    fn hints(&self) -> Vec<String> {
        let (base, key) = (self.service.base_variable(), self.service.key_variable());
        let kind = match &self.kind {
            ProviderErrorKind::Address(_) => {
                let usual = self.service.default_base();
                return vec![format!("write an https address in {base}, such as {usual}")];
            }
            ProviderErrorKind::Key(_) => {
                return vec![format!("copy the key into {key} again, nothing around it")];
            }
            ProviderErrorKind::Request(kind) => kind,
        };
        let hint = match kind {
            RequestErrorKind::Refused { .. } => {
                return std::iter::once(self.permission()).chain(self.other_region()).collect();
            }
            RequestErrorKind::Rejected { .. } => return self.other_region().into_iter().collect(),
            RequestErrorKind::Unwritable(_) => return Vec::new(),
            RequestErrorKind::Throttled { .. } => "wait a minute, then try again",
            RequestErrorKind::Down { .. } if matches!(self.doing, Doing::Validate(_)) => {
                "try again in a few minutes; the records are not affected"
            }
            RequestErrorKind::Down { .. } | RequestErrorKind::GivenUp { .. } => "try again later",
            RequestErrorKind::Blocked { .. }
            | RequestErrorKind::NoAnswer(_)
            | RequestErrorKind::Endless { .. }
            | RequestErrorKind::Unreadable { .. } => {
                return vec![format!(
                    "check the network, a proxy or firewall in between, and {base} if you set it"
                )];
            }
        };
        vec![hint.to_owned()]
    }

    fn exit(&self) -> Exit {
        match &self.kind {
            ProviderErrorKind::Address(_) | ProviderErrorKind::Key(_) => Exit::Usage,
            ProviderErrorKind::Request(
                RequestErrorKind::Refused { .. } | RequestErrorKind::Rejected { .. },
            ) => Exit::Refused,
            ProviderErrorKind::Request(_) => Exit::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Failure;

    #[test]
    fn a_refusal_names_the_provider_the_deed_the_variable_and_the_scope() {
        let refused = |doing| {
            let messages = messages(br#"{"errors":[{"message":"access forbidden"}]}"#).unwrap();
            let kind = RequestErrorKind::Refused { status: 403, messages }.into();
            ProviderError { service: Service::SendGrid, doing, kind }
        };
        let failure = Failure::of(&refused(Doing::List));
        assert_eq!(
            failure.message,
            "SendGrid: could not list the sending domains: the API refused (HTTP 403, \"access forbidden\")"
        );
        assert_eq!(failure.exit, Exit::Refused);
        assert!(
            failure.hints[0].contains("SENDGRID_API_KEY") && failure.hints[0].contains("whitelabel.read")
        );
        assert!(failure.hints[1].contains("api.eu.sendgrid.com"));
        assert!(refused(Doing::Validate("a.test".to_owned())).hints()[0].contains("whitelabel.update"));
    }

    #[test]
    fn the_words_of_both_providers_are_found() {
        let words = |body| messages(body).map(|found| found.into_iter().map(|one| one.message).collect());
        let one = |message: &str| Some(vec![message.to_owned()]);
        let postmark = br#"{"ErrorCode":10,"Message":"Bad or missing API token."}"#;
        assert_eq!(words(postmark), one("Bad or missing API token."));
        assert_eq!(words(br#"{"errors":[{"message":"no","field":null}]}"#), one("no"));
        assert_eq!(words(br#"{"errors":null}"#), Some(Vec::new()));
        assert_eq!(words(b"<html>"), None);
    }
}
