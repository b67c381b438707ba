//! Whether resolvers that check signatures refuse the zone. Pure.

use super::{CheckContext, Finding, ZoneProblem};

/// The old host's DS record was left at the registrar, or the keys changed without it.
///
/// Source: `developers.cloudflare.com/dns/dnssec/troubleshooting`; checked 2026-11-24.
pub(super) fn finding(case: &CheckContext<'_>) -> Option<Finding> {
    let signing = case.outside.signing_key;
    let vouched = case.outside.vouched_keys.iter().copied();
    let stale = vouched.filter(|tag| Some(*tag) != signing).collect();
    let problem = ZoneProblem::DnssecBroken { stale, signing };
    case.outside.fails_validation.then(|| Finding::new(problem, &case.held.zone.name))
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, Problem, Scope, ZoneProblem, diagnose};
    use crate::testing::{catalog, cname, inventory};

    #[test]
    fn refused_signatures_are_told_where_there_is_mail() {
        let refused = DnsEvidence { fails_validation: true, ..DnsEvidence::default() };
        let held = inventory(vec![cname("s1._domainkey", "x.test")]);
        assert_eq!(found(&held, &Scope::default(), &refused), ["dnssec-broken example.com -"]);
        assert!(found(&inventory(vec![]), &Scope::default(), &refused).is_empty());
    }

    #[test]
    fn a_ds_record_that_matches_no_key_is_named_by_its_tag() {
        let stale = |vouched_keys: Vec<u16>, signing_key| {
            let refused =
                DnsEvidence { fails_validation: true, vouched_keys, signing_key, ..DnsEvidence::default() };
            let held = inventory(vec![cname("s1._domainkey", "x.test")]);
            let diagnosis = diagnose(&held, &Scope::default(), &refused, &catalog());
            match diagnosis.findings.into_iter().next().unwrap().problem {
                Problem::Zone(ZoneProblem::DnssecBroken { stale, .. }) => stale,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(stale(vec![4711, 42], Some(42)), [4711]);
        assert_eq!(stale(vec![4711], None), [4711]);
        assert!(stale(vec![42], Some(42)).is_empty(), "the DS record is not what is wrong");
    }
}
