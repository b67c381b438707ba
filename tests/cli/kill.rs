//! `fix` killed at every boundary and at seeded moments: no record is lost, the next run ends well, and what
//! was done can be put back.

#![cfg(unix)]

use std::process::{Child, Stdio};
use std::time::Duration;

use cf_domauth::sandbox::{Fault, Options, many};
use serde_json::Value;

use crate::recover::writable;
use crate::scene::{Scene, until};

const ZONES: [&str; 2] = ["zone-0001.example", "zone-0002.example"];

/// In each zone three proxied records to mend and one to create: a batch with patches and a post.
fn fix(scene: &Scene) -> Child {
    let expect = ZONES.map(|zone| format!("--expect=k1._domainkey.{zone}=k1.keys.mailer.example"));
    let arguments = ["fix", "--all-zones", "--yes", "--wait=0", &expect[0], &expect[1]];
    scene.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn state(scene: &Scene) -> Vec<Value> {
    ZONES.iter().flat_map(|zone| writable(scene, zone)).collect()
}

fn scene(faults: Vec<Fault>, latency: Duration) -> Scene {
    Scene::of(many(2, 12).unwrap(), Options { faults, latency, ..Options::default() })
}

/// What must hold after a kill, whenever it came.
fn recovers(scene: &Scene, first: &[Value], moment: &str) {
    let names = |state: &[Value]| -> Vec<String> {
        let mut names: Vec<String> = state.iter().map(|record| record["name"].to_string()).collect();
        names.sort();
        names
    };
    let after = names(&state(scene));
    assert!(names(first).iter().all(|name| after.contains(name)), "{moment}: a record is lost");
    let undo = scene.run(&["undo", "--yes", "--wait=0"]);
    assert!(
        undo.code != Some(2) || undo.stderr.contains("no run that changed anything"),
        "{moment}: {}\n{}",
        undo.stdout,
        undo.stderr
    );
    assert_eq!(state(scene), first, "{moment}: undo restores the first state\n{}", undo.stdout);
    let ended = fix(scene).wait().unwrap();
    assert!(matches!(ended.code(), Some(0 | 5)), "{moment}: the next fix ends with {ended}");
    let expect = ZONES.map(|zone| format!("--expect=k1._domainkey.{zone}=k1.keys.mailer.example"));
    scene.run(&["audit", "--all-zones", &expect[0], &expect[1]]).exits(0);
}

fn killed_at(fault: Fault, moment: &str) {
    let scene = scene(vec![fault], Duration::ZERO);
    let first = state(&scene);
    let mut child = fix(&scene);
    until(moment, || scene.sandbox().is_holding());
    child.kill().unwrap();
    child.wait().unwrap();
    scene.sandbox().release();
    recovers(&scene, &first, moment);
}

/// One list of zones; of each zone its records, the records again, the batch, and reading back.
const REQUESTS: usize = 9;

#[test]
fn before_every_request() {
    for request in 1..=REQUESTS {
        killed_at(Fault::HoldBefore(request), &format!("before request {request}"));
    }
}

#[test]
fn after_every_request_and_before_its_answer() {
    for request in 1..=REQUESTS {
        killed_at(Fault::HoldAfter(request), &format!("after request {request}"));
    }
}

#[test]
fn at_seeded_moments() {
    let mut seed = fastrand::Rng::with_seed(20_261_123);
    for _ in 0..12 {
        let scene = scene(Vec::new(), Duration::from_millis(12));
        let first = state(&scene);
        let moment = Duration::from_millis(seed.u64(0..180));
        let mut child = fix(&scene);
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        recovers(&scene, &first, &format!("after {moment:?}"));
    }
}

const ONE_ZONE: [&str; 5] = ["fix", "--zone", "example.com", "--yes", "--wait=0"];

fn last_run(scene: &Scene) -> String {
    let (report, _) = scene.json(&["undo", "--list"]);
    report["runs"][0]["run"].as_str().unwrap().to_owned()
}

/// How many requests of an undo come before its write.
fn reads_of_an_undo() -> usize {
    let scene = Scene::from("default");
    scene.run(&ONE_ZONE);
    let before = scene.sandbox().calls().len();
    scene.run(&["undo", "--yes", "--wait=0"]);
    let calls = scene.sandbox().calls();
    calls.iter().skip(before).position(|(method, _, _)| method != "GET").unwrap()
}

/// Starts an undo and kills it while one of its requests is held.
fn undo_killed(scene: &Scene, run: &str, hold: fn(usize) -> Fault, request: usize) {
    scene.sandbox().plan(hold(scene.sandbox().calls().len() + request));
    let arguments = ["undo", run, "--yes", "--wait=0"];
    let mut child = scene.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the request", || scene.sandbox().is_holding());
    child.kill().unwrap();
    child.wait().unwrap();
    scene.sandbox().release();
}

#[test]
fn undos_that_were_killed_at_their_write_can_be_repeated_and_undone() {
    let write = reads_of_an_undo() + 1;
    let scene = Scene::from("default");
    let first = writable(&scene, "example.com");
    scene.run(&ONE_ZONE);
    let fixed = writable(&scene, "example.com");
    let fix = last_run(&scene);
    for _ in 0..3 {
        undo_killed(&scene, &fix, Fault::HoldBefore, write);
        assert_eq!(writable(&scene, "example.com"), fixed);
    }
    let cut_short = last_run(&scene);
    scene.run(&["undo", "--yes"]).exits(2).says(&format!("go on with it: `cf-domauth undo {fix}`"));
    scene.run(&["undo", &cut_short, "--yes", "--wait=0"]).says("nothing to put back");
    undo_killed(&scene, &fix, Fault::HoldAfter, write);
    assert_eq!(writable(&scene, "example.com"), first);
    let made = last_run(&scene);
    scene.run(&["undo", &fix, "--yes", "--wait=0"]).says("nothing to put back");
    scene.run(&["undo", &made, "--yes", "--wait=0"]);
    assert_eq!(writable(&scene, "example.com"), fixed, "an undo without its answer can be undone");
    scene.run(&["undo", &fix, "--yes", "--wait=0"]);
    assert_eq!(writable(&scene, "example.com"), first, "and the first run again");
}
