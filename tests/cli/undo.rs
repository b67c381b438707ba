//! `undo`, saved plans, `--replace`, and two runs at a time.

use std::process::Stdio;

use cf_domauth::model::journal::{self, Line};
use cf_domauth::sandbox::{Fault, Fleet, Options, fleet, read};

use crate::recover::writable;
use crate::scene::{Run, Scene, heard, lines, until};

const FIX: [&str; 5] = ["fix", "--zone", "example.com", "--yes", "--wait=0"];

fn run_name(scene: &Scene) -> String {
    let (report, _) = scene.json(&["undo", "--list"]);
    report["runs"][0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_fix_changed_is_put_back_and_can_be_made_again() {
    let scene = Scene::from("default");
    let first = writable(&scene, "example.com");
    scene.run(&["undo"]).exits(2).says("there is no run that changed anything");
    scene.run(&FIX);
    let fixed = writable(&scene, "example.com");
    let fix = run_name(&scene);
    let (report, dry) = scene.json(&["undo", "--dry-run"]);
    dry.exits(1);
    assert_eq!(lines(&report, "changes", ["action", "outcome"]), vec!["restore planned"; 3]);
    assert_eq!(writable(&scene, "example.com"), fixed, "a dry run changes nothing");
    scene.run(&["undo"]).exits(2).says("3 changes to make, and nobody to ask");
    let (report, undo) = scene.json(&["undo", "--yes", "--wait=20s"]);
    undo.exits(0);
    assert_eq!(report["command"], "undo");
    assert_eq!(lines(&report, "confirmations", ["verdict", "name"]).len(), 3);
    assert_eq!(writable(&scene, "example.com"), first);
    scene.run(&["undo", "--yes"]).exits(2).says("was itself an undo").says("cf-domauth undo ");
    let undo = run_name(&scene);
    scene.run(&["undo", &fix, "--yes", "--wait=0"]).exits(0).says("nothing to put back");
    scene.run(&["undo", &undo, "--yes", "--wait=20s"]).exits(0);
    assert_eq!(writable(&scene, "example.com"), fixed, "an undo can be undone");
    let list = scene.run(&["undo", "--list"]).exits(0);
    list.says(&format!("undo of {fix}")).says(&format!("put back by {undo}")).says("example.com (3 changes)");
}

#[test]
fn one_zone_of_a_run_over_several_can_be_put_back_alone() {
    let given = Fleet { zones: 8, records: 10, broken: 0, seed: 7 };
    let scene = Scene::of(fleet(&given, jiff::Timestamp::now()).unwrap().0, Options::default());
    let names = (1..=8).map(|number| format!("s1._domainkey.zone-{number:04}.example"));
    let names: Vec<String> =
        names.filter(|name| scene.sandbox().edit(name, r#"{"proxied":true}"#)).take(2).collect();
    let [first, second] = names.as_slice() else { panic!("{names:?}") };
    let is_proxied = |name: &str| scene.record(name).unwrap()["proxied"] == true;
    scene.run(&["fix", "--all-zones", "--yes", "--wait=0"]);
    assert!(!is_proxied(first) && !is_proxied(second));
    let fix = run_name(&scene);
    let zone = first.split_once("_domainkey.").unwrap().1;
    let stranger = scene.run(&["undo", &fix, "--zone", "example.org", "--yes"]).exits(2);
    stranger.says(&format!("the run {fix} changed nothing in example.org")).says("undo --list");
    let rehearsed = scene.run(&["undo", "--dry-run"]).exits(1);
    rehearsed
        .says("TO CHANGE")
        .never_says("fine")
        .says(zone)
        .says(second.split_once("_domainkey.").unwrap().1);
    scene.run(&["undo", &fix, "--zone", zone, "--yes", "--wait=0"]);
    assert!(is_proxied(first) && !is_proxied(second));
    scene.run(&["undo", "--list"]).exits(0).says("put back in part by");
    scene.run(&["undo", &fix, "--yes", "--wait=0"]);
    assert!(is_proxied(first) && is_proxied(second));
}

#[test]
fn what_was_put_back_once_and_mended_by_somebody_stays_mended() {
    let scene = Scene::from("default");
    scene.run(&FIX);
    let fix = run_name(&scene);
    scene.run(&["undo", "--yes", "--wait=20s"]).exits(0);
    let s1 = "s1._domainkey.example.com";
    assert!(scene.sandbox().edit(s1, r#"{"proxied":false}"#));
    let run = scene.run(&["undo", &fix, "--yes", "--wait=0"]).exits(1);
    run.says("was put back by run").says("somebody has made the same change again since");
    assert_eq!(scene.record(s1).unwrap()["proxied"], false);
}

#[test]
fn a_record_edited_since_is_left_alone_and_named() {
    let scene = Scene::from("default");
    scene.run(&FIX);
    scene.sandbox().edit("s1._domainkey.example.com", r#"{"comment":"mine now"}"#);
    let (report, run) = scene.json(&["undo", "--yes", "--wait=20s"]);
    run.exits(1);
    assert_eq!(lines(&report, "findings", ["code", "name"])[0], "edited-since s1._domainkey.example.com");
    assert_eq!(report["summary"]["applied"], 2);
    assert_eq!(scene.record("s1._domainkey.example.com").unwrap()["proxied"], false);
}

#[test]
fn a_damaged_or_foreign_journal_is_refused_with_what_is_wrong() {
    let scene = Scene::from("default");
    scene.run(&FIX);
    let path = std::fs::read_dir(scene.journal_dir()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&path).unwrap();
    let refused = |text: &str, why: &str| {
        std::fs::write(&path, text).unwrap();
        scene.run(&["undo", "--yes"]).exits(2).says(why);
    };
    refused(&whole.replace("\"intent\"", "\"wish\""), "line 2 of the journal makes no sense");
    refused("not a journal\n", "this is not a journal of cf-domauth");
    refused(&whole.replacen("\"version\":2", "\"version\":7", 1), "the journal has version 7");
    refused(&whole.replace("s1._domainkey.example.com", "s1 _domainkey"), "which makes no sense");
    let other = whole.replacen("http://127.0.0.1", "http://127.0.0.9", 1);
    refused(&other, "the run wrote to http://127.0.0.9");
    assert_eq!(scene.writes().len(), 1, "nothing but the fix itself");
    scene.run(&["undo", "../../etc/passwd", "--yes"]).exits(2).says("there is no run");
}

#[test]
fn a_saved_plan_is_carried_out_exactly_or_not_at_all() {
    let scene = Scene::from("default");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    let path = path.to_str().unwrap();
    scene.run(&["fix", "--zone", "example.com", "--save-plan", path]).exits(1).says("3 changes,");
    assert!(scene.writes().is_empty());
    let text = std::fs::read_to_string(path).unwrap();
    crate::schema::PLAN.checks(&text);
    assert!(text.contains("\"fingerprint\"") && text.contains("\"proxied\": false"), "{text}");
    scene.sandbox().edit("s1._domainkey.example.com", r#"{"comment":"moved on"}"#);
    let run = scene.run(&["fix", "--plan", path, "--yes", "--wait=0"]).exits(1);
    run.says("s1._domainkey.example.com: changed meanwhile (comment, time of change)");
    assert!(scene.writes().is_empty());
    let (_, again) = scene.json(&["fix", "--zone", "example.com", "--save-plan", path]);
    again.exits(1);
    scene.run(&["fix", "--plan", path]).exits(2).says("nobody to ask");
    scene.run(&["fix", "--plan", path, "--yes", "--wait=20s"]).exits(0).says("Repaired: 3 records");
    scene
        .run(&["fix", "--plan", path, "--yes", "--wait=0"])
        .exits(1)
        .says("s1._domainkey.example.com: it is already as planned");
    assert_eq!(scene.writes().len(), 1);
}

#[test]
fn a_plan_file_that_makes_no_sense_is_refused() {
    let scene = Scene::from("default");
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    std::fs::write(path, "{}").unwrap();
    scene.run(&["fix", "--plan", path, "--yes"]).exits(2).says("this is not a plan saved by cf-domauth");
    scene.run(&["fix", "--plan", "/nowhere/plan.json", "--yes"]).exits(2).says("--plan /nowhere/plan.json");
    scene.run(&["fix", "--plan", path, "--zone", "example.com"]).exits(2).says("cannot be used with");
    scene.run(&["fix", "--yes"]).exits(2).says("no zone is named");
}

const WAY: &str = r#"
    description = "other records hold the name"
    [[zone]]
    name = "example.com"
    plan = "pro"
    [[zone.record]]
    name = "em1"
    type = "A"
    content = "192.0.2.1"
    proxied = true
    comment = "old web host"
    [[zone.record]]
    name = "em1"
    type = "MX"
    content = "mx.example.net"
    priority = 20
    [[zone.record]]
    name = "em1"
    type = "TXT"
    content = "v=spf1 include:old.example -all"
    ttl = 3600
    [[zone.record]]
    name = "k._domainkey"
    type = "TXT"
    content = "keys.mailer.example"
    [[zone.record]]
    name = "em2.example.com"
    type = "CNAME"
    content = "u7.wl1.sendgrid.net.example.com"
"#;

#[test]
fn what_is_in_the_way_is_replaced_only_when_it_is_named_and_undo_brings_it_back() {
    let scene = Scene::of(read(WAY).unwrap(), Options::default());
    let first = writable(&scene, "example.com");
    let expect = "--expect=em1.example.com=u1446226.wl123.sendgrid.net";
    let only = "--record=em1.example.com";
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0", only, expect]).exits(1);
    run.says("in-the-way").says("--replace em1.example.com");
    assert!(scene.writes().is_empty());
    scene
        .run(&["fix", "--zone", "example.com", "--dry-run", "--replace=k._domainkey.example.com"])
        .says("--replace k._domainkey.example.com: nothing there is in the way of an expected CNAME record");
    let replace = "--replace=em1.example.com";
    let rows = scene.state_dir().join("rows.csv");
    let file = format!("--report={}", rows.display());
    let (report, run) =
        scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=20s", only, expect, replace, &file]);
    run.exits(0);
    let rows = std::fs::read_to_string(rows).unwrap();
    let row = rows.lines().find(|row| row.contains("\"em1.example.com\"")).unwrap();
    assert!(row.contains("\"created\"") && !row.contains("\"deleted\""), "how the last change ended: {row}");
    let actions = lines(&report, "changes", ["action", "outcome"]);
    assert_eq!(actions, ["delete applied", "delete applied", "delete applied", "create applied"]);
    assert_eq!(scene.writes().len(), 1, "one transaction, so that the name is never left empty");
    scene.run(&["undo", "--yes", "--wait=20s"]).exits(0);
    assert_eq!(writable(&scene, "example.com"), first);
}

#[test]
fn mistakes_of_filing_are_mended_and_undone() {
    let scene = Scene::of(read(WAY).unwrap(), Options::default());
    let first = writable(&scene, "example.com");
    let expect = "--expect=k._domainkey.example.com=keys.mailer.example";
    let (report, _) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=0", expect]);
    let mut actions = lines(&report, "changes", ["action", "name"]);
    actions.sort();
    assert_eq!(
        actions,
        ["create k._domainkey.example.com", "delete k._domainkey.example.com", "retarget em2.example.com"]
    );
    scene.run(&["undo", "--yes", "--wait=20s"]).exits(0);
    assert_eq!(writable(&scene, "example.com"), first);
}

#[test]
fn a_doubled_name_is_renamed_and_undone() {
    let text = WAY
        .replace("u7.wl1.sendgrid.net.example.com", "u7.wl1.sendgrid.net")
        .replace("\"em2.example.com\"", "\"em2.example.com.example.com\"");
    let scene = Scene::of(read(&text).unwrap(), Options::default());
    let first = writable(&scene, "example.com");
    let only = ["--record=em2.example.com.example.com", "--record=em2.example.com"];
    let (report, _) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=20s", only[0], only[1]]);
    assert_eq!(lines(&report, "changes", ["action", "outcome"]), ["rename applied"], "{report}");
    assert!(scene.record("em2.example.com").is_some());
    scene.run(&["undo", "--yes", "--wait=20s"]).exits(0);
    assert_eq!(writable(&scene, "example.com"), first);
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_only_announced_is_left_to_the_run_that_did_it() {
    let scene = Scene::with_faults("deleted", &["hold-before:5"]);
    let expect = "--expect=em1234.example.com=u1446226.wl123.sendgrid.net";
    let fix = ["fix", "--zone", "example.com", "--record=em1234.example.com", "--yes", "--wait=0", expect];
    let mut killed = scene.command(&fix).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the write", || scene.sandbox().is_holding());
    killed.kill().unwrap();
    killed.wait().unwrap();
    scene.sandbox().release();
    let first = run_name(&scene);
    scene.run(&fix);
    let run = scene.run(&["undo", &first, "--yes", "--wait=0"]).exits(1);
    run.says("was changed by the later run").says("put that one back first");
    assert!(scene.record("em1234.example.com").is_some(), "the second run created it");
}

#[test]
fn an_undo_with_several_records_at_one_name_can_be_undone() {
    let scene = Scene::of(read(WAY).unwrap(), Options::default());
    let expect = "--expect=em1.example.com=u1446226.wl123.sendgrid.net";
    let arguments = ["--record=em1.example.com", expect, "--replace=em1.example.com", "--yes", "--wait=0"];
    scene.run(&[&["fix", "--zone", "example.com"], &arguments[..]].concat());
    let replaced = writable(&scene, "example.com");
    scene.run(&["undo", "--yes", "--wait=0"]);
    let undo = run_name(&scene);
    let (report, _) = scene.json(&["undo", &undo, "--yes", "--wait=0"]);
    assert_eq!(report["summary"]["applied"], 4, "{report}");
    assert_eq!(writable(&scene, "example.com"), replaced);
}

#[test]
fn after_a_rename_the_provider_is_to_look_again() {
    let scene = Scene::from("doubled-name");
    let (report, run) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=20s"]);
    run.exits(0);
    let next = &report["zones"][0]["next"];
    assert_eq!(
        next[0], "now, in SendGrid: Settings > Sender Authentication > the domain, then Verify",
        "{next}"
    );
}

#[test]
fn a_rename_is_not_put_back_over_another_record() {
    let scene = Scene::from("doubled-name");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    let zone = scene.sandbox().zone_ids()[0].1.clone();
    let body = r#"{"type":"CNAME","name":"em1234.example.com.example.com","content":"z.mailer.example"}"#;
    crate::sandbox_http::call(&scene, "full", &format!("POST /zones/{zone}/dns_records"), body);
    let (report, run) = scene.json(&["undo", "--yes", "--wait=20s"]);
    run.exits(1);
    let left = lines(&report, "findings", ["code", "name"]);
    assert!(left.contains(&"edited-since em1234.example.com.example.com".to_owned()), "{report}");
    assert_eq!(report["summary"]["applied"], 1, "the other one is put back");
}

#[test]
fn a_plan_holds_proposals_only_if_they_were_wanted() {
    let scene = Scene::from("deleted");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    let path = path.to_str().unwrap();
    let only = "--record=s1._domainkey.example.com";
    let run = scene.run(&["fix", "--zone", "example.com", only, "--save-plan", path]);
    run.exits(1).says("no changes saved in").says("1 re-created record left out");
    scene.run(&["fix", "--plan", path, "--yes"]).exits(0).says("Nothing to change");
    let restored = ["fix", "--zone", "example.com", only, "--restore", "--save-plan", path];
    scene.run(&restored).exits(1).says("1 change saved in").says("cf-domauth fix --plan");
    assert!(scene.writes().is_empty());
    let run = scene.run(&["fix", "--plan", path, "--yes", "--wait=20s"]).exits(0);
    run.says("Repaired: 1 record").never_says("no mail records").never_says("nothing wrong");
    let onto = ["fix", "--plan", path, "--output", path, "--format=json"];
    scene.run(&onto).exits(2).says("written over the plan");
    assert!(std::fs::read_to_string(path).unwrap().contains("fingerprint"));
}

#[test]
fn a_journal_that_never_began_does_not_hide_the_runs_before() {
    let scene = Scene::from("default");
    scene.run(&FIX);
    let journal = |name: &str, text: &str| std::fs::write(scene.journal_dir().join(name), text).unwrap();
    journal("20991231T000000Z-0001.jsonl", "");
    scene.run(&["undo", "--dry-run"]).exits(1).says("3 changes,").says("putting back run 20");
    journal("20991231T000000Z-0002.jsonl", "garbage\n");
    scene.run(&["undo", "--dry-run"]).exits(1).says("putting back run 20").never_says("2099");
    let modified =
        std::fs::metadata(scene.journal_dir().join("20991231T000000Z-0002.jsonl")).unwrap().modified();
    let now = jiff::Timestamp::try_from(modified.unwrap()).unwrap();
    journal(&format!("{}-0002.jsonl", now.strftime("%Y%m%dT%H%M%SZ")), "garbage\n");
    let run = scene.run(&["undo", "--dry-run"]).exits(2);
    run.says("this is not a journal").says("the last run that can be put back: `cf-domauth undo 20");
    scene.run(&["undo", "--list"]).exits(0).says("ended before it announced any change");
    scene.run(&["undo", "--list", "--format=csv"]).exits(2).says("--format json");
}

#[test]
fn an_undo_whose_answers_are_lost_ends_well() {
    let scene = Scene::from("default");
    let first = writable(&scene, "example.com");
    scene.run(&FIX);
    let fix = run_name(&scene);
    for _ in 0..2 {
        scene.sandbox().plan(Fault::LostReply(1));
        scene.run(&["undo", &fix, "--yes", "--wait=0"]);
        assert_eq!(writable(&scene, "example.com"), first);
        scene.run(&["undo", &fix, "--yes", "--wait=0"]).exits(0).says("nothing to put back");
        let undo = run_name(&scene);
        scene.run(&["undo", &undo, "--yes", "--wait=0"]);
        let again = run_name(&scene);
        scene.run(&["undo", &again, "--yes", "--wait=0"]);
        assert_eq!(writable(&scene, "example.com"), first);
        scene.run(&FIX);
        scene.run(&["undo", "--yes", "--wait=0"]);
        assert_eq!(writable(&scene, "example.com"), first);
        scene.run(&["undo", &fix, "--yes", "--wait=0"]).exits(0).says("nothing to put back");
    }
}

#[test]
fn records_that_come_in_several_lines_can_be_put_back() {
    let scene = Scene::with_faults("default", &["indented"]);
    let first = writable(&scene, "example.com");
    scene.run(&FIX);
    assert_ne!(writable(&scene, "example.com"), first);
    scene.run(&["undo", "--yes", "--wait=0"]);
    assert_eq!(writable(&scene, "example.com"), first);
}

#[test]
fn a_clock_that_is_an_hour_wrong_does_not_stop_an_undo() {
    let scene = Scene::from("default");
    let first = writable(&scene, "example.com");
    scene.run(&FIX);
    let path = std::fs::read_dir(scene.journal_dir()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read_to_string(&path).unwrap();
    // Killed before any answer came; this machine's clock told a time of years ago.
    let lines: Vec<&str> = whole.lines().collect();
    let Line::Intent { at, .. } = &journal::read(&whole).unwrap()[1] else { panic!("{whole}") };
    let wrong = lines[1].replace(&format!("\"at\":\"{at}\""), "\"at\":\"2020-01-01T00:00:00Z\"");
    assert_ne!(wrong, lines[1]);
    std::fs::write(&path, format!("{}\n{wrong}\n", lines[0])).unwrap();
    scene.run(&["undo", "--yes", "--wait=0"]);
    assert_eq!(writable(&scene, "example.com"), first);
}

#[test]
fn a_second_run_on_the_same_zone_waits_and_says_who_is_there() {
    // The first one is held at its write until the second one is there.
    let scene = Scene::with_faults("default", &["hold-after:5"]);
    let start = |record: &str| {
        let arguments = ["fix", "--zone", "example.com", "--yes", "--wait=0", "--record", record];
        scene.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = start("s1._domainkey.example.com");
    until("the write", || scene.sandbox().is_holding());
    let mut second = start("s2._domainkey.example.com");
    let (line, _rest) = heard(&mut second, "is changing example.com");
    assert!(line.contains("(process "), "{line}");
    scene.sandbox().release();
    Run::from(second.wait_with_output().unwrap()).says("Repaired: 1 record");
    Run::from(first.wait_with_output().unwrap()).says("Repaired: 1 record");
    assert_eq!(scene.record("s2._domainkey.example.com").unwrap()["proxied"], false);
}

#[test]
fn a_program_gets_an_answer_where_nothing_could_begin() {
    let scene = Scene::from("default");
    let (report, run) = scene.json(&["undo", "20200101T000000Z-0000", "--yes"]);
    assert_eq!(report["exit"], run.code.unwrap(), "{report}");
    assert!(report["error"]["message"].as_str().unwrap().contains("20200101T000000Z-0000"), "{report}");
    assert!(report.get("zones").is_none(), "{report}");
}

#[test]
fn a_journal_that_was_cut_off_inside_a_character_is_read_to_its_last_whole_line() {
    let scene = Scene::from("default");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    let folder = std::fs::read_dir(scene.journal_dir()).unwrap();
    let path = folder.map(|entry| entry.unwrap().path()).next().unwrap();
    let mut octets = std::fs::read(&path).unwrap();
    // The line that was being written when the machine went down.
    octets.extend("{\"intent\":{\"zone\":\"b\u{fc}".as_bytes());
    octets.pop();
    std::fs::write(&path, octets).unwrap();
    scene.run(&["undo", "--yes", "--wait=0"]).says("3 changes");
    assert_eq!(scene.record("em1234.example.com").unwrap()["proxied"], true);
}

#[test]
fn a_run_that_was_refused_leaves_nothing_to_put_back() {
    let scene = Scene::from("default").token("read-only");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]).exits(3);
    // Somebody mends a record by hand right afterwards.
    assert!(scene.sandbox().edit("em1234.example.com", r#"{"proxied":false}"#));
    let scene = scene.token("full");
    scene.run(&["undo", "--yes", "--wait=0"]);
    assert_eq!(scene.record("em1234.example.com").unwrap()["proxied"], false, "it is left as it is");
    assert_eq!(scene.writes().iter().filter(|(method, _, _)| method == "PATCH").count(), 0);
}
