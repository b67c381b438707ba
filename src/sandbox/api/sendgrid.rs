//! SendGrid's domain authentication. Effects: network.
//!
//! Source: `twilio/sendgrid-oai`, `tsg_domain_authentication_v3.json`; checked 2026-08-22. The words of the
//! refusals and the numbers of the rate limit are not established.

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use super::super::state::{Inner, State};
use super::super::world::providers::{Part, SendGrid};
use super::Request;

/// A key that may do everything.
pub(crate) const KEY: &str = "SG.sandbox-full.0000000000000000000000000000000000000000000";
/// A key that may send mail and nothing else.
pub(crate) const MAIL_KEY: &str = "SG.sandbox-mail.0000000000000000000000000000000000000000000";
/// Requests allowed in one period, as the headers say.
const QUOTA: usize = 600;

pub(super) fn router() -> Router<Arc<State>> {
    Router::new()
        .route("/v3/whitelabel/domains", get(answered(|request, inner| Ok(domains(request, inner)))))
        .route("/v3/whitelabel/domains/{id}", get(answered(domain)))
        .route("/v3/whitelabel/domains/{id}/validate", post(answered(validate)))
}

type Refusal = (StatusCode, &'static str);
type Done = Result<Value, Refusal>;

fn answered(act: fn(&Request, &mut Inner) -> Done) -> impl Fn(Request) -> Ready<Response> + Clone {
    move |request| {
        let (done, used) = request.state.with(|inner| {
            let used = inner.calls.iter().filter(|(_, path, _)| path.starts_with("/v3/")).count();
            let key = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
            let done = match key {
                Some(KEY) => act(&request, inner),
                Some(MAIL_KEY) => Err((StatusCode::FORBIDDEN, "access forbidden")),
                _ => Err((StatusCode::UNAUTHORIZED, "authorization required")),
            };
            (done, used)
        });
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("x-ratelimit-limit", QUOTA.to_string()),
            ("x-ratelimit-remaining", QUOTA.saturating_sub(used).to_string()),
            ("x-ratelimit-reset", "1798761600".to_owned()),
        ];
        let (status, body) = done.map_or_else(
            |(status, message)| (status, json!({"errors": [{"field": null, "message": message}]})),
            |value| (StatusCode::OK, value),
        );
        ready((status, headers, body.to_string()).into_response())
    }
}

fn found<'i>(inner: &'i mut Inner, request: &Request) -> Result<&'i mut SendGrid, Refusal> {
    let wanted = request.id("id");
    let domain = inner.world.sendgrid.iter_mut().find(|domain| domain.id.to_string() == wanted);
    domain.ok_or((StatusCode::NOT_FOUND, "resource not found"))
}

/// A bare list, without an envelope.
fn domains(request: &Request, inner: &mut Inner) -> Value {
    let query = request.query();
    let number = |key: &str, usual: usize| query.get(key).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let searched = query.get("domain").unwrap_or_default();
    let all = inner.world.sendgrid.iter().filter(|domain| domain.domain.contains(searched));
    all.skip(number("offset", 0)).take(number("limit", 50)).map(shown).collect()
}

fn domain(request: &Request, inner: &mut Inner) -> Done {
    found(inner, request).map(|domain| shown(domain))
}

/// Looks at DNS through a caching resolver, and answers 200 whatever it finds.
fn validate(request: &Request, inner: &mut Inner) -> Done {
    let parts = found(inner, request)?.parts.clone();
    let looked: Vec<Part> =
        parts.into_iter().map(|part| Part { valid: is_there(inner, &part), ..part }).collect();
    let domain = found(inner, request)?;
    let mut results: Map<String, Value> =
        looked.iter().map(|part| (part.key.to_owned(), result(part))).collect();
    if let Some(spf) = results.get("subdomain_spf").cloned() {
        results.insert("spf".to_owned(), spf);
    }
    let valid = looked.iter().all(|part| part.valid);
    domain.valid |= valid;
    domain.parts = looked;
    Ok(json!({"id": domain.id, "valid": valid, "validation_results": results}))
}

fn is_there(inner: &mut Inner, part: &Part) -> bool {
    inner.looked_up(&part.host, &part.kind.to_uppercase()).contains(&part.data)
}

fn result(part: &Part) -> Value {
    let reason =
        format!("Expected {} for \"{}\" to match \"{}\".", part.kind.to_uppercase(), part.host, part.data);
    json!({"valid": part.valid, "reason": if part.valid { Value::Null } else { reason.into() }})
}

fn shown(domain: &SendGrid) -> Value {
    let part = |part: &Part| {
        let shown = json!({"valid": part.valid, "type": part.kind, "host": part.host, "data": part.data});
        (part.key.to_owned(), shown)
    };
    let dns: Map<String, Value> = domain.parts.iter().map(part).collect();
    json!({
        "id": domain.id, "user_id": domain.user_id, "subdomain": domain.subdomain, "domain": domain.domain,
        "username": "sandbox", "ips": [], "custom_spf": false, "default": true, "legacy": false,
        "automatic_security": domain.automatic_security, "valid": domain.valid, "dns": dns,
        // Not in the description: there are always more members than one knows.
        "last_validation_attempt_at": 1_767_322_745,
    })
}
