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
mod usage;

use crate::cli::arguments::{Cli, Command, Format};
use crate::cli::settings::Settings;
use crate::cli::settings::environment::Environment;
use crate::cli::ui::Terminal;
use crate::io::interrupt::{self, Stop};
use crate::model::failure::{Exit, Failure};
use crate::report::objects::{self, FailureV1};

use crate::run::bug;

use usage::UsageError;

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

impl Stopped {
    /// Somebody asked the run to end before anything was changed or could be told.
    fn asked(stop: &Stop) -> Self {
        let message = "interrupted while reading; nothing was changed".to_owned();
        let exit = stop.requested_exit().unwrap_or(Exit::Interrupted);
        Self::Failure(Failure { message, hints: Vec::new(), exit })
    }
}

/// What something comes to, unless the run is told to end before anything was changed.
async fn unless_stopped<T>(stop: &Stop, work: impl Future<Output = T>) -> Result<T, Stopped> {
    tokio::select! {
        done = work => Ok(done),
        () = stop.requested() => Err(Stopped::asked(stop)),
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E: crate::model::failure::Advice> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failure(Failure::of(&error))
    }
}

/// Runs one command to its end, and returns how the program ends.
pub async fn run(mut cli: Cli, environment: Environment) -> Exit {
    cli.global.ascii |= environment.plain("TERM") == Some("dumb");
    let columns = environment.plain("COLUMNS").and_then(|text| text.trim().parse().ok());
    let terminal = Terminal::new(&cli.global, columns, cli.command.reports());
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
        return Err(UsageError::OneProfile.into());
    }
    match cli.command {
        Command::Audit(arguments) => audit::run(terminal, settings, arguments, stop).await,
        Command::Fix(arguments) => fix::run(terminal, settings, arguments, stop).await,
        Command::Snapshot(arguments) => snapshot::run(terminal, settings, arguments, stop).await,
        Command::Undo(arguments) => undo::run(terminal, settings, arguments, stop).await,
        Command::Expect(arguments) => expect::run(terminal, &settings, &arguments),
        Command::Init(arguments) => Box::pin(init::run(terminal, settings, arguments, stop)).await,
        Command::Settings(arguments) => settings::run(terminal, &settings, &arguments),
        Command::Completions(arguments) => completions::run(terminal, &arguments),
        Command::Man(arguments) => man::run(terminal, &arguments),
        Command::Explain(arguments) => explain::run(terminal, &arguments),
        Command::Providers(arguments) => providers::run(terminal, &settings, &arguments),
        Command::Confirm(arguments) => confirm::run(terminal, settings, arguments, stop).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(terminal, &settings, arguments, stop)).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => sandbox::run(arguments, stop).await,
    }
}

/// Tells why a command ended.
fn told(terminal: &Terminal, failure: &Failure) -> Exit {
    crate::model::failure::explain(failure, &mut terminal.errors()).ok();
    // A program that reads the answer gets one; a file is left to what was begun there.
    let is_unanswered = !terminal.has_answered() && terminal.output().is_none();
    if matches!(terminal.format(), Format::Json | Format::Jsonl) && is_unanswered {
        terminal.answer(&objects::line(&FailureV1::from(failure))).ok();
    }
    failure.exit
}

/// That the report could not be written, and why.
fn unwritten(terminal: &Terminal, error: &std::io::Error) -> String {
    let place = terminal.output().map(|path| format!(" to {}", path.display())).unwrap_or_default();
    crate::model::plain::sanitize_line(&format!("the report could not be written{place}: {error}"))
}
