//! `settings`: each setting and where it came from. Effects: files, terminal.

use super::Stopped;
use super::usage::UsageError;
use crate::cli::arguments::{Format, SettingsArguments, SettingsCommand};
use crate::cli::settings::choice::{Choice, Origin, TokenFrom};
use crate::cli::settings::file::TokenSource;
use crate::cli::settings::{self, Settings, WAIT};
use crate::cli::ui::Terminal;
use crate::model::failure::Exit;
use crate::model::lookup::WELL_KNOWN;
use crate::model::plain;
use crate::report::objects::{self, SettingV1, SettingsV1};

pub(super) fn run(
    terminal: &Terminal,
    settings: &Settings,
    arguments: &SettingsArguments,
) -> Result<Exit, Stopped> {
    if let Some(SettingsCommand::Path) = arguments.command {
        let path = settings::settings_path(&settings.global, &settings.environment);
        terminal.answer(&format!("{}\n", path.unwrap_or_default().display()))?;
        return Ok(Exit::Done);
    }
    let shown = shown(settings);
    let text = match terminal.format() {
        Format::Human => as_lines(&shown),
        Format::Json | Format::Jsonl => objects::line(&SettingsV1::of(shown)),
        Format::Markdown | Format::Html | Format::Csv | Format::Openmetrics => {
            return Err(UsageError::ListFormat.into());
        }
    };
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
type Row = (&'static str, Option<(String, Origin)>, String);

/// Every setting, in the order of their names in the file.
pub(super) fn shown(settings: &Settings) -> Vec<SettingV1> {
    let joined = |chosen: Choice<Vec<String>>| {
        said(chosen, |list| list.iter().map(|one| plain::address(one)).collect::<Vec<_>>().join(", "))
    };
    let file = settings.file.path.as_ref().map(|path| path.display().to_string());
    let usual = settings::settings_path(&settings.global, &settings.environment);
    let usual = usual.map(|path| format!("none (looked for at {})", path.display()));
    let resolvers = WELL_KNOWN.iter().map(|one| one.address).collect::<Vec<_>>().join(", ");
    let rules = settings.file.rules.len();
    let paths = |list: Vec<std::path::PathBuf>| {
        list.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    let path = |chosen: Choice<std::path::PathBuf>| said(chosen, |path| path.display().to_string());
    let rows: [Row; 13] = [
        ("settings", file.map(|file| (file, file_origin(settings))), usual.unwrap_or_default()),
        (
            "profile",
            settings.file.profile.clone().map(|name| (name, profile_origin(settings))),
            "none".to_owned(),
        ),
        ("account", settings.account(None).map(|chosen| said(chosen, |id| id)), "all".to_owned()),
        ("api_url", Some(said(settings.api_url(), |url| plain::address(&url))), String::new()),
        ("authoritative", settings.authoritative().map(joined), "those of each zone".to_owned()),
        ("ca_file", settings.ca_file().map(path), "none".to_owned()),
        ("catalog", settings.catalog().map(|chosen| said(chosen, paths)), "none".to_owned()),
        ("ignore", (rules > 0).then(|| (plain::count(rules, "rule"), Origin::Default)), "nothing".to_owned()),
        ("resolvers", settings.resolvers().map(joined), resolvers),
        ("state_dir", settings.state_dir().map(path), "none".to_owned()),
        ("token", settings.token().map(|chosen| said(chosen, token)), "none".to_owned()),
        (
            "wait",
            settings.wait(None).map(|chosen| said(chosen, |wait| wait)),
            format!("{}m", WAIT.as_secs() / 60),
        ),
        ("zones", settings.zones().map(joined), "those that are named".to_owned()),
    ];
    rows.into_iter()
        .map(|(name, chosen, usual)| {
            let (value, origin) = chosen.unwrap_or((usual, Origin::Default));
            let origin = if name == "ignore" && rules > 0 {
                "the settings file".to_owned()
            } else {
                origin.to_string()
            };
            SettingV1 { name, value: plain::sanitize_line(&value), origin }
        })
        .collect()
}

fn said<T>(chosen: Choice<T>, how: impl FnOnce(T) -> String) -> (String, Origin) {
    (how(chosen.value), chosen.origin)
}

fn file_origin(settings: &Settings) -> Origin {
    let variable = settings.environment.path("CF_DOMAUTH_SETTINGS");
    match (&settings.global.settings, variable) {
        (Some(_), _) => Origin::Option("--settings"),
        (None, Some(_)) => Origin::Variable("CF_DOMAUTH_SETTINGS"),
        (None, None) => Origin::Default,
    }
}

fn profile_origin(settings: &Settings) -> Origin {
    let variable = settings.environment.plain("CF_DOMAUTH_PROFILE");
    match (settings.global.profile.first(), variable) {
        (Some(_), _) => Origin::Option("--profile"),
        (None, Some(_)) => Origin::Variable("CF_DOMAUTH_PROFILE"),
        (None, None) => {
            let at = settings.file.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            Origin::File { at: plain::sanitize_line(&at), key: "default_profile" }
        }
    }
}

/// Where the token is kept; never what it is.
fn token(from: TokenFrom) -> String {
    match from {
        TokenFrom::File(path) | TokenFrom::Source(TokenSource::File(path)) => {
            format!("in the file {}", path.display())
        }
        TokenFrom::Key(_, email) => format!("the legacy global key of {email}, not shown"),
        TokenFrom::Variable(_) | TokenFrom::Source(TokenSource::Literal(_)) => "set, not shown".to_owned(),
        TokenFrom::Source(TokenSource::Variable(name)) => format!("in the variable {name}"),
        TokenFrom::Source(TokenSource::Command(words)) => {
            format!("printed by {}", settings::token::program(&words))
        }
        TokenFrom::Source(TokenSource::Keyring(entry)) => format!("in the keyring, as {entry}"),
    }
}
