//! The kinds of credentials of the API. Pure.

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
