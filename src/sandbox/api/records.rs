//! The records of a zone. Every write is entered into the audit log. Effects: network, clock.

use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::super::audit::uuid;
use super::super::auth::Path;
use super::super::state::{Inner, timestamp};
use super::super::world::Token;
use super::super::world::history::{Call, Hand, OWNER};
use super::super::world::write::{BatchBody, Body};
use super::super::{transfer, wire};
use super::{Done, Request, Wants, reply, wrong_method};

impl Request {
    /// Carries out a change in a zone and enters it into the log, whatever comes of it. Nothing is entered for a
    /// caller who may not do it.
    fn change(&self, act: impl FnOnce(&mut Inner, &str, &str) -> Done) -> Response {
        self.state.with(|inner| {
            if let Err(error) = self.zone(inner, Wants::Edit) {
                return reply(Err(error));
            }
            let (zone, now) = (self.id("zone"), timestamp());
            inner.about_to_write(zone);
            let done = act(inner, zone, &now);
            let (status, response) = match &done {
                Ok(body) => (200, body.clone()),
                Err(error) => (error.status, wire::error(error)),
            };
            let hand = self.caller(inner, Path::Zone).map_or_else(|_| Hand::person(OWNER), hand);
            let call = Call {
                method: self.method.to_string(),
                uri: format!("/client/v4{}", self.uri.path()),
                status,
                request: std::str::from_utf8(&self.body).unwrap_or_default().to_owned(),
                response,
            };
            let number = inner.world.enter(now.parse().unwrap_or_default(), zone, hand, call);
            let mut response = reply(done);
            if let Ok(value) = HeaderValue::from_str(&uuid(number)) {
                response.headers_mut().insert("cf-auditlog-id", value);
            }
            response
        })
    }

    /// A change for which there is POST alone.
    fn post(&self, act: impl FnOnce(&mut Inner, &str, &str) -> Done) -> Response {
        if self.method == Method::POST {
            return self.change(act);
        }
        self.answer(|inner| self.zone(inner, Wants::Edit).and_then(|_| Err(wrong_method())))
    }
}

fn hand(token: &Token) -> Hand {
    match &token.email {
        Some(email) => Hand::Key { email: email.clone() },
        None => Hand::Token { id: token.id.clone(), name: token.name.clone(), email: OWNER.to_owned() },
    }
}

pub(super) async fn records(request: Request) -> Response {
    if request.method == Method::GET {
        return request.answer(|inner| {
            let zone = request.zone(inner, Wants::Read)?;
            let listed = inner.listed(zone).list(&request.list_query(inner));
            Ok(wire::list(&listed, |record| record))
        });
    }
    request.post(|inner, zone, now| {
        let body: Body = request.parsed()?;
        inner.about_to_change(zone, &[], &[body.name.as_deref().unwrap_or_default()]);
        inner.world.create(zone, &body, now).map(wire::one)
    })
}

pub(super) async fn record(request: Request) -> Response {
    match request.method {
        Method::PATCH | Method::PUT | Method::DELETE => request.change(|inner, zone, now| {
            let record = request.handle("record")?;
            inner.about_to_change(zone, &[record], &[]);
            let done = match request.method {
                Method::PATCH if inner.does_nothing_on_patch() => inner.world.record(zone, record)?.clone(),
                Method::PATCH => inner.world.patch(zone, record, &request.parsed()?, now)?,
                Method::PUT => inner.world.put(zone, record, &request.parsed()?, now)?,
                _ => {
                    inner.world.delete(zone, record)?;
                    return Ok(wire::one(json!({"id": record})));
                }
            };
            Ok(wire::one(done))
        }),
        _ => request.answer(|inner| {
            let zone = request.zone(inner, request.wants())?;
            let record = request.handle("record")?;
            if request.method != Method::GET {
                return Err(wrong_method());
            }
            inner.world.record(&zone.id, record).map(wire::one)
        }),
    }
}

pub(super) async fn batch(request: Request) -> Response {
    request.post(|inner, zone, now| {
        let mut body: BatchBody = request.parsed()?;
        let (touched, created) = body.touches();
        inner.about_to_change(zone, &touched, &created);
        if inner.does_nothing_on_patch() {
            body.make_patches_empty();
        }
        inner.world.batch(zone, &body, now).map(wire::one)
    })
}

pub(super) async fn export(request: Request) -> Response {
    let done = request.state.with(|inner| {
        let zone = request.zone(inner, Wants::Read)?;
        Ok(transfer::export(zone, &timestamp()))
    });
    match done {
        Ok(file) => ([("content-type", "text/plain; charset=utf-8")], file).into_response(),
        Err(error) => reply(Err(error)),
    }
}

/// What is already there, or is refused for another reason, is not counted as added.
pub(super) async fn import(mut request: Request) -> Response {
    // The log does not hold files.
    let form = std::mem::take(&mut request.body);
    request.post(|inner, zone, now| {
        let kind = request.header("content-type").unwrap_or_default();
        let bodies = transfer::import(request.zone(inner, Wants::Edit)?, kind, &form)?;
        let names: Vec<&str> = bodies.iter().filter_map(|body| body.name.as_deref()).collect();
        inner.about_to_change(zone, &[], &names);
        let created = bodies.iter().filter(|body| inner.world.create(zone, body, now).is_ok()).count();
        Ok(wire::one(json!({"recs_added": created, "total_records_parsed": bodies.len()})))
    })
}
