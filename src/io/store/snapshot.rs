//! Keeps snapshots in the state folder, one file per zone. Effects: files.

use std::io;
use std::path::{Path, PathBuf};

use crate::io::files;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::ZoneId;
use crate::model::snapshot::{self, BadSnapshot, Snapshot};

/// Longest snapshot that is read.
const LONGEST_SNAPSHOT: u64 = 64 << 20;

/// Why a snapshot cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read.
    #[error("the snapshot {path} cannot be read")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("the snapshot {path} cannot be written")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It makes no sense to this program.
    #[error("the snapshot {path} cannot be used")]
    Bad {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: BadSnapshot,
    },
}

impl Advice for StoreError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Read { .. } | Self::Write { .. } => {
                vec!["name a folder that can be used with --state-dir or CF_DOMAUTH_STATE_DIR".to_owned()]
            }
            Self::Bad { path, source: BadSnapshot::Newer(_) } => vec![
                "it is left as it is; use the version of the program that wrote it, or a later one"
                    .to_owned(),
                format!("or move {path} away to begin a new one"),
            ],
            Self::Bad { path, .. } => {
                vec![format!("it is left as it is; move {path} away to begin a new one")]
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Where the snapshot of a zone is kept.
pub fn path(state_dir: &Path, zone: &ZoneId) -> PathBuf {
    state_dir.join("snapshot").join(format!("{zone}.json"))
}

/// The names of the zones of which there are snapshots; what cannot be read is left out.
pub fn zones(state_dir: &Path) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(state_dir.join("snapshot")) else { return Vec::new() };
    let paths = folder.filter_map(|entry| Some(entry.ok()?.path()));
    let texts = paths.filter_map(|path| files::read(&path, LONGEST_SNAPSHOT).ok()?);
    texts.filter_map(|text| Some(snapshot::read(&text).ok()?.zone)).collect()
}

/// The snapshot of a zone that was read from the API at `api`; `None` when there is none.
///
/// # Errors
///
/// [`StoreError`].
pub fn load(state_dir: &Path, api: &str, zone: &ZoneId) -> Result<Option<Snapshot>, StoreError> {
    let path = path(state_dir, zone);
    let shown = || path.display().to_string();
    let text =
        files::read(&path, LONGEST_SNAPSHOT).map_err(|source| StoreError::Read { path: shown(), source })?;
    let Some(text) = text else { return Ok(None) };
    let bad = |source| StoreError::Bad { path: shown(), source };
    let snapshot = snapshot::read(&text).map_err(bad)?;
    if snapshot.zone_id != zone.as_str() || snapshot.api != api {
        let other = format!("{} at {}", snapshot.zone, snapshot.api);
        return Err(bad(BadSnapshot::Other(crate::model::plain::sanitize_line(&other))));
    }
    Ok(Some(snapshot))
}

/// Puts a snapshot in the place of the old one, whole or not at all.
///
/// # Errors
///
/// [`StoreError::Write`].
pub fn keep(state_dir: &Path, zone: &ZoneId, snapshot: &Snapshot) -> Result<(), StoreError> {
    let path = path(state_dir, zone);
    let failed = |source| StoreError::Write { path: path.display().to_string(), source };
    let text = serde_json::to_string_pretty(snapshot).map_err(io::Error::from).map_err(failed)?;
    files::replace(&path, &format!("{text}\n")).map_err(failed)
}
