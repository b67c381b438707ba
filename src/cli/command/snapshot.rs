//! `snapshot`: remember the healthy mail records of a zone. Effects: network, files.

use std::time::Duration;

use super::Stopped;
use super::context::Context;
use super::look::{Gathered, Looked, gather};
use super::prove::prove_only;
use super::remember::{Kept, remember};
use super::select::Wish;
use crate::cli::arguments::{self, Global};
use crate::cli::settings;
use crate::cli::settings::environment::Environment;
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::dns::DomainName;
use crate::model::failure::Exit;
use crate::model::plain;
use crate::report::{Command, Report, ZoneReport};

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Snapshot,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let wish = Wish::read(&arguments.zones)?.afresh();
    let forget = settings::names("--forget", &arguments.forget)?;
    terminal.open()?;
    let sources = (arguments.zones.sandbox(), arguments.zones.expect_from.as_deref());
    let context = Context::new(terminal, global, environment, sources, stop).await?;
    let Some(Gathered { failed, mut looked, asked }) = gather(&context, &wish).await? else {
        return Err(Stopped::asked(&context.public.stop));
    };
    for looked in &mut looked {
        looked.report.plan = None;
    }
    // Healthy is what the world sees, down to the key behind it.
    prove_only(&context, &mut looked, Duration::ZERO).await;
    let ended_by = context.public.stop.requested_exit();
    if ended_by.is_none() {
        for looked in &mut looked {
            take(&context, looked, &forget).await;
        }
    }
    let report = Report {
        command: Command::Snapshot,
        is_dry_run: false,
        run: context.run.clone(),
        ended_by,
        was_declined: false,
        understood: asked.understood,
        zones: failed.into_iter().chain(looked.into_iter().map(|looked| looked.report)).collect(),
        api_calls: context.api.calls(),
    };
    terminal.before(&report, false)?;
    terminal.after(&report)?;
    Ok(report.exit())
}

async fn take(context: &Context, looked: &mut Looked, forget: &[DomainName]) {
    if looked.report.error.is_some() {
        return;
    }
    match remember(context, looked, forget).await {
        Ok(Kept { healthy, old, forgotten, path }) => {
            let count = plain::count(healthy, "healthy record");
            looked.report.notes.push(format!("{count} remembered as of now, in {}", path.display()));
            looked.report.notes.extend(old.iter().map(|record| {
                format!(
                    "{} is missing or not healthy now and stays remembered as it was on {}; --forget {} if it is gone for good",
                    record.name, record.healthy, record.name
                )
            }));
            looked.report.notes.extend(forget.iter().map(|name| {
                let how =
                    if forgotten.contains(name) { "is forgotten" } else { "was not remembered in this zone" };
                format!("{name} {how}")
            }));
        }
        Err(failure) => {
            let ZoneReport { label, zone, .. } = &looked.report;
            looked.report = ZoneReport::failed(label.clone(), zone.clone(), failure);
        }
    }
}
