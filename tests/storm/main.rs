//! Random zones under random faults: the real program against the sandbox, judged by what the sandbox holds.
//!
//! A seed draws a zone, what is asked for, and what goes wrong. `fix` runs, perhaps ended by a signal or beside
//! somebody in the dashboard; then, if it was not finished, again; then every run is put back. After each run all
//! laws are checked. `CF_DOMAUTH_STORM_SEEDS=1..300` chooses the seeds.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod laws;
mod run;
#[path = "../cli/scene.rs"]
#[expect(dead_code, reason = "the other tests use what is left")]
mod scene;
#[path = "../cli/schema.rs"]
#[expect(dead_code, reason = "the other tests use what is left")]
mod schema;
mod weather;
mod world;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use fastrand::Rng;
use serde_json::Value;

use laws::Breaches;
use run::{Run, Stage};
use weather::Weather;
use world::World;

/// Seeds that run at one time: most of their time is pauses.
const AT_ONE_TIME: usize = 32;

/// What happened, counted.
type Counts = BTreeMap<String, usize>;

#[test]
fn all_laws_hold_for_every_seed() {
    let (seeds, chosen) = (Mutex::new(seeds()), seeds());
    let work = || std::iter::from_fn(|| seeds.lock().unwrap().next()).map(caught).collect::<Vec<_>>();
    let results: Vec<Result<Counts, String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONE_TIME).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (mut counts, mut failed) = (Counts::new(), Vec::new());
    for result in results {
        match result {
            Ok(of_seed) => of_seed.into_iter().for_each(|(what, n)| *counts.entry(what).or_default() += n),
            Err(breaches) => failed.push(breaches),
        }
    }
    for (what, count) in counts {
        println!("{count:>8} {what}");
    }
    assert!(failed.is_empty(), "{} of {chosen:?}\n{}", failed.len(), failed.join("\n"));
}

fn caught(seed: u64) -> Result<Counts, String> {
    catch_unwind(AssertUnwindSafe(|| storm(seed)))
        .unwrap_or_else(|_| Err(format!("seed {seed}: the test panicked")))
}

#[expect(clippy::disallowed_methods, reason = "chooses what a test runs")]
fn seeds() -> RangeInclusive<u64> {
    let Ok(text) = std::env::var("CF_DOMAUTH_STORM_SEEDS") else { return 1..=20 };
    let (from, to) = text.split_once("..").unwrap_or((&text, &text));
    from.parse().unwrap()..=to.parse().unwrap()
}

/// Runs one seed; what happened, or which laws were broken and how to see it.
fn storm(seed: u64) -> Result<Counts, String> {
    let mut rng = Rng::with_seed(seed);
    let world = world::draw(&mut rng);
    let mut stage = Stage::new(&world, rng.fork());
    let first = stage.truth();
    let mut kept = Seen { seed, counts: Counts::new() };
    let run = stage.fix(&world, weather::draw(&mut rng));
    let is_settled = kept.judge(&stage, &world, &run)?;
    if !is_settled {
        let run = stage.fix(&world, Weather::default());
        kept.judge(&stage, &world, &run)?;
    }
    stage.is_fixed = true;
    if rng.bool() {
        let event = rng.choice(weather::EDITS);
        event.and_then(|event| stage.edit(event));
    }
    let runs: Vec<String> = stage.journals().into_iter().collect();
    for (place, run) in runs.iter().enumerate().rev() {
        if place + 1 == runs.len() && rng.bool() {
            let undo = stage.undo(run, weather::draw(&mut rng));
            kept.judge(&stage, &world, &undo)?;
        }
        let undo = stage.undo(run, Weather::default());
        kept.judge(&stage, &world, &undo)?;
    }
    let breaches = laws::records::undone(&first, &stage.truth(), &stage.edits);
    kept.count("seeds");
    if breaches.is_empty() { Ok(kept.counts) } else { Err(kept.report(&world, &runs.join(" "), &breaches)) }
}

/// What was seen of a seed so far.
struct Seen {
    seed: u64,
    counts: Counts,
}

impl Seen {
    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }

    /// Checks all laws on one run; whether all that it began is finished.
    fn judge(&mut self, stage: &Stage, world: &World, run: &Run) -> Result<bool, String> {
        let breaches = laws::broken(run, world, &stage.edits, &stage.kept());
        self.tally(run);
        if breaches.is_empty() {
            Ok(run.code == Some(0))
        } else {
            Err(self.report(world, &run.words(), &breaches))
        }
    }

    fn tally(&mut self, run: &Run) {
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
        self.count(&format!("runs of {}", run.arguments[0]));
        self.count(&format!("exit {:?}", run.code));
        if let Some((event, ..)) = run.weather.event.filter(|_| run.moment.is_some()) {
            self.count(&format!("event {event:?}"));
        }
        let zones = report["zones"].as_array().cloned().unwrap_or_default();
        for change in zones.iter().flat_map(|zone| zone["changes"].as_array().cloned().unwrap_or_default()) {
            self.count(&format!("outcome {}", change["outcome"].as_str().unwrap_or_default()));
        }
    }

    fn report(&self, world: &World, run: &str, breaches: &Breaches) -> String {
        let (Self { seed, .. }, zone) = (self, &world.file);
        format!("seed {seed}:\n  {}\n--- {run}\n--- of the zone\n{zone}", breaches.join("\n  "))
    }
}
