//! Deleted records: got back from whatever is left of them, and put away again by `undo`.

use std::io::Write as _;
use std::process::Stdio;

use cf_domauth::sandbox::{Options, read};
use serde_json::Value;

use crate::sandbox_http::call;
use crate::scene::{Run, Scene, lines, until};

/// A healthy zone: a mail set of three, and what surrounds it.
const HEALTHY: &str = r#"
    description = "all in order"
    AUDIT
    [[zone]]
    name = "example.com"
    plan = "pro"
    CREATED
    [[zone.record]]
    name = "em1234"
    type = "CNAME"
    content = "u1446226.wl123.sendgrid.net"
    ttl = 600
    comment = "do not touch"
    tags = ["owner:mail"]
    [[zone.record]]
    name = "s1._domainkey"
    type = "CNAME"
    content = "s1.domainkey.u1446226.wl123.sendgrid.net"
    [[zone.record]]
    name = "s2._domainkey"
    type = "CNAME"
    content = "s2.domainkey.u1446226.wl123.sendgrid.net"
    [[zone.record]]
    name = "www"
    type = "CNAME"
    content = "site.hosting.example"
    proxied = true
    [[zone.record]]
    name = "@"
    type = "TXT"
    content = "v=spf1 include:_spf.example.net ~all"
    [[zone.record]]
    name = "_dmarc"
    type = "TXT"
    content = "v=DMARC1; p=none"
"#;

const NAMES: [&str; 3] = ["em1234.example.com", "s1._domainkey.example.com", "s2._domainkey.example.com"];
const TARGETS: [&str; 3] = [
    "u1446226.wl123.sendgrid.net",
    "s1.domainkey.u1446226.wl123.sendgrid.net",
    "s2.domainkey.u1446226.wl123.sendgrid.net",
];
const RESTORE: [&str; 6] = ["fix", "--zone", "example.com", "--yes", "--restore", "--wait=20s"];
const UNDO: [&str; 3] = ["undo", "--yes", "--wait=20s"];

fn scene(audit: &str, created: &str) -> Scene {
    let text = HEALTHY.replace("AUDIT", audit).replace("CREATED", created);
    Scene::of(read(&text).unwrap(), Options::default())
}

fn healthy() -> Scene {
    scene("", "")
}

fn delete(scene: &Scene, names: &[&str]) {
    for name in names {
        assert!(scene.sandbox().delete(name), "{name}");
    }
}

/// Every record of the zone without what Cloudflare alone decides.
pub(crate) fn writable(scene: &Scene, zone: &str) -> Vec<Value> {
    let records = scene.sandbox().zone_snapshot(zone);
    let mut records: Vec<Value> = records
        .iter()
        .map(|text| {
            let mut record: Value = serde_json::from_str(text).unwrap();
            for own in ["id", "created_on", "modified_on"] {
                record.as_object_mut().unwrap().remove(own);
            }
            record
        })
        .collect();
    records.sort_by_key(ToString::to_string);
    records
}

fn with_input(scene: &Scene, arguments: &[&str], input: &str) -> Run {
    let mut command = scene.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Run::from(child.wait_with_output().unwrap())
}

/// Checks that all three are back, DNS only and pointing right, and that `undo` takes them away again.
#[track_caller]
fn are_back_and_go(scene: &Scene, lost: &[Value]) {
    for (name, target) in NAMES.iter().zip(TARGETS) {
        let record = scene.record(name).unwrap_or_else(|| panic!("{name} is not back"));
        assert_eq!((record["content"].as_str(), record["proxied"].as_bool()), (Some(target), Some(false)));
    }
    scene.run(&UNDO).exits(0).says("Put back: ").says("  deleted  own servers 1/1  public 4/4");
    assert_eq!(writable(scene, "example.com"), lost, "undo puts the zone back");
}

#[test]
fn from_what_the_platform_shows_pasted_into_standard_input() {
    let scene = healthy();
    delete(&scene, &NAMES);
    let lost = writable(&scene, "example.com");
    let paste = "Add these records to your DNS\n\nType\tHost\tValue\n\
        CNAME\tem1234.example.com\tu1446226.wl123.sendgrid.net\n\
        CNAME\ts1._domainkey\ts1.domainkey.u1446226.wl123.sendgrid.net.\n\
        CNAME\t\u{201c}s2._domainkey\u{201d}\ts2.domainkey.u1446226.wl123.sendgrid.net\u{a0}\n";
    let run = with_input(
        &scene,
        &["fix", "--zone", "example.com", "--yes", "--expect-file=-", "--wait=20s"],
        paste,
    );
    run.exits(0)
        .says("standard input, read as pasted text: 3 records understood")
        .says("Repaired: 3 records");
    are_back_and_go(&scene, &lost);
}

#[test]
fn from_an_export_of_the_zone() {
    let scene = healthy();
    let zone = scene.sandbox().zone_ids()[0].1.clone();
    let export = call(&scene, "full", &format!("GET /zones/{zone}/dns_records/export"), "");
    delete(&scene, &NAMES);
    let lost = writable(&scene, "example.com");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), export).unwrap();
    let path = format!("--expect-file={}", file.path().display());
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=20s", &path]).exits(0);
    run.says("read as");
    assert_eq!(scene.record("www.example.com").unwrap()["proxied"], true, "the web site stays as it is");
    assert_eq!(scene.record("em1234.example.com").unwrap()["ttl"], 600, "the export tells the lifetime");
    are_back_and_go(&scene, &lost);
}

#[test]
fn from_the_last_snapshot() {
    // Without the permission for the audit log, so that the snapshot is all there is.
    let scene = healthy().token("no-account");
    scene.run(&["snapshot", "--zone", "example.com"]).exits(0).says("3 healthy records remembered");
    delete(&scene, &NAMES);
    let lost = writable(&scene, "example.com");
    let (report, audit) = scene.json(&["audit", "--zone", "example.com"]);
    audit.exits(1);
    let mut told = vec!["missing error"; 3];
    told.push("audit-log-unread warning");
    assert_eq!(lines(&report, "findings", ["code", "severity"]), told);
    assert!(report["zones"][0]["findings"][0]["evidence"].to_string().contains("last seen healthy 20"));
    scene.run(&RESTORE).exits(0);
    are_back_and_go(&scene, &lost);
}

#[test]
fn from_the_older_audit_log() {
    let scene = healthy();
    delete(&scene, &NAMES);
    let lost = writable(&scene, "example.com");
    let run = scene.run(&RESTORE).exits(0);
    run.says("Cloudflare's audit log (deleted 20").says("by colleague@example.com in the dashboard");
    let asked = scene.sandbox().calls();
    assert!(asked.iter().any(|(_, path, _)| path.contains("/audit_logs?")));
    assert!(!asked.iter().any(|(_, path, _)| path.contains("/logs/audit?")), "the older log told everything");
    are_back_and_go(&scene, &lost);
}

#[test]
fn from_older_entries_where_a_deletion_does_not_say_what_was_deleted() {
    let scene = scene("audit_log = \"without-old-values\"", "");
    delete(&scene, &NAMES);
    let lost = writable(&scene, "example.com");
    scene.run(&RESTORE).exits(0);
    are_back_and_go(&scene, &lost);
}

#[test]
fn from_the_newer_audit_log() {
    // Created before the older log begins, so that it knows of the deletion and not what was deleted.
    let scene = scene("audit_log = \"without-old-values\"", "created_on = \"2024-01-01T00:00:00Z\"");
    let zone = scene.sandbox().zone_ids()[0].1.clone();
    let ids = NAMES.map(|name| serde_json::json!({"id": scene.record(name).unwrap()["id"]}));
    let body = serde_json::json!({"deletes": ids}).to_string();
    call(&scene, "full", &format!("POST /zones/{zone}/dns_records/batch"), &body);
    let lost = writable(&scene, "example.com");
    let run = scene.run(&RESTORE).exits(0);
    run.says("through the API token \"full\"");
    assert!(scene.sandbox().calls().iter().any(|(_, path, _)| path.contains("/logs/audit?")));
    are_back_and_go(&scene, &lost);
}

#[test]
fn from_the_sibling_that_survived() {
    let scene = healthy().token("no-account");
    delete(&scene, &NAMES[2..]);
    let lost = writable(&scene, "example.com");
    let (report, audit) = scene.json(&["audit", "--zone", "example.com"]);
    audit.exits(1);
    let told = lines(&report, "findings", ["code", "name"]);
    assert_eq!(told, ["incomplete-set s2._domainkey.example.com", "audit-log-unread example.com"]);
    let unread = report["zones"][0]["findings"][1].to_string();
    assert!(
        unread.contains("Account > Account Settings > Read"),
        "the missing permission is named: {unread}"
    );
    scene.run(&RESTORE).exits(0).says("proposed by the rest of its set (s1._domainkey.example.com)");
    are_back_and_go(&scene, &lost);
}

#[test]
fn what_is_only_proposed_is_not_created_by_yes_alone() {
    let scene = healthy();
    delete(&scene, &NAMES[2..]);
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]).exits(1);
    run.says("1 re-created record left out");
    assert!(scene.writes().is_empty());
}

#[test]
fn a_deletion_that_looks_deliberate_is_said_to_look_so() {
    let text = include_str!("../../fixtures/scenarios/deleted-long-ago.toml");
    let scene = Scene::of(read(text).unwrap(), Options::default());
    let run = scene.run(&["audit", "--zone", "example.com"]).exits(1);
    run.says("this looks deliberate").says("if you left that provider, leave it");
}

#[test]
fn deleted_records_are_found_without_being_asked_for() {
    let scene = Scene::from("deleted");
    let (report, audit) = scene.json(&["audit", "--zone", "example.com"]);
    audit.exits(1);
    assert_eq!(lines(&report, "findings", ["code", "severity"]), vec!["missing warning"; 3]);
    let evidence = report["zones"][0]["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("by intern@example.com in the dashboard"), "{evidence}");
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]).exits(1);
    run.says("3 re-created records left out");
    assert!(scene.writes().is_empty());
    let all = scene.run(&["audit", "--all-zones"]).exits(1);
    all.says("em1234.example.com was deleted");
}

#[test]
fn an_account_s_log_is_read_once_for_all_zones() {
    let scene = Scene::from("two-zones");
    let logs = |scene: &Scene| {
        let calls = scene.sandbox().calls().into_iter();
        calls.filter(|(_, path, _)| path.contains("/audit_logs?")).count()
    };
    assert!(scene.sandbox().delete("s1._domainkey.example.com"));
    assert!(scene.sandbox().delete("send.mail.example.com"));
    let (report, _) = scene.json(&["audit", "--all-zones"]);
    assert_eq!(logs(&scene), 1);
    let missing = |place: usize| report["zones"][place]["findings"].to_string();
    assert!(missing(0).contains("s1._domainkey.example.com was deleted"), "{report}");
    assert!(missing(1).contains("send.mail.example.com was deleted"), "{report}");
    assert!(!missing(0).contains("send.mail"), "the inner zone's record is the inner zone's: {report}");
}

#[test]
fn a_log_that_may_not_be_read_is_never_an_all_clear() {
    let scene = Scene::from("deleted").token("no-account");
    let run = scene.run(&["audit", "--zone", "example.com"]).exits(1);
    run.says("explain audit-log-unread")
        .says("Account > Account Settings > Read")
        .never_says("nothing wrong");
    let run = scene.run(&["audit", "--all-zones"]).exits(1);
    run.says("explain audit-log-unread").never_says("nothing wrong");
}

#[test]
fn a_repair_does_not_need_the_log() {
    let scene = Scene::from("default").token("no-account");
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=20s"]).exits(0);
    run.says("explain audit-log-unread").says("Repaired: 3 records");
}

#[test]
fn that_no_mail_record_was_deleted_is_said_only_where_both_logs_were_read() {
    let claim = "the audit log tells of no deleted mail record";
    let scene = healthy();
    let plain = scene.run(&["audit", "--zone", "example.com"]).exits(0);
    plain.never_says(claim);
    scene.run(&["audit", "--zone", "example.com", "--deleted"]).exits(0).says(claim);
    let calls = scene.sandbox().calls();
    assert!(calls.iter().any(|(_, path, _)| path.contains("/logs/audit?")), "{calls:?}");
    let silent = Scene::from("silent-logs");
    let run = silent.run(&["audit", "--zone", "example.com", "--deleted"]).exits(1);
    run.never_says(claim).says("does not prove that none was deleted").says("names SendGrid as a sender");
}

#[test]
fn a_deletion_that_no_log_describes_is_never_an_all_clear() {
    // Made before both logs begin, and deleted one by one: both logs know that, and not what it was.
    let scene = scene("audit_log = \"without-old-values\"", "created_on = \"2024-01-01T00:00:00Z\"");
    let zone = scene.sandbox().zone_ids()[0].1.clone();
    for name in NAMES {
        let id = scene.record(name).unwrap()["id"].as_str().unwrap().to_owned();
        call(&scene, "full", &format!("DELETE /zones/{zone}/dns_records/{id}"), "");
    }
    let run = scene.run(&["audit", "--zone", "example.com", "--deleted"]);
    run.says("without saying what they were").never_says("tells of no deleted mail record");
}

#[test]
fn a_record_that_was_moved_or_corrected_is_not_lost() {
    let scene = healthy();
    for (old, new) in [("em1234", "em5678"), ("s1._domainkey", "s1._domainkey")] {
        let target =
            scene.record(&format!("{old}.example.com")).unwrap()["content"].as_str().unwrap().to_owned();
        assert!(scene.sandbox().delete(&format!("{old}.example.com")));
        assert!(scene.sandbox().publish(&format!("{new}.example.com"), &target));
    }
    scene.run(&["audit", "--zone", "example.com"]).exits(0).never_says("was deleted");
}

#[test]
fn a_record_that_was_proxied_when_it_was_deleted_comes_back_dns_only() {
    let scene = Scene::from("deleted");
    scene.run(&RESTORE).exits(0);
    assert_eq!(scene.record("em1234.example.com").unwrap()["proxied"], false);
}

#[test]
fn a_broken_state_is_never_remembered_as_healthy() {
    let scene = Scene::from("default");
    let run = scene.run(&["snapshot", "--zone", "example.com"]).exits(1);
    run.says("3 healthy records remembered");
    let text = remembered(&scene);
    assert!(text.contains("fm1._domainkey.example.com") && !text.contains("em1234.example.com"), "{text}");
    // A successful fix refreshes it, and what is gone afterwards is told by it.
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=20s"]).exits(0);
    let text = remembered(&scene);
    assert!(text.contains("em1234.example.com"), "{text}");
    delete(&scene, &["em1234.example.com"]);
    let run = scene.run(&["snapshot", "--zone", "example.com"]).exits(1);
    run.says("em1234.example.com is missing or not healthy now and stays remembered");
    let run = scene.run(&["snapshot", "--zone", "example.com", "--forget", "em1234.example.com"]);
    run.says("em1234.example.com is forgotten");
    assert!(!remembered(&scene).contains("em1234.example.com"));
}

#[test]
fn a_long_audit_log_is_read_page_by_page() {
    let scene = healthy();
    delete(&scene, &NAMES[..1]);
    for number in 0..1_100 {
        assert!(scene.sandbox().edit("www.example.com", &format!("{{\"comment\":\"{number}\"}}")));
    }
    scene.run(&["fix", "--zone", "example.com", "--yes", "--restore", "--wait=0"]).says("Repaired: 1 record");
    let pages = scene.sandbox().calls().into_iter().filter(|(_, path, _)| path.contains("/audit_logs?"));
    assert_eq!(pages.count(), 2);
}

#[test]
fn in_a_zone_that_the_world_does_not_ask_nothing_is_healthy() {
    let scene = Scene::from("partial-zone");
    scene.run(&["snapshot", "--zone", "example.com"]).exits(1).says("no healthy records remembered");
    let scene = Scene::from("flattened-zone");
    scene.run(&["snapshot", "--zone", "example.com"]).exits(1).says("no healthy records remembered");
}

fn snapshot_of(scene: &Scene) -> std::path::PathBuf {
    let folder = scene.state_dir().join("snapshot");
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

/// The text of the snapshot.
fn remembered(scene: &Scene) -> String {
    let text = std::fs::read_to_string(snapshot_of(scene)).unwrap();
    crate::schema::SNAPSHOT.checks(&text);
    text
}

#[test]
fn a_new_target_is_accepted_by_taking_a_snapshot() {
    let scene = healthy();
    assert!(scene.sandbox().publish("x._domainkey.example.com", "dkim.mcsv.net"));
    scene.run(&["snapshot", "--zone", "example.com"]).exits(0).says("4 healthy records remembered");
    scene.sandbox().edit("x._domainkey.example.com", r#"{"content":"dkim2.mcsv.net"}"#);
    scene.run(&["audit", "--zone", "example.com"]).exits(1).says("run `cf-domauth snapshot` to remember it");
    // Once the resolvers have forgotten the old target.
    until("the new target in public DNS", || {
        let run = scene.run(&["snapshot", "--zone", "example.com"]);
        run.stdout.contains("4 healthy records remembered")
    });
    scene.run(&["audit", "--zone", "example.com"]).exits(0);
    let run = scene.run(&["snapshot", "--zone", "example.com", "--forget", "y.example.com"]);
    run.says("y.example.com was not remembered in this zone");
}

#[test]
fn a_record_with_nothing_behind_it_is_never_remembered() {
    let scene = healthy();
    assert!(scene.sandbox().publish("dead._domainkey.example.com", "gone.mailer.example"));
    let expect = "--expect=em1234.example.com=u1446226.wl123.sendgrid.net";
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0", expect]).exits(0);
    let text = remembered(&scene);
    assert!(text.contains("s2._domainkey.example.com") && !text.contains("dead."), "{text}");
}

#[test]
fn a_rehearsal_does_not_stumble_over_the_one_before() {
    let scene = healthy();
    let rehearsal = ["fix", "--zone", "example.com", "--sandbox", "--yes", "--wait=20s"];
    scene.run(&rehearsal).exits(0);
    scene.run(&rehearsal).exits(0).never_says("cannot be used");
}

#[test]
fn a_snapshot_of_a_newer_version_is_left_as_it_is() {
    let scene = healthy();
    scene.run(&["snapshot", "--zone", "example.com"]).exits(0);
    let path = snapshot_of(&scene);
    let newer = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\"cf_domauth_snapshot\": 1", "\"cf_domauth_snapshot\": 9");
    std::fs::write(&path, &newer).unwrap();
    scene.run(&["snapshot", "--zone", "example.com"]).exits(2).says("it has version 9").says("later one");
    scene.run(&["audit", "--zone", "example.com"]).exits(0).says("it has version 9");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]).says("it has version 9");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), newer);
}

#[test]
fn input_decides_and_what_the_snapshot_says_is_shown() {
    let scene = healthy();
    scene.run(&["snapshot", "--zone", "example.com"]).exits(0);
    delete(&scene, &["em1234.example.com"]);
    let expect = "--expect=em1234.example.com=u7.wl1.sendgrid.net";
    let run = scene.run(&["fix", "--zone", "example.com", "--dry-run", "-v", expect]).exits(1);
    run.says("+ CNAME u7.wl1.sendgrid.net").says("but the snapshot (last seen healthy");
}

#[test]
fn a_dmarc_policy_in_a_paste_is_created_only_where_there_is_none() {
    let paste = "CNAME em1234.example.com u1446226.wl123.sendgrid.net\nTXT _dmarc v=DMARC1; p=none;\n";
    let arguments = ["fix", "--zone", "example.com", "--yes", "--expect-file=-", "--wait=20s"];
    let scene = Scene::from("no-dmarc-policy");
    with_input(&scene, &arguments, paste).exits(0).says("has no DMARC policy");
    assert_eq!(scene.record("_dmarc.example.com").unwrap()["content"], "v=DMARC1; p=none");
    scene.run(&UNDO).exits(0);
    assert!(scene.record("_dmarc.example.com").is_none());
    let scene = Scene::from("deleted");
    let before = scene.record("_dmarc.example.com");
    with_input(&scene, &arguments, paste).never_says("has no DMARC policy");
    assert_eq!(scene.record("_dmarc.example.com"), before, "a second policy would void the first");
}
