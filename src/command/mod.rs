//! One file per command; each wires the stages and decides nothing. Effects: all of them.

mod audit;
mod change;
mod confirm;
mod content;
mod context;
mod doctor;
mod expect;
mod explain;
mod fix;
mod guess;
mod history;
mod input;
mod look;
mod prove;
mod providers;
mod remember;
mod runs;
#[cfg(feature = "sandbox")]
mod sandbox;
mod select;
mod snapshot;
mod undo;
mod validate;

use crate::cli::{Cli, Command, Format};
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::settings::environment::Environment;
use crate::ui::Terminal;

/// Why a command could not even begin, or could not write its answer.
#[derive(Debug)]
enum Stopped {
    /// With something to say.
    Failure(Failure),
    /// The answer could not be written.
    Output(std::io::Error),
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl<E: crate::failure::Advice> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Failure(Failure::of(&error))
    }
}

/// Runs one command to its end, and returns how the program ends.
pub async fn run(cli: Cli, environment: Environment) -> Exit {
    let terminal = Terminal::new(&cli.global);
    let (sender, stop) = interrupt::stop();
    let listening = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            sender.request();
        }
        // Keeps the channel open: a closed one would look like nobody ever asking.
        std::future::pending::<()>().await;
    });
    let result = match cli.command {
        Command::Audit(arguments) => audit::run(&terminal, &cli.global, environment, arguments, stop).await,
        Command::Fix(arguments) => fix::run(&terminal, &cli.global, environment, arguments, stop).await,
        Command::Snapshot(arguments) => {
            snapshot::run(&terminal, &cli.global, environment, arguments, stop).await
        }
        Command::Undo(arguments) => undo::run(&terminal, &cli.global, environment, arguments, stop).await,
        Command::Expect(arguments) => expect::run(&terminal, &cli.global, &environment, &arguments),
        Command::Explain(arguments) => explain::run(&terminal, &arguments),
        Command::Providers(arguments) => providers::run(&terminal, &cli.global, &environment, &arguments),
        Command::Confirm(arguments) => {
            confirm::run(&terminal, &cli.global, environment, arguments, stop).await
        }
        Command::Doctor(arguments) => {
            doctor::run(&terminal, &cli.global, &environment, arguments, stop).await
        }
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => sandbox::run(arguments, stop).await,
    };
    listening.abort();
    match result {
        Ok(exit) => exit,
        Err(Stopped::Failure(failure)) => {
            crate::failure::explain(&failure, &mut terminal.errors()).ok();
            // A program that reads the answer gets one; a file is left to what was begun there.
            let is_unanswered = !terminal.has_answered() && terminal.output().is_none();
            if terminal.format() == Format::Json && is_unanswered {
                terminal.answer(&failure.json()).ok();
            }
            failure.exit
        }
        Err(Stopped::Output(error)) => {
            let place = terminal.output().map(|path| format!(" to {}", path.display())).unwrap_or_default();
            let message = crate::plain::line(&format!("the report could not be written{place}: {error}"));
            let failure = Failure { message, hints: Vec::new(), exit: Exit::Usage };
            crate::failure::explain(&failure, &mut terminal.errors()).ok();
            failure.exit
        }
    }
}
