//! Aliases that Cloudflare replaces by the addresses behind them. Pure.

use super::{CheckContext, Evidence, Finding, Hidden, MailRecord, Remedy, ZoneProblem, malformed};
use crate::model::inventory::ProxyStatus;

/// While a record is proxied its flattening does not matter: making it DNS only undoes both.
pub(super) fn flattened(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    let (_, alias) = case.held.alias_at(&record.name)?;
    let is_open = alias.is_flattened() && record.proxy != ProxyStatus::Proxied;
    let finding = is_open.then(|| Finding::about(record, Hidden::Flattened))?;
    Some(finding.remedy(Some(Remedy::Unflatten), case.blocker(&record.name)))
}

pub(super) fn whole_zone(case: &CheckContext<'_>) -> Option<Finding> {
    let count = case.mail().count();
    let is_concerned = case.outside.flattens_all == Some(true) && count > 0;
    is_concerned.then(|| Finding::new(ZoneProblem::Flattened(count), &case.held.zone.name))
}

/// Source: `developers.cloudflare.com/dns/cname-flattening`: a target in the same zone is flattened
/// whatever the setting; checked 2026-08-22.
pub(super) fn same_zone(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    let is_mistake = malformed::meant_target(case, &record.name).is_some();
    if !record.target.is_within(&case.held.zone.name) || case.is_seen(&record.name) || is_mistake {
        return None;
    }
    let evidence = Evidence::Cname(record.target.clone(), None);
    Some(Finding::about(record, Hidden::SameZoneTarget).evidence([evidence]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, Hidden, Scope, Severity, diagnose};
    use crate::testing::{catalog, cname, flattened, inventory};

    #[test]
    fn a_flattened_record_is_unflattened() {
        let held = inventory(vec![flattened("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net")]);
        let lines = found(&held, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["flattened s1._domainkey.example.com unflatten"]);
    }

    #[test]
    fn a_flattened_zone_is_said_once_and_left_to_its_owner() {
        let held = inventory(vec![cname("s1._domainkey", "x.test"), cname("s2._domainkey", "y.test")]);
        let outside = DnsEvidence { flattens_all: Some(true), ..DnsEvidence::default() };
        assert_eq!(found(&held, &Scope::default(), &outside), ["zone-flattened example.com -"]);
    }

    #[test]
    fn a_target_in_the_same_zone_is_said() {
        let held = inventory(vec![cname("s1._domainkey", "keys.example.com")]);
        let lines = found(&held, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["same-zone-target s1._domainkey.example.com -"]);
    }

    #[test]
    fn a_policy_in_the_same_zone_is_a_warning_because_the_text_may_survive() {
        let of = |label: &str| {
            let held = inventory(vec![cname(label, "shared.example.com")]);
            let diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
            let found =
                diagnosis.findings.into_iter().find(|one| one.problem == Hidden::SameZoneTarget.into());
            found.map(|one| one.severity())
        };
        assert_eq!(of("_dmarc"), Some(Severity::Warning));
        assert_eq!(of("s1._domainkey"), Some(Severity::Error));
    }
}
