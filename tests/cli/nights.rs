//! A job that runs every night: what is new, what is still open, what is no longer found.

use std::collections::BTreeSet;
use std::time::Duration;

use cf_domauth::sandbox::{Fault, Fleet, Options, fleet};
use serde_json::Value;

use crate::scene::{Run, Scene, until};

const NIGHT: [&str; 3] = ["audit", "--all-zones", "--since-last"];
const MAIL: [&str; 3] = ["em1234", "s1._domainkey", "s2._domainkey"];

fn healthy(zones: usize, options: Options) -> Scene {
    let given = Fleet { zones, records: 10, broken: 0, seed: 7 };
    Scene::of(fleet(&given, jiff::Timestamp::now()).unwrap().0, options)
}

/// The names of a zone that has records of SendGrid.
fn names(scene: &Scene, number: usize) -> Vec<String> {
    let all = MAIL.map(|label| format!("{label}.zone-{number:04}.example"));
    all.into_iter().filter(|name| scene.record(name).is_some()).collect()
}

fn proxy(scene: &Scene, names: &[String], proxied: bool) {
    for name in names {
        assert!(scene.sandbox().edit(name, &format!(r#"{{"proxied":{proxied}}}"#)), "{name}");
    }
}

/// What a night tells: what is new, what is still open, what is no longer found, each by code and name.
fn told(report: &Value) -> [BTreeSet<String>; 3] {
    let mut told = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    let key = |one: &Value| format!("{} {}", one["code"].as_str().unwrap(), one["name"].as_str().unwrap());
    for zone in report["zones"].as_array().unwrap() {
        for finding in zone["findings"].as_array().unwrap().iter().filter(|one| one["severity"] != "info") {
            let place = usize::from(finding.get("since").is_some());
            told[place].insert(key(finding));
        }
        told[2].extend(zone["news"]["no_longer_found"].as_array().into_iter().flatten().map(key));
    }
    told
}

fn proxied(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| format!("proxied {name}")).collect()
}

fn night(scene: &Scene) -> ([BTreeSet<String>; 3], Run) {
    let (report, run) = scene.json(&NIGHT);
    (told(&report), run)
}

#[test]
fn each_night_of_a_week_tells_exactly_what_happened() {
    let scene = healthy(12, Options::default());
    let zones: Vec<Vec<String>> = (1..=12).map(|number| names(&scene, number)).collect();
    let with_mail: Vec<&Vec<String>> = zones.iter().filter(|names| !names.is_empty()).collect();
    let [first, second, third, ..] = with_mail.as_slice() else { panic!("{zones:?}") };
    let none = BTreeSet::new;

    let (told, run) = night(&scene);
    assert_eq!(told, [none(), none(), none()]);
    run.exits(0);

    proxy(&scene, first, true);
    let (told, run) = night(&scene);
    assert_eq!(told, [proxied(first), none(), none()]);
    run.exits(1);

    let (told, run) = night(&scene);
    assert_eq!(told, [none(), proxied(first), none()]);
    run.exits(0);

    proxy(&scene, &first[..1], false);
    proxy(&scene, second, true);
    let (told, run) = night(&scene);
    assert_eq!(told, [proxied(second), proxied(&first[1..]), proxied(&first[..1])]);
    run.exits(1);

    // A night on which the API answers nothing tells nothing, and forgets nothing.
    scene.sandbox().plan("5xx:1".parse().unwrap());
    scene.run(&NIGHT).exits(4);
    scene.sandbox().heal();

    scene.run(&["fix", "--all-zones", "--yes"]).exits(0);
    assert!(scene.sandbox().delete(&third[0]));
    let (told, run) = night(&scene);
    let mended: BTreeSet<String> = proxied(second).union(&proxied(&first[1..])).cloned().collect();
    assert_eq!(told, [BTreeSet::from([format!("missing {}", third[0])]), none(), mended]);
    run.exits(1);

    let (told, _) = night(&scene);
    assert_eq!(told, [none(), BTreeSet::from([format!("missing {}", third[0])]), none()]);
}

#[test]
fn what_is_there_can_be_accepted_and_what_counts_can_be_chosen() {
    let scene = healthy(6, Options::default());
    let all: Vec<String> = (1..=6).flat_map(|number| names(&scene, number)).collect();
    proxy(&scene, &all[..3], true);
    scene.run(&["audit", "--all-zones", "--baseline"]).exits(0).says("Still open: 3.");
    let run = scene.run(&NIGHT).exits(0);
    run.says("STILL OPEN").says("fix repairs it, today").says("New (since ").never_says("\nNEW");
    let page = scene.run(&[&NIGHT[..], &["--format", "html"]].concat()).exits(0);
    page.says(", open since 20");
    let sheet = scene.run(&[&NIGHT[..], &["--format", "csv"]].concat()).exits(0);
    sheet.says("\"detail\",\"since\"");
    scene.run(&[&NIGHT[..], &["--fail-on", "error"]].concat()).exits(1);
    scene.run(&["audit", "--all-zones", "--fail-on", "new"]).exits(2).says("--since-last");
    scene.run(&["audit", "--all-zones", "--fail-on", "never"]).exits(2).says("warning, error, new");
    scene.run(&["audit", "--sandbox", "--since-last"]).exits(2).says("serve one that stays");
}

#[test]
fn a_warning_alone_does_not_fail_an_audit_that_is_to_fail_on_errors() {
    let scene = Scene::from("no-dmarc-policy");
    scene.run(&["audit", "example.com"]).exits(1);
    scene.run(&["audit", "example.com", "--fail-on", "error"]).exits(0);
}

#[test]
fn a_zone_whose_past_is_not_known_is_no_all_clear() {
    let scene = Scene::from("silent-logs");
    let settings = scene.state_dir().join("settings.toml");
    let rule = "[[ignore]]\ncode = \"dkim-missing\"\nreason = \"moving\"\n";
    std::fs::write(&settings, rule).unwrap();
    let run = scene.run(&["audit", "--all-zones", "--settings", settings.to_str().unwrap()]).exits(0);
    run.never_says("Nothing needs attention")
        .says("Nothing wrong was found, but not all could be found out.");
}

#[test]
fn a_baseline_of_another_version_is_left_as_it_is() {
    let scene = healthy(2, Options::default());
    scene.run(&NIGHT).exits(0);
    let folder = scene.state_dir().join("baseline");
    let host = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let path = host.join("-.json");
    let other = std::fs::read_to_string(&path).unwrap().replace("baseline\": 1", "baseline\": 2");
    std::fs::write(&path, &other).unwrap();
    let calls = scene.sandbox().calls().len();
    let run = scene.run(&NIGHT).exits(2);
    run.says("it has version 2").says("the version of the program that wrote it").says("--baseline");
    assert_eq!(scene.sandbox().calls().len(), calls, "nothing was asked");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
}

#[test]
fn profiles_have_baselines_of_their_own() {
    let scene = healthy(3, Options::default());
    let settings = scene.state_dir().join("settings.toml");
    std::fs::write(&settings, "[profile.One]\n[profile.one]\n").unwrap();
    let of = |profile: &str| {
        let settings = settings.to_str().unwrap();
        scene.run(&[&NIGHT[..], &["--settings", settings, "--profile", profile]].concat())
    };
    proxy(
        &scene,
        &names(&scene, 1)
            .into_iter()
            .chain(names(&scene, 2))
            .chain(names(&scene, 3))
            .take(1)
            .collect::<Vec<_>>(),
        true,
    );
    of("One").exits(1);
    of("one").exits(1);
    of("one").exits(0);
}

#[test]
fn a_limit_that_is_shared_is_never_exceeded_and_a_part_of_it_is_left() {
    let limit = Some((60, Duration::from_secs(4)));
    let shared_user = Some((5, Duration::from_secs(2)));
    let scene = healthy(80, Options { rate_limit: limit, shared_user, ..Options::default() });
    let run = scene.run(&["audit", "--all-zones", "-v"]).exits(0);
    run.says("paused by the API's request limit until ").says(" of 80 zones read");
    let calls = scene.sandbox().calls();
    let paths: BTreeSet<&String> = calls.iter().map(|(_, path, _)| path).collect();
    assert_eq!(paths.len(), calls.len(), "nothing was refused and asked for again");
}

#[test]
fn zones_are_told_as_they_end_and_by_name() {
    let scene = healthy(40, Options::default());
    let run = scene.run(&["audit", "--all-zones", "--format", "jsonl"]).exits(0);
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let zones: Vec<&str> = lines.iter().filter_map(|line| line["zone"].as_str()).collect();
    assert!(zones.len() == 40 && zones.is_sorted(), "{zones:?}");
    let last = lines.last().unwrap();
    assert_eq!(last["type"], "run");
    let listed: usize = lines.iter().filter_map(|line| Some(line["records"].as_array()?.len())).sum();
    assert_eq!(last["summary"]["records"], listed, "records that are no longer listed are counted");
    let told = lines.iter().filter_map(|line| line["counts"]["info"].as_u64()).sum::<u64>();
    assert!(told > 0 && last["summary"]["counts"]["info"] == told, "and so are findings that are no concern");
}

#[test]
fn metrics_count_zones_and_findings_and_end_as_the_form_asks() {
    let scene = healthy(6, Options::default());
    let all: Vec<String> = (1..=6).flat_map(|number| names(&scene, number)).collect();
    proxy(&scene, &all[..1], true);
    let file = scene.state_dir().join("cf_domauth.prom");
    let run =
        scene.run(&[&NIGHT[..], &["--format", "openmetrics", "--report", file.to_str().unwrap()]].concat());
    let run = run.exits(1);
    let zone = all[0].split_once('.').unwrap().1;
    let run = run
        .says("cf_domauth_zones{state=\"fine\"} 5\n")
        .says("cf_domauth_zones{state=\"attention\"} 1\n")
        .says(&format!(
            "cf_domauth_findings{{zone=\"{zone}\",code=\"proxied\",severity=\"error\",new=\"true\"}} 1\n"
        ))
        .says("cf_domauth_exit_status 1\n");
    assert!(run.stdout.ends_with("# EOF\n"));
    assert_eq!(std::fs::read_to_string(file).unwrap(), run.stdout);
}

/// Runs a command until it waits for an answer that does not come, and ends it with Ctrl-C. Returns how many zones it
/// told.
#[cfg(unix)]
fn cut_off(scene: &Scene, command: &[&str]) -> usize {
    // The zones are listed and the log is read; after that each takes a call.
    let hold = format!("hold-before:{}", scene.sandbox().calls().len() + 15);
    scene.sandbox().plan(hold.parse().unwrap());
    let mut command = scene.command(&[command, &["--format", "jsonl"]].concat());
    let child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    until("a zone that does not end", || scene.sandbox().is_holding());
    until("zones that were told", || {
        let folder = std::fs::read_dir(scene.state_dir().join("interrupted")).into_iter().flatten();
        let files = folder.map(|host| host.unwrap().path().join("-.jsonl"));
        files.filter_map(|path| std::fs::read_to_string(path).ok()).any(|text| text.lines().count() > 2)
    });
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the same command with --resume goes on from there"), "{said}");
    scene.sandbox().heal();
    String::from_utf8(output.stdout).unwrap().lines().filter(|line| line.contains("\"zone\"")).count()
}

#[cfg(unix)]
#[test]
fn a_run_that_is_cut_off_goes_on_and_says_how_old_its_readings_are() {
    let scene = healthy(30, Options::default());
    let all: Vec<String> = (1..=30).flat_map(|number| names(&scene, number)).collect();
    let (first, last) = (&all[..1], &all[all.len() - 1..]);
    proxy(&scene, first, true);
    proxy(&scene, last, true);
    let told = cut_off(&scene, &NIGHT);

    let calls = scene.sandbox().calls().len();
    let (report, run) = scene.json(&[&NIGHT[..], &["--resume"]].concat());
    run.exits(1);
    let earlier = report["earlier"].as_array().unwrap().len();
    assert!(earlier > 0 && earlier == told, "{earlier} of {told}");
    assert_eq!(report["zones"].as_array().unwrap().len(), 30 - earlier);
    let listings = scene.sandbox().calls().into_iter().skip(calls);
    let listings = listings.filter(|(_, path, _)| path.contains("/dns_records?")).count();
    assert_eq!(listings, 30 - earlier, "what was read is not read again");
    // What both found is open now, and the next run begins anew.
    let (told, run) = night(&scene);
    let both: BTreeSet<String> = proxied(first).union(&proxied(last)).cloned().collect();
    assert_eq!(told, [BTreeSet::new(), both, BTreeSet::new()]);
    run.exits(0);
    let run = scene.run(&["audit", "--all-zones", "--resume"]).exits(1);
    run.never_says("an earlier run");
}

#[test]
fn what_an_outage_left_is_read_with_resume() {
    let scene = healthy(24, Options::default());
    // The calls before it are those of the lists and the log; then each zone takes one.
    scene.sandbox().plan(Fault::HoldBefore(scene.sandbox().calls().len() + 20));
    let mut command = scene.command(&[&NIGHT[..], &["--format", "json"]].concat());
    let child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    until("a zone that does not end", || scene.sandbox().is_holding());
    scene.sandbox().plan("html".parse().unwrap());
    scene.sandbox().release();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let unread = report["zones"].as_array().unwrap().iter().filter(|zone| !zone["error"].is_null()).count();
    scene.sandbox().heal();
    let (report, run) = scene.json(&[&NIGHT[..], &["--resume"]].concat());
    run.exits(0);
    assert_eq!(report["zones"].as_array().unwrap().len(), unread);
    assert_eq!(report["earlier"].as_array().unwrap().len(), 24 - unread);
}

#[cfg(unix)]
#[test]
fn what_a_plain_run_had_read_is_compared_when_it_is_gone_on_with() {
    let scene = healthy(30, Options::default());
    let all: Vec<String> = (1..=30).flat_map(|number| names(&scene, number)).collect();
    let (stays, mended, new) = (&all[..1], &all[1..2], &all[all.len() - 1..]);
    proxy(&scene, stays, true);
    proxy(&scene, mended, true);
    night(&scene).1.exits(1);
    proxy(&scene, mended, false);
    proxy(&scene, new, true);
    cut_off(&scene, &["audit", "--all-zones"]);
    let run = scene.run(&[&NIGHT[..], &["--resume"]].concat()).exits(1);
    let run = run.says("New (since ").says("): 1. Still open: 1. No longer found: 1.");
    run.says("an earlier run had read").says("NO LONGER FOUND");
    // The baseline that it left knows the first day of what stays.
    let (told, run) = night(&scene);
    let both: BTreeSet<String> = proxied(stays).union(&proxied(new)).cloned().collect();
    assert_eq!(told, [BTreeSet::new(), both, BTreeSet::new()]);
    run.exits(0);
}
