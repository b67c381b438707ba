//! The laws that every reader is held to: no panic, no name of a DKIM record is lost without a word, and what was
//! read survives being written. Pure.

use std::sync::LazyLock;

use cf_domauth::model::catalog::Catalog;
use cf_domauth::model::dns::DomainName;
use cf_domauth::model::expectation::input::{BadInput, Context, Format, Reading, Remark, read, to_json, to_manifest};

/// The embedded catalog is checked by the tests of the program.
static CATALOGUE: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().expect("a whole catalog"));

/// Reads `bytes` with no zone, with one and with two.
pub fn check(bytes: &[u8], reader: fn(&[u8], &Context<'_>) -> Result<Reading, BadInput>) {
    let names = ["example.com", "mail.example.com"].map(|name| DomainName::parse(name).expect("a name"));
    for zones in [&names[..0], &names[..1], &names[..]] {
        let context = Context { zones, bases: &[], catalog: &CATALOGUE };
        match reader(bytes, &context) {
            Ok(reading) => {
                if reading.format != Format::Manifest && reading.format != Format::Json {
                    loses_nothing(bytes, &told(&reading));
                }
                survives(&reading, &context);
            }
            Err(BadInput::Nothing { format, aside, unread }) if format != Format::Json => {
                loses_nothing(bytes, &[texts(&aside), texts(&unread)].concat());
            }
            Err(bad) => assert!(!bad.to_string().is_empty() && !bad.hints().is_empty()),
        }
    }
}

fn texts(remarks: &[Remark]) -> Vec<String> {
    remarks.iter().map(|remark| remark.text.to_lowercase()).collect()
}

fn told(reading: &Reading) -> Vec<String> {
    let entries = reading.entries.iter().chain(&reading.unrecognised);
    let names = entries.flat_map(|entry| [entry.name.to_string(), entry.target.to_string()]);
    let policies = reading.policies.iter().map(|policy| policy.name.to_string());
    names.chain(policies).chain(texts(&reading.aside)).chain(texts(&reading.unread)).collect()
}

/// Markup, mails and escapes change what a text shows, so only plain ASCII text is held to this.
fn loses_nothing(bytes: &[u8], told: &[String]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let is_plain = text.is_ascii() && !text.contains(['<', '\\', '=', '&']) && !text.contains("ontent-");
    if !is_plain || told.iter().any(|told| told.ends_with('…')) {
        return;
    }
    // A directive of a zone file is no record.
    let lines = text.lines().filter(|line| !line.starts_with('$'));
    for piece in lines.flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))) {
        let piece = piece.trim_matches(['.', '-']).to_lowercase();
        if piece.split('.').any(|label| label == "_domainkey") && DomainName::parse(&piece).is_ok() {
            let once = without_repeated_end(&piece);
            let is_told = told.iter().any(|told| told.contains(&piece) || told.contains(&once));
            assert!(is_told, "{piece} in {text:?}: {told:?}");
        }
    }
}

/// A name that ends with a domain twice is read with it once.
fn without_repeated_end(name: &str) -> String {
    let labels: Vec<&str> = name.split('.').collect();
    let repeated = |count: &usize| labels[..labels.len() - count].ends_with(&labels[labels.len() - count..]);
    let count = (2..=labels.len() / 2).rev().find(repeated).unwrap_or(0);
    labels[..labels.len() - count].join(".")
}

fn survives(reading: &Reading, context: &Context<'_>) {
    if reading.entries.is_empty() && reading.policies.is_empty() {
        return;
    }
    for text in [to_manifest(reading, context), to_json(reading, context)] {
        let again = read(text.as_bytes(), context).expect("what is written can be read");
        assert_eq!(facts(&again), facts(reading), "{text}");
    }
}

fn facts(reading: &Reading) -> Vec<String> {
    let entries = reading.entries.iter().map(|e| format!("{} {} {:?} {:?}", e.name, e.target, e.ttl, e.provider));
    let policies = reading.policies.iter().map(|policy| format!("{} {}", policy.name, policy.text));
    let mut all: Vec<String> = entries.chain(policies).collect();
    all.sort();
    all
}
