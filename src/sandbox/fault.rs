//! Faults that can be injected. Pure.

use std::str::FromStr;
use std::time::Duration;

/// One kind of fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answer a share of the requests, 0.0 to 1.0, with a server error.
    ServerError(f64),
    /// Answer every request the way the edge does when the API is down: 522 and a page of HTML.
    Html,
    /// Answer the first so many requests with 429, with and without `Retry-After` in turn.
    Throttled(u32),
    /// Carry out the first so many writes and drop the connection before the reply.
    LostReply(u32),
    /// Answer every PATCH with 200 and change nothing.
    NoopPatch,
    /// Show lists of records as they were before a write for so long after it.
    Lag(Duration),
    /// Take so long for every request.
    Slow(Duration),
    /// Spread the JSON of every body over lines.
    Indented,
    /// Cut every body in the middle.
    Truncated,
    /// Leave the last record out of every list, but count it.
    ShortList,
    /// Send one record more than the list counts.
    LongList,
    /// Cut lists of zones and records into pages of so many, and answer every page with the first one.
    IgnorePage(usize),
    /// Send empty pages that claim to have records.
    EmptyPage,
    /// This resolver, counted from 1, stays silent.
    SilentResolver(usize),
    /// This resolver, counted from 1, answers every question with an advertising address.
    LyingResolver(usize),
    /// No name server answers at all.
    SilentDns,
    /// Hold the request with this number, counted from 1 since the sandbox began, before it is carried out.
    /// It never is: the client goes away, or the connection is dropped.
    HoldBefore(usize),
    /// Carry out the request with this number and hold it before the reply, which is never sent.
    HoldAfter(usize),
    /// The first audit log does not tell what was deleted.
    NoOldValues,
    /// A fault of answers, for requests that change something only.
    OnWrites(Box<Self>),
}

/// Why a text names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no fault; there are 5xx:SHARE, html, 429:COUNT, lost-reply:COUNT, noop-patch, lag:DURATION, slow:DURATION, \
     indented, truncated, short-list, long-list, ignore-page:SIZE, empty-page, silent-resolver:NUMBER, lying-resolver:NUMBER, silent-dns, \
     hold-before:NUMBER, hold-after:NUMBER, no-old-values, and on-writes: before 5xx, html, 429, truncated, slow"
)]
pub struct BadFault(String);

impl FromStr for Fault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        let (word, value) = text.split_once(':').map_or((text, None), |(word, value)| (word, Some(value)));
        match (word, value) {
            ("html", None) => Some(Self::Html),
            ("noop-patch", None) => Some(Self::NoopPatch),
            ("indented", None) => Some(Self::Indented),
            ("truncated", None) => Some(Self::Truncated),
            ("short-list", None) => Some(Self::ShortList),
            ("long-list", None) => Some(Self::LongList),
            ("empty-page", None) => Some(Self::EmptyPage),
            ("silent-dns", None) => Some(Self::SilentDns),
            ("no-old-values", None) => Some(Self::NoOldValues),
            ("on-writes", Some(fault)) => fault.parse().ok().and_then(Self::on_writes),
            (word, Some(value)) => Self::with_value(word, value),
            _ => None,
        }
        .ok_or_else(|| BadFault(crate::model::plain::sanitize_line(text)))
    }
}

impl Fault {
    fn with_value(word: &str, value: &str) -> Option<Self> {
        let positive = || value.parse::<usize>().ok().filter(|number| *number > 0);
        match word {
            "5xx" => value.parse().ok().filter(|share| (0.0..=1.0).contains(share)).map(Self::ServerError),
            "429" => value.parse().ok().map(Self::Throttled),
            "lost-reply" => value.parse().ok().map(Self::LostReply),
            "silent-resolver" => value.parse().ok().map(Self::SilentResolver),
            "lying-resolver" => value.parse().ok().map(Self::LyingResolver),
            "ignore-page" => positive().map(Self::IgnorePage),
            "hold-before" => positive().map(Self::HoldBefore),
            "hold-after" => positive().map(Self::HoldAfter),
            "lag" => duration(value).map(Self::Lag),
            "slow" => duration(value).map(Self::Slow),
            _ => None,
        }
    }

    fn on_writes(fault: Self) -> Option<Self> {
        let is_of_answers = matches!(
            fault,
            Self::ServerError(_) | Self::Html | Self::Throttled(_) | Self::Truncated | Self::Slow(_)
        );
        is_of_answers.then(|| Self::OnWrites(Box::new(fault)))
    }
}

/// Reads a length of time such as `50ms`, `2s` or `5m`.
pub fn duration(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>().ok().and_then(|duration| Duration::try_from(duration).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_and_nonsense_is_refused() {
        assert_eq!("5xx:0.3".parse(), Ok(Fault::ServerError(0.3)));
        assert_eq!("html".parse(), Ok(Fault::Html));
        assert_eq!("slow:50ms".parse(), Ok(Fault::Slow(Duration::from_millis(50))));
        assert_eq!("hold-after:5".parse(), Ok(Fault::HoldAfter(5)));
        assert_eq!("no-old-values".parse(), Ok(Fault::NoOldValues));
        assert_eq!("on-writes:truncated".parse(), Ok(Fault::OnWrites(Box::new(Fault::Truncated))));
        for bad in [
            "",
            "on-writes:",
            "on-writes:silent-dns",
            "hold-before:0",
            "5xx",
            "5xx:2",
            "html:1",
            "429:x",
            "slow:-1s",
            "nothing",
        ] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }
}
