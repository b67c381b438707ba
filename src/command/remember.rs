//! Keeps snapshots up to date. Effects: files, clock.

use std::collections::BTreeSet;

use super::context::Context;
use super::look::Looked;
use crate::apply::Outcome;
use crate::confirm::Verdict;
use crate::diagnosis::{self, MailRecord, Severity};
use crate::dns::{DomainName, RecordType};
use crate::failure::{Exit, Failure};
use crate::plan::Change;
use crate::report::{ZoneReport, exit_of_zone};
use crate::snapshot::store::{self, StoreError};
use crate::snapshot::{self, Remembered, Snapshot};

/// After a fix: every zone that is in order now is remembered as it is. A snapshot that cannot be written is
/// a note: what was changed is changed.
pub(super) fn refresh(context: &Context, looked: &mut [Looked]) {
    for looked in looked.iter_mut().filter(|looked| exit_of_zone(&looked.report) == Exit::Done) {
        if let Err(error) = remember(context, looked, &[]) {
            let Failure { message, hints, .. } = Failure::of(&error);
            looked.report.notes.push(format!("{message}; {}", hints.join("; ")));
        }
    }
}

/// Adds what is healthy in one zone to its snapshot, and forgets what is to be forgotten; returns what is
/// remembered in the end, and the names that were forgotten.
pub(super) fn remember(
    context: &Context,
    looked: &Looked,
    forget: &[DomainName],
) -> Result<(Vec<Remembered>, Vec<DomainName>), StoreError> {
    let Some(zone) = &looked.report.zone else { return Ok((Vec::new(), Vec::new())) };
    let old = store::load(&context.state_dir, context.api.base(), &zone.id)?;
    let is_first = old.is_none();
    let taken = context.started.to_string();
    let new = Snapshot {
        cf_domauth_snapshot: snapshot::VERSION,
        api: context.api.base().to_owned(),
        zone_id: zone.id.to_string(),
        zone: zone.name.to_string(),
        records: healthy(context, looked, &taken),
        taken,
    };
    let mut grown = snapshot::grown(old, new);
    let forgotten: Vec<DomainName> = forget.iter().filter(|name| grown.forget(name)).cloned().collect();
    if !(is_first && grown.records.is_empty()) {
        store::keep(&context.state_dir, &zone.id, &grown)?;
    }
    Ok((grown.records, forgotten))
}

fn healthy(context: &Context, looked: &Looked, now: &str) -> Vec<Remembered> {
    let report = &looked.report;
    let confirmed = report.confirmations.iter().filter(|one| one.verdict == Verdict::Confirmed);
    let mut seen: BTreeSet<(DomainName, DomainName)> =
        confirmed.filter_map(|one| Some((one.name.clone(), one.expected.clone()?))).collect();
    // What was neither changed nor confirmed was at least seen at the source.
    let is_asked = |name: &DomainName| report.confirmations.iter().any(|one| one.name == *name);
    let at_source = looked.published.iter().filter(|(name, _)| !is_asked(name));
    seen.extend(at_source.filter_map(|(name, heard)| Some((name.clone(), heard.alias_at(name)?.0.clone()))));
    // What is wrong with the zone as a whole is wrong with each of its records.
    let apex = report.zone.as_ref().map(|zone| &zone.name);
    let is_wrong = |name: &DomainName| {
        let mut findings = report.diagnosis.findings.iter().filter(|one| one.severity != Severity::Info);
        findings.any(|finding| {
            let is_about = finding.name == *name || Some(&finding.name) == apex;
            is_about && !report.is_mended(finding)
        })
    };
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
