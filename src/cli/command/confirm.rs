//! `confirm`: public DNS only, no token. Effects: network.

use std::time::Duration;

use super::context::Context;
use super::{Stopped, request, stream, usage};
use crate::cli::arguments;
use crate::cli::settings::{self, SettingsError};
use crate::cli::ui::Terminal;
use crate::io::lookup::ask::PACE;
use crate::model::confirm::request::{ConfirmRequest, LetterFacts};
use crate::model::expectation::Expectation;
use crate::model::failure::{Exit, explain};
use crate::report::{Command, Language, Report, assemble, message};
use crate::run::recorded;

pub(super) async fn run(context: Context<'_>, mut arguments: arguments::Confirm) -> Result<Exit, Stopped> {
    if arguments.message && context.terminal.format() != arguments::Format::Human {
        return Err(usage(
            "--message is a text for a person and takes no --format",
            ["leave out one of the two; --format json alone is for programs"],
        ));
    }
    arguments.name.extend(request::taken_for_scenario(&mut arguments.shared));
    let context = context.within(arguments.shared.sandbox()).await?;
    let terminal = context.terminal;
    if arguments.stream {
        if terminal.output().is_some() {
            return Err(usage(
                "--stream writes its answers to standard output, and no --output",
                ["leave it out, or redirect standard output"],
            ));
        }
        let dns = context.public_dns(pace(&arguments)?)?;
        return stream::run(terminal, dns, usize::from(arguments.concurrency)).await;
    }
    if arguments.name.is_empty()
        && arguments.expect.is_empty()
        && arguments.expect_file.is_empty()
        && arguments.run.is_none()
    {
        return Err(usage(
            "no name is given to ask public DNS for",
            ["name a record or a domain: `cf-domauth confirm example.com`"],
        ));
    }
    let request = ConfirmRequest {
        names: settings::names("NAME", &arguments.name)?,
        zones: settings::names("--zone", &arguments.zone)?,
        documents: request::documents("--expect-file", &arguments.expect_file)?,
        expected: expected(&context, &arguments)?,
    };
    let wait = arguments.wait.as_deref();
    let wait = wait.map_or(Ok(Duration::ZERO), |text| settings::duration("--wait", text))?;
    let dns = context.public_dns(pace(&arguments)?)?;
    terminal.open()?;
    let asked = request.understand(dns.catalog())?;
    terminal.understood(&asked.understood, arguments.message)?;
    let confirmed = dns.confirm(&asked, wait).await.ok_or_else(|| context.stopped())?;
    let report = Report {
        at: jiff::Timestamp::now(),
        command: Command::Confirm,
        ended_by: context.stop.requested_exit(),
        understood: asked.understood,
        zones: assemble::confirmed(confirmed.zones),
        ..Report::default()
    };
    answer(terminal, &report, arguments.message.then_some((&confirmed.facts, arguments.language)))?;
    Ok(report.exit())
}

/// The time between two questions to one server.
fn pace(arguments: &arguments::Confirm) -> Result<Option<Duration>, SettingsError> {
    let chosen = arguments.pace.as_deref().map_or(Ok(PACE), |text| settings::duration("--pace", text))?;
    Ok(Some(chosen).filter(|pace| !arguments.no_pace && !pace.is_zero()))
}

/// What was named, and what a run changed.
fn expected(context: &Context<'_>, arguments: &arguments::Confirm) -> Result<Vec<Expectation>, Stopped> {
    let mut expected = settings::expectations(&arguments.expect)?;
    if let Some(name) = &arguments.run {
        let state_dir = settings::state_dir(&context.settings)?;
        let past = recorded::run(&state_dir, name)?;
        let of_run = past.expectations();
        if of_run.is_empty() {
            return Err(usage(
                format!("the run {} left no record that public DNS would show as a CNAME", past.run),
                ["name another run: `cf-domauth undo --list`, or a record"],
            ));
        }
        expected.extend(of_run);
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
