//! `init` over a pipe, against the sandbox.

use std::io::Write as _;
use std::process::Stdio;

use crate::scene::{Run, Scene};

/// Runs it with a token on standard input.
fn init(scene: &Scene, arguments: &[&str], token: &str) -> Run {
    let mut command = scene.command(&[&["init"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that ends before it reads has seen enough.
    writeln!(child.stdin.take().unwrap(), "{token}").ok();
    Run::from(child.wait_with_output().unwrap())
}

fn without_token() -> (Scene, String) {
    let scene = Scene::from("default");
    let token = scene.sandbox().token("full");
    (scene.set("CLOUDFLARE_API_TOKEN", ""), token)
}

fn settings(scene: &Scene) -> Option<String> {
    std::fs::read_to_string(scene.state_dir().join(".config/cf-domauth/settings.toml")).ok()
}

#[test]
fn the_link_fits_the_purpose_and_stands_where_a_token_is_missing() {
    let (scene, _) = without_token();
    let link = |purpose: &str| scene.run(&["init", "--link", "--for", purpose]).exits(0).stdout;
    assert!(link("look").contains("%22dns%22%2C%22type%22%3A%22read%22"));
    assert!(link("repair").contains("%22dns%22%2C%22type%22%3A%22edit%22"));
    assert!(link("log").contains("account_settings"));
    let usual = link("repair");
    scene.run(&["audit", "example.com"]).exits(2).says(usual.trim()).says("cf-domauth init");
    scene.run(&["doctor"]).exits(1).says(usual.trim());
    assert!(std::fs::read_to_string("README.md").unwrap().contains(usual.trim()));
}

#[test]
fn a_token_goes_to_a_private_file_and_the_next_run_finds_it() {
    let (scene, token) = without_token();
    let run = init(&scene, &["example.com", "--store", "file"], &token).exits(1).never_says(&token);
    run.says("a token, active").says("3 of 7 mail records are broken");
    let folder = scene.state_dir().join(".config/cf-domauth");
    let kept = folder.join("token-default");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), format!("{token}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let text = settings(&scene).unwrap();
    assert_eq!(text, format!("token = {{ file = \"{}\" }}\nzones = [\"example.com\"]\n", kept.display()));
    scene.run(&["audit"]).exits(1).says("3 of 7 mail records are broken").never_says("others can read");
    // What is there is not written over; a profile is put behind it.
    let run = init(&scene, &["--store", "file"], &token).exits(2);
    run.says("there are settings in").says("--profile NAME");
    let words = ["--profile", "more", "example.com", "--store", "command", "--command", "cat"];
    init(&scene, &[&words[..], &[kept.to_str().unwrap()]].concat(), "").exits(1);
    let added = format!(
        "\n[profile.more]\ntoken = {{ command = [\"cat\",\"{}\"] }}\nzones = [\"example.com\"]\n",
        kept.display()
    );
    assert_eq!(settings(&scene).unwrap(), text + &added);
    scene.run(&["audit", "--profile", "more"]).exits(1);
    init(&scene, &["--profile", "more", "--store", "file"], &token)
        .exits(2)
        .says("name another profile than more");
}

#[test]
fn a_token_that_is_kept_nowhere_is_in_no_file_and_in_no_output() {
    let (scene, token) = without_token();
    let run = init(&scene, &["--store", "none", "-vv"], &token).exits(1).never_says(&token);
    run.says("read -rs CLOUDFLARE_API_TOKEN").says("3 of 7 mail records are broken");
    assert_eq!(settings(&scene), None);
}

#[test]
fn a_token_that_does_not_do_is_not_kept() {
    let (scene, _) = without_token();
    let bad = "canary-0123456789abcdef0123456789abcdef01";
    let run = init(&scene, &["--store", "file"], bad).exits(3).never_says(bad);
    run.says("nothing was kept");
    init(&scene, &["--store", "file"], "").exits(2).says("no token was given");
    let reader = scene.sandbox().token("read-only");
    init(&scene, &["--store", "file"], &reader).exits(3).says("Zone > DNS > Edit").says("nothing was kept");
    assert_eq!(settings(&scene), None);
    init(&scene, &["--for", "look", "--store", "file", "example.com"], &reader)
        .exits(1)
        .never_says("DNS > Edit");
}

#[test]
fn without_a_keyring_it_is_said_what_else_can_be_done() {
    let (scene, token) = without_token();
    let mut command = scene.command(&["init", "--store", "keyring"]);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").env_remove("XDG_RUNTIME_DIR");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{token}").unwrap();
    let run = Run::from(child.wait_with_output().unwrap()).exits(2).never_says(&token);
    run.says("keyring").says("or keep the token elsewhere");
    assert_eq!(settings(&scene), None);
    init(&scene, &["--store", "command"], &token).exits(2).says("--store command --command pass show");
}

#[test]
fn a_file_that_is_there_is_never_written_over_by_a_token() {
    let (scene, token) = without_token();
    let precious = scene.state_dir().join("precious.txt");
    std::fs::write(&precious, "precious").unwrap();
    let path = precious.to_str().unwrap();
    let run = init(&scene, &["example.com", "--store", "file", "--file", path], &token).exits(2);
    run.says("precious.txt").says("--file");
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
    assert_eq!(settings(&scene), None);
    init(&scene, &["--file", path, "example.com"], &token).exits(2).says("--store file");
}

#[test]
fn a_relative_token_file_is_found_from_anywhere() {
    let (scene, token) = without_token();
    let mut command = scene.command(&["init", "example.com", "--store", "file", "--file", "./mine"]);
    command
        .current_dir(scene.state_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{token}").unwrap();
    Run::from(child.wait_with_output().unwrap()).exits(1);
    scene.run(&["audit"]).exits(1).says("3 of 7 mail records are broken");
}

#[test]
fn where_nothing_can_be_kept_no_token_is_asked_for() {
    let (scene, token) = without_token();
    let run =
        init(&scene, &["example.com", "--store", "file", "--file", "/proc/nowhere/token"], &token).exits(2);
    run.says("/proc/nowhere").never_says("the report").never_says("Make a token");
}

#[cfg(unix)]
#[test]
fn settings_behind_a_link_stay_behind_it() {
    let (scene, token) = without_token();
    let (real, link) = (scene.state_dir().join("real.toml"), scene.state_dir().join("link.toml"));
    std::fs::write(&real, "wait = \"1m\"\n").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let path = link.to_str().unwrap();
    init(&scene, &["--settings", path, "--profile", "more", "example.com"], &token).exits(1);
    assert!(std::fs::read_to_string(&real).unwrap().contains("[profile.more]"));
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
}
