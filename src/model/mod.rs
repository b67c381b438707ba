//! Values and judgement: what is known, what it means, what follows. Pure.

pub mod apply;
pub mod audit_log;
pub mod catalogue;
pub mod checkup;
pub mod confirm;
pub mod credential;
pub mod diagnosis;
pub mod dns;
pub mod expectation;
pub mod failure;
pub mod ids;
pub mod inventory;
pub mod journal;
pub mod lookup;
pub mod mailauth;
pub mod members;
pub mod plain;
pub mod plan;
pub mod progress;
pub mod scrub;
pub mod snapshot;
pub mod undo;
pub(crate) mod words;
