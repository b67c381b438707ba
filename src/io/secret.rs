//! How a secret leaves the program: into a header, to an address that may have it; or to where the user wants it kept.
//! Pure.

use std::net::IpAddr;

use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::model::plain;
use crate::model::scrub;

/// The secret cannot stand in a header. The secret itself is not part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the API credential is empty or holds characters that cannot be sent, such as a line break or a quote"
)]
pub struct BadCredential;

/// `prefix` and the secret as the value of a header, marked sensitive. The only way that a secret takes
/// out of the program.
pub fn header(prefix: &str, secret: &SecretString) -> Result<HeaderValue, BadCredential> {
    remember(secret);
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", sendable(secret.expose_secret())?))
        .map_err(|_| BadCredential)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Hides a secret from now on in everything that leaves the program.
pub fn remember(secret: &SecretString) {
    scrub::remember(secret.expose_secret().trim());
}

/// Hides the password in a proxy's address from now on, as it is written there.
pub fn remember_password(url: &SecretString) {
    let user = url.expose_secret().rsplit_once('@').map(|(before, _)| before);
    if let Some((_, password)) = user.and_then(|user| user.rsplit_once(':')) {
        scrub::remember(password.trim_start_matches("//"));
    }
}

/// Hands a secret to what keeps it for the user: a private file, or the keyring.
pub fn keep<E>(secret: &SecretString, keeper: impl FnOnce(&str) -> Result<(), E>) -> Result<(), E> {
    keeper(secret.expose_secret())
}

pub fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}

/// Whether a secret begins with a mark that is no secret.
pub fn begins_with(secret: &SecretString, mark: &str) -> bool {
    secret.expose_secret().starts_with(mark)
}

/// The scheme, host and port of a URL that may hold a user and a password; nothing else of it.
pub fn without_userinfo(url: &SecretString) -> String {
    let text = url.expose_secret();
    // A proxy may be named without a scheme.
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let Ok(url) = url else { return "not the address of a proxy".to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme(), plain::sanitize_line(url.host_str().unwrap_or_default()))
}

/// Lets through what can stand in a header as it is.
pub fn sendable(text: &str) -> Result<&str, BadCredential> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\'');
    if plain && !text.is_empty() { Ok(text) } else { Err(BadCredential) }
}

/// The base address of an API that may be given a secret: https, or this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Why an address may not be given a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("`{0}` is not the address of an API")]
    NotOne(String),
    #[error("`{0}` is plain http to another machine: the secret would travel in the clear")]
    InTheClear(String),
}

impl Address {
    /// Checks a base address such as `https://api.example.com/v4`.
    pub fn parse(base: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress::NotOne(plain::address(base));
        let parsed = Url::parse(base.trim().trim_end_matches('/')).map_err(|_| bad())?;
        let has_secret = !parsed.username().is_empty() || parsed.password().is_some();
        if has_secret || parsed.query().is_some() || !parsed.has_host() {
            return Err(bad());
        }
        match parsed.scheme() {
            "http" if !is_loopback(&parsed) => Err(BadAddress::InTheClear(plain::address(base))),
            "http" | "https" => Ok(Self(parsed)),
            _ => Err(bad()),
        }
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address of `path`, which begins without a slash, below the base.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.as_str().trim_end_matches('/'))
    }

    /// Whether the address is this machine, so that no proxy may stand in between.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        let shown = |text: &str| without_userinfo(&SecretString::from(text.to_owned()));
        assert_eq!(shown("http://user:word@proxy.test:3128/path?q"), "http://proxy.test:3128");
        assert_eq!(shown("proxy.test:3128"), "http://proxy.test:3128");
        assert_eq!(shown("user:word@proxy.test"), "http://proxy.test");
        assert_eq!(shown("http://"), "not the address of a proxy");
    }

    #[test]
    fn the_password_of_a_proxy_is_hidden_where_somebody_repeats_it() {
        for url in ["http://user:proxy-passw0rd@proxy.test:3128", "user:proxy-passw0rd@proxy.test"] {
            remember_password(&secret(url));
        }
        assert_eq!(scrub::scrub("proxy-passw0rd"), "[hidden]");
        remember_password(&secret("http://proxy.test:31280000"));
        assert_eq!(scrub::scrub("31280000"), "31280000");
    }

    #[test]
    fn the_header_holds_the_secret_and_does_not_show_it() {
        let value = header("Bearer ", &secret("verysecret")).unwrap();
        assert_eq!(value, "Bearer verysecret");
        assert!(!format!("{value:?}").contains("verysecret"));
    }

    #[test]
    fn a_secret_that_cannot_be_sent_is_refused() {
        for bad in ["", "two\nlines", "\"quoted\"", "with space", "é"] {
            assert_eq!(header("", &secret(bad)), Err(BadCredential));
        }
    }

    #[test]
    fn a_secret_goes_over_tls_or_to_this_machine() {
        assert!(Address::parse("https://api.example.com/v4").is_ok());
        assert!(Address::parse("http://localhost:8080/").is_ok_and(|address| address.is_loopback()));
        assert!(matches!(Address::parse("http://localhost.example.com"), Err(BadAddress::InTheClear(_))));
        assert!(matches!(Address::parse("file:///etc/passwd"), Err(BadAddress::NotOne(_))));
    }

    #[test]
    fn a_path_is_put_below_the_base() {
        let joined = |base: &str| Address::parse(base).unwrap().join("v3/domains");
        assert_eq!(joined("https://api.example.com"), "https://api.example.com/v3/domains");
        assert_eq!(joined("https://api.example.com/eu/"), "https://api.example.com/eu/v3/domains");
    }
}
