//! What public DNS ought to show after a run, and what follows from what it shows. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::catalog::{Catalog, Publishes};
use crate::model::confirm::request::NameAndTarget;
use crate::model::confirm::{self, Confirmation, Verdict, Wanted};
use crate::model::diagnosis::{self, Code, Finding, Shown, ZoneProblem};
use crate::model::dns::{DomainName, RecordType};
use crate::model::plan::Change;
use crate::model::zone_run::{Verification, ZoneRun};

/// What is known about targets.
pub(crate) struct Targets<'a> {
    pub(crate) catalog: &'a Catalog,
    /// Whether a rehearsal has no idea what stands behind one.
    pub(crate) cannot_know: &'a dyn Fn(&DomainName) -> bool,
}

/// What to confirm in one zone: what was changed and what was expected; all mail records where neither is.
pub(crate) fn wanted(run: &ZoneRun, targets: &Targets<'_>) -> Vec<Wanted> {
    let zone = &run.survey.zone.name;
    // A target in the same zone is always flattened, so there is nothing to be seen.
    let is_visible = |target: &Option<DomainName>| !target.as_ref().is_some_and(|to| to.is_within(zone));
    let mut wanted: BTreeMap<DomainName, Option<DomainName>> =
        run.sent().filter_map(wanted_after).filter(|(_, target)| is_visible(target)).collect();
    for one in run.survey.scope.expected.values() {
        wanted.entry(one.name.clone()).or_insert_with(|| Some(one.target.clone()));
    }
    if wanted.is_empty() && run.changes().is_empty() && run.is_served() {
        wanted.extend(mail_records(run));
    }
    wanted.into_iter().map(|one| wanted_one(run, targets, one)).collect()
}

/// The mail records that a run has not confirmed.
pub(crate) fn wanted_besides(run: &ZoneRun, targets: &Targets<'_>) -> Vec<Wanted> {
    if !run.is_served() {
        return Vec::new();
    }
    let changed = run.changes().iter().map(|change| &change.name);
    let confirmed = run.verification.confirmations.iter().map(|one| &one.name);
    let known: BTreeSet<&DomainName> = changed.chain(confirmed).collect();
    let rest = mail_records(run).filter(|(name, _)| !known.contains(name));
    rest.map(|one| wanted_one(run, targets, one)).collect()
}

fn mail_records(run: &ZoneRun) -> impl Iterator<Item = NameAndTarget> {
    let mail = run.survey.diagnosis.records.iter().filter(|record| record.may_be_fixed());
    // What is wrong there is known, and need not be seen again.
    let is_ignored = |name: &DomainName| run.survey.ignored.iter().any(|one| one.finding.name == *name);
    let mail = mail.filter(move |record| !is_ignored(&record.name));
    mail.map(|record| (record.name.clone(), Some(record.target.clone())))
}

/// The names that changes which were sent concern.
pub fn names_sent(run: &ZoneRun) -> impl Iterator<Item = DomainName> {
    run.sent().filter_map(wanted_after).map(|(name, _)| name)
}

/// The names of one zone that may be confirmed.
pub fn names(run: &ZoneRun) -> BTreeSet<DomainName> {
    let expected = run.survey.scope.expected.values().map(|one| one.name.clone());
    let held = run.survey.diagnosis.records.iter().map(|record| record.name.clone());
    names_sent(run).chain(expected).chain(held).collect()
}

/// A name and where it ought to be seen to point; without a target no alias at all ought to be seen.
fn wanted_one(run: &ZoneRun, targets: &Targets<'_>, (name, target): NameAndTarget) -> Wanted {
    let found = target.as_ref().and_then(|target| run.survey.scope.contents.get(target));
    Wanted {
        is_gone: target.is_none(),
        publishes: match (&target, found) {
            (Some(_), Some(Shown::Mail(found))) => Publishes::by_role(found.role),
            (Some(target), _) if (targets.cannot_know)(target) => Vec::new(),
            (Some(target), _) => diagnosis::published_behind(&name, Some(target), targets.catalog),
            (None, _) => Vec::new(),
        },
        authoritative: run.survey.servers.clone(),
        name,
        target,
    }
}

/// What public DNS ought to show after a change: where which alias points, or that there is none. A delete
/// that makes room is not looked at, and neither is what is no alias.
fn wanted_after(change: &Change) -> Option<NameAndTarget> {
    match (&change.before, &change.after) {
        (_, Some(after)) if after.kind == RecordType::Cname => {
            Some((after.name.clone(), after.visible_target()))
        }
        (Some(before), None) if before.kind == RecordType::Cname => Some((before.name.clone(), None)),
        _ => None,
    }
}

/// Whether a record that was made DNS only cannot be seen at the source, so that the zone's settings could tell why.
pub fn is_absence_puzzling(run: &ZoneRun, seen: &[Confirmation]) -> bool {
    let made = run.made();
    seen.iter().any(|one| one.verdict == Verdict::Absent && made.holds(&one.name))
}

/// What is said of a zone whose aliases are all flattened.
pub fn flattened(run: &ZoneRun) -> Finding {
    Finding::new(ZoneProblem::Flattened(mail_records(run).count()), &run.survey.zone.name)
}

/// Whether waiting can make a name right: it was changed, and nothing is known that keeps it from being seen.
pub fn may_appear(run: &ZoneRun, found: &[Finding]) -> bool {
    !run.findings().chain(found).any(|finding| finding.code() == Code::ZoneFlattened)
}

/// Adds a finding for each name that is not confirmed and not explained by another finding already.
#[must_use]
pub fn concluded(run: &ZoneRun, mut seen: Verification) -> Verification {
    let made = run.made();
    let left = run.findings().chain(&seen.findings).filter(|old| !made.fixes(old));
    let explains_all =
        left.clone().any(|old| matches!(old.code(), Code::ZoneFlattened | Code::ZoneNotServing));
    let explained: BTreeSet<&DomainName> = left.map(|old| &old.name).collect();
    let mut new = confirm::unconfirmed(&seen.confirmations);
    new.retain(|new| !explains_all && !explained.contains(&new.name));
    let heard: BTreeSet<&DomainName> =
        seen.confirmations.iter().filter(|one| !one.is_unheard()).map(|one| &one.name).collect();
    let still = run.unheard().iter().filter(|name| !heard.contains(name));
    let unheard = seen.confirmations.iter().filter(|one| one.is_unheard()).map(|one| &one.name);
    seen.unheard = Some(still.chain(unheard).cloned().collect());
    seen.findings.extend(new);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::apply::{Applied, Outcome};
    use crate::model::confirm::{Agreement, Behind, Word};
    use crate::model::diagnosis::{DnsEvidence, Scope, diagnose};
    use crate::model::inventory::HeldRecord;
    use crate::model::lookup::{Endpoint, Kind, Observation, Server};
    use crate::model::plan;
    use crate::model::survey::ZoneSurvey;
    use crate::testing::{catalog, cname, inventory, name, proxied};

    /// Of nobody known, so that nothing else belongs to it.
    const S1: &str = "s1.keys.vendor.example";

    fn run_of(records: Vec<HeldRecord>, outcome: Option<Outcome>) -> ZoneRun {
        let held = inventory(records);
        let diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
        let plan = plan::plan(&held, &diagnosis);
        let outcomes = outcome.map(|outcome| vec![outcome; plan.changes.len()]);
        let applied = outcomes.map(|outcomes| Applied { outcomes, ..Applied::default() });
        let survey = ZoneSurvey { diagnosis, ..ZoneSurvey::of_plan(plan) };
        ZoneRun { applied, ..ZoneRun::from(survey) }
    }

    fn names_wanted(run: &ZoneRun) -> Vec<String> {
        let catalog = catalog();
        let targets = Targets { catalog: &catalog, cannot_know: &|_| false };
        wanted(run, &targets).into_iter().map(|one| one.name.to_string()).collect()
    }

    fn seen(at: &str, verdict: Verdict) -> Confirmation {
        let (name, expected) = (name(at), Some(name(S1)));
        let server =
            Server { endpoint: Endpoint::Udp(([192, 0, 2, 1], 53).into()), kind: Kind::Resolver, name: None };
        let word = Word {
            server,
            observation: Some(Observation::NoData { negative_ttl: None }),
            behind: Behind::NotAsked,
            standing: Agreement::Different,
            expires_in: None,
        };
        let (servers, notes) = (vec![word], Vec::new());
        Confirmation { name, expected, is_gone: false, verdict, servers, notes, at: jiff::Zoned::default() }
    }

    #[test]
    fn what_was_sent_is_confirmed_and_all_mail_records_where_nothing_had_to_be_changed() {
        let records = || vec![proxied("s1._domainkey", S1), cname("s2._domainkey", "s2.keys.vendor.example")];
        let of = |outcome| names_wanted(&run_of(records(), outcome));
        assert_eq!(of(Some(Outcome::Applied)), ["s1._domainkey.example.com"]);
        assert_eq!(
            of(Some(Outcome::Unknown("lost".into()))),
            ["s1._domainkey.example.com"],
            "it may be made"
        );
        assert!(of(Some(Outcome::Refused("no".into()))).is_empty(), "nothing was sent");
        assert!(of(None).is_empty(), "a plan that nobody carried out changes nothing");
        let healthy = run_of(vec![cname("s1._domainkey", S1)], None);
        assert_eq!(names_wanted(&healthy), ["s1._domainkey.example.com"]);
    }

    #[test]
    fn nothing_is_looked_for_behind_what_a_rehearsal_cannot_know() {
        let catalog = catalog();
        let run = run_of(vec![cname("s1._domainkey", S1)], None);
        let publishes = |knows: bool| {
            let cannot_know = move |_: &DomainName| !knows;
            let targets = Targets { catalog: &catalog, cannot_know: &cannot_know };
            wanted(&run, &targets).into_iter().flat_map(|one| one.publishes).collect::<Vec<_>>()
        };
        assert_eq!(publishes(true), [Publishes::DkimKey]);
        assert!(publishes(false).is_empty());
    }

    #[test]
    fn a_name_that_another_finding_explains_is_said_once() {
        let run = run_of(vec![proxied("s1._domainkey", S1)], None);
        let open = |one: &str| {
            let confirmations = vec![seen(one, Verdict::Absent)];
            let concluded = concluded(&run, Verification { confirmations, ..Verification::default() });
            concluded.findings.iter().map(Finding::code).collect::<Vec<_>>()
        };
        assert!(open("s1._domainkey.example.com").is_empty(), "it is proxied, which explains it");
        assert_eq!(open("em1.example.com"), [Code::Unconfirmed]);
        let made = run_of(vec![proxied("s1._domainkey", S1)], Some(Outcome::Applied));
        let confirmations = vec![seen("s1._domainkey.example.com", Verdict::Absent)];
        let concluded = concluded(&made, Verification { confirmations, ..Verification::default() });
        assert_eq!(concluded.findings.len(), 1, "what was repaired explains nothing any more");
    }

    #[test]
    fn an_absence_is_puzzling_only_where_the_change_is_made() {
        let of = |outcome| {
            let run = run_of(vec![proxied("s1._domainkey", S1)], Some(outcome));
            is_absence_puzzling(&run, &[seen("s1._domainkey.example.com", Verdict::Absent)])
        };
        assert!(of(Outcome::Applied));
        assert!(!of(Outcome::Unknown("lost".into())));
    }

    #[test]
    fn a_name_that_was_heard_now_is_unheard_no_more() {
        let mut run = run_of(vec![cname("s1._domainkey", S1)], None);
        run.survey.unheard = vec![name("s1._domainkey.example.com"), name("em1.example.com")];
        let confirmations = vec![seen("s1._domainkey.example.com", Verdict::Confirmed)];
        let concluded = concluded(&run, Verification { confirmations, ..Verification::default() });
        assert_eq!(concluded.unheard, Some(vec![name("em1.example.com")]));
    }

    #[test]
    fn healthy_is_what_is_seen_and_not_wrong() {
        let run = run_of(
            vec![cname("s1._domainkey", S1), proxied("s2._domainkey", "s2.keys.vendor.example")],
            None,
        );
        let seen = |at: &str| vec![seen(at, Verdict::Confirmed)];
        let healthy = |at: &str| run.healthy(&seen(at), &catalog(), "now").len();
        assert_eq!(healthy("s1._domainkey.example.com"), 1);
        assert_eq!(healthy("s2._domainkey.example.com"), 0, "it is proxied");
    }

    #[test]
    fn a_flattened_zone_is_not_waited_for() {
        let run = run_of(vec![proxied("s1._domainkey", S1)], Some(Outcome::Applied));
        assert!(may_appear(&run, &[]));
        assert!(!may_appear(&run, &[flattened(&run)]));
    }
}
