//! `confirm`: public DNS only, no token. Effects: network.

use std::time::Duration;

use super::usage::UsageError;
use super::{Stopped, context, request, stream};
use crate::cli::arguments;
use crate::cli::settings::{self, Settings, SettingsError};
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::io::lookup::ask::PACE;
use crate::model::confirm::request::{ConfirmRequest, LetterFacts};
use crate::model::expectation::Expectation;
use crate::model::failure::{Exit, explain};
use crate::report::{Command, Language, Report, assemble, message};
use crate::run::recorded;

pub(super) async fn run(
    terminal: &Terminal,
    settings: Settings,
    arguments: arguments::Confirm,
    stop: Stop,
) -> Result<Exit, Stopped> {
    if arguments.message && terminal.format() != arguments::Format::Human {
        return Err(UsageError::MessageFormat.into());
    }
    #[cfg(feature = "sandbox")]
    let arguments = settled(arguments);
    #[cfg(feature = "sandbox")]
    super::sandbox::only(&settings.global, arguments.shared.sandbox())?;
    // Kept alive to the end.
    let (_sandbox, settings) = context::with_sandbox(arguments.shared.sandbox(), settings).await?;
    if arguments.stream {
        if settings.global.output.is_some() {
            return Err(UsageError::StreamToFile.into());
        }
        let pace = pace(arguments.pace.as_deref(), arguments.no_pace)?;
        let dns = context::public_dns(terminal, &settings, stop, pace)?;
        return stream::run(terminal, dns, usize::from(arguments.concurrency)).await;
    }
    if arguments.name.is_empty()
        && arguments.expect.is_empty()
        && arguments.expect_file.is_empty()
        && arguments.run.is_none()
    {
        return Err(UsageError::NoNames.into());
    }
    let request = ConfirmRequest {
        names: settings::names("NAME", &arguments.name)?,
        zones: settings::names("--zone", &arguments.zone)?,
        documents: request::documents("--expect-file", &arguments.expect_file)?,
        expected: expected(&settings, &arguments)?,
    };
    let wait = arguments.wait.map_or(Ok(Duration::ZERO), |text| settings::duration("--wait", &text))?;
    let pace = pace(arguments.pace.as_deref(), arguments.no_pace)?;
    let dns = context::public_dns(terminal, &settings, stop, pace)?;
    terminal.open()?;
    let asked = request.understand(dns.catalog())?;
    terminal.understood(&asked.understood, arguments.message)?;
    let Some(confirmed) = dns.confirm(&asked, wait).await else {
        return Err(Stopped::asked(dns.stop()));
    };
    let report = Report {
        at: jiff::Timestamp::now(),
        command: Command::Confirm,
        ended_by: dns.stop().requested_exit(),
        understood: asked.understood,
        zones: assemble::confirmed(confirmed.zones),
        ..Report::default()
    };
    answer(terminal, &report, arguments.message.then_some((&confirmed.facts, arguments.language)))?;
    Ok(report.exit())
}

/// The time between two questions to one server.
fn pace(chosen: Option<&str>, none: bool) -> Result<Option<Duration>, SettingsError> {
    let chosen = chosen.map_or(Ok(PACE), |text| settings::duration("--pace", text))?;
    Ok(Some(chosen).filter(|pace| !none && !pace.is_zero()))
}

/// What was named, and what a run changed.
fn expected(settings: &Settings, arguments: &arguments::Confirm) -> Result<Vec<Expectation>, Stopped> {
    let mut expected = settings::expectations(&arguments.expect)?;
    if let Some(name) = &arguments.run {
        let state_dir = settings::state_dir(settings)?;
        let past = recorded::run(&state_dir, name).map_err(Stopped::Failure)?;
        let of_run = past.expectations();
        if of_run.is_empty() {
            return Err(UsageError::NothingToConfirm(past.run).into());
        }
        expected.extend(of_run);
    }
    Ok(expected)
}

/// The same arguments as they are meant: `--sandbox example.com` names a domain, as no scenario is called so.
#[cfg(feature = "sandbox")]
fn settled(mut arguments: arguments::Confirm) -> arguments::Confirm {
    arguments.name.extend(super::sandbox::zone_taken_for_scenario(&mut arguments.shared.sandbox));
    arguments
}

/// Writes the report, or the letter; of a domain that does not exist nothing stands in a letter.
fn answer(
    terminal: &Terminal,
    report: &Report,
    letter: Option<(&LetterFacts, Language)>,
) -> std::io::Result<()> {
    let Some((facts, language)) = letter else { return terminal.after(report) };
    for failure in report.zones.iter().filter_map(|zone| zone.error.as_ref()) {
        explain(failure, &mut terminal.errors())?;
    }
    terminal.answer(&message(report, facts, language)?)
}
