//! The state of the simulated Cloudflare: accounts, zones, records, tokens. Pure.
//!
//! Its methods are the rules of the real thing that this program relies on, each with its source; where
//! a rule is not established, a comment says so. It shares no code with the client: names are texts
//! here, and validation is its own.

pub(crate) mod answer;
pub(crate) mod find;
pub(crate) mod history;
pub(crate) mod plain;
pub(crate) mod providers;
pub(crate) mod rules;
pub(crate) mod structured;
pub(crate) mod write;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, OnceLock};

use serde_json::{Map, Value};

use super::vendor::Vendor;
use history::{Change, Log};
use plain::Plain;
use providers::{Postmark, SendGrid};

/// When zones and records were made unless a scenario says otherwise.
pub(crate) const MADE_ON: &str = "2026-01-02T03:04:05.67891Z";

/// The name servers of every zone.
pub(crate) const NAME_SERVERS: [&str; 2] = ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"];

/// Everything there is.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub(crate) accounts: Vec<Account>,
    pub(crate) zones: Vec<Zone>,
    /// The places of zones, by handle and by name; two copies have one name.
    place_of: HashMap<String, usize>,
    places_at: HashMap<String, Vec<usize>>,
    pub(crate) tokens: Vec<Token>,
    /// What is published outside Cloudflare: names in lower case to records.
    pub(crate) elsewhere: BTreeMap<String, Vec<Plain>>,
    /// Whose records are made up behind any target that fits; none in a scenario.
    pub(crate) vendors: Vec<Vendor>,
    /// No lifetime is longer than this; `None` for real lifetimes.
    pub(crate) longest_ttl: Option<u32>,
    pub(crate) log: Log,
    /// What has been done to records since the last entry in the log.
    pub(crate) changes: Vec<Change>,
    pub(crate) sendgrid: Vec<SendGrid>,
    pub(crate) postmark: Vec<Postmark>,
    /// Whether a zone is found by its Unicode name alone, and not by its A-labels as well.
    pub(crate) finds_unicode_only: bool,
    next_id: u64,
}

/// The owner of zones.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) enforce_dns_only: bool,
}

/// What a credential may do in all zones.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent permissions, each with its name")]
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
    /// With a legacy pair, the e-mail address that goes with the key.
    pub(crate) email: Option<String>,
    /// Whether it belongs to an account instead of a user.
    pub(crate) is_accounts: bool,
    pub(crate) zone_list: bool,
    pub(crate) dns_edit: bool,
    pub(crate) account_read: bool,
}

/// A zone.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with its name")]
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) status: String,
    pub(crate) kind: String,
    pub(crate) paused: bool,
    pub(crate) plan: String,
    pub(crate) flatten_all_cnames: bool,
    pub(crate) zone_mode: String,
    pub(crate) signed: bool,
    /// The registrar has a DS record that does not match the signatures: whoever checks them refuses the answers.
    pub(crate) stale_ds: bool,
    /// Whether the world asks another copy of the zone, with what the old host holds.
    pub(crate) is_second_copy: bool,
    pub(crate) quota: usize,
    pub(crate) created_on: Arc<str>,
    pub(crate) records: Records,
    /// What the world sees where Cloudflare is not the one that is asked.
    pub(crate) old_host: Vec<Plain>,
}

impl Zone {
    pub(crate) fn is_free(&self) -> bool {
        self.plan == "free"
    }

    /// The name as the API shows it, while those of records have A-labels. Source: cloudflare-go#347, acme.sh#1351,
    /// nginx-ui#1914; checked 2026-11-25.
    pub(crate) fn shown_name(&self) -> String {
        idna::domain_to_unicode(&self.name).0
    }

    /// Whether the world asks Cloudflare about this zone.
    pub(crate) fn is_delegated(&self) -> bool {
        self.kind == "full" && self.status == "active" && !self.is_second_copy
    }

    /// `name` completed with the zone, lower case, without a trailing dot.
    pub(crate) fn full_name(&self, name: &str) -> String {
        let name = a_labels(name.trim().trim_end_matches('.'));
        if name == "@" || name.is_empty() || name == self.name {
            self.name.clone()
        } else if name.ends_with(&format!(".{}", self.name)) {
            name
        } else {
            format!("{name}.{}", self.name)
        }
    }
}

/// A name in lower case, with A-labels for what is not ASCII.
pub(crate) fn a_labels(name: &str) -> String {
    let lower = name.to_lowercase();
    if lower.is_ascii() { lower } else { idna::domain_to_ascii(&lower).unwrap_or(lower) }
}

/// A record of a zone.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) content: String,
    pub(crate) ttl: u32,
    pub(crate) proxied: bool,
    /// Mostly those of others as well: there can be a million records.
    pub(crate) settings: Arc<Map<String, Value>>,
    pub(crate) meta: Arc<Map<String, Value>>,
    pub(crate) comment: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) priority: Option<u16>,
    pub(crate) data: Option<Value>,
    pub(crate) created_on: Arc<str>,
    pub(crate) modified_on: Arc<str>,
}

/// The settings of a record of this type.
pub(crate) fn settings_of(kind: &str, is_flattened: bool) -> Arc<Map<String, Value>> {
    static OF: LazyLock<[Arc<Map<String, Value>>; 3]> = LazyLock::new(|| {
        let alias = |flatten| Map::from_iter([("flatten_cname".to_owned(), Value::Bool(flatten))]);
        [Map::new(), alias(false), alias(true)].map(Arc::new)
    });
    let [other, plain, flattened] = &*OF;
    Arc::clone(match (kind, is_flattened) {
        ("CNAME", true) => flattened,
        ("CNAME", false) => plain,
        _ => other,
    })
}

impl Record {
    pub(crate) fn is_flattened(&self) -> bool {
        self.settings.get("flatten_cname") == Some(&Value::Bool(true))
    }
}

/// The records of a zone, found by handle and by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    by_place: BTreeMap<u64, Record>,
    place_of: HashMap<String, u64>,
    /// Labels from the right, so that everything below a name stands together.
    by_name: BTreeMap<String, Vec<u64>>,
    next: u64,
    /// The places in an order that was asked for, until something changes.
    sorted: OnceLock<(String, Vec<u64>)>,
}

impl Records {
    pub(crate) fn len(&self) -> usize {
        self.by_place.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.by_place.values()
    }

    /// The places that `sort` leaves, as it orders their records. One order is kept, by its name.
    fn in_order(&self, order: &str, sort: impl Fn(&mut Vec<&Record>)) -> Cow<'_, [u64]> {
        let sorted = || {
            let mut all: Vec<&Record> = self.iter().collect();
            sort(&mut all);
            all.iter().filter_map(|record| self.place_of.get(&record.id)).copied().collect()
        };
        let (kept, places) = self.sorted.get_or_init(|| (order.to_owned(), sorted()));
        if kept == order { Cow::Borrowed(places.as_slice()) } else { Cow::Owned(sorted()) }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.by_place.get(self.place_of.get(id)?)
    }

    pub(crate) fn at(&self, name: &str) -> impl Iterator<Item = &Record> {
        let places = self.by_name.get(&reversed(name)).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.by_place.get(place))
    }

    /// Whether anything is filed below `name`.
    pub(crate) fn has_below(&self, name: &str) -> bool {
        let prefix = format!("{}.", reversed(name));
        self.by_name.range(prefix.clone()..).next().is_some_and(|(key, _)| key.starts_with(&prefix))
    }

    pub(crate) fn insert(&mut self, record: Record) {
        self.sorted = OnceLock::new();
        let place = self.place_of.get(&record.id).copied().unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.remove(&record.id.clone());
        self.place_of.insert(record.id.clone(), place);
        self.by_name.entry(reversed(&record.name)).or_default().push(place);
        self.by_place.insert(place, record);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        self.sorted = OnceLock::new();
        let place = self.place_of.remove(id)?;
        let record = self.by_place.remove(&place)?;
        let key = reversed(&record.name);
        if let Some(places) = self.by_name.get_mut(&key) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.by_name.remove(&key);
            }
        }
        Some(record)
    }
}

fn reversed(name: &str) -> String {
    let labels: Vec<&str> = name.rsplit('.').collect();
    labels.join(".")
}

impl World {
    /// Adds a zone behind the others.
    pub(crate) fn add(&mut self, zone: Zone) {
        self.place_of.insert(zone.id.clone(), self.zones.len());
        self.places_at.entry(zone.name.clone()).or_default().push(self.zones.len());
        self.zones.push(zone);
    }

    pub(crate) fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.get(*self.place_of.get(id)?)
    }

    /// The zones that hold `name`: those of the longest name first.
    pub(crate) fn zones_above(&self, name: &str) -> impl Iterator<Item = &Zone> {
        let mut rest = Some(name);
        let domains = std::iter::from_fn(move || {
            let domain = rest?;
            rest = domain.split_once('.').map(|(_, above)| above);
            Some(domain)
        });
        let places = domains.filter_map(|domain| self.places_at.get(domain)).flatten();
        places.filter_map(|place| self.zones.get(*place))
    }

    /// Whether resolvers that check signatures refuse answers about `name`.
    pub(crate) fn fails_validation(&self, name: &str) -> bool {
        self.zones_above(name).any(|zone| zone.stale_ds)
    }

    /// What the registry holds for a zone: only a DS record that was left there by an old host is known.
    pub(crate) fn left_at_the_registrar(&self, name: &str) -> Option<Plain> {
        self.zones_above(name).find(|zone| zone.stale_ds && zone.name == name)?;
        let content = format!("4711 13 2 {}", "5e".repeat(32));
        Some(Plain::new(name, "DS", content, 3_600))
    }

    pub(crate) fn zone_mut(&mut self, id: &str) -> Option<&mut Zone> {
        self.zones.get_mut(*self.place_of.get(id)?)
    }

    pub(crate) fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// The next handle: counted, so that the same scenario gives the same bytes.
    pub(crate) fn new_id(&mut self) -> String {
        self.next_id += 1;
        // Spread over the digits, so that it looks like one of Cloudflare's.
        let mixed = self.next_id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{mixed:016x}{:016x}", self.next_id)
    }
}
