//! What is wrong, why, and what would fix it. Pure.
//!
//! Every check has its file; each one turns what is known into [`Finding`]s and does nothing else. A finding is
//! data: its words are composed in `wording`.
//! What touches a record stands in its [`Remedy`], so that the plan has nothing left to judge.

mod behind;
mod classify;
mod content;
mod delegation;
mod discovery;
mod finding;
mod flattening;
mod history;
mod malformed;
mod managed;
mod policy;
mod presence;
mod proposed;
mod proxying;
mod publication;
mod serving;
mod signatures;
mod unrecognised;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::catalog::{Catalog, Publishes, Treatment};
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::{Expectation, ExpectedPolicy};
use crate::model::inventory::{HeldRecord, Inventory, ListedAlias, ProxyStatus};
use crate::model::lookup::Observation;

pub use behind::{AtTarget, TargetProblem, count};
pub use classify::{Classification, Content, Grounds, classify};
pub use content::{Shown, purpose, shown, unknown_targets};
pub use discovery::Discovery;
pub use finding::{Blocker, Edit, Evidence, Finding, Problem, Published};
pub use history::stands_for;
pub use malformed::Malformed;
pub use managed::{Tool, Trace};
pub use policy::{DmarcProblem, published_policy};
pub use presence::{Owner, Presence};
pub use proposed::Proposed;
pub use proxying::{Hidden, Masking};
pub use serving::ZoneProblem;
pub use unrecognised::believe_company;
pub use wording::Words;

crate::model::words::words! {
    /// The stable word for a kind of finding.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Code {
        /// A mail record is proxied.
        Proxied = "proxied",
        /// A record that ought to be there is not.
        Missing = "missing",
        /// A record points elsewhere than it ought to.
        WrongTarget = "wrong-target",
        /// Another provider's record holds the name.
        Taken = "taken",
        /// Records of another type hold the name.
        InTheWay = "in-the-way",
        /// The zone's name stands twice in the record's name.
        DoubledName = "doubled-name",
        /// The zone's name was appended to the target.
        ZoneInTarget = "zone-in-target",
        /// The target was filed as a TXT record.
        TxtInsteadOfCname = "txt-instead-of-cname",
        /// A CNAME record stands where the provider asks for MX and TXT records.
        CnameInsteadOfMx = "cname-instead-of-mx",
        /// Records that belong together are not all there.
        IncompleteSet = "incomplete-set",
        /// The record itself is flattened.
        Flattened = "flattened",
        /// All aliases of the zone are flattened.
        ZoneFlattened = "zone-flattened",
        /// The target lies in the same zone, which Cloudflare always flattens.
        SameZoneTarget = "same-zone-target",
        /// An NS record shadows the name.
        DelegatedAway = "delegated-away",
        /// The world does not ask Cloudflare about this zone.
        ZoneNotServing = "zone-not-serving",
        /// The zone's signatures do not match the DS record at the registrar.
        DnssecBroken = "dnssec-broken",
        /// The target does not exist.
        TargetGone = "target-gone",
        /// No DKIM key stands behind a selector.
        KeyMissing = "key-missing",
        /// The DKIM key was taken back.
        KeyRevoked = "key-revoked",
        /// The DKIM key cannot be used.
        KeyInvalid = "key-invalid",
        /// The DKIM key is too short, or for testing only.
        KeyWeak = "key-weak",
        /// The return path lacks its SPF policy or its mail exchanger.
        ReturnPathBroken = "return-path-broken",
        /// The SPF policy or a report address names a provider that has no DKIM record here.
        DkimMissing = "dkim-missing",
        /// The domain has no DMARC policy.
        DmarcMissing = "dmarc-missing",
        /// More than one DMARC policy stands at one name.
        DmarcDuplicated = "dmarc-duplicated",
        /// The DMARC policy is none that receivers act on.
        DmarcInvalid = "dmarc-invalid",
        /// The API and public DNS disagree.
        Unconfirmed = "unconfirmed",
        /// A mail record is proxied, and something hides it today.
        HiddenProxied = "hidden-proxied",
        /// The record belongs to another product, or a tool keeps it as it is.
        ManagedElsewhere = "managed-elsewhere",
        /// A record that is to be put back was changed since.
        EditedSince = "edited-since",
        /// The audit log could not be read.
        AuditLogUnread = "audit-log-unread",
        /// A list asks for a record, and nothing shows that mail needs it.
        NotRecognised = "not-recognised",
        /// A tracking record is proxied, which may be on purpose.
        TrackingProxied = "tracking-proxied",
    }
}

impl Code {
    /// The code of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.word() == word)
    }
}

crate::model::words::words! {
    /// How much a finding matters.
    #[derive(PartialOrd, Ord)]
    pub enum Severity {
        /// Mail authentication is broken or will break.
        Error = "error",
        /// It works, but is weak or at risk.
        Warning = "warning",
        /// Left alone on purpose; said once.
        Info = "info",
    }
}

/// What would fix a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Make the record DNS only.
    SetDnsOnly,
    /// Create the record.
    Create(Expectation),
    /// Point the record elsewhere.
    Retarget(Expectation),
    /// Stop flattening the record.
    Unflatten,
    /// File the record under this name.
    Rename(DomainName),
    /// Delete what holds the name, and create the record.
    Replace(Expectation),
    /// Create a DMARC policy.
    CreatePolicy(ExpectedPolicy),
}

crate::model::words::words! {
    /// What kind of remedy.
    pub enum RemedyKind {
        /// Make the record DNS only.
        SetDnsOnly = "set-dns-only",
        /// Create the record.
        Create = "create",
        /// Point the record elsewhere.
        Retarget = "retarget",
        /// Stop flattening the record.
        Unflatten = "unflatten",
        /// File the record under another name.
        Rename = "rename",
        /// Delete what holds the name, and create the record.
        Replace = "replace",
    }
}

impl Remedy {
    /// What kind it is.
    pub fn kind(&self) -> RemedyKind {
        match self {
            Self::SetDnsOnly => RemedyKind::SetDnsOnly,
            Self::Create(_) | Self::CreatePolicy(_) => RemedyKind::Create,
            Self::Retarget(_) => RemedyKind::Retarget,
            Self::Unflatten => RemedyKind::Unflatten,
            Self::Rename(_) => RemedyKind::Rename,
            Self::Replace(_) => RemedyKind::Replace,
        }
    }
}

/// A record that authenticates mail, tracks, or was named: whatever the report lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRecord {
    /// Where it is filed.
    pub name: DomainName,
    /// Where it points.
    pub target: DomainName,
    /// Whether it is proxied.
    pub proxy: ProxyStatus,
    /// How long answers may be kept.
    pub ttl: Ttl,
    /// What it is, and what may be done to it.
    pub classification: Classification,
}

impl MailRecord {
    /// Whether the record authenticates mail or was named, rather than being left alone.
    pub fn may_be_fixed(&self) -> bool {
        self.classification.treatment == Treatment::Fix
    }
}

/// What the run was asked to look at.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Whether only what is named is looked at.
    pub is_restricted: bool,
    /// The names that were named.
    pub only: BTreeSet<DomainName>,
    /// What ought to be there, by name.
    pub expected: BTreeMap<DomainName, Expectation>,
    /// What may have to be there: from snapshots and the audit log.
    pub proposed: Vec<Expectation>,
    /// DMARC policies for domains that have none.
    pub policies: Vec<ExpectedPolicy>,
    /// What files and pastes ask for, and nothing shows to be for mail.
    pub unrecognised: Vec<Expectation>,
    /// Names whose records of other types may be deleted.
    pub replace: BTreeSet<DomainName>,
    /// What the targets of aliases that nothing else tells about turned out to publish; one that is not here was
    /// not looked at.
    pub contents: BTreeMap<DomainName, Shown>,
}

impl Scope {
    /// Whether the user named `name` himself.
    pub fn names(&self, name: &DomainName) -> bool {
        self.only.contains(name) || self.expectation(name).is_some()
    }

    /// Whether the record that is there was named as one for mail. Another target that is expected at its name says
    /// nothing about it, and neither does a list that is not believed.
    pub fn is_named(&self, name: &DomainName, target: &DomainName) -> bool {
        let is_meant = |one: &Expectation| one.target == *target && one.source.names();
        self.only.contains(name) || self.expectation(name).is_some_and(is_meant)
    }

    /// Whether `name` is to be looked at.
    pub fn covers(&self, name: &DomainName) -> bool {
        !self.is_restricted || self.names(name)
    }

    /// What ought to be at `name`.
    pub fn expectation(&self, name: &DomainName) -> Option<&Expectation> {
        self.expected.get(name)
    }
}

/// What is known from outside the zone's own records.
#[derive(Debug, Clone, Default)]
pub struct DnsEvidence {
    /// What an authoritative server says about the alias at each name.
    pub published: BTreeMap<DomainName, Observation>,
    /// The name servers that public DNS names for the zone; empty when not known.
    pub delegated_to: Vec<DomainName>,
    /// Whether resolvers that check signatures refuse to answer about the zone while others would.
    pub fails_validation: bool,
    /// The tags of the keys that the parent vouches for; empty if none or not known.
    pub vouched_keys: Vec<u16>,
    /// The tag of the key that Cloudflare signs with, if it says so.
    pub signing_key: Option<u16>,
    /// Whether all aliases of the zone are flattened; `None` when not known.
    pub flattens_all: Option<bool>,
    /// Whether the zone's mode answers proxied records as DNS only; `None` when not known.
    pub zone_is_dns_only: Option<bool>,
    /// Whether the account answers proxied records as DNS only; `None` when not known.
    pub enforces_dns_only: Option<bool>,
    /// What public DNS shows behind targets.
    pub behind: BTreeMap<DomainName, AtTarget>,
    /// Names above the zone where public DNS shows a DMARC policy.
    pub policies_above: BTreeSet<DomainName>,
    /// Why the audit log could not be read.
    pub unread_log: Option<String>,
    /// Targets of aliases that nothing else tells about, and that were too many to look at.
    pub not_looked_at: usize,
}

/// Everything the diagnosis has to say about one zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// The records concerned, by name.
    pub records: Vec<MailRecord>,
    /// What is wrong: errors first, then by name.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// What somebody has to do something about.
    pub fn concerns(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.findings.iter().filter(|finding| finding.is_concern())
    }
}

/// The records of a zone that mail or the user cares about, by name.
pub fn mail_records(held: &Inventory, scope: &Scope, catalog: &Catalog) -> Vec<MailRecord> {
    let signers = content::signers(held, scope);
    let by_content = |alias: &ListedAlias| match scope.contents.get(&alias.target) {
        // Several names may share a target.
        Some(Shown::Mail(content)) => {
            (!content::is_for_others(held, alias, catalog)).then(|| classify::by_content(*content))
        }
        Some(Shown::Nothing) => None,
        Some(Shown::Unclear) | None => (catalog.keeps_company(&alias.target, &signers)
            && content::may_be_mail(held, alias, catalog))
        .then(classify::by_company),
    };
    let mut found: Vec<MailRecord> = held
        .aliases()
        .filter(|alias| scope.covers(&alias.name))
        .filter(|alias| scope.names(&alias.name) || !malformed::is_doubled(&alias.name, &held.zone.name))
        .filter_map(|alias| {
            let is_named = scope.is_named(&alias.name, &alias.target);
            let known = classify(&alias.name, &alias.target, is_named, catalog);
            let classification = known.or_else(|| by_content(alias))?;
            let ListedAlias { name, target, proxy, ttl } = alias.clone();
            Some(MailRecord { name, target, proxy, ttl, classification })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Everything a check may look at.
#[derive(Clone, Copy)]
struct CheckContext<'a> {
    held: &'a Inventory,
    records: &'a [MailRecord],
    scope: &'a Scope,
    outside: &'a DnsEvidence,
    catalog: &'a Catalog,
}

impl<'a> CheckContext<'a> {
    /// The records that authenticate mail or were named.
    fn mail(&self) -> impl Iterator<Item = &'a MailRecord> + use<'a> {
        self.records.iter().filter(|record| record.may_be_fixed())
    }

    /// Whether the alias at `name` can be seen in public DNS.
    fn is_seen(&self, name: &DomainName) -> bool {
        self.outside.published.get(name).is_some_and(|seen| seen.alias_at(name).is_some())
    }

    /// A finding about the record that would stand at `name` if it led to `target`.
    fn finding(&self, problem: impl Into<Problem>, name: &DomainName, target: &DomainName) -> Finding {
        let known = classify(name, target, false, self.catalog);
        let (role, provider) = known.map(|known| (known.role, known.provider)).unzip();
        Finding::new(problem, name).role(role).provider(provider.flatten())
    }

    fn record_at(&self, name: &DomainName) -> Option<&HeldRecord> {
        self.held.alias_at(name).map(|(record, _)| record)
    }

    /// Says so if another name of the zone has the target that belongs at `name`: a label that was split wrongly,
    /// or lost its underscore on the way.
    fn same_target_elsewhere(&self, name: &DomainName, target: &DomainName) -> Option<Evidence> {
        let mut others = self.held.aliases().filter(|alias| alias.name != *name && alias.target == *target);
        others.next().map(|other| Evidence::SameTargetAt(other.name.clone()))
    }

    /// What keeps a change to `name` from being seen by anybody, or from being possible at all.
    fn blocker(&self, name: &DomainName) -> Option<Blocker> {
        if !serving::edits_take_effect(&self.held.zone) {
            Some(Blocker::Finding(Code::ZoneNotServing))
        } else if self.held.delegated_above(name).is_some() {
            Some(Blocker::Finding(Code::DelegatedAway))
        } else {
            let is_owned = self.held.at(name).any(|record| record.is_read_only);
            is_owned.then_some(Blocker::Finding(Code::ManagedElsewhere))
        }
    }
}

/// What is looked at in each record that authenticates mail or was named.
const OF_RECORD: [fn(&CheckContext<'_>, &MailRecord) -> Option<Finding>; 6] = [
    serving::read_only,
    flattening::flattened,
    flattening::same_zone,
    publication::finding,
    behind::finding,
    managed::finding,
];

/// Says what is wrong with one zone.
pub fn diagnose(held: &Inventory, scope: &Scope, outside: &DnsEvidence, catalog: &Catalog) -> Diagnosis {
    let records = mail_records(held, scope, catalog);
    let case = CheckContext { held, records: &records, scope, outside, catalog };
    let mut findings = Vec::new();
    findings.extend(serving::check(&case));
    findings.extend(malformed::check(&case));
    findings.extend(presence::check(&case));
    findings.extend(proposed::check(&case, &findings));
    findings.extend(unrecognised::check(&case));
    findings.extend(malformed::misspelt(&case, &findings));
    findings.extend(policy::check(&case));
    findings.extend(proxying::check(&case));
    findings.extend(flattening::whole_zone(&case));
    let of_record = |record| OF_RECORD.into_iter().filter_map(move |check| check(&case, record));
    findings.extend(case.mail().flat_map(of_record));
    findings.extend(history::check(&case, &findings));
    for finding in &mut findings {
        malformed::leave_mistake(&case, finding);
    }
    findings.sort_by(|a, b| (a.severity(), &a.name, a.code()).cmp(&(b.severity(), &b.name, b.code())));
    Diagnosis { records, findings }
}

/// Which settings would explain what was seen, and are therefore worth a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contradictions {
    /// A record that is DNS only cannot be seen: is the whole zone flattened?
    pub unseen_alias: bool,
    /// A record that is proxied can be seen: what hides it?
    pub seen_proxied: bool,
}

/// Compares what the API says with what public DNS shows, so that settings are read only where the
/// two disagree.
pub fn contradictions(held: &Inventory, records: &[MailRecord], outside: &DnsEvidence) -> Contradictions {
    let mut found = Contradictions::default();
    let is_open = serving::hidden_by_zone(&held.zone).is_none();
    for record in records {
        let Some(heard) = outside.published.get(&record.name) else { continue };
        let is_seen = heard.alias_at(&record.name).is_some();
        let is_flattened = held.alias_at(&record.name).is_some_and(|(_, alias)| alias.is_flattened());
        match record.proxy {
            ProxyStatus::Proxied => found.seen_proxied |= is_seen && is_open,
            ProxyStatus::DnsOnly => found.unseen_alias |= heard.is_definite() && !is_seen && !is_flattened,
        }
    }
    found
}

/// The names about which no authoritative server said anything definite. If all of them are silent that
/// is all names; otherwise those that no finding explains.
pub fn unheard(diagnosis: &Diagnosis, outside: &DnsEvidence) -> Vec<DomainName> {
    let is_deaf = outside.published.values().all(|heard| *heard == Observation::Silent);
    let is_explained = |name: &DomainName| {
        let mut findings = diagnosis.findings.iter();
        findings.any(|finding| finding.name == *name || finding.code() == Code::ZoneNotServing)
    };
    let indefinite = outside.published.iter().filter(|(_, heard)| !heard.is_definite());
    let unexplained = indefinite.filter(|(name, _)| is_deaf || !is_explained(name));
    unexplained.map(|(name, _)| name.clone()).collect()
}

/// What must be found behind a name once its record is right.
pub fn published_behind(name: &DomainName, target: Option<&DomainName>, catalog: &Catalog) -> Vec<Publishes> {
    let nowhere = target.unwrap_or(name);
    classify(name, nowhere, false, catalog).map(|classification| classification.publishes).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::lookup::{Seen, SeenData};
    use crate::testing::{catalog, name};

    #[test]
    fn silence_about_a_healthy_record_is_no_health() {
        let observations = |list: &[(&str, Observation)]| DnsEvidence {
            published: list
                .iter()
                .map(|(label, heard)| (name(&format!("{label}.example.com")), heard.clone()))
                .collect(),
            ..DnsEvidence::default()
        };
        let refused = Observation::CouldNotSay { reason: "REFUSED".into(), answers_unchecked: false };
        let gone = Observation::NoName { negative_ttl: None };
        let none = Diagnosis::default();
        let of = |outside: &DnsEvidence| unheard(&none, outside).len();
        assert_eq!(of(&observations(&[("a", Observation::Silent), ("b", Observation::Silent)])), 2);
        assert_eq!(of(&observations(&[("a", refused), ("b", gone)])), 1);
        assert_eq!(of(&observations(&[])), 0);
    }

    /// Findings in one line each: code, name, remedy. Without those about sets and about a missing policy, which
    /// would come up wherever a test has one record only; they have tests of their own.
    pub(crate) fn found(held: &Inventory, scope: &Scope, outside: &DnsEvidence) -> Vec<String> {
        let mut lines = found_with_sets(held, scope, outside);
        lines.retain(|line| !line.starts_with("incomplete-set "));
        lines
    }

    pub(crate) fn found_with_sets(held: &Inventory, scope: &Scope, outside: &DnsEvidence) -> Vec<String> {
        let diagnosis = diagnose(held, scope, outside, &catalog());
        let line = |finding: &Finding| {
            let remedy = finding.remedy.as_ref().map_or("-", |remedy| remedy.kind().word());
            format!("{} {} {remedy}", finding.code().word(), finding.name)
        };
        let is_about_policy = |line: &String| line == "dmarc-missing _dmarc.example.com -";
        diagnosis.findings.iter().map(line).filter(|line| !is_about_policy(line)).collect()
    }

    pub(crate) fn expecting(list: &[(&str, &str)]) -> Scope {
        use crate::model::expectation::{by_name, from_argument};
        let each = list.iter().map(|(label, target)| format!("{label}.example.com={target}"));
        let expected = by_name(each.map(|text| from_argument(&text).unwrap()));
        Scope { expected, ..Scope::default() }
    }

    /// An outside in which these aliases can be seen, or are said not to be there.
    pub(crate) fn published(list: &[(&str, Option<&str>)]) -> DnsEvidence {
        let published = list.iter().map(|(label, target)| {
            let owner = name(&format!("{label}.example.com"));
            let observation = target.map_or(Observation::NoData { negative_ttl: None }, |target| {
                Observation::Answer(vec![Seen {
                    name: owner.clone(),
                    ttl: 300,
                    data: SeenData::Alias(name(target)),
                }])
            });
            (owner, observation)
        });
        DnsEvidence { published: published.collect(), ..DnsEvidence::default() }
    }
}
