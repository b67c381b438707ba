//! The records of a zone. Every write is entered into the audit log. Effects: network, clock.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::super::audit::uuid;
use super::super::auth::{self, Path, Wants};
use super::super::state::{Inner, State, timestamp};
use super::super::transfer;
use super::super::wire::{self, RecordOut};
use super::super::world::history::{Call, Hand};
use super::super::world::rules::ApiError;
use super::super::world::write::{BatchBody, Body};
use super::super::world::{Record, Token};
use super::{Done, Ids, credentials, enter, id, list_query, no_route, parsed, reply, wrong_method};

/// Whom everything belongs to that has no address of its own.
pub(super) const OWNER: &str = "owner@example.com";

/// A request that is to change something in a zone.
struct Write<'r> {
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
    ids: &'r Ids,
    body: &'r Bytes,
}

impl Write<'_> {
    /// Carries it out and enters it into the log, whatever comes of it. Nothing is entered for a caller who
    /// may not do it.
    fn carry_out(&self, inner: &mut Inner, act: impl FnOnce(&mut Inner, &str, &str) -> Done) -> Response {
        if let Err(error) = enter(inner, self.headers, self.uri, self.ids, Wants::Edit) {
            return reply(Err(error));
        }
        let (zone, now) = (id(self.ids, "zone"), timestamp());
        inner.about_to_write(zone);
        let done = act(inner, zone, &now);
        let (status, response) = match &done {
            Ok(body) => (200, body.clone()),
            Err(error) => (error.status, wire::error(error)),
        };
        let caller = auth::caller(&inner.world, &credentials(self.headers), Path::Zone);
        let hand = caller.map_or_else(|_| Hand::person(OWNER), hand);
        let call = Call {
            method: self.method.to_string(),
            uri: format!("/client/v4{}", self.uri.path()),
            status,
            request: std::str::from_utf8(self.body).unwrap_or_default().to_owned(),
            response,
        };
        let number = inner.world.enter(now.parse().unwrap_or_default(), zone, hand, call);
        let mut response = reply(done);
        if let Ok(value) = HeaderValue::from_str(&uuid(number)) {
            response.headers_mut().insert("cf-auditlog-id", value);
        }
        response
    }
}

fn hand(token: &Token) -> Hand {
    match &token.email {
        Some(email) => Hand::Key { email: email.clone() },
        None => Hand::Token { id: token.id.clone(), name: token.name.clone(), email: OWNER.to_owned() },
    }
}

pub(super) async fn records(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    (RawQuery(raw), body): (RawQuery, Bytes),
) -> Response {
    let write = Write { method: &method, uri: &uri, headers: &headers, ids: &ids, body: &body };
    state.with(|inner| match method {
        Method::POST => write.carry_out(inner, |inner, zone, now| {
            let body: Body = parsed(&body)?;
            inner.about_to_change(zone, &[], &[body.name().unwrap_or_default()]);
            inner.world.create(zone, &body, now).map(|created| wire::one(RecordOut::from(&created)))
        }),
        _ => reply(enter(inner, &headers, &uri, &ids, super::wants(&method)).and_then(|()| {
            let held = inner.listed(id(&ids, "zone")).filter(|_| method == Method::GET);
            held.map(|held| wire::records(&held.list(&list_query(inner, raw.as_deref()))))
                .ok_or_else(wrong_method)
        })),
    })
}

pub(super) async fn record(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let record = id(&ids, "record");
    let write = Write { method: &method, uri: &uri, headers: &headers, ids: &ids, body: &body };
    state.with(|inner| match method {
        Method::PATCH | Method::PUT | Method::DELETE => write.carry_out(inner, |inner, zone, now| {
            auth::check_handle(uri.path(), record)?;
            inner.about_to_change(zone, &[record], &[]);
            let done = match method {
                Method::PATCH if inner.does_nothing_on_patch() => held(inner, zone, record)?,
                Method::PATCH => inner.world.patch(zone, record, &parsed(&body)?, now)?,
                Method::PUT => inner.world.put(zone, record, &parsed(&body)?, now)?,
                _ => {
                    inner.world.delete(zone, record)?;
                    return Ok(wire::one(json!({"id": record})));
                }
            };
            Ok(wire::one(RecordOut::from(&done)))
        }),
        _ => reply(enter(inner, &headers, &uri, &ids, super::wants(&method)).and_then(|()| {
            auth::check_handle(uri.path(), record)?;
            if method != Method::GET {
                return Err(wrong_method());
            }
            held(inner, id(&ids, "zone"), record).map(|held| wire::one(RecordOut::from(&held)))
        })),
    })
}

fn held(inner: &Inner, zone: &str, record: &str) -> Result<Record, ApiError> {
    let held = inner.world.zone(zone).and_then(|zone| zone.records.get(record));
    held.cloned().ok_or_else(|| ApiError::new(404, 81044, "Record does not exist."))
}

pub(super) async fn batch(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let write = Write { method: &method, uri: &uri, headers: &headers, ids: &ids, body: &body };
    state.with(|inner| {
        if method != Method::POST {
            return reply(enter(inner, &headers, &uri, &ids, Wants::Edit).and_then(|()| Err(wrong_method())));
        }
        write.carry_out(inner, |inner, zone, now| {
            let mut body: BatchBody = parsed(&body)?;
            let (touched, created) = body.touches();
            inner.about_to_change(zone, &touched, &created);
            if inner.does_nothing_on_patch() {
                body.make_patches_empty();
            }
            inner.world.batch(zone, &body, now).map(|done| wire::batch(&done))
        })
    })
}

pub(super) async fn export(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    uri: Uri,
    ids: Ids,
) -> Response {
    let done = state.with(|inner| {
        enter(inner, &headers, &uri, &ids, Wants::Read)?;
        let zone = inner.world.zone(id(&ids, "zone")).ok_or_else(|| no_route(&uri))?;
        Ok(transfer::export(zone, &timestamp()))
    });
    match done {
        Ok(file) => ([("content-type", "text/plain; charset=utf-8")], file).into_response(),
        Err(error) => reply(Err(error)),
    }
}

/// What is already there, or is refused for another reason, is not counted as added.
pub(super) async fn import(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let none = Bytes::new();
    let write = Write { method: &method, uri: &uri, headers: &headers, ids: &ids, body: &none };
    state.with(|inner| {
        if method != Method::POST {
            return reply(enter(inner, &headers, &uri, &ids, Wants::Edit).and_then(|()| Err(wrong_method())));
        }
        write.carry_out(inner, |inner, zone, now| {
            let held = inner.world.zone(zone).ok_or_else(|| no_route(&uri))?;
            let bodies = transfer::import(held, kind, &body)?;
            let names: Vec<&str> = bodies.iter().filter_map(Body::name).collect();
            inner.about_to_change(zone, &[], &names);
            let created = bodies.iter().filter(|body| inner.world.create(zone, body, now).is_ok()).count();
            Ok(wire::one(json!({"recs_added": created, "total_records_parsed": bodies.len()})))
        })
    })
}
