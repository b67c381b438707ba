//! The report for programs, as JSON and nothing else. Pure.

use std::io::{self, Write};

use super::schema::{self, LineV1, head, run};
use super::{Report, ReportV1, ZoneReport};

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
pub fn json_lines(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.zones.iter().try_for_each(|zone| json_line(report, zone, out))?;
    last_json_line(report, out)
}

/// Writes the line of one zone of a run.
pub fn json_line(report: &Report, zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    line(&LineV1::Zone { head: head(report), zone: Box::new(schema::zone(zone)) }, out)
}

/// Writes the line of a run, which is the last one.
pub fn last_json_line(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    line(&LineV1::Run { head: head(report), run: run(report) }, out)
}

fn line(line: &LineV1, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}
