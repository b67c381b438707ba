//! What came of the changes, what public DNS shows, and what is left to do. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::{MOST_ROWS, explained};
use super::layout::{Mark, Row, Sheet};
use crate::model::apply::Outcome;
use crate::model::confirm::{Agreement, Confirmation, Verdict};
use crate::model::diagnosis::{Code, Finding, Words};
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation};
use crate::model::plain;
use crate::model::plan::{Action, Change};
use crate::report::{Command, ZoneReport, view};

/// As many findings are explained with their evidence.
const MOST_EXPLAINED: usize = 4;

/// Writes one row for each change and each name that was confirmed.
pub(super) fn zone(command: Command, zone: &ZoneReport, sheet: &mut Sheet) {
    let rows = rows(command, zone, sheet.is_verbose);
    if !rows.is_empty() {
        sheet.line("");
    }
    let (shown, counted) = shown(rows, sheet.is_verbose);
    sheet.table(&shown);
    for (state, n) in counted {
        sheet.paragraph(5, &format!("{n} more: {state}"));
    }
    let applied = zone.applied.iter();
    let notes = applied.clone().flat_map(|applied| &applied.notes).cloned();
    let failure = applied.filter_map(|applied| applied.failure.as_ref());
    let failure = failure.map(crate::model::failure::Failure::in_one_line);
    for text in notes.chain(failure).chain(zone.said.iter().map(crate::report::ProviderWord::words)) {
        sheet.hanging(("  ", "    "), &text);
    }
    late(command, zone, sheet);
}

/// What was found after the changes only; `confirm` has nothing but this.
fn late(command: Command, zone: &ZoneReport, sheet: &mut Sheet) {
    let is_late = |one: &&Finding| match one.code() {
        _ if command == Command::Confirm => true,
        Code::Unconfirmed => command != Command::Audit,
        Code::ZoneFlattened => zone.made_count() > 0,
        _ => false,
    };
    // An old answer in a cache is waiting, which its row says.
    let is_waiting = |one: &&Finding| zone.seen(&one.name).is_some_and(|one| one.verdict == Verdict::Stale);
    let alike = alike(zone.diagnosis.findings.iter().filter(is_late).filter(|one| !is_waiting(one)));
    if !alike.is_empty() {
        sheet.line("");
    }
    let most = if sheet.is_verbose { usize::MAX } else { MOST_EXPLAINED };
    for (first, rest) in alike.iter().take(most) {
        explained(first, true, sheet);
        let rest: Vec<String> = rest.iter().map(|name| zone.relative(name)).collect();
        if !rest.is_empty() {
            sheet.paragraph(2, &format!("The same of {}.", rest.join(", ")));
        }
    }
    if alike.len() > most {
        let more = plain::count(alike.len() - most, "finding");
        sheet.paragraph(2, &format!("And {more} more: -v shows them."));
    }
    if command == Command::Confirm {
        zone.notes.iter().for_each(|note| sheet.hanging(("  note: ", "    "), note));
    }
}

/// Each finding, with the names of the others that say the same.
fn alike<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<(&'f Finding, Vec<&'f DomainName>)> {
    let says = |one: &Finding| {
        let Words { message, evidence, advice } = one.words();
        let without_name = |text: String| text.replace(one.name.as_str(), "");
        let (message, advice) = (without_name(message), advice.map(without_name));
        (message, evidence.into_iter().map(without_name).collect::<Vec<_>>(), advice)
    };
    let mut alike: Vec<(_, (&Finding, Vec<&DomainName>))> = Vec::new();
    for finding in findings {
        let said = says(finding);
        match alike.iter_mut().find(|(known, _)| *known == said) {
            Some((_, (_, names))) => names.push(&finding.name),
            None => alike.push((said, (finding, Vec::new()))),
        }
    }
    alike.into_iter().map(|(_, one)| one).collect()
}

/// Those that are shown one by one: what is not as it ought to be first. Of the others how many are how.
fn shown(mut rows: Vec<Row>, is_verbose: bool) -> (Vec<Row>, BTreeMap<String, usize>) {
    let mut counted = BTreeMap::new();
    rows.sort_by_key(|row| row.mark);
    if is_verbose || rows.len() <= MOST_ROWS {
        return (rows, counted);
    }
    for row in rows.split_off(MOST_ROWS) {
        let state =
            row.cells.into_iter().skip(1).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ");
        *counted.entry(state).or_default() += 1;
    }
    (rows, counted)
}

fn rows(command: Command, zone: &ZoneReport, is_verbose: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let outcomes = zone.applied.iter().flat_map(|applied| &applied.outcomes);
    let mut changed: Vec<&DomainName> = Vec::new();
    // What ended the changes is told below the table; what several have in common, once.
    let failure = zone.applied.iter().filter_map(|applied| applied.failure.as_ref());
    let mut told: BTreeSet<&str> = failure.map(|failure| failure.message.as_str()).collect();
    for (change, outcome) in zone.changes().iter().zip(outcomes) {
        let name = change.after.as_ref().map_or(&change.name, |after| &after.name);
        changed.extend([name, &change.name]);
        let detail = outcome.detail().filter(|detail| told.insert(detail));
        rows.push(of_change(zone, (change, outcome, detail), zone.seen(name), is_verbose));
    }
    for one in zone.confirmations.iter().filter(|one| !changed.contains(&&one.name)) {
        let needs_somebody = one.verdict != Verdict::Confirmed;
        if command == Command::Confirm || needs_somebody || is_verbose {
            rows.push(of_name(zone, one, is_verbose));
        }
    }
    rows
}

fn of_change(
    zone: &ZoneReport,
    (change, outcome, detail): (&Change, &Outcome, Option<&str>),
    seen: Option<&Confirmation>,
    is_verbose: bool,
) -> Row {
    let state = match (outcome, seen) {
        (Outcome::Applied, Some(one)) => {
            let plain = row(zone, one, made(change));
            let is_old = one.verdict == Verdict::Stale;
            let holders = || format!("old answer: {}", holders(one).join(", "));
            let aside = if is_old { holders() } else { plain.aside };
            return Row { below: below(one, is_verbose), aside, ..plain };
        }
        (Outcome::Applied, None) => made(change).to_owned(),
        (other, _) => other.kind().word().replace('-', " "),
    };
    let mark = match outcome {
        Outcome::Applied => Mark::Ok,
        Outcome::NotAttempted(_) => Mark::Care,
        Outcome::Unknown(_) | Outcome::Unshown => Mark::Unknown,
        Outcome::Refused(_) => Mark::Broken,
    };
    let below = detail.map(plain::sanitize_line).into_iter().collect();
    Row { mark, cells: vec![zone.relative(&change.name), state], aside: String::new(), below }
}

/// What a change has made of its record.
fn made(change: &Change) -> &'static str {
    match change.action {
        Action::SetDnsOnly => "DNS only",
        Action::Create => "created",
        Action::Delete => "deleted",
        Action::Rename => "renamed",
        Action::Retarget => "points to its target",
        Action::Unflatten => "not flattened",
        Action::Restore => "put back",
    }
}

fn of_name(zone: &ZoneReport, one: &Confirmation, is_verbose: bool) -> Row {
    let state = match (&one.expected, one.is_gone, one.verdict) {
        (_, true, _) => "no CNAME",
        (_, _, Verdict::Absent) => "no CNAME seen",
        (_, _, Verdict::Wrong) => "not as it ought to be",
        (_, _, Verdict::Unknown) => "no usable answer",
        (None, _, _) => "",
        (Some(_), _, _) => "CNAME",
    };
    // Whoever asks about names wants to know who holds what.
    let below = below(one, is_verbose || one.verdict == Verdict::Stale);
    Row { below, ..row(zone, one, state) }
}

fn row(zone: &ZoneReport, one: &Confirmation, state: &str) -> Row {
    let mark = match one.verdict {
        Verdict::Confirmed => Mark::Ok,
        Verdict::Stale => Mark::Waiting,
        Verdict::Unknown => Mark::Unknown,
        Verdict::Wrong | Verdict::Absent => Mark::Broken,
    };
    let own = view::share(one, Kind::Authoritative, "own servers").words;
    let until = until(one).map(|end| format!(" until {end}")).unwrap_or_default();
    let public = view::share(one, Kind::Resolver, "public").words + &until;
    Row {
        mark,
        cells: vec![zone.relative(&one.name), state.to_owned(), own, public],
        aside: one.expected.as_ref().map(ToString::to_string).unwrap_or_default(),
        below: Vec::new(),
    }
}

/// The servers that still give the old answer.
fn holders(one: &Confirmation) -> Vec<String> {
    let is_old = |standing| matches!(standing, Agreement::Different | Agreement::Persisting);
    one.servers.iter().filter(|word| is_old(word.standing)).map(|word| word.server.to_string()).collect()
}

/// Until when the last old answer may be given, in the time of this machine.
fn until(one: &Confirmation) -> Option<String> {
    let end = view::old_until(one).filter(|_| one.verdict == Verdict::Stale)?;
    let form = if end.date() == one.at.date() { "%H:%M %Z" } else { "%Y-%m-%d %H:%M %Z" };
    Some(end.strftime(form).to_string())
}

/// Who says what: of every server with -v, else of those that are not right.
fn below(one: &Confirmation, is_verbose: bool) -> Vec<String> {
    let is_shown = |standing: Agreement| match standing {
        Agreement::NotAsked => false,
        Agreement::Right => is_verbose && one.verdict != Verdict::Stale,
        _ => is_verbose,
    };
    let words = one.servers.iter().filter(|word| is_shown(word.standing));
    let words = words.map(|word| {
        let says = word.observation.as_ref().map(Observation::describe).unwrap_or_default();
        let until = word.expires_in.map(|left| format!(", {}", one.until(left))).unwrap_or_default();
        format!("{} {}: {says}{until}", word.server.kind.word(), word.server)
    });
    let notes = one.notes.iter().filter(|_| is_verbose || one.verdict == Verdict::Confirmed);
    words.chain(notes.cloned()).collect()
}

/// The last answer that resolvers may still give of what is being waited for.
pub(super) fn last_old_answer(zones: &[ZoneReport]) -> Option<(String, u64)> {
    let left = |one: &Confirmation| one.servers.iter().filter_map(|word| word.expires_in).max();
    let ends =
        zones.iter().flat_map(|zone| &zone.confirmations).filter_map(|one| Some((until(one)?, left(one)?)));
    ends.max_by_key(|(_, left)| *left)
}
