//! The report for programs: one JSON object and nothing else. Pure.

use std::io::{self, Write};

use super::{Report, ReportV1};

/// Writes the report as JSON, indented, with a line break at the end.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &ReportV1::from(report))?;
    writeln!(out)
}
