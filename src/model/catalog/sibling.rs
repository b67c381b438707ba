//! Which records are missing, judged by those that are left. Pure.
//!
//! Every alias that tells all about a set opens a *group*: that set, for one domain and one account. An
//! alias can be read in more than one way, as a return path that several sets end with. Then the group
//! with the most records left is right; where two are equally likely and want different records, nothing
//! is said. Only aliases whose target the catalog knows are looked at, each a few times at most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::role::Evidence;
use super::set::{Member, Set};
use super::template::Reading;
use super::{Catalog, Provider, Role};
use crate::model::dns::DomainName;

/// A record that ought to be there because others of its set are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// Who asks for it.
    pub provider: Arc<Provider>,
    /// What it is for.
    pub role: Role,
    /// Where it belongs; `None` when that cannot be told from the others.
    pub name: Option<DomainName>,
    /// Where it leads.
    pub target: DomainName,
    /// The name of the record that is left and says so.
    pub because_of: DomainName,
    /// Whether mail suffers without it, as far as the catalog knows.
    pub is_error: bool,
    /// What the catalog has to say about the set.
    pub note: Option<Box<str>>,
}

/// More ways than this to read one record, and more return paths of one account in one domain, are
/// not weighed: no zone that grew by itself has them, and one made up must not cost time.
const READINGS: usize = 16;

/// An alias whose provider asks for records in sets.
struct Alias<'a> {
    name: &'a DomainName,
    target: &'a DomainName,
    /// The groups it can belong to, and which member it would be.
    places: Vec<(usize, usize)>,
}

/// A set, for one domain and one account.
struct Group<'a> {
    set: &'a Set,
    /// Which set of its provider's file it is.
    at: usize,
    reading: Reading<'a>,
    /// For each member whether it is there.
    is_held: Vec<bool>,
}

/// The first to claim a name keeps it: better evidence, more selectors left, more records left, the earlier
/// set of the file. Of equal claims to different targets none counts.
type Rank = (Evidence, Reverse<usize>, Reverse<usize>, usize);

impl Catalog {
    /// What the aliases of a zone imply and the zone lacks, sorted by name. `held` are the names and
    /// targets of all its aliases. Names that cannot be told come last; no name comes twice.
    ///
    /// A name that is held with another target is among them, and so may be a name outside the zone,
    /// when an alias at its apex is read as a record of the domain above: both are for the caller to see.
    pub fn missing_siblings(&self, held: &[(&DomainName, &DomainName)]) -> Vec<Sibling> {
        let (mut aliases, mut groups) = open(self, held);
        gather(&mut aliases, &mut groups);
        let mut witnesses: BTreeMap<usize, (usize, &DomainName)> = BTreeMap::new();
        for alias in &aliases {
            let Some((group, member)) = place(alias, &groups) else { continue };
            let witness = witnesses.entry(group).or_insert((member, alias.name));
            *witness = (*witness).min((member, alias.name));
        }
        let holders = aliases.iter().map(|alias| (alias.name, alias.target)).collect();
        let claims = |(group, (_, because_of))| Some(Group::claims(groups.get(group)?, because_of));
        let claims = witnesses.into_iter().filter_map(claims).flatten();
        best(claims.filter(|(_, sibling)| !is_of_another_account(self, sibling, &holders)))
    }
}

/// The best claim to each name, or to each target without one.
fn best(claims: impl Iterator<Item = (Rank, Sibling)>) -> Vec<Sibling> {
    let mut found: BTreeMap<(bool, DomainName), (Rank, Option<Sibling>)> = BTreeMap::new();
    for (rank, sibling) in claims {
        let key = (sibling.name.is_none(), sibling.name.clone().unwrap_or(sibling.target.clone()));
        match found.get_mut(&key) {
            Some((known, _)) if *known < rank => {}
            Some((known, best)) if *known == rank => {
                *best = best.take().filter(|best| best.target == sibling.target);
            }
            _ => drop(found.insert(key, (rank, Some(sibling)))),
        }
    }
    found.into_values().filter_map(|(_, sibling)| sibling).collect()
}

/// Whether the name of a sibling is held for another account of its provider: two accounts are two sets.
fn is_of_another_account(
    catalog: &Catalog,
    sibling: &Sibling,
    holders: &HashMap<&DomainName, &DomainName>,
) -> bool {
    let Some(holder) = sibling.name.as_ref().and_then(|name| holders.get(name)) else { return false };
    let account = |target| catalog.find(target).map(|entry| (&entry.provider.id, entry.account(target)));
    match (account(&sibling.target), account(holder)) {
        (Some((ours, Some(one))), Some((theirs, Some(other)))) => ours == theirs && one != other,
        _ => false,
    }
}

/// The aliases that matter, and a group for each thing that one of them says in full.
fn open<'a>(
    catalog: &'a Catalog,
    held: &[(&'a DomainName, &'a DomainName)],
) -> (Vec<Alias<'a>>, Vec<Group<'a>>) {
    let mut aliases = Vec::new();
    let mut groups = Vec::new();
    let mut opened: HashMap<(&str, usize, Reading<'a>), usize> = HashMap::new();
    for (name, target) in held {
        let sets = catalog.sets_of(name, target);
        let mut places = Vec::new();
        for (at, set) in sets.iter().enumerate() {
            let Some((member, reading)) = set.read(name, target) else { continue };
            let group = opened.entry((&*set.provider.id, at, reading.clone())).or_insert_with(|| {
                groups.push(Group { set, at, reading, is_held: vec![false; set.members.len()] });
                groups.len() - 1
            });
            places.push((*group, member));
        }
        if !sets.is_empty() {
            aliases.push(Alias { name, target, places });
        }
    }
    (aliases, groups)
}

/// Finds the members of each group among the aliases, also those that do not tell all by themselves.
fn gather(aliases: &mut [Alias<'_>], groups: &mut [Group<'_>]) {
    let index = Index::of(aliases);
    let mut found: Vec<(usize, (usize, usize))> = Vec::new();
    for (order, group) in groups.iter_mut().enumerate() {
        for (at, member) in group.set.members.iter().enumerate() {
            let Some(target) = member.target.write(&group.reading) else { continue };
            let (here, is_held) = if member.name.is_any() {
                index.anywhere(group.reading.domain, &target, aliases)
            } else {
                let name = member.name.write(&group.reading);
                let here = name.and_then(|name| index.by_record.get(&(&name, &target)).copied());
                (Vec::from_iter(here), here.is_some())
            };
            if let Some(flag) = group.is_held.get_mut(at) {
                *flag = is_held;
            }
            found.extend(here.into_iter().map(|alias| (alias, (order, at))));
        }
    }
    for (alias, place) in found {
        let Some(alias) = aliases.get_mut(alias) else { continue };
        if alias.places.len() < READINGS && !alias.places.contains(&place) {
            alias.places.push(place);
        }
    }
}

/// Where the aliases stand in their list.
#[derive(Default)]
struct Index<'a> {
    by_record: HashMap<(&'a DomainName, &'a DomainName), usize>,
    /// By what is left of the name without its first label, and the target.
    by_parent: HashMap<(&'a str, &'a DomainName), Vec<usize>>,
    by_target: HashMap<&'a DomainName, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(aliases: &[Alias<'a>]) -> Self {
        let mut index = Self::default();
        for (at, alias) in aliases.iter().enumerate() {
            let parent = alias.name.as_str().split_once('.').map_or("", |(_, parent)| parent);
            index.by_record.insert((alias.name, alias.target), at);
            index.by_parent.entry((parent, alias.target)).or_default().push(at);
            index.by_target.entry(alias.target).or_default().push(at);
        }
        index
    }

    /// The aliases with `target` that can belong to `domain` under a name that nothing tells, and whether
    /// there is any in the zone. One right below the domain is its own; without one, it can be further down.
    fn anywhere(&self, domain: &str, target: &DomainName, aliases: &[Alias<'_>]) -> (Vec<usize>, bool) {
        let all = self.by_target.get(target).map_or(&[][..], Vec::as_slice);
        let below = |at: &&usize| {
            let name = aliases.get(**at).and_then(|alias| alias.name.as_str().strip_suffix(domain));
            name.is_some_and(|rest| rest.ends_with('.'))
        };
        let here = match self.by_parent.get(&(domain, target)) {
            Some(own) => own.iter().take(READINGS).copied().collect(),
            None if all.len() <= READINGS => all.iter().filter(below).copied().collect(),
            None => Vec::new(),
        };
        (here, !all.is_empty())
    }
}

/// Where an alias belongs: the group with the most records left. `None` when two are equally likely and
/// want different records.
fn place(alias: &Alias<'_>, groups: &[Group<'_>]) -> Option<(usize, usize)> {
    let held = |place: &(usize, usize)| groups.get(place.0).map_or(0, Group::held);
    let most = alias.places.iter().map(held).max()?;
    let mut best: Vec<_> = alias.places.iter().copied().filter(|place| held(place) == most).collect();
    best.sort_unstable_by_key(|place| (groups.get(place.0).map(|group| group.at), *place));
    let first = *best.first()?;
    let wanted = |place: &(usize, usize)| groups.get(place.0).map(Group::records);
    let agree = best.len() == 1 || best.iter().map(wanted).all(|records| records == wanted(&first));
    agree.then_some(first)
}

impl Group<'_> {
    /// How many members are there.
    fn held(&self) -> usize {
        self.is_held.iter().filter(|is_held| **is_held).count()
    }

    /// How many of them are selectors.
    fn selectors(&self) -> usize {
        let members = self.set.members.iter().zip(&self.is_held);
        members.filter(|(member, is_held)| **is_held && member.role == Role::Dkim).count()
    }

    /// All members, written out.
    fn records(&self) -> Vec<(Option<DomainName>, Option<DomainName>)> {
        let record = |member: &Member| (member.name.write(&self.reading), member.target.write(&self.reading));
        let mut records: Vec<_> = self.set.members.iter().map(record).collect();
        records.sort_unstable();
        records
    }

    /// The members that are not there, and the rank of what is. A name or target that would be too long is none.
    fn claims(&self, because_of: &DomainName) -> Vec<(Rank, Sibling)> {
        let rank = (self.set.evidence, Reverse(self.selectors()), Reverse(self.held()), self.at);
        let claim = |member: &Member| {
            let name = member.name.write(&self.reading);
            if name.is_none() && !member.name.is_any() {
                return None;
            }
            let sibling = Sibling {
                provider: Arc::clone(&self.set.provider),
                role: member.role,
                name,
                target: member.target.write(&self.reading)?,
                because_of: because_of.clone(),
                is_error: self.set.is_error,
                note: self.set.note.clone(),
            };
            Some((rank, sibling))
        };
        let absent = self.set.members.iter().zip(&self.is_held).filter(|(_, is_held)| !**is_held);
        absent.filter_map(|(member, _)| claim(member)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn missing(held: &[(&str, &str)]) -> Vec<Sibling> {
        let held: Vec<_> = held.iter().map(|(from, to)| (name(from), name(to))).collect();
        let held: Vec<_> = held.iter().map(|(from, to)| (from, to)).collect();
        Catalog::embedded().unwrap().missing_siblings(&held)
    }

    /// `name → target`, with `?` for a name that cannot be told.
    fn shown(held: &[(&str, &str)]) -> Vec<String> {
        let name = |sibling: &Sibling| sibling.name.as_ref().map_or("?".to_owned(), ToString::to_string);
        missing(held).iter().map(|sibling| format!("{} → {}", name(sibling), sibling.target)).collect()
    }

    const RETURN_PATH: (&str, &str) = ("em7.example.com", "u1.wl2.sendgrid.net");
    const S1: (&str, &str) = ("s1._domainkey.example.com", "s1.domainkey.u1.wl2.sendgrid.net");
    const S2: (&str, &str) = ("s2._domainkey.example.com", "s2.domainkey.u1.wl2.sendgrid.net");

    #[test]
    fn a_missing_record_follows_from_those_that_are_left() {
        let found = missing(&[RETURN_PATH, S1, ("www.example.com", "shop.example.net")]);
        let [sibling] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(sibling.name, Some(name(S2.0)));
        assert_eq!(sibling.target, name(S2.1));
        assert_eq!((&*sibling.provider.id, sibling.role), ("sendgrid", Role::Dkim));
        assert_eq!(sibling.because_of, name(S1.0));
        assert!(sibling.is_error);
    }

    #[test]
    fn a_whole_set_wants_nothing() {
        assert_eq!(shown(&[RETURN_PATH, S1, S2]), Vec::<String>::new());
        assert_eq!(shown(&[("k1._domainkey.example.com", "dkim.mcsv.net")]), Vec::<String>::new());
        assert_eq!(shown(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_return_path_alone_implies_the_usual_selectors() {
        assert_eq!(shown(&[RETURN_PATH]), [format!("{} → {}", S1.0, S1.1), format!("{} → {}", S2.0, S2.1)]);
    }

    #[test]
    fn a_name_that_nothing_tells_is_said_without_a_name() {
        assert_eq!(shown(&[S1, S2]), ["? → u1.wl2.sendgrid.net"]);
    }

    #[test]
    fn a_return_path_may_stand_anywhere_in_the_zone() {
        assert_eq!(
            shown(&[
                ("s1._domainkey.mail.example.com", S1.1),
                ("s2._domainkey.mail.example.com", S2.1),
                RETURN_PATH,
                S1,
                S2
            ]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_return_path_further_down_is_that_of_the_domain_above_if_it_has_no_other() {
        let below = ("em8.mail.example.com", RETURN_PATH.1);
        assert_eq!(shown(&[S1, S2, below]), Vec::<String>::new());
        let found = shown(&[S1, S2, RETURN_PATH, below]);
        assert_eq!(found.len(), 2, "a domain of its own, in the same account");
        assert!(found[0].starts_with("s1._domainkey.mail.example.com"));
    }

    #[test]
    fn selectors_of_the_customers_own_are_a_set_and_keep_the_usual_ones_out() {
        let own = |selector: &str| {
            (
                format!("{selector}._domainkey.example.com"),
                format!("{selector}.domainkey.u1.wl2.sendgrid.net"),
            )
        };
        let with = |selectors: &[&str]| {
            let own: Vec<_> = selectors.iter().map(|selector| own(selector)).collect();
            let mut held: Vec<_> = own.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
            held.push(RETURN_PATH);
            shown(&held)
        };
        assert_eq!(with(&["rly"]), ["rly2._domainkey.example.com → rly2.domainkey.u1.wl2.sendgrid.net"]);
        assert_eq!(with(&["rly2"]), ["rly._domainkey.example.com → rly.domainkey.u1.wl2.sendgrid.net"]);
        let nothing = Vec::<String>::new();
        assert_eq!(with(&["rly", "rly2"]), nothing);
        assert_eq!(with(&["st", "st2"]), nothing, "two letters");
        assert_eq!(with(&["sg2", "sg22"]), nothing, "three characters that end with 2");
        assert_eq!(with(&["st2"]), nothing, "st and st22 are equally likely");
        assert_eq!(with(&["st"]), ["st2._domainkey.example.com → st2.domainkey.u1.wl2.sendgrid.net"]);
    }

    #[test]
    fn one_return_path_that_several_sets_end_with_says_nothing_alone() {
        let send = ("send.example.com", "12.klaviyodns.com");
        assert_eq!(shown(&[send]), Vec::<String>::new());
        assert_eq!(
            shown(&[send, ("kl._domainkey.example.com", "kl1.domainkey.12.klaviyodns.com")]),
            ["kl2._domainkey.example.com → kl2.domainkey.12.klaviyodns.com"]
        );
    }

    #[test]
    fn a_name_that_is_held_with_another_target_of_the_account_is_named_all_the_same() {
        let rival = (S2.0, "s2.domainkey.u1.wl9.sendgrid.net");
        let found = missing(&[RETURN_PATH, S1, rival]);
        let of = |wanted: &str| found.iter().find(|sibling| sibling.name == Some(name(wanted)));
        assert_eq!(of(S2.0).unwrap().target, name(S2.1));
        assert_eq!(of(S1.0).unwrap().target, name("s1.domainkey.u1.wl9.sendgrid.net"));
        let names: Vec<_> = found.iter().filter_map(|sibling| sibling.name.as_ref()).collect();
        assert_eq!(names.len(), 2, "each name once");
    }

    #[test]
    fn selectors_are_held_against_the_account_that_their_own_target_names() {
        let theirs = ("em8.example.com", "u99.wl9.sendgrid.net");
        let nothing = Vec::<String>::new();
        assert_eq!(
            shown(&[RETURN_PATH, S1, S2, theirs]),
            nothing,
            "the other's return path wants no selector"
        );
        let s2 = (S2.0, "s2.domainkey.u99.wl9.sendgrid.net");
        assert_eq!(shown(&[RETURN_PATH, S1, s2, theirs]), nothing, "each account has a selector of its own");
        assert_eq!(shown(&[RETURN_PATH, S1, s2]), ["? → u99.wl9.sendgrid.net"]);
        let kl = ("kl._domainkey.example.com", "kl1.domainkey.12.klaviyodns.com");
        let kl2 = ("kl2._domainkey.example.com", "kl2.domainkey.12.klaviyodns.com");
        let paths = [("send.example.com", "12.klaviyodns.com"), ("mail.example.com", "34.klaviyodns.com")];
        assert_eq!(shown(&[kl, kl2, paths[0], paths[1]]), nothing);
    }

    #[test]
    fn of_two_accounts_that_claim_one_name_the_one_with_a_selector_wins_in_any_order() {
        let mut held = [RETURN_PATH, (S2.0, "s2.domainkey.u7.wl1.sendgrid.net")];
        let one_way = shown(&held);
        held.reverse();
        assert_eq!(one_way, shown(&held));
        assert!(one_way[0].ends_with("s1.domainkey.u7.wl1.sendgrid.net"), "{one_way:?}");
        let paths = shown(&[RETURN_PATH, ("em8.example.com", "u7.wl1.sendgrid.net")]);
        assert_eq!(paths, Vec::<String>::new(), "equally likely");
    }

    #[test]
    fn microsofts_unused_selector_is_only_a_warning() {
        let old = "selector1-example-com._domainkey.contoso.onmicrosoft.com";
        let found = missing(&[("selector1._domainkey.example.com", old)]);
        let [sibling] = found.as_slice() else { panic!("{found:?}") };
        assert!(!sibling.is_error && sibling.note.is_some());
        assert_eq!(sibling.target, name("selector2-example-com._domainkey.contoso.onmicrosoft.com"));
        let foreign = "selector1-other-com._domainkey.contoso.onmicrosoft.com";
        assert_eq!(missing(&[("selector1._domainkey.example.com", foreign)]), []);
    }

    /// The records of a set for a made-up account, with the role of each.
    fn made_up(set: &Set) -> Vec<(DomainName, DomainName, Role)> {
        let reading = Reading { domain: "my-shop.example.com", values: set.variables.samples() };
        let record = |member: &Member| {
            let written = member.name.write(&reading).unwrap_or(name("em.my-shop.example.com"));
            (written, member.target.write(&reading).unwrap(), member.role)
        };
        set.members.iter().map(record).collect()
    }

    #[test]
    fn every_set_finds_each_of_its_members() {
        let catalog = Catalog::embedded().unwrap();
        let cases = catalog.sets.values().flatten().flat_map(|set| {
            let records = made_up(set);
            (0..records.len()).map(move |absent| (set, records.clone(), absent))
        });
        for (set, mut records, absent) in cases {
            let (name, target, role) = records.remove(absent);
            let known = catalog
                .find_record(&name, &target)
                .unwrap_or_else(|| panic!("{target} is not in the catalog"));
            assert_eq!((&known.provider, known.role), (&set.provider, role));
            // `rl2` alone can be a selector of three characters just as well.
            if name.first_label() == "rl" {
                continue;
            }
            let left: Vec<_> = records.iter().map(|(name, target, _)| (name, target)).collect();
            let found = catalog.missing_siblings(&left);
            let [sibling] = found.as_slice() else { panic!("without {name}: {found:?}") };
            assert_eq!(sibling.target, target);
            assert!(sibling.name.as_ref().is_none_or(|found| *found == name), "{name}: {sibling:?}");
        }
    }

    #[test]
    fn many_aliases_are_read_in_one_pass_and_in_any_order() {
        let catalog = Catalog::embedded().unwrap();
        let record = |n: usize| match n % 2 {
            0 => (format!("em.d{n}.example.com"), "u1.wl2.sendgrid.net".to_owned()),
            _ => (
                format!("s1._domainkey.d{}.example.com", n - 1),
                "s1.domainkey.u1.wl2.sendgrid.net".to_owned(),
            ),
        };
        let held: Vec<_> = (0..20_000).map(record).map(|(from, to)| (name(&from), name(&to))).collect();
        let held: Vec<_> = held.iter().map(|(from, to)| (from, to)).collect();
        let mut backwards = held.clone();
        backwards.reverse();
        let found = catalog.missing_siblings(&held);
        assert_eq!(found.len(), 10_000);
        assert_eq!(found, catalog.missing_siblings(&backwards), "whatever the order");
    }
}
