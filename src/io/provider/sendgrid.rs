//! SendGrid: which request, and how its answer is read. Pure.
//!
//! Source: `github.com/twilio/sendgrid-oai`, `tsg_domain_authentication_v3.json`; checked 2026-08-22. Its
//! examples disagree with each other, so targets and reasons are taken as they come, and the parts of an
//! answer count, not its sum.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{handle, ours, read};
use crate::io::http::{DecodeError, Request};
use crate::model::dns::DomainName;
use crate::model::plain;
use crate::model::sending::{Said, SendingDomain, WantedAlias};

pub(super) const PER_PAGE: usize = 50;
/// A user can have no more. Source: the description of the endpoint.
pub(super) const MOST: usize = 3_000;

/// The domains from the `offset`th on.
pub(super) fn page(offset: usize) -> Request {
    let query = vec![("limit", PER_PAGE.to_string()), ("offset", offset.to_string())];
    Request::get("v3/whitelabel/domains".to_owned(), query)
}

/// Has the provider look again.
pub(super) fn validate(domain: &SendingDomain) -> Request {
    Request::bare(Method::POST, format!("v3/whitelabel/domains/{}/validate", domain.handle))
}

#[derive(Debug, Deserialize)]
struct WireDomain {
    #[serde(default)]
    id: Value,
    domain: Option<String>,
    automatic_security: Option<bool>,
    dns: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct WireRecord {
    #[serde(rename = "type")]
    kind: Option<String>,
    host: Option<String>,
    data: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WireValidation {
    valid: Option<bool>,
    validation_results: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct WirePart {
    valid: Option<bool>,
    reason: Option<String>,
}

/// How many domains a page holds, and those of them that lie in `zones`.
pub(super) fn read_page(
    body: &[u8],
    zones: &[DomainName],
) -> Result<(usize, Vec<SendingDomain>), DecodeError> {
    let page: Vec<Value> = read(body, "not a list of domains")?;
    let count = page.len();
    Ok((count, page.into_iter().filter_map(|value| sending_domain(value, zones)).collect()))
}

fn sending_domain(value: Value, zones: &[DomainName]) -> Option<SendingDomain> {
    let wire: WireDomain = serde_json::from_value(value).ok()?;
    let (handle, domain) = (handle(&wire.id)?, ours(wire.domain.as_deref()?, zones)?);
    let (mut records, mut aside) = (Vec::new(), Vec::new());
    if wire.automatic_security == Some(false) {
        aside.push(format!(
            "automated security is off for {domain}: SendGrid wants MX and TXT records, which it cannot keep up by itself"
        ));
    }
    let mut parts: Vec<(String, Value)> = wire.dns.unwrap_or_default().into_iter().collect();
    parts.sort_by_key(|(part, _)| !part.starts_with("mail"));
    for (part, value) in parts {
        let Ok(record) = serde_json::from_value::<WireRecord>(value) else { continue };
        let kind = record.kind.unwrap_or_else(|| "cname".to_owned());
        let (host, data) = (record.host.unwrap_or_default(), record.data.unwrap_or_default());
        if !kind.eq_ignore_ascii_case("cname") {
            let kind = kind.to_ascii_uppercase();
            aside.push(plain::sanitize_line(&format!("a {kind} record at {host}: {data}")));
            continue;
        }
        match (DomainName::parse(&host), DomainName::parse(&data)) {
            (Ok(name), Ok(target)) => records.push(WantedAlias { name, target }),
            _ => aside.push(plain::sanitize_line(&format!(
                "a record that cannot be read ({part}): {host} → {data}"
            ))),
        }
    }
    Some(SendingDomain { handle, domain, records, aside })
}

/// What the provider says about each record of `domain`.
pub(super) fn read_validation(body: &[u8], domain: &SendingDomain) -> Result<Vec<Said>, DecodeError> {
    let answer: WireValidation = read(body, "not a validation")?;
    let mut said = Vec::new();
    for (part, value) in answer.validation_results.unwrap_or_default() {
        let Ok(WirePart { valid: Some(is_valid), reason }) = serde_json::from_value(value) else { continue };
        let what = host(&part, domain).map_or(part, ToString::to_string);
        said.push(Said {
            what: plain::sanitize_line(&what),
            is_valid,
            reason: reason.map(|text| plain::sanitize_line(&text)),
        });
    }
    match answer.valid {
        Some(is_valid) if said.is_empty() => {
            Ok(vec![Said { what: domain.domain.to_string(), is_valid, reason: None }])
        }
        None if said.is_empty() => Err(DecodeError::Shape("a validation that says nothing")),
        _ => Ok(said),
    }
}

/// The name of the record that SendGrid calls `part`.
fn host<'d>(part: &str, domain: &'d SendingDomain) -> Option<&'d DomainName> {
    let is_key = |wanted: &&WantedAlias| wanted.name.labels().any(|label| label == "_domainkey");
    let mut keys = domain.records.iter().filter(is_key);
    let wanted = match part {
        "dkim1" => keys.next(),
        "dkim2" => keys.nth(1),
        "mail_cname" => domain.records.iter().find(|wanted| !is_key(wanted)),
        _ => None,
    };
    wanted.map(|wanted| &wanted.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn read(body: &str) -> Vec<SendingDomain> {
        read_page(body.as_bytes(), &[name("example.com")]).unwrap().1
    }

    const WHOLE: &str = r#"[{"id": 30218, "domain": "example.com", "automatic_security": true, "new": {},
        "dns": {
          "dkim1": {"valid": false, "type": "cname", "host": "s1._domainkey.example.com", "data": "s1.domainkey.u1.wl2.sendgrid.net."},
          "dkim2": {"type": "CNAME", "host": "s2._domainkey.example.com", "data": "s2.domainkey.u1.wl2.sendgrid.net"},
          "mail_cname": {"host": "EM7.example.com", "data": "u1.wl2.sendgrid.net"}}},
      {"id": 2, "domain": "example.org", "dns": {}}]"#;

    #[test]
    fn a_page_is_asked_for_by_its_offset() {
        let asked = page(100);
        assert_eq!((asked.method, &*asked.path), (Method::GET, "v3/whitelabel/domains"));
        assert_eq!(asked.query, [("limit", "50".to_owned()), ("offset", "100".to_owned())]);
    }

    #[test]
    fn the_records_of_a_domain_are_read_and_foreign_domains_left_out() {
        assert_eq!(read_page(WHOLE.as_bytes(), &[name("example.com")]).unwrap().0, 2);
        let [domain] = <[_; 1]>::try_from(read(WHOLE)).unwrap();
        assert_eq!((&*domain.handle, &domain.aside), ("30218", &Vec::new()));
        let names: Vec<_> = domain.records.iter().map(|wanted| wanted.name.as_str()).collect();
        assert_eq!(names, ["em7.example.com", "s1._domainkey.example.com", "s2._domainkey.example.com"]);
        assert_eq!(domain.records[1].target, name("s1.domainkey.u1.wl2.sendgrid.net"));
        assert_eq!(validate(&domain).path, "v3/whitelabel/domains/30218/validate");
    }

    #[test]
    fn without_automated_security_there_is_nothing_but_words() {
        let read = read(
            r#"[{"id": "7", "domain": "mail.example.com", "automatic_security": false, "dns": {
            "mail_server": {"type": "mx", "host": "em.example.com", "data": "mx.sendgrid.net"},
            "dkim": {"type": "txt", "host": "m1._domainkey.example.com", "data": "k=rsa; p=M"}, "subdomain_spf": null}}]"#,
        );
        assert_eq!(read[0].records, []);
        assert_eq!(read[0].aside.len(), 3);
        assert!(read[0].aside[0].contains("automated security is off"));
        assert_eq!(read[0].aside[1], "a MX record at em.example.com: mx.sendgrid.net");
    }

    #[test]
    fn what_is_missing_or_odd_does_not_spoil_the_rest() {
        let odd = r#"[{"id": null, "domain": "example.com"}, {"id": "../x", "domain": "example.com"}, 7, {},
            {"id": 5, "domain": "example.com", "automatic_security": null, "dns": null},
            {"id": 6, "domain": "example.com", "dns": {"dkim1": {"host": "a b", "data": null}, "x": 3}}]"#;
        let handles: Vec<_> =
            read(odd).into_iter().map(|domain| (domain.handle, domain.aside.len())).collect();
        assert_eq!(handles, [("5".to_owned(), 0), ("6".to_owned(), 1)]);
        assert!(read_page(b"{}", &[]).is_err() && read_page(b"<html>", &[]).is_err());
    }

    #[test]
    fn the_parts_of_a_validation_count_and_not_its_sum() {
        let domain = read(WHOLE).remove(0);
        let said = read_validation(
            br#"{"id": 30218, "valid": true, "validation_results": {
            "mail_cname": {"valid": false, "reason": "Expected CNAME \u001b[31m"},
            "dkim2": {"valid": true, "reason": null}, "spf": {"valid": true}, "dkim1": null}}"#,
            &domain,
        );
        let said = said.unwrap();
        let shown: Vec<_> = said.iter().map(|said| (said.what.as_str(), said.is_valid)).collect();
        assert_eq!(shown, [("s2._domainkey.example.com", true), ("em7.example.com", false), ("spf", true)]);
        assert_eq!(said[1].reason.as_deref(), Some("Expected CNAME \u{fffd}[31m"));
        assert_eq!(read_validation(br#"{"valid": false}"#, &domain).unwrap()[0].what, "example.com");
        assert!(read_validation(b"{}", &domain).is_err());
    }
}
