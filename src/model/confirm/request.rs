//! What is to be confirmed from outside, without the API, and what comes of it. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Confirmation, ShownInstead, Wanted};
use crate::model::catalog::{Catalog, Provider, is_never_mail};
use crate::model::diagnosis::{self, Code, Finding};
use crate::model::dns::DomainName;
use crate::model::expectation::document::{BadRequest, Document, Understood, with_domains};
use crate::model::expectation::input::Context;
use crate::model::expectation::{self, Expectation};
use crate::model::failure::{Exit, Failure};
use crate::model::lookup::Server;

/// A name, and where it ought to point if that is known.
pub type NameAndTarget = (DomainName, Option<DomainName>);

/// What was asked for, read and checked.
#[derive(Debug, Clone, Default)]
pub struct ConfirmRequest {
    /// Names, or bare domains.
    pub names: Vec<DomainName>,
    /// What relative names in the documents belong below.
    pub zones: Vec<DomainName>,
    /// Files and pastes.
    pub documents: Vec<Document>,
    /// What was named on the command line.
    pub expected: Vec<Expectation>,
}

/// The same, once the documents were understood.
#[derive(Debug, Clone, Default)]
pub struct ToConfirm {
    /// The names, each once.
    pub names: Vec<NameAndTarget>,
    /// The names whose target somebody gave.
    pub given: Vec<DomainName>,
    /// Where somebody wants a DMARC policy.
    pub policies: Vec<DomainName>,
    /// What files and pastes were understood to say.
    pub understood: Vec<Understood>,
}

impl ConfirmRequest {
    /// What it asks to confirm.
    ///
    /// # Errors
    ///
    /// [`BadRequest`] for a document that makes no sense, and where expectations contradict one another.
    pub fn understand(self, catalog: &Catalog) -> Result<ToConfirm, BadRequest> {
        let Self { names, zones, documents, mut expected } = self;
        let within = with_domains(&zones);
        let context = Context { zones: &within, bases: &zones, catalog };
        let mut understood = Vec::new();
        for document in &documents {
            let one = document.understand(&context)?;
            expected.extend(one.expectations());
            understood.push(one);
        }
        let expected = expectation::agree(expected)?;
        let given = expected.iter().map(|one| one.name.clone()).collect();
        let policies = understood.iter().flat_map(Understood::policies).map(|one| one.name).collect();
        Ok(ToConfirm { names: merged(names, expected), given, policies, understood })
    }
}

/// Each name once; an expectation tells more than a bare name.
fn merged(names: Vec<DomainName>, expected: Vec<Expectation>) -> Vec<NameAndTarget> {
    let mut all: Vec<NameAndTarget> = expected.into_iter().map(|one| (one.name, Some(one.target))).collect();
    let mut known: BTreeSet<DomainName> = all.iter().map(|(name, _)| name.clone()).collect();
    all.extend(names.into_iter().filter(|name| known.insert(name.clone())).map(|name| (name, None)));
    all
}

/// Where names below one parent live.
#[derive(Debug, Clone)]
pub struct Place {
    /// The nearest ancestor without an underscore label, or the registrable domain: what the names have in common.
    pub parent: DomainName,
    pub zone: DomainName,
    /// Whether that is known, or only the best guess.
    pub is_found: bool,
    /// Its name servers, as the world names them.
    pub hosts: Vec<DomainName>,
    pub servers: Vec<Server>,
    /// What could not be found out.
    pub notes: Vec<String>,
}

impl Place {
    /// What the names at one place have in common: the nearest ancestor that could be a host or a zone; a registrable
    /// domain has none.
    pub fn parent_of(name: &DomainName) -> DomainName {
        if name.is_registrable() {
            return name.clone();
        }
        let mut above = name.and_ancestors().skip(1);
        let has_no_underscore = |one: &DomainName| !one.labels().any(|label| label.starts_with('_'));
        above.find(has_no_underscore).unwrap_or_else(|| name.clone())
    }

    /// The name servers of the zone, if none of them is Cloudflare's.
    pub fn elsewhere(&self) -> Option<(String, Vec<DomainName>)> {
        let is_cloudflare = |host: &DomainName| host.owner_part() == "cloudflare.com";
        let is_elsewhere = !self.hosts.is_empty() && !self.hosts.iter().any(is_cloudflare);
        is_elsewhere.then(|| (self.zone.to_string(), self.hosts.clone()))
    }

    /// Whether a name is the zone itself, and everything is known about it.
    pub fn is_apex(&self, name: &DomainName) -> bool {
        self.zone == *name && self.notes.is_empty()
    }

    /// The registrable domain above the names, if public DNS may not know it.
    pub fn suspect(&self) -> Option<DomainName> {
        let domain = DomainName::parse(self.parent.owner_part()).ok().filter(DomainName::is_registrable)?;
        let is_above = domain != self.zone && domain.is_within(&self.zone);
        (is_above || !self.is_found).then_some(domain)
    }
}

/// Where a name lives.
pub fn place_of<'p>(places: &'p [Place], name: &DomainName) -> Option<&'p Place> {
    let parent = Place::parent_of(name);
    places.iter().find(|place| place.parent == parent)
}

/// Takes the bare domains out of `names` of which nothing can be guessed because nobody tells which servers are their
/// own.
pub fn unguessable(places: &[Place], names: &mut Vec<NameAndTarget>) -> Vec<(DomainName, Failure)> {
    let mut found = Vec::new();
    for place in places.iter().filter(|place| !place.is_found && place.parent.is_registrable()) {
        let bare = names.iter().position(|(name, target)| *name == place.parent && target.is_none());
        if let Some(bare) = bare {
            let (domain, _) = names.remove(bare);
            let hint =
                "if signatures are broken, resolvers refuse to answer: `cf-domauth explain dnssec-broken`";
            let (message, hints) = (place.notes.join("; "), vec![hint.to_owned()]);
            found.push((domain, Failure { message, hints, exit: Exit::Unreachable }));
        }
    }
    found
}

/// What is said of a domain that does not exist.
pub fn no_such_domain(domain: &DomainName) -> Failure {
    let message = format!("{} does not exist in DNS: check the spelling", domain.both_ways());
    Failure { message, hints: Vec::new(), exit: Exit::Usage }
}

/// The names whose record, seen in the end, needs something behind it that was not looked for, by their place in
/// `wanted`.
pub fn grown(wanted: &[Wanted], seen: &[Confirmation], catalog: &Catalog) -> Vec<(usize, Wanted)> {
    let pairs = wanted.iter().zip(seen).enumerate();
    let changed = pairs.filter_map(|(place, (wanted, one))| {
        let target = one.expected.as_ref().filter(|_| wanted.target.is_none())?;
        let publishes = diagnosis::published_behind(&wanted.name, Some(target), catalog);
        let differs = publishes != wanted.publishes;
        differs.then(|| (place, Wanted { publishes, target: Some(target.clone()), ..wanted.clone() }))
    });
    changed.collect()
}

/// What was found out about one zone from outside.
#[derive(Debug, Clone, Default)]
pub struct ConfirmedZone {
    /// Its apex, or the name that was asked about.
    pub label: String,
    /// Why nothing could be found out.
    pub failure: Option<Failure>,
    /// What is seen at each name.
    pub confirmations: Vec<Confirmation>,
    /// What is not as it ought to be.
    pub findings: Vec<Finding>,
    /// Names about which no name server said anything definite.
    pub unheard: Vec<DomainName>,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

/// The zone of that label among `zones`, added if it is not there.
pub fn zone_of<'z>(zones: &'z mut BTreeMap<String, ConfirmedZone>, label: &str) -> &'z mut ConfirmedZone {
    let new = || ConfirmedZone { label: label.to_owned(), ..ConfirmedZone::default() };
    zones.entry(label.to_owned()).or_insert_with(new)
}

impl ConfirmedZone {
    /// Adds what was found at the bare domain: what is seen at a name counts more than what was guessed of it.
    pub fn add_discovered(&mut self, notes: Vec<String>, mut findings: Vec<Finding>) {
        self.notes.extend(notes);
        findings.retain(|finding| {
            finding.code() == Code::IncompleteSet
                || !self.confirmations.iter().any(|one| one.name == finding.name)
        });
        self.findings.extend(findings);
    }
}

/// What a letter to the customer has to know besides.
#[derive(Debug, Clone, Default)]
pub struct LetterFacts {
    /// What each name shows in the place of its alias, where it shows none.
    pub shows: BTreeMap<DomainName, ShownInstead>,
    /// Names that are no mail records: web hosts, click tracking and the like.
    pub no_mail: BTreeSet<DomainName>,
    /// Names of which nothing tells whether they are mail records.
    pub unclear: BTreeSet<DomainName>,
    /// Names whose target somebody gave.
    pub named: BTreeSet<DomainName>,
    /// Domains of which only the usual names were asked for.
    pub guessed: BTreeSet<DomainName>,
    /// Records that a provider asks for under a name that nobody can guess.
    pub unguessed: Vec<Unguessed>,
    /// The name servers of each zone, by its label, that are not Cloudflare's.
    pub elsewhere: BTreeMap<String, Vec<DomainName>>,
    /// Lines of what was given that were not understood: a record may stand there.
    pub unread: usize,
    /// Whose record each name is, where the catalog knows.
    pub providers: BTreeMap<DomainName, Arc<Provider>>,
}

/// A record that a provider asks for under a name that nobody can guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unguessed {
    /// The domain it belongs to.
    pub domain: DomainName,
    /// Who asks for it.
    pub provider: Arc<Provider>,
    /// Where it leads.
    pub target: DomainName,
}

impl LetterFacts {
    /// What is known before anything was seen.
    pub fn new(asked: &ToConfirm, places: &[Place]) -> Self {
        Self {
            named: asked.given.iter().cloned().collect(),
            unread: asked.understood.iter().map(|one| one.reading.unread.len()).sum(),
            elsewhere: places.iter().filter_map(Place::elsewhere).collect(),
            ..Self::default()
        }
    }

    /// Adds whose record a name is, and whether it is one for mail at all.
    pub fn add(&mut self, one: &Confirmation, wanted: &[Wanted], catalog: &Catalog) {
        let target = one.expected.as_ref().unwrap_or(&one.name);
        let is_given = wanted.iter().any(|wanted| wanted.name == one.name && wanted.target.is_some());
        let known = diagnosis::classify(&one.name, target, is_given, catalog);
        let is_web = one.name.first_label() == "www" || is_never_mail(&one.name);
        match &known {
            Some(known) if known.role.is_for_mail() => {}
            None if !is_web => drop(self.unclear.insert(one.name.clone())),
            _ => drop(self.no_mail.insert(one.name.clone())),
        }
        if let Some(provider) = known.and_then(|known| known.provider) {
            self.providers.insert(one.name.clone(), provider);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::name;

    fn place(parent: &str, zone: &str, hosts: &[&str]) -> Place {
        Place {
            parent: name(parent),
            zone: name(zone),
            is_found: true,
            hosts: hosts.iter().map(|host| name(host)).collect(),
            servers: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn names_below_one_host_or_domain_live_at_one_place() {
        let of = |text: &str| Place::parent_of(&name(text)).to_string();
        assert_eq!(of("s1._domainkey.example.com"), "example.com");
        assert_eq!(of("s1._domainkey.mail.example.com"), "mail.example.com");
        assert_eq!(of("em1.example.com"), "example.com");
        assert_eq!(of("example.com"), "example.com", "a registrable domain is its own place");
        assert_eq!(of("example.co.uk"), "example.co.uk");
    }

    #[test]
    fn a_zone_is_elsewhere_if_no_server_is_cloudflares() {
        let of = |hosts: &[&str]| place("example.com", "example.com", hosts).elsewhere().is_some();
        assert!(of(&["ns1.example.net", "ns2.example.net"]));
        assert!(!of(&["ns1.example.net", "ada.ns.cloudflare.com"]));
        assert!(!of(&[]), "nobody said");
    }

    #[test]
    fn a_domain_whose_zone_lies_above_it_may_not_exist() {
        let of = |parent: &str, zone: &str| place(parent, zone, &[]).suspect().map(|name| name.to_string());
        assert_eq!(of("exmaple.com", "com"), Some("exmaple.com".to_owned()));
        assert_eq!(of("mail.example.com", "example.com"), None);
        assert_eq!(of("mail.example.com", "mail.example.com"), None);
    }

    #[test]
    fn nothing_is_guessed_of_a_domain_whose_servers_nobody_tells() {
        let lost = Place { is_found: false, ..place("example.com", "example.com", &[]) };
        let mut names = vec![(name("example.com"), None), (name("em1.example.com"), None)];
        assert_eq!(unguessable(&[lost], &mut names).len(), 1);
        assert_eq!(names, [(name("em1.example.com"), None)], "what was named is still asked for");
    }

    #[test]
    fn an_expectation_tells_more_than_a_bare_name() {
        let expected = vec![expectation::from_argument("em1.example.com=a.test").unwrap()];
        let all = merged(vec![name("em1.example.com"), name("s1._domainkey.example.com")], expected);
        let targets: Vec<bool> = all.iter().map(|(_, target)| target.is_some()).collect();
        assert_eq!(targets, [true, false]);
    }
}
