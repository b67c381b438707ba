//! `expect`: read what a platform shows, and write it as a manifest to keep. Effects: files, terminal.

use super::Stopped;
use super::input;
use crate::cli::{self, Global, ManifestFormat};
use crate::expectation;
use crate::expectation::input::{Context, to_json, to_manifest};
use crate::failure::Exit;
use crate::report;
use crate::settings::environment::Environment;
use crate::settings::{self, SettingsError};
use crate::ui::Terminal;

pub(super) fn run(
    terminal: &Terminal,
    global: &Global,
    environment: &Environment,
    arguments: &cli::Expect,
) -> Result<Exit, Stopped> {
    let zones = settings::names("--zone", &arguments.zone)?;
    let input = input::read("--from", &arguments.from)?;
    terminal.open()?;
    let catalogue = settings::catalog::catalogue(global, environment)?;
    let understood = input.understand(&zones, &catalogue)?;
    if !zones.is_empty() {
        let (records, policies) = (understood.expectations(), understood.policies());
        let records = records.iter().map(|one| (&one.name, one.source.words()));
        let policies = policies.iter().map(|one| (&one.name, one.source.words()));
        expectation::inside(records.chain(policies), &zones).map_err(SettingsError::Expectation)?;
    }
    // The manifest goes to standard output, what is to be said about it does not.
    report::understood(&understood, &mut terminal.errors())?;
    let context = Context { zones: &zones, catalogue: &catalogue };
    let text = match arguments.to {
        ManifestFormat::Toml => to_manifest(&understood.reading, &context),
        ManifestFormat::Json => to_json(&understood.reading, &context),
    };
    terminal.answer(&text)?;
    Ok(if understood.reading.unread.is_empty() { Exit::Done } else { Exit::Findings })
}
