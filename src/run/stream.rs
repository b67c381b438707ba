//! Confirms one domain of many, with as few questions as can be: usually one a name. Effects: network.

use std::sync::Arc;
use std::time::Duration;

use super::public_dns::PublicDns;
use crate::model::catalog::Publishes;
use crate::model::confirm::request::{NameAndTarget, ToConfirm};
use crate::model::confirm::stream::{Asked, SeenV1};
use crate::model::diagnosis;
use crate::model::dns::DomainName;
use crate::model::lookup::{QuestionType, Server};

/// Longest time for what is not right at first.
const LONGEST: Duration = Duration::from_mins(1);

impl PublicDns {
    /// What public DNS shows of the records of one of many domains: one resolver is asked, another one each `turn`, and
    /// all servers only about what that one does not show as it ought to be.
    pub async fn look_at(self: &Arc<Self>, asked: Asked, turn: usize) -> (Asked, Vec<SeenV1>) {
        let asked = Arc::new(asked);
        // On its own, so that every core has work.
        let right = tokio::spawn(right(Arc::clone(self), Arc::clone(&asked), turn)).await;
        let seen = all(self, &asked, &right.unwrap_or_default()).await;
        (Arc::unwrap_or_clone(asked), seen)
    }
}

/// Which records one resolver, another one each `turn`, shows as they ought to be.
async fn right(dns: Arc<PublicDns>, asked: Arc<Asked>, turn: usize) -> Vec<bool> {
    let servers = dns.resolvers_in_turn(turn).await;
    let Some(server) = servers.first() else { return Vec::new() };
    futures_util::future::join_all(asked.records.iter().map(|record| is_right(&dns, server, record))).await
}

/// What public DNS shows of the records of one domain, of which some are `right` already. The others are confirmed as a
/// person would have it: at the zone's own servers and at every resolver.
async fn all(dns: &PublicDns, asked: &Asked, right: &[bool]) -> Vec<SeenV1> {
    let is_right = |place: usize| right.get(place) == Some(&true);
    let open = asked.records.iter().enumerate().filter(|(place, _)| !is_right(*place));
    let open: Vec<_> = open.map(|(_, (name, target))| (name.clone(), Some(target.clone()))).collect();
    let seen = if open.is_empty() {
        Ok(Vec::new())
    } else {
        tokio::time::timeout(LONGEST, Box::pin(by_all(dns, open))).await
    };
    let why = if seen.is_err() { "no verdict within a minute" } else { "the run was told to end" };
    let seen = seen.unwrap_or_default();
    let of = |name: &DomainName| {
        let told = seen.iter().find(|one| one.name == name.as_str()).cloned();
        told.unwrap_or_else(|| SeenV1::unknown(name, why))
    };
    let each = asked.records.iter().enumerate();
    each.map(|(place, (name, _))| if is_right(place) { SeenV1::confirmed(name) } else { of(name) }).collect()
}

/// Whether a resolver shows an alias that points where it ought to, and behind it what has to stand there: one question
/// about texts shows both. Mail exchangers are asked for only where nothing else tells that the target lives.
async fn is_right(dns: &PublicDns, server: &Server, (name, target): &(DomainName, DomainName)) -> bool {
    let heard = dns.asker.ask(server, name, QuestionType::Txt).await;
    if heard.alias_at(name).map(|(alias, _)| alias) != Some(target) {
        return false;
    }
    let mut behind = diagnosis::published_behind(name, Some(target), &dns.catalog);
    if behind.contains(&Publishes::Spf) {
        behind.retain(|what| *what != Publishes::Mx);
    }
    for what in behind {
        let is_there = match what {
            Publishes::DkimKey | Publishes::Spf | Publishes::Dmarc => diagnosis::count(&heard, what) == 1,
            Publishes::Mx => diagnosis::count(&dns.asker.ask(server, name, QuestionType::Mx).await, what) > 0,
        };
        if !is_there {
            return false;
        }
    }
    true
}

async fn by_all(dns: &PublicDns, names: Vec<NameAndTarget>) -> Vec<SeenV1> {
    let confirmed = dns.confirm(&ToConfirm { names, ..ToConfirm::default() }, Duration::ZERO).await;
    let zones = confirmed.into_iter().flat_map(|confirmed| confirmed.zones);
    zones.flat_map(|zone| zone.confirmations.iter().map(SeenV1::of).collect::<Vec<_>>()).collect()
}
