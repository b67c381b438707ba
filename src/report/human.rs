//! The report for a person at a terminal. Pure: styles are always written, the stream drops them where
//! nobody can see them.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Command, Report, ZoneReport};
use crate::model::apply::Outcome;
use crate::model::confirm::{Confirmation, Standing, Verdict};
use crate::model::diagnosis::{Code, Finding, MailRecord, Severity};
use crate::model::failure::Exit;
use crate::model::inventory::ProxyStatus;
use crate::model::lookup::{Kind, Observation};
use crate::model::plain;
use crate::model::plan::{Change, Consent};
use crate::model::zone_run::ProviderWord;

const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const CARE: Style = AnsiColor::Yellow.on_default();

fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes what was found and what is planned, zone by zone.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn findings_and_plan(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.understood.iter().try_for_each(|one| super::understood(one, out))?;
    for (place, zone) in report.zones.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        head(zone, out)?;
        if zone.error.is_some() {
            continue;
        }
        if zone.is_examined {
            records(zone, out)?;
            findings(zone, out)?;
        } else {
            zone.diagnosis.findings.iter().try_for_each(|one| finding(one, out))?;
        }
        plan(zone, out)?;
    }
    Ok(())
}

fn head(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    let status = zone.status().map_or(String::new(), |status| format!("  {}", styled(DIM, status)));
    writeln!(out, "{}{status}", styled(HEADING, zone.heading()))?;
    if let Some(error) = &zone.error {
        writeln!(out, "  {}: {}", styled(BAD, "error"), plain::line(&error.message))?;
        error.hints.iter().try_for_each(|hint| writeln!(out, "    hint: {}", plain::line(hint)))?;
    }
    zone.notes.iter().try_for_each(|note| writeln!(out, "  {}: {}", styled(CARE, "note"), plain::line(note)))
}

fn records(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    let records = &zone.diagnosis.records;
    if records.is_empty() {
        return writeln!(out, "  no mail records");
    }
    let width = |text: fn(&MailRecord) -> usize| records.iter().map(text).max().unwrap_or_default();
    let name = width(|record| record.name.as_str().len());
    let role = width(|record| record.recognition.role.word().len());
    let provider = width(|record| whose(record).chars().count());
    writeln!(out)?;
    for record in records {
        let (word, style) = match record.proxy {
            ProxyStatus::Proxied if record.may_be_mended() => ("proxied ", BAD),
            ProxyStatus::Proxied => ("proxied ", CARE),
            ProxyStatus::DnsOnly => ("DNS only", GOOD),
        };
        writeln!(
            out,
            "  {}  {:name$}  {:role$}  {:provider$}  {}",
            styled(style, word),
            record.name.as_str(),
            record.recognition.role.word(),
            whose(record),
            record.target
        )?;
    }
    Ok(())
}

fn whose(record: &MailRecord) -> &str {
    record.recognition.provider.as_ref().map_or("-", |provider| &provider.name)
}

fn findings(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    let findings = &zone.diagnosis.findings;
    if findings.is_empty() && !zone.unheard.is_empty() {
        return writeln!(
            out,
            "\n  {}",
            styled(CARE, "nothing wrong was found, but not everything could be asked")
        );
    }
    if findings.is_empty() && zone.has_unknown_past {
        let words = "nothing wrong was found; whether records were deleted could not be found out";
        return writeln!(out, "\n  {}", styled(CARE, words));
    }
    if findings.is_empty() {
        return writeln!(out, "\n  {}", styled(GOOD, "nothing wrong was found"));
    }
    writeln!(out)?;
    findings.iter().try_for_each(|one| finding(one, out))
}

fn finding(one: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let style = match one.severity() {
        Severity::Error => BAD,
        Severity::Warning => CARE,
        Severity::Info => DIM,
    };
    let words = one.words();
    let word = format!("{} [{}]", one.severity().word(), one.code().word());
    writeln!(out, "  {}  {}", styled(style, word), plain::line(&words.message))?;
    for evidence in &words.evidence {
        writeln!(out, "      {}", styled(DIM, plain::line(evidence)))?;
    }
    if let Some(remedy) = &one.remedy {
        writeln!(out, "      remedy: {}", remedy.kind().word())?;
    }
    if let Some(advice) = &words.advice {
        writeln!(out, "      what to do: {}", plain::line(advice))?;
    }
    Ok(())
}

fn plan(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    if zone.plan.is_none() {
        return Ok(());
    }
    let changes = zone.changes();
    writeln!(out, "\n  {}", styled(HEADING, format!("plan: {}", plain::count(changes.len(), "change"))))?;
    changes.iter().try_for_each(|change| planned(change, out))
}

fn planned(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let sign = match (&change.before, &change.after) {
        (None, _) => "+",
        (Some(_), None) => "-",
        (Some(_), Some(_)) => "~",
    };
    let source = match change.consent {
        Consent::Plan => String::new(),
        Consent::Together => format!("  proposed by {}", change.source),
        Consent::Each => format!("  asked for by {}, not recognised as mail", change.source),
    };
    writeln!(
        out,
        "  {sign} {}  {}",
        change.name,
        styled(DIM, format!("{}{}", change.action.word(), plain::line(&source)))
    )?;
    let same = change.before.as_ref().zip(change.after.as_ref());
    if let Some((_, after)) = same.filter(|(before, after)| *before.content == *after.content) {
        writeln!(out, "      {}", styled(DIM, format!("{} {}", after.kind, plain::line(&after.content))))?;
    }
    for (old, new) in change.differences() {
        writeln!(out, "      {}", styled(BAD, format!("- {}", plain::line(&old))))?;
        writeln!(out, "      {}", styled(GOOD, format!("+ {}", plain::line(&new))))?;
    }
    Ok(())
}

/// Writes the outcomes of the plans, what public DNS shows, and the last line.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn outcome(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for zone in &report.zones {
        if report.command == Command::Confirm && zone.error.is_some() {
            head(zone, out)?;
        } else if report.command == Command::Confirm {
            zone.notes
                .iter()
                .try_for_each(|note| writeln!(out, "  {}: {}", styled(CARE, "note"), plain::line(note)))?;
        }
        applied(zone, out)?;
        for one in &zone.confirmations {
            confirmation(one, out)?;
        }
        zone.said.iter().try_for_each(|word| provider_word(word, out))?;
        for step in
            zone.next_steps().iter().filter(|_| report.command == Command::Fix && zone.said.is_empty())
        {
            writeln!(out, "  {}: {}", styled(GOOD, "now"), plain::line(step))?;
        }
        let is_said_here = |one: &&Finding| report.command == Command::Confirm || is_late(zone, one);
        let late = zone.diagnosis.findings.iter().filter(is_said_here);
        late.into_iter().try_for_each(|one| finding(one, out))?;
    }
    if let [zone] = report.zones.as_slice()
        && shows_no_mail(zone)
        && matches!(report.command, Command::Audit | Command::Fix)
    {
        writeln!(out, "\n{}", styled(DIM, WHERE_DELETED_RECORDS_ARE))?;
    }
    last_line(report, out)
}

/// Whether nothing in the zone tells that mail is sent for it.
fn shows_no_mail(zone: &ZoneReport) -> bool {
    let is_silent = zone.diagnosis.records.is_empty() && zone.diagnosis.findings.is_empty();
    zone.is_examined && zone.error.is_none() && is_silent
}

/// What to try where records should be and none are.
const WHERE_DELETED_RECORDS_ARE: &str = "If records should be here, they may have been deleted: `audit --deleted` reads \
    both audit logs to their end,\nand --expect-file reads what your sending platform shows.";

/// Whether a finding came up after the others had been written.
fn is_late(zone: &ZoneReport, one: &Finding) -> bool {
    let is_about_confirmation = zone.confirmations.iter().any(|confirmed| confirmed.name == one.name);
    match one.code() {
        Code::Unconfirmed => is_about_confirmation,
        Code::ZoneFlattened => zone.applied.as_ref().is_some_and(|applied| applied.count() > 0),
        _ => false,
    }
}

fn applied(zone: &ZoneReport, out: &mut dyn Write) -> io::Result<()> {
    let Some(applied) = &zone.applied else { return Ok(()) };
    if !applied.outcomes.is_empty() {
        writeln!(out, "\n{}  {}", styled(HEADING, zone.heading()), styled(DIM, "result"))?;
    }
    for (change, outcome) in zone.changes().iter().zip(&applied.outcomes) {
        let style = match outcome {
            Outcome::Applied => GOOD,
            Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Unshown => BAD,
            Outcome::NotAttempted(_) => CARE,
        };
        writeln!(
            out,
            "  {}  {}  {}",
            styled(style, format!("{:<13}", outcome.word())),
            change.name,
            styled(DIM, change.action.word())
        )?;
        if let Some(detail) = outcome.detail() {
            writeln!(out, "      {}", plain::line(detail))?;
        }
    }
    applied
        .notes
        .iter()
        .try_for_each(|note| writeln!(out, "  {}: {}", styled(CARE, "note"), plain::line(note)))?;
    if let Some(failure) = &applied.failure {
        writeln!(out, "  {}: {}", styled(BAD, "error"), plain::line(&failure.message))?;
        failure.hints.iter().try_for_each(|hint| writeln!(out, "    hint: {}", plain::line(hint)))?;
    }
    Ok(())
}

/// Writes what the sending provider says about one of its records.
fn provider_word(word: &ProviderWord, out: &mut dyn Write) -> io::Result<()> {
    let said = &word.said;
    let (says, style) = if said.is_valid { ("valid", GOOD) } else { ("not valid", BAD) };
    let what = plain::line(&said.what);
    writeln!(out, "  {}  {what}  {}", styled(style, format!("{says:<13}")), styled(DIM, word.provider))?;
    said.reason.iter().try_for_each(|reason| writeln!(out, "      {}", plain::line(reason)))
}

/// Writes what public DNS shows about one name.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn confirmation(one: &Confirmation, out: &mut dyn Write) -> io::Result<()> {
    let style = match one.verdict {
        Verdict::Confirmed => GOOD,
        Verdict::Stale | Verdict::Unknown => CARE,
        Verdict::Wrong | Verdict::Absent => BAD,
    };
    let expected = match &one.expected {
        Some(target) => format!("CNAME {target}"),
        None if one.is_gone => "no CNAME".to_owned(),
        None => String::new(),
    };
    writeln!(
        out,
        "  {}  {}  {}",
        styled(style, format!("{:<13}", one.verdict.word())),
        one.name.both_ways(),
        styled(DIM, expected)
    )?;
    if one.verdict == Verdict::Confirmed {
        let count = |kind: Kind| {
            let right = one
                .servers
                .iter()
                .filter(|word| word.server.kind == kind && word.standing == Standing::Right);
            right.count()
        };
        let (source, public) = (count(Kind::Authoritative), count(Kind::Resolver));
        let said =
            format!("{}, {}", plain::count(source, "authoritative server"), plain::count(public, "resolver"));
        writeln!(out, "      {}", styled(DIM, said))?;
        return one.notes.iter().try_for_each(|note| writeln!(out, "      {}", plain::line(note)));
    }
    for word in one.servers.iter().filter(|word| word.standing != Standing::NotAsked) {
        let says = word.observation.as_ref().map(Observation::describe).unwrap_or_default();
        let until = word.expires_in.map(|left| format!(", {}", one.until(left)));
        let text =
            format!("{:<13} {}: {says}{}", word.server.kind.word(), word.server, until.unwrap_or_default());
        let style = if word.standing == Standing::Right { DIM } else { Style::new() };
        writeln!(out, "      {}", styled(style, plain::line(&text)))?;
    }
    one.notes.iter().try_for_each(|note| writeln!(out, "      {}", plain::line(note)))
}

fn last_line(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = report.summary();
    let mut parts = Vec::new();
    let failed = report.zones.iter().filter(|zone| zone.error.is_some()).count();
    let is_examined = report.zones.iter().any(|zone| zone.is_examined && zone.error.is_none());
    if report.command != Command::Confirm && is_examined {
        let zones = plain::count(summary.zones - failed, "zone");
        parts.push(format!("{} in {zones}", plain::count(summary.findings, "finding")));
    }
    if failed > 0 {
        parts.push(format!("{} could not be worked on", plain::count(failed, "zone")));
    }
    if matches!(report.command, Command::Fix | Command::Undo) && !report.is_dry_run && summary.changes == 0 {
        parts.push("nothing to change".to_owned());
    } else if matches!(report.command, Command::Fix | Command::Undo) && !report.is_dry_run {
        parts.push(format!("{} of {} made", summary.applied, plain::count(summary.changes, "change")));
    }
    let asked: usize = report.zones.iter().map(|zone| zone.confirmations.len()).sum();
    if asked > 0 {
        parts.push(format!(
            "{} of {} confirmed in public DNS",
            summary.confirmed,
            plain::count(asked, "name")
        ));
    }
    if report.is_dry_run {
        parts.push("nothing was changed (dry run)".to_owned());
    }
    let changes = report.zones.iter().flat_map(ZoneReport::changes);
    let proposed = changes.filter(|change| change.consent == Consent::Together).count();
    if report.is_dry_run && proposed > 0 {
        parts.push(format!("{} only proposed: with --yes add --restore", plain::count(proposed, "change")));
    }
    let left_out: usize = report.zones.iter().map(|zone| zone.left_out).sum();
    if left_out > 0 {
        parts.push(format!(
            "{} left out: add --restore to make them",
            plain::count(left_out, "proposed change")
        ));
    }
    let unseen: usize = report.zones.iter().map(|zone| zone.not_looked_at).sum();
    if unseen > 0 {
        parts.push(format!("{} not looked at", plain::count(unseen, "target")));
    }
    let unread: usize = report.understood.iter().map(|one| one.reading.unread.len()).sum();
    if unread > 0 {
        parts.push(format!("{} of the input not understood", plain::count(unread, "line")));
    }
    let is_interrupted = report.ended_by.is_some_and(Exit::is_interruption);
    let ended = match (report.was_declined, is_interrupted) {
        (true, true) => Some("interrupted; nothing was changed"),
        (true, false) => Some("nothing was changed: the answer was not yes"),
        (false, true) => Some("interrupted"),
        (false, false) => None,
    };
    parts.extend(ended.map(str::to_owned));
    if report.api_calls > 0 {
        parts.push(plain::count(report.api_calls, "API call"));
    }
    writeln!(out, "\n{}", styled(HEADING, parts.join(", ")))
}
