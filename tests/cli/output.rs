//! Streams, formats, colour, secrets.

use crate::scene::Scene;

const AUDIT: [&str; 3] = ["audit", "--zone", "example.com"];

#[test]
fn the_token_shows_nowhere_at_the_highest_verbosity() {
    let scene = Scene::from("default");
    let token = scene.sandbox().token("full");
    let with_token = format!(r#"{{"comment":"{token}"}}"#);
    assert!(scene.sandbox().edit("s1._domainkey.example.com", &with_token));
    for command in [
        &["audit", "--zone", "example.com", "-vvv"][..],
        &["fix", "--zone", "example.com", "--yes", "-vvv"],
        &["fix", "--zone", "example.com", "--yes", "-vvv", "--format=json"],
        &["audit", "--zone", "nowhere.example", "-vvv"],
    ] {
        let run = scene.run(command);
        assert!(
            run.stderr.contains("dns_records") || run.stderr.contains("zones"),
            "it does log: {}",
            run.stderr
        );
        run.never_says(&token);
    }
    assert!(scene.journals().iter().all(|journal| !journal.contains(&token)));
}

#[test]
fn the_token_of_the_legacy_pair_shows_nowhere_either() {
    let key = "c2547eb745079dac9320b638f5e225cf483cc5cfdda41";
    let scene = Scene::from("default")
        .set("CLOUDFLARE_API_TOKEN", "")
        .set("CLOUDFLARE_EMAIL", "owner@example.com")
        .set("CLOUDFLARE_API_KEY", key);
    scene.run(&["audit", "--zone", "example.com", "-vvv"]).exits(1).never_says(key);
}

#[test]
fn standard_output_is_the_answer_and_nothing_else() {
    let scene = Scene::from("default");
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "--format=json", "-v"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((report["schema"].as_u64(), report["command"].as_str()), (Some(1), Some("fix")));
    assert!(run.stderr.contains("making 3 changes"));
    let quiet = Scene::from("default").run(&["fix", "--zone", "example.com", "--yes", "--format=json", "-q"]);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn colour_is_for_terminals_and_for_who_asks_for_it() {
    let scene = Scene::from("default");
    let coloured = |arguments: &[&str]| scene.run(arguments).stdout.contains('\u{1b}');
    assert!(!coloured(&AUDIT));
    assert!(coloured(&["audit", "--zone", "example.com", "--color=always"]));
    let scene = scene.set("NO_COLOR", "1");
    assert!(!scene.run(&AUDIT).stdout.contains('\u{1b}'));
}

#[test]
fn every_format_tells_the_same_findings() {
    let scene = Scene::from("default");
    for format in ["human", "json", "jsonl", "markdown", "html", "csv"] {
        let run = scene.run(&["audit", "--zone", "example.com", "--format", format]).exits(1);
        for name in ["em1234", "s1._domainkey", "s2._domainkey"] {
            let shown = run.stdout.replace('\\', "");
            let is_told = match format {
                "markdown" => shown.lines().any(|line| line.contains(name) && line.contains("| proxied |")),
                "human" => shown.lines().any(|line| line.contains(name) && line.contains("  proxied")),
                _ => shown.contains(&format!("{name}.example.com is proxied")),
            };
            assert!(is_told, "{format}: {}", run.stdout);
        }
    }
}

#[test]
fn a_report_can_go_to_a_file() {
    let scene = Scene::from("default");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let path = path.to_str().unwrap();
    let run = scene.run(&["audit", "--zone", "example.com", "--format=html", "--output", path]).exits(1);
    assert_eq!(run.stdout, "");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains("<script") && !page.contains("http"), "no script, no foreign address");
    assert!(page.contains("<h1>example.com: 3 of 7 mail records are broken</h1>"), "{page}");
    scene
        .run(&["audit", "--zone", "example.com", "--output", "/nowhere/report"])
        .exits(2)
        .says("could not be written");
}

#[test]
fn the_page_of_a_repair_says_what_is_left_and_how_to_undo_it() {
    let options = cf_domauth::sandbox::Options { real_ttl: true, ..Default::default() };
    let scene = Scene::with("default", options);
    let fix = ["fix", "--zone", "example.com", "--yes", "--wait=0", "--format=html"];
    scene
        .run(&fix)
        .exits(5)
        .says("<h1>example.com: 3 broken mail records repaired</h1>")
        .says("Right at the source. Public resolvers follow by ")
        .says("Nothing is left to change in Cloudflare.")
        .says("In SendGrid: Settings &gt; Sender Authentication &gt; example.com &gt; Verify (works from ")
        .says("<code>cf-domauth undo ")
        .says("Answers per server (15)");
    scene
        .run(&["audit", "--zone", "example.com", "--format=html"])
        .exits(0)
        .says("<h1>example.com: nothing is broken</h1>");
}

#[test]
fn every_variable_that_is_read_stands_in_the_page_on_settings() {
    let page = std::fs::read_to_string("docs/settings.md").unwrap();
    for (name, _, _) in cf_domauth::cli::settings::environment::VARIABLES {
        let shown = ["HOME"].contains(name) || page.contains(name);
        assert!(shown, "{name} is not in docs/settings.md");
    }
}

#[test]
fn the_same_world_gives_the_same_bytes() {
    let audit = || Scene::from("default").run(&AUDIT).stdout;
    assert_eq!(audit(), audit());
}

#[test]
fn the_session_in_the_readme_is_what_the_program_says() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    let scene = Scene::from("default");
    let run = scene.run(&["fix", "--zone", "example.com", "--yes", "-q"]).exits(0);
    let said: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
    let shown: Vec<&str> = shown.lines().map(str::trim_end).skip(2).collect();
    assert_eq!(shown, said, "copy the new session into README.md");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_after_changes_is_partial_and_the_journal_is_ended() {
    let scene = Scene::from("default");
    let mut command = scene.command(&["fix", "--zone", "example.com", "--yes", "--format=json"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).stderr(std::process::Stdio::piped()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{stderr}");
    let journal = scene.journal_dir();
    assert!(stderr.contains("the report could not be written"), "{stderr}");
    assert!(stderr.contains(&format!("stands in the journal {}", journal.display())), "{stderr}");
    assert!(scene.journals()[0].trim_end().ends_with(r#"{"end":{"exit":6}}"#), "{}", scene.journals()[0]);
}

#[test]
fn the_report_goes_to_files_as_well_in_the_form_of_their_ending() {
    let scene = Scene::from("default");
    let file = |ending: &str| scene.state_dir().join(format!("report.{ending}"));
    let paths: Vec<String> = ["html", "json", "md", "csv", "txt"]
        .map(|ending| format!("--report={}", file(ending).display()))
        .into();
    let mut arguments = vec!["fix", "example.com", "--yes"];
    arguments.extend(paths.iter().map(String::as_str));
    scene.run(&arguments).exits(0).says("Repaired: 3 records");
    let text = |ending: &str| std::fs::read_to_string(file(ending)).unwrap();
    assert!(text("html").starts_with("<!doctype html>") || text("html").starts_with("<!DOCTYPE html>"));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text("json")).unwrap()["exit"], 0);
    assert!(text("md").contains("em1234") && text("csv").contains("em1234"));
    assert!(
        text("txt").contains("3 of 7 mail records are broken") && text("txt").contains("Repaired: 3 records")
    );
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_done() {
    let scene = Scene::from("default");
    let folder = format!("--report={}/x.html/", scene.state_dir().display());
    for bad in ["--report=report.pdf", "--report=/nowhere/at/all.html", folder.as_str()] {
        scene.run(&["fix", "example.com", "--yes", bad]).exits(2).says("could not be written");
    }
    scene
        .run(&["audit", "example.com", "--report=report.pdf"])
        .says("end its name in .html, .json, .jsonl, .md, .csv, .prom or .txt");
    assert!(scene.sandbox().calls().is_empty(), "nothing was asked");
}

#[test]
fn a_report_that_goes_to_a_file_ends_with_a_line_on_the_terminal() {
    let scene = Scene::from("default");
    let path = scene.state_dir().join("report.json");
    let run =
        scene.run(&["fix", "example.com", "--yes", "--format=json", "--output", path.to_str().unwrap()]);
    let run = run.exits(0);
    assert!(run.stdout.is_empty() && run.stderr.contains("Repaired: 3 records"), "{run:?}");
}
