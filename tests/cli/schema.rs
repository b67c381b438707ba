//! What the program writes for programs, held against the published JSON Schemas.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::scene::Scene;

/// A file of `docs/schema`.
pub(crate) struct Published(&'static str, LazyLock<Validator>);

/// What `--format json` writes.
pub(crate) static OUTPUT: Published =
    Published("output", LazyLock::new(|| validator(include_str!("../../docs/schema/output.json"))));
/// What `expect --to json` writes.
pub(crate) static MANIFEST: Published =
    Published("manifest", LazyLock::new(|| validator(include_str!("../../docs/schema/manifest.json"))));
/// What `fix --save-plan` writes.
pub(crate) static PLAN: Published =
    Published("plan", LazyLock::new(|| validator(include_str!("../../docs/schema/plan.json"))));
/// What `snapshot` keeps.
pub(crate) static SNAPSHOT: Published =
    Published("snapshot", LazyLock::new(|| validator(include_str!("../../docs/schema/snapshot.json"))));
/// One line of a journal.
pub(crate) static JOURNAL: Published =
    Published("journal", LazyLock::new(|| validator(include_str!("../../docs/schema/journal.json"))));

fn validator(schema: &str) -> Validator {
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

impl Published {
    /// Checks one object, and returns it.
    #[track_caller]
    pub(crate) fn checks(&self, text: &str) -> Value {
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let wrong: Vec<String> = self.1.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "this is not as docs/schema/{}.json says: {wrong:?}\n{value:#}", self.0);
        value
    }
}

#[test]
fn every_kind_of_object_is_written_and_of_one_kind_only() {
    let scene = Scene::from("default");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    let commands: [(&str, &[&str]); 11] = [
        ("ReportV1", &["audit", "--zone", "example.com"]),
        ("ReportV1", &["undo", "--dry-run"]),
        ("FailureV1", &["fix", "--plan", "/nowhere", "--yes"]),
        ("DoctorV1", &["doctor"]),
        ("CodesV1", &["explain"]),
        ("PageV1", &["explain", "proxied"]),
        ("CatalogV1", &["providers"]),
        ("ProviderPageV1", &["providers", "show", "sendgrid"]),
        ("MatchV1", &["providers", "match", "www.example.com", "example.org"]),
        ("RunsV1", &["undo", "--list"]),
        ("SettingsV1", &["settings"]),
    ];
    let schema: Value = serde_json::from_str(include_str!("../../docs/schema/output.json")).unwrap();
    let kinds: Vec<&str> =
        schema["oneOf"].as_array().unwrap().iter().map(|kind| kind["$ref"].as_str().unwrap()).collect();
    let one =
        |kind: &str| jsonschema::validator_for(&json!({"$ref": kind, "$defs": schema["$defs"]})).unwrap();
    let kinds: Vec<(&str, Validator)> = kinds.into_iter().map(|kind| (kind, one(kind))).collect();
    let fitting = |value: &Value| {
        let fits = kinds.iter().filter(|(_, validator)| validator.is_valid(value));
        fits.map(|(kind, _)| kind.trim_start_matches("#/$defs/").to_owned()).collect::<Vec<_>>()
    };
    let mut written = vec!["LineV1"];
    for line in scene.run(&["audit", "example.com", "--format", "jsonl"]).stdout.lines() {
        assert_eq!(fitting(&serde_json::from_str(line).unwrap()), ["LineV1"], "{line}");
    }
    for (kind, command) in commands {
        let (value, _) = scene.json(command);
        assert_eq!(fitting(&value), [kind], "{command:?}");
        written.push(kind);
    }
    written.dedup();
    assert_eq!(written.len(), kinds.len(), "every kind is written");
}

#[test]
fn the_schema_refuses_a_report_without_a_member_and_a_word_that_nobody_knows() {
    let (report, _) = Scene::from("default").json(&["audit", "--zone", "example.com"]);
    let is_valid = |spoil: fn(&mut Value)| {
        let mut report = report.clone();
        spoil(&mut report);
        OUTPUT.1.is_valid(&report)
    };
    assert!(is_valid(|_| {}));
    assert!(is_valid(|report| report["new"] = json!(1)), "members may be added");
    assert!(!is_valid(|report| report["schema"] = json!(2)));
    assert!(!is_valid(|report| drop(report.as_object_mut().unwrap().remove("summary"))));
    assert!(!is_valid(|report| report["zones"][0]["findings"][0]["severity"] = json!("fatal")));
}

#[test]
fn json_lines_are_a_line_for_each_zone_and_one_for_the_run() {
    let scene = Scene::from("two-zones");
    let run = scene.run(&["audit", "--all-zones", "--format", "jsonl"]);
    let lines: Vec<Value> = run.stdout.lines().map(|line| OUTPUT.checks(line)).collect();
    let (last, zones) = lines.split_last().unwrap();
    let (report, _) = scene.json(&["audit", "--all-zones"]);
    assert_eq!(last["type"], "run");
    assert_eq!((&last["summary"], &last["exit"]), (&report["summary"], &report["exit"]));
    assert_eq!(zones.len(), report["zones"].as_array().unwrap().len());
    for (line, zone) in zones.iter().zip(report["zones"].as_array().unwrap()) {
        assert_eq!(line["type"], "zone");
        assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
        assert!(zone.as_object().unwrap().iter().all(|(member, value)| line[member] == *value), "{line}");
    }
    let path = scene.state_dir().join("night.jsonl");
    scene.run(&["audit", "--all-zones", "--report", path.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), lines.len());
    let refused = scene.run(&["fix", "--plan", "/nowhere", "--yes", "--format", "jsonl"]);
    assert_eq!(OUTPUT.checks(refused.stdout.trim())["exit"], 2);
}
