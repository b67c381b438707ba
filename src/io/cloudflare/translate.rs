//! From the API's zones to ours. Pure.

use super::WireZone;
use crate::model::dns::DomainName;
use crate::model::ids::{AccountId, ZoneId};
use crate::model::inventory::{Zone, ZoneKind, ZoneStatus};
use crate::model::plain::sanitize_line;

/// A zone that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the API sent a zone whose name or identifier makes no sense: {0}")]
pub struct BadZone(String);

impl TryFrom<WireZone> for Zone {
    type Error = BadZone;

    fn try_from(wire: WireZone) -> Result<Self, BadZone> {
        let bad = || BadZone(sanitize_line(&format!("{} ({})", wire.name, wire.id)));
        let id = ZoneId::parse(&wire.id).map_err(|_| bad())?;
        let name = DomainName::parse(&wire.name).map_err(|_| bad())?;
        let servers = wire.name_servers.iter().chain(&wire.vanity_name_servers).flatten();
        Ok(Self {
            id,
            name,
            // A zone without a status is taken for what nearly every zone is.
            status: match wire.status.as_deref() {
                None | Some("active") => ZoneStatus::Active,
                Some("pending") => ZoneStatus::Pending,
                Some("initializing") => ZoneStatus::Initializing,
                Some("moved") => ZoneStatus::Moved,
                Some(other) => ZoneStatus::Other(sanitize_line(other)),
            },
            kind: match wire.kind.as_deref() {
                None | Some("full") => ZoneKind::Full,
                Some("partial") => ZoneKind::Partial,
                Some("secondary") => ZoneKind::Secondary,
                Some(other) => ZoneKind::Other(sanitize_line(other)),
            },
            is_paused: wire.paused == Some(true),
            may_edit: wire.permissions.as_ref().map(|all| all.iter().any(|one| one == "#dns_records:edit")),
            is_dns_only: wire.meta.as_ref().and_then(|meta| meta.dns_only) == Some(true),
            account: wire.account.as_ref().and_then(|account| AccountId::parse(account.id.as_deref()?).ok()),
            account_name: wire.account.as_ref().and_then(|account| account.name.clone()),
            name_servers: servers.filter_map(|server| DomainName::parse(server).ok()).collect(),
            is_paid: matches!(
                wire.plan.as_ref().and_then(|plan| plan.legacy_id.as_deref()),
                Some("pro" | "business" | "enterprise")
            ),
        })
    }
}
