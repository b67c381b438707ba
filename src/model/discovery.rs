//! What of a bare domain's usual mail names is there, told from what its name servers answer. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::catalog::{self, Catalog, Sibling};
use crate::model::confirm::request::{NameAndTarget, Unguessed};
use crate::model::diagnosis::{Discovery, Finding};
use crate::model::dns::DomainName;
use crate::model::lookup::{self, Observation, SeenData};
use crate::model::mailauth;
use crate::model::plain::count;

/// What was found at a bare domain.
#[derive(Debug, Clone, Default)]
pub struct Discovered {
    /// The names that show a CNAME, or the addresses of Cloudflare where only texts belong; and with their targets
    /// those that belong together with them.
    pub names: Vec<NameAndTarget>,
    pub notes: Vec<String>,
    pub findings: Vec<Finding>,
    /// Records that belong to those that are there, under names that nobody can guess.
    pub unguessed: Vec<Unguessed>,
}

/// What one usual name turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtName {
    /// Something that is worth a closer look, and where it points if that is seen.
    Record(Option<DomainName>),
    /// A DKIM key that stands there as text, which is as good.
    Key,
    Nothing,
    /// Other servers answer for it: where their part begins, and they.
    Delegated(DomainName, Vec<DomainName>),
    /// Nobody could say.
    Unheard,
}

impl AtName {
    /// What the addresses at a name tell; nothing where its texts have to tell. `wildcard` is what a name shows
    /// that nobody made.
    pub fn of_addresses(
        name: &DomainName,
        heard: &Observation,
        wildcard: Option<&[SeenData]>,
    ) -> Option<Self> {
        if let Observation::Delegated { cut, to } = heard {
            return Some(Self::Delegated(cut.clone(), to.clone()));
        }
        if !heard.is_definite() {
            return Some(Self::Unheard);
        }
        if wildcard.is_some_and(|known| *known == data(heard)) {
            return Some(Self::Nothing);
        }
        if let Some((target, _)) = heard.alias_at(name) {
            return Some(Self::Record(Some(target.clone())));
        }
        let is_for_text = catalog::role_of_name(name).is_some();
        let mut records = heard.records().iter();
        let is_proxied = records
            .any(|seen| matches!(seen.data, SeenData::Address(address) if lookup::is_cloudflare(address)));
        match heard {
            _ if is_for_text && is_proxied => Some(Self::Record(None)),
            Observation::NoName { .. } => Some(Self::Nothing),
            _ if !is_for_text => Some(Self::Nothing),
            _ => None,
        }
    }

    /// What the texts at a name tell.
    pub fn of_texts(heard: &Observation) -> Self {
        let is_key = heard.texts().any(|text| mailauth::policy(text) == mailauth::Policy::DkimKey);
        if is_key { Self::Key } else { Self::Nothing }
    }
}

/// What stands in an answer, without its lifetimes.
pub fn data(heard: &Observation) -> Vec<SeenData> {
    heard.records().iter().map(|seen| seen.data.clone()).collect()
}

impl Discovered {
    /// Sums up what the usual names of `domain` turned out to be. `given` are the records that somebody named.
    pub fn of(
        domain: &DomainName,
        given: &[(DomainName, DomainName)],
        at_names: Vec<(DomainName, AtName)>,
        catalog: &Catalog,
    ) -> Self {
        let mut found = Self::default();
        let asked = at_names.len();
        let (mut seen, mut handed_on) = (Vec::new(), BTreeMap::new());
        let (mut unheard, mut keys) = (0_usize, 0_usize);
        for (name, at) in at_names {
            match at {
                AtName::Record(target) => seen.push((name, target)),
                AtName::Key => {
                    keys += 1;
                    found.notes.push(format!("{name} holds a DKIM key as TXT, which needs no CNAME"));
                }
                AtName::Nothing => {}
                AtName::Delegated(cut, to) => drop(handed_on.insert(cut, to)),
                AtName::Unheard => unheard += 1,
            }
        }
        found.complete((domain, given), &seen, catalog);
        found.notes.push(format!(
            "{domain} is a domain, so {asked} usual names were asked for: {} to confirm. Names that hold a number or an \
             account, such as em1234, cannot be guessed: name them, or give what your platform shows with --expect-file",
            count(found.names.len(), "name")
        ));
        if found.names.is_empty() && keys == 0 && unheard == 0 && handed_on.is_empty() {
            found.findings.push(Finding::new(Discovery::NoUsualNames(asked), domain));
        }
        if unheard > 0 || !handed_on.is_empty() {
            let delegated = handed_on.into_iter().collect();
            let problem = Discovery::UsualNamesNotAsked { silent: unheard, delegated };
            found.findings.push(Finding::new(problem, domain));
        }
        found
    }

    /// Adds what belongs together with what was seen: from one key of a provider the others follow.
    fn complete(
        &mut self,
        (domain, given): (&DomainName, &[(DomainName, DomainName)]),
        seen: &[NameAndTarget],
        catalog: &Catalog,
    ) {
        let seen_pairs = seen.iter().filter_map(|(name, target)| Some((name, target.as_ref()?)));
        let held: Vec<_> = given.iter().map(|(name, target)| (name, target)).chain(seen_pairs).collect();
        self.names = seen.iter().map(|(name, _)| (name.clone(), None)).collect();
        for Sibling { name, target, provider, role, because_of: of, .. } in catalog.missing_siblings(&held) {
            let finding = |problem: Discovery, name| {
                Finding::new(problem, name).provider(Arc::clone(&provider)).role(role)
            };
            match &name {
                Some(name) if !name.is_within(domain) => {}
                Some(name) => match seen.iter().find(|(known, _)| known == name) {
                    // It is looked at as if somebody had named it: nothing at all there is something missing.
                    None => self.names.push((name.clone(), Some(target))),
                    Some((_, Some(held))) => {
                        let problem = Discovery::NotInSet { held: held.clone(), expected: target, of };
                        self.findings.push(finding(problem, name));
                    }
                    Some((_, None)) => {}
                },
                None if !given.iter().any(|(_, given)| *given == target) => {
                    let problem = Discovery::NotChecked { target: target.clone(), of };
                    self.findings.push(finding(problem, domain));
                    self.unguessed.push(Unguessed { domain: domain.clone(), provider, target });
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lookup::Seen;
    use crate::testing::name;

    #[test]
    fn a_key_is_a_key_and_another_text_is_nothing() {
        let texts = |all: &[&str]| {
            let seen = |text: &&str| Seen {
                name: name("s1._domainkey.example.com"),
                ttl: 60,
                data: SeenData::Text((*text).to_owned()),
            };
            AtName::of_texts(&Observation::Answer(all.iter().map(seen).collect()))
        };
        let key = include_str!("../../fixtures/sandbox/dkim-key.txt").trim();
        assert!(matches!(texts(&["hello", key]), AtName::Key));
        assert!(matches!(texts(&["v=spf1 -all"]), AtName::Nothing));
        assert!(matches!(AtName::of_texts(&Observation::Silent), AtName::Nothing));
    }
}
