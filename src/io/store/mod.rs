//! The state folder: journals and snapshots. Effects: files.

pub mod journal;
pub mod journal_writer;
pub mod snapshot;
