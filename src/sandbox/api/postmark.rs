//! Postmark's domains. Effects: network.
//!
//! Established by several independent fixtures: the members of a domain, the two verifications, the header
//! of the token, and that the key is pending until it has been seen. A reading of ours: the status and the
//! number for a domain that does not exist, that `count` and `offset` are required, and that a record that
//! has gone makes `…Verified` false again. Checked 2026-11-23.

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, put};
use serde_json::{Value, json};

use super::super::state::{Inner, State};
use super::super::vendor::DKIM_KEY;
use super::super::world::providers::Postmark;
use super::Request;

/// The account's token.
pub(crate) const TOKEN: &str = "00000000-0000-4000-8000-73616e64626f";

pub(super) fn router() -> Router<Arc<State>> {
    Router::new()
        .route("/domains", get(answered(domains)))
        .route("/domains/{id}", get(answered(domain)))
        .route("/domains/{id}/verifyDkim", put(answered(verify_dkim)))
        .route("/domains/{id}/verifyReturnPath", put(answered(verify_return_path)))
}

type Refusal = (StatusCode, u16, &'static str);
type Done = Result<Value, Refusal>;

fn answered(act: fn(&Request, &mut Inner) -> Done) -> impl Fn(Request) -> Ready<Response> + Clone {
    move |request| {
        let is_known = request.header("x-postmark-account-token") == Some(TOKEN);
        let done = if is_known {
            request.state.with(|inner| act(&request, inner))
        } else {
            let message = "No Account or Server API tokens were supplied or they are not valid.";
            Err((StatusCode::UNAUTHORIZED, 10, message))
        };
        let (status, body) = done.map_or_else(
            |(status, code, message)| (status, json!({"ErrorCode": code, "Message": message})),
            |value| (StatusCode::OK, value),
        );
        ready((status, [("content-type", "application/json")], body.to_string()).into_response())
    }
}

fn found<'i>(inner: &'i mut Inner, request: &Request) -> Result<&'i mut Postmark, Refusal> {
    let wanted = request.id("id");
    let domain = inner.world.postmark.iter_mut().find(|domain| domain.id.to_string() == wanted);
    domain.ok_or((StatusCode::UNPROCESSABLE_ENTITY, 510, "This domain was not found."))
}

/// Summaries without records.
fn domains(request: &Request, inner: &mut Inner) -> Done {
    let query = request.query();
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
    let (Some(count), Some(offset)) = (number("count").filter(|count| *count <= 500), number("offset"))
    else {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, 600, "count and offset are required."));
    };
    let all = &inner.world.postmark;
    let page: Vec<Value> = all.iter().skip(offset).take(count).map(summary).collect();
    Ok(json!({"TotalCount": all.len(), "Domains": page}))
}

fn domain(request: &Request, inner: &mut Inner) -> Done {
    found(inner, request).map(|domain| shown(domain))
}

fn verify_dkim(request: &Request, inner: &mut Inner) -> Done {
    let host = found(inner, request)?.dkim_host.clone();
    let is_there = inner.looked_up(&host, "TXT").iter().any(|text| text == DKIM_KEY);
    let domain = found(inner, request)?;
    domain.dkim_verified = is_there;
    Ok(shown(domain))
}

fn verify_return_path(request: &Request, inner: &mut Inner) -> Done {
    let host = found(inner, request)?.return_path.clone();
    let is_there = inner.looked_up(&host, "CNAME").iter().any(|target| target == Postmark::TARGET);
    let domain = found(inner, request)?;
    domain.return_path_verified = is_there;
    Ok(shown(domain))
}

fn summary(domain: &Postmark) -> Value {
    json!({
        "Name": domain.domain, "SPFVerified": true, "DKIMVerified": domain.dkim_verified, "WeakDKIM": false,
        "ReturnPathDomainVerified": domain.return_path_verified, "ID": domain.id,
    })
}

fn shown(domain: &Postmark) -> Value {
    let (host, text) = (domain.dkim_host.as_str(), DKIM_KEY);
    let (known, pending) =
        if domain.dkim_verified { ((host, text), ("", "")) } else { (("", ""), (host, text)) };
    json!({
        "Name": domain.domain, "SPFVerified": true, "SPFHost": domain.domain,
        "SPFTextValue": "v=spf1 a mx include:spf.mtasv.net ~all",
        "DKIMVerified": domain.dkim_verified, "WeakDKIM": false, "DKIMHost": known.0, "DKIMTextValue": known.1,
        "DKIMPendingHost": pending.0, "DKIMPendingTextValue": pending.1, "DKIMRevokedHost": "",
        "DKIMRevokedTextValue": "", "SafeToRemoveRevokedKeyFromDNS": false,
        "DKIMUpdateStatus": if domain.dkim_verified { "Verified" } else { "Pending" },
        "ReturnPathDomain": domain.return_path, "ReturnPathDomainVerified": domain.return_path_verified,
        "ReturnPathDomainCNAMEValue": Postmark::TARGET, "ID": domain.id,
    })
}
