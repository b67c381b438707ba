//! Why a request came to nothing, and what the reader can do about it. Pure.

use std::fmt;
use std::time::Duration;

use super::envelope::ApiMessage;
use crate::failure::{Advice, Exit};
use crate::plain;

/// What a request was about, in the reader's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Finding a zone by name, or listing zones.
    Zones(String),
    /// Reading one zone by its identifier.
    Zone(String),
    /// Reading the records of a zone.
    Records(String),
    /// Changing the records of a zone.
    Change(String),
    /// Reading the DNS settings of a zone.
    ZoneSettings(String),
    /// Reading the DNS settings of an account.
    AccountSettings(String),
    /// Reading an audit log of an account.
    AuditLog(String),
    /// Verifying the token.
    Token,
    /// Asking whether the API answers at all.
    Pulse,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zones(which) => write!(f, "list {which}"),
            Self::Zone(which) => write!(f, "read zone {which}"),
            Self::Records(zone) => write!(f, "list the records of {zone}"),
            Self::Change(zone) => write!(f, "change the records of {zone}"),
            Self::ZoneSettings(zone) => write!(f, "read the DNS settings of {zone}"),
            Self::AuditLog(account) => write!(f, "read the audit log of account {account}"),
            Self::Token => f.write_str("verify the token"),
            Self::Pulse => f.write_str("reach the API"),
            Self::AccountSettings(account) => {
                write!(f, "read the DNS settings of account {account}")
            }
        }
    }
}

impl Subject {
    /// What the permission is needed for.
    fn scope(&self) -> &'static str {
        match self {
            Self::AccountSettings(_) | Self::AuditLog(_) => " for the account",
            _ => " for this zone",
        }
    }

    /// The permission that the request needs, as the dashboard names it.
    ///
    /// Source: `developers.cloudflare.com/fundamentals/api/reference/permissions`; checked 2026-08-22.
    fn permission(&self) -> &'static str {
        match self {
            Self::Zones(_) | Self::Zone(_) | Self::Token | Self::Pulse => "Zone > Zone > Read",
            Self::Records(_) | Self::ZoneSettings(_) => "Zone > DNS > Read",
            Self::Change(_) => "Zone > DNS > Edit",
            Self::AccountSettings(_) | Self::AuditLog(_) => "Account > Account Settings > Read",
        }
    }
}

/// A request that came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("could not {subject}")]
pub struct RequestError {
    /// What was asked for.
    pub subject: Subject,
    /// What stood in the way.
    #[source]
    pub trouble: Trouble,
}

/// What stood in the way of a request.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The API does not accept the credential for this.
    #[error("Cloudflare refused (HTTP {status}{})", said(errors))]
    Refused {
        /// HTTP status.
        status: u16,
        /// What the API said.
        errors: Vec<ApiMessage>,
    },
    /// The API understood and said no.
    #[error("Cloudflare said no (HTTP {status}{})", said(errors))]
    Rejected {
        /// HTTP status.
        status: u16,
        /// What the API said.
        errors: Vec<ApiMessage>,
    },
    /// Too many requests, and waiting longer makes no sense.
    #[error("Cloudflare's request limit is used up{}", pause(*asked))]
    Throttled {
        /// The pause that was asked for.
        asked: Option<Duration>,
    },
    /// The API is not working: a server error, with or without the API's own words.
    #[error("the API is not working (HTTP {status}{}){}", said(errors), pause(*asked))]
    Down {
        /// HTTP status.
        status: u16,
        /// What was said, if it was the API that spoke.
        errors: Vec<ApiMessage>,
        /// The pause that was asked for.
        asked: Option<Duration>,
    },
    /// No connection, or it broke before an answer.
    #[error("no answer from the API")]
    NoAnswer(#[source] reqwest::Error),
    /// The answer is not what the API is described to send.
    #[error("the answer makes no sense (HTTP {status}, {what}): {start}")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What is odd about it.
        what: &'static str,
        /// How the body begins, cleaned.
        start: String,
    },
}

fn said(errors: &[ApiMessage]) -> String {
    let parts = errors.iter().map(|error| {
        let chain =
            error.error_chain.iter().flatten().map(|inner| format!(" ({})", plain::line(&inner.message)));
        let code = error.code.map_or(String::new(), |code| format!("code {code} "));
        format!(", {code}\"{}\"{}", plain::line(&error.message), chain.collect::<String>())
    });
    parts.collect()
}

fn pause(asked: Option<Duration>) -> String {
    asked.map_or(String::new(), |pause| {
        format!(" and asks for a pause of {}", plain::seconds(pause.as_secs()))
    })
}

impl RequestError {
    /// Whether the request may have been carried out although no answer tells.
    pub fn is_unknown(&self) -> bool {
        match &self.trouble {
            Trouble::Down { .. } | Trouble::Unreadable { .. } => true,
            Trouble::NoAnswer(error) => !error.is_connect(),
            Trouble::Refused { .. } | Trouble::Rejected { .. } | Trouble::Throttled { .. } => false,
        }
    }

    /// The places in a body that the API complained about, such as `/posts/0`.
    pub fn pointers(&self) -> impl Iterator<Item = &str> {
        let errors = match &self.trouble {
            Trouble::Rejected { errors, .. } => errors.as_slice(),
            Trouble::Refused { .. }
            | Trouble::Throttled { .. }
            | Trouble::Down { .. }
            | Trouble::NoAnswer(_)
            | Trouble::Unreadable { .. } => &[],
        };
        errors.iter().filter_map(|error| error.source.as_ref()?.pointer.as_deref())
    }

    /// Whether the API could make nothing of the identifier in the path.
    fn is_about_the_identifier(&self) -> bool {
        const NO_ROUTE: i64 = 7003;
        let Trouble::Rejected { errors, .. } = &self.trouble else { return false };
        matches!(self.subject, Subject::Zone(_)) && errors.iter().any(|error| error.code == Some(NO_ROUTE))
    }

    /// Whether the API turned the credential itself away, whatever was asked.
    fn is_about_the_credential(&self) -> bool {
        const BAD_SHAPE: i64 = 6003;
        const BAD_PAIR: i64 = 9103;
        const NOT_AUTHENTICATED: i64 = 9106;
        const BAD_TOKEN: i64 = 1000;
        let (Trouble::Refused { errors, .. } | Trouble::Rejected { errors, .. }) = &self.trouble else {
            return false;
        };
        errors.iter().any(|error| {
            matches!(error.code, Some(BAD_SHAPE | BAD_PAIR | NOT_AUTHENTICATED | BAD_TOKEN))
                || error.message.contains("Invalid access token")
        })
    }
}

impl Advice for RequestError {
    fn hints(&self) -> Vec<String> {
        match &self.trouble {
            _ if self.is_about_the_credential() => vec![
                "the token is not known to Cloudflare: mistyped, expired, revoked or of another account"
                    .to_owned(),
                "make one under My Profile > API Tokens, with Zone > Zone > Read and Zone > DNS > Edit"
                    .to_owned(),
            ],
            Trouble::Refused { .. } => {
                let permission = self.subject.permission();
                let mut hints =
                    vec![format!("give the token the permission {permission}{}", self.subject.scope())];
                match self.subject {
                    Subject::Zones(_) => hints.push(
                        "or name the zone by its identifier with --zone-id: it stands on the zone's overview page"
                            .to_owned(),
                    ),
                    Subject::Zone(_) | Subject::Records(_) | Subject::Change(_) => hints
                        .push("Cloudflare gives the same answer for a wrong zone identifier: check that too".to_owned()),
                    Subject::ZoneSettings(_)
                    | Subject::AccountSettings(_)
                    | Subject::AuditLog(_)
                    | Subject::Token
                    | Subject::Pulse => {}
                }
                hints
            }
            Trouble::Rejected { .. } if self.is_about_the_identifier() => {
                vec![
                    "an identifier has 32 digits and letters a to f: it stands on the zone's overview page"
                        .to_owned(),
                ]
            }
            Trouble::Rejected { .. } => Vec::new(),
            Trouble::Throttled { .. } => {
                vec![
                    "the limit counts the dashboard and every token of the same user: wait five minutes"
                        .to_owned(),
                ]
            }
            Trouble::Down { .. } | Trouble::Unreadable { .. } => {
                vec!["try again later; www.cloudflarestatus.com tells about outages".to_owned()]
            }
            Trouble::NoAnswer(_) => {
                vec![
                    "check the network, a proxy or firewall in between, and --api-url if you set it"
                        .to_owned(),
                ]
            }
        }
    }

    fn exit(&self) -> Exit {
        match &self.trouble {
            Trouble::Refused { .. } => Exit::Refused,
            Trouble::Rejected { .. } if self.is_about_the_credential() => Exit::Refused,
            Trouble::Rejected { .. } if self.is_about_the_identifier() => Exit::Usage,
            Trouble::Rejected { .. } => Exit::Findings,
            Trouble::Throttled { .. }
            | Trouble::Down { .. }
            | Trouble::NoAnswer(_)
            | Trouble::Unreadable { .. } => Exit::Unreachable,
        }
    }
}
