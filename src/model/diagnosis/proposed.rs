//! Records that a snapshot, the audit log or the rest of a set suggest, and nobody has decided about. Pure.

use std::collections::BTreeMap;

use super::classify::is_other_business;
use super::presence;
use super::{Blocker, CheckContext, Code, Evidence, Finding, Remedy, Severity, malformed};
use crate::model::catalog::Sibling;
use crate::model::dns::{DomainName, Ttl, is_misspelt};
use crate::model::expectation::{Expectation, Source};
use crate::model::inventory::ListedAlias;

/// What speaks for another record than is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposed {
    /// Those who may decide want different targets.
    Disputed,
    /// The record is gone, as `source` tells.
    Lost { zone: DomainName, source: Source, is_occupied: bool },
    /// The record points elsewhere than when it was healthy.
    TargetChanged { held: DomainName, before: DomainName, is_in_snapshot: bool },
    /// The record does not go with another of its set, `of`.
    NotInSet { held: DomainName, expected: DomainName, of: DomainName, is_misspelt: bool },
    /// A set lacks the record that points there, and nothing tells its name.
    SetLacks { target: DomainName },
}

impl Proposed {
    pub(super) fn class(&self) -> (Code, Severity) {
        let severity = |is_error: bool| if is_error { Severity::Error } else { Severity::Warning };
        match self {
            Self::Disputed | Self::TargetChanged { .. } => (Code::WrongTarget, Severity::Warning),
            Self::Lost { source, is_occupied, .. } => {
                let (code, is_error) = match source {
                    Source::Sibling { is_needed, .. } => (Code::IncompleteSet, *is_needed),
                    source => (Code::Missing, !matches!(source, Source::AuditLog { .. })),
                };
                (if *is_occupied { Code::InTheWay } else { code }, severity(is_error))
            }
            Self::NotInSet { is_misspelt, .. } => (Code::IncompleteSet, severity(*is_misspelt)),
            Self::SetLacks { .. } => (Code::IncompleteSet, Severity::Warning),
        }
    }
}

/// `decided` is what the other checks found: what will be fixed counts as fixed here.
pub(super) fn check(case: &CheckContext<'_>, decided: &[Finding]) -> Vec<Finding> {
    let mut view = view(case, decided);
    let remembered = by_name(case, &case.scope.proposed);
    let from_past = findings(case, &remembered);
    fill(&mut view, &from_past);
    view.retain(|name, _| !malformed::is_doubled(name, &case.held.zone.name));
    let mut siblings = siblings(case, &view);
    // A name that a record will be renamed to is not free.
    siblings.retain(|one| {
        !decided.iter().any(|other| one.name.is_some() && one.name.as_ref() == renamed_to(other))
    });
    let from_sets: Vec<Expectation> = siblings.iter().filter_map(expectation).collect();
    let all: Vec<Expectation> = case.scope.proposed.iter().chain(&from_sets).cloned().collect();
    let mut findings = findings(case, &by_name(case, &all));
    let nameless = siblings.iter().filter(|sibling| sibling.name.is_none());
    let nameless = nameless.filter(|one| case.scope.covers(&one.because_of));
    findings.extend(nameless.map(|one| misspelt(case, one).unwrap_or_else(|| incomplete(one))));
    findings
}

fn renamed_to(finding: &Finding) -> Option<&DomainName> {
    match &finding.remedy {
        Some(Remedy::Rename(to)) => Some(to),
        _ => None,
    }
}

type Proposals<'p> = BTreeMap<&'p DomainName, Vec<&'p Expectation>>;

/// What may be proposed for each name that nobody has decided about, the most trusted first.
fn by_name<'p>(case: &CheckContext<'_>, proposed: &'p [Expectation]) -> Proposals<'p> {
    let zone = &case.held.zone.name;
    let is_open = |one: &&Expectation| {
        let name = &one.name;
        let is_mail = one.source.decides() || !is_other_business(name, &one.target, case.catalog);
        is_mail && name.is_within(zone) && case.scope.covers(name) && case.scope.expectation(name).is_none()
    };
    let mut by_name: Proposals<'_> = BTreeMap::new();
    for proposal in proposed.iter().filter(is_open) {
        by_name.entry(&proposal.name).or_default().push(proposal);
    }
    for proposals in by_name.values_mut() {
        proposals.sort_by(|a, b| a.source.cmp(&b.source));
    }
    by_name
}

fn findings(case: &CheckContext<'_>, proposals: &Proposals<'_>) -> Vec<Finding> {
    proposals.iter().filter_map(|(name, proposals)| finding(case, name, proposals)).collect()
}

/// The aliases as they will be once what was decided is done: name to target.
type View = BTreeMap<DomainName, DomainName>;

fn view(case: &CheckContext<'_>, decided: &[Finding]) -> View {
    let zone = &case.held.zone.name;
    let is_known = |alias: &&ListedAlias| case.catalog.find_record(&alias.name, &alias.target).is_some();
    let aliases = case.held.aliases().filter(is_known);
    let mut view: View = aliases.map(|alias| (alias.name.clone(), alias.target.clone())).collect();
    fill(&mut view, decided);
    view.retain(|name, _| !malformed::is_doubled(name, zone));
    view
}

fn fill(view: &mut View, decided: &[Finding]) {
    for finding in decided {
        match &finding.remedy {
            Some(Remedy::Create(one) | Remedy::Retarget(one) | Remedy::Replace(one)) => {
                view.insert(one.name.clone(), one.target.clone());
            }
            Some(Remedy::Rename(to)) => {
                if let Some(target) = view.remove(&finding.name) {
                    view.insert(to.clone(), target);
                }
            }
            Some(Remedy::SetDnsOnly | Remedy::Unflatten | Remedy::CreatePolicy(_)) | None => {}
        }
    }
}

fn siblings(case: &CheckContext<'_>, view: &View) -> Vec<Sibling> {
    let zone = &case.held.zone.name;
    let held: Vec<(&DomainName, &DomainName)> = view.iter().collect();
    // What lies below a delegation is somebody else's to complete.
    let is_ours = |sibling: &Sibling| {
        let at = sibling.name.as_ref().unwrap_or(&sibling.because_of);
        at.is_within(zone) && at != zone && case.held.delegated_above(at).is_none()
    };
    // What the user expects elsewhere is not missing, and a record that holds an expected name for somebody
    // else says nothing about this user's set.
    let is_open = |sibling: &Sibling| {
        let is_expected = case.scope.expected.values().any(|one| one.target == sibling.target);
        let survivor = case.scope.expectation(&sibling.because_of);
        !is_expected && survivor.is_none_or(|one| view.get(&one.name) == Some(&one.target))
    };
    case.catalog.missing_siblings(&held).into_iter().filter(is_ours).filter(is_open).collect()
}

fn expectation(sibling: &Sibling) -> Option<Expectation> {
    let source = Source::Sibling {
        of: sibling.because_of.clone(),
        is_needed: sibling.is_error,
        note: sibling.note.as_deref().map(str::to_owned),
    };
    let name = sibling.name.clone()?;
    Some(Expectation { name, target: sibling.target.clone(), ttl: Ttl::Automatic, source })
}

/// The record that was meant to be this member of a set: its target, which nobody knows, is one character off.
fn misspelt(case: &CheckContext<'_>, sibling: &Sibling) -> Option<Finding> {
    let alias = case.held.aliases().find(|alias| {
        is_misspelt(alias.target.as_str(), sibling.target.as_str())
            && case.catalog.find(&alias.target).is_none()
            && case.scope.covers(&alias.name)
    })?;
    let best = expectation(&Sibling { name: Some(alias.name.clone()), ..sibling.clone() })?;
    let finding = case.finding(changed(&best, &alias.target, true), &best.name, &best.target);
    Some(told(case, finding, &[&best]))
}

/// A member of a set whose name cannot be told from the rest.
fn incomplete(sibling: &Sibling) -> Finding {
    let finding = Finding::new(Proposed::SetLacks { target: sibling.target.clone() }, &sibling.because_of);
    let note = sibling.note.as_deref().map(|note| Evidence::Note(note.to_owned()));
    finding.provider(sibling.provider.clone()).role(sibling.role).evidence(note)
}

fn finding(case: &CheckContext<'_>, name: &DomainName, proposals: &[&Expectation]) -> Option<Finding> {
    let best = *proposals.first()?;
    let held = case.held.alias_at(name).map(|(_, alias)| &alias.target);
    let is_at_rest = |held: &DomainName| {
        let is_as_proposed = proposals.iter().any(|one| one.target == *held);
        let is_mistake = malformed::meant_target(case, name).is_some();
        is_as_proposed || is_mistake || matches!(best.source, Source::AuditLog { .. })
    };
    let problem = match held {
        _ if is_disputed(proposals) => Proposed::Disputed,
        Some(held) if is_at_rest(held) => return None,
        Some(held) => changed(best, held, case.catalog.find(held).is_none()),
        // A doubled record of the same target is about to be filed here.
        None if malformed::will_be_renamed_to(case, best) => return None,
        None => return Some(lost(case, best, proposals)),
    };
    Some(told(case, case.finding(problem, name, &best.target), proposals))
}

/// Adds who proposes what, and where else the target of the best stands.
fn told(case: &CheckContext<'_>, finding: Finding, proposals: &[&Expectation]) -> Finding {
    let asked = proposals.iter().flat_map(|one| {
        let caution = one.source.caution().map(|caution| Evidence::Note(caution.to_owned()));
        std::iter::once(Evidence::asked(one)).chain(caution)
    });
    let best = proposals.first().filter(|best| case.held.alias_at(&best.name).is_none());
    let elsewhere = best.and_then(|best| case.same_target_elsewhere(&best.name, &best.target));
    finding.evidence(asked).evidence(elsewhere)
}

/// Whether those who may decide do not agree.
fn is_disputed(proposals: &[&Expectation]) -> bool {
    let mut deciding = proposals.iter().filter(|one| one.source.decides());
    let first = deciding.next();
    first.is_some_and(|first| deciding.any(|other| other.target != first.target))
}

/// The name is in use, but not for what was there or ought to be there.
fn changed(best: &Expectation, held: &DomainName, is_unknown: bool) -> Proposed {
    let (held, expected) = (held.clone(), best.target.clone());
    match &best.source {
        Source::Sibling { of, is_needed, .. } => {
            // Of a name nobody knows that is one character off it is plain what was meant.
            let is_misspelt = *is_needed && is_unknown && is_misspelt(held.as_str(), expected.as_str());
            Proposed::NotInSet { held, expected, of: of.clone(), is_misspelt }
        }
        source => {
            let is_in_snapshot = matches!(source, Source::Snapshot { .. });
            Proposed::TargetChanged { held, before: expected, is_in_snapshot }
        }
    }
}

fn lost(case: &CheckContext<'_>, best: &Expectation, proposals: &[&Expectation]) -> Finding {
    let name = &best.name;
    let is_occupied = case.held.at(name).next().is_some();
    let (zone, source) = (case.held.zone.name.clone(), best.source.clone());
    let finding = case.finding(Proposed::Lost { zone, source, is_occupied }, name, &best.target);
    let finding = told(case, finding.evidence(Evidence::records(case.held, name)), proposals);
    let remedy = match (is_occupied, case.scope.replace.contains(name)) {
        (true, true) => Some(Remedy::Replace(best.clone())),
        (true, false) => None,
        (false, _) => Some(Remedy::Create(best.clone())),
    };
    let is_agreed = proposals.iter().all(|one| one.target == best.target);
    let blocker = match presence::blocker(case, name) {
        None | Some(Blocker::Finding(_)) if !is_agreed => Some(Blocker::SourcesDisagree),
        blocker => blocker,
    };
    finding.remedy(remedy, blocker)
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Code, DnsEvidence, Problem, Scope, Severity, diagnose};
    use super::*;
    use crate::model::plan::Consent;
    use crate::testing::{catalog, cname, inventory, name, record};

    const TARGET: &str = "keys.mailer.test";

    fn proposing(list: &[(&str, Source)]) -> Scope {
        let one = |(target, source): &(&str, Source)| Expectation {
            name: name("k._domainkey.example.com"),
            target: name(target),
            ttl: Ttl::Automatic,
            source: source.clone(),
        };
        Scope { proposed: list.iter().map(one).collect(), ..Scope::default() }
    }

    fn snapshot() -> Source {
        Source::Snapshot { seen: "2026-11-01T00:00:00Z".to_owned() }
    }

    fn log() -> Source {
        let deletion = "deleted 2026-11-20 by intern@example.com in the dashboard".to_owned();
        Source::AuditLog { deletion, deliberate: None }
    }

    /// Two changes of one name would have Cloudflare refuse the whole transaction.
    #[test]
    fn a_set_proposes_nothing_where_a_record_will_be_renamed_to() {
        let doubled = cname("s2._domainkey.example.com", "s2.domainkey.u1.wl1.sendgrid.net");
        let held = inventory(vec![cname("s1._domainkey", "s1.domainkey.tutanota.de"), doubled]);
        let diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
        let plan = crate::model::plan::plan(&held, &diagnosis);
        let place = name("s2._domainkey.example.com");
        let filed =
            plan.changes.iter().filter(|one| one.after.as_ref().is_some_and(|after| after.name == place));
        let actions: Vec<&str> = filed.map(|change| change.action.word()).collect();
        assert_eq!(actions, ["rename"]);
    }

    #[test]
    fn what_was_healthy_and_is_gone_is_proposed() {
        let scope = proposing(&[(TARGET, snapshot()), (TARGET, log())]);
        let diagnosis = diagnose(&inventory(vec![]), &scope, &DnsEvidence::default(), &catalog());
        let [finding] = diagnosis.findings.as_slice() else { panic!("{diagnosis:?}") };
        assert_eq!((finding.code(), finding.severity()), (Code::Missing, Severity::Error));
        assert_eq!(finding.evidence.len(), 2);
        let plan = crate::model::plan::plan(&inventory(vec![]), &diagnosis);
        assert!(
            plan.changes[0].consent == Consent::Together && plan.within(Consent::Plan).changes.is_empty()
        );
    }

    #[test]
    fn what_a_snapshot_remembers_of_certificates_is_not_put_back() {
        let scope = proposing(&[("_b1.acm-validations.aws", snapshot())]);
        assert_eq!(found(&inventory(vec![]), &scope, &DnsEvidence::default()), Vec::<String>::new());
    }

    #[test]
    fn sources_that_contradict_each_other_leave_the_name_alone() {
        let scope = proposing(&[(TARGET, snapshot()), ("other.mailer.test", log())]);
        assert_eq!(
            found(&inventory(vec![]), &scope, &DnsEvidence::default()),
            ["missing k._domainkey.example.com -"]
        );
    }

    #[test]
    fn a_name_that_is_disputed_is_said_whatever_it_points_to() {
        let given = |target| (target, Source::Provider("SendGrid".to_owned()));
        let scope = proposing(&[(TARGET, Source::Argument), given("one.test"), given("two.test")]);
        for held in [vec![], vec![cname("k._domainkey", TARGET)], vec![cname("k._domainkey", "x.test")]] {
            let lines = found(&inventory(held), &scope, &DnsEvidence::default());
            assert_eq!(lines, ["wrong-target k._domainkey.example.com -"]);
        }
    }

    #[test]
    fn records_of_the_system_are_never_replaced() {
        let mut locked = record("k._domainkey.example.com", "TXT", "v=DKIM1; p=x");
        locked.is_read_only = true;
        let mut scope = proposing(&[(TARGET, snapshot())]);
        scope.replace = [name("k._domainkey.example.com")].into();
        let lines = found(&inventory(vec![locked]), &scope, &DnsEvidence::default());
        assert_eq!(lines, ["in-the-way k._domainkey.example.com -"]);
    }

    #[test]
    fn input_decides_whatever_the_others_say() {
        let mut scope = proposing(&[("other.mailer.test", snapshot())]);
        scope.expected = crate::model::expectation::by_name([crate::model::expectation::from_argument(
            "k._domainkey.example.com=keys.mailer.test",
        )
        .unwrap()]);
        let held = inventory(vec![]);
        let diagnosis = diagnose(&held, &scope, &DnsEvidence::default(), &catalog());
        let plan = crate::model::plan::plan(&held, &diagnosis);
        assert_eq!(plan.changes.len(), 1);
        assert!(plan.changes[0].consent == Consent::Plan);
        assert_eq!(plan.changes[0].after.as_ref().unwrap().content, TARGET);
    }

    #[test]
    fn a_record_that_points_elsewhere_since_is_said_and_left_alone() {
        let held = inventory(vec![cname("k._domainkey", "new.mailer.test")]);
        let lines = found(&held, &proposing(&[(TARGET, snapshot())]), &DnsEvidence::default());
        assert_eq!(lines, ["wrong-target k._domainkey.example.com -"]);
        assert!(found(&held, &proposing(&[(TARGET, log())]), &DnsEvidence::default()).is_empty());
    }

    #[test]
    fn the_rest_of_a_set_tells_what_is_missing() {
        let held = inventory(vec![
            cname("em1", "u1.wl1.sendgrid.net"),
            cname("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net"),
        ]);
        let lines = super::super::tests::found_with_sets(&held, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["incomplete-set s2._domainkey.example.com create"]);
        // What else is wrong does not matter.
        let other = super::super::tests::expecting(&[("k3._domainkey", "dkim3.mcsv.net")]);
        let lines = super::super::tests::found_with_sets(&held, &other, &DnsEvidence::default());
        assert!(lines.contains(&"incomplete-set s2._domainkey.example.com create".to_owned()), "{lines:?}");
        let plan = crate::model::plan::plan(
            &held,
            &diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog()),
        );
        assert_eq!(plan.changes[0].consent, Consent::Together);
        assert_eq!(plan.changes[0].after.as_ref().unwrap().content, "s2.domainkey.u1.wl1.sendgrid.net");
    }

    #[test]
    fn a_misspelt_target_beside_healthy_siblings_is_noticed_and_mended_only_on_a_persons_word() {
        let held = inventory(vec![
            cname("zendesk1._domainkey", "zendesk1._domainkey.zendesk.com"),
            cname("zendesk2._domainkey", "zendesk2._domainkey.zendesk.co"),
        ]);
        let lines =
            |scope: &Scope| super::super::tests::found_with_sets(&held, scope, &DnsEvidence::default());
        assert_eq!(lines(&Scope::default()), ["incomplete-set zendesk2._domainkey.example.com -"]);
        let diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
        let finding = diagnosis.findings.iter().find(|one| one.code() == Code::IncompleteSet).unwrap();
        assert_eq!(finding.severity(), Severity::Error);
        assert!(
            matches!(finding.problem, Problem::Proposed(Proposed::NotInSet { is_misspelt: true, .. })),
            "{finding:?}"
        );
        let said =
            super::super::tests::expecting(&[("zendesk2._domainkey", "zendesk2._domainkey.zendesk.com")]);
        assert_eq!(lines(&said), ["wrong-target zendesk2._domainkey.example.com retarget"]);
        let path = inventory(vec![
            cname("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net"),
            cname("s2._domainkey", "s2.domainkey.u1.wl1.sendgrid.net"),
            cname("em1", "u1.wl1.sendgird.net"),
        ]);
        let lines = super::super::tests::found_with_sets(&path, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["incomplete-set em1.example.com -"]);
    }

    #[test]
    fn what_lies_below_a_delegation_is_not_completed() {
        let held = inventory(vec![
            record("send.example.com", "NS", "ns1.klaviyo.com"),
            cname("kl._domainkey.send", "kl1.domainkey.12.klaviyodns.com"),
        ]);
        let lines = super::super::tests::found_with_sets(&held, &Scope::default(), &DnsEvidence::default());
        assert!(!lines.iter().any(|line| line.starts_with("incomplete-set")), "{lines:?}");
    }

    #[test]
    fn what_is_in_the_way_goes_only_when_it_is_named() {
        let held = inventory(vec![record("k._domainkey.example.com", "TXT", "v=DKIM1; p=x")]);
        let mut scope = proposing(&[(TARGET, snapshot())]);
        assert_eq!(found(&held, &scope, &DnsEvidence::default()), ["in-the-way k._domainkey.example.com -"]);
        scope.replace = [name("k._domainkey.example.com")].into();
        assert_eq!(
            found(&held, &scope, &DnsEvidence::default()),
            ["in-the-way k._domainkey.example.com replace"]
        );
    }
}
