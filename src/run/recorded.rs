//! The runs of a state folder, as their journals tell them. Effects: files, clock.

use std::cmp::Reverse;
use std::path::Path;

use jiff::Timestamp;

use crate::io::store::journal::{self, StoreError};
use crate::model::failure::Failure;
use crate::model::undo::{self, RecordedRun};

/// A run and what it did; a journal that cannot be used says why.
pub type Ran = (String, Result<RecordedRun, Failure>);

fn read(state_dir: &Path, run: &str) -> Result<RecordedRun, Failure> {
    Ok(undo::past(journal::read(state_dir, run)?)?)
}

/// Every run, the newest first by Cloudflare's clock where that is known. One that is dated in the future by
/// the clock of this machine, which was wrong then or is now, is nowhere near the last: it stands at the end.
pub fn all(state_dir: &Path) -> Result<Vec<Ran>, StoreError> {
    let now = Timestamp::now();
    let known = journal::runs(state_dir)?.into_iter();
    let mut runs: Vec<Ran> = known.map(|run| (run.clone(), read(state_dir, &run))).collect();
    runs.sort_by_key(|(run, past)| {
        let told = past.as_ref().ok().and_then(RecordedRun::api_date);
        let named = || run.split('-').next().and_then(|second| second.parse().ok());
        Reverse(told.or_else(|| named().filter(|second| *second <= now)))
    });
    Ok(runs)
}

/// The run of that name, or the last one that changed anything.
pub fn run(state_dir: &Path, name: &str) -> Result<RecordedRun, Failure> {
    if name != "last" {
        return read(state_dir, name);
    }
    let changed = |(_, past): Ran| past.ok().filter(|past| !past.zones.is_empty());
    let none = || Failure::of(&StoreError::NoRuns(state_dir.display().to_string()));
    all(state_dir)?.into_iter().find_map(changed).ok_or_else(none)
}
