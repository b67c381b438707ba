//! `confirm`: public DNS only, no token.

use std::process::Stdio;

use crate::scene::{Scene, heard, lines};

const S1: &str = "s1._domainkey.example.com";
const S1_TARGET: &str = "s1.domainkey.u1446226.wl123.sendgrid.net";

fn tokenless(scenario: &str) -> Scene {
    Scene::from(scenario).set("CLOUDFLARE_API_TOKEN", "").set("CLOUDFLARE_BASE_URL", "")
}

#[test]
fn a_healthy_name_is_confirmed_down_to_its_key() {
    let scene = tokenless("default");
    let (report, run) = scene.json(&["confirm", "fm1._domainkey.example.com"]);
    run.exits(0);
    let one = &report["zones"][0]["confirmations"][0];
    assert_eq!(one["expected"], "fm1.example.com.dkim.fmhosted.com");
    let kinds: Vec<&str> =
        one["servers"].as_array().unwrap().iter().map(|server| server["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["authoritative", "resolver", "resolver", "resolver", "resolver"]);
    assert_eq!(one["servers"][1]["behind"], "found");
    assert!(scene.sandbox().calls().is_empty());
}

#[test]
fn a_proxied_name_is_absent_and_said_to_look_proxied() {
    let scene = tokenless("default");
    let run = scene.run(&["confirm", S1, "--expect", &format!("{S1}={S1_TARGET}")]).exits(1);
    run.says("no CNAME seen").says("most likely it is proxied");
    scene.run(&["verify", S1]).exits(1).says("no CNAME seen");
}

#[test]
fn the_letter_stands_alone_on_standard_output() {
    let scene = tokenless("default");
    let path = scene.state_dir().join("records.csv");
    std::fs::write(&path, format!("name,target\n{S1},{S1_TARGET}\n")).unwrap();
    let run = scene.run(&["confirm", "--expect-file", path.to_str().unwrap(), "--message"]).exits(1);
    assert!(run.stdout.starts_with("example.com: "), "{}", run.stdout);
    assert!(run.stderr.contains("records.csv, read as a table: 1 record understood"), "{}", run.stderr);
}

#[test]
fn what_several_names_have_in_common_is_explained_once() {
    let scene = tokenless("default");
    let s2 = "s2._domainkey.example.com=s2.domainkey.u1446226.wl123.sendgrid.net";
    let wanted = format!("{S1}={S1_TARGET}");
    let run = scene.run(&["confirm", "--expect", &wanted, "--expect", s2]).exits(1);
    assert_eq!(
        run.stdout.matches("shows no CNAME at the zone's own name servers").count(),
        1,
        "{}",
        run.stdout
    );
    run.says("The same of s2._domainkey.");
}

#[test]
fn a_run_that_left_nothing_to_see_is_not_confirmed_as_if_all_were_fine() {
    let scene = Scene::from("default");
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]);
    scene.run(&["undo", "--yes", "--wait=0"]);
    let run = scene.run(&["confirm", "--run", "last"]).exits(2);
    run.says("left no record that public DNS would show as a CNAME").says("undo --list");
}

#[test]
fn resolvers_are_not_asked_for_what_is_not_published() {
    let scene = tokenless("deleted");
    let (report, _) = scene.json(&["confirm", "--expect", &format!("{S1}={S1_TARGET}")]);
    let servers = report["zones"][0]["confirmations"][0]["servers"].as_array().unwrap();
    assert!(servers[1..].iter().all(|server| server["observation"] == "not asked"), "{servers:?}");
}

#[test]
fn a_wrong_target_is_wrong() {
    let scene = tokenless("wrong-target");
    let (report, run) = scene.json(&["confirm", "--expect", &format!("{S1}={S1_TARGET}")]);
    run.exits(1);
    assert_eq!(lines(&report, "confirmations", ["verdict", "name"]), [format!("wrong {S1}")]);
}

#[test]
fn an_alias_with_no_key_behind_it_is_not_confirmed() {
    let text = r#"
        description = "the key behind the alias is gone"
        [[zone]]
        name = "example.com"
        [[zone.record]]
        name = "x._domainkey"
        type = "CNAME"
        content = "gone.keys.mailer.example"
        [[elsewhere]]
        name = "other.mailer.example"
        type = "TXT"
        content = "x"
    "#;
    let scene = Scene::of(cf_domauth::sandbox::read(text).unwrap(), cf_domauth::sandbox::Options::default());
    scene.run(&["confirm", "x._domainkey.example.com"]).exits(1).says("no DKIM key is published behind it");
}

#[test]
fn all_silent_is_unreachable_and_never_absent() {
    let scene = Scene::with_faults("default", &["silent-dns"]);
    let run = scene.run(&["confirm", S1]).exits(4);
    run.says("no usable answer").never_says("no CNAME seen").says("--resolver");
}

#[test]
fn tcp_and_fast_questions_work_as_well() {
    let scene = tokenless("default");
    let resolvers: Vec<String> = scene
        .variable("CF_DOMAUTH_RESOLVERS")
        .split(',')
        .map(|at| format!("--resolver=tcp://{at}"))
        .collect();
    let mut arguments = vec!["confirm", "fm1._domainkey.example.com", "--no-pace"];
    arguments.extend(resolvers.iter().map(String::as_str));
    scene.run(&arguments).exits(0).says("Seen by every server that was asked");
}

#[test]
fn an_answer_that_does_not_fit_a_packet_is_asked_for_over_tcp() {
    let text = format!(
        r#"
        description = "a key beside so much other text that the answer does not fit"
        [[zone]]
        name = "example.com"
        [[zone.record]]
        name = "x._domainkey"
        type = "CNAME"
        content = "x.keys.mailer.example"
        [[elsewhere]]
        name = "x.keys.mailer.example"
        type = "TXT"
        content = "{}"
        [[elsewhere]]
        name = "x.keys.mailer.example"
        type = "TXT"
        content = "{{dkim-key}}"
        "#,
        "a".repeat(1_500)
    );
    let scene = Scene::of(cf_domauth::sandbox::read(&text).unwrap(), cf_domauth::sandbox::Options::default());
    scene.run(&["confirm", "x._domainkey.example.com"]).exits(0).says("Seen by every server that was asked");
}

#[test]
fn nothing_to_confirm_is_a_usage_error() {
    tokenless("default").run(&["confirm"]).exits(2);
}

#[test]
fn of_a_bare_domain_the_usual_names_are_found_and_the_proxied_ones_told() {
    let scene = tokenless("default");
    scene
        .run(&["confirm", "example.com"])
        .exits(1)
        .says("usual names were asked for: 5 names to confirm")
        .says("such as em1234, cannot be guessed")
        .says("s1._domainkey.example.com shows no CNAME")
        .says("most likely it is proxied")
        .says("fm1._domainkey");
    let (json, _) = scene.json(&["confirm", "example.com"]);
    assert_eq!(json["zones"][0]["confirmations"].as_array().unwrap().len(), 5);
}

#[test]
fn a_domain_where_nothing_is_found_is_not_called_right() {
    let scene = tokenless("deleted");
    scene
        .run(&["confirm", "example.com"])
        .exits(1)
        .says("none of the")
        .says("--expect-file")
        .never_says("names are seen");
    scene
        .run(&["confirm", "example.com", "--message"])
        .exits(1)
        .says("None of the names that records for mail usually have")
        .never_says("they work");
}

#[test]
fn broken_signatures_are_told_from_a_broken_server() {
    let run = tokenless("stale-ds").run(&["confirm", "s1._domainkey.example.com"]).exits(5);
    run.says("DNSSEC is broken").says("cf-domauth explain dnssec-broken");
}

#[test]
fn two_policies_are_told_without_a_token() {
    tokenless("dmarc-policies").run(&["confirm", "example.com"]).exits(1).says("explain dmarc-duplicated");
}

#[test]
fn a_wildcard_record_makes_no_name_look_as_if_it_were_there() {
    let text = r#"
        description = "a web site at every name"
        [[zone]]
        name = "example.com"
        [[zone.record]]
        name = "*"
        type = "A"
        content = "192.0.2.10"
        proxied = true
        [[zone.record]]
        name = "k2._domainkey"
        type = "CNAME"
        content = "dkim2.mcsv.net"
    "#;
    let scene = Scene::of(cf_domauth::sandbox::read(text).unwrap(), cf_domauth::sandbox::Options::default());
    scene
        .run(&["confirm", "example.com"])
        .says("a wildcard record")
        .says("2 names to confirm")
        .says("k2._domainkey")
        .says("k3._domainkey.example.com shows no CNAME");
}

#[test]
fn a_message_tells_a_customer_what_to_change_record_by_record() {
    let scene = tokenless("default");
    let expected = "--expect=em1234.example.com=u1446226.wl123.sendgrid.net";
    let gone = "--expect=x._domainkey.example.com=x.keys.mailer.example";
    let letter =
        scene.run(&["confirm", expected, gone, "fm1._domainkey.example.com", "--message", "-q"]).exits(1);
    let lines: Vec<&str> = letter.stdout.lines().map(str::trim).collect();
    for line in [
        "example.com: 2 DNS records for mail have to be changed",
        "em1234.example.com",
        "Type: CNAME",
        "x._domainkey.example.com",
        "x.keys.mailer.example",
        "Proxy status: DNS only",
        "fm1._domainkey.example.com",
    ] {
        assert!(lines.contains(&line), "`{line}` has no line of its own:\n{}", letter.stdout);
    }
    let is_long = |line: &&str| line.chars().count() > 78;
    assert_eq!(letter.stdout.lines().find(is_long), None);
    letter
        .says("dash.cloudflare.com, choose example.com, then DNS > Records")
        .says("1. This record is most likely proxied")
        .says("2. This record is not visible")
        .never_says("127.0.0.1");
    scene
        .run(&["confirm", "fm1._domainkey.example.com", "--message"])
        .exits(0)
        .says("1 DNS record for mail was found, and it works")
        .never_says("Nothing has to be changed");
    let named = "--expect=fm1._domainkey.example.com=fm1.example.com.dkim.fmhosted.com";
    scene
        .run(&["confirm", named, "--message"])
        .exits(0)
        .says("the DNS record for mail is right")
        .says("Nothing has to be changed in this record");
}

#[test]
fn a_message_is_written_in_the_language_of_its_reader() {
    let scene = tokenless("default");
    let letter = |language: &str| {
        scene.run(&["confirm", "example.com", "--message", "-q", "--language", language]).exits(1)
    };
    for (language, says) in [
        ("en", "have to be changed"),
        ("es", "hay que cambiar 2 registros DNS de correo"),
        ("de", "2 DNS-Einträge für E-Mail müssen geändert werden"),
        ("fr", "2 enregistrements DNS de messagerie sont à modifier"),
        ("pt", "é preciso alterar 2 registros DNS de e-mail"),
    ] {
        let letter = letter(language).says(says).says("\"DNS only\"");
        let foreign = language != "en"
            && ["please", "record", " the ", "Nothing"].iter().any(|word| letter.stdout.contains(word));
        assert!(!foreign, "{}", letter.stdout);
    }
    let all = ["confirm", "example.com", "--language", "de"];
    scene.run(&all).exits(2).says("--message");
    scene
        .run(&["confirm", "example.com", "--message", "--language", "tlh"])
        .exits(2)
        .says("[possible values: en, es, de, fr, pt]");
}

#[test]
fn looking_for_the_zone_plants_no_absence_of_the_name() {
    // The record is made while the program waits: had it asked a resolver for the missing name before,
    // that resolver would say "no such name" for the rest of the lifetime.
    let options = cf_domauth::sandbox::Options { real_ttl: true, ..Default::default() };
    let scene = Scene::with("deleted", options);
    let expected = "x._domainkey.example.com=fm1.example.com.dkim.fmhosted.com";
    let mut command = scene.command(&["confirm", "--expect", expected, "--wait=20s"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _kept = heard(&mut child, "waiting for public DNS: x._domainkey.example.com");
    assert!(scene.sandbox().publish("x._domainkey.example.com", "fm1.example.com.dkim.fmhosted.com"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn authoritative_servers_that_contradict_each_other_confirm_nothing() {
    let one = tokenless("default");
    let text = cf_domauth::sandbox::named("default")
        .unwrap()
        .replace("fm1.example.com.dkim.fmhosted.com", "other.test");
    let two = Scene::of(cf_domauth::sandbox::read(&text).unwrap(), cf_domauth::sandbox::Options::default());
    let both = [&one, &two].map(|scene| scene.variable("CF_DOMAUTH_AUTHORITATIVE")).join(",");
    let one = one.set("CF_DOMAUTH_AUTHORITATIVE", &both);
    one.run(&["confirm", "fm1._domainkey.example.com", "--wait=1s"])
        .exits(1)
        .says("not as it ought to be")
        .says("other.test");
}

#[test]
fn a_resolver_in_the_place_of_an_authoritative_server_has_no_say() {
    let scene = tokenless("default");
    let resolver = scene.variable("CF_DOMAUTH_RESOLVERS").split(',').next().unwrap().to_owned();
    let scene = scene.set("CF_DOMAUTH_AUTHORITATIVE", &resolver);
    let run = scene.run(&["confirm", "fm1._domainkey.example.com"]).exits(5);
    run.says("not authoritative").says("no usable answer");
}

#[test]
fn a_delegation_above_the_name_is_told_with_where_it_leads() {
    let scene = tokenless("delegated-keys");
    scene
        .run(&["confirm", "s1._domainkey.example.com"])
        .exits(5)
        .says("_domainkey.example.com was handed to others")
        .says("_domainkey.example.com is delegated to ns1.keys.example");
    scene.run(&["confirm", "example.com"]).says("names there have to be asked for with --authoritative");
}

#[test]
fn a_flattened_name_is_told_from_a_proxied_one() {
    let scene = tokenless("flattened-web");
    let expect = "track.example.com=web.mailer.example";
    scene
        .run(&["confirm", "--expect", expect])
        .exits(1)
        .says("192.0.2.80, an address of its target: the CNAME is flattened");
}

/// A SendGrid set of three.
fn set(proxied: &str) -> Scene {
    let record = |name: &str, target: &str| {
        format!(
            "[[zone.record]]\nname = '{name}'\ntype = 'CNAME'\ncontent = '{target}u1446226.wl123.sendgrid.net'\nproxied = {}\n",
            name == proxied
        )
    };
    let records = [("em1234", ""), ("s1._domainkey", "s1.domainkey."), ("s2._domainkey", "s2.domainkey.")];
    let records: String = records.iter().map(|(name, target)| record(name, target)).collect();
    let policy = "[[zone.record]]\nname = '_dmarc'\ntype = 'TXT'\ncontent = 'v=DMARC1; p=none'\n";
    let text = format!("description = 'x'\n[[zone]]\nname = 'example.com'\n{records}{policy}");
    Scene::of(cf_domauth::sandbox::read(&text).unwrap(), cf_domauth::sandbox::Options::default())
}

#[test]
fn a_return_path_that_cannot_be_guessed_is_never_called_right() {
    for proxied in ["em1234", "nothing"] {
        let scene = set(proxied);
        scene
            .run(&["confirm", "example.com"])
            .exits(1)
            .says("return path that SendGrid asks for")
            .says("was not checked: its name cannot be guessed")
            .says("u1446226.wl123.sendgrid.net");
        scene
            .run(&["confirm", "example.com", "--message"])
            .exits(1)
            .says("Its name cannot be guessed, so it was not")
            .says("     u1446226.wl123.sendgrid.net\n")
            .says("These records were found in public DNS, and they work.")
            .says("     Settings > Sender Authentication > example.com > Verify\n")
            .never_says("Nothing has to be changed")
            .never_says("records for mail are right");
    }
}

#[test]
fn a_name_that_says_nothing_beside_a_healthy_sibling_is_told() {
    for (scenario, name) in
        [("flattened-record", "s1._domainkey.example.com"), ("incomplete-set", "s2._domainkey.example.com")]
    {
        let scene = tokenless(scenario);
        let run = scene.run(&["confirm", "example.com"]).exits(1);
        run.says(&format!("{name} shows no CNAME"));
        let letter = scene.run(&["confirm", "example.com", "--message"]).exits(1);
        letter
            .says("\n1. ")
            .says(&format!("       {name}\n"))
            .never_says("records for mail are right")
            .never_says("Nothing has to be changed");
    }
}

#[test]
fn two_domains_of_one_registry_are_two_zones() {
    let scene = Scene::of(cf_domauth::sandbox::many(2, 5).unwrap(), cf_domauth::sandbox::Options::default());
    let (report, _) = scene.json(&["confirm", "zone-0001.example", "zone-0002.example"]);
    let zones: Vec<&str> =
        report["zones"].as_array().unwrap().iter().map(|zone| zone["zone"].as_str().unwrap()).collect();
    assert_eq!(zones, ["zone-0001.example", "zone-0002.example"]);
}

#[test]
fn a_web_host_is_no_mail_record() {
    let scene = tokenless("default");
    let run = scene.run(&["confirm", "www.example.com", "fm1._domainkey.example.com", "--message"]);
    run.says("This name is not used for mail as far as public DNS shows, and was left out.\n\n     www.example.com\n")
        .never_says("\n1. ")
        .says("1 DNS record for mail was found, and it works");
}

#[test]
fn a_letter_says_of_old_answers_until_when_and_asks_for_no_change() {
    let options = cf_domauth::sandbox::Options { real_ttl: true, ..Default::default() };
    let scene = Scene::with("default", options);
    scene.run(&["fix", "--zone", "example.com", "--yes", "--wait=0"]).exits(5);
    let expected = "--expect=s1._domainkey.example.com=s1.domainkey.u1446226.wl123.sendgrid.net";
    let letter = scene.run(&["confirm", expected, "--message"]).exits(5);
    let letter = letter
        .says("example.com: the DNS record for mail is published, but not visible everywhere")
        .says("     s1._domainkey.example.com\n")
        .says("let SendGrid check the domain again.\n\n     Settings > Sender Authentication > example.com > Verify\n")
        .never_says("change the following");
    // The moment until which old answers live is that from which the platform can look again.
    let whole = letter.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = |word: &str| whole.split(word).nth(1).map(|rest| rest.chars().take(21).collect::<String>());
    let until = at("until ").filter(|moment| moment.ends_with(" UTC"));
    assert!(until.is_some() && until == at("From "), "{whole}");
}

#[test]
fn a_letter_has_no_other_format() {
    let run =
        tokenless("default").run(&["confirm", "example.com", "--message", "--format=markdown"]).exits(2);
    run.says("takes no --format");
}

#[test]
fn who_waits_for_nothing_is_not_told_of_waiting() {
    let scene = tokenless("default");
    scene.run(&["confirm", "s1._domainkey.example.com"]).exits(1).never_says("waiting for");
    scene.run(&["confirm", "s1._domainkey.example.com", "--wait=1s"]).exits(1).says("waiting for public DNS");
}

#[test]
fn a_pasted_page_with_relative_names_needs_only_the_zone() {
    let scene = tokenless("default");
    let page = scene.state_dir().join("page.tsv");
    std::fs::write(&page, "Type\tHost\tValue\nCNAME\tfm1._domainkey\tfm1.example.com.dkim.fmhosted.com\n")
        .unwrap();
    let file = page.to_str().unwrap();
    let run = scene.run(&["confirm", "--expect-file", file, "--zone", "example.com"]).exits(0);
    run.says("Seen by every server that was asked");
}

#[test]
fn a_sandbox_of_its_own_needs_no_variables() {
    let scene = tokenless("default").set("CF_DOMAUTH_RESOLVERS", "").set("CF_DOMAUTH_AUTHORITATIVE", "");
    let run = scene.run(&["confirm", "fm1._domainkey.example.com", "--sandbox"]).exits(0);
    run.says("Seen by every server that was asked");
    scene
        .run(&["confirm", "x.example.com", "--sandbox", "--resolver=192.0.2.1"])
        .exits(2)
        .says("exclude each other");
}

#[test]
fn names_that_nobody_could_be_asked_about_are_no_good_news() {
    for scenario in ["partial-zone", "secondary-zone", "delegated-keys"] {
        let scene = tokenless(scenario);
        scene.run(&["confirm", "example.com"]).exits(1).says("could not be asked for");
        let letter = scene.run(&["confirm", "example.com", "--message"]).exits(1);
        letter.says("Some names of this domain could not be checked").never_says("Nothing has to be changed");
    }
}

#[test]
fn records_of_one_set_that_contradict_each_other_are_not_called_right() {
    let scene = tokenless("wrong-target");
    let named = "--expect=em1234.example.com=u1446226.wl123.sendgrid.net";
    scene.run(&["confirm", "example.com", named]).exits(1).says("which does not go with");
    scene
        .run(&["confirm", "example.com", named, "--message"])
        .exits(1)
        .never_says("records for mail are right");
}

#[test]
fn what_a_page_says_beyond_aliases_is_in_the_verdict() {
    let scene = tokenless("no-dmarc-policy");
    let page = scene.state_dir().join("page.tsv");
    let key = "CNAME\tk2._domainkey\tdkim2.mcsv.net\n";
    let letter = |more: &str| {
        std::fs::write(&page, format!("Type\tHost\tValue\n{key}{more}")).unwrap();
        let file = page.to_str().unwrap();
        scene.run(&["confirm", "--zone", "example.com", "--expect-file", file, "--message"])
    };
    let policy = letter("TXT\t_dmarc\tv=DMARC1; p=none\n");
    policy.exits(1).says("This domain has no DMARC policy").never_says("Nothing has to be changed");
    let unread = letter("CNAME\tk3._domainkey\n");
    unread.exits(1).never_says("Nothing has to be changed");
}

#[test]
fn a_letter_does_not_send_to_cloudflare_who_has_his_dns_elsewhere() {
    let letter = tokenless("moved-zone").run(&["confirm", "example.com", "--message"]);
    letter.says("     ns1.old-dns-host.example\n").never_says("dash.cloudflare.com");
}
