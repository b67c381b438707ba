//! What a setting can get wrong, and the way out. Pure.

use crate::io::cloudflare::ConnectionError;
use crate::io::keyring::KeyringError;
use crate::io::provider::ProviderError;
use crate::model::catalog::BadProvider;
use crate::model::dns::BadName;
use crate::model::expectation::BadExpectation;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::{BadId, WHERE_IT_STANDS};
use crate::model::lookup::BadServer;
use crate::model::suggest;
use crate::model::token_form::Purpose;

/// A choice that makes no sense. `origin` is the option, the variable or the place in the file where it was made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("there is no API token")]
    NoToken,
    #[error("the token file {path} cannot be {why}")]
    TokenFile { path: String, why: String },
    #[error("the variable {0}, which the settings file names for the token, is not set")]
    TokenVariable(String),
    /// `command` is the program, and how many arguments it has.
    #[error("the command that should print the token ({command}) failed: {why}")]
    TokenCommand { command: String, why: String },
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("{origin}: {source}")]
    Server { origin: String, source: BadServer },
    #[error("{0}: this machine is not set up to ask any resolver, or that cannot be read")]
    NoSystemResolver(String),
    #[error("{origin} {path}: {why}")]
    Certificates { origin: String, path: String, why: String },
    #[error("{origin} {text}: {source}")]
    Name { origin: String, text: String, source: BadName },
    #[error("{origin}: {source}")]
    Id { origin: String, source: BadId },
    #[error("{0}")]
    Expectation(#[from] BadExpectation),
    #[error("{origin} {text}: not a length of time")]
    Duration { origin: String, text: String },
    #[error("there is no folder to keep journals in")]
    NoStateDir,
    #[error("--expect-from {0}: there is no such provider to ask")]
    NoSuchProvider(String),
    /// `variable` should hold the key.
    #[error("there is no key for {provider}: {variable} is not set")]
    NoProviderKey { provider: &'static str, variable: &'static str },
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// A file or a folder of the user's.
    #[error("the catalog {path} cannot be read")]
    CatalogFile { path: String, source: std::io::Error },
    #[error("{0}")]
    Catalog(#[source] BadProvider),
    #[error("the settings file {path} cannot be read")]
    UnreadFile { path: String, source: std::io::Error },
    /// The text of the file is not part of it, since it may hold a token.
    #[error("{path}:{line}: {problem}")]
    File { path: String, line: usize, problem: String, hint: String },
    #[error("the settings file {0} holds a token, and others can read it")]
    OpenFile(String),
    #[error("there is no profile `{name}` in {place}")]
    NoProfile { name: String, place: String, meant: Option<String> },
}

impl Advice for SettingsError {
    fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::NoToken => {
                let set = "set CLOUDFLARE_API_TOKEN, name a file with --token-file, or run `cf-domauth init`";
                let made = format!(
                    "make a token with Zone > Zone > Read and Zone > DNS > Edit; this link fills the form: {}",
                    Purpose::Repair.link()
                );
                let without = cfg!(feature = "sandbox").then_some("or try it without one: add --sandbox");
                [set.to_owned(), made].into_iter().chain(without.map(str::to_owned)).collect()
            }
            Self::TokenFile { .. } => {
                one("write the token alone into it, or name another file with --token-file")
            }
            Self::TokenVariable(name) => vec![format!("set it: export {name}=…")],
            Self::TokenCommand { .. } => one(
                "run the command of `token` in the settings by itself: it must print the token alone, on one line",
            ),
            Self::Keyring(error) => error.hints(),
            Self::Connection(error) => error.hints(),
            Self::Server { .. } => one(
                "write 1.1.1.1, 1.1.1.1:5353, udp://9.9.9.9:53, tcp://9.9.9.9, tls://1.1.1.1#cloudflare-dns.com, \
                 https://dns.google/dns-query or system",
            ),
            Self::NoSystemResolver(_) => one("name the resolvers instead, for example 1.1.1.1"),
            Self::Certificates { .. } => one("name a file with certificates in PEM, the issuer's own first"),
            Self::Name { .. } => one("write a domain name such as example.com"),
            Self::Id { .. } => one(WHERE_IT_STANDS),
            Self::Expectation(error) => error.hints(),
            Self::Duration { .. } => {
                one("write 90s, 5m or 1h; 0 looks once and does not wait; 48h is the most")
            }
            Self::NoStateDir => one("name one with --state-dir or CF_DOMAUTH_STATE_DIR"),
            Self::NoSuchProvider(word) => {
                suggest::did_you_mean(word, ["sendgrid", "sendgrid-eu", "postmark"])
                    .into_iter()
                    .chain(one("write sendgrid, sendgrid-eu or postmark"))
                    .collect()
            }
            Self::NoProviderKey { variable, .. } => vec![
                format!(
                    "make a key in the provider's settings that may read its domains, and set {variable}"
                ),
                "or copy the records from the provider's page and give them with --expect-file -".to_owned(),
            ],
            Self::Provider(error) => error.hints(),
            Self::CatalogFile { .. } => one("name a provider file that can be read, or a folder of them"),
            Self::Catalog(_) => one("the files are described in docs/catalog.md"),
            Self::UnreadFile { .. } => one("name another with --settings PATH"),
            Self::File { hint, .. } => one(hint),
            Self::OpenFile(path) => vec![
                format!("run `chmod 600 {path}`, and replace the token if others use this machine"),
                "better: token = { file = \"…\" }, { command = [\"…\"] } or { keyring = \"…\" }".to_owned(),
            ],
            Self::NoProfile { meant: Some(meant), .. } => one(meant),
            Self::NoProfile { name, .. } => {
                vec![format!("add a table [profile.{name}], or leave out --profile")]
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
