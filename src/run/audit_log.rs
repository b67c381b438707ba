//! Reads the audit logs within a budget of calls. Effects: network.

use jiff::{SignedDuration, Timestamp};

use crate::io::cloudflare::RequestError;
use crate::io::cloudflare::client::{AUDIT_PER_PAGE, Client};
use crate::model::audit_log::{Deletion, Event, deletions, events_v1, events_v2, latest, untold};
use crate::model::failure::Failure;
use crate::model::ids::{AccountId, ZoneId};
use crate::model::inventory::Zone;

/// How far back the logs go: 18 months.
///
/// Source: `developers.cloudflare.com/fundamentals/account/account-security/review-audit-logs`; checked
/// 2026-08-22.
const RETENTION: SignedDuration = SignedDuration::from_hours(548 * 24);
/// Most calls that one log may take, for one zone or for a whole account: its newest 10,000 entries.
const BUDGET: u64 = 10;

#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// The last deletion of each alias.
    pub(super) deletions: Vec<Deletion>,
    /// What could not be read, or not to the end.
    pub(super) notes: Vec<String>,
    /// Why a log could not be read.
    pub(super) unread: Option<String>,
    /// Whether something may have been deleted without being told here: a log that says nothing proves nothing.
    pub(super) has_gaps: bool,
}

/// The logs of an account, about one of its zones or about all.
struct Logs<'a> {
    api: &'a Client,
    account: &'a AccountId,
    zone: Option<&'a Zone>,
    since: String,
}

struct Read {
    /// The oldest first.
    events: Vec<Event>,
    /// Whether it was read to its end.
    is_whole: bool,
}

impl Read {
    /// The logs tell the newest first, also within one second.
    fn new(mut events: Vec<Event>, is_whole: bool) -> Self {
        events.reverse();
        Self { events, is_whole }
    }
}

/// Reads the older log, and the newer one where the older leaves something open or `is_thorough`: neither holds
/// everything, the newer one because it begins in March 2026. About one zone, or about the whole account. A log
/// that may not be read is told, not an error.
pub(super) async fn deleted(
    api: &Client,
    account: &AccountId,
    zone: Option<&Zone>,
    (now, is_thorough): (Timestamp, bool),
) -> Told {
    let mut told = Told::default();
    let moment = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let logs = Logs { api, account, zone, since: moment(now - RETENTION) };
    let older = logs.older().await;
    let (mut unknown, mut is_open) = (Vec::new(), true);
    if let Ok(read) = &older {
        (told.deletions, unknown) = deletions(read.events.clone());
        is_open = read.events.is_empty() || !read.is_whole || !unknown.is_empty();
    }
    if !is_open && !is_thorough {
        return told;
    }
    let newer = logs.newer(&moment(now + SignedDuration::from_hours(1))).await;
    let mut left = unknown.len();
    if let Ok(read) = &newer {
        let (found, still) = deletions(read.events.clone());
        left = untold(&unknown, &found) + untold(&still, &told.deletions);
        told.deletions = latest(std::mem::take(&mut told.deletions), found);
    }
    told.sum_up(&older, &newer, left);
    told
}

impl Told {
    fn sum_up(
        &mut self,
        older: &Result<Read, RequestError>,
        newer: &Result<Read, RequestError>,
        unknown: usize,
    ) {
        let reads = || [older, newer].into_iter().filter_map(|log| log.as_ref().ok());
        self.unread = match (older, newer) {
            (Err(error), Err(_)) => Some(unreadable(error)),
            (Err(error), _) => Some(format!("the older of the two logs: {}", unreadable(error))),
            (_, Err(error)) => Some(format!("the newer of the two logs: {}", unreadable(error))),
            _ => None,
        };
        if reads().any(|log| !log.is_whole) {
            let most = BUDGET * AUDIT_PER_PAGE;
            self.notes.push(format!("the audit log is long: only its newest {most} entries were read"));
        }
        if unknown > 0 {
            let note = "the audit log tells of deleted records without saying what they were";
            self.notes.push(note.to_owned());
        }
        let is_silent = reads().all(|log| log.events.is_empty());
        if is_silent && self.unread.is_none() {
            let note =
                "the audit log has no entry about DNS records, which does not prove that none was deleted";
            self.notes.push(note.to_owned());
        }
        let is_whole = older.is_ok() && newer.is_ok() && reads().all(|log| log.is_whole);
        self.has_gaps = !is_whole || unknown > 0 || is_silent;
    }
}

fn unreadable(error: &RequestError) -> String {
    let Failure { message, hints, .. } = Failure::of(error);
    let hint = hints.first().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{message}{hint}")
}

impl Logs<'_> {
    /// The name of an internationalised zone stands in the older log in Unicode or not: asked for in one spelling, then
    /// in the other.
    async fn older(&self) -> Result<Read, RequestError> {
        let Some(zone) = self.zone else { return self.pages_of_older(None).await };
        let read = self.pages_of_older(Some(zone.name.as_str())).await?;
        match zone.name.in_unicode().filter(|_| read.events.is_empty()) {
            Some(unicode) => self.pages_of_older(Some(&unicode)).await,
            None => Ok(read),
        }
    }

    async fn pages_of_older(&self, zone: Option<&str>) -> Result<Read, RequestError> {
        let mut events = Vec::new();
        for page in 1..=BUDGET {
            let got = self.api.audit_log(self.account, zone, &self.since, page).await?;
            events.extend(events_v1(&got));
            if (got.len() as u64) < AUDIT_PER_PAGE {
                return Ok(Read::new(events, true));
            }
        }
        Ok(Read::new(events, false))
    }

    async fn newer(&self, before: &str) -> Result<Read, RequestError> {
        let zone = self.zone.map(|zone| &zone.id);
        let (mut events, mut cursor) = (Vec::new(), None);
        for _ in 0..BUDGET {
            let between = (self.since.as_str(), before);
            let got = self.api.audit_log_v2(self.account, zone, between, cursor.as_deref()).await?;
            events.extend(events_v2(&got.items, zone.map(ZoneId::as_str)));
            if got.items.is_empty() || got.cursor.is_none() {
                return Ok(Read::new(events, true));
            }
            cursor = got.cursor;
        }
        Ok(Read::new(events, false))
    }
}
