//! Where the API is, and which addresses may be given a secret. Pure.

use std::net::IpAddr;

use reqwest::Url;

use super::credential::{BadCredential, Credential};
use crate::failure::{Advice, Exit};

/// Where the API is and what opens it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The base address, with `/client/v4` and without a slash at the end.
    pub(super) base: Url,
    /// What opens the API.
    pub(super) credential: Credential,
    /// Whether the address is this machine.
    pub(super) is_loopback: bool,
}

/// Why no connection can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// The base address is not one.
    #[error("`{0}` is not the address of an API")]
    BadAddress(String),
    /// The token would travel in the clear.
    #[error("`{0}` is plain http to another machine: the token would travel in the clear")]
    InTheClear(String),
    /// The credential cannot be sent.
    #[error(transparent)]
    Credential(#[from] BadCredential),
}

impl Advice for ConnectionError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::BadAddress(_) => {
                vec!["give the whole address, such as https://api.cloudflare.com/client/v4".to_owned()]
            }
            Self::InTheClear(_) => {
                vec!["use https, or a loopback address for a sandbox".to_owned()]
            }
            Self::Credential(_) => {
                vec![
                    "copy the token again: 40 or more letters, digits, `-` and `_`, nothing around them"
                        .to_owned(),
                ]
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

impl Connection {
    /// Checks a base address such as `https://api.cloudflare.com/client/v4`.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::InTheClear`] for plain http to anything but loopback.
    pub fn new(base: &str, credential: Credential) -> Result<Self, ConnectionError> {
        let bad = || ConnectionError::BadAddress(crate::plain::line(base));
        let parsed = Url::parse(base.trim().trim_end_matches('/')).map_err(|_| bad())?;
        let host = parsed.host_str().ok_or_else(bad)?;
        let has_secret = !parsed.username().is_empty() || parsed.password().is_some();
        if has_secret || parsed.query().is_some() || parsed.cannot_be_a_base() {
            return Err(bad());
        }
        let is_loopback = is_loopback(host);
        match parsed.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return Err(ConnectionError::InTheClear(crate::plain::line(base))),
            _ => return Err(bad()),
        }
        credential.headers()?;
        Ok(Self { base: parsed, credential, is_loopback })
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    fn connect(base: &str) -> Result<Connection, ConnectionError> {
        Connection::new(base, Credential::Token(SecretString::from("t".to_owned())))
    }

    #[test]
    fn the_token_goes_over_tls_or_to_this_machine() {
        assert!(connect("https://api.cloudflare.com/client/v4").is_ok());
        assert!(connect("http://127.0.0.1:8080/client/v4/").is_ok());
        assert!(connect("http://[::1]:8080/client/v4").is_ok());
        for clear in
            ["http://api.cloudflare.com/client/v4", "http://127.0.0.1.example.com/", "http://10.0.0.1/"]
        {
            assert!(matches!(connect(clear), Err(ConnectionError::InTheClear(_))), "{clear}");
        }
        for bad in
            ["", "api.cloudflare.com", "ftp://127.0.0.1/", "https://user:pass@host/", "https://host/?a=b"]
        {
            assert!(matches!(connect(bad), Err(ConnectionError::BadAddress(_))), "{bad}");
        }
    }
}
