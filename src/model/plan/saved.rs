//! A plan in a file, to be reviewed and carried out later. Pure.
//!
//! One JSON object: per zone the records concerned as they were read, a fingerprint of them, and the
//! requests. Carried out exactly or not at all: when the zone moved on, it says what moved.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::{Action, After, Change, Consent, Plan, Write};
use crate::model::dns::DomainName;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::{RecordId, ZoneId};
use crate::model::inventory::{self, FEW_NAMES, HeldRecord, Original, WireRecord, Zone};
use crate::model::mailauth::{Policy, policy};
use crate::model::members::RecordFields;
use crate::model::plain::sanitize_line;

/// The version of the format.
pub const VERSION: u32 = 1;

/// A plan in a file.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    /// The version of the format: 1.
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedZone {
    /// The apex.
    pub zone: String,
    /// Cloudflare's handle.
    pub zone_id: String,
    /// SHA-256 over the records concerned and what is to be sent, in hexadecimal.
    pub fingerprint: String,
    /// The changes, in order.
    pub changes: Vec<SavedChange>,
}

/// One change.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SavedChange {
    /// What kind of change.
    pub action: Action,
    /// Where the record is filed.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub source: String,
    /// The whole record as Cloudflare sent it; null for one that is created.
    pub before: Option<Box<RawValue>>,
    /// The members that are sent; null for a delete.
    pub request: Option<RecordFields>,
}

/// Why a saved plan cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum BadPlan {
    #[error("this is not a plan saved by cf-domauth")]
    Foreign(#[source] serde_json::Error),
    #[error("the plan has version {0}, this program knows version {VERSION}")]
    Newer(u64),
    #[error("the plan was made for {0}")]
    OtherApi(String),
    /// It is damaged, or was edited in a way that makes no sense.
    #[error("the change of {name} makes no sense: {why}")]
    Change { name: String, why: &'static str },
    #[error("the changes of {0} in the plan do not have the plan's fingerprint: the file was changed")]
    Fingerprint(String),
}

impl Advice for BadPlan {
    fn hints(&self) -> Vec<String> {
        let name = "name that API with --api-url or CLOUDFLARE_BASE_URL";
        let again = "nothing was changed; make a new plan with `cf-domauth fix … --save-plan PATH`";
        let name = matches!(self, Self::OtherApi(_)).then_some(name);
        name.into_iter().chain([again]).map(str::to_owned).collect()
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Puts a plan into its file form. `records` is everything filed at the plan's names, as read just now.
pub fn save(plan: &Plan, records: &[Original]) -> SavedZone {
    let raw = |id: &RecordId| records.iter().find(|one| one.record.id == *id).map(|one| one.raw.clone());
    let saved = |change: &Change| SavedChange {
        action: change.action,
        name: change.name.to_string(),
        reason: change.reason.clone(),
        source: change.source.clone(),
        before: change.before.as_ref().and_then(|held| raw(&held.id)),
        request: change.write.members().cloned(),
    };
    let mut zone = SavedZone {
        zone: plan.zone.name.to_string(),
        zone_id: plan.zone.id.to_string(),
        fingerprint: String::new(),
        changes: plan.changes.iter().map(saved).collect(),
    };
    zone.fingerprint = fingerprint(&zone);
    zone
}

/// Over the zone, the records concerned as they were read, and what is to be sent: as JSON with sorted members,
/// one change per line. It tells that a file was changed by accident or by hand; whoever means to can make a
/// new one, which is why [`plan_of`] takes only what this program could have planned.
fn fingerprint(zone: &SavedZone) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{} {}\n", zone.zone, zone.zone_id));
    for SavedChange { action, name, before, request, reason: _, source: _ } in &zone.changes {
        let before: Value =
            before.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let request = request.clone().map_or(Value::Null, Value::Object);
        hash.update(format!("{} {name} {before} {request}\n", action.word()));
    }
    HEXLOWER.encode(&hash.finalize())
}

/// Reads a saved plan that was made for the API at `api`.
pub fn read(text: &str, api: &str) -> Result<SavedPlan, BadPlan> {
    let value: Value = serde_json::from_str(text).map_err(BadPlan::Foreign)?;
    if let Some(version) = value.get("cf_domauth_plan").and_then(Value::as_u64)
        && version != u64::from(VERSION)
    {
        return Err(BadPlan::Newer(version));
    }
    let plan: SavedPlan = serde_json::from_str(text).map_err(BadPlan::Foreign)?;
    if plan.api.trim_end_matches('/') != api.trim_end_matches('/') {
        return Err(BadPlan::OtherApi(sanitize_line(&plan.api)));
    }
    for zone in &plan.zones {
        let name = sanitize_line(&zone.zone);
        if fingerprint(zone) != zone.fingerprint {
            return Err(BadPlan::Fingerprint(name));
        }
        if ZoneId::parse(&zone.zone_id).is_err() {
            return Err(BadPlan::Change { name, why: "its zone has no identifier" });
        }
    }
    Ok(plan)
}

/// The plan of one zone, as it was when it was saved; refused if this program would never plan it.
pub fn plan_of(zone: Zone, saved: SavedZone) -> Result<Plan, BadPlan> {
    let changes = saved.changes.into_iter().map(|saved| change(&zone, saved));
    let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
    for change in &changes {
        let bad = |why| BadPlan::Change { name: change.name.to_string(), why };
        let is_replaced = |other: &Change| other.action == Action::Create && other.name == change.name;
        if change.action == Action::Delete && !changes.iter().any(is_replaced) {
            return Err(bad("it would delete a record and put nothing in its place"));
        }
    }
    Ok(Plan { changes, zone, pages: FEW_NAMES, beside: Vec::new() })
}

fn change(zone: &Zone, saved: SavedChange) -> Result<Change, BadPlan> {
    let SavedChange { action, name, reason, source, before, request } = saved;
    let bad = |why| BadPlan::Change { name: sanitize_line(&name), why };
    let parsed = DomainName::parse(&name).map_err(|_| bad("its name is not one"))?;
    let held = before.map(|raw| {
        let held = WireRecord::read(&raw).and_then(inventory::record).filter(|held| held.name == parsed);
        held.ok_or_else(|| bad("the old record cannot be read"))
    });
    let held = held.transpose()?;
    check(action, held.as_ref(), request.as_ref()).map_err(bad)?;
    let after = request
        .as_ref()
        .map(|members| After::of(members, held.as_ref()).ok_or_else(|| bad("what is sent is no record")));
    let after = after.transpose()?;
    let write = match (&held, request) {
        (Some(held), None) => Write::Delete(held.id.clone()),
        (Some(held), Some(members)) => Write::Patch(held.id.clone(), members),
        (None, Some(members)) => Write::Post(members),
        (None, None) => return Err(bad("it neither has a record nor makes one")),
    };
    let names = [Some(&parsed), after.as_ref().map(|after| &after.name)];
    if names.into_iter().flatten().any(|name| !name.is_within(&zone.name)) {
        return Err(bad("its name is not in its zone"));
    }
    Ok(Change { action, name: parsed, before: held, after, reason, source, consent: Consent::Plan, write })
}

/// A saved plan can do no more than a plan of this program can: what is sent has to be what the action says.
fn check(
    action: Action,
    held: Option<&HeldRecord>,
    request: Option<&RecordFields>,
) -> Result<(), &'static str> {
    let required = match (action, held, request) {
        (Action::Delete, Some(_), None) => return Ok(()),
        (Action::Create, None, Some(members)) => return check_new(members),
        (Action::Rename, ..) => Some("name"),
        (Action::Retarget, ..) => Some("content"),
        (Action::SetDnsOnly, ..) => Some("proxied"),
        (Action::Unflatten, ..) => Some("settings"),
        (Action::Create | Action::Delete | Action::Restore, ..) => None,
    };
    let alias = held.and_then(|held| held.alias.as_deref());
    let (Some(required), Some(alias), Some(members)) = (required, alias, request) else {
        return Err("its action does not go with its record and what is sent");
    };
    // Whatever is done to an alias makes it visible as well.
    let fits = |member: &String| [required, "proxied", "settings"].contains(&member.as_str());
    if !members.contains_key(required) || !members.keys().all(fits) {
        return Err("its action does not go with what is sent");
    }
    let is_unflattened =
        |settings: &Value| *settings == Value::Object(super::make::without_flattening(&alias.settings));
    let is_dns_only = members.get("proxied").is_none_or(|proxied| *proxied == Value::Bool(false));
    let has_settings = members.get("settings").is_none_or(is_unflattened);
    if is_dns_only && has_settings {
        Ok(())
    } else {
        Err("it would make a record proxied, or change its settings")
    }
}

fn check_new(members: &RecordFields) -> Result<(), &'static str> {
    let text = |member: &str| members.get(member).and_then(Value::as_str);
    let known = ["type", "name", "content", "proxied", "ttl"];
    if members.len() != known.len() || !known.iter().all(|member| members.contains_key(*member)) {
        return Err("it does not send what a new record needs, and nothing else");
    }
    if members.get("proxied") != Some(&Value::Bool(false)) {
        return Err("it would make a record proxied, or change its settings");
    }
    let is_policy = text("name").is_some_and(|name| name.starts_with("_dmarc."))
        && text("content").is_some_and(|content| policy(content) == Policy::Dmarc);
    match text("type") {
        Some("CNAME") => Ok(()),
        Some("TXT") if is_policy => Ok(()),
        _ => Err("it would create a record that is neither a CNAME nor a DMARC policy"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{DnsEvidence, Scope, diagnose};
    use crate::testing::{catalog, inventory, zone};

    const RECORD: &str = r#"{"id":"r1","name":"s1._domainkey.example.com","type":"CNAME","content":"keys.mailer.test","proxied":true,"ttl":1}"#;

    fn saved() -> (Plan, SavedPlan) {
        let raw: Box<RawValue> = serde_json::from_str(RECORD).unwrap();
        let record = inventory::record(WireRecord::read(&raw).unwrap()).unwrap();
        let held = inventory(vec![record.clone()]);
        let plan = crate::model::plan::plan(
            &held,
            &diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog()),
        );
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

    /// Why a file whose text was changed is refused; with its fingerprint made anew if `is_forged`.
    fn refused(from: &str, to: &str, is_forged: bool) -> String {
        let changed = text().replace(from, to);
        assert_ne!(changed, text(), "{from}");
        let forged = || {
            let mut plan: SavedPlan = serde_json::from_str(&changed).unwrap();
            for zone in &mut plan.zones {
                zone.fingerprint = fingerprint(zone);
            }
            serde_json::to_string(&plan).unwrap()
        };
        let text = if is_forged { forged() } else { changed.clone() };
        let read = read(&text, "https://api.test/v4");
        read.and_then(|mut read| plan_of(zone(), read.zones.remove(0))).unwrap_err().to_string()
    }

    const REQUEST: &str = "\"request\": {\n            \"proxied\": false\n          }";

    #[test]
    fn a_plan_that_was_tampered_with_is_refused() {
        assert!(refused("\"id\":\"r1\"", "\"id\":\"r2\"", false).contains("fingerprint"));
        assert!(refused(REQUEST, "\"request\": null", false).contains("fingerprint"));
        assert!(refused("\"proxied\": false", "\"content\": \"evil.test\"", false).contains("fingerprint"));
        assert!(refused("\"cf_domauth_plan\": 1", "\"cf_domauth_plan\": 2", false).contains("version 2"));
        assert!(refused("https://api.test/v4", "https://other.test/v4", false).contains("made for"));
        assert!(matches!(read("{}", "x"), Err(BadPlan::Foreign(_))));
    }

    #[test]
    fn a_plan_can_do_no_more_than_this_program_would_plan() {
        let of = |from: &str, to: &str| refused(from, to, true);
        let action = |word: &str| of("\"set-dns-only\"", &format!("\"{word}\""));
        for word in ["restore", "delete", "create", "retarget", "rename"] {
            assert!(action(word).contains("does not go with"), "{word}");
        }
        assert!(refused("\"set-dns-only\"", "\"explode\"", false).contains("not a plan"));
        assert!(of(REQUEST, "\"request\": null").contains("does not go with"));
        assert!(of("\"proxied\": false", "\"proxied\": true").contains("proxied"));
        assert!(
            of("\"proxied\": false", "\"proxied\": false, \"content\": \"evil.test\"")
                .contains("does not go")
        );
        assert!(
            of("\"proxied\": false", "\"proxied\": false, \"settings\": {\"ipv4_only\": true}")
                .contains("settings")
        );
        assert!(of("\"proxied\": false", "\"ttl\": 60").contains("does not go with"));
        let delete = text().replace("\"set-dns-only\"", "\"delete\"").replace(REQUEST, "\"request\": null");
        let mut plan: SavedPlan = serde_json::from_str(&delete).unwrap();
        let made = plan_of(zone(), plan.zones.remove(0)).unwrap_err().to_string();
        assert!(made.contains("put nothing in its place"), "{made}");
    }

    #[test]
    fn the_published_schema_of_a_plan_is_that_of_the_types() {
        crate::testing::published::<SavedPlan>("plan.json", schemars::generate::Contract::Serialize);
    }

    #[test]
    fn a_plan_that_cannot_be_used_says_what_to_do() {
        use crate::model::failure::Advice as _;
        let hints = BadPlan::OtherApi("https://other.test".into()).hints();
        assert!(hints[0].contains("--api-url") && hints[1].contains("--save-plan"), "{hints:?}");
        let damaged = BadPlan::Fingerprint("a.example.com".into());
        assert!(damaged.hints()[0].starts_with("nothing was changed"));
    }
}
