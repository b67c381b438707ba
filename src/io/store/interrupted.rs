//! Keeps what an audit of many zones has read so far: one file per API, profile and part. Effects: files.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::io::files;
use crate::model::failure::{Advice, Exit};
use crate::model::interrupted::{self, BadInterrupted, Head, ReadZone, VERSION};

/// Longest file that is read.
const LONGEST: u64 = 256 << 20;

/// Why what was read before cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum InterruptedError {
    /// The file cannot be read or written.
    #[error("what was read so far, {path}, cannot be kept")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It makes no sense to this program.
    #[error("what an earlier run read, {path}, cannot be used")]
    Bad {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: BadInterrupted,
    },
}

impl Advice for InterruptedError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::File { .. } => {
                "name a folder that can be used with --state-dir or CF_DOMAUTH_STATE_DIR".to_owned()
            }
            Self::Bad { .. } => "it is left as it is; leave out --resume to begin anew".to_owned(),
        }]
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// The zones that a run has read, in a file.
#[derive(Debug)]
pub struct SoFar {
    path: PathBuf,
    file: File,
}

impl SoFar {
    /// Begins a file with what an earlier run read, in the place of the old one.
    ///
    /// # Errors
    ///
    /// [`InterruptedError::File`].
    pub fn begin(path: &Path, earlier: &[ReadZone]) -> Result<Self, InterruptedError> {
        let failed = |source| InterruptedError::File { path: path.display().to_string(), source };
        let begun = || {
            files::private_folder(path.parent().unwrap_or_else(|| Path::new(".")))?;
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut sofar = Self { path: path.to_owned(), file: files::private_file(path)? };
            sofar.line(&Head { cf_domauth_interrupted: VERSION })?;
            earlier.iter().try_for_each(|zone| sofar.line(zone))?;
            Ok(sofar)
        };
        begun().map_err(failed)
    }

    /// Adds a zone. It need not survive the machine: then it is read again.
    ///
    /// # Errors
    ///
    /// Whatever the system returns.
    pub fn add(&mut self, zone: &ReadZone) -> io::Result<()> {
        self.line(zone)
    }

    fn line(&mut self, object: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string(object)? + "\n";
        self.file.write_all(text.as_bytes())
    }

    /// The run is over: the file goes. One that stays costs nothing but that `--resume` would go on with it.
    pub fn end(self) {
        fs::remove_file(&self.path).ok();
    }
}

/// What an earlier run had read when it was cut off; nothing if none was.
///
/// # Errors
///
/// [`InterruptedError`].
pub fn load(path: &Path) -> Result<Vec<ReadZone>, InterruptedError> {
    let shown = || path.display().to_string();
    let text =
        files::read(path, LONGEST).map_err(|source| InterruptedError::File { path: shown(), source })?;
    let bad = |source| InterruptedError::Bad { path: shown(), source };
    interrupted::read(&text.unwrap_or_default()).map_err(bad)
}
