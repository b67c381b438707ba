//! What a setting can get wrong, and the way out. Pure.

use crate::io::cloudflare::ConnectionError;
use crate::io::provider::ProviderError;
use crate::model::catalog::BadProvider;
use crate::model::dns::BadName;
use crate::model::expectation::BadExpectation;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::{BadId, WHERE_IT_STANDS};
use crate::model::lookup::BadServer;
use crate::model::suggest;
use crate::model::token_form::Purpose;

use super::kept::KeptError;

/// A choice that makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no token.
    #[error("there is no API token")]
    NoToken,
    /// The token file cannot be read.
    #[error("the token file {path} cannot be {why}")]
    TokenFile {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// The API cannot be reached this way.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A server is not one.
    #[error("{origin}: {source}")]
    Server {
        /// Where it was given.
        origin: String,
        /// What is wrong.
        source: BadServer,
    },
    /// This machine does not say whom it asks.
    #[error("{0}: this machine is not set up to ask any resolver, or that cannot be read")]
    NoSystemResolver(String),
    /// Certificates to trust cannot be read.
    #[error("{option} {path}: {why}")]
    Certificates {
        /// Where it was given.
        option: String,
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
    /// A name is not one.
    #[error("{origin} {text}: {source}")]
    Name {
        /// Where it was given.
        origin: String,
        /// What was given.
        text: String,
        /// What is wrong.
        source: BadName,
    },
    /// An identifier is not one.
    #[error("{origin}: {source}")]
    Id {
        /// Where it was given.
        origin: String,
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
        origin: String,
        /// What was given.
        text: String,
    },
    /// The settings file, or the token where that says, cannot be had.
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// There is no folder to keep journals in.
    #[error("there is no folder to keep journals in")]
    NoStateDir,
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
    Provider(#[from] ProviderError),
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
    Catalog(#[source] BadProvider),
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
            Self::Kept(error) => error.hints(),
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
            Self::TokenFile { .. } => {
                one("write the token alone into it, or name another file with --token-file")
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
