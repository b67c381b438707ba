//! Help, manual pages and completion scripts.

use std::process::Stdio;

use crate::scene::{Run, Scene};

fn commands(scene: &Scene) -> Vec<String> {
    let help = scene.run(&["--help"]).exits(0).stdout;
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let first = |line: &str| line.split_whitespace().next().unwrap().to_owned();
    listed.filter(|line| line.starts_with("  ") && !line.starts_with("   ")).map(first).collect()
}

#[test]
fn each_command_shows_examples_and_exit_statuses_on_one_screen() {
    let scene = Scene::from("default").set("COLUMNS", "80");
    for command in commands(&scene).iter().filter(|command| *command != "help") {
        let help = scene.run(&[command, "-h"]).exits(0).stdout;
        assert!(help.lines().count() <= 32, "{command}: {} rows\n{help}", help.lines().count());
        assert!(help.contains("\nExamples:\n  cf-domauth ") && help.contains("\nExit status:\n"), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let scene = Scene::from("default");
    let folder = scene.state_dir().join("man");
    scene.run(&["man", "--dir", folder.to_str().unwrap()]).exits(0);
    let permissions = std::fs::metadata(folder.join("cf-domauth.1")).unwrap().permissions();
    let usual = std::fs::File::create(folder.join("other")).unwrap().metadata().unwrap().permissions();
    assert_eq!(permissions, usual, "others may read the pages");
    std::fs::remove_file(folder.join("other")).unwrap();
    for command in commands(&scene).iter().filter(|command| *command != "help") {
        let page = std::fs::read_to_string(folder.join(format!("cf-domauth-{command}.1"))).unwrap();
        assert!(page.contains(".SH \"EXIT STATUS\"") && page.contains(".SH EXAMPLES"), "{page}");
    }
    let first = scene.run(&["man"]).exits(0).stdout;
    assert_eq!(first, std::fs::read_to_string(folder.join("cf-domauth.1")).unwrap());
    scene.run(&["man", "--dir", "/dev/null/folder"]).exits(2);
}

/// What the program proposes for the last word of a line, as bash asks.
fn proposed(scene: &Scene, words: &[&str]) -> Vec<String> {
    let mut command = scene.command(&["--"]);
    command.args([&["cf-domauth"], words].concat()).stdin(Stdio::null());
    command.env("CF_DOMAUTH_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true").env("_CLAP_IFS", "\n");
    Run::from(command.output().unwrap()).exits(0).stdout.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn commands_codes_scenarios_and_known_zones_are_proposed_without_a_request() {
    let scene = Scene::from("default");
    assert_eq!(proposed(&scene, &["aud"]), ["audit"]);
    assert_eq!(proposed(&scene, &["explain", "dmarc-d"]), ["dmarc-duplicated"]);
    assert_eq!(proposed(&scene, &["providers", "show", "sendg"]), ["sendgrid"]);
    assert_eq!(proposed(&scene, &["fix", "--sandbox", "deleted-l"]), ["deleted-long-ago"]);
    assert_eq!(proposed(&scene, &["audit", "exam"]), Vec::<String>::new());
    scene.run(&["fix", "example.com", "--yes"]).exits(0);
    let calls = scene.sandbox().calls().len();
    assert_eq!(proposed(&scene, &["audit", "exam"]), ["example.com"]);
    assert_eq!(proposed(&scene, &["undo", "20"]).len(), 1);
    assert_eq!(scene.sandbox().calls().len(), calls);
}

#[test]
fn each_shell_gets_a_script_and_another_is_refused() {
    let scene = Scene::from("default");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        scene.run(&["completions", shell]).exits(0).says("CF_DOMAUTH_COMPLETE").says("cf-domauth");
    }
    scene.run(&["completions", "tcsh"]).exits(2);
}
