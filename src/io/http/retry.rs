//! What is sent again, and when: one rule for every API. Pure.

use std::time::Duration;

use reqwest::Method;

/// How one attempt at a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// With an answer that came to its end.
    Answered { status: u16, reading: Reading },
    /// Without a connection: nothing was sent.
    NotSent,
    /// The connection broke, or stayed silent, after the request went out.
    Broken,
    /// With an answer that came too slowly or was far too long: there is no point in asking for it again.
    Endless,
}

/// How far the body of an answer could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It says what the API says, be it yes or no.
    Whole,
    /// The API's language, and another shape than this answer is described to have.
    Odd,
    /// Not the API's language: a page of HTML, JSON that breaks off.
    Foreign,
}

/// Why it can be worth it to send a request again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryCause {
    /// The request limit is used up: HTTP 429, whatever its body says.
    Throttled,
    Server,
    /// An answer that breaks off, or is somebody else's.
    Unreadable,
    NotSent,
    Broken,
}

impl Attempt {
    /// Why it can be worth it to send the request again; `None` when this is the last word.
    ///
    /// Source: RFC 9110 section 15: 408, 429 and 5xx pass, other refusals do not.
    pub fn cause(self) -> Option<RetryCause> {
        match self {
            Self::Answered { status: 429, .. } => Some(RetryCause::Throttled),
            Self::Answered { status: 408 | 500..=599, .. } => Some(RetryCause::Server),
            Self::Answered { status: 200..=299, reading: Reading::Foreign } => Some(RetryCause::Unreadable),
            Self::Answered { .. } | Self::Endless => None,
            Self::NotSent => Some(RetryCause::NotSent),
            Self::Broken => Some(RetryCause::Broken),
        }
    }

    /// Whether the request may have been carried out although no answer tells.
    pub fn is_unknown(self) -> bool {
        match self {
            Self::Answered { status: 401 | 403 | 429, .. } | Self::NotSent => false,
            Self::Answered { status: 408 | 500..=599, .. } | Self::Broken | Self::Endless => true,
            Self::Answered { reading, .. } => reading != Reading::Whole,
        }
    }
}

/// What has been spent on a request so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryBudget {
    /// Attempts that came to nothing, the last one included.
    pub attempts: u32,
    /// Time spent waiting for answers and pausing.
    pub time: Duration,
}

/// Attempts at one request when the server or the network is at fault.
const ATTEMPTS: u32 = 4;
/// Longest time to spend on one request before it is sent again, so that a whole command does not wait for minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest pause for a used-up limit where the answer names none.
const LONGEST_GUESS: Duration = Duration::from_mins(1);

/// How long a used-up limit is sat out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at one request.
    pub throttled_attempts: u32,
    /// Longest time to spend on one request before it is sent again.
    pub throttled_patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { throttled_attempts: ATTEMPTS, throttled_patience: PATIENCE }
    }
}

/// The pause before a request is sent again, `None` if it is not. `asked` is what the answer asks for; `jitter` lies
/// in 0.0 to 1.0.
///
/// What changes something is never sent again unless it surely was not carried out.
pub fn pause(
    (attempt, asked): (Attempt, Option<Duration>),
    method: &Method,
    spent: RetryBudget,
    policy: RetryPolicy,
    jitter: f64,
) -> Option<Duration> {
    let cause = attempt.cause()?;
    if attempt.is_unknown() && !method.is_safe() {
        return None;
    }
    let grown = |first: f64, factor: f64| {
        let times = f64::from(spent.attempts.saturating_sub(1));
        Duration::from_secs_f64(first * factor.powf(times) * (0.75 + jitter / 2.0))
    };
    let (pause, attempts, patience) = match cause {
        RetryCause::Throttled => {
            let RetryPolicy { throttled_attempts, throttled_patience } = policy;
            let pause = asked.unwrap_or_else(|| grown(1.0, 2.0).min(LONGEST_GUESS));
            (pause, throttled_attempts, throttled_patience)
        }
        RetryCause::Server => (asked.unwrap_or_else(|| grown(0.3, 3.0)), ATTEMPTS, PATIENCE),
        RetryCause::Unreadable | RetryCause::NotSent | RetryCause::Broken => {
            (grown(0.3, 3.0), ATTEMPTS, PATIENCE)
        }
    };
    let is_worth_it = spent.attempts < attempts && spent.time.saturating_add(pause) <= patience;
    is_worth_it.then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PATIENT: RetryPolicy =
        RetryPolicy { throttled_attempts: 12, throttled_patience: Duration::from_mins(6) };
    const READINGS: [Reading; 3] = [Reading::Whole, Reading::Odd, Reading::Foreign];

    fn after(attempt: Attempt, asked: Option<Duration>, method: &Method, attempts: u32) -> Option<Duration> {
        let spent = RetryBudget { attempts, time: Duration::ZERO };
        pause((attempt, asked), method, spent, PATIENT, 0.5)
    }

    /// One row of the table.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Row {
        cause: Option<RetryCause>,
        is_unknown: bool,
        /// The pause before the second attempt in milliseconds, without and with `Retry-After: 2`.
        read: Option<(u32, u32)>,
        write: Option<(u32, u32)>,
    }

    const FINAL: Row = Row { cause: None, is_unknown: false, read: None, write: None };
    const LOST: Row = Row { is_unknown: true, ..FINAL };
    const THROTTLED: Row = Row {
        cause: Some(RetryCause::Throttled),
        is_unknown: false,
        read: Some((1_000, 2_000)),
        write: Some((1_000, 2_000)),
    };
    const SERVER: Row =
        Row { cause: Some(RetryCause::Server), is_unknown: true, read: Some((300, 2_000)), write: None };
    const UNREADABLE: Row =
        Row { cause: Some(RetryCause::Unreadable), is_unknown: true, read: Some((300, 300)), write: None };

    const NOT_SENT: Row = Row {
        cause: Some(RetryCause::NotSent),
        is_unknown: false,
        read: Some((300, 300)),
        write: Some((300, 300)),
    };

    /// What ought to become of it. A batch is a POST.
    fn wanted(attempt: Attempt) -> Row {
        let Attempt::Answered { status, reading } = attempt else {
            return match attempt {
                Attempt::NotSent => NOT_SENT,
                Attempt::Broken => Row { cause: Some(RetryCause::Broken), ..UNREADABLE },
                _ => LOST,
            };
        };
        match (status, reading) {
            (429, _) => THROTTLED,
            (408 | 500..=599, _) => SERVER,
            (401 | 403, _) | (_, Reading::Whole) => FINAL,
            (200..=299, Reading::Foreign) => UNREADABLE,
            (_, Reading::Odd | Reading::Foreign) => LOST,
        }
    }

    fn row(attempt: Attempt, method: &Method) -> Row {
        let millis = |asked| Some(u32::try_from(after(attempt, asked, method, 1)?.as_millis()).unwrap());
        let pauses = millis(None).zip(millis(Some(SECOND * 2)));
        let (read, write) = if method.is_safe() { (pauses, None) } else { (None, pauses) };
        Row { cause: attempt.cause(), is_unknown: attempt.is_unknown(), read, write }
    }

    /// A row as far as it is about requests that read, or about those that write.
    fn half(row: Row, method: &Method) -> Row {
        if method.is_safe() { Row { write: None, ..row } } else { Row { read: None, ..row } }
    }

    const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

    /// Every answer there can be, and every end without one.
    fn all() -> impl Iterator<Item = Attempt> {
        let answers =
            (100..=999).flat_map(|status| READINGS.map(|reading| Attempt::Answered { status, reading }));
        answers.chain([Attempt::NotSent, Attempt::Broken, Attempt::Endless])
    }

    #[test]
    fn every_end_of_a_request_with_every_method_has_its_row() {
        for attempt in all() {
            for method in METHODS {
                assert_eq!(row(attempt, &method), half(wanted(attempt), &method), "{method} {attempt:?}");
            }
        }
    }

    #[test]
    fn what_may_have_been_carried_out_is_never_written_again() {
        let writes = METHODS.into_iter().filter(|method| !method.is_safe());
        let lost: Vec<Attempt> = all().filter(|attempt| attempt.is_unknown()).collect();
        let asked = [None, Some(Duration::ZERO), Some(SECOND)];
        for method in writes {
            let again =
                |attempt: &&Attempt| asked.iter().any(|asked| after(**attempt, *asked, &method, 1).is_some());
            assert_eq!(lost.iter().find(again), None, "{method}");
        }
    }

    const DOWN: Attempt = Attempt::Answered { status: 503, reading: Reading::Foreign };
    const BUSY: Attempt = Attempt::Answered { status: 429, reading: Reading::Whole };

    #[test]
    fn pauses_grow_and_then_it_is_given_up() {
        let millis = |numbers: &[u64]| -> Vec<_> {
            numbers.iter().map(|number| Some(Duration::from_millis(*number))).chain([None]).collect()
        };
        for attempt in [DOWN, Attempt::NotSent, Attempt::Broken] {
            let pauses: Vec<_> = (1..=4).map(|n| after(attempt, None, &Method::GET, n)).collect();
            assert_eq!(pauses, millis(&[300, 900, 2_700]));
        }
        let throttled: Vec<_> = (1..=8).map(|n| after(BUSY, None, &Method::PATCH, n)).collect();
        let minute = Some(SECOND * 60);
        assert_eq!(throttled[..6], millis(&[1_000, 2_000, 4_000, 8_000, 16_000, 32_000])[..6]);
        assert_eq!(throttled[6..], [minute, minute]);
        let of = |jitter| pause((DOWN, None), &Method::GET, RetryBudget::default(), PATIENT, jitter);
        assert_eq!([of(0.0), of(1.0)], [225, 375].map(|millis| Some(Duration::from_millis(millis))));
    }

    #[test]
    fn a_limit_that_names_no_pause_is_sat_out_for_its_five_minutes() {
        for jitter in [0.0, 0.5, 1.0] {
            let mut spent = RetryBudget { attempts: 1, time: Duration::ZERO };
            while let Some(delay) = pause((BUSY, None), &Method::PATCH, spent, PATIENT, jitter) {
                spent = RetryBudget { attempts: spent.attempts + 1, time: spent.time + delay };
            }
            assert!(spent.time > SECOND * 300, "{jitter}: {spent:?}");
        }
    }

    #[test]
    fn the_pause_that_is_asked_for_is_kept_unless_it_is_longer_than_our_patience() {
        let asked = |attempt, seconds| after(attempt, Some(SECOND * seconds), &Method::GET, 1);
        assert_eq!((asked(DOWN, 30), asked(DOWN, 31)), (Some(SECOND * 30), None));
        assert_eq!((asked(BUSY, 360), asked(BUSY, 361)), (Some(SECOND * 360), None));
        let spent = RetryBudget { attempts: 2, time: SECOND * 330 };
        let again = |attempt, asked, policy| pause((attempt, Some(asked)), &Method::GET, spent, policy, 0.5);
        assert_eq!(again(BUSY, SECOND * 30, PATIENT), Some(SECOND * 30));
        assert_eq!(again(BUSY, SECOND * 31, PATIENT), None);
        assert_eq!(again(BUSY, SECOND, RetryPolicy::default()), None, "nobody else is waited for so long");
        assert_eq!(again(DOWN, Duration::MAX, PATIENT), None);
    }
}
