//! Proves in public DNS what was changed, and explains what cannot be seen. Effects: network, clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::context::Context;
use super::look::Looked;
use crate::model::apply::Outcome;
use crate::model::catalogue::Publishes;
use crate::model::confirm::{self, Confirmation, Verdict, Wanted};
use crate::model::diagnosis::{self, Code, Finding, Shown};
use crate::model::dns::{DomainName, RecordType};
use crate::model::failure::Failure;
use crate::model::journal::OutcomeKind;
use crate::model::plan::Change;
use crate::report::ZoneReport;
use crate::run::poll::{self, poll};

/// How long the zone's own servers are waited for before settings are read that could explain why they
/// do not show a change. Cloudflare publishes within seconds.
const PUBLICATION: Duration = Duration::from_secs(10);

/// Confirms what was changed and what was expected; all mail records where nothing was changed.
pub(super) async fn prove(context: &Context, looked: &mut [Looked], wait: Duration) {
    prove_only(context, looked, wait).await;
    for looked in looked {
        conclude(&mut looked.report);
    }
}

/// The same without drawing conclusions.
pub(super) async fn prove_only(context: &Context, looked: &mut [Looked], wait: Duration) {
    let began = Instant::now();
    let served = wanted(context, looked, true);
    let unserved = wanted(context, looked, false);
    let names: BTreeSet<DomainName> = looked.iter().flat_map(names_sent).collect();
    let sent = |wanted: &Wanted| names.contains(&wanted.name);
    let (changed, kept): (Vec<Wanted>, Vec<Wanted>) =
        served.iter().chain(&unserved).cloned().partition(|wanted| sent(wanted));
    // The zone's own servers first: what they do not show is worth an explanation, not a wait; and what
    // nobody changed will not become right at the source by waiting.
    let mut first = poll(tools(context, false).await, &changed, wait.min(PUBLICATION)).await;
    first.extend(poll(tools(context, false).await, &kept, Duration::ZERO).await);
    explain_absence(context, looked, &first).await;
    let seen: BTreeMap<&DomainName, &Confirmation> = first.iter().map(|one| (&one.name, one)).collect();
    let unflattened = looked.iter().filter(|looked| !is_flattened(looked));
    let hopeful: BTreeSet<DomainName> = unflattened.flat_map(names_sent).collect();
    let may_come = |wanted: &Wanted| {
        let is_published = seen.get(&wanted.name).is_some_and(|one| one.is_right_at_source());
        is_published || hopeful.contains(&wanted.name)
    };
    let (hopeful, settled): (Vec<Wanted>, Vec<Wanted>) = served.into_iter().partition(may_come);
    let left = wait.saturating_sub(began.elapsed());
    let mut all = poll(tools(context, true).await, &hopeful, left).await;
    let as_seen = |wanted: &Wanted| seen.get(&wanted.name).map(|one| (*one).clone());
    all.extend(settled.iter().chain(&unserved).filter_map(as_seen));
    for looked in looked {
        let mine = names_wanted(looked);
        looked.report.confirmations = all.iter().filter(|one| mine.contains(&one.name)).cloned().collect();
    }
}

/// Looks once at the mail records of a zone that are not confirmed yet: for a snapshot, not for the report.
pub(super) async fn confirm_rest(context: &Context, looked: &Looked) -> Vec<Confirmation> {
    let report = &looked.report;
    let changed = report.changes().iter().map(|change| &change.name);
    let known: BTreeSet<&DomainName> =
        changed.chain(report.confirmations.iter().map(|one| &one.name)).collect();
    let records = report.diagnosis.records.iter().filter(|record| record.may_be_mended());
    let rest = records.filter(|record| !known.contains(&record.name) && is_served(looked));
    let wanted: Vec<Wanted> = rest
        .map(|record| wanted_one(context, looked, (record.name.clone(), Some(record.target.clone()))))
        .collect();
    poll(tools(context, true).await, &wanted, Duration::ZERO).await
}

/// The changes that were sent, whatever their outcome.
fn sent(looked: &Looked) -> impl Iterator<Item = &Change> {
    let is_sent = |outcome: Option<&Outcome>| {
        matches!(outcome.map(Outcome::kind), Some(OutcomeKind::Applied | OutcomeKind::Unknown))
    };
    let changes = looked.report.changes().iter().enumerate();
    changes.filter(move |(place, _)| is_sent(looked.report.outcome(*place))).map(|(_, change)| change)
}

/// The names that changes which were sent concern.
fn names_sent(looked: &Looked) -> impl Iterator<Item = DomainName> {
    sent(looked).filter_map(wanted_after).map(|(name, _)| name)
}

fn names_wanted(looked: &Looked) -> BTreeSet<DomainName> {
    let expected = looked.scope.expected.iter().map(|one| one.name.clone());
    let held = looked.report.diagnosis.records.iter().map(|record| record.name.clone());
    names_sent(looked).chain(expected).chain(held).collect()
}

async fn tools(context: &Context, with_public: bool) -> poll::Tools<'_> {
    let resolvers = context.public.resolvers().await;
    poll::Tools {
        asker: &context.public.asker,
        resolvers: if with_public { resolvers } else { &[] },
        stop: &context.public.stop,
        progress: &*context.public.progress,
    }
}

/// What to confirm in the zones that the world asks about, or in those that it does not.
fn wanted(context: &Context, looked: &[Looked], served: bool) -> Vec<Wanted> {
    let zones = looked.iter().filter(|looked| looked.report.error.is_none() && is_served(looked) == served);
    zones.flat_map(|looked| wanted_in(context, looked)).collect()
}

fn is_served(looked: &Looked) -> bool {
    !looked.report.diagnosis.findings.iter().any(|finding| finding.code() == Code::ZoneNotServing)
}

fn wanted_in(context: &Context, looked: &Looked) -> Vec<Wanted> {
    let report = &looked.report;
    let is_visible = |target: &Option<DomainName>| {
        // A target in the same zone is always flattened, so there is nothing to be seen.
        let zone = report.zone.as_ref().map(|zone| &zone.name);
        !target.as_ref().zip(zone).is_some_and(|(target, zone)| target.is_within(zone))
    };
    let mut wanted: BTreeMap<DomainName, Option<DomainName>> =
        sent(looked).filter_map(wanted_after).filter(|(_, target)| is_visible(target)).collect();
    for one in &looked.scope.expected {
        wanted.entry(one.name.clone()).or_insert_with(|| Some(one.target.clone()));
    }
    if wanted.is_empty() && report.changes().is_empty() && is_served(looked) {
        let mail = report.diagnosis.records.iter().filter(|record| record.may_be_mended());
        wanted.extend(mail.map(|record| (record.name.clone(), Some(record.target.clone()))));
    }
    wanted.into_iter().map(|one| wanted_one(context, looked, one)).collect()
}

/// A name and where it ought to be seen to point; without a target no alias at all ought to be seen.
fn wanted_one(
    context: &Context,
    looked: &Looked,
    (name, target): (DomainName, Option<DomainName>),
) -> Wanted {
    let found = target.as_ref().and_then(|target| looked.scope.contents.get(target));
    Wanted {
        is_gone: target.is_none(),
        publishes: match (&target, found) {
            (Some(_), Some(Shown::Mail(found))) => Publishes::by_role(found.role),
            (Some(target), _) if context.cannot_know(target) => Vec::new(),
            (Some(target), _) => diagnosis::published_behind(&name, Some(target), &context.public.catalogue),
            (None, _) => Vec::new(),
        },
        authoritative: looked.authoritative.clone(),
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

/// A record that is DNS only by the API and cannot be seen at the source: is the whole zone flattened?
async fn explain_absence(context: &Context, looked: &mut [Looked], first: &[Confirmation]) {
    for looked in looked.iter_mut() {
        let made = looked.report.made();
        let is_absent = |one: &Confirmation| one.verdict == Verdict::Absent && made.holds(&one.name);
        let absent: Vec<&Confirmation> = first.iter().filter(|one| is_absent(one)).collect();
        let Some(zone) = looked.report.zone.as_ref().filter(|_| !absent.is_empty()) else { continue };
        let asked = tokio::select! {
            asked = context.api.zone_settings(&zone.id) => asked,
            () = context.public.stop.requested() => return,
        };
        match asked {
            Ok(settings) if settings.flatten_all_cnames == Some(true) => {
                let mail = looked.report.diagnosis.records.iter().filter(|record| record.may_be_mended());
                let finding = diagnosis::zone_flattened(&zone.name, mail.count());
                looked.report.diagnosis.findings.push(finding);
            }
            Ok(_) => {}
            Err(error) => looked.report.notes.push(Failure::of(&error).message),
        }
    }
}

fn is_flattened(looked: &Looked) -> bool {
    looked.report.diagnosis.findings.iter().any(|finding| finding.code() == Code::ZoneFlattened)
}

/// Adds a finding for each name that is not confirmed and not explained by another finding already.
fn conclude(report: &mut ZoneReport) {
    let made = report.made();
    let left = report.diagnosis.findings.iter().filter(|old| !made.mends(old));
    let is_of_all = |old: &&Finding| matches!(old.code(), Code::ZoneFlattened | Code::ZoneNotServing);
    let explains_all = left.clone().any(|old| is_of_all(&old));
    let explained: BTreeSet<&DomainName> = left.map(|old| &old.name).collect();
    let is_explained = |new: &Finding| explains_all || explained.contains(&new.name);
    let new: Vec<Finding> =
        confirm::unconfirmed(&report.confirmations).into_iter().filter(|new| !is_explained(new)).collect();
    report.diagnosis.findings.extend(new);
    let heard = report.confirmations.iter().filter(|one| !one.is_unheard());
    let heard: BTreeSet<&DomainName> = heard.map(|one| &one.name).collect();
    let still = report.unheard.iter().filter(|name| !heard.contains(name)).cloned();
    let new = report.confirmations.iter().filter(|one| one.is_unheard()).map(|one| one.name.clone());
    report.unheard = still.chain(new).collect();
}
