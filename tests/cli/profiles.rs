//! Several profiles in one audit.

use std::collections::BTreeSet;

use cf_domauth::sandbox::{Options, many};

use crate::scene::{Run, Scene};

/// A scene with a settings file, and no token in the environment but under other names.
fn scene(profiles: &str) -> Scene {
    let scene = Scene::of(many(4, 3).unwrap(), Options::default());
    let (full, reader) = (scene.sandbox().token("full"), scene.sandbox().token("read-only"));
    std::fs::write(scene.state_dir().join("settings.toml"), profiles).unwrap();
    scene.set("CLOUDFLARE_API_TOKEN", "").set("FULL", &full).set("READER", &reader)
}

fn audit(scene: &Scene, more: &[&str]) -> Run {
    let settings = scene.state_dir().join("settings.toml");
    scene.run(&[&["audit", "--format", "json", "--settings", settings.to_str().unwrap()], more].concat())
}

const TWO: &str = "[profile.reader]\ntoken = { variable = \"READER\" }\n[profile.writer]\ntoken = { variable = \"FULL\" }\n";

#[test]
fn a_zone_that_two_profiles_see_is_looked_at_once_by_the_one_that_may_edit_it() {
    let scene = scene(TWO);
    for more in
        [&["--all-zones", "--all-profiles"][..], &["--all-zones", "--profile=reader", "--profile=writer"]]
    {
        let run = audit(&scene, more).exits(1);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let zones = report["zones"].as_array().unwrap();
        let names: BTreeSet<&str> = zones.iter().map(|zone| zone["zone"].as_str().unwrap()).collect();
        assert_eq!((zones.len(), names.len()), (4, 4), "each once");
        assert!(zones.iter().all(|zone| zone["profile"] == "writer"), "{zones:?}");
    }
    let run = audit(&scene, &["--all-zones", "--profile=reader"]).exits(1);
    assert!(!run.stdout.contains("\"profile\""), "of one profile it is not said");
}

#[test]
fn profiles_with_zones_of_their_own_look_at_those() {
    let text = "[profile.a]\ntoken = { variable = \"READER\" }\nzones = [\"zone-0001.example\", \"zone-0002.example\"]\n\
                [profile.b]\ntoken = { variable = \"FULL\" }\nzones = [\"zone-0002.example\", \"zone-0003.example\"]\n";
    let run = audit(&scene(text), &["--all-profiles"]).exits(1);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let zones = report["zones"].as_array().unwrap().iter();
    let zones: Vec<String> = zones.map(|zone| format!("{} {}", zone["zone"], zone["profile"])).collect();
    let of = |zone: &str, profile: &str| format!("\"zone-{zone}.example\" \"{profile}\"");
    assert_eq!(zones, [of("0001", "a"), of("0002", "a"), of("0003", "b")]);
}

#[test]
fn each_profile_has_what_it_needs_before_anything_is_asked() {
    let without = scene(&TWO.replace("token = { variable = \"FULL\" }", ""));
    let run = audit(&without, &["--all-zones", "--all-profiles"]).exits(2);
    run.says("profile writer: there is no API token").says("cf-domauth init");
    let missing = scene(&TWO.replace("FULL", "NOT_SET"));
    audit(&missing, &["--all-zones", "--all-profiles"]).exits(2).says("profile writer: the variable NOT_SET");
    let of_all = scene(TWO).set("CLOUDFLARE_API_TOKEN", "abc");
    let run = audit(&of_all, &["--all-zones", "--all-profiles"]).exits(2);
    run.says("CLOUDFLARE_API_TOKEN would stand for the token of every profile").says("leave it out");
    let twice = scene(&TWO.replace("profile.writer", "profile.reader"));
    audit(&twice, &["--all-zones", "--all-profiles"]).exits(2).says("settings.toml:3");
    audit(&scene("wait = \"5m\"\n"), &["--all-zones", "--all-profiles"]).exits(2).says("no profiles");
    let unknown = scene(TWO);
    audit(&unknown, &["--all-zones", "--profile=reader", "--profile=writr"])
        .exits(2)
        .says("did you mean `writer`?");
    for scene in [&without, &missing, &of_all, &twice, &unknown] {
        assert!(scene.sandbox().calls().is_empty(), "nothing was asked");
    }
    let settings = unknown.state_dir().join("settings.toml");
    let two = ["--settings", settings.to_str().unwrap(), "--profile=reader", "--profile=writer"];
    unknown.run(&[&["fix", "--all-zones"], &two[..]].concat()).exits(2).says("one profile at a time");
}

#[test]
fn what_to_do_next_is_told_for_the_profile_and_the_zones_that_were_looked_at() {
    let scene = scene(TWO).set("NOBODY", "abcdefghijklmnopqrstuvwxyz0123456789abcd");
    let broken: Vec<String> = (1..=4).map(|number| format!("zone-{number:04}.example")).collect();
    for zone in &broken {
        assert!(scene.sandbox().edit(&format!("s1._domainkey.{zone}"), r#"{"proxied":true}"#));
    }
    let folder = scene.state_dir().join("two words");
    std::fs::create_dir(&folder).unwrap();
    let put = |text: &str| std::fs::write(folder.join("settings.toml"), text).unwrap();
    let path = folder.join("settings.toml").display().to_string();
    let audit = |more: &[&str]| scene.run(&[&["audit", "--settings", &path], more].concat());
    let next = format!("cf-domauth fix --settings '{path}' --profile writer");
    put(TWO);
    audit(&["--all-zones", "--profile=writer"]).exits(1).says(&format!("Repair 4 zones: {next} --all-zones"));
    audit(&["--all-zones", "--all-profiles"]).exits(1).says(&format!("Repair 4 zones: {next} --all-zones"));
    let named: Vec<String> = broken.iter().map(|zone| format!("--zone={zone}")).collect();
    let named: Vec<&str> = named.iter().map(String::as_str).chain(["--profile=writer"]).collect();
    // All zones would be more than what was looked at.
    let by_name = broken.join(" --zone ");
    audit(&named).exits(1).says(&format!("Repair 4 zones: {next} --zone {by_name}"));
    put(&TWO.replace("READER", "NOBODY"));
    audit(&["--all-zones", "--all-profiles"]).exits(6).says("all zones (profile reader)");
}

#[test]
fn the_page_of_a_rehearsal_over_all_zones_advises_all_zones() {
    let scene = Scene::of(many(5, 3).unwrap(), Options::default());
    for number in 1..=5 {
        scene.sandbox().edit(&format!("s1._domainkey.zone-{number:04}.example"), r#"{"proxied":true}"#);
    }
    let rehearsal = ["fix", "--all-zones", "--dry-run", "--format", "html"];
    let page = scene.run(&rehearsal).exits(1);
    let page: String = page.stdout.split(['<', '>']).skip(2).step_by(2).collect();
    assert!(page.contains("cf-domauth fix --all-zones --dry-run"), "{page}");
}

#[test]
fn the_command_that_is_advised_takes_the_zones_that_were_looked_at_and_no_more() {
    let scene = Scene::of(many(5, 3).unwrap(), Options::default());
    let broken: Vec<String> = (1..=5).map(|number| format!("zone-{number:04}.example")).collect();
    for zone in &broken {
        scene.sandbox().edit(&format!("s1._domainkey.{zone}"), r#"{"proxied":true}"#);
    }
    let account = "0123456789abcdef0123456789abcdef";
    let audit = |more: &[&str]| scene.run(&[&["audit"], more].concat());
    audit(&["--all-zones", "--shard=1/1"]).exits(1).says("zones: cf-domauth fix --all-zones --shard 1/1\n");
    audit(&["--all-zones", "--account", account]).never_says("fix --all-zones\n");
    let record = format!("s1._domainkey.{}", broken[0]);
    let narrow = audit(&["--zone", &broken[0], "--record", &record]).exits(1);
    narrow.says(&format!("Repair: cf-domauth fix --zone {} --record {record}\n", broken[0]));
    // Broken into lines, a shell would run the first.
    let scene = scene.set("COLUMNS", "60");
    let named: Vec<&str> = broken.iter().flat_map(|zone| ["--zone", zone]).collect();
    let all = scene.run(&[&["audit"], &named[..]].concat()).exits(1);
    all.says(&format!("Repair 5 zones: cf-domauth fix --zone {}\n", broken.join(" --zone ")));
}

#[test]
fn a_file_is_left_as_it_is_by_what_makes_no_sense() {
    let scene = Scene::from("default");
    let path = scene.state_dir().join("report.json");
    std::fs::write(&path, "kept").unwrap();
    let to = ["--output", path.to_str().unwrap()];
    for command in [
        &["fix", "--zone", "example.com", "--wait", "x"][..],
        &["undo", "--list", "--format", "csv"],
        &["undo", "--wait", "x"],
        &["providers", "show", "nobody"],
    ] {
        scene.run(&[command, &to].concat()).exits(2);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept", "{command:?}");
    }
}
