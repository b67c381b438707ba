//! What DNS answers. Pure.
//!
//! Source: `developers.cloudflare.com/dns/proxy-status`, `…/cname-flattening`,
//! `…/reference/shadowed-records`, `…/reference/wildcard-dns-records`; that a proxied alias answers
//! NODATA to TXT and MX is known from providers' reports only. Checked 2026-08-22.

use super::super::vendor;
use super::plain::Plain;
use super::{NAME_SERVERS, Record, World, Zone};

/// A response code, by its number. Source: RFC 1035 section 4.1.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Rcode {
    #[default]
    NoError = 0,
    ServFail = 2,
    NxDomain = 3,
    Refused = 5,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) rcode: Rcode,
    pub(crate) authoritative: bool,
    pub(crate) answers: Vec<Plain>,
    /// SOA of a negative answer, or the NS records of a referral.
    pub(crate) authority: Vec<Plain>,
}

/// Who is asking whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Cloudflare's own name servers (and the providers') are asked directly.
    Source,
    /// The world follows the delegation.
    Public,
}

/// Served for automatic and proxied records.
const AUTOMATIC_TTL: u32 = 300;
/// How long a negative answer may be kept: Cloudflare's default SOA minimum.
const NEGATIVE_TTL: u32 = 1_800;
const LONGEST_CHAIN: usize = 16;
/// Out of Cloudflare's published ranges. Source: `cloudflare.com/ips`, checked 2026-08-22.
const CLOUDFLARE_A: [&str; 2] = ["104.21.32.1", "172.67.160.1"];
const CLOUDFLARE_AAAA: [&str; 2] = ["2606:4700:3030::6815:2001", "2606:4700:3031::ac43:a001"];

/// What one place in the name space holds for a question.
enum Found {
    Records(Vec<Plain>),
    Alias(Plain),
    Nothing { exists: bool, soa: Plain },
    Referral(Vec<Plain>),
    Refused,
    Broken,
}

impl World {
    /// Answers one question. `name` is lower case and without a trailing dot.
    pub(crate) fn answer(&self, view: View, name: &str, kind: &str) -> Answer {
        let mut answer = self.chased(view, name, kind);
        if let Some(longest) = self.longest_ttl {
            for record in answer.answers.iter_mut().chain(&mut answer.authority) {
                shorten(record, longest);
            }
        }
        answer
    }

    /// Follows the aliases.
    fn chased(&self, view: View, name: &str, kind: &str) -> Answer {
        let mut answers = Vec::new();
        let mut found = self.found(view, name, kind);
        while let Found::Alias(alias) = found {
            found = match answers.len() + 1 {
                _ if kind == "CNAME" => Found::Records(Vec::new()),
                LONGEST_CHAIN => return Answer { rcode: Rcode::ServFail, ..Answer::default() },
                _ => self.found(view, &alias.content, kind),
            };
            answers.push(alias);
        }
        ended(view, answers, found)
    }

    fn found(&self, view: View, name: &str, kind: &str) -> Found {
        // The longest zone; of two copies the one the world asks.
        match self.zones_above(name).max_by_key(|zone| (zone.name.len(), zone.is_delegated())) {
            None => self.found_elsewhere(name, kind),
            Some(zone) if view == View::Public && !zone.is_delegated() => found_at_old_host(zone, name, kind),
            // Such zones have no answers, or Cloudflare is not the one to ask.
            Some(zone) if zone.status == "initializing" || zone.kind != "full" => Found::Refused,
            Some(zone) => self.found_in(view, zone, name, kind),
        }
    }

    fn found_in(&self, view: View, zone: &Zone, name: &str, kind: &str) -> Found {
        if name == zone.name && matches!(kind, "NS" | "SOA") {
            return Found::Records(apex(zone, kind));
        }
        if let Some(servers) = referral(zone, name) {
            return match view {
                View::Source => Found::Referral(servers),
                // Whatever the world outside holds there, or a lame delegation.
                View::Public => match self.found_elsewhere(name, kind) {
                    Found::Refused => Found::Broken,
                    found => found,
                },
            };
        }
        let records: Vec<&Record> = zone.records.at(name).collect();
        if !records.is_empty() {
            return self.among_records(zone, name, kind, &records);
        }
        if zone.records.has_below(name) {
            return nothing(&zone.name, true);
        }
        match wildcard(zone, name) {
            Some(records) => self.among_records(zone, name, kind, &records),
            // A signed zone says NODATA for every name (compact denial, RFC 9824).
            None => nothing(&zone.name, zone.signed),
        }
    }

    fn among_records(&self, zone: &Zone, name: &str, kind: &str, records: &[&Record]) -> Found {
        let proxied = records.iter().find(|record| record.proxied && self.is_proxying(zone));
        if let Some(proxied) = proxied
            && matches!(kind, "A" | "AAAA")
        {
            return edge(zone, name, kind, proxied);
        }
        let alias = records.iter().find(|record| record.kind == "CNAME");
        if let Some(alias) = alias
            && proxied.is_none()
        {
            let in_zone = alias.content == zone.name || alias.content.ends_with(&format!(".{}", zone.name));
            if alias.is_flattened() || zone.flatten_all_cnames || in_zone || name == zone.name {
                return self.flattened(zone, name, kind, alias);
            }
            return Found::Alias(plain(name, alias));
        }
        let of_kind =
            records.iter().filter(|record| record.kind == kind && (proxied.is_none() || kind != "CNAME"));
        records_or_nothing(&zone.name, of_kind.map(|record| plain(name, record)))
    }

    /// Whether proxied records are answered as proxied.
    fn is_proxying(&self, zone: &Zone) -> bool {
        let enforced = self.account(&zone.account).is_some_and(|account| account.enforce_dns_only);
        zone.status == "active" && !zone.paused && zone.zone_mode != "dns_only" && !enforced
    }

    /// The addresses behind an alias instead of the alias; nothing for other types.
    fn flattened(&self, zone: &Zone, name: &str, kind: &str, alias: &Record) -> Found {
        if !matches!(kind, "A" | "AAAA") || alias.content == name {
            // Who sees no alias sees what stands beside it.
            let beside = zone.records.at(name).filter(|record| record.kind == kind && kind != "CNAME");
            return records_or_nothing(&zone.name, beside.map(|record| plain(name, record)));
        }
        let behind = self.answer(View::Public, &alias.content, kind);
        let addresses = behind.answers.into_iter().filter(|record| record.kind == kind);
        let own = addresses.map(|record| Plain {
            name: name.to_owned(),
            ttl: record.ttl.min(ttl(alias)),
            ..record
        });
        records_or_nothing(&zone.name, own)
    }

    fn found_elsewhere(&self, name: &str, kind: &str) -> Found {
        if let Some(records) = self.elsewhere.get(name) {
            return among(records.iter(), name, kind);
        }
        if !self.vendors.is_empty() {
            let published = vendor::published(&self.vendors, name);
            return published.map_or(Found::Refused, |records| among(records.iter(), name, kind));
        }
        let below = format!(".{name}");
        let is_ancestor = self.elsewhere.keys().any(|key| key.ends_with(&below));
        let parent_known = self.elsewhere.keys().any(|key| last_two(key) == last_two(name));
        if is_ancestor || parent_known { nothing(last_two(name), is_ancestor) } else { Found::Refused }
    }
}

/// Finishes an answer with what stands at the end of its aliases.
fn ended(view: View, mut answers: Vec<Plain>, end: Found) -> Answer {
    let is_chased = !answers.is_empty();
    let (rcode, authority) = match end {
        Found::Records(records) => {
            answers.extend(records);
            (Rcode::NoError, Vec::new())
        }
        Found::Nothing { exists: true, soa } => (Rcode::NoError, vec![soa]),
        Found::Nothing { exists: false, soa } => (Rcode::NxDomain, vec![soa]),
        // An alias that leads out of what this server knows: the alias is the answer.
        Found::Referral(_) | Found::Refused | Found::Broken if is_chased && view == View::Source => {
            (Rcode::NoError, Vec::new())
        }
        Found::Referral(authority) if !is_chased => return Answer { authority, ..Answer::default() },
        Found::Refused => return Answer { rcode: Rcode::Refused, ..Answer::default() },
        Found::Referral(_) | Found::Broken | Found::Alias(_) => {
            return Answer { rcode: Rcode::ServFail, ..Answer::default() };
        }
    };
    Answer { rcode, authoritative: true, answers, authority }
}

fn last_two(name: &str) -> &str {
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    dots.nth(1).and_then(|at| name.get(at + 1..)).unwrap_or(name)
}

fn among<'p>(records: impl Iterator<Item = &'p Plain> + Clone, name: &str, kind: &str) -> Found {
    if let Some(alias) = records.clone().find(|record| record.kind == "CNAME") {
        return Found::Alias(alias.clone());
    }
    records_or_nothing(last_two(name), records.filter(|record| record.kind == kind).cloned())
}

/// The records of a name that exists in a zone.
fn records_or_nothing(zone: &str, records: impl Iterator<Item = Plain>) -> Found {
    let records: Vec<Plain> = records.collect();
    if records.is_empty() { nothing(zone, true) } else { Found::Records(records) }
}

fn found_at_old_host(zone: &Zone, name: &str, kind: &str) -> Found {
    if name == zone.name && matches!(kind, "NS" | "SOA") && !zone.old_host.iter().any(|r| r.kind == kind) {
        let server = Plain::new(name, "NS", "ns1.old-dns-host.example", 3_600);
        return Found::Records(vec![if kind == "NS" { server } else { soa(name) }]);
    }
    let here = zone.old_host.iter().filter(|record| record.name == name);
    if here.clone().next().is_some() {
        return among(here, name, kind);
    }
    let below = format!(".{name}");
    nothing(&zone.name, zone.old_host.iter().any(|record| record.name.ends_with(&below)))
}

fn nothing(zone: &str, exists: bool) -> Found {
    Found::Nothing { exists, soa: soa(zone) }
}

/// Lets a record live no longer than so many seconds; the last member of an SOA is the lifetime of a "no".
fn shorten(record: &mut Plain, longest: u32) {
    record.ttl = record.ttl.min(longest);
    let last = record.content.rsplit_once(' ').filter(|_| record.kind == "SOA");
    if let Some((rest, minimum)) = last {
        let minimum = minimum.parse().map_or(longest, |known: u32| known.min(longest));
        record.content = format!("{rest} {minimum}");
    }
}

fn soa(zone: &str) -> Plain {
    let content =
        format!("ada.ns.cloudflare.com. dns.cloudflare.com. 2400000000 10000 2400 604800 {NEGATIVE_TTL}");
    Plain::new(zone, "SOA", content, NEGATIVE_TTL)
}

fn apex(zone: &Zone, kind: &str) -> Vec<Plain> {
    if kind == "SOA" {
        return vec![soa(&zone.name)];
    }
    NAME_SERVERS.map(|host| Plain::new(&zone.name, "NS", host, 86_400)).into()
}

fn referral(zone: &Zone, name: &str) -> Option<Vec<Plain>> {
    let mut cut = name;
    while cut != zone.name {
        let servers = zone.records.at(cut).filter(|record| record.kind == "NS");
        let servers: Vec<Plain> = servers.map(|record| plain(cut, record)).collect();
        if !servers.is_empty() {
            return Some(servers);
        }
        cut = cut.split_once('.')?.1;
    }
    None
}

fn wildcard<'z>(zone: &'z Zone, name: &str) -> Option<Vec<&'z Record>> {
    let mut parent = name.split_once('.')?.1;
    loop {
        let records: Vec<&Record> = zone.records.at(&format!("*.{parent}")).collect();
        if !records.is_empty() {
            return Some(records);
        }
        // A name that exists ends the search. Source: RFC 4592 section 3.3.1.
        let exists = zone.records.at(parent).next().is_some() || zone.records.has_below(parent);
        if exists || parent == zone.name {
            return None;
        }
        parent = parent.split_once('.')?.1;
    }
}

fn edge(zone: &Zone, name: &str, kind: &str, record: &Record) -> Found {
    let only = |family: &str| record.settings.get(family) == Some(&serde_json::Value::Bool(true));
    let (addresses, is_suppressed) = match kind {
        "A" => (CLOUDFLARE_A, only("ipv6_only")),
        _ => (CLOUDFLARE_AAAA, only("ipv4_only")),
    };
    if is_suppressed {
        return nothing(&zone.name, true);
    }
    Found::Records(addresses.map(|address| Plain::new(name, kind, address, AUTOMATIC_TTL)).into())
}

fn ttl(record: &Record) -> u32 {
    if record.ttl == 1 { AUTOMATIC_TTL } else { record.ttl }
}

fn plain(name: &str, record: &Record) -> Plain {
    let priority = record.priority.unwrap_or_default();
    Plain { priority, ..Plain::new(name, &record.kind, &record.content, ttl(record)) }
}
