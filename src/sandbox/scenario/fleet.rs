//! Worlds with many zones: all alike, or drawn like the zones of an agency. Pure.

use jiff::Timestamp;

use super::super::bad::BadScenario;
use super::super::draw::Draw;
use super::super::past;
use super::super::world::{Account, World};
use super::super::zone_file::RecordIn;
use super::{DeletedIn, ZoneIn, add_zone, empty, ordinary};

/// Zones of one account; the next ones are in another.
const ZONES_OF_ACCOUNT: usize = 100;

/// How many zones and records, and how they are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Fleet {
    /// How many zones.
    pub zones: usize,
    /// How many records each has, if its mail records leave room for others.
    pub records: usize,
    /// In how many of the zones something is broken.
    pub broken: usize,
    /// Decides which.
    pub seed: u64,
}

/// What is broken in a zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breakage {
    /// The records of one provider are proxied.
    #[default]
    Proxied,
    /// One record is.
    OneProxied,
    /// The records of one provider were deleted, which the audit log tells.
    Deleted,
    /// All CNAME records are flattened.
    Flattened,
    /// The DS record at the registrar is an old one.
    StaleDs,
    /// A record points to another selector's key.
    WrongTarget,
    /// Another vendor's record holds a name.
    OtherVendor,
    /// A target was filed as text.
    Text,
}

/// Proxied records are what happens most.
const DRAWN: [Breakage; 12] = [
    Breakage::Proxied,
    Breakage::Proxied,
    Breakage::Proxied,
    Breakage::Proxied,
    Breakage::OneProxied,
    Breakage::Deleted,
    Breakage::Deleted,
    Breakage::Flattened,
    Breakage::StaleDs,
    Breakage::WrongTarget,
    Breakage::OtherVendor,
    Breakage::Text,
];

/// A mail record: relative name, target.
type Mail = (&'static str, &'static str);

const SENDGRID: &[Mail] = &[
    ("em1234", "u1446226.wl123.sendgrid.net"),
    ("s1._domainkey", "s1.domainkey.u1446226.wl123.sendgrid.net"),
    ("s2._domainkey", "s2.domainkey.u1446226.wl123.sendgrid.net"),
];
const KLAVIYO: &[Mail] = &[
    ("send", "12.klaviyodns.com"),
    ("kl._domainkey", "kl1.domainkey.12.klaviyodns.com"),
    ("kl2._domainkey", "kl2.domainkey.12.klaviyodns.com"),
];
const MAILCHIMP: &[Mail] = &[("k2._domainkey", "dkim2.mcsv.net"), ("k3._domainkey", "dkim3.mcsv.net")];
const POSTMARK: &[Mail] = &[("pm-bounces", "pm.mtasv.net")];

/// Makes a world with many zones, each with many records and three proxied records of one provider.
///
/// # Errors
///
/// [`BadScenario::Shape`] if the providers' file is damaged, which a test rules out.
pub fn many(zones: usize, records: usize) -> Result<World, BadScenario> {
    let mut world = empty()?;
    for number in 1..=zones {
        let name = if zones == 1 { "example.com".to_owned() } else { name(number) };
        let mail = SENDGRID.iter().map(|mail| alias(mail, true));
        let record = mail.chain(filler()).take(records).collect();
        // The log reaches back to the zone's first record; what came with an import left no entry of its own.
        add_zone(&mut world, ordinary(name, record), 1)?;
    }
    Ok(world)
}

/// Makes a world with many zones of several accounts, most of them healthy; and what is broken in the others, by name.
///
/// # Errors
///
/// [`BadScenario::Shape`] if the providers' file is damaged, which a test rules out.
pub fn fleet(given: &Fleet, now: Timestamp) -> Result<(World, Vec<(String, Breakage)>), BadScenario> {
    let mut world = empty()?;
    let mut draw = Draw(given.seed);
    let mut broken = Vec::new();
    for number in 1..=given.zones {
        if number % ZONES_OF_ACCOUNT == 0 {
            let account =
                Account { id: world.new_id(), name: format!("Client {number}"), enforce_dns_only: false };
            // Zones are added to the first one.
            world.accounts.insert(0, account);
        }
        let is_broken = draw.below(given.zones - number + 1) < given.broken.saturating_sub(broken.len());
        let breakage = is_broken.then(|| draw.one_of(&DRAWN));
        let mut zone = ordinary(name(number), Vec::new());
        fill(&mut zone, given.records, breakage, &mut draw);
        broken.extend(breakage.map(|breakage| (zone.name.clone(), breakage)));
        let deleted = std::mem::take(&mut zone.deleted);
        let zone = add_zone(&mut world, zone, 1)?;
        past::deletions(&mut world, &zone, deleted, now)?;
    }
    world.sort_log();
    Ok((world, broken))
}

fn name(number: usize) -> String {
    format!("zone-{number:04}.example")
}

/// Fills a zone with the records of one or two providers.
fn fill(zone: &mut ZoneIn, records: usize, breakage: Option<Breakage>, draw: &mut Draw) {
    let first = draw.one_of(&[SENDGRID, SENDGRID, KLAVIYO]);
    let second = draw.one_of(&[&[] as &[Mail], &[], MAILCHIMP, POSTMARK]);
    let mut mail: Vec<RecordIn> = first.iter().map(|mail| alias(mail, false)).collect();
    match breakage {
        Some(Breakage::Proxied) => mail.iter_mut().for_each(|record| record.proxied = Some(true)),
        Some(Breakage::OneProxied) => mail.iter_mut().take(1).for_each(|record| record.proxied = Some(true)),
        Some(Breakage::Deleted) => {
            zone.deleted =
                mail.drain(..).map(|record| DeletedIn::in_dashboard(record.name, record.content)).collect();
        }
        Some(Breakage::Flattened) => zone.flatten_all_cnames = true,
        Some(Breakage::StaleDs) => (zone.signed, zone.stale_ds) = (true, true),
        Some(Breakage::WrongTarget) => {
            retarget_second(&mut mail, first.last().map_or("", |(_, target)| target));
        }
        Some(Breakage::OtherVendor) => retarget_second(&mut mail, "dkim.mcsv.net"),
        Some(Breakage::Text) => {
            mail.iter_mut().skip(1).take(1).for_each(|record| "TXT".clone_into(&mut record.kind));
        }
        None => {}
    }
    let second = second.iter().map(|mail| alias(mail, false));
    let tracking = [alias(&("url1234", "sendgrid.net"), true)];
    zone.record = mail.into_iter().chain(second).chain(tracking).chain(filler()).take(records).collect();
}

fn retarget_second(mail: &mut [RecordIn], target: &str) {
    mail.iter_mut().skip(1).take(1).for_each(|record| target.clone_into(&mut record.content));
}

fn alias(&(name, target): &Mail, proxied: bool) -> RecordIn {
    record(name.to_owned(), target.to_owned(), "CNAME", proxied)
}

/// Web records, a policy and texts, without end.
fn filler() -> impl Iterator<Item = RecordIn> {
    (0_u32..).map(|number| match number % 3 {
        0 => record(format!("host-{number}"), format!("192.0.2.{}", number % 250), "A", number % 2 == 0),
        2 if number == 2 => record("_dmarc".to_owned(), "v=DMARC1; p=none".to_owned(), "TXT", false),
        1 => record(format!("alias-{number}"), format!("app-{number}.hosting.example"), "CNAME", true),
        _ => record(format!("text-{number}"), format!("verification={number:032x}"), "TXT", false),
    })
}

fn record(name: String, content: String, kind: &str, proxied: bool) -> RecordIn {
    let kind = kind.to_owned();
    RecordIn { name, kind, content, proxied: Some(proxied), ..RecordIn::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::then;

    #[test]
    fn as_many_are_broken_as_was_asked_for_and_the_seed_says_which() {
        let of = |seed| {
            let given = Fleet { zones: 1_000, records: 12, broken: 20, seed };
            let (world, broken) = fleet(&given, then()).unwrap();
            assert_eq!((world.zones.len(), world.accounts.len()), (1_000, 11));
            assert!(world.zones.iter().all(|zone| zone.records.len() == 12));
            broken
        };
        assert_eq!(of(1).len(), 20);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }
}
