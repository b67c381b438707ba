//! Ctrl-C, SIGTERM and SIGHUP while reading, changing and waiting: what was done is reported and written down.

#![cfg(unix)]

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use cf_domauth::journal::{self, Line};
use cf_domauth::sandbox::Options;
use serde_json::Value;

use crate::scene::{Scene, lines};

/// Starts a `fix`, sends Ctrl-C once `is_time`, and waits for the end.
fn interrupted(scene: &Scene, is_time: impl Fn(&Scene) -> bool) -> (Value, Output) {
    let fix = ["fix", "--zone", "example.com", "--yes", "--wait=1h", "--format=json"];
    signalled(scene, &fix, "-INT", is_time)
}

fn signalled(
    scene: &Scene,
    arguments: &[&str],
    signal: &str,
    is_time: impl Fn(&Scene) -> bool,
) -> (Value, Output) {
    let mut command = scene.command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_time(scene) {
        assert!(Instant::now() < deadline, "the moment never came");
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)));
    (report, output)
}

fn last_line(scene: &Scene) -> Line {
    journal::read(&scene.journals()[0]).unwrap().pop().unwrap()
}

#[test]
fn while_a_change_is_under_way_its_answer_is_waited_for() {
    let scene = Scene::with("default", Options { latency: Duration::from_millis(800), ..Options::default() });
    let (report, output) = interrupted(&scene, |scene| !scene.writes().is_empty());
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(report["exit"], 130);
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.iter().all(|line| line.starts_with("applied ")), "{outcomes:?}");
    assert!(matches!(last_line(&scene), Line::End { exit: 130 }));
}

#[test]
fn an_answer_that_does_not_come_leaves_the_change_unknown() {
    let scene = Scene::with("default", Options { latency: Duration::from_millis(400), ..Options::default() });
    let slow = |scene: &Scene| {
        if scene.sandbox().calls().len() == 3 {
            scene.sandbox().plan(cf_domauth::sandbox::Fault::Slow(Duration::from_secs(40)));
        }
        !scene.writes().is_empty()
    };
    let started = Instant::now();
    let (report, output) = interrupted(&scene, slow);
    assert_eq!(output.status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(25), "it ends although nothing comes");
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.iter().all(|line| line.starts_with("unknown ")), "{outcomes:?}");
}

#[test]
fn while_waiting_for_public_dns_what_is_known_is_reported() {
    let scene = Scene::with("default", Options { real_ttl: true, ..Options::default() });
    let done = |scene: &Scene| scene.sandbox().calls().len() >= 5;
    let is_time = |scene: &Scene| {
        done(scene) && {
            std::thread::sleep(Duration::from_millis(700));
            true
        }
    };
    let (report, output) = interrupted(&scene, is_time);
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
        let (report, output) = signalled(&scene, &fix, signal, |scene| !scene.writes().is_empty());
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(report["exit"], code);
        assert_eq!(report["summary"]["applied"], 3, "{report}");
        assert!(matches!(last_line(&scene), Line::End { exit } if i32::from(exit) == code));
    }
}

#[test]
fn an_interruption_while_reading_is_said_and_answered() {
    let slow = || Options { faults: vec![cf_domauth::sandbox::Fault::HoldBefore(1)], ..Options::default() };
    for command in [&["audit", "--zone", "example.com"][..], &["fix", "--zone", "example.com", "--yes"]] {
        let scene = Scene::with("default", slow());
        let arguments = [command, &["--format", "json"]].concat();
        let (answer, output) = signalled(&scene, &arguments, "-INT", |scene| scene.sandbox().is_holding());
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(answer["exit"], 130);
        assert_eq!(answer["error"]["message"], "interrupted while reading; nothing was changed");
        assert!(String::from_utf8(output.stderr).unwrap().contains("interrupted while reading"));
    }
}
