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
        undo.code != Some(2) || undo.stderr.contains("no run to put back"),
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
