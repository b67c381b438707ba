//! The state folder: journals, snapshots, baselines, and what is read so far. Effects: files.

pub mod baseline;
pub mod interrupted;
pub mod journal;
pub mod journal_writer;
pub mod snapshot;
pub mod state_file;
