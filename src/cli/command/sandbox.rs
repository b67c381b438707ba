//! `sandbox`: serve the local Cloudflare simulator. Effects: network, files.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use super::{Stopped, unwritable, usage};
use crate::cli::arguments::{Global, SandboxServe};
use crate::cli::settings::SettingsError;
use crate::io::interrupt::Stop;
use crate::model::dns::DomainName;
use crate::model::failure::Exit;
use crate::model::plain;
use crate::model::suggest;
use crate::sandbox::{self, Fault, Fleet, Options, Sandbox, World};

/// The scenario that is played if none is named.
const USUAL: &str = "default";
/// Longest scenario or zone file that is read.
const LONGEST_FILE: u64 = 64 << 20;

pub(super) async fn run(arguments: SandboxServe, stop: Stop) -> Result<Exit, Stopped> {
    let options = options(&arguments)?;
    let sandbox = Sandbox::start(world(&arguments)?, options).await.map_err(refused)?;
    let lines = sandbox.variables().into_iter().map(|(name, value)| format!("export {name}='{value}'"));
    let variables = lines.chain([String::new()]).collect::<Vec<_>>().join("\n");
    if let Some(path) = &arguments.env_file {
        let cannot = |error| unwritable(&format!("--env-file {}", path.display()), &error);
        std::fs::write(path, &variables).map_err(cannot)?;
    }
    let mut out = std::io::stdout().lock();
    out.write_all(variables.as_bytes())?;
    out.flush()?;
    stop.requested().await;
    Ok(Exit::Done)
}

fn refused(why: impl std::fmt::Display) -> Stopped {
    usage::<&str>(why.to_string(), [])
}

fn options(arguments: &SandboxServe) -> Result<Options, Stopped> {
    let no_address = |_| {
        let listen = plain::sanitize_line(&arguments.listen);
        refused(format!("--listen {listen}: not an address and a port"))
    };
    let listen = arguments.listen.parse().map_err(no_address)?;
    let faults = arguments.fault.iter().map(|text| text.parse::<Fault>()).collect::<Result<_, _>>();
    Ok(Options {
        listen,
        faults: faults.map_err(|error| refused(format!("--fault {error}")))?,
        latency: length("--latency", &arguments.latency)?,
        jitter: length("--jitter", &arguments.jitter)?,
        shared_user: arguments.shared_user.as_deref().map(|text| rate("--shared-user", text)).transpose()?,
        rate_limit: arguments.rate_limit.as_deref().map(|text| rate("--rate-limit", text)).transpose()?,
        real_ttl: arguments.real_ttl,
        seed: arguments.seed,
    })
}

fn length(origin: &str, text: &str) -> Result<Duration, SettingsError> {
    let bad = || SettingsError::Duration { origin: origin.to_owned(), text: plain::sanitize_line(text) };
    sandbox::duration(text).ok_or_else(bad)
}

/// So many in so long a time: `1200/300s`; a bare unit is one of it.
fn rate(option: &str, text: &str) -> Result<(u32, Duration), Stopped> {
    let bad = || refused(format!("{option} {}: write COUNT/DURATION", plain::sanitize_line(text)));
    let (count, window) = text.split_once('/').ok_or_else(bad)?;
    let one = if window.starts_with(|c: char| c.is_ascii_digit()) { "" } else { "1" };
    let window = format!("{one}{window}");
    let window = sandbox::duration(&window).filter(|window| !window.is_zero()).ok_or_else(bad)?;
    Ok((count.parse().map_err(|_| bad())?, window))
}

/// How many of `all`: `5`, or `2%` rounded up.
fn part(option: &str, text: &str, all: usize) -> Result<usize, Stopped> {
    let bad = || {
        let shown = plain::sanitize_line(text);
        refused(format!("{option} {shown}: write a number up to {all}, or a share such as 2%"))
    };
    let (number, whole) = text.strip_suffix('%').map_or((text, None), |number| (number, Some(100)));
    let number: usize = number.trim().parse().map_err(|_| bad())?;
    if number > whole.unwrap_or(all) {
        return Err(bad());
    }
    Ok(whole.map_or(number, |whole| (all * number).div_ceil(whole)))
}

fn world(arguments: &SandboxServe) -> Result<World, Stopped> {
    let made = if let Some(path) = &arguments.zone_file {
        sandbox::from_zone_file(&file(path)?)
    } else if let Some(zones) = arguments.zones {
        let broken = part("--broken", &arguments.broken, zones)?;
        let fleet = Fleet { zones, records: arguments.records, broken, seed: arguments.seed };
        sandbox::fleet(&fleet, jiff::Timestamp::now()).map(|(world, _)| world)
    } else {
        return scenario(&arguments.scenario);
    };
    made.map_err(|error| explained(&error))
}

/// A scenario by its name or from a TOML file; any other file holds a zone to rehearse.
fn scenario(name: &str) -> Result<World, Stopped> {
    let extension = Path::new(name).extension();
    let is_path = name.contains(['/', '\\']) || extension.is_some();
    let made = if !is_path {
        sandbox::named(name).and_then(sandbox::read)
    } else if extension.is_some_and(|ending| ending == "toml") {
        sandbox::read(&file(Path::new(name))?)
    } else {
        sandbox::from_zone_file(&file(Path::new(name))?)
    };
    made.map_err(|error| explained(&error))
}

fn explained(error: &sandbox::BadScenario) -> Stopped {
    if let sandbox::BadScenario::Unknown(name, known) = error {
        let meant = suggest::did_you_mean(name, sandbox::SCENARIOS.iter().map(|(known, _)| *known));
        let hint = "`cf-domauth fix --sandbox` plays the usual one".to_owned();
        let message = format!("there is no scenario `{name}`; there are: {known}");
        return usage(message, meant.into_iter().chain([hint]));
    }
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    refused(format!("{error}{cause}"))
}

fn file(path: &Path) -> Result<String, Stopped> {
    let failed = |error: std::io::Error| refused(format!("{}: {error}", path.display()));
    let text = crate::io::files::read(path, LONGEST_FILE).map_err(failed)?;
    text.ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))
}

/// Endings of files that no domain has.
const ENDINGS: [&str; 3] = ["toml", "txt", "db"];

/// The name of a zone that was read as the value of `--sandbox`, which takes its place behind the flag with the usual
/// scenario.
pub(super) fn zone_taken_for_scenario(scenario: &mut Option<String>) -> Option<String> {
    let word = scenario.as_deref()?;
    let path = Path::new(word);
    let is_file =
        path.exists() || path.extension().is_none_or(|ending| ENDINGS.iter().any(|one| ending == *one));
    let is_zone = !is_file && sandbox::named(word).is_err() && DomainName::parse(word).is_ok();
    is_zone.then(|| scenario.replace(USUAL.to_owned())).flatten()
}

/// A sandbox in this process.
pub(super) async fn in_process(name: &str) -> Result<Sandbox, Stopped> {
    Sandbox::start(scenario(name)?, Options::default()).await.map_err(refused)
}

/// Refuses options that would lead past the sandbox that was asked for.
pub(super) fn only(global: &Global) -> Result<(), Stopped> {
    let given = [
        ("--api-url", global.api_url.is_some()),
        ("--token-file", global.token_file.is_some()),
        ("--resolver", !global.resolver.is_empty()),
        ("--authoritative", !global.authoritative.is_empty()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(refused(format!("{option} and --sandbox exclude each other"))),
        None => Ok(()),
    }
}
