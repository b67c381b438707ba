//! The HTTP faces: decode, ask the world, encode. Effects: network.

mod account;
mod postmark;
mod records;
mod sendgrid;

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

pub(super) use postmark::TOKEN as POSTMARK_TOKEN;
pub(super) use sendgrid::{KEY as SENDGRID_KEY, MAIL_KEY as SENDGRID_MAIL_KEY};

use super::auth::{self, Credentials, Path, Wants};
use super::state::{Inner, State};
use super::wire;
use super::world::find::Query;
use super::world::rules::ApiError;

type Done = Result<String, ApiError>;
type Ids = Segments<BTreeMap<String, String>>;

/// Every path that the sandbox knows: Cloudflare's below `/client/v4`, the providers' beside it.
pub(super) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/zones", get(zones))
        .route("/zones/{zone}", get(zone))
        .route("/zones/{zone}/dns_records", any(records::records))
        .route("/zones/{zone}/dns_records/batch", any(records::batch))
        .route("/zones/{zone}/dns_records/export", get(records::export))
        .route("/zones/{zone}/dns_records/import", any(records::import))
        .route("/zones/{zone}/dns_records/usage", get(usage))
        .route("/zones/{zone}/dns_records/{record}", any(records::record))
        .route("/zones/{zone}/dns_settings", any(zone_settings))
        .route("/zones/{zone}/dnssec", get(dnssec))
        .route("/accounts", get(account::all))
        .route("/accounts/{account}", get(account::one))
        .route("/memberships", get(account::memberships))
        .route("/user", get(account::user))
        .route("/accounts/{account}/dns_settings", any(account::settings))
        .route("/accounts/{account}/audit_logs", get(account::first_log))
        .route("/accounts/{account}/logs/audit", get(account::second_log))
        .route("/accounts/{account}/tokens/verify", get(account::verify))
        .route("/user/tokens/verify", get(account::user_verify))
        .route("/ips", get(account::ips));
    let nowhere = |uri: Uri| async move { reply(Err(no_route(&uri))) };
    let providers = sendgrid::router().merge(postmark::router());
    Router::new().nest("/client/v4", api).merge(providers).fallback(nowhere).with_state(state)
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

/// The query of an address.
fn query(raw: Option<&str>) -> Query {
    let pairs = reqwest::Url::parse(&format!("http://localhost/?{}", raw.unwrap_or_default())).ok();
    let pairs = pairs.iter().flat_map(|address| address.query_pairs().into_owned());
    Query(pairs.filter(|(key, _)| !key.is_empty()).collect())
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

/// The query of a list, as far as it is listened to.
fn list_query(inner: &Inner, raw: Option<&str>) -> Query {
    let mut query = query(raw);
    if let Some(size) = inner.only_page() {
        query.0.retain(|(key, _)| key != "page" && key != "per_page");
        query.0.push(("per_page".to_owned(), size.to_string()));
    }
    query
}

async fn zones(Shared(state): Shared<Arc<State>>, headers: HeaderMap, RawQuery(raw): RawQuery) -> Response {
    reply(state.with(|inner| {
        let query = list_query(inner, raw.as_deref());
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
fn enter(inner: &Inner, headers: &HeaderMap, uri: &Uri, ids: &Ids, wants: Wants) -> Result<(), ApiError> {
    let caller = auth::caller(&inner.world, &credentials(headers), Path::Zone)?;
    auth::check_handle(uri.path(), id(ids, "zone"))?;
    auth::zone(&inner.world, caller, id(ids, "zone"), wants).map(|_| ())
}

fn wants(method: &Method) -> Wants {
    if method == Method::GET { Wants::Read } else { Wants::Edit }
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
