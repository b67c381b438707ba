//! Accepts connections, injects faults, and hands requests to the API. Effects: network, clock.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::audit::uuid;
use super::fault::Fault;
use super::state::{Allowance, Inner, State};
use super::wire;
use super::world::rules::ApiError;

/// Largest body that is read from a client.
const LONGEST_BODY: usize = 8 << 20;

/// Added to the numbers of requests that have no entry in the log, to tell them from those that have.
const READS: u64 = 1 << 40;

/// The connection is dropped instead of answering.
#[derive(Debug, thiserror::Error)]
#[error("the reply is lost on purpose")]
struct Dropped;

/// How long every request takes, and how much longer at most.
type Latency = (Duration, Duration);

/// Serves until the task is dropped.
pub(super) async fn serve(listener: TcpListener, router: Router, state: Arc<State>, latency: Latency) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, most likely: give the others time to close theirs.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Without it every answer waits for the client's acknowledgement.
        stream.set_nodelay(true).ok();
        let (router, state) = (router.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            let answer = |request| answer(request, router.clone(), Arc::clone(&state), latency);
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer));
            // A client that hangs up, or a reply that is dropped on purpose, is no news.
            connection.await.ok();
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    router: Router,
    state: Arc<State>,
    (latency, jitter): Latency,
) -> Result<Response<Body>, Dropped> {
    let (mut parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(Body::new(body), LONGEST_BODY).await.unwrap_or_default();
    // The providers beside Cloudflare have neither its limit nor its headers.
    let is_cloudflare = parts.uri.path().starts_with("/client/v4");
    let (fate, jitter, number) = state.with(|inner| {
        let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        inner.calls.push((parts.method.to_string(), path, String::from_utf8_lossy(&bytes).into_owned()));
        let allowance = is_cloudflare.then(|| inner.spend());
        let jitter = if jitter.is_zero() { jitter } else { jitter.mul_f64(inner.draws.share()) };
        (fate(inner, &parts.method, allowance), jitter, inner.calls.len() as u64)
    });
    if let Some(fault @ Fault::HoldBefore(_)) = &fate.hold
        && state.hold(fault).await
    {
        return Err(Dropped);
    }
    tokio::time::sleep(latency + jitter + fate.delay).await;
    let mut response = if let Some(response) = fate.instead {
        response
    } else {
        without_slash(&mut parts.uri);
        let request = Request::from_parts(parts, Body::from(bytes));
        router.oneshot(request).await.unwrap_or_else(|never| match never {})
    };
    if let Some(fault @ Fault::HoldAfter(_)) = &fate.hold
        && state.hold(fault).await
    {
        return Err(Dropped);
    }
    if fate.is_lost {
        return Err(Dropped);
    }
    if !fate.bends.is_empty() {
        response = bend(response, &fate.bends).await;
    }
    if let Some(allowance) = fate.allowance {
        decorate(&mut response, allowance, number);
    }
    Ok(response)
}

/// A slash at the end of a path changes nothing. Source: ddclient, which sends one; checked 2026-11-25.
fn without_slash(uri: &mut Uri) {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let bare = format!("{}{query}", uri.path().trim_end_matches('/'));
    if uri.path().ends_with('/')
        && let Ok(shorter) = bare.parse()
    {
        *uri = shorter;
    }
}

/// What is to happen to one request.
#[derive(Default)]
struct Fate {
    delay: Duration,
    instead: Option<Response<Body>>,
    is_lost: bool,
    /// The faults that damage the body.
    bends: Vec<Fault>,
    /// The fault that holds it.
    hold: Option<Fault>,
    allowance: Option<Allowance>,
}

fn fate(inner: &mut Inner, method: &Method, allowance: Option<Allowance>) -> Fate {
    let number = inner.calls.len();
    let holds = |fault: &&Fault| matches!(fault, Fault::HoldBefore(n) | Fault::HoldAfter(n) if *n == number);
    let hold = inner.faults.iter().find(holds).cloned();
    let mut fate = Fate { hold, allowance, ..Fate::default() };
    if let Some(spent) = allowance.filter(|allowance| allowance.is_exceeded) {
        fate.instead = Some(throttled(Some(spent.reset.as_secs() + 1)));
        return fate;
    }
    let luck = inner.draws.share();
    let is_write = *method != Method::GET;
    for fault in &mut inner.faults {
        let fault = match fault {
            Fault::OnWrites(fault) if is_write => &mut **fault,
            other => other,
        };
        match fault {
            Fault::Slow(delay) => fate.delay = *delay,
            Fault::Html => fate.instead = Some(html()),
            Fault::ServerError(share) if luck < *share => fate.instead = Some(server_error(luck)),
            Fault::Throttled(left) if *left > 0 => {
                *left -= 1;
                fate.instead = Some(throttled((*left % 2 == 0).then_some(1)));
            }
            Fault::LostReply(left) if *left > 0 && is_write => {
                *left -= 1;
                fate.is_lost = true;
            }
            Fault::Truncated | Fault::Indented => fate.bends.push(fault.clone()),
            Fault::ShortList | Fault::LongList | Fault::EmptyPage if !is_write => {
                fate.bends.push(fault.clone());
            }
            _ => {}
        }
    }
    fate
}

fn response(status: u16, kind: &'static str, retry_after: Option<u64>, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().insert("content-type", axum::http::HeaderValue::from_static(kind));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

/// Source: a public work log of 2026-07-31: the edge answers HTML with a pause of two minutes.
fn html() -> Response<Body> {
    let page = "<!DOCTYPE html><html><head><title>api.cloudflare.com | 522: Connection timed out</title></head></html>";
    response(522, "text/html; charset=UTF-8", Some(120), page.to_owned())
}

fn server_error(luck: f64) -> Response<Body> {
    if (luck * 1_000.0).rem_euclid(2.0) < 1.0 {
        return response(502, "text/html", None, "<html><body>502 Bad Gateway</body></html>".to_owned());
    }
    let error = ApiError::new(500, 1002, "Internal error");
    response(500, "application/json", None, wire::error(&error))
}

fn throttled(retry_after: Option<u64>) -> Response<Body> {
    let error = ApiError::new(429, 971, "Please wait and consider throttling your request speed");
    response(429, "application/json", retry_after, wire::error(&error))
}

/// Damages a body the way a fault asks for.
async fn bend(response: Response<Body>, faults: &[Fault]) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut bytes = bytes.to_vec();
    if faults.contains(&Fault::Truncated) {
        bytes.truncate(bytes.len() / 2);
    } else if let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) {
        if let Some(list) = value.get_mut("result").and_then(Value::as_array_mut)
            && list.iter().any(|item| item.get("content").is_some())
        {
            bend_list(list, faults);
        }
        let is_indented = faults.contains(&Fault::Indented);
        bytes = if is_indented { format!("{value:#}") } else { value.to_string() }.into_bytes();
    }
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(bytes))
}

fn bend_list(list: &mut Vec<Value>, faults: &[Fault]) {
    for fault in faults {
        match fault {
            Fault::ShortList => {
                list.pop();
            }
            Fault::EmptyPage => list.clear(),
            Fault::LongList => {
                let mut extra = list.first().cloned().unwrap_or_default();
                if let Some(record) = extra.as_object_mut() {
                    record.insert("id".to_owned(), "f".repeat(32).into());
                    record.insert("name".to_owned(), "one-more.example.com".into());
                    record.insert("type".to_owned(), "TXT".into());
                }
                list.push(extra);
            }
            _ => {}
        }
    }
}

fn decorate(response: &mut Response<Body>, allowance: Allowance, number: u64) {
    let headers = response.headers_mut();
    // A write has that of its entry.
    if let (false, Ok(value)) = (headers.contains_key("cf-auditlog-id"), uuid(READS + number).parse()) {
        headers.insert("cf-auditlog-id", value);
    }
    headers.insert("cf-ray", axum::http::HeaderValue::from_static("8f0a1b2c3d4e5f60-SBX"));
    let Allowance { quota, window, remaining, reset, .. } = allowance;
    let left = format!("\"default\";r={remaining};t={}", reset.as_secs());
    let policy = format!("\"default\";q={quota};w={}", window.as_secs());
    for (name, text) in [("ratelimit", left), ("ratelimit-policy", policy)] {
        if let Ok(value) = text.parse() {
            headers.insert(name, value);
        }
    }
}
