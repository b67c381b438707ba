//! Both audit logs of an account: which entries are asked for, and when they were made. Pure.
//!
//! Source: the API description (`/accounts/{id}/audit_logs`, `/accounts/{id}/logs/audit`) and
//! `developers.cloudflare.com/fundamentals/account/account-security`; checked 2026-08-22.

pub(super) mod first;
pub(super) mod second;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::world::find::Query;
use super::world::history::Event;

/// Entries older than 18 months are gone. The day is set, not read: scenarios must not age.
const KEPT_SINCE: &str = "2025-05-23T00:00:00Z";
/// Entries of a page unless something else is asked for, and at most.
const USUAL: usize = 100;
const MOST: usize = 1_000;

/// What both logs are asked by.
struct Window {
    since: Timestamp,
    before: Timestamp,
    is_rising: bool,
}

impl Window {
    /// `Err` names the parameter that makes no sense.
    fn read(query: &Query) -> Result<Self, &'static str> {
        let kept = KEPT_SINCE.parse().unwrap_or(Timestamp::MIN);
        let time = |key| query.get(key).map(|text| moment(text).ok_or(key)).transpose();
        let is_rising = match query.get("direction") {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => return Err("direction"),
        };
        let since = time("since")?.map_or(kept, |since| since.max(kept));
        Ok(Self { since, before: time("before")?.unwrap_or(Timestamp::MAX), is_rising })
    }

    /// The account's events in this window, in the order that is wanted.
    fn events<'w>(&self, events: &'w [Event], account: &str) -> Vec<&'w Event> {
        let fits =
            |event: &&Event| event.account == account && event.at >= self.since && event.at < self.before;
        let mut found: Vec<&Event> = events.iter().filter(fits).collect();
        if !self.is_rising {
            found.reverse();
        }
        found
    }
}

/// A day (its beginning, UTC) or an RFC 3339 timestamp.
fn moment(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    // The longer form first: a day can be read out of a timestamp too.
    text.parse::<Timestamp>().ok().or_else(|| (text.len() == 10).then(day).flatten())
}

/// A whole number between 1 and `most`.
fn number(query: &Query, key: &'static str, usual: usize, most: usize) -> Result<usize, &'static str> {
    let Some(text) = query.get(key) else { return Ok(usual) };
    text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or(key)
}

/// Something with the form of a UUID, the same for the same number.
pub(super) fn uuid(number: u64) -> String {
    let mixed = format!("{:016x}", number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let part = |from: usize, length: usize| mixed.chars().skip(from).take(length).collect::<String>();
    format!("{}-{}-7{}-8{}-{number:012x}", part(0, 8), part(8, 4), part(12, 3), part(13, 3))
}

/// The handle of a user, the same for the same address.
fn user(email: &str) -> String {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let (one, two) =
        (email.bytes().fold(0xcbf2_9ce4_8422_2325, mix), email.bytes().rev().fold(0x9e37_79b9, mix));
    format!("{one:016x}{two:016x}")
}

/// Addresses that belong to nobody. Source: RFC 5737.
fn address(is_dashboard: bool) -> &'static str {
    if is_dashboard { "198.51.100.23" } else { "203.0.113.7" }
}
