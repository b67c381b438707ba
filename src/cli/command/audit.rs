//! `audit`: report broken mail records, change nothing. Effects: network.

use super::context::Context;
use super::{Stopped, request};
use crate::cli::arguments;
use crate::cli::settings::Settings;
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::failure::Exit;
use crate::model::plan::Consent;
use crate::model::target::{LogReading, Request};
use crate::report::{Command, Report, assemble};

pub(super) async fn run(
    terminal: &Terminal,
    settings: Settings,
    arguments: arguments::Audit,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let log = if arguments.deleted { LogReading::Whole } else { LogReading::Enough };
    let zones = request::settled(arguments.zones);
    let request = Request { log, ..request::read(&settings, &zones)? };
    terminal.open()?;
    let sources = (zones.shared.sandbox(), zones.expect_from.as_deref());
    let context = Context::new(terminal, settings, sources, stop).await?;
    let session = &context.session;
    let Some(survey) = session.survey(&request).await? else {
        return Err(Stopped::asked(session.dns().stop()));
    };
    let zones = session.plan(survey.zones, Consent::Each);
    let report = Report {
        at: jiff::Timestamp::now(),
        command: Command::Audit,
        is_dry_run: false,
        run: session.run().to_owned(),
        ended_by: None,
        was_declined: false,
        understood: survey.expectations.understood,
        zones: assemble::zones(&survey.unread, &zones, false),
        api_calls: session.api().calls(),
    };
    terminal.before(&report, false)?;
    terminal.after(&report)?;
    Ok(report.exit())
}
