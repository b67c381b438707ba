//! Whole inputs of every format, as people bring them. Pure.

mod kinds;
mod random;

use std::sync::LazyLock;

use super::*;
use crate::testing::{catalog, name};

static CATALOGUE: LazyLock<Catalog> = LazyLock::new(catalog);

macro_rules! fixture {
    ($file:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/input/", $file))
    };
}

fn reading_in(bytes: &[u8], zones: &[&str]) -> Result<Reading, BadInput> {
    let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
    read(bytes, &Context { zones: &zones, bases: &[], catalog: &CATALOGUE })
}

fn reading(bytes: &[u8]) -> Reading {
    reading_in(bytes, &["example.com"]).unwrap()
}

/// One line for each record, then one for each policy, aside and unread remark.
fn told(reading: &Reading) -> Vec<String> {
    let ttl = |entry: &Entry| entry.ttl.map_or_else(String::new, |ttl| format!(" ttl {}", ttl.to_api()));
    let note = |entry: &Entry| entry.note.as_ref().map_or_else(String::new, |note| format!(" ({note})"));
    let at = |line: Option<usize>| line.map_or_else(|| "-".to_owned(), |line| line.to_string());
    let entries = reading
        .entries
        .iter()
        .map(|e| format!("{} {} {}{}{}", at(e.line), e.name, e.target, ttl(e), note(e)));
    let policies = reading.policies.iter().map(|p| format!("{} {} {}", at(p.line), p.name, p.text));
    let is_told = |remark: &&Remark| remark.why != coverage::IN_PASSING;
    let aside = reading.aside.iter().filter(is_told).map(|r| format!("{} aside: {}", at(r.line), r.why));
    let unread = reading.unread.iter().map(|r| format!("{} unread: {}: {}", at(r.line), r.text, r.why));
    entries.chain(policies).chain(aside).chain(unread).collect()
}

const EM: &str = "em5678.example.com u1446226.wl123.sendgrid.net";
const S1: &str = "s1._domainkey.example.com s1.domainkey.u1446226.wl123.sendgrid.net";
const S2: &str = "s2._domainkey.example.com s2.domainkey.u1446226.wl123.sendgrid.net";

#[track_caller]
fn is(bytes: &[u8], format: Format, wanted: &[String]) {
    let reading = reading(bytes);
    assert_eq!(told(&reading), wanted);
    assert_eq!(reading.format, format);
}

#[test]
fn a_page_with_a_table_is_read() {
    let wanted = [
        format!("6 {EM}"),
        format!("7 {S1}"),
        format!("8 {S2}"),
        "9 _dmarc.example.com v=DMARC1; p=none".to_owned(),
    ];
    is(fixture!("sendgrid-page.txt"), Format::Paste, &wanted);
    is(fixture!("utf-16.txt"), Format::Paste, &wanted);
}

#[test]
fn a_page_without_known_zones_is_read_where_names_are_full() {
    let reading = reading_in(fixture!("sendgrid-page.txt"), &[]).unwrap();
    assert_eq!(told(&reading)[..3], [format!("6 {EM}"), format!("7 {S1}"), format!("8 {S2}")]);
    let reading = reading_in(fixture!("one-value-per-line.txt"), &[]).unwrap();
    assert_eq!(told(&reading), [format!("2 {EM}"), format!("5 {S1}"), format!("8 {S2}")]);
}

#[test]
fn labels_on_lines_of_their_own_tell_what_follows() {
    let wanted = [
        "8 send.example.com 12.klaviyodns.com".to_owned(),
        "17 kl._domainkey.send.example.com kl.domainkey.12.klaviyodns.com".to_owned(),
        "26 kl2._domainkey.send.example.com kl2.domainkey.12.klaviyodns.com".to_owned(),
    ];
    is(fixture!("klaviyo-page.txt"), Format::Paste, &wanted);
}

#[test]
fn rows_with_wide_gaps_are_read() {
    let wanted = [
        "6 hs1-12345678._domainkey.example.com example-com.hs01a.dkim.hubspotemail.net".to_owned(),
        "7 hs2-12345678._domainkey.example.com example-com.hs01b.dkim.hubspotemail.net".to_owned(),
        "11 _dmarc.example.com v=DMARC1; p=none".to_owned(),
        "9 aside: an SPF policy".to_owned(),
    ];
    is(fixture!("hubspot-rows.txt"), Format::Paste, &wanted);
}

#[test]
fn the_manifest_in_the_documentation_is_one() {
    let (_, block) = include_str!("../../../../../docs/expectations.md").split_once("```toml").unwrap();
    let (example, _) = block.split_once("```").unwrap();
    let wanted = [
        "9 s1._domainkey.example.com s1.domainkey.u1446226.wl123.sendgrid.net ttl 300".to_owned(),
        "14 _dmarc.example.com v=DMARC1; p=none".to_owned(),
    ];
    let found = reading_in(example.as_bytes(), &[]).unwrap();
    let without_lines = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    };
    assert_eq!(without_lines(told(&found)), without_lines(wanted.to_vec()));
    assert!(found.unread.is_empty());
}

#[test]
fn rows_with_nothing_but_single_spaces_are_read() {
    let text = "CNAME em1234.example.com u1446226.wl123.sendgrid.net\nTXT _dmarc v=DMARC1; p=none;\n";
    let wanted = [
        "1 em1234.example.com u1446226.wl123.sendgrid.net".to_owned(),
        "2 _dmarc.example.com v=DMARC1; p=none".to_owned(),
    ];
    is(text.as_bytes(), Format::Paste, &wanted);
}

#[test]
fn a_page_in_spanish_is_read() {
    let wanted = [
        format!("5 {S1}"),
        format!("9 {S2}"),
        "13 em42.example.com u1446226.wl123.sendgrid.net".to_owned(),
        "17 _dmarc.example.com v=DMARC1; p=none; rua=mailto:dmarc@example.com".to_owned(),
    ];
    is(fixture!("spanish-page.txt"), Format::Paste, &wanted);
}

#[test]
fn a_page_in_german_is_read() {
    let wanted = [
        "5 brevo1._domainkey.example.com b1.example-com.dkim.brevo.com ttl 3600".to_owned(),
        "6 brevo2._domainkey.example.com b2.example-com.dkim.brevo.com".to_owned(),
        "7 aside: a record of type MX".to_owned(),
    ];
    is(fixture!("german-page.txt"), Format::Paste, &wanted);
}

#[test]
fn a_page_in_french_is_read() {
    let wanted = [
        "5 k2._domainkey.example.com dkim2.mcsv.net".to_owned(),
        "9 k3._domainkey.example.com dkim3.mcsv.net".to_owned(),
    ];
    is(fixture!("french-page.txt"), Format::Paste, &wanted);
}

#[test]
fn a_table_in_japanese_is_read() {
    is(fixture!("japanese-page.txt"), Format::Table, &[format!("2 {EM}"), format!("3 {S1}")]);
}

#[test]
fn one_value_per_line_is_read() {
    let wanted = [format!("2 {EM}"), format!("5 {S1}"), format!("8 {S2}")];
    is(fixture!("one-value-per-line.txt"), Format::Paste, &wanted);
}

#[test]
fn all_headings_may_stand_before_all_values() {
    let wanted =
        [format!("6 {EM}"), format!("11 {S1}"), "15 _dmarc.example.com v=DMARC1; p=quarantine".to_owned()];
    is(fixture!("headings-first.txt"), Format::Paste, &wanted);
}

#[test]
fn a_table_of_markdown_is_read() {
    let wanted = [format!("5 {EM}"), format!("6 {S1}"), "7 aside: a record of type A".to_owned()];
    is(fixture!("markdown-table.txt"), Format::Paste, &wanted);
}

#[test]
fn a_table_with_commas_is_read_in_any_order_of_columns() {
    let wanted = [
        format!("2 {EM} ttl 300"),
        format!("3 {S1}"),
        "4 _dmarc.example.com v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:b@example.com".to_owned(),
        "5 aside: a record of type MX".to_owned(),
    ];
    is(fixture!("odd-order.csv"), Format::Table, &wanted);
}

#[test]
fn a_table_with_tabs_needs_no_heading() {
    is(fixture!("no-heading.tsv.txt"), Format::Table, &[format!("1 {EM}"), format!("2 {S1}")]);
}

#[test]
fn an_export_of_cloudflare_is_read() {
    let wanted = [
        format!("19 {EM} ttl 1"),
        format!("20 {S1} ttl 300"),
        "26 _dmarc.example.com v=DMARC1; p=none".to_owned(),
        "13 aside: a record of type NS".to_owned(),
        "16 aside: a record of type A".to_owned(),
        "23 aside: a record of type MX".to_owned(),
        "27 aside: an SPF policy".to_owned(),
    ];
    is(fixture!("cloudflare-export.zone"), Format::ZoneFile, &wanted);
    let alone = reading_in(fixture!("cloudflare-export.zone"), &[]).unwrap();
    assert_eq!(told(&alone), wanted);
}

#[test]
fn a_zone_file_with_origin_and_parentheses_is_read() {
    let wanted = [
        format!("7 {EM} ttl 3600"),
        format!("8 {S1} ttl 300"),
        "13 k1._domainkey.mail.example.com dkim.mcsv.net ttl 3600".to_owned(),
        "10 _dmarc.example.com v=DMARC1; p=none; rua=mailto:dmarc@example.com".to_owned(),
        "6 aside: a record of type NS".to_owned(),
    ];
    is(fixture!("bind.zone"), Format::ZoneFile, &wanted);
    assert_eq!(told(&reading_in(fixture!("bind.zone"), &[]).unwrap()), wanted);
}

#[test]
fn a_zone_that_stands_twice_or_at_the_target_is_undone_and_told() {
    let wanted = [
        format!("2 {EM} (the zone stood twice in the name; the zone had been appended to the target)"),
        format!("3 {S1} (the zone stood twice in the name)"),
    ];
    is(fixture!("doubled-names.txt"), Format::Table, &wanted);
}

#[test]
fn a_policy_broken_over_lines_is_joined_and_a_name_is_refused() {
    let bad_lines = [Some(2), Some(6), Some(8)];
    let reading = reading(fixture!("wrapped-values.txt"));
    assert_eq!(told(&reading)[0], "10 _dmarc.example.com v=DMARC1; p=none; rua=mailto:dmarc@example.com");
    assert_eq!(reading.entries, []);
    assert_eq!(reading.unread.iter().map(|remark| remark.line).collect::<Vec<_>>(), bad_lines, "{reading:?}");
}

#[test]
fn a_row_of_which_two_cells_are_torn_is_never_half_read() {
    let text = b"CNAME  s1._domainkey.exam  s1.domainkey.u1446226.wl123.send\n       ple.com   grid.net\n";
    let bad = reading_in(text, &["example.com"]).unwrap_err();
    assert!(matches!(&bad, BadInput::Nothing { unread, .. } if unread.len() == 2), "{bad:?}");
}

#[test]
fn attributes_of_a_resource_are_read() {
    let text = b"resource \"cloudflare_record\" \"a\" {\n  zone_id = var.zone\n  name    = \"em5678\"\n  \
        type    = \"CNAME\"\n  content = \"u1446226.wl123.sendgrid.net\"\n}\n";
    is(text, Format::Paste, &[format!("3 {EM}")]);
}

#[test]
fn labels_may_stand_in_one_line() {
    let text = format!(
        "Type: CNAME Host: {} Value: {}\n",
        S1.split_once(' ').unwrap().0,
        S1.split_once(' ').unwrap().1
    );
    is(text.as_bytes(), Format::Paste, &[format!("1 {S1}")]);
}

#[test]
fn the_value_may_stand_before_the_name() {
    is(fixture!("value-first.txt"), Format::Paste, &[format!("2 {EM}"), format!("4 {S1}")]);
    let bare = b"u1446226.wl123.sendgrid.net\nem5678.example.com\n\
        s1.domainkey.u1446226.wl123.sendgrid.net\ns1._domainkey.example.com\n";
    is(bare, Format::Paste, &[format!("2 {EM}"), format!("4 {S1}")]);
}

#[test]
fn sentences_and_labels_between_the_values_do_not_disturb() {
    let wanted = [
        "2 k2._domainkey.example.com dkim2.mcsv.net".to_owned(),
        "8 k3._domainkey.example.com dkim3.mcsv.net".to_owned(),
    ];
    is(fixture!("sentences-between.txt"), Format::Paste, &wanted);
    let target = "example-com._domainkey.contoso.onmicrosoft.com";
    let wanted = [
        format!("1 selector1._domainkey.example.com selector1-{target}"),
        format!("4 selector2._domainkey.example.com selector2-{target}"),
    ];
    is(fixture!("labels-with-colons.txt"), Format::Paste, &wanted);
}

#[test]
fn a_plain_pair_in_a_sentence_is_read() {
    is(fixture!("prose.txt"), Format::Paste, &[format!("3 {S1}")]);
    let two = format!(
        "{S1}\nplease add a1._domainkey.example.com and a2._domainkey.example.com for u1.wl1.sendgrid.net"
    );
    assert!(reading(two.as_bytes()).unread[0].why.contains("more than one name"));
}

#[test]
fn two_lists_are_not_paired() {
    for (text, count) in [(&fixture!("column-by-column.txt")[..], 4), (fixture!("uneven-lists.txt"), 7)] {
        for zones in [&["example.com"][..], &[]] {
            let bad = reading_in(text, zones).unwrap_err();
            let BadInput::Nothing { aside, unread, .. } = bad else { panic!("{bad:?}") };
            let told = aside.iter().chain(&unread).flat_map(|remark| remark.text.split(' '));
            assert_eq!(told.count(), count, "{aside:?} {unread:?}");
        }
    }
}

#[test]
fn two_lists_with_types_among_them_are_not_paired() {
    let text = "CNAME\nMX\nem1.example.com\nmail.example.com\nu1.wl1.sendgrid.net\npm.mtasv.net\n";
    let bad = reading_in(text.as_bytes(), &["example.com"]).unwrap_err();
    assert!(matches!(&bad, BadInput::Nothing { unread, .. } if unread.len() == 3), "{bad:?}");
}

#[test]
fn markup_around_the_values_is_taken_off() {
    let wanted = |lines: [usize; 2]| [format!("{} {EM}", lines[0]), format!("{} {S1}", lines[1])];
    is(fixture!("markdown-bold.txt"), Format::Paste, &wanted([3, 4]));
    is(fixture!("page-source.html"), Format::Paste, &wanted([3, 5]));
}

#[test]
fn labels_with_equals_signs_may_stand_in_one_line() {
    let (name, target) = S1.split_once(' ').unwrap();
    let text = format!("type=CNAME host={name} value={target}\n");
    is(text.as_bytes(), Format::Paste, &[format!("1 {S1}")]);
}

#[test]
fn two_owner_names_in_one_sentence_make_no_record() {
    let text = b"Add s1._domainkey.example.com and s2._domainkey.example.com as CNAME records, \
        contact support@sendgrid.com, or visit https://app.sendgrid.com/settings.\n";
    for zones in [&["example.com"][..], &[]] {
        let bad = reading_in(text, zones).unwrap_err();
        assert!(matches!(&bad, BadInput::Nothing { unread, .. } if !unread.is_empty()), "{bad:?}");
    }
}

#[test]
fn values_that_a_page_has_cut_off_are_not_completed() {
    for zones in [&["example.com"][..], &[]] {
        let bad = reading_in(fixture!("cut-off.txt"), zones).unwrap_err();
        let BadInput::Nothing { unread, .. } = bad else { panic!("{bad:?}") };
        assert!(unread.len() == 2 && unread.iter().all(|remark| remark.why.contains("cut it off")));
    }
}

#[test]
fn a_line_about_something_else_does_not_turn_a_pair_around() {
    let (name, target) = S1.split_once(' ').unwrap();
    let text = format!("Contact value.support.com\n{name}\n{target}\nTarget:\nklaviyo.com\n");
    let read = reading_in(text.as_bytes(), &[]).unwrap();
    assert_eq!(told(&read)[..1], [format!("2 {S1}")]);
    assert_eq!(read.entries.len(), 1);
}

#[test]
fn a_doubled_domain_is_seen_without_a_known_zone() {
    let (name, target) = S1.split_once(' ').unwrap();
    let bad = reading_in(format!("{name}.example.com {target}\n").as_bytes(), &[]).unwrap_err();
    assert!(matches!(&bad, BadInput::Nothing { unread, .. } if unread[0].why.contains("twice")), "{bad:?}");
}

#[test]
fn a_list_of_all_records_of_a_zone_asks_for_those_of_mail_only() {
    let read = reading(fixture!("dashboard-list.txt"));
    assert_eq!(told(&read)[..1], [format!("4 {S1}")]);
    assert_eq!(read.aside.len(), 2);
}

#[test]
fn what_other_hosts_and_tools_hold_asks_for_mail_only() {
    let (_, target) = S1.split_once(' ').unwrap();
    let json = format!(
        r#"{{"ResourceRecordSets":[{{"Name":"s1._domainkey.example.com.","Type":"CNAME","ResourceRecords":[{{"Value":"{target}"}}]}},
        {{"Name":"www.example.com.","Type":"CNAME","ResourceRecords":[{{"Value":"d1.cdn.test"}}]}}]}}"#
    );
    let hcl = format!(
        "resource \"a\" \"s1\" {{\n name = \"s1._domainkey\"\n type = \"CNAME\"\n content = \"{target}\"\n \
         proxied = true\n}}\nresource \"a\" \"www\" {{\n name = \"www\"\n type = \"CNAME\"\n content = \
         \"site.host.test\"\n proxied = true\n}}\n"
    );
    let zone = format!("$ORIGIN example.com.\ns1._domainkey 300 IN CNAME {target}.\nwww 300 IN CNAME @\n");
    for text in [json, hcl, zone] {
        let read = reading(text.as_bytes());
        assert_eq!((read.entries.len(), read.aside.len(), read.unread.len()), (1, 1, 0), "{text}\n{read:?}");
        assert_eq!(read.entries[0].name, name("s1._domainkey.example.com"));
    }
}

#[test]
fn a_name_in_the_heading_of_a_page_is_not_missing_a_target() {
    let text = "Branded sending domain\nsend.example.com\nStatus: Pending\n\n\
        Type\tHost name\tValue\nCNAME\tsend.example.com\t12.klaviyodns.com\tCopy\n";
    is(text.as_bytes(), Format::Paste, &["6 send.example.com 12.klaviyodns.com".to_owned()]);
}

#[test]
fn quoted_values_at_the_end_of_a_sentence_are_read_or_told() {
    let text = "1. Log in.\n2. Create a CNAME record with name \"em5678\" and value \"u1446226.wl123.sendgrid.net\".\n\
        3. Create a CNAME record with name \"s1._domainkey\" and value \"s1.domainkey.u1446226.wl123.sendgrid.net\".\n";
    let read = reading(text.as_bytes());
    assert_eq!(told(&read)[..1], [format!("3 {S1}")]);
    assert_eq!(read.unread.iter().map(|remark| remark.line).collect::<Vec<_>>(), [Some(2)]);
}

#[test]
fn what_an_api_returned_is_read() {
    is(fixture!("sendgrid-api.json"), Format::Json, &[format!("8 {S1}"), format!("7 {EM}")]);
    let wanted = [
        format!("3 {EM} ttl 1"),
        "4 _dmarc.example.com v=DMARC1; p=none".to_owned(),
        "5 aside: a record of type A".to_owned(),
    ];
    is(fixture!("cloudflare-api.json"), Format::Json, &wanted);
    let bad = reading_in(fixture!("postmark-api.json"), &["example.com"]).unwrap_err();
    assert!(matches!(&bad, BadInput::Nothing { unread, .. } if unread.len() == 3), "{bad:?}");
}

#[test]
fn a_manifest_needs_no_zones_from_the_caller() {
    let reading = reading_in(fixture!("manifest.toml"), &[]).unwrap();
    assert_eq!(reading.format, Format::Manifest);
    let policy = "19 _dmarc.example.com v=DMARC1; p=none".to_owned();
    assert_eq!(told(&reading), [format!("8 {EM}"), format!("13 {S1} ttl 300"), policy]);
}

#[test]
fn one_line_is_enough() {
    for text in [
        S1.to_owned(),
        S1.replace(' ', " CNAME "),
        S1.replace(' ', " -> "),
        S1.replace(' ', " | "),
        S1.replace(' ', "\n"),
        S1.replace(' ', ". IN CNAME ") + ".",
        "s1._domainkey s1.domainkey.u1446226.wl123.sendgrid.net".to_owned(),
        "CNAME: s1._domainkey → s1.domainkey.u1446226.wl123.sendgrid.net".to_owned(),
    ] {
        assert_eq!(told(&reading(text.as_bytes())), [format!("1 {S1}")], "{text}");
    }
    let spaced = format!("• “{}”", S1.replace(' ', "”\u{a0}\u{a0}“"));
    let told_of = format!("1 {S1} (a no-break space was read as a plain one)");
    assert_eq!(told(&reading(spaced.as_bytes())), [told_of]);
}

#[test]
fn a_record_that_makes_no_sense_is_told_beside_those_that_do() {
    let rows = [
        ("*.example.com", "a.mailer.test", "wildcard"),
        ("@", "a.mailer.test", "apex"),
        ("k1", "192.0.2.1", "points to an address"),
        ("k1.shop", "a.mailer.test", "if k1.shop.example.com is meant"),
        ("a.b.example.com", "a.b.example.com", "points to itself"),
        ("k1", "sendgrid", "not the full name"),
        ("_dmarc", "v=DMARC1; p=all", "none of p=none"),
    ];
    for (name, value, why) in rows {
        let text = format!("Host\tValue\n{name}\t{value}\nem5678\tu1446226.wl123.sendgrid.net\n");
        for text in [text.clone(), format!("Some words\n{text}")] {
            let reading = reading(text.as_bytes());
            assert_eq!(reading.entries.len(), 1, "{text}");
            assert!(reading.unread[0].why.contains(why), "{name}: {:?}", reading.unread);
        }
    }
}

#[test]
fn what_has_no_counterpart_is_told() {
    let text = format!("{S1}\nCNAME\nem9.example.com\n\nCNAME\ns9.domainkey.u1.wl1.sendgrid.net\n");
    let reading = reading(text.as_bytes());
    let unread: Vec<(Option<usize>, &str)> =
        reading.unread.iter().map(|r| (r.line, r.text.as_str())).collect();
    assert_eq!(unread, [(Some(3), "em9.example.com"), (Some(6), "s9.domainkey.u1.wl1.sendgrid.net")]);
}

#[test]
fn two_words_that_could_be_the_name_are_not_guessed_at() {
    let text = format!("{S1}\nCNAME\nem1\nkopieren2\nu1.wl1.sendgrid.net\n");
    let reading = reading(text.as_bytes());
    assert_eq!(reading.entries.len(), 1);
    assert!(reading.unread[0].why.contains("more than one word"));
}

#[test]
fn a_link_of_the_page_is_no_target() {
    let text =
        format!("klaviyo.com\nem5678.example.com\nhelp.mailer.test\nu1446226.wl123.sendgrid.net\n{S1}\n");
    let reading = reading(text.as_bytes());
    assert_eq!(reading.entries.len(), 1);
    assert!(reading.unread[0].why.contains("more than one word"));
    let text = format!("{S1}\nem5678.example.com\nhelp.mailer.test\nkeys.mailer.test\n");
    assert!(self::reading(text.as_bytes()).unread[0].why.contains("more than one word"));
}

#[test]
fn contradictions_name_both_lines() {
    let text = format!("{S1}\ns1._domainkey s1.domainkey.u9.wl9.sendgrid.net\n");
    let bad = reading_in(text.as_bytes(), &["example.com"]).unwrap_err().to_string();
    assert!(bad.contains("(line 1)") && bad.contains("(line 2)"), "{bad}");
}

#[test]
fn an_input_that_is_too_large_is_refused() {
    assert_eq!(reading_in(&vec![b'a'; LONGEST_INPUT + 1], &[]), Err(BadInput::TooLarge));
}

#[test]
fn an_input_without_any_record_is_refused_with_what_was_seen() {
    let bad = reading_in(b"Host: em1\n", &["example.com"]).unwrap_err();
    assert!(matches!(&bad, BadInput::Nothing { unread, .. } if unread.len() == 1), "{bad:?}");
    let bad = reading_in(b"hello world\n", &["example.com"]).unwrap_err();
    assert!(matches!(&bad, BadInput::Nothing { format: Format::Paste, .. }));
    assert!(!bad.hints().is_empty());
}

#[test]
fn a_long_input_of_one_kind_does_not_exhaust_the_stack() {
    let lines = [
        "CNAME\n",
        "em1\n",
        "a-",
        "(",
        "|",
        "\"",
        "x.y.z\n",
        "em1 IN CNAME (\n",
        "\t",
        "{\"a\":",
        "[[zone]]\n",
        "Host: ",
        "u1.wl1.sendgrid.net\n",
        "em1.example.com\n",
        "1. ",
        "[",
        "$ORIGIN a.\n",
        "\\",
    ];
    for line in lines {
        let text = line.repeat(100_000 / line.len());
        assert!(reading_in(text.as_bytes(), &["example.com"]).is_err(), "{line}");
    }
}
