//! What a sending provider itself says about a domain: the records it wants, and whether it sees them.
//!
//! A service is a variant of [`Service`] and a file that says, purely, which request to send and how its
//! answer is read; `client.rs` sends. Nothing in here knows this program or Cloudflare. Pure.

pub mod client;
mod error;
mod postmark;
mod sendgrid;

pub use error::{Doing, ProviderError, ProviderErrorKind};

use crate::io::http::Request;
use crate::model::dns::DomainName;

/// A sending provider that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// SendGrid.
    SendGrid,
    /// SendGrid's European region.
    SendGridEu,
    /// Postmark.
    Postmark,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SendGrid, Self::SendGridEu, Self::Postmark];

    /// The service that people call `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.word() == word)
    }

    /// The words that [`Service::from_word`] knows.
    pub fn words() -> [&'static str; 3] {
        Self::ALL.map(Self::word)
    }

    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::SendGrid => "sendgrid",
            Self::SendGridEu => "sendgrid-eu",
            Self::Postmark => "postmark",
        }
    }

    /// The name people know.
    pub fn name(self) -> &'static str {
        match self {
            Self::SendGrid => "SendGrid",
            Self::SendGridEu => "SendGrid (EU)",
            Self::Postmark => "Postmark",
        }
    }

    /// The variable that holds its key.
    pub fn key_variable(self) -> &'static str {
        match self {
            Self::SendGrid | Self::SendGridEu => "SENDGRID_API_KEY",
            Self::Postmark => "POSTMARK_ACCOUNT_TOKEN",
        }
    }

    /// The variable that says where its API is.
    pub fn base_variable(self) -> &'static str {
        match self {
            Self::SendGrid | Self::SendGridEu => "SENDGRID_BASE_URL",
            Self::Postmark => "POSTMARK_BASE_URL",
        }
    }

    /// Where its API is unless told otherwise.
    ///
    /// Source: the servers in `github.com/twilio/sendgrid-oai`, and Postmark's developer documentation
    /// (`postmarkapp.com/developer`); checked 2026-08-22.
    pub fn default_base(self) -> &'static str {
        match self {
            Self::SendGrid => "https://api.sendgrid.com",
            Self::SendGridEu => "https://api.eu.sendgrid.com",
            Self::Postmark => "https://api.postmarkapp.com",
        }
    }

    /// The header that carries the key, and what stands before the key in it.
    fn key_header(self) -> (&'static str, &'static str) {
        match self {
            Self::SendGrid | Self::SendGridEu => ("authorization", "Bearer "),
            Self::Postmark => ("x-postmark-account-token", ""),
        }
    }
}

/// A request to a provider, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    doing: Doing,
    request: Request,
}

/// Whether a handle can stand in a path as it is.
fn is_plain(handle: &str) -> bool {
    !handle.is_empty()
        && handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether `domain` lies in one of `zones`.
fn is_ours(domain: &DomainName, zones: &[DomainName]) -> bool {
    zones.iter().any(|zone| domain.is_within(zone))
}

/// A number or a text, as APIs write identifiers.
fn text_of(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_found_by_its_word() {
        for service in Service::ALL {
            assert_eq!(Service::from_word(service.word()), Some(service));
            assert!(crate::io::secret::Address::parse(service.default_base()).is_ok());
        }
        assert_eq!(Service::words(), ["sendgrid", "sendgrid-eu", "postmark"]);
        assert_eq!(Service::from_word("SendGrid"), None);
    }

    #[test]
    fn a_handle_that_could_leave_its_path_is_none() {
        assert!(is_plain("30218") && is_plain("a-b_c"));
        for bad in ["", "1/../2", "1?x=y", "%2e", "."] {
            assert!(!is_plain(bad), "{bad}");
        }
    }
}
