//! Why a request came to nothing, and what the reader can do about it. Pure.

use std::fmt;

use crate::io::http::{ApiMessage, RequestErrorKind};
use crate::model::failure::{Advice, Exit};

/// What a request was about, in the reader's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Finding a zone by name, or listing zones.
    Zones(String),
    /// Reading one zone by its identifier.
    Zone(String),
    Records(String),
    Change(String),
    ZoneSettings(String),
    AccountSettings(String),
    AuditLog(String),
    /// Verifying the token.
    Token,
    /// Asking whether the API answers at all.
    Probe,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zones(which) => write!(f, "list {which}"),
            Self::Zone(which) => write!(f, "read zone {which}"),
            Self::Records(zone) => write!(f, "list the records of {zone}"),
            Self::Change(zone) => write!(f, "change the records of {zone}"),
            Self::ZoneSettings(zone) => write!(f, "read the DNS settings of {zone}"),
            Self::AuditLog(account) => write!(f, "read the audit log of account {account}"),
            Self::Token => f.write_str("verify the token"),
            Self::Probe => f.write_str("reach the API"),
            Self::AccountSettings(account) => write!(f, "read the DNS settings of account {account}"),
        }
    }
}

impl Operation {
    /// The permission that the request needs, as the dashboard names it, and for what.
    ///
    /// Source: `developers.cloudflare.com/fundamentals/api/reference/permissions`; checked 2026-08-22.
    fn permission(&self) -> &'static str {
        match self {
            Self::Zones(_) | Self::Zone(_) | Self::Token | Self::Probe => "Zone > Zone > Read for this zone",
            Self::Records(_) | Self::ZoneSettings(_) => "Zone > DNS > Read for this zone",
            Self::Change(_) => "Zone > DNS > Edit for this zone",
            Self::AccountSettings(_) | Self::AuditLog(_) => {
                "Account > Account Settings > Read for the account"
            }
        }
    }
}

/// A request that came to nothing.
#[derive(Debug, thiserror::Error)]
#[error("could not {operation}")]
pub struct RequestError {
    pub operation: Operation,
    #[source]
    pub kind: RequestErrorKind,
}

impl RequestError {
    /// Whether the request may have been carried out although no answer tells.
    pub fn is_unknown(&self) -> bool {
        self.kind.is_unknown()
    }

    /// The places in a body that the API complained about, such as `/posts/0`.
    pub fn pointers(&self) -> impl Iterator<Item = &str> {
        self.kind.said().iter().filter_map(|one| one.pointer.as_deref())
    }

    /// Whether the API could make nothing of the identifier in the path.
    fn is_about_the_identifier(&self) -> bool {
        const NO_ROUTE: i64 = 7003;
        const INVALID: i64 = 1001;
        let is_rejected = matches!(self.kind, RequestErrorKind::Rejected { .. });
        let is_it = |error: &ApiMessage| matches!(error.code, Some(NO_ROUTE | INVALID));
        is_rejected && matches!(self.operation, Operation::Zone(_)) && self.kind.said().iter().any(is_it)
    }

    /// Whether the token may not be used from this machine's address.
    ///
    /// Source: code 9109 "Cannot use the access token from location", reported for many clients.
    fn is_about_the_address(&self) -> bool {
        let is_it = |error: &ApiMessage| error.message.contains("access token from location");
        self.kind.said().iter().any(|error| is_it(error) || error.chain.iter().any(is_it))
    }

    /// Whether the API turned the credential itself away, whatever was asked.
    fn is_about_the_credential(&self) -> bool {
        const BAD_SHAPE: i64 = 6003;
        const BAD_PAIR: i64 = 9103;
        const NOT_AUTHENTICATED: i64 = 9106;
        const BAD_TOKEN: i64 = 1000;
        // 401 turns the credential away, 403 what it may do.
        let is_turned_away = matches!(self.kind, RequestErrorKind::Refused { status: 401, .. });
        let is_it = |error: &ApiMessage| {
            matches!(error.code, Some(BAD_SHAPE | BAD_PAIR | NOT_AUTHENTICATED | BAD_TOKEN))
                || error.message.contains("Invalid access token")
        };
        is_turned_away || self.kind.said().iter().any(is_it)
    }

    /// Whether the token is good and lacks a permission, as far as the answer tells.
    pub fn lacks_permission(&self) -> bool {
        matches!(self.kind, RequestErrorKind::Refused { .. }) && aside(self).is_empty()
    }
}

/// What helps where Cloudflare's answer is not about what was asked, but about who asks and from where.
fn aside(error: &RequestError) -> &'static [&'static str] {
    const TOP_LEVEL_DOMAIN: i64 = 1038;
    if error.is_about_the_address() {
        &[
            "the token is good, and may not be used from this machine's address",
            "edit the token under My Profile > API Tokens: Client IP Address Filtering",
        ]
    } else if error.kind.said().iter().any(|one| one.code == Some(TOP_LEVEL_DOMAIN)) {
        &["Cloudflare's API does not change zones below .cf, .ga, .gq, .ml and .tk: use the dashboard"]
    } else if matches!(error.kind, RequestErrorKind::Blocked { .. }) {
        &[
            "a firewall, a proxy or Cloudflare's own block page answered, so this says nothing about the token",
            "check what is in between, and try from another network",
        ]
    } else if error.is_about_the_credential() {
        &[
            "the token is not known to Cloudflare: mistyped, expired, revoked or of another account",
            "make one under My Profile > API Tokens, with Zone > Zone > Read and Zone > DNS > Edit",
        ]
    } else {
        &[]
    }
}

/// What helps where it is about what was asked, whoever asks.
fn usual(error: &RequestError) -> &'static [&'static str] {
    match &error.kind {
        RequestErrorKind::Rejected { .. } if error.is_about_the_identifier() => &[
            "there is no zone of this identifier: its 32 digits and letters a to f stand on the zone's overview page",
        ],
        RequestErrorKind::Refused { .. }
        | RequestErrorKind::Blocked { .. }
        | RequestErrorKind::Rejected { .. }
        | RequestErrorKind::Unwritable(_) => &[],
        RequestErrorKind::Throttled { .. } => {
            &["the limit counts the dashboard and every token of the same user: wait five minutes"]
        }
        RequestErrorKind::GivenUp { .. } => {
            &["try again later; `audit --all-zones --resume` goes on with what was not read"]
        }
        RequestErrorKind::Down { .. } | RequestErrorKind::Unreadable { .. } => {
            &["try again later; www.cloudflarestatus.com tells about outages"]
        }
        RequestErrorKind::NoAnswer(_) | RequestErrorKind::Endless { .. } => {
            &["check the network, a proxy or firewall in between, and --api-url if you set it"]
        }
    }
}

impl Advice for RequestError {
    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        let mut more = aside(self);
        if self.lacks_permission() {
            hints.push(format!("give the token the permission {}", self.operation.permission()));
            more = match self.operation {
                Operation::Zones(_) => &[
                    "or name the zone by its identifier with --zone-id: it stands on the zone's overview page",
                ],
                Operation::Zone(_) | Operation::Records(_) | Operation::Change(_) => {
                    &["Cloudflare gives the same answer for a wrong zone identifier: check that too"]
                }
                _ => &[],
            };
        } else if more.is_empty() {
            more = usual(self);
        }
        hints.extend(more.iter().map(|hint| (*hint).to_owned()));
        hints
    }

    fn exit(&self) -> Exit {
        match &self.kind {
            RequestErrorKind::Refused { .. } => Exit::Refused,
            RequestErrorKind::Rejected { .. } if self.is_about_the_credential() => Exit::Refused,
            RequestErrorKind::Rejected { .. } if self.is_about_the_identifier() => Exit::Usage,
            RequestErrorKind::Rejected { .. } => Exit::Findings,
            RequestErrorKind::Blocked { .. }
            | RequestErrorKind::Throttled { .. }
            | RequestErrorKind::Down { .. }
            | RequestErrorKind::NoAnswer(_)
            | RequestErrorKind::GivenUp { .. }
            | RequestErrorKind::Unwritable(_)
            | RequestErrorKind::Endless { .. }
            | RequestErrorKind::Unreadable { .. } => Exit::Unreachable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Failure;

    fn of(operation: Operation, status: u16, code: i64, message: &str) -> Failure {
        let messages =
            vec![ApiMessage { code: Some(code), message: message.to_owned(), ..ApiMessage::default() }];
        let kind = match status {
            401 | 403 => RequestErrorKind::Refused { status, messages },
            _ => RequestErrorKind::Rejected { status, messages },
        };
        Failure::of(&RequestError { operation, kind })
    }

    fn records() -> Operation {
        Operation::Records("example.com".to_owned())
    }

    #[test]
    fn a_token_that_is_filtered_by_address_lacks_no_permission() {
        let failure = of(records(), 403, 9109, "Cannot use the access token from location: 192.0.2.1");
        assert!(failure.hints[1].contains("Client IP Address Filtering"), "{:?}", failure.hints);
        assert!(failure.hints.iter().all(|hint| !hint.contains("permission")));
        assert_eq!(failure.exit, Exit::Refused);
    }

    #[test]
    fn a_credential_that_is_refused_is_told_from_a_permission_that_is_missing() {
        let refused = of(records(), 401, 10_000, "Authentication error");
        assert!(refused.hints[0].contains("not known to Cloudflare"), "{:?}", refused.hints);
        let missing = of(records(), 403, 10_000, "Authentication error");
        assert!(missing.hints[0].contains("Zone > DNS > Read"), "{:?}", missing.hints);
    }

    #[test]
    fn a_page_that_is_not_the_apis_says_nothing_about_the_token() {
        let failure = Failure::of(&RequestError {
            operation: records(),
            kind: RequestErrorKind::Blocked { status: 403 },
        });
        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(failure.message.contains("before it reached the API"), "{}", failure.message);
        assert!(failure.hints.iter().all(|hint| !hint.contains("permission")), "{:?}", failure.hints);
    }

    #[test]
    fn zones_that_only_the_dashboard_changes_and_wrong_identifiers_are_told() {
        let change = Operation::Change("example.tk".to_owned());
        assert!(of(change, 403, 1038, "You cannot use this API").hints[0].contains("use the dashboard"));
        let zone = Operation::Zone("0123".to_owned());
        let failure = of(zone, 404, 1001, "Invalid zone identifier");
        assert_eq!(failure.exit, Exit::Usage);
        assert!(failure.hints[0].contains("no zone of this identifier"), "{:?}", failure.hints);
    }
}
