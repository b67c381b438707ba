//! The HTTP face: decode, ask the world, encode. Effects: clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Segments, RawQuery, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::auth::{self, Credentials, Path, Wants};
use super::state::{State, timestamp};
use super::wire::{self, RecordOut};
use super::world::find::Query;
use super::world::rules::ApiError;
use super::world::write::{BatchBody, Body};
use super::world::{Record, Token};

type Done = Result<String, ApiError>;
type Ids = Segments<BTreeMap<String, String>>;

/// Every path of the API that the sandbox knows, below `/client/v4`.
pub(super) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/zones", get(zones))
        .route("/zones/{zone}", get(zone))
        .route("/zones/{zone}/dns_records", any(records))
        .route("/zones/{zone}/dns_records/batch", any(batch))
        .route("/zones/{zone}/dns_records/usage", get(usage))
        .route("/zones/{zone}/dns_records/{record}", any(record))
        .route("/zones/{zone}/dns_settings", any(zone_settings))
        .route("/zones/{zone}/dnssec", get(dnssec))
        .route("/accounts/{account}/dns_settings", any(account_settings))
        .route("/accounts/{account}/tokens/verify", get(account_verify))
        .route("/user/tokens/verify", get(user_verify))
        .route("/ips", get(ips));
    let nowhere = |uri: Uri| async move { reply(Err(no_route(&uri))) };
    Router::new().nest("/client/v4", api).fallback(nowhere).with_state(state)
}

fn no_route(uri: &Uri) -> ApiError {
    let path = uri.path();
    ApiError::new(404, 7003, format!("Could not route to {path}, perhaps your object identifier is invalid?"))
}

fn wrong_method() -> ApiError {
    ApiError::new(405, 7001, "Method not allowed for this endpoint")
}

fn reply(done: Done) -> Response {
    let json = [("content-type", "application/json"), ("api-version", "2026-11-01")];
    match done {
        Ok(body) => (json, body).into_response(),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, json, wire::error(&error)).into_response()
        }
    }
}

fn credentials(headers: &HeaderMap) -> Credentials<'_> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Credentials {
        authorization: header("authorization"),
        email: header("x-auth-email"),
        key: header("x-auth-key"),
    }
}

/// The query of an address; both `+` and `%20` are spaces.
fn query(raw: Option<&str>) -> Query {
    let pairs = raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    Query(
        pairs
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decoded(key), decoded(value))
            })
            .collect(),
    )
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let hex = std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                bytes.extend(hex);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn parsed<T: DeserializeOwned + Default>(body: &Bytes) -> Result<T, ApiError> {
    if body.is_empty() {
        return Ok(T::default());
    }
    // The number for a body that is not JSON is not established.
    serde_json::from_slice(body)
        .map_err(|_| ApiError::new(400, 9207, "Content-type or body is not valid JSON."))
}

fn id<'i>(ids: &'i Ids, which: &str) -> &'i str {
    ids.get(which).map(String::as_str).unwrap_or_default()
}

async fn zones(Shared(state): Shared<Arc<State>>, headers: HeaderMap, RawQuery(raw): RawQuery) -> Response {
    let query = query(raw.as_deref());
    reply(state.with(|inner| {
        let caller = auth::caller(&inner.world, &credentials(&headers), Path::Zone)?;
        if !caller.zone_list {
            return Err(ApiError::new(403, 9109, "Unauthorized to access requested resource"));
        }
        let page = inner.world.list_zones(&query, |zone| auth::sees(caller, zone));
        Ok(wire::list(&page, |zone| wire::zone(zone, account_name(&inner.world, &zone.account), caller)))
    }))
}

fn account_name<'w>(world: &'w super::world::World, id: &str) -> &'w str {
    world.account(id).map(|account| account.name.as_str()).unwrap_or_default()
}

async fn zone(Shared(state): Shared<Arc<State>>, headers: HeaderMap, uri: Uri, ids: Ids) -> Response {
    reply(state.with(|inner| {
        let caller = auth::caller(&inner.world, &credentials(&headers), Path::Zone)?;
        auth::check_handle(uri.path(), id(&ids, "zone"))?;
        let zone = auth::zone(&inner.world, caller, id(&ids, "zone"), Wants::Read)?;
        Ok(wire::one(wire::zone(zone, account_name(&inner.world, &zone.account), caller)))
    }))
}

/// What all paths below a zone begin with: the caller, the form of the handle, the right to do it.
fn enter(
    inner: &super::state::Inner,
    headers: &HeaderMap,
    uri: &Uri,
    ids: &Ids,
    wants: Wants,
) -> Result<(), ApiError> {
    let caller = auth::caller(&inner.world, &credentials(headers), Path::Zone)?;
    auth::check_handle(uri.path(), id(ids, "zone"))?;
    auth::zone(&inner.world, caller, id(ids, "zone"), wants).map(|_| ())
}

fn wants(method: &Method) -> Wants {
    if method == Method::GET { Wants::Read } else { Wants::Edit }
}

async fn records(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    (RawQuery(raw), body): (RawQuery, Bytes),
) -> Response {
    let zone = id(&ids, "zone").to_owned();
    reply(state.with(|inner| {
        enter(inner, &headers, &uri, &ids, wants(&method))?;
        match method {
            Method::GET => {
                let held = inner.world.zone(&zone).ok_or_else(|| no_route(&uri))?;
                Ok(wire::records(&held.list(&query(raw.as_deref()))))
            }
            Method::POST => {
                let body: Body = parsed(&body)?;
                inner.about_to_change(&zone, &[], &[body.name().unwrap_or_default()]);
                let now = timestamp();
                let created = inner.world.create(&zone, &body, &now)?;
                Ok(wire::one(RecordOut::from(&created)))
            }
            _ => Err(wrong_method()),
        }
    }))
}

async fn record(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (zone, record) = (id(&ids, "zone").to_owned(), id(&ids, "record").to_owned());
    reply(state.with(|inner| {
        enter(inner, &headers, &uri, &ids, wants(&method))?;
        auth::check_handle(uri.path(), &record)?;
        if method != Method::GET {
            inner.about_to_change(&zone, &[&record], &[]);
        }
        let now = timestamp();
        let done: Record = match method {
            Method::GET => {
                let held = inner.world.zone(&zone).and_then(|zone| zone.records.get(&record));
                held.cloned().ok_or_else(|| ApiError::new(404, 81044, "Record does not exist."))?
            }
            Method::PATCH if inner.does_nothing_on_patch() => {
                let held = inner.world.zone(&zone).and_then(|zone| zone.records.get(&record));
                held.cloned().ok_or_else(|| ApiError::new(404, 81044, "Record does not exist."))?
            }
            Method::PATCH => inner.world.patch(&zone, &record, &parsed(&body)?, &now)?,
            Method::PUT => inner.world.put(&zone, &record, &parsed(&body)?, &now)?,
            Method::DELETE => {
                inner.world.delete(&zone, &record)?;
                return Ok(wire::one(json!({"id": record})));
            }
            _ => return Err(wrong_method()),
        };
        Ok(wire::one(RecordOut::from(&done)))
    }))
}

async fn batch(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let zone = id(&ids, "zone").to_owned();
    reply(state.with(|inner| {
        enter(inner, &headers, &uri, &ids, Wants::Edit)?;
        if method != Method::POST {
            return Err(wrong_method());
        }
        let mut body: BatchBody = parsed(&body)?;
        let (touched, created) = body.touches();
        inner.about_to_change(&zone, &touched, &created);
        if inner.does_nothing_on_patch() {
            body.make_patches_empty();
        }
        let now = timestamp();
        inner.world.batch(&zone, &body, &now).map(|done| wire::batch(&done))
    }))
}

async fn usage(Shared(state): Shared<Arc<State>>, headers: HeaderMap, uri: Uri, ids: Ids) -> Response {
    reply(state.with(|inner| {
        enter(inner, &headers, &uri, &ids, Wants::Read)?;
        let zone = inner.world.zone(id(&ids, "zone")).ok_or_else(|| no_route(&uri))?;
        Ok(wire::one(json!({"record_usage": zone.records.len(), "record_quota": zone.quota})))
    }))
}

async fn zone_settings(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    reply(state.with(|inner| {
        enter(inner, &headers, &uri, &ids, wants(&method))?;
        let change: Value = parsed(&body)?;
        let zone = inner.world.zone_mut(id(&ids, "zone")).ok_or_else(|| no_route(&uri))?;
        match method {
            Method::GET => {}
            Method::PATCH => {
                if let Some(flatten) = change.get("flatten_all_cnames").and_then(Value::as_bool) {
                    zone.flatten_all_cnames = flatten;
                }
                if let Some(mode) = change.get("zone_mode").and_then(Value::as_str) {
                    mode.clone_into(&mut zone.zone_mode);
                }
            }
            _ => return Err(wrong_method()),
        }
        Ok(wire::one(wire::zone_settings(zone)))
    }))
}

async fn dnssec(Shared(state): Shared<Arc<State>>, headers: HeaderMap, uri: Uri, ids: Ids) -> Response {
    reply(state.with(|inner| {
        enter(inner, &headers, &uri, &ids, Wants::Read)?;
        let zone = inner.world.zone(id(&ids, "zone")).ok_or_else(|| no_route(&uri))?;
        Ok(wire::one(wire::dnssec(zone)))
    }))
}

async fn account_settings(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    (uri, ids): (Uri, Ids),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    reply(state.with(|inner| {
        let caller = auth::caller(&inner.world, &credentials(&headers), Path::Account)?;
        auth::check_handle(uri.path(), id(&ids, "account"))?;
        if !caller.account_read || (method != Method::GET && !caller.dns_edit) {
            return Err(ApiError::new(403, 9109, "Unauthorized to access requested resource"));
        }
        let change: Value = parsed(&body)?;
        let known = inner.world.accounts.iter_mut().find(|account| account.id == id(&ids, "account"));
        let account = known.ok_or_else(|| ApiError::new(403, 10000, "Authentication error"))?;
        match method {
            Method::GET => {}
            Method::PATCH => {
                let enforce = change.get("enforce_dns_only").and_then(Value::as_bool);
                account.enforce_dns_only = enforce.unwrap_or(account.enforce_dns_only);
            }
            _ => return Err(wrong_method()),
        }
        Ok(wire::one(json!({
            "enforce_dns_only": account.enforce_dns_only,
            "zone_defaults": {"flatten_all_cnames": false, "foundation_dns": false, "multi_provider": false,
                              "ns_ttl": 86_400, "secondary_overrides": false, "zone_mode": "standard",
                              "internal_dns": {"reference_zone_id": account.id},
                              "nameservers": {"type": "cloudflare.standard"},
                              "soa": {"expire": 604_800, "min_ttl": 1_800, "mname": null, "refresh": 10_000,
                                      "retry": 2_400, "rname": "dns.cloudflare.com", "ttl": 3_600}}
        })))
    }))
}

fn verified(token: &Token) -> String {
    wire::one_with(json!({"id": token.id, "status": "active"}), 10000, "This API Token is valid and active")
}

async fn user_verify(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    reply(state.with(|inner| auth::caller(&inner.world, &credentials(&headers), Path::Verify).map(verified)))
}

async fn account_verify(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    // Every token of the sandbox is a user's: on the account's path it is not known.
    reply(state.with(|inner| {
        auth::caller(&inner.world, &credentials(&headers), Path::Verify)?;
        Err(ApiError::new(401, 1000, "Invalid API Token"))
    }))
}

/// Needs no credential.
async fn ips() -> Response {
    let v4 = [
        "173.245.48.0/20",
        "103.21.244.0/22",
        "103.22.200.0/22",
        "103.31.4.0/22",
        "141.101.64.0/18",
        "108.162.192.0/18",
        "190.93.240.0/20",
        "188.114.96.0/20",
        "197.234.240.0/22",
        "198.41.128.0/17",
        "162.158.0.0/15",
        "104.16.0.0/13",
        "104.24.0.0/14",
        "172.64.0.0/13",
        "131.0.72.0/22",
    ];
    let v6 = [
        "2400:cb00::/32",
        "2606:4700::/32",
        "2803:f800::/32",
        "2405:b500::/32",
        "2405:8100::/32",
        "2a06:98c0::/29",
        "2c0f:f248::/32",
    ];
    let etag = "38f79d050aa027e3be3865e495dcc9bc";
    reply(Ok(wire::one(json!({"ipv4_cidrs": v4, "ipv6_cidrs": v6, "etag": etag}))))
}
