//! What was chosen, and where: an option comes before a variable, a variable before the settings file, that before the
//! default. Effects: none, but for the environment that was read.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::Settings;

/// The variables that hold a token, the first that is set wins.
pub const TOKENS: [&str; 2] = ["CLOUDFLARE_API_TOKEN", "CF_API_TOKEN"];

/// Where a choice was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Option(&'static str),
    Variable(&'static str),
    /// In the settings file: its path with the line, and the key.
    File {
        at: String,
        key: &'static str,
    },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) | Self::Variable(name) => f.write_str(name),
            Self::File { at, key } => write!(f, "{at} {key}"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A value, and where it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    pub value: T,
    pub origin: Origin,
}

/// Where what opens the API comes from.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// It stands in a variable, or in the settings file itself.
    Literal(SecretString),
    /// The legacy key, with its address.
    Key { email: String, key: SecretString },
    /// A file that holds it.
    File(PathBuf),
    /// A variable that the settings file names.
    Variable(String),
    /// A program that prints it, with its arguments.
    Command(Vec<String>),
    /// An entry in the keyring of the operating system.
    Keyring(String),
}

impl<T> Choice<T> {
    /// The same place with something made of the value.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Choice<U> {
        Choice { value: make(self.value), origin: self.origin }
    }
}

pub(super) fn option<T>(name: &'static str, value: Option<T>) -> Option<Choice<T>> {
    value.map(|value| Choice { value, origin: Origin::Option(name) })
}

/// An option that may be given several times.
fn options<T: Clone>(name: &'static str, values: &[T]) -> Option<Choice<Vec<T>>> {
    option(name, (!values.is_empty()).then(|| values.to_vec()))
}

/// The first of some variables that is set.
pub(super) fn variable<T>(names: &[&'static str], read: impl Fn(&str) -> Option<T>) -> Option<Choice<T>> {
    names.iter().find_map(|name| Some(Choice { value: read(name)?, origin: Origin::Variable(name) }))
}

impl Settings {
    pub(super) fn text(&self, names: &[&'static str]) -> Option<Choice<String>> {
        variable(names, |name| self.environment.plain(name).map(str::to_owned))
    }

    fn list(&self, name: &'static str) -> Option<Choice<Vec<String>>> {
        let split = |text: String| text.split(',').map(|one| one.trim().to_owned()).collect();
        Some(self.text(&[name])?.map(split))
    }

    fn path(&self, name: &'static str) -> Option<Choice<PathBuf>> {
        variable(&[name], |name| self.environment.path(name))
    }

    fn secret(&self, names: &[&'static str]) -> Option<Choice<SecretString>> {
        variable(names, |name| self.environment.secret(name).cloned())
    }

    /// Where the API is.
    pub fn api_url(&self) -> Choice<String> {
        let variables = ["CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL"];
        let chosen = option("--api-url", self.global.api_url.clone()).or_else(|| self.text(&variables));
        let usual = || Choice { value: super::API.to_owned(), origin: Origin::Default };
        chosen.or_else(|| self.values.api_url.clone()).unwrap_or_else(usual)
    }

    /// The account to which zones are narrowed.
    pub fn account(&self, given: Option<&str>) -> Option<Choice<String>> {
        let chosen = option("--account", given.map(str::to_owned));
        let chosen = chosen.or_else(|| self.text(&["CLOUDFLARE_ACCOUNT_ID"]));
        chosen.or_else(|| self.values.account.clone())
    }

    /// Public resolvers to ask, if any were chosen.
    pub fn resolvers(&self) -> Option<Choice<Vec<String>>> {
        let chosen = options("--resolver", &self.global.resolver);
        let chosen = chosen.or_else(|| self.list("CF_DOMAUTH_RESOLVERS"));
        chosen.or_else(|| self.values.resolvers.clone())
    }

    /// Authoritative servers to ask instead of the zones' own, if any were chosen.
    pub fn authoritative(&self) -> Option<Choice<Vec<String>>> {
        let chosen = options("--authoritative", &self.global.authoritative);
        let chosen = chosen.or_else(|| self.list("CF_DOMAUTH_AUTHORITATIVE"));
        chosen.or_else(|| self.values.authoritative.clone())
    }

    /// Certificates to trust besides the usual ones.
    pub fn ca_file(&self) -> Option<Choice<PathBuf>> {
        let chosen = option("--ca-file", self.global.ca_file.clone());
        chosen.or_else(|| self.path("SSL_CERT_FILE")).or_else(|| self.values.ca_file.clone())
    }

    /// Provider files that were named.
    pub fn catalog(&self) -> Option<Choice<Vec<PathBuf>>> {
        options("--catalog", &self.global.catalog).or_else(|| self.values.catalog.clone())
    }

    /// Where journals are kept, if anything tells.
    pub fn state_dir(&self) -> Option<Choice<PathBuf>> {
        let chosen = option("--state-dir", self.global.state_dir.clone());
        let chosen = chosen.or_else(|| self.path("CF_DOMAUTH_STATE_DIR"));
        let usual = || {
            let below_home = Path::new(".local").join("state");
            let folder = self.environment.own_folder("XDG_STATE_HOME", &below_home, "LOCALAPPDATA")?;
            Some(Choice { value: folder, origin: Origin::Default })
        };
        chosen.or_else(|| self.values.state_dir.clone()).or_else(usual)
    }

    /// How long is waited for public DNS after a change, if that was chosen.
    pub fn wait(&self, given: Option<&str>) -> Option<Choice<String>> {
        option("--wait", given.map(str::to_owned)).or_else(|| self.values.wait.clone())
    }

    /// The zones that are meant where none is named.
    pub fn zones(&self) -> Option<Choice<Vec<String>>> {
        self.values.zones.clone()
    }

    /// What opens the API, if anything does.
    pub fn token(&self) -> Option<Choice<TokenSource>> {
        let file = option("--token-file", self.global.token_file.clone().map(TokenSource::File));
        let token = || Some(self.secret(&TOKENS)?.map(TokenSource::Literal));
        let key = || {
            let key = self.secret(&["CLOUDFLARE_API_KEY", "CF_API_KEY"])?;
            let email = self.text(&["CLOUDFLARE_EMAIL", "CF_API_EMAIL"])?;
            Some(key.map(|key| TokenSource::Key { email: email.value, key }))
        };
        file.or_else(token).or_else(key).or_else(|| self.values.token.clone())
    }
}
