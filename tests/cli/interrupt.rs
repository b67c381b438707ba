//! Ctrl-C, SIGTERM and SIGHUP while reading, changing and waiting: what was done is reported and written down.

#![cfg(unix)]

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cf_domauth::model::journal::{self, Line};
use cf_domauth::sandbox::{Fault, Options};
use serde_json::Value;

use crate::scene::{Scene, heard, lines, until};
use crate::schema::OUTPUT;

/// Starts a `fix`, sends Ctrl-C when `come` returns, and waits for the end.
fn interrupted<K>(scene: &Scene, come: impl FnOnce(&Scene, &mut Child) -> K) -> (Value, Output) {
    let fix = ["fix", "--zone", "example.com", "--yes", "--wait=1h", "--format=json"];
    signalled(scene, &fix, "-INT", come)
}

fn signalled<K>(
    scene: &Scene,
    arguments: &[&str],
    signal: &str,
    come: impl FnOnce(&Scene, &mut Child) -> K,
) -> (Value, Output) {
    let mut command = scene.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _kept = come(scene, &mut child);
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let report = OUTPUT.checks(&String::from_utf8_lossy(&output.stdout));
    (report, output)
}

fn last_line(scene: &Scene) -> Line {
    journal::read(&scene.journals()[0]).unwrap().pop().unwrap()
}

#[test]
fn while_a_change_is_under_way_its_answer_is_waited_for() {
    let latency = Duration::from_millis(400);
    let scene = Scene::with("default", Options { latency, real_ttl: true, ..Options::default() });
    let (report, output) = interrupted(&scene, |scene, _| until("the write", || !scene.writes().is_empty()));
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(report["exit"], 130);
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.iter().all(|line| line.starts_with("applied ")), "{outcomes:?}");
    assert!(matches!(last_line(&scene), Line::End { exit: 130 }));
}

#[test]
fn an_answer_that_does_not_come_leaves_the_change_unknown() {
    let scene = Scene::with_faults("default", &["hold-after:5"]);
    let started = Instant::now();
    let (report, output) = interrupted(&scene, |scene, _| {
        until("the write", || scene.sandbox().is_holding());
        scene.sandbox().plan(Fault::Slow(Duration::from_hours(1)));
    });
    assert_eq!(output.status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_mins(5), "it ends although nothing comes");
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.iter().all(|line| line.starts_with("unknown ")), "{outcomes:?}");
}

#[test]
fn a_change_that_waits_for_the_limit_was_not_sent() {
    let rate_limit = Some((4, Duration::from_hours(1)));
    let scene = Scene::with("default", Options { rate_limit, ..Options::default() });
    let (report, output) = interrupted(&scene, |_, child| heard(child, "paused by the API"));
    assert_eq!(output.status.code(), Some(130));
    assert!(scene.writes().is_empty());
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.iter().all(|line| line.starts_with("not-attempted ")), "{outcomes:?}");
}

#[test]
fn while_waiting_for_public_dns_what_is_known_is_reported() {
    let scene = Scene::with("default", Options { real_ttl: true, ..Options::default() });
    let (report, output) =
        interrupted(&scene, |_, child| heard(child, "waiting for public DNS: em1234.example.com"));
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(report["summary"]["applied"], 3);
    assert_eq!(lines(&report, "confirmations", ["verdict", "name"])[0], "stale em1234.example.com");
    assert!(matches!(last_line(&scene), Line::End { exit: 130 }));
}

#[test]
fn being_told_to_end_and_a_lost_terminal_end_as_ctrl_c_does() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let slow = Options { latency: Duration::from_millis(800), ..Options::default() };
        let scene = Scene::with("default", slow);
        let fix = ["fix", "--zone", "example.com", "--yes", "--wait=1h", "--format=json"];
        let (report, output) = signalled(&scene, &fix, signal, |scene, _| {
            until("the write", || !scene.writes().is_empty());
        });
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(report["exit"], code);
        assert_eq!(report["summary"]["applied"], 3, "{report}");
        assert!(matches!(last_line(&scene), Line::End { exit } if i32::from(exit) == code));
    }
}

#[test]
fn an_interruption_while_reading_is_said_and_answered() {
    let slow = || Options { faults: vec![Fault::HoldBefore(1)], ..Options::default() };
    for command in [&["audit", "--zone", "example.com"][..], &["fix", "--zone", "example.com", "--yes"]] {
        let scene = Scene::with("default", slow());
        let arguments = [command, &["--format", "json"]].concat();
        let (answer, output) = signalled(&scene, &arguments, "-INT", |scene, _| {
            until("the request", || scene.sandbox().is_holding());
        });
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(answer["exit"], 130);
        assert_eq!(answer["error"]["message"], "interrupted while reading; nothing was changed");
        assert!(String::from_utf8(output.stderr).unwrap().contains("interrupted while reading"));
    }
}
