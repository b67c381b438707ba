//! `fix`: look, show the plan, ask, change, confirm. Effects: network, files, terminal.

use futures_util::StreamExt as _;

use super::Stopped;
use super::context::Context;
use super::look::{Looked, gather};
use super::prove::prove;
use super::select::Wish;
use crate::apply::execute::{self, execute};
use crate::cli::{self, Global};
use crate::failure::Exit;
use crate::interrupt::Stop;
use crate::journal::Line;
use crate::journal::write::Journal;
use crate::plain;
use crate::report::{Command, Report};
use crate::settings::environment::Environment;
use crate::settings::{self, SettingsError};
use crate::ui::Terminal;

/// Zones that are changed at one time.
const ZONES_IN_FLIGHT: usize = 4;

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: cli::Fix,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let wish = Wish::read(&arguments.zones)?;
    terminal.open()?;
    let wait = settings::duration("--wait", &arguments.wait)?;
    let context = Context::new(terminal, global, environment, &arguments.zones, stop).await?;
    let Some((failed, mut looked)) = gather(&context, &wish).await? else {
        return Ok(Exit::Interrupted);
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
    if will_ask && !said_yes(terminal, &context, changes).await {
        let ended_by = context.public.stop.is_requested().then_some(Exit::Interrupted);
        let report = report(&looked, ended_by);
        terminal.after(&report)?;
        return Ok(report.exit());
    }
    let journal = Journal::new(&context.state_dir, &context.run, &context.started, context.api.base());
    apply(&context, &journal, &mut looked).await;
    prove(&context, &mut looked, wait).await;
    let ended_by = context.public.stop.is_requested().then_some(Exit::Interrupted);
    let report = report(&looked, ended_by);
    // The report first: it must not be lost because the last line of the journal cannot be written.
    terminal.after(&report)?;
    if journal.is_begun() {
        journal.append(&Line::End { exit: report.exit().code() })?;
    }
    Ok(report.exit())
}

async fn said_yes(terminal: &Terminal, context: &Context, changes: usize) -> bool {
    let question = format!("Make {}?", plain::count(changes, "change"));
    tokio::select! {
        answer = terminal.ask(&question) => answer && !context.public.stop.is_requested(),
        () = context.public.stop.requested() => false,
    }
}

async fn apply(context: &Context, journal: &Journal, looked: &mut [Looked]) {
    let tools = execute::Tools {
        api: &context.api,
        journal,
        stop: &context.public.stop,
        progress: &*context.public.progress,
    };
    let each =
        looked.iter_mut().filter(|looked| !looked.report.changes().is_empty()).map(|looked| async move {
            if let Some(plan) = &looked.report.plan {
                looked.report.applied = Some(execute(tools, plan).await);
            }
        });
    futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT).collect::<Vec<()>>().await;
}
