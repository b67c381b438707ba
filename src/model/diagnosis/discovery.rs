//! What is wrong as far as public DNS and the sending provider tell, where no zone is read. Pure.

use super::{Code, Severity};
use crate::model::dns::DomainName;
use crate::model::lookup::Observation;

/// What public DNS, or a provider that looks at it, tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discovery {
    /// None of so many usual names is there: that is no proof that all is well.
    NoUsualNames(usize),
    /// Of the usual names so many were not answered, and some are others' to answer: zone cuts and their servers.
    /// They may hold anything.
    UsualNamesNotAsked { silent: usize, delegated: Vec<(DomainName, Vec<DomainName>)> },
    /// No server gave a usable answer about one name.
    NotAsked { name: DomainName, heard: Observation },
    /// The record does not go with another of its set, `of`.
    NotInSet { held: DomainName, expected: DomainName, of: DomainName },
    /// A record that belongs beside `of` was not checked, because nothing tells its name: that the others are right is
    /// no proof that this one is.
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
