//! What is wrong in one zone and what would repair it: one row a record, one explanation a cause. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{Mark, Row, STRONG, Sheet, styled};
use crate::model::diagnosis::{Code, Finding, MailRecord, Severity};
use crate::model::dns::DomainName;
use crate::model::inventory::ProxyStatus;
use crate::model::plain::{self, count};
use crate::model::plan::{Action, Change, Consent};
use crate::report::view::{self, Cause};
use crate::report::{Command, Report, ZoneReport, words};

/// As many rows are shown one by one; more are put together by cause.
pub(super) const MOST_ROWS: usize = 12;
/// As many causes are explained.
const MOST_CAUSES: usize = 4;

/// Writes what is wrong in a zone, and what would be changed.
pub(super) fn zone(report: &Report, zone: &ZoneReport, sheet: &mut Sheet) {
    headline(zone, &says(report.command, zone), sheet);
    if zone.error.is_some() {
        return;
    }
    let of_zone: Vec<&Finding> = zone_wide(zone).collect();
    if !of_zone.is_empty() {
        sheet.line("");
    }
    for finding in &of_zone {
        explained(finding, true, sheet);
    }
    let rows = rows(zone);
    if !rows.is_empty() {
        sheet.line("");
    }
    if rows.len() <= MOST_ROWS {
        sheet.table(&rows);
    } else {
        groups(zone, sheet);
    }
    causes(zone, sheet);
    let left = left_alone(zone);
    if !left.is_empty() && !rows.is_empty() {
        sheet.paragraph(2, &format!("Left alone: {}.", left.join(", ")));
    }
    zone.notes.iter().for_each(|note| sheet.hanging(("  note: ", "    "), note));
    planned(report, zone, sheet);
}

/// Writes what is so with the zone, in one line: if it could not be worked on, why, and what to do.
pub(super) fn headline(zone: &ZoneReport, says: &str, sheet: &mut Sheet) {
    let name = format!("{}: ", styled(STRONG, zone.heading()));
    let says = zone.error.as_ref().map_or(says, |error| &error.message);
    sheet.hanging((&name, "  "), says);
    let hints = zone.error.iter().flat_map(|error| &error.hints);
    hints.for_each(|hint| sheet.paragraph(2, hint));
}

pub(super) fn says(command: Command, zone: &ZoneReport) -> String {
    let broken: BTreeSet<&DomainName> = about_records(zone, Severity::Error).map(|one| &one.name).collect();
    let records = zone.diagnosis.records.iter().map(|record| &record.name);
    let all: BTreeSet<&DomainName> = records.chain(broken.iter().copied()).collect();
    let cares = about_records(zone, Severity::Warning).count() + zone_wide(zone).count();
    let is_lost = |one: &&Finding| one.code() == Code::Missing;
    let lost = about_records(zone, Severity::Warning).filter(is_lost).count();
    let worst = zone_wide(zone).find_map(|one| words::of_zone(one.code()));
    match (worst, broken.len(), all.len()) {
        (Some(worst), _, _) => worst.to_owned(),
        (None, 0, _) if !zone.is_examined && command == Command::Undo => {
            format!("{} to put back", count(zone.changes().len(), "record"))
        }
        (None, 0, _) if !zone.is_examined => format!("{} planned", count(zone.changes().len(), "change")),
        (None, 0, _) if lost > 0 => format!("{} may be missing", count(lost, "mail record")),
        (None, 0, 0) if cares == 0 => "no mail records".to_owned(),
        (None, 0, _) if cares > 0 => {
            format!("no mail record is broken; {} to look at", count(cares, "thing"))
        }
        (None, 0, all) if zone.is_incomplete() => {
            format!("{}, nothing wrong found, but not all could be asked", count(all, "mail record"))
        }
        (None, 0, all) => format!("{}, nothing wrong", count(all, "mail record")),
        (None, broken, all) => format!(
            "{broken} of {} {} broken{}",
            count(all, "mail record"),
            words::are(broken),
            if lost > 0 { format!("; {lost} more may be missing") } else { String::new() }
        ),
    }
}

fn is_zone_wide(zone: &ZoneReport, finding: &Finding) -> bool {
    zone.zone.as_ref().is_some_and(|zone| zone.name == finding.name)
}

/// Findings about the zone as a whole.
fn zone_wide(zone: &ZoneReport) -> impl Iterator<Item = &Finding> {
    zone.concerns().filter(|one| is_zone_wide(zone, one))
}

/// Findings of one severity about records.
fn about_records(zone: &ZoneReport, severity: Severity) -> impl Iterator<Item = &Finding> {
    zone.diagnosis.findings.iter().filter(move |one| one.severity() == severity && !is_zone_wide(zone, one))
}

/// Findings about records that have a row.
fn with_rows(zone: &ZoneReport) -> impl Iterator<Item = &Finding> {
    zone.diagnosis.findings.iter().filter(|one| has_row(one) && !is_zone_wide(zone, one))
}

/// Whether a finding has a row: what is broken, what somebody has to look at, and what takes a yes of its own.
fn has_row(one: &Finding) -> bool {
    one.is_concern() || one.code() == Code::NotRecognised
}

/// One row a record that changes or needs somebody, the worst first.
fn rows(zone: &ZoneReport) -> Vec<Row> {
    let mut by_name: BTreeMap<&DomainName, (Vec<&Finding>, Vec<&Change>)> = BTreeMap::new();
    for finding in with_rows(zone) {
        by_name.entry(&finding.name).or_default().0.push(finding);
    }
    for change in zone.changes() {
        by_name.entry(&change.name).or_default().1.push(change);
    }
    let blocker = zone_wide(zone).map(Finding::code).find(|code| words::of_zone(*code).is_some());
    let row = |(name, (found, changes)): (_, (Vec<_>, Vec<_>))| row(zone, name, (&found, &changes), blocker);
    let mut rows: Vec<Row> = by_name.into_iter().map(row).collect();
    rows.sort_by_key(|row| row.mark);
    rows
}

fn row(
    zone: &ZoneReport,
    name: &DomainName,
    (found, changes): (&[&Finding], &[&Change]),
    blocker: Option<Code>,
) -> Row {
    let mut states: Vec<&str> = found.iter().map(|one| words::state(one.code())).collect();
    states.dedup();
    let state = states.join(", ");
    let after: Vec<String> = changes.iter().filter_map(|change| after(zone, change)).collect();
    let state = match (state.is_empty(), after.is_empty(), blocker) {
        (_, true, Some(code)) => format!("{state}; blocked by {}", code.word()),
        (_, true, None) => state,
        (true, false, _) => after.join(", "),
        (false, false, _) => format!("{state} -> {}", after.join(", ")),
    };
    let record = zone.record(name);
    let role = record.map(|record| record.classification.role).or(found.iter().find_map(|one| one.role));
    let provider = found.iter().find_map(|one| one.provider.as_ref());
    let provider = provider.or(record.and_then(|record| record.classification.provider.as_ref()));
    let target = changes.iter().find_map(|change| Some(change.after.as_ref()?.content.as_str()));
    Row {
        mark: mark(found, changes),
        cells: vec![
            plain::sanitize_line(&zone.relative(name)),
            role.map(words::role).unwrap_or_default(),
            provider.map(|provider| plain::sanitize_line(&provider.name)).unwrap_or_default(),
            plain::sanitize_line(&state),
        ],
        aside: plain::sanitize_line(
            target.or(record.map(|record| record.target.as_str())).unwrap_or_default(),
        ),
        below: Vec::new(),
    }
}

fn mark(found: &[&Finding], changes: &[&Change]) -> Mark {
    let needs_a_word = changes.iter().any(|change| change.consent != Consent::Plan);
    let worst = found.iter().map(|one| one.severity()).min();
    match worst {
        Some(Severity::Error) => Mark::Broken,
        None if !changes.is_empty() => Mark::Broken,
        Some(Severity::Info) | None => Mark::Unknown,
        Some(Severity::Warning) if needs_a_word => Mark::Unknown,
        Some(Severity::Warning) => Mark::Care,
    }
}

/// What a change makes of its record, in a cell.
fn after(zone: &ZoneReport, change: &Change) -> Option<String> {
    Some(match change.action {
        Action::SetDnsOnly => "DNS only".to_owned(),
        Action::Create => match change.consent {
            Consent::Plan => "create".to_owned(),
            Consent::Together => "create again".to_owned(),
            Consent::Each => "create, if you say so".to_owned(),
        },
        Action::Delete => format!("delete the {} record", change.before.as_ref()?.kind),
        Action::Rename => format!("file as {}", zone.relative(&change.after.as_ref()?.name)),
        Action::Unflatten => "not flattened".to_owned(),
        Action::Retarget => format!("point to {}", change.after.as_ref()?.content),
        Action::Restore => {
            let new = change.differences().into_iter().map(|(_, new)| new);
            new.collect::<Vec<_>>().join(", ")
        }
    })
}

/// Records that have the same.
#[derive(Default)]
struct Group {
    names: Vec<String>,
    roles: BTreeMap<String, usize>,
}

/// Many rows, put together: how many of which cause, provider and role, and their names.
fn groups(zone: &ZoneReport, sheet: &mut Sheet) {
    let mut groups: BTreeMap<(Mark, String, String), Group> = BTreeMap::new();
    for row in rows(zone) {
        let [name, role, provider, state] = row.cells.as_slice() else { continue };
        let group = groups.entry((row.mark, state.clone(), provider.clone())).or_default();
        group.names.push(name.clone());
        *group.roles.entry(role.clone()).or_default() += 1;
    }
    for ((mark, state, provider), Group { names, roles }) in groups {
        let roles: Vec<String> =
            roles.iter().filter(|(role, _)| !role.is_empty()).map(|(role, n)| count(*n, role)).collect();
        let cells = vec![format!("{} {state}", names.len()), provider, roles.join(", ")];
        sheet.table(&[Row { mark, cells, aside: String::new(), below: Vec::new() }]);
        sheet.paragraph(5, &names.join("  "));
    }
}

/// One explanation a cause.
fn causes(zone: &ZoneReport, sheet: &mut Sheet) {
    let causes = view::by_cause(with_rows(zone));
    if !causes.is_empty() {
        sheet.line("");
    }
    let most = if sheet.is_verbose { usize::MAX } else { MOST_CAUSES };
    for Cause { severity, code, findings } in causes.iter().take(most) {
        match findings.as_slice() {
            [one] => explained(one, sheet.is_verbose, sheet),
            several if sheet.is_verbose => several.iter().for_each(|one| explained(one, true, sheet)),
            [first, rest @ ..] if *code == Code::Missing && *severity != Severity::Error => {
                explained(first, true, sheet);
                let rest: Vec<String> = rest.iter().map(|one| zone.relative(&one.name)).collect();
                sheet.paragraph(2, &format!("The same of {}.", rest.join(", ")));
            }
            several => {
                let shared = words::shared((*severity, *code), several);
                sheet.paragraph(2, &format!("{shared}{}", more(*code)));
            }
        }
    }
    if let left @ 1.. = causes.len().saturating_sub(most) {
        sheet.paragraph(2, &format!("And {} more: -v shows them.", count(left, "cause")));
    }
}

/// What one finding says, what to do, and if wanted how it is known.
pub(super) fn explained(one: &Finding, with_evidence: bool, sheet: &mut Sheet) {
    sheet.paragraph(2, &(words::told(one) + &more(one.code())));
    if with_evidence {
        for evidence in one.words().evidence {
            sheet.hanging(("      ", "        "), &evidence);
        }
    }
}

fn more(code: Code) -> String {
    format!(" More: cf-domauth explain {}", code.word())
}

/// What is left as it is: healthy records by provider, and what is none of mail's business by name.
fn left_alone(zone: &ZoneReport) -> Vec<String> {
    let found: BTreeMap<&DomainName, &Finding> =
        zone.diagnosis.findings.iter().map(|one| (&one.name, one)).collect();
    let mut fine: BTreeMap<&str, usize> = BTreeMap::new();
    for record in zone.diagnosis.records.iter().filter(|record| !found.contains_key(&record.name)) {
        *fine.entry(whose(record)).or_default() += 1;
    }
    let fine = fine.into_iter().map(|(provider, n)| match provider {
        "" => format!("{} (fine)", count(n, "record")),
        provider => format!("{} (fine)", count(n, &format!("{provider} record"))),
    });
    let info = zone.diagnosis.findings.iter().filter(|one| !has_row(one));
    let info = info.map(|one| format!("{} ({})", zone.relative(&one.name), words::state(one.code())));
    fine.chain(info).collect()
}

fn whose(record: &MailRecord) -> &str {
    record.classification.provider.as_ref().map_or("", |provider| &provider.name)
}

/// How many changes are planned, and how they can be undone.
fn planned(report: &Report, zone: &ZoneReport, sheet: &mut Sheet) {
    let changes = zone.changes();
    if changes.is_empty() {
        return;
    }
    sheet.line("");
    let proposed = changes.iter().filter(|change| change.consent == Consent::Together);
    let sources: BTreeSet<&str> = proposed.map(|change| change.source.as_str()).collect();
    for source in sources.iter().take(MOST_CAUSES) {
        sheet.hanging(("  proposed by ", "    "), source);
    }
    if let left @ 1.. = sources.len().saturating_sub(MOST_CAUSES) {
        sheet.paragraph(4, &format!("and {}: --format json names them", count(left, "more source")));
    }
    let undo = match report.command {
        Command::Fix => {
            let what = if changes.len() == 1 { "it" } else { "them" };
            format!(" `cf-domauth undo{}` puts {what} back.", report.again)
        }
        _ => String::new(),
    };
    sheet.paragraph(0, &format!("{}.{undo}", amount(&changes.iter().collect::<Vec<_>>())));
}

/// How many changes, and how many of them create or delete something.
pub(super) fn amount(changes: &[&Change]) -> String {
    let of = |action: Action| changes.iter().filter(|change| change.action == action).count();
    let parts = words::counts(&[(of(Action::Create), "created"), (of(Action::Delete), "deleted")]);
    let parts = if parts.is_empty() { "nothing created or deleted" } else { &parts };
    format!("{}, {parts}", count(changes.len(), "change"))
}

/// Every record that the zone holds for mail, for `-v` and for a zone that is in order.
pub(super) fn records(zone: &ZoneReport, sheet: &mut Sheet) {
    let row = |record: &MailRecord| Row {
        mark: if record.proxy == ProxyStatus::Proxied { Mark::Care } else { Mark::Ok },
        cells: vec![
            zone.relative(&record.name),
            words::role(record.classification.role),
            whose(record).to_owned(),
            view::proxy(record).to_owned(),
        ],
        aside: record.target.to_string(),
        below: Vec::new(),
    };
    sheet.table(&zone.diagnosis.records.iter().map(row).collect::<Vec<_>>());
}
