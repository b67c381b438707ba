//! The program: from a command line to an exit status. Effects: all of them.

pub mod arguments;
pub mod command;
pub mod settings;
pub mod ui;

use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::model::failure::Exit;
use arguments::Cli;
use settings::environment::Environment;

/// Parses the command line, runs the command, and returns how the program ends.
pub fn main() -> ExitCode {
    command::complete();
    let cli = match Cli::from_arg_matches(&arguments::command().get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    log(cli.global.verbose);
    command::watch();
    // Only a stream has work for more than one core.
    let mut builder = match &cli.command {
        arguments::Command::Confirm(confirm) if confirm.stream => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let Ok(runtime) = builder.enable_all().build() else {
        return ExitCode::from(Exit::Bug.code());
    };
    let exit = runtime.block_on(command::run(cli, Environment::read()));
    // An unfinished name look-up must not hold the process.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}

/// Writes a log of requests to standard error if `verbosity` is 2 or more: for developers. It holds
/// methods, paths and statuses, and from the libraries below headers; no secrets, whoever repeats them.
fn log(verbosity: u8) {
    let level = match verbosity {
        0 | 1 => return,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| crate::model::scrub::Scrubbed::new(std::io::stderr()))
        .init();
}
