//! `completions`: the script for a shell, and the candidates that it asks for. They come from this machine only: no
//! network, no token. Effects: files, terminal.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use clap::{Command, Parser as _};
#[cfg(feature = "sandbox")]
use clap_complete::PathCompleter;
#[cfg(feature = "sandbox")]
use clap_complete::engine::ValueCompleter as _;
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete::{ArgValueCompleter, CompleteEnv, CompletionCandidate};

use super::Stopped;
use crate::cli::arguments::{self, Cli, Completions, Shell};
use crate::cli::settings::environment::Environment;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::{self, Settings};
use crate::cli::ui::Terminal;
use crate::io::store::snapshot;
use crate::model::catalog::Catalog;
use crate::model::diagnosis::Code;
use crate::model::failure::Exit;
use crate::report::explain;
use crate::run::recorded;

/// The variable by which a shell asks for candidates.
const VARIABLE: &str = "CF_DOMAUTH_COMPLETE";
const PROGRAM: &str = "cf-domauth";

pub(super) fn run(terminal: &Terminal, arguments: &Completions) -> Result<Exit, Stopped> {
    let shell: &dyn EnvCompleter = match arguments.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::Powershell => &Powershell,
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    terminal.open()?;
    terminal.answer(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// Answers a shell that asks for candidates, and ends; does nothing otherwise.
pub fn complete() {
    CompleteEnv::with_factory(command).var(VARIABLE).bin(PROGRAM).complete();
}

/// The command line with what can be proposed for its values.
fn command() -> Command {
    let zone = |command: Command, id: &'static str| command.mut_arg(id, |arg| arg.add(completer(zones)));
    let zones = |command: Command| zone(zone(command, "names"), "zone");
    let all: Vec<String> =
        arguments::command().get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let with_profile = |command: Command, name: &String| {
        command.mut_subcommand(name, |command| command.mut_arg("profile", |arg| arg.add(completer(profiles))))
    };
    let command = all.iter().fold(arguments::command(), with_profile);
    let show = |command: Command| command.mut_arg("id", |arg| arg.add(completer(providers)));
    let command = ["audit", "fix", "snapshot"]
        .iter()
        .fold(command, |command, name| {
            command.mut_subcommand(name, |one| with_scenarios(zones(one), "sandbox"))
        })
        .mut_subcommand("confirm", |one| with_scenarios(zone(zone(one, "name"), "zone"), "sandbox"))
        .mut_subcommand("doctor", |one| zone(one, "zone"))
        .mut_subcommand("expect", |one| zone(one, "zone"))
        .mut_subcommand("undo", |one| {
            with_scenarios(zone(one.mut_arg("run", |arg| arg.add(completer(runs))), "zone"), "sandbox")
        })
        .mut_subcommand("explain", |one| one.mut_arg("code", |arg| arg.add(completer(codes))))
        .mut_subcommand("providers", |one| one.mut_subcommand("show", show));
    #[cfg(feature = "sandbox")]
    let command = command.mut_subcommand("sandbox", |one| with_scenarios(one, "scenario"));
    command
}

#[cfg(feature = "sandbox")]
fn with_scenarios(command: Command, id: &'static str) -> Command {
    let known =
        || crate::sandbox::SCENARIOS.iter().map(|(name, _)| ((*name).to_owned(), String::new())).collect();
    let scenarios = completer(known);
    let either = ArgValueCompleter::new(move |begun: &OsStr| {
        let fits = scenarios.complete(begun);
        if fits.is_empty() { PathCompleter::file().complete(begun) } else { fits }
    });
    command.mut_arg(id, |arg| arg.add(either))
}

#[cfg(not(feature = "sandbox"))]
fn with_scenarios(command: Command, _: &'static str) -> Command {
    command
}

/// A value, and what it is.
type Candidate = (String, String);

fn completer(known: impl Fn() -> Vec<Candidate> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |begun: &OsStr| {
        let begun = begun.to_string_lossy();
        let fits = known().into_iter().filter(|(value, _)| value.starts_with(begun.as_ref()));
        let candidate = |(value, about): Candidate| {
            let about = Some(about).filter(|about| !about.is_empty());
            CompletionCandidate::new(value).help(about.map(Into::into))
        };
        fits.map(candidate).collect::<Vec<_>>()
    })
}

/// What the settings say; without the file if that makes no sense.
fn settings() -> Option<Settings> {
    let global = || Some(Cli::try_parse_from([PROGRAM, "man"]).ok()?.global);
    let read = Settings::read(global()?, Environment::read());
    read.ok().or_else(|| Some(Settings::without_file(global()?, Environment::read())))
}

/// The zones of the settings, and those that a run has worked on.
fn zones() -> Vec<Candidate> {
    let Some(settings) = settings() else { return Vec::new() };
    let mut known: BTreeSet<String> =
        settings.zones().map(|chosen| chosen.value).unwrap_or_default().into_iter().collect();
    if let Ok(folder) = settings::state_dir(&settings) {
        known.extend(snapshot::zones(&folder));
        known.extend(worked_on(&folder));
    }
    known.into_iter().map(|zone| (zone, String::new())).collect()
}

fn worked_on(folder: &Path) -> Vec<String> {
    let runs = recorded::all(folder).unwrap_or_default();
    let past = runs.into_iter().filter_map(|(_, past)| past.ok());
    past.flat_map(|past| past.zones).map(|zone| zone.name.to_string()).collect()
}

fn runs() -> Vec<Candidate> {
    let folder = settings().and_then(|settings| settings::state_dir(&settings).ok());
    let runs = folder.and_then(|folder| recorded::all(&folder).ok()).unwrap_or_default();
    let zones = |past: &crate::model::undo::RecordedRun| {
        past.zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    runs.into_iter().map(|(run, past)| (run, past.as_ref().map(zones).unwrap_or_default())).collect()
}

fn profiles() -> Vec<Candidate> {
    let Some(Settings { global, environment, .. }) = settings() else { return Vec::new() };
    let path = settings::settings_path(&global, &environment).map(|path| path.value).unwrap_or_default();
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let held = SettingsFile::read(&path, None, &text).unwrap_or_default();
    held.profiles.into_keys().map(|name| (name, String::new())).collect()
}

fn codes() -> Vec<Candidate> {
    Code::ALL.iter().map(|code| (code.word().to_owned(), explain::title(*code).to_owned())).collect()
}

fn providers() -> Vec<Candidate> {
    let catalog = settings().and_then(|settings| settings::catalog::catalog(&settings).ok());
    let known = |catalog: &Catalog| {
        catalog.providers().map(|one| (one.id.to_string(), one.name.to_string())).collect()
    };
    catalog.as_ref().map(known).unwrap_or_default()
}
