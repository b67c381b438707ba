//! Writes a journal so that each line is on disk before the run goes on. Effects: files.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::value::RawValue;

use crate::io::files;
use crate::model::failure::{Advice, Exit};
use crate::model::journal::{Line, VERSION};
use crate::model::members::RecordFields;
use crate::model::scrub::scrub;

/// The journal could not be written, so nothing may be changed.
#[derive(Debug, thiserror::Error)]
#[error("the journal cannot be written to {path}")]
pub struct JournalError {
    path: String,
    source: io::Error,
}

impl Advice for JournalError {
    fn hints(&self) -> Vec<String> {
        vec![
            "a change is sent only once its old record is in the journal: see above what was sent".to_owned(),
            "name a folder that can be written with --state-dir or CF_DOMAUTH_STATE_DIR".to_owned(),
        ]
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// The journal of one run. The file is made with the first line.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    first: Line,
    file: Mutex<Option<File>>,
    /// Whether the beginning of a line stands at its end and could not be taken back.
    is_torn: AtomicBool,
}

impl Journal {
    /// The journal of the run `run`, which began at `started` (RFC 3339) and writes to the API at
    /// `api`, below the state folder.
    pub fn new(state_dir: &Path, run: &str, started: &str, api: &str) -> Self {
        let path = state_dir.join("journal").join(format!("{run}.jsonl"));
        let first = Line::Journal {
            version: VERSION,
            run: run.to_owned(),
            program: concat!("cf-domauth ", env!("CARGO_PKG_VERSION")).to_owned(),
            started: started.to_owned(),
            api: api.to_owned(),
            undoes: None,
        };
        Self { path, first, file: Mutex::new(None), is_torn: AtomicBool::new(false) }
    }

    /// The same for a run that puts back the run `undone`.
    #[must_use]
    pub fn undoing(mut self, undone: &str) -> Self {
        if let Line::Journal { undoes, .. } = &mut self.first {
            *undoes = Some(undone.to_owned());
        }
        self
    }

    /// Where the journal is, or will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything was written.
    pub fn is_begun(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Appends a line and returns once it is on disk.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the folder or the file cannot be written.
    pub fn append(&self, line: &Line) -> Result<(), JournalError> {
        let failed = |source| JournalError { path: self.path.display().to_string(), source };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(self.begin().map_err(failed)?),
        };
        if self.is_torn.load(Ordering::Relaxed) {
            return Err(failed(io::Error::other("a line in it is torn")));
        }
        whole(file, |file| self.write_line(file, line), &self.is_torn).map_err(failed)
    }

    fn begin(&self) -> io::Result<File> {
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        files::private_folder(folder)?;
        let mut file = files::private_file(&self.path)?;
        self.write_line(&mut file, &self.first)?;
        // The entry in the folder must survive, too.
        files::sync_folder(folder)?;
        Ok(file)
    }

    /// Writes a line, and reads it back: a record that could not be put back from here must not be touched.
    fn write_line(&self, file: &mut File, line: &Line) -> io::Result<()> {
        let text = format!("{}\n", serde_json::to_string(line)?);
        if scrub(&text) != text {
            return Err(io::Error::other(
                "what has to be kept for an undo holds a token or a password of this run",
            ));
        }
        let start = file.metadata()?.len();
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let mut copy = File::open(&self.path)?;
        copy.seek(SeekFrom::Start(start))?;
        let mut read = String::new();
        copy.read_to_string(&mut read)?;
        let unusable =
            || io::Error::new(io::ErrorKind::InvalidData, "what was written could not be read back");
        if read == text && is_usable(&read) { Ok(()) } else { Err(unusable()) }
    }
}

/// Writes a line whole or not at all: what was written of it is taken back, so that the next line does not begin in the
/// middle of this one. Where it cannot be taken back the file is torn, and nothing may be added.
fn whole(
    file: &mut File,
    write: impl FnOnce(&mut File) -> io::Result<()>,
    is_torn: &AtomicBool,
) -> io::Result<()> {
    let start = file.metadata()?.len();
    let written = write(file);
    if written.is_err() && file.set_len(start).and_then(|()| file.sync_all()).is_err() {
        is_torn.store(true, Ordering::Relaxed);
    }
    written
}

/// Whether a line says all that is needed to put back what it announces.
fn is_usable(text: &str) -> bool {
    let mut lines = text.lines().map(serde_json::from_str::<Line>);
    let is_record = |raw: &RawValue| serde_json::from_str::<RecordFields>(raw.get()).is_ok();
    match (lines.next(), lines.next()) {
        (Some(Ok(Line::Intent { changes, .. })), None) => {
            changes.iter().filter_map(|change| change.before.as_deref()).all(is_record)
        }
        (Some(Ok(_)), None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_could_not_be_written_whole_leaves_nothing_for_the_next_one_to_begin_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut file = files::private_file(&path).unwrap();
        let is_torn = AtomicBool::new(false);
        let full = || Err(io::Error::from(io::ErrorKind::StorageFull));
        whole(&mut file, |file| file.write_all(b"one\n"), &is_torn).unwrap();
        let torn = |file: &mut File| file.write_all(b"tw").and_then(|()| full());
        assert!(whole(&mut file, torn, &is_torn).is_err());
        whole(&mut file, |file| file.write_all(b"three\n"), &is_torn).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\nthree\n");
        assert!(!is_torn.load(Ordering::Relaxed));
        let mut closed = File::open(&path).unwrap();
        assert!(whole(&mut closed, |_| full(), &is_torn).is_err());
        assert!(is_torn.load(Ordering::Relaxed), "what cannot be taken back is never written behind");
    }

    #[test]
    fn what_would_be_hidden_in_the_journal_is_not_changed_at_all() {
        let folder = tempfile::tempdir().unwrap();
        crate::io::secret::remember(&"a-password-like-a-name".to_owned().into());
        let journal = Journal::new(folder.path(), "run", "now", "a-password-like-a-name");
        let refused = journal.begin().unwrap_err().to_string();
        assert!(refused.contains("holds a token or a password"), "{refused}");
    }

    #[test]
    fn a_line_that_breaks_or_nests_too_deep_is_not_usable() {
        let line = |record: &str| {
            format!(
                r#"{{"intent":{{"zone_id":"z","zone":"example.com","at":"x","changes":[{{"action":"create","name":"a.example.com","before":{record},"request":null}}]}}}}"#
            )
        };
        assert!(is_usable(&line(r#"{"id":"1"}"#)));
        assert!(!is_usable(&line("{\n\"id\":\"1\"}")));
        let deep = format!(r#"{{"id":"1","meta":{}{}}}"#, "[".repeat(500), "]".repeat(500));
        assert!(!is_usable(&line(&deep)));
    }
}
