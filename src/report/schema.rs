//! The JSON report, schema 1. Frozen: members may be added, none is renamed or removed. Pure.

use serde::Serialize;

use super::{ProviderWord, Report, Understood, ZoneReport};
use crate::model::confirm::{Behind, Confirmation, Word};
use crate::model::diagnosis::{Finding, MailRecord, Remedy};
use crate::model::dns::DomainName;
use crate::model::expectation::input::{Entry, Reading, Remark};
use crate::model::inventory::{HeldRecord, ProxyStatus};
use crate::model::lookup::Observation;
use crate::model::plan::{After, Change, Consent};

/// The whole report.
#[derive(Debug, Serialize)]
pub struct ReportV1 {
    schema: u32,
    command: &'static str,
    dry_run: bool,
    run: String,
    exit: u8,
    inputs: Vec<InputV1>,
    zones: Vec<ZoneV1>,
    summary: SummaryV1,
}

#[derive(Debug, Serialize)]
struct ZoneV1 {
    zone: String,
    /// How people read the name, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_unicode: Option<String>,
    id: Option<String>,
    status: Option<String>,
    error: Option<ErrorV1>,
    records: Vec<RecordV1>,
    findings: Vec<FindingV1>,
    changes: Vec<ChangeV1>,
    confirmations: Vec<ConfirmationV1>,
    provider: Vec<ProviderV1>,
    left_out: usize,
    not_looked_at: usize,
    next: Vec<String>,
    notes: Vec<String>,
}

/// What a sending provider says.
#[derive(Debug, Serialize)]
struct ProviderV1 {
    provider: &'static str,
    what: String,
    valid: bool,
    reason: Option<String>,
}

/// What a file or a paste was understood to say.
#[derive(Debug, Serialize)]
struct InputV1 {
    origin: String,
    format: &'static str,
    records: Vec<InputRecordV1>,
    /// Nothing shows that they are for mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unrecognised: Vec<InputRecordV1>,
    aside: Vec<RemarkV1>,
    unread: Vec<RemarkV1>,
}

#[derive(Debug, Serialize)]
struct InputRecordV1 {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    content: String,
    line: Option<usize>,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct RemarkV1 {
    line: Option<usize>,
    text: String,
    why: String,
}

#[derive(Debug, Serialize)]
struct ErrorV1 {
    message: String,
    hints: Vec<String>,
    exit: u8,
}

#[derive(Debug, Serialize)]
struct RecordV1 {
    name: String,
    target: String,
    proxied: bool,
    role: &'static str,
    provider: Option<String>,
}

#[derive(Debug, Serialize)]
struct FindingV1 {
    code: &'static str,
    severity: &'static str,
    name: String,
    provider: Option<String>,
    role: Option<&'static str>,
    message: String,
    evidence: Vec<String>,
    remedy: Option<&'static str>,
    advice: Option<String>,
}

#[derive(Debug, Serialize)]
struct ChangeV1 {
    action: &'static str,
    name: String,
    before: Option<StateV1>,
    after: Option<StateV1>,
    reason: String,
    source: String,
    proposal: bool,
    outcome: &'static str,
    detail: Option<String>,
}

/// A record as far as a change concerns it.
#[derive(Debug, Serialize)]
struct StateV1 {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    proxied: bool,
    flattened: bool,
    ttl: u32,
}

#[derive(Debug, Serialize)]
struct ConfirmationV1 {
    name: String,
    expected: Option<String>,
    verdict: &'static str,
    servers: Vec<ServerV1>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ServerV1 {
    server: String,
    kind: &'static str,
    observation: String,
    behind: &'static str,
    expires_in_s: Option<u64>,
    expires_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct SummaryV1 {
    zones: usize,
    records: usize,
    findings: usize,
    changes: usize,
    applied: usize,
    confirmed: usize,
    api_calls: usize,
}

impl From<&Report> for ReportV1 {
    fn from(report: &Report) -> Self {
        let super::Summary { zones, records, findings, changes, applied, confirmed } = report.summary();
        Self {
            schema: 1,
            command: report.command.word(),
            dry_run: report.is_dry_run,
            run: report.run.clone(),
            exit: report.exit().code(),
            inputs: report.understood.iter().map(InputV1::from).collect(),
            zones: report.zones.iter().map(ZoneV1::from).collect(),
            summary: SummaryV1 {
                zones,
                records,
                findings,
                changes,
                applied,
                confirmed,
                api_calls: report.api_calls,
            },
        }
    }
}

impl From<&ZoneReport> for ZoneV1 {
    fn from(zone: &ZoneReport) -> Self {
        let notes = zone.notes.iter().chain(zone.applied.iter().flat_map(|applied| &applied.notes));
        let failure =
            zone.error.as_ref().or(zone.applied.as_ref().and_then(|applied| applied.failure.as_ref()));
        Self {
            zone: zone.label.clone(),
            zone_unicode: DomainName::parse(&zone.label).ok().and_then(|name| name.in_unicode()),
            id: zone.zone.as_ref().map(|zone| zone.id.to_string()),
            status: zone.status(),
            error: failure.map(|error| ErrorV1 {
                message: error.message.clone(),
                hints: error.hints.clone(),
                exit: error.exit.code(),
            }),
            records: zone.diagnosis.records.iter().map(RecordV1::from).collect(),
            findings: zone.diagnosis.findings.iter().map(FindingV1::from).collect(),
            changes: zone
                .changes()
                .iter()
                .enumerate()
                .map(|(place, change)| changed(zone, place, change))
                .collect(),
            confirmations: zone.confirmations.iter().map(ConfirmationV1::from).collect(),
            provider: zone.said.iter().map(ProviderV1::from).collect(),
            left_out: zone.left_out,
            not_looked_at: zone.not_looked_at,
            next: zone.next_steps(),
            notes: notes.cloned().collect(),
        }
    }
}

impl From<&ProviderWord> for ProviderV1 {
    fn from(word: &ProviderWord) -> Self {
        let ProviderWord { provider, what, is_valid, reason } = word;
        Self { provider, what: what.clone(), valid: *is_valid, reason: reason.clone() }
    }
}

impl From<&Understood> for InputV1 {
    fn from(one: &Understood) -> Self {
        let Reading { format, entries, unrecognised, policies, aside, unread } = &one.reading;
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
        Self {
            origin: one.origin.clone(),
            format: format.words(),
            records: entries.iter().map(alias).chain(texts).collect(),
            unrecognised: unrecognised.iter().map(alias).collect(),
            aside: aside.iter().map(RemarkV1::from).collect(),
            unread: unread.iter().map(RemarkV1::from).collect(),
        }
    }
}

impl From<&Remark> for RemarkV1 {
    fn from(remark: &Remark) -> Self {
        let Remark { line, text, why } = remark;
        Self { line: *line, text: text.clone(), why: why.clone() }
    }
}

impl From<&MailRecord> for RecordV1 {
    fn from(record: &MailRecord) -> Self {
        Self {
            name: record.name.to_string(),
            target: record.target.to_string(),
            proxied: record.proxy == ProxyStatus::Proxied,
            role: record.recognition.role.word(),
            provider: record.recognition.provider.as_ref().map(|provider| provider.id.to_string()),
        }
    }
}

impl From<&Finding> for FindingV1 {
    fn from(finding: &Finding) -> Self {
        let Finding { code, severity, name, provider, role, message, evidence, remedy, advice } = finding;
        Self {
            code: code.word(),
            severity: severity.word(),
            name: name.to_string(),
            provider: provider.as_ref().map(|provider| provider.id.to_string()),
            role: role.map(crate::model::catalogue::Role::word),
            message: message.clone(),
            evidence: evidence.clone(),
            remedy: remedy.as_ref().map(Remedy::word),
            advice: advice.clone(),
        }
    }
}

fn changed(zone: &ZoneReport, place: usize, change: &Change) -> ChangeV1 {
    let Change { action, name, before, after, reason, source, consent, write: _ } = change;
    let outcome = zone.outcome(place);
    ChangeV1 {
        action: action.word(),
        name: name.to_string(),
        before: before.as_ref().map(StateV1::from),
        after: after.as_ref().map(StateV1::from),
        reason: reason.clone(),
        source: source.clone(),
        proposal: *consent != Consent::Plan,
        outcome: outcome.map_or("planned", crate::model::apply::Outcome::word),
        detail: outcome.and_then(crate::model::apply::Outcome::detail).map(str::to_owned),
    }
}

impl From<&HeldRecord> for StateV1 {
    fn from(held: &HeldRecord) -> Self {
        Self {
            name: held.name.to_string(),
            kind: held.kind.to_string(),
            content: held.content.to_string(),
            proxied: held.proxy == ProxyStatus::Proxied,
            flattened: held.alias.as_deref().is_some_and(crate::model::inventory::Alias::is_flattened),
            ttl: held.ttl.to_api(),
        }
    }
}

impl From<&After> for StateV1 {
    fn from(after: &After) -> Self {
        let After { name, kind, content, proxy, is_flattened, ttl } = after;
        Self {
            name: name.to_string(),
            kind: kind.to_string(),
            content: content.clone(),
            proxied: *proxy == ProxyStatus::Proxied,
            flattened: *is_flattened,
            ttl: ttl.to_api(),
        }
    }
}

impl From<&Confirmation> for ConfirmationV1 {
    fn from(one: &Confirmation) -> Self {
        let Confirmation { name, expected, is_gone: _, verdict, servers, notes, at: _ } = one;
        let server = |word: &Word| {
            let end = word.expires_in.and_then(|left| one.end(left));
            let end = end.map(|end| end.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
            ServerV1 { expires_at: end, ..ServerV1::from(word) }
        };
        Self {
            name: name.to_string(),
            expected: expected.as_ref().map(ToString::to_string),
            verdict: verdict.word(),
            servers: servers.iter().map(server).collect(),
            notes: notes.clone(),
        }
    }
}

impl From<&Word> for ServerV1 {
    fn from(word: &Word) -> Self {
        Self {
            server: word.server.to_string(),
            kind: word.server.kind.word(),
            observation: word
                .observation
                .as_ref()
                .map_or_else(|| "not asked".to_owned(), Observation::describe),
            behind: match word.behind {
                Behind::NotAsked => "not-asked",
                Behind::Found => "found",
                Behind::OldNo(_) => "old-no",
                Behind::Missing(_) => "missing",
                Behind::Several(..) => "several",
                Behind::CouldNotSay(_) => "could-not-say",
            },
            expires_in_s: word.expires_in,
            expires_at: None,
        }
    }
}
