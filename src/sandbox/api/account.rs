//! What belongs to an account: settings, tokens, audit logs. Effects: network.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::super::audit::{first, second};
use super::super::auth::{self, Path};
use super::super::fault::Fault;
use super::super::state::{Inner, State};
use super::super::wire;
use super::super::world::find::page;
use super::super::world::rules::ApiError;
use super::super::world::{Account, Token};
use super::records::OWNER;
use super::{Done, Ids, credentials, id, parsed, query, reply, wrong_method};

/// The account, if the caller may read its logs. A wrong handle and a missing permission look alike.
fn logged<'w>(inner: &'w Inner, headers: &HeaderMap, uri: &Uri, ids: &Ids) -> Result<&'w Account, ApiError> {
    let caller = auth::caller(&inner.world, &credentials(headers), Path::Account)?;
    auth::check_handle(uri.path(), id(ids, "account"))?;
    let account = inner.world.account(id(ids, "account")).filter(|_| caller.account_read);
    account.ok_or_else(|| ApiError::new(403, 10000, "Authentication error"))
}

pub(super) async fn first_log(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    (uri, ids): (Uri, Ids),
    RawQuery(raw): RawQuery,
) -> Response {
    reply(state.with(|inner| {
        let account = logged(inner, &headers, &uri, &ids)?;
        let without_old_values = inner.faults.contains(&Fault::NoOldValues);
        first::list(&inner.world.log, &account.id, &query(raw.as_deref()), without_old_values)
    }))
}

pub(super) async fn second_log(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    (uri, ids): (Uri, Ids),
    RawQuery(raw): RawQuery,
) -> Response {
    let done = state.with(|inner| {
        let account = logged(inner, &headers, &uri, &ids).map_err(|error| (error.status, error.message))?;
        let account = (account.id.as_str(), account.name.as_str());
        second::list(&inner.world.log, account, &query(raw.as_deref())).map_err(|message| (400, message))
    });
    match done {
        Ok(body) => reply(Ok(body)),
        Err((status, message)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, [("content-type", "application/json")], second::refusal(&message)).into_response()
        }
    }
}

pub(super) async fn settings(
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

/// Who may read nothing of accounts sees an empty list.
pub(super) async fn all(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Response {
    reply(state.with(|inner| {
        let caller = auth::caller(&inner.world, &credentials(&headers), Path::Account)?;
        let seen = inner.world.accounts.iter().filter(|_| caller.account_read).collect();
        Ok(wire::list(&page(seen, &query(raw.as_deref()), 20, 50), wire::account))
    }))
}

pub(super) async fn one(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    (uri, ids): (Uri, Ids),
) -> Response {
    reply(
        state.with(|inner| {
            logged(inner, &headers, &uri, &ids).map(|account| wire::one(wire::account(account)))
        }),
    )
}

/// How a token without the right is refused here is not established; this is the usual number.
pub(super) async fn memberships(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Response {
    reply(state.with(|inner| {
        let caller = auth::caller(&inner.world, &credentials(&headers), Path::Account)?;
        if !caller.account_read || caller.is_accounts {
            return Err(ApiError::new(403, 10000, "Authentication error"));
        }
        let all = inner.world.accounts.iter().collect();
        Ok(wire::list(&page(all, &query(raw.as_deref()), 20, 50), |account| {
            json!({"id": account.id, "status": "accepted", "account": wire::account(account),
                   "roles": ["Super Administrator - All Privileges"], "permissions": {}})
        }))
    }))
}

/// An account's token has no user.
pub(super) async fn user(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    reply(state.with(|inner| {
        let caller = auth::caller(&inner.world, &credentials(&headers), Path::Account)?;
        if !caller.account_read || caller.is_accounts {
            return Err(ApiError::new(403, 9109, "Unauthorized to access requested resource"));
        }
        let id = inner.world.accounts.first().map(|account| account.id.clone()).unwrap_or_default();
        let email = caller.email.as_deref().unwrap_or(OWNER);
        Ok(wire::one(
            json!({"id": id, "email": email, "username": email, "first_name": null, "last_name": null,
                            "two_factor_authentication_enabled": true, "suspended": false}),
        ))
    }))
}

/// Each path knows its own tokens only.
///
/// Source: `developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens` and
/// cloudflare-kubernetes-gateway issue 262; checked 2026-08-22.
fn verified(token: &Token, is_accounts_path: bool) -> Done {
    if token.is_accounts != is_accounts_path {
        return Err(ApiError::new(401, 1000, "Invalid API Token"));
    }
    Ok(wire::one_with(
        json!({"id": token.id, "status": "active"}),
        10000,
        "This API Token is valid and active",
    ))
}

pub(super) async fn user_verify(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    reply(
        state
            .with(|inner| verified(auth::caller(&inner.world, &credentials(&headers), Path::Verify)?, false)),
    )
}

pub(super) async fn verify(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    reply(
        state.with(|inner| verified(auth::caller(&inner.world, &credentials(&headers), Path::Verify)?, true)),
    )
}

/// Needs no credential.
pub(super) async fn ips() -> Response {
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
