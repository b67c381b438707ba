//! What an audit of many zones had read when it was cut off, so that the next one can go on. Pure.

use serde::{Deserialize, Serialize};

use super::baseline::{News, Open};
use super::diagnosis::Severity;
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

/// A zone that was read: every other line of the file.
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
    /// Since when it has been open, where that was compared and it was open before: RFC 3339, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// Why what was read cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum BadInterrupted {
    /// It was written by another version of the program.
    #[error("it has version {0}, this program knows version {VERSION}")]
    Version(u32),
    /// It makes no sense.
    #[error("line {0} makes no sense")]
    Damaged(usize),
}

/// Reads the file. A last line without its end was being written when the run was cut off, and counts as not written.
///
/// # Errors
///
/// [`BadInterrupted`].
pub fn read(text: &str) -> Result<Vec<ReadZone>, BadInterrupted> {
    let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let mut lines = whole.enumerate();
    let Some((_, head)) = lines.next() else { return Ok(Vec::new()) };
    let head: Head = serde_json::from_str(head).map_err(|_| BadInterrupted::Damaged(1))?;
    if head.cf_domauth_interrupted != VERSION {
        return Err(BadInterrupted::Version(head.cf_domauth_interrupted));
    }
    lines.map(|(at, line)| serde_json::from_str(line).map_err(|_| BadInterrupted::Damaged(at + 1))).collect()
}

impl ReadZone {
    /// What was read of a zone, at `read_at`.
    pub fn of(survey: &ZoneSurvey, news: Option<&News>, read_at: String) -> Self {
        let concerns = survey.diagnosis.findings.iter().filter(|one| one.severity() != Severity::Info);
        let findings = concerns.map(|finding| ReadFinding {
            code: finding.code().word().to_owned(),
            name: finding.name.to_string(),
            is_error: finding.severity() == Severity::Error,
            since: news.and_then(|news| news.since(finding)).map(str::to_owned),
        });
        let (zone_id, zone) = (survey.zone.id.to_string(), survey.zone.name.to_string());
        Self { zone_id, zone, read_at, findings: findings.collect() }
    }

    /// What is open in it, for a baseline: since it was read, unless it was open before.
    pub fn open(&self) -> Vec<Open> {
        let one = |finding: &ReadFinding| Open {
            code: finding.code.clone(),
            name: finding.name.clone(),
            since: finding.since.clone().unwrap_or_else(|| self.read_at.clone()),
        };
        self.findings.iter().map(one).collect()
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
        assert_eq!(of("[]\n"), Err("line 1 makes no sense".to_owned()));
    }

    #[test]
    fn what_was_new_is_open_since_it_was_read() {
        let finding = |since: Option<&str>| ReadFinding {
            code: "proxied".into(),
            name: "a.example.com".into(),
            is_error: true,
            since: since.map(str::to_owned),
        };
        let mut zone: ReadZone = serde_json::from_str(ZONE).unwrap();
        zone.findings = vec![finding(None), finding(Some("long ago"))];
        let since: Vec<String> = zone.open().into_iter().map(|open| open.since).collect();
        assert_eq!(since, ["then", "long ago"]);
    }

    #[test]
    fn the_published_schema_of_a_line_is_that_of_the_type() {
        crate::testing::published::<ReadZone>("interrupted.json", schemars::generate::Contract::Serialize);
    }
}
