//! Whether a read is tried again, and when. Pure.

use std::time::Duration;

/// Attempts at one read.
const ATTEMPTS: u32 = 4;
/// Longest time to spend on one read before it is sent again, pauses included: a provider that asks for more is told
/// to be busy.
const LONGEST: Duration = Duration::from_secs(30);

/// When an answer says that the next request may come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// `Retry-After`.
    pub(super) retry_after: Option<Duration>,
    /// `X-RateLimit-Reset`: a moment in seconds since 1970, or seconds from now. It stands on every answer
    /// of SendGrid and asks for a pause only when the limit is used up.
    pub(super) reset: Option<u64>,
}

impl Asked {
    /// How long to wait, if `now` is this many seconds after 1970.
    pub(super) fn pause(self, now: u64) -> Option<Duration> {
        // Nobody asks for a pause of thirty years: a number as large is a date.
        const A_DATE: u64 = 1_000_000_000;
        let reset = self.reset.map(|reset| if reset >= A_DATE { reset.saturating_sub(now) } else { reset });
        self.retry_after.or(reset.map(Duration::from_secs))
    }
}

/// The pause before the next attempt, after so many and so long; `None` when there should be none.
pub(super) fn pause((attempts, spent): (u32, Duration), asked: Option<Duration>) -> Option<Duration> {
    let grown = Duration::from_millis(300) * 3_u32.pow(attempts.saturating_sub(1).min(8));
    let pause = asked.unwrap_or(grown);
    (attempts < ATTEMPTS && spent.saturating_add(pause) <= LONGEST).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_tried_four_times_with_growing_pauses() {
        let pauses: Vec<_> = (1..=4).map(|attempts| pause((attempts, Duration::ZERO), None)).collect();
        let millis = |number| Some(Duration::from_millis(number));
        assert_eq!(pauses, [millis(300), millis(900), millis(2700), None]);
    }

    #[test]
    fn a_short_pause_that_was_asked_for_is_kept_and_a_long_one_ends_it() {
        let now = 1_780_000_000;
        let after = |retry_after: Option<u64>, reset| {
            Asked { retry_after: retry_after.map(Duration::from_secs), reset }.pause(now)
        };
        assert_eq!(after(Some(2), Some(9)), Some(Duration::from_secs(2)));
        assert_eq!(after(None, Some(9)), Some(Duration::from_secs(9)));
        assert_eq!(after(None, Some(now + 5)), Some(Duration::from_secs(5)));
        assert_eq!(after(None, Some(now - 5)), Some(Duration::ZERO));
        let first = (1, Duration::ZERO);
        assert_eq!(pause(first, Some(Duration::from_secs(5))), Some(Duration::from_secs(5)));
        assert_eq!(pause(first, Some(Duration::from_mins(10))), None);
        assert_eq!(pause((1, Duration::from_secs(29)), Some(Duration::MAX)), None);
    }
}
