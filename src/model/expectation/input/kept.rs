//! Keeps each record and each policy once, and notes where two contradict each other. Pure.

use std::collections::{HashMap, HashSet};

use crate::model::dns::DomainName;
use crate::model::plain;

use super::{BadInput, Entry, Policy};

/// Each record and each policy once.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) entries: Vec<Entry>,
    pub(super) policies: Vec<Policy>,
    /// What each name is asked to do, and where.
    by_name: HashMap<DomainName, (String, Option<usize>, usize)>,
    targets: HashSet<DomainName>,
    pub(super) contradiction: Option<BadInput>,
}

impl Kept {
    /// The names and targets of what was kept.
    pub(super) fn names(&self) -> impl Iterator<Item = &DomainName> {
        self.by_name.keys().chain(&self.targets)
    }

    pub(super) fn has(&self, name: &DomainName) -> bool {
        self.by_name.contains_key(name) || self.targets.contains(name)
    }

    /// Where the same is already said; a contradiction is noted.
    fn known(&mut self, name: &DomainName, asks: String, line: Option<usize>, next: usize) -> Option<usize> {
        let Some((one, one_line, at)) = self.by_name.get(name) else {
            self.by_name.insert(name.clone(), (asks, line, next));
            return None;
        };
        if *one != asks {
            self.contradiction.get_or_insert_with(|| BadInput::Contradiction {
                name: name.clone(),
                one: one.clone(),
                one_line: *one_line,
                other: asks,
                other_line: line,
            });
        }
        Some(*at)
    }

    pub(super) fn entry(&mut self, entry: Entry) {
        let asks = format!("point to {}", entry.target);
        match self.known(&entry.name, asks, entry.line, self.entries.len()) {
            None => {
                self.targets.insert(entry.target.clone());
                self.entries.push(entry);
            }
            Some(at) => {
                let Some(known) = self.entries.get_mut(at) else { return };
                known.ttl = known.ttl.or(entry.ttl);
                known.provider = known.provider.take().or(entry.provider);
            }
        }
    }

    pub(super) fn policy(&mut self, policy: Policy) {
        let asks = format!("publish `{}`", plain::line(&policy.text));
        if self.known(&policy.name, asks, policy.line, self.policies.len()).is_none() {
            self.policies.push(policy);
        }
    }
}
