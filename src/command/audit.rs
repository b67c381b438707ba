//! `audit`: look, and change nothing. Effects: network.

use super::Stopped;
use super::context::Context;
use super::look::gather;
use super::select::Wish;
use crate::cli::{self, Global};
use crate::failure::Exit;
use crate::interrupt::Stop;
use crate::report::{Command, Report};
use crate::settings::environment::Environment;
use crate::ui::Terminal;

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: cli::Audit,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let wish = Wish::read(&arguments.zones)?;
    terminal.open()?;
    let context = Context::new(terminal, global, environment, &arguments.zones, stop).await?;
    let Some((failed, looked)) = gather(&context, &wish).await? else {
        return Ok(Exit::Interrupted);
    };
    let mut zones = failed;
    zones.extend(looked.into_iter().map(|looked| crate::report::ZoneReport { plan: None, ..looked.report }));
    let report = Report {
        command: Command::Audit,
        is_dry_run: false,
        run: context.run.clone(),
        ended_by: None,
        zones,
        api_calls: context.api.calls(),
    };
    terminal.before(&report, false)?;
    terminal.after(&report)?;
    Ok(report.exit())
}
