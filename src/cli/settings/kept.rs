//! Why the settings file, or the token where that says, cannot be had. Pure.

use super::file::BadFile;
use crate::io::keyring::KeyringError;
use crate::model::failure::{Advice, Exit};

/// Why the settings file, or the token where that says, cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The settings file cannot be read.
    #[error("the settings file {path} cannot be read")]
    UnreadFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The settings file makes no sense.
    #[error("{0}")]
    File(BadFile),
    /// A token stands in the settings file, and others can read it.
    #[error("the settings file {0} holds a token, and others can read it")]
    OpenFile(String),
    /// There is no such profile.
    #[error("there is no profile `{name}` in {place}")]
    NoProfile {
        /// The profile.
        name: String,
        /// The settings file.
        place: String,
        /// What was meant.
        hint: Option<String>,
    },
    /// The variable that should hold the token is not set.
    #[error("the variable {0}, which the settings file names for the token, is not set")]
    TokenVariable(String),
    /// The program that should print the token did not.
    #[error("the command that should print the token ({command}) failed: {why}")]
    TokenCommand {
        /// The program, and how many arguments it has.
        command: String,
        /// Why.
        why: String,
    },
    /// The keyring did not give the token.
    #[error(transparent)]
    Keyring(KeyringError),
}

impl Advice for KeptError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::UnreadFile { .. } => vec!["name another with --settings PATH".to_owned()],
            Self::File(bad) => vec![bad.hint.clone()],
            Self::OpenFile(path) => vec![
                format!("run `chmod 600 {path}`, and replace the token if others use this machine"),
                "better: token = { file = \"…\" }, { command = [\"…\"] } or { keyring = \"…\" }".to_owned(),
            ],
            Self::NoProfile { name, hint, .. } => {
                vec![
                    hint.clone()
                        .unwrap_or_else(|| format!("add a table [profile.{name}], or leave out --profile")),
                ]
            }
            Self::TokenVariable(name) => vec![format!("set it: export {name}=…")],
            Self::TokenCommand { .. } => vec![
                "run the command of `token` in the settings by itself: it must print the token alone, on one line"
                    .to_owned(),
            ],
            Self::Keyring(error) => error.hints(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
