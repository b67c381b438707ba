//! `audit`: look, and change nothing. Effects: network.

use super::Stopped;
use super::context::Context;
use super::look::{Gathered, gather};
use super::select::Wish;
use crate::cli::arguments::{self, Global};
use crate::cli::settings::environment::Environment;
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::failure::Exit;
use crate::report::{Command, Report, ZoneReport};

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Audit,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let wish = Wish::read(&arguments.zones)?.with_whole_log(arguments.deleted);
    terminal.open()?;
    let sources = (arguments.zones.sandbox(), arguments.zones.expect_from.as_deref());
    let context = Context::new(terminal, global, environment, sources, stop).await?;
    let Some(Gathered { failed, looked, asked }) = gather(&context, &wish).await? else {
        return Err(Stopped::asked(&context.public.stop));
    };
    let mut zones = failed;
    zones.extend(looked.into_iter().map(|looked| ZoneReport { plan: None, ..looked.report }));
    let report = Report {
        command: Command::Audit,
        is_dry_run: false,
        run: context.run.clone(),
        ended_by: None,
        was_declined: false,
        understood: asked.understood,
        zones,
        api_calls: context.api.calls(),
    };
    terminal.before(&report, false)?;
    terminal.after(&report)?;
    Ok(report.exit())
}
