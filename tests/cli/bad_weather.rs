//! An API that is down, slow or lying, and name servers that are silent.

use std::time::{Duration, Instant};

use cf_domauth::sandbox::{Fault, Options};

use crate::scene::{Scene, Shut, lines, until};

const AUDIT: [&str; 3] = ["audit", "--zone", "example.com"];
const FIX: [&str; 5] = ["fix", "--zone", "example.com", "--yes", "--wait=20s"];

#[test]
fn an_api_that_is_down_is_unreachable() {
    let shut = Shut::new();
    let scene = Scene::from("default").set("CLOUDFLARE_BASE_URL", &shut.api());
    scene.run(&AUDIT).exits(4).says("no answer from the API").says("check the network");
}

#[test]
fn a_page_of_html_is_an_outage_and_its_long_pause_is_not_sat_out() {
    let scene = Scene::with_faults("default", &["html"]);
    let started = Instant::now();
    let run = scene.run(&AUDIT).exits(4);
    run.says("HTTP 522").says("asks for a pause of 2 min");
    assert!(started.elapsed() < Duration::from_mins(2));
}

#[test]
fn a_server_that_fails_now_and_then_is_asked_again() {
    let scene = Scene::with(
        "default",
        Options { faults: vec![Fault::ServerError(0.4)], seed: 7, ..Options::default() },
    );
    scene.run(&AUDIT).exits(1).says("3 of 7 mail records are broken");
    assert!(scene.sandbox().calls().len() > 2, "some were repeated");
}

#[test]
fn a_slow_api_is_waited_for() {
    let scene = Scene::with_faults("default", &["slow:700ms"]);
    scene.run(&AUDIT).exits(1);
}

#[test]
fn throttling_is_honoured_with_and_without_a_pause_in_the_answer() {
    let scene = Scene::with_faults("default", &["429:3"]);
    let run = scene.run(&AUDIT).exits(1);
    run.says("paused by the API's request limit until");
    assert_eq!(scene.sandbox().calls().len(), 6);
}

#[test]
fn a_limit_that_is_used_up_is_sat_out() {
    let options = Options { rate_limit: Some((1, Duration::from_secs(2))), ..Options::default() };
    let scene = Scene::with("default", options);
    scene.run(&AUDIT).exits(1);
    assert_eq!(scene.sandbox().calls().len(), 3, "the header told, so nothing was refused");
}

#[test]
fn answers_that_break_off_are_unreadable() {
    let scene = Scene::with_faults("default", &["truncated"]);
    scene.run(&AUDIT).exits(4).says("the answer makes no sense");
}

#[test]
fn a_list_that_comes_back_short_is_never_clean() {
    for fault in ["short-list", "empty-page", "ignore-page:2"] {
        let scene = Scene::with_faults("default", &[fault]);
        let run = scene.run(&AUDIT).exits(4);
        run.says("came back short").says("nothing was concluded");
    }
}

#[test]
fn a_list_that_holds_more_than_it_counts_is_used() {
    let scene = Scene::with_faults("default", &["long-list"]);
    scene.run(&AUDIT).exits(1).says("3 of 7 mail records are broken");
}

#[test]
fn a_write_whose_reply_is_lost_is_looked_up_and_not_repeated() {
    let scene = Scene::with_faults("default", &["lost-reply:1"]);
    let (report, run) = scene.json(&FIX);
    run.exits(0);
    assert_eq!(scene.writes().len(), 1, "sent once");
    assert_eq!(report["summary"]["applied"], 3);
}

#[test]
fn a_write_that_is_not_made_and_not_answered_is_unknown() {
    // The reply is lost, and the change does nothing: the record read back shows the old state.
    let scene = Scene::with_faults("default", &["lost-reply:1", "noop-patch"]);
    let (report, run) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    run.exits(6);
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.iter().all(|line| line.starts_with("unknown ")), "{outcomes:?}");
    assert_eq!(lines(&report, "confirmations", ["verdict", "name"]).len(), 3, "public DNS is asked");
    assert_eq!(scene.writes().len(), 1);
}

#[test]
fn a_change_that_is_accepted_and_not_made_is_not_called_applied() {
    let scene = Scene::with_faults("default", &["noop-patch"]);
    let (report, run) = scene.json(&FIX);
    assert_ne!(run.code, Some(0));
    let outcomes = lines(&report, "changes", ["outcome", "detail"]);
    let is_refused = |line: &String| line.starts_with("refused ") && line.contains("read again for 3 s");
    assert!(outcomes.iter().all(is_refused), "{outcomes:?}");
}

#[test]
fn a_change_that_shows_late_is_applied() {
    let scene = Scene::with_faults("default", &["lag:1s"]);
    let (report, run) = scene.json(&FIX);
    run.exits(0);
    assert_eq!(report["summary"]["applied"], 3);
    assert_eq!(scene.writes().len(), 1, "sent once");
}

#[test]
fn zones_whose_list_repeats_itself_are_never_all() {
    let world = cf_domauth::sandbox::many(5, 2).unwrap();
    let scene = Scene::of(world, Options { faults: vec![Fault::IgnorePage(2)], ..Options::default() });
    scene.run(&["audit", "--all-zones"]).exits(4).says("the list of zones came back short: 2 of 5");
    assert!(scene.sandbox().calls().len() <= 4);
}

#[test]
fn what_was_made_and_cannot_be_seen_is_unconfirmed() {
    let scene = Scene::from("default");
    scene.sandbox().plan(Fault::SilentDns);
    let (report, run) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    run.exits(5);
    assert_eq!(report["summary"]["applied"], 3, "{report}");
}

#[test]
fn silent_name_servers_are_no_absence() {
    let scene = Scene::with_faults("default", &["silent-dns"]);
    let (report, run) = scene.json(&AUDIT);
    run.exits(4);
    let notes = report["zones"][0]["notes"].to_string();
    assert!(notes.contains("no name server of the zone could say anything"), "{notes}");
    let findings = lines(&report, "findings", ["code", "name"]);
    assert!(findings.contains(&"proxied em1234.example.com".to_owned()), "the API was heard all the same");
}

#[test]
fn one_silent_resolver_is_said_and_the_others_judge() {
    let scene = Scene::with_faults("default", &["silent-resolver:2"]);
    let (report, run) = scene.json(&FIX);
    run.exits(0);
    let one = &report["zones"][0]["confirmations"][0];
    assert_eq!(one["verdict"], "confirmed");
    assert!(one["notes"].to_string().contains("did not answer"), "{one}");
}

#[test]
fn one_lying_resolver_is_named_and_not_averaged_away() {
    let scene = Scene::with_faults("default", &["lying-resolver:3"]);
    let (report, run) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=3s"]);
    run.exits(5);
    let liar = scene.variable("CF_DOMAUTH_RESOLVERS").split(',').nth(2).unwrap().to_owned();
    let findings = report["zones"][0]["findings"].as_array().unwrap();
    let unconfirmed = findings.iter().find(|finding| finding["code"] == "unconfirmed").unwrap();
    let evidence = unconfirmed["evidence"].to_string();
    assert!(evidence.contains(&liar) && evidence.contains("search.advertising.example"), "{evidence}");
}

#[test]
fn records_that_moved_since_they_were_read_stop_the_run() {
    // Between the reading and the writing another hand adds a comment.
    let scene = Scene::with_faults("default", &["hold-before:3"]);
    let mut child = scene.command(&[&FIX[..], &["--format=json"]].concat());
    let child = child.stdout(std::process::Stdio::piped()).spawn().unwrap();
    until("reading again", || scene.sandbox().is_holding());
    scene.sandbox().edit("s1._domainkey.example.com", r#"{"comment":"mine now"}"#);
    scene.sandbox().release();
    let output = child.wait_with_output().unwrap();
    let report = crate::schema::OUTPUT.checks(&String::from_utf8_lossy(&output.stdout));
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.iter().all(|line| line.starts_with("not-attempted ")), "{outcomes:?}");
    assert!(report["zones"][0]["notes"].to_string().contains("changed meanwhile"), "{report}");
    assert!(scene.writes().is_empty());
    assert_eq!(output.status.code(), Some(1));
}
