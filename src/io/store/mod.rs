//! The state folder: journals, snapshots and baselines. Effects: files.

pub mod baseline;
pub mod journal;
pub mod journal_writer;
pub mod snapshot;
