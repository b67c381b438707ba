//! Every choice, made once: flag, variable, default. Effects: environment, files.

pub mod catalog;
pub mod environment;
pub mod network;

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use crate::cli::arguments::Global;
use crate::io::cloudflare::{Connection, ConnectionError, Credential};
use crate::io::files::{self, Others};
use crate::io::sender::client::Sender;
use crate::io::sender::{SenderError, Service};
use crate::io::tls::Trust;
use crate::model::catalogue::BadProvider;
use crate::model::dns::{BadName, DomainName};
use crate::model::expectation::{self, BadExpectation, Expectation};
use crate::model::failure::{Advice, Exit};
use crate::model::ids::BadId;
use crate::model::lookup::BadServer;
use environment::Environment;

const API: &str = "https://api.cloudflare.com/client/v4";
/// Longest token file that is read.
const LONGEST_TOKEN_FILE: u64 = 64 << 10;
/// Longest wait that makes sense: two days, the time of the slowest caches.
const LONGEST_WAIT: Duration = Duration::from_hours(48);

/// A choice that makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no token.
    #[error("there is no API token")]
    NoToken,
    /// The token file cannot be read.
    #[error("the token file {path} cannot be read")]
    TokenFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The API cannot be reached this way.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A server is not one.
    #[error("{origin}: {source}")]
    Server {
        /// Where it was given.
        origin: &'static str,
        /// What is wrong.
        source: BadServer,
    },
    /// This machine does not say whom it asks.
    #[error("{0}: this machine is not set up to ask any resolver, or that cannot be read")]
    NoSystemResolver(&'static str),
    /// Certificates to trust cannot be read.
    #[error("{option} {path}: {why}")]
    Certificates {
        /// Where it was given.
        option: &'static str,
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// A name is not one.
    #[error("{origin} {text}: {source}")]
    Name {
        /// Where it was given.
        origin: &'static str,
        /// What was given.
        text: String,
        /// What is wrong.
        source: BadName,
    },
    /// An identifier is not one.
    #[error("{origin}: {source}")]
    Id {
        /// Where it was given.
        origin: &'static str,
        /// What is wrong.
        source: BadId,
    },
    /// An expectation makes no sense.
    #[error("{0}")]
    Expectation(#[from] BadExpectation),
    /// A length of time is not one.
    #[error("{origin} {text}: not a length of time")]
    Duration {
        /// Where it was given.
        origin: &'static str,
        /// What was given.
        text: String,
    },
    /// There is no folder to keep journals in.
    #[error("there is no folder to keep journals in")]
    NoStateDir,
    /// A letter is a text of its own form.
    #[error("--message is a text for a person and takes no --format")]
    MessageFormat,
    /// A change needs a yes, and nobody can be asked.
    #[error("{} to make, and nobody to ask: this is not a terminal", crate::model::plain::count(*all, "change"))]
    CannotAsk {
        /// How many changes there are.
        all: usize,
        /// How many of them nobody has decided.
        proposed: usize,
    },
    /// Something about the sandbox.
    #[error("{0}")]
    Sandbox(String),
    /// A file of expectations cannot be read.
    #[error("{option} {path} cannot be read")]
    InputFile {
        /// Where it was given.
        option: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Standard input is to be read twice.
    #[error("{0} - is given more than once: standard input can be read once")]
    InputTwice(&'static str),
    /// There is no such provider to ask.
    #[error("--expect-from {0}: there is no such provider to ask")]
    NoSuchProvider(String),
    /// The provider's key is missing.
    #[error("there is no key for {provider}: {variable} is not set")]
    NoProviderKey {
        /// The provider.
        provider: &'static str,
        /// The variable that should hold the key.
        variable: &'static str,
    },
    /// The provider cannot be asked this way.
    #[error(transparent)]
    Sender(#[from] SenderError),
    /// A journal or a plan is for another API.
    #[error("the run wrote to {was}, and this one would write to {is}")]
    OtherApi {
        /// The API in the journal.
        was: String,
        /// The API in use.
        is: String,
    },
    /// The report would be written over the plan.
    #[error("--output {0} is the file of the plan")]
    OutputIsPlan(String),
    /// The list of runs is not written in every format.
    #[error("this list is written for people or as JSON only")]
    ListFormat,
    /// There is no such finding.
    #[error("there is no finding `{0}`")]
    UnknownFinding(String),
    /// A page is not written in every format.
    #[error("a page is written for people, as Markdown or as JSON only")]
    PageFormat,
    /// A provider file of the user's cannot be read.
    #[error("the catalog {path} cannot be read")]
    CatalogFile {
        /// The file or the folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A provider file of the user's is none.
    #[error("{0}")]
    Catalogue(#[source] BadProvider),
    /// There is no such provider in the catalogue.
    #[error("there is no provider `{0}` in the catalogue")]
    UnknownProvider(String),
}

impl Advice for SettingsError {
    fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::NoToken => vec![
                "set CLOUDFLARE_API_TOKEN, or name a file with --token-file".to_owned(),
                "make a token under My Profile > API Tokens, with Zone > Zone > Read and Zone > DNS > Edit for this zone"
                    .to_owned(),
                "or try it without one: add --sandbox".to_owned(),
            ],
            Self::Connection(error) => error.hints(),
            Self::Server { .. } => one(
                "write 1.1.1.1, 1.1.1.1:5353, udp://9.9.9.9:53, tcp://9.9.9.9, tls://1.1.1.1#cloudflare-dns.com, \
                 https://dns.google/dns-query or system",
            ),
            Self::NoSystemResolver(_) => one("name the resolvers instead, for example 1.1.1.1"),
            Self::Certificates { .. } => one("name a file with certificates in PEM, the issuer's own first"),
            Self::Name { .. } => one("write a domain name such as example.com"),
            Self::Id { .. } => one(crate::model::ids::WHERE_IT_STANDS),
            Self::Expectation(error) => error.hints(),
            Self::Duration { .. } => one("write 90s, 5m or 1h; 0 looks once and does not wait; 48h is the most"),
            Self::NoStateDir => one("name one with --state-dir or CF_DOMAUTH_STATE_DIR"),
            Self::MessageFormat => one("leave out one of the two; --format json without --message is for programs"),
            Self::CannotAsk { proposed: 0, .. } => {
                one("nothing was changed; add --yes to make the changes without being asked")
            }
            Self::CannotAsk { all, proposed } => vec![
                format!("nothing was changed; --yes makes {} without being asked", all - proposed),
                format!("with --restore it makes the {proposed} as well that are only proposed"),
            ],
            Self::Sender(error) => error.hints(),
            Self::NoSuchProvider(_) => one("write sendgrid, sendgrid-eu or postmark"),
            Self::NoProviderKey { variable, .. } => vec![
                format!("make a key in the provider's settings that may read its domains, and set {variable}"),
                "or copy the records from the provider's page and give them with --expect-file -".to_owned(),
            ],
            Self::OtherApi { .. } => {
                one("nothing was changed; name the API of the run with --api-url or CLOUDFLARE_BASE_URL")
            }
            Self::OutputIsPlan(_) => one("name another file for the report"),
            Self::UnknownFinding(_) => one("`cf-domauth explain` lists them"),
            Self::PageFormat => one("leave out --format, or write --format markdown or --format json"),
            Self::CatalogFile { .. } => one("name a provider file that can be read, or a folder of them"),
            Self::Catalogue(_) => one("the files are described in docs/catalogue.md"),
            Self::UnknownProvider(_) => one("`cf-domauth providers` lists them with their short names"),
            Self::ListFormat => one("leave out --format, or write --format json"),
            Self::InputFile { .. } | Self::InputTwice(_) => {
                one("name a file that can be read, or - for standard input")
            }
            Self::TokenFile { .. } | Self::Sandbox(_) => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Where the API is and what opens it.
///
/// # Errors
///
/// [`SettingsError::NoToken`], [`SettingsError::TokenFile`] or [`SettingsError::Connection`].
pub fn connection(global: &Global, environment: &Environment) -> Result<Connection, SettingsError> {
    let base = global.api_url.as_deref().or(environment.plain("CLOUDFLARE_BASE_URL")).unwrap_or(API);
    Ok(Connection::new(base, credential(global, environment)?)?)
}

fn credential(global: &Global, environment: &Environment) -> Result<Credential, SettingsError> {
    if let Some(path) = &global.token_file {
        return Ok(Credential::Token(token_file(path)?));
    }
    let token = environment.secret("CLOUDFLARE_API_TOKEN").or(environment.secret("CF_API_TOKEN"));
    let pair = environment.secret("CLOUDFLARE_API_KEY").zip(environment.plain("CLOUDFLARE_EMAIL"));
    match (token, pair) {
        (Some(token), _) => Ok(Credential::Token(token.clone())),
        (None, Some((key, email))) => Ok(Credential::Key { email: email.to_owned(), key: key.clone() }),
        (None, None) => Err(SettingsError::NoToken),
    }
}

fn token_file(path: &Path) -> Result<SecretString, SettingsError> {
    use std::io::Read as _;
    let failed = |source| SettingsError::TokenFile { path: path.display().to_string(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST_TOKEN_FILE).read_to_string(&mut text).map_err(failed)?;
    Ok(SecretString::from(text.trim()))
}

/// The sending provider to ask, with its key.
///
/// # Errors
///
/// [`SettingsError::NoSuchProvider`], [`SettingsError::NoProviderKey`] or what is wrong with its address.
pub fn sender(
    word: &str,
    environment: &Environment,
    trust: &Trust,
) -> Result<(Service, Sender), SettingsError> {
    let service = Service::from_word(word)
        .ok_or_else(|| SettingsError::NoSuchProvider(crate::model::plain::line(word)))?;
    let variable = service.key_variable();
    let missing = SettingsError::NoProviderKey { provider: service.name(), variable };
    let key = environment.secret(variable).ok_or(missing)?;
    let base = environment.plain(service.base_variable());
    Ok((service, Sender::new(service, base, key.clone(), trust)?))
}

/// Refuses options that would lead past the sandbox that was asked for.
///
/// # Errors
///
/// [`SettingsError::Sandbox`].
#[cfg(feature = "sandbox")]
pub fn only_the_sandbox(global: &Global, sandbox: Option<&str>) -> Result<(), SettingsError> {
    let given = [
        ("--api-url", global.api_url.is_some()),
        ("--token-file", global.token_file.is_some()),
        ("--resolver", !global.resolver.is_empty()),
        ("--authoritative", !global.authoritative.is_empty()),
    ];
    match given.iter().find(|(_, is_given)| *is_given && sandbox.is_some()) {
        Some((option, _)) => {
            Err(SettingsError::Sandbox(format!("{option} and --sandbox exclude each other")))
        }
        None => Ok(()),
    }
}

/// Where journals are kept.
///
/// # Errors
///
/// [`SettingsError::NoStateDir`] when nothing tells.
pub fn state_dir(global: &Global, environment: &Environment) -> Result<PathBuf, SettingsError> {
    let chosen = global.state_dir.clone().or(environment.path("CF_DOMAUTH_STATE_DIR"));
    let home = || {
        let xdg = environment.path("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let unix = environment.path("HOME").map(|home| home.join(".local").join("state"));
        let windows = environment.path("LOCALAPPDATA");
        xdg.or(unix).or(windows).map(|folder| folder.join("cf-domauth"))
    };
    chosen.or_else(home).ok_or(SettingsError::NoStateDir)
}

/// What others on this machine could read or change that they should not.
pub fn exposed(global: &Global, environment: &Environment) -> Vec<String> {
    let file = global.token_file.as_deref().filter(|path| files::is_open_to(path, Others::Read));
    let file =
        file.map(|path| format!("others can read the token file {0}: run `chmod 600 {0}`", path.display()));
    let folder = state_dir(global, environment).ok();
    let folder = folder.filter(|path| files::is_open_to(path, Others::Write)).map(|path| {
        format!(
            "others can write to the state folder {0}, where undo reads: run `chmod 700 {0}`",
            path.display()
        )
    });
    file.into_iter().chain(folder).map(|text| crate::model::plain::line(&text)).collect()
}

/// Reads a list of domain names given with `origin`.
///
/// # Errors
///
/// [`SettingsError::Name`] for the first that is none.
pub fn names(origin: &'static str, texts: &[String]) -> Result<Vec<DomainName>, SettingsError> {
    let name = |text: &String| {
        DomainName::parse(text).map_err(|source| SettingsError::Name {
            origin,
            text: crate::model::plain::line(text),
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

/// Reads a length of time: `90s`, `5m`, `1h30m`, or a bare number of seconds.
///
/// # Errors
///
/// [`SettingsError::Duration`] when it is none, negative, or longer than 48 hours.
pub fn duration(origin: &'static str, text: &str) -> Result<Duration, SettingsError> {
    let bad = || SettingsError::Duration { origin, text: crate::model::plain::line(text) };
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
    use clap::Parser as _;

    pub(super) fn global(arguments: &[&str]) -> Global {
        let all = ["cf-domauth"].into_iter().chain(arguments.iter().copied()).chain(["confirm", "a.test"]);
        let cli = Cli::try_parse_from(all).unwrap();
        assert!(matches!(cli.command, Command::Confirm(_)));
        cli.global
    }

    pub(super) fn environment(values: &[(&'static str, &str)]) -> Environment {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Environment::default().with(&values)
    }

    #[test]
    fn the_token_comes_before_the_legacy_pair_and_none_is_an_error() {
        let of = |variables: &[(&'static str, &str)]| credential(&global(&[]), &environment(variables));
        let pair = [("CLOUDFLARE_API_KEY", "k"), ("CLOUDFLARE_EMAIL", "a@example.com")];
        assert!(matches!(of(&[pair[0], pair[1], ("CF_API_TOKEN", "t")]), Ok(Credential::Token(_))));
        assert!(matches!(of(&pair), Ok(Credential::Key { .. })));
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
        let of =
            |variables: &[(&'static str, &str)]| state_dir(&global(&[]), &environment(variables)).unwrap();
        assert_eq!(of(&[("HOME", "/home/a")]), Path::new("/home/a/.local/state/cf-domauth"));
        assert_eq!(of(&[("HOME", "/home/a"), ("XDG_STATE_HOME", "/s")]), Path::new("/s/cf-domauth"));
        assert_eq!(of(&[("HOME", "/home/a"), ("CF_DOMAUTH_STATE_DIR", "/x")]), Path::new("/x"));
    }
}
