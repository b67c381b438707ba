//! The report for programs, as JSON and nothing else. Pure.

use std::io::{self, Write};

use super::schema::LineV1;
use super::{Report, ReportV1};

/// Writes the report as one object, indented, with a line break at the end.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &ReportV1::from(report))?;
    writeln!(out)
}

/// Writes the report as JSON Lines: an object for each zone, and one for the run in the end.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn json_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for line in LineV1::of(report) {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}
