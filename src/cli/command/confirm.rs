//! `confirm`: public DNS only, no token. Effects: network.

use super::{Stopped, context, request};
use crate::cli::arguments::{self, Global};
use crate::cli::settings::{self, SettingsError, environment::Environment};
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::confirm::request::{ConfirmRequest, LetterFacts};
use crate::model::expectation::Expectation;
use crate::model::failure::{Exit, explain};
use crate::report::{Command, Language, Report, assemble, message};
use crate::run::recorded;

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Confirm,
    stop: Stop,
) -> Result<Exit, Stopped> {
    if arguments.message && terminal.format() != arguments::Format::Human {
        return Err(SettingsError::MessageFormat.into());
    }
    #[cfg(feature = "sandbox")]
    settings::only_the_sandbox(global, arguments.sandbox())?;
    // Kept alive to the end.
    #[cfg(feature = "sandbox")]
    let (_sandbox, environment, _) = context::with_sandbox(arguments.sandbox(), environment).await?;
    let request = ConfirmRequest {
        names: settings::names("NAME", &arguments.name)?,
        zones: settings::names("--zone", &arguments.zone)?,
        documents: request::documents("--expect-file", &arguments.expect_file)?,
        expected: expected(global, &environment, &arguments)?,
    };
    let wait = settings::duration("--wait", &arguments.wait)?;
    let dns = context::public_dns(terminal, global, &environment, stop, !arguments.no_pace)?;
    terminal.open()?;
    let asked = request.understand(dns.catalogue())?;
    terminal.understood(&asked.understood)?;
    let Some(confirmed) = dns.confirm(&asked, wait).await else {
        return Err(Stopped::asked(dns.stop()));
    };
    let report = Report {
        command: Command::Confirm,
        is_dry_run: false,
        run: String::new(),
        ended_by: dns.stop().requested_exit(),
        was_declined: false,
        understood: asked.understood,
        zones: assemble::confirmed(confirmed.zones),
        api_calls: 0,
    };
    answer(terminal, &report, arguments.message.then_some((&confirmed.facts, arguments.language)))?;
    Ok(report.exit())
}

/// What was named, and what a run changed.
fn expected(
    global: &Global,
    environment: &Environment,
    arguments: &arguments::Confirm,
) -> Result<Vec<Expectation>, Stopped> {
    let mut expected = settings::expectations(&arguments.expect)?;
    if let Some(name) = &arguments.run {
        let state_dir = settings::state_dir(global, environment)?;
        expected.extend(recorded::run(&state_dir, name).map_err(Stopped::Failure)?.expectations());
    }
    Ok(expected)
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
