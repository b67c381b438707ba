//! A file of the state folder that is read and replaced as a whole. Effects: files.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::io::files;
use crate::model::failure::{Advice, Exit};
use crate::model::state_file::BadStateFile;

/// Longest file that is read: what 20,000 zones have open is a few MiB.
pub(super) const LONGEST: u64 = 256 << 20;

/// Why a file of the state folder cannot be read, used or written.
#[derive(Debug, thiserror::Error)]
#[error("the {} {path} cannot be {}", kind.what, self.wish())]
pub struct StateFileError {
    kind: Kind,
    path: String,
    #[source]
    trouble: Trouble,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Read(io::Error),
    #[error(transparent)]
    Write(io::Error),
    #[error(transparent)]
    Bad(BadStateFile),
}

impl StateFileError {
    fn wish(&self) -> &'static str {
        match self.trouble {
            Trouble::Read(_) => "read",
            Trouble::Write(_) => "written",
            Trouble::Bad(_) => "used",
        }
    }

    /// Whether it is about another zone or another API.
    pub fn is_of_another(&self) -> bool {
        matches!(self.trouble, Trouble::Bad(BadStateFile::Other(_)))
    }
}

impl Advice for StateFileError {
    fn hints(&self) -> Vec<String> {
        let Trouble::Bad(bad) = &self.trouble else {
            let hint = "name a folder that can be used with --state-dir or CF_DOMAUTH_STATE_DIR";
            return vec![hint.to_owned()];
        };
        let newer = matches!(bad, BadStateFile::Version { .. })
            .then(|| "use the version of the program that wrote it, or a later one".to_owned());
        let instead = self.kind.instead.replace("{path}", &self.path);
        newer.into_iter().chain([format!("it is left as it is; {instead}")]).collect()
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// One kind of file: what it holds, and how to do without one that cannot be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) what: &'static str,
    pub(super) instead: &'static str,
}

impl Kind {
    fn error(&self, path: &Path, trouble: Trouble) -> StateFileError {
        StateFileError { kind: *self, path: path.display().to_string(), trouble }
    }

    /// What is in a file; `None` when there is none.
    pub(super) fn load<T>(
        &self,
        path: &Path,
        read: impl FnOnce(&str) -> Result<T, BadStateFile>,
    ) -> Result<Option<T>, StateFileError> {
        let text = files::read(path, LONGEST).map_err(|error| self.error(path, Trouble::Read(error)))?;
        text.map(|text| read(&text).map_err(|bad| self.error(path, Trouble::Bad(bad)))).transpose()
    }

    /// Puts a JSON object in the place of the old one, whole or not at all.
    pub(super) fn keep(&self, path: &Path, object: &impl Serialize) -> Result<(), StateFileError> {
        let text = serde_json::to_string_pretty(object).map_err(io::Error::from);
        let written = text.and_then(|text| files::replace(path, &format!("{text}\n")));
        written.map_err(|error| self.error(path, Trouble::Write(error)))
    }
}
