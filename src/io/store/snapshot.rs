//! Keeps snapshots in the state folder, one file per zone. Effects: files.

use std::path::{Path, PathBuf};

use super::state_file::{Kind, LONGEST, StateFileError};
use crate::io::files;
use crate::model::ids::ZoneId;
use crate::model::plain;
use crate::model::snapshot::{self, Snapshot};
use crate::model::state_file::BadStateFile;

const KIND: Kind = Kind { what: "snapshot", instead: "move {path} away to begin a new one" };

/// Where the snapshot of a zone is kept.
pub fn path(state_dir: &Path, zone: &ZoneId) -> PathBuf {
    state_dir.join("snapshot").join(format!("{zone}.json"))
}

/// The names of the zones of which there are snapshots; what cannot be read is left out.
pub fn zones(state_dir: &Path) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(state_dir.join("snapshot")) else { return Vec::new() };
    let paths = folder.filter_map(|entry| Some(entry.ok()?.path()));
    let texts = paths.filter_map(|path| files::read(&path, LONGEST).ok()?);
    texts.filter_map(|text| Some(snapshot::read(&text).ok()?.zone)).collect()
}

/// The snapshot of a zone that was read from the API at `api`; `None` when there is none.
pub fn load(state_dir: &Path, api: &str, zone: &ZoneId) -> Result<Option<Snapshot>, StateFileError> {
    let read = |text: &str| {
        let snapshot = snapshot::read(text)?;
        if snapshot.zone_id == zone.as_str() && snapshot.api == api {
            return Ok(snapshot);
        }
        let other = format!("{} at {}", snapshot.zone, snapshot.api);
        Err(BadStateFile::Other(plain::sanitize_line(&other)))
    };
    KIND.load(&path(state_dir, zone), read)
}

/// Puts a snapshot in the place of the old one, whole or not at all.
pub fn keep(state_dir: &Path, zone: &ZoneId, snapshot: &Snapshot) -> Result<(), StateFileError> {
    KIND.keep(&path(state_dir, zone), snapshot)
}
