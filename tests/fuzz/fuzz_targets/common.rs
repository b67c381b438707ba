//! The law that every reader is held to: no panic, and what was read survives being written. Pure.

use std::sync::LazyLock;

use cf_domauth::catalogue::Catalogue;
use cf_domauth::dns::DomainName;
use cf_domauth::expectation::input::{BadInput, Context, Reading, read, to_json, to_manifest};

/// The embedded catalogue is checked by the tests of the program.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::embedded().expect("a whole catalogue"));

/// Reads `bytes` with no zone, with one and with two.
pub fn check(bytes: &[u8], reader: fn(&[u8], &Context<'_>) -> Result<Reading, BadInput>) {
    let names = ["example.com", "mail.example.com"].map(|name| DomainName::parse(name).expect("a name"));
    for zones in [&names[..0], &names[..1], &names[..]] {
        let context = Context { zones, catalogue: &CATALOGUE };
        match reader(bytes, &context) {
            Ok(reading) => survives(&reading, &context),
            Err(bad) => assert!(!bad.to_string().is_empty() && !bad.hints().is_empty()),
        }
    }
}

fn survives(reading: &Reading, context: &Context<'_>) {
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
