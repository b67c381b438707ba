//! Every choice, made once: flag, variable, default. Effects: environment, files.

pub mod catalog;
pub mod choice;
pub mod environment;
mod error;
pub mod file;
pub mod kept;
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
use crate::model::ignore::Rule;
use crate::model::{plain, suggest};
use choice::{Choice, TokenFrom};
use environment::Environment;

pub use error::SettingsError;

use file::{Profile, SettingsFile, TokenSource};
use kept::KeptError;

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
    /// The options of every command.
    pub global: Global,
    /// The variables.
    pub environment: Environment,
    /// What the settings file says.
    pub file: FromFile,
}

/// What the settings file says, if there is one.
#[derive(Debug, Clone, Default)]
pub struct FromFile {
    /// The file.
    pub path: Option<PathBuf>,
    /// The profile in use.
    pub profile: Option<String>,
    /// What that says.
    pub values: Profile,
    /// What stands above the profiles.
    pub common: Profile,
    /// All profiles.
    pub names: Vec<String>,
    /// What is to be ignored.
    pub rules: Vec<Rule>,
}

impl Settings {
    /// Without a settings file.
    pub fn without_file(global: Global, environment: Environment) -> Self {
        Self { global, environment, file: FromFile::default() }
    }

    /// With the settings file, if there is one.
    ///
    /// # Errors
    ///
    /// [`KeptError::File`] or [`KeptError::OpenFile`] when there is one that cannot be used, and
    /// [`KeptError::NoProfile`].
    pub fn read(global: Global, environment: Environment) -> Result<Self, KeptError> {
        let path = settings_path(&global, &environment);
        let is_named = global.settings.is_some() || environment.path("CF_DOMAUTH_SETTINGS").is_some();
        if let Some(path) = path.as_deref().filter(|path| is_named && !path.exists()) {
            let source = std::io::Error::other("there is no such file");
            return Err(KeptError::UnreadFile {
                path: plain::sanitize_line(&path.display().to_string()),
                source,
            });
        }
        let named = named_profile(&global, &environment);
        let file = from_file(path.as_deref(), named, environment.path("HOME").as_deref())?;
        Ok(Self { global, environment, file })
    }

    /// The same without any profile: for one that is about to be made.
    ///
    /// # Errors
    ///
    /// [`KeptError`] when there is a settings file that cannot be used.
    pub fn read_common(global: Global, environment: Environment) -> Result<Self, KeptError> {
        let path = settings_path(&global, &environment);
        let held = from_file(path.as_deref(), None, environment.path("HOME").as_deref())?;
        let values = held.common.clone();
        Ok(Self { global, environment, file: FromFile { values, profile: None, ..held } })
    }

    /// The profile that is about to be made.
    pub fn new_profile(&self) -> Option<String> {
        named_profile(&self.global, &self.environment)
    }

    /// The same for another profile of the file.
    ///
    /// # Errors
    ///
    /// As [`Settings::read`].
    pub fn of_profile(&self, name: &str) -> Result<Self, KeptError> {
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

fn named_profile(global: &Global, environment: &Environment) -> Option<String> {
    global.profile.first().cloned().or_else(|| environment.plain("CF_DOMAUTH_PROFILE").map(str::to_owned))
}

/// Where the settings file is, or is looked for.
pub fn settings_path(global: &Global, environment: &Environment) -> Option<PathBuf> {
    let usual =
        || Some(directories::ProjectDirs::from("", "", "cf-domauth")?.config_dir().join("settings.toml"));
    global.settings.clone().or(environment.path("CF_DOMAUTH_SETTINGS")).or_else(usual)
}

fn from_file(path: Option<&Path>, named: Option<String>, home: Option<&Path>) -> Result<FromFile, KeptError> {
    let place = plain::sanitize_line(&path.map(|path| path.display().to_string()).unwrap_or_default());
    let text = path.map_or(Ok(None), text_of)?;
    let held = match (path, &text) {
        (Some(path), Some(text)) => SettingsFile::read(path, home, text).map_err(KeptError::File)?,
        _ => SettingsFile::default(),
    };
    if held.holds_secret() && path.is_some_and(|path| files::is_open_to(path, Others::Read)) {
        return Err(KeptError::OpenFile(place));
    }
    let profile = named.or_else(|| Some(held.default_profile.as_ref()?.value.clone()));
    let Some(values) = held.with_profile(profile.as_deref()) else {
        let name = plain::sanitize_line(&profile.unwrap_or_default());
        let hint = suggest::did_you_mean(&name, held.profiles.keys().map(String::as_str));
        return Err(KeptError::NoProfile { name, place, hint });
    };
    let path = text.is_some().then(|| path.map(Path::to_owned)).flatten();
    let SettingsFile { common, profiles, rules, .. } = held;
    Ok(FromFile { path, profile, values, common, names: profiles.into_keys().collect(), rules })
}

/// The text of the settings file. `None` if it is not there.
fn text_of(path: &Path) -> Result<Option<String>, KeptError> {
    let place = || plain::sanitize_line(&path.display().to_string());
    files::read(path, LONGEST_FILE).map_err(|source| KeptError::UnreadFile { path: place(), source })
}

/// The account to which zones are narrowed.
///
/// # Errors
///
/// [`SettingsError::Id`].
pub fn account(settings: &Settings, option: Option<&str>) -> Result<Option<AccountId>, SettingsError> {
    let Some(Choice { value, origin }) = settings.account(option) else { return Ok(None) };
    let bad = |source| SettingsError::Id { origin: origin.to_string(), source };
    AccountId::parse(&value).map(Some).map_err(bad)
}

/// Where the API is and what opens it.
///
/// # Errors
///
/// [`SettingsError::NoToken`], [`SettingsError::TokenFile`] or [`SettingsError::Connection`].
pub fn connection(settings: &Settings) -> Result<Connection, SettingsError> {
    Ok(Connection::new(&settings.api_url().value, token::credential(settings)?)?)
}

/// The sending provider to ask, with its key.
///
/// # Errors
///
/// [`SettingsError::NoSuchProvider`], [`SettingsError::NoProviderKey`] or what is wrong with its address.
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
///
/// # Errors
///
/// [`SettingsError::NoStateDir`] when nothing tells.
pub fn state_dir(settings: &Settings) -> Result<PathBuf, SettingsError> {
    settings.state_dir().map(|chosen| chosen.value).ok_or(SettingsError::NoStateDir)
}

/// What others on this machine could read or change that they should not.
pub fn exposed(settings: &Settings) -> Vec<String> {
    let file = match settings.token().map(|chosen| chosen.value) {
        Some(TokenFrom::File(path) | TokenFrom::Source(TokenSource::File(path))) => Some(path),
        _ => None,
    };
    let file = file.filter(|path| path.is_file() && files::is_open_to(path, Others::Read));
    let file =
        file.map(|path| format!("others can read the token file {0}: run `chmod 600 {0}`", path.display()));
    let folder = state_dir(settings).ok();
    let folder = folder.filter(|path| files::is_open_to(path, Others::Write)).map(|path| {
        format!(
            "others can write to the state folder {0}, where undo reads: run `chmod 700 {0}`",
            path.display()
        )
    });
    let own = settings.file.path.as_deref().filter(|path| files::is_open_to(path, Others::Write)).map(|path| {
        format!(
            "others can write to the settings file {0}, which may name programs to run: run `chmod 600 {0}`",
            path.display()
        )
    });
    file.into_iter().chain(folder).chain(own).map(|text| plain::sanitize_line(&text)).collect()
}

/// Reads a list of domain names given with `origin`.
///
/// # Errors
///
/// [`SettingsError::Name`] for the first that is none.
pub fn names(origin: &str, texts: &[String]) -> Result<Vec<DomainName>, SettingsError> {
    let name = |text: &String| {
        DomainName::parse(text).map_err(|source| SettingsError::Name {
            origin: origin.to_owned(),
            text: plain::sanitize_line(text),
            source,
        })
    };
    texts.iter().map(name).collect()
}

/// Reads what is expected.
///
/// # Errors
///
/// [`SettingsError::Expectation`].
pub fn expectations(texts: &[String]) -> Result<Vec<Expectation>, SettingsError> {
    let given = texts.iter().map(|text| expectation::from_argument(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(expectation::agree(given)?)
}

/// How long to wait for public DNS: as was chosen, or the default.
///
/// # Errors
///
/// [`SettingsError::Duration`].
pub fn wait(chosen: Option<Choice<String>>, default: Duration) -> Result<Duration, SettingsError> {
    chosen.map_or(Ok(default), |Choice { value, origin }| duration(&origin.to_string(), &value))
}

/// Reads a length of time: `90s`, `5m`, `1h30m`, or a bare number of seconds.
///
/// # Errors
///
/// [`SettingsError::Duration`] when it is none, negative, or longer than 48 hours.
pub fn duration(origin: &str, text: &str) -> Result<Duration, SettingsError> {
    let bad = || SettingsError::Duration { origin: origin.to_owned(), text: plain::sanitize_line(text) };
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds)).filter(|wait| *wait <= LONGEST_WAIT).ok_or_else(bad);
    }
    let parsed: jiff::SignedDuration = text.trim().parse().map_err(|_| bad())?;
    Duration::try_from(parsed).ok().filter(|wait| *wait <= LONGEST_WAIT).ok_or_else(bad)
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
