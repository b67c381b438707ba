//! `doctor` against the sandbox.

use std::time::Duration;

use cf_domauth::sandbox::Options;

use crate::scene::{Scene, Shut};

#[test]
fn everything_is_there_for_the_full_token() {
    let scene = Scene::from("default");
    let run = scene.run(&["doctor"]);
    run.exits(0)
        .says("a token, active")
        .says("Zone > DNS > Edit")
        .says("resolver 127.0.0.1:")
        .says("the audit log can be read")
        .says("can be written")
        .says("nothing is in the way");
}

#[test]
fn a_token_that_may_only_read_is_told_what_it_cannot_do() {
    let scene = Scene::from("default").token("read-only");
    let run = scene.run(&["doctor", "--zone", "example.com"]);
    run.exits(3)
        .says("does not count it among this token's permissions")
        .says("it costs: fix and undo; audit works")
        .says("what to do: edit the token and add Zone > DNS > Edit");
}

#[test]
fn a_missing_permission_that_little_needs_is_a_finding() {
    let scene = Scene::from("default").token("no-account");
    scene
        .run(&["doctor"])
        .exits(1)
        .says("Account > Account Settings > Read (audit log)")
        .says("what to do: edit the token and add Account > Account Settings > Read")
        .never_says("--zone-id")
        .says("do not learn from the audit log what was deleted");
}

#[test]
fn the_token_of_an_account_is_refused_on_the_users_path_and_good_all_the_same() {
    let scene = Scene::from("default").token("account-owned");
    scene.run(&["doctor"]).exits(0).says("an account's token, active");
}

#[test]
fn a_wrong_token_is_refused_and_an_api_that_is_not_there_is_unreachable() {
    let scene =
        Scene::from("default").set("CLOUDFLARE_API_TOKEN", "0123456789012345678901234567890123456789");
    scene.run(&["doctor"]).exits(3).says("error    token");
    let shut = Shut::new();
    let scene = scene.set("CLOUDFLARE_BASE_URL", &shut.api());
    scene.run(&["doctor"]).exits(4).says("error    API").says("could not reach the API");
}

#[test]
fn without_a_token_public_dns_and_this_machine_are_looked_at() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let scene = scene.set("HTTPS_PROXY", "http://user:verysecret@proxy.test:3128");
    let (report, run) = scene.json(&["doctor"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let says = "none is set: audit and fix need a token; confirm works without";
    assert_eq!(report["checks"][0]["says"], says);
    assert!(run.stdout.contains("http://proxy.test:3128"), "{run:?}");
    assert!(!run.stdout.contains("verysecret"), "{run:?}");
}

#[test]
fn silent_and_lying_resolvers_are_told() {
    let scene = Scene::with_faults("default", &["silent-dns"]);
    scene.run(&["doctor"]).exits(4).says("UDP silent, TCP silent");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told() {
    let scene = Scene::from("default").set("CF_DOMAUTH_STATE_DIR", "/dev/null/folder");
    scene.run(&["doctor"]).exits(1).says("nothing is changed without a journal");
}

#[test]
fn a_zone_that_is_not_shown_is_told_and_nothing_is_tried_on_it() {
    let scene = Scene::from("default");
    scene
        .run(&["doctor", "--zone", "nowhere.test"])
        .exits(3)
        .says("Cloudflare does not show nowhere.test to this token")
        .says("there is no zone to try it on");
}

#[test]
fn what_is_left_of_the_request_limit_is_told() {
    let options = Options { rate_limit: Some((50, Duration::from_mins(1))), ..Options::default() };
    Scene::with("default", options).run(&["doctor"]).says("requests left, renewed in");
}

#[cfg(unix)]
#[test]
fn what_others_can_read_or_change_is_a_warning_in_doctor_and_at_the_start_of_a_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::from("default");
    let path = scene.state_dir().join("token");
    std::fs::write(&path, format!("{}\n", scene.sandbox().token("full"))).unwrap();
    let with = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    with(&path, 0o644);
    with(scene.state_dir(), 0o777);
    let file = path.to_str().unwrap();
    for command in [&["doctor"][..], &["audit", "--zone", "example.com"]] {
        let run = scene.run(&[command, &["--token-file", file]].concat()).exits(1);
        run.says("others can read the token file").says("others can write to the state folder");
    }
    with(&path, 0o600);
    with(scene.state_dir(), 0o700);
    scene.run(&["doctor", "--token-file", file]).exits(0).never_says("others can");
}

#[test]
fn a_bundle_for_a_bug_report_names_nobody() {
    let scene = Scene::from("default").set("HTTPS_PROXY", "http://user:verysecret@proxy.test:3128");
    let path = scene.state_dir().join("bundle.txt");
    let arguments = ["doctor", "--report", path.to_str().unwrap()];
    scene.run(&arguments).exits(2).says("nobody can be asked").says("--yes");
    assert!(!path.exists());
    let run = scene.run(&[&arguments[..], &["-y"]].concat()).exits(0).says("This is what the bundle holds");
    let bundle = std::fs::read_to_string(&path).unwrap();
    assert!(run.stderr.contains(&bundle), "it was shown before");
    for told in [
        env!("CARGO_PKG_VERSION"),
        "exit status of doctor: 0",
        "GET zones/{zone}/dns_records",
        "\"proxied\":\"bool\"",
    ] {
        assert!(bundle.contains(told), "{told} is missing:\n{bundle}");
    }
    let token = scene.sandbox().token("full");
    let ids: Vec<String> = scene.sandbox().zone_ids().into_iter().map(|(_, id)| id).collect();
    let secrets = [
        "example.com",
        "sendgrid",
        "127.0.0.1",
        "proxy.test",
        "verysecret",
        scene.state_dir().to_str().unwrap(),
    ];
    for secret in secrets.into_iter().chain([token.as_str()]).chain(ids.iter().map(String::as_str)) {
        assert!(!bundle.contains(secret), "{secret} is told:\n{bundle}");
    }
    let scene = scene.set("CLOUDFLARE_API_TOKEN", "");
    scene.run(&[&arguments[..], &["--yes"]].concat()).exits(1);
}

#[cfg(unix)]
#[test]
fn a_bundle_takes_the_place_of_no_device_and_no_folder() {
    use std::os::unix::fs::FileTypeExt as _;

    let scene = Scene::from("default");
    let pipe = scene.state_dir().join("pipe.txt");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    for path in [pipe.to_str().unwrap(), scene.state_dir().to_str().unwrap(), "/nowhere/b.txt"] {
        scene.run(&["doctor", "--report", path, "--yes"]).exits(2).says(path).never_says("the report could");
    }
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
}
