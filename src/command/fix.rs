//! `fix`: look, show the plan, ask, change, confirm. Effects: network, files, terminal.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::Stopped;
use super::context::Context;
use super::look::{Looked, look_at_all};
use super::select::{Wish, select};
use crate::apply::Outcome;
use crate::apply::execute::{self, execute};
use crate::cli::{self, Global};
use crate::confirm::poll::{self, poll};
use crate::confirm::{self, Confirmation, Verdict, Wanted};
use crate::diagnosis::{self, Code, Finding};
use crate::dns::DomainName;
use crate::failure::Exit;
use crate::interrupt::Stop;
use crate::journal::Line;
use crate::journal::write::Journal;
use crate::lookup::Observation;
use crate::plain;
use crate::report::{Command, Report, ZoneReport};
use crate::settings::environment::Environment;
use crate::settings::{self, SettingsError};
use crate::ui::Terminal;

/// Zones that are changed at one time.
const ZONES_IN_FLIGHT: usize = 4;
/// How long the zone's own servers are waited for before settings are read that could explain why they
/// do not show a change. Cloudflare publishes within seconds.
const PUBLICATION: Duration = Duration::from_secs(10);

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: cli::Fix,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let wish = Wish::read(&arguments.zones)?;
    let wait = settings::duration("--wait", &arguments.wait)?;
    let context = Context::new(terminal, global, environment, &arguments.zones, stop).await?;
    let looked = async {
        let selection = select(&context, &wish).await?;
        let looked = look_at_all(&context, &wish, &selection.zones).await;
        Ok::<_, Stopped>((selection.failed, looked))
    };
    let (failed, mut looked) = tokio::select! {
        result = looked => result?,
        () = context.public.stop.requested() => return Ok(Exit::Interrupted),
    };
    let changes: usize = looked.iter().map(|zone| zone.report.changes().len()).sum();
    let will_ask = changes > 0 && !arguments.yes && !arguments.dry_run;
    let report = |looked: &[Looked], ended_by| Report {
        command: Command::Fix,
        is_dry_run: arguments.dry_run,
        run: context.run.clone(),
        ended_by,
        zones: failed.iter().chain(looked.iter().map(|looked| &looked.report)).cloned().collect(),
        api_calls: context.api.calls(),
    };
    terminal.before(&report(&looked, None), will_ask && terminal.is_interactive())?;
    if arguments.dry_run {
        let report = report(&looked, None);
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    if will_ask && !terminal.is_interactive() {
        terminal.after(&report(&looked, Some(Exit::Usage)))?;
        return Err(SettingsError::CannotAsk(plain::count(changes, "change")).into());
    }
    if will_ask && !terminal.ask(&format!("Make {}?", plain::count(changes, "change"))) {
        let ended_by = context.public.stop.is_requested().then_some(Exit::Interrupted);
        let report = report(&looked, ended_by);
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    let journal = Journal::new(&context.state_dir, &context.run, &context.started, context.api.base());
    apply(&context, &journal, &mut looked).await;
    confirm(&context, &mut looked, wait).await;
    let ended_by = context.public.stop.is_requested().then_some(Exit::Interrupted);
    let report = report(&looked, ended_by);
    if journal.is_begun() {
        journal.append(&Line::End { exit: report.exit().code() })?;
    }
    terminal.after(&report)?;
    Ok(report.exit())
}

async fn apply(context: &Context, journal: &Journal, looked: &mut [Looked]) {
    let tools = execute::Tools {
        api: &context.api,
        journal,
        stop: &context.public.stop,
        progress: &*context.public.progress,
    };
    let each = looked.iter_mut().filter(|looked| !looked.report.changes().is_empty()).map(|looked| async move {
        if let Some(plan) = &looked.report.plan {
            looked.report.applied = Some(execute(tools, plan).await);
        }
    });
    futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT).collect::<Vec<()>>().await;
}

/// Confirms what was changed and what was expected; all mail records where nothing was changed.
async fn confirm(context: &Context, looked: &mut [Looked], wait: Duration) {
    let began = Instant::now();
    let served = wanted(context, looked, true);
    let unserved = wanted(context, looked, false);
    // The zone's own servers first: what they do not show is worth an explanation, not a wait.
    let at_source: Vec<Wanted> = served.iter().chain(&unserved).cloned().collect();
    let first = poll(tools(context, false), &at_source, wait.min(PUBLICATION)).await;
    explain_absence(context, looked, &first).await;
    let is_explained =
        |name: &DomainName| looked.iter().any(|looked| is_flattened(looked) && is_wanted(looked, name));
    let (hopeless, hopeful): (Vec<Wanted>, Vec<Wanted>) =
        served.into_iter().partition(|wanted| is_explained(&wanted.name));
    let left = wait.saturating_sub(began.elapsed());
    let mut all = poll(tools(context, true), &hopeful, left).await;
    let settled = hopeless.iter().chain(&unserved);
    all.extend(settled.filter_map(|wanted| first.iter().find(|one| one.name == wanted.name).cloned()));
    for looked in looked {
        let mine = all.iter().filter(|one| is_wanted(looked, &one.name));
        looked.report.confirmations = mine.cloned().collect();
        conclude(&mut looked.report);
    }
}

fn is_wanted(looked: &Looked, name: &DomainName) -> bool {
    let is_changed = looked.report.changes().iter().any(|change| change.name == *name);
    is_changed
        || looked.scope.expectation(name).is_some()
        || looked.report.diagnosis.records.iter().any(|record| record.name == *name)
}

fn tools(context: &Context, with_public: bool) -> poll::Tools<'_> {
    poll::Tools {
        asker: &context.public.asker,
        resolvers: if with_public { &context.public.resolvers } else { &[] },
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
    !looked.report.diagnosis.findings.iter().any(|finding| finding.code == Code::ZoneNotServing)
}

fn wanted_in(context: &Context, looked: &Looked) -> Vec<Wanted> {
    let report = &looked.report;
    let sent = |place: usize| matches!(report.outcome(place), Some(Outcome::Applied | Outcome::Unknown(_)));
    let changed = report.changes().iter().enumerate().filter(|(place, _)| sent(*place));
    let mut targets: Vec<_> = changed.map(|(_, change)| (&change.name, &change.after.target)).collect();
    targets.extend(looked.scope.expected.iter().map(|one| (&one.name, &one.target)));
    if targets.is_empty() && report.changes().is_empty() && is_served(looked) {
        let mail = report.diagnosis.records.iter().filter(|record| record.may_be_mended());
        targets.extend(mail.map(|record| (&record.name, &record.target)));
    }
    targets.sort();
    targets.dedup();
    let one = |(name, target): (&DomainName, &DomainName)| Wanted {
        name: name.clone(),
        target: Some(target.clone()),
        publishes: diagnosis::published_behind(name, Some(target), &context.public.catalogue),
        authoritative: looked.authoritative.clone(),
    };
    targets.into_iter().map(one).collect()
}

/// A record that is DNS only by the API and cannot be seen at the source: is the whole zone flattened?
async fn explain_absence(context: &Context, looked: &mut [Looked], first: &[Confirmation]) {
    for looked in looked.iter_mut() {
        let is_absent = |one: &Confirmation| one.verdict == Verdict::Absent && looked.report.is_applied(&one.name);
        let absent: Vec<&Confirmation> = first.iter().filter(|one| is_absent(one)).collect();
        let Some(zone) = looked.report.zone.as_ref().filter(|_| !absent.is_empty()) else { continue };
        match context.api.zone_settings(&zone.id).await {
            Ok(settings) if settings.flatten_all_cnames == Some(true) => {
                let finding = diagnosis::zone_flattened(&zone.name, looked.report.diagnosis.records.len());
                looked.report.diagnosis.findings.push(finding);
            }
            Ok(_) => {}
            Err(error) => looked.report.notes.push(crate::failure::Failure::of(&error).message),
        }
    }
}

fn is_flattened(looked: &Looked) -> bool {
    looked.report.diagnosis.findings.iter().any(|finding| finding.code == Code::ZoneFlattened)
}

/// Adds a finding for each name that is not confirmed and not explained by another finding already.
fn conclude(report: &mut ZoneReport) {
    let is_explained = |new: &Finding| {
        let known = report.diagnosis.findings.iter();
        known.filter(|old| !report.is_mended(old)).any(|old| {
            old.name == new.name || matches!(old.code, Code::ZoneFlattened | Code::ZoneNotServing)
        })
    };
    let new: Vec<Finding> =
        confirm::unconfirmed(&report.confirmations).into_iter().filter(|new| !is_explained(new)).collect();
    report.diagnosis.findings.extend(new);
    let words = || report.confirmations.iter().flat_map(|one| &one.servers);
    let heard = words().filter_map(|word| word.observation.as_ref());
    report.is_deaf = report.is_deaf || (words().next().is_some() && heard.clone().all(|o| *o == Observation::Silent));
}
