//! The report as a page that stands alone: no script, no foreign address, readable on paper. Pure.

use std::io::{self, Write};

use super::understood::in_short;
use super::{Report, ZoneReport, remarks};
use crate::model::plain;

const HEAD: &str = include_str!("page.html");

/// Writes the report as one HTML page.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEAD.as_bytes())?;
    writeln!(out, "<h1>Mail authentication at Cloudflare: {}</h1>", report.command.word())?;
    for remark in report.understood.iter().flat_map(in_short) {
        writeln!(out, "<p>Input: {}</p>", escaped(&remark))?;
    }
    report.zones.iter().try_for_each(|zone| section(zone, out))?;
    writeln!(out, "</main></body></html>")
}

fn section(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section><h2>{}</h2>", escaped(&zone.heading()))?;
    if let Some(error) = &zone.error {
        writeln!(out, "<p class=error>Not worked on: {}</p><ul>", escaped(&error.message))?;
        error.hints.iter().try_for_each(|hint| writeln!(out, "<li>{}</li>", escaped(hint)))?;
        return writeln!(out, "</ul></section>");
    }
    remarks(zone).iter().try_for_each(|remark| writeln!(out, "<p>Note: {}</p>", escaped(remark)))?;
    let (mut findings, made) = (Vec::new(), zone.made());
    for finding in &zone.diagnosis.findings {
        let mended = if made.mends(finding) { " (mended)" } else { "" };
        let words = finding.words();
        let why = format!("{}\n{}", words.message, words.evidence.join("\n"));
        let what = finding.remedy.as_ref().map(|remedy| remedy.kind().word().to_owned()).or(words.advice);
        findings.push([
            format!("{}{mended}", finding.severity().word()),
            finding.code().word().to_owned(),
            why,
            what.unwrap_or_default(),
        ]);
    }
    table(out, "Findings", ["Severity", "Code", "What is wrong, and how it is known", "Remedy"], &findings)?;
    let mut changes = Vec::new();
    for (place, change) in zone.changes().iter().enumerate() {
        let outcome = zone.outcome(place).map_or("planned", crate::model::apply::Outcome::word);
        let differences = change.differences().into_iter().map(|(old, new)| format!("{old} → {new}"));
        let values = differences.collect::<Vec<_>>().join("\n");
        changes.push([outcome.to_owned(), change.action.word().to_owned(), change.name.to_string(), values]);
    }
    table(out, "Changes", ["Outcome", "Action", "Name", "Before and after"], &changes)?;
    let mut confirmations = Vec::new();
    for one in &zone.confirmations {
        let expected = one.expected.as_ref().map(ToString::to_string).unwrap_or_default();
        confirmations.push([
            one.verdict.word().to_owned(),
            one.name.to_string(),
            expected,
            one.notes.join("\n"),
        ]);
    }
    table(out, "Public DNS", ["Verdict", "Name", "Expected", "Notes"], &confirmations)?;
    if zone.is_uneventful() {
        let records = plain::count(zone.diagnosis.records.len(), "mail record");
        writeln!(out, "<p>Nothing to report ({records}).</p>")?;
    }
    writeln!(out, "</section>")
}

fn table(
    out: &mut dyn Write,
    title: &'static str,
    heads: [&'static str; 4],
    rows: &[[String; 4]],
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>{title}</h3><table><thead><tr>")?;
    heads.iter().try_for_each(|head| writeln!(out, "<th scope=col>{head}</th>"))?;
    writeln!(out, "</tr></thead><tbody>")?;
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        writeln!(out, "<tr><td>{}</td></tr>", cells.join("</td><td>"))?;
    }
    writeln!(out, "</tbody></table>")
}

/// The only way for text to get into the page. Line breaks stay; other control characters do not.
fn escaped(raw: &str) -> String {
    let lines: Vec<String> = raw.split('\n').map(plain::line).collect();
    let mut safe = String::new();
    for character in lines.join("\n").chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push_str("<br>"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(escaped("<script>'\"&\u{1b}"), "&lt;script&gt;&#39;&quot;&amp;\u{fffd}");
        assert_eq!(escaped("a\nb"), "a<br>b");
    }
}
