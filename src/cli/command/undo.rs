//! `undo`: put back what a run changed. Effects: network, files, terminal.

use std::path::Path;

use super::Stopped;
use super::change::{Manner, carry_out};
use super::context::Context;
use super::look::{Gathered, Looked, servers_of};
use super::runs::{self, Ran};
use super::select::Asked;
use crate::cli::arguments::{self, Global};
use crate::cli::settings::environment::Environment;
use crate::cli::settings::{self, SettingsError};
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::io::store::journal::{self, StoreError};
use crate::model::diagnosis::{Diagnosis, Scope};
use crate::model::failure::{Exit, Failure};
use crate::model::inventory::FEW_NAMES;
use crate::model::undo::{self, Later, Past, PastZone};
use crate::report::{Command, ZoneReport};
use crate::run::collect::{self, CollectError};

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Undo,
    stop: Stop,
) -> Result<Exit, Stopped> {
    terminal.open()?;
    if arguments.list {
        return runs::list(terminal, &settings::state_dir(global, &environment)?);
    }
    let wait = settings::duration("--wait", &arguments.wait)?;
    let state_dir = settings::state_dir(global, &environment)?;
    let (past, since) = chosen(&state_dir, arguments.run.as_deref())?;
    let context = Context::new(terminal, global, environment, (None, None), stop).await?;
    let is_same = past.api.trim_end_matches('/') == context.api.base().trim_end_matches('/');
    if !is_same {
        let (was, is) = (crate::model::plain::line(&past.api), context.api.base().to_owned());
        return Err(SettingsError::OtherApi { was, is }.into());
    }
    let mut gathered = Gathered { failed: Vec::new(), looked: Vec::new(), asked: Asked::default() };
    for zone in &past.zones {
        let looked = tokio::select! {
            looked = look(&context, (&past, zone), &since) => looked,
            () = context.public.stop.requested() => return Err(Stopped::asked(&context.public.stop)),
        };
        match looked {
            Ok(looked) => gathered.looked.push(looked),
            Err(error) => {
                let label = zone.name.to_string();
                gathered.failed.push(ZoneReport::failed(label, None, Failure::of(&error)));
            }
        }
    }
    let (is_dry_run, yes, restore) = (arguments.dry_run, arguments.yes, true);
    let manner = Manner { command: Command::Undo, is_dry_run, yes, restore, wait };
    let journal = context.journal().undoing(&past.run);
    carry_out(terminal, &context, gathered, manner, journal).await
}

/// The run that is to be put back, and those since. Without a name the last one that changed anything.
fn chosen(state_dir: &Path, run: Option<&str>) -> Result<(Past, Vec<Ran>), Stopped> {
    let mut since: Vec<Ran> = Vec::new();
    let all = runs::all(state_dir)?;
    if let Some(run) = run.filter(|run| !all.iter().any(|(known, _)| known == run)) {
        // Says why: there is none of that name, or it cannot be one.
        journal::read(state_dir, run)?;
    }
    let can_be_put_back = |past: &Past| !past.zones.is_empty();
    let usable = all.iter().find(|(_, past)| past.as_ref().is_ok_and(can_be_put_back));
    let usable = usable.map(|(run, _)| run.clone());
    for (name, past) in all {
        match (run, past) {
            (Some(run), past) if run != name => since.push((name, past)),
            // Killed before anything was announced.
            (None, Ok(past)) if past.zones.is_empty() => {}
            (None, Err(failure)) => return Err(Stopped::Failure(with_another(usable, failure))),
            (None, Ok(Past { undoes: Some(undone), .. })) => {
                let undone = crate::model::plain::line(&undone);
                return Err(SettingsError::LastWasUndo { run: name, undone }.into());
            }
            (_, Ok(past)) => return Ok((past, since)),
            (Some(_), Err(failure)) => return Err(Stopped::Failure(failure)),
        }
    }
    Err(StoreError::NoRuns(state_dir.display().to_string()).into())
}

/// The same, and which run could be put back instead.
fn with_another(usable: Option<String>, mut failure: Failure) -> Failure {
    let hint = usable.map(|run| format!("the last run that can be put back: `cf-domauth undo {run}`"));
    failure.hints.extend(hint);
    failure
}

async fn look(
    context: &Context,
    (past, past_zone): (&Past, &PastZone),
    since: &[Ran],
) -> Result<Looked, CollectError> {
    let zone = collect::zone_by_id(&context.api, &past_zone.id).await?;
    let now = collect::at_names(&context.api, &zone, &past_zone.names(), FEW_NAMES).await?;
    let readable = since.iter().filter_map(|(_, past)| past.as_ref().ok());
    let later: Vec<Later> = readable.filter_map(|past| Later::of(past, past_zone)).collect();
    let (plan, findings) = undo::plan(&zone, past_zone, &later, &now);
    let mut report = ZoneReport::new(zone.name.to_string(), Some(zone.clone()));
    report.is_examined = false;
    report.diagnosis = Diagnosis { records: Vec::new(), findings };
    report.notes.push(format!("putting back run {}, which began at {}", past.run, past.started));
    let unreadable = since.iter().filter(|(_, past)| past.is_err());
    report.notes.extend(unreadable.map(|(run, _)| {
        format!("the later run {run} cannot be read, so it is not known whether it changed these records")
    }));
    let (authoritative, notes) = servers_of(&context.public, &zone.name_servers).await;
    report.notes.extend(notes);
    if plan.changes.is_empty() && report.diagnosis.findings.is_empty() {
        report.notes.push("nothing to put back: all is as it was before the run".to_owned());
    }
    report.plan = Some(plan);
    Ok(Looked { report, authoritative, scope: Scope::default() })
}
