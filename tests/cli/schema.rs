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
    let mut written = Vec::new();
    for (kind, command) in commands {
        let (value, _) = scene.json(command);
        let fits = kinds.iter().filter(|(_, validator)| validator.is_valid(&value));
        let fits: Vec<&str> = fits.map(|(kind, _)| kind.trim_start_matches("#/$defs/")).collect();
        assert_eq!(fits, [kind], "{command:?}");
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
