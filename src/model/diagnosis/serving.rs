//! Whether the world asks Cloudflare about this zone and this name at all. Pure.

use super::{Case, Code, Finding, Severity, about, about_name, delegation, signatures};
use crate::model::dns::DomainName;
use crate::model::inventory::{Zone, ZoneKind, ZoneStatus};

/// Whether an edit through the API changes, now or on activation, what the world sees.
pub(super) fn edits_take_effect(zone: &Zone) -> bool {
    let is_ours = zone.kind == ZoneKind::Full;
    is_ours && !matches!(zone.status, ZoneStatus::Moved | ZoneStatus::Other(_))
}

/// What in the zone itself makes proxied records be answered as DNS only.
///
/// Source: `developers.cloudflare.com/dns/proxy-status/limitations` and `…/domain-status`, and the
/// description of `paused`; checked 2026-08-22.
pub(super) fn hidden_by_zone(zone: &Zone) -> Option<&'static str> {
    if matches!(zone.status, ZoneStatus::Pending | ZoneStatus::Initializing) {
        Some("the zone is not active yet")
    } else if zone.is_paused {
        Some("Cloudflare is paused for this zone")
    } else if zone.is_dns_only {
        Some("the zone is marked DNS only")
    } else {
        None
    }
}

pub(super) fn hides_proxying(zone: &Zone) -> bool {
    hidden_by_zone(zone).is_some()
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let concerned = case.records.iter().any(super::MailRecord::may_be_mended)
        || !case.scope.expected.is_empty()
        || !case.scope.proposed.is_empty();
    let mut findings = Vec::new();
    if concerned {
        findings.extend(zone_finding(case));
        findings.extend(signatures::finding(case));
    }
    findings.extend(delegation::check(case));
    findings.extend(read_only(case));
    findings
}

fn zone_finding(case: &Case<'_>) -> Option<Finding> {
    let zone = &case.held.zone;
    let (what, advice) = trouble(zone).or_else(|| elsewhere(case))?;
    let message = format!("the world does not get its answers about {} from this zone: {what}", zone.name);
    let mut finding = about_name(&zone.name, Code::ZoneNotServing, Severity::Error, message);
    let state = format!("status {:?}, type {:?}", zone.status, zone.kind).to_lowercase();
    finding.evidence.push(format!("Cloudflare's API: {state}"));
    if !case.outside.delegated_to.is_empty() {
        finding
            .evidence
            .push(format!("public DNS names these name servers: {}", list(&case.outside.delegated_to)));
    }
    finding.advice = Some(advice);
    Some(finding)
}

fn trouble(zone: &Zone) -> Option<(String, String)> {
    let servers = list(&zone.name_servers);
    match &zone.kind {
        ZoneKind::Partial => {
            return Some((
                "it is a partial (CNAME) set-up, and another DNS host is authoritative".to_owned(),
                "the mail records belong at that DNS host; whatever is filed here is not asked for"
                    .to_owned(),
            ));
        }
        ZoneKind::Secondary => {
            return Some((
                "it is a secondary zone, copied from another DNS host".to_owned(),
                "mend the records at the primary DNS host".to_owned(),
            ));
        }
        ZoneKind::Other(kind) => {
            return Some((
                format!("its type is {kind}"),
                "find out in the dashboard who is authoritative".to_owned(),
            ));
        }
        ZoneKind::Full => {}
    }
    match &zone.status {
        ZoneStatus::Active => None,
        ZoneStatus::Pending | ZoneStatus::Initializing => Some((
            "it is not active, because the domain is not delegated to Cloudflare yet".to_owned(),
            format!(
                "until the registrar names {servers}, the records at the old DNS host are the ones that count"
            ),
        )),
        ZoneStatus::Moved => Some((
            "the domain was delegated away from Cloudflare".to_owned(),
            format!("name {servers} at the registrar, or mend the records at the new DNS host"),
        )),
        ZoneStatus::Other(word) => {
            Some((format!("its status is {word}"), "look at the zone's overview in the dashboard".to_owned()))
        }
    }
}

/// An active zone whose delegation names nobody of Cloudflare's: a second copy of the zone, or a move
/// that Cloudflare has not noticed.
fn elsewhere(case: &Case<'_>) -> Option<(String, String)> {
    let (ours, public) = (&case.held.zone.name_servers, &case.outside.delegated_to);
    if ours.is_empty() || public.is_empty() || public.iter().any(|server| ours.contains(server)) {
        return None;
    }
    let is_cloudflares = |server: &DomainName| server.as_str().ends_with(".ns.cloudflare.com");
    let what = if public.iter().all(is_cloudflares) {
        "another Cloudflare account holds the copy of the zone that counts: mend the records there"
    } else {
        "the domain has moved to another DNS host: mend the records there"
    };
    Some((
        "public DNS names other name servers".to_owned(),
        format!("this zone's name servers are {}; {what}, or name these at the registrar", list(ours)),
    ))
}

fn read_only(case: &Case<'_>) -> Vec<Finding> {
    let owned = case.records.iter().filter(|record| {
        let held = case.record_at(&record.name);
        record.may_be_mended() && held.is_some_and(|held| held.is_read_only)
    });
    owned
        .map(|record| {
            let message =
                format!("{} belongs to a product of Cloudflare's and cannot be edited here", record.name);
            let mut finding = about(record, Code::ManagedElsewhere, Severity::Warning, message);
            finding.evidence.push("Cloudflare's API: meta.read_only is true".to_owned());
            finding.advice =
                Some("change it in the settings of that product, for example Email Routing".to_owned());
            finding
        })
        .collect()
}

fn list(names: &[DomainName]) -> String {
    let names: Vec<&str> = names.iter().map(DomainName::as_str).collect();
    if names.is_empty() { "the name servers shown in the dashboard".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Outside, Scope};
    use crate::model::inventory::{ZoneKind, ZoneStatus};
    use crate::testing::{cname, inventory, name, proxied};

    #[test]
    fn nothing_is_planned_in_a_zone_that_nobody_asks() {
        for (status, kind) in [
            (ZoneStatus::Moved, ZoneKind::Full),
            (ZoneStatus::Active, ZoneKind::Partial),
            (ZoneStatus::Active, ZoneKind::Secondary),
        ] {
            let mut held = inventory(vec![proxied("s1._domainkey", "x.test")]);
            (held.zone.status, held.zone.kind) = (status, kind);
            let lines = found(&held, &Scope::default(), &Outside::default());
            assert_eq!(lines, ["zone-not-serving example.com -", "proxied s1._domainkey.example.com -"]);
        }
    }

    #[test]
    fn name_servers_elsewhere_are_noticed_although_the_zone_says_active() {
        let held = inventory(vec![cname("s1._domainkey", "x.test")]);
        let delegated = |to: &str| Outside { delegated_to: vec![name(to)], ..Outside::default() };
        let lines = found(&held, &Scope::default(), &delegated("ns1.oldhost.test"));
        assert_eq!(lines, ["zone-not-serving example.com -"]);
        assert!(found(&held, &Scope::default(), &delegated("ada.ns.cloudflare.com")).is_empty());
        assert!(found(&held, &Scope::default(), &Outside::default()).is_empty());
    }

    #[test]
    fn a_zone_without_mail_records_is_nobodys_business() {
        let mut held = inventory(vec![cname("www", "site.test")]);
        held.zone.status = ZoneStatus::Moved;
        assert!(found(&held, &Scope::default(), &Outside::default()).is_empty());
    }
}
