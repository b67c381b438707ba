//! What Cloudflare accepts as a record. Pure.
//!
//! Source of codes and texts, unless a comment says otherwise: captured answers, issue reports and test
//! fixtures of other clients, collected 2026-08-22. Cloudflare publishes no list.

use super::{Record, Zone, structured};

/// An error as the API words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: i64,
    pub(crate) message: String,
    /// `error_chain` of a header error.
    pub(crate) chain: Option<(i64, &'static str)>,
    /// `source.pointer` into the body.
    pub(crate) pointer: Option<String>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), chain: None, pointer: None }
    }

    /// A validation error whose real number is not established.
    pub(super) fn unnumbered(message: impl Into<String>) -> Self {
        Self::new(400, 1004, format!("DNS Validation Error: {}", message.into()))
    }
}

/// Types that can be proxied at all.
pub(crate) fn is_proxiable(kind: &str, content: &str) -> bool {
    match kind {
        "A" | "AAAA" => true,
        "CNAME" => !is_banned_target(content),
        _ => false,
    }
}

/// Targets that Cloudflare refuses to proxy.
///
/// Source: `developers.cloudflare.com/dns/proxy-status/limitations`, non-proxiable targets; checked
/// 2026-08-22.
fn is_banned_target(target: &str) -> bool {
    const EXACT: [&str; 4] =
        ["dkim2.mcsv.net", "dkim3.mcsv.net", "zmverify.zoho.com", "dkim.infusionmail.com"];
    const BELOW: [&str; 4] =
        ["dkim.amazonses.com", "onmicrosoft.com", "dkim.intercom.io", "acm-validations.aws"];
    EXACT.contains(&target)
        || target == "dkim.amazonses.com"
        || BELOW.iter().any(|parent| target.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')))
}

/// Whether an address is one that Cloudflare cannot reach, so that a record of it is not proxied. Source:
/// dnsweaver#161; checked 2026-11-25.
pub(super) fn is_private(content: &str) -> bool {
    match content.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(v4)) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        Ok(std::net::IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        Err(_) => false,
    }
}

/// The types that the API description lists.
fn is_known(kind: &str) -> bool {
    matches!(
        kind,
        "A" | "AAAA"
            | "CAA"
            | "CERT"
            | "CNAME"
            | "DNSKEY"
            | "DS"
            | "HTTPS"
            | "LOC"
            | "MX"
            | "NAPTR"
            | "NS"
            | "OPENPGPKEY"
            | "PTR"
            | "SMIMEA"
            | "SRV"
            | "SSHFP"
            | "SVCB"
            | "TLSA"
            | "TXT"
            | "URI"
    )
}

/// Checks a draft by itself and against what the zone holds besides the record that it replaces.
/// Returns it tidied: full name, no trailing dots.
pub(super) fn accept(zone: &Zone, mut draft: Record) -> Result<Record, ApiError> {
    draft.name = zone.full_name(&draft.name);
    draft.comment = draft.comment.filter(|comment| !comment.is_empty());
    if !is_host(&draft.name) {
        return Err(ApiError::new(400, 9000, "DNS name is invalid."));
    }
    if !is_known(&draft.kind) {
        return Err(ApiError::unnumbered(format!("unknown record type {}", draft.kind)));
    }
    check_content(&mut draft)?;
    check_ttl(zone, &draft)?;
    check_attributes(zone, &draft)?;
    check_neighbours(zone, &draft)?;
    Ok(draft)
}

fn is_host(name: &str) -> bool {
    let fits = |label: &str| {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '*' | '/');
        (1..=63).contains(&label.len()) && label.chars().all(plain)
    };
    name.len() <= 255 && name.split('.').all(fits)
}

fn check_content(draft: &mut Record) -> Result<(), ApiError> {
    match draft.kind.as_str() {
        "SRV" | "CAA" => return derive_content(draft),
        "CNAME" => {
            draft.content = draft.content.trim_end_matches('.').to_lowercase();
            // The code for a target equal to the name is not established.
            if !is_host(&draft.content) || draft.content == draft.name {
                return Err(ApiError::new(400, 9007, "Content for CNAME record is invalid."));
            }
        }
        "A" if draft.content.parse::<std::net::Ipv4Addr>().is_err() => {
            return Err(ApiError::new(400, 9005, "Content for A record must be a valid IPv4 address."));
        }
        "AAAA" if draft.content.parse::<std::net::Ipv6Addr>().is_err() => {
            return Err(ApiError::unnumbered("content for AAAA record must be a valid IPv6 address"));
        }
        "TXT" if draft.content.len() > 4096 => {
            let message = "Record content exceeds the allowed length of 4096 wire format bytes.";
            return Err(ApiError::new(400, 9015, message));
        }
        "NS" | "MX" | "PTR" => draft.content = draft.content.trim_end_matches('.').to_lowercase(),
        _ => {}
    }
    Ok(())
}

/// The number of this refusal is not established.
fn derive_content(draft: &mut Record) -> Result<(), ApiError> {
    let given = draft.data.take().or_else(|| structured::data(&draft.kind, &draft.content, draft.priority));
    let derived = given.as_ref().and_then(|data| structured::content(&draft.kind, data));
    let bad = || ApiError::unnumbered(format!("data for {} record is invalid", draft.kind));
    (draft.content, draft.priority) = derived.ok_or_else(bad)?;
    draft.data = given;
    Ok(())
}

/// Source: `developers.cloudflare.com/dns/manage-dns-records/reference/ttl`; checked 2026-08-22.
fn check_ttl(zone: &Zone, draft: &Record) -> Result<(), ApiError> {
    let least = if zone.plan == "enterprise" { 30 } else { 60 };
    if draft.ttl == 1 || (least..=86_400).contains(&draft.ttl) {
        return Ok(());
    }
    let message = format!("Invalid TTL. Must be between {least} and 86400 seconds, or 1 for Automatic.");
    Err(ApiError::new(400, 9021, message))
}

/// Source: `developers.cloudflare.com/dns/manage-dns-records/reference/record-attributes`; checked
/// 2026-08-22. The number for a long comment and for flattening on a Free zone is not established.
fn check_attributes(zone: &Zone, draft: &Record) -> Result<(), ApiError> {
    if !zone.is_free() {
        return Ok(());
    }
    if !draft.tags.is_empty() {
        let message = format!("DNS record has {} tags, exceeding the quota of 0.", draft.tags.len());
        return Err(ApiError::new(400, 9300, message));
    }
    if draft.comment.as_ref().is_some_and(|comment| comment.chars().count() > 100) {
        return Err(ApiError::unnumbered("comment is longer than 100 characters"));
    }
    if draft.is_flattened() {
        return Err(ApiError::unnumbered("flatten_cname is not available on the Free plan"));
    }
    Ok(())
}

/// Source: `developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name`;
/// checked 2026-08-22. TXT and MX beside a CNAME are let through, as reported.
fn check_neighbours(zone: &Zone, draft: &Record) -> Result<(), ApiError> {
    let address = |kind: &str| matches!(kind, "A" | "AAAA");
    for other in zone.records.at(&draft.name).filter(|other| other.id != draft.id) {
        if is_identical(other, draft) {
            return Err(ApiError::new(400, 81058, "An identical record already exists."));
        }
        let clash = match (draft.kind.as_str(), other.kind.as_str()) {
            ("CNAME", kind) => kind == "CNAME" || address(kind),
            (kind, "CNAME") => address(kind),
            _ => false,
        };
        if clash {
            return Err(ApiError::new(
                400,
                81053,
                "An A, AAAA, or CNAME record with that host already exists. For more details, refer to \
                 https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/.",
            ));
        }
        // That NS excludes other types is documented, its number is not.
        if draft.name != zone.name && (draft.kind == "NS") != (other.kind == "NS") {
            return Err(ApiError::unnumbered("NS records cannot share a name with other types"));
        }
    }
    if zone.records.get(&draft.id).is_none() && zone.records.len() >= zone.quota {
        return Err(ApiError::new(400, 81045, "Record quota exceeded."));
    }
    Ok(())
}

fn is_identical(other: &Record, draft: &Record) -> bool {
    other.kind == draft.kind && other.content == draft.content && other.priority == draft.priority
}
