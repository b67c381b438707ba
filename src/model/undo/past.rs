//! What a run did, read from its journal. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::{Expectation, Source};
use crate::model::failure::{Advice, Exit};
use crate::model::ids::{RecordId, ZoneId};
use crate::model::journal::{Action, Intent, Line, OutcomeKind, Settled};
use crate::model::members::RecordFields;
use crate::model::plain;

/// What a run did, read from its journal.
#[derive(Debug, Default)]
pub struct RecordedRun {
    pub run: String,
    /// When it began: RFC 3339, UTC.
    pub started: String,
    /// The API it wrote to.
    pub api: String,
    /// The run that it put back, if it was an undo.
    pub undoes: Option<String>,
    /// What it set out to change.
    pub zones: Vec<RecordedZone>,
    /// Its exit status; `None` if it was killed.
    pub exit: Option<u8>,
}

impl RecordedRun {
    /// When it first announced a change, by the API's clock, if that told the time.
    pub fn api_date(&self) -> Option<Timestamp> {
        self.zones.iter().find_map(|zone| zone.api_date)
    }

    /// The same run with no more than what it did in these zones; the first of them that it did nothing in is returned as
    /// the error.
    pub fn only(mut self, wanted: &[DomainName]) -> Result<Self, DomainName> {
        let is_known = |name: &&DomainName| self.zones.iter().any(|zone| zone.name == **name);
        if let Some(stranger) = wanted.iter().find(|name| !is_known(name)) {
            return Err(stranger.clone());
        }
        self.zones.retain(|zone| wanted.is_empty() || wanted.contains(&zone.name));
        Ok(self)
    }

    /// What public DNS ought to show after it: the aliases that it set out to create or to show.
    pub fn expectations(&self) -> Vec<Expectation> {
        let changes = self.zones.iter().flat_map(|zone| &zone.changes);
        changes.filter(|change| !change.was_not_made()).filter_map(RecordedChange::expectation).collect()
    }
}

/// What a run set out to change in one zone.
#[derive(Debug)]
pub struct RecordedZone {
    pub(super) run: String,
    pub(super) api: String,
    /// When the changes were announced: RFC 3339, UTC.
    pub(super) announced: String,
    /// The same by the API's clock, if it told one.
    pub(super) api_date: Option<Timestamp>,
    pub id: ZoneId,
    pub name: DomainName,
    pub changes: Vec<RecordedChange>,
}

/// One change that a run set out to make.
#[derive(Debug)]
pub struct RecordedChange {
    pub action: Action,
    pub name: DomainName,
    /// The whole record as it was; `None` for one that was created.
    pub(super) before: Option<RecordFields>,
    /// The members that were sent; `None` for a delete.
    pub(super) request: Option<RecordFields>,
    /// The handle of its record; of one that was created, if it was told.
    pub(super) id: Option<RecordId>,
    /// The last word about it; `None` if the run was killed before.
    pub outcome: Option<OutcomeKind>,
    /// Whether some word said that it was made, or may have been.
    was_accepted: bool,
}

impl RecordedChange {
    fn expectation(&self) -> Option<Expectation> {
        let request = self.request.as_ref()?;
        let member = |name: &str| request.get(name).or_else(|| self.before.as_ref()?.get(name));
        let text = |name: &str| member(name).and_then(serde_json::Value::as_str);
        let is_seen = text("type")? == "CNAME" && member("proxied") != Some(&true.into());
        Some(Expectation {
            name: DomainName::parse(text("name")?).ok().filter(|_| is_seen)?,
            target: DomainName::parse(text("content")?).ok()?,
            ttl: Ttl::Automatic,
            source: Source::Argument,
        })
    }

    /// Whether it was certainly not made: it was not sent, or an answer refused it. A change that was accepted and did
    /// not show counts as refused in the end, and may have come late.
    pub(super) fn was_not_made(&self) -> bool {
        match self.outcome {
            Some(OutcomeKind::NotAttempted) => true,
            Some(OutcomeKind::Refused) => !self.was_accepted,
            _ => false,
        }
    }

    /// Whether it was refused or never sent.
    pub(super) fn was_refused(&self) -> bool {
        matches!(self.outcome, Some(OutcomeKind::Refused | OutcomeKind::NotAttempted))
    }

    /// Whether an answer told that it was made.
    pub(super) fn is_certainly_made(&self) -> bool {
        self.outcome == Some(OutcomeKind::Applied)
    }
}

/// A journal whose lines are whole but do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal tells of {0}, which makes no sense")]
pub struct BadRecordedRun(String);

impl Advice for BadRecordedRun {
    fn hints(&self) -> Vec<String> {
        let hint = "nothing was changed; the journal is plain text: see what it holds before anything else";
        vec![hint.to_owned()]
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Reads what a run did from the lines of its journal.
pub fn past(lines: Vec<Line>) -> Result<RecordedRun, BadRecordedRun> {
    let mut past = RecordedRun::default();
    for line in lines {
        match line {
            Line::Journal { run, started, api, undoes, .. } => {
                (past.run, past.started, past.api, past.undoes) = (run, started, api, undoes);
            }
            Line::Intent { zone_id, zone, at, api_date, changes } => {
                let id = ZoneId::parse(&zone_id).map_err(|_| bad(&zone_id))?;
                let name = DomainName::parse(&zone).map_err(|_| bad(&zone))?;
                let changes = changes.into_iter().map(change).collect::<Result<_, _>>()?;
                let (run, api) = (past.run.clone(), past.api.clone());
                let api_date = api_date.and_then(|date| date.parse().ok());
                past.zones.push(RecordedZone { run, api, announced: at, api_date, id, name, changes });
            }
            Line::Reply { zone_id, outcomes } => {
                let zone = past.zones.iter_mut().find(|zone| zone.id.as_str() == zone_id);
                let zone = zone.ok_or_else(|| bad(&zone_id))?;
                for settled in outcomes {
                    zone.settle(settled)?;
                }
            }
            Line::End { exit } => past.exit = Some(exit),
        }
    }
    Ok(past)
}

fn bad(what: &str) -> BadRecordedRun {
    BadRecordedRun(format!("`{}`", plain::sanitize_line(what)))
}

fn change(intent: Intent) -> Result<RecordedChange, BadRecordedRun> {
    let Intent { action, name, before, request } = intent;
    let parsed = DomainName::parse(&name).map_err(|_| bad(&name))?;
    let before = before.map(|raw| read_before(&raw).ok_or_else(|| bad(&name))).transpose()?;
    let (id, before) = before.unzip();
    let request: Option<RecordFields> = serde_json::from_str(request.get()).map_err(|_| bad(&name))?;
    if before.is_none() && request.is_none() {
        return Err(bad(&name));
    }
    Ok(RecordedChange { action, name: parsed, before, request, id, outcome: None, was_accepted: false })
}

fn read_before(raw: &RawValue) -> Option<(RecordId, RecordFields)> {
    let members: RecordFields = serde_json::from_str(raw.get()).ok()?;
    let id = RecordId::parse(members.get("id")?.as_str()?).ok()?;
    Some((id, members))
}

impl RecordedZone {
    /// Takes what is said about one change; the last word counts.
    pub(super) fn settle(&mut self, settled: Settled) -> Result<(), BadRecordedRun> {
        let Settled { place, name, record_id, outcome } = settled;
        let change = self.changes.get_mut(place).filter(|change| change.name.as_str() == name);
        let change = change.ok_or_else(|| bad(&name))?;
        if change.before.is_none() {
            let id = record_id.as_deref().and_then(|id| RecordId::parse(id).ok());
            change.id = id.or(change.id.take());
        }
        change.was_accepted |= matches!(outcome, OutcomeKind::Applied | OutcomeKind::Unknown);
        change.outcome = Some(outcome);
        Ok(())
    }

    /// Every name that must be read to tell what is there now.
    pub fn names(&self) -> BTreeSet<DomainName> {
        let names = self.changes.iter().flat_map(|change| {
            let sent = change.request.as_ref().and_then(|members| members.get("name")?.as_str());
            let other = sent.and_then(|name| DomainName::parse(name).ok());
            [Some(change.name.clone()), other]
        });
        names.flatten().collect()
    }
}
