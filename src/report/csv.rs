//! The report for spreadsheets: one row a record. Pure.

use std::collections::BTreeSet;
use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::understood::in_short;
use super::view::{self, Row, View};
use super::{Report, ZoneReport, remarks};
use crate::model::catalog::Role;
use crate::model::diagnosis::{Finding, MailRecord, Severity};
use crate::model::dns::DomainName;

crate::model::words::words! {
    /// The columns, in order.
    enum Column {
        Zone = "zone",
        /// `record`, `zone`, or of what is no record: `error`, `note`, `input`.
        Kind = "kind",
        Name = "name",
        Target = "target",
        Role = "role",
        Provider = "provider",
        /// The worst of the findings.
        Severity = "severity",
        /// Their codes, with spaces between.
        Findings = "findings",
        Was = "was",
        /// After it, or without one.
        Is = "is",
        /// Who can repair it, where nobody has.
        Repair = "repair",
        Outcome = "outcome",
        PublicDns = "public_dns",
        /// RFC 3339, UTC.
        OldAnswersUntil = "old_answers_until",
        Detail = "detail",
        /// Since when the first of them is open, where that is compared: RFC 3339, UTC.
        Since = "since",
    }
}

type Sheet<'w> = csv::Writer<&'w mut dyn Write>;

/// Writes the report as CSV (RFC 4180): a heading, then one row a record, zone by zone; first those that changed, are
/// broken or were asked about.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn csv(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet =
        WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(out);
    sheet.write_record(Column::ALL.map(Column::word))?;
    for remark in report.understood.iter().flat_map(in_short) {
        write(&mut sheet, &[(Column::Kind, "input"), (Column::Detail, &remark)])?;
    }
    report.zones.iter().map(View::of).try_for_each(|view| zone(&view, &mut sheet))?;
    sheet.flush()
}

fn write(sheet: &mut Sheet<'_>, cells: &[(Column, &str)]) -> io::Result<()> {
    let cell = |column| cells.iter().find(|(of, _)| *of == column).map_or("", |(_, text)| text);
    Ok(sheet.write_record(Column::ALL.map(|column| harmless(cell(column))))?)
}

fn zone(view: &View<'_>, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let zone = view.zone;
    let error = zone.error.iter().map(|error| ("error", error.message.clone()));
    for (kind, text) in error.chain(remarks(zone).into_iter().map(|remark| ("note", remark))) {
        write(sheet, &[(Column::Zone, &zone.label), (Column::Kind, kind), (Column::Detail, &text)])?;
    }
    let is_listed = |name: &DomainName| {
        view.rows.iter().any(|row| row.name == name) || view.fine.iter().any(|record| record.name == *name)
    };
    let others = zone.diagnosis.findings.iter().map(|finding| &finding.name);
    let others: BTreeSet<&DomainName> = others.filter(|name| !is_listed(name)).collect();
    for name in others {
        named(sheet, zone, name, &[])?;
    }
    view.rows.iter().try_for_each(|row| record(zone, row, sheet))?;
    view.fine.iter().try_for_each(|one| unchanged(zone, one, sheet))
}

fn record(zone: &ZoneReport, row: &Row<'_>, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let place = zone.changes().iter().rposition(|change| change.name == *row.name);
    let outcome = place.map_or("", |place| zone.outcome(place).map_or("planned", |one| one.kind().word()));
    let until = row
        .seen
        .and_then(view::old_until)
        .map(|end| end.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let (first, second) = (row.was.words.as_str(), row.now.words.as_str());
    // What was changed has two states; of the others the second tells who repairs it.
    let [one, other] = match outcome {
        "" | "planned" => [(Column::Is, first), (Column::Repair, second)],
        _ => [(Column::Was, first), (Column::Is, second)],
    };
    let cells = [
        (Column::Target, row.target.as_str()),
        (Column::Role, row.role.map_or("", Role::word)),
        one,
        other,
        (Column::Outcome, outcome),
        (Column::PublicDns, row.seen.map_or("", |one| one.verdict.word())),
        (Column::OldAnswersUntil, until.as_deref().unwrap_or_default()),
    ];
    named(sheet, zone, row.name, &cells)
}

fn unchanged(zone: &ZoneReport, one: &MailRecord, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let cells = [
        (Column::Target, one.target.as_str()),
        (Column::Role, one.classification.role.word()),
        (Column::Is, view::proxy(one)),
    ];
    named(sheet, zone, &one.name, &cells)
}

/// A row about one name: whose it is, what the findings say of it, and the other cells.
fn named(
    sheet: &mut Sheet<'_>,
    zone: &ZoneReport,
    name: &DomainName,
    cells: &[(Column, &str)],
) -> io::Result<()> {
    let findings = || zone.diagnosis.findings.iter().filter(|finding| finding.name == *name);
    let owner = zone.record(name).and_then(|record| record.classification.provider.as_ref());
    let provider = owner.or_else(|| findings().find_map(|one| one.provider.as_ref()));
    let codes: Vec<&str> = findings().map(|one| one.code().word()).collect();
    let detail: Vec<String> = findings().map(|one| one.words().message).collect();
    let (codes, detail) = (codes.join(" "), detail.join("; "));
    let of_name = [
        (Column::Zone, zone.label.as_str()),
        (Column::Kind, if name.as_str() == zone.label { "zone" } else { "record" }),
        (Column::Name, name.as_str()),
        (Column::Provider, provider.map_or("", |provider| &provider.name)),
        (Column::Severity, findings().map(Finding::severity).min().map_or("", Severity::word)),
        (Column::Findings, &codes),
        (Column::Detail, &detail),
        (Column::Since, findings().filter_map(|one| zone.since(one)).min().unwrap_or_default()),
    ];
    write(sheet, &[cells, &of_name].concat())
}

/// Takes the power from texts that a spreadsheet would run as a formula.
fn harmless(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{text}", if is_formula { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_formula_becomes_text() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("plain, text"), "plain, text");
    }
}
