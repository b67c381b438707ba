//! The report for spreadsheets: one row per finding, change and confirmation. Pure.

use std::io::{self, Write};

use super::understood::in_short;
use super::{Report, ZoneReport, remarks};

/// Writes the report as CSV (RFC 4180): a heading, then the rows, zone by zone.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn csv(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    row(out, &["zone", "kind", "name", "what", "severity", "outcome", "provider", "detail"])?;
    for remark in report.understood.iter().flat_map(in_short) {
        row(out, &["", "input", "", "", "", "", "", &remark])?;
    }
    report.zones.iter().try_for_each(|zone| zone_rows(zone, out))
}

fn zone_rows(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    let label = zone.label.as_str();
    if let Some(error) = &zone.error {
        row(out, &[label, "error", label, "error", "error", "", "", &error.message])?;
    }
    for remark in remarks(zone) {
        row(out, &[label, "note", "", "", "", "", "", &remark])?;
    }
    for finding in &zone.diagnosis.findings {
        let provider = finding.provider.as_ref().map_or("", |provider| &provider.name);
        let (name, word) = (finding.name.as_str(), finding.severity().word());
        let (code, message) = (finding.code().word(), finding.words().message);
        row(out, &[label, "finding", name, code, word, "", provider, &message])?;
    }
    for (place, change) in zone.changes().iter().enumerate() {
        let outcome = zone.outcome(place);
        let word = outcome.map_or("planned", crate::model::apply::Outcome::word);
        let target = change.after.as_ref().map(|after| after.content.as_str()).unwrap_or_default();
        row(out, &[label, "change", change.name.as_str(), change.action.word(), "", word, "", target])?;
    }
    for one in &zone.confirmations {
        let expected = one.expected.as_ref().map_or("", |target| target.as_str());
        row(out, &[label, "confirmation", one.name.as_str(), one.verdict.word(), "", "", "", expected])?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, fields: &[&str]) -> io::Result<()> {
    let fields: Vec<String> = fields.iter().map(|text| field(text)).collect();
    write!(out, "{}\r\n", fields.join(","))
}

/// Quotes a field, and takes the power from texts that a spreadsheet would run as a formula.
fn field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_formula_becomes_text() {
        assert_eq!(field("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(field("plain, text"), "\"plain, text\"");
    }
}
