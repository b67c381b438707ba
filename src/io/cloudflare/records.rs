//! Wire shapes of records, of a change and of a batch. Pure.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Members;

/// A record as the API sends it, with the text it came in.
#[derive(Debug, Clone, Deserialize)]
pub struct WireRecord {
    /// The identifier.
    pub id: String,
    /// The full name.
    pub name: String,
    /// The type, by its name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The content; some types carry `data` instead.
    #[serde(default)]
    pub content: Option<String>,
    /// Whether it is proxied; absent for types that cannot be.
    #[serde(default)]
    pub proxied: Option<bool>,
    /// Seconds, or 1 for automatic.
    #[serde(default)]
    pub ttl: Option<u32>,
    /// `flatten_cname` and its like.
    #[serde(default)]
    pub settings: Option<Map<String, Value>>,
    /// Marks of Cloudflare's own products.
    #[serde(default)]
    pub meta: Option<WireRecordMeta>,
    /// The customer's words.
    #[serde(default)]
    pub comment: Option<String>,
    /// The customer's tags, `name:value`.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// The preference of a mail exchanger and its like.
    #[serde(default)]
    pub priority: Option<u32>,
    /// When it was changed last.
    #[serde(default)]
    pub modified_on: Option<String>,
    /// The record exactly as it came, for the journal.
    #[serde(skip)]
    pub raw: Option<Box<RawValue>>,
}

/// Marks of Cloudflare's own products on a record. The list is open.
#[derive(Debug, Clone, Deserialize)]
pub struct WireRecordMeta {
    /// Owned by the system; cannot be edited. Source: observed by dnscontrol, checked 2026-08-22.
    #[serde(default)]
    pub read_only: Option<bool>,
    /// Belongs to Email Routing.
    #[serde(default)]
    pub email_routing: Option<bool>,
}

impl WireRecord {
    /// Reads one record and keeps its text; `None` when its shape is beyond us.
    pub fn read(raw: &RawValue) -> Option<Self> {
        let mut record: Self = serde_json::from_str(raw.get()).ok()?;
        record.raw = Some(raw.to_owned());
        Some(record)
    }
}

/// Several changes in one transaction: all or none. Deletes are carried out first, then patches, then
/// posts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Batch {
    /// Records to delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deletes: Vec<Doomed>,
    /// Members to change; `id` tells whose.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Members>,
    /// Records to create.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<Members>,
}

/// A record to delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doomed {
    /// Which record.
    pub id: String,
}

/// What a batch came to, each list in the order that was asked. Deleted records come back whole, the others
/// as they are afterwards.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct BatchReply {
    /// Records that were deleted.
    #[serde(default)]
    pub deletes: Option<Vec<Members>>,
    /// Records that were changed.
    #[serde(default)]
    pub patches: Option<Vec<Members>>,
    /// Records that were created.
    #[serde(default)]
    pub posts: Option<Vec<Members>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_an_unknown_type_and_full_of_nulls_is_kept() {
        let raw: &RawValue = serde_json::from_str(
            r#"{"id":"1","name":"x.example.com","type":"NEWTYPE","proxied":null,"ttl":1,"settings":null,"meta":null,"comment":null,"tags":null,"data":{"a":1}}"#,
        )
        .unwrap();
        let record = WireRecord::read(raw).unwrap();
        assert_eq!(record.kind, "NEWTYPE");
        assert!(record.raw.unwrap().get().contains("\"data\""));
    }
}
