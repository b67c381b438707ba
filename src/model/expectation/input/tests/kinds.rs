//! A case for each kind of text that people bring. Pure.

use super::*;

/// One line for each record that was read, then one for each that was not, with the first words of why.
#[track_caller]
fn yields(text: &str, wanted: &[&str]) {
    let short = |remark: &Remark| {
        let why = remark.why.split(' ').take(4).collect::<Vec<_>>().join(" ");
        format!("{} not: {why}", remark.line.unwrap_or_default())
    };
    let lines = |aside: &[Remark], unread: &[Remark]| -> Vec<String> {
        let aside = aside.iter().filter(|remark| remark.why != coverage::IN_PASSING);
        aside.chain(unread).map(short).collect()
    };
    let found = match reading_in(text.as_bytes(), &["example.com"]) {
        Ok(reading) => {
            let records = told(&reading)
                .into_iter()
                .filter(|line| !line.contains("aside: ") && !line.contains("unread: "));
            let open = reading
                .unrecognised
                .iter()
                .map(|one| format!("{} open: {}", one.line.unwrap_or_default(), one.name));
            records.chain(open).chain(lines(&reading.aside, &reading.unread)).collect::<Vec<_>>()
        }
        Err(BadInput::Nothing { aside, unread, .. }) => lines(&aside, &unread),
        Err(bad) => vec![bad.to_string()],
    };
    assert_eq!(found, wanted, "{text}");
}

const EM1: &str = "1 em1.example.com u1.wl1.sendgrid.net";
const KEY1: &str = "1 s1._domainkey.example.com s1.domainkey.u1.wl1.sendgrid.net";

#[test]
fn what_nothing_shows_to_be_mail_is_only_open() {
    yields("bounce CNAME b.mailer.test", &["1 open: bounce.example.com"]);
    yields("www CNAME site.pages.dev", &["1 not: not recognised as mail;"]);
    let company = "k1._domainkey CNAME k1.keys.mailer.test\nbounce CNAME b.mailer.test\n";
    let both = ["1 k1._domainkey.example.com k1.keys.mailer.test", "2 bounce.example.com b.mailer.test"];
    yields(company, &both);
    let tenant = "k1._domainkey CNAME k1.azurewebsites.net\napp CNAME app.azurewebsites.net\n";
    yields(tenant, &["1 k1._domainkey.example.com k1.azurewebsites.net", "2 open: app.example.com"]);
}

#[test]
fn a_list_of_all_kinds_of_records_is_an_inventory() {
    let rows = "Type,Name,Value\nA,@,192.0.2.1\nCNAME,app,app.host.test\nCNAME,em1,u1.wl1.sendgrid.net\n";
    yields(
        rows,
        &[
            "4 em1.example.com u1.wl1.sendgrid.net",
            "2 not: a record of type",
            "3 not: not recognised as mail;",
        ],
    );
    let list = "- CNAME `em1` → `u1.wl1.sendgrid.net`\n- CNAME `www` → `a.pages.dev`\n- CNAME `x` → `b.herokuapp.com`\n\
        - CNAME `blog` → `cname.web-host.test`\n";
    let left = "not: not recognised as mail;";
    yields(list, &[EM1, &format!("2 {left}"), &format!("3 {left}"), &format!("4 {left}")]);
}

#[test]
fn words_of_the_page_that_stick_to_a_value_refuse_it() {
    yields(
        "Host\tValue\nem1Copy\tu1.wl1.sendgrid.netCopy\n",
        &["2 not: `u1.wl1.sendgrid.netcopy` ends in no"],
    );
    yields(
        "CNAMEs1._domainkey.example.com s1.domainkey.u1.wl1.sendgrid.net",
        &["1 not: s1.domainkey.u1.wl1.sendgrid.net belongs at s1._domainkey.example.com,"],
    );
    yields(
        "Name/Hosts1._domainkey\nValues1.domainkey.u1.wl1.sendgrid.net",
        &["1 not: `name/hosts1._domainkey` holds `/`, which"],
    );
    yields("k1._domainkey CNAME k1.keys.mailerpla\ntform.net", &["1 not: `k1.keys.mailerpla` ends in no"]);
}

#[test]
fn word_processors_and_mail_programs_are_undone() {
    yields(
        "hs1\u{2011}1._domainkey CNAME example\u{2011}com.hs17a.dkim.hubspotemail.net",
        &["1 hs1-1._domainkey.example.com example-com.hs17a.dkim.hubspotemail.net \
             (a typographic hyphen was read as a plain one)"],
    );
    yields(
        "s1._domainkey\u{a0}CNAME s1.domainkey.u1.wl1.sendgrid.net",
        &[&format!("{KEY1} (a no-break space was read as a plain one)")],
    );
    yields(
        "s1._domainkey.my\u{2013}mail.example.com CNAME s1.domainkey.u1.wl1.sendgrid.net",
        &["1 not: `\u{2013}` stands in no"],
    );
    let broken = "the input is output of a mail program (quoted-printable), which is not read";
    yields("s1._domainkey.example.com s1.domainkey.u1.wl1.se=\nndgrid.net", &[broken]);
    yields(
        "em1.example.com<http://em1.example.com/> CNAME u1.wl1.sendgrid.net<http://u1.wl1.sendgrid.net/>",
        &[EM1],
    );
    yields("Host: em1\nValue: http://u1.wl1.sendgrid.net", &[EM1]);
    yields("種別：CNAME　ホスト名：s1._domainkey　値：s1.domainkey.u1.wl1.sendgrid.net", &[KEY1]);
    yields("| s1.\\_domainkey | s1.domainkey.u1.wl1.sendgrid.net |", &[KEY1]);
    let policy = "_dmarc.example.com v=DMARC1; p=none";
    yields("| _dmarc | `v=DMARC1; p=none` |", &[&format!("1 {policy}")]);
    yields("_dmarc\n- v=DMARC1; p=none", &[&format!("1 {policy}")]);
}

#[test]
fn what_is_to_go_or_was_there_before_is_no_wish() {
    yields(
        "Please remove:\nem1.example.com CNAME u1.wl1.sendgrid.net",
        &["2 not: left out: `Please remove:`"],
    );
    let found = "s1._domainkey.example.com\nFound: s1.domainkey.u9.wl9.sendgrid.net\nExpected: s1.domainkey.u1.wl1.sendgrid.net";
    yields(found, &[KEY1, "2 not: shown as what is"]);
    let both =
        "Bitte entfernen:\nem9 CNAME u9.wl9.sendgrid.net\n\nBitte anlegen:\nem1 CNAME u1.wl1.sendgrid.net";
    yields(both, &["5 em1.example.com u1.wl1.sendgrid.net", "2 not: left out: `Bitte entfernen:`"]);
}

#[test]
fn remarks_behind_a_value_are_left_out() {
    yields("Host: s1._domainkey\nValue: s1.domainkey.u1.wl1.sendgrid.net (set proxy to DNS only)", &[KEY1]);
    yields(
        "Host,Value\ns1._domainkey,s1.domainkey.u1.wl1.sendgrid.net DNS only",
        &[&KEY1.replacen('1', "2", 1)],
    );
    let cell = "| CNAME | s1._domainkey | s1.domainkey.u1.wl1.sendgrid.net First record. It holds the key of your account. |";
    yields(cell, &["1 not: a name stands here,"]);
    yields(&format!("| Type | Host | Look for |\n{cell}"), &[&KEY1.replacen('1', "2", 1)]);
    yields("Host,Value\n_dmarc,v=DMARC1; p=none, and more", &["2 not: the row has more"]);
}

#[test]
fn domains_that_a_text_names_complete_its_names() {
    yields(
        "Domain,Host,Value\nexample.com,em1,u1.wl1.sendgrid.net",
        &["2 em1.example.com u1.wl1.sendgrid.net"],
    );
    let two = "Domain: example.com\nHost Name: em1\nPoints to: u1.wl1.sendgrid.net\n\
        Domain: example.net\nHost Name: em1\nPoints to: u2.wl2.sendgrid.net\n";
    yields(two, &["2 em1.example.com u1.wl1.sendgrid.net", "5 not: em1.example.net is not inside"]);
    yields(
        "em1.news.shop CNAME u2.wl2.sendgrid.net\nem1 CNAME u1.wl1.sendgrid.net",
        &["2 em1.example.com u1.wl1.sendgrid.net", "1 not: em1.news.shop is not inside"],
    );
}

#[test]
fn relative_names_belong_below_the_name_that_was_given() {
    let zones = [name("example.com")];
    let read_below = |text: &str| {
        let bases = [name("mail.example.com")];
        let reading = read(text.as_bytes(), &Context { zones: &zones, bases: &bases, catalog: &CATALOGUE });
        reading.map(|reading| told(&reading)).unwrap_or_default()
    };
    assert_eq!(read_below("em1 CNAME u1.wl1.sendgrid.net"), ["1 em1.mail.example.com u1.wl1.sendgrid.net"]);
    let unclear =
        "em1.mail CNAME u1.wl1.sendgrid.net\ns1._domainkey CNAME s1.domainkey.u1.wl1.sendgrid.net\n";
    let context = Context { zones: &zones, bases: &[name("mail.example.com")], catalog: &CATALOGUE };
    let Err(BadInput::Nothing { unread, .. }) = read(unclear.as_bytes(), &context) else {
        panic!("half of it is read")
    };
    assert!(unread[0].why.contains("em1.mail.example.com or em1.mail.mail.example.com"), "{unread:?}");
    assert!(
        unread[1].why.contains("s1._domainkey.example.com or s1._domainkey.mail.example.com"),
        "{unread:?}"
    );
}

#[test]
fn what_programs_print_and_keep_is_read_or_refused_by_name() {
    let format_list = "Identity       : example.com\nSelector1CNAME : selector1-example-com._domainkey.t.onmicrosoft.com\n\
        Identity : t.onmicrosoft.com\nSelector1CNAME : selector1-t-onmicrosoft-com._domainkey.t.onmicrosoft.com\n";
    let key = "selector1._domainkey.example.com selector1-example-com._domainkey.t.onmicrosoft.com";
    yields(format_list, &[&format!("2 {key}"), "4 not: Microsoft keeps the records"]);
    for (text, format) in [
        ("> s1._domainkey.example.com\nServer: one.one.one.one\nAddress: 1.1.1.1\n", "nslookup"),
        ("s1._domainkey.example.com\nServer: dns.google\n", "nslookup"),
        (
            "; <<>> DiG 9.18 <<>> em1.example.com\n;; Got answer:\nem1.example.com. 300 IN CNAME u1.wl1.sendgrid.net.\n",
            "dig",
        ),
        ("{\"DkimTokens\": [\"abc\", \"def\"]}", "Amazon SES (tokens)"),
        ("kind: DNSEndpoint\nspec:\n  endpoints:\n  - dnsName: em1.example.com\n", "external-dns"),
        ("D('example.com', REG_NONE,\n  CNAME('em1', 'u1.wl1.sendgrid.net.'),\n);\n", "DNSControl"),
        ("-em1 300 IN CNAME u9.wl9.sendgrid.net.\n+em1 300 IN CNAME u1.wl1.sendgrid.net.\n", "diff"),
        ("< em1 CNAME u9.wl9.sendgrid.net.\n---\n> em1 CNAME u1.wl1.sendgrid.net.\n", "diff"),
        ("@@ -1 +1 @@\n-em1 CNAME u9.wl9.sendgrid.net.\n", "diff"),
        ("- DELETE CNAME em1.example.com u1.wl1.sendgrid.net.", "a plan of changes"),
        ("  ~ content = \"u9.wl9.sendgrid.net\" -> \"u1.wl1.sendgrid.net\"\n", "a plan of changes"),
    ] {
        yields(text, &[&format!("the input is output of {format}, which is not read")]);
    }
    yields("em1.example.com is an alias for u1.wl1.sendgrid.net.", &[EM1]);
}

#[test]
fn the_source_of_a_page_is_read_as_it_is_seen() {
    yields(
        "<td><span>Host</span><span>em1</span></td><td><span>Value</span><span>u1.wl1.sendgrid.net</span></td>",
        &[EM1],
    );
    yields(
        "<table><tr><td>em1</td><td>u1.wl1.sendgrid.net<button>Copy</button></td></tr><tr><td>k2._domainkey</td><td>dkim2.mcsv.net</td></tr></table>",
        &[EM1, "1 k2._domainkey.example.com dkim2.mcsv.net"],
    );
    yields("<dl><dt>Host</dt><dd>em1</dd><dt>Value</dt><dd>u1.wl1.sendgrid.net</dd></dl>", &[EM1]);
    yields("<input value=\"em1.example.com\"> <input value=\"u1.wl1.sendgrid.net\">", &[EM1]);
    let mail = "Subject: records\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\
        Content-Transfer-Encoding: quoted-printable\n\n<table><tr><td>em1</td><td>u1.wl1.sendgr=\nid.net</td></tr></table>\n";
    yields(mail, &[EM1]);
}

#[test]
fn words_of_a_letter_make_no_output_of_a_program_of_it() {
    let found = "The platform can't find s1._domainkey.example.com. Please add:\n\
        s1._domainkey CNAME s1.domainkey.u1.wl1.sendgrid.net";
    yields(found, &[&KEY1.replacen('1', "2", 1)]);
    yields("- em1.example.com CNAME u1.wl1.sendgrid.net\n\nRegards\n+49 30 1234567", &[EM1]);
    let settings =
        "em1 CNAME u1.wl1.sendgrid.net\nServer: smtp.mailer.test\nPort: 587\nAddress: Main Street 1";
    yields(settings, &[EM1]);
    yields("- name em1.example.com\n- value u1.wl1.sendgrid.net", &[EM1]);
}

#[test]
fn a_list_with_a_button_for_one_more_is_no_diff() {
    let list = "- Name: em1.example.com, Value: u1.wl1.sendgrid.net\n+ Add record\n";
    assert!(!matches!(reading_in(list.as_bytes(), &["example.com"]), Err(BadInput::Foreign { .. })));
}

#[test]
fn a_domain_that_is_spelt_like_a_placeholder_is_read() {
    let of = |zone: &str| {
        let text = format!("s1._domainkey.{zone}. CNAME s1.domainkey.u1.wl1.sendgrid.net.");
        reading_in(text.as_bytes(), &[zone]).map(|reading| reading.entries.len()).unwrap_or_default()
    };
    assert_eq!(["xxxlutz.at", "mailer.xxx"].map(of), [1, 1]);
    yields(
        "s1._domainkey CNAME s1.domainkey.uxxx.wlxxx.sendgrid.net",
        &["1 not: `s1.domainkey.uxxx.wlxxx.sendgrid.net` holds a placeholder"],
    );
}

#[test]
fn a_name_that_may_be_cut_off_or_not_is_read_neither_way() {
    let text = "s1._domainkey.mail CNAME s1.domainkey.u1.wl1.sendgrid.net";
    let Err(BadInput::Nothing { unread, .. }) = reading_in(text.as_bytes(), &["mailhouse.com"]) else {
        panic!()
    };
    assert!(unread[0].why.contains("or this is s1._domainkey.mail.mailhouse.com"), "{}", unread[0].why);
}

#[test]
fn a_zone_file_of_open_parentheses_and_quotes_takes_no_square_of_its_length() {
    let text = "a IN A (\n".repeat(100_000) + "\"x\n";
    // A square would take minutes.
    assert!(reading_in(text.as_bytes(), &["example.com"]).is_err());
}
