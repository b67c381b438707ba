//! What happened before a scenario begins: who made its records, what was deleted, what providers were told.
//! Pure.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::bad::BadScenario;
use super::wire;
use super::world::history::{Call, Change, Hand, OWNER};
use super::world::providers::{Postmark, SendGrid};
use super::world::write::BatchDone;
use super::world::{Record, World, settings_of};

/// A record that was there and is no more. It was made a month before it was deleted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeletedIn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    content: String,
    #[serde(default)]
    proxied: bool,
    ttl: Option<u32>,
    /// When it was deleted: RFC 3339, or an age such as `6 days ago`.
    at: String,
    /// The e-mail address of whoever did it.
    by: String,
    /// `api:` and the name of a token; all else is the dashboard.
    through: Option<String>,
    /// Together with the others of the zone that say so, of the same moment and hand: one batch.
    #[serde(default)]
    batch: bool,
}

impl DeletedIn {
    /// An alias that somebody deleted in the dashboard last week.
    pub(super) fn in_dashboard(name: String, content: String) -> Self {
        let (by, at) = ("intern@example.com".to_owned(), "6 days ago".to_owned());
        Self { name, kind: "CNAME".to_owned(), content, at, by, ..Self::default() }
    }
}

/// A domain that SendGrid knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendGridIn {
    domain: String,
    subdomain: String,
    /// `u1446226.wl123`
    account: String,
    automatic_security: Option<bool>,
}

/// A domain that Postmark knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostmarkIn {
    domain: String,
    return_path: Option<String>,
}

/// Reads an RFC 3339 timestamp.
pub(super) fn moment(text: &str) -> Result<Timestamp, BadScenario> {
    text.parse().map_err(|_| BadScenario::Moment(crate::model::plain::sanitize_line(text)))
}

/// The same, or an age such as `6 days ago`: what is recent must stay so.
fn moment_or_age(text: &str, now: Timestamp) -> Result<Timestamp, BadScenario> {
    let age = text.parse::<Span>().ok().and_then(|age| now.to_zoned(TimeZone::UTC).checked_add(age).ok());
    age.map_or_else(|| moment(text), |then| Ok(then.timestamp()))
}

/// The owner made the first so many records of a zone with a request of its own.
pub(super) fn creation(world: &mut World, zone: &str, most: usize) -> Result<(), BadScenario> {
    let Some(held) = world.zone(zone) else { return Ok(()) };
    let at = moment(&held.created_on)?;
    let records: Vec<Record> = held.records.iter().take(most).cloned().collect();
    for record in records {
        made(world, zone, at, record);
    }
    Ok(())
}

fn made(world: &mut World, zone: &str, at: Timestamp, record: Record) {
    let request = json!({
        "name": record.name, "type": record.kind, "content": record.content, "proxied": record.proxied,
        "ttl": record.ttl, "comment": record.comment, "priority": record.priority,
    });
    let call = Call::on_records("POST", zone, "", &request.to_string(), wire::one(&record));
    world.changes.push(Change { old: None, new: Some(record) });
    world.enter(at, zone, Hand::person(OWNER), call);
}

/// Enters what was deleted, and when it was made.
pub(super) fn deletions(
    world: &mut World,
    zone: &str,
    given: Vec<DeletedIn>,
    now: Timestamp,
) -> Result<(), BadScenario> {
    let mut batches: Vec<(Timestamp, Hand, Vec<Record>)> = Vec::new();
    for deleted in given {
        let at = moment_or_age(&deleted.at, now)?;
        let hand = hand(world, &deleted);
        let is_batch = deleted.batch;
        let month_before = at.to_zoned(TimeZone::UTC).checked_sub(1.month());
        let made_at = month_before.map_or(at, |zoned| zoned.timestamp());
        let record = record(world, zone, deleted, made_at);
        made(world, zone, made_at, record.clone());
        match batches.iter_mut().find(|batch| batch.0 == at && batch.1 == hand) {
            Some((_, _, records)) if is_batch => records.push(record),
            _ if is_batch => batches.push((at, hand, vec![record])),
            _ => gone(world, zone, at, hand, record),
        }
    }
    for (at, hand, records) in batches {
        gone_together(world, zone, at, hand, records);
    }
    Ok(())
}

fn hand(world: &World, deleted: &DeletedIn) -> Hand {
    let through = deleted.through.as_deref().unwrap_or_default();
    let Some(name) = through.strip_prefix("api:") else { return Hand::person(&deleted.by) };
    let known = world.tokens.iter().find(|token| token.name == name);
    // A token that has been withdrawn since is still in the log.
    let id = known.map_or_else(|| "0".repeat(32), |token| token.id.clone());
    Hand::Token { id, name: name.to_owned(), email: deleted.by.clone() }
}

fn record(world: &mut World, zone: &str, deleted: DeletedIn, at: Timestamp) -> Record {
    let id = world.new_id();
    let name = world.zone(zone).map(|zone| zone.full_name(&deleted.name)).unwrap_or_default();
    Record {
        id,
        name,
        settings: settings_of(&deleted.kind, false),
        kind: deleted.kind,
        content: deleted.content,
        ttl: deleted.ttl.filter(|_| !deleted.proxied).unwrap_or(1),
        proxied: deleted.proxied,
        created_on: at.to_string().into(),
        modified_on: at.to_string().into(),
        ..Record::default()
    }
}

fn gone(world: &mut World, zone: &str, at: Timestamp, hand: Hand, record: Record) {
    let response = wire::one(json!({"id": record.id}));
    let call = Call::on_records("DELETE", zone, &format!("/{}", record.id), "", response);
    world.changes.push(Change { old: Some(record), new: None });
    world.enter(at, zone, hand, call);
}

fn gone_together(world: &mut World, zone: &str, at: Timestamp, hand: Hand, deletes: Vec<Record>) {
    let ids: Vec<Value> = deletes.iter().map(|record| json!({"id": record.id})).collect();
    let changes = deletes.iter().map(|record| Change { old: Some(record.clone()), new: None });
    world.changes.extend(changes);
    let response = wire::one(BatchDone { deletes, ..BatchDone::default() });
    let request = json!({"deletes": ids}).to_string();
    let call = Call::on_records("POST", zone, "/batch", &request, response);
    world.enter(at, zone, hand, call);
}

/// What providers were told, and found in order when they were told.
pub(super) fn customers(world: &mut World, sendgrid: Vec<SendGridIn>, postmark: Vec<PostmarkIn>) {
    for (id, given) in (30_218..).zip(sendgrid) {
        let SendGridIn { domain, subdomain, account, automatic_security } = given;
        let is_automatic = automatic_security.unwrap_or(true);
        world.sendgrid.push(SendGrid::new(id, &domain, &subdomain, &account, is_automatic));
    }
    for (id, PostmarkIn { domain, return_path }) in (36_735..).zip(postmark) {
        world.postmark.push(Postmark {
            id,
            return_path: format!("{}.{domain}", return_path.as_deref().unwrap_or("pm-bounces")),
            return_path_verified: true,
            dkim_host: format!("20260102030405pm._domainkey.{domain}"),
            dkim_verified: true,
            domain,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario;
    use super::*;

    #[test]
    fn a_provider_given_up_long_ago_has_left_its_traces() {
        let world = scenario::read(
            include_str!("../../fixtures/scenarios/deleted-long-ago.toml"),
            crate::testing::then(),
        )
        .unwrap();
        let deleted = world.log.events.iter().filter(|event| event.call.method == "DELETE").count();
        assert_eq!(deleted, 3);
        assert!(world.log.events.is_sorted_by_key(|event| event.at));
    }

    #[test]
    fn a_moment_that_is_none_is_named() {
        let refused = moment("yesterday").unwrap_err().to_string();
        assert_eq!(refused, "`yesterday` is no moment such as 2026-11-20T09:30:00Z");
    }
}
