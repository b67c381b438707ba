//! The HTTP faces: decode, ask the world, encode. Effects: network.

mod account;
mod postmark;
mod records;
mod sendgrid;

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path as Segments};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) use postmark::TOKEN as POSTMARK_TOKEN;
pub(super) use sendgrid::{KEY as SENDGRID_KEY, MAIL_KEY as SENDGRID_MAIL_KEY};

use super::auth::{self, Path};
use super::fault::Fault;
use super::state::{Inner, State};
use super::wire;
use super::world::find::Query;
use super::world::rules::ApiError;
use super::world::{Token, Zone};

type Done = Result<String, ApiError>;

/// What a request wants to do to a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    Read,
    Edit,
}

/// A request, and what answers it.
struct Request {
    state: Arc<State>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// The segments of the path that have a name.
    ids: BTreeMap<String, String>,
    body: Bytes,
}

impl FromRequest<Arc<State>> for Request {
    type Rejection = Response;

    async fn from_request(request: axum::extract::Request, state: &Arc<State>) -> Result<Self, Response> {
        let (method, uri, headers, Segments(ids), body) =
            <(_, _, _, Segments<_>, Bytes)>::from_request(request, state).await?;
        Ok(Self { state: Arc::clone(state), method, uri, headers, ids, body })
    }
}

impl Request {
    fn answer(&self, act: impl FnOnce(&mut Inner) -> Done) -> Response {
        reply(self.state.with(act))
    }

    fn id(&self, which: &str) -> &str {
        self.ids.get(which).map(String::as_str).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn query(&self) -> Query {
        let address = format!("http://localhost/?{}", self.uri.query().unwrap_or_default());
        let address = reqwest::Url::parse(&address).ok();
        let pairs = address.iter().flat_map(|address| address.query_pairs().into_owned());
        Query(pairs.filter(|(key, _)| !key.is_empty()).collect())
    }

    /// The query of a list, as far as it is listened to.
    fn list_query(&self, inner: &Inner) -> Query {
        let mut query = self.query();
        let only_page = inner.faults.iter().find_map(|fault| match fault {
            // Every page is answered with the first one.
            Fault::IgnorePage(size) => Some(size),
            _ => None,
        });
        if let Some(size) = only_page {
            query.0.retain(|(key, _)| key != "page" && key != "per_page");
            query.0.push(("per_page".to_owned(), size.to_string()));
        }
        query
    }

    fn parsed<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        if self.body.is_empty() {
            return Ok(T::default());
        }
        // The number for a body that is not JSON is not established.
        serde_json::from_slice(&self.body)
            .map_err(|_| ApiError::new(400, 9207, "Content-type or body is not valid JSON."))
    }

    fn wants(&self) -> Wants {
        if self.method == Method::GET { Wants::Read } else { Wants::Edit }
    }

    fn caller<'w>(&self, inner: &'w Inner, path: Path) -> Result<&'w Token, ApiError> {
        auth::caller(&inner.world, &self.headers, path)
    }

    /// A handle of the path; a path without the form of one leads nowhere.
    fn handle(&self, which: &str) -> Result<&str, ApiError> {
        let handle = self.id(which);
        let is_hex = handle.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if handle.len() == 32 && is_hex {
            Ok(handle)
        } else {
            Err(ApiError { status: 400, ..no_route(&self.uri) })
        }
    }

    /// What all paths below a zone begin with: the caller, the form of the handle, the right to do it.
    fn zone<'w>(&self, inner: &'w Inner, wants: Wants) -> Result<&'w Zone, ApiError> {
        let caller = self.caller(inner, Path::Zone)?;
        let zone = inner.world.zone(self.handle("zone")?);
        zone.filter(|_| wants == Wants::Read || caller.dns_edit).ok_or_else(auth::not_allowed)
    }
}

/// Every path that the sandbox knows: Cloudflare's below `/client/v4`, the providers' beside it.
pub(super) fn router(state: Arc<State>) -> Router {
    let api = Router::new()
        .route("/zones", get(json(zones)))
        .route("/zones/{zone}", get(json(zone)))
        .route("/zones/{zone}/dns_records", any(records::records))
        .route("/zones/{zone}/dns_records/batch", any(records::batch))
        .route("/zones/{zone}/dns_records/export", get(records::export))
        .route("/zones/{zone}/dns_records/import", any(records::import))
        .route("/zones/{zone}/dns_records/usage", get(json(usage)))
        .route("/zones/{zone}/dns_records/{record}", any(records::record))
        .route("/zones/{zone}/dns_settings", any(json(zone_settings)))
        .route("/zones/{zone}/dnssec", get(json(dnssec)))
        .route("/accounts", get(json(account::all)))
        .route("/accounts/{account}", get(json(account::one)))
        .route("/memberships", get(json(account::memberships)))
        .route("/user", get(json(account::user)))
        .route("/accounts/{account}/dns_settings", any(json(account::settings)))
        .route("/accounts/{account}/audit_logs", get(json(account::first_log)))
        .route("/accounts/{account}/logs/audit", get(account::second_log))
        .route("/accounts/{account}/tokens/verify", get(json(account::verify)))
        .route("/user/tokens/verify", get(json(account::user_verify)))
        .route("/ips", get(account::ips));
    let nowhere = |uri: Uri| async move { reply(Err(no_route(&uri))) };
    let providers = sendgrid::router().merge(postmark::router());
    Router::new().nest("/client/v4", api).merge(providers).fallback(nowhere).with_state(state)
}

/// A handler of what is read and answered as JSON.
fn json(act: fn(&Request, &mut Inner) -> Done) -> impl Fn(Request) -> Ready<Response> + Clone {
    move |request| ready(request.answer(|inner| act(&request, inner)))
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

fn zones(request: &Request, inner: &mut Inner) -> Done {
    let caller = request.caller(inner, Path::Zone)?;
    if !caller.zone_list {
        return Err(ApiError::new(403, 9109, "Unauthorized to access requested resource"));
    }
    let page = inner.world.list_zones(&request.list_query(inner));
    Ok(wire::list(&page, |zone| wire::zone(&inner.world, zone, caller)))
}

fn zone(request: &Request, inner: &mut Inner) -> Done {
    let zone = request.zone(inner, Wants::Read)?;
    let caller = request.caller(inner, Path::Zone)?;
    Ok(wire::one(wire::zone(&inner.world, zone, caller)))
}

fn usage(request: &Request, inner: &mut Inner) -> Done {
    let zone = request.zone(inner, Wants::Read)?;
    Ok(wire::one(serde_json::json!({"record_usage": zone.records.len(), "record_quota": zone.quota})))
}

fn zone_settings(request: &Request, inner: &mut Inner) -> Done {
    request.zone(inner, request.wants())?;
    let change: Value = request.parsed()?;
    let zone = inner.world.zone_mut(request.id("zone")).ok_or_else(|| no_route(&request.uri))?;
    match request.method {
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
}

fn dnssec(request: &Request, inner: &mut Inner) -> Done {
    request.zone(inner, Wants::Read).map(|zone| wire::one(wire::dnssec(zone)))
}
