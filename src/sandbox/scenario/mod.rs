//! A world from a file, and what ought to be found in it. Pure.

pub(super) mod fleet;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::bad::BadScenario;
use super::past::{self, DeletedIn, PostmarkIn, SendGridIn};
use super::vendor::{self, DKIM_KEY};
use super::world::history::{AuditLog, OWNER};
use super::world::plain::Plain;
use super::world::{
    Account, MADE_ON, Record, Records, Token, World, Zone, a_labels, settings_of, structured,
};
use super::zone_file::{self, RecordIn};

/// The scenarios that come with the program, listed by `build.rs`: name, text.
pub const SCENARIOS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// What the providers publish behind the targets that scenarios use.
const PROVIDERS: &str = include_str!("../../../fixtures/sandbox/providers.toml");

/// The second log's history begins around here. Source: the change log of
/// `developers.cloudflare.com/fundamentals/account/account-security/audit-logs`; checked 2026-08-22.
const SECOND_LOG_SINCE: &str = "2026-03-01T00:00:00Z";

/// A zone file with more records than this leaves no trace of their creation in the audit logs.
const MOST_LOGGED: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "for readers of the file")]
    description: String,
    #[serde(default)]
    enforce_dns_only: bool,
    /// Zones are found by their Unicode names alone.
    #[serde(default)]
    finds_unicode_only: bool,
    #[serde(default)]
    zone: Vec<ZoneIn>,
    #[serde(default)]
    elsewhere: Vec<Plain>,
    #[serde(default)]
    audit_log: AuditLog,
    audit_v2_since: Option<String>,
    #[serde(default)]
    sendgrid: Vec<SendGridIn>,
    #[serde(default)]
    postmark: Vec<PostmarkIn>,
    /// What a test expects; the sandbox itself does not look at it.
    #[serde(default)]
    #[expect(dead_code, reason = "read by the tests")]
    expected: Option<toml::Value>,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneIn {
    name: String,
    status: Option<String>,
    kind: Option<String>,
    plan: Option<String>,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    flatten_all_cnames: bool,
    zone_mode: Option<String>,
    #[serde(default)]
    signed: bool,
    /// A DS record at the registrar that does not match the zone's signatures.
    #[serde(default)]
    stale_ds: bool,
    /// The copy that the world asks is in another account; `old_host` holds its records.
    #[serde(default)]
    second_copy: bool,
    #[serde(default)]
    record: Vec<RecordIn>,
    #[serde(default)]
    old_host: Vec<Plain>,
    created_on: Option<String>,
    /// What was there once.
    #[serde(default)]
    deleted: Vec<DeletedIn>,
}

/// The text of a scenario that comes with the program.
///
/// # Errors
///
/// [`BadScenario::Unknown`] names the ones there are.
pub fn named(name: &str) -> Result<&'static str, BadScenario> {
    let found = SCENARIOS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    found.ok_or_else(|| {
        let all: Vec<&str> = SCENARIOS.iter().map(|(known, _)| *known).collect();
        BadScenario::Unknown(crate::model::plain::sanitize_line(name), all.join(", "))
    })
}

/// Makes a world from a scenario's text, with everybody's credentials and the providers' records.
///
/// # Errors
///
/// [`BadScenario::Shape`] with the line.
pub(super) fn read(text: &str, now: Timestamp) -> Result<World, BadScenario> {
    let file: File = toml::from_str(text).map_err(Box::new)?;
    let mut world = empty()?;
    if let Some(account) = world.accounts.first_mut() {
        account.enforce_dns_only = file.enforce_dns_only;
    }
    world.finds_unicode_only = file.finds_unicode_only;
    add_elsewhere(&mut world, file.elsewhere);
    if let Some(since) = file.audit_v2_since {
        world.log.second_since = past::moment(&since)?;
    }
    world.log.form = file.audit_log;
    for mut zone in file.zone {
        let deleted = std::mem::take(&mut zone.deleted);
        let zone = add_zone(&mut world, zone, usize::MAX)?;
        past::deletions(&mut world, &zone, deleted, now)?;
    }
    world.sort_log();
    if file.audit_log == AuditLog::Silent {
        world.log.events.clear();
    }
    past::customers(&mut world, file.sendgrid, file.postmark);
    Ok(world)
}

/// Makes a world that holds one zone, read from a BIND file or Cloudflare's export. Behind its targets stands
/// what the providers publish.
///
/// # Errors
///
/// [`BadScenario::ZoneFile`] with the line.
pub fn from_zone_file(text: &str) -> Result<World, BadScenario> {
    let mut world = empty()?;
    world.vendors = vendor::all().map_err(Box::new)?;
    add_elsewhere(&mut world, [Plain::new(vendor::EXCHANGER, "A", "192.0.2.25", 3_600)]);
    let (name, records) = zone_file::read(text)?;
    let logged = if records.len() <= MOST_LOGGED { MOST_LOGGED } else { 0 };
    add_zone(&mut world, ordinary(name, records), logged)?;
    Ok(world)
}

/// A zone on a plan that allows tags and flattening.
fn ordinary(name: String, record: Vec<RecordIn>) -> ZoneIn {
    ZoneIn { name, plan: Some("pro".to_owned()), record, ..ZoneIn::default() }
}

fn empty() -> Result<World, BadScenario> {
    let mut world = World::default();
    world.log.second_since = past::moment(SECOND_LOG_SINCE)?;
    let account = Account { id: world.new_id(), name: "Sandbox".to_owned(), enforce_dns_only: false };
    world.accounts.push(account);
    for name in ["full", "read-only", "no-zone-list", "no-account", "account-owned"] {
        let is_accounts = name == "account-owned";
        let mark = if is_accounts { "cfat_" } else { "" };
        let token = Token {
            id: world.new_id(),
            name: name.to_owned(),
            secret: format!("{mark}sandbox-{name}-{}", "0".repeat(31 - name.len())),
            email: None,
            is_accounts,
            zone_list: name != "no-zone-list",
            dns_edit: name != "read-only",
            account_read: is_accounts || name == "full",
        };
        world.tokens.push(token);
    }
    let global_key = Token {
        id: world.new_id(),
        name: "global key".to_owned(),
        secret: "c2547eb745079dac9320b638f5e225cf483cc5cfdda41".to_owned(),
        email: Some(OWNER.to_owned()),
        is_accounts: false,
        zone_list: true,
        dns_edit: true,
        account_read: true,
    };
    world.tokens.push(global_key);
    let providers: BTreeMap<String, Vec<Plain>> = toml::from_str(PROVIDERS).map_err(Box::new)?;
    add_elsewhere(&mut world, providers.into_values().flatten());
    Ok(world)
}

fn add_elsewhere(world: &mut World, records: impl IntoIterator<Item = Plain>) {
    for record in records {
        let name = record.name.to_lowercase();
        let record = Plain { name: name.clone(), content: with_key(&record.content), ..record };
        world.elsewhere.entry(name).or_default().push(record);
    }
}

/// In a content, `{dkim-key}` stands for a real key.
fn with_key(content: &str) -> String {
    content.replace("{dkim-key}", DKIM_KEY)
}

/// Adds a zone, and to the log how its first so many records were made. Returns the handle.
fn add_zone(world: &mut World, given: ZoneIn, logged: usize) -> Result<String, BadScenario> {
    let name = a_labels(&given.name);
    let account = world.accounts.first().map(|account| account.id.clone()).unwrap_or_default();
    let old_host = given.old_host.into_iter().map(|record| {
        let name = if record.name == "@" { name.clone() } else { format!("{}.{name}", record.name) };
        Plain { name, content: with_key(&record.content), ..record }
    });
    let or = |given: Option<String>, usual: &str| given.unwrap_or_else(|| usual.to_owned());
    let plan = or(given.plan, "free");
    let quota = if plan == "free" { 200 } else { 3_500 };
    let mut zone = Zone {
        id: world.new_id(),
        account,
        status: or(given.status, "active"),
        kind: or(given.kind, "full"),
        paused: given.paused,
        flatten_all_cnames: given.flatten_all_cnames,
        zone_mode: or(given.zone_mode, "standard"),
        signed: given.signed,
        stale_ds: given.stale_ds,
        is_second_copy: given.second_copy,
        quota: quota.max(given.record.len() + 100),
        plan,
        created_on: or(given.created_on, MADE_ON).into(),
        records: Records::default(),
        old_host: old_host.collect(),
        name,
    };
    for record in given.record {
        let record = held(&zone, world.new_id(), record);
        zone.records.insert(record);
    }
    let id = zone.id.clone();
    world.add(zone);
    past::creation(world, &id, logged)?;
    Ok(id)
}

/// A scenario may hold what the API would refuse: zones are older than rules.
fn held(zone: &Zone, id: String, given: RecordIn) -> Record {
    let mut meta = Map::new();
    if given.read_only {
        meta.insert("email_routing".to_owned(), Value::Bool(true));
        meta.insert("read_only".to_owned(), Value::Bool(true));
    }
    let content = with_key(&given.content);
    let data = structured::data(&given.kind, &content, given.priority);
    let derived = data.as_ref().and_then(|data| structured::content(&given.kind, data));
    let (content, priority) = derived.unwrap_or((content, given.priority));
    let proxied = given.proxied.unwrap_or_default();
    Record {
        id,
        name: zone.full_name(&given.name),
        settings: settings_of(&given.kind, given.flatten),
        kind: given.kind,
        content,
        ttl: given.ttl.filter(|_| !proxied).unwrap_or(1),
        proxied,
        meta: Arc::new(meta),
        comment: given.comment,
        tags: given.tags,
        priority,
        data,
        created_on: Arc::clone(&zone.created_on),
        modified_on: Arc::clone(&zone.created_on),
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::answer::{Rcode, View};
    use super::*;
    use crate::testing::then;

    #[test]
    fn every_scenario_that_comes_along_is_read() {
        for (name, text) in SCENARIOS {
            assert!(read(text, then()).is_ok(), "{name}: {:?}", read(text, then()).err());
        }
    }

    fn answers(world: &World, view: View, name: &str, kind: &str) -> (Rcode, Vec<String>) {
        let answer = world.answer(view, name, kind);
        (answer.rcode, answer.answers.into_iter().map(|record| record.content).collect())
    }

    #[test]
    fn a_proxied_alias_answers_addresses_and_nothing_else() {
        let world = read(named("default").unwrap(), then()).unwrap();
        let name = "s1._domainkey.example.com";
        assert_eq!(answers(&world, View::Source, name, "A").1, ["104.21.32.1", "172.67.160.1"]);
        for kind in ["CNAME", "TXT", "MX"] {
            assert_eq!(answers(&world, View::Source, name, kind), (Rcode::NoError, vec![]), "{kind}");
        }
        assert_eq!(answers(&world, View::Source, "_domainkey.example.com", "A"), (Rcode::NoError, vec![]));
        assert_eq!(answers(&world, View::Source, "nothing.example.com", "A"), (Rcode::NxDomain, vec![]));
    }

    #[test]
    fn a_dns_only_alias_leads_to_what_the_provider_publishes() {
        let mut world = read(named("default").unwrap(), then()).unwrap();
        let zone = world.zones[0].id.clone();
        let id = world.zones[0].records.at("s1._domainkey.example.com").next().unwrap().id.clone();
        let body = serde_json::from_str(r#"{"proxied":false}"#).unwrap();
        world.patch(&zone, &id, &body, MADE_ON).unwrap();
        let (_, chain) = answers(&world, View::Public, "s1._domainkey.example.com", "TXT");
        assert_eq!(chain[0], "s1.domainkey.u1446226.wl123.sendgrid.net");
        assert!(chain[1].starts_with("k=rsa; t=s; p="));
    }

    #[test]
    fn a_flattened_zone_shows_no_alias_and_a_pending_one_is_not_asked() {
        let flattened = read(named("flattened-zone").unwrap(), then()).unwrap();
        let name = "s1._domainkey.example.com";
        assert_eq!(answers(&flattened, View::Source, name, "CNAME"), (Rcode::NoError, vec![]));
        let pending = read(named("pending-zone").unwrap(), then()).unwrap();
        assert_eq!(answers(&pending, View::Source, name, "CNAME").1.len(), 1);
        assert_ne!(
            answers(&pending, View::Public, name, "CNAME"),
            answers(&pending, View::Source, name, "CNAME")
        );
    }

    #[test]
    fn a_wildcard_answers_for_a_deleted_name_and_a_delegation_for_what_is_below_it() {
        let text = r#"
            description = "a proxied wildcard and a delegation"
            [[zone]]
            name = "example.com"
            [[zone.record]]
            name = "*"
            type = "A"
            content = "192.0.2.1"
            proxied = true
            [[zone.record]]
            name = "send"
            type = "NS"
            content = "ns1.klaviyo.com"
        "#;
        let world = read(text, then()).unwrap();
        assert_eq!(answers(&world, View::Source, "em1.example.com", "A").1, ["104.21.32.1", "172.67.160.1"]);
        assert_eq!(answers(&world, View::Source, "em1.example.com", "CNAME"), (Rcode::NoError, vec![]));
        let referral = world.answer(View::Source, "kl._domainkey.send.example.com", "CNAME");
        assert!(!referral.authoritative && referral.answers.is_empty());
        assert_eq!(referral.authority[0].content, "ns1.klaviyo.com");
    }
}
