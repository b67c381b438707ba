//! Keeps what an audit of many zones has read so far: one file per API, profile and part. Effects: files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::state_file::{Kind, StateFileError};
use crate::io::files;
use crate::model::interrupted::{self, Head, ReadZone, VERSION};

const KIND: Kind = Kind { what: "list of zones already read", instead: "leave out --resume to begin anew" };

/// The zones that a run has read, in a file.
#[derive(Debug)]
pub struct SoFar {
    path: PathBuf,
    file: File,
}

impl SoFar {
    /// Begins a file with what an earlier run read, in the place of the old one.
    pub fn begin(path: &Path, earlier: &[ReadZone]) -> io::Result<Self> {
        let mut text = line(&Head { cf_domauth_interrupted: VERSION })?;
        for zone in earlier {
            text += &line(zone)?;
        }
        files::replace(path, &text)?;
        Ok(Self { path: path.to_owned(), file: OpenOptions::new().append(true).open(path)? })
    }

    /// Adds a zone. It need not survive the machine: then it is read again.
    pub fn add(&mut self, zone: &ReadZone) -> io::Result<()> {
        self.file.write_all(line(zone)?.as_bytes())
    }

    /// The run is over: the file goes. One that stays costs nothing but that `--resume` would go on with it.
    pub fn end(self) {
        fs::remove_file(&self.path).ok();
    }
}

fn line(object: &impl serde::Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(object)? + "\n")
}

/// What an earlier run had read when it was cut off; nothing if none was.
pub fn load(path: &Path) -> Result<Vec<ReadZone>, StateFileError> {
    Ok(KIND.load(path, interrupted::read)?.unwrap_or_default())
}
