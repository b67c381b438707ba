//! The stages that have effects: changing records, and looking at the tool's own surroundings.

pub mod apply;
pub mod checkup;
