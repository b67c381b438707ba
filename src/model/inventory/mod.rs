//! What Cloudflare holds for one zone. Pure.

mod wire;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::{AccountId, RecordId, ZoneId};
use crate::model::members::Members;

pub use wire::{WireRecord, WireRecordMeta, record};

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
    /// Its content; of an alias the target as written, of other types the beginning, for messages.
    pub content: Box<str>,
    /// Whether it is proxied.
    pub proxy: ProxyStatus,
    /// How long answers may be kept.
    pub ttl: Ttl,
    /// What only aliases have; kept for them alone.
    pub alias: Option<Box<Alias>>,
    /// The customer's words; kept for aliases alone.
    pub comment: Option<Box<str>>,
    /// The customer's tags, sorted; kept for aliases alone.
    pub tags: Box<[Box<str>]>,
    /// Whether the system owns it, so that it cannot be edited.
    pub is_read_only: bool,
    /// When it was changed last, as Cloudflare writes it; kept for aliases alone.
    pub modified_on: Option<Box<str>>,
    /// Of other types, stands for everything that is not kept; 0 for aliases. Means something within one
    /// run only.
    pub digest: u64,
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

/// Where it is not known how many pages a zone takes, so many names are read one by one; of more, the whole
/// zone is listed.
pub const FEW_NAMES: u64 = 4;

/// A record together with the text it came in.
#[derive(Debug)]
pub struct Original {
    /// The record as we understand it.
    pub record: HeldRecord,
    /// The record as it came, every member of it.
    pub raw: Box<RawValue>,
}

impl Original {
    /// The record's members.
    pub fn members(&self) -> Members {
        serde_json::from_str(self.raw.get()).unwrap_or_default()
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
    /// Places in `records`, sorted by name: a fraction of what a map would take.
    by_name: Vec<u32>,
}

impl Inventory {
    /// Files the records by name. Records that came twice while paging are kept once.
    pub fn new(zone: Zone, mut records: Vec<HeldRecord>) -> Self {
        let mut is_again = again(&records).into_iter();
        records.retain(|_| is_again.next() != Some(true));
        records.shrink_to_fit();
        let mut by_name: Vec<u32> = places(&records).collect();
        by_name.sort_by(|a, b| name_at(&records, *a).cmp(&name_at(&records, *b)));
        Self { zone, records, unreadable: 0, pages: 1, by_name }
    }

    /// Everything filed at `name`, as listed.
    pub fn at(&self, name: &DomainName) -> impl Iterator<Item = &HeldRecord> + use<'_> {
        let first = self.by_name.partition_point(|place| name_at(&self.records, *place) < Some(name));
        let end = self.by_name.partition_point(|place| name_at(&self.records, *place) <= Some(name));
        let places = self.by_name.get(first..end).unwrap_or_default();
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

fn places(records: &[HeldRecord]) -> impl Iterator<Item = u32> + use<> {
    0..u32::try_from(records.len()).unwrap_or(u32::MAX)
}

/// Which records have come before.
fn again(records: &[HeldRecord]) -> Vec<bool> {
    let id = |place: &u32| records.get(*place as usize).map(|record| &record.id);
    let mut by_id: Vec<u32> = places(records).collect();
    by_id.sort_by(|a, b| id(a).cmp(&id(b)));
    let mut again = vec![false; records.len()];
    for pair in by_id.windows(2) {
        if let [first, second] = pair
            && id(first) == id(second)
            && let Some(mark) = again.get_mut(*second as usize)
        {
            *mark = true;
        }
    }
    again
}

fn name_at(records: &[HeldRecord], place: u32) -> Option<&DomainName> {
    records.get(place as usize).map(|record| &record.name)
}

#[cfg(test)]
mod tests {
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
