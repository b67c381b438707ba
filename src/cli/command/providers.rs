//! `providers`: what the catalog knows. Effects: files, terminal.

use std::fmt::Write as _;

use super::context::Context;
use super::{Stopped, is_json, usage};
use crate::cli::arguments::{Providers, ProvidersCommand};
use crate::cli::settings;
use crate::model::catalog::{Catalog, Entry, Provider};
use crate::model::diagnosis::{Classification, classify};
use crate::model::failure::Exit;
use crate::model::{plain, suggest};
use crate::report::objects;

pub(super) fn run(context: &Context<'_>, arguments: &Providers) -> Result<Exit, Stopped> {
    let Context { terminal, settings, .. } = context;
    let is_json = is_json(terminal)?;
    let catalog = settings::catalog::catalog(settings)?;
    let (text, exit) = match &arguments.command {
        None | Some(ProvidersCommand::List) => {
            (if is_json { objects::catalog(&catalog) } else { list(&catalog) }, Exit::Done)
        }
        Some(ProvidersCommand::Show { id }) => {
            let known = catalog.providers().find(|provider| provider.id.eq_ignore_ascii_case(id));
            let provider = known.ok_or_else(|| unknown(&catalog, id))?;
            let json = || objects::provider(&catalog, provider);
            (if is_json { json() } else { show(&catalog, provider) }, Exit::Done)
        }
        Some(ProvidersCommand::Match { name, target }) => matched(&catalog, name, target, is_json)?,
    };
    terminal.open()?;
    terminal.answer(&text)?;
    Ok(exit)
}

fn unknown(catalog: &Catalog, id: &str) -> Stopped {
    let meant = suggest::did_you_mean(id, catalog.providers().map(|provider| &*provider.id));
    let hint = "`cf-domauth providers` lists them with their short names".to_owned();
    let id = plain::sanitize_line(id);
    usage(format!("there is no provider `{id}` in the catalog"), meant.into_iter().chain([hint]))
}

fn list(catalog: &Catalog) -> String {
    let width = catalog.providers().map(|provider| provider.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for provider in catalog.providers() {
        let mut roles: Vec<&str> =
            catalog.entries_of(&provider.id).iter().map(|entry| entry.role.word()).collect();
        roles.dedup();
        let roles = if roles.is_empty() { "TXT records only".to_owned() } else { roles.join(", ") };
        writeln!(text, "{:width$}  {}  ({roles})", provider.id, provider.name).ok();
    }
    let all = plain::count(catalog.providers().count(), "provider");
    writeln!(text, "\n{all}; `cf-domauth providers show ID` tells more").ok();
    text
}

fn show(catalog: &Catalog, provider: &Provider) -> String {
    let mut text = format!("{}  {}\n", provider.name, provider.id);
    writeln!(text, "  source: {} (checked {})", provider.source, provider.checked).ok();
    if let Some(place) = &provider.verify {
        writeln!(text, "  verify: {place}").ok();
    }
    for entry in catalog.entries_of(&provider.id) {
        let at = entry.name.as_ref().map(|name| format!("{} ", name.as_str())).unwrap_or_default();
        writeln!(text, "\n  {at}CNAME to {}", entry.pattern.as_str()).ok();
        writeln!(text, "      for {}; {}", entry.role.describe(), what_is_done(entry)).ok();
        writeln!(text, "      evidence: {}", entry.evidence.words()).ok();
        if let Some(instead) = &entry.instead {
            writeln!(text, "      asked for is {instead}").ok();
        }
        if let Some(note) = &entry.note {
            writeln!(text, "      {note}").ok();
        }
    }
    for (role, name) in &provider.texts {
        writeln!(text, "\n  TXT at {name}\n      for {}; looked at, never written", role.describe()).ok();
    }
    text
}

fn what_is_done(entry: &Entry) -> &'static str {
    use crate::model::catalog::Treatment;
    match (entry.treatment, entry.is_unproxiable) {
        _ if entry.instead.is_some() => "filed by mistake: reported and left alone",
        (Treatment::Fix, true) => "must be DNS only, and Cloudflare refuses to proxy it",
        (Treatment::Fix, false) => "must be DNS only: fix makes it so",
        (Treatment::Confirm, _) => "fix makes it DNS only if you name it with --record",
        (Treatment::Leave, _) => "may be proxied: left alone",
    }
}

/// What a record of that name and target would be taken for.
fn matched(catalog: &Catalog, name: &str, target: &str, is_json: bool) -> Result<(String, Exit), Stopped> {
    let read = |text: &str| settings::name("providers match", text);
    let (name, target) = (&read(name)?, &read(target)?);
    let found = classify(name, target, false, catalog);
    let entry = found.as_ref().and_then(|_| catalog.find_record(name, target));
    let exit = if found.is_some() { Exit::Done } else { Exit::Findings };
    if is_json {
        return Ok((objects::matched((name, target), found.as_ref(), entry), exit));
    }
    let Some(found) = found else {
        let text = format!(
            "{name} CNAME {target}\n  not known as a record for mail: left alone unless you name it\n"
        );
        return Ok((text, exit));
    };
    let Classification { role, provider, note, .. } = &found;
    let of = provider.as_ref().map(|provider| format!(" of {}", provider.name)).unwrap_or_default();
    let mut text = format!("{name} CNAME {target}\n");
    writeln!(text, "  {}{of} ({})", role.describe(), role.word()).ok();
    let action = entry.map_or("must be DNS only: fix makes it so", what_is_done);
    writeln!(text, "  {action}").ok();
    writeln!(text, "  because {}", found.evidence()).ok();
    if let Some(entry) = entry {
        writeln!(text, "  pattern {}: {}", entry.pattern.as_str(), entry.evidence.words()).ok();
    }
    if let Some(note) = note {
        writeln!(text, "  {note}").ok();
    }
    Ok((text, exit))
}
