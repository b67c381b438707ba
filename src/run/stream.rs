//! Confirms one domain of many, with as few questions as can be. Effects: network.

use std::time::Duration;

use super::confirm::confirm;
use super::public_dns::PublicDns;
use crate::model::catalog::Publishes;
use crate::model::confirm::request::ToConfirm;
use crate::model::confirm::stream::{Asked, SeenV1};
use crate::model::diagnosis;
use crate::model::dns::DomainName;
use crate::model::lookup::{QuestionType, Server};
use crate::model::mailauth::{self, Policy};

/// Longest time for one domain.
const LONGEST: Duration = Duration::from_mins(1);

/// What public DNS shows of the records of one domain. One resolver is asked, another one each `turn`; only what it does
/// not show as it ought to be is confirmed as a person would have it: with the zone's own servers and every resolver.
pub(super) async fn domain(dns: &PublicDns, asked: &Asked, turn: usize) -> Vec<SeenV1> {
    let looked = tokio::time::timeout(LONGEST, look(dns, asked, turn)).await;
    let late = |(name, _): &(DomainName, DomainName)| SeenV1::unknown(name, "no verdict within a minute");
    looked.unwrap_or_else(|_| asked.records.iter().map(late).collect())
}

async fn look(dns: &PublicDns, asked: &Asked, turn: usize) -> Vec<SeenV1> {
    let servers = dns.resolvers_in_turn(turn).await;
    let first = servers.first();
    let each = asked.records.iter().map(|record| async move {
        match first {
            Some(server) => is_right(dns, server, record).await,
            None => false,
        }
    });
    let right = futures_util::future::join_all(each).await;
    let pairs = asked.records.iter().zip(&right);
    let open: Vec<_> = pairs.filter(|(_, right)| !**right).map(|(record, _)| record.clone()).collect();
    let seen = if open.is_empty() { Vec::new() } else { by_all(dns, open).await };
    let of = |name: &DomainName| {
        let mut all = seen.iter().filter(|one| one.name() == name.as_str());
        all.next().cloned().unwrap_or_else(|| SeenV1::unknown(name, "the run was told to end"))
    };
    let pairs = asked.records.iter().zip(right);
    pairs.map(|((name, _), right)| if right { SeenV1::confirmed(name) } else { of(name) }).collect()
}

/// Whether a resolver shows an alias that points where it ought to, and behind it what has to stand there. The one
/// question about texts shows both, but for mail exchangers.
async fn is_right(dns: &PublicDns, server: &Server, (name, target): &(DomainName, DomainName)) -> bool {
    let heard = dns.asker.ask(server, name, QuestionType::Txt).await;
    if heard.alias_at(name).map(|(alias, _)| alias) != Some(target) {
        return false;
    }
    let behind = diagnosis::published_behind(name, Some(target), &dns.catalog);
    let shows = |wanted: Policy| heard.texts().filter(|text| mailauth::policy(text) == wanted).count() == 1;
    for what in behind {
        let is_there = match what {
            Publishes::DkimKey => shows(Policy::DkimKey),
            Publishes::Spf => shows(Policy::Spf),
            Publishes::Dmarc => shows(Policy::Dmarc),
            Publishes::Mx => {
                let heard = dns.asker.ask(server, name, QuestionType::Mx).await;
                heard.exchangers().next().is_some()
            }
        };
        if !is_there {
            return false;
        }
    }
    true
}

async fn by_all(dns: &PublicDns, open: Vec<(DomainName, DomainName)>) -> Vec<SeenV1> {
    let names = open.into_iter().map(|(name, target)| (name, Some(target))).collect();
    let confirmed = confirm(dns, &ToConfirm { names, ..ToConfirm::default() }, Duration::ZERO).await;
    let zones = confirmed.into_iter().flat_map(|confirmed| confirmed.zones);
    zones.flat_map(|zone| zone.confirmations.iter().map(SeenV1::of).collect::<Vec<_>>()).collect()
}
