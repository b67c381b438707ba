//! Confirms names in public DNS alone, without the API. Effects: network, clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::discover::discover;
use super::public_dns::PublicDns;
use crate::model::confirm::request::{
    self, ConfirmedZone, LetterFacts, NameAndTarget, Place, ToConfirm, place_of, zone_of,
};
use crate::model::confirm::{self, Confirmation, ShownInstead, Verdict, Wanted};
use crate::model::diagnosis::{self, Discovery, Evidence, Finding};
use crate::model::discovery::Discovered;
use crate::model::dns::DomainName;
use crate::model::failure::Failure;
use crate::model::lookup::{Observation, QuestionType};

/// Names that are prepared at one time.
const IN_FLIGHT: usize = 128;

/// What was found out, by zone, and what a letter has to know besides.
#[derive(Debug, Default)]
pub struct Confirmed {
    /// The zones, by name.
    pub zones: Vec<ConfirmedZone>,
    /// What a letter has to know.
    pub facts: LetterFacts,
}

impl PublicDns {
    /// Asks about every name and waits up to `wait` for old answers to end. `None` if the run was told to end before
    /// there was anything to tell.
    pub async fn confirm(&self, asked: &ToConfirm, wait: Duration) -> Option<Confirmed> {
        let began = Instant::now();
        let prepared = self.stop.unless_requested(prepare(self, asked.names.clone())).await?;
        let Prepared { places, wanted, discovered, unknown } = prepared;
        let resolvers = self.resolvers().await;
        let mut seen = self.poll(resolvers, &wanted, wait).await;
        // What was not published at first may have turned out to be a record that needs more behind it.
        let again = request::grown(&wanted, &seen, &self.catalog);
        let more: Vec<Wanted> = again.iter().map(|(_, wanted)| wanted.clone()).collect();
        let more = self.poll(resolvers, &more, wait.saturating_sub(began.elapsed())).await;
        for ((place, _), one) in again.iter().zip(more) {
            if let Some(slot) = seen.get_mut(*place) {
                *slot = one;
            }
        }
        let mut facts = LetterFacts::new(asked, &places);
        for one in &seen {
            facts.add(one, &wanted, &self.catalog);
        }
        for (domain, found) in &discovered {
            facts.guessed.insert(domain.clone());
            facts.unguessed.extend(found.unguessed.iter().cloned());
        }
        let policies = futures_util::future::join_all(asked.policies.iter().map(|name| policy(self, name)));
        // What was seen is told, whether or not there is time for more.
        let more = async { tokio::join!(shown_instead(self, &wanted, &seen), policies) };
        let (shows, policies) = self.stop.unless_requested(more).await.unwrap_or_default();
        let mut zones = by_zone(seen, &places, &shows);
        facts.shows = shows;
        for (domain, failure) in unknown {
            zone_of(&mut zones, domain.as_str()).failure = Some(failure);
        }
        for (zone, found) in discovered.into_iter().chain(policies) {
            zone_of(&mut zones, zone.as_str()).add_discovered(found.notes, found.findings);
        }
        Some(Confirmed { zones: zones.into_values().collect(), facts })
    }
}

/// Whether a DMARC policy stands where one is wanted, and in which zone that is.
async fn policy(dns: &PublicDns, name: &DomainName) -> (DomainName, Discovered) {
    let domain = name.parent().unwrap_or_else(|| name.clone());
    let places = places(dns, &[(name.clone(), None)]).await;
    let mut found = Discovered::default();
    let Some(place) = places.first() else { return (domain, found) };
    let heard = dns.asker.ask_any(&place.servers, name, QuestionType::Txt).await;
    found.findings.extend(diagnosis::published_policy(&domain, &heard));
    if !heard.is_definite() {
        found.findings.push(Finding::new(Discovery::NotAsked { name: name.clone(), heard }, &domain));
    }
    (place.zone.clone(), found)
}

/// What there is to confirm, and what was found out on the way.
struct Prepared {
    places: Vec<Place>,
    wanted: Vec<Wanted>,
    /// What was found at each bare domain.
    discovered: Vec<(DomainName, Discovered)>,
    /// Domains that do not exist, or whose zone could not be found out, and why.
    unknown: Vec<(DomainName, Failure)>,
}

async fn prepare(dns: &PublicDns, mut asked: Vec<NameAndTarget>) -> Prepared {
    let mut places = places(dns, &asked).await;
    let mut unknown = nonexistent(dns, &places).await;
    asked.retain(|(name, _)| !unknown.iter().any(|(domain, _)| name.is_within(domain)));
    unknown.extend(request::unguessable(&places, &mut asked));
    let is_bare = |(name, target): &NameAndTarget| {
        target.is_none() && place_of(&places, name).is_some_and(|place| place.is_apex(name))
    };
    let (bare, mut asked): (Vec<_>, Vec<_>) = asked.into_iter().partition(is_bare);
    let mut discovered = Vec::new();
    for (domain, _) in bare {
        let servers = place_of(&places, &domain).map(|place| place.servers.clone()).unwrap_or_default();
        let pair = |(name, target): &NameAndTarget| Some((name.clone(), target.clone()?));
        let given: Vec<(DomainName, DomainName)> = asked.iter().filter_map(pair).collect();
        let found = discover(dns, (&domain, &given), &servers).await;
        let known: BTreeSet<DomainName> = asked.iter().map(|(name, _)| name.clone()).collect();
        asked.extend(found.names.iter().filter(|(name, _)| !known.contains(name)).cloned());
        if !places.iter().any(|place| place.parent == domain) {
            let (parent, zone) = (domain.clone(), domain.clone());
            let (hosts, notes) = (Vec::new(), Vec::new());
            places.push(Place { parent, zone, is_found: true, hosts, servers, notes });
        }
        discovered.push((domain, found));
    }
    let wanted = wanted(dns, asked, &places).await;
    Prepared { places, wanted, discovered, unknown }
}

/// The registrable domains above the names that public DNS does not know: a spelling question, not a record that
/// is missing. Nobody waits for such a name, so resolvers may remember the answer.
async fn nonexistent(dns: &PublicDns, places: &[Place]) -> Vec<(DomainName, Failure)> {
    let suspects: BTreeSet<DomainName> = places.iter().filter_map(Place::suspect).collect();
    let each = suspects.into_iter().map(|domain| async move {
        let heard = dns.ask_resolvers(&domain, QuestionType::Ns).await;
        let is_unknown = matches!(heard, Observation::NoName { .. });
        is_unknown.then(|| (domain.clone(), request::no_such_domain(&domain)))
    });
    let all: Vec<_> = futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await;
    all.into_iter().flatten().collect()
}

async fn shown_instead(
    dns: &PublicDns,
    wanted: &[Wanted],
    seen: &[Confirmation],
) -> BTreeMap<DomainName, ShownInstead> {
    let open = seen.iter().zip(wanted).filter(|(one, _)| one.verdict != Verdict::Confirmed);
    let each = open.map(|(one, wanted)| async {
        let at_name = dns.asker.ask_any(&wanted.authoritative, &one.name, QuestionType::A).await;
        let at_target = match &one.expected {
            Some(target) if !at_name.records().is_empty() => dns.ask_resolvers(target, QuestionType::A).await,
            _ => Observation::Silent,
        };
        Some((one.name.clone(), confirm::shown_instead(&one.name, &at_name, &at_target)?))
    });
    let each = each.collect::<Vec<_>>();
    let all: Vec<_> = futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await;
    all.into_iter().flatten().collect()
}

fn by_zone(
    seen: Vec<Confirmation>,
    places: &[Place],
    shows: &BTreeMap<DomainName, ShownInstead>,
) -> BTreeMap<String, ConfirmedZone> {
    let mut zones = BTreeMap::new();
    for one in seen {
        let place = place_of(places, &one.name);
        let notes = place.map(|place| place.notes.clone()).unwrap_or_default();
        let label = place.map_or_else(|| one.name.to_string(), |place| place.zone.to_string());
        let zone = zone_of(&mut zones, &label);
        if zone.confirmations.is_empty() {
            zone.notes.clone_from(&notes);
        }
        for finding in confirm::unconfirmed(std::slice::from_ref(&one)) {
            let instead = shows.get(&one.name).map(|instead| instead.words());
            let known = notes.iter().cloned().chain(instead);
            zone.findings.push(finding.evidence(known.map(Evidence::Note)));
        }
        zone.unheard.extend(one.is_unheard().then(|| one.name.clone()));
        zone.confirmations.push(one);
    }
    zones
}

/// Finds the zone and its servers once for all names below one parent.
async fn places(dns: &PublicDns, asked: &[NameAndTarget]) -> Vec<Place> {
    let mut parents = BTreeSet::new();
    let firsts = asked.iter().map(|(name, _)| name).filter(|name| parents.insert(Place::parent_of(name)));
    let each = firsts.collect::<Vec<_>>().into_iter().map(|name| async move {
        let parent = Place::parent_of(name);
        let (zone, hosts, mut notes) = match dns.zone_of(name).await {
            Ok((zone, hosts)) => (zone, hosts, Vec::new()),
            Err(heard) => {
                let note = format!("the zone of {name} could not be found out: {}", heard.describe());
                (parent.clone(), Vec::new(), vec![note])
            }
        };
        let is_found = notes.is_empty();
        let (servers, more) = dns.servers_of(&hosts).await;
        notes.extend(more);
        Place { parent, zone, is_found, hosts, servers, notes }
    });
    futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await
}

/// What to confirm for each name, in order. Without an expectation, the source tells whose record it is, and so what must
/// stand behind it.
async fn wanted(dns: &PublicDns, asked: Vec<NameAndTarget>, places: &[Place]) -> Vec<Wanted> {
    let each = asked.into_iter().map(|(name, target)| async move {
        let authoritative = place_of(places, &name).map(|place| place.servers.clone()).unwrap_or_default();
        let heard = match target {
            Some(_) => Observation::Silent,
            None => dns.asker.ask_any(&authoritative, &name, QuestionType::Cname).await,
        };
        let seen = heard.alias_at(&name).map(|(alias, _)| alias);
        let publishes = diagnosis::published_behind(&name, target.as_ref().or(seen), &dns.catalog);
        Wanted { name, target, is_gone: false, publishes, authoritative }
    });
    futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await
}
