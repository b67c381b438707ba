//! Laws that hold for random inputs. Pure.

use proptest::prelude::*;

use super::*;

/// What must survive being written and read again.
fn facts(reading: &Reading) -> Vec<String> {
    let label = |entry: &Entry| entry.provider.clone().unwrap_or_default();
    let entries = reading.entries.iter().map(|e| format!("{} {} {:?} {}", e.name, e.target, e.ttl, label(e)));
    let mut all: Vec<String> =
        entries.chain(reading.policies.iter().map(|p| format!("{} {}", p.name, p.text))).collect();
    all.sort();
    all
}

fn survives(bytes: &[u8], zones: &[DomainName]) {
    let context = Context { zones, bases: &[], catalog: &CATALOGUE };
    // As it is, and behind what makes it a zone file or a page.
    for before in [&b""[..], b"$ORIGIN example.com.\n", b"These are the records:\n"] {
        let Ok(once) = read(&[before, bytes].concat(), &context) else { continue };
        if once.entries.is_empty() && once.policies.is_empty() {
            continue;
        }
        for text in [to_manifest(&once, &context), to_json(&once, &context)] {
            let again = read(text.as_bytes(), &context);
            assert_eq!(again.as_ref().map(facts), Ok(facts(&once)), "{text}");
        }
    }
}

/// Words that make up inputs of every format.
const PIECES: &[&str] = &[
    "CNAME",
    "TXT",
    "MX",
    "A",
    "IN",
    "Host",
    "Value",
    "Type",
    "TTL",
    "Nombre",
    "Valor",
    ":",
    "=",
    ",",
    ";",
    "\t",
    "\n",
    "\n",
    "\n",
    " ",
    "  ",
    "|",
    "\"",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "$ORIGIN",
    "$TTL",
    "$INCLUDE",
    "example.com",
    ".example.com",
    "example.com.",
    "em1",
    "em1.example.com",
    "s1._domainkey",
    "_dmarc",
    "u1.wl1.sendgrid.net",
    "s1.domainkey.u1.wl1.sendgrid.net",
    "sendgrid.net",
    "a.mailer.test.",
    "a.b.co.uk.",
    "x.b.test.b.test",
    "v=DMARC1; p=none",
    "v=spf1 -all",
    "192.0.2.1",
    "::1",
    "300",
    "1",
    "@",
    "*.",
    ".",
    "-",
    "_",
    "\\",
    "\u{a0}",
    "\u{200b}",
    "“",
    "”",
    "ü",
    "。",
    "1.",
    "version = 1",
    "[[zone]]",
    "name = \"a.test\"",
    "[[zone.record]]",
    "target",
    "SOA",
];

/// Texts in which a name was once lost: in an address, in a tag that is never closed, at the end of a line, between
/// signs of other scripts.
#[test]
fn names_in_odd_places_are_told() {
    for text in [
        "s1._domainkey.example.com=",
        "<td>s1._domainkey.example.com<http://s2._domainkey ",
        "s1._domainkey.example.com<http://s1._domainkey.example.com{s2._domainkey<td>",
        "www.example.org'S1.domainkey.u1.wl1.sendgrid.net<http://S1.domainkey.u1.wl1.sendgrid.net<button>Copy</button>",
        "/u1.wl1.sendgrid.net -> s1._domainkey.example.com、s2._domainkey.example.com S1.domainkey.u1.wl1.sendgrid.net",
        "em1.example.com\nHost\tValue\ns1._domainkey.example.com、s2._domainkey  S1.domainkey.u1.wl1.sendgrid.net",
    ] {
        let told = everything_told(text).join(" ");
        for name in NAMES.iter().chain(&["s2._domainkey.example.com"]).filter(|name| text.contains(**name)) {
            assert!(told.contains(&name.to_lowercase()), "{name} in {text:?}: {told}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&bytes, &[name("example.com")]);
    }

    #[test]
    fn whatever_is_read_survives_being_written(
        picks in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        zones in prop::sample::subsequence(vec!["example.com", "mail.example.com", "b.test"], 0..3),
    ) {
        let zones: Vec<DomainName> = zones.into_iter().map(name).collect();
        survives(picks.concat().as_bytes(), &zones);
    }

    #[test]
    fn no_name_is_lost_without_a_word(
        picks in prop::collection::vec((prop::sample::select(NAMES), prop::sample::select(BETWEEN)), 1..12),
        before in prop::sample::select(BETWEEN),
    ) {
        let text = picks.iter().fold(before.to_owned(), |text, (name, after)| text + name + after);
        let told = everything_told(&text);
        for (name, _) in &picks {
            // A long line is told with its beginning.
            let is_told =
                told.iter().any(|told| told.contains(name.to_lowercase().trim_end_matches('.')) || told.ends_with('…'));
            prop_assert!(is_told, "{name} in {text:?}: {told:?}");
        }
    }
}

/// Names that a text may hold: under a public suffix, or with an underscore label.
const NAMES: &[&str] = &[
    "s1._domainkey.example.com",
    "s2._domainkey",
    "S1.domainkey.u1.wl1.sendgrid.net",
    "em7.example.com",
    "u1.wl1.sendgrid.net",
    "keys.mailer.test",
    "k1.keys.mailer.co.uk.",
    "_dmarc.example.com",
    "www.example.org",
    "site.pages.dev",
];

/// What may stand between them.
const BETWEEN: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    ",",
    ";",
    "|",
    ":",
    "=",
    " -> ",
    " → ",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "{",
    "}",
    "`",
    "**",
    "\"",
    "'",
    "/",
    "!",
    "~",
    "+",
    "\\",
    " - ",
    "\n- ",
    "\n+ ",
    "\n* ",
    "\n1. ",
    " CNAME ",
    "\nCNAME\n",
    " TXT ",
    " IN CNAME ",
    "\nHost: ",
    "\nValue: ",
    " Host: ",
    " Value: ",
    "\nHost\tValue\n",
    "<td>",
    "</td>",
    "<tr>",
    "</tr>",
    "<br>",
    "<p>",
    "<b>",
    "</b>",
    "<span>",
    "<button>Copy</button>",
    "\nPlease remove:\n",
    "\nOld: ",
    " is an alias for ",
    "<http://",
    "](http://",
    " (set it to DNS only) ",
    "。",
    "、",
    "\u{a0}",
    "\u{3000}",
    "\nDomain: example.net\n",
    ",CNAME,",
    ";CNAME;",
    "\n@@ -1 +1 @@\n",
    "\n-",
    "\n+",
    "=\n",
    " and ",
];

/// The words of every record and every remark, or of the error.
fn everything_told(text: &str) -> Vec<String> {
    let remarks = |list: &[Remark]| list.iter().map(|remark| remark.text.to_lowercase()).collect::<Vec<_>>();
    match reading_in(text.as_bytes(), &["example.com"]) {
        Ok(reading) => {
            let entries = reading.entries.iter().chain(&reading.unrecognised);
            let names = entries.flat_map(|entry| [entry.name.to_string(), entry.target.to_string()]);
            let policies = reading.policies.iter().map(|policy| policy.name.to_string());
            let told = [remarks(&reading.aside), remarks(&reading.unread)].concat();
            names.chain(policies).chain(told).collect()
        }
        Err(BadInput::Nothing { aside, unread, .. }) => [remarks(&aside), remarks(&unread)].concat(),
        // Refused as a whole.
        Err(_) => vec![text.to_lowercase()],
    }
}
