//! Why a sending provider could not be asked, and what the reader can do about it. Pure.

use std::fmt;
use std::time::Duration;

use super::Service;
use crate::io::secret::{BadAddress, BadCredential};
use crate::model::failure::{Advice, Exit};
use crate::model::plain;

/// What was being done, in the reader's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Getting ready.
    Connect,
    /// Listing the domains.
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
pub struct SenderError {
    /// Who was asked.
    pub service: Service,
    /// What for.
    pub doing: Doing,
    /// What stood in the way.
    #[source]
    pub trouble: Trouble,
}

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The base address cannot be used.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The key cannot be sent.
    #[error(transparent)]
    Key(#[from] BadCredential),
    /// The key is not accepted, or not for this.
    #[error("the key was refused (HTTP {status}{})", said(words))]
    Refused {
        /// HTTP status.
        status: u16,
        /// What the provider said.
        words: Vec<String>,
    },
    /// The provider understood and said no.
    #[error("the request was turned down (HTTP {status}{})", said(words))]
    Rejected {
        /// HTTP status.
        status: u16,
        /// What the provider said.
        words: Vec<String>,
    },
    /// Too many requests.
    #[error("the request limit is used up{}", pause(*asked))]
    Throttled {
        /// The pause that was asked for.
        asked: Option<Duration>,
    },
    /// The API is not working.
    #[error("the API is not working (HTTP {status}{})", said(words))]
    Down {
        /// HTTP status.
        status: u16,
        /// What the provider said.
        words: Vec<String>,
    },
    /// No connection, or it broke before an answer.
    #[error("no answer from the API")]
    NoAnswer(#[source] reqwest::Error),
    /// The answer did not come to its end.
    #[error("the answer did not end: {what}")]
    Endless {
        /// Why it was not waited for.
        what: &'static str,
    },
    /// The answer is not what the API is described to send.
    #[error("the answer makes no sense (HTTP {status}, {what})")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What is odd about it.
        what: &'static str,
    },
}

fn said(words: &[String]) -> String {
    let quoted = words.iter().map(|text| format!("\"{}\"", plain::line(text)));
    std::iter::once(String::new()).chain(quoted).collect::<Vec<_>>().join(", ")
}

fn pause(asked: Option<Duration>) -> String {
    asked.map_or(String::new(), |pause| {
        format!(", and it asks for a pause of {}", plain::seconds(pause.as_secs()))
    })
}

/// What a provider says in the body of a refusal.
///
/// SendGrid: `{"errors":[{"message":"…"}]}`. Postmark: `{"ErrorCode":10,"Message":"…"}`.
pub(super) fn words(body: &[u8]) -> Vec<String> {
    const MOST: usize = 5;
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(body) else { return Vec::new() };
    let errors = body.get("errors").and_then(serde_json::Value::as_array).into_iter().flatten();
    let messages = errors.filter_map(|error| error.get("message")).chain(body.get("Message"));
    messages.filter_map(serde_json::Value::as_str).take(MOST).map(plain::line).collect()
}

impl SenderError {
    /// How the dashboard names what the key must be allowed to do.
    ///
    /// Source: the scopes in `github.com/twilio/sendgrid-oai` and the API key page of its dashboard;
    /// Postmark's account token opens everything of the account. Checked 2026-08-22.
    fn permission(&self) -> String {
        let variable = self.service.key_variable();
        match (self.service, &self.doing) {
            (Service::Postmark, _) => format!(
                "{variable} wants the account's token (API Tokens, for account owners and admins), not a server's"
            ),
            (Service::SendGrid | Service::SendGridEu, Doing::Validate(_)) => format!(
                "the key in {variable} needs the scope whitelabel.update: Sender Authentication > Full Access"
            ),
            (Service::SendGrid | Service::SendGridEu, Doing::Connect | Doing::List | Doing::Read(_)) => {
                format!("the key in {variable} needs the scope whitelabel.read: Sender Authentication > Read")
            }
        }
    }

    fn other_region(&self) -> Option<String> {
        match self.service {
            Service::SendGrid => Some(
                "a key of the European region is known at https://api.eu.sendgrid.com only: use sendgrid-eu"
                    .to_owned(),
            ),
            Service::SendGridEu => Some(
                "a key outside the European region is known at https://api.sendgrid.com only: use sendgrid"
                    .to_owned(),
            ),
            Service::Postmark => None,
        }
    }
}

impl Advice for SenderError {
    fn hints(&self) -> Vec<String> {
        let service = self.service;
        match &self.trouble {
            Trouble::Address(_) => vec![format!(
                "write an https address in {}, such as {}",
                service.base_variable(),
                service.default_base()
            )],
            Trouble::Key(_) => {
                vec![format!("copy the key into {} again, nothing around it", service.key_variable())]
            }
            Trouble::Refused { .. } => {
                [Some(self.permission()), self.other_region()].into_iter().flatten().collect()
            }
            Trouble::Rejected { .. } => self.other_region().into_iter().collect(),
            Trouble::Throttled { .. } => vec!["wait a minute, then try again".to_owned()],
            Trouble::Down { .. } => match self.doing {
                Doing::Validate(_) => {
                    vec!["try again in a few minutes; the records are not affected".to_owned()]
                }
                Doing::Connect | Doing::List | Doing::Read(_) => vec!["try again later".to_owned()],
            },
            Trouble::NoAnswer(_) | Trouble::Endless { .. } | Trouble::Unreadable { .. } => vec![format!(
                "check the network, a proxy or firewall in between, and {} if you set it",
                service.base_variable()
            )],
        }
    }

    fn exit(&self) -> Exit {
        match &self.trouble {
            Trouble::Address(_) | Trouble::Key(_) => Exit::Usage,
            Trouble::Refused { .. } | Trouble::Rejected { .. } => Exit::Refused,
            Trouble::Throttled { .. }
            | Trouble::Down { .. }
            | Trouble::NoAnswer(_)
            | Trouble::Endless { .. }
            | Trouble::Unreadable { .. } => Exit::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Failure;

    #[test]
    fn a_refusal_names_the_provider_the_deed_the_variable_and_the_scope() {
        let refused = |doing| SenderError {
            service: Service::SendGrid,
            doing,
            trouble: Trouble::Refused {
                status: 403,
                words: words(br#"{"errors":[{"message":"access forbidden"}]}"#),
            },
        };
        let failure = Failure::of(&refused(Doing::List));
        assert_eq!(
            failure.message,
            "SendGrid: could not list the sending domains: the key was refused (HTTP 403, \"access forbidden\")"
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
        assert_eq!(
            words(br#"{"ErrorCode":10,"Message":"Bad or missing API token."}"#),
            ["Bad or missing API token."]
        );
        assert_eq!(words(b"<html>"), Vec::<String>::new());
        assert_eq!(words(br#"{"errors":null}"#), Vec::<String>::new());
    }
}
