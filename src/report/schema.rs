//! The JSON report, schema 1. Frozen: members may be added, none is renamed or removed. Pure.

use serde::Serialize;

use super::{Command, EarlierZone, Report, Summary, ZoneReport};
use crate::model::baseline::{News, Open};
use crate::model::catalog::Role;
use crate::model::confirm::{Behind, Confirmation, Verdict, Word};
use crate::model::diagnosis::{Code, Finding, MailRecord, Remedy, RemedyKind, Severity, Words};
use crate::model::dns::DomainName;
use crate::model::expectation::document::Understood;
use crate::model::expectation::input::{Entry, Reading, Remark};
use crate::model::ignore::Ignored;
use crate::model::interrupted::{ReadFinding, ReadZone};
use crate::model::inventory::ProxyStatus;
use crate::model::journal::OutcomeKind;
use crate::model::lookup::{Kind, Observation};
use crate::model::members::RecordFields;
use crate::model::plan::{Action, After, Change, Consent};
use crate::model::zone_run::ProviderWord;

/// The number of this schema.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(inline, extend("const" = 1)))]
pub(super) struct Version(u32);

pub(super) const VERSION: Version = Version(1);

/// The whole report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReportV1 {
    #[serde(flatten)]
    head: HeadV1,
    #[serde(flatten)]
    run: RunV1,
    /// Failed ones first, then by name.
    zones: Vec<ZoneV1>,
}

/// A line of `--format jsonl`: the zones one by one, and the run in the end.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum LineV1 {
    /// One zone.
    Zone {
        /// What all lines of a run share.
        #[serde(flatten)]
        head: HeadV1,
        /// What is so with the zone.
        #[serde(flatten)]
        zone: Box<ZoneV1>,
    },
    /// The last line: how the run ended.
    Run {
        /// What all lines of a run share.
        #[serde(flatten)]
        head: HeadV1,
        /// The run as a whole.
        #[serde(flatten)]
        run: RunV1,
    },
}

/// What a report is of.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct HeadV1 {
    schema: Version,
    /// Of this program.
    version: &'static str,
    /// When the report was put together: RFC 3339, UTC.
    generated_at: String,
    command: Command,
    /// Whether changes were only shown.
    dry_run: bool,
    /// Names the run and its journal; empty for `confirm`.
    run: String,
}

/// How a run ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RunV1 {
    /// The exit status.
    exit: u8,
    /// When the zones were looked at before, where that is compared: RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    /// Zones that an earlier run had read when it was cut off, and that this one left alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<EarlierV1>,
    /// What files and pastes were understood to say.
    inputs: Vec<InputV1>,
    summary: Summary,
}

/// How many findings of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CountsV1 {
    error: usize,
    warning: usize,
    pub(super) info: usize,
}

impl CountsV1 {
    pub(super) fn of<'f>(findings: &(impl Iterator<Item = &'f Finding> + Clone)) -> Self {
        let of = |severity| findings.clone().filter(|one| one.severity() == severity).count();
        Self { error: of(Severity::Error), warning: of(Severity::Warning), info: of(Severity::Info) }
    }
}

/// What a run has to say about one zone.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ZoneV1 {
    /// Its name, or what was typed if it was not found.
    zone: String,
    /// How people read the name, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_unicode: Option<String>,
    id: Option<String>,
    /// Whose credential was used, where several profiles were.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    /// As Cloudflare words it.
    status: Option<String>,
    /// Why it could not be worked on.
    error: Option<ErrorV1>,
    records: Vec<RecordV1>,
    /// How many findings of each severity.
    counts: CountsV1,
    findings: Vec<FindingV1>,
    /// In comparison with the run before, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    news: Option<NewsV1>,
    /// What is wrong and was decided to live with, by `[[ignore]]` in the settings file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<IgnoredV1>,
    changes: Vec<ChangeV1>,
    confirmations: Vec<ConfirmationV1>,
    /// What the sending providers say.
    provider: Vec<ProviderWord>,
    /// How many changes nobody has decided, which were therefore not made.
    left_out: usize,
    /// How many targets of proxied records of nobody known were too many to look at.
    not_looked_at: usize,
    /// What is left for a person.
    next: Vec<String>,
    notes: Vec<String>,
}

/// What a file or a paste was understood to say.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InputV1 {
    origin: String,
    format: &'static str,
    records: Vec<InputRecordV1>,
    /// Nothing shows that they are for mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unrecognised: Vec<InputRecordV1>,
    aside: Vec<Remark>,
    unread: Vec<Remark>,
}

/// A record that was understood.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct InputRecordV1 {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    content: String,
    line: Option<usize>,
    note: Option<String>,
}

/// Why something could not be done.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ErrorV1 {
    message: String,
    hints: Vec<String>,
    exit: u8,
}

/// A mail record that the zone holds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RecordV1 {
    name: String,
    target: String,
    proxied: bool,
    role: Role,
    provider: Option<String>,
}

/// Something that is wrong, or worth knowing.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FindingV1 {
    code: Code,
    severity: Severity,
    name: String,
    provider: Option<String>,
    role: Option<Role>,
    message: String,
    evidence: Vec<String>,
    /// Null where the program may not fix it.
    remedy: Option<RemedyKind>,
    /// What a person can do.
    advice: Option<String>,
    /// The command that tells what such a finding means and how to fix it by hand.
    explain: String,
    /// Since when it has been open, where that is compared with an earlier run and it was open then: RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

/// A finding that was open before and is no longer found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct GoneV1 {
    code: String,
    name: String,
    /// When it was found first: RFC 3339, UTC.
    since: String,
}

/// What an audit found in comparison with the one before.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NewsV1 {
    /// Findings that were not open before.
    new: usize,
    /// Findings that were.
    still_open: usize,
    /// What was open before and is no longer found, though it was looked for.
    no_longer_found: Vec<GoneV1>,
    /// What was open before, and could not be looked for this time.
    not_seen: Vec<GoneV1>,
}

fn news(news: &News) -> NewsV1 {
    let gone = |Open { code, name, since }| GoneV1 { code, name, since };
    NewsV1 {
        new: news.new,
        still_open: news.still_open,
        no_longer_found: news.gone.iter().cloned().map(gone).collect(),
        not_seen: news.unseen.iter().cloned().map(gone).collect(),
    }
}

/// A zone that an earlier run had read.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EarlierV1 {
    /// Cloudflare's handle.
    zone_id: String,
    /// The apex.
    zone: String,
    /// When it was read: RFC 3339, UTC.
    read_at: String,
    findings: Vec<EarlierFindingV1>,
    /// What is new in it, where that is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    news: Option<NewsV1>,
}

/// What was found in it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct EarlierFindingV1 {
    code: String,
    /// The name it is about.
    name: String,
    /// Whether something is broken, not only to be looked at.
    is_error: bool,
    /// Since when it has been open, where that is compared and it was open before: RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

fn earlier(EarlierZone { zone, news: compared }: &EarlierZone) -> EarlierV1 {
    let finding = |one: ReadFinding| {
        let since = compared.as_ref().and_then(|news| news.since_read(&one)).map(str::to_owned);
        EarlierFindingV1 { code: one.code, name: one.name, is_error: one.is_error, since }
    };
    let ReadZone { zone_id, zone, read_at, findings, .. } = zone.clone();
    let findings = findings.into_iter().map(finding).collect();
    EarlierV1 { zone_id, zone, read_at, findings, news: compared.as_ref().map(news) }
}

/// A finding that is ignored.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct IgnoredV1 {
    code: Code,
    severity: Severity,
    name: String,
    /// Why somebody lives with it.
    reason: String,
    /// The last day on which it is ignored.
    until: Option<String>,
}

/// A change of a record.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ChangeV1 {
    action: Action,
    name: String,
    /// Null for a record that is created.
    before: Option<StateV1>,
    /// Null for a record that is deleted.
    after: Option<StateV1>,
    reason: String,
    /// Who says so.
    source: String,
    /// Whether nobody has decided it: it takes a yes, or `--restore`.
    proposal: bool,
    outcome: OutcomeV1,
    detail: Option<String>,
}

/// The outcome of a change.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum OutcomeV1 {
    /// It was shown only.
    Planned,
    #[serde(untagged)]
    Settled(OutcomeKind),
}

/// A record as far as a change concerns it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StateV1 {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    proxied: bool,
    flattened: bool,
    /// Seconds, or 1 for automatic.
    ttl: u32,
}

/// What public DNS shows at a name.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ConfirmationV1 {
    name: String,
    expected: Option<String>,
    verdict: Verdict,
    servers: Vec<ServerV1>,
    notes: Vec<String>,
}

/// What one server says.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ServerV1 {
    server: String,
    kind: Kind,
    observation: String,
    behind: BehindV1,
    /// For how long an old answer may still be given, in seconds.
    expires_in_s: Option<u64>,
    /// The same as a moment: RFC 3339, UTC.
    expires_at: Option<String>,
}

/// What was found behind an alias that is right: the DKIM key, SPF and MX, or DMARC policy.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum BehindV1 {
    /// Nothing had to be looked for, or it was not looked for yet.
    NotAsked,
    /// All that is needed.
    Found,
    /// It is there, but this server still holds an old "no".
    OldNo,
    /// It is not published.
    Missing,
    /// So many are published that they count as none.
    Several,
    /// The server could not say.
    CouldNotSay,
}

impl From<&Report> for ReportV1 {
    fn from(report: &Report) -> Self {
        Self { head: head(report), run: run(report), zones: report.zones.iter().map(zone).collect() }
    }
}

pub(super) fn head(report: &Report) -> HeadV1 {
    HeadV1 {
        schema: VERSION,
        version: env!("CARGO_PKG_VERSION"),
        generated_at: report.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        command: report.command,
        dry_run: report.is_dry_run,
        run: report.run.clone(),
    }
}

pub(super) fn run(report: &Report) -> RunV1 {
    RunV1 {
        exit: report.exit().code(),
        last: report.last.clone(),
        earlier: report.earlier.iter().map(earlier).collect(),
        inputs: report.understood.iter().map(input).collect(),
        summary: report.summary(),
    }
}

pub(super) fn zone(zone: &ZoneReport) -> ZoneV1 {
    let notes = zone.notes.iter().chain(zone.applied.iter().flat_map(|applied| &applied.notes));
    let failure = zone.error.as_ref().or(zone.applied.as_ref().and_then(|applied| applied.failure.as_ref()));
    let changes = zone.changes().iter().enumerate();
    ZoneV1 {
        zone: zone.label.clone(),
        zone_unicode: DomainName::parse(&zone.label).ok().and_then(|name| name.in_unicode()),
        id: zone.zone.as_ref().map(|zone| zone.id.to_string()),
        profile: zone.profile.clone(),
        status: zone.status(),
        error: failure.map(|error| ErrorV1 {
            message: error.message.clone(),
            hints: error.hints.clone(),
            exit: error.exit.code(),
        }),
        records: zone.diagnosis.records.iter().map(record).collect(),
        counts: CountsV1::of(&zone.diagnosis.findings.iter()),
        findings: zone.diagnosis.findings.iter().map(|one| finding(zone, one)).collect(),
        news: zone.news.as_ref().map(news),
        ignored: zone.ignored.iter().map(ignored).collect(),
        changes: changes.map(|(place, change)| changed(zone, place, change)).collect(),
        confirmations: zone.confirmations.iter().map(confirmation).collect(),
        provider: zone.said.clone(),
        left_out: zone.left_out,
        not_looked_at: zone.not_looked_at,
        next: zone.next_steps(),
        notes: notes.cloned().collect(),
    }
}

fn input(one: &Understood) -> InputV1 {
    let Reading { format, entries, unrecognised, policies, aside, unread, .. } = &one.reading;
    let alias = |entry: &Entry| InputRecordV1 {
        name: entry.name.to_string(),
        kind: "CNAME",
        content: entry.target.to_string(),
        line: entry.line,
        note: entry.note.clone(),
    };
    let texts = policies.iter().map(|policy| InputRecordV1 {
        name: policy.name.to_string(),
        kind: "TXT",
        content: policy.text.clone(),
        line: policy.line,
        note: None,
    });
    InputV1 {
        origin: one.origin.clone(),
        format: format.word(),
        records: entries.iter().map(alias).chain(texts).collect(),
        unrecognised: unrecognised.iter().map(alias).collect(),
        aside: aside.clone(),
        unread: unread.clone(),
    }
}

fn record(record: &MailRecord) -> RecordV1 {
    RecordV1 {
        name: record.name.to_string(),
        target: record.target.to_string(),
        proxied: record.proxy == ProxyStatus::Proxied,
        role: record.classification.role,
        provider: record.classification.provider.as_ref().map(|provider| provider.id.to_string()),
    }
}

fn finding(zone: &ZoneReport, finding: &Finding) -> FindingV1 {
    let Finding { name, provider, role, remedy, .. } = finding;
    let Words { message, evidence, advice } = finding.words();
    FindingV1 {
        code: finding.code(),
        severity: finding.severity(),
        name: name.to_string(),
        provider: provider.as_ref().map(|provider| provider.id.to_string()),
        role: *role,
        message,
        evidence,
        remedy: remedy.as_ref().map(Remedy::kind),
        advice,
        explain: format!("cf-domauth explain {}", finding.code().word()),
        since: zone.since(finding).map(str::to_owned),
    }
}

fn ignored(Ignored { finding, rule }: &Ignored) -> IgnoredV1 {
    IgnoredV1 {
        code: finding.code(),
        severity: finding.severity(),
        name: finding.name.to_string(),
        reason: rule.reason.clone(),
        until: rule.until.map(|day| day.to_string()),
    }
}

fn changed(zone: &ZoneReport, place: usize, change: &Change) -> ChangeV1 {
    let Change { action, name, before, after, reason, source, consent, write: _ } = change;
    let held = |before| After::of(&RecordFields::default(), Some(before));
    let outcome = zone.outcome(place);
    ChangeV1 {
        action: *action,
        name: name.to_string(),
        before: before.as_ref().and_then(held).map(state),
        after: after.clone().map(state),
        reason: reason.clone(),
        source: source.clone(),
        proposal: *consent != Consent::Plan,
        outcome: outcome.map_or(OutcomeV1::Planned, |outcome| OutcomeV1::Settled(outcome.kind())),
        detail: outcome.and_then(crate::model::apply::Outcome::detail).map(str::to_owned),
    }
}

fn state(after: After) -> StateV1 {
    let After { name, kind, content, proxy, is_flattened: flattened, ttl } = after;
    StateV1 {
        name: name.to_string(),
        kind: kind.to_string(),
        content,
        proxied: proxy == ProxyStatus::Proxied,
        flattened,
        ttl: ttl.to_api(),
    }
}

fn confirmation(one: &Confirmation) -> ConfirmationV1 {
    let Confirmation { name, expected, is_gone: _, verdict, servers, notes, at: _ } = one;
    ConfirmationV1 {
        name: name.to_string(),
        expected: expected.as_ref().map(ToString::to_string),
        verdict: *verdict,
        servers: servers.iter().map(|word| server(one, word)).collect(),
        notes: notes.clone(),
    }
}

fn server(one: &Confirmation, word: &Word) -> ServerV1 {
    let said = word.observation.as_ref().map(Observation::describe);
    let end = word.expires_in.and_then(|left| one.end(left));
    ServerV1 {
        server: word.server.to_string(),
        kind: word.server.kind,
        observation: said.unwrap_or_else(|| "not asked".to_owned()),
        behind: match word.behind {
            Behind::NotAsked => BehindV1::NotAsked,
            Behind::Found => BehindV1::Found,
            Behind::OldNo(_) => BehindV1::OldNo,
            Behind::Missing(_) => BehindV1::Missing,
            Behind::Several(..) => BehindV1::Several,
            Behind::CouldNotSay(_) => BehindV1::CouldNotSay,
        },
        expires_in_s: word.expires_in,
        expires_at: end.map(|end| end.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::objects::{
        CatalogV1, CodesV1, DoctorV1, FailureV1, MatchV1, PageV1, ProviderPageV1, RunsV1, SettingsV1,
    };
    use super::{LineV1, ReportV1};

    /// What `--format json` writes on standard output, schema 1: one of these objects.
    #[derive(schemars::JsonSchema)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only its schema is of use")]
    enum Output {
        Report(ReportV1),
        Line(LineV1),
        Failure(FailureV1<'static>),
        Doctor(DoctorV1<'static>),
        Codes(CodesV1),
        Page(PageV1),
        Catalog(CatalogV1<'static>),
        ProviderPage(ProviderPageV1<'static>),
        Match(MatchV1<'static>),
        Runs(RunsV1<'static>),
        Settings(SettingsV1),
    }

    #[test]
    fn the_published_schema_of_the_output_is_that_of_the_types() {
        crate::testing::published::<Output>("output.json", schemars::generate::Contract::Serialize);
    }
}
