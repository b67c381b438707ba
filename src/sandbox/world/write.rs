//! Creating, changing and deleting records, alone and in batches. Pure: the time comes in as text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::history::Change;
use super::rules::{self, ApiError};
use super::{Record, World};

/// The members of a body. `None`: not given. `Some(None)`: given as null.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Body {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
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
pub(crate) struct BatchBody {
    deletes: Option<Vec<Body>>,
    patches: Option<Vec<Body>>,
    puts: Option<Vec<Body>>,
    posts: Option<Vec<Body>>,
}

impl BatchBody {
    /// How many operations there are.
    pub(crate) fn len(&self) -> usize {
        [&self.deletes, &self.patches, &self.puts, &self.posts].into_iter().flatten().map(Vec::len).sum()
    }

    /// Keeps the handles of the patches and nothing else, so that they change nothing.
    pub(crate) fn make_patches_empty(&mut self) {
        for body in self.patches.iter_mut().flatten() {
            *body = Body { id: body.id.take(), ..Body::default() };
        }
    }

    /// The records that are named by handle, and the names that are created.
    pub(crate) fn touches(&self) -> (Vec<&str>, Vec<&str>) {
        let named = [&self.deletes, &self.patches, &self.puts].into_iter().flatten().flatten();
        let ids = named.filter_map(|body| body.id.as_deref()).collect();
        let created = self.posts.iter().flatten().filter_map(|body| body.name.as_deref()).collect();
        (ids, created)
    }
}

/// What a batch came to: deleted records whole.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BatchDone {
    pub(crate) deletes: Vec<Record>,
    pub(crate) patches: Vec<Record>,
    pub(crate) puts: Vec<Record>,
    pub(crate) posts: Vec<Record>,
}

impl Body {
    /// The record that is asked for; what is left out is as in `base`.
    fn over(&self, base: Record) -> Record {
        Record {
            name: self.name.clone().unwrap_or(base.name),
            content: self.content.clone().unwrap_or(base.content),
            ttl: self.ttl.map_or(base.ttl, whole_ttl),
            proxied: self.proxied.unwrap_or(base.proxied),
            // Whether settings are merged is not documented; replacing them is the harder case.
            settings: self.settings.clone().map_or(base.settings, Arc::new),
            comment: self.comment.clone().or(base.comment),
            tags: self.tags.clone().unwrap_or(base.tags),
            priority: self.priority.or(base.priority),
            // A new content of an SRV or CAA record is not overruled by what was there.
            data: self.data.clone().or_else(|| base.data.filter(|_| self.content.is_none())),
            ..base
        }
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
    pub(crate) fn record(&self, zone: &str, id: &str) -> Result<&Record, ApiError> {
        self.zone(zone).and_then(|zone| zone.records.get(id)).ok_or_else(not_found)
    }

    /// The record that is to be changed.
    fn changeable(&self, zone: &str, id: &str, body: &Body) -> Result<Record, ApiError> {
        let held = self.record(zone, id)?;
        // Unsupported since 2026-06-30. Source: the API's deprecation notes, checked 2026-08-22; its number is
        // not established.
        if body.kind.as_ref().is_some_and(|kind| *kind != held.kind) {
            return Err(ApiError::unnumbered("the type of a record cannot be changed"));
        }
        // A record of Cloudflare's own. Source: dnscontrol#3850; the real number is not established.
        if held.meta.get("read_only") == Some(&Value::Bool(true)) {
            return Err(ApiError::unnumbered("this record is read only"));
        }
        Ok(held.clone())
    }

    /// POST.
    pub(crate) fn create(&mut self, zone: &str, body: &Body, now: &str) -> Result<Record, ApiError> {
        let id = self.new_id();
        self.zone(zone).ok_or_else(not_found)?;
        let missing = |member: &str| ApiError::unnumbered(format!("{member} is required"));
        let name = body.name.clone().ok_or_else(|| missing("name"))?;
        let kind = body.kind.clone().ok_or_else(|| missing("type"))?;
        let base = Record { id, name, kind, ttl: 1, created_on: now.into(), ..Record::default() };
        self.set(zone, None, body.over(base), now)
    }

    /// PATCH: only the members that are given.
    pub(crate) fn patch(&mut self, zone: &str, id: &str, body: &Body, now: &str) -> Result<Record, ApiError> {
        let held = self.changeable(zone, id, body)?;
        let mut wanted = self.accepted(zone, body.over(held.clone()))?;
        if rules::is_private(&wanted.content) {
            refuse_proxying(&wanted)?;
        }
        // Seen in the field: a PATCH to a target that cannot be proxied answers 200 and does nothing.
        wanted.proxied = wanted.proxied && rules::is_proxiable(&wanted.kind, &wanted.content);
        self.file(zone, Some(held), wanted, now)
    }

    /// PUT: members left out go back to their defaults.
    pub(crate) fn put(&mut self, zone: &str, id: &str, body: &Body, now: &str) -> Result<Record, ApiError> {
        let held = self.changeable(zone, id, body)?;
        let Record { id, name, kind, meta, created_on, .. } = held.clone();
        let base = Record { id, name, kind, ttl: 1, meta, created_on, ..Record::default() };
        self.set(zone, Some(held), body.over(base), now)
    }

    /// DELETE.
    pub(crate) fn delete(&mut self, zone: &str, id: &str) -> Result<Record, ApiError> {
        let held = self.changeable(zone, id, &Body::default())?;
        self.zone_mut(zone).ok_or_else(not_found)?.records.remove(id);
        self.changes.push(Change { old: Some(held.clone()), new: None });
        Ok(held)
    }

    fn accepted(&self, zone: &str, wanted: Record) -> Result<Record, ApiError> {
        rules::accept(self.zone(zone).ok_or_else(not_found)?, wanted)
    }

    fn set(
        &mut self,
        zone: &str,
        old: Option<Record>,
        wanted: Record,
        now: &str,
    ) -> Result<Record, ApiError> {
        let wanted = self.accepted(zone, wanted)?;
        refuse_proxying(&wanted)?;
        self.file(zone, old, wanted, now)
    }

    /// Files a record that was accepted in the place of `old`.
    fn file(
        &mut self,
        zone: &str,
        old: Option<Record>,
        mut new: Record,
        now: &str,
    ) -> Result<Record, ApiError> {
        if new.kind == "CNAME" {
            // Flattening is silently ignored while a record is proxied.
            let is_flattened = new.is_flattened() && !new.proxied;
            let settings = Arc::make_mut(&mut new.settings);
            settings.insert("flatten_cname".to_owned(), Value::Bool(is_flattened));
        }
        // A proxied record is always automatic, whatever was sent.
        new.ttl = if new.proxied { 1 } else { new.ttl };
        new.modified_on = now.into();
        self.zone_mut(zone).ok_or_else(not_found)?.records.insert(new.clone());
        self.changes.push(Change { old, new: Some(new.clone()) });
        Ok(new)
    }

    /// A batch: all or nothing.
    pub(crate) fn batch(&mut self, zone: &str, body: &BatchBody, now: &str) -> Result<BatchDone, ApiError> {
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

fn refuse_proxying(wanted: &Record) -> Result<(), ApiError> {
    let Record { kind, content, proxied, .. } = wanted;
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
