//! What was open when zones were looked at last, and what is new since. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diagnosis::{Code, Finding};
use super::interrupted::{ReadFinding, ReadZone};
use super::state_file::{self, BadStateFile};

/// The version of the format.
pub const VERSION: u32 = 1;

/// What was open when the zones of one profile were looked at last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of the format: 1.
    pub cf_domauth_baseline: u32,
    /// When it was written last: RFC 3339, UTC.
    pub at: String,
    /// The zones in which something was open, by Cloudflare's handle.
    pub zones: BTreeMap<String, ZoneBaseline>,
}

/// What was open in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ZoneBaseline {
    /// The apex.
    pub zone: String,
    /// What was open.
    pub open: Vec<Open>,
}

/// A finding that was open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Its code.
    pub code: String,
    /// The name it is about.
    pub name: String,
    /// When it was found first: RFC 3339, UTC.
    pub since: String,
}

pub fn read(text: &str) -> Result<Baseline, BadStateFile> {
    state_file::read(text, "cf_domauth_baseline", VERSION)
}

/// What is new in a zone, what still is open and since when, and what is no longer found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// What was open before, by code and name, and since when.
    since: BTreeMap<(String, String), String>,
    /// How many findings were not open before.
    pub new: usize,
    /// How many were.
    pub still_open: usize,
    /// What was open before and is no longer found, though it was looked for.
    pub gone: Vec<Open>,
    /// What was open before, and could not be looked for.
    pub unseen: Vec<Open>,
}

impl News {
    /// Whether a finding was not open before.
    pub fn is_new(&self, finding: &Finding) -> bool {
        self.since(finding).is_none()
    }

    /// Since when a finding has been open, if it was before: RFC 3339, UTC.
    pub fn since(&self, finding: &Finding) -> Option<&str> {
        self.since_read(&finding.into())
    }

    /// The same of one that was read.
    pub fn since_read(&self, finding: &ReadFinding) -> Option<&str> {
        self.since.get(&(finding.code.clone(), finding.name.clone())).map(String::as_str)
    }
}

impl Baseline {
    /// The same in the present version of the format.
    #[must_use]
    pub fn current(self) -> Self {
        Self { cf_domauth_baseline: VERSION, ..self }
    }

    /// What is new in a zone. Where it is accepted, nothing is.
    pub fn news(&self, zone: &ReadZone, is_accepted: bool) -> News {
        let mut news = News::default();
        if is_accepted {
            let one =
                |finding: &ReadFinding| ((finding.code.clone(), finding.name.clone()), zone.read_at.clone());
            news.since = zone.findings.iter().map(one).collect();
        }
        let before = self.zones.get(&zone.zone_id).map(|zone| zone.open.as_slice());
        for open in before.unwrap_or_default() {
            let is_it = |one: &ReadFinding| one.code == open.code && one.name == open.name;
            if zone.findings.iter().any(is_it) {
                news.since.insert((open.code.clone(), open.name.clone()), open.since.clone());
            } else if zone.ignored.iter().any(is_it) {
                // What somebody has decided to live with is no news in either direction.
            } else if is_judged(zone, open) {
                news.gone.push(open.clone());
            } else {
                news.unseen.push(open.clone());
            }
        }
        news.still_open = zone.findings.iter().filter(|one| news.since_read(one).is_some()).count();
        news.new = zone.findings.len() - news.still_open;
        news
    }

    /// Takes down what is open in a zone: since it was read, unless it was open before.
    pub fn take_down(&mut self, zone: &ReadZone, news: &News) {
        let open = zone.findings.iter().map(|finding| Open {
            code: finding.code.clone(),
            name: finding.name.clone(),
            since: news.since_read(finding).unwrap_or(&zone.read_at).to_owned(),
        });
        let mut open: Vec<Open> = open.chain(news.unseen.iter().cloned()).collect();
        open.sort_unstable();
        open.dedup();
        if open.is_empty() {
            self.zones.remove(&zone.zone_id);
        } else {
            let of = ZoneBaseline { zone: zone.zone.clone(), open };
            self.zones.insert(zone.zone_id.clone(), of);
        }
    }
}

/// Whether the run could have found it again: name servers and, for what was deleted, the audit log told something.
fn is_judged(zone: &ReadZone, open: &Open) -> bool {
    let is_of_log = [Code::Missing, Code::IncompleteSet].iter().any(|code| code.word() == open.code);
    let is_unheard = zone.unheard.contains(&open.name);
    !(is_unheard || is_of_log && zone.has_unknown_past)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S1: &str = "s1._domainkey.example.com";

    fn finding(code: &str) -> ReadFinding {
        ReadFinding { code: code.into(), name: S1.into(), is_error: true }
    }

    fn read_zone(findings: Vec<ReadFinding>) -> ReadZone {
        ReadZone {
            zone_id: "zone1".into(),
            zone: "example.com".into(),
            read_at: "now".into(),
            findings,
            ignored: Vec::new(),
            unheard: Vec::new(),
            has_unknown_past: false,
        }
    }

    fn open(code: &str) -> Baseline {
        let open = vec![Open { code: code.into(), name: S1.into(), since: "then".into() }];
        let zones = BTreeMap::from([("zone1".into(), ZoneBaseline { zone: "example.com".into(), open })]);
        Baseline { zones, ..Baseline::default() }
    }

    #[test]
    fn what_was_not_open_is_new_until_it_is_accepted_and_keeps_its_first_day() {
        let proxied = finding("proxied");
        let zone = read_zone(vec![proxied.clone()]);
        let mut baseline = Baseline::default();
        let news = baseline.news(&zone, false);
        assert_eq!((news.since_read(&proxied), news.new, news.still_open), (None, 1, 0));
        baseline.take_down(&zone, &news);
        assert_eq!(baseline.zones["zone1"].open[0].since, "now");
        let accepted = Baseline::default().news(&zone, true);
        assert_eq!((accepted.since_read(&proxied), accepted.new), (Some("now"), 0));
        let mut baseline = open("proxied");
        let news = baseline.news(&zone, true);
        assert_eq!(news.since_read(&proxied), Some("then"), "accepting does not make it younger");
        assert_eq!((news.new, news.still_open), (0, 1));
        baseline.take_down(&zone, &news);
        assert_eq!(baseline.zones, open("proxied").zones);
    }

    #[test]
    fn only_what_could_be_found_is_no_longer_found() {
        let gone = |zone: &ReadZone, code| open(code).news(zone, false).gone.len();
        let (healthy, broken) = (read_zone(Vec::new()), read_zone(vec![finding("proxied")]));
        assert_eq!((gone(&healthy, "proxied"), gone(&broken, "proxied")), (1, 0));
        let deaf = ReadZone { unheard: vec![S1.into()], ..healthy.clone() };
        let without_log = ReadZone { has_unknown_past: true, ..healthy.clone() };
        assert_eq!((gone(&deaf, "proxied"), gone(&without_log, "missing")), (0, 0));
        assert_eq!((gone(&without_log, "proxied"), gone(&healthy, "missing")), (1, 1));
        let mut baseline = open("proxied");
        let news = baseline.news(&deaf, false);
        baseline.take_down(&deaf, &news);
        assert_eq!(baseline.zones, open("proxied").zones, "it is not forgotten");
    }

    #[test]
    fn what_is_ignored_is_no_news() {
        let zone = ReadZone { ignored: vec![finding("proxied")], ..read_zone(Vec::new()) };
        let mut baseline = open("proxied");
        let news = baseline.news(&zone, false);
        assert_eq!(news, News::default());
        baseline.take_down(&zone, &news);
        assert!(baseline.zones.is_empty());
    }

    #[test]
    fn another_version_and_nonsense_are_refused() {
        let text = serde_json::to_string(&Baseline::default().current()).unwrap();
        assert!(read(&text).is_ok());
        assert!(matches!(
            read(&text.replace("baseline\":1", "baseline\":2")),
            Err(BadStateFile::Version { found: 2, .. })
        ));
        assert!(matches!(read("[]"), Err(BadStateFile::Damaged(_))));
    }

    #[test]
    fn the_published_schema_of_a_baseline_is_that_of_the_types() {
        crate::testing::published::<Baseline>("baseline.json", schemars::generate::Contract::Serialize);
    }
}
