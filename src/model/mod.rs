//! Values and judgement: what is known, what it means, what follows. Pure.

pub mod audit_log;
pub mod catalogue;
pub mod confirm;
pub mod diagnosis;
pub mod dns;
pub mod expectation;
pub mod failure;
pub mod ids;
pub mod inventory;
pub mod journal;
pub mod mailauth;
pub mod plain;
pub mod plan;
pub mod progress;
pub mod snapshot;
pub mod undo;
pub(crate) mod words;
