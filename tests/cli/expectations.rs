//! Expectations from files, pastes and the providers themselves; and input that makes no sense.

use std::process::Stdio;

use cf_domauth::sandbox::{Options, read};

use crate::scene::{Run, Scene, lines, until};

const ROWS: &str = "CNAME\tem1234.example.com\tu1446226.wl123.sendgrid.net\n\
    CNAME\ts1._domainkey.example.com\ts1.domainkey.u1446226.wl123.sendgrid.net\n\
    CNAME\ts2._domainkey.example.com\ts2.domainkey.u1446226.wl123.sendgrid.net\n";

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

fn fix_with(scene: &Scene, bytes: &[u8]) -> Run {
    let file = file(bytes);
    let path = file.path().to_str().unwrap();
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0", "--expect-file", path])
}

#[test]
fn input_that_makes_no_sense_is_refused_and_nothing_is_written() {
    let scene = Scene::from("deleted");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(ROWS.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: [(&[u8], &str); 8] = [
        (b"", "empty"),
        (b"  \r\n\t\n", "empty"),
        (b"\x7fELF\x00\x01\x02\x00", "not text"),
        (b"CNAME em1.example.com u1.wl1.sendgrid.net\ncaf\xe9\n", "UTF-8"),
        (b"nothing here looks like a record\n", "standard input"),
        (
            b"em1.example.com CNAME u1.wl1.sendgrid.net\nem1.example.com CNAME u2.wl1.sendgrid.net\n",
            "em1.example.com",
        ),
        (b"em1.other.example.net CNAME u1.wl1.sendgrid.net\n", "is not inside example.com"),
        (b"version = 1\n[[zone]]\nname = \"example.com\"\ncolour = \"red\"\n", "line 4"),
    ];
    for (bytes, message) in cases {
        let run = fix_with(&scene, bytes).exits(2);
        if message != "standard input" {
            run.says(message);
        }
    }
    let long = vec![b'x'; 100 << 20];
    fix_with(&scene, &long).exits(2).says("4 MiB");
    scene
        .run(&["fix", "--zone", "example.com", "--yes", "--expect-file", "/nowhere"])
        .exits(2)
        .says("/nowhere cannot be read");
    let twice = ["fix", "--zone", "example.com", "--yes", "--expect-file=-", "--expect-file=-"];
    scene.run(&twice).exits(2).says("can be read once");
    assert!(scene.writes().is_empty());
    fix_with(&scene, &utf16).says("3 records understood");
}

#[test]
fn single_records_that_make_no_sense_are_listed_with_their_line() {
    let scene = Scene::from("deleted");
    let odd = "em1.example.com CNAME 192.0.2.1\n*.example.com CNAME u1.wl1.sendgrid.net\n\
        em2.example.com CNAME em2.example.com\nem1234.example.com CNAME u1446226.wl123.sendgrid.net\n";
    let run = fix_with(&scene, odd.as_bytes());
    run.says("1 record understood")
        .says("not understood: line")
        .says("points to an address")
        .says("line 2")
        .says("line 3");
}

#[test]
fn several_zones_in_one_manifest_each_get_their_own() {
    let scene = Scene::of(cf_domauth::sandbox::many(2, 10).unwrap(), Options::default());
    let text = "version = 1\n[[zone]]\nname = \"zone-0001.example\"\n[[zone.record]]\nname = \"k1._domainkey\"\n\
        target = \"k1.mailer.test\"\nttl = 300\n[[zone]]\nname = \"zone-0002.example\"\n[[zone.record]]\n\
        name = \"k1._domainkey\"\ntarget = \"k1.mailer.test\"\nprovider = \"Mailer\"\n";
    let manifest = file(text.as_bytes());
    let path = manifest.path().to_str().unwrap();
    let (report, _) = scene.json(&["fix", "--all-zones", "--yes", "--wait=0", "--expect-file", path]);
    let created: Vec<String> = lines(&report, "changes", ["action", "name"]);
    let created: Vec<&String> = created.iter().filter(|line| line.starts_with("create ")).collect();
    assert_eq!(created.len(), 2, "{report}");
    assert_eq!(scene.record("k1._domainkey.zone-0001.example").unwrap()["ttl"], 300);
    // A zone that the token cannot see is said, and the other is worked on.
    let unseen = file(text.replace("zone-0002.example", "unseen.example").as_bytes());
    let path = unseen.path().to_str().unwrap();
    let run = scene.run(&["fix", "--zone", "zone-0001.example", "--yes", "--wait=0", "--expect-file", path]);
    run.exits(2).says("k1._domainkey.unseen.example is not inside zone-0001.example");
    let both = ["--zone", "zone-0001.example", "--zone", "unseen.example"];
    let run = scene.run(&[&["audit"], &both[..], &["--expect-file", path]].concat());
    run.exits(6).says("no zone for unseen.example is visible");
}

#[test]
fn what_was_pasted_can_be_kept_as_a_manifest() {
    let scene = Scene::from("deleted");
    let paste = file(ROWS.as_bytes());
    let arguments = ["expect", "--zone", "example.com", "--from", paste.path().to_str().unwrap()];
    let run = scene.run(&arguments).exits(0);
    assert!(run.stderr.contains("3 records understood"), "{run:?}");
    let manifest = file(run.stdout.as_bytes());
    let path = manifest.path().to_str().unwrap();
    let (report, _) = scene.json(&["audit", "--zone", "example.com", "--expect-file", path]);
    assert_eq!(report["inputs"][0]["format"], "a manifest");
    assert_eq!(lines(&report, "findings", ["code", "severity"]), vec!["missing error"; 3]);
    let json = scene.run(&[&arguments[..], &["--to", "json"]].concat()).exits(0);
    let again = file(json.stdout.as_bytes());
    let (report, _) =
        scene.json(&["audit", "--zone", "example.com", "--expect-file", again.path().to_str().unwrap()]);
    assert_eq!(report["inputs"][0]["records"].as_array().unwrap().len(), 3);
    let run = scene.run(&["confirm", "--expect-file", path]).exits(1);
    run.says("no CNAME seen");
}

/// The scenario `deleted` at a customer of `SendGrid` and Postmark.
fn with_providers() -> Scene {
    let text = format!(
        "{}\n[[sendgrid]]\ndomain = \"example.com\"\nsubdomain = \"em1234\"\naccount = \"u1446226.wl123\"\n\
         [[postmark]]\ndomain = \"example.com\"\nreturn_path = \"pm-bounces\"\n",
        cf_domauth::sandbox::named("deleted").unwrap().replace("[expected]", "[expected_elsewhere]")
    );
    let text = without_expected(&text);
    Scene::of(read(&text).unwrap(), Options::default())
}

fn without_expected(text: &str) -> String {
    let (head, rest) = text.split_once("[expected_elsewhere]").unwrap();
    let (_, zones) = rest.split_once("[[zone]]").unwrap();
    format!("{head}[[zone]]{zones}")
}

#[test]
fn sendgrid_says_what_it_expects_and_looks_again_in_the_end() {
    let scene = with_providers();
    let arguments = ["fix", "--zone", "example.com", "--yes", "--wait=20s", "--expect-from", "sendgrid"];
    let (report, run) = scene.json(&arguments);
    assert_eq!(report["summary"]["applied"], 3, "{report}");
    let sources = lines(&report, "changes", ["source", "outcome"]);
    assert_eq!(sources, vec!["SendGrid's API applied"; 3]);
    let said = report["zones"][0]["provider"].as_array().unwrap();
    assert_eq!(said.len(), 3, "{report}");
    let all_valid = said.iter().all(|one| one["valid"] == true);
    run.exits(i32::from(!all_valid));
    // Its own resolver forgets in the end.
    until("SendGrid's resolver has forgotten", || scene.run(&arguments).code == Some(0));
    scene.run(&arguments).exits(0).says("valid").says("s1._domainkey.example.com");
}

#[test]
fn postmark_says_its_return_path() {
    let scene = with_providers();
    let run =
        scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=20s", "--expect-from", "postmark"]);
    run.says("pm-bounces.example.com").says("Repaired: 1 record");
    assert_eq!(scene.record("pm-bounces.example.com").unwrap()["content"], "pm.mtasv.net");
}

#[test]
fn what_the_user_and_the_provider_say_differently_is_left_alone() {
    let scene = with_providers();
    let expect = "--expect=em1234.example.com=u9.wl9.sendgrid.net";
    let (report, _) =
        scene.json(&["fix", "--zone", "example.com", "--dry-run", "--expect-from", "sendgrid", expect]);
    let changes = lines(&report, "changes", ["action", "name"]);
    assert_eq!(changes, ["create s1._domainkey.example.com", "create s2._domainkey.example.com"]);
    let text = report["zones"][0]["findings"].to_string();
    assert!(text.contains("u9.wl9.sendgrid.net") && text.contains("SendGrid's API: CNAME"), "{text}");
}

#[test]
fn a_dispute_is_not_settled_by_a_third_opinion() {
    let second = "\n[[sendgrid]]\ndomain = \"example.com\"\nsubdomain = \"em9\"\naccount = \"u7.wl1\"\n";
    let text = cf_domauth::sandbox::named("deleted").unwrap().replace("[expected]", "[expected_elsewhere]");
    let first = second.replace("em9", "em1234").replace("u7.wl1", "u1446226.wl123");
    let scene =
        Scene::of(read(&without_expected(&format!("{text}{first}{second}"))).unwrap(), Options::default());
    let expect = "--expect=s1._domainkey.example.com=keys.mailer.example";
    let arguments = ["fix", "--zone", "example.com", "--dry-run", "--expect-from", "sendgrid", expect];
    let (report, run) = scene.json(&arguments);
    run.exits(1);
    let changes = lines(&report, "changes", ["action", "name"]);
    assert!(!changes.iter().any(|line| line.contains("_domainkey")), "{changes:?}");
    let findings = lines(&report, "findings", ["code", "name"]);
    assert!(findings.contains(&"wrong-target s1._domainkey.example.com".to_owned()), "{findings:?}");
    assert!(report["zones"][0]["notes"].to_string().contains("SendGrid expects"), "{report}");
}

#[test]
fn a_provider_that_cannot_be_asked_is_explained() {
    let scene = with_providers();
    let arguments = ["audit", "--zone", "example.com", "--expect-from", "sendgrid"];
    scene
        .run(&["audit", "--zone", "example.com", "--expect-from", "pigeon"])
        .exits(2)
        .says("sendgrid, sendgrid-eu");
    let scene = scene.set("SENDGRID_API_KEY", "SG.wrong.000000000000");
    let run = scene.run(&arguments).exits(3);
    run.says("SendGrid").never_says("SG.wrong");
    scene.set("SENDGRID_API_KEY", "").run(&arguments).exits(2).says("SENDGRID_API_KEY is not set");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_noticed_before_anything_is_changed() {
    let scene = Scene::from("default");
    let command = scene.command(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    let program = command.get_program().to_owned();
    // Files may not grow at all, as on a full disk.
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" fix --zone example.com --yes --wait=0"])
        .arg(program);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let run = Run::from(limited.stdin(Stdio::null()).output().unwrap());
    run.exits(2).says("--state-dir").never_says("applied");
    assert!(scene.writes().is_empty());
}

/// A zone with two keys of Mailchimp and four web sites, all proxied.
fn moved() -> Scene {
    let alias = |name: &str, target: &str| {
        format!("{name}.example.com.\t1\tIN\tCNAME\t{target}. ; cf_tags=cf-proxied:true\n")
    };
    let records = [
        alias("k2._domainkey", "dkim2.mcsv.net"),
        alias("k3._domainkey", "dkim3.mcsv.net"),
        alias("www", "site.pages.dev"),
        alias("blog", "cname.vercel-dns.com"),
        alias("app", "old.herokuapp.com"),
        alias("shop", "shops.myshopify.com"),
    ];
    let zone = format!(
        "example.com\t3600\tIN\tSOA\tada.ns.cloudflare.com. dns.cloudflare.com. 1 10000 2400 604800 3600\n{}\
         _dmarc.example.com.\t1\tIN\tTXT\t\"v=DMARC1; p=none\"\n",
        records.concat()
    );
    Scene::of(cf_domauth::sandbox::from_zone_file(&zone).unwrap(), Options::default())
}

#[test]
fn a_list_never_takes_the_proxy_off_a_web_site() {
    let scene = moved();
    let list = "**Email:**\n- CNAME `k2._domainkey` → `dkim2.mcsv.net`\n- CNAME `k3._domainkey` → `dkim3.mcsv.net`\n\
        **Web:**\n- CNAME `www` → `site.pages.dev`\n- CNAME `app` → `new.herokuapp.com`\n- CNAME `blog` → `cname.vercel-dns.com`\n\
        CNAME shop pm.mtasv.net\n";
    fix_with(&scene, list.as_bytes());
    for web in ["www", "blog", "app", "shop"] {
        assert_eq!(scene.record(&format!("{web}.example.com")).unwrap()["proxied"], true, "{web}");
    }
    assert_eq!(scene.record("app.example.com").unwrap()["content"], "old.herokuapp.com");
    assert_eq!(scene.record("k2._domainkey.example.com").unwrap()["proxied"], false);
}

#[test]
fn what_nothing_shows_to_be_mail_is_created_only_where_it_is_named() {
    let scene = moved();
    let file = file(b"bounce CNAME b.unknown-mailer.test\nblog CNAME cname.vercel-dns.com\n");
    let path = format!("--expect-file={}", file.path().display());
    let given = ["fix", "--zone", "example.com", "--yes", "--restore", "--wait=0", &path];
    let run = scene.run(&given);
    run.says("not-recognised")
        .says("Nothing shows that these records are for mail")
        .says("--expect")
        .never_says("left out");
    assert!(
        scene.record("bounce.example.com").is_none(),
        "neither --yes nor --restore is a yes to this record"
    );
    assert_eq!(scene.record("blog.example.com").unwrap()["proxied"], true);
    let (report, _) = scene.json(&["fix", "--zone", "example.com", "--dry-run", &path]);
    assert_eq!(report["inputs"][0]["unrecognised"][0]["name"], "bounce.example.com");
    let named = [&given[..], &["--record", "bounce.example.com"]].concat();
    scene.run(&named);
    assert_eq!(scene.record("bounce.example.com").unwrap()["content"], "b.unknown-mailer.test");
}

#[test]
fn a_row_outside_the_zones_stops_no_other() {
    let scene = moved();
    let rows =
        "k2._domainkey.example.org CNAME dkim2.mcsv.net\nk2._domainkey.example.com CNAME dkim2.mcsv.net\n";
    let run = fix_with(&scene, rows.as_bytes());
    run.says("line 1").says("is not inside example.com");
    assert_eq!(scene.record("k2._domainkey.example.com").unwrap()["proxied"], false);
}
