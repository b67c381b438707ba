//! A zone sorted for whoever reads a table: its records row by row, its causes, and who has to act. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Zoned};

use super::words::joined;
use super::{ZoneReport, words};
use crate::model::apply::Outcome;
use crate::model::catalog::Role;
use crate::model::confirm::{Agreement, Confirmation, Verdict};
use crate::model::diagnosis::{Code, Finding, MailRecord, Severity};
use crate::model::dns::DomainName;
use crate::model::inventory::ProxyStatus;
use crate::model::lookup::Kind;
use crate::model::plain;
use crate::model::plan::Change;

/// How good something is; each has a mark and a color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    Good,
    /// Left alone, or nothing to say.
    Plain,
    /// Waiting, planned, or worth a look.
    Care,
    Bad,
}

/// What a zone needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    NotRead,
    /// A person has to act.
    Person,
    /// `fix` can repair it.
    Fix,
    /// It was changed, and public DNS does not show it yet.
    Waiting,
    /// It was changed, and everybody sees it.
    Repaired,
    Fine,
}

/// One cell of the table: a tone and words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) tone: Tone,
    pub(super) words: String,
}

/// One record that changed, is broken, or was asked about.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) name: &'a DomainName,
    pub(super) role: Option<Role>,
    pub(super) target: String,
    pub(super) was: Probe,
    pub(super) now: Probe,
    pub(super) seen: Option<&'a Confirmation>,
}

/// Findings of one code.
#[derive(Debug)]
pub(super) struct Cause<'a> {
    pub(super) severity: Severity,
    pub(super) code: Code,
    pub(super) findings: Vec<&'a Finding>,
}

/// One zone, sorted for a table.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) zone: &'a ZoneReport,
    pub(super) rows: Vec<Row<'a>>,
    /// Worst first.
    pub(super) causes: Vec<Cause<'a>>,
    /// Records about which there is nothing to say.
    pub(super) fine: Vec<&'a MailRecord>,
    pub(super) need: Need,
}

impl<'a> View<'a> {
    pub(super) fn of(zone: &'a ZoneReport) -> Self {
        let rows = rows(zone);
        let is_row = |name: &DomainName| rows.iter().any(|row| row.name == name);
        let fine = zone.diagnosis.records.iter().filter(|record| !is_row(&record.name)).collect();
        let causes = by_cause(zone.concerns().filter(|finding| !is_waiting(zone, finding)));
        Self { causes, need: need(zone), zone, rows, fine }
    }

    /// Records that are broken: errors that nothing has fixed.
    pub(super) fn broken(&self) -> usize {
        let open = open(self.zone).filter(|finding| finding.severity() == Severity::Error);
        let names: BTreeSet<&DomainName> = open.map(|finding| &finding.name).collect();
        self.rows.iter().filter(|row| names.contains(row.name)).count()
    }

    /// All records of the zone.
    pub(super) fn records(&self) -> usize {
        self.rows.len() + self.fine.len()
    }

    /// What holds the whole zone: an error about no record of it.
    pub(super) fn whole(&self) -> Option<&Finding> {
        let is_record = |name: &DomainName| self.rows.iter().any(|row| row.name == name);
        open(self.zone).find(|finding| finding.severity() == Severity::Error && !is_record(&finding.name))
    }

    /// When the last old answer ends.
    pub(super) fn old_until(&self) -> Option<Timestamp> {
        self.zone.confirmations.iter().filter_map(old_until).map(|end| end.timestamp()).max()
    }

    /// What fix would change and has not changed.
    pub(super) fn repairable(&self) -> usize {
        let open: BTreeSet<&DomainName> =
            open(self.zone).filter(|one| one.remedy.is_some()).map(|one| &one.name).collect();
        let changes = self.zone.changes().len();
        if self.zone.applied.is_none() && changes > 0 { changes } else { open.len() }
    }

    /// What is wrong, in a line: `3 proxied (SendGrid)`, with the worst tone.
    pub(super) fn summary(&self) -> (Tone, String) {
        if let Some(error) = &self.zone.error {
            return (Tone::Bad, plain::sanitize_line(&error.message));
        }
        let is_bad = open(self.zone).any(|one| one.severity() == Severity::Error);
        let words = grouped(open(self.zone), |one| one.code())
            .into_iter()
            .map(|(code, findings)| counted(code, &findings));
        let words: Vec<String> = words.collect();
        let age = self.zone.age().map(|age| format!(", {age}")).unwrap_or_default();
        (if is_bad { Tone::Bad } else { Tone::Care }, words.join("; ") + &age)
    }
}

/// `3 proxied (SendGrid)`.
fn counted(code: Code, findings: &[&Finding]) -> String {
    let who = providers(findings);
    let who = if who.is_empty() { String::new() } else { format!(" ({})", joined(&who)) };
    match findings {
        [_] => format!("{}{who}", words::state(code)),
        many => format!("{} {}{who}", many.len(), words::state(code)),
    }
}

/// Whose records findings are about, each once.
pub(super) fn providers(findings: &[&Finding]) -> Vec<String> {
    let names = findings.iter().filter_map(|one| Some(plain::sanitize_line(&one.provider.as_ref()?.name)));
    names.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Whether a finding says no more than that resolvers hold an old answer.
pub(super) fn is_waiting(zone: &ZoneReport, finding: &Finding) -> bool {
    let is_stale = |one: &Confirmation| one.name == finding.name && one.verdict == Verdict::Stale;
    finding.code() == Code::Unconfirmed && zone.confirmations.iter().any(is_stale)
}

/// Findings that count and that nothing has fixed. What only waits for caches is no finding here.
pub(super) fn open(zone: &ZoneReport) -> impl Iterator<Item = &Finding> {
    let made = zone.made();
    let counts =
        move |finding: &&Finding| finding.is_concern() && !made.fixes(finding) && !is_waiting(zone, finding);
    zone.diagnosis.findings.iter().filter(counts)
}

/// Those that have something in common, put together.
pub(super) fn grouped<K: Ord, T>(
    all: impl IntoIterator<Item = T>,
    common: impl Fn(&T) -> K,
) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for one in all {
        groups.entry(common(&one)).or_default().push(one);
    }
    groups
}

fn need(zone: &ZoneReport) -> Need {
    if zone.error.is_some() {
        return Need::NotRead;
    }
    let made = zone.made_count();
    let is_planned = zone.applied.is_none() && !zone.changes().is_empty();
    let is_for_fix = is_planned || open(zone).any(|finding| finding.remedy.is_some());
    let is_unmade = zone.applied.is_some() && made < zone.changes().len();
    let is_unseen = zone.confirmations.iter().any(|one| one.verdict != Verdict::Confirmed);
    let is_open = open(zone).next().is_some() || is_unmade || zone.is_incomplete();
    match () {
        () if is_for_fix && !is_unmade => Need::Fix,
        () if is_open => Need::Person,
        () if is_unseen => Need::Waiting,
        () if made > 0 => Need::Repaired,
        () => Need::Fine,
    }
}

/// Findings put together by their cause, the worst first.
pub(super) fn by_cause<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Cause<'f>> {
    let groups = grouped(findings, |one| (one.severity(), one.code()));
    groups.into_iter().map(|((severity, code), findings)| Cause { severity, code, findings }).collect()
}

fn rows(zone: &ZoneReport) -> Vec<Row<'_>> {
    let is_record = |finding: &&Finding| {
        let is_known = zone.record(&finding.name).is_some() || finding.role.is_some();
        finding.is_concern() && is_known && finding.name.as_str() != zone.label
    };
    let changed = zone.changes().iter().map(|change| &change.name);
    let found = zone.diagnosis.findings.iter().filter(is_record).map(|finding| &finding.name);
    let asked = zone.confirmations.iter().map(|one| &one.name);
    let renamed =
        zone.changes().iter().filter_map(|change| Some((&change.name, &change.after.as_ref()?.name)));
    let new: BTreeSet<&DomainName> = renamed.filter(|(old, new)| old != new).map(|(_, new)| new).collect();
    let all = changed.chain(found).chain(asked);
    let names: BTreeSet<&DomainName> = all.filter(|name| !new.contains(name)).collect();
    names.into_iter().map(|name| row(zone, name)).collect()
}

fn row<'a>(zone: &'a ZoneReport, name: &'a DomainName) -> Row<'a> {
    // Of what is deleted and what takes its place the last one tells how it ended.
    let place = zone.changes().iter().rposition(|change| change.name == *name);
    let change = place.and_then(|place| zone.changes().get(place));
    let record = zone.record(name);
    let findings: Vec<&Finding> = zone.diagnosis.findings.iter().filter(|one| one.name == *name).collect();
    let shown = change.and_then(|change| change.after.as_ref()).map_or(name, |after| &after.name);
    let seen = zone.seen(shown);
    let target = || record.map(|record| record.target.to_string());
    let planned = || change.and_then(|change| Some(change.after.as_ref()?.content.clone()));
    let expected = || seen.and_then(|one| one.expected.as_ref()).map(ToString::to_string);
    let role = record.map(|record| record.classification.role);
    let (was, now) = match change {
        Some(change) => changed(change, place.and_then(|place| zone.outcome(place)), &findings),
        None => unchanged(zone, record, seen, &findings),
    };
    Row {
        name,
        role: role.or_else(|| findings.iter().find_map(|one| one.role)),
        target: planned().or_else(target).or_else(expected).unwrap_or_default(),
        was,
        now,
        seen,
    }
}

fn cell(tone: Tone, words: impl Into<String>) -> Probe {
    Probe { tone, words: words.into() }
}

/// A change: what the record was, and what it is or would be.
fn changed(change: &Change, outcome: Option<&Outcome>, findings: &[&Finding]) -> (Probe, Probe) {
    let state =
        findings.iter().find(|one| one.remedy.is_some()).map(|one| words::state(one.code()).to_owned());
    let differences = change.differences();
    let old: Vec<String> = differences.iter().map(|(old, _)| plain::sanitize_line(old)).collect();
    let new = match (&change.before, &change.after) {
        (None, _) => "created".to_owned(),
        (_, None) => "deleted".to_owned(),
        _ => joined(&differences.iter().map(|(_, new)| plain::sanitize_line(new)).collect::<Vec<_>>()),
    };
    let was = cell(Tone::Bad, state.unwrap_or_else(|| joined(&old)));
    let now = match outcome {
        Some(Outcome::Applied) => cell(Tone::Good, new),
        Some(outcome @ (Outcome::Unknown(_) | Outcome::Unshown)) => cell(Tone::Care, words::unmade(outcome)),
        Some(outcome) => cell(Tone::Bad, words::unmade(outcome)),
        None => cell(Tone::Care, format!("planned: {new}")),
    };
    (was, now)
}

/// A record that nothing changes: its state, and who can repair it.
fn unchanged(
    zone: &ZoneReport,
    record: Option<&MailRecord>,
    seen: Option<&Confirmation>,
    findings: &[&Finding],
) -> (Probe, Probe) {
    let worst =
        findings.iter().filter(|one| one.code() != Code::Unconfirmed).min_by_key(|one| one.severity());
    let tone = |severity| match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Care,
        Severity::Info => Tone::Plain,
    };
    let state = match (worst, seen) {
        (Some(one), _) => cell(tone(one.severity()), words::state(one.code())),
        (None, Some(one)) => cell(tone_of(one.verdict), words::verdict(one.verdict)),
        (None, None) => cell(Tone::Plain, record.map_or("asked about", proxy)),
    };
    let repair =
        findings.iter().find_map(|one| one.remedy.as_ref()).map(|remedy| words::remedy(remedy.kind()));
    let next = match (worst, repair) {
        (_, Some(repair)) => repair,
        (Some(_), None) if zone.applied.is_some() => "unchanged",
        (Some(_), None) => "needs a person",
        (None, None) => "",
    };
    (state, cell(Tone::Plain, next))
}

/// Whether a record is proxied, in the dashboard's words.
pub(super) fn proxy(record: &MailRecord) -> &'static str {
    if record.proxy == ProxyStatus::Proxied { "proxied" } else { "DNS only" }
}

fn tone_of(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Confirmed => Tone::Good,
        Verdict::Stale | Verdict::Unknown => Tone::Care,
        Verdict::Wrong | Verdict::Absent => Tone::Bad,
    }
}

/// A name as people call it: without its zone, whose own name is told in full.
pub(super) fn label(zone: &ZoneReport, name: &DomainName) -> String {
    if name.as_str() == zone.label { zone.heading() } else { zone.relative(name) }
}

/// How many servers of a kind show what is wanted, of how many that were asked: `own 2/2`.
pub(super) fn share(one: &Confirmation, kind: Kind, word: &str) -> Probe {
    let of_kind = one.servers.iter().filter(|word| word.server.kind == kind);
    let asked: Vec<Agreement> =
        of_kind.map(|word| word.standing).filter(|one| *one != Agreement::NotAsked).collect();
    let right = asked.iter().filter(|one| **one == Agreement::Right).count();
    match asked.len() {
        0 => cell(Tone::Plain, format!("{word} not asked")),
        all => cell(if right == all { Tone::Good } else { Tone::Care }, format!("{word} {right}/{all}")),
    }
}

/// What the zone's own servers and public resolvers show of a record: `own 2/2`, `public 3/4`.
pub(super) fn seen(one: &Confirmation) -> [Probe; 2] {
    [(Kind::Authoritative, "own"), (Kind::Resolver, "public")].map(|(kind, word)| share(one, kind, word))
}

/// When the last old answer about a name ends.
pub(super) fn old_until(one: &Confirmation) -> Option<Zoned> {
    let left = one.servers.iter().filter_map(|word| word.expires_in).max()?;
    one.end(left).filter(|_| one.verdict != Verdict::Confirmed)
}

/// Each resolver that holds old answers: which names, and until when the last of them.
pub(super) fn resolvers(zone: &ZoneReport) -> Vec<(String, Vec<String>, Timestamp)> {
    let mut all: BTreeMap<String, (Vec<String>, Timestamp)> = BTreeMap::new();
    for one in zone.confirmations.iter().filter(|one| one.verdict != Verdict::Confirmed) {
        for word in one.servers.iter().filter(|word| word.server.kind == Kind::Resolver) {
            let Some(end) = word.expires_in.and_then(|left| Some(one.end(left)?.timestamp())) else {
                continue;
            };
            let known =
                all.entry(plain::sanitize_line(&word.server.to_string())).or_insert((Vec::new(), end));
            known.0.push(label(zone, &one.name));
            known.1 = known.1.max(end);
        }
    }
    all.into_iter().map(|(server, (names, end))| (server, names, end)).collect()
}

/// How long from `now` to `end`, in seconds.
pub(super) fn seconds_to(end: Timestamp, now: &Zoned) -> i64 {
    end.as_second() - now.timestamp().as_second()
}
