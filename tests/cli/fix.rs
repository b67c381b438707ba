//! `fix`: what is changed, what is left alone, and what is written down.

use std::time::Duration;

use cf_domauth::model::journal::{self, Line};
use cf_domauth::sandbox::{Options, many};
use serde_json::Value;

use crate::scene::{Scene, lines};

const FIX: [&str; 5] = ["fix", "--zone", "example.com", "--yes", "--wait=20s"];

#[test]
fn only_the_proxy_status_of_mail_records_changes() {
    let scene = Scene::from("default");
    let before: Vec<Value> = ["em1234", "url1234", "www", "fm1._domainkey"]
        .map(|name| scene.record(&format!("{name}.example.com")).unwrap())
        .into();
    scene.run(&FIX).exits(0);
    let writes = scene.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    let body: Value = serde_json::from_str(&writes[0].2).unwrap();
    let patches = body["patches"].as_array().unwrap();
    assert_eq!(patches.len(), 3);
    for patch in patches {
        let members: Vec<&String> = patch.as_object().unwrap().keys().collect();
        assert_eq!(members, ["id", "proxied"], "nothing but what changes is sent");
    }
    let after = |name: &str| scene.record(&format!("{name}.example.com")).unwrap();
    assert_eq!(after("em1234")["proxied"], false);
    assert_eq!([after("url1234"), after("www"), after("fm1._domainkey")], before[1..]);
}

#[test]
fn a_single_change_is_a_single_patch() {
    let scene = Scene::from("default");
    let run = ["fix", "--zone", "example.com", "--yes", "--record", "s1._domainkey.example.com"];
    scene.run(&run).exits(0);
    let writes = scene.writes();
    assert_eq!(writes.len(), 1);
    assert_eq!((writes[0].0.as_str(), writes[0].2.as_str()), ("PATCH", r#"{"proxied":false}"#));
    assert_eq!(scene.record("s2._domainkey.example.com").unwrap()["proxied"], true);
}

#[test]
fn a_lifetime_a_comment_and_tags_survive() {
    let scene = Scene::from("flattened-record");
    scene.run(&["fix", "--zone", "example.com", "--yes"]).exits(0);
    let record = scene.record("s1._domainkey.example.com").unwrap();
    assert_eq!((record["ttl"].as_u64(), record["tags"][0].as_str()), (Some(600), Some("owner:mail")));
    assert_eq!(record["settings"]["flatten_cname"], false);
    let retargeted = Scene::from("wrong-target");
    let expect = "s1._domainkey.example.com=s1.domainkey.u1446226.wl123.sendgrid.net";
    retargeted.run(&["fix", "--zone", "example.com", "--yes", "--expect", expect]).exits(0);
    let record = retargeted.record("s1._domainkey.example.com").unwrap();
    assert_eq!((record["ttl"].as_u64(), record["comment"].as_str()), (Some(3_600), Some("copied by hand")));
}

#[test]
fn a_created_record_is_dns_only_with_an_automatic_lifetime() {
    let scene = Scene::from("deleted");
    let expect = "em1234.example.com=u1446226.wl123.sendgrid.net";
    let only = "--record=em1234.example.com";
    scene.run(&["fix", "--zone", "example.com", "--yes", only, "--expect", expect]).exits(0);
    let record = scene.record("em1234.example.com").unwrap();
    assert_eq!((record["proxied"].as_bool(), record["ttl"].as_u64()), (Some(false), Some(1)));
}

#[test]
fn the_whole_old_record_is_on_disk_before_the_first_write() {
    let scene = Scene::from("default");
    let old = scene.sandbox().records_at("em1234.example.com").remove(0);
    scene.run(&FIX).exits(0);
    let journals = scene.journals();
    assert_eq!(journals.len(), 1);
    let lines = journal::read(&journals[0]).unwrap();
    assert!(matches!(lines.first(), Some(Line::Journal { version: 2, .. })));
    let Some(Line::Intent { changes, zone, .. }) = lines.get(1) else { panic!("{lines:?}") };
    assert_eq!((zone.as_str(), changes.len()), ("example.com", 3));
    let em = changes.iter().find(|change| change.name == "em1234.example.com").unwrap();
    assert_eq!(em.before.as_ref().unwrap().get(), old, "byte for byte");
    assert!(matches!(lines.last(), Some(Line::End { exit: 0 })));
}

#[cfg(unix)]
#[test]
fn the_journal_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::from("default");
    scene.run(&FIX).exits(0);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = std::fs::read_dir(scene.journal_dir()).unwrap().next().unwrap().unwrap().path();
    assert_eq!((mode(&file), mode(&scene.journal_dir())), (0o600, 0o700));
}

#[test]
fn without_a_journal_nothing_is_changed() {
    let scene = Scene::from("default");
    // A file where the folder belongs: not even root can write below it.
    std::fs::write(scene.journal_dir(), "in the way").unwrap();
    scene.run(&FIX).exits(2).says("the journal cannot be written").says("--state-dir");
    assert!(scene.writes().is_empty());
    assert_eq!(scene.record("em1234.example.com").unwrap()["proxied"], true);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_changed() {
    let scene = Scene::from("default");
    let run = scene.run(&["fix", "--zone", "example.com"]).exits(2);
    run.says("3 changes,").says("--yes");
    assert!(scene.writes().is_empty());
    assert!(scene.journals().is_empty());
    let (report, run) = scene.json(&["fix", "--zone", "example.com"]);
    run.exits(2).says("--yes");
    assert_eq!((report["exit"].as_u64(), report["summary"]["applied"].as_u64()), (Some(2), Some(0)));
}

#[test]
fn a_second_run_finds_nothing_to_do_and_confirms() {
    let scene = Scene::from("default");
    scene.run(&FIX).exits(0);
    let (report, run) = scene.json(&FIX);
    run.exits(0);
    assert!(lines(&report, "changes", ["action", "name"]).is_empty());
    let verdicts = lines(&report, "confirmations", ["verdict", "name"]);
    assert_eq!(verdicts.len(), 6, "{verdicts:?}");
    assert!(verdicts.iter().all(|line| line.starts_with("confirmed ")), "{verdicts:?}");
    assert_eq!(scene.writes().len(), 1);
}

#[test]
fn sixty_changes_in_a_large_zone_take_six_calls() {
    let scene = Scene::of(many(1, 3_500).unwrap(), Options::default());
    let expect: Vec<String> =
        (0..57).map(|n| format!("--expect=k{n}._domainkey.example.com=k{n}.keys.mailer.example")).collect();
    let arguments: Vec<&str> = ["fix", "--zone", "example.com", "--yes", "--wait=0"]
        .into_iter()
        .chain(expect.iter().map(String::as_str))
        .collect();
    let (report, _) = scene.json(&arguments);
    assert_eq!(report["summary"]["applied"], 60, "{report}");
    assert_eq!(report["summary"]["api_calls"], 6);
    assert_eq!(scene.sandbox().calls().len(), 6, "the report counts what the server saw");
}

#[test]
fn the_command_that_carries_out_a_plan_can_be_typed_as_it_is_told() {
    let scene = Scene::from("default");
    let plan = scene.state_dir().join("my plan.json");
    let fix = ["fix", "--zone", "example.com", "--save-plan", plan.to_str().unwrap()];
    scene.run(&fix).says(&format!("cf-domauth fix --plan '{}'`", plan.display()));
}

#[test]
fn a_zone_with_more_changes_than_a_batch_holds_takes_several() {
    let scene = Scene::from("deleted");
    let expect: Vec<String> =
        (0..180).map(|n| format!("--expect=k{n}._domainkey.example.com=k{n}.keys.mailer.example")).collect();
    let more: Vec<String> = (180..205)
        .map(|n| format!("--expect=k{n}._domainkey.example.com=k{n}.keys.mailer.example"))
        .collect();
    let arguments: Vec<&str> = ["fix", "--zone", "example.com", "--yes", "--wait=0"]
        .into_iter()
        .chain(expect.iter().chain(&more).map(String::as_str))
        .collect();
    let (report, run) = scene.json(&arguments);
    // A Free zone takes 200 operations a batch and holds 200 records: the second batch is over quota,
    // and the first stays.
    assert_eq!(scene.writes().len(), 1, "the first batch is already refused as a whole");
    run.exits(1).says("quota");
    assert_eq!(report["summary"]["applied"], 0);
}

#[test]
fn what_was_right_before_says_nothing_about_what_was_changed() {
    let scene = Scene::from("default");
    let run = scene.run(&[
        "fix",
        "--zone=example.com",
        "--yes",
        "--wait=0",
        "--record=k._domainkey.example.com",
        "--expect=k._domainkey.example.com=nowhere.mailer.test",
        "--expect=fm1._domainkey.example.com=fm1.example.com.dkim.fmhosted.com",
    ]);
    run.says("Repaired: 1 record.").never_says("seen by every server that was asked");
}

#[test]
fn a_plan_is_never_written_over_by_a_report() {
    let scene = Scene::from("default");
    let plan = scene.state_dir().join("plan.json");
    let path = plan.to_str().unwrap();
    scene.run(&["fix", "--zone=example.com", "--save-plan", path]);
    let saved = std::fs::read_to_string(&plan).unwrap();
    let beside = plan.parent().unwrap().join(".").join("plan.json");
    for option in [&["--report", path][..], &["--output", beside.to_str().unwrap()]] {
        scene.run(&[&["fix", "--yes", "--plan", path][..], option].concat()).exits(2).says("over the plan");
        assert_eq!(std::fs::read_to_string(&plan).unwrap(), saved);
    }
    scene.run(&["fix", "--plan", path, "--yes", "--max-changes=1"]).exits(2).says("--max-changes");
    assert!(scene.writes().is_empty());
}

#[test]
fn why_all_changes_were_refused_is_told_once() {
    let scene = Scene::from("default").token("read-only");
    let run = scene.run(&["fix", "--zone", "example.com", "--yes"]).exits(3);
    assert_eq!(run.stdout.matches("could not change the records").count(), 1, "{}", run.stdout);
    run.says("give the token the permission Zone > DNS > Edit");
}

#[test]
fn the_wait_ends_when_all_is_right() {
    let scene = Scene::from("default");
    let started = std::time::Instant::now();
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=5m"]).exits(0);
    assert!(started.elapsed() < Duration::from_mins(5));
}

#[test]
fn what_a_resolver_still_holds_is_named_with_its_time() {
    let scene = Scene::with("default", Options { real_ttl: true, ..Options::default() });
    let scene = scene.set("COLUMNS", "200");
    let run = scene.run(&[
        "fix",
        "--zone",
        "example.com",
        "--yes",
        "--wait=0",
        "--record",
        "s2._domainkey.example.com",
    ]);
    run.exits(5).says("  old answer: 127.0.0.1:").says("public 0/4 until ");
    let (report, run) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=2s"]);
    run.exits(5);
    let one = &report["zones"][0]["confirmations"][0];
    assert_eq!(one["verdict"], "stale");
    let left = one["servers"][1]["expires_in_s"].as_u64().unwrap();
    assert!((600..=1_800).contains(&left), "{left}");
    let findings = lines(&report, "findings", ["code", "name"]);
    assert!(findings.contains(&"unconfirmed em1234.example.com".to_owned()), "{findings:?}");
}

#[test]
fn one_bad_change_is_named_and_the_others_are_not_called_refused() {
    let scene = Scene::from("default");
    let bad = "em9.example.com=a~b.sendgrid.net";
    let (report, run) = scene.json(&["fix", "--zone", "example.com", "--yes", "--wait=0", "--expect", bad]);
    run.exits(1);
    let outcomes = lines(&report, "changes", ["outcome", "name"]);
    assert!(outcomes.contains(&"refused em9.example.com".to_owned()), "{outcomes:?}");
    assert!(outcomes.contains(&"not-attempted em1234.example.com".to_owned()), "{outcomes:?}");
}

#[test]
fn a_report_that_cannot_be_written_is_noticed_before_anything_is_changed() {
    let scene = Scene::from("default");
    let arguments = [&FIX[..], &["--format=json", "--output=/nowhere/report.json"]].concat();
    scene.run(&arguments).exits(2).says("could not be written");
    assert!(scene.writes().is_empty());
}

#[test]
fn the_handle_of_a_created_record_is_in_the_journal() {
    let scene = Scene::from("deleted");
    let expect = "em1234.example.com=u1446226.wl123.sendgrid.net";
    let only = "--record=em1234.example.com";
    scene.run(&["fix", "--zone", "example.com", "--yes", only, "--expect", expect]).exits(0);
    let id = scene.record("em1234.example.com").unwrap()["id"].as_str().unwrap().to_owned();
    let lines = journal::read(&scene.journals()[0]).unwrap();
    let Some(Line::Reply { outcomes, .. }) = lines.get(2) else { panic!("{lines:?}") };
    assert_eq!(outcomes[0].record_id.as_deref(), Some(id.as_str()), "from the reply itself");
}

#[test]
fn the_record_of_a_stranger_under_a_shared_suffix_is_not_overwritten() {
    let text = r#"
        description = "a stranger's record"
        [[zone]]
        name = "example.com"
        [[zone.record]]
        name = "x._domainkey"
        type = "CNAME"
        content = "dkim.vendor-a.co.uk"
    "#;
    let scene = Scene::of(cf_domauth::sandbox::read(text).unwrap(), Options::default());
    let expect = "x._domainkey.example.com=dkim.vendor-b.co.uk";
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0", "--expect", expect]).says("taken");
    assert!(scene.writes().is_empty());
}

#[test]
fn a_likely_return_path_is_changed_once_it_is_named() {
    let scene = Scene::from("white-label");
    let proxied = || scene.record("half.example.com").unwrap()["proxied"].clone();
    scene.run(&["fix", "--zone", "example.com", "--yes"]).says("it is likely a return path");
    assert_eq!(proxied(), true, "--yes alone is not enough");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--record", "half.example.com"]);
    assert_eq!(proxied(), false);
}
