//! Finds records in text copied from a page: rows, one value per line, labels, headings, prose. Pure.
//!
//! ```text
//!  lines ─► rows of cells ─► wrapped values joined ─► tokens ─► names and targets in pairs
//! ```

mod pair;
mod rows;
mod token;

use super::gather::Gatherer;

pub(super) use pair::{is_record, pair};
pub(super) use rows::{clean, without_markup};

/// A line cut into cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// Reads a text as if copied from a page.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) {
    let rows = rows::of(text);
    let rows = rows::join_wrapped(rows, gatherer);
    pair(&rows, gatherer);
}
