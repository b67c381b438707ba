//! `providers` and provider files of the user's.

use crate::scene::Scene;

#[test]
fn the_traps_of_shared_suffixes_are_decided_with_the_reason() {
    let scene = Scene::from("default");
    let is = |name: &str, target: &str, what: &str| {
        scene.run(&["providers", "match", &format!("{name}.example.com"), target]).exits(0).says(what);
    };
    is("em1234", "u1.wl1.sendgrid.net", "the return path of SendGrid");
    is("url1234", "sendgrid.net", "may be proxied: left alone");
    is("12345678", "sendgrid.net", "may be proxied: left alone");
    is("fwtrack1", "sendgrid.net", "may be proxied: left alone");
    is("send", "12.klaviyodns.com", "must be DNS only: fix makes it so");
    is("trk", "dct.klaviyodns.com", "if you name it with --record");
    is("zendesk1", "mail1.zendesk.com", "must be DNS only");
    is("help", "acme.zendesk.com", "a web site of Zendesk");
    is("mailerabc", "0a1b.p12.email.myshopify.com", "must be DNS only");
    is("www", "shops.myshopify.com", "may be proxied: left alone");
    is("rly._domainkey", "rly.domainkey.u9.wl9.sendgrid.net", "must be DNS only");
    is("x._domainkey", "keys.unknown.test", "a name with an underscore label");
    is(
        "selector1._domainkey",
        "selector1-a-b._domainkey.t.n-v1.dkim.mail.microsoft",
        "must be DNS only: fix",
    );
    is(
        "selector1._domainkey",
        "selector1-a-b._domainkey.t.onmicrosoft.com",
        "Cloudflare refuses to proxy it",
    );
    is("_mta-sts", "x.unknown.test", "a text record");
    is("_mta-sts", "mta-sts.tutanota.de", "a text record of Tuta");
    is("mta-sts", "mta-sts.tutanota.de", "a web site of Tuta");
    is("mail.notifications", "send.forge.rmta.net", "the return path of Resend");
    is("em", "acme.activehosted.com", "the return path of ActiveCampaign");
    is("em", "acme.activehosted.com", "one zone or catalog shows it");
    is("www", "acme.activehosted.com", "may be proxied: left alone");
    is("em1234", "u123456.eu.wl.sendgrid.net", "must be DNS only: fix makes it so");
    is("go", "go.emailitmail.com", "click and open tracking of Emailit");
    is("bounces", "feedback-smtp.us-east-1.amazonses.com", "filed by mistake: reported and left alone");
    is("mail", "privateemail.com", "may be proxied: left alone");
    for (name, target) in [
        ("mta-sts", "x.unknown.test"),
        ("em1", "evilsendgrid.net"),
        ("em1", "u1.wl1.sendgrid.net.attacker.example"),
        ("_acme-challenge", "x.dcv.unknown.test"),
        ("www", "helpdesk.com"),
    ] {
        let run = scene.run(&["providers", "match", &format!("{name}.example.com"), target]);
        run.exits(1).says("left alone unless you name it");
    }
}

#[test]
fn the_catalog_is_listed_and_shown_for_people_and_programs() {
    let scene = Scene::from("default");
    scene.run(&["providers"]).exits(0).says("SendGrid").says("Connectif");
    scene.run(&["providers", "show", "Connectif"]).exits(0).says("Verify domain");
    scene.run(&["providers", "show", "nobody"]).exits(2).says("`cf-domauth providers` lists them");
    scene.run(&["providers", "--format", "csv"]).exits(2).says("for people or as JSON");
    let (list, run) = scene.json(&["providers"]);
    run.exits(0);
    assert!(list["providers"].as_array().unwrap().len() >= 150);
    scene.run(&["providers", "show", "tuta"]).exits(0).says("_mta-sts CNAME to mta-sts.tutanota.de");
    let (show, _) = scene.json(&["providers", "show", "klaviyo"]);
    let is_ask =
        |record: &serde_json::Value| record["target"] == "dct.klaviyodns.com" && record["treatment"] == "ask";
    assert!(show["provider"]["records"].as_array().unwrap().iter().any(is_ask), "{show}");
}

#[test]
fn a_file_of_the_users_extends_what_is_known_and_a_bad_one_is_named() {
    let scene = Scene::from("default");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours.toml");
    let (_, example) = include_str!("../../docs/catalog.md").split_once("```toml").unwrap();
    std::fs::write(&path, example.split_once("```").unwrap().0).unwrap();
    let asked = ["providers", "match", "em1.example.com", "a.dkim.mailer.example", "--catalog"];
    for named in [path.as_path(), folder.path()] {
        let arguments: Vec<&str> = asked.iter().copied().chain(named.to_str()).collect();
        scene.run(&arguments).exits(0).says("a DKIM key of Our Mailer");
    }
    std::fs::write(&path, "id = \"x\"\ncolour = 1\n").unwrap();
    let at = path.to_str().unwrap();
    scene.run(&["audit", "--zone", "example.com", "--catalog", at]).exits(2).says(at).says("docs/catalog.md");
    scene.run(&["providers", "--catalog", "/nowhere.toml"]).exits(2).says("/nowhere.toml");
}
