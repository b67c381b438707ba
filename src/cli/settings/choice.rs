//! What was chosen, and where: an option comes before a variable, a variable before the settings file, that before the
//! default. Effects: none, but for the environment that was read.

use std::fmt;
use std::path::PathBuf;

use super::Settings;
use super::file::{At, TokenSource};
use crate::model::plain;

/// The variables that name the API, the first that is set wins.
pub const API_URLS: [&str; 2] = ["CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_BASE_URL"];
/// The variables that hold a token, the first that is set wins.
pub const TOKENS: [&str; 2] = ["CLOUDFLARE_API_TOKEN", "CF_API_TOKEN"];
/// The variables that hold the legacy key, the first that is set wins.
pub const KEYS: [&str; 2] = ["CLOUDFLARE_API_KEY", "CF_API_KEY"];
/// The variables that hold the address that goes with it, the first that is set wins.
pub const EMAILS: [&str; 2] = ["CLOUDFLARE_EMAIL", "CF_API_EMAIL"];

/// Where a choice was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    Option(&'static str),
    /// In the environment.
    Variable(&'static str),
    /// In the settings file.
    File {
        /// The file and the line.
        at: String,
        /// The key.
        key: &'static str,
    },
    /// Nowhere.
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
    /// The value.
    pub value: T,
    /// Where it was chosen.
    pub origin: Origin,
}

/// What opens the API, without itself.
#[derive(Debug, Clone)]
pub enum TokenFrom {
    /// A token file that was named on the command line.
    File(PathBuf),
    /// A token in a variable.
    Variable(&'static str),
    /// The legacy key in a variable, with its address.
    Key(&'static str, String),
    /// As the settings file says.
    Source(TokenSource),
}

type Named<T> = (&'static str, T);

impl Settings {
    /// The first of the ways to say something that says it.
    fn choose<T: Clone>(
        &self,
        key: &'static str,
        (option, variable): (Option<Named<T>>, Option<Named<T>>),
        file: Option<&At<T>>,
    ) -> Option<Choice<T>> {
        let option = option.map(|(name, value)| Choice { value, origin: Origin::Option(name) });
        let variable = || variable.map(|(name, value)| Choice { value, origin: Origin::Variable(name) });
        let file =
            || file.map(|held| Choice { value: held.value.clone(), origin: self.in_file(held.line, key) });
        option.or_else(variable).or_else(file)
    }

    fn in_file(&self, line: usize, key: &'static str) -> Origin {
        let path = self.file.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        Origin::File { at: format!("{}:{line}", plain::sanitize_line(&path)), key }
    }

    fn variable(&self, names: &[&'static str]) -> Option<Named<String>> {
        names.iter().find_map(|name| Some((*name, self.environment.plain(name)?.to_owned())))
    }

    fn list(&self, name: &'static str) -> Option<Named<Vec<String>>> {
        let list = self.environment.plain(name)?.split(',').map(|one| one.trim().to_owned());
        Some((name, list.collect()))
    }

    /// Where the API is.
    pub fn api_url(&self) -> Choice<String> {
        let option = self.global.api_url.clone().map(|url| ("--api-url", url));
        let ways = (option, self.variable(&API_URLS));
        let chosen = self.choose("api_url", ways, self.file.values.api_url.as_ref());
        chosen.unwrap_or_else(|| Choice { value: super::API.to_owned(), origin: Origin::Default })
    }

    /// The account to which zones are narrowed.
    pub fn account(&self, option: Option<&str>) -> Option<Choice<String>> {
        let option = option.map(|id| ("--account", id.to_owned()));
        let ways = (option, self.variable(&["CLOUDFLARE_ACCOUNT_ID"]));
        self.choose("account", ways, self.file.values.account.as_ref())
    }

    /// Public resolvers to ask, if any were chosen.
    pub fn resolvers(&self) -> Option<Choice<Vec<String>>> {
        let given = &self.global.resolver;
        let option = (!given.is_empty()).then(|| ("--resolver", given.clone()));
        let ways = (option, self.list("CF_DOMAUTH_RESOLVERS"));
        self.choose("resolvers", ways, self.file.values.resolvers.as_ref())
    }

    /// Authoritative servers to ask instead of the zones' own, if any were chosen.
    pub fn authoritative(&self) -> Option<Choice<Vec<String>>> {
        let given = &self.global.authoritative;
        let option = (!given.is_empty()).then(|| ("--authoritative", given.clone()));
        let ways = (option, self.list("CF_DOMAUTH_AUTHORITATIVE"));
        self.choose("authoritative", ways, self.file.values.authoritative.as_ref())
    }

    /// Certificates to trust besides the usual ones.
    pub fn ca_file(&self) -> Option<Choice<PathBuf>> {
        let option = self.global.ca_file.clone().map(|path| ("--ca-file", path));
        let variable = self.environment.path("SSL_CERT_FILE").map(|path| ("SSL_CERT_FILE", path));
        self.choose("ca_file", (option, variable), self.file.values.ca_file.as_ref())
    }

    /// Provider files that were named.
    pub fn catalog(&self) -> Option<Choice<Vec<PathBuf>>> {
        let given = &self.global.catalog;
        let option = (!given.is_empty()).then(|| ("--catalog", given.clone()));
        self.choose("catalog", (option, None), self.file.values.catalog.as_ref())
    }

    /// Where journals are kept, if anything tells.
    pub fn state_dir(&self) -> Option<Choice<PathBuf>> {
        let option = self.global.state_dir.clone().map(|path| ("--state-dir", path));
        let variable =
            self.environment.path("CF_DOMAUTH_STATE_DIR").map(|path| ("CF_DOMAUTH_STATE_DIR", path));
        let chosen = self.choose("state_dir", (option, variable), self.file.values.state_dir.as_ref());
        let home = || {
            let xdg = self.environment.path("XDG_STATE_HOME").filter(|path| path.is_absolute());
            let unix = self.environment.path("HOME").map(|home| home.join(".local").join("state"));
            let windows = self.environment.path("LOCALAPPDATA");
            let folder = xdg.or(unix).or(windows)?.join("cf-domauth");
            Some(Choice { value: folder, origin: Origin::Default })
        };
        chosen.or_else(home)
    }

    /// How long is waited for public DNS after a change, if that was chosen.
    pub fn wait(&self, option: Option<&str>) -> Option<Choice<String>> {
        let option = option.map(|text| ("--wait", text.to_owned()));
        self.choose("wait", (option, None), self.file.values.wait.as_ref())
    }

    /// The zones that are meant where none is named.
    pub fn zones(&self) -> Option<Choice<Vec<String>>> {
        self.choose("zones", (None, None), self.file.values.zones.as_ref())
    }

    /// What opens the API, if anything does.
    pub fn token(&self) -> Option<Choice<TokenFrom>> {
        let option = self.global.token_file.clone().map(|path| ("--token-file", TokenFrom::File(path)));
        let is_set = |name: &&'static str| self.environment.secret(name).is_some();
        let token =
            TOKENS.into_iter().find(|name| is_set(name)).map(|name| (name, TokenFrom::Variable(name)));
        let key = KEYS.into_iter().find(|name| is_set(name)).zip(self.variable(&EMAILS));
        let variable = token.or(key.map(|(name, (_, email))| (name, TokenFrom::Key(name, email))));
        let held = self.file.values.token.as_ref();
        let file = held.map(|held| At { value: TokenFrom::Source(held.value.clone()), line: held.line });
        self.choose("token", (option, variable), file.as_ref())
    }
}
