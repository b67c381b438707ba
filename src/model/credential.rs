//! The kinds of credentials of the API. Pure.

use serde::Deserialize;

/// What opens the API, told by its form alone.
///
/// Source: `developers.cloudflare.com/fundamentals/api/get-started/token-formats`; checked 2026-08-22.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A token that says it is a user's.
    UserToken,
    /// A token that says it is an account's.
    AccountToken,
    /// A token of the older form, which does not say whose it is.
    Token,
    /// The legacy global key with an e-mail address.
    GlobalKey,
}

/// Whether a token opens anything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenStatus {
    Active,
    /// Its owner took that back.
    Disabled,
    Expired,
    /// A word that nobody has documented.
    #[serde(untagged)]
    Other(String),
}
