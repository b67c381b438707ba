//! Parses, runs, ends the process. Effects: all of them.

use std::process::ExitCode;

use clap::Parser as _;

use cf_domauth::cli::arguments::Cli;
use cf_domauth::cli::settings::environment::Environment;
use cf_domauth::model::failure::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cf_domauth::log(cli.global.verbose);
    cf_domauth::cli::command::watch();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(Exit::Bug.code());
    };
    let exit = runtime.block_on(cf_domauth::cli::command::run(cli, Environment::read()));
    // An unfinished name look-up must not hold the process.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}
