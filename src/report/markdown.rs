//! The report for tickets and wikis. Pure.

use std::io::{self, Write};

use super::understood::in_short;
use super::{Report, ZoneReport, remarks, terminal};
use crate::model::plain;

/// Writes the report as Markdown: what is so and what to do next, then a heading per zone, tables of findings, changes and confirmations.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n", text(&terminal::verdict(report)))?;
    for line in terminal::closing(report) {
        writeln!(out, "- {}", text(line.trim()))?;
    }
    for remark in report.understood.iter().flat_map(in_short) {
        writeln!(out, "\n**Input:** {}", text(&remark))?;
    }
    report.zones.iter().try_for_each(|zone| section(zone, out))
}

fn section(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## {}", text(&zone.heading()))?;
    if let Some(error) = &zone.error {
        writeln!(out, "\n**Not worked on:** {}", text(&error.message))?;
        return error.hints.iter().try_for_each(|hint| writeln!(out, "\n- {}", text(hint)));
    }
    remarks(zone).iter().try_for_each(|remark| writeln!(out, "\n**Note:** {}", text(remark)))?;
    let findings = zone.diagnosis.findings.iter().map(|finding| {
        let words = finding.words();
        let what = finding.remedy.as_ref().map(|remedy| remedy.kind().word().to_owned()).or(words.advice);
        [
            finding.severity().word().to_owned(),
            finding.code().word().to_owned(),
            words.message,
            what.unwrap_or_default(),
        ]
    });
    table(out, "Findings", &["severity", "code", "what is wrong", "remedy"], findings.collect())?;
    let changes = zone.changes().iter().enumerate().map(|(place, change)| {
        let outcome = zone.outcome(place).map_or("planned", crate::model::apply::Outcome::word);
        let differences = change.differences().into_iter().map(|(old, new)| format!("{old} → {new}"));
        let values = differences.collect::<Vec<_>>().join("; ");
        [change.action.word().to_owned(), change.name.to_string(), values, outcome.to_owned()]
    });
    table(out, "Changes", &["action", "name", "before → after", "outcome"], changes.collect())?;
    let confirmations = zone.confirmations.iter().map(|one| {
        let expected = one.expected.as_ref().map(ToString::to_string).unwrap_or_default();
        [one.verdict.word().to_owned(), one.name.to_string(), expected, one.notes.join("; ")]
    });
    table(out, "Public DNS", &["verdict", "name", "expected", "notes"], confirmations.collect())?;
    if zone.is_uneventful() {
        writeln!(
            out,
            "\nNothing to report ({}).",
            plain::count(zone.diagnosis.records.len(), "mail record")
        )?;
    }
    Ok(())
}

fn table(out: &mut dyn Write, title: &str, heads: &[&str; 4], rows: Vec<[String; 4]>) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### {title}\n\n| {} |\n|{}", heads.join(" | "), " --- |".repeat(heads.len()))?;
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| text(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// Takes the power from characters that Markdown or a page around it would act upon.
fn text(raw: &str) -> String {
    let mut safe = String::new();
    for character in plain::sanitize_line(raw).chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => safe.extend(['\\', character]),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(text("a|b<img>[x](y)_z_"), "a\\|b&lt;img&gt;\\[x\\](y)\\_z\\_");
    }
}
