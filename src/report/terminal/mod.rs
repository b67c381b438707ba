//! The report for a person at a terminal: one row a record, one explanation a cause, and at the end what is done,
//! what is left, and the next command. Pure.

mod findings;
mod fleet;
mod layout;
mod result;

use std::collections::BTreeSet;
use std::io::{self, Write};

pub use layout::Layout;
use layout::{DIM, STRONG, Sheet, styled};

use super::understood::in_short;
use super::{Command, EarlierZone, Report, ZoneReport, day, view, words};
use crate::model::baseline::News;
use crate::model::confirm::Verdict;
use crate::model::diagnosis::{Code, Finding};
use crate::model::dns::DomainName;
use crate::model::failure::Exit;
use crate::model::ignore::{self, Ignored};
use crate::model::interrupted::ReadZone;
use crate::model::plain::{self, count};
use crate::model::plan::{Change, Consent};

/// Writes what was found and what is planned.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn before(report: &Report, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::new(layout);
    for line in report.understood.iter().flat_map(in_short) {
        sheet.hanging(("", "  "), &line);
    }
    if report.zones.len() > 1 {
        fleet::zones(report, &mut sheet);
    } else if let Some(zone) = report.zones.first() {
        findings::zone(report, zone, &mut sheet);
        if sheet.is_verbose && zone.error.is_none() {
            sheet.line("");
            findings::records(zone, &mut sheet);
            changes(report, &mut sheet);
        }
    }
    sheet.write(out)
}

/// Writes what came of it, what public DNS shows, and the last lines.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn after(report: &Report, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::new(layout);
    let is_alone = report.zones.len() == 1;
    for zone in &report.zones {
        if report.command == Command::Confirm && (zone.error.is_some() || !is_alone) {
            findings::headline(zone, &seen(zone), &mut sheet);
        } else if !is_alone && zone.applied.is_some() {
            sheet.line(format_args!("\n{}", styled(STRONG, zone.heading())));
        }
        result::zone(report.command, zone, &mut sheet);
    }
    last(report, &mut sheet);
    sheet.write(out)
}

fn seen(zone: &ZoneReport) -> String {
    let right = zone.confirmations.iter().filter(|one| one.verdict == Verdict::Confirmed).count();
    format!("{right} of {} seen everywhere", count(zone.confirmations.len(), "name"))
}

/// Writes every change with what was and what will be, and the request.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn details(report: &Report, layout: &Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet::new(layout);
    changes(report, &mut sheet);
    sheet.write(out)
}

fn changes(report: &Report, sheet: &mut Sheet) {
    let changes = report.zones.iter().flat_map(|zone| zone.changes().iter().map(move |one| (zone, one)));
    for (zone, change) in changes {
        sheet.line(format_args!("  {}  {}", zone.relative(&change.name), change.action.word()));
        for (old, new) in change.differences() {
            sheet.hanging(("      - ", "        "), &old);
            sheet.hanging(("      + ", "        "), &new);
        }
        sheet.hanging(("      ", "        "), &change.request());
        sheet.hanging(("      because ", "        "), &change.reason);
        sheet.hanging(("      source: ", "        "), &change.source);
    }
}

/// What is so, in one line.
pub fn verdict(report: &Report) -> String {
    let [zone] = report.zones.as_slice() else { return fleet::counted(report) };
    let says = match (&zone.error, report.command) {
        (Some(error), _) => error.message.clone(),
        (None, Command::Confirm) => seen(zone),
        (None, command) => findings::says(command, zone),
    };
    format!("{}: {says}", zone.heading())
}

/// What is done, what is left, who does it, and the next command.
pub fn closing(report: &Report) -> Vec<String> {
    let mut lines = match report.command {
        Command::Audit => audited(report),
        Command::Fix | Command::Undo => changed(report),
        Command::Confirm => confirmed(report),
        Command::Snapshot => vec![summed_up(report)],
    };
    lines.extend(left(report));
    lines
}

/// The last lines: what is done, what is left, who does it, the next command.
fn last(report: &Report, sheet: &mut Sheet) {
    sheet.line("");
    for line in closing(report) {
        // Of a command that is broken into lines a shell would run the first.
        if line.contains("cf-domauth fix ") {
            sheet.line(&line);
        } else {
            sheet.hanging(("", "  "), &line);
        }
    }
    let calls = (report.api_calls > 0).then(|| count(report.api_calls, "API call"));
    let exit = report.exit();
    let words = match (report.command, exit) {
        (Command::Audit | Command::Snapshot, Exit::Partial) => "not all zones were read",
        _ => exit.words(),
    };
    let exit = (exit != Exit::Done).then(|| format!("exit {}: {words}", exit.code()));
    let foot: Vec<String> = calls.into_iter().chain(exit).collect();
    if !foot.is_empty() {
        sheet.line(styled(DIM, format!("({})", foot.join("; "))));
    }
}

/// What is new in comparison with the run before, where that was asked for.
fn news(report: &Report) -> Option<String> {
    let earlier = report.earlier.iter().map(|earlier| &earlier.news);
    let all: Vec<&News> = report.zones.iter().map(|zone| &zone.news).chain(earlier).flatten().collect();
    if all.is_empty() {
        return None;
    }
    let since = match &report.last {
        Some(last) => format!("since {}", day(last)),
        None => "this is the first time".to_owned(),
    };
    let sum = |count: fn(&News) -> usize| all.iter().map(|news| count(news)).sum::<usize>();
    let (new, open) = (sum(|news| news.new), sum(|news| news.still_open));
    let (gone, unseen) = (sum(|news| news.gone.len()), sum(|news| news.unseen.len()));
    let unseen = if unseen > 0 { format!(", {unseen} not seen this time") } else { String::new() };
    Some(format!("New ({since}): {new}. Still open: {open}. No longer found: {gone}{unseen}."))
}

/// How many findings are ignored, and when the first counts again.
fn ignored(report: &Report) -> Option<String> {
    let several = (report.zones.len() > 1).then_some(&report.zones)?;
    let all: Vec<Ignored> = several.iter().flat_map(|zone| zone.ignored.iter().cloned()).collect();
    ignore::summary(&all).map(|summary| format!("{summary}."))
}

fn audited(report: &Report) -> Vec<String> {
    let next = next_of_audit(report);
    earlier(report).into_iter().chain(news(report)).chain(ignored(report)).chain(next).collect()
}

/// Zones of an earlier run that are named, of those that need attention.
const MOST_EARLIER: usize = 10;

/// What an earlier run had read when it was cut off, and how old that is.
pub(super) fn earlier(report: &Report) -> Vec<String> {
    let all = || report.earlier.iter().map(|earlier| &earlier.zone);
    let ages = all().filter_map(|zone| zone.read_at.parse().ok());
    let ages = ages.map(|read: jiff::Timestamp| report.at.duration_since(read).as_secs());
    let Some(oldest) = ages.max().and_then(|age| u64::try_from(age).ok()) else { return Vec::new() };
    let open: Vec<_> = report.earlier.iter().filter(|earlier| !earlier.zone.findings.is_empty()).collect();
    let needs = if open.len() == 1 { "needs" } else { "need" };
    let first = format!(
        "{} an earlier run had read, up to {} ago, and were not read again: {} {needs} attention.",
        count(report.earlier.len(), "zone"),
        plain::seconds(oldest),
        open.len(),
    );
    let one = |earlier: &&EarlierZone| {
        let ReadZone { zone, read_at, findings, .. } = &earlier.zone;
        let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        let new = earlier.news.as_ref().map_or(0, |news| news.new);
        let new = if new > 0 { format!(", {new} of them new") } else { String::new() };
        format!("  {zone}: {} ({codes}){new}, read at {read_at}", count(findings.len(), "finding"))
    };
    let more = open.len().saturating_sub(MOST_EARLIER);
    let more = (more > 0).then(|| format!("  and {} more: --format json names them", count(more, "zone")));
    let named = open.iter().take(MOST_EARLIER).map(one);
    std::iter::once(first).chain(named).chain(more).collect()
}

fn next_of_audit(report: &Report) -> Vec<String> {
    let fixes = |zone: &&ZoneReport| zone.diagnosis.findings.iter().any(|one| one.remedy.is_some());
    let fixable: Vec<&ZoneReport> = report.zones.iter().filter(fixes).collect();
    let first = match (report.zones.as_slice(), fixable.as_slice()) {
        ([_], [_]) => None,
        ([zone], []) if super::exit_of_zone(zone) == Exit::Findings => {
            Some("Nothing for fix to change.".to_owned())
        }
        ([zone], []) if zone.error.is_some() => None,
        _ => Some(summed_up(report)),
    };
    let repairs = report.repairs(fixable).into_iter().map(|(zones, command)| match zones {
        1 => format!("Repair: {command}"),
        several => format!("Repair {}: {command}", count(several, "zone")),
    });
    let is_silent = matches!(report.zones.as_slice(), [zone] if shows_no_mail(zone));
    let deleted = is_silent.then(|| WHERE_DELETED_RECORDS_ARE.to_owned());
    first.into_iter().chain(repairs).chain(deleted).collect()
}

/// Whether nothing in the zone tells that mail is sent for it.
fn shows_no_mail(zone: &ZoneReport) -> bool {
    let is_silent = zone.diagnosis.records.is_empty() && zone.diagnosis.findings.is_empty();
    zone.is_examined && zone.error.is_none() && is_silent
}

/// What to try where records should be and none are.
const WHERE_DELETED_RECORDS_ARE: &str = "If records should be here, they may have been deleted: `audit --deleted` reads \
    both audit logs to their end, and --expect-file reads what your sending platform shows.";

/// How many zones need attention.
fn summed_up(report: &Report) -> String {
    let failed = report.zones.iter().filter(|zone| zone.error.is_some()).count();
    let needs = |zone: &&ZoneReport| zone.error.is_none() && super::exit_of_zone(zone) != Exit::Done;
    let open = report.zones.iter().filter(needs).count();
    let all = count(report.zones.len(), "zone");
    match (open, failed) {
        (0, 1) if report.zones.len() == 1 => "Nothing was done.".to_owned(),
        (0, 0) if report.zones.iter().any(ZoneReport::is_incomplete) => {
            "Nothing wrong was found, but not all could be found out.".to_owned()
        }
        (0, 0) if report.zones.len() == 1 => "Nothing needs attention.".to_owned(),
        (0, 0) => format!("{all}: nothing needs attention."),
        (open, 0) => format!("{open} of {all} {} attention.", if open == 1 { "needs" } else { "need" }),
        (open, failed) => format!("{open} of {all} need attention, {failed} could not be read."),
    }
}

fn changed(report: &Report) -> Vec<String> {
    let summary = report.summary();
    let (what, done) = match report.command {
        Command::Undo => ("put back", "Put back"),
        _ => ("changed", "Repaired"),
    };
    let all = summary.changes;
    let is_interrupted = report.ended_by.is_some_and(Exit::is_interruption);
    let sent = report.zones.iter().any(|zone| zone.applied.is_some());
    if report.was_declined || (is_interrupted && !sent) {
        let how = if is_interrupted { "Interrupted" } else { "The answer was no" };
        return vec![format!("{how}; nothing was changed.")];
    }
    if report.is_dry_run && all > 0 {
        return vec![format!("Nothing was {what} (dry run). Without --dry-run: {}.", count(all, "change"))];
    }
    if all == 0 {
        let failed = report.zones.iter().filter(|zone| zone.error.is_some()).count();
        return vec![if failed > 0 { summed_up(report) } else { nothing_to_change(report) }];
    }
    if !sent {
        return Vec::new();
    }
    if summary.applied < all {
        let end = if is_interrupted { " Interrupted." } else { "" };
        return vec![format!("{} of {} made.{end}", summary.applied, count(all, "change"))];
    }
    let (records, are_seen) = changed_names(report);
    let records = count(records, "record");
    let mut lines = match result::last_old_answer(&report.zones) {
        Some((end, left)) => vec![
            format!(
                "{done}: {records}. Cloudflare serves them now. Some resolvers keep the old answer up to {} ({end}).",
                plain::seconds(left)
            ),
            "  now        nothing more to change".to_owned(),
        ],
        None if are_seen => vec![format!("{done}: {records}, seen by every server that was asked.")],
        None => vec![format!("{done}: {records}. Not all of them are seen in public DNS yet.")],
    };
    lines.extend(next_steps(report));
    lines
}

/// How many records were changed, without those that made room for them, and whether every server that was asked shows
/// all of their names as they ought to be.
fn changed_names(report: &Report) -> (usize, bool) {
    let (mut all, mut are_seen) = (0, true);
    for zone in &report.zones {
        let right = zone.confirmations.iter().filter(|one| one.verdict == Verdict::Confirmed);
        let right: BTreeSet<&DomainName> = right.map(|one| &one.name).collect();
        let is_right =
            |change: &Change| right.contains(change.after.as_ref().map_or(&change.name, |after| &after.name));
        are_seen &= zone.changes().iter().all(is_right);
        let after = zone.changes().iter().filter_map(|change| change.after.as_ref());
        let after: BTreeSet<&DomainName> = after.map(|after| &after.name).collect();
        let kept = |change: &&Change| change.after.is_some() || !after.contains(&change.name);
        all += zone.changes().iter().filter(kept).count();
    }
    (all, are_seen)
}

fn nothing_to_change(report: &Report) -> String {
    match report.zones.as_slice() {
        [zone] if super::exit_of_zone(zone) == Exit::Done => {
            "Nothing to change, and nothing needs attention.".to_owned()
        }
        [zone] if zone.is_examined && zone.left_out > 0 => "Nothing was changed.".to_owned(),
        [zone] if zone.is_examined => "Nothing to change: what is left is not for fix.".to_owned(),
        _ => format!("Nothing to change. {}", summed_up(report)),
    }
}

/// Where to press Verify, and when.
fn next_steps(report: &Report) -> Vec<String> {
    let is_shown = |verdict| matches!(verdict, Verdict::Confirmed | Verdict::Stale);
    let told = report.zones.iter().filter(|zone| zone.said.is_empty() && report.command == Command::Fix);
    let steps: BTreeSet<String> = told.flat_map(|zone| zone.steps_once(is_shown)).collect();
    match result::last_old_answer(&report.zones) {
        Some((end, _)) => {
            let then = steps.iter().map(|step| {
                format!("  {end}  {}", step.trim_start_matches("now").trim_start_matches(',').trim())
            });
            // What an undo put back is in no run that wanted it so.
            let watch = (report.command == Command::Fix)
                .then(|| format!("  watch      cf-domauth confirm{} --run last --wait 30m", report.again));
            then.chain(watch).collect()
        }
        None => steps.iter().map(|step| step.replacen("now", "Now", 1)).collect(),
    }
}

fn confirmed(report: &Report) -> Vec<String> {
    let asked: usize = report.zones.iter().map(|zone| zone.confirmations.len()).sum();
    let seen = match (asked, report.summary().confirmed) {
        (0, _) => None,
        (1, 1) => Some("Seen by every server that was asked.".to_owned()),
        (all, right) if all == right => {
            Some(format!("All {all} names are seen by every server that was asked."))
        }
        (all, right) => Some(format!("Seen everywhere: {right} of {}.", count(all, "name"))),
    };
    let old = result::last_old_answer(&report.zones).map(|(end, left)| {
        let left = plain::seconds(left);
        format!("Some resolvers keep an old answer up to {left} ({end}); ask again then, or add --wait.")
    });
    seen.into_iter().chain(old).collect()
}

/// Names that are told once more of those that need attention after a repair.
const MOST_OPEN: usize = 5;

/// What still needs attention where something was repaired: the table above is of before.
fn still_open(report: &Report) -> Option<String> {
    let repaired = report.zones.iter().filter(|zone| zone.applied.is_some());
    let is_alone = report.zones.len() == 1;
    let name = |zone: &ZoneReport, one: &Finding| {
        let shown = if is_alone { zone.relative(&one.name) } else { one.name.both_ways() };
        format!("{shown} ({})", words::state(one.code()))
    };
    let all: BTreeSet<String> =
        repaired.flat_map(|zone| view::open(zone).map(|one| name(zone, one)).collect::<Vec<_>>()).collect();
    let more = all.len().saturating_sub(MOST_OPEN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named = all.into_iter().take(MOST_OPEN).collect::<Vec<_>>().join(", ");
    (!named.is_empty()).then(|| format!("Needs attention still: {named}{more}."))
}

/// What is left, whatever the command.
fn left(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> = still_open(report).into_iter().collect();
    let changes = report.zones.iter().flat_map(ZoneReport::changes);
    let proposed = changes.filter(|change| report.is_dry_run && change.consent == Consent::Together).count();
    let sum = |of: fn(&ZoneReport) -> usize| report.zones.iter().map(of).sum::<usize>();
    let told = [
        (proposed, "change", "not confirmed by anybody: with --yes add --restore."),
        (
            sum(|zone| zone.left_out),
            "re-created record",
            "left out, not confirmed by anybody. Restore them: fix --restore. Left this provider? Leave them.",
        ),
        (sum(|zone| zone.not_looked_at), "target", "not looked at."),
        (report.unread_lines(), "line", "of the input not understood."),
    ];
    let told = told.iter().filter(|(number, ..)| *number > 0);
    lines.extend(told.map(|(number, what, how)| format!("{} {how}", count(*number, what))));
    let log = report.zones.iter().flat_map(|zone| &zone.diagnosis.findings);
    if report.command == Command::Fix && log.clone().any(|one| one.code() == Code::AuditLogUnread) {
        lines.push("Whether more records were deleted could not be read from the audit log.".to_owned());
    }
    lines
}
