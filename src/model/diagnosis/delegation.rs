//! Names that an NS record hands to other servers. Pure.

use std::collections::BTreeSet;

use super::{CheckContext, Finding, ZoneProblem};
use crate::model::dns::DomainName;
use crate::model::lookup::Observation;

/// By the zone's own records, or by what its name servers say.
pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let expected = case.scope.expected.values().map(|expectation| &expectation.name);
    let names: BTreeSet<&DomainName> = expected.chain(case.mail().map(|record| &record.name)).collect();
    let told = |name: &DomainName| match case.outside.published.get(name)? {
        heard @ Observation::Delegated { cut, .. } if *cut != case.held.zone.name => {
            Some(ZoneProblem::DelegatedAway { cut: cut.clone(), heard: Some(heard.clone()) })
        }
        _ => None,
    };
    let filed = |name: &DomainName| {
        Some(ZoneProblem::DelegatedAway { cut: case.held.delegated_above(name)?, heard: None })
    };
    let problem = |name: &DomainName| filed(name).or_else(|| told(name));
    names.into_iter().filter_map(|name| Some(Finding::new(problem(name)?, name))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::DnsEvidence;
    use super::super::tests::{expecting, found};
    use crate::model::lookup::Observation;
    use crate::testing::{inventory, name, record};

    #[test]
    fn a_name_below_a_delegation_is_not_written_to() {
        let held = inventory(vec![record("_domainkey.example.com", "NS", "ns.vali.email")]);
        let lines = found(&held, &expecting(&[("s1._domainkey", "x.test")]), &DnsEvidence::default());
        assert_eq!(
            lines,
            ["missing s1._domainkey.example.com -", "delegated-away s1._domainkey.example.com -"]
        );
    }

    #[test]
    fn a_delegation_that_only_public_dns_shows_is_told() {
        let at = |cut: &str| {
            let told = Observation::Delegated { cut: name(cut), to: vec![name("ns.vali.email")] };
            let published = [(name("s1._domainkey.example.com"), told)].into();
            let outside = DnsEvidence { published, ..DnsEvidence::default() };
            found(&inventory(vec![]), &expecting(&[("s1._domainkey", "x.test")]), &outside)
        };
        let lines = at("_domainkey.example.com");
        assert!(lines.iter().any(|line| line.starts_with("delegated-away s1._domainkey")), "{lines:?}");
        let lines = at("example.com");
        assert!(
            !lines.iter().any(|line| line.starts_with("delegated-away")),
            "a server that is not this zone's"
        );
    }
}
