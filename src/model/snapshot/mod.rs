//! The mail records of a zone as they were when they were healthy. Pure.
//!
//! A snapshot grows: a record that is healthy now is remembered as it is now; one that is not keeps the
//! state and the date of when it last was, so that a broken state never takes the place of a healthy one and
//! a clean-up does not make the tool forget. Only the user can make it forget.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::diagnosis::MailRecord;
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::{Expectation, Source};
use crate::model::inventory::ProxyStatus;
use crate::model::state_file::{self, BadStateFile};

/// The version of the format.
pub const VERSION: u32 = 1;

/// What is remembered of one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The version of the format: 1.
    pub cf_domauth_snapshot: u32,
    /// The API that the zone was read from.
    pub api: String,
    /// Cloudflare's handle.
    pub zone_id: String,
    /// The apex.
    pub zone: String,
    /// When it was written last: RFC 3339, UTC.
    pub taken: String,
    /// The records, by name.
    pub records: Vec<Remembered>,
}

/// One record that was healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Remembered {
    /// Where it was filed.
    pub name: String,
    /// Where it pointed.
    pub target: String,
    /// Seconds, or 1 for automatic.
    pub ttl: u32,
    /// What it is for, in the report's word.
    pub role: String,
    /// Whose it is, if known.
    pub provider: Option<String>,
    /// When it was last seen healthy: RFC 3339, UTC.
    pub healthy: String,
}

pub fn read(text: &str) -> Result<Snapshot, BadStateFile> {
    state_file::read(text, "cf_domauth_snapshot", VERSION)
}

impl Snapshot {
    /// What it says ought to be there.
    pub fn expectations(&self) -> Vec<Expectation> {
        let one = |record: &Remembered| {
            Some(Expectation {
                name: DomainName::parse(&record.name).ok()?,
                target: DomainName::parse(&record.target).ok()?,
                ttl: Ttl::from_api(record.ttl),
                source: Source::Snapshot { seen: record.healthy.clone() },
            })
        };
        self.records.iter().filter_map(one).collect()
    }

    /// The same without one name; whether it was there.
    pub fn forget(&mut self, name: &DomainName) -> bool {
        let before = self.records.len();
        self.records.retain(|record| record.name != name.as_str());
        self.records.len() < before
    }
}

/// The records that are healthy beyond doubt: DNS only, nothing found wrong with them, and seen in public DNS
/// as the API says. `records` is what Cloudflare holds by now; `is_wrong` tells whether a finding about a name
/// is still open; `seen` are names and targets that public DNS shows; `now` is RFC 3339, UTC.
pub fn healthy(
    records: &[MailRecord],
    is_wrong: impl Fn(&DomainName) -> bool,
    seen: &BTreeSet<(DomainName, DomainName)>,
    now: &str,
) -> Vec<Remembered> {
    let is_healthy = |record: &&MailRecord| {
        let is_visible = record.proxy == ProxyStatus::DnsOnly && record.may_be_fixed();
        is_visible && !is_wrong(&record.name) && seen.contains(&(record.name.clone(), record.target.clone()))
    };
    let remembered = |record: &MailRecord| Remembered {
        name: record.name.to_string(),
        target: record.target.to_string(),
        ttl: record.ttl.to_api(),
        role: record.classification.role.word().to_owned(),
        provider: record.classification.provider.as_ref().map(|provider| provider.id.to_string()),
        healthy: now.to_owned(),
    };
    records.iter().filter(is_healthy).map(remembered).collect()
}

/// Adds what is healthy now to what is remembered.
#[must_use]
pub fn grown(old: Option<Snapshot>, new: Snapshot) -> Snapshot {
    let is_new = |record: &Remembered| new.records.iter().any(|other| other.name == record.name);
    let kept = old.into_iter().flat_map(|old| old.records).filter(|record| !is_new(record));
    let mut records: Vec<Remembered> = kept.chain(new.records.iter().cloned()).collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    Snapshot { records, ..new }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{DnsEvidence, Scope, diagnose};
    use crate::testing::{catalog, cname, inventory, name, proxied};

    const S1: &str = "s1.domainkey.u1.wl1.sendgrid.net";

    fn taken(records: Vec<Remembered>) -> Snapshot {
        Snapshot {
            cf_domauth_snapshot: VERSION,
            api: "a".into(),
            zone_id: "zone1".into(),
            zone: "example.com".into(),
            taken: "2026-11-23T00:00:00Z".into(),
            records,
        }
    }

    fn healthy_names(
        records: Vec<crate::model::inventory::HeldRecord>,
        confirmed: &[(&str, &str)],
    ) -> Vec<String> {
        let diagnosis = diagnose(&inventory(records), &Scope::default(), &DnsEvidence::default(), &catalog());
        let confirmed = confirmed.iter().map(|(at, to)| (name(at), name(to))).collect();
        let is_wrong = |name: &DomainName| diagnosis.findings.iter().any(|finding| finding.name == *name);
        let found = healthy(&diagnosis.records, is_wrong, &confirmed, "now");
        found.into_iter().map(|record| record.name).collect()
    }

    #[test]
    fn only_what_is_healthy_beyond_doubt_is_remembered() {
        let at = "x._domainkey.example.com";
        let held = || vec![cname("x._domainkey", S1), cname("www", "site.unknown.test")];
        assert_eq!(healthy_names(held(), &[(at, S1)]), [at]);
        assert!(healthy_names(held(), &[]).is_empty(), "nobody has seen it");
        assert!(healthy_names(vec![proxied("x._domainkey", S1)], &[(at, S1)]).is_empty());
    }

    #[test]
    fn a_record_that_is_gone_stays_with_the_date_it_was_last_healthy() {
        let record = |name: &str, healthy: &str| Remembered {
            name: name.into(),
            target: S1.into(),
            ttl: 1,
            role: "dkim".into(),
            provider: None,
            healthy: healthy.into(),
        };
        let old = taken(vec![record("a.example.com", "old"), record("b.example.com", "old")]);
        let mut now = grown(Some(old), taken(vec![record("b.example.com", "new")]));
        let dates: Vec<&str> = now.records.iter().map(|record| record.healthy.as_str()).collect();
        assert_eq!(dates, ["old", "new"]);
        assert!(now.forget(&name("a.example.com")) && !now.forget(&name("a.example.com")));
    }

    #[test]
    fn a_newer_or_damaged_snapshot_is_refused() {
        let text = serde_json::to_string(&taken(Vec::new())).unwrap();
        assert_eq!(read(&text).unwrap(), taken(Vec::new()));
        assert!(matches!(
            read(&text.replace("snapshot\":1", "snapshot\":2")),
            Err(BadStateFile::Version { found: 2, .. })
        ));
        assert!(matches!(read("{}"), Err(BadStateFile::Damaged(_))));
    }

    #[test]
    fn the_published_schema_of_a_snapshot_is_that_of_the_types() {
        crate::testing::published::<Snapshot>("snapshot.json", schemars::generate::Contract::Serialize);
    }
}
