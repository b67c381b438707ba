//! What was open when zones were looked at last, and what is new since. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::diagnosis::{Code, Finding, Severity};
use super::dns::DomainName;
use super::survey::ZoneSurvey;

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

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadBaseline {
    /// It was written by another version of the program.
    #[error("it has version {0}, this program knows version {VERSION}")]
    Version(u64),
    /// It makes no sense.
    #[error("it makes no sense")]
    Damaged(#[source] serde_json::Error),
}

/// Reads a baseline.
///
/// # Errors
///
/// [`BadBaseline`].
pub fn read(text: &str) -> Result<Baseline, BadBaseline> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(BadBaseline::Damaged)?;
    match value.get("cf_domauth_baseline").and_then(serde_json::Value::as_u64) {
        Some(version) if version != u64::from(VERSION) => Err(BadBaseline::Version(version)),
        _ => serde_json::from_value(value).map_err(BadBaseline::Damaged),
    }
}

/// What is new in a zone, what still is open and since when, and what is no longer found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// What was open before, and since when.
    since: BTreeMap<(Code, DomainName), String>,
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
        self.since.get(&(finding.code(), finding.name.clone())).map(String::as_str)
    }
}

impl Baseline {
    /// The same in the present version of the format.
    #[must_use]
    pub fn current(self) -> Self {
        Self { cf_domauth_baseline: VERSION, ..self }
    }

    /// What is new in a zone. With `accept`, the present moment, nothing is.
    pub fn news(&self, survey: &ZoneSurvey, accept: Option<&str>) -> News {
        let found: BTreeSet<(Code, DomainName)> = concerns(survey).map(key).collect();
        // What somebody has decided to live with is no news in either direction.
        let ignored: BTreeSet<(&str, &str)> =
            survey.ignored.iter().map(|one| (one.finding.code().word(), one.finding.name.as_str())).collect();
        let before = self.zones.get(survey.zone.id.as_str()).map(|zone| zone.open.as_slice());
        let mut news = News::default();
        for open in before.unwrap_or_default() {
            let known =
                found.iter().find(|(code, name)| code.word() == open.code && name.as_str() == open.name);
            match known {
                Some(key) => drop(news.since.insert(key.clone(), open.since.clone())),
                None if ignored.contains(&(open.code.as_str(), open.name.as_str())) => {}
                None if is_judged(survey, open) => news.gone.push(open.clone()),
                None => news.unseen.push(open.clone()),
            }
        }
        if let Some(now) = accept {
            for key in found {
                news.since.entry(key).or_insert_with(|| now.to_owned());
            }
        }
        news
    }

    /// Takes down what is open in a zone `now`.
    pub fn take_down(&mut self, survey: &ZoneSurvey, news: &News, now: &str) {
        let open = concerns(survey).map(|finding| Open {
            code: finding.code().word().to_owned(),
            name: finding.name.to_string(),
            since: news.since(finding).unwrap_or(now).to_owned(),
        });
        let open: Vec<Open> = open.chain(news.unseen.iter().cloned()).collect();
        self.put(survey.zone.id.as_str(), survey.zone.name.as_str(), open);
    }

    /// Takes down what is open in a zone.
    pub fn put(&mut self, id: &str, zone: &str, mut open: Vec<Open>) {
        open.sort_unstable();
        open.dedup();
        if open.is_empty() {
            self.zones.remove(id);
        } else {
            self.zones.insert(id.to_owned(), ZoneBaseline { zone: zone.to_owned(), open });
        }
    }
}

fn key(finding: &Finding) -> (Code, DomainName) {
    (finding.code(), finding.name.clone())
}

/// What somebody has to do something about.
fn concerns(survey: &ZoneSurvey) -> impl Iterator<Item = &Finding> {
    survey.diagnosis.findings.iter().filter(|finding| finding.severity() != Severity::Info)
}

/// Whether the run could have found it again: name servers and, for what was deleted, the audit log told something.
fn is_judged(survey: &ZoneSurvey, open: &Open) -> bool {
    let is_of_log = [Code::Missing, Code::IncompleteSet].iter().any(|code| code.word() == open.code);
    let is_heard = survey.unheard.iter().all(|name| name.as_str() != open.name);
    is_heard && !(is_of_log && survey.has_unknown_past)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{DnsEvidence, Scope, diagnose};
    use crate::model::ignore::{IgnoreList, Rule};
    use crate::model::plan;
    use crate::testing::{catalog, inventory, name, proxied};

    const S1: &str = "s1._domainkey.example.com";

    fn survey(is_broken: bool) -> ZoneSurvey {
        let record = proxied("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net");
        let held = inventory(if is_broken { vec![record] } else { Vec::new() });
        let mut diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
        let plan = plan::plan(&held, &diagnosis);
        diagnosis.findings.retain(|finding| finding.code() == Code::Proxied);
        ZoneSurvey { diagnosis, ..ZoneSurvey::of_plan(plan) }
    }

    fn open(code: &str) -> Baseline {
        let open = vec![Open { code: code.into(), name: S1.into(), since: "then".into() }];
        let zones = BTreeMap::from([("zone1".into(), ZoneBaseline { zone: "example.com".into(), open })]);
        Baseline { zones, ..Baseline::default() }
    }

    #[test]
    fn what_was_not_open_is_new_until_it_is_accepted_and_keeps_its_first_day() {
        let survey = survey(true);
        let finding = &survey.diagnosis.findings[0];
        assert!(Baseline::default().news(&survey, None).is_new(finding));
        let accepted = Baseline::default().news(&survey, Some("now"));
        assert_eq!(accepted.since(finding), Some("now"));
        let mut baseline = open("proxied");
        let news = baseline.news(&survey, Some("now"));
        assert_eq!(news.since(finding), Some("then"), "accepting does not make it younger");
        baseline.take_down(&survey, &news, "now");
        assert_eq!(baseline.zones, open("proxied").zones);
    }

    #[test]
    fn only_what_could_be_found_is_no_longer_found() {
        let gone = |survey: &ZoneSurvey, code| open(code).news(survey, None).gone.len();
        assert_eq!((gone(&survey(false), "proxied"), gone(&survey(true), "proxied")), (1, 0));
        let deaf = ZoneSurvey { unheard: vec![name(S1)], ..survey(false) };
        let without_log = ZoneSurvey { has_unknown_past: true, ..survey(false) };
        assert_eq!((gone(&deaf, "proxied"), gone(&without_log, "missing")), (0, 0));
        assert_eq!((gone(&without_log, "proxied"), gone(&survey(false), "missing")), (1, 1));
        let mut baseline = open("proxied");
        let news = baseline.news(&deaf, None);
        baseline.take_down(&deaf, &news, "now");
        assert_eq!(baseline.zones, open("proxied").zones, "it is not forgotten");
    }

    #[test]
    fn what_is_ignored_is_no_news() {
        let mut survey = survey(true);
        let rule =
            Rule { code: Some(Code::Proxied), zone: None, name: None, reason: "x".into(), until: None };
        let list = IgnoreList::on(jiff::civil::date(2026, 1, 1), vec![rule]);
        survey.ignored = list.take(&name("example.com"), &mut survey.diagnosis.findings);
        let mut baseline = open("proxied");
        let news = baseline.news(&survey, None);
        assert_eq!(news, News::default());
        baseline.take_down(&survey, &news, "now");
        assert!(baseline.zones.is_empty());
    }

    #[test]
    fn another_version_and_nonsense_are_refused() {
        let text = serde_json::to_string(&Baseline::default().current()).unwrap();
        assert!(read(&text).is_ok());
        assert!(matches!(read(&text.replace("baseline\":1", "baseline\":2")), Err(BadBaseline::Version(2))));
        assert!(matches!(read("[]"), Err(BadBaseline::Damaged(_))));
    }

    #[test]
    fn the_published_schema_of_a_baseline_is_that_of_the_types() {
        crate::testing::published::<Baseline>("baseline.json", schemars::generate::Contract::Serialize);
    }
}
