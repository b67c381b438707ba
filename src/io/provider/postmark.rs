//! Postmark: which request, and how its answer is read. Pure.
//!
//! Source: `postmarkapp.com/developer/api/domains-api`, and answers kept as fixtures by several public
//! clients; checked 2026-08-22.

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{handle, ours, read};
use crate::io::http::{DecodeError, Request};
use crate::model::dns::DomainName;
use crate::model::plain;
use crate::model::sending::{Said, SendingDomain, WantedAlias};

pub(super) const PER_PAGE: usize = 500;
/// More are not asked for.
pub(super) const MOST: usize = 10_000;

/// The domains from the `offset`th on.
pub(super) fn page(offset: usize) -> Request {
    let query = vec![("count", PER_PAGE.to_string()), ("offset", offset.to_string())];
    Request::get("domains".to_owned(), query)
}

/// One domain with its records.
pub(super) fn domain(listed: &SendingDomain) -> Request {
    Request::bare(Method::GET, format!("domains/{}", listed.handle))
}

/// Has the provider look again: at the return path, then at the key.
pub(super) fn validate(domain: &SendingDomain) -> [(Part, Request); 2] {
    let request = |verb: &str| Request::bare(Method::PUT, format!("domains/{}/{verb}", domain.handle));
    [(Part::ReturnPath, request("verifyReturnPath")), (Part::Dkim, request("verifyDkim"))]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    ReturnPath,
    Dkim,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WirePage {
    domains: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireListed {
    #[serde(rename = "ID")]
    id: Value,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireDomain {
    return_path_domain: Option<String>,
    #[serde(rename = "ReturnPathDomainCNAMEValue")]
    return_path_value: Option<String>,
    return_path_domain_verified: Option<bool>,
    #[serde(rename = "DKIMHost")]
    dkim_host: Option<String>,
    #[serde(rename = "DKIMPendingHost")]
    dkim_pending_host: Option<String>,
    #[serde(rename = "DKIMVerified")]
    dkim_verified: Option<bool>,
}

impl WireDomain {
    /// Where the key belongs: a key that waits to be published comes before the one in use.
    fn key_host(&self) -> Option<&str> {
        let hosts = [&self.dkim_pending_host, &self.dkim_host].into_iter().flatten();
        hosts.map(String::as_str).find(|host| !host.trim().is_empty())
    }
}

/// How many domains a page holds, and those of them that lie in `zones`. The list does not tell their records.
pub(super) fn read_page(
    body: &[u8],
    zones: &[DomainName],
) -> Result<(usize, Vec<SendingDomain>), DecodeError> {
    let page: WirePage = read(body, "not a list of domains")?;
    let count = page.domains.len();
    let listed = page.domains.into_iter().filter_map(|value| {
        let wire: WireListed = serde_json::from_value(value).ok()?;
        let (handle, domain) = (handle(&wire.id)?, ours(&wire.name, zones)?);
        Some(SendingDomain { handle, domain, records: Vec::new(), aside: Vec::new() })
    });
    Ok((count, listed.collect()))
}

/// A domain of the list with its records.
pub(super) fn read_domain(body: &[u8], listed: &SendingDomain) -> Result<SendingDomain, DecodeError> {
    let wire: WireDomain = read(body, "not a domain")?;
    let mut domain = listed.clone();
    let host = wire.return_path_domain.as_deref().unwrap_or_default().trim();
    let value = wire.return_path_value.as_deref().unwrap_or_default();
    match (DomainName::parse(host), DomainName::parse(value)) {
        (Ok(name), Ok(target)) => domain.records.push(WantedAlias { name, target }),
        _ if host.is_empty() => {
            domain
                .aside
                .push(format!("no return path of its own is set up for {} at Postmark", listed.domain));
        }
        _ => {
            let aside = format!("a return path that cannot be read: {host} → {value}");
            domain.aside.push(plain::sanitize_line(&aside));
        }
    }
    if let Some(host) = wire.key_host() {
        let aside = format!("a TXT record at {host}: the DKIM key that Postmark shows");
        domain.aside.push(plain::sanitize_line(&aside));
    }
    Ok(domain)
}

/// What the provider says about one part of `domain`; `None` when that part is not set up.
pub(super) fn read_validation(
    body: &[u8],
    part: Part,
    domain: &SendingDomain,
) -> Result<Option<Said>, DecodeError> {
    let wire: WireDomain = read(body, "not a validation")?;
    let (host, is_valid) = match part {
        Part::ReturnPath => {
            let host = wire.return_path_domain.as_deref().filter(|host| !host.trim().is_empty());
            let known = domain.records.first().map(|wanted| wanted.name.as_str());
            (host.or(known), wire.return_path_domain_verified)
        }
        Part::Dkim => (wire.key_host(), wire.dkim_verified),
    };
    Ok(host.zip(is_valid).map(|(host, is_valid)| Said {
        what: plain::sanitize_line(host),
        is_valid,
        reason: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn listed() -> SendingDomain {
        let (handle, domain) = ("36735".to_owned(), name("example.com"));
        SendingDomain { handle, domain, records: Vec::new(), aside: Vec::new() }
    }

    const WHOLE: &[u8] = br#"{"ID": 36735, "Name": "example.com", "SPFVerified": true,
        "DKIMVerified": false, "WeakDKIM": false, "DKIMHost": "", "DKIMTextValue": "",
        "DKIMPendingHost": "20131031155228pm._domainkey.example.com", "DKIMPendingTextValue": "k=rsa; p=M",
        "ReturnPathDomain": "pm-bounces.example.com", "ReturnPathDomainVerified": true,
        "ReturnPathDomainCNAMEValue": "pm.mtasv.net"}"#;

    #[test]
    fn domains_are_listed_and_foreign_ones_left_out() {
        let body = br#"{"TotalCount": 3, "Domains": [{"ID": 36735, "Name": "example.com"},
            {"ID": "x/y", "Name": "example.com"}, {"ID": 2, "Name": "example.org"}, null]}"#;
        assert_eq!(read_page(body, &[name("example.com")]), Ok((4, vec![listed()])));
        assert_eq!(domain(&listed()).path, "domains/36735");
        assert_eq!(page(500).query, [("count", "500".to_owned()), ("offset", "500".to_owned())]);
        assert!(read_page(b"[]", &[]).is_err());
    }

    #[test]
    fn the_return_path_is_the_only_alias() {
        let read = read_domain(WHOLE, &listed()).unwrap();
        assert_eq!(
            read.records,
            [WantedAlias { name: name("pm-bounces.example.com"), target: name("pm.mtasv.net") }]
        );
        assert_eq!(read.aside.len(), 1);
        assert!(read.aside[0].contains("TXT record at 20131031155228pm._domainkey.example.com"));
        let none = read_domain(br#"{"ReturnPathDomain": null}"#, &listed()).unwrap();
        assert_eq!((none.records.len(), none.aside.len()), (0, 1));
    }

    #[test]
    fn both_parts_are_looked_at_and_each_says_its_own() {
        let read = read_domain(WHOLE, &listed()).unwrap();
        let calls = validate(&read);
        let paths = calls.each_ref().map(|(_, request)| request.path.as_str());
        assert_eq!(paths, ["domains/36735/verifyReturnPath", "domains/36735/verifyDkim"]);
        let said = |part| read_validation(WHOLE, part, &read).unwrap().unwrap();
        assert!(said(Part::ReturnPath).is_valid);
        assert_eq!(said(Part::ReturnPath).what, "pm-bounces.example.com");
        assert!(!said(Part::Dkim).is_valid);
        assert_eq!(read_validation(b"{}", Part::Dkim, &read), Ok(None));
    }
}
