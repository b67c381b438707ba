//! Every choice, made once: flag, variable, default. Effects: environment, files.

pub mod catalog;
pub mod choice;
pub mod environment;
mod error;
pub mod file;
pub mod network;
pub mod token;

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use crate::cli::arguments::Global;
use crate::io::cloudflare::Connection;
use crate::io::files::{self, Others};
use crate::io::provider::Service;
use crate::io::provider::client::ProviderClient;
use crate::io::tls::Trust;
use crate::model::dns::DomainName;
use crate::model::expectation::{self, Expectation};
use crate::model::ids::AccountId;
use crate::model::{plain, suggest};
use choice::{Choice, Origin, TokenSource, option, variable};
use environment::Environment;

pub use error::SettingsError;

use file::{Profile, SettingsFile};

const API: &str = "https://api.cloudflare.com/client/v4";
/// Longest settings file that is read.
pub const LONGEST_FILE: u64 = 1 << 20;
/// How long is waited for public DNS after a change.
pub const WAIT: Duration = Duration::from_mins(5);
/// Longest wait that makes sense: two days, the time of the slowest caches.
const LONGEST_WAIT: Duration = Duration::from_hours(48);

/// What was chosen, wherever it was.
#[derive(Debug, Clone)]
pub struct Settings {
    pub global: Global,
    pub environment: Environment,
    /// The settings file, if there is one.
    pub path: Option<Choice<PathBuf>>,
    pub file: SettingsFile,
    /// The profile in use, and what holds with it.
    pub profile: Option<Choice<String>>,
    pub values: Profile,
}

/// A path in a line of text.
pub fn shown(path: &Path) -> String {
    plain::sanitize_line(&path.display().to_string())
}

impl Settings {
    /// Without a settings file.
    pub fn without_file(global: Global, environment: Environment) -> Self {
        let (file, values) = (SettingsFile::default(), Profile::default());
        Self { global, environment, path: None, file, profile: None, values }
    }

    /// With the settings file, if there is one.
    pub fn read(global: Global, environment: Environment) -> Result<Self, SettingsError> {
        let path = settings_path(&global, &environment);
        let place = path.as_ref().map(|path| shown(&path.value)).unwrap_or_default();
        if path.is_some_and(|path| path.origin != Origin::Default && !path.value.exists()) {
            let source = std::io::Error::other("there is no such file");
            return Err(SettingsError::UnreadFile { path: place, source });
        }
        let common = Self::read_common(global, environment)?;
        let in_file =
            |name| Choice { value: name, origin: Origin::File { at: place.clone(), key: "default_profile" } };
        let profile = common.new_profile().or_else(|| common.file.default_profile.clone().map(in_file));
        let name = profile.as_ref().map(|profile| profile.value.as_str());
        let Some(values) = common.file.with_profile(name).cloned() else {
            let name = plain::sanitize_line(name.unwrap_or_default());
            let meant = suggest::did_you_mean(&name, common.file.profiles.keys().map(String::as_str));
            return Err(SettingsError::NoProfile { name, place, meant });
        };
        Ok(Self { profile, values, ..common })
    }

    /// The same without any profile: for one that is about to be made.
    pub fn read_common(global: Global, environment: Environment) -> Result<Self, SettingsError> {
        let Some(path) = settings_path(&global, &environment) else {
            return Ok(Self::without_file(global, environment));
        };
        let unread = |source| SettingsError::UnreadFile { path: shown(&path.value), source };
        let Some(text) = files::read(&path.value, LONGEST_FILE).map_err(unread)? else {
            return Ok(Self::without_file(global, environment));
        };
        let home = environment.path("HOME");
        let file = SettingsFile::read(&path.value, home.as_deref(), &text)?;
        if file.holds_secret() && files::is_open_to(&path.value, Others::Read) {
            return Err(SettingsError::OpenFile(shown(&path.value)));
        }
        let values = file.common.clone();
        Ok(Self { global, environment, path: Some(path), file, profile: None, values })
    }

    /// The profile that is about to be made.
    pub fn new_profile(&self) -> Option<Choice<String>> {
        let named = option("--profile", self.global.profile.first().cloned());
        named.or_else(|| self.text(&["CF_DOMAUTH_PROFILE"]))
    }

    /// The same for another profile of the file.
    pub fn of_profile(&self, name: &str) -> Result<Self, SettingsError> {
        let global = Global { profile: vec![name.to_owned()], ..self.global.clone() };
        Self::read(global, self.environment.clone())
    }

    /// The same with a token that comes before all others.
    #[must_use]
    pub fn with_token(self, token: SecretString) -> Self {
        let global = Global { token_file: None, ..self.global };
        Self { environment: self.environment.with_secret(choice::TOKENS[0], token), global, ..self }
    }

    /// The same with some variables set anew: how a sandbox in this process is pointed at.
    #[must_use]
    pub fn with(self, values: &[(&'static str, String)]) -> Self {
        Self { environment: self.environment.with(values), ..self }
    }
}

/// Where the settings file is, or is looked for.
pub fn settings_path(global: &Global, environment: &Environment) -> Option<Choice<PathBuf>> {
    let usual = || {
        let folders = directories::ProjectDirs::from("", "", "cf-domauth")?;
        Some(Choice { value: folders.config_dir().join("settings.toml"), origin: Origin::Default })
    };
    let named = option("--settings", global.settings.clone());
    named.or_else(|| variable(&["CF_DOMAUTH_SETTINGS"], |name| environment.path(name))).or_else(usual)
}

/// The account to which zones are narrowed.
pub fn account(settings: &Settings, option: Option<&str>) -> Result<Option<AccountId>, SettingsError> {
    let chosen = settings.account(option);
    chosen.map(|Choice { value, origin }| account_id(&origin.to_string(), &value)).transpose()
}

fn account_id(origin: &str, text: &str) -> Result<AccountId, SettingsError> {
    AccountId::parse(text).map_err(|source| SettingsError::Id { origin: origin.to_owned(), source })
}

/// Where the API is and what opens it.
pub fn connection(settings: &Settings) -> Result<Connection, SettingsError> {
    Ok(Connection::new(&settings.api_url().value, token::credential(settings)?)?)
}

/// The sending provider to ask, with its key.
pub fn provider(
    word: &str,
    environment: &Environment,
    trust: &Trust,
) -> Result<(Service, ProviderClient), SettingsError> {
    let service =
        Service::from_word(word).ok_or_else(|| SettingsError::NoSuchProvider(plain::sanitize_line(word)))?;
    let variable = service.key_variable();
    let missing = SettingsError::NoProviderKey { provider: service.name(), variable };
    let key = environment.secret(variable).ok_or(missing)?;
    let base = environment.plain(service.base_variable());
    Ok((service, ProviderClient::new(service, base, key.clone(), trust)?))
}

/// Where journals are kept.
pub fn state_dir(settings: &Settings) -> Result<PathBuf, SettingsError> {
    settings.state_dir().map(|chosen| chosen.value).ok_or(SettingsError::NoStateDir)
}

/// What others on this machine could read or change that they should not.
pub fn exposed(settings: &Settings) -> Vec<String> {
    let token = match settings.token().map(|chosen| chosen.value) {
        Some(TokenSource::File(path)) if path.is_file() => Some(path),
        _ => None,
    };
    let (folder, own) = (state_dir(settings).ok(), settings.path.clone().map(|path| path.value));
    let all = [
        (token, Others::Read, "read the token file", "", 600),
        (folder, Others::Write, "write to the state folder", ", where undo reads", 700),
        (own, Others::Write, "write to the settings file", ", which may name programs to run", 600),
    ];
    let told = |(path, others, can, why, mode): (Option<PathBuf>, Others, &str, &str, u16)| {
        let path = path.filter(|path| files::is_open_to(path, others))?;
        let path = path.display();
        Some(plain::sanitize_line(&format!("others can {can} {path}{why}: run `chmod {mode} {path}`")))
    };
    all.into_iter().filter_map(told).collect()
}

/// Reads a list of domain names given with `origin`.
pub fn names(origin: &str, texts: &[String]) -> Result<Vec<DomainName>, SettingsError> {
    texts.iter().map(|text| name(origin, text)).collect()
}

/// Reads a domain name given with `origin`.
pub fn name(origin: &str, text: &str) -> Result<DomainName, SettingsError> {
    DomainName::parse(text).map_err(|source| SettingsError::Name {
        origin: origin.to_owned(),
        text: plain::sanitize_line(text),
        source,
    })
}

/// Reads what is expected.
pub fn expectations(texts: &[String]) -> Result<Vec<Expectation>, SettingsError> {
    let given = texts.iter().map(|text| expectation::from_argument(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(expectation::agree(given)?)
}

/// How long to wait for public DNS after a change.
pub fn wait(settings: &Settings, option: Option<&str>) -> Result<Duration, SettingsError> {
    let chosen = settings.wait(option);
    chosen.map_or(Ok(WAIT), |Choice { value, origin }| duration(&origin.to_string(), &value))
}

/// Reads a length of time, not negative and no longer than 48 hours: `90s`, `5m`, `1h30m`, or a bare number of seconds.
pub fn duration(origin: &str, text: &str) -> Result<Duration, SettingsError> {
    let bad = || SettingsError::Duration { origin: origin.to_owned(), text: plain::sanitize_line(text) };
    let seconds = text.trim().parse().ok().map(Duration::from_secs);
    let parsed = || text.trim().parse::<jiff::SignedDuration>().ok()?.try_into().ok();
    seconds.or_else(parsed).filter(|read| *read <= LONGEST_WAIT).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::{Cli, Command};
    use crate::io::cloudflare::Credential;
    use clap::Parser as _;

    pub(super) fn settings(arguments: &[&str], variables: &[(&'static str, &str)]) -> Settings {
        let all = ["cf-domauth"].into_iter().chain(arguments.iter().copied()).chain(["confirm", "a.test"]);
        let cli = Cli::try_parse_from(all).unwrap();
        assert!(matches!(cli.command, Command::Confirm(_)));
        let values: Vec<_> = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Settings::without_file(cli.global, Environment::default().with(&values))
    }

    #[test]
    fn the_token_comes_before_the_legacy_pair_and_none_is_an_error() {
        let of = |variables: &[(&'static str, &str)]| token::credential(&settings(&[], variables));
        let pair = [("CLOUDFLARE_API_KEY", "k"), ("CLOUDFLARE_EMAIL", "a@example.com")];
        assert!(matches!(of(&[pair[0], pair[1], ("CF_API_TOKEN", "t")]), Ok(Credential::Token(_))));
        assert!(matches!(of(&pair), Ok(Credential::Key { .. })));
        let older = [("CF_API_KEY", "k"), ("CF_API_EMAIL", "a@example.com")];
        assert!(matches!(of(&older), Ok(Credential::Key { .. })));
        assert!(matches!(of(&pair[..1]), Err(SettingsError::NoToken)));
        assert!(matches!(of(&[("CLOUDFLARE_API_TOKEN", "  ")]), Err(SettingsError::NoToken)));
    }

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        let seconds = |text: &str| duration("--wait", text).map(|wait| wait.as_secs()).ok();
        let of = ["0", "90", "90s", "5m", "1h30m"].map(seconds);
        assert_eq!(of, [Some(0), Some(90), Some(90), Some(300), Some(5_400)]);
        for bad in ["", "-5s", "soon", "49h", "5 parsecs"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_state_folder_follows_the_platforms_habits() {
        let of = |variables: &[(&'static str, &str)]| state_dir(&settings(&[], variables)).unwrap();
        assert_eq!(of(&[("HOME", "/home/a")]), Path::new("/home/a/.local/state/cf-domauth"));
        assert_eq!(of(&[("HOME", "/home/a"), ("XDG_STATE_HOME", "/s")]), Path::new("/s/cf-domauth"));
        assert_eq!(of(&[("HOME", "/home/a"), ("CF_DOMAUTH_STATE_DIR", "/x")]), Path::new("/x"));
    }
}
