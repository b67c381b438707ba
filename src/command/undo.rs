//! `undo`: put back what a run changed. Effects: network, files, terminal.

use super::Stopped;
use super::change::{Manner, carry_out};
use super::context::Context;
use super::look::{Gathered, Looked, servers_of};
use super::select::Asked;
use crate::cli::{self, Global};
use crate::diagnosis::{Diagnosis, Scope};
use crate::failure::{Exit, Failure};
use crate::interrupt::Stop;
use crate::inventory::FEW_NAMES;
use crate::inventory::collect::{self, CollectError};
use crate::journal::store::{self, StoreError};
use crate::report::{Command, ZoneReport};
use crate::settings::environment::Environment;
use crate::settings::{self, SettingsError};
use crate::ui::Terminal;
use crate::undo::{self, Past, PastZone};

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: cli::Undo,
    stop: Stop,
) -> Result<Exit, Stopped> {
    terminal.open()?;
    if arguments.list {
        return list(terminal, global, &environment);
    }
    let wait = settings::duration("--wait", &arguments.wait)?;
    let past = chosen(global, &environment, arguments.run.as_deref())?;
    let context = Context::new(terminal, global, environment, (None, None), stop).await?;
    let is_same = past.api.trim_end_matches('/') == context.api.base().trim_end_matches('/');
    if !is_same {
        let (was, is) = (crate::plain::line(&past.api), context.api.base().to_owned());
        return Err(SettingsError::OtherApi { was, is }.into());
    }
    let mut gathered = Gathered { failed: Vec::new(), looked: Vec::new(), asked: Asked::default() };
    for zone in &past.zones {
        match look(&context, &past, zone).await {
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

/// The run that is to be put back.
fn chosen(global: &Global, environment: &Environment, run: Option<&str>) -> Result<Past, Stopped> {
    let state_dir = settings::state_dir(global, environment)?;
    let newest = || store::runs(&state_dir).map(|runs| runs.into_iter().next());
    let name = match run {
        Some(run) => run.to_owned(),
        None => newest()?.ok_or_else(|| StoreError::NoRuns(state_dir.display().to_string()))?,
    };
    let past = undo::past(store::read(&state_dir, &name)?)?;
    match &past.undoes {
        Some(undone) if run.is_none() => {
            let undone = crate::plain::line(undone);
            Err(SettingsError::LastWasUndo { run: name, undone }.into())
        }
        _ => Ok(past),
    }
}

async fn look(context: &Context, past: &Past, past_zone: &PastZone) -> Result<Looked, CollectError> {
    let zone = collect::zone_by_id(&context.api, &past_zone.id).await?;
    let now = collect::at_names(&context.api, &zone, &past_zone.names(), FEW_NAMES).await?;
    let (plan, findings) = undo::plan(&zone, (past, past_zone), &now);
    let mut report = ZoneReport::new(zone.name.to_string(), Some(zone.clone()));
    report.diagnosis = Diagnosis { records: Vec::new(), findings };
    let (authoritative, notes) = servers_of(&context.public, &zone.name_servers).await;
    report.notes = notes;
    if plan.changes.is_empty() && report.diagnosis.findings.is_empty() {
        report.notes.push("nothing to put back: all is as it was before the run".to_owned());
    }
    report.plan = Some(plan);
    let published = std::collections::BTreeMap::new();
    Ok(Looked { report, authoritative, scope: Scope::default(), published })
}

/// Shows the runs of this state folder, the newest first.
fn list(terminal: &Terminal, global: &Global, environment: &Environment) -> Result<Exit, Stopped> {
    let state_dir = settings::state_dir(global, environment)?;
    let mut runs = Vec::new();
    for run in store::runs(&state_dir)? {
        let past = store::read(&state_dir, &run).map_err(|error| Failure::of(&error));
        let past = past.and_then(|lines| undo::past(lines).map_err(|error| Failure::of(&error)));
        runs.push((run, past));
    }
    let text =
        if terminal.is_json() { as_json(&runs) } else { as_lines(&runs, &state_dir.display().to_string()) };
    terminal.answer(&text)?;
    Ok(Exit::Done)
}

type Runs = [(String, Result<Past, Failure>)];

fn as_json(runs: &Runs) -> String {
    let one = |(run, past): &(String, Result<Past, Failure>)| match past {
        Ok(past) => serde_json::json!({
            "run": run, "started": past.started, "api": past.api, "undoes": past.undoes, "exit": past.exit,
            "undone_by": undone_by(runs, run), "error": null,
            "zones": past.zones.iter().map(|zone| serde_json::json!({
                "zone": zone.name.as_str(), "changes": zone.changes.len(),
            })).collect::<Vec<_>>(),
        }),
        Err(failure) => serde_json::json!({"run": run, "error": failure.message}),
    };
    format!("{}\n", serde_json::json!({"schema": 1, "runs": runs.iter().map(one).collect::<Vec<_>>()}))
}

fn undone_by<'r>(runs: &'r Runs, run: &str) -> Option<&'r str> {
    let mut undos =
        runs.iter().filter(|(_, past)| past.as_ref().is_ok_and(|past| past.undoes.as_deref() == Some(run)));
    undos.next().map(|(undo, _)| undo.as_str())
}

fn as_lines(runs: &Runs, folder: &str) -> String {
    if runs.is_empty() {
        return format!("no runs in {}\n", crate::plain::line(folder));
    }
    let one = |(run, past): &(String, Result<Past, Failure>)| {
        let what = match past {
            Err(failure) => format!("cannot be put back: {}", failure.message),
            Ok(past) => {
                let zones = past.zones.iter().map(|zone| {
                    format!("{} ({})", zone.name, crate::plain::count(zone.changes.len(), "change"))
                });
                let kind =
                    past.undoes.as_ref().map(|undone| format!(", an undo of {}", crate::plain::line(undone)));
                let undone = undone_by(runs, run).map(|undo| format!(", put back by {undo}"));
                let end = match past.exit {
                    Some(exit) => format!("ended with {exit}"),
                    None => "did not come to its end".to_owned(),
                };
                let marks = format!("{}{}", kind.unwrap_or_default(), undone.unwrap_or_default());
                format!("{}; {end}{marks}", zones.collect::<Vec<_>>().join(", "))
            }
        };
        format!("{run}  {what}\n")
    };
    runs.iter().map(one).collect()
}
