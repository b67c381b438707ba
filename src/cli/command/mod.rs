//! One file per command; each wires the stages and decides nothing. Effects: all of them.

mod audit;
mod bug_report;
mod change;
mod completions;
mod confirm;
mod context;
mod doctor;
mod expect;
mod explain;
mod fix;
mod hidden;
mod init;
mod man;
mod providers;
mod request;
mod runs;
#[cfg(feature = "sandbox")]
mod sandbox;
mod settings;
mod snapshot;
mod stream;
mod undo;

use crate::cli::arguments::{Cli, Command, Format};
use crate::cli::settings::Settings;
use crate::cli::settings::environment::Environment;
use crate::cli::ui::Terminal;
use crate::io::interrupt::{self, Stop};
use crate::model::failure::{Exit, Failure};
use crate::model::plain;
use crate::report::objects;

use crate::run::bug;

use context::Context;

pub use crate::run::bug::watch;
pub use completions::complete;

/// Why a command could not even begin, or could not write its answer.
#[derive(Debug)]
enum Stopped {
    /// With something to say.
    Failure(Failure),
    /// The answer could not be written.
    Output(std::io::Error),
}

/// That a command makes no sense as it was asked for, and the way out.
fn usage<H: Into<String>>(message: impl AsRef<str>, hints: impl IntoIterator<Item = H>) -> Stopped {
    let message = plain::sanitize_line(message.as_ref());
    let hints = hints.into_iter().map(Into::into).collect();
    Stopped::Failure(Failure { message, hints, exit: Exit::Usage })
}

/// A file that was named cannot be written.
fn unwritable(place: &str, error: &std::io::Error) -> Stopped {
    usage(
        format!("{place} cannot be written: {error}"),
        ["name a file in a folder that is there and can be written to"],
    )
}

/// Whether an answer that is written for people or as JSON is to be JSON.
fn is_json(terminal: &Terminal) -> Result<bool, Stopped> {
    match terminal.format() {
        Format::Human => Ok(false),
        Format::Json | Format::Jsonl => Ok(true),
        Format::Markdown | Format::Html | Format::Csv | Format::Openmetrics => Err(usage(
            "this list is written for people or as JSON only",
            ["leave out --format, or write --format json"],
        )),
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl<F: Into<Failure>> From<F> for Stopped {
    fn from(failure: F) -> Self {
        Self::Failure(failure.into())
    }
}

/// Runs one command to its end, and returns how the program ends.
pub async fn run(mut cli: Cli, environment: Environment) -> Exit {
    cli.global.ascii |= environment.plain("TERM") == Some("dumb");
    let columns = environment.plain("COLUMNS").and_then(|text| text.trim().parse().ok());
    let terminal = Terminal::new(cli.global.clone(), columns, cli.command.reports());
    let (sender, stop) = interrupt::stop();
    let listening = tokio::spawn(async move {
        sender.request(interrupt::signal().await);
        // Keeps the channel open: a closed one would look like nobody ever asking.
        std::future::pending::<()>().await;
    });
    let result = bug::caught(Box::pin(carry_out(&terminal, cli, environment, stop))).await;
    listening.abort();
    match result.unwrap_or_else(|| Err(Stopped::Failure(bug::of_work()))) {
        // A panic beside the work is none the less what should not happen.
        Ok(exit) => bug::seen().map_or(exit, |failure| told(&terminal, &failure)),
        Err(Stopped::Failure(failure)) => told(&terminal, &failure),
        Err(Stopped::Output(error)) => {
            let message = unwritten(&terminal, &error);
            told(&terminal, &Failure { message, hints: Vec::new(), exit: Exit::Usage })
        }
    }
}

async fn carry_out(
    terminal: &Terminal,
    cli: Cli,
    environment: Environment,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let settings = match &cli.command {
        // What is asked for while the settings are being mended.
        Command::Explain(_) | Command::Completions(_) | Command::Man(_) => {
            Settings::without_file(cli.global, environment)
        }
        #[cfg(feature = "sandbox")]
        Command::Sandbox(_) => Settings::without_file(cli.global, environment),
        Command::Init(_) => Settings::read_common(cli.global, environment)?,
        _ => Settings::read(cli.global, environment)?,
    };
    if settings.global.profile.len() > 1 && !matches!(cli.command, Command::Audit(_)) {
        let hint = "run it once for each, or look at several with `cf-domauth audit`";
        return Err(usage("this command works on one profile at a time", [hint]));
    }
    let context = Context::new(terminal, settings, stop);
    match cli.command {
        Command::Audit(arguments) => Box::pin(audit::run(context, arguments)).await,
        Command::Fix(arguments) => Box::pin(fix::run(context, arguments)).await,
        Command::Snapshot(arguments) => snapshot::run(context, arguments).await,
        Command::Undo(arguments) => Box::pin(undo::run(context, arguments)).await,
        Command::Expect(arguments) => expect::run(&context, &arguments),
        Command::Init(arguments) => Box::pin(init::run(context, arguments)).await,
        Command::Settings(arguments) => settings::run(&context, &arguments),
        Command::Completions(arguments) => completions::run(terminal, &arguments),
        Command::Man(arguments) => man::run(terminal, &arguments),
        Command::Explain(arguments) => explain::run(terminal, &arguments),
        Command::Providers(arguments) => providers::run(&context, &arguments),
        Command::Confirm(arguments) => confirm::run(context, arguments).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(&context, arguments)).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => sandbox::run(arguments, context.stop).await,
    }
}

/// Tells why a command ended.
fn told(terminal: &Terminal, failure: &Failure) -> Exit {
    crate::model::failure::explain(failure, &mut terminal.errors()).ok();
    // A program that reads the answer gets one; a file is left to what was begun there.
    let is_unanswered = !terminal.has_answered() && terminal.output().is_none();
    if matches!(terminal.format(), Format::Json | Format::Jsonl) && is_unanswered {
        terminal.answer(&objects::failure(failure)).ok();
    }
    failure.exit
}

/// That the report could not be written, and why.
fn unwritten(terminal: &Terminal, error: &std::io::Error) -> String {
    let place = terminal.output().map(|path| format!(" to {}", path.display())).unwrap_or_default();
    plain::sanitize_line(&format!("the report could not be written{place}: {error}"))
}
