//! `audit`: what it costs and what it asks.

use std::fmt::Write as _;

use cf_domauth::sandbox::{self, Options, many};

use crate::scene::{Scene, lines};

#[test]
fn a_zone_of_3500_records_takes_three_calls() {
    let scene = Scene::of(many(1, 3_500).unwrap(), Options::default());
    let (report, run) = scene.json(&["audit", "--zone", "example.com"]);
    run.exits(1);
    assert_eq!(report["summary"]["api_calls"], 3);
    assert_eq!(scene.sandbox().calls().len(), 3);
    assert_eq!(lines(&report, "findings", ["code", "name"]).len(), 3);
}

#[test]
fn a_name_below_the_apex_finds_its_zone() {
    let scene = Scene::from("two-zones");
    let zone = |name: &str| {
        let (report, _) = scene.json(&["audit", "--zone", name]);
        report["zones"][0]["zone"].as_str().unwrap().to_owned()
    };
    assert_eq!(zone("s1._domainkey.example.com"), "example.com");
    assert_eq!(zone("send.mail.example.com"), "mail.example.com", "the longest zone wins");
}

#[test]
fn settings_are_read_only_where_dns_contradicts_the_api() {
    let settings = |scenario: &str| {
        let scene = Scene::from(scenario);
        scene.run(&["audit", "--zone", "example.com"]);
        scene.sandbox().calls().iter().filter(|(_, path, _)| path.contains("dns_settings")).count()
    };
    assert_eq!(settings("default"), 0);
    assert_eq!(settings("paused-zone"), 0, "the zone itself explains it");
    assert_eq!(settings("flattened-zone"), 1);
    assert_eq!(settings("enforced-dns-only"), 2, "the zone's and the account's");
}

#[test]
fn a_record_that_was_named_but_is_not_there_is_no_good_news() {
    let scene = Scene::from("default");
    let run = scene.run(&["audit", "--zone", "example.com", "--record", "typo.example.com"]).exits(1);
    run.says("typo.example.com is missing").says("--expect typo.example.com=TARGET");
}

#[test]
fn a_healthy_zone_ends_with_0() {
    let scene = Scene::from("default");
    scene.run(&["fix", "--zone", "example.com", "--yes"]).exits(0);
    scene.run(&["audit", "--zone", "example.com"]).exits(0);
}

#[test]
fn a_stale_ds_record_is_named_by_the_tag_of_its_key() {
    let scene = Scene::from("stale-ds");
    scene
        .run(&["audit", "--zone", "example.com"])
        .exits(1)
        .says("the DS record at the registrar is for key 4711; Cloudflare signs with key 42")
        .says("remove the DS record for key 4711");
}

#[test]
fn a_second_copy_of_the_zone_is_told_from_a_domain_that_moved() {
    Scene::from("two-copies")
        .run(&["audit", "--zone", "example.com"])
        .says("another Cloudflare account holds the copy of the zone that counts");
}

#[test]
fn zones_that_share_an_unknown_target_are_all_told_what_stands_there() {
    let zone = |name: &str| {
        format!(
            "[[zone]]\nname = \"{name}\"\n[[zone.record]]\nname = \"bounce\"\ntype = \"CNAME\"\n\
             content = \"key.mailer.example\"\nproxied = true\n"
        )
    };
    let key = "[[elsewhere]]\nname = \"key.mailer.example\"\ntype = \"TXT\"\ncontent = \"{dkim-key}\"\n";
    let zones: String = (0..6).map(|number| zone(&format!("z{number}.example"))).collect();
    let world = sandbox::read(&format!("description = \"one vendor, six customers\"\n{zones}{key}")).unwrap();
    let scene = Scene::of(world, Options::default());
    let (report, _) = scene.json(&["audit", "--all-zones"]);
    let findings = lines(&report, "findings", ["code", "name"]);
    let proxied = findings.iter().filter(|line| line.starts_with("proxied bounce.")).count();
    assert_eq!(proxied, 6, "{findings:?}");
}

#[test]
fn what_a_silent_target_publishes_is_asked_about_and_what_was_not_looked_at_is_counted() {
    let mut zone =
        "example.com. 300 IN SOA ada.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5\n".to_owned();
    let mut add = |name: &str, target: &str, proxied: bool| {
        writeln!(zone, "{name}.example.com. 1 IN CNAME {target}. ; cf_tags=cf-proxied:{proxied}").unwrap();
    };
    add("k1._domainkey", "k1.keys.mailer.example", false);
    add("bounce", "zz-bounces.mailer.example", true);
    for n in 0..501 {
        add(&format!("web{n}"), &format!("site{n}.host.example"), true);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zone.txt");
    std::fs::write(&path, zone).unwrap();
    let scene = Scene::from("default").set("CF_DOMAUTH_RESOLVERS", "").set("CF_DOMAUTH_AUTHORITATIVE", "");
    let arguments = ["audit", "--zone", "example.com", "--sandbox", path.to_str().unwrap()];
    let (report, _) = scene.json(&arguments);
    let zone = &report["zones"][0];
    assert_eq!(zone["not_looked_at"], 2, "the one that keeps company comes first: {}", zone["notes"]);
    let findings = zone["findings"].as_array().unwrap();
    let asked = findings.iter().find(|finding| finding["name"] == "bounce.example.com").unwrap();
    assert_eq!((asked["severity"].as_str(), asked["remedy"].as_str()), (Some("warning"), None), "{asked}");
    assert!(asked["advice"].as_str().unwrap().contains("--record bounce.example.com"), "{asked}");
    scene.run(&arguments).exits(1).says("2 targets not looked at");
}
