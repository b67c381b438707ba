//! A repair of many zones in bad weather: the laws hold for each of them.

use std::collections::BTreeMap;
use std::time::Duration;

use cf_domauth::sandbox::{Breakage, Fleet, Options, fleet};
use serde_json::Value;

use crate::scene::Scene;

const ZONES: usize = 300;

/// What a zone holds: each record by its handle, without when it was changed.
type Truth = BTreeMap<String, Value>;

fn truth(scene: &Scene, zone: &str) -> Truth {
    let records = scene.sandbox().zone_snapshot(zone).into_iter();
    let one = |text: String| {
        let mut record: Value = serde_json::from_str(&text).unwrap();
        record.as_object_mut().unwrap().remove("modified_on");
        (record["id"].as_str().unwrap().to_owned(), record)
    };
    records.map(one).collect()
}

fn is_proxied(truth: &Truth, name: &Value) -> bool {
    truth.values().any(|record| record["name"] == *name && record["proxied"] == true)
}

/// Holds what is told of a zone against what it held and holds. Returns how many changes were made.
fn as_told(zone: &Value, was: &Truth, is: &Truth) -> usize {
    let changes = zone["changes"].as_array().unwrap();
    for change in changes {
        assert_eq!(change["action"], "set-dns-only", "{change}");
        let is_proxied = is_proxied(is, &change["name"]);
        match change["outcome"].as_str().unwrap() {
            "applied" => assert!(!is_proxied, "{change}"),
            "refused" | "not-attempted" => assert!(is_proxied, "{change}"),
            outcome => assert_eq!(outcome, "unknown", "{change}"),
        }
    }
    // Nothing but that is different.
    assert_eq!(was.len(), is.len(), "{}", zone["zone"]);
    for (id, record) in was {
        let mut expected = record.clone();
        if changes.iter().any(|change| change["name"] == record["name"]) {
            expected["proxied"] = is[id]["proxied"].clone();
            expected["settings"] = is[id]["settings"].clone();
        }
        assert_eq!(expected, is[id], "{}", zone["zone"]);
    }
    changes.iter().filter(|change| change["outcome"] == "applied").count()
}

#[test]
fn three_hundred_zones_are_repaired_in_bad_weather_and_each_is_told_as_it_is() {
    let given = Fleet { zones: ZONES, records: 8, broken: 90, seed: 11 };
    let (world, broken) = fleet(&given, jiff::Timestamp::now()).unwrap();
    let faults = ["5xx:0.1", "429:3", "lost-reply:5"].map(|text| text.parse().unwrap()).to_vec();
    let scene = Scene::of(world, Options { faults, jitter: Duration::from_millis(5), ..Options::default() });
    let zones: Vec<String> = scene.sandbox().zone_ids().into_iter().map(|(name, _)| name).collect();
    let before: BTreeMap<&String, Truth> = zones.iter().map(|zone| (zone, truth(&scene, zone))).collect();

    let (report, run) = scene.json(&["fix", "--all-zones", "--yes", "--max-changes", "999", "--wait", "0"]);
    assert!([1, 5, 6].contains(&run.code.unwrap()), "{:?}", run.code);
    let told = report["zones"].as_array().unwrap();
    assert_eq!(told.len(), ZONES, "no zone is lost");
    let mut applied = 0;
    for zone in told {
        let name = zone["zone"].as_str().unwrap().to_owned();
        applied += as_told(zone, &before[&name], &truth(&scene, &name));
    }
    let proxied = broken.iter().filter(|(_, breakage)| *breakage == Breakage::Proxied).count();
    assert!(applied > 3 * proxied / 2, "{applied} changes of {proxied} zones with three");
    for (method, path, _) in scene.writes() {
        let is_batch = method == "POST" && path.ends_with("/dns_records/batch");
        assert!(is_batch || method == "PATCH", "{method} {path}");
    }
    let zone_of = |path: &str| path.split('/').nth(4).unwrap_or_default().to_owned();
    let written: BTreeMap<String, usize> =
        scene.writes().iter().fold(BTreeMap::new(), |mut counts, (_, path, _)| {
            *counts.entry(zone_of(path)).or_default() += 1;
            counts
        });
    assert!(written.len() > proxied / 2, "a zone that fails stops nobody");

    scene.sandbox().heal();
    scene.run(&["fix", "--all-zones", "--yes", "--max-changes", "999", "--wait", "20s"]);
    let (report, _) = scene.json(&["fix", "--all-zones", "--dry-run"]);
    let left =
        report["zones"].as_array().unwrap().iter().flat_map(|zone| zone["changes"].as_array().unwrap());
    let left: Vec<&Value> = left.filter(|change| change["proposal"] == false).collect();
    assert!(left.is_empty(), "in fair weather the rest is repaired: {left:?}");
    let folder = std::fs::read_dir(scene.journal_dir()).unwrap();
    let mut runs: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    runs.sort();
    for run in runs.iter().rev() {
        scene.run(&["undo", run.file_stem().unwrap().to_str().unwrap(), "--yes", "--wait", "0"]);
    }
    for zone in &zones {
        assert_eq!(truth(&scene, zone), before[zone], "{zone} is as it was");
    }
}
