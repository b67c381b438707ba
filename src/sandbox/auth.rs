//! Who may do what, and how a refusal is worded. Pure.
//!
//! Source: expected live answers re-probed by favonia/cloudflare-ddns, captures, and issue reports;
//! checked 2026-08-22.

use axum::http::HeaderMap;

use super::world::rules::ApiError;
use super::world::{Token, World};

/// Which kind of path was asked for: the same bad token is refused in different words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Zone,
    Account,
    Verify,
}

/// Finds the holder of a credential.
pub(super) fn caller<'w>(world: &'w World, headers: &HeaderMap, path: Path) -> Result<&'w Token, ApiError> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(header) = header("authorization") {
        let secret = header.strip_prefix("Bearer ").filter(|secret| is_token_shaped(secret));
        let secret = secret.ok_or_else(|| ApiError {
            chain: Some((6111, "Invalid format for Authorization header")),
            ..ApiError::new(400, 6003, "Invalid request headers")
        })?;
        let known = world.tokens.iter().find(|token| token.email.is_none() && token.secret == secret);
        return known.ok_or_else(|| match path {
            Path::Zone => ApiError::new(403, 9109, "Invalid access token"),
            Path::Account => ApiError::new(401, 10000, "Authentication error"),
            Path::Verify => ApiError::new(401, 1000, "Invalid API Token"),
        });
    }
    let (Some(email), Some(key)) = (header("x-auth-email"), header("x-auth-key")) else {
        let message = "Missing X-Auth-Key, X-Auth-Email or Authorization headers";
        return Err(ApiError::new(400, 9106, message));
    };
    if path == Path::Verify {
        return Err(ApiError::new(400, 1001, "Missing \"Authorization\" header"));
    }
    let known =
        world.tokens.iter().find(|token| token.email.as_deref() == Some(email) && token.secret == key);
    known.ok_or_else(|| ApiError::new(403, 9103, "Unknown X-Auth-Key or X-Auth-Email"))
}

fn is_token_shaped(secret: &str) -> bool {
    secret.len() >= 8
        && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// How a missing permission is refused, and a wrong handle, which looks the same.
pub(super) fn not_allowed() -> ApiError {
    ApiError::new(403, 10000, "Authentication error")
}
