//! What Cloudflare holds for one zone. Pure.

mod rows;
mod wire;

use std::collections::BTreeSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::{AccountId, RecordId, ZoneId};
use crate::model::members::RecordFields;

use rows::Opened;
pub use rows::Rows;
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
    /// Whether it is known to be on a paid plan: Pro, Business or Enterprise.
    pub is_paid: bool,
    /// Whether the credential may edit its records, if the API tells: a hint, never a proof.
    pub may_edit: Option<bool>,
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

impl Zone {
    /// Operations in one batch call.
    ///
    /// Source: `developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes`;
    /// checked 2026-08-22.
    pub fn batch_limit(&self) -> usize {
        if self.is_paid { 3_500 } else { 200 }
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
    pub id: RecordId,
    pub name: DomainName,
    pub kind: RecordType,
    /// Of an alias the target as written, of other types the beginning, for messages.
    pub content: Box<str>,
    pub proxy: ProxyStatus,
    pub ttl: Ttl,
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
    pub target: DomainName,
    /// As they came, `flatten_cname` among them.
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
    pub fn members(&self) -> RecordFields {
        serde_json::from_str(self.raw.get()).unwrap_or_default()
    }
}

/// An alias, as much of it as is looked at when all are looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAlias {
    pub name: DomainName,
    pub target: DomainName,
    pub proxy: ProxyStatus,
    pub ttl: Ttl,
}

/// A zone with its records, each name quickly found.
#[derive(Debug, Clone)]
pub struct Inventory {
    pub zone: Zone,
    /// Records whose shape is beyond us: left alone, and said.
    pub unreadable: usize,
    /// How many pages the listing took.
    pub pages: u64,
    rows: Rows,
    opened: Opened,
    /// Names with an NS record.
    delegated: BTreeSet<DomainName>,
}

impl Inventory {
    /// Files records; one that comes twice is kept once.
    pub fn new(zone: Zone, records: Vec<HeldRecord>) -> Self {
        let (mut rows, mut seen) = (Rows::new(&zone.name), BTreeSet::new());
        for record in records {
            if seen.insert(record.id.clone()) {
                rows.add(record);
            }
        }
        Self::of(zone, rows)
    }

    /// The whole zone, once all of its records were taken in.
    pub fn of(zone: Zone, mut rows: Rows) -> Self {
        rows.close();
        let delegations = rows.notable.iter().filter(|record| record.kind == RecordType::Ns);
        let delegated = delegations.map(|record| record.name.clone()).collect();
        let opened = Opened::new(rows.len());
        Self { zone, unreadable: 0, pages: 1, rows, opened, delegated }
    }

    /// Everything filed at `name`, as listed.
    pub fn at(&self, name: &DomainName) -> impl Iterator<Item = &HeldRecord> + use<'_> {
        self.opened.at(name, || self.rows.at(name)).iter()
    }

    /// The alias at `name`.
    pub fn alias_at(&self, name: &DomainName) -> Option<(&HeldRecord, &Alias)> {
        self.at(name).find_map(|record| Some((record, record.alias.as_deref()?)))
    }

    /// All aliases, as listed.
    pub fn aliases(&self) -> impl Iterator<Item = &ListedAlias> {
        self.rows.aliases.iter()
    }

    /// The delegations, and the texts that can be about mail: those below a label with an underscore, those that
    /// name a version, and host names; as listed.
    pub fn notable(&self) -> impl Iterator<Item = &HeldRecord> {
        self.rows.notable.iter()
    }

    /// The name at or above `name`, below the apex, that is delegated to other servers by an NS
    /// record in the zone.
    pub fn delegated_above(&self, name: &DomainName) -> Option<DomainName> {
        let mut below_apex = name.and_ancestors().take_while(|ancestor| *ancestor != self.zone.name);
        below_apex.find(|ancestor| self.delegated.contains(ancestor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{cname, flattened, proxied, record, zone};

    #[test]
    fn a_record_that_comes_twice_while_paging_is_kept_once() {
        let twice = vec![cname("a", "x.test"), cname("a", "x.test"), cname("b", "y.test")];
        assert_eq!(Inventory::new(zone(), twice).aliases().count(), 2);
    }

    #[test]
    fn what_is_filed_comes_out_as_it_was() {
        let mut full = proxied("s1._domainkey", "x.test");
        full.id = RecordId::parse("0123456789abcdef0123456789abcdef").unwrap();
        (full.content, full.comment) = ("X.test".into(), Some("mine".into()));
        (full.tags, full.modified_on) =
            (["a:1".into(), "b".into()].into(), Some("2026-01-01T00:00:00Z".into()));
        (full.is_read_only, full.ttl) = (true, Ttl::Seconds(86_400));
        let beside = HeldRecord { digest: u64::MAX, ..record("s1._domainkey.example.com", "TXT", "é\"x") };
        let apex = HeldRecord { digest: 7, ..record("example.com", "CAA", "0 issue \"ca.test\"") };
        let elsewhere = record("example.org", "A", "");
        let all = [full, beside, apex, elsewhere, flattened("em1", "y.test")];
        let held = Inventory::new(zone(), all.to_vec());
        for one in &all {
            assert!(held.at(&one.name).any(|found| found == one), "{one:?}");
        }
        let kinds: Vec<_> = held.at(&all[0].name).map(|found| found.kind.as_str()).collect();
        assert_eq!(kinds, ["CNAME", "TXT"], "as listed");
        assert_eq!(held.at(&DomainName::parse("nowhere.example.com").unwrap()).count(), 0);
    }

    #[test]
    fn many_names_share_the_slots_and_each_is_found() {
        let all: Vec<_> = (0..2_000).map(|number| cname(&format!("h{number}"), "x.test")).collect();
        let held = Inventory::new(zone(), all.clone());
        for _ in 0..2 {
            assert!(all.iter().all(|one| held.at(&one.name).eq([one])));
        }
    }

    #[test]
    fn a_text_is_notable_if_it_can_be_about_mail() {
        let is = |name: &str, text: &str| rows::is_notable(&record(name, "TXT", text));
        for policy in
            ["v=spf1 -all", "\"V=spf1 \" \"-all\"", "v = DMARC1; p=none", "\"v\" \"=spf1\"", "\"a.test.\""]
        {
            assert!(is("example.com", policy), "{policy}");
        }
        assert!(is("google._domainkey.example.com", "k=rsa; p=x"));
        assert!(!is("example.com", "verification=1") && !is("example.com", "word"));
    }

    #[test]
    fn a_delegation_shadows_what_is_below_it_but_the_apex_does_not_count() {
        let held = Inventory::new(
            zone(),
            vec![
                record("example.com", "NS", "ns1.example.net"),
                record("send.example.com", "NS", "ns1.klaviyo.com"),
            ],
        );
        let name = |text: &str| DomainName::parse(text).unwrap();
        assert_eq!(
            held.delegated_above(&name("kl._domainkey.send.example.com")),
            Some(name("send.example.com"))
        );
        assert_eq!(held.delegated_above(&name("s1._domainkey.example.com")), None);
    }

    #[test]
    fn a_batch_is_as_large_as_the_plan_allows() {
        let limit = |is_paid| Zone { is_paid, ..zone() }.batch_limit();
        assert_eq!([true, false].map(limit), [3_500, 200]);
    }
}
