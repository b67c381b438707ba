//! Stages with effects. Each takes what it needs and returns what it found. In their order:
//! [`survey`](session::Session::survey), [`plan`](session::Session::plan), [`apply`](session::Session::apply),
//! [`confirm`](session::Session::confirm), [`check_with_provider`](session::Session::check_with_provider),
//! [`keep_snapshot`](session::Session::keep_snapshot).

pub mod apply;
mod audit_log;
pub mod bug;
pub mod collect;
pub mod confirm;
mod content;
mod deletions;
mod discover;
mod followed;
mod poll;
pub mod probe;
mod provider_check;
pub mod public_dns;
pub mod recorded;
pub mod saved_plan;
pub mod session;
pub mod snapshots;
mod stream;
mod survey;
pub mod target;
pub mod undo;
mod verify;
