//! From the API's shapes to ours. Pure.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::{Alias, HeldRecord, Plan, ProxyStatus, Zone, ZoneKind, ZoneStatus};
use crate::io::cloudflare::{WireRecord, WireZone};
use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::{AccountId, RecordId, ZoneId};

/// A zone that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the API sent a zone whose name or identifier makes no sense: {0}")]
pub struct BadZone(String);

impl TryFrom<WireZone> for Zone {
    type Error = BadZone;

    fn try_from(wire: WireZone) -> Result<Self, BadZone> {
        let bad = || BadZone(crate::model::plain::line(&format!("{} ({})", wire.name, wire.id)));
        let id = ZoneId::parse(&wire.id).map_err(|_| bad())?;
        let name = DomainName::parse(&wire.name).map_err(|_| bad())?;
        let servers = wire.name_servers.iter().chain(&wire.vanity_name_servers).flatten();
        Ok(Self {
            id,
            name,
            status: status(wire.status.as_deref()),
            kind: kind(wire.kind.as_deref()),
            is_paused: wire.paused == Some(true),
            is_dns_only: wire.meta.as_ref().and_then(|meta| meta.dns_only) == Some(true),
            account: wire.account.as_ref().and_then(|account| AccountId::parse(account.id.as_deref()?).ok()),
            account_name: wire.account.as_ref().and_then(|account| account.name.clone()),
            name_servers: servers.filter_map(|server| DomainName::parse(server).ok()).collect(),
            plan: plan(wire.plan.as_ref().and_then(|plan| plan.legacy_id.as_deref())),
        })
    }
}

/// A zone without a status is taken for what nearly every zone is.
fn status(word: Option<&str>) -> ZoneStatus {
    match word {
        None | Some("active") => ZoneStatus::Active,
        Some("pending") => ZoneStatus::Pending,
        Some("initializing") => ZoneStatus::Initializing,
        Some("moved") => ZoneStatus::Moved,
        Some(other) => ZoneStatus::Other(crate::model::plain::line(other)),
    }
}

fn kind(word: Option<&str>) -> ZoneKind {
    match word {
        None | Some("full") => ZoneKind::Full,
        Some("partial") => ZoneKind::Partial,
        Some("secondary") => ZoneKind::Secondary,
        Some(other) => ZoneKind::Other(crate::model::plain::line(other)),
    }
}

fn plan(word: Option<&str>) -> Plan {
    match word {
        Some("free") => Plan::Free,
        Some("pro" | "business" | "enterprise") => Plan::Paid,
        _ => Plan::Unknown,
    }
}

/// How much of the content of other types is kept: enough for a message.
const CONTENT_SHOWN: usize = 80;

/// The beginning of a content; a host name that was filed as text whole.
fn shown(kind: &RecordType, content: &str) -> Box<str> {
    let is_host = *kind == RecordType::Txt && DomainName::parse(content.trim_matches('"')).is_ok();
    if is_host { content.into() } else { content.chars().take(CONTENT_SHOWN).collect::<String>().into() }
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
