//! What a run was asked for, and what it therefore expects in each zone. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::catalog::Catalog;
use crate::model::diagnosis::Scope;
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::document::{BadRequest, Document, Understood};
use crate::model::expectation::input::Context;
use crate::model::expectation::{self, Expectation, ExpectedPolicy, Source};
use crate::model::ids::{AccountId, ZoneId};
use crate::model::ignore::IgnoreList;
use crate::model::sending::SendingDomain;

/// How much of the audit logs is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogReading {
    /// Nothing.
    None,
    /// The older one, and the newer one where the older leaves something open.
    #[default]
    Enough,
    /// Both to their end.
    Whole,
}

/// What was asked for, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Zones by name; a name inside a zone means that zone.
    pub zones: Vec<DomainName>,
    /// Zones by their identifiers.
    pub ids: Vec<ZoneId>,
    /// Whether every zone is meant that the token can see.
    pub all: bool,
    /// Which part of all zones.
    pub shard: Option<Shard>,
    /// Zones that somebody else works on.
    pub skip: BTreeSet<ZoneId>,
    /// Only zones of this account.
    pub account: Option<AccountId>,
    /// Only these names, which are thereby named as ones for mail; empty for all.
    pub only: Vec<DomainName>,
    /// Names whose records of other types may be deleted where a CNAME record is expected.
    pub replace: Vec<DomainName>,
    /// What was named on the command line.
    pub expected: Vec<Expectation>,
    /// Files and pastes.
    pub documents: Vec<Document>,
    /// How much of the audit logs is read.
    pub log: LogReading,
    /// What somebody decided to live with.
    pub ignore: IgnoreList,
    /// Whether the last snapshot has no say.
    pub without_snapshot: bool,
}

/// One of several parts of all zones: several machines share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    part: u64,
    of: u64,
}

impl Shard {
    /// The part that is counted from 1, of so many. `None` where there is no such part.
    pub fn new(part: u64, of: u64) -> Option<Self> {
        (1..=of).contains(&part).then_some(Self { part, of })
    }

    /// Whether a zone is in it: by a hash of its name (FNV-1a, 64 bits), the same for ever and everywhere.
    pub fn holds(&self, zone: &DomainName) -> bool {
        let hash = zone.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
        });
        hash % self.of == self.part - 1
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl Request {
    /// One zone, whole.
    pub fn zone(name: DomainName) -> Self {
        Self { zones: vec![name], ..Self::default() }
    }

    /// What relative names belong below: the names that were given, whatever zones they lie in.
    fn bases<'a>(&'a self, zones: &'a [DomainName]) -> &'a [DomainName] {
        if self.all || !self.ids.is_empty() { zones } else { &self.zones }
    }
}

/// Which zones each of several credentials leaves to another. `visible` is what each can see, and whether it may edit the
/// records there, where that is told: a zone is worked on by the first that may, else by the first that sees it.
pub fn of_others(visible: &[Vec<(ZoneId, Option<bool>)>]) -> Vec<BTreeSet<ZoneId>> {
    let mut holders: BTreeMap<&ZoneId, (usize, bool)> = BTreeMap::new();
    for (place, zones) in visible.iter().enumerate() {
        for (zone, may_edit) in zones {
            let may_edit = *may_edit == Some(true);
            let holder = holders.entry(zone).or_insert((place, may_edit));
            if may_edit && !holder.1 {
                *holder = (place, true);
            }
        }
    }
    let others = |place: usize| {
        let of_others = holders.iter().filter(move |(_, (holder, _))| *holder != place);
        of_others.map(|(zone, _)| (*zone).clone()).collect()
    };
    (0..visible.len()).map(others).collect()
}

/// What is expected, whoever says so.
#[derive(Debug, Clone, Default)]
pub struct Expectations {
    expected: Vec<Expectation>,
    /// What the user and the provider say differently: shown, and left alone.
    disputed: Vec<Expectation>,
    policies: Vec<ExpectedPolicy>,
    /// What files and pastes ask for, and nothing shows to be for mail.
    unrecognised: Vec<Expectation>,
    only: Vec<DomainName>,
    replace: Vec<DomainName>,
    /// What files and pastes were understood to say.
    pub understood: Vec<Understood>,
    /// What the provider knows as its domains.
    pub sending: Vec<SendingDomain>,
}

impl Expectations {
    /// What a request expects in the zones that were found for it.
    ///
    /// # Errors
    ///
    /// [`BadRequest`] for a document that makes no sense, and where two sources of the same trust disagree.
    pub fn of(request: &Request, zones: &[DomainName], catalog: &Catalog) -> Result<Self, BadRequest> {
        let (only, replace) = (request.only.clone(), request.replace.clone());
        let mut all = Self { only, replace, ..Self::default() };
        let mut given = request.expected.clone();
        let mut policies = Vec::new();
        let context = Context { zones, bases: request.bases(zones), catalog };
        for document in &request.documents {
            let understood = document.understand(&context)?;
            given.extend(understood.expectations());
            let (named, open): (Vec<_>, Vec<_>) =
                understood.unrecognised().into_iter().partition(|one| request.only.contains(&one.name));
            given.extend(named.into_iter().map(Expectation::believed));
            all.unrecognised.extend(open);
            policies.extend(understood.policies());
            all.understood.push(understood);
        }
        all.expected = expectation::agree(given)?;
        all.policies = expectation::agree_on_policies(policies, &all.expected)?;
        Ok(all)
    }

    /// The same with what the provider expects. Where the user says otherwise, neither is followed.
    #[must_use]
    pub fn with_provider(mut self, provider: &str, sending: Vec<SendingDomain>) -> Self {
        for wanted in sending.iter().flat_map(|domain| &domain.records) {
            let one = Expectation {
                name: wanted.name.clone(),
                target: wanted.target.clone(),
                ttl: Ttl::Automatic,
                source: Source::Provider(provider.to_owned()),
            };
            let is_disputed = self.disputed.iter().any(|known| known.name == one.name);
            match self.expected.iter().position(|known| known.name == one.name) {
                // Once disputed, a name stays so, however many opinions follow.
                _ if is_disputed => self.disputed.push(one),
                None => self.expected.push(one),
                Some(place) if self.expected.get(place).is_some_and(|known| known.target == one.target) => {}
                Some(place) => {
                    let known = self.expected.remove(place);
                    self.disputed.extend([known, one]);
                }
            }
        }
        self.sending = sending;
        self
    }

    /// Refuses what lies in none of the zones.
    ///
    /// # Errors
    ///
    /// [`BadRequest::Expectation`].
    pub fn check_inside(&self, zones: &[DomainName]) -> Result<(), BadRequest> {
        let expected = self.expected.iter().map(|one| (&one.name, one.source.words()));
        let policies = self.policies.iter().map(|one| (&one.name, one.source.words()));
        let only = self.only.iter().map(|name| (name, "--record".to_owned()));
        let replace = self.replace.iter().map(|name| (name, "--replace".to_owned()));
        Ok(expectation::inside(expected.chain(policies).chain(only).chain(replace), zones)?)
    }

    /// What is looked at in `zone`, if anything: each name belongs to the longest zone that holds it.
    pub fn scope(&self, zone: &DomainName, all: &BTreeSet<DomainName>) -> Option<Scope> {
        let holder = |name: &DomainName| name.and_ancestors().find(|candidate| all.contains(candidate));
        let is_here = |name: &DomainName| name.is_within(zone) && holder(name).as_ref() == Some(zone);
        let here = |all: &[Expectation]| -> Vec<Expectation> {
            all.iter().filter(|one| is_here(&one.name)).cloned().collect()
        };
        let scope = Scope {
            is_restricted: !self.only.is_empty(),
            only: self.only.iter().filter(|name| is_here(name)).cloned().collect(),
            expected: expectation::by_name(here(&self.expected)),
            proposed: here(&self.disputed),
            policies: self.policies.iter().filter(|one| is_here(&one.name)).cloned().collect(),
            unrecognised: here(&self.unrecognised),
            replace: self.replace.iter().filter(|name| is_here(name)).cloned().collect(),
            contents: BTreeMap::new(),
        };
        let is_idle = scope.is_restricted && scope.only.is_empty() && scope.expected.is_empty();
        (!is_idle).then_some(scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sending::WantedAlias;
    use crate::testing::{catalog, name};

    fn zones(names: &[&str]) -> BTreeSet<DomainName> {
        names.iter().map(|text| name(text)).collect()
    }

    fn expecting(pairs: &[&str]) -> Expectations {
        let expected = pairs.iter().map(|text| expectation::from_argument(text).unwrap()).collect();
        Expectations::of(&Request { expected, ..Request::default() }, &[], &catalog()).unwrap()
    }

    fn sendgrid(records: &[(&str, &str)]) -> Vec<SendingDomain> {
        let one = |(at, to): &(&str, &str)| WantedAlias { name: name(at), target: name(to) };
        let records = records.iter().map(one).collect();
        vec![SendingDomain { handle: "1".into(), domain: name("example.com"), records, aside: Vec::new() }]
    }

    #[test]
    fn a_zone_that_several_can_see_is_left_to_one_that_may_edit_it_else_to_the_first() {
        let id = |id: &str| ZoneId::parse(id).unwrap();
        let reads = vec![(id("both"), Some(false)), (id("own"), None), (id("two"), None)];
        let edits = vec![(id("both"), Some(true)), (id("two"), Some(false))];
        let last = vec![(id("both"), Some(true))];
        let left = of_others(&[reads, edits, last]);
        assert_eq!(left[0], [id("both")].into());
        assert_eq!(left[1], [id("own"), id("two")].into());
        assert_eq!(left[2], [id("both"), id("own"), id("two")].into());
    }

    #[test]
    fn a_name_belongs_to_the_longest_zone_that_holds_it() {
        let all = zones(&["example.com", "mail.example.com"]);
        let expected = expecting(&["s1._domainkey.mail.example.com=a.test", "em1.example.com=b.test"]);
        let of = |zone: &str| {
            let scope = expected.scope(&name(zone), &all).unwrap();
            scope.expected.into_keys().map(|name| name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of("example.com"), ["em1.example.com"]);
        assert_eq!(of("mail.example.com"), ["s1._domainkey.mail.example.com"]);
    }

    #[test]
    fn a_zone_without_any_of_the_names_that_were_named_is_not_looked_at() {
        let all = zones(&["example.com", "example.org"]);
        let request = Request { only: vec![name("em1.example.com")], ..Request::default() };
        let expected = Expectations::of(&request, &[], &catalog()).unwrap();
        assert!(expected.scope(&name("example.com"), &all).is_some());
        assert!(expected.scope(&name("example.org"), &all).is_none());
    }

    #[test]
    fn where_the_user_and_the_provider_disagree_neither_is_followed() {
        let all = zones(&["example.com"]);
        let of = |given: &[&str], wanted: &[(&str, &str)]| {
            let both = expecting(given).with_provider("SendGrid", sendgrid(wanted));
            let scope = both.scope(&name("example.com"), &all).unwrap();
            (scope.expected.len(), scope.proposed.len())
        };
        assert_eq!(of(&["em1.example.com=a.test"], &[("em1.example.com", "a.test")]), (1, 0));
        assert_eq!(of(&["em1.example.com=a.test"], &[("em1.example.com", "b.test")]), (0, 2));
        let thrice = [("em1.example.com", "b.test"), ("em1.example.com", "a.test")];
        assert_eq!(of(&["em1.example.com=a.test"], &thrice), (0, 3), "once disputed, a name stays so");
        assert_eq!(of(&[], &[("em1.example.com", "b.test")]), (1, 0));
    }

    #[test]
    fn what_lies_in_none_of_the_zones_is_refused() {
        let expected = expecting(&["em1.example.com=a.test"]);
        assert!(expected.check_inside(&[name("example.com")]).is_ok());
        assert!(expected.check_inside(&[name("example.org")]).is_err());
    }
}
