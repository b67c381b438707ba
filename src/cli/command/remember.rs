//! Keeps snapshots up to date. Effects: network, files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::change::lock;
use super::context::Context;
use super::look::Looked;
use super::prove::confirm_rest;
use crate::io::store;
use crate::io::store::snapshot::StoreError;
use crate::model::apply::Outcome;
use crate::model::confirm::{Confirmation, Verdict};
use crate::model::diagnosis::{self, MailRecord, Severity};
use crate::model::dns::{DomainName, RecordType};
use crate::model::failure::{Exit, Failure};
use crate::model::ids::ZoneId;
use crate::model::plan::Change;
use crate::model::snapshot::{self, BadSnapshot, Remembered, Snapshot};
use crate::report::{ZoneReport, exit_of_zone};

/// The last snapshot of a zone. A rehearsal's belongs to another sandbox each time, and counts as none.
pub(super) fn last_snapshot(context: &Context, zone: &ZoneId) -> Result<Option<Snapshot>, StoreError> {
    match store::snapshot::load(&context.state_dir, context.api.base(), zone) {
        Err(StoreError::Bad { source: BadSnapshot::Other(_), .. }) if context.is_rehearsal() => Ok(None),
        loaded => loaded,
    }
}

/// After a fix: every zone that is in order now is remembered as it is. A snapshot that cannot be written is
/// a note: what was changed is changed.
pub(super) async fn refresh(context: &Context, looked: &mut [Looked]) {
    for looked in looked.iter_mut().filter(|looked| exit_of_zone(&looked.report) == Exit::Done) {
        if let Err(failure) = remember(context, looked, &[]).await {
            looked.report.notes.push(format!("{}; {}", failure.message, failure.hints.join("; ")));
        }
    }
}

/// What is remembered in the end.
pub(super) struct Kept {
    /// How many records are healthy now.
    pub(super) healthy: usize,
    /// The others, as they were when they last were.
    pub(super) old: Vec<Remembered>,
    pub(super) forgotten: Vec<DomainName>,
    pub(super) path: PathBuf,
}

/// Adds what is healthy in one zone to its snapshot, and forgets what is to be forgotten. No other run has a
/// hand in the zone meanwhile.
pub(super) async fn remember(
    context: &Context,
    looked: &Looked,
    forget: &[DomainName],
) -> Result<Kept, Failure> {
    let mut kept = Kept { healthy: 0, old: Vec::new(), forgotten: Vec::new(), path: PathBuf::new() };
    let Some(zone) = &looked.report.zone else { return Ok(kept) };
    let confirmations = [looked.report.confirmations.clone(), confirm_rest(context, looked).await].concat();
    let _lock = lock(context, zone).await.map_err(|error| Failure::of(&error))?;
    let old = last_snapshot(context, &zone.id).map_err(|error| Failure::of(&error))?;
    let is_first = old.is_none();
    let taken = context.started.to_string();
    let new = Snapshot {
        cf_domauth_snapshot: snapshot::VERSION,
        api: context.api.base().to_owned(),
        zone_id: zone.id.to_string(),
        zone: zone.name.to_string(),
        records: healthy(context, &looked.report, &confirmations, &taken),
        taken,
    };
    let fresh: BTreeSet<String> = new.records.iter().map(|record| record.name.clone()).collect();
    let mut grown = snapshot::grown(old, new);
    kept.forgotten = forget.iter().filter(|name| grown.forget(name)).cloned().collect();
    if !(is_first && grown.records.is_empty()) {
        store::snapshot::keep(&context.state_dir, &zone.id, &grown).map_err(|error| Failure::of(&error))?;
    }
    kept.path = store::snapshot::path(&context.state_dir, &zone.id);
    (kept.healthy, kept.old) = (fresh.len(), grown.records);
    kept.old.retain(|record| !fresh.contains(&record.name));
    Ok(kept)
}

/// Healthy is what public DNS shows everywhere, down to the key behind it.
fn healthy(
    context: &Context,
    report: &ZoneReport,
    confirmations: &[Confirmation],
    now: &str,
) -> Vec<Remembered> {
    let confirmed = confirmations.iter().filter(|one| one.verdict == Verdict::Confirmed);
    let seen: BTreeSet<(DomainName, DomainName)> =
        confirmed.filter_map(|one| Some((one.name.clone(), one.expected.clone()?))).collect();
    // What is wrong with the zone as a whole is wrong with each of its records.
    let (findings, made) = (report.diagnosis.findings.iter(), report.made());
    let left = findings.filter(|one| one.severity() != Severity::Info && !made.mends(one));
    let wrong: BTreeSet<&DomainName> = left.map(|finding| &finding.name).collect();
    let is_all_wrong = report.zone.as_ref().is_some_and(|zone| wrong.contains(&zone.name));
    let is_wrong = |name: &DomainName| is_all_wrong || wrong.contains(name);
    snapshot::healthy(&records_by_now(context, report), is_wrong, &seen, now)
}

/// The mail records as they are once the changes are made.
fn records_by_now(context: &Context, report: &ZoneReport) -> Vec<MailRecord> {
    let changed = report.changes().iter().enumerate();
    let made = changed.filter(|(place, _)| report.outcome(*place) == Some(&Outcome::Applied));
    let new: Vec<MailRecord> = made.filter_map(|(_, change)| after(context, change)).collect();
    let is_old = |record: &&MailRecord| {
        let mut changed = report.changes().iter().map(|change| &change.name);
        !changed.any(|name| *name == record.name)
    };
    let kept = report.diagnosis.records.iter().filter(is_old).cloned();
    kept.chain(new).collect()
}

fn after(context: &Context, change: &Change) -> Option<MailRecord> {
    let after = change.after.as_ref().filter(|after| after.kind == RecordType::Cname)?;
    let target = DomainName::parse(&after.content).ok()?;
    // It was named, proposed or recognised before it was changed.
    let recognition = diagnosis::recognise(&after.name, &target, true, &context.public.catalogue)?;
    Some(MailRecord { name: after.name.clone(), target, proxy: after.proxy, ttl: after.ttl, recognition })
}
