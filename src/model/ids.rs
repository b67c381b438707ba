//! Cloudflare's opaque handles, kept apart so that they cannot be swapped. Pure.

use std::fmt;

/// Why a text cannot be one of Cloudflare's handles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identifier of Cloudflare's")]
pub struct BadId(pub String);

/// Where a person finds the identifier of a zone.
pub const WHERE_IT_STANDS: &str = "it stands on the zone's overview page: 32 digits and letters a to f";

/// Longest identifier that is accepted. Cloudflare documents 32 characters.
const LONGEST: usize = 64;

fn checked(text: &str) -> Result<Box<str>, BadId> {
    let fits = !text.is_empty() && text.len() <= LONGEST;
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits && plain { Ok(text.into()) } else { Err(BadId(text.chars().take(LONGEST).collect())) }
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads an identifier: 1 to 64 characters, letters, digits, `-` and `_` only, so that
            /// it can stand in an address without escaping.
            ///
            /// # Errors
            ///
            /// [`BadId`] when it is empty, too long or holds anything else.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                checked(text).map(Self)
            }

            /// The identifier as Cloudflare writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

handle! {
    /// Names one zone for as long as it exists.
    ZoneId
}
handle! {
    /// Names one record inside one zone; a new record never reuses it.
    RecordId
}
handle! {
    /// Names one account, the owner of zones.
    AccountId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_never_changes_the_path_it_stands_in() {
        assert!(ZoneId::parse("023e105f4ecef8ad9ca31a8372d0c353").is_ok());
        for bad in ["", "..", "a/b", "a?b", "a b", "é"] {
            assert!(ZoneId::parse(bad).is_err(), "{bad}");
        }
    }
}
