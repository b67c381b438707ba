//! How many requests an API allows, and how many of them this run leaves to others. Pure: time is counted from the
//! first moment of the run.

use std::time::Duration;

/// Of a limit this part is left to the people who share it: a fifth.
const RESERVED: u64 = 5;
/// As many pauses in a row are made because a header says that little is left. Then others are left nothing: they use it
/// themselves. A header that goes on saying that nothing is left, while every request is answered, is not believed any
/// more.
const MOST_PAUSES: u32 = 3;

/// After as many requests in a row that came to nothing nobody sends anything for a while.
const MOST_IN_VAIN: u32 = 20;
/// That while: most outages are over before it has come a few times.
const REST: Duration = Duration::from_secs(30);
/// An API that gave nothing for so long is not asked any more: of zones there may be thousands.
const LONGEST_OUTAGE: Duration = Duration::from_mins(5);

/// So many requests in so long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub requests: u64,
    pub window: Duration,
}

/// Whether a request is allowed; or until when it has to wait, and whether that pause is a new one.
pub(super) type Allowed = Result<(), (Duration, bool)>;

/// Where a run stands with the limit of an API.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limit {
    /// What holds if no header tells; without it only headers count.
    quota: Option<Quota>,
    /// When a header last told what is left.
    told: Option<Duration>,
    /// Whether they are not believed any more.
    is_doubted: bool,
    /// Pauses in a row because little was left, and because nothing was.
    low: u32,
    empty: u32,
    /// When the window began, and what was sent in it.
    window: (Duration, u64),
    /// What was sent in all.
    sent: u64,
    /// When the first and the last request in a row came to nothing, and how many did.
    in_vain: Option<(Duration, Duration, u32)>,
    /// Nobody sends anything before this moment.
    pub(super) not_before: Duration,
}

impl Limit {
    pub(super) fn new(quota: Option<Quota>) -> Self {
        Self { quota, ..Self::default() }
    }

    /// What is left to others. A run that is smaller than that is one of a person, and may use all.
    fn reserve(&self) -> u64 {
        self.quota.map_or(0, |quota| quota.requests / RESERVED)
    }

    /// Whether a request is allowed now. A window that is over or used up is noted.
    pub(super) fn ready(&mut self, now: Duration) -> Allowed {
        if now < self.not_before {
            return Err((self.not_before, false));
        }
        // A header of this window says more than our own count.
        let is_told = |quota: &Quota| self.told.is_some_and(|at| now < at + quota.window);
        if let Some(quota) = self.quota.filter(|quota| !is_told(quota)) {
            let (began, sent) = self.window;
            if now >= began + quota.window {
                self.window = (now, 0);
            } else if sent >= quota.requests - self.reserve() {
                self.not_before = began + quota.window;
                return Err((self.not_before, true));
            }
        }
        Ok(())
    }

    /// Takes one request out of what is allowed, in the same way.
    pub(super) fn take(&mut self, now: Duration) -> Allowed {
        self.ready(now)?;
        self.window.1 += 1;
        self.sent += 1;
        Ok(())
    }

    /// Takes in what an answer says: the quota, and how much of it is left for how many seconds. Returns how long nobody
    /// sends anything, if that begins now.
    pub(super) fn listen(
        &mut self,
        quota: Option<Quota>,
        left: Option<(u64, u64)>,
        (now, longest): (Duration, Duration),
    ) -> Option<Duration> {
        let makes_sense =
            |quota: &Quota| quota.requests > 0 && !quota.window.is_zero() && quota.window <= longest;
        self.quota = quota.filter(makes_sense).or(self.quota);
        let (left, seconds) = left.filter(|_| !self.is_doubted)?;
        self.told = Some(now);
        let reserve = self.reserve();
        let is_left_to_others = self.sent > reserve && self.low < MOST_PAUSES;
        self.low = if left > reserve { 0 } else { self.low };
        self.empty = if left > 0 { 0 } else { self.empty };
        if left > (if is_left_to_others { reserve } else { 0 }) || now < self.not_before {
            return None;
        }
        let pauses = if left > 0 { &mut self.low } else { &mut self.empty };
        *pauses += 1;
        if self.empty > MOST_PAUSES {
            (self.is_doubted, self.told, self.window) = (true, None, (now, 0));
            return None;
        }
        // The header counts whole seconds: one more, so as not to come too early.
        let pause = Duration::from_secs(seconds.saturating_add(1)).min(longest);
        self.hold(now + pause);
        Some(pause)
    }

    /// Takes in whether a request came to nothing because the API or the network does not work. Returns how long nobody
    /// sends anything, if that begins now.
    pub(super) fn count(&mut self, is_in_vain: bool, now: Duration) -> Option<Duration> {
        let (first, count) = self.in_vain.map_or((now, 1), |(first, _, count)| (first, count + 1));
        self.in_vain = is_in_vain.then_some((first, now, count));
        let is_time = is_in_vain && count % MOST_IN_VAIN == 0;
        is_time.then(|| self.hold(now + REST)).map(|()| REST)
    }

    /// How many requests in a row came to nothing, if there is no point in sending more.
    pub(super) fn given_up(&self) -> Option<u32> {
        let (first, last, count) = self.in_vain?;
        (count >= MOST_IN_VAIN && last >= first + LONGEST_OUTAGE).then_some(count)
    }

    pub(super) fn hold(&mut self, until: Duration) {
        self.not_before = self.not_before.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const QUOTA: Quota = Quota { requests: 100, window: Duration::from_mins(1) };
    const LONGEST: Duration = Duration::from_secs(330);

    /// Takes as many as there are at one moment.
    fn taken(limit: &mut Limit, now: Duration) -> usize {
        (0..1_000).take_while(|_| limit.take(now).is_ok()).count()
    }

    #[test]
    fn without_headers_the_documented_limit_is_used_at_once_but_for_a_fifth() {
        let mut limit = Limit::new(Some(QUOTA));
        assert_eq!(taken(&mut limit, SECOND), 80);
        assert_eq!(limit.take(SECOND * 2), Err((SECOND * 60, false)), "the pause was told already");
        assert_eq!(taken(&mut limit, SECOND * 60), 80);
        assert_eq!(taken(&mut Limit::new(None), SECOND), 1_000);
    }

    #[test]
    fn an_outage_is_sat_out_and_in_the_end_given_up() {
        let mut limit = Limit::new(None);
        assert!((1..20).all(|second| limit.count(true, SECOND * second).is_none()));
        assert_eq!(limit.count(true, SECOND * 20), Some(REST));
        assert_eq!(limit.take(SECOND * 21), Err((SECOND * 20 + REST, false)));
        assert_eq!((limit.count(true, SECOND * 300), limit.given_up()), (None, None));
        limit.count(true, SECOND * 301);
        assert_eq!(limit.given_up(), Some(22));
        limit.count(false, SECOND * 302);
        assert_eq!(limit.given_up(), None, "whatever comes back ends it");
        limit.count(true, SECOND * 303);
        limit.count(true, SECOND * 900);
        assert_eq!(limit.given_up(), None, "two are no outage");
    }

    #[test]
    fn headers_say_more_than_the_documented_limit() {
        let mut limit = Limit::new(Some(QUOTA));
        assert_eq!(limit.listen(None, Some((99, 60)), (SECOND, LONGEST)), None);
        assert_eq!(taken(&mut limit, SECOND), 1_000, "as long as they say that something is left");
        assert_eq!(limit.listen(None, Some((20, 30)), (SECOND, LONGEST)), Some(SECOND * 31));
        assert_eq!(limit.take(SECOND * 2), Err((SECOND * 32, false)));
        assert_eq!(limit.listen(None, Some((19, 30)), (SECOND * 3, LONGEST)), None, "it has begun already");
        let wider = Quota { requests: 1_000, ..QUOTA };
        assert_eq!(limit.listen(Some(wider), Some((201, 30)), (SECOND * 40, LONGEST)), None);
        assert_eq!(limit.listen(None, Some((200, 30)), (SECOND * 40, LONGEST)), Some(SECOND * 31));
    }

    #[test]
    fn where_the_headers_stop_the_documented_limit_is_counted_again() {
        let mut limit = Limit::new(Some(QUOTA));
        limit.listen(None, Some((99, 60)), (SECOND, LONGEST));
        assert_eq!(taken(&mut limit, SECOND * 60), 1_000);
        assert_eq!(taken(&mut limit, SECOND * 61), 80);
    }

    #[test]
    fn a_small_run_may_use_what_is_left_to_people() {
        let mut limit = Limit::new(Some(QUOTA));
        for _ in 0..20 {
            assert_eq!(limit.take(SECOND), Ok(()));
            assert_eq!(limit.listen(None, Some((5, 30)), (SECOND, LONGEST)), None);
        }
        assert_eq!(limit.take(SECOND), Ok(()));
        assert_eq!(limit.listen(None, Some((5, 30)), (SECOND, LONGEST)), Some(SECOND * 31));
        let mut limit = Limit::new(Some(QUOTA));
        assert_eq!(limit.listen(None, Some((0, 9_999)), (SECOND, LONGEST)), Some(LONGEST));
    }

    #[test]
    fn a_neighbour_who_uses_what_is_left_does_not_make_the_header_doubtful() {
        let mut limit = Limit::new(Some(QUOTA));
        let mut now = SECOND;
        let mut hear = |left: u64| {
            while let Err((until, _)) = limit.take(now) {
                now = until;
            }
            limit.listen(None, Some((left, 9)), (now, LONGEST)).is_some()
        };
        assert!((0..25).all(|_| !hear(90)), "more than a person's run");
        assert_eq!(
            [19, 5, 20, 5, 1].map(&mut hear),
            [true, true, true, false, false],
            "then all of it is used"
        );
        assert!((0..20).all(|_| hear(0) && !hear(3)), "and a limit that is reached is sat out every time");
        assert_eq!([21, 20].map(&mut hear), [false, true], "others are left their part again");
    }

    #[test]
    fn a_policy_of_an_absurd_window_is_no_policy() {
        let mut limit = Limit::new(Some(QUOTA));
        let absurd = Quota { requests: 1, window: Duration::from_secs(u64::MAX) };
        assert_eq!(limit.listen(Some(absurd), None, (SECOND, LONGEST)), None);
        assert_eq!(taken(&mut limit, SECOND), 80);
        assert_eq!(limit.take(SECOND), Err((SECOND * 60, false)));
    }

    #[test]
    fn a_header_that_says_nothing_is_left_for_ever_is_doubted() {
        let mut limit = Limit::new(Some(QUOTA));
        let mut now = SECOND;
        let mut pauses = 0;
        for _ in 0..50 {
            while let Err((until, _)) = limit.take(now) {
                now = until;
            }
            pauses += usize::from(limit.listen(None, Some((0, 30)), (now, LONGEST)).is_some());
        }
        assert_eq!(pauses, 3);
        assert!(now < SECOND * 150, "{now:?}");
    }
}
