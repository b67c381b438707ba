//! Finds journals again, and keeps two runs from changing one zone at a time. Effects: files, clock.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::io::files;
use crate::io::interrupt::Stop;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::ZoneId;
use crate::model::journal::{self, BadJournal, Line};
use crate::model::plain;

const LONGEST_JOURNAL: u64 = 256 << 20;
/// How long another run is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two looks at a lock.
const LOOK: Duration = Duration::from_millis(100);

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path} cannot be read")]
    Read { path: String, source: io::Error },
    #[error("there is no run {run} in {folder}")]
    NoSuchRun { run: String, folder: String },
    #[error("there is no run that changed anything in {0}")]
    NoRuns(String),
    #[error("the journal {path} cannot be used")]
    Bad { path: String, source: BadJournal },
}

impl Advice for StoreError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Read { .. } | Self::NoSuchRun { .. } | Self::NoRuns(_) => vec![
                "`cf-domauth undo --list` shows the runs of this state folder".to_owned(),
                "journals of another folder are found with --state-dir or CF_DOMAUTH_STATE_DIR".to_owned(),
            ],
            Self::Bad { source: BadJournal::Newer(_), .. } => {
                vec!["put the run back with the version of the program that wrote it, or a later one".to_owned()]
            }
            Self::Bad { .. } => vec![
                "nothing was changed; the file is plain text, and docs/journal.md tells how to put a record back by hand"
                    .to_owned(),
            ],
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("journal")
}

/// The runs of a state folder, the newest first.
pub fn runs(state_dir: &Path) -> Result<Vec<String>, StoreError> {
    let folder = folder(state_dir);
    let failed = |source| StoreError::Read { path: folder.display().to_string(), source };
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(run) = name.strip_suffix(".jsonl").filter(|run| is_run(run)) else { continue };
        let modified = entry.metadata().and_then(|metadata| metadata.modified()).map_err(failed)?;
        // A run is named after its second; within one the file tells.
        let second: String = run.chars().take_while(|character| *character != '-').collect();
        runs.push((second, modified, run.to_owned()));
    }
    runs.sort();
    Ok(runs.into_iter().rev().map(|(_, _, run)| run).collect())
}

/// Whether a text can be the name of a run, so that it never leads out of the folder or onto a terminal.
fn is_run(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

pub fn read(state_dir: &Path, run: &str) -> Result<Vec<Line>, StoreError> {
    let missing = || StoreError::NoSuchRun {
        run: plain::sanitize_line(run),
        folder: folder(state_dir).display().to_string(),
    };
    if !is_run(run) {
        return Err(missing());
    }
    let path = folder(state_dir).join(format!("{run}.jsonl"));
    let shown = || path.display().to_string();
    let foreign = || StoreError::Bad { path: shown(), source: BadJournal::Foreign };
    let text = match files::read_torn(&path, LONGEST_JOURNAL) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(foreign()),
        read => read.map_err(|source| StoreError::Read { path: shown(), source })?,
    };
    journal::read(&text.ok_or_else(missing)?).map_err(|source| StoreError::Bad { path: shown(), source })
}

/// Keeps other runs of this state folder away from a zone until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a zone could not be had for oneself.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{0} is changing this zone")]
    Busy(String),
    #[error("{path} cannot be locked")]
    Files { path: String, source: io::Error },
    #[error("interrupted while another run was changing this zone")]
    Interrupted,
}

impl Advice for LockError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Busy(_) => {
                "nothing was changed; wait for the other run to end, then run the same command again"
            }
            Self::Files { .. } => {
                "name a folder that can be written with --state-dir or CF_DOMAUTH_STATE_DIR"
            }
            Self::Interrupted => return Vec::new(),
        };
        vec![hint.to_owned()]
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Busy(_) => Exit::Findings,
            Self::Files { .. } => Exit::Usage,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

/// Waits until no other run of this state folder changes `zone`, for half a minute at most. `on_wait` is told
/// once who is in the way.
pub async fn lock(
    state_dir: &Path,
    zone: &ZoneId,
    run: &str,
    stop: &Stop,
    on_wait: impl Fn(&str),
) -> Result<Lock, LockError> {
    let folder = state_dir.join("lock");
    let path = folder.join(format!("{zone}.lock"));
    let failed = |source| LockError::Files { path: path.display().to_string(), source };
    files::private_folder(&folder).map_err(failed)?;
    let mut file = files::own_file(&path).map_err(failed)?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) => {}
        }
        let holder = holder(&mut file);
        if waited.is_zero() {
            on_wait(&holder);
        }
        if waited >= PATIENCE {
            return Err(LockError::Busy(holder));
        }
        stop.unless_requested(tokio::time::sleep(LOOK)).await.ok_or(LockError::Interrupted)?;
        waited += LOOK;
    }
    // Whoever has to wait is told who is in the way; the lock itself does not depend on it.
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| write!(file, "run {run} (process {})", std::process::id()))
        .map_err(failed)?;
    Ok(Lock { _file: file })
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(200).read_to_string(&mut text));
    match read {
        Ok(_) if !text.is_empty() => plain::sanitize_line(&text),
        _ => "another run".to_owned(),
    }
}
