//! What Cloudflare holds for one zone. Pure but for [`collect`].

pub mod collect;
mod translate;

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::dns::{DomainName, RecordType, Ttl};
use crate::ids::{AccountId, RecordId, ZoneId};

pub use translate::BadZone;

/// A zone, without its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Cloudflare's handle.
    pub id: ZoneId,
    /// The apex.
    pub name: DomainName,
    /// How far Cloudflare has taken it over.
    pub status: ZoneStatus,
    /// Who is authoritative for it.
    pub kind: ZoneKind,
    /// Whether Cloudflare only does DNS for it, so that proxied records are answered as DNS only.
    pub is_paused: bool,
    /// Whether the zone object itself says that proxied records are answered as DNS only.
    pub is_dns_only: bool,
    /// Its owner.
    pub account: Option<AccountId>,
    /// The owner's name, for messages.
    pub account_name: Option<String>,
    /// The name servers Cloudflare assigned, the customer's own names for them included.
    pub name_servers: Vec<DomainName>,
    /// What it pays for, which decides about batch sizes and flattening.
    pub plan: Plan,
}

/// How far Cloudflare has taken a zone over. The API's list is open.
///
/// Source: `developers.cloudflare.com/dns/zone-setups/reference/domain-status`; checked 2026-08-22.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneStatus {
    /// Cloudflare serves it.
    Active,
    /// The assigned name servers answer, but the domain is not delegated to them; proxied records
    /// are answered as DNS only until it is.
    Pending,
    /// Just added; no answers yet.
    Initializing,
    /// The domain was delegated away from Cloudflare.
    Moved,
    /// A word nobody has documented.
    Other(String),
}

/// Who is authoritative for a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneKind {
    /// Cloudflare.
    Full,
    /// Somebody else, who points single names at Cloudflare.
    Partial,
    /// Somebody else, from whom Cloudflare copies.
    Secondary,
    /// A word nobody has documented, or `internal`.
    Other(String),
}

/// What a zone pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Free.
    Free,
    /// Pro, Business or Enterprise.
    Paid,
    /// Not told.
    Unknown,
}

impl Plan {
    /// Operations in one batch call.
    ///
    /// Source: `developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes`;
    /// checked 2026-08-22.
    pub fn batch_limit(self) -> usize {
        match self {
            Self::Paid => 3_500,
            Self::Free | Self::Unknown => 200,
        }
    }
}

/// Cloudflare's two proxy states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyStatus {
    /// Answered with Cloudflare's addresses: the alias cannot be seen.
    Proxied,
    /// Answered as it stands.
    DnsOnly,
}

/// One record of the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// Cloudflare's handle.
    pub id: RecordId,
    /// Where it is filed.
    pub name: DomainName,
    /// Its type.
    pub kind: RecordType,
    /// Its content; of an alias the target as written.
    pub content: Box<str>,
    /// Whether it is proxied.
    pub proxy: ProxyStatus,
    /// How long answers may be kept.
    pub ttl: Ttl,
    /// What only aliases have; kept for them alone.
    pub alias: Option<Box<Alias>>,
    /// The customer's words.
    pub comment: Option<Box<str>>,
    /// The customer's tags, sorted.
    pub tags: Box<[Box<str>]>,
    /// Whether the system owns it, so that it cannot be edited.
    pub is_read_only: bool,
    /// When it was changed last, as Cloudflare writes it.
    pub modified_on: Option<Box<str>>,
}

/// What only aliases have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Where it points.
    pub target: DomainName,
    /// Its settings as they came, `flatten_cname` among them.
    pub settings: Map<String, Value>,
}

impl Alias {
    /// Whether Cloudflare replaces the alias by the addresses behind it.
    pub fn is_flattened(&self) -> bool {
        self.settings.get("flatten_cname").and_then(Value::as_bool) == Some(true)
    }
}

/// A zone with its records, each name quickly found.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// The zone.
    pub zone: Zone,
    /// Its records, as listed.
    pub records: Vec<HeldRecord>,
    /// Records whose shape is beyond us: left alone, and said.
    pub unreadable: usize,
    /// How many pages the listing took.
    pub pages: u64,
    by_name: HashMap<DomainName, Vec<u32>>,
}

impl Inventory {
    /// Files the records by name. Records that came twice while paging are kept once.
    pub fn new(zone: Zone, records: Vec<HeldRecord>) -> Self {
        let mut by_name: HashMap<DomainName, Vec<u32>> = HashMap::with_capacity(records.len());
        let mut kept: Vec<HeldRecord> = Vec::with_capacity(records.len());
        for record in records {
            let places = by_name.entry(record.name.clone()).or_default();
            let known = |place: &u32| kept.get(*place as usize).is_some_and(|held| held.id == record.id);
            if !places.iter().any(known) {
                places.push(u32::try_from(kept.len()).unwrap_or(u32::MAX));
                kept.push(record);
            }
        }
        Self { zone, records: kept, unreadable: 0, pages: 1, by_name }
    }

    /// Everything filed at `name`.
    pub fn at(&self, name: &DomainName) -> impl Iterator<Item = &HeldRecord> {
        let places = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.records.get(*place as usize))
    }

    /// The alias at `name`.
    pub fn alias_at(&self, name: &DomainName) -> Option<(&HeldRecord, &Alias)> {
        self.at(name).find_map(|record| Some((record, record.alias.as_deref()?)))
    }

    /// All aliases, as listed.
    pub fn aliases(&self) -> impl Iterator<Item = (&HeldRecord, &Alias)> {
        self.records.iter().filter_map(|record| Some((record, record.alias.as_deref()?)))
    }

    /// The name at or above `name`, below the apex, that is delegated to other servers by an NS
    /// record in the zone.
    pub fn delegated_above(&self, name: &DomainName) -> Option<DomainName> {
        let below_apex = name.and_ancestors().take_while(|ancestor| *ancestor != self.zone.name);
        let mut delegated =
            below_apex.filter(|ancestor| self.at(ancestor).any(|record| record.kind == RecordType::Ns));
        delegated.next()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::{cname, zone};

    #[test]
    fn a_record_that_comes_twice_while_paging_is_kept_once() {
        let twice = vec![cname("a", "x.test"), cname("a", "x.test"), cname("b", "y.test")];
        assert_eq!(Inventory::new(zone(), twice).records.len(), 2);
    }

    #[test]
    fn a_delegation_shadows_what_is_below_it_but_the_apex_does_not_count() {
        let held = Inventory::new(
            zone(),
            vec![
                crate::testing::record("example.com", "NS", "ns1.example.net"),
                crate::testing::record("send.example.com", "NS", "ns1.klaviyo.com"),
            ],
        );
        let name = |text: &str| DomainName::parse(text).unwrap();
        assert_eq!(
            held.delegated_above(&name("kl._domainkey.send.example.com")),
            Some(name("send.example.com"))
        );
        assert_eq!(held.delegated_above(&name("s1._domainkey.example.com")), None);
    }
}
