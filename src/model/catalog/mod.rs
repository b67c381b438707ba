//! Which records the sending providers want, as data. Pure.
//!
//! One TOML file per provider stands in `providers/`; adding a provider adds a file. Records are recognised by
//! their *target*, on label boundaries, the most specific pattern first, because selectors belong to nobody:
//! `s1`, `k1` and `mail` are used by many. Only where one target serves two purposes does the name decide.
//! Records that a provider asks for together form a *set*: from those that are left the missing ones follow.

mod fit;
mod pattern;
mod role;
mod schema;
mod set;
mod sibling;
mod signers;
mod template;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub(crate) use fit::domain_of;
pub use pattern::{Beginning, Pattern};
pub use role::{Evidence, Publishes, Role, Treatment, is_never_mail, role_of_name};
pub use schema::BadProvider;
pub use sibling::Sibling;
pub use signers::Signers;

use crate::model::dns::DomainName;
use set::Set;

/// The provider files that come with the program, listed by `build.rs`: file name without its ending, text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// Names that many use and nobody owns.
const COMMON_NAMES: &[&str] = &[
    "default._domainkey",
    "dkim._domainkey",
    "mail._domainkey",
    "k1._domainkey",
    "m1._domainkey",
    "smtp._domainkey",
    "cm._domainkey",
    "_dmarc",
    "em",
    "send",
    "bounce",
    "bounces",
    "pm-bounces",
    "mta",
    "outbound",
];

/// Whether many use a name, relative to the domain, and nobody owns it.
pub fn is_common(name: &str) -> bool {
    COMMON_NAMES.contains(&name)
}

/// A sending provider.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Provider {
    /// Short name, equal to the name of its file.
    pub id: Box<str>,
    /// The name people know.
    pub name: Box<str>,
    /// Where the facts are from.
    pub source: Box<str>,
    /// When they were looked up: a date such as 2026-08-22.
    pub checked: Box<str>,
    /// Where a customer lets the provider look again, where that is known.
    pub verify: Option<Box<str>>,
    /// What the TXT records it asks for are for, and their names relative to the domain.
    #[serde(skip)]
    pub texts: Vec<(Role, DomainName)>,
}

impl Provider {
    /// Where a customer lets the provider look again at `domain`, as a path of what to choose.
    pub fn verify_path(&self, domain: &str) -> Option<String> {
        let place = self.verify.as_deref()?;
        let at_domain = format!(" > {domain}");
        let known =
            [" > the domain", ", at the domain", ", at the sending domain", ", at the e-mail sending domain"];
        let path = known.iter().fold(place.to_owned(), |path, words| path.replace(words, &at_domain));
        Some(path.replace(", then ", " > "))
    }
}

/// What the catalog knows about one kind of target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose target it is.
    pub provider: Arc<Provider>,
    /// What a record with this target is for.
    pub role: Role,
    /// What must be published behind the target for mail to work.
    pub publishes: Vec<Publishes>,
    /// What may be done to such a record.
    pub treatment: Treatment,
    /// Whether Cloudflare itself refuses to proxy a record with such a target.
    pub is_unproxiable: bool,
    /// How well it is established.
    pub evidence: Evidence,
    /// What the provider asks for where customers file such a CNAME record by mistake.
    pub instead: Option<Box<str>>,
    /// What else there is to know.
    pub note: Option<Box<str>>,
    /// The targets this entry is about.
    pub pattern: Pattern,
    /// How the name of the record must begin, where that decides what the target is for.
    pub name: Option<Beginning>,
    /// Which label, counted from the right and from 0, names the customer's account.
    account: Option<usize>,
    /// From a file of the user's.
    is_own: bool,
}

impl Entry {
    /// The label of `target` that tells one customer of the provider from another.
    pub fn account<'target>(&self, target: &'target DomainName) -> Option<&'target str> {
        target.labels().rev().nth(self.account?)
    }
}

/// All provider files, compiled once.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// By their short name.
    providers: BTreeMap<Box<str>, Arc<Provider>>,
    /// The user's own first, then the most specific first.
    entries: Vec<Entry>,
    /// Places in `entries` by how a target ends: in two labels, or in one where a pattern leaves the other open.
    by_end: HashMap<Box<str>, Vec<usize>>,
    /// Records that belong together, by the provider that asks for them, in the order of its file.
    sets: HashMap<Box<str>, Vec<Set>>,
}

impl Catalog {
    /// The catalog that comes with the program.
    ///
    /// # Errors
    ///
    /// [`BadProvider`] when a file is damaged, which a test rules out.
    pub fn embedded() -> Result<Self, BadProvider> {
        Self::with(&[])
    }

    /// The same, with files of the user's: path, text. One whose `id` is known takes the place of that
    /// provider, and the user's patterns go before all others.
    ///
    /// # Errors
    ///
    /// [`BadProvider`] for the first file that is none.
    pub fn with(own: &[(String, String)]) -> Result<Self, BadProvider> {
        let mut catalog = Self::default();
        for (file, text) in own {
            catalog.take(schema::read(file, text)?, true);
        }
        for (file, text) in FILES {
            let known = schema::read(file, text)?;
            if !catalog.providers.contains_key(&known.provider.id) {
                catalog.take(known, false);
            }
        }
        catalog
            .entries
            .sort_by_key(|entry| (!entry.is_own, Reverse(entry.pattern.specificity()), entry.name.is_none()));
        for (at, entry) in catalog.entries.iter().enumerate() {
            catalog.by_end.entry(entry.pattern.end().into()).or_default().push(at);
        }
        Ok(catalog)
    }

    fn take(&mut self, known: schema::Known, is_own: bool) {
        let schema::Known { provider, entries, sets } = known;
        self.sets.entry(provider.id.clone()).or_default().extend(sets);
        self.entries.extend(entries.into_iter().map(|entry| Entry { is_own, ..entry }));
        self.providers.entry(provider.id.clone()).or_insert(provider);
    }

    /// The entries whose pattern may match a name, by its end, and their places.
    fn ending_like(&self, name: &DomainName) -> impl Iterator<Item = (usize, &Entry)> {
        let end = pattern::end(name.as_str());
        let last = end.rsplit_once('.').map_or(end, |(_, last)| last);
        let places = [end, last].into_iter().filter_map(|end| self.by_end.get(end)).flatten();
        places.filter_map(|at| Some((*at, self.entries.get(*at)?)))
    }

    /// All providers, by their short name.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values().map(Arc::as_ref)
    }

    /// What is known about the targets of a provider, in the order of their patterns.
    pub fn entries_of(&self, id: &str) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> =
            self.entries.iter().filter(|entry| *entry.provider.id == *id).collect();
        entries.sort_by_key(|entry| (entry.role, entry.pattern.as_str()));
        entries
    }

    /// What is known about `target` whatever the name of the record; `None` when no provider claims it.
    pub fn find(&self, target: &DomainName) -> Option<&Entry> {
        self.best(target, |entry| entry.name.is_none())
    }

    /// What is known about an alias; `None` when no provider claims its target under such a name.
    pub fn find_record(&self, name: &DomainName, target: &DomainName) -> Option<&Entry> {
        self.best(target, |entry| entry.name.as_ref().is_none_or(|wanted| wanted.matches(name)))
    }

    /// The best of what is known about `target`.
    fn best(&self, target: &DomainName, is_meant: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let fits = |(_, entry): &(usize, &Entry)| entry.pattern.matches(target) && is_meant(entry);
        self.ending_like(target).filter(fits).min_by_key(|(at, _)| *at).map(|(_, entry)| entry)
    }

    /// The provider that signs mail through aliases to targets in the domain of `host`, such as
    /// `include:sendgrid.net` names; `None` when none does, or several do and none of them has the host itself.
    pub fn signer_at(&self, host: &DomainName) -> Option<&Arc<Provider>> {
        let entries = self.ending_like(host).filter(|(_, entry)| entry.role == Role::Dkim);
        let is_there = |entry: &Entry| psl::domain_str(entry.pattern.as_str()) == Some(host.owner_part());
        let signers = entries.filter(|(_, entry)| is_there(entry)).map(|(_, entry)| &entry.provider);
        let signers: Vec<&Arc<Provider>> = signers.collect();
        let owner = host.and_ancestors().find_map(|host| Some(&self.find(&host)?.provider.id));
        let own = signers.iter().find(|signer| Some(&signer.id) == owner);
        let first = own.or(signers.first()).copied()?;
        (own.is_some() || signers.iter().all(|other| other.id == first.id)).then_some(first)
    }

    /// The names that mail records of a domain usually have, sorted: what the providers ask for at fixed names,
    /// and what is common. Names that hold an account or a number cannot be guessed.
    pub fn usual_names(&self, domain: &DomainName) -> Vec<DomainName> {
        let fixed = self.sets.values().flatten().flat_map(|set| {
            let blank = set.variables.blank(domain.as_str());
            set.members.iter().filter_map(move |member| member.name.write(&blank))
        });
        let texts = self.providers().flat_map(|provider| &provider.texts).map(|(_, name)| name.as_str());
        let at = |name: &str| DomainName::parse(&format!("{name}.{domain}")).ok();
        let names = texts.chain(COMMON_NAMES.iter().copied()).filter_map(at).chain(fixed);
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn sets_of(&self, name: &DomainName, target: &DomainName) -> &[Set] {
        let of = |entry: &Entry| self.sets.get(&entry.provider.id);
        self.find_record(name, target).and_then(of).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(target: &str) -> Option<(String, Role)> {
        let catalog = Catalog::embedded().unwrap();
        let entry = catalog.find(&DomainName::parse(target).unwrap())?;
        Some((entry.provider.id.to_string(), entry.role))
    }

    fn is(target: &str, provider: &str, role: Role) {
        assert_eq!(found(target), Some((provider.to_owned(), role)), "{target}");
    }

    #[test]
    fn every_file_is_complete_and_named_after_its_provider() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/catalog/providers");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len(), "the list is the folder");
        for (file, text) in FILES {
            let known = schema::read(file, text).unwrap();
            assert_eq!(&*known.provider.id, *file);
            assert!(known.provider.source.len() > 10, "{file}");
        }
    }

    /// A record that an entry is about.
    fn sample(entry: &Entry) -> (DomainName, DomainName) {
        let name = entry.name.as_ref().map_or("x".to_owned(), Beginning::sample);
        (DomainName::parse(&format!("{name}.example.com")).unwrap(), entry.pattern.sample())
    }

    #[test]
    fn no_two_patterns_are_equally_good_for_one_record() {
        let catalog = Catalog::embedded().unwrap();
        let all: Vec<&Entry> = catalog.entries.iter().collect();
        let weight = |entry: &Entry| (entry.pattern.specificity(), entry.name.is_some());
        for one in &all {
            let (name, target) = sample(one);
            let fits = |entry: &Entry| {
                entry.pattern.matches(&target)
                    && entry.name.as_ref().is_none_or(|wanted| wanted.matches(&name))
            };
            assert!(fits(one), "{} {target}", one.pattern.as_str());
            let rivals = all.iter().filter(|other| weight(other) == weight(one) && fits(other));
            assert_eq!(rivals.count(), 1, "{}", one.pattern.as_str());
            assert!(weight(catalog.find_record(&name, &target).unwrap()) >= weight(one));
        }
    }

    #[test]
    fn no_pattern_is_under_two_providers() {
        let catalog = Catalog::embedded().unwrap();
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for entry in &catalog.entries {
            let owner = owners.entry(entry.pattern.as_str()).or_insert(&entry.provider.id);
            assert_eq!(*owner, &*entry.provider.id, "{}", entry.pattern.as_str());
        }
    }

    #[test]
    fn every_kind_of_record_that_is_known_has_its_role_and_treatment() {
        let catalog = Catalog::embedded().unwrap();
        let lines = include_str!("../../../fixtures/catalog/records.txt").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let [name, target, role, treatment] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let name = DomainName::parse(&format!("{name}.example.com")).unwrap();
            let entry = catalog.find_record(&name, &DomainName::parse(target).unwrap());
            let known = entry.map(|entry| (entry.role.word(), entry.treatment.word()));
            assert_eq!(known, Some((role, treatment)), "{line}");
        }
    }

    /// Often written, by guides and assistants, and asked for by nobody.
    #[test]
    fn records_that_do_not_exist_are_in_no_file_but_as_a_mistake() {
        let catalog = Catalog::embedded().unwrap();
        for target in [
            "feedback-smtp.us-east-1.amazonses.com",
            "bounces.resend.com",
            "feedback.resend.com",
            "bounces.mailersend.net",
            "mail.postmarkapp.com",
            "dkim.mail.hostinger.com",
        ] {
            let entry = catalog.find(&DomainName::parse(target).unwrap());
            assert!(entry.is_none_or(|entry| entry.instead.is_some()), "{target}");
        }
    }

    #[test]
    fn where_one_target_serves_two_purposes_the_name_decides() {
        let catalog = Catalog::embedded().unwrap();
        let host = DomainName::parse("mta-sts.tutanota.de").unwrap();
        let role = |name: &str| {
            catalog.find_record(&DomainName::parse(name).unwrap(), &host).map(|entry| entry.role)
        };
        assert_eq!(role("_mta-sts.example.com"), Some(Role::TextByAlias));
        assert_eq!(role("mta-sts.example.com"), Some(Role::WebHost));
        assert_eq!(role("www._mta-sts.example.com"), Some(Role::WebHost));
        assert_eq!(catalog.find(&host).unwrap().role, Role::WebHost, "whatever the name");
        assert_eq!(found("helpdesk.com"), None, "only under a name of its own");
    }

    #[test]
    fn the_usual_names_of_a_domain_are_those_that_nothing_has_to_be_known_for() {
        let catalog = Catalog::embedded().unwrap();
        let names = catalog.usual_names(&DomainName::parse("example.com").unwrap());
        let has = |name: &str| names.iter().any(|known| known.as_str() == name);
        for name in [
            "s1._domainkey",
            "k2._domainkey",
            "selector1._domainkey",
            "google._domainkey",
            "_dmarc",
            "pm-bounces",
        ] {
            assert!(has(&format!("{name}.example.com")), "{name}");
        }
        assert!(names.len() < 150, "{}", names.len());
    }

    #[test]
    fn targets_that_cloudflare_refuses_to_proxy_are_marked() {
        let catalog = Catalog::embedded().unwrap();
        let refused =
            |target: &str| catalog.find(&DomainName::parse(target).unwrap()).unwrap().is_unproxiable;
        for target in [
            "dkim2.mcsv.net",
            "zmverify.zoho.com",
            "dkim.infusionmail.com",
            "x.dkim.amazonses.com",
            "selector1-a-b._domainkey.t.onmicrosoft.com",
            "u.dkim.intercom.io",
        ] {
            assert!(refused(target), "{target}");
        }
        for target in [
            "dkim.mcsv.net",
            "zmverify.zoho.eu",
            "x.dkim.eu-south-1.amazonses.com",
            "pm.mtasv.net",
            "selector1-a-b._domainkey.t.n-v1.dkim.mail.microsoft",
        ] {
            assert!(!refused(target), "{target}");
        }
    }

    #[test]
    fn a_file_of_the_users_goes_first_and_may_replace_a_provider() {
        let own = |id: &str, target: &str| {
            let text = format!(
                "id = \"{id}\"\nname = \"Own\"\nsource = \"our wiki\"\nchecked = \"2026-11-24\"\n\
                 [[record]]\nrole = \"dkim\"\ntarget = \"{target}\"\nevidence = \"A\"\n"
            );
            Catalog::with(&[("own.toml".to_owned(), text)]).unwrap()
        };
        let find = |catalog: &Catalog, target: &str| {
            catalog.find(&DomainName::parse(target).unwrap()).map(|entry| entry.provider.name.to_string())
        };
        let extended = own("ours", "**.sendgrid.net");
        assert_eq!(find(&extended, "u1.wl1.sendgrid.net").as_deref(), Some("Own"));
        assert_eq!(find(&extended, "pm.mtasv.net").as_deref(), Some("Postmark"));
        let replaced = own("sendgrid", "keys.ours.test");
        assert_eq!(find(&replaced, "u1.wl1.sendgrid.net"), None);
        assert!(Catalog::with(&[("own.toml".to_owned(), "id = 1".to_owned())]).is_err());
    }

    #[test]
    fn one_provider_can_have_mail_and_tracking_under_one_suffix() {
        is("u1446226.wl123.sendgrid.net", "sendgrid", Role::ReturnPath);
        is("u1446226.wl.sendgrid.net", "sendgrid", Role::ReturnPath);
        is("rly.domainkey.u9.wl9.sendgrid.net", "sendgrid", Role::Dkim);
        is("sendgrid.net", "sendgrid", Role::Tracking);
        is("eu.sendgrid.net", "sendgrid", Role::Tracking);
        is("12.klaviyodns.com", "klaviyo", Role::ReturnPath);
        is("dct.klaviyodns.com", "klaviyo", Role::Tracking);
        is("mail1.zendesk.com", "zendesk", Role::ReturnPath);
        is("zendesk1._domainkey.zendesk.com", "zendesk", Role::Dkim);
        is("acme.zendesk.com", "zendesk", Role::WebHost);
        is("0a1b.p12.email.myshopify.com", "shopify", Role::ReturnPath);
        is("dkim2.0a1b.p12.email.myshopify.com", "shopify", Role::Dkim);
        is("shops.myshopify.com", "shopify", Role::WebHost);
        is("return.acems1.com", "activecampaign", Role::ReturnPath);
        is("track.customer.io", "customer-io", Role::Tracking);
    }

    #[test]
    fn a_provider_is_told_by_the_domain_of_its_keys() {
        let catalog = Catalog::embedded().unwrap();
        let signer = |host: &str| {
            let provider = catalog.signer_at(&DomainName::parse(host).unwrap());
            provider.map(|provider| provider.id.to_string())
        };
        assert_eq!(signer("sendgrid.net").as_deref(), Some("sendgrid"));
        assert_eq!(signer("spf.mandrillapp.com").as_deref(), Some("mandrill"));
        for stranger in ["net", "evilsendgrid.net", "example.com", "co.uk", "com.au"] {
            assert_eq!(signer(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn both_formats_of_microsoft_365_are_known() {
        is("selector1-example-com._domainkey.contoso.onmicrosoft.com", "microsoft-365", Role::Dkim);
        is("selector1-example-com._domainkey.contoso.n-v1.dkim.mail.microsoft", "microsoft-365", Role::Dkim);
        is("autodiscover.outlook.com", "microsoft-365", Role::ClientSetup);
    }

    #[test]
    fn a_name_that_only_ends_alike_belongs_to_nobody() {
        for stranger in [
            "evilsendgrid.net",
            "u1.wl1.sendgrid.net.attacker.example",
            "evilmcsv.net",
            "dkim2.mcsv.net.example.com",
        ] {
            assert_eq!(found(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn the_account_behind_a_target_is_told() {
        let catalog = Catalog::embedded().unwrap();
        let account = |text: &str| {
            let target = DomainName::parse(text).unwrap();
            catalog.find(&target).and_then(|entry| entry.account(&target).map(str::to_owned))
        };
        assert_eq!(account("s1.domainkey.u77.wl5.sendgrid.net").as_deref(), Some("u77"));
        assert_eq!(account("u77.wl9.sendgrid.net").as_deref(), Some("u77"));
        assert_eq!(account("12.klaviyodns.com").as_deref(), Some("12"));
        assert_eq!(account("pm.mtasv.net"), None);
    }
}
