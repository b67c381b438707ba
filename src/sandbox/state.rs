//! What the faces of the sandbox share. Effects: clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::draw::Draw;
use super::fault::Fault;
use super::network::Resolver;
use super::world::{World, Zone, structured};

/// The shared state. Locked for the length of one request or question.
#[derive(Debug)]
pub(super) struct State {
    inner: Mutex<Inner>,
    /// Rings when held requests are to end.
    released: Notify,
}

/// The world and everything that changes around it.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) world: World,
    pub(super) resolvers: Vec<Resolver>,
    pub(super) faults: Vec<Fault>,
    /// Every request so far: method, path with query, body.
    pub(super) calls: Vec<(String, String, String)>,
    /// Requests that are being held.
    pub(super) held: usize,
    /// A zone as lists still show it, and until when.
    stale: Option<(Duration, Zone)>,
    pub(super) draws: Draw,
    started: Instant,
    rate: Option<Rate>,
}

/// So many requests in so long a time.
#[derive(Debug)]
struct Rate {
    quota: u32,
    window: Duration,
    begun: Duration,
    used: u32,
    /// Whether it was gone over since then.
    is_over: bool,
    /// Requests that somebody else makes, and in what time.
    by_others: Option<(u32, Duration)>,
}

/// Where a request stands with the limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    pub(super) quota: u32,
    pub(super) window: Duration,
    pub(super) remaining: u32,
    pub(super) reset: Duration,
    pub(super) is_exceeded: bool,
}

/// Cloudflare's usual limit, to which nothing is counted unless a limit was asked for.
const UNCOUNTED: Allowance = Allowance {
    quota: 1_200,
    window: Duration::from_mins(5),
    remaining: 1_199,
    reset: Duration::from_mins(5),
    is_exceeded: false,
};

impl State {
    pub(super) fn new(world: World, resolvers: Vec<Resolver>, faults: Vec<Fault>, seed: u64) -> Self {
        let inner = Mutex::new(Inner {
            world,
            resolvers,
            faults,
            calls: Vec::new(),
            held: 0,
            stale: None,
            draws: Draw(seed),
            started: Instant::now(),
            rate: None,
        });
        Self { inner, released: Notify::new() }
    }

    pub(super) fn limit(&self, quota: u32, window: Duration, by_others: Option<(u32, Duration)>) {
        let rate = Rate { quota, window, begun: Duration::ZERO, used: 0, is_over: false, by_others };
        self.with(|inner| inner.rate = Some(rate));
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns once nothing is to be held any more. `false`, and at once, if `fault` is no longer planned.
    pub(super) async fn hold(&self, fault: &Fault) -> bool {
        // Before looking, so that a release in between is not missed.
        let released = self.released.notified();
        let is_planned = self.with(|inner| {
            let is_planned = inner.faults.contains(fault);
            inner.held += usize::from(is_planned);
            is_planned
        });
        if is_planned {
            let _held = Held(self);
            released.await;
        }
        is_planned
    }

    /// Drops the holding faults and lets what is held end.
    pub(super) fn release(&self) {
        self.with(|inner| {
            inner.faults.retain(|fault| !matches!(fault, Fault::HoldBefore(_) | Fault::HoldAfter(_)));
        });
        self.released.notify_waiters();
    }
}

/// Counts one held request, also when its client goes away.
struct Held<'s>(&'s State);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.with(|inner| inner.held -= 1);
    }
}

impl Inner {
    /// The time since the sandbox began.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn does_nothing_on_patch(&self) -> bool {
        self.faults.contains(&Fault::NoopPatch)
    }

    /// Lets lists lag behind the write that is about to be made.
    pub(super) fn about_to_write(&mut self, zone: &str) {
        let lag = |fault: &Fault| if let Fault::Lag(lag) = fault { Some(*lag) } else { None };
        if let Some(lag) = self.faults.iter().find_map(lag) {
            self.stale = self.world.zone(zone).map(|held| (self.now() + lag, held.clone()));
        }
    }

    /// Drops all faults, and what lists still show as it was.
    pub(super) fn heal(&mut self) {
        self.faults.clear();
        self.stale = None;
    }

    /// A zone as lists show it.
    pub(super) fn listed<'s>(&'s self, zone: &'s Zone) -> &'s Zone {
        let stale = self.stale.as_ref().filter(|(until, held)| held.id == zone.id && self.now() < *until);
        stale.map_or(zone, |(_, held)| held)
    }

    /// Lets the resolvers have asked for the names that are about to change.
    pub(super) fn about_to_change(&mut self, zone: &str, ids: &[&str], names: &[&str]) {
        let Some(held) = self.world.zone(zone) else { return };
        let by_id = ids.iter().filter_map(|id| held.records.get(id)).map(|record| record.name.clone());
        let by_name = names.iter().map(|name| held.full_name(name));
        let all: Vec<String> = by_id.chain(by_name).collect();
        let now = self.now();
        for resolver in &mut self.resolvers {
            let age = self.draws.share() / 2.0;
            for name in &all {
                resolver.has_been_asked(&self.world, now, name, age);
            }
        }
    }

    /// What a record says to somebody far away: asked through the last of the resolvers and its memory.
    /// Aliases show only if they are asked for.
    pub(super) fn looked_up(&mut self, name: &str, kind: &str) -> Vec<String> {
        let now = self.now();
        let silent = [Fault::SilentDns, Fault::SilentResolver(self.resolvers.len())];
        if silent.iter().any(|fault| self.faults.contains(fault)) {
            return Vec::new();
        }
        let Some(resolver) = self.resolvers.last_mut() else { return Vec::new() };
        let answer = resolver.resolve(&self.world, now, &name.to_lowercase(), kind);
        let of_kind = answer.answers.into_iter().filter(|record| record.kind == kind);
        of_kind.map(|record| structured::strings(&record.content).concat()).collect()
    }

    /// Counts a request against the limit.
    pub(super) fn spend(&mut self) -> Allowance {
        let now = self.now();
        let Some(rate) = self.rate.as_mut() else { return UNCOUNTED };
        if now >= rate.begun + rate.window {
            (rate.begun, rate.used, rate.is_over) = (now, 0, false);
        }
        rate.used += 1;
        // Somebody else's requests end at the limit, as everybody's do.
        let by_others = rate.by_others.map_or(0, |(count, window)| {
            let whole = now.saturating_sub(rate.begun).as_micros() * u128::from(count);
            let made = whole / window.as_micros().max(1);
            u32::try_from(made).map_or(rate.quota, |made| made.min(rate.quota))
        });
        let used = rate.used + by_others;
        // Whoever goes over it is refused for a whole window from then on. Source: Cloudflare's page on limits of its API;
        // checked 2026-11-27.
        if used > rate.quota && !rate.is_over {
            (rate.begun, rate.is_over) = (now, true);
        }
        let reset = (rate.begun + rate.window).saturating_sub(now);
        Allowance {
            quota: rate.quota,
            window: rate.window,
            remaining: rate.quota.saturating_sub(used),
            reset,
            is_exceeded: rate.is_over,
        }
    }
}

/// The time as the API writes it: trailing zeros of the fraction are dropped.
pub(super) fn timestamp() -> String {
    jiff::Timestamp::now().round(jiff::Unit::Microsecond).unwrap_or_default().to_string()
}
