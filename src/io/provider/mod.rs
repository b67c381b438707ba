//! What a sending provider itself says about a domain: the records it wants, and whether it sees them.
//!
//! A service is a variant of [`Service`] and a file that says, purely, which request to send and how its
//! answer is read; `client.rs` sends. Nothing in here knows this program or Cloudflare. Pure.

pub mod client;
mod error;
mod postmark;
mod sendgrid;

pub use error::{Doing, ProviderError, ProviderErrorKind};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::io::http::DecodeError;
use crate::model::dns::DomainName;

crate::model::words::words! {
    /// A sending provider that can be asked. Its word is the one on the command line.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Service {
        /// SendGrid.
        SendGrid = "sendgrid",
        /// SendGrid's European region.
        SendGridEu = "sendgrid-eu",
        /// Postmark.
        Postmark = "postmark",
    }
}

impl Service {
    /// The service that people call `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.word() == word)
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

/// Reads the body of an answer; `otherwise` says what it is if that fails.
fn read<T: DeserializeOwned>(body: &[u8], otherwise: &'static str) -> Result<T, DecodeError> {
    serde_json::from_slice(body).map_err(|_| DecodeError::Shape(otherwise))
}

/// The domain of that name, if it lies in one of `zones`.
fn ours(name: &str, zones: &[DomainName]) -> Option<DomainName> {
    DomainName::parse(name).ok().filter(|domain| zones.iter().any(|zone| domain.is_within(zone)))
}

/// A number or a text, as APIs write identifiers, if it can stand in a path as it is.
fn handle(value: &Value) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let handle = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!handle.is_empty() && handle.bytes().all(is_plain)).then_some(handle)
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
        assert_eq!(Service::ALL.map(Service::word), ["sendgrid", "sendgrid-eu", "postmark"]);
        assert_eq!(Service::from_word("SendGrid"), None);
    }

    #[test]
    fn a_handle_that_could_leave_its_path_is_none() {
        assert_eq!([30_218.into(), "a-b_c".into()].map(|value: Value| handle(&value).is_some()), [true; 2]);
        for bad in ["", "1/../2", "1?x=y", "%2e", "."] {
            assert_eq!(handle(&bad.into()), None, "{bad}");
        }
    }
}
