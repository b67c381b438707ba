//! The second audit log: one entry for each request that was to change something. Pure.
//!
//! Source: the API description; checked 2026-08-22. No real entry for a DNS record was found: product and
//! type are those of the one test that names them, and a batch counts as `create` because it is a POST.

use serde_json::{Value, json};

use super::super::world::find::Query;
use super::super::world::history::{Event, Hand, Log};
use super::{MOST, USUAL, Window, address, number, user, uuid};

/// Filters and the places in an entry that they look at; each also with `.not`.
const FILTERS: [(&str, &str); 22] = [
    ("account_name", "/account/name"),
    ("action_result", "/action/result"),
    ("action_type", "/action/type"),
    ("actor_context", "/actor/context"),
    ("actor_email", "/actor/email"),
    ("actor_id", "/actor/id"),
    ("actor_ip_address", "/actor/ip_address"),
    ("actor_token_id", "/actor/token_id"),
    ("actor_token_name", "/actor/token_name"),
    ("actor_type", "/actor/type"),
    ("audit_log_id", "/id"),
    ("id", "/id"),
    ("raw_cf_ray_id", "/raw/cf_ray_id"),
    ("raw_method", "/raw/method"),
    ("raw_status_code", "/raw/status_code"),
    ("raw_uri", "/raw/uri"),
    ("resource_id", "/resource/id"),
    ("resource_product", "/resource/product"),
    ("resource_scope", "/resource/scope"),
    ("resource_type", "/resource/type"),
    ("zone_id", "/zone/id"),
    ("zone_name", "/zone/name"),
];

/// `GET /accounts/{id}/logs/audit`; `Err` says what is wrong with the query.
pub(crate) fn list(log: &Log, account: (&str, &str), query: &Query) -> Result<String, String> {
    for required in ["since", "before"] {
        query.get(required).ok_or_else(|| format!("{required} is required"))?;
    }
    let bad = |key| format!("{key} is not valid");
    let window = Window::read(query).map_err(bad)?;
    let limit = number(query, "limit", USUAL, MOST).map_err(bad)?;
    let cursor = query.get("cursor").filter(|text| !text.is_empty());
    let after = cursor.map(|text| decoded(text).ok_or_else(|| bad("cursor"))).transpose()?;
    let mut events = window.events(&log.events, account.0).into_iter().peekable();
    if let Some(after) = after {
        while events.next_if(|event| event.number != after).is_some() {}
        events.next();
    }
    let known = events.filter(|event| event.at >= log.second_since);
    let mut found =
        known.map(|event| (event.number, entry(event, account))).filter(|(_, entry)| fits(query, entry));
    let (numbers, result): (Vec<u64>, Vec<Value>) = found.by_ref().take(limit).unzip();
    // The count is a text in the description.
    let mut info = json!({"count": result.len().to_string()});
    // Whether an empty cursor or none ends the list is not established.
    if let Some(last) = numbers.last().filter(|_| result.len() == limit) {
        info["cursor"] = encoded(*last).into();
    }
    Ok(json!({"errors": [], "result": result, "result_info": info, "success": true}).to_string())
}

/// A refusal: no number, no `result`.
pub(crate) fn refusal(message: &str) -> String {
    json!({"errors": [{"message": message}], "success": false}).to_string()
}

/// Opaque to clients: the entry that the page before ended with.
fn encoded(number: u64) -> String {
    format!("{:016x}", number ^ 0x5bd1_e995_9e37_79b9)
}

fn decoded(cursor: &str) -> Option<u64> {
    u64::from_str_radix(cursor, 16).ok().map(|number| number ^ 0x5bd1_e995_9e37_79b9)
}

fn fits(query: &Query, entry: &Value) -> bool {
    FILTERS.iter().all(|(key, place)| {
        let held =
            entry.pointer(place).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let holds = |wanted: &str| held.as_deref() == Some(wanted);
        let mut wanted = query.all(key).peekable();
        let unwanted = format!("{key}.not");
        (wanted.peek().is_none() || wanted.any(holds)) && !query.all(&unwanted).any(holds)
    })
}

fn entry(event: &Event, (account, account_name): (&str, &str)) -> Value {
    let call = &event.call;
    let verb = match call.method.as_str() {
        "POST" => "create",
        "DELETE" => "delete",
        _ => "update",
    };
    let result = if call.status < 400 { "success" } else { "failure" };
    let mut resource = json!({
        "id": resource(event), "product": "dns", "scope": "zones", "type": "dns_record",
    });
    for (member, text) in [("request", &call.request), ("response", &call.response)] {
        if let Ok(body) = serde_json::from_str::<Value>(text) {
            resource[member] = body;
        }
    }
    json!({
        "account": {"id": account, "name": account_name},
        "action": {"description": format!("{verb} DNS record"), "result": result, "time": event.at.to_string(),
                   "type": verb},
        "actor": actor(&event.hand),
        "id": uuid(event.number),
        "raw": {"cf_ray_id": format!("{:016x}-SBX", event.number), "method": call.method,
                "status_code": call.status, "uri": call.uri,
                "user_agent": if event.hand.is_person() { "Mozilla/5.0" } else { "sandbox" }},
        "resource": resource,
        "zone": {"id": event.zone.0, "name": event.zone.1},
    })
}

/// The record, where the request concerns a single one; of batches and imports nothing is known.
fn resource(event: &Event) -> &str {
    let below = event.call.uri.rsplit('/').next().unwrap_or_default();
    match (below, event.changes.as_slice()) {
        ("batch" | "import", _) => "",
        (_, [change]) => change.id(),
        ("dns_records", _) => "",
        (record, _) => record,
    }
}

fn actor(hand: &Hand) -> Value {
    let (context, token) = match hand {
        Hand::Token { id, name, .. } => ("api_token", Some((id, name))),
        Hand::Key { .. } => ("api_key", None),
        Hand::Person { .. } => ("dash", None),
    };
    let email = hand.email();
    let mut actor = json!({
        "context": context, "email": email, "id": user(email), "ip_address": address(hand.is_person()),
        "type": "user",
    });
    if let Some((id, name)) = token {
        actor["token_id"] = id.as_str().into();
        actor["token_name"] = name.as_str().into();
    }
    actor
}
