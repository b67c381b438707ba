//! `settings`: each setting and where it came from. Effects: files, terminal.

use std::path::PathBuf;

use super::context::Context;
use super::{Stopped, is_json};
use crate::cli::arguments::{SettingsArguments, SettingsCommand};
use crate::cli::settings::choice::{Choice, Origin, TokenSource};
use crate::cli::settings::{self, Settings, WAIT};
use crate::model::failure::Exit;
use crate::model::lookup::WELL_KNOWN;
use crate::model::plain;
use crate::report::objects::{self, SettingV1};

pub(super) fn run(context: &Context<'_>, arguments: &SettingsArguments) -> Result<Exit, Stopped> {
    let Context { terminal, settings, .. } = context;
    if let Some(SettingsCommand::Path) = arguments.command {
        let path = settings::settings_path(&settings.global, &settings.environment).map(|path| path.value);
        terminal.open()?;
        terminal.answer(&format!("{}\n", path.unwrap_or_default().display()))?;
        return Ok(Exit::Done);
    }
    let shown = shown(settings);
    let text = if is_json(terminal)? { objects::settings(shown) } else { as_lines(&shown) };
    terminal.open()?;
    terminal.answer(&text)?;
    Ok(Exit::Done)
}

fn as_lines(shown: &[SettingV1]) -> String {
    let width =
        |of: fn(&SettingV1) -> &str| shown.iter().map(|one| of(one).chars().count()).max().unwrap_or(0);
    let (names, values) = (width(|one| one.name), width(|one| &one.value).min(48));
    let line = |one: &SettingV1| {
        let SettingV1 { name, value, origin } = one;
        format!("{name:names$}  {value:values$}  {origin}\n")
    };
    shown.iter().map(line).collect()
}

/// A setting: its name, what was chosen and where, and the default.
pub(super) type Row = (&'static str, Option<Choice<String>>, String);

/// Every setting, in the order of their names in the file.
pub(super) fn rows(settings: &Settings) -> [Row; 13] {
    let addresses = |list: Vec<String>| joined(list.iter().map(|one| plain::address(one)));
    let path = |path: PathBuf| path.display().to_string();
    let paths = |list: Vec<PathBuf>| joined(list.iter().map(|path| path.display().to_string()));
    let usual = settings::settings_path(&settings.global, &settings.environment);
    let usual = usual.map(|path| format!("none (looked for at {})", path.value.display()));
    let api_url = settings.api_url().map(|url| plain::address(&url));
    let rules = Some(settings.file.rules.len()).filter(|rules| *rules > 0);
    let rules = rules.map(|rules| Choice { value: plain::count(rules, "rule"), origin: Origin::Default });
    let resolvers = joined(WELL_KNOWN.iter().map(|one| one.address.to_owned()));
    let none = || "none".to_owned();
    [
        ("settings", settings.path.clone().map(|file| file.map(path)), usual.unwrap_or_default()),
        ("profile", settings.profile.clone(), none()),
        ("account", settings.account(None), "all".to_owned()),
        ("api_url", Some(api_url), String::new()),
        (
            "authoritative",
            settings.authoritative().map(|list| list.map(addresses)),
            "those of each zone".to_owned(),
        ),
        ("ca_file", settings.ca_file().map(|file| file.map(path)), none()),
        ("catalog", settings.catalog().map(|list| list.map(paths)), none()),
        ("ignore", rules, "nothing".to_owned()),
        ("resolvers", settings.resolvers().map(|list| list.map(addresses)), resolvers),
        ("state_dir", settings.state_dir().map(|folder| folder.map(path)), none()),
        ("token", settings.token().map(|chosen| chosen.map(token)), none()),
        ("wait", settings.wait(None), format!("{}m", WAIT.as_secs() / 60)),
        ("zones", settings.zones().map(|list| list.map(addresses)), "those that are named".to_owned()),
    ]
}

fn shown(settings: &Settings) -> Vec<SettingV1> {
    let setting = |(name, chosen, usual): Row| {
        let Choice { value, origin } = chosen.unwrap_or(Choice { value: usual, origin: Origin::Default });
        let has_rules = name == "ignore" && !settings.file.rules.is_empty();
        let origin = if has_rules { "the settings file".to_owned() } else { origin.to_string() };
        SettingV1 { name, value: plain::sanitize_line(&value), origin }
    };
    rows(settings).into_iter().map(setting).collect()
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(", ")
}

/// Where the token is kept; never what it is.
fn token(from: TokenSource) -> String {
    match from {
        TokenSource::Literal(_) => "set, not shown".to_owned(),
        TokenSource::Key { email, .. } => format!("the legacy global key of {email}, not shown"),
        TokenSource::File(path) => format!("in the file {}", path.display()),
        TokenSource::Variable(name) => format!("in the variable {name}"),
        TokenSource::Command(words) => format!("printed by {}", settings::token::program(&words)),
        TokenSource::Keyring(entry) => format!("in the keyring, as {entry}"),
    }
}
