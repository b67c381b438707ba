//! Reads the audit logs within a budget of calls. Effects: network.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Deletion, deletions, events_v1, events_v2, latest};
use crate::cloudflare::RequestError;
use crate::cloudflare::client::{AUDIT_PER_PAGE, Client};
use crate::failure::Failure;
use crate::ids::AccountId;
use crate::inventory::Zone;

/// How far back the logs go: 18 months.
///
/// Source: `developers.cloudflare.com/fundamentals/account/account-security/review-audit-logs`; checked
/// 2026-08-22.
const RETENTION: SignedDuration = SignedDuration::from_hours(548 * 24);
/// Most calls that one log of one zone may take.
const BUDGET: u64 = 10;

/// What the logs tell about one zone.
#[derive(Debug, Default)]
pub struct Told {
    /// The last deletion of each alias.
    pub deletions: Vec<Deletion>,
    /// What could not be read, or not to the end.
    pub notes: Vec<String>,
}

/// Reads the older log, and the newer one where the older does not tell everything. A log that may not be
/// read is a note, not an error.
pub async fn deleted(api: &Client, zone: &Zone, now: Timestamp) -> Told {
    let mut told = Told::default();
    let Some(account) = &zone.account else {
        told.notes
            .push("the audit log was not read: the zone does not say which account it is in".to_owned());
        return told;
    };
    let since = (now - RETENTION).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (events, is_complete) = match v1(api, account, zone, &since).await {
        Ok((entries, is_complete)) => (events_v1(&entries), is_complete),
        Err(error) => {
            told.notes.push(unreadable(&error));
            (Vec::new(), false)
        }
    };
    let is_telling = !events.is_empty();
    let (found, unknown) = deletions(events);
    told.deletions = found;
    if is_complete && is_telling && unknown == 0 {
        return told;
    }
    let before = (now + SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    match v2(api, account, zone, (&since, &before)).await {
        Ok((entries, is_whole)) => {
            let (found, still) = deletions(events_v2(&entries, zone.id.as_str()));
            told.deletions = latest(std::mem::take(&mut told.deletions), found);
            if !is_complete || !is_whole {
                told.notes.push("the audit log is long: its oldest entries were not read".to_owned());
            }
            if still.min(unknown) > 0 {
                told.notes
                    .push("the audit log tells of deleted records without saying what they were".to_owned());
            }
        }
        Err(error) => told.notes.push(unreadable(&error)),
    }
    told.notes.dedup();
    told
}

fn unreadable(error: &RequestError) -> String {
    let Failure { message, hints, .. } = Failure::of(error);
    let hint = hints.first().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("the audit log was not read: {message}{hint}")
}

/// The entries about the zone, newest first, and whether those are all.
async fn v1(
    api: &Client,
    account: &AccountId,
    zone: &Zone,
    since: &str,
) -> Result<(Vec<Value>, bool), RequestError> {
    let mut entries = Vec::new();
    for page in 1..=BUDGET {
        let got = api.audit_log(account, &zone.name, since, page).await?;
        let is_last = (got.len() as u64) < AUDIT_PER_PAGE;
        entries.extend(got);
        if is_last {
            return Ok((entries, true));
        }
    }
    Ok((entries, false))
}

async fn v2(
    api: &Client,
    account: &AccountId,
    zone: &Zone,
    (since, before): (&str, &str),
) -> Result<(Vec<Value>, bool), RequestError> {
    let mut entries = Vec::new();
    let mut cursor = None;
    for _ in 0..BUDGET {
        let (got, next) = api.audit_log_v2(account, &zone.id, (since, before), cursor.as_deref()).await?;
        let is_last = got.is_empty() || next.is_none();
        entries.extend(got);
        cursor = next;
        if is_last {
            return Ok((entries, true));
        }
    }
    Ok((entries, false))
}
