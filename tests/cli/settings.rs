//! The settings file, against the sandbox.

use std::path::PathBuf;

use crate::scene::{Scene, lines};

const CANARY: &str = "canary-0123456789abcdef0123456789abcdef01";

/// Writes the settings file of a scene, for its user alone.
fn put(scene: &Scene, text: &str) -> PathBuf {
    let path = scene.state_dir().join(".config/cf-domauth/settings.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    with_mode(&path, 0o600);
    path
}

fn with_mode(path: &std::path::Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _: (&std::path::Path, u32) = (path, mode);
}

#[test]
fn a_flag_beats_a_variable_and_that_the_file_and_that_the_default() {
    let scene = Scene::from("default").set("CLOUDFLARE_ACCOUNT_ID", "");
    let path = put(
        &scene,
        "api_url = \"https://file.test/client/v4\"\nwait = \"7m\"\n[profile.work]\nwait = \"9m\"\n",
    );
    let said = |arguments: &[&str], name: &str| {
        let (shown, _) = scene.json(&[&["settings"], arguments].concat());
        let all = shown["settings"].as_array().unwrap();
        let one = all.iter().find(|one| one["name"] == name).unwrap();
        (one["value"].as_str().unwrap().to_owned(), one["origin"].as_str().unwrap().to_owned())
    };
    let path = path.display();
    assert_eq!(said(&[], "wait"), ("7m".to_owned(), format!("{path}:2 wait")));
    assert_eq!(said(&["--profile", "work"], "wait"), ("9m".to_owned(), format!("{path}:4 wait")));
    assert_eq!(said(&[], "api_url").1, "CLOUDFLARE_BASE_URL");
    let (value, origin) = said(&["--api-url", "https://flag.test/v4"], "api_url");
    assert_eq!((value.as_str(), origin.as_str()), ("https://flag.test/v4", "--api-url"));
    assert_eq!(said(&[], "account"), ("all".to_owned(), "the default".to_owned()));
    let scene = scene.set("CLOUDFLARE_BASE_URL", "");
    scene.run(&["settings"]).exits(0).says("https://file.test/client/v4").says(&format!("{path}:1 api_url"));
}

#[test]
fn the_token_is_fetched_from_where_the_file_says() {
    let scene = Scene::from("default");
    let token = scene.sandbox().token("full");
    let scene = scene.set("CLOUDFLARE_API_TOKEN", "");
    let kept = scene.state_dir().join("kept");
    std::fs::write(&kept, format!("{token}\n")).unwrap();
    with_mode(&kept, 0o600);
    for source in [
        format!("token = {{ file = \"{}\" }}", kept.display()),
        format!("token = {{ command = [\"cat\", \"{}\"] }}", kept.display()),
        "token = { variable = \"MY_TOKEN\" }".to_owned(),
        format!("token = \"{token}\""),
    ] {
        put(&scene, &format!("zones = [\"example.com\"]\n{source}\n"));
        let mut command = scene.command(&["audit", "-vv"]);
        let run = crate::scene::Run::from(command.env("MY_TOKEN", &token).output().unwrap());
        run.exits(1).says("em1234.example.com is proxied").never_says(&token);
        scene.run(&["settings"]).exits(0).never_says(&token);
    }
}

#[test]
fn a_token_that_cannot_be_had_is_told_with_a_way_out() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let audit = |text: &str| {
        put(&scene, text);
        scene.run(&["audit", "example.com"]).exits(2)
    };
    audit("token = { file = \"/nowhere\" }").says("the token file /nowhere cannot be read");
    audit("token = { variable = \"NOT_SET\" }").says("the variable NOT_SET").says("export NOT_SET=");
    let dumb =
        crate::scene::Run::from(scene.command(&["audit", "x.test"]).env("TERM", "dumb").output().unwrap());
    let chosen = scene.run(&["audit", "x.test", "--ascii"]);
    assert!(dumb.stderr.is_ascii() && chosen.stderr == dumb.stderr, "{}", dumb.stderr);
    chosen.says("export NOT_SET=...");
    audit("token = { command = [\"false\"] }").says("the command that should print the token (false) failed");
    audit("token = { command = [\"true\"] }").says("it printed nothing");
    audit("token = { keyring = \"default\" }").says("keyring").says("or keep the token elsewhere");
}

#[test]
fn a_file_that_makes_no_sense_is_refused_with_its_line() {
    let scene = Scene::from("default");
    let path = put(&scene, "\nresolver = [\"1.1.1.1\"]\n");
    let at = format!("{}:2: there is no setting `resolver` here", path.display());
    let calls = scene.sandbox().calls().len();
    scene.run(&["audit", "example.com"]).exits(2).says(&at).says("did you mean `resolvers`?");
    put(&scene, "wait = 5\n");
    scene.run(&["fix", "example.com"]).exits(2).says(":1: `wait` has to be a text in quotes");
    put(&scene, "resolvers = [\"1.1.1\"]\n");
    let scene = scene.set("CF_DOMAUTH_RESOLVERS", "");
    scene.run(&["audit", "example.com"]).exits(2).says("settings.toml:1: resolvers: `1.1.1`");
    put(&scene, "token = \"\"\n");
    scene.run(&["audit", "example.com"]).exits(2).says("settings.toml:1: `token` has to be a text in quotes");
    put(&scene, "[profile.work]\n");
    scene.run(&["audit", "example.com", "--profile", "wrok"]).exits(2).says("did you mean `work`?");
    scene.run(&["audit", "example.com", "--settings", "/nowhere"]).exits(2).says("/nowhere cannot be read");
    // What a finding means can be read all the same.
    put(&scene, "nonsense");
    scene.run(&["explain", "proxied"]).exits(0);
    assert_eq!(scene.sandbox().calls().len(), calls);
}

#[cfg(unix)]
#[test]
fn a_token_in_a_file_that_others_can_read_is_refused_and_never_shown() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let path = put(&scene, &format!("token = \"{CANARY}\"\n"));
    scene.run(&["audit", "example.com", "-vvv"]).exits(3).never_says(CANARY);
    with_mode(&path, 0o644);
    let run = scene.run(&["audit", "example.com"]).exits(2).never_says(CANARY);
    run.says("holds a token, and others can read it").says("chmod 600");
    put(&scene, "zones = [\"example.com\"]\n");
    with_mode(&path, 0o666);
    scene.run(&["audit"]).says("others can write to the settings file").says("chmod 600");
    put(&scene, &format!("token = \"{CANARY}\nwait = 3"));
    scene.run(&["settings"]).exits(2).never_says(CANARY);
}

#[test]
fn what_is_ignored_is_out_of_lists_plan_and_exit_status_until_its_day() {
    let scene = Scene::from("default");
    let rule = |code: &str, until: &str| {
        format!("[[ignore]]\ncode = \"{code}\"\nreason = \"known\"\nuntil = {until}\n")
    };
    put(&scene, &rule("proxied", "2020-01-01"));
    scene.run(&["audit", "example.com"]).exits(1).never_says("ignored");
    put(&scene, &rule("proxied", "2999-12-31"));
    let (report, run) = scene.json(&["audit", "example.com"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(lines(&report, "findings", ["code", "name"]), ["tracking-proxied url1234.example.com"]);
    let ignored = &report["zones"][0]["ignored"];
    assert_eq!(ignored.as_array().unwrap().len(), 3);
    assert_eq!((&ignored[0]["reason"], &ignored[0]["until"]), (&"known".into(), &"2999-12-31".into()));
    scene.run(&["audit", "example.com"]).exits(0).says("3 findings ignored until 2999-12-31");
    scene.run(&["fix", "example.com", "--yes"]).exits(0);
    assert_eq!(scene.writes(), []);
    // What is broken is not remembered as healthy.
    scene.run(&["snapshot", "example.com"]).exits(0).says("3 healthy records remembered");
}

#[test]
fn the_account_of_the_environment_narrows_and_is_no_part_of_a_rehearsal() {
    let scene = Scene::from("two-accounts").set("CLOUDFLARE_ACCOUNT_ID", "no/id");
    scene.run(&["audit", "--all-zones"]).exits(2).says("CLOUDFLARE_ACCOUNT_ID: ");
    scene.run(&["fix", "example.com", "--sandbox", "--yes"]).exits(0);
    let nobody = "0123456789abcdef0123456789abcdef";
    let scene = scene.set("CLOUDFLARE_ACCOUNT_ID", nobody);
    scene.run(&["audit", "--all-zones"]).exits(3).says("only zones of the account 0123456789abcdef");
}

#[test]
fn the_older_names_of_variables_work() {
    let scene = Scene::from("default");
    let (url, key) = (scene.variable("CLOUDFLARE_BASE_URL"), scene.sandbox().token("full"));
    let scene = scene.set("CLOUDFLARE_BASE_URL", "").set("CLOUDFLARE_API_BASE_URL", &url);
    scene.run(&["audit", "example.com"]).exits(1);
    let scene =
        scene.set("CLOUDFLARE_API_TOKEN", "").set("CF_API_KEY", &key).set("CF_API_EMAIL", "a@example.com");
    scene
        .run(&["settings"])
        .exits(0)
        .says("the legacy global key of a@example.com, not shown")
        .never_says(&key);
}

#[test]
fn zones_stand_behind_the_command_too_and_short_flags_work() {
    let scene = Scene::from("two-zones");
    let (report, _) = scene.json(&["audit", "example.com", "--zone", "example.org"]);
    assert_eq!(report["zones"].as_array().unwrap().len(), 2);
    scene.run(&["fix", "example.com", "-n"]).exits(1);
    assert_eq!(scene.writes(), []);
    scene.run(&["fix", "example.com", "-y"]).exits(0);
    scene.run(&["undo", "-n"]).exits(1);
    scene.run(&["undo", "-y"]).exits(0);
    scene.run(&["audit"]).exits(2).says("no zone is named").says("cf-domauth audit example.com");
}

#[test]
fn a_sandbox_means_the_same_everywhere() {
    let scene = Scene::from("default");
    scene.run(&["fix", "--sandbox", "example.com", "--yes"]).exits(0).says("Repaired: 3 records");
    scene.run(&["audit", "--sandbox", "deleted"]).exits(1);
    scene.run(&["confirm", "--sandbox", "example.com"]).exits(1);
    scene.run(&["confirm", "--sandbox"]).exits(2).says("cf-domauth confirm example.com");
    let run = scene.run(&["undo", "--sandbox", "--yes"]).exits(0);
    run.says("the simulator's records were repaired first").says("Put back: 3 records");
    scene.run(&["undo", "--sandbox", "--dry-run"]).exits(1);
    scene.run(&["undo", "--sandbox", "certificates", "--yes"]).exits(2).says("nothing to put back");
    assert_eq!(scene.sandbox().calls(), []);
}

#[test]
fn a_slip_of_the_pen_is_pointed_out() {
    let scene = Scene::from("default");
    scene.run(&["explain", "proxiet"]).exits(2).says("did you mean `proxied`?");
    scene.run(&["providers", "show", "sengrid"]).exits(2).says("did you mean `sendgrid`?");
    scene.run(&["audit", "--sandbox", "delted"]).exits(2).says("did you mean `deleted`?");
    scene
        .run(&["audit", "example.com", "--expect-from", "sendgird"])
        .exits(2)
        .says("did you mean `sendgrid`?");
    scene.run(&["audit", "exmaple.com"]).exits(3).says("did you mean `example.com`?");
    scene.run(&["audit", "nowhere.test"]).exits(3).says("this token can see example.com");
}

#[test]
fn what_stands_behind_a_mebibyte_is_no_setting_that_is_not_heard() {
    let scene = Scene::from("default");
    let path = scene.state_dir().join("big.toml");
    std::fs::write(&path, format!("#{}\nwait = \"7m\"\n", "x".repeat(1 << 20))).unwrap();
    scene
        .run(&["--settings", path.to_str().unwrap(), "settings"])
        .exits(2)
        .says("big.toml")
        .says("too large");
    scene.run(&["--settings", "/nowhere.toml", "settings"]).exits(2).says("no such file");
}

#[test]
fn arguments_of_a_command_and_passwords_in_addresses_are_not_shown() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let path = scene.state_dir().join("s.toml");
    let canary = "CANARY12345678";
    std::fs::write(&path, format!("token = {{ command = [\"false\", \"-H\", \"X: {canary}\"] }}\n")).unwrap();
    let file = path.to_str().unwrap();
    scene.run(&["--settings", file, "settings"]).exits(0).never_says(canary).says("false");
    scene.run(&["--settings", file, "audit", "example.com"]).exits(2).never_says(canary).says("false");
    let api = format!("https://user:{canary}@api.test/v4?token={canary}");
    let dns = format!("https://user:{canary}@dns.test/dns-query?key={canary}");
    for arguments in [["--api-url", &api, "settings"], ["--resolver", &dns, "settings"]] {
        scene.run(&arguments).never_says(canary);
    }
    for arguments in
        [["--api-url", &api, "audit", "example.com"], ["--resolver", &dns, "audit", "example.com"]]
    {
        scene.run(&arguments).exits(2).never_says(canary);
    }
}

#[test]
fn a_token_that_cannot_be_one_names_where_it_came_from() {
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let file = scene.state_dir().join("token");
    let from_file = |text: &str| {
        std::fs::write(&file, text).unwrap();
        scene.run(&["--token-file", file.to_str().unwrap(), "audit", "example.com"]).exits(2)
    };
    from_file("").says("cannot be used: it is empty").says("alone into it");
    from_file("one\ntwo\n").says("cannot be used: it holds more than one line");
    from_file(&"x".repeat(70_000)).says("cannot be used: it is longer than 64 KiB");
    let path = scene.state_dir().join("s.toml");
    let from_command = |script: &str| {
        let command = serde_json::to_string(&["sh", "-c", script]).unwrap();
        std::fs::write(&path, format!("token = {{ command = {command} }}\n")).unwrap();
        scene.run(&["--settings", path.to_str().unwrap(), "audit", "example.com"]).exits(2)
    };
    from_command("echo one; echo two").says("it printed more than one line");
    from_command("head -c 200000 /dev/zero | tr '\\0' x").says("it printed more than 64 KiB");
    scene.run(&["--token-file", "/tmp", "audit", "example.com"]).exits(2).never_says("chmod");
}
