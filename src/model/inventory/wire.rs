//! A record as the API sends it, which journals and saved plans hold too, and what it means. Pure.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Alias, HeldRecord, ProxyStatus};
use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::RecordId;

/// A record as the API sends it.
#[derive(Debug, Clone, Deserialize)]
pub struct WireRecord {
    pub id: String,
    /// The full name.
    pub name: String,
    /// The type, by its name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The content; some types carry `data` instead.
    pub content: Option<String>,
    /// Whether it is proxied; absent for types that cannot be.
    pub proxied: Option<bool>,
    /// Seconds, or 1 for automatic.
    pub ttl: Option<u32>,
    /// `flatten_cname` and its like.
    pub settings: Option<Map<String, Value>>,
    pub meta: Option<WireRecordMeta>,
    pub comment: Option<String>,
    /// The customer's tags, `name:value`.
    pub tags: Option<Vec<String>>,
    /// The preference of a mail exchanger and its like.
    pub priority: Option<u32>,
    pub modified_on: Option<String>,
}

/// Marks of Cloudflare's own products on a record. The list is open.
#[derive(Debug, Clone, Deserialize)]
pub struct WireRecordMeta {
    /// Owned by the system; cannot be edited. Source: observed by dnscontrol, checked 2026-08-22.
    pub read_only: Option<bool>,
}

impl WireRecord {
    /// Reads one record; `None` when its shape is beyond us.
    pub fn read(raw: &RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }
}

/// How much of the content of other types is kept: enough for a message.
const CONTENT_SHOWN: usize = 80;

/// The beginning of a content; of a text that is read for what it says, all.
fn shown(kind: &RecordType, content: &str) -> Box<str> {
    let is_whole = *kind == RecordType::Txt && is_told_whole(content);
    if is_whole { content.into() } else { content.chars().take(CONTENT_SHOWN).collect::<String>().into() }
}

/// Whether a text is a policy or a key, which begin with a version, or a host name that was filed as text.
pub(super) fn is_told_whole(content: &str) -> bool {
    let mut letters = content.chars().filter(|letter| !letter.is_whitespace() && *letter != '"');
    let begins = (letters.next(), letters.next());
    let is_host = || content.contains('.') && DomainName::parse(content.trim_matches('"')).is_ok();
    matches!(begins, (Some('v' | 'V'), Some('='))) || is_host()
}

fn digest(unkept: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    unkept.hash(&mut hasher);
    hasher.finish()
}

/// `None` when the name or the identifier makes no sense: such a record is counted and left alone.
///
/// Only aliases are ever changed, so only theirs is kept whole; a zone may hold 100,000 records.
pub fn record(wire: WireRecord) -> Option<HeldRecord> {
    let kind = RecordType::from_name(&wire.kind);
    let content = wire.content.unwrap_or_default();
    let is_alias = kind == RecordType::Cname;
    let unkept = (&content, &wire.comment, &wire.tags, &wire.modified_on, wire.priority);
    let digest = if is_alias { 0 } else { digest(&unkept) };
    let held = HeldRecord {
        id: RecordId::parse(&wire.id).ok()?,
        name: DomainName::parse(&wire.name).ok()?,
        content: shown(&kind, &content),
        kind,
        proxy: if wire.proxied == Some(true) { ProxyStatus::Proxied } else { ProxyStatus::DnsOnly },
        ttl: Ttl::from_api(wire.ttl.unwrap_or(1)),
        alias: None,
        comment: None,
        tags: Box::default(),
        is_read_only: wire.meta.and_then(|meta| meta.read_only) == Some(true),
        modified_on: None,
        digest,
    };
    if !is_alias {
        return Some(held);
    }
    let target = DomainName::parse(&content).ok()?;
    let mut tags: Vec<Box<str>> = wire.tags.unwrap_or_default().into_iter().map(Into::into).collect();
    tags.sort();
    Some(HeldRecord {
        content: content.into(),
        alias: Some(Box::new(Alias { target, settings: wire.settings.unwrap_or_default() })),
        comment: wire.comment.filter(|comment| !comment.is_empty()).map(Into::into),
        tags: tags.into(),
        modified_on: wire.modified_on.map(Into::into),
        ..held
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_kept_to_its_end() {
        let policy = format!("v=DMARC1; rua=mailto:{}@example.com; p=reject", "x".repeat(90));
        assert_eq!(*shown(&RecordType::Txt, &policy), *policy);
        assert_eq!(shown(&RecordType::Txt, &"w".repeat(90)).len(), 80);
    }

    #[test]
    fn a_record_of_an_unknown_type_and_full_of_nulls_is_kept() {
        let raw: &RawValue = serde_json::from_str(
            r#"{"id":"1","name":"x.example.com","type":"NEWTYPE","proxied":null,"ttl":1,"settings":null,"meta":null,"comment":null,"tags":null,"data":{"a":1}}"#,
        )
        .unwrap();
        let record = WireRecord::read(raw).unwrap();
        assert_eq!(record.kind, "NEWTYPE");
        assert!(super::record(record).is_some());
    }
}
