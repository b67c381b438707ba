//! Stages with effects: reading zones and logs, changing records, asking public DNS over time.

pub mod apply;
pub mod audit_log;
pub mod collect;
pub mod poll;
