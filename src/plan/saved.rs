//! A plan in a file, to be reviewed and carried out later. Pure.
//!
//! One JSON object: per zone the records concerned as they were read, a fingerprint of them, and the
//! requests. Carried out exactly or not at all: when the zone moved on, it says what moved.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{Action, After, Change, Plan, Write};
use crate::cloudflare::{Members, WireRecord};
use crate::dns::DomainName;
use crate::ids::{RecordId, ZoneId};
use crate::inventory::{self, FEW_NAMES, Original, Zone};

/// The version of the format.
pub const VERSION: u32 = 1;

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// [`VERSION`].
    pub cf_domauth_plan: u32,
    /// The program and its version.
    pub program: String,
    /// When it was made: RFC 3339, UTC.
    pub made: String,
    /// The API whose zones it is for.
    pub api: String,
    /// The zones, each with its changes.
    pub zones: Vec<SavedZone>,
}

/// The changes of one zone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedZone {
    /// The apex.
    pub zone: String,
    /// Cloudflare's handle.
    pub zone_id: String,
    /// SHA-256 over the records concerned, in hexadecimal.
    pub fingerprint: String,
    /// The changes, in order.
    pub changes: Vec<SavedChange>,
}

/// One change.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedChange {
    /// What kind of change.
    pub action: String,
    /// Where the record is filed.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub source: String,
    /// The whole record as Cloudflare sent it; null for one that is created.
    pub before: Option<Box<RawValue>>,
    /// The members that are sent; null for a delete.
    pub request: Option<Members>,
}

/// Why a saved plan cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum BadPlan {
    /// It is no plan at all.
    #[error("this is not a plan saved by cf-domauth")]
    Foreign(#[source] serde_json::Error),
    /// It was written by a later version of the program.
    #[error("the plan has version {0}, this program knows version {VERSION}")]
    Newer(u64),
    /// It was made for another API.
    #[error("the plan was made for {0}")]
    OtherApi(String),
    /// It is damaged, or was edited in a way that makes no sense.
    #[error("the change of {name} makes no sense: {why}")]
    Change {
        /// Where.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The records in the file are not the ones it was made from.
    #[error("the records of {0} in the plan do not have the plan's fingerprint: the file was changed")]
    Fingerprint(String),
}

impl crate::failure::Advice for BadPlan {
    fn hints(&self) -> Vec<String> {
        let again =
            "nothing was changed; make a new plan with `cf-domauth fix … --save-plan PATH`".to_owned();
        match self {
            Self::OtherApi(_) => {
                vec!["name that API with --api-url or CLOUDFLARE_BASE_URL".to_owned(), again]
            }
            _ => vec![again],
        }
    }

    fn exit(&self) -> crate::failure::Exit {
        crate::failure::Exit::Usage
    }
}

/// Puts a plan into its file form. `records` is everything filed at the plan's names, as read just now.
pub fn save(plan: &Plan, records: &[Original]) -> SavedZone {
    let raw = |id: &RecordId| records.iter().find(|one| one.record.id == *id).map(|one| one.raw.clone());
    let changes: Vec<SavedChange> = plan
        .changes
        .iter()
        .map(|change| SavedChange {
            action: change.action.word().to_owned(),
            name: change.name.to_string(),
            reason: change.reason.clone(),
            source: change.source.clone(),
            before: change.before.as_ref().and_then(|held| raw(&held.id)),
            request: match &change.write {
                Write::Patch(_, members) | Write::Post(members) => Some(members.clone()),
                Write::Delete(_) => None,
            },
        })
        .collect();
    SavedZone {
        zone: plan.zone.name.to_string(),
        zone_id: plan.zone.id.to_string(),
        fingerprint: fingerprint(&changes),
        changes,
    }
}

/// Over the old records as JSON with sorted members, one per line.
fn fingerprint(changes: &[SavedChange]) -> String {
    let mut hash = Sha256::new();
    for change in changes {
        let before: Value =
            change.before.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        hash.update(format!("{} {before}\n", change.name));
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

/// Reads a saved plan that was made for the API at `api`.
///
/// # Errors
///
/// [`BadPlan`].
pub fn read(text: &str, api: &str) -> Result<SavedPlan, BadPlan> {
    let value: Value = serde_json::from_str(text).map_err(BadPlan::Foreign)?;
    if let Some(version) = value.get("cf_domauth_plan").and_then(Value::as_u64)
        && version != u64::from(VERSION)
    {
        return Err(BadPlan::Newer(version));
    }
    let plan: SavedPlan = serde_json::from_str(text).map_err(BadPlan::Foreign)?;
    if plan.api.trim_end_matches('/') != api.trim_end_matches('/') {
        return Err(BadPlan::OtherApi(crate::plain::line(&plan.api)));
    }
    for zone in &plan.zones {
        if fingerprint(&zone.changes) != zone.fingerprint {
            return Err(BadPlan::Fingerprint(crate::plain::line(&zone.zone)));
        }
        if ZoneId::parse(&zone.zone_id).is_err() {
            let name = crate::plain::line(&zone.zone);
            return Err(BadPlan::Change { name, why: "its zone has no identifier" });
        }
    }
    Ok(plan)
}

/// The plan of one zone, as it was when it was saved.
///
/// # Errors
///
/// [`BadPlan::Change`] for what this program would never plan.
pub fn plan_of(zone: Zone, saved: SavedZone) -> Result<Plan, BadPlan> {
    let changes = saved.changes.into_iter().map(|saved| change(&zone, saved));
    Ok(Plan { changes: changes.collect::<Result<_, _>>()?, zone, pages: FEW_NAMES })
}

fn change(zone: &Zone, saved: SavedChange) -> Result<Change, BadPlan> {
    let SavedChange { action, name, reason, source, before, request } = saved;
    let bad = |why| BadPlan::Change { name: crate::plain::line(&name), why };
    let action = Action::from_word(&action).ok_or_else(|| bad("there is no such action"))?;
    let parsed = DomainName::parse(&name).map_err(|_| bad("its name is not one"))?;
    let held = match &before {
        Some(raw) => {
            let held = WireRecord::read(raw).and_then(inventory::record);
            Some(held.ok_or_else(|| bad("the old record cannot be read"))?)
        }
        None => None,
    };
    let (after, write) = match (&held, request) {
        (Some(held), None) => (None, Write::Delete(held.id.clone())),
        (held, Some(members)) => {
            check(&members, held.is_some()).map_err(bad)?;
            let after = After::of(&members, held.as_ref()).ok_or_else(|| bad("what is sent is no record"))?;
            let write = match held {
                Some(held) => Write::Patch(held.id.clone(), members),
                None => Write::Post(members),
            };
            (Some(after), write)
        }
        (None, None) => return Err(bad("it neither has a record nor makes one")),
    };
    let names = [Some(&parsed), after.as_ref().map(|after| &after.name)];
    if names.into_iter().flatten().any(|name| !name.is_within(&zone.name)) {
        return Err(bad("its name is not in its zone"));
    }
    Ok(Change { action, name: parsed, before: held, after, reason, source, is_proposal: false, write })
}

/// A saved plan can do no more than a plan of this program can.
fn check(members: &Members, is_patch: bool) -> Result<(), &'static str> {
    let allowed: &[&str] = if is_patch {
        &["name", "content", "proxied", "settings"]
    } else {
        &["type", "name", "content", "proxied", "ttl"]
    };
    if !members.keys().all(|member| allowed.contains(&member.as_str())) {
        return Err("it sends a member that this program never sends");
    }
    if members.get("proxied").is_some_and(|proxied| *proxied != Value::Bool(false)) {
        return Err("it would make a record proxied");
    }
    match members.get("type").and_then(Value::as_str) {
        None if is_patch => Ok(()),
        Some("CNAME" | "TXT") => Ok(()),
        _ => Err("it would create a record that is neither CNAME nor TXT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Outside, Scope, diagnose};
    use crate::testing::{catalogue, inventory, zone};

    const RECORD: &str = r#"{"id":"r1","name":"s1._domainkey.example.com","type":"CNAME","content":"keys.mailer.test","proxied":true,"ttl":1}"#;

    fn saved() -> (Plan, SavedPlan) {
        let raw: Box<RawValue> = serde_json::from_str(RECORD).unwrap();
        let record = inventory::record(WireRecord::read(&raw).unwrap()).unwrap();
        let held = inventory(vec![record.clone()]);
        let plan =
            crate::plan::plan(&held, &diagnose(&held, &Scope::default(), &Outside::default(), &catalogue()));
        let zones = vec![save(&plan, &[Original { record, raw }])];
        let (program, made, api) = ("p".into(), "2026-11-23T00:00:00Z".into(), "https://api.test/v4".into());
        (plan, SavedPlan { cf_domauth_plan: VERSION, program, made, api, zones })
    }

    fn text() -> String {
        serde_json::to_string_pretty(&saved().1).unwrap()
    }

    #[test]
    fn a_plan_comes_back_as_it_was_saved() {
        let mut read = read(&text(), "https://api.test/v4/").unwrap();
        let plan = plan_of(zone(), read.zones.remove(0)).unwrap();
        assert_eq!(plan.changes, saved().0.changes);
    }

    #[test]
    fn a_plan_that_was_tampered_with_is_refused() {
        let refused = |from: &str, to: &str| {
            let changed = text().replace(from, to);
            assert_ne!(changed, text(), "{from}");
            let read = read(&changed, "https://api.test/v4");
            let made = read.and_then(|mut read| plan_of(zone(), read.zones.remove(0)));
            made.unwrap_err().to_string()
        };
        assert!(refused("\"id\":\"r1\"", "\"id\":\"r2\"").contains("fingerprint"));
        assert!(refused("\"cf_domauth_plan\": 1", "\"cf_domauth_plan\": 2").contains("version 2"));
        assert!(refused("\"proxied\": false", "\"proxied\": true").contains("would make a record proxied"));
        assert!(refused("\"proxied\": false", "\"ttl\": 60").contains("never sends"));
        assert!(refused("\"set-dns-only\"", "\"explode\"").contains("no such action"));
        assert!(refused("https://api.test/v4", "https://other.test/v4").contains("made for"));
        assert!(matches!(read("{}", "x"), Err(BadPlan::Foreign(_))));
    }
}
