//! A world from a file, and what ought to be found in it. Pure.

pub(super) mod fleet;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::bad::BadScenario;
use super::past::{self, DeletedIn, PostmarkIn, SendGridIn};
use super::vendor::{self, DKIM_KEY};
use super::world::plain::Plain;
use super::world::{Account, MADE_ON, Record, Token, World, Zone, a_labels, settings_of, structured};
use super::zone_file;

/// The scenarios that come with the program: name, text.
pub const SCENARIOS: &[(&str, &str)] = &[
    ("all-proxied", include_str!("../../../fixtures/scenarios/all-proxied.toml")),
    ("broken-targets", include_str!("../../../fixtures/scenarios/broken-targets.toml")),
    ("certificates", include_str!("../../../fixtures/scenarios/certificates.toml")),
    ("chain", include_str!("../../../fixtures/scenarios/chain.toml")),
    ("cname-instead-of-mx", include_str!("../../../fixtures/scenarios/cname-instead-of-mx.toml")),
    ("default", include_str!("../../../fixtures/scenarios/default.toml")),
    ("delegated-keys", include_str!("../../../fixtures/scenarios/delegated-keys.toml")),
    ("delegated-subdomain", include_str!("../../../fixtures/scenarios/delegated-subdomain.toml")),
    ("deleted", include_str!("../../../fixtures/scenarios/deleted.toml")),
    ("deleted-long-ago", include_str!("../../../fixtures/scenarios/deleted-long-ago.toml")),
    ("deleted-newer-form", include_str!("../../../fixtures/scenarios/deleted-newer-form.toml")),
    ("dmarc-policies", include_str!("../../../fixtures/scenarios/dmarc-policies.toml")),
    ("dns-only-zone", include_str!("../../../fixtures/scenarios/dns-only-zone.toml")),
    ("doubled-name", include_str!("../../../fixtures/scenarios/doubled-name.toml")),
    ("enforced-dns-only", include_str!("../../../fixtures/scenarios/enforced-dns-only.toml")),
    ("flattened-record", include_str!("../../../fixtures/scenarios/flattened-record.toml")),
    ("flattened-web", include_str!("../../../fixtures/scenarios/flattened-web.toml")),
    ("flattened-zone", include_str!("../../../fixtures/scenarios/flattened-zone.toml")),
    ("in-the-way", include_str!("../../../fixtures/scenarios/in-the-way.toml")),
    ("incomplete-set", include_str!("../../../fixtures/scenarios/incomplete-set.toml")),
    ("kept-by-a-tool", include_str!("../../../fixtures/scenarios/kept-by-a-tool.toml")),
    ("misspelt-labels", include_str!("../../../fixtures/scenarios/misspelt-labels.toml")),
    ("misspelt-records", include_str!("../../../fixtures/scenarios/misspelt-records.toml")),
    ("moved-zone", include_str!("../../../fixtures/scenarios/moved-zone.toml")),
    ("no-dmarc-policy", include_str!("../../../fixtures/scenarios/no-dmarc-policy.toml")),
    ("partial-zone", include_str!("../../../fixtures/scenarios/partial-zone.toml")),
    ("paused-zone", include_str!("../../../fixtures/scenarios/paused-zone.toml")),
    ("pending-zone", include_str!("../../../fixtures/scenarios/pending-zone.toml")),
    ("read-only", include_str!("../../../fixtures/scenarios/read-only.toml")),
    ("same-zone-policy", include_str!("../../../fixtures/scenarios/same-zone-policy.toml")),
    ("same-zone-target", include_str!("../../../fixtures/scenarios/same-zone-target.toml")),
    ("secondary-zone", include_str!("../../../fixtures/scenarios/secondary-zone.toml")),
    ("silent-logs", include_str!("../../../fixtures/scenarios/silent-logs.toml")),
    ("stale-ds", include_str!("../../../fixtures/scenarios/stale-ds.toml")),
    ("taken", include_str!("../../../fixtures/scenarios/taken.toml")),
    ("text-instead-of-cname", include_str!("../../../fixtures/scenarios/text-instead-of-cname.toml")),
    ("two-accounts", include_str!("../../../fixtures/scenarios/two-accounts.toml")),
    ("two-copies", include_str!("../../../fixtures/scenarios/two-copies.toml")),
    ("two-spf-policies", include_str!("../../../fixtures/scenarios/two-spf-policies.toml")),
    ("two-zones", include_str!("../../../fixtures/scenarios/two-zones.toml")),
    ("unknown-vendor", include_str!("../../../fixtures/scenarios/unknown-vendor.toml")),
    ("unused-selector", include_str!("../../../fixtures/scenarios/unused-selector.toml")),
    ("white-label", include_str!("../../../fixtures/scenarios/white-label.toml")),
    ("wildcard", include_str!("../../../fixtures/scenarios/wildcard.toml")),
    ("wrong-target", include_str!("../../../fixtures/scenarios/wrong-target.toml")),
    ("zone-in-target", include_str!("../../../fixtures/scenarios/zone-in-target.toml")),
];

/// What the providers publish behind the targets that scenarios use.
const PROVIDERS: &str = include_str!("../../../fixtures/sandbox/providers.toml");

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
    elsewhere: Vec<PlainIn>,
    #[serde(default)]
    audit_log: AuditLog,
    #[serde(default = "general_availability")]
    audit_v2_since: String,
    #[serde(default)]
    sendgrid: Vec<SendGridIn>,
    #[serde(default)]
    postmark: Vec<PostmarkIn>,
    /// What a test expects; the sandbox itself does not look at it.
    #[serde(default)]
    #[expect(dead_code, reason = "read by the tests")]
    expected: Option<toml::Value>,
}

/// What the first audit log tells about deletions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AuditLog {
    #[default]
    Full,
    WithoutOldValues,
    /// Entries in the form of 2024.
    NewerForm,
    /// Neither log tells what happened before the scenario begins.
    Silent,
}

/// The second log's history begins around here. Source: the change log of
/// `developers.cloudflare.com/fundamentals/account/account-security/audit-logs`; checked 2026-08-22.
fn general_availability() -> String {
    "2026-03-01T00:00:00Z".to_owned()
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneIn {
    name: String,
    #[serde(default = "active")]
    status: String,
    #[serde(default = "full")]
    kind: String,
    #[serde(default = "free")]
    plan: String,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    flatten_all_cnames: bool,
    #[serde(default = "standard")]
    zone_mode: String,
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
    old_host: Vec<PlainIn>,
    #[serde(default = "made_on")]
    created_on: String,
    /// What was there once.
    #[serde(default)]
    deleted: Vec<DeletedIn>,
}

fn made_on() -> String {
    MADE_ON.to_owned()
}

fn active() -> String {
    "active".to_owned()
}
fn full() -> String {
    "full".to_owned()
}
fn free() -> String {
    "free".to_owned()
}
fn standard() -> String {
    "standard".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordIn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    #[serde(default)]
    proxied: bool,
    #[serde(default = "automatic")]
    ttl: u32,
    comment: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    priority: Option<u16>,
    #[serde(default)]
    flatten: bool,
    #[serde(default)]
    read_only: bool,
}

fn automatic() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlainIn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// `{dkim-key}` stands for a real key.
    content: String,
    #[serde(default)]
    priority: u16,
    #[serde(default = "hour")]
    ttl: u32,
}

fn hour() -> u32 {
    3_600
}

impl PlainIn {
    fn plain(self, zone: Option<&str>) -> Plain {
        let name = match zone {
            Some(zone) if self.name == "@" => zone.to_owned(),
            Some(zone) => format!("{}.{zone}", self.name),
            None => self.name.to_lowercase(),
        };
        let content = self.content.replace("{dkim-key}", DKIM_KEY.trim());
        Plain { name, kind: self.kind, content, priority: self.priority, ttl: self.ttl }
    }
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
    world.log.second_since = past::moment(&file.audit_v2_since)?;
    world.log.without_old_values = file.audit_log == AuditLog::WithoutOldValues;
    world.log.has_newer_form = file.audit_log == AuditLog::NewerForm;
    for mut zone in file.zone {
        let deleted = std::mem::take(&mut zone.deleted);
        let zone = add_zone(&mut world, zone);
        past::creation(&mut world, &zone)?;
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
    let exchanger = PlainIn {
        name: vendor::EXCHANGER.to_owned(),
        kind: "A".to_owned(),
        content: "192.0.2.25".to_owned(),
        priority: 0,
        ttl: hour(),
    };
    add_elsewhere(&mut world, vec![exchanger]);
    let (zone, records) = zone_file::read(text)?;
    let records = records.into_iter().map(|record| {
        let zone_file::Line { name, kind, content, priority, ttl, proxied, flatten, comment, tags } = record;
        let proxied = proxied.unwrap_or_default();
        RecordIn { name, kind, content, proxied, ttl, comment, tags, priority, flatten, read_only: false }
    });
    let record = records.collect();
    // Tags and flattening need a paid plan.
    let zone = ZoneIn { name: zone, plan: "pro".to_owned(), record, ..ordinary() };
    let is_logged = zone.record.len() <= MOST_LOGGED;
    let zone = add_zone(&mut world, zone);
    if is_logged {
        past::creation(&mut world, &zone)?;
    }
    Ok(world)
}

/// An active zone without a name.
fn ordinary() -> ZoneIn {
    ZoneIn {
        name: String::new(),
        status: active(),
        kind: full(),
        plan: free(),
        paused: false,
        flatten_all_cnames: false,
        zone_mode: standard(),
        signed: false,
        stale_ds: false,
        second_copy: false,
        record: Vec::new(),
        old_host: Vec::new(),
        created_on: made_on(),
        deleted: Vec::new(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Providers {
    record: Vec<PlainIn>,
}

fn empty() -> Result<World, BadScenario> {
    let mut world = World::default();
    world.log.second_since = past::moment(&general_availability())?;
    let account = world.new_id();
    let name = "Sandbox".to_owned();
    world.accounts.push(Account { id: account, name, enforce_dns_only: false });
    let tokens = [
        ("full", true, true),
        ("read-only", true, false),
        ("no-zone-list", false, true),
        ("no-account", true, true),
        ("account-owned", true, true),
    ];
    for (name, zone_list, dns_edit) in tokens {
        let is_accounts = name == "account-owned";
        let mark = if is_accounts { "cfat_" } else { "" };
        let secret = format!("{mark}sandbox-{name}-{}", "0".repeat(31 - name.len()));
        let id = world.new_id();
        let (email, zones, account_read) = (None, Vec::new(), is_accounts || name == "full");
        let name = name.to_owned();
        world.tokens.push(Token {
            id,
            name,
            secret,
            email,
            is_accounts,
            zone_list,
            dns_edit,
            account_read,
            zones,
        });
    }
    let id = world.new_id();
    world.tokens.push(Token {
        id,
        name: "global key".to_owned(),
        secret: "c2547eb745079dac9320b638f5e225cf483cc5cfdda41".to_owned(),
        email: Some("owner@example.com".to_owned()),
        is_accounts: false,
        zone_list: true,
        dns_edit: true,
        account_read: true,
        zones: Vec::new(),
    });
    let providers: Providers = toml::from_str(PROVIDERS).map_err(Box::new)?;
    add_elsewhere(&mut world, providers.record);
    Ok(world)
}

fn add_elsewhere(world: &mut World, records: Vec<PlainIn>) {
    for record in records {
        let record = record.plain(None);
        world.elsewhere.entry(record.name.clone()).or_default().push(record);
    }
}

/// Returns the handle.
fn add_zone(world: &mut World, given: ZoneIn) -> String {
    let ZoneIn {
        name,
        status,
        kind,
        plan,
        paused,
        flatten_all_cnames,
        zone_mode,
        signed,
        stale_ds,
        second_copy,
        ..
    } = given;
    let ZoneIn { record, old_host, created_on, .. } = given;
    let name = a_labels(&name);
    let account = world.accounts.first().map(|account| account.id.clone()).unwrap_or_default();
    let old_host = old_host.into_iter().map(|record| record.plain(Some(&name))).collect();
    let quota = if plan == "free" { 200 } else { 3_500 };
    let mut zone = Zone {
        id: world.new_id(),
        account,
        status,
        kind,
        paused,
        name_servers: vec!["ada.ns.cloudflare.com".to_owned(), "bob.ns.cloudflare.com".to_owned()],
        flatten_all_cnames,
        zone_mode,
        signed,
        stale_ds,
        is_second_copy: second_copy,
        quota: quota.max(record.len() + 100),
        plan,
        modified_on: created_on.clone().into(),
        created_on: created_on.into(),
        records: super::world::Records::default(),
        old_host,
        name,
    };
    for given in record {
        let id = world.new_id();
        let record = held(&zone, id, given);
        zone.records.insert(record);
    }
    let id = zone.id.clone();
    world.add(zone);
    id
}

/// A scenario may hold what the API would refuse: zones are older than rules.
fn held(zone: &Zone, id: String, given: RecordIn) -> Record {
    let RecordIn { name, kind, content, proxied, ttl, comment, tags, priority, flatten, read_only } = given;
    let settings = settings_of(&kind, flatten);
    let mut meta = Map::new();
    if read_only {
        meta.insert("email_routing".to_owned(), Value::Bool(true));
        meta.insert("read_only".to_owned(), Value::Bool(true));
    }
    let content = content.replace("{dkim-key}", DKIM_KEY.trim());
    let data = structured::data(&kind, &content, priority);
    let derived = data.as_ref().and_then(|data| structured::content(&kind, data));
    let (content, priority) = derived.unwrap_or((content, priority));
    Record {
        id,
        name: zone.full_name(&name),
        kind,
        content,
        ttl: if proxied { 1 } else { ttl },
        proxied,
        settings,
        meta: Arc::new(meta),
        comment,
        tags,
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
