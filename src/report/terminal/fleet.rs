//! Many zones: the same few rows whatever their number. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::findings;
use super::layout::{Mark, Row, Sheet};
use crate::model::baseline::News;
use crate::model::diagnosis::{Code, Severity};
use crate::model::failure::Failure;
use crate::model::plain::{self, count};
use crate::report::view::{self, Cause};
use crate::report::{Report, ZoneReport, words};

/// As many zones are named of those that have the same.
const MOST_NAMED: usize = 2;
/// As many kinds of trouble are listed.
const MOST_KINDS: usize = 6;

/// Writes which zones need attention and why; of the others only how many there are.
pub(super) fn zones(report: &Report, sheet: &mut Sheet) {
    let failed = report.zones.iter().filter_map(|zone| Some((zone, zone.error.as_ref()?)));
    let failed: Vec<(&ZoneReport, &Failure)> = failed.collect();
    let open: Vec<&ZoneReport> = report.zones.iter().filter(|zone| zone.needs_attention()).collect();
    sheet.hanging(("", "  "), &counted(report));
    not_read(&failed, sheet);
    if sheet.is_verbose {
        for zone in &open {
            sheet.line("");
            findings::zone(report, zone, sheet);
        }
    } else if report.last.is_some() || report.zones.iter().any(|zone| zone.news.is_some()) {
        let (new, old): (Vec<&ZoneReport>, Vec<&ZoneReport>) =
            open.iter().partition(|zone| zone.concerns().any(|finding| zone.is_new(finding)));
        let title = report.last.as_deref().map(|last| format!("NEW since {}", crate::report::day(last)));
        attention((title.as_deref().unwrap_or("NEW"), &new, report.at), sheet);
        attention(("STILL OPEN", &old, report.at), sheet);
        gone(report, sheet);
    } else {
        attention(("NEED ATTENTION", &open, report.at), sheet);
    }
    causes(&open, sheet);
    planned(report, sheet);
}

/// How many zones need attention, were not read, are fine.
pub(super) fn counted(report: &Report) -> String {
    let [open, failed, fine] = report.by_need();
    let parts = words::counts(&[(open, "need attention"), (failed, "not read"), (fine, "fine")]);
    let zones = count(report.zones.len(), "zone");
    if parts.is_empty() { zones } else { format!("{zones}: {parts}") }
}

/// A zone that could not be read stands first, by its name.
fn not_read(failed: &[(&ZoneReport, &Failure)], sheet: &mut Sheet) {
    if failed.is_empty() {
        return;
    }
    sheet.line("\nNOT READ");
    let row = |(zone, error): &(&ZoneReport, &Failure)| {
        let cells = vec![zone.heading(), plain::sanitize_line(&error.message)];
        let below = if failed.len() > MOST_NAMED { Vec::new() } else { error.hints.clone() };
        Row { mark: Mark::Unknown, cells, aside: String::new(), below }
    };
    sheet.table(&failed.iter().map(row).collect::<Vec<_>>());
}

/// Which zones do no longer have what was open in them.
fn gone(report: &Report, sheet: &mut Sheet) {
    let gone = |news: &Option<News>| news.as_ref().map_or(0, |news| news.gone.len());
    let read = report.zones.iter().map(|zone| (zone.heading(), gone(&zone.news)));
    let earlier = report.earlier.iter().map(|earlier| (earlier.zone.zone.clone(), gone(&earlier.news)));
    let zones: Vec<(String, usize)> = read.chain(earlier).filter(|(_, gone)| *gone > 0).collect();
    if zones.is_empty() {
        return;
    }
    sheet.line("\nNO LONGER FOUND");
    let row = |(zone, gone): &(String, usize)| {
        let cells = vec![zone.clone(), count(*gone, "finding")];
        Row { mark: Mark::Ok, cells, aside: String::new(), below: Vec::new() }
    };
    let most = if sheet.is_verbose { zones.len() } else { MOST_KINDS };
    sheet.table(&zones.iter().take(most).map(row).collect::<Vec<_>>());
    if let left @ 1.. = zones.len().saturating_sub(most) {
        sheet.paragraph(5, &format!("... {} (-v lists them)", count(left, "more zone")));
    }
}

/// For how long something has been open.
fn days(since: &str, now: Timestamp) -> Option<String> {
    let hours = now.duration_since(since.parse().ok()?).as_hours();
    Some(match usize::try_from(hours / 24).ok()? {
        0 => "today".to_owned(),
        days => count(days, "day"),
    })
}

fn attention((title, open, now): (&str, &[&ZoneReport], Timestamp), sheet: &mut Sheet) {
    if open.is_empty() {
        return;
    }
    sheet.line(format_args!("\n{title}"));
    let same = view::grouped(open, |zone| trouble(zone));
    let mut rows = Vec::new();
    for ((mark, what), zones) in same.iter().take(MOST_KINDS) {
        let row = |zone: &&&ZoneReport| {
            let since = zone.concerns().filter_map(|one| zone.since(one)).min();
            let open_for = since.and_then(|since| days(since, now)).map(|days| format!(", {days}"));
            let cells =
                vec![zone.heading(), what.clone(), who(zone).to_owned() + &open_for.unwrap_or_default()];
            Row { mark: *mark, cells, aside: String::new(), below: Vec::new() }
        };
        rows.extend(zones.iter().take(MOST_NAMED).map(row));
        if let (Some(last), more @ 1..) = (rows.last_mut(), zones.len().saturating_sub(MOST_NAMED)) {
            last.below.push(format!("... {} with the same (-v lists them)", count(more, "more zone")));
        }
    }
    sheet.table(&rows);
    if let left @ 1.. = same.len().saturating_sub(MOST_KINDS) {
        sheet.paragraph(2, &format!("and {} more (-v lists them)", count(left, "kind")));
    }
}

/// The worst of a zone: how many records have it, and whose they are.
fn trouble(zone: &ZoneReport) -> (Mark, String) {
    let Some(Cause { severity, code, findings }) = view::by_cause(zone.concerns()).into_iter().next() else {
        return (Mark::Unknown, "not all could be found out".to_owned());
    };
    let mark = if severity == Severity::Error { Mark::Broken } else { Mark::Care };
    let provider = findings.iter().find_map(|one| one.provider.as_ref());
    let provider = provider.map(|provider| format!(" {}", provider.name)).unwrap_or_default();
    let state = words::state(code);
    let is_of_zone = words::of_zone(code).is_some();
    (mark, if is_of_zone { state.to_owned() } else { format!("{} {state}{provider}", findings.len()) })
}

/// Who acts.
fn who(zone: &ZoneReport) -> &'static str {
    let is_ours = zone.diagnosis.findings.iter().any(|one| one.remedy.is_some());
    match zone.concerns().next() {
        None => "run it again",
        Some(_) if is_ours => "fix repairs it",
        Some(_) => "yours",
    }
}

/// How many zones and records each cause concerns, and who acts.
fn causes(open: &[&ZoneReport], sheet: &mut Sheet) {
    let mut causes: BTreeMap<(Severity, Code), (usize, usize, bool)> = BTreeMap::new();
    for zone in open {
        for Cause { severity, code, findings } in view::by_cause(zone.concerns()) {
            let cause = causes.entry((severity, code)).or_default();
            (cause.0, cause.1) = (cause.0 + 1, cause.1 + findings.len());
            cause.2 |= findings.iter().any(|one| one.remedy.is_some());
        }
    }
    if causes.is_empty() {
        return;
    }
    sheet.line("");
    let head = ["CAUSE", "ZONES", "FINDINGS", "WHO"].map(str::to_owned);
    let rows = causes.into_iter().map(|((_, code), (zones, records, is_ours))| {
        let who = if is_ours { "fix" } else { "you" };
        [code.word().to_owned(), zones.to_string(), records.to_string(), who.to_owned()]
    });
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(rows).collect();
    let width =
        |of: fn(&[String; 4]) -> &String| rows.iter().map(|row| of(row).len()).max().unwrap_or_default();
    let (first, second) = (width(|[cause, ..]| cause), width(|[_, zones, ..]| zones));
    let third = width(|[_, _, records, _]| records);
    for [cause, zones, records, who] in &rows {
        sheet.hanging(("", "  "), &format!("{cause:first$}  {zones:>second$}  {records:>third$}  {who}"));
    }
}

fn planned(report: &Report, sheet: &mut Sheet) {
    let changes: Vec<_> = report.zones.iter().flat_map(ZoneReport::changes).collect();
    if changes.is_empty() {
        return;
    }
    let zones = report.zones.iter().filter(|zone| !zone.changes().is_empty()).count();
    // What was not examined stands in no list above.
    let unlisted = report.zones.iter().filter(|zone| !zone.is_examined && !zone.changes().is_empty());
    let unlisted: Vec<&ZoneReport> = unlisted.collect();
    if !unlisted.is_empty() {
        sheet.line("\nTO CHANGE");
        let row = |zone: &&ZoneReport| {
            let amount = findings::amount(&zone.changes().iter().collect::<Vec<_>>());
            Row {
                mark: Mark::Care,
                cells: vec![zone.heading(), amount],
                aside: String::new(),
                below: Vec::new(),
            }
        };
        let most = if sheet.is_verbose { unlisted.len() } else { MOST_KINDS };
        sheet.table(&unlisted.iter().take(most).map(row).collect::<Vec<_>>());
        if let left @ 1.. = unlisted.len().saturating_sub(most) {
            sheet.paragraph(5, &format!("... {} (-v lists them)", count(left, "more zone")));
        }
    }
    sheet.line("");
    let amount = findings::amount(&changes);
    sheet.hanging(("", "  "), &format!("In {}: {amount}.", count(zones, "zone")));
}
