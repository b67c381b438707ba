//! DKIM keys: whether a TXT record holds one that receivers accept, and if not, why. Pure.
//!
//! Source: RFC 6376 section 3.6.1, RFC 8301 section 3.2 (length), RFC 8463 (Ed25519); checked 2026-11-24.

use data_encoding::{BASE64, BASE64_NOPAD};
use spki::SubjectPublicKeyInfoRef;
use spki::der::Decode as _;

use crate::model::plain::sanitize_line;

/// A key that verifies signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DkimKey {
    /// The length of an RSA key in bits; `None` for Ed25519.
    pub bits: Option<usize>,
    /// Whether the domain says that it is only testing (`t=y`): receivers may ignore failures and successes.
    pub is_testing: bool,
}

/// Why receivers cannot use a key record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// `p=` is empty: the owner took the key back.
    #[error("the key was revoked: p= is empty")]
    Revoked,
    /// There is no `p=`.
    #[error("there is no p= with a key")]
    NoKey,
    /// `v=` is something else.
    #[error("it begins with v={0}, which is not DKIM1")]
    Version(String),
    /// Neither RSA nor Ed25519.
    #[error("k={0} is a kind of key that receivers do not know")]
    Kind(String),
    /// `s=` leaves mail out.
    #[error("s={0} says that the key is not for mail")]
    Service(String),
    /// Not base64.
    #[error("p= is not base64: it may have been cut off or broken over lines")]
    Base64,
    /// Base64 of something else.
    #[error("p= is not a public key: it may have been cut off")]
    NotAKey,
    /// Too short to be accepted.
    #[error("the RSA key has {0} bits; receivers must not accept less than 1024")]
    TooShort(usize),
}

/// Reads the logical text of a TXT record as a DKIM key; `None` when it does not try to be one.
pub fn dkim_key(text: &str) -> Option<Result<DkimKey, BadKey>> {
    let tags = super::tags(text.trim());
    let tag = |wanted: &str| tags.iter().find(|(tag, _)| tag == wanted).map(|(_, value)| *value);
    let version = tag("v");
    let tries =
        version.map_or(tag("p").is_some(), |version| version.to_ascii_uppercase().starts_with("DKIM"));
    tries.then(|| match version {
        Some(version) if version != "DKIM1" => Err(BadKey::Version(sanitize_line(version))),
        _ => usable(tag),
    })
}

fn usable<'t>(tag: impl Fn(&str) -> Option<&'t str>) -> Result<DkimKey, BadKey> {
    if let Some(services) = tag("s")
        && !services.split(':').any(|service| matches!(service.trim(), "*" | "email"))
    {
        return Err(BadKey::Service(sanitize_line(services)));
    }
    let key: String = tag("p").ok_or(BadKey::NoKey)?.split_ascii_whitespace().collect();
    if key.is_empty() {
        return Err(BadKey::Revoked);
    }
    let decoded = || {
        let bytes = key.as_bytes();
        BASE64.decode(bytes).or_else(|_| BASE64_NOPAD.decode(bytes)).map_err(|_| BadKey::Base64)
    };
    let bits = match tag("k").unwrap_or("rsa") {
        "rsa" => Some(rsa_bits(&decoded()?)?),
        "ed25519" if decoded()?.len() == ED25519_BYTES => None,
        "ed25519" => return Err(BadKey::NotAKey),
        other => return Err(BadKey::Kind(sanitize_line(other))),
    };
    if let Some(bits) = bits.filter(|bits| *bits < SHORTEST_RSA) {
        return Err(BadKey::TooShort(bits));
    }
    let is_testing = tag("t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y"));
    Ok(DkimKey { bits, is_testing })
}

const ED25519_BYTES: usize = 32;
/// In bits. Source: RFC 8301 section 3.2.
const SHORTEST_RSA: usize = 1024;

/// The length in bits of an RSA key, which stands in a `SubjectPublicKeyInfo`, with some providers bare.
fn rsa_bits(bytes: &[u8]) -> Result<usize, BadKey> {
    let inner = SubjectPublicKeyInfoRef::from_der(bytes).ok();
    let inner = inner.as_ref().and_then(|info| info.subject_public_key.as_bytes()).unwrap_or(bytes);
    let key = pkcs1::RsaPublicKey::from_der(inner).map_err(|_| BadKey::NotAKey)?;
    let modulus = key.modulus.as_bytes();
    let first = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    Ok((modulus.len() * 8).saturating_sub(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSA_2048: &str = include_str!("../../../fixtures/sandbox/dkim-key.txt");
    /// 512 bits, made for this test and thrown away.
    const RSA_512: &str = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALb0Vr1mfA4qndXkbKo/Hw1DPnvP5egWrTcT3JSrRhe7UYOAb3TEC8vEa9bssG1wayFEfGIlmxMHqtpYCbeRSmkCAwEAAQ==";

    fn bad(text: &str) -> BadKey {
        dkim_key(text).unwrap().unwrap_err()
    }

    #[test]
    fn a_key_is_read_with_its_length_and_its_flags() {
        let key = DkimKey { bits: Some(2048), is_testing: false };
        assert_eq!(dkim_key(RSA_2048), Some(Ok(key)));
        assert_eq!(dkim_key(&format!("v=DKIM1;{RSA_2048}")), Some(Ok(key)));
        let testing = RSA_2048.replace("t=s", "t=y:s");
        assert_eq!(dkim_key(&testing), Some(Ok(DkimKey { is_testing: true, ..key })));
        let ed25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        assert_eq!(dkim_key(ed25519), Some(Ok(DkimKey { bits: None, is_testing: false })));
    }

    #[test]
    fn every_way_to_be_useless_is_told() {
        assert_eq!(bad("v=DKIM1; p="), BadKey::Revoked);
        assert_eq!(bad("v=DKIM1; k=rsa"), BadKey::NoKey);
        assert_eq!(bad("v=DKIM2; p=MIGf"), BadKey::Version("DKIM2".to_owned()));
        assert_eq!(bad("v=DKIM1; k=dsa; p=MIGf"), BadKey::Kind("dsa".to_owned()));
        assert_eq!(bad("v=DKIM1; s=tlsrpt; p=MIGf"), BadKey::Service("tlsrpt".to_owned()));
        assert_eq!(bad("v=DKIM1; p=<your key>"), BadKey::Base64);
        assert_eq!(bad(RSA_2048.get(..214).unwrap()), BadKey::NotAKey);
        assert_eq!(bad("k=ed25519; p=MIGf"), BadKey::NotAKey);
        assert_eq!(bad(&format!("v=DKIM1; p={RSA_512}")), BadKey::TooShort(512));
    }

    #[test]
    fn a_key_may_be_folded_and_bare() {
        let folded = RSA_2048.replace("MIIBIjAN", "MIIB IjAN");
        assert_eq!(dkim_key(&folded).unwrap().unwrap().bits, Some(2048));
        let whole = BASE64.decode(RSA_512.as_bytes()).unwrap();
        let info = SubjectPublicKeyInfoRef::from_der(&whole).unwrap();
        let bare = BASE64.encode(info.subject_public_key.as_bytes().unwrap());
        assert_eq!(bad(&format!("p={bare}")), BadKey::TooShort(512));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in ["v=spf1 -all", "v=DMARC1; p=none", "google-site-verification=abc", ""] {
            assert_eq!(dkim_key(text), None, "{text}");
        }
    }
}
