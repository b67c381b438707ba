//! Keeps what was open when zones were looked at last: one file per API, profile and part. Effects: files.

use std::io;
use std::path::{Path, PathBuf};

use crate::io::files;
use crate::model::baseline::{self, BadBaseline, Baseline};
use crate::model::failure::{Advice, Exit};

/// Longest baseline that is read.
const LONGEST: u64 = 256 << 20;

/// Why a baseline cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("the baseline {path} cannot be read")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("the baseline {path} cannot be written")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It makes no sense to this program.
    #[error("the baseline {path} cannot be used")]
    Bad {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: BadBaseline,
    },
}

impl Advice for BaselineError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Read { .. } | Self::Write { .. } => {
                vec!["name a folder that can be used with --state-dir or CF_DOMAUTH_STATE_DIR".to_owned()]
            }
            Self::Bad { path, source } => {
                let newer = "use the version of the program that wrote it";
                let other = matches!(source, BadBaseline::Version(_)).then(|| newer.to_owned());
                let away = format!(
                    "it is left as it is; move {path} away and run with --baseline to begin a new one"
                );
                other.into_iter().chain([away]).collect()
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Where something of a profile is kept, or of a part of its zones, for the API at `api`: below `folder`, with this
/// ending. What is no small letter, digit, dot or hyphen is spelt.
pub fn path(
    (state_dir, folder, ending): (&Path, &str, &str),
    api: &str,
    (profile, shard): (Option<&str>, Option<&str>),
) -> PathBuf {
    let part = shard.map(|shard| format!("+{}", spelt(shard))).unwrap_or_default();
    let name = format!("{}{part}.{ending}", spelt(profile.unwrap_or("-")));
    let host = api.split_once("://").map_or(api, |(_, rest)| rest);
    state_dir.join(folder).join(spelt(host)).join(name)
}

/// A text as one part of a path. Two texts never get one name.
fn spelt(text: &str) -> String {
    let one = |octet: u8| match octet {
        b'.' | b'-' | b'0'..=b'9' | b'a'..=b'z' => char::from(octet).to_string(),
        other => format!("_{other:02x}"),
    };
    // A name of dots would lead elsewhere; with an ending and within 255 octets it is one.
    text.bytes().take(80).map(one).collect()
}

/// The baseline in a file; `None` when there is none.
///
/// # Errors
///
/// [`BaselineError`].
pub fn load(path: &Path) -> Result<Option<Baseline>, BaselineError> {
    let shown = || path.display().to_string();
    let text = files::read(path, LONGEST).map_err(|source| BaselineError::Read { path: shown(), source })?;
    let bad = |source| BaselineError::Bad { path: shown(), source };
    text.map(|text| baseline::read(&text).map_err(bad)).transpose()
}

/// Puts a baseline in the place of the old one, whole or not at all.
///
/// # Errors
///
/// [`BaselineError::Write`].
pub fn keep(path: &Path, baseline: &Baseline) -> Result<(), BaselineError> {
    let failed = |source| BaselineError::Write { path: path.display().to_string(), source };
    let text = serde_json::to_string_pretty(baseline).map_err(io::Error::from).map_err(failed)?;
    files::replace(path, &format!("{text}\n")).map_err(failed)
}
