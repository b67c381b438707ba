//! Every scenario file: what is found, planned and confirmed in it.

use cf_domauth::sandbox::SCENARIOS;
use serde::Deserialize;
use serde_json::Value;

use crate::scene::{Scene, lines};
use crate::snapshots;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    arguments: Vec<String>,
    #[serde(default)]
    fix_arguments: Vec<String>,
    findings: Vec<String>,
    plan: Vec<String>,
    verdicts: Vec<String>,
    audit_exit: i32,
    fix_exit: i32,
}

fn expected(scenario: &str) -> Expected {
    let text = cf_domauth::sandbox::named(scenario).unwrap();
    let file: toml::Value = toml::from_str(text).unwrap();
    file["expected"].clone().try_into().unwrap()
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

fn holds(scenario: &str) {
    let expected = expected(scenario);
    let scene = Scene::from(scenario);
    let with = |command: &[&str]| -> Vec<String> {
        let all = command.iter().map(|text| (*text).to_owned());
        let all =
            all.chain(["--zone".to_owned(), "example.com".to_owned()]).chain(expected.arguments.clone());
        let is_fix = command.first() == Some(&"fix");
        all.chain(expected.fix_arguments.iter().filter(|_| is_fix).cloned()).collect()
    };
    let run = |command: &[&str]| {
        let arguments = with(command);
        scene.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };

    let (report, audit) = run(&["audit"]);
    audit.exits(expected.audit_exit);
    assert_eq!(sorted(lines(&report, "findings", ["code", "name"])), sorted(expected.findings), "findings");
    assert!(scene.writes().is_empty(), "an audit changes nothing");

    let (report, dry) = run(&["fix", "--dry-run"]);
    dry.exits(i32::from(expected.audit_exit != 0));
    as_before(scenario, &report);
    let shown = for_people(&scene, &with(&["fix", "--dry-run"]));
    snapshots::settings().bind(|| insta::assert_snapshot!(format!("{scenario}-people"), shown));
    assert_eq!(lines(&report, "changes", ["action", "name"]), expected.plan, "plan");
    assert!(scene.writes().is_empty(), "a dry run changes nothing");

    let (report, fix) = run(&["fix", "--yes", "--wait", "20s"]);
    fix.exits(expected.fix_exit);
    let outcomes = lines(&report, "changes", ["action", "outcome"]);
    assert!(outcomes.iter().all(|line| line.ends_with(" applied")), "{outcomes:?}");
    assert_eq!(
        sorted(lines(&report, "confirmations", ["verdict", "name"])),
        sorted(expected.verdicts),
        "verdicts"
    );

    let (report, _) = run(&["fix", "--dry-run"]);
    assert!(lines(&report, "changes", ["action", "name"]).is_empty(), "nothing is left to plan");
}

/// What a person gets: on a terminal of 80 and of 120 columns, and in files.
fn for_people(scene: &Scene, arguments: &[String]) -> String {
    let file = |ending: &str| scene.state_dir().join(format!("report.{ending}"));
    let mut shown = String::new();
    for columns in ["80", "120"] {
        let mut command = scene.command(&[]);
        command.args(arguments).arg("-q").env("COLUMNS", columns);
        for ending in ["md", "csv", "html"] {
            command.arg("--report").arg(file(ending));
        }
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns.parse().unwrap() || text.contains("https://"), "{widest} columns: {text}");
        shown.extend(["==== ", columns, " columns\n", &text]);
    }
    for ending in ["md", "csv", "html"] {
        let text = std::fs::read_to_string(file(ending)).unwrap();
        // Of a page, what stands below the styles, an element a line.
        let text = text.split_once("</style>").map_or(text.clone(), |(_, body)| body.replace("><", ">\n<"));
        shown.extend(["==== ", ending, "\n", &text, "\n"]);
    }
    shown
}

/// Holds a report equal to the one that was looked at and kept.
fn as_before(name: &str, report: &Value) {
    snapshots::settings().bind(|| insta::assert_json_snapshot!(name, report));
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        $(#[test] fn $test() { holds($name); })*

        #[test]
        fn every_scenario_has_its_test() {
            let tested = [$($name),*];
            assert_eq!(SCENARIOS.iter().map(|(name, _)| *name).collect::<Vec<_>>(), tested);
        }

        #[test]
        fn every_scenario_file_comes_with_the_program() {
            let mut files: Vec<String> = std::fs::read_dir("fixtures/scenarios")
                .unwrap()
                .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
                .collect();
            files.sort();
            assert_eq!(files, [$($name),*]);
        }
    };
}

scenarios! {
    a_zone_file_imported_with_everything_proxied: "all-proxied",
    targets_with_nothing_usable_behind_them: "broken-targets",
    aliases_for_certificates: "certificates",
    a_provider_that_answers_with_an_alias_of_its_own: "chain",
    return_paths_that_cannot_be_aliases: "cname-instead-of-mx",
    the_default_scenario: "default",
    keys_that_are_handed_to_another_service: "delegated-keys",
    a_delegated_subdomain: "delegated-subdomain",
    deleted_records: "deleted",
    records_deleted_long_ago: "deleted-long-ago",
    deleted_records_in_the_newer_form_of_the_older_log: "deleted-newer-form",
    dmarc_policies_that_count_as_none: "dmarc-policies",
    a_mode_that_hides_proxying: "dns-only-zone",
    names_with_the_zone_twice: "doubled-name",
    an_account_that_enforces_dns_only: "enforced-dns-only",
    a_flattened_record: "flattened-record",
    a_flattened_record_with_an_address_behind_it: "flattened-web",
    a_flattened_zone: "flattened-zone",
    other_records_in_the_way: "in-the-way",
    an_incomplete_set: "incomplete-set",
    records_kept_by_a_tool: "kept-by-a-tool",
    labels_that_lost_their_underscore: "misspelt-labels",
    labels_and_targets_that_are_misspelt: "misspelt-records",
    a_domain_that_was_delegated_away: "moved-zone",
    a_domain_without_a_policy: "no-dmarc-policy",
    a_partial_zone: "partial-zone",
    a_paused_zone: "paused-zone",
    a_pending_zone: "pending-zone",
    a_record_that_may_not_be_written: "read-only",
    a_policy_in_the_same_zone: "same-zone-policy",
    a_target_in_the_same_zone: "same-zone-target",
    a_zone_that_is_copied_from_elsewhere: "secondary-zone",
    logs_that_say_nothing: "silent-logs",
    a_stale_ds_record: "stale-ds",
    names_taken_by_others: "taken",
    targets_filed_as_text: "text-instead-of-cname",
    two_accounts_of_one_provider: "two-accounts",
    a_second_copy_of_the_zone: "two-copies",
    two_policies_at_the_return_path: "two-spf-policies",
    a_zone_inside_a_zone: "two-zones",
    vendors_that_nobody_knows: "unknown-vendor",
    a_selector_that_is_not_in_use: "unused-selector",
    a_sender_under_a_brand_of_its_own: "white-label",
    a_wildcard_over_a_deleted_name: "wildcard",
    a_wrong_target: "wrong-target",
    a_zone_behind_the_target: "zone-in-target",
}
