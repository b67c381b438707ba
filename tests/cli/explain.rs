//! `explain`: what a finding means, and what to do about it.

use crate::scene::Scene;

#[test]
fn a_finding_is_explained_in_every_format_that_holds_a_page() {
    let scene = Scene::from("default");
    let run = scene.run(&["explain", "proxied"]).exits(0);
    run.says("Why mail suffers").says("DNS > Records").says("false alarm").never_says("## ");
    scene.run(&["explain", "Proxied", "--format", "markdown"]).exits(0).says("## Sources");
    let (json, run) = scene.json(&["explain", "key-revoked"]);
    run.exits(0);
    assert_eq!(json["code"], "key-revoked");
    scene.run(&["explain", "proxied", "--format", "csv"]).exits(2).says("--format markdown");
}

#[test]
fn all_findings_are_listed_and_an_unknown_one_is_refused() {
    let scene = Scene::from("default");
    scene.run(&["explain"]).exits(0).says("tracking-proxied").says("cf-domauth explain CODE");
    let (json, _) = scene.json(&["explain"]);
    assert_eq!(json["findings"].as_array().unwrap().len(), 33);
    scene.run(&["explain", "gremlins"]).exits(2).says("`gremlins`").says("`cf-domauth explain` lists them");
}

#[test]
fn the_documentation_of_the_report_knows_every_finding() {
    let scene = Scene::from("default");
    let (json, _) = scene.json(&["explain"]);
    let table = std::fs::read_to_string("docs/report.md").unwrap();
    for one in json["findings"].as_array().unwrap() {
        let row = format!("| `{}` |", one["code"].as_str().unwrap());
        assert!(table.contains(&row), "{row} is not in docs/report.md");
    }
}
