//! Records in little space: rows of octets, each found by its name and read when somebody asks. Pure.
//!
//! A zone may hold a million records, and a run asks about a handful of names. An A record takes some 60 octets
//! here, and four times as much as a [`HeldRecord`].

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::OnceLock;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};

use super::wire::is_told_whole;
use super::{Alias, HeldRecord, ListedAlias, ProxyStatus};
use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::RecordId;

/// Octets that are set aside at a time. A row never reaches from one chunk into the next.
const CHUNK: usize = 1 << 20;
/// As many different settings and types are kept once; what comes after them stands by itself.
const SHARED: usize = 64;

const PROXIED: u64 = 1;
const READ_ONLY: u64 = 1 << 1;
/// The identifier is 32 hexadecimal digits.
const HEX: u64 = 1 << 2;
const ALIAS: u64 = 1 << 3;
/// The name is kept without the zone's.
const BELOW: u64 = 1 << 4;
/// The content is not the target letter by letter.
const CONTENT: u64 = 1 << 5;
const COMMENT: u64 = 1 << 6;
const MODIFIED: u64 = 1 << 7;

/// The records of a zone as rows, so that no more than a page of a listing is held beside them.
#[derive(Debug, Clone)]
pub struct Rows {
    /// What names end with that are kept in short: a dot and the zone.
    ending: Box<str>,
    chunks: Vec<Vec<u8>>,
    /// The hash of each name, and where its row is: chunk and place in it. Sorted once all are there.
    places: Vec<(u32, u32)>,
    kinds: Vec<RecordType>,
    settings: Vec<Map<String, Value>>,
    /// Aliases are looked through as a whole, so their names stand outside the rows.
    pub(super) aliases: Vec<ListedAlias>,
    /// What is looked through as well, whatever is asked.
    pub(super) notable: Vec<HeldRecord>,
}

impl Rows {
    /// Nothing yet.
    pub fn new(zone: &DomainName) -> Self {
        let (chunks, places, kinds, settings, aliases, notable) = Default::default();
        Self { ending: format!(".{zone}").into(), chunks, places, kinds, settings, aliases, notable }
    }

    /// Takes in a record, which has not come before.
    pub fn add(&mut self, record: HeldRecord) {
        if is_notable(&record) {
            self.notable.push(record.clone());
        }
        let hash = short_hash(&record.name);
        let row = self.row(record);
        if self.chunks.last().is_none_or(|chunk| chunk.len() + row.len() > CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK.max(row.len())));
        }
        let number = self.chunks.len() - 1;
        let Some(chunk) = self.chunks.last_mut() else { return };
        let place = u32::try_from(number * CHUNK + chunk.len()).unwrap_or(u32::MAX);
        chunk.extend_from_slice(&row);
        self.places.push((hash, place));
    }

    /// Sorts what has been taken in.
    pub(super) fn close(&mut self) {
        self.places.sort_unstable();
        self.places.shrink_to_fit();
        self.aliases.shrink_to_fit();
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Every record at `name`, as listed.
    pub(super) fn at(&self, name: &DomainName) -> Vec<HeldRecord> {
        let hash = short_hash(name);
        let first = self.places.partition_point(|(known, _)| *known < hash);
        let alike = self.places.iter().skip(first).take_while(|(known, _)| *known == hash);
        alike.filter_map(|(_, place)| self.read(*place)).filter(|record| record.name == *name).collect()
    }

    fn row(&mut self, record: HeldRecord) -> Vec<u8> {
        let hex = HEXLOWER.decode(record.id.as_str().as_bytes()).ok().filter(|octets| octets.len() == 16);
        let short = record.name.as_str().strip_suffix(&*self.ending);
        let is_own = record.alias.as_ref().is_none_or(|alias| alias.target.as_str() != &*record.content);
        let flags = [
            (PROXIED, record.proxy == ProxyStatus::Proxied),
            (READ_ONLY, record.is_read_only),
            (HEX, hex.is_some()),
            (ALIAS, record.alias.is_some()),
            (BELOW, short.is_some()),
            (CONTENT, is_own),
            (COMMENT, record.comment.is_some()),
            (MODIFIED, record.modified_on.is_some()),
        ];
        let mut row = Row::default();
        row.number(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| flag).sum());
        row.number(position(&mut self.kinds, record.kind));
        row.number(u64::from(record.ttl.to_api()));
        if let Some(octets) = hex {
            row.0.extend_from_slice(&octets);
        } else {
            row.text(record.id.as_str());
        }
        if is_own {
            row.text(&record.content);
        }
        for text in record.comment.iter().chain(&record.modified_on) {
            row.text(text);
        }
        row.number(record.tags.len() as u64);
        record.tags.iter().for_each(|tag| row.text(tag));
        if let Some(alias) = record.alias {
            row.number(self.aliases.len() as u64);
            row.number(position(&mut self.settings, alias.settings));
            let HeldRecord { name, proxy, ttl, .. } = record;
            self.aliases.push(ListedAlias { name, target: alias.target, proxy, ttl });
        } else {
            row.text(short.unwrap_or(record.name.as_str()));
            row.0.extend_from_slice(&record.digest.to_le_bytes());
        }
        row.0
    }

    /// The record that was taken in.
    fn read(&self, place: u32) -> Option<HeldRecord> {
        let place = usize::try_from(place).ok()?;
        let mut row = Reader(self.chunks.get(place / CHUNK)?.get(place % CHUNK..)?);
        let flags = row.number()?;
        let is = |flag: u64| flags & flag != 0;
        let kind = self.kinds.get(row.index()?)?.clone();
        let ttl = Ttl::from_api(u32::try_from(row.number()?).ok()?);
        let id = if is(HEX) { HEXLOWER.encode(row.octets(16)?) } else { row.text()?.to_owned() };
        let content = if is(CONTENT) { Some(row.text()?) } else { None };
        let comment = if is(COMMENT) { Some(row.text()?.into()) } else { None };
        let modified_on = if is(MODIFIED) { Some(row.text()?.into()) } else { None };
        let tags = (0..row.number()?).map(|_| row.text().map(Into::into)).collect::<Option<_>>()?;
        let (name, alias, digest) = if is(ALIAS) {
            let listed = self.aliases.get(row.index()?)?;
            let settings = self.settings.get(row.index()?)?.clone();
            (listed.name.clone(), Some(Alias { target: listed.target.clone(), settings }), 0)
        } else {
            let (text, ending) = (row.text()?, if is(BELOW) { &*self.ending } else { "" });
            let name = DomainName::parse(&format!("{text}{ending}")).ok()?;
            (name, None, u64::from_le_bytes(row.octets(8)?.try_into().ok()?))
        };
        let content = content.or(alias.as_ref().map(|alias| alias.target.as_str()))?.into();
        Some(HeldRecord {
            id: RecordId::parse(&id).ok()?,
            name,
            kind,
            content,
            proxy: if is(PROXIED) { ProxyStatus::Proxied } else { ProxyStatus::DnsOnly },
            ttl,
            alias: alias.map(Box::new),
            comment,
            tags,
            is_read_only: is(READ_ONLY),
            modified_on,
            digest,
        })
    }
}

/// Whether a record that is no alias can say something about mail, whatever is asked.
pub(super) fn is_notable(record: &HeldRecord) -> bool {
    let is_marked = || record.name.labels().any(|label| label.starts_with('_'));
    match record.kind {
        RecordType::Ns => true,
        RecordType::Txt => is_marked() || is_told_whole(&record.content),
        _ => false,
    }
}

/// Where `value` stands in `known`, put there if it does not.
fn position<T: PartialEq>(known: &mut Vec<T>, value: T) -> u64 {
    let place = known.iter().take(SHARED).position(|one| *one == value).unwrap_or(known.len());
    if place == known.len() {
        known.push(value);
    }
    place as u64
}

fn short_hash(name: &DomainName) -> u32 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    u32::try_from(hasher.finish() >> 32).unwrap_or_default()
}

/// A row in the making.
#[derive(Default)]
struct Row(Vec<u8>);

impl Row {
    /// Seven bits in each octet, the lowest first; the eighth says that more follow.
    fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// What is left of a row.
struct Reader<'r>(&'r [u8]);

impl<'r> Reader<'r> {
    fn octets(&mut self, count: usize) -> Option<&'r [u8]> {
        let (taken, left) = self.0.split_at_checked(count)?;
        self.0 = left;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let octet = *self.octets(1)?.first()?;
            number |= u64::from(octet & 0x7f) << shift;
            if octet < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn index(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<&'r str> {
        let length = self.index()?;
        std::str::from_utf8(self.octets(length)?).ok()
    }
}

/// The names that were asked about, each read once.
#[derive(Debug, Clone)]
pub(super) struct Opened(Box<[Slot]>);

type Slot = OnceLock<Box<Name>>;

/// One name, and those that fell into the same slot after it.
#[derive(Debug, Clone)]
struct Name {
    name: DomainName,
    records: Vec<HeldRecord>,
    next: Slot,
}

impl Opened {
    /// Room for a zone of so many records.
    pub(super) fn new(records: usize) -> Self {
        let slots = (records / 16).max(64);
        Self(std::iter::repeat_with(Slot::new).take(slots).collect())
    }

    /// What stands at `name`; `read` is called the first time it is asked about.
    pub(super) fn at(&self, name: &DomainName, read: impl Fn() -> Vec<HeldRecord>) -> &[HeldRecord] {
        let place = short_hash(name) as usize % self.0.len();
        let mut next = self.0.get(place);
        while let Some(slot) = next {
            let new = || Box::new(Name { name: name.clone(), records: read(), next: Slot::new() });
            let found = slot.get_or_init(new);
            if found.name == *name {
                return &found.records;
            }
            next = Some(&found.next);
        }
        &[]
    }
}
