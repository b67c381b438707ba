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

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::model::catalogue::Catalogue;
use crate::model::dns::DomainName;

use super::gather::{Candidate, Gatherer, LIFETIMES};
use super::names::{self, Ending, Place, Placed, Spelling};
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

/// A text of a manifest, with its line as far as the format tells it.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) line: Option<usize>,
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
    let shape = |error: &toml::de::Error| BadInput::Shape {
        format: Format::Manifest,
        line: error.span().map(|span| line_at(text, span.start)),
        why: crate::model::plain::line(error.message()),
    };
    let edition: Edition = toml::from_str(text).map_err(|error| shape(&error))?;
    check_edition(edition.version, Format::Manifest)?;
    let file: File<Spanned<String>> = toml::from_str(text).map_err(|error| shape(&error))?;
    let mut lines = Lines { text, at: 0, line: 1 };
    let file = file.map(&mut |spanned| {
        let line = lines.at(spanned.span().start);
        Text { text: spanned.into_inner(), line: Some(line) }
    });
    gather(file, Format::Manifest, gatherer)
}

/// Reads a manifest in JSON; `line_of` tells the lines of texts in the order they are asked for.
pub(super) fn read_json(
    value: serde_json::Value,
    gatherer: &mut Gatherer<'_>,
    line_of: &mut dyn FnMut(&str) -> Option<usize>,
) -> Result<(), BadInput> {
    check_edition(value.get("version").and_then(serde_json::Value::as_u64), Format::Json)?;
    let file: File<String> = serde_json::from_value(value).map_err(|error| BadInput::Shape {
        format: Format::Json,
        line: None,
        why: crate::model::plain::line(&error.to_string()),
    })?;
    let file = file.map(&mut |text| Text { line: line_of(&text), text });
    gather(file, Format::Json, gatherer)
}

fn check_edition(version: Option<u64>, format: Format) -> Result<(), BadInput> {
    let shape = |why: &str| BadInput::Shape { format, line: None, why: why.to_owned() };
    match version {
        Some(VERSION) => Ok(()),
        Some(0) => Err(shape("there is no version 0; write version = 1")),
        Some(version) => Err(BadInput::Newer { version }),
        None => Err(shape("the version is missing; write version = 1")),
    }
}

impl<S> File<S> {
    /// Turns each text with a place, in the order of the file as far as the zones go.
    fn map<T>(self, turn: &mut dyn FnMut(S) -> T) -> File<T> {
        let zone = self.zone.into_iter().map(|zone| zone.map(turn)).collect();
        File { version: self.version, zone }
    }
}

impl<S> Zone<S> {
    fn map<T>(self, turn: &mut dyn FnMut(S) -> T) -> Zone<T> {
        let Self { name, record, dmarc } = self;
        let name = turn(name);
        let record = record.into_iter().map(|Record { name, target, provider, ttl }| {
            let (name, target) = (turn(name), turn(target));
            Record { name, target, provider, ttl }
        });
        let record = record.collect();
        let dmarc = dmarc.into_iter().map(|Dmarc { text, name }| Dmarc { text: turn(text), name });
        Zone { name, record, dmarc: dmarc.collect() }
    }
}

/// Tells the lines of places that mostly go forward, without counting from the start each time.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, place: usize) -> usize {
        if place < self.at {
            (self.at, self.line) = (0, 1);
        }
        let between = self.text.as_bytes().get(self.at..place).unwrap_or_default();
        self.line += between.split(|byte| *byte == b'\n').count() - 1;
        self.at = place;
        self.line
    }
}

fn line_at(text: &str, place: usize) -> usize {
    Lines { text, at: 0, line: 1 }.at(place)
}

fn gather(file: File<Text>, format: Format, gatherer: &mut Gatherer<'_>) -> Result<(), BadInput> {
    gatherer.spelling = Spelling::Exact;
    for Zone { name, record, dmarc } in file.zone {
        let shape = |line, why| BadInput::Shape { format, line, why };
        let zone = DomainName::parse(&name.text).map_err(|bad| shape(name.line, bad.to_string()))?;
        for Record { name, target, provider, ttl } in record {
            if let Some(ttl) = ttl.filter(|ttl| *ttl != 1 && !LIFETIMES.contains(ttl)) {
                let why = format!("ttl = {ttl} is not between 60 and 86400 (30 on Enterprise zones)");
                return Err(shape(name.line, why));
            }
            gatherer.offer(&Candidate {
                kind: Some("CNAME"),
                name: &name.text,
                value: &target.text,
                ttl,
                provider: provider.as_deref(),
                base: Some(&zone),
                is_by_column: false,
                line: name.line,
                note: None,
            });
        }
        for Dmarc { text, name } in dmarc {
            let name = name.as_deref().unwrap_or("_dmarc");
            let candidate = Candidate {
                kind: Some("TXT"),
                name,
                value: &text.text,
                base: Some(&zone),
                line: text.line,
                ..Candidate::default()
            };
            gatherer.offer(&candidate);
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

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                quoted.extend(format!("\\u{:04X}", u32::from(control)).chars());
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn arrange(reading: &Reading, context: &Context<'_>) -> File<String> {
    let mut zones: Vec<(DomainName, Zone<String>)> = Vec::new();
    let mut place_of = std::collections::HashMap::new();
    let mut place = |zones: &mut Vec<(DomainName, Zone<String>)>, name: &DomainName| {
        let zone = zone_of(name, context.zones);
        *place_of.entry(zone.clone()).or_insert_with(|| {
            let empty = Zone { name: zone.to_string(), record: Vec::new(), dmarc: Vec::new() };
            zones.push((zone, empty));
            zones.len() - 1
        })
    };
    for entry in &reading.entries {
        let at = place(&mut zones, &entry.name);
        let Some((zone, held)) = zones.get_mut(at) else { continue };
        held.record.push(Record {
            name: owner_text(&entry.name, zone),
            target: target_text(&entry.target, zone, context.catalogue),
            provider: entry.provider.clone(),
            ttl: entry.ttl.map(crate::model::dns::Ttl::to_api),
        });
    }
    for policy in &reading.policies {
        let at = place(&mut zones, &policy.name);
        let Some((zone, held)) = zones.get_mut(at) else { continue };
        let name = Some(owner_text(&policy.name, zone)).filter(|name| name != "_dmarc");
        held.dmarc.push(Dmarc { text: policy.text.clone(), name });
    }
    File { version: VERSION, zone: zones.into_iter().map(|(_, zone)| zone).collect() }
}

/// The zone to file a name under: one that is worked on, or else the part that tells the owner.
fn zone_of(name: &DomainName, zones: &[DomainName]) -> DomainName {
    let known = zones.iter().filter(|zone| name.is_within(zone)).max_by_key(|zone| zone.as_str().len());
    let guessed = || {
        let plain = name.and_ancestors().find(|rest| !rest.labels().any(|label| label.starts_with('_')));
        let owner = DomainName::parse(plain.as_ref().unwrap_or(name).owner_part()).ok();
        owner.filter(|zone| zone != name).or_else(|| name.parent())
    };
    known.cloned().or_else(guessed).unwrap_or_else(|| name.clone())
}

/// The shortest spelling that is read back as `name`.
fn owner_text(name: &DomainName, zone: &DomainName) -> String {
    let relative =
        name.as_str().strip_suffix(zone.as_str()).map(|rest| rest.trim_end_matches('.').to_owned());
    let zones = std::slice::from_ref(zone);
    let place = Place { zones, bases: zones, spelling: Spelling::Exact, ending: Ending::Unclear };
    shortest(relative, name, |text| names::owner(text, &place))
}

fn target_text(target: &DomainName, zone: &DomainName, catalogue: &Catalogue) -> String {
    let zones = std::slice::from_ref(zone);
    shortest(None, target, |text| names::target(text, zones, catalogue, Spelling::Exact))
}

fn shortest(
    relative: Option<String>,
    name: &DomainName,
    back: impl Fn(&str) -> Result<Placed, String>,
) -> String {
    let means_it = |text: &String| back(text).is_ok_and(|(read, note)| read == *name && note.is_none());
    let full = name.to_string();
    relative.into_iter().chain([full]).find(means_it).unwrap_or_else(|| format!("{name}."))
}

#[cfg(test)]
mod tests {
    use crate::model::dns::{DomainName, Ttl};
    use crate::model::expectation::input::{BadInput, Context, Format, Reading, read, to_json, to_manifest};
    use crate::testing::{catalogue, name};

    fn reading(text: &str) -> Result<Reading, BadInput> {
        read(text.as_bytes(), &Context { zones: &[], bases: &[], catalogue: &catalogue() })
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
        let (catalogue, zones) = (catalogue(), [name("example.com")]);
        for zones in [&zones[..], &[]] {
            let context = Context { zones, bases: &[], catalogue: &catalogue };
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
        let again = to_manifest(&once, &Context { zones: &[], bases: &[], catalogue: &catalogue() });
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
