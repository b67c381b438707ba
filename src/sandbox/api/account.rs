//! What belongs to an account: settings, tokens, audit logs. Effects: network.

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::super::audit::{first, second};
use super::super::auth::{Path, not_allowed};
use super::super::fault::Fault;
use super::super::state::Inner;
use super::super::wire;
use super::super::world::Account;
use super::super::world::find::page;
use super::super::world::history::OWNER;
use super::super::world::rules::ApiError;
use super::{Done, Request, reply, wrong_method};

/// The account, if the caller may read its logs. A wrong handle and a missing permission look alike.
fn logged<'w>(request: &Request, inner: &'w Inner) -> Result<&'w Account, ApiError> {
    let caller = request.caller(inner, Path::Account)?;
    let account = inner.world.account(request.handle("account")?);
    account.filter(|_| caller.account_read).ok_or_else(not_allowed)
}

pub(super) fn first_log(request: &Request, inner: &mut Inner) -> Done {
    let account = logged(request, inner)?;
    let without_old_values = inner.faults.contains(&Fault::NoOldValues);
    first::list(&inner.world.log, &account.id, &request.query(), without_old_values)
}

pub(super) async fn second_log(request: Request) -> Response {
    let done = request.state.with(|inner| {
        let account = logged(&request, inner).map_err(|error| (error.status, error.message))?;
        let account = (account.id.as_str(), account.name.as_str());
        second::list(&inner.world.log, account, &request.query()).map_err(|message| (400, message))
    });
    match done {
        Ok(body) => reply(Ok(body)),
        Err((status, message)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, [("content-type", "application/json")], second::refusal(&message)).into_response()
        }
    }
}

pub(super) fn settings(request: &Request, inner: &mut Inner) -> Done {
    let caller = request.caller(inner, Path::Account)?;
    let id = request.handle("account")?;
    if !caller.account_read || (request.method != Method::GET && !caller.dns_edit) {
        return Err(ApiError::new(403, 9109, "Unauthorized to access requested resource"));
    }
    let change: Value = request.parsed()?;
    let known = inner.world.accounts.iter_mut().find(|account| account.id == id);
    let account = known.ok_or_else(not_allowed)?;
    match request.method {
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
}

/// Who may read nothing of accounts sees an empty list.
pub(super) fn all(request: &Request, inner: &mut Inner) -> Done {
    let caller = request.caller(inner, Path::Account)?;
    let seen = inner.world.accounts.iter().filter(|_| caller.account_read).collect();
    Ok(wire::list(&page(seen, &request.query(), 20, 50), wire::account))
}

pub(super) fn one(request: &Request, inner: &mut Inner) -> Done {
    logged(request, inner).map(|account| wire::one(wire::account(account)))
}

/// How a token without the right is refused here is not established; this is the usual number.
pub(super) fn memberships(request: &Request, inner: &mut Inner) -> Done {
    let caller = request.caller(inner, Path::Account)?;
    if !caller.account_read || caller.is_accounts {
        return Err(not_allowed());
    }
    let all = inner.world.accounts.iter().collect();
    Ok(wire::list(&page(all, &request.query(), 20, 50), |account| {
        json!({"id": account.id, "status": "accepted", "account": wire::account(account),
               "roles": ["Super Administrator - All Privileges"], "permissions": {}})
    }))
}

/// An account's token has no user.
pub(super) fn user(request: &Request, inner: &mut Inner) -> Done {
    let caller = request.caller(inner, Path::Account)?;
    if !caller.account_read || caller.is_accounts {
        return Err(ApiError::new(403, 9109, "Unauthorized to access requested resource"));
    }
    let id = inner.world.accounts.first().map(|account| account.id.as_str()).unwrap_or_default();
    let email = caller.email.as_deref().unwrap_or(OWNER);
    Ok(wire::one(json!({"id": id, "email": email, "username": email, "first_name": null, "last_name": null,
                        "two_factor_authentication_enabled": true, "suspended": false})))
}

pub(super) fn user_verify(request: &Request, inner: &mut Inner) -> Done {
    verified(request, inner, false)
}

pub(super) fn verify(request: &Request, inner: &mut Inner) -> Done {
    verified(request, inner, true)
}

/// Each path knows its own tokens only.
///
/// Source: `developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens` and
/// cloudflare-kubernetes-gateway issue 262; checked 2026-08-22.
fn verified(request: &Request, inner: &Inner, is_accounts_path: bool) -> Done {
    let token = request.caller(inner, Path::Verify)?;
    if token.is_accounts != is_accounts_path {
        return Err(ApiError::new(401, 1000, "Invalid API Token"));
    }
    let result = json!({"id": token.id, "status": "active"});
    Ok(wire::one_with(result, 10000, "This API Token is valid and active"))
}

/// Needs no credential.
pub(super) async fn ips() -> Response {
    reply(Ok(wire::one(json!({
        "ipv4_cidrs": ["173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18",
                       "108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22",
                       "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13", "104.24.0.0/14", "172.64.0.0/13",
                       "131.0.72.0/22"],
        "ipv6_cidrs": ["2400:cb00::/32", "2606:4700::/32", "2803:f800::/32", "2405:b500::/32", "2405:8100::/32",
                       "2a06:98c0::/29", "2c0f:f248::/32"],
        "etag": "38f79d050aa027e3be3865e495dcc9bc"
    }))))
}
