//! Wire shapes of zones and DNS settings. Pure.

use serde::Deserialize;

use crate::model::credential::TokenStatus;

/// A zone as the API sends it.
#[derive(Debug, Clone, Deserialize)]
pub struct WireZone {
    pub id: String,
    /// The apex.
    pub name: String,
    /// `active`, `pending`, `initializing`, `moved`, or a word nobody has documented.
    pub status: Option<String>,
    /// `full`, `partial`, `secondary`, `internal`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether Cloudflare only does DNS for it.
    pub paused: Option<bool>,
    pub name_servers: Option<Vec<String>>,
    /// The customer's own names for them.
    pub vanity_name_servers: Option<Vec<String>>,
    pub account: Option<WireAccount>,
    pub plan: Option<WirePlan>,
    pub meta: Option<WireZoneMeta>,
    /// What the credential may do there, as the API once told it; marked deprecated.
    pub permissions: Option<Vec<String>>,
}

/// What a verify path says about a token.
#[derive(Debug, Clone, Deserialize)]
pub struct WireToken {
    /// Whether it opens anything.
    pub status: Option<TokenStatus>,
    /// When it stops being valid, RFC 3339.
    pub expires_on: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WireAccount {
    pub id: Option<String>,
    /// The name people gave it.
    pub name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WirePlan {
    /// `free`, `pro`, `business`, `enterprise`.
    pub legacy_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WireZoneMeta {
    /// Whether proxied records are answered as if they were DNS only.
    pub dns_only: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WireZoneSettings {
    /// Whether every alias is replaced by the addresses behind it.
    pub flatten_all_cnames: Option<bool>,
    /// `standard`, `cdn_only`, `dns_only`.
    pub zone_mode: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WireDnssec {
    /// The tag of the key that the parent ought to vouch for.
    pub key_tag: Option<u16>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct WireAccountSettings {
    /// Whether proxied records are answered as if they were DNS only, in all zones.
    pub enforce_dns_only: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_a_token_that_nobody_knows_is_kept_as_it_is_said() {
        let status = |text: &str| serde_json::from_str::<WireToken>(text).unwrap().status;
        assert_eq!(status(r#"{"status":"expired"}"#), Some(TokenStatus::Expired));
        assert_eq!(status(r#"{"status":"resting"}"#), Some(TokenStatus::Other("resting".to_owned())));
        assert_eq!(status("{}"), None);
    }
}
