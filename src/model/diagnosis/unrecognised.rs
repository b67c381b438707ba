//! What files and pastes ask for, and nothing shows to be for mail: listed, created only after a yes of its own,
//! and never a reason to change what is there. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{CheckContext, Evidence, Finding, Presence, Remedy, Scope};
use crate::model::catalog::{Catalog, Signers};
use crate::model::dns::DomainName;
use crate::model::expectation::{self, Expectation};
use crate::model::inventory::{Alias, HeldRecord, Inventory, ProxyStatus};

pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let is_open = |one: &&Expectation| {
        let is_said = case.scope.expected.contains_key(&one.name)
            || case.scope.proposed.iter().any(|other| other.name == one.name);
        case.scope.covers(&one.name) && !is_said
    };
    case.scope.unrecognised.iter().filter(is_open).filter_map(|one| finding(case, one)).collect()
}

fn finding(case: &CheckContext<'_>, wanted: &Expectation) -> Option<Finding> {
    let Expectation { name, target, .. } = wanted;
    let is_there = |(record, alias): (&HeldRecord, &Alias)| {
        alias.target == *target && record.proxy == ProxyStatus::DnsOnly
    };
    if case.held.alias_at(name).is_some_and(is_there) {
        return None;
    }
    let is_free = case.held.at(name).next().is_none() && *name != case.held.zone.name;
    let remedy = (is_free && case.blocker(name).is_none()).then(|| Remedy::Create(wanted.clone()));
    let finding = Finding::new(Presence::NotRecognised { target: target.clone(), is_free }, name);
    Some(finding.evidence([Evidence::asked(wanted)]).remedy(remedy, None))
}

/// Believes what is asked for where its target is run by who runs the target of a DKIM record of the zone, unless anybody
/// says something else about the name.
pub fn believe_company(scope: &mut Scope, held: &Inventory, catalog: &Catalog) {
    let aliases = held.aliases().map(|alias| (&alias.name, &alias.target));
    let signers = Signers::of(&held.zone.name, aliases);
    let all = std::mem::take(&mut scope.unrecognised);
    let mut targets: BTreeMap<DomainName, BTreeSet<DomainName>> = BTreeMap::new();
    for one in all.iter().chain(scope.expected.values()).chain(&scope.proposed) {
        targets.entry(one.name.clone()).or_default().insert(one.target.clone());
    }
    let is_agreed = |one: &Expectation| targets.get(&one.name).is_some_and(|targets| targets.len() == 1);
    let (believed, open): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| is_agreed(one) && catalog.keeps_new_company(&one.target, &signers));
    scope.unrecognised = open;
    scope.expected.extend(expectation::by_name(believed.into_iter().map(Expectation::believed)));
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, diagnose};
    use super::*;
    use crate::model::dns::Ttl;
    use crate::model::expectation::{Location, Source};
    use crate::model::plan::Consent;
    use crate::testing::{catalog, cname, inventory, name, proxied};

    fn asking(label: &str, target: &str) -> Scope {
        let source = Source::Unrecognised(Location { origin: "records.txt".to_owned(), line: Some(3) });
        let name = name(&format!("{label}.example.com"));
        let one = Expectation { name, target: crate::testing::name(target), ttl: Ttl::Automatic, source };
        Scope { unrecognised: vec![one], ..Scope::default() }
    }

    #[test]
    fn what_is_there_is_left_as_it_is_and_listed() {
        let scope = asking("www", "site.pages.dev");
        let lines = |records| found(&inventory(records), &scope, &DnsEvidence::default());
        assert_eq!(lines(vec![proxied("www", "site.pages.dev")]), ["not-recognised www.example.com -"]);
        assert_eq!(lines(vec![cname("www", "old.pages.dev")]), ["not-recognised www.example.com -"]);
        assert!(lines(vec![cname("www", "site.pages.dev")]).is_empty());
    }

    #[test]
    fn what_is_missing_is_created_only_after_a_yes_of_its_own() {
        let held = inventory(vec![]);
        let diagnosis =
            diagnose(&held, &asking("bounce", "b.mailer.test"), &DnsEvidence::default(), &catalog());
        let plan = crate::model::plan::plan(&held, &diagnosis);
        assert_eq!(plan.changes[0].consent, Consent::Each);
        assert!(plan.within(Consent::Together).changes.is_empty());
    }

    #[test]
    fn the_company_of_a_dkim_record_in_the_zone_is_believed() {
        let mut scope = asking("bounce", "b.sender.test");
        believe_company(&mut scope, &inventory(vec![cname("k._domainkey", "k.other.test")]), &catalog());
        assert!(scope.expected.is_empty());
        believe_company(&mut scope, &inventory(vec![cname("k._domainkey", "k.sender.test")]), &catalog());
        assert_eq!((scope.expected.len(), scope.unrecognised.len()), (1, 0));
    }

    #[test]
    fn a_list_that_is_believed_overrules_nobody() {
        let held = inventory(vec![cname("k._domainkey", "k.sender.test"), cname("bounce", "a.sender.test")]);
        let decided = super::super::tests::expecting(&[("bounce", "a.sender.test")]);
        let mut scope = Scope { expected: decided.expected, ..asking("bounce", "b.sender.test") };
        believe_company(&mut scope, &held, &catalog());
        assert_eq!(scope.expectation(&name("bounce.example.com")).unwrap().target, name("a.sender.test"));
        let twice = [asking("bounce", "b.sender.test"), asking("bounce", "c.sender.test")];
        let unrecognised = twice.into_iter().flat_map(|scope| scope.unrecognised).collect();
        let mut scope = Scope { unrecognised, ..Scope::default() };
        believe_company(&mut scope, &held, &catalog());
        assert_eq!((scope.expected.len(), scope.unrecognised.len()), (0, 2), "two lists that disagree");
    }
}
