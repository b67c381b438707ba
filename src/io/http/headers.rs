//! What the headers of an answer say about pauses and limits. Pure.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::limit::Quota;

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// The pause that an answer asks for. A moment counts from the server's own time if it tells that, else from `now`,
/// in seconds since 1970.
///
/// `X-RateLimit-Reset` stands on every answer of SendGrid, and asks for a pause only where the limit is used up.
pub(super) fn asked(status: u16, headers: &HeaderMap, now: i64) -> Option<Duration> {
    let there = date(headers).map_or(now, Timestamp::as_second);
    let reset =
        || text(headers, "x-ratelimit-reset").filter(|_| status == 429).and_then(|text| reset(text, now));
    text(headers, RETRY_AFTER.as_str()).and_then(|text| pause(text, there)).or_else(reset)
}

/// Seconds, whole or not, or a moment as HTTP writes it. Anything else asks for nothing. Source: RFC 9110 section
/// 10.2.3; fractions are not in it and are sent all the same.
fn pause(text: &str, now: i64) -> Option<Duration> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    if is_number {
        let seconds: f64 = text.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let ahead = moment(text)?.as_second().saturating_sub(now);
    Some(Duration::from_secs(u64::try_from(ahead).unwrap_or_default()))
}

/// A moment in seconds since 1970, or seconds from now: nobody asks for a pause of thirty years.
fn reset(text: &str, now: i64) -> Option<Duration> {
    const A_DATE: u64 = 1_000_000_000;
    let reset: u64 = text.parse().ok()?;
    let now = u64::try_from(now).unwrap_or_default();
    Some(Duration::from_secs(if reset >= A_DATE { reset.saturating_sub(now) } else { reset }))
}

fn moment(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|moment| moment.timestamp())
}

/// The server's own time.
pub(super) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    text(headers, DATE.as_str()).and_then(moment)
}

/// Requests left, and seconds until they are renewed: `Ratelimit: "default";r=0;t=30`. The header is not on every answer,
/// and its policy name differs.
///
/// Source: `developers.cloudflare.com/fundamentals/api/reference/limits`, changelog of 2025-09-03.
pub(super) fn remaining(headers: &HeaderMap) -> Option<(u64, u64)> {
    let ratelimit = text(headers, "ratelimit")?;
    member(ratelimit, "r").zip(member(ratelimit, "t"))
}

/// What is allowed: `Ratelimit-Policy: "burst";q=100;w=60`. Source: as above.
pub(super) fn quota(headers: &HeaderMap) -> Option<Quota> {
    let policy = text(headers, "ratelimit-policy")?;
    let (requests, window) = member(policy, "q").zip(member(policy, "w"))?;
    Some(Quota { requests, window: Duration::from_secs(window) })
}

/// A number among the members of a header.
fn member(header: &str, name: &str) -> Option<u64> {
    let mut parts = header.split(';').map(str::trim);
    parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_pause_of_any_size_sign_and_form_is_read_without_a_panic() {
        let now = 1_445_412_000;
        let seconds = |text: &str| pause(text, now).map(|pause| pause.as_secs_f64());
        assert_eq!(seconds("120"), Some(120.0));
        assert_eq!(seconds("0.5"), Some(0.5));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:28:00 GMT"), Some(480.0));
        assert_eq!(seconds("Sat, 21 Oct 2000 07:28:00 GMT"), Some(0.0));
        for huge in ["18446744073709551615", "99999999999999999999999", &"9".repeat(400)] {
            assert!(pause(huge, now).is_some_and(|pause| pause > Duration::from_hours(1_000_000)), "{huge}");
        }
        for nothing in ["", "-5", "+5", "inf", "NaN", "1e400", "1.2.3", "soon", "0x10", "Wed, 99 Foo 2015"] {
            assert_eq!(pause(nothing, now), None, "{nothing}");
        }
    }

    #[test]
    fn the_reset_of_a_limit_counts_where_it_is_used_up_and_nothing_else_is_said() {
        let now = 1_780_000_000;
        let of = |status, pairs: &[_]| asked(status, &headers(pairs), now);
        assert_eq!(of(429, &[("retry-after", "2"), ("x-ratelimit-reset", "9")]), Some(SECOND * 2));
        assert_eq!(of(429, &[("x-ratelimit-reset", "9")]), Some(SECOND * 9));
        assert_eq!(of(429, &[("x-ratelimit-reset", "1780000005")]), Some(SECOND * 5));
        assert_eq!(of(429, &[("x-ratelimit-reset", "1779999995")]), Some(Duration::ZERO));
        assert_eq!(of(503, &[("x-ratelimit-reset", "9")]), None);
        let moment = ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(of(503, &[moment, ("date", "Wed, 21 Oct 2015 07:27:50 GMT")]), Some(SECOND * 10));
    }

    #[test]
    fn the_limit_is_read_from_its_headers() {
        let left = |text| remaining(&headers(&[("ratelimit", text)]));
        assert_eq!(left("\"default\";r=0;t=30"), Some((0, 30)));
        assert_eq!(left("nonsense"), None);
        let allowed =
            |text| quota(&headers(&[("ratelimit-policy", text)])).map(|it| (it.requests, it.window));
        assert_eq!(allowed("\"burst\";q=100;w=60"), Some((100, SECOND * 60)));
        assert_eq!(allowed("\"burst\";q=100"), None);
    }
}
