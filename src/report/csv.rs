//! The report for spreadsheets: one row a record. Pure.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::understood::in_short;
use super::view::{self, Row, View};
use super::{Report, ZoneReport, remarks};
use crate::model::apply::Outcome;
use crate::model::catalog::Role;
use crate::model::diagnosis::{Finding, MailRecord, Severity};
use crate::model::dns::DomainName;

/// The columns, and the cells of a row.
#[derive(Default)]
struct Cells<'a> {
    zone: &'a str,
    /// `record`, `zone`, or of what is no record: `error`, `note`, `input`.
    kind: &'a str,
    name: &'a str,
    target: &'a str,
    role: &'a str,
    provider: &'a str,
    /// The worst of the findings.
    severity: &'a str,
    /// Their codes, with spaces between.
    findings: &'a str,
    was: &'a str,
    is: &'a str,
    /// Who can repair it, where nobody has.
    repair: &'a str,
    /// That of the change.
    outcome: &'a str,
    /// The verdict.
    public_dns: &'a str,
    /// RFC 3339, UTC.
    old_answers_until: &'a str,
    detail: &'a str,
}

impl<'a> Cells<'a> {
    const HEADS: [&'static str; 15] = [
        "zone",
        "kind",
        "name",
        "target",
        "role",
        "provider",
        "severity",
        "findings",
        "was",
        "is",
        "repair",
        "outcome",
        "public_dns",
        "old_answers_until",
        "detail",
    ];

    fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            zone,
            kind,
            name,
            target,
            role,
            provider,
            severity,
            findings,
            was,
            is,
            repair,
            outcome,
            public_dns,
            old_answers_until,
            detail,
        } = self;
        line(
            out,
            [
                zone,
                kind,
                name,
                target,
                role,
                provider,
                severity,
                findings,
                was,
                is,
                repair,
                outcome,
                public_dns,
                old_answers_until,
                detail,
            ],
        )
    }

    /// A row about one name, with what the findings say of it.
    fn of(zone: &'a ZoneReport, name: &'a DomainName, about: &'a About) -> Self {
        let kind = if name.as_str() == zone.label { "zone" } else { "record" };
        let About { provider, severity, codes, detail } = about;
        Self {
            zone: &zone.label,
            kind,
            name: name.as_str(),
            provider,
            severity,
            findings: codes,
            detail,
            ..Self::default()
        }
    }
}

/// Writes the report as CSV (RFC 4180): a heading, then one row a record, zone by zone; first those that changed, are
/// broken or were asked about.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn csv(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    line(out, Cells::HEADS)?;
    for remark in report.understood.iter().flat_map(in_short) {
        Cells { kind: "input", detail: &remark, ..Cells::default() }.write(out)?;
    }
    report.zones.iter().map(View::of).try_for_each(|view| zone(&view, out))
}

fn zone(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let zone = view.zone;
    if let Some(error) = &zone.error {
        Cells { zone: &zone.label, kind: "error", detail: &error.message, ..Cells::default() }.write(out)?;
    }
    for remark in remarks(zone) {
        Cells { zone: &zone.label, kind: "note", detail: &remark, ..Cells::default() }.write(out)?;
    }
    let is_listed = |name: &DomainName| {
        view.rows.iter().any(|row| row.name == name) || view.fine.iter().any(|record| record.name == *name)
    };
    let others = zone.diagnosis.findings.iter().map(|finding| &finding.name);
    let others: BTreeSet<&DomainName> = others.filter(|name| !is_listed(name)).collect();
    for name in others {
        Cells::of(zone, name, &About::of(zone, name)).write(out)?;
    }
    view.rows.iter().try_for_each(|row| record(zone, row, out))?;
    view.fine.iter().try_for_each(|one| unchanged(zone, one, out))
}

fn record(zone: &ZoneReport, row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    let about = About::of(zone, row.name);
    let place = zone.changes().iter().position(|change| change.name == *row.name);
    let outcome = place.map_or("", |place| zone.outcome(place).map_or("planned", Outcome::word));
    let until = row.seen.and_then(view::old_until).map(|end| end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let (first, second) = (row.was.words.as_str(), row.now.words.as_str());
    // What was changed has two states; of the others the second tells who repairs it.
    let (was, is, repair) = match outcome {
        "" | "planned" => ("", first, second),
        _ => (first, second, ""),
    };
    Cells {
        target: &row.target,
        role: row.role.map_or("", Role::word),
        was,
        is,
        repair,
        outcome,
        public_dns: row.seen.map_or("", |one| one.verdict.word()),
        old_answers_until: until.as_deref().unwrap_or_default(),
        ..Cells::of(zone, row.name, &about)
    }
    .write(out)
}

fn unchanged(zone: &ZoneReport, one: &MailRecord, out: &mut dyn Write) -> io::Result<()> {
    let provider = one.classification.provider.as_ref().map_or("", |provider| &provider.name);
    Cells {
        target: one.target.as_str(),
        role: one.classification.role.word(),
        provider,
        is: view::proxy(one),
        ..Cells::of(zone, &one.name, &About::of(zone, &one.name))
    }
    .write(out)
}

/// What findings say of one name.
struct About {
    provider: String,
    /// The worst.
    severity: &'static str,
    codes: String,
    detail: String,
}

impl About {
    fn of(zone: &ZoneReport, name: &DomainName) -> Self {
        let findings = || zone.diagnosis.findings.iter().filter(|finding| finding.name == *name);
        let joined = |words: Vec<String>, between: &str| words.join(between);
        let provider = findings().find_map(|one| Some(one.provider.as_ref()?.name.to_string()));
        Self {
            provider: provider.unwrap_or_default(),
            severity: findings().map(Finding::severity).min().map_or("", Severity::word),
            codes: joined(findings().map(|one| one.code().word().to_owned()).collect(), " "),
            detail: joined(findings().map(|one| one.words().message).collect(), "; "),
        }
    }
}

fn line(out: &mut dyn Write, fields: [&str; 15]) -> io::Result<()> {
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
