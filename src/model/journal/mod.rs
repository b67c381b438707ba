//! What a run is about to change and the outcome, kept so that it can be put back. Pure.
//!
//! One file per run, one JSON object per line, each line whole or not there. The first line says
//! which version of this format the file has; a reader refuses versions it does not know and ignores
//! a last line that breaks off. `docs/journal.md` describes every member.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The version of the format that is written. The first one does not know the API's clock; it is read as well.
pub const VERSION: u32 = 2;

// An inner tag would not let records pass through byte for byte.
/// One line of a journal: an object with one member, named after the kind of line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Line {
    /// The first line.
    Journal {
        /// The version of the format: 2.
        version: u32,
        /// The run; equals the name of the file.
        run: String,
        /// The program and its version.
        program: String,
        /// When the run began: RFC 3339, UTC.
        started: String,
        /// The API that was written to, so that a rehearsal is not taken for the real thing.
        api: String,
        /// The run that this one puts back, if it is an undo.
        undoes: Option<String>,
    },
    /// Written and synced before the first write to a zone.
    Intent {
        /// Cloudflare's handle for the zone.
        zone_id: String,
        /// The apex.
        zone: String,
        /// When, by the clock of this machine: RFC 3339, UTC.
        at: String,
        /// When, by the clock of the API: what its last answer said. Null if that said nothing.
        #[serde(default)]
        api_date: Option<String>,
        /// What is about to be changed.
        changes: Vec<Intent>,
    },
    /// Written after each answer.
    Reply {
        /// Cloudflare's handle for the zone.
        zone_id: String,
        /// One entry per change that the answer is about.
        outcomes: Vec<Settled>,
    },
    /// The last line of a run that came to its end.
    End {
        /// The exit status.
        exit: u8,
    },
}

/// One change that is about to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// What kind of change.
    pub action: Action,
    /// Where the record is filed.
    pub name: String,
    /// The whole record as Cloudflare sent it; null when there is none.
    pub before: Option<Box<RawValue>>,
    /// The members that are sent; null for a delete.
    pub request: Box<RawValue>,
}

/// A record without the white space between its members, so that it stands in one line; every member stays as it
/// came, byte for byte. It cannot fail for a value that was read.
pub fn compact(raw: &RawValue) -> Result<Box<RawValue>, serde_json::Error> {
    let (mut is_inside, mut is_escaped) = (false, false);
    let mut kept = |character: &char| {
        let is_kept = is_inside || !character.is_ascii_whitespace();
        (is_inside, is_escaped) = match character {
            '"' if !is_escaped => (!is_inside, false),
            '\\' if is_inside => (true, !is_escaped),
            _ => (is_inside, false),
        };
        is_kept
    };
    RawValue::from_string(raw.get().chars().filter(|character| kept(character)).collect())
}

/// The outcome of one change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// Which of the intent's changes, counted from 0: several may have one name.
    pub place: usize,
    /// Where the record is filed.
    pub name: String,
    /// The record; of a created one its new handle, if known.
    pub record_id: Option<String>,
    /// How it ended.
    pub outcome: OutcomeKind,
}

crate::model::words::words! {
    /// What kind of change.
    #[derive(PartialOrd, Ord, serde::Deserialize)]
    pub enum Action {
        /// Create a record.
        Create = "create",
        /// File a record under another name.
        Rename = "rename",
        /// Point a record elsewhere.
        Retarget = "retarget",
        /// Make a record DNS only.
        SetDnsOnly = "set-dns-only",
        /// Stop flattening a record.
        Unflatten = "unflatten",
        /// Delete a record.
        Delete = "delete",
        /// Put a record back as it was: only when undoing.
        Restore = "restore",
    }
}

crate::model::words::words! {
    /// How a change ended.
    #[derive(Deserialize)]
    pub enum OutcomeKind {
        /// Read back and as asked.
        Applied = "applied",
        /// Cloudflare did not make it, and said so or showed it.
        Refused = "refused",
        /// It was not sent.
        NotAttempted = "not-attempted",
        /// It was sent, and its outcome is not known.
        Unknown = "unknown",
    }
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadJournal {
    #[error("this is not a journal of cf-domauth")]
    Foreign,
    #[error("the journal has version {0}, this program knows version {VERSION}")]
    Newer(u32),
    /// Lines are counted from 1.
    #[error("line {number} of the journal makes no sense")]
    Damaged { number: usize, source: serde_json::Error },
}

/// How every journal begins.
const HEAD: &str = "{\"journal\":{";

/// Reads a journal. A last line without its line break was cut off while being written and is
/// ignored; a file that was cut off in its first line holds nothing.
pub fn read(text: &str) -> Result<Vec<Line>, BadJournal> {
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    let mut lines = Vec::new();
    let is_cut_off = |text: &str| text.is_empty() || HEAD.starts_with(text) || text.starts_with(HEAD);
    if whole.is_empty() && is_cut_off(text) {
        return Ok(lines);
    }
    for (index, line) in whole.split('\n').enumerate() {
        let parsed: Result<Line, _> = serde_json::from_str(line);
        match (index, parsed) {
            (0, Ok(Line::Journal { version, .. })) if !(1..=VERSION).contains(&version) => {
                return Err(BadJournal::Newer(version));
            }
            (0, Ok(line @ Line::Journal { .. })) | (1.., Ok(line)) => lines.push(line),
            (0, _) => return Err(BadJournal::Foreign),
            (_, Err(source)) => return Err(BadJournal::Damaged { number: index + 1, source }),
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"journal":{"version":1,"run":"r","program":"cf-domauth 0.1.0","started":"2026-11-23T20:00:00Z","api":"https://api.cloudflare.com/client/v4","undoes":null}}"#;

    #[test]
    fn a_record_comes_back_byte_for_byte() {
        let raw = r#"{"id":"1","ttl":1,"comment":null,"z":0.10}"#;
        let line = Line::Intent {
            zone_id: "z".into(),
            zone: "example.com".into(),
            at: "2026-11-23T20:00:01Z".into(),
            api_date: None,
            changes: vec![Intent {
                action: Action::SetDnsOnly,
                name: "a.example.com".into(),
                before: Some(serde_json::from_str(raw).unwrap()),
                request: serde_json::from_str(r#"{"proxied":false}"#).unwrap(),
            }],
        };
        let text = format!("{FIRST}\n{}\n", serde_json::to_string(&line).unwrap());
        let read = read(&text).unwrap();
        let Line::Intent { changes, .. } = &read[1] else { panic!("not an intent") };
        assert_eq!(changes[0].before.as_ref().unwrap().get(), raw);
    }

    #[test]
    fn a_record_that_came_in_several_lines_is_kept_in_one() {
        let raw: Box<RawValue> =
            serde_json::from_str("{\n  \"id\": \"1\",\r\n\t\"n\": \"a \\\" b\\\\\", \"t\": 0.10\n}").unwrap();
        assert_eq!(compact(&raw).unwrap().get(), r#"{"id":"1","n":"a \" b\\","t":0.10}"#);
        let plain: Box<RawValue> = serde_json::from_str(r#"{"id":"1","n":" a "}"#).unwrap();
        assert_eq!(compact(&plain).unwrap().get(), plain.get());
    }

    #[test]
    fn a_journal_of_the_first_version_is_read() {
        let intent =
            r#"{"intent":{"zone_id":"z","zone":"example.com","at":"2026-11-23T20:00:01Z","changes":[]}}"#;
        assert_eq!(read(&format!("{FIRST}\n{intent}\n")).unwrap().len(), 2);
    }

    #[test]
    fn a_line_that_was_cut_off_is_ignored_and_a_damaged_one_is_not() {
        let end = r#"{"end":{"exit":0}}"#;
        assert_eq!(read(&format!("{FIRST}\n{end}\n{{\"rep")).unwrap().len(), 2);
        assert!(matches!(
            read(&format!("{FIRST}\nnonsense\n{end}\n")),
            Err(BadJournal::Damaged { number: 2, .. })
        ));
    }

    #[test]
    fn foreign_and_newer_files_are_refused() {
        assert!(matches!(read("{}\n"), Err(BadJournal::Foreign)));
        assert!(matches!(read("nothing of ours"), Err(BadJournal::Foreign)));
    }

    #[test]
    fn a_journal_that_was_cut_off_in_its_first_line_holds_nothing() {
        for cut in ["", "{\"jour", FIRST] {
            assert!(read(cut).unwrap().is_empty(), "{cut}");
        }
        assert!(matches!(
            read(&format!("{}\n", FIRST.replace("\"version\":1", "\"version\":9"))),
            Err(BadJournal::Newer(9))
        ));
    }

    #[test]
    fn the_published_schema_of_a_journal_is_that_of_the_types() {
        crate::testing::published::<Line>("journal.json", schemars::generate::Contract::Serialize);
    }
}
