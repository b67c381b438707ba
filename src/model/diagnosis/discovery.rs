//! What is wrong as far as public DNS and the sending provider tell, where no zone is read. Pure.

use super::{Code, Finding, Severity};
use crate::model::catalog::Sibling;
use crate::model::dns::DomainName;
use crate::model::lookup::Observation;
use crate::model::sending::{Said, SendingDomain};

/// What public DNS, or a provider that looks at it, tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "a variant says what its fields are")]
pub enum Discovery {
    /// None of so many usual names is there.
    NoUsualNames(usize),
    /// Of the usual names so many were not answered, and some are others' to answer: zone cuts and their servers.
    UsualNamesNotAsked { silent: usize, delegated: Vec<(DomainName, Vec<DomainName>)> },
    /// No server gave a usable answer about one name.
    NotAsked { name: DomainName, heard: Observation },
    /// The record does not go with another of its set, `of`.
    NotInSet { held: DomainName, expected: DomainName, of: DomainName },
    /// A record that belongs beside `of` was not checked, because nothing tells its name.
    NotChecked { target: DomainName, of: DomainName },
    /// A policy at `at` names a host of a provider that has no DKIM record here.
    DkimMissing { at: DomainName, host: DomainName },
    /// The provider does not see a record that public DNS shows.
    NotSeenByProvider { service: &'static str, what: String, reason: Option<String> },
}

impl Discovery {
    pub(super) fn class(&self) -> (Code, Severity) {
        match self {
            Self::NoUsualNames(_) => (Code::Missing, Severity::Warning),
            Self::UsualNamesNotAsked { .. } | Self::NotAsked { .. } => (Code::Unconfirmed, Severity::Warning),
            Self::NotInSet { .. } | Self::NotChecked { .. } => (Code::IncompleteSet, Severity::Warning),
            Self::DkimMissing { .. } => (Code::DkimMissing, Severity::Warning),
            Self::NotSeenByProvider { .. } => (Code::Unconfirmed, Severity::Error),
        }
    }
}

/// None of so many usual names is there: that is no proof that all is well.
pub fn no_usual_names(domain: &DomainName, asked: usize) -> Finding {
    Finding::new(Discovery::NoUsualNames(asked), domain)
}

/// Names that nobody could be asked about: they may hold anything. `None` if there are none.
pub fn usual_names_not_asked(
    domain: &DomainName,
    silent: usize,
    delegated: Vec<(DomainName, Vec<DomainName>)>,
) -> Option<Finding> {
    let is_any = silent > 0 || !delegated.is_empty();
    is_any.then(|| Finding::new(Discovery::UsualNamesNotAsked { silent, delegated }, domain))
}

/// A name of the domain about which no server gave a usable answer.
pub fn name_not_asked(domain: &DomainName, name: &DomainName, heard: &Observation) -> Finding {
    let (name, heard) = (name.clone(), heard.clone());
    Finding::new(Discovery::NotAsked { name, heard }, domain)
}

/// A published record that contradicts the rest of its set.
pub fn published_not_in_set(sibling: &Sibling, name: &DomainName, held: &DomainName) -> Finding {
    let (expected, of) = (sibling.target.clone(), sibling.because_of.clone());
    let problem = Discovery::NotInSet { held: held.clone(), expected, of };
    Finding::new(problem, name).provider(sibling.provider.clone()).role(sibling.role)
}

/// A record that must be there and whose name nothing tells: that the others are right is no proof that this one is.
pub fn not_checked(domain: &DomainName, sibling: &Sibling) -> Finding {
    let problem = Discovery::NotChecked { target: sibling.target.clone(), of: sibling.because_of.clone() };
    Finding::new(problem, domain).provider(sibling.provider.clone()).role(sibling.role)
}

/// The provider does not see a record that public DNS shows.
pub fn not_seen_by(service: &'static str, domain: &SendingDomain, said: &Said) -> Finding {
    let problem =
        Discovery::NotSeenByProvider { service, what: said.what.clone(), reason: said.reason.clone() };
    Finding::new(problem, &domain.domain)
}
