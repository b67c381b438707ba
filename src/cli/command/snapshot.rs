//! `snapshot`: remember the healthy mail records of a zone. Effects: network, files.

use std::time::Duration;

use super::context::Context;
use super::{Stopped, request};
use crate::cli::{arguments, settings};
use crate::model::dns::DomainName;
use crate::model::failure::Exit;
use crate::model::plain;
use crate::model::plan::Consent;
use crate::model::survey::UnreadZone;
use crate::model::target::{LogReading, Request};
use crate::model::zone_run::ZoneRun;
use crate::report::{Command, Report, assemble};
use crate::run::session::Session;
use crate::run::snapshots::Kept;

pub(super) async fn run(context: Context<'_>, arguments: arguments::Snapshot) -> Result<Exit, Stopped> {
    // Taken afresh: neither the last snapshot nor the audit log has a say.
    let zones = request::settled(arguments.zones);
    let read = request::read(&context.settings, &zones)?;
    let same_zones = request::again(&zones);
    let request = Request { log: LogReading::None, without_snapshot: true, ..read };
    let forget = settings::names("--forget", &arguments.forget)?;
    context.terminal.open()?;
    let context = context.within(zones.shared.sandbox()).await?;
    let session = context.session(zones.expect_from.as_deref())?;
    let mut survey = session.survey(&request).await?.ok_or_else(|| context.stopped())?;
    survey.zones.iter_mut().for_each(|zone| zone.plan.changes.clear());
    let zones = session.plan(survey.zones, Consent::Plan);
    // Healthy is what the world sees, down to the key behind it.
    let seen = session.confirm(&zones, Duration::ZERO).await;
    let seen = zones.into_iter().zip(seen);
    let mut zones: Vec<ZoneRun> = seen.map(|(zone, verification)| ZoneRun { verification, ..zone }).collect();
    let ended_by = context.stop.requested_exit();
    if ended_by.is_none() {
        zones = taken(&session, zones, &forget, &mut survey.unread).await;
    }
    let report = Report {
        at: jiff::Timestamp::now(),
        command: Command::Snapshot,
        run: session.run().to_owned(),
        ended_by,
        understood: survey.expectations.understood,
        zones: assemble::zones(&survey.unread, &zones, false),
        again: context.again.clone(),
        same_zones,
        api_calls: session.api().calls(),
        ..Report::default()
    };
    context.terminal.before(&report, false)?;
    context.terminal.after(&report)?;
    Ok(report.exit())
}

/// The zones whose snapshots were taken; the others are added to `unread`.
async fn taken(
    session: &Session,
    zones: Vec<ZoneRun>,
    forget: &[DomainName],
    unread: &mut Vec<UnreadZone>,
) -> Vec<ZoneRun> {
    let mut taken = Vec::new();
    for mut run in zones {
        match session.keep_snapshot(&run, forget).await {
            Ok(kept) => {
                run.notes.extend(words(&kept, forget));
                taken.push(run);
            }
            Err(failure) => {
                let zone = run.survey.zone;
                unread.push(UnreadZone { label: zone.name.to_string(), zone: Some(zone), failure });
            }
        }
    }
    taken
}

fn words(kept: &Kept, forget: &[DomainName]) -> Vec<String> {
    let Kept { healthy, old, forgotten, path } = kept;
    let count = plain::count(*healthy, "healthy record");
    let mut notes = vec![format!("{count} remembered as of now, in {}", path.display())];
    notes.extend(old.iter().map(|record| {
        format!(
            "{} is missing or not healthy now and stays remembered as it was on {}; --forget {} if it is gone for good",
            record.name, record.healthy, record.name
        )
    }));
    notes.extend(forget.iter().map(|name| {
        let how = if forgotten.contains(name) { "is forgotten" } else { "was not remembered in this zone" };
        format!("{name} {how}")
    }));
    notes
}
