//! A DMARC policy that was given, for a domain that has none. Pure.

use super::{Case, Code, Finding, Remedy, Severity, about_name};
use crate::catalogue::Role;
use crate::dns::DomainName;
use crate::expectation::ExpectedPolicy;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let zone = &case.held.zone.name;
    let ours = case.scope.policies.iter().filter(|policy| policy.name.is_within(zone));
    ours.filter(|policy| case.scope.covers(&policy.name)).filter_map(|policy| finding(case, policy)).collect()
}

/// Two policies at one name are none at all, so one is created only where there is no record whatsoever: not
/// at the name, and not at a domain above, whose policy holds here as well.
///
/// Source: RFC 7489 section 6.6.3; checked 2026-08-22.
fn finding(case: &Case<'_>, policy: &ExpectedPolicy) -> Option<Finding> {
    let domain = policy.name.parent()?;
    let mut above = domain.and_ancestors().filter_map(|domain| domain_policy(&domain));
    let is_there =
        |name: &DomainName| case.held.at(name).next().is_some() || case.outside.policies_above.contains(name);
    if above.any(|name| is_there(&name)) {
        return None;
    }
    let message = format!("{domain} has no DMARC policy: platforms and receivers ask for one");
    let mut finding = about_name(&policy.name, Code::DmarcMissing, Severity::Warning, message);
    finding.role = Some(Role::Dmarc);
    finding.evidence.push(format!("{}: TXT {}", policy.source.words(), crate::plain::line(&policy.text)));
    if case.is_mendable(&policy.name) {
        finding.remedy = Some(Remedy::CreatePolicy(policy.clone()));
    } else {
        finding.advice = Some("not created: see the other findings about this name or zone".to_owned());
    }
    Some(finding)
}

/// Where the policy of a domain stands.
pub(super) fn domain_policy(domain: &DomainName) -> Option<DomainName> {
    DomainName::parse(&format!("_dmarc.{domain}")).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Outside, Scope};
    use crate::expectation::{ExpectedPolicy, Source};
    use crate::testing::{cname, inventory, name, record};

    fn offered(at: &str) -> Scope {
        let text = "v=DMARC1; p=none".to_owned();
        let policy = ExpectedPolicy { name: name(at), text, source: Source::Argument };
        Scope { policies: vec![policy], ..Scope::default() }
    }

    #[test]
    fn a_policy_is_offered_only_where_there_is_none_at_all() {
        let at = |records, name: &str| found(&inventory(records), &offered(name), &Outside::default());
        let own = "_dmarc.example.com";
        assert_eq!(at(vec![], own), ["dmarc-missing _dmarc.example.com create"]);
        assert!(at(vec![record(own, "TXT", "v=DMARC1; p=reject")], own).is_empty());
        assert!(at(vec![record(own, "TXT", "something else")], own).is_empty());
        assert!(at(vec![cname("_dmarc", "policy.unknown.test")], own).is_empty());
        let below = "_dmarc.mail.example.com";
        assert!(at(vec![record(own, "TXT", "v=DMARC1; p=reject")], below).is_empty());
        assert_eq!(at(vec![], below), ["dmarc-missing _dmarc.mail.example.com create"]);
    }

    #[test]
    fn a_policy_is_not_created_where_nobody_looks() {
        let only = [name("www.example.com")].into();
        let scope = Scope { is_restricted: true, only, ..offered("_dmarc.example.com") };
        let lines = found(&inventory(vec![]), &scope, &Outside::default());
        assert_eq!(lines, ["missing www.example.com -"]);
    }

    #[test]
    fn a_policy_above_the_zone_holds_below_it() {
        let outside = Outside { policies_above: [name("_dmarc.com")].into(), ..Outside::default() };
        assert!(found(&inventory(vec![]), &offered("_dmarc.example.com"), &outside).is_empty());
    }
}
