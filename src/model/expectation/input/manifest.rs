//! The manifest: which records which zones ought to hold, in TOML or JSON. Pure.
//!
//! ```toml
//! version = 1
//! [[zone]]
//! name = "example.com"
//! [[zone.record]]
//! name = "s1._domainkey"        # relative to the zone, or full
//! target = "s1.domainkey.u1446226.wl123.sendgrid.net"
//! provider = "SendGrid"         # optional, a label for people
//! ttl = 300                     # optional: 60 to 86400, 30 on Enterprise zones, 1 for automatic
//! [[zone.dmarc]]
//! text = "v=DMARC1; p=none"     # `name` is `_dmarc` unless told
//! ```
//!
//! Unknown keys are refused. A name or target with a dot at its end is taken as it stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::model::catalog::Catalog;
use crate::model::dns::DomainName;

use super::encoding;
use super::gather::{Candidate, Gatherer, LIFETIMES};
use super::names::{self, Place};
use super::{BadInput, Context, Format, Reading};

/// The edition of the manifest that this program reads and writes.
pub(super) const VERSION: u64 = 1;

/// The manifest: which records which zones ought to hold.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Manifest"))]
#[serde(deny_unknown_fields)]
pub(super) struct File<S> {
    /// The version of the format: 1.
    version: u64,
    #[serde(default = "Vec::<Zone<S>>::new")]
    zone: Vec<Zone<S>>,
}

/// What one zone ought to hold.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Zone<S> {
    /// The apex.
    name: S,
    #[serde(default = "Vec::<Record<S>>::new", skip_serializing_if = "Vec::is_empty")]
    record: Vec<Record<S>>,
    #[serde(default = "Vec::<Dmarc<S>>::new", skip_serializing_if = "Vec::is_empty")]
    dmarc: Vec<Dmarc<S>>,
}

/// A CNAME record.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Record<S> {
    /// Relative to the zone, or full.
    name: S,
    target: S,
    /// A label for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Seconds: 60 to 86400, 30 on Enterprise zones, or 1 for automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u32>,
}

/// A DMARC policy.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Dmarc<S> {
    text: S,
    /// `_dmarc` unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Edition {
    version: Option<u64>,
}

/// Whether the first line that says anything is one of a manifest.
pub(super) fn is_manifest(text: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.take(1).any(|line| {
        let is_table = line.starts_with("[[") || line.starts_with("[zone");
        let key = line.split_once('=').map(|(key, _)| key.trim());
        is_table || matches!(key, Some("version" | "zone"))
    })
}

/// Reads a manifest in TOML.
pub(super) fn read_toml(text: &str, gatherer: &mut Gatherer<'_>) -> Result<(), BadInput> {
    let starts = encoding::line_starts(text);
    let line_at = |place: usize| starts.partition_point(|start| *start <= place);
    let bad = |error: toml::de::Error| {
        let line = error.span().map(|span| line_at(span.start));
        BadInput::shape(Format::Manifest, line, error.message())
    };
    let edition: Edition = toml::from_str(text).map_err(bad)?;
    check_edition(edition.version, Format::Manifest)?;
    let file: File<Spanned<String>> = toml::from_str(text).map_err(bad)?;
    gather(&file, |said| (said.get_ref(), Some(line_at(said.span().start))), Format::Manifest, gatherer)
}

/// Reads a manifest in JSON.
pub(super) fn read_json(value: serde_json::Value, gatherer: &mut Gatherer<'_>) -> Result<(), BadInput> {
    check_edition(value.get("version").and_then(serde_json::Value::as_u64), Format::Json)?;
    let file: File<String> = serde_json::from_value(value)
        .map_err(|error| BadInput::shape(Format::Json, None, &error.to_string()))?;
    gather(&file, |said| (said, None), Format::Json, gatherer)
}

fn check_edition(version: Option<u64>, format: Format) -> Result<(), BadInput> {
    match version {
        Some(VERSION) => Ok(()),
        Some(0) => Err(BadInput::shape(format, None, "there is no version 0; write version = 1")),
        Some(version) => Err(BadInput::Newer { version }),
        None => Err(BadInput::shape(format, None, "the version is missing; write version = 1")),
    }
}

/// Offers what a manifest holds; `said` tells its texts and their lines.
fn gather<S>(
    file: &File<S>,
    said: impl Fn(&S) -> (&str, Option<usize>),
    format: Format,
    gatherer: &mut Gatherer<'_>,
) -> Result<(), BadInput> {
    gatherer.is_exact = true;
    for Zone { name, record, dmarc } in &file.zone {
        let (zone, line) = said(name);
        let base = DomainName::parse(zone).map_err(|bad| BadInput::shape(format, line, &bad.to_string()))?;
        for Record { name, target, provider, ttl } in record {
            let (name, line) = said(name);
            if let Some(ttl) = ttl.filter(|ttl| *ttl != 1 && !LIFETIMES.contains(ttl)) {
                let why = format!("ttl = {ttl} is not between 60 and 86400 (30 on Enterprise zones)");
                return Err(BadInput::shape(format, line, &why));
            }
            let candidate = Candidate::of(Some("CNAME"), name, said(target).0, line);
            let (provider, base) = (provider.clone(), Some(base.clone()));
            gatherer.offer(Candidate { ttl: *ttl, provider, base, ..candidate });
        }
        for Dmarc { text, name } in dmarc {
            let (text, line) = said(text);
            let candidate = Candidate::of(Some("TXT"), name.as_deref().unwrap_or("_dmarc"), text, line);
            gatherer.offer(Candidate { base: Some(base.clone()), ..candidate });
        }
    }
    Ok(())
}

/// The reading as a manifest in TOML, which [`read`](super::read) takes back with equal records.
pub fn to_manifest(reading: &Reading, context: &Context<'_>) -> String {
    let file = arrange(reading, context);
    let mut lines = vec![format!("version = {}", file.version)];
    for Zone { name, record, dmarc } in &file.zone {
        lines.extend([String::new(), "[[zone]]".to_owned(), format!("name = {}", quoted(name))]);
        for Record { name, target, provider, ttl } in record {
            lines.extend([String::new(), "[[zone.record]]".to_owned()]);
            lines.push(format!("name = {}", quoted(name)));
            lines.push(format!("target = {}", quoted(target)));
            lines.extend(provider.as_ref().map(|provider| format!("provider = {}", quoted(provider))));
            lines.extend(ttl.map(|ttl| format!("ttl = {ttl}")));
        }
        for Dmarc { text, name } in dmarc {
            lines.extend([String::new(), "[[zone.dmarc]]".to_owned(), format!("text = {}", quoted(text))]);
            lines.extend(name.as_ref().map(|name| format!("name = {}", quoted(name))));
        }
    }
    lines.join("\n") + "\n"
}

/// The reading as a manifest in JSON, which [`read`](super::read) takes back with equal records.
pub fn to_json(reading: &Reading, context: &Context<'_>) -> String {
    // Structs of texts and numbers always have a JSON form.
    serde_json::to_string_pretty(&arrange(reading, context)).unwrap_or_default() + "\n"
}

/// A basic string of TOML: where no control character is left, what JSON escapes is the same.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn arrange(reading: &Reading, context: &Context<'_>) -> File<String> {
    let mut zones: BTreeMap<DomainName, Zone<String>> = BTreeMap::new();
    let empty = |zone: &DomainName| Zone { name: zone.to_string(), record: Vec::new(), dmarc: Vec::new() };
    for entry in &reading.entries {
        let zone = zone_of(&entry.name, context.zones);
        let record = Record {
            name: spelled(&entry.name, &zone, None),
            target: spelled(&entry.target, &zone, Some(context.catalog)),
            provider: entry.provider.clone(),
            ttl: entry.ttl.map(crate::model::dns::Ttl::to_api),
        };
        zones.entry(zone).or_insert_with_key(empty).record.push(record);
    }
    for policy in &reading.policies {
        let zone = zone_of(&policy.name, context.zones);
        let name = Some(spelled(&policy.name, &zone, None)).filter(|name| name != "_dmarc");
        let dmarc = Dmarc { text: policy.text.clone(), name };
        zones.entry(zone).or_insert_with_key(empty).dmarc.push(dmarc);
    }
    File { version: VERSION, zone: zones.into_values().collect() }
}

/// The zone to file a name under: one that is worked on, or else the domain that somebody has registered.
fn zone_of(name: &DomainName, zones: &[DomainName]) -> DomainName {
    let registered = || name.and_ancestors().skip(1).find(DomainName::is_registrable);
    names::innermost(name, zones)
        .cloned()
        .or_else(registered)
        .or_else(|| name.parent())
        .unwrap_or_else(|| name.clone())
}

/// The shortest spelling that is read back as `name`, which is a target if `catalog` is told.
fn spelled(name: &DomainName, zone: &DomainName, catalog: Option<&Catalog>) -> String {
    let zones = std::slice::from_ref(zone);
    let place = Place { zones, bases: zones, is_exact: true, is_below: true };
    let read = |text: &String| match catalog {
        Some(catalog) => names::target(text, &place, catalog),
        None => names::owner(text, &place),
    };
    let means_it = |text: &String| read(text).is_ok_and(|(read, note)| read == *name && note.is_none());
    let relative =
        name.as_str().strip_suffix(zone.as_str()).map(|rest| rest.trim_end_matches('.').to_owned());
    let short = relative.into_iter().chain([name.to_string()]).find(means_it);
    short.unwrap_or_else(|| format!("{name}."))
}

#[cfg(test)]
mod tests {
    use crate::model::dns::{DomainName, Ttl};
    use crate::model::expectation::input::{BadInput, Context, Format, Reading, read, to_json, to_manifest};
    use crate::testing::{catalog, name};

    fn reading(text: &str) -> Result<Reading, BadInput> {
        read(text.as_bytes(), &Context { zones: &[], bases: &[], catalog: &catalog() })
    }

    const GOOD: &str = r#"
# what SendGrid shows
version = 1
[[zone]]
name = "example.com"
[[zone.record]]
name = "s1._domainkey"
target = "s1.domainkey.u1446226.wl123.sendgrid.net"
provider = "SendGrid"
ttl = 300
[[zone.dmarc]]
text = "v=DMARC1; p=none"
[[zone]]
name = "example.org"
[[zone.record]]
name = "em1.example.org"
target = "u1446226.wl123.sendgrid.net"
"#;

    #[test]
    fn a_manifest_holds_several_zones() {
        let reading = reading(GOOD).unwrap();
        assert_eq!(reading.format, Format::Manifest);
        let names: Vec<&str> = reading.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["s1._domainkey.example.com", "em1.example.org"]);
        let first = &reading.entries[0];
        assert_eq!((first.ttl, first.line), (Some(Ttl::Seconds(300)), Some(7)));
        assert_eq!(first.provider.as_deref(), Some("SendGrid"));
        assert_eq!(reading.policies[0].name, name("_dmarc.example.com"));
    }

    #[test]
    fn every_mistake_in_a_manifest_is_named_with_its_line() {
        let message = |from: &str, to: &str| reading(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(message("provider =", "colour =").starts_with("a manifest (line 9): unknown field `colour`"));
        assert!(message("ttl = 300", "ttl = 5").starts_with("a manifest (line 7): ttl = 5 is not between"));
        assert!(message("\"example.com\"", "\"a b\"").starts_with("a manifest (line 5): "));
        assert!(message("version = 1", "version = \"1\"").starts_with("a manifest (line 3): "));
        assert!(message("version = 1\n", "").contains("version is missing"));
        assert_eq!(
            message("version = 1", "version = 2"),
            "the manifest has version 2; this program reads version 1"
        );
        let refused = reading("version = 1\n[[zones]]\n").unwrap_err().to_string();
        assert!(refused.starts_with("a manifest (line 2): unknown field `zones`"), "{refused}");
    }

    #[test]
    fn a_newer_manifest_is_told_before_its_unknown_keys() {
        let refused = reading("version = 2\ncolour = 1\n").unwrap_err();
        assert_eq!(refused, BadInput::Newer { version: 2 });
    }

    #[test]
    fn what_is_written_is_read_back() {
        let once = reading(GOOD).unwrap();
        let (catalog, zones) = (catalog(), [name("example.com")]);
        for zones in [&zones[..], &[]] {
            let context = Context { zones, bases: &[], catalog: &catalog };
            for text in [to_manifest(&once, &context), to_json(&once, &context)] {
                let again = read(text.as_bytes(), &context).unwrap();
                assert_eq!(facts(&again), facts(&once), "{text}");
            }
        }
    }

    #[test]
    fn a_name_that_would_be_mended_is_written_with_its_dot() {
        let text = "version = 1\nzone = [{ name = \"example.com\", record = [{ name = \"em1.example.com.example.com.\", target = \"sendgrid.net.example.com.\" }] }]";
        let once = reading(text).unwrap();
        let again = to_manifest(&once, &Context { zones: &[], bases: &[], catalog: &catalog() });
        assert!(again.contains("\"em1.example.com.example.com.\""), "{again}");
        assert!(again.contains("\"sendgrid.net.example.com.\""), "{again}");
    }

    #[test]
    fn a_json_manifest_refuses_unknown_keys_too() {
        let json = r#"{"version": 1, "zone": [{"name": "example.com", "records": []}]}"#;
        assert!(reading(json).unwrap_err().to_string().contains("unknown field `records`"));
    }

    fn facts(reading: &Reading) -> Vec<(&DomainName, &DomainName, Option<Ttl>, Option<&str>)> {
        reading.entries.iter().map(|e| (&e.name, &e.target, e.ttl, e.provider.as_deref())).collect()
    }

    #[test]
    fn the_published_schema_of_a_manifest_is_that_of_the_types() {
        crate::testing::published::<super::File<String>>(
            "manifest.json",
            schemars::generate::Contract::Deserialize,
        );
    }
}
