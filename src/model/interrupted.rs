//! What an audit of many zones had read when it was cut off, so that the next one can go on. Pure.

use serde::{Deserialize, Serialize};

use super::diagnosis::{Finding, Severity};
use super::state_file::{self, BadStateFile};
use super::survey::ZoneSurvey;

/// The version of the format.
pub const VERSION: u32 = 1;

/// The first line of the file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Head {
    /// The version of the format: 1.
    pub cf_domauth_interrupted: u32,
}

/// A zone that was read, as far as a baseline is compared with it: every other line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadZone {
    /// Cloudflare's handle.
    pub zone_id: String,
    /// The apex.
    pub zone: String,
    /// When it was read: RFC 3339, UTC.
    pub read_at: String,
    /// What somebody has to do something about.
    pub findings: Vec<ReadFinding>,
    /// What somebody has decided to live with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<ReadFinding>,
    /// Names of which no name server told anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unheard: Vec<String>,
    /// Whether the audit log could not be read, or not far enough.
    #[serde(default)]
    pub has_unknown_past: bool,
}

/// What was found in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadFinding {
    /// Its code.
    pub code: String,
    /// The name it is about.
    pub name: String,
    /// Whether something is broken, not only to be looked at.
    pub is_error: bool,
}

impl From<&Finding> for ReadFinding {
    fn from(finding: &Finding) -> Self {
        let (code, name) = (finding.code().word().to_owned(), finding.name.to_string());
        Self { code, name, is_error: finding.severity() == Severity::Error }
    }
}

/// Reads the file. A last line without its end was being written when the run was cut off, and counts as not written.
pub fn read(text: &str) -> Result<Vec<ReadZone>, BadStateFile> {
    let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let mut lines = whole.enumerate();
    let Some((_, head)) = lines.next() else { return Ok(Vec::new()) };
    let _: Head = state_file::read(head, "cf_domauth_interrupted", VERSION)?;
    lines
        .map(|(at, line)| serde_json::from_str(line).map_err(|error| BadStateFile::Line(at + 1, error)))
        .collect()
}

impl ReadZone {
    /// What was read of a zone, at `read_at`.
    pub fn of(survey: &ZoneSurvey, read_at: String) -> Self {
        Self {
            zone_id: survey.zone.id.to_string(),
            zone: survey.zone.name.to_string(),
            read_at,
            findings: survey.diagnosis.concerns().map(ReadFinding::from).collect(),
            ignored: survey.ignored.iter().map(|one| ReadFinding::from(&one.finding)).collect(),
            unheard: survey.unheard.iter().map(ToString::to_string).collect(),
            has_unknown_past: survey.has_unknown_past,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = r#"{"zone_id":"z","zone":"example.com","read_at":"then","findings":[]}"#;

    #[test]
    fn what_was_whole_is_read_and_a_torn_line_counts_as_not_written() {
        let head = "{\"cf_domauth_interrupted\":1}\n";
        let of = |text: &str| read(text).map(|zones| zones.len()).map_err(|error| error.to_string());
        assert_eq!(of(""), Ok(0));
        assert_eq!(of(&format!("{head}{ZONE}\n{ZONE}\n{{\"zone_id\":")), Ok(2));
        assert_eq!(of(&format!("{head}{ZONE}\nnonsense\n{ZONE}\n")), Err("line 3 makes no sense".to_owned()));
        let newer = head.replace('1', "2");
        assert_eq!(of(&newer), Err("it has version 2, this program knows version 1".to_owned()));
        assert_eq!(of("[]\n"), Err("it makes no sense".to_owned()));
    }

    #[test]
    fn the_published_schema_of_a_line_is_that_of_the_type() {
        crate::testing::published::<ReadZone>("interrupted.json", schemars::generate::Contract::Serialize);
    }
}
