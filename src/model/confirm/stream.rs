//! Many domains, one a line: what is asked, and what is answered. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Confirmation, Verdict};
use crate::model::dns::DomainName;
use crate::model::failure::Exit;
use crate::model::plain;

/// Most records of one line.
const MOST_RECORDS: usize = 100;

/// A line of input.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DomainV1<'l> {
    /// Anything; the answer repeats it.
    #[serde(borrow, default)]
    #[cfg_attr(test, schemars(with = "Option<serde_json::Value>"))]
    id: Option<&'l RawValue>,
    /// The domain that all names are in.
    domain: String,
    /// What ought to be there.
    records: Vec<RecordV1>,
}

/// A CNAME record that ought to be there.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RecordV1 {
    /// Its whole name.
    name: String,
    /// Where it points.
    target: String,
}

/// A line that was understood.
#[derive(Debug, Clone)]
pub struct Asked {
    /// JSON; the answer repeats it.
    pub id: Option<Box<RawValue>>,
    pub domain: DomainName,
    /// Names and targets, each name once.
    pub records: Vec<(DomainName, DomainName)>,
}

/// Why a line makes no sense, and its `id` if that could be read.
#[derive(Debug, Clone)]
pub struct BadLine {
    pub id: Option<Box<RawValue>>,
    pub why: String,
}

/// Reads a line. A bad one concerns no other.
pub fn read(line: &str) -> Result<Asked, BadLine> {
    let plain = |error: serde_json::Error| BadLine { id: None, why: without_place(&error) };
    let DomainV1 { id, domain, records } = serde_json::from_str(line).map_err(plain)?;
    let id = id.map(ToOwned::to_owned);
    understood(&domain, &records)
        .map(|(domain, records)| Asked { id: id.clone(), domain, records })
        .map_err(|why| BadLine { id, why })
}

/// What JSON has to say, without the line number: every line is the first one.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let says = text.split_once(" at line ").map_or(text.as_str(), |(says, _)| says);
    plain::sanitize_line(&format!("column {}: {says}", error.column()))
}

type Understood = (DomainName, Vec<(DomainName, DomainName)>);

fn understood(domain: &str, records: &[RecordV1]) -> Result<Understood, String> {
    let name = |text: &str| DomainName::parse(text).map_err(|error| error.to_string());
    let domain = name(domain)?;
    if records.is_empty() || records.len() > MOST_RECORDS {
        return Err(format!("{} records: 1 to {MOST_RECORDS} can be asked about", records.len()));
    }
    let mut known = BTreeSet::new();
    let mut all = Vec::with_capacity(records.len());
    for record in records {
        let pair = (name(&record.name)?, name(&record.target)?);
        if !pair.0.is_within(&domain) {
            return Err(format!("{} is not in {domain}", pair.0));
        }
        if !known.insert(pair.0.clone()) {
            return Err(format!("{} stands there twice", pair.0));
        }
        all.push(pair);
    }
    Ok((domain, all))
}

/// A line of output: the verdict on a domain, or why its line makes no sense.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AnswerV1 {
    /// What public DNS shows.
    Seen {
        /// That of the line.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(with = "Option<serde_json::Value>"))]
        id: Option<Box<RawValue>>,
        /// That of the line.
        domain: String,
        /// The worst of its records.
        verdict: Verdict,
        /// In the order of the line.
        records: Vec<SeenV1>,
    },
    /// The line makes no sense.
    Bad {
        /// That of the line, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, schemars(with = "Option<serde_json::Value>"))]
        id: Option<Box<RawValue>>,
        /// The number of the line, from 1.
        line: u64,
        /// Why.
        error: String,
    },
}

/// What public DNS shows of one record.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SeenV1 {
    pub name: String,
    verdict: Verdict,
    /// Until when the last old answer may be given, where there are old answers: RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// What stands in the way, where it is not confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl SeenV1 {
    /// A record that a resolver shows as it ought to be.
    pub fn confirmed(name: &DomainName) -> Self {
        Self { name: name.to_string(), verdict: Verdict::Confirmed, expires_at: None, detail: None }
    }

    /// A record about which nothing could be found out.
    pub fn unknown(name: &DomainName, why: &str) -> Self {
        let detail = Some(why.to_owned());
        Self { name: name.to_string(), verdict: Verdict::Unknown, expires_at: None, detail }
    }

    /// What all servers say.
    pub fn of(one: &Confirmation) -> Self {
        let left = one.servers.iter().filter_map(|word| word.expires_in).max();
        let end = left.filter(|_| one.verdict == Verdict::Stale).and_then(|left| one.end(left));
        let expires_at = end.map(|end: Zoned| end.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let unconfirmed = super::unconfirmed(std::slice::from_ref(one)).into_iter().next();
        let detail = unconfirmed.map(|finding| finding.words().message);
        Self { name: one.name.to_string(), verdict: one.verdict, expires_at, detail }
    }
}

pub fn answer(asked: Asked, records: Vec<SeenV1>) -> AnswerV1 {
    let verdict = records.iter().map(|record| record.verdict).max().unwrap_or(Verdict::Unknown);
    AnswerV1::Seen { id: asked.id, domain: asked.domain.to_string(), verdict, records }
}

/// How many lines came to what.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    verdicts: BTreeMap<Verdict, usize>,
    bad: usize,
}

impl Tally {
    pub fn add(&mut self, answer: &AnswerV1) {
        match answer {
            AnswerV1::Seen { verdict, .. } => *self.verdicts.entry(*verdict).or_default() += 1,
            AnswerV1::Bad { .. } => self.bad += 1,
        }
    }

    /// The counts, for a person.
    pub fn words(&self) -> String {
        let all = self.verdicts.values().sum::<usize>() + self.bad;
        let parts = self.verdicts.iter().map(|(verdict, n)| format!("{n} {}", verdict.word()));
        let bad = (self.bad > 0).then(|| format!("{} not understood", self.bad));
        format!("{}: {}", plain::count(all, "line"), parts.chain(bad).collect::<Vec<_>>().join(", "))
    }

    pub fn exit(&self) -> Exit {
        let some = |verdict| self.verdicts.contains_key(&verdict);
        if self.bad > 0 {
            if self.verdicts.is_empty() { Exit::Usage } else { Exit::Partial }
        } else if some(Verdict::Wrong) || some(Verdict::Absent) {
            Exit::Findings
        } else if some(Verdict::Stale) || some(Verdict::Unknown) {
            Exit::Unconfirmed
        } else {
            Exit::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_can_rely_on_is_in_the_status() {
        let of = |all: &[Verdict], bad| {
            let verdicts = all.iter().map(|verdict| (*verdict, 1)).collect();
            let tally = Tally { verdicts, bad };
            (tally.exit(), tally.words())
        };
        assert_eq!(of(&[Verdict::Confirmed], 0), (Exit::Done, "1 line: 1 confirmed".to_owned()));
        assert_eq!(of(&[Verdict::Confirmed, Verdict::Stale], 0).0, Exit::Unconfirmed);
        assert_eq!(of(&[Verdict::Absent, Verdict::Stale], 0).0, Exit::Findings);
        let (exit, words) = of(&[Verdict::Absent], 1);
        assert_eq!((exit, words.as_str()), (Exit::Partial, "2 lines: 1 absent, 1 not understood"));
        assert_eq!(of(&[], 3).0, Exit::Usage);
    }

    fn line(records: &str) -> String {
        format!(r#"{{"id": {{"a": 1}}, "domain": "example.com", "records": [{records}]}}"#)
    }

    const S1: &str =
        r#"{"name": "S1._domainkey.example.com.", "target": "s1.domainkey.u1.wl1.sendgrid.net"}"#;

    #[test]
    fn a_line_is_read_and_its_id_is_repeated_as_it_is() {
        let asked = read(&line(S1)).unwrap();
        assert_eq!(asked.records[0].0.as_str(), "s1._domainkey.example.com");
        let said = serde_json::to_string(&answer(asked, Vec::new())).unwrap();
        assert_eq!(said, r#"{"id":{"a": 1},"domain":"example.com","verdict":"unknown","records":[]}"#);
        let without =
            r#"{"domain": "example.com", "records": [{"name": "a.example.com", "target": "b.test"}]}"#;
        assert!(read(without).is_ok_and(|asked| asked.id.is_none()));
    }

    #[test]
    fn a_line_that_makes_no_sense_says_why_and_keeps_its_id() {
        let why = |text: &str| read(text).unwrap_err().why;
        assert_eq!(why("nonsense"), "column 2: expected ident");
        assert_eq!(why(""), "column 0: EOF while parsing a value");
        assert!(why(r#"{"domain": "example.com"}"#).contains("missing field `records`"));
        assert!(why(r#"{"domain": "example.com", "recordz": []}"#).contains("unknown field `recordz`"));
        let bad = read(&line("")).unwrap_err();
        assert_eq!((bad.why.as_str(), bad.id.is_some()), ("0 records: 1 to 100 can be asked about", true));
        let other = S1.replace("example.com", "example.org");
        assert_eq!(why(&line(&other)), "s1._domainkey.example.org is not in example.com");
        assert!(why(&line(&format!("{S1},{S1}"))).ends_with("stands there twice"));
        assert!(why(&line(&vec![S1; 101].join(","))).starts_with("101 records"));
        assert!(why(&line(&S1.replace("S1._", "a..b"))).contains("a..b"));
    }

    #[test]
    fn the_published_schemas_of_the_stream_are_those_of_the_types() {
        use schemars::generate::Contract;
        crate::testing::published::<DomainV1<'static>>("stream-input.json", Contract::Deserialize);
        crate::testing::published::<AnswerV1>("stream-output.json", Contract::Serialize);
    }
}
