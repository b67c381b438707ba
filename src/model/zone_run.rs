//! One zone in a run: what each stage returned, and what that means together. Pure.

use std::collections::BTreeSet;

use crate::model::apply::{Applied, Outcome};
use crate::model::catalog::Catalog;
use crate::model::confirm::{Confirmation, Verdict};
use crate::model::diagnosis::{self, Code, Finding, MailRecord};
use crate::model::dns::{DomainName, RecordType};
use crate::model::journal::OutcomeKind;
use crate::model::plan::{Change, Consent};
use crate::model::sending::Said;
use crate::model::snapshot::{self, Remembered};
use crate::model::survey::ZoneSurvey;

/// One zone, and what each stage returned about it.
#[derive(Debug, Clone)]
pub struct ZoneRun {
    /// What was found out and planned.
    pub survey: ZoneSurvey,
    /// Changes that nobody decided, and that were therefore left out.
    pub left_out: usize,
    /// The outcomes of the plan.
    pub applied: Option<Applied>,
    /// What public DNS shows after the changes.
    pub verification: Verification,
    /// What the sending provider says.
    pub provider: ProviderCheck,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

/// What public DNS shows of the records of one zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verification {
    /// What is seen at each name.
    pub confirmations: Vec<Confirmation>,
    /// What is not as it ought to be, and why.
    pub findings: Vec<Finding>,
    /// Names about which no name server said anything definite, where that is known anew.
    pub unheard: Option<Vec<DomainName>>,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

/// What the sending provider said about the records of one zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderCheck {
    /// Its words.
    pub said: Vec<ProviderWord>,
    /// What it does not see.
    pub findings: Vec<Finding>,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

/// What a sending provider says about one of its records.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ProviderWord {
    pub provider: &'static str,
    /// What it says.
    #[serde(flatten)]
    pub said: Said,
}

/// The names of which a change is certainly made.
#[derive(Debug)]
pub struct Made<'r>(BTreeSet<&'r DomainName>);

impl<'r> Made<'r> {
    /// Those of a plan with these outcomes.
    pub fn of(changes: &'r [Change], applied: Option<&Applied>) -> Self {
        let outcomes = applied.into_iter().flat_map(|applied| &applied.outcomes);
        let made = changes.iter().zip(outcomes).filter(|(_, outcome)| **outcome == Outcome::Applied);
        Self(made.map(|(change, _)| &change.name).collect())
    }

    /// Whether a change of `name` is certainly made.
    pub fn holds(&self, name: &DomainName) -> bool {
        self.0.contains(name)
    }

    /// Whether what a finding is about has been fixed.
    pub fn fixes(&self, finding: &Finding) -> bool {
        finding.remedy.is_some() && self.holds(&finding.name)
    }
}

impl From<ZoneSurvey> for ZoneRun {
    fn from(survey: ZoneSurvey) -> Self {
        Self {
            survey,
            left_out: 0,
            applied: None,
            verification: Verification::default(),
            provider: ProviderCheck::default(),
            notes: Vec::new(),
        }
    }
}

impl ZoneRun {
    /// The same without the changes that need more consent than was given.
    #[must_use]
    pub fn within(mut self, given: Consent) -> Self {
        // What needs a yes of its own is in the report as not recognised, and no option makes it.
        let open =
            |run: &Self| run.changes().iter().filter(|change| change.consent <= Consent::Together).count();
        let all = open(&self);
        self.survey.plan = self.survey.plan.within(given);
        self.left_out += all - open(&self);
        self
    }

    /// The changes that are planned.
    pub fn changes(&self) -> &[Change] {
        &self.survey.plan.changes
    }

    /// The names of which a change is certainly made.
    pub fn made(&self) -> Made<'_> {
        Made::of(self.changes(), self.applied.as_ref())
    }

    /// The changes that were sent, whatever their outcome.
    pub fn sent(&self) -> impl Iterator<Item = &Change> {
        self.changes_with(|kind| matches!(kind, OutcomeKind::Applied | OutcomeKind::Unknown))
    }

    /// The changes with such an outcome.
    fn changes_with(&self, is_such: impl Fn(OutcomeKind) -> bool) -> impl Iterator<Item = &Change> {
        let outcomes = self.applied.iter().flat_map(|applied| &applied.outcomes);
        let such = self.changes().iter().zip(outcomes).filter(move |(_, outcome)| is_such(outcome.kind()));
        such.map(|(change, _)| change)
    }

    /// Names about which no name server said anything definite, and no finding tells why.
    pub fn unheard(&self) -> &[DomainName] {
        self.verification.unheard.as_ref().unwrap_or(&self.survey.unheard)
    }

    /// What every stage found, ignored or not.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> + Clone {
        let found = self.survey.diagnosis.findings.iter().chain(&self.verification.findings);
        let ignored = self.survey.ignored.iter().map(|one| &one.finding);
        found.chain(&self.provider.findings).chain(ignored)
    }

    /// Whether the world asks Cloudflare about the zone.
    pub fn is_served(&self) -> bool {
        !self.findings().any(|finding| finding.code() == Code::ZoneNotServing)
    }

    /// The records that are healthy by now beyond doubt; `confirmations` is all that public DNS shows, `now` RFC 3339,
    /// UTC.
    pub fn healthy(&self, confirmations: &[Confirmation], catalog: &Catalog, now: &str) -> Vec<Remembered> {
        let confirmed = confirmations.iter().filter(|one| one.verdict == Verdict::Confirmed);
        let seen: BTreeSet<(DomainName, DomainName)> =
            confirmed.filter_map(|one| Some((one.name.clone(), one.expected.clone()?))).collect();
        // What is wrong with the zone as a whole is wrong with each of its records.
        let made = self.made();
        let left = self.findings().filter(|one| one.is_concern() && !made.fixes(one));
        let wrong: BTreeSet<&DomainName> = left.map(|finding| &finding.name).collect();
        let is_all_wrong = wrong.contains(&self.survey.zone.name);
        let is_wrong = |name: &DomainName| is_all_wrong || wrong.contains(name);
        snapshot::healthy(&self.records_by_now(catalog), is_wrong, &seen, now)
    }

    /// The mail records as they are once the changes are made.
    fn records_by_now(&self, catalog: &Catalog) -> Vec<MailRecord> {
        let changed: BTreeSet<&DomainName> = self.changes().iter().map(|change| &change.name).collect();
        let made = self.changes_with(|kind| kind == OutcomeKind::Applied);
        let new: Vec<MailRecord> = made.filter_map(|change| after(change, catalog)).collect();
        let old = self.survey.diagnosis.records.iter().filter(|record| !changed.contains(&record.name));
        old.cloned().chain(new).collect()
    }
}

fn after(change: &Change, catalog: &Catalog) -> Option<MailRecord> {
    let after = change.after.as_ref().filter(|after| after.kind == RecordType::Cname)?;
    let target = DomainName::parse(&after.content).ok()?;
    // It was named, proposed or recognised before it was changed.
    let classification = diagnosis::classify(&after.name, &target, true, catalog)?;
    Some(MailRecord { name: after.name.clone(), target, proxy: after.proxy, ttl: after.ttl, classification })
}
