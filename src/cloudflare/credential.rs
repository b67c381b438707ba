//! The secret that opens the API. Pure: it leaves through one function, into a header.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

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

/// The secret cannot stand in a header. The secret itself is not part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the API credential is empty or holds characters that cannot be sent, such as a line break or a quote"
)]
pub struct BadCredential;

impl Credential {
    /// The headers that carry the secret, marked sensitive. The only place that exposes it.
    ///
    /// # Errors
    ///
    /// [`BadCredential`] when the secret is empty or cannot stand in a header.
    pub(super) fn headers(&self) -> Result<HeaderMap, BadCredential> {
        let pairs = match self {
            Self::Token(token) => {
                vec![("authorization", format!("Bearer {}", sendable(token.expose_secret())?))]
            }
            Self::Key { email, key } => vec![
                ("x-auth-email", sendable(email)?.to_owned()),
                ("x-auth-key", sendable(key.expose_secret())?.to_owned()),
            ],
        };
        let mut headers = HeaderMap::new();
        for (name, text) in pairs {
            let mut value = HeaderValue::from_str(&text).map_err(|_| BadCredential)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

fn sendable(secret: &str) -> Result<&str, BadCredential> {
    let plain = secret.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\'');
    if plain && !secret.is_empty() { Ok(secret) } else { Err(BadCredential) }
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
    fn the_legacy_pair_goes_into_its_two_headers() {
        let pair = Credential::Key { email: "a@example.com".into(), key: SecretString::from("k".to_owned()) };
        let headers = pair.headers().unwrap();
        assert_eq!(headers["x-auth-email"], "a@example.com");
        assert_eq!(headers["x-auth-key"], "k");
    }
}
