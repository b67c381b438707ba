//! What a TXT record says about mail: a DKIM key, an SPF policy, a DMARC policy. Pure.
//!
//! Only as much is read as a diagnosis and a confirmation need: is there something usable behind a name?

mod dmarc;
mod key;

pub use dmarc::{BadPolicy, Request, dmarc};
pub use key::{BadKey, DkimKey, dkim_key};

/// What one TXT record publishes, told from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// A DKIM key that can verify signatures.
    DkimKey,
    /// A DKIM key record that receivers cannot use, or whose key was taken back (`p=` is empty).
    UnusableDkimKey,
    /// An SPF policy.
    Spf,
    /// A DMARC policy.
    Dmarc,
    /// Anything else.
    Other,
}

/// Tells what a TXT record publishes. `text` is the logical string: the character-strings of the
/// record joined without a separator.
///
/// The version of DMARC is upper case: with any other value the record is ignored.
/// A DKIM key need not begin with `v=DKIM1`: some providers publish `k=rsa; t=s; p=…`.
///
/// Source: RFC 6376 section 3.6.1 (DKIM keys), RFC 7208 section 4.5 (SPF), RFC 7489 section 6.3
/// (DMARC); checked 2026-08-22.
pub fn policy(text: &str) -> Policy {
    let text = text.trim();
    let first_token = text.split_ascii_whitespace().next().unwrap_or_default();
    if first_token.eq_ignore_ascii_case("v=spf1") {
        return Policy::Spf;
    }
    match tags(text).first() {
        Some((tag, value)) if tag == "v" && *value == "DMARC1" => Policy::Dmarc,
        _ => match dkim_key(text) {
            Some(Ok(_)) => Policy::DkimKey,
            Some(Err(_)) => Policy::UnusableDkimKey,
            None => Policy::Other,
        },
    }
}

/// The logical text of a TXT record as zone files and APIs write it: quoted pieces are joined without a
/// separator.
///
/// Source: RFC 1035 section 5.1, RFC 7208 section 3.3.
pub fn logical(content: &str) -> String {
    let content = content.trim();
    match content.strip_prefix('"') {
        Some(inner) => inner.split('"').step_by(2).collect::<Vec<&str>>().concat().trim().to_owned(),
        None => content.to_owned(),
    }
}

/// `tag=value` pairs separated by semicolons, in order. Source: RFC 6376 section 3.2.
fn tags(text: &str) -> Vec<(String, &str)> {
    text.split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(tag, value)| (tag.trim().to_ascii_lowercase(), value.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_is_told_from_its_text() {
        assert_eq!(policy(include_str!("../../../fixtures/sandbox/dkim-key.txt")), Policy::DkimKey);
        assert_eq!(
            policy("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
            Policy::DkimKey
        );
        assert_eq!(policy("v=DKIM1; p="), Policy::UnusableDkimKey);
        assert_eq!(policy("v=spf1 include:sendgrid.net ~all"), Policy::Spf);
        assert_eq!(policy("v=DMARC1; p=none"), Policy::Dmarc);
    }

    #[test]
    fn what_only_looks_alike_is_something_else() {
        assert_eq!(policy("v=spf10 -all"), Policy::Other);
        assert_eq!(policy("v=DKIM2; p=MIGf"), Policy::UnusableDkimKey);
        assert_eq!(policy("v=DKIM1; k=dsa; p=MIGf"), Policy::UnusableDkimKey);
        assert_eq!(policy("v=DKIM1; k=rsa; p=<your key here>"), Policy::UnusableDkimKey);
        assert_eq!(policy("google-site-verification=abc"), Policy::Other);
        assert_eq!(policy(""), Policy::Other);
    }
}
