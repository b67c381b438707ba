//! What public DNS ought to show after a run, and what follows from what it shows. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::catalogue::{Catalogue, Publishes};
use crate::model::confirm::{self, Confirmation, Verdict, Wanted};
use crate::model::diagnosis::{self, Code, Finding, Shown};
use crate::model::dns::{DomainName, RecordType};
use crate::model::plan::Change;
use crate::model::zone_run::{Verification, ZoneRun};

/// What is known about targets.
pub struct Targets<'a> {
    /// Which provider's they are.
    pub catalogue: &'a Catalogue,
    /// Whether a rehearsal has no idea what stands behind one.
    pub cannot_know: &'a dyn Fn(&DomainName) -> bool,
}

impl std::fmt::Debug for Targets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Targets").finish_non_exhaustive()
    }
}

/// What to confirm in one zone: what was changed and what was expected; all mail records where neither is.
pub fn wanted(run: &ZoneRun, targets: &Targets<'_>) -> Vec<Wanted> {
    let zone = &run.survey.zone.name;
    // A target in the same zone is always flattened, so there is nothing to be seen.
    let is_visible = |target: &Option<DomainName>| !target.as_ref().is_some_and(|to| to.is_within(zone));
    let mut wanted: BTreeMap<DomainName, Option<DomainName>> =
        run.sent().filter_map(wanted_after).filter(|(_, target)| is_visible(target)).collect();
    for one in &run.survey.scope.expected {
        wanted.entry(one.name.clone()).or_insert_with(|| Some(one.target.clone()));
    }
    if wanted.is_empty() && run.changes().is_empty() && run.is_served() {
        wanted.extend(mail_records(run));
    }
    wanted.into_iter().map(|one| wanted_one(run, targets, one)).collect()
}

/// The mail records that a run has not confirmed.
pub fn wanted_besides(run: &ZoneRun, targets: &Targets<'_>) -> Vec<Wanted> {
    if !run.is_served() {
        return Vec::new();
    }
    let changed = run.changes().iter().map(|change| &change.name);
    let confirmed = run.verification.confirmations.iter().map(|one| &one.name);
    let known: BTreeSet<&DomainName> = changed.chain(confirmed).collect();
    let rest = mail_records(run).filter(|(name, _)| !known.contains(name));
    rest.map(|one| wanted_one(run, targets, one)).collect()
}

fn mail_records(run: &ZoneRun) -> impl Iterator<Item = (DomainName, Option<DomainName>)> {
    let mail = run.survey.diagnosis.records.iter().filter(|record| record.may_be_mended());
    mail.map(|record| (record.name.clone(), Some(record.target.clone())))
}

/// The names that changes which were sent concern.
pub fn names_sent(run: &ZoneRun) -> impl Iterator<Item = DomainName> {
    run.sent().filter_map(wanted_after).map(|(name, _)| name)
}

/// The names of one zone that may be confirmed.
pub fn names(run: &ZoneRun) -> BTreeSet<DomainName> {
    let expected = run.survey.scope.expected.iter().map(|one| one.name.clone());
    let held = run.survey.diagnosis.records.iter().map(|record| record.name.clone());
    names_sent(run).chain(expected).chain(held).collect()
}

/// A name and where it ought to be seen to point; without a target no alias at all ought to be seen.
fn wanted_one(
    run: &ZoneRun,
    targets: &Targets<'_>,
    (name, target): (DomainName, Option<DomainName>),
) -> Wanted {
    let found = target.as_ref().and_then(|target| run.survey.scope.contents.get(target));
    Wanted {
        is_gone: target.is_none(),
        publishes: match (&target, found) {
            (Some(_), Some(Shown::Mail(found))) => Publishes::by_role(found.role),
            (Some(target), _) if (targets.cannot_know)(target) => Vec::new(),
            (Some(target), _) => diagnosis::published_behind(&name, Some(target), targets.catalogue),
            (None, _) => Vec::new(),
        },
        authoritative: run.survey.servers.clone(),
        name,
        target,
    }
}

/// What public DNS ought to show after a change: where which alias points, or that there is none. A delete
/// that makes room is not looked at, and neither is what is no alias.
fn wanted_after(change: &Change) -> Option<(DomainName, Option<DomainName>)> {
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
    diagnosis::zone_flattened(&run.survey.zone.name, mail_records(run).count())
}

/// Whether waiting can make a name right: it was changed, and nothing is known that keeps it from being seen.
pub fn may_appear(run: &ZoneRun, found: &[Finding]) -> bool {
    !run.findings().chain(found).any(|finding| finding.code == Code::ZoneFlattened)
}

/// Adds a finding for each name that is not confirmed and not explained by another finding already.
#[must_use]
pub fn concluded(run: &ZoneRun, mut seen: Verification) -> Verification {
    let made = run.made();
    let left = run.findings().chain(&seen.findings).filter(|old| !made.mends(old));
    let explains_all = left.clone().any(|old| matches!(old.code, Code::ZoneFlattened | Code::ZoneNotServing));
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
