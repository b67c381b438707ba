//! Reads zones and their records. Effects: network.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasher as _;

use serde_json::value::RawValue;

use crate::io::cloudflare::client::{Client, RECORDS_PER_PAGE, ZONES_PER_PAGE};
use crate::io::cloudflare::{BadZone, RequestError};
use crate::model::dns::DomainName;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::{AccountId, ZoneId};
use crate::model::inventory::{self, HeldRecord, Inventory, Original, Rows, WireRecord, Zone};

/// Most pages of one list: keeps a server that never ends its list from keeping us for ever.
const MOST_PAGES: u64 = 2_000;

/// Why a zone could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Neither the name nor anything above it is a zone that the token can see.
    #[error("no zone for {0} is visible to this token")]
    NotVisible(DomainName),
    /// The name is a zone in several accounts.
    #[error("{name} exists more than once: {}", candidates.join("; "))]
    Ambiguous {
        name: DomainName,
        /// Identifier, account and status of each.
        candidates: Vec<String>,
    },
    #[error("this token can see no zone")]
    NoZones,
    /// `total` is how many the API says there are.
    #[error("the list of {what} came back short: {seen} of {total}")]
    Short { what: String, seen: u64, total: u64 },
    /// The list began anew instead of going on.
    #[error("the list of {what} repeats itself after {seen}, and does not say how many there are")]
    Repeats { what: String, seen: u64 },
    #[error(transparent)]
    BadZone(#[from] BadZone),
}

impl Advice for CollectError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Request(error) => return error.hints(),
            Self::NotVisible(name) => {
                return vec![
                    format!("check the spelling of {name}, and that the token's zone resources include it"),
                    "Cloudflare does not tell a missing zone from one without access".to_owned(),
                    "if the token may not list zones, name the zone by its identifier with --zone-id"
                        .to_owned(),
                ];
            }
            Self::Ambiguous { .. } => "say which one with --zone-id, or its account with --account",
            Self::NoZones => "give the token Zone > Zone > Read for the zones it is meant for",
            Self::Short { .. } | Self::Repeats { .. } => {
                "nothing was concluded from the incomplete list; run the command again"
            }
            Self::BadZone(_) => return Vec::new(),
        };
        vec![hint.to_owned()]
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Request(error) => error.exit(),
            Self::NotVisible(_) | Self::NoZones => Exit::Refused,
            Self::Ambiguous { .. } => Exit::Usage,
            Self::Short { .. } | Self::Repeats { .. } | Self::BadZone(_) => Exit::Unreachable,
        }
    }
}

/// Finds the zone that `name` is in: the longest of its suffixes that is a zone.
pub async fn zone_of(
    api: &Client,
    name: &DomainName,
    account: Option<&AccountId>,
) -> Result<Zone, CollectError> {
    for candidate in name.and_ancestors().filter(|suffix| suffix.labels().count() > 1) {
        let found = api.zones_named(&candidate, account).await?;
        let mut zones = found.into_iter().map(Zone::try_from).collect::<Result<Vec<_>, _>>()?;
        // The filter is the server's word; the name is checked all the same.
        zones.retain(|zone| zone.name == candidate);
        match zones.as_slice() {
            [] => {}
            [zone] => return Ok(zone.clone()),
            several => {
                let candidates = several.iter().map(candidate_line).collect();
                return Err(CollectError::Ambiguous { name: candidate, candidates });
            }
        }
    }
    Err(CollectError::NotVisible(name.clone()))
}

fn candidate_line(zone: &Zone) -> String {
    let account = zone.account_name.as_deref().map(crate::model::plain::sanitize_line).unwrap_or_default();
    format!("{} (account {account}, {:?})", zone.id, zone.status)
}

pub async fn zone_by_id(api: &Client, id: &ZoneId) -> Result<Zone, CollectError> {
    Ok(Zone::try_from(api.zone(id).await?)?)
}

/// Every zone that the token can see, on every page.
pub async fn all_zones(api: &Client, account: Option<&AccountId>) -> Result<Vec<Zone>, CollectError> {
    let (mut zones, mut listing) = (Vec::new(), Listing::default());
    for page in 1..=MOST_PAGES {
        let got = api.zones(page, account).await?;
        let (size, per_page) = (got.items.len() as u64, got.per_page.unwrap_or(ZONES_PER_PAGE));
        for wire in got.items {
            let zone = Zone::try_from(wire)?;
            if listing.is_new(zone.id.as_str()) {
                zones.push(zone);
            }
        }
        if listing.is_over(size, per_page, got.total_count) {
            break;
        }
    }
    listing.check(|| "zones".to_owned())?;
    if zones.is_empty() { Err(CollectError::NoZones) } else { Ok(zones) }
}

/// How far a list has come. What came before is known by its identity, and kept as a number: a list that
/// repeats itself is noticed, and takes no memory.
#[derive(Default)]
struct Listing {
    seen: HashSet<u64>,
    keys: RandomState,
    total: Option<u64>,
    /// How many had come before this page.
    before: u64,
    repeats: bool,
}

impl Listing {
    fn count(&self) -> u64 {
        self.seen.len() as u64
    }

    fn is_new(&mut self, identity: &str) -> bool {
        self.seen.insert(self.keys.hash_one(identity))
    }

    /// Whether a page of `size` was the last: it brought nothing new, or there can be no more.
    fn is_over(&mut self, size: u64, per_page: u64, total: Option<u64>) -> bool {
        self.total = total.or(self.total);
        let brought_nothing = self.count() == self.before;
        self.before = self.count();
        self.repeats = brought_nothing && size > 0;
        brought_nothing || self.total.map_or(size < per_page, |all| self.count() >= all)
    }

    fn check(&self, what: impl FnOnce() -> String) -> Result<(), CollectError> {
        let seen = self.count();
        match self.total {
            Some(total) if seen < total => Err(CollectError::Short { what: what(), seen, total }),
            None if self.repeats => Err(CollectError::Repeats { what: what(), seen }),
            _ => Ok(()),
        }
    }
}

/// Reads a zone whole. A list that comes back short is read once more, then given up.
pub async fn inventory(api: &Client, zone: &Zone) -> Result<Inventory, CollectError> {
    match read_whole(api, zone).await {
        Err(CollectError::Short { .. } | CollectError::Repeats { .. }) => read_whole(api, zone).await,
        settled => settled,
    }
}

async fn read_whole(api: &Client, zone: &Zone) -> Result<Inventory, CollectError> {
    let (mut rows, mut unreadable) = (Rows::new(&zone.name), 0);
    let keep = |_: &RawValue, record: Option<HeldRecord>| match record {
        Some(record) => rows.add(record),
        None => unreadable += 1,
    };
    let pages = each_record(api, zone, None, keep).await?;
    let mut inventory = Inventory::of(zone.clone(), rows);
    (inventory.unreadable, inventory.pages) = (unreadable, pages);
    Ok(inventory)
}

/// Everything filed at these names, read anew: name by name, or as a whole listing where that takes
/// fewer calls. `pages` is what the whole listing took last time.
pub async fn at_names(
    api: &Client,
    zone: &Zone,
    names: &BTreeSet<DomainName>,
    pages: u64,
) -> Result<Vec<Original>, CollectError> {
    let mut found = Vec::new();
    let mut keep = |raw: &RawValue, record: Option<HeldRecord>| {
        if let Some(record) = record.filter(|record| names.contains(&record.name)) {
            found.push(Original { record, raw: raw.to_owned() });
        }
    };
    if names.len() as u64 <= pages {
        for name in names {
            each_record(api, zone, Some(name), &mut keep).await?;
        }
    } else {
        each_record(api, zone, None, &mut keep).await?;
    }
    Ok(found)
}

/// Hands every record of a list to `keep`, each once, and returns how many pages there were. What cannot be read
/// comes as its text alone.
async fn each_record(
    api: &Client,
    zone: &Zone,
    named: Option<&DomainName>,
    mut keep: impl FnMut(&RawValue, Option<HeldRecord>),
) -> Result<u64, CollectError> {
    let (mut listing, mut pages) = (Listing::default(), 0);
    for page in 1..=MOST_PAGES {
        pages = page;
        let each = |raw: &RawValue| {
            let wire = WireRecord::read(raw);
            if listing.is_new(wire.as_ref().map_or(raw.get(), |wire| &wire.id)) {
                keep(raw, wire.and_then(inventory::record));
            }
        };
        let got = api.records(&zone.id, named, page, each).await?;
        let per_page = got.per_page.unwrap_or(RECORDS_PER_PAGE);
        if listing.is_over(got.items.len() as u64, per_page, got.total_count) {
            break;
        }
    }
    listing.check(|| format!("the records of {}", zone.name))?;
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(pages: &[&[&str]], per_page: u64, total: Option<u64>) -> (usize, Result<(), CollectError>) {
        let mut listing = Listing::default();
        let is_last = |page: &&[&str]| {
            for id in *page {
                listing.is_new(id);
            }
            listing.is_over(page.len() as u64, per_page, total)
        };
        let last = pages.iter().position(is_last);
        (last.unwrap(), listing.check(|| "records".to_owned()))
    }

    #[test]
    fn a_list_that_repeats_itself_ends_and_is_not_whole() {
        let page: &[&str] = &["1", "2"];
        let (last, end) = list(&[page; 9], 2, Some(4));
        assert!(last == 1 && matches!(end, Err(CollectError::Short { seen: 2, total: 4, .. })));
        let (last, end) = list(&[page; 9], 2, None);
        assert!(last == 1 && matches!(end, Err(CollectError::Repeats { seen: 2, .. })));
        let (last, end) = list(&[page, &["2", "3"], &["4"]], 2, Some(4));
        assert!(last == 2 && end.is_ok(), "what shifts while it is read is counted once");
        assert!(list(&[page, &["3"]], 2, None).1.is_ok() && list(&[page, &[]], 2, None).1.is_ok());
    }
}
