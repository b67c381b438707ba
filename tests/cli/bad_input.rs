//! Input that makes no sense: a clear error, a way out, the documented exit status, nothing lost.

use crate::scene::Scene;

const ZONE: [&str; 3] = ["audit", "--zone", "example.com"];

#[test]
fn no_token_names_the_variables_and_the_permissions() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let run = scene.run(&ZONE).exits(2);
    run.says("no API token")
        .says("CLOUDFLARE_API_TOKEN")
        .says("--token-file")
        .says("Zone > DNS > Edit")
        .says("--sandbox");
}

#[test]
fn a_token_that_cannot_be_sent_is_refused_without_showing_it() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "se\ncret");
    scene.run(&ZONE).exits(2).says("copy the token again").never_says("cret");
    assert!(scene.sandbox().calls().is_empty());
}

#[test]
fn a_token_file_that_is_missing_is_named() {
    let scene = Scene::from("default");
    scene
        .run(&["audit", "--zone", "example.com", "--token-file", "/nowhere/token"])
        .exits(2)
        .says("/nowhere/token");
}

#[test]
fn the_token_may_come_from_a_file_and_the_legacy_pair_from_variables() {
    let scene = Scene::from("default");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{}\n", scene.sandbox().token("full"))).unwrap();
    let scene = scene.set("CLOUDFLARE_API_TOKEN", "");
    let path = file.path().to_str().unwrap();
    scene.run(&["audit", "--zone", "example.com", "--token-file", path]).exits(1);
    let scene = scene
        .set("CLOUDFLARE_EMAIL", "owner@example.com")
        .set("CLOUDFLARE_API_KEY", "c2547eb745079dac9320b638f5e225cf483cc5cfdda41");
    scene.run(&ZONE).exits(1);
    scene.set("CLOUDFLARE_API_KEY", "0000000000000000000000000000000000000").run(&ZONE).exits(3);
}

#[test]
fn a_wrong_token_is_refused_by_cloudflare_and_explained() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "sandbox-wrong-000000000000000000000");
    let run = scene.run(&ZONE).exits(3);
    run.says("Invalid access token").says("mistyped, expired, revoked");
}

#[test]
fn a_token_that_may_only_read_is_told_which_permission_is_missing() {
    let scene = Scene::from("default").token("read-only");
    scene.run(&ZONE).exits(1);
    let run = scene.run(&["fix", "--zone", "example.com", "--yes"]).exits(3);
    run.says("Authentication error").says("Zone > DNS > Edit").says("refused");
    assert_eq!(scene.record("em1234.example.com").unwrap()["proxied"], true);
}

#[test]
fn a_token_that_may_not_list_zones_is_told_about_zone_id() {
    let scene = Scene::from("default").token("no-zone-list");
    scene.run(&ZONE).exits(3).says("--zone-id").says("Zone > Zone > Read");
    let id = scene.sandbox().zone_ids()[0].1.clone();
    scene.run(&["audit", "--zone-id", &id]).exits(1).says("3 of 7 mail records are broken");
}

#[test]
fn a_zone_that_is_not_visible_may_be_missing_or_closed() {
    let scene = Scene::from("default");
    let run = scene.run(&["audit", "--zone", "mail.other.example"]).exits(3);
    run.says("no zone for mail.other.example is visible")
        .says("does not tell a missing zone from one without access");
}

#[test]
fn a_wrong_zone_identifier_is_no_missing_permission_alone() {
    let scene = Scene::from("default");
    let run = scene.run(&["audit", "--zone-id", "ffffffffffffffffffffffffffffffff"]).exits(3);
    run.says("wrong zone identifier");
    scene.run(&["audit", "--zone-id", "abc"]).exits(2).says("32 digits and letters a to f");
    scene.run(&["audit", "--zone-id", "../user"]).exits(2).says("is not an identifier");
}

#[test]
fn a_name_in_two_accounts_is_not_guessed() {
    let text = cf_domauth::sandbox::named("two-zones").unwrap().replace("mail.example.com", "example.com");
    let scene = Scene::of(cf_domauth::sandbox::read(&text).unwrap(), cf_domauth::sandbox::Options::default());
    let run = scene.run(&["fix", "--zone", "example.com", "--yes"]).exits(2);
    run.says("exists more than once").says("--zone-id");
    assert!(scene.writes().is_empty());
}

#[test]
fn malformed_arguments_are_refused_before_anything_is_asked() {
    let scene = Scene::from("default");
    let cases: [(&[&str], &str); 12] = [
        (&["audit", "--zone", "exa mple"], "--zone exa mple"),
        (&["audit", "--zone", ""], "the name is empty"),
        (&["audit"], "--zone"),
        (&["audit", "--zone", "a.test", "--expect", "nonsense"], "NAME=TARGET"),
        (&["audit", "--zone", "a.test", "--expect", "x.a.test=192.0.2.1"], "points to an address"),
        (&["audit", "--zone", "a.test", "--expect", "x.a.test=x.a.test"], "points to itself"),
        (
            &["audit", "--zone", "a.test", "--expect", "x.a.test=b.c", "--expect", "x.a.test=d.e"],
            "is expected to point to",
        ),
        (&["audit", "--zone", "a.test", "--resolver", "1.1.1"], "`1.1.1` is not the address"),
        (&["audit", "--zone", "a.test", "--authoritative", "ns"], "`ns` is not the address"),
        (&["fix", "--zone", "a.test", "--yes", "--wait", "soon"], "--wait soon"),
        (&["fix", "--zone", "a.test", "--wait=-5s"], "--wait -5s"),
        (&["fix", "--zone", "a.test", "--yes", "--dry-run"], "cannot be used with"),
    ];
    for (arguments, message) in cases {
        scene.run(arguments).exits(2).says(message);
    }
    assert!(scene.sandbox().calls().is_empty());
}

#[test]
fn an_expectation_outside_the_zone_is_refused_with_a_guess() {
    let scene = Scene::from("default");
    let arguments = ["fix", "--zone", "example.com", "--yes", "--expect", "s1._domainkey=a.b.example"];
    scene.run(&arguments).exits(2).says("did you mean s1._domainkey.example.com?");
    assert!(scene.writes().is_empty());
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let scene = Scene::from("default").set("CLOUDFLARE_BASE_URL", "http://192.0.2.1/client/v4");
    scene.run(&ZONE).exits(2).says("the token would travel in the clear");
}

#[test]
fn an_unknown_scenario_names_the_known_ones() {
    let scene = Scene::from("default");
    scene.run(&["audit", "--zone", "example.com", "--sandbox", "nope"]).exits(2).says("flattened-zone");
}

#[test]
fn texts_from_outside_cannot_move_the_cursor() {
    let text = r#"
        description = "a comment with escape sequences"
        [[zone]]
        name = "example.com"
        [[zone.record]]
        name = "s1._domainkey"
        type = "CNAME"
        content = "s1.domainkey.u1446226.wl123.sendgrid.net"
        proxied = true
        comment = "\u001b[2J\u001b]0;owned\u0007\r\nplain"
        [[zone.record]]
        name = "s2._domainkey"
        type = "TXT"
        content = "\u001b[31mred"
    "#;
    let scene = Scene::of(cf_domauth::sandbox::read(text).unwrap(), cf_domauth::sandbox::Options::default());
    let expect = "--expect=s2._domainkey.example.com=s2.domainkey.u1446226.wl123.sendgrid.net";
    for format in ["human", "markdown", "html", "csv"] {
        let run = scene
            .run(&["audit", "--zone", "example.com", expect, "--color=never", "--format", format])
            .exits(1);
        for forbidden in ["\u{1b}", "\u{7}", "\rplain"] {
            assert!(!run.stdout.contains(forbidden) && !run.stderr.contains(forbidden), "{format}: {run:?}");
        }
    }
}

#[test]
fn a_sandbox_that_is_asked_for_is_not_led_past() {
    let scene = Scene::from("default");
    let api = scene.variable("CLOUDFLARE_BASE_URL");
    let arguments = ["fix", "--zone", "example.com", "--yes", "--sandbox", "--api-url", &api];
    scene.run(&arguments).exits(2).says("--api-url and --sandbox exclude each other");
    assert!(scene.sandbox().calls().is_empty());
}

#[test]
fn a_line_break_behind_a_token_in_the_environment_is_cut() {
    let scene = Scene::from("default");
    let token = format!("{}\r\n", scene.sandbox().token("full"));
    scene.set("CLOUDFLARE_API_TOKEN", &token).run(&ZONE).exits(1).says("3 of 7 mail records are broken");
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf_8_work() {
    use std::os::unix::ffi::OsStrExt as _;
    let scene = Scene::from("default");
    let odd = scene.state_dir().join(std::ffi::OsStr::from_bytes(b"odd-\xff"));
    std::fs::create_dir(&odd).unwrap();
    let mut command = scene.command(&["fix", "--zone", "example.com", "--yes", "--wait=0", "--output"]);
    command.arg(odd.join("report")).env("CF_DOMAUTH_STATE_DIR", &odd).arg("--expect-file");
    let (file, target) = (odd.join("expect"), "s1.domainkey.u1446226.wl123.sendgrid.net");
    std::fs::write(&file, format!("name,type,value\ns1._domainkey.example.com,CNAME,{target}\n")).unwrap();
    let output = command.arg(&file).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 5)), "{output:?}");
    assert!(odd.join("report").is_file());
    assert_eq!(std::fs::read_dir(odd.join("journal")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let scene = Scene::from("default");
    let (id, folder) = (scene.sandbox().zone_ids()[0].1.clone(), scene.state_dir().join("lock"));
    let precious = scene.state_dir().join("precious");
    std::fs::write(&precious, "kept").unwrap();
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(&precious, folder.join(format!("{id}.lock"))).unwrap();
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]).exits(2).says("cannot be locked");
    assert_eq!(std::fs::read_to_string(precious).unwrap(), "kept");
    assert!(scene.writes().is_empty());
}
