//! The secret that opens the API, and the headers it goes into. Pure.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use crate::io::secret::{self, BadCredential};
use crate::model::credential::CredentialKind;

/// What opens the API.
#[derive(Clone)]
pub enum Credential {
    /// An API token, sent as `Authorization: Bearer …`.
    Token(SecretString),
    /// The legacy pair: the account's e-mail address and its global API key.
    Key {
        /// Sent as `X-Auth-Email`.
        email: String,
        /// Sent as `X-Auth-Key`.
        key: SecretString,
    },
}

impl Credential {
    /// What it is by its form.
    pub(super) fn kind(&self) -> CredentialKind {
        let Self::Token(token) = self else { return CredentialKind::GlobalKey };
        if secret::begins_with(token, "cfut_") {
            CredentialKind::UserToken
        } else if secret::begins_with(token, "cfat_") {
            CredentialKind::AccountToken
        } else {
            CredentialKind::Token
        }
    }

    /// The headers that carry the secret, marked sensitive.
    pub(super) fn headers(&self) -> Result<HeaderMap, BadCredential> {
        let pairs = match self {
            Self::Token(token) => vec![("authorization", secret::header("Bearer ", token)?)],
            Self::Key { email, key } => {
                let mut email = HeaderValue::from_str(secret::sendable(email)?).map_err(|_| BadCredential)?;
                email.set_sensitive(true);
                vec![("x-auth-email", email), ("x-auth-key", secret::header("", key)?)]
            }
        };
        Ok(pairs.into_iter().map(|(name, value)| (HeaderName::from_static(name), value)).collect())
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Credential::Token([redacted])",
            Self::Key { .. } => "Credential::Key([redacted])",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Credential {
        Credential::Token(SecretString::from(text.to_owned()))
    }

    #[test]
    fn the_secret_shows_in_no_debug_output() {
        let secret = token("verysecret");
        let shown = format!("{secret:?} {:?}", secret.headers().unwrap());
        assert!(!shown.contains("verysecret"), "{shown}");
    }

    #[test]
    fn a_secret_that_cannot_be_sent_is_refused() {
        for bad in ["", "two\nlines", "\"quoted\"", "with space", "é"] {
            assert_eq!(token(bad).headers().unwrap_err(), BadCredential);
        }
    }

    #[test]
    fn the_form_of_a_token_tells_whose_it_is() {
        let kind = |text: &str| token(text).kind();
        assert_eq!(kind("cfut_0123456789"), CredentialKind::UserToken);
        assert_eq!(kind("cfat_0123456789"), CredentialKind::AccountToken);
        assert_eq!(kind("0123456789abcdef"), CredentialKind::Token);
        assert_eq!(kind("cf"), CredentialKind::Token);
    }

    #[test]
    fn the_legacy_pair_goes_into_its_two_headers() {
        let pair = Credential::Key { email: "a@example.com".into(), key: SecretString::from("k".to_owned()) };
        let headers = pair.headers().unwrap();
        assert_eq!(headers["x-auth-email"], "a@example.com");
        assert_eq!(headers["x-auth-key"], "k");
    }
}
