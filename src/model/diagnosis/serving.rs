//! Whether the world asks Cloudflare about this zone and this name at all. Pure.

use super::{
    CheckContext, Code, Finding, MailRecord, Masking, Severity, Tool, Trace, delegation, signatures,
};
use crate::model::dns::DomainName;
use crate::model::inventory::{Zone, ZoneKind, ZoneStatus};
use crate::model::lookup::Observation;

/// What keeps the records of a zone from being asked for, or from staying as they are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneProblem {
    /// Public DNS does not ask this zone.
    NotServing { zone: Box<Zone>, delegated_to: Vec<DomainName> },
    /// The DS record at the registrar is for keys that the zone is not signed with.
    DnssecBroken { stale: Vec<u16>, signing: Option<u16> },
    /// An NS record hands the name on; `heard` if only public DNS shows it.
    DelegatedAway { cut: DomainName, heard: Option<Observation> },
    /// All aliases of the zone are flattened, so many mail records among them.
    Flattened(usize),
    /// A product of Cloudflare's owns the record.
    ReadOnly,
    /// A tool keeps the record as it is.
    KeptByTool(Tool, Trace),
    /// The audit log could not be read, and why.
    AuditLogUnread(String),
}

impl ZoneProblem {
    pub(super) fn class(&self) -> (Code, Severity) {
        match self {
            Self::NotServing { .. } => (Code::ZoneNotServing, Severity::Error),
            Self::DnssecBroken { .. } => (Code::DnssecBroken, Severity::Error),
            Self::DelegatedAway { .. } => (Code::DelegatedAway, Severity::Error),
            Self::Flattened(_) => (Code::ZoneFlattened, Severity::Error),
            Self::ReadOnly | Self::KeptByTool(..) => (Code::ManagedElsewhere, Severity::Warning),
            Self::AuditLogUnread(_) => (Code::AuditLogUnread, Severity::Warning),
        }
    }
}

/// Whether an edit through the API changes, now or on activation, what the world sees.
pub(super) fn edits_take_effect(zone: &Zone) -> bool {
    let is_ours = zone.kind == ZoneKind::Full;
    is_ours && !matches!(zone.status, ZoneStatus::Moved | ZoneStatus::Other(_))
}

/// What in the zone itself makes proxied records be answered as DNS only.
///
/// Source: `developers.cloudflare.com/dns/proxy-status/limitations` and `…/domain-status`, and the
/// description of `paused`; checked 2026-08-22.
pub(super) fn hidden_by_zone(zone: &Zone) -> Option<Masking> {
    if matches!(zone.status, ZoneStatus::Pending | ZoneStatus::Initializing) {
        Some(Masking::NotActive)
    } else if zone.is_paused {
        Some(Masking::Paused)
    } else if zone.is_dns_only {
        Some(Masking::MarkedDnsOnly)
    } else {
        None
    }
}

pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let concerned =
        case.mail().next().is_some() || !case.scope.expected.is_empty() || !case.scope.proposed.is_empty();
    let mut findings = Vec::new();
    if concerned {
        findings.extend(zone_finding(case));
        findings.extend(signatures::finding(case));
    }
    findings.extend(delegation::check(case));
    findings
}

fn zone_finding(case: &CheckContext<'_>) -> Option<Finding> {
    let zone = &case.held.zone;
    let is_served = zone.kind == ZoneKind::Full && zone.status == ZoneStatus::Active;
    (!is_served || is_elsewhere(case)).then(|| {
        let delegated_to = case.outside.delegated_to.clone();
        Finding::new(ZoneProblem::NotServing { zone: Box::new(zone.clone()), delegated_to }, &zone.name)
    })
}

/// Whether the delegation of a zone names nobody of Cloudflare's: a second copy of the zone, or a move that
/// Cloudflare has not noticed.
fn is_elsewhere(case: &CheckContext<'_>) -> bool {
    let (ours, public) = (&case.held.zone.name_servers, &case.outside.delegated_to);
    !ours.is_empty() && !public.is_empty() && !public.iter().any(|server| ours.contains(server))
}

pub(super) fn read_only(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    let held = case.record_at(&record.name).filter(|held| held.is_read_only);
    held.map(|_| Finding::about(record, ZoneProblem::ReadOnly))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, Scope};
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
            let lines = found(&held, &Scope::default(), &DnsEvidence::default());
            assert_eq!(lines, ["zone-not-serving example.com -", "proxied s1._domainkey.example.com -"]);
        }
    }

    #[test]
    fn name_servers_elsewhere_are_noticed_although_the_zone_says_active() {
        let held = inventory(vec![cname("s1._domainkey", "x.test")]);
        let delegated = |to: &str| DnsEvidence { delegated_to: vec![name(to)], ..DnsEvidence::default() };
        let lines = found(&held, &Scope::default(), &delegated("ns1.oldhost.test"));
        assert_eq!(lines, ["zone-not-serving example.com -"]);
        assert!(found(&held, &Scope::default(), &delegated("ada.ns.cloudflare.com")).is_empty());
        assert!(found(&held, &Scope::default(), &DnsEvidence::default()).is_empty());
    }

    #[test]
    fn a_zone_without_mail_records_is_nobodys_business() {
        let mut held = inventory(vec![cname("www", "site.test")]);
        held.zone.status = ZoneStatus::Moved;
        assert!(found(&held, &Scope::default(), &DnsEvidence::default()).is_empty());
    }
}
