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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::scenario;
    use super::super::world::World;
    use super::*;

    fn world(keys: &str, deleted: &str) -> World {
        let text = format!(
            "description = 'x'\n{keys}\n[[zone]]\nname = 'example.com'\ncreated_on = '2025-06-01T00:00:00Z'\n\
             [[zone.record]]\nname = '@'\ntype = 'MX'\ncontent = 'mx.example.net'\npriority = 10\n{deleted}"
        );
        scenario::read(&text, crate::testing::then()).unwrap()
    }

    fn deleted(name: &str, at: &str, rest: &str) -> String {
        format!(
            "[[zone.deleted]]\nname = '{name}'\ntype = 'CNAME'\ncontent = 'x.example'\nproxied = true\n\
             at = '{at}'\nby = 'intern@example.com'\n{rest}\n"
        )
    }

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn result(text: &str) -> Vec<Value> {
        serde_json::from_str::<Value>(text).unwrap()["result"].as_array().unwrap().clone()
    }

    fn first(world: &World, pairs: &[(&str, &str)]) -> Vec<Value> {
        result(&first::list(&world.log, &world.accounts[0].id, &query(pairs), false).unwrap())
    }

    fn second(world: &World, pairs: &[(&str, &str)]) -> Value {
        let all = [&[("since", "2025-01-01"), ("before", "2027-01-01")], pairs].concat();
        let text = second::list(&world.log, (&world.accounts[0].id, "Sandbox"), &query(&all)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn texts(entries: &[Value], place: &str) -> Vec<String> {
        entries.iter().map(|entry| entry.pointer(place).unwrap().as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_first_log_tells_what_was_deleted_by_whom_and_when() {
        let world = world("", &deleted("em1", "2026-11-20T10:00:00Z", ""));
        let all = first(&world, &[]);
        assert_eq!(texts(&all, "/action/type"), ["rec_del", "rec_add", "rec_add"], "the newest first");
        let old = &all[0]["oldValueJson"];
        assert_eq!(
            (&old["name"], &old["proxied"], &old["ttl"]),
            (&"em1.example.com".into(), &true.into(), &1.into())
        );
        assert_eq!(all[0]["when"], "2026-11-20T10:00:00Z");
        assert_eq!(all[0]["interface"], "UI");
        assert_eq!(all[0]["actor"]["email"], "intern@example.com");
        assert_eq!(all[1]["when"], "2026-10-20T10:00:00Z", "it was made a month earlier");
        assert_eq!(all[2]["newValueJson"]["priority"], 10);
        assert_eq!(all[0]["resource"]["id"], all[1]["resource"]["id"]);
        assert_ne!(all[0]["resource"]["id"], old["id"], "the public handle is another");
        assert_eq!(texts(&first(&world, &[("direction", "asc")]), "/action/type")[2], "rec_del");
    }

    #[test]
    fn filters_of_the_first_log_are_and_and_a_repeated_type_is_or() {
        let world = world("", &deleted("em1", "2026-11-20T10:00:00Z", ""));
        let count = |pairs: &[(&str, &str)]| first(&world, pairs).len();
        assert_eq!(count(&[("action.type", "rec_del"), ("action.type", "rec_set")]), 1);
        assert_eq!(count(&[("action.type", "rec_add"), ("actor.email", "intern@example.com")]), 0);
        assert_eq!(count(&[("zone.name", "example.org")]), 0);
        assert_eq!(count(&[("since", "2026-11-20"), ("before", "2026-11-21")]), 1);
        assert_eq!(count(&[("since", "2026-11-20T10:00:01Z")]), 0);
        assert_eq!([count(&[("per_page", "2")]), count(&[("per_page", "2"), ("page", "2")])], [2, 1]);
        assert_eq!(count(&[("page", "9")]), 0, "a page past the end is empty");
        for bad in [("per_page", "1001"), ("since", "yesterday"), ("direction", "up"), ("page", "0")] {
            let refused = first::list(&world.log, "", &query(&[bad]), false);
            assert_eq!(refused.unwrap_err().status, 400, "{bad:?}");
        }
    }

    #[test]
    fn old_values_can_be_missing_and_old_entries_are_gone() {
        let history =
            deleted("em1", "2026-11-20T10:00:00Z", "") + &deleted("em0", "2025-05-22T10:00:00Z", "");
        let world = world("audit_log = 'without-old-values'", &history);
        let all = first(&world, &[("action.type", "rec_del")]);
        assert_eq!(all.len(), 1, "18 months");
        assert!(all[0].get("oldValueJson").is_none());
        assert_eq!(first(&world, &[])[1]["newValueJson"]["name"], "em1.example.com");
    }

    #[test]
    fn the_second_log_holds_the_bodies_and_begins_late() {
        let history = deleted("em1", "2026-11-20T10:00:00Z", "through = 'api:terraform'");
        let late = world("", &history);
        let all = second(&late, &[])["result"].as_array().unwrap().clone();
        assert_eq!(texts(&all, "/raw/method"), ["DELETE", "POST"]);
        let record = all[1]["resource"]["response"]["result"]["id"].as_str().unwrap();
        assert_eq!(all[1]["resource"]["request"]["content"], "x.example");
        assert!(texts(&all, "/raw/uri")[0].ends_with(&format!("/dns_records/{record}")));
        assert_eq!(all[0]["resource"]["response"]["result"], serde_json::json!({"id": record}));
        assert!(all[0]["resource"].get("request").is_none());
        assert_eq!(all[0]["actor"]["token_name"], "terraform");
        assert_eq!(all[1]["actor"]["context"], "dash");
        let early = world("audit_v2_since = '2025-06-01T00:00:00Z'", &history);
        assert_eq!(second(&early, &[])["result_info"]["count"], "3");
    }

    #[test]
    fn a_batch_is_one_entry_of_the_second_log_and_shows_what_it_deleted() {
        let history: String =
            ["a", "b"].map(|name| deleted(name, "2026-11-20T10:00:00Z", "batch = true")).concat();
        let world = world("", &history);
        let batch = &second(&world, &[("raw_uri.not", "x")])["result"][0];
        let deletes = batch["resource"]["response"]["result"]["deletes"].as_array().unwrap();
        assert_eq!(texts(deletes, "/name"), ["a.example.com", "b.example.com"]);
        assert_eq!(batch["action"]["type"], "create");
        assert_eq!(first(&world, &[("action.type", "rec_del")]).len(), 2);
    }

    #[test]
    fn the_second_log_is_paged_by_a_cursor_and_filtered_by_lists() {
        let history = deleted("a", "2026-11-20T10:00:00Z", "") + &deleted("b", "2026-11-20T11:00:00Z", "");
        let world = world("", &history);
        let page = second(&world, &[("limit", "3")]);
        assert_eq!(page["result_info"]["count"], "3");
        let cursor = page["result_info"]["cursor"].as_str().unwrap();
        let next = second(&world, &[("limit", "3"), ("cursor", cursor)]);
        assert_eq!(next["result"].as_array().unwrap().len(), 1);
        assert!(next["result_info"].get("cursor").is_none());
        let count = |pairs: &[(&str, &str)]| second(&world, pairs)["result"].as_array().unwrap().len();
        assert_eq!(count(&[("raw_method", "DELETE"), ("raw_method", "PATCH")]), 2);
        assert_eq!(count(&[("raw_method.not", "DELETE")]), 2);
        assert_eq!(count(&[("zone_id", &world.zones[0].id), ("zone_name.not", "example.org")]), 4);
        assert_eq!(count(&[("actor_email", "nobody@example.com")]), 0);
        for bad in [&[("since", "2026-01-01")][..], &[("since", "x"), ("before", "2026-01-01")]] {
            assert!(second::list(&world.log, ("", ""), &query(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn generated_worlds_remember_one_entry_a_zone() {
        assert_eq!(scenario::fleet::many(3, 2_000).unwrap().log.events.len(), 3);
    }
}
