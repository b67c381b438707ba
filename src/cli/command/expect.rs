//! `expect`: read what a platform shows, and write it as a manifest to keep. Effects: files, terminal.

use super::context::Context;
use super::{Stopped, request};
use crate::cli::arguments::{self, ManifestFormat};
use crate::cli::settings;
use crate::model::expectation::document::with_domains;
use crate::model::expectation::input::{self, Reading, to_json, to_manifest};
use crate::model::failure::Exit;
use crate::report;

pub(super) fn run(context: &Context<'_>, arguments: &arguments::Expect) -> Result<Exit, Stopped> {
    let Context { terminal, settings, .. } = context;
    let zones = settings::names("--zone", &arguments.zone)?;
    let document = request::document("--from", &arguments.from)?;
    terminal.open()?;
    let catalog = settings::catalog::catalog(settings)?;
    let within = with_domains(&zones);
    let known = input::Context { zones: &within, bases: &zones, catalog: &catalog };
    let understood = document.understand(&known)?;
    // The manifest goes to standard output, what is to be said about it does not.
    report::understood(&understood, &mut terminal.errors())?;
    let text = match arguments.to {
        ManifestFormat::Toml => to_manifest(&understood.reading, &known),
        ManifestFormat::Json => to_json(&understood.reading, &known),
    };
    terminal.answer(&text)?;
    let Reading { unread, unrecognised, .. } = &understood.reading;
    Ok(if unread.is_empty() && unrecognised.is_empty() { Exit::Done } else { Exit::Findings })
}
