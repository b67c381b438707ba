//! The JSON that the sandbox sends, shaped after captured answers. Pure; its own types, so that a
//! mistake of the client's is not repeated here.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::world::find::Page;
use super::world::rules::{ApiError, is_proxiable};
use super::world::{Account, MADE_ON, NAME_SERVERS, Record, Token, World, Zone};

/// Members in the order of real answers.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Record", 16)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("type", &self.kind)?;
        out.serialize_field("content", &self.content)?;
        if let Some(priority) = self.priority {
            out.serialize_field("priority", &priority)?;
        }
        out.serialize_field("proxiable", &is_proxiable(&self.kind, &self.content))?;
        out.serialize_field("proxied", &self.proxied)?;
        out.serialize_field("ttl", &self.ttl)?;
        if let Some(data) = &self.data {
            out.serialize_field("data", data)?;
        }
        out.serialize_field("settings", &*self.settings)?;
        out.serialize_field("meta", &*self.meta)?;
        out.serialize_field("comment", &self.comment)?;
        out.serialize_field("tags", &self.tags)?;
        out.serialize_field("created_on", &*self.created_on)?;
        out.serialize_field("modified_on", &*self.modified_on)?;
        out.end()
    }
}

#[derive(Debug, Serialize)]
struct Envelope<T> {
    result: T,
    success: bool,
    errors: [(); 0],
    messages: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<Info>,
}

#[derive(Debug, Serialize)]
struct Info {
    page: usize,
    per_page: usize,
    count: usize,
    total_count: usize,
    total_pages: usize,
}

pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A single result.
pub(super) fn one(result: impl Serialize) -> String {
    text(&Envelope { result, success: true, errors: [], messages: Vec::new(), result_info: None })
}

/// A single result with a message.
pub(super) fn one_with(result: impl Serialize, code: i64, message: &str) -> String {
    let message = json!({"code": code, "message": message, "type": null});
    text(&Envelope { result, success: true, errors: [], messages: vec![message], result_info: None })
}

/// A page of a list.
pub(super) fn list<'w, T, R: Serialize>(page: &Page<'w, T>, out: impl Fn(&'w T) -> R) -> String {
    let result: Vec<R> = page.items.iter().map(|item| out(item)).collect();
    let info = Info {
        page: page.page,
        per_page: page.per_page,
        count: page.items.len(),
        total_count: page.total_count,
        // An empty list has been seen to have one page.
        total_pages: page.total_count.div_ceil(page.per_page).max(1),
    };
    text(&Envelope { result, success: true, errors: [], messages: Vec::new(), result_info: Some(info) })
}

/// A refusal.
pub(super) fn error(error: &ApiError) -> String {
    let mut entry = json!({"code": error.code, "message": error.message});
    if let Some((code, message)) = error.chain {
        entry["error_chain"] = json!([{"code": code, "message": message}]);
    }
    if let Some(pointer) = &error.pointer {
        entry["source"] = json!({"pointer": pointer});
    }
    json!({"result": null, "success": false, "errors": [entry], "messages": []}).to_string()
}

/// A zone: the members that real answers begin with, in their order, and the others.
#[derive(Debug, Serialize)]
pub(super) struct ZoneOut {
    id: String,
    name: String,
    status: String,
    paused: bool,
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    rest: Value,
}

/// A zone, nulls included: real answers are full of them.
pub(super) fn zone(world: &World, zone: &Zone, caller: &Token) -> ZoneOut {
    let account_name = world.account(&zone.account).map(|account| account.name.as_str());
    let plan_name = match zone.plan.as_str() {
        "free" => "Free Website",
        "pro" => "Pro Website",
        "business" => "Business Website",
        _ => "Enterprise Website",
    };
    let mut permissions = vec!["#dns_records:read", "#zone:read"];
    if caller.dns_edit {
        permissions.insert(0, "#dns_records:edit");
    }
    let rest = json!({
        "development_mode": 0, "name_servers": NAME_SERVERS,
        "original_name_servers": ["ns1.old-dns-host.example"], "original_registrar": null,
        "original_dnshost": null, "modified_on": &*zone.created_on, "created_on": &*zone.created_on,
        "activated_on": if zone.status == "active" { json!(&*zone.created_on) } else { Value::Null },
        "vanity_name_servers": [], "vanity_name_servers_ips": null,
        "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3, "phishing_detected": false},
        "owner": {"id": null, "type": "user", "email": null},
        "account": {"id": zone.account, "name": account_name},
        "tenant": {"id": null, "name": null}, "tenant_unit": {"id": null},
        "permissions": permissions,
        "plan": {"id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "name": plan_name, "price": 0, "currency": "USD",
                 "frequency": "", "is_subscribed": true, "can_subscribe": false,
                 "legacy_id": zone.plan, "legacy_discount": false, "externally_managed": false}
    });
    let (id, name, status) = (zone.id.clone(), zone.shown_name(), zone.status.clone());
    ZoneOut { id, name, status, paused: zone.paused, kind: zone.kind.clone(), rest }
}

/// An account. Source: the API description, checked 2026-11-25.
pub(super) fn account(account: &Account) -> Value {
    json!({"id": account.id, "name": account.name, "type": "standard", "created_on": MADE_ON,
           "settings": {"enforce_twofactor": false, "abuse_contact_email": null}})
}

/// The DNS settings of a zone.
pub(super) fn zone_settings(zone: &Zone) -> Value {
    json!({
        "flatten_all_cnames": zone.flatten_all_cnames, "foundation_dns": false, "internal_dns": {},
        "multi_provider": false,
        "nameservers": {"type": "cloudflare.standard"}, "ns_ttl": 86_400, "secondary_overrides": false,
        "soa": {"expire": 604_800, "min_ttl": 1_800, "mname": NAME_SERVERS[0], "refresh": 10_000,
                "retry": 2_400, "rname": "dns.cloudflare.com", "ttl": 3_600},
        "zone_mode": zone.zone_mode
    })
}

/// The DNSSEC state of a zone.
pub(super) fn dnssec(zone: &Zone) -> Value {
    if !zone.signed {
        return json!({"status": "disabled", "modified_on": null, "dnssec_multi_signer": false,
                      "dnssec_presigned": false, "dnssec_use_nsec3": false});
    }
    json!({
        "status": "active", "flags": 257, "algorithm": "13", "key_type": "ECDSAP256SHA256", "digest_type": "2",
        "digest_algorithm": "SHA256",
        "digest": "48E939042E82C22542CB377B580DFDC52A361CEFDC72E7F9107E2B6BD9306A45",
        "ds": format!("{}. 3600 IN DS 42 13 2 48E939042E82C22542CB377B580DFDC52A361CEFDC72E7F9107E2B6BD9306A45", zone.name),
        "key_tag": 42,
        "public_key": "oXiGYrSTO+LSCJ3mohc8EP+CzF9KxBj8/ydXJ22pKuZP3VAC3/Md/k7xZfz470CoRyZJ6gV6vml07IC3d8xqhA==",
        "modified_on": &*zone.created_on, "dnssec_multi_signer": false, "dnssec_presigned": false,
        "dnssec_use_nsec3": false
    })
}
