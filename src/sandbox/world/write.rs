//! Creating, changing and deleting records, alone and in batches. Pure: the time comes in as text.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::history::Change;
use super::rules::{self, ApiError, Draft};
use super::{Record, World, settings_of};

/// The members of a body. `None`: not given. `Some(None)`: given as null.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::sandbox) struct Body {
    pub(in crate::sandbox) id: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    content: Option<String>,
    ttl: Option<f64>,
    proxied: Option<bool>,
    settings: Option<Map<String, Value>>,
    comment: Option<String>,
    tags: Option<Vec<String>>,
    priority: Option<u16>,
    data: Option<Value>,
}

/// The lists of a batch, run in this order whatever the order in the body.
///
/// Source: `developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes`; checked
/// 2026-08-22.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::sandbox) struct BatchBody {
    deletes: Option<Vec<Body>>,
    patches: Option<Vec<Body>>,
    puts: Option<Vec<Body>>,
    posts: Option<Vec<Body>>,
}

impl BatchBody {
    /// How many operations there are.
    pub(in crate::sandbox) fn len(&self) -> usize {
        [&self.deletes, &self.patches, &self.puts, &self.posts].into_iter().flatten().map(Vec::len).sum()
    }

    /// Keeps the handles of the patches and nothing else, so that they change nothing.
    pub(in crate::sandbox) fn make_patches_empty(&mut self) {
        for body in self.patches.iter_mut().flatten() {
            *body = Body { id: body.id.take(), ..Body::default() };
        }
    }

    /// The records that are named by handle, and the names that are created.
    pub(in crate::sandbox) fn touches(&self) -> (Vec<&str>, Vec<&str>) {
        let named = [&self.deletes, &self.patches, &self.puts].into_iter().flatten().flatten();
        let ids = named.filter_map(|body| body.id.as_deref()).collect();
        let created = self.posts.iter().flatten().filter_map(|body| body.name.as_deref()).collect();
        (ids, created)
    }
}

/// What a batch came to.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct BatchDone {
    pub(in crate::sandbox) deletes: Vec<Record>,
    pub(in crate::sandbox) patches: Vec<Record>,
    pub(in crate::sandbox) puts: Vec<Record>,
    pub(in crate::sandbox) posts: Vec<Record>,
}

impl Body {
    pub(in crate::sandbox) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

fn whole_ttl(ttl: f64) -> u32 {
    // The schema calls it a number; nobody sends fractions.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range before"
    )]
    let seconds = ttl.clamp(0.0, f64::from(u32::MAX)) as u32;
    seconds
}

fn not_found() -> ApiError {
    ApiError::new(404, 81044, "Record does not exist.")
}

impl World {
    /// POST.
    pub(in crate::sandbox) fn create(
        &mut self,
        zone: &str,
        body: &Body,
        now: &str,
    ) -> Result<Record, ApiError> {
        let id = self.new_id();
        let zone = self.zone_mut(zone).ok_or_else(not_found)?;
        let missing = |member: &str| ApiError::unnumbered(format!("{member} is required"));
        let draft = Draft {
            name: body.name.clone().ok_or_else(|| missing("name"))?,
            kind: body.kind.clone().ok_or_else(|| missing("type"))?,
            content: body.content.clone().unwrap_or_default(),
            ttl: body.ttl.map_or(1, whole_ttl),
            proxied: body.proxied.unwrap_or(false),
            settings: body.settings.clone().unwrap_or_default(),
            comment: body.comment.clone(),
            tags: body.tags.clone().unwrap_or_default(),
            priority: body.priority,
            data: body.data.clone(),
        };
        let draft = rules::accept(zone, draft, None)?;
        refuse_proxying(&draft)?;
        let record = record(draft, id, now, now);
        zone.records.insert(record.clone());
        self.changes.push(Change { old: None, new: Some(record.clone()) });
        Ok(record)
    }

    /// PATCH: only the members that are given.
    pub(in crate::sandbox) fn patch(
        &mut self,
        zone: &str,
        id: &str,
        body: &Body,
        now: &str,
    ) -> Result<Record, ApiError> {
        let zone = self.zone_mut(zone).ok_or_else(not_found)?;
        let held = zone.records.get(id).ok_or_else(not_found)?.clone();
        check_type(&held, body)?;
        refuse_system(&held)?;
        let mut draft = Draft {
            name: body.name.clone().unwrap_or_else(|| held.name.clone()),
            kind: held.kind.clone(),
            content: body.content.clone().unwrap_or_else(|| held.content.clone()),
            ttl: body.ttl.map_or(held.ttl, whole_ttl),
            proxied: body.proxied.unwrap_or(held.proxied),
            // Whether settings are merged is not documented; replacing them is the harder case.
            settings: body.settings.clone().unwrap_or_else(|| (*held.settings).clone()),
            comment: body.comment.clone().or_else(|| held.comment.clone()),
            tags: body.tags.clone().unwrap_or_else(|| held.tags.clone()),
            priority: body.priority.or(held.priority),
            // A new content of an SRV or CAA record is not overruled by what was there.
            data: body.data.clone().or_else(|| held.data.clone().filter(|_| body.content.is_none())),
        };
        draft = rules::accept(zone, draft, Some(id))?;
        if rules::is_private(&draft.content) {
            refuse_proxying(&draft)?;
        }
        // Seen in the field: a PATCH to a target that cannot be proxied answers 200 and does nothing.
        draft.proxied = draft.proxied && rules::is_proxiable(&draft.kind, &draft.content);
        let record =
            Record { meta: held.meta.clone(), ..record(draft, held.id.clone(), &held.created_on, now) };
        zone.records.insert(record.clone());
        self.changes.push(Change { old: Some(held), new: Some(record.clone()) });
        Ok(record)
    }

    /// PUT: members left out go back to their defaults.
    pub(in crate::sandbox) fn put(
        &mut self,
        zone: &str,
        id: &str,
        body: &Body,
        now: &str,
    ) -> Result<Record, ApiError> {
        let zone = self.zone_mut(zone).ok_or_else(not_found)?;
        let held = zone.records.get(id).ok_or_else(not_found)?.clone();
        check_type(&held, body)?;
        refuse_system(&held)?;
        let draft = Draft {
            name: body.name.clone().unwrap_or_else(|| held.name.clone()),
            kind: held.kind.clone(),
            content: body.content.clone().unwrap_or_default(),
            ttl: body.ttl.map_or(1, whole_ttl),
            proxied: body.proxied.unwrap_or(false),
            settings: body.settings.clone().unwrap_or_default(),
            comment: body.comment.clone(),
            tags: body.tags.clone().unwrap_or_default(),
            priority: body.priority,
            data: body.data.clone(),
        };
        let draft = rules::accept(zone, draft, Some(id))?;
        refuse_proxying(&draft)?;
        let record =
            Record { meta: held.meta.clone(), ..record(draft, held.id.clone(), &held.created_on, now) };
        zone.records.insert(record.clone());
        self.changes.push(Change { old: Some(held), new: Some(record.clone()) });
        Ok(record)
    }

    /// DELETE.
    pub(in crate::sandbox) fn delete(&mut self, zone: &str, id: &str) -> Result<Record, ApiError> {
        let zone = self.zone_mut(zone).ok_or_else(not_found)?;
        refuse_system(zone.records.get(id).ok_or_else(not_found)?)?;
        let record = zone.records.remove(id).ok_or_else(not_found)?;
        self.changes.push(Change { old: Some(record.clone()), new: None });
        Ok(record)
    }

    /// A batch: all or nothing.
    pub(in crate::sandbox) fn batch(
        &mut self,
        zone: &str,
        body: &BatchBody,
        now: &str,
    ) -> Result<BatchDone, ApiError> {
        let held = self.zone(zone).ok_or_else(not_found)?;
        let limit = if held.is_free() { 200 } else { 3_500 };
        if body.len() > limit {
            // The number is not established.
            return Err(ApiError::unnumbered(format!("a batch may hold {limit} operations on this plan")));
        }
        let before = held.records.clone();
        let done = self.run_batch(zone, body, now);
        if done.is_err()
            && let Some(zone) = self.zone_mut(zone)
        {
            zone.records = before;
            self.changes.clear();
        }
        done
    }

    fn run_batch(&mut self, zone: &str, body: &BatchBody, now: &str) -> Result<BatchDone, ApiError> {
        let mut done = BatchDone::default();
        for (place, body) in body.deletes.iter().flatten().enumerate() {
            done.deletes.push(self.delete(zone, id_of(body)?).map_err(at("deletes", place))?);
        }
        for (place, body) in body.patches.iter().flatten().enumerate() {
            done.patches.push(self.patch(zone, id_of(body)?, body, now).map_err(at("patches", place))?);
        }
        for (place, body) in body.puts.iter().flatten().enumerate() {
            done.puts.push(self.put(zone, id_of(body)?, body, now).map_err(at("puts", place))?);
        }
        for (place, body) in body.posts.iter().flatten().enumerate() {
            done.posts.push(self.create(zone, body, now).map_err(at("posts", place))?);
        }
        Ok(done)
    }
}

fn id_of(body: &Body) -> Result<&str, ApiError> {
    body.id.as_deref().ok_or_else(|| ApiError::unnumbered("id is required"))
}

fn at(list: &'static str, place: usize) -> impl Fn(ApiError) -> ApiError {
    move |error| ApiError { pointer: Some(format!("/{list}/{place}")), ..error }
}

/// A record of Cloudflare's own cannot be edited. Source: dnscontrol#3850; the real number is not established.
fn refuse_system(held: &Record) -> Result<(), ApiError> {
    match held.meta.get("read_only") {
        Some(Value::Bool(true)) => Err(ApiError::unnumbered("this record is read only")),
        _ => Ok(()),
    }
}

/// Changing the type is unsupported since 2026-06-30. Source: the API's deprecation notes, checked
/// 2026-08-22; its number is not established.
fn check_type(held: &Record, body: &Body) -> Result<(), ApiError> {
    match &body.kind {
        Some(kind) if *kind != held.kind => {
            Err(ApiError::unnumbered("the type of a record cannot be changed"))
        }
        _ => Ok(()),
    }
}

fn refuse_proxying(draft: &Draft) -> Result<(), ApiError> {
    let Draft { kind, content, proxied, .. } = draft;
    let is_private = rules::is_private(content);
    if !proxied || (rules::is_proxiable(kind, content) && !is_private) {
        return Ok(());
    }
    Err(if kind == "CNAME" || is_private {
        ApiError::new(400, 9003, format!("Target {content} is not allowed for a proxied record."))
    } else {
        ApiError::new(400, 9004, "This record type cannot be proxied.")
    })
}

fn record(draft: Draft, id: String, created_on: &str, modified_on: &str) -> Record {
    let Draft { name, kind, content, ttl, proxied, mut settings, comment, tags, priority, data } = draft;
    if kind == "CNAME" {
        // Flattening is silently ignored while a record is proxied.
        let flatten = !proxied && settings.get("flatten_cname") == Some(&Value::Bool(true));
        settings.insert("flatten_cname".to_owned(), Value::Bool(flatten));
    }
    Record {
        id,
        name,
        kind,
        content,
        // A proxied record is always automatic, whatever was sent.
        ttl: if proxied { 1 } else { ttl },
        proxied,
        settings: Arc::new(settings),
        meta: settings_of("", false),
        comment,
        tags,
        priority,
        data,
        created_on: created_on.into(),
        modified_on: modified_on.into(),
    }
}
