//! Where the API is and what opens it. Pure.

use super::credential::Credential;
use crate::io::secret::{Address, BadAddress, BadCredential};
use crate::model::credential::CredentialKind;
use crate::model::failure::{Advice, Exit};

/// Where the API is and what opens it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The base address, with `/client/v4`.
    pub(super) address: Address,
    /// What opens the API.
    pub(super) credential: Credential,
}

impl Connection {
    /// Checks a base address such as `https://api.cloudflare.com/client/v4`.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::InTheClear`] for plain http to anything but loopback, the other variants for what
    /// is no address and for a credential that cannot be sent.
    pub fn new(base: &str, credential: Credential) -> Result<Self, ConnectionError> {
        let address = Address::parse(base)?;
        credential.headers()?;
        Ok(Self { address, credential })
    }

    /// What opens the API, by its form.
    pub fn credential_kind(&self) -> CredentialKind {
        self.credential.kind()
    }
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

impl From<BadAddress> for ConnectionError {
    fn from(bad: BadAddress) -> Self {
        match bad {
            BadAddress::NotOne(text) => Self::BadAddress(text),
            BadAddress::InTheClear(text) => Self::InTheClear(text),
        }
    }
}

impl Advice for ConnectionError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::BadAddress(_) => "give the whole address, such as https://api.cloudflare.com/client/v4",
            Self::InTheClear(_) => "use https, or a loopback address for a sandbox",
            Self::Credential(_) => {
                "copy the token again: 40 or more letters, digits, `-` and `_`, nothing around them"
            }
        };
        vec![hint.to_owned()]
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
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
