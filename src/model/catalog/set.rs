//! Records that a provider asks for together. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::role::Evidence;
use super::template::{Reading, Template, Variables};
use super::{Provider, Role};
use crate::model::dns::DomainName;

/// Records that belong together: what one of them says about the variables holds for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) provider: Arc<Provider>,
    pub(super) evidence: Evidence,
    /// Whether a missing member is an error, not only a warning.
    pub(super) is_error: bool,
    pub(super) note: Option<Box<str>>,
    pub(super) variables: Variables,
    pub(super) members: Vec<Member>,
}

/// One record of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) role: Role,
    pub(super) name: Template,
    pub(super) target: Template,
}

impl Set {
    /// Whether each member follows from another one.
    pub(super) fn is_derivable(&self) -> bool {
        let tells_all = |member: &Member| {
            let told: BTreeSet<usize> = member.name.told().chain(member.target.told()).collect();
            told.len() == self.variables.len()
        };
        let telling: Vec<bool> = self.members.iter().map(tells_all).collect();
        let others = |own: usize| telling.iter().enumerate().any(|(at, tells)| *tells && at != own);
        !self.members.is_empty() && (0..self.members.len()).all(others)
    }

    /// Which member a record is, and what it says, provided that it tells all variables.
    pub(super) fn read<'n>(
        &self,
        name: &'n DomainName,
        target: &'n DomainName,
    ) -> Option<(usize, Reading<'n>)> {
        self.members.iter().enumerate().find_map(|(at, member)| {
            let reading = member.name.read(name, self.variables.blank(""))?;
            let reading = member.target.read(target, reading)?;
            reading.is_whole().then_some((at, reading))
        })
    }
}
