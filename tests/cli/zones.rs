//! Several zones: every page, several in flight, one failure never stops the others.

use cf_domauth::sandbox::{self, Options, many};

use crate::scene::Scene;

#[test]
fn every_page_of_zones_is_read_in_as_few_calls_as_there_are() {
    let scene = Scene::of(many(120, 10).unwrap(), Options::default());
    let (report, run) = scene.json(&["audit", "--all-zones"]);
    run.exits(1);
    assert_eq!(report["summary"]["zones"], 120);
    assert_eq!(report["summary"]["api_calls"], 3 + 120 + 1, "the audit log is read once");
    assert_eq!(report["summary"]["findings"], 360);
    let names: Vec<&str> =
        report["zones"].as_array().unwrap().iter().map(|zone| zone["zone"].as_str().unwrap()).collect();
    assert!(names.is_sorted());
}

#[test]
fn several_zones_are_fixed_in_one_run() {
    let scene = Scene::of(many(5, 12).unwrap(), Options::default());
    let (report, run) = scene.json(&["fix", "--all-zones", "--yes"]);
    run.exits(0);
    assert_eq!(
        (report["summary"]["applied"].as_u64(), report["summary"]["confirmed"].as_u64()),
        (Some(15), Some(15))
    );
    assert_eq!(scene.writes().len(), 5, "one batch a zone");
    assert_eq!(scene.journals().len(), 1, "one journal a run");
}

#[test]
fn a_zone_that_is_not_found_does_not_stop_the_others() {
    let scene = Scene::from("default");
    let arguments = ["fix", "--zone", "nowhere.example", "--zone", "example.com", "--yes"];
    let (report, run) = scene.json(&arguments);
    run.exits(6);
    assert_eq!(report["summary"]["applied"], 3);
    let failed = &report["zones"][0];
    assert_eq!(
        (failed["zone"].as_str(), failed["error"]["exit"].as_u64()),
        (Some("nowhere.example"), Some(3))
    );
}

#[test]
fn an_internationalised_zone_is_found_in_either_spelling_by_either_spelling() {
    for finds_unicode_only in [false, true] {
        let text = format!(
            r#"
            description = "an internationalised zone"
            finds_unicode_only = {finds_unicode_only}
            [[zone]]
            name = "bücher.example"
            [[zone.record]]
            name = "pm-bounces"
            type = "CNAME"
            content = "pm.mtasv.net"
            proxied = true
            [[zone.record]]
            name = "_dmarc"
            type = "TXT"
            content = "v=DMARC1; p=none"
            "#
        );
        for given in ["bücher.example", "xn--bcher-kva.example"] {
            let scene = Scene::of(sandbox::read(&text).unwrap(), Options::default());
            let run = scene.run(&["fix", "--zone", given, "--yes"]).exits(0);
            run.says("bücher.example").says("ok pm-bounces").says("Repaired: 1 record");
            let lists =
                scene.sandbox().calls().iter().filter(|(_, path, _)| path.contains("/zones?")).count();
            assert_eq!(lists, 1, "{given}");
        }
    }
}

#[test]
fn the_api_names_zones_in_unicode_and_records_in_a_labels() {
    let text = "description = \"x\"\n[[zone]]\nname = \"bücher.example\"\n\
                [[zone.record]]\nname = \"@\"\ntype = \"TXT\"\ncontent = \"x\"\n";
    let scene = Scene::of(sandbox::read(text).unwrap(), Options::default());
    let name = &scene.record("xn--bcher-kva.example").unwrap()["name"];
    assert_eq!(name, "xn--bcher-kva.example");
    let (report, _) = scene.json(&["audit", "--all-zones"]);
    assert_eq!(report["zones"][0]["zone"], "xn--bcher-kva.example");
}

#[test]
fn a_zone_named_twice_is_worked_on_once() {
    let scene = Scene::from("default");
    let (report, _) = scene.json(&["audit", "--zone", "example.com", "--zone", "www.example.com"]);
    assert_eq!(report["summary"]["zones"], 1);
}

#[test]
fn a_record_below_a_zone_in_a_zone_belongs_to_the_inner_one() {
    let scene = Scene::from("two-zones");
    let arguments = [
        "audit",
        "--all-zones",
        "--record",
        "send.mail.example.com",
        "--record",
        "s1._domainkey.example.com",
    ];
    let (report, run) = scene.json(&arguments);
    run.exits(1);
    let codes: Vec<String> = crate::scene::lines(&report, "findings", ["code", "name"]);
    assert_eq!(codes, ["proxied s1._domainkey.example.com", "proxied send.mail.example.com"]);
}

#[test]
fn record_restricts_every_zone_also_one_with_an_expectation() {
    let scene = Scene::from("two-zones");
    let expect = "em1234.example.com=u1446226.wl123.sendgrid.net";
    let arguments =
        ["fix", "--all-zones", "--dry-run", "--record", "send.mail.example.com", "--expect", expect];
    let (report, _) = scene.json(&arguments);
    let planned = crate::scene::lines(&report, "changes", ["action", "name"]);
    assert_eq!(planned, ["set-dns-only em1234.example.com", "set-dns-only send.mail.example.com"]);
}

#[test]
fn more_changes_than_one_run_may_make_are_refused_and_told_how() {
    let scene = Scene::of(many(3, 5).unwrap(), Options::default());
    let fix = |more: &[&str]| scene.run(&[&["fix", "--all-zones", "--yes", "--wait=0"], more].concat());
    fix(&["--max-changes", "8"]).exits(2).says("9 changes in one run: more than 8").says("--max-changes 9");
    fix(&["--max-zones", "2"])
        .exits(2)
        .says("changes in 3 zones in one run: more than 2")
        .says("--max-zones 3");
    assert!(scene.writes().is_empty() && scene.journals().is_empty());
    scene.run(&["fix", "--all-zones", "--dry-run", "--max-changes", "8"]).exits(1);
    fix(&["--max-changes", "9", "--max-zones", "3"]);
    assert_eq!(scene.writes().len(), 3);
}

#[test]
fn two_hundred_changes_in_several_zones_are_enough_for_one_run() {
    let scene = Scene::of(many(67, 3).unwrap(), Options::default());
    scene.run(&["fix", "--all-zones", "--yes"]).exits(2).says("201 changes in one run: more than 200");
    assert!(scene.writes().is_empty());
}

#[test]
fn machines_share_all_zones_without_a_word() {
    let scene = Scene::of(many(20, 3).unwrap(), Options::default());
    let part = |which: &str| {
        let (report, _) = scene.json(&["audit", "--all-zones", "--shard", which]);
        let zones = report["zones"].as_array().unwrap();
        zones.iter().map(|zone| zone["zone"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let parts = ["1/3", "2/3", "3/3"].map(part);
    assert!(parts.iter().all(|part| !part.is_empty()), "{parts:?}");
    let mut all = parts.concat();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), parts.concat().len()), (20, 20));
    for bad in ["0/0", "0/3", "4/3", "1", "a/b"] {
        scene.run(&["audit", "--all-zones", "--shard", bad]).exits(2).says("with K from 1 to N");
    }
    scene.run(&["audit", "example.com", "--shard", "1/2"]).exits(2).says("cannot be used with '--shard");
}
