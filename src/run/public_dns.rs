//! What asking public DNS needs, for as long as a run lasts. Effects: network.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::OnceCell;

use super::followed::Followed;
use crate::io::interrupt::Stop;
use crate::io::lookup::ask::{Asker, PACE};
use crate::io::tls::Trust;
use crate::model::catalog::Catalog;
use crate::model::dns::DomainName;
use crate::model::lookup::{self, Endpoint, Kind, Observation, QuestionType, SeenData, Server};
use crate::model::progress::{Event, Progress, Quiet};

/// Whom to ask, how, and what to know the answers by.
pub struct PublicDns {
    pub(super) asker: Asker,
    pub(super) trust: Trust,
    /// As they were chosen, whether they can be reached or not.
    pub(super) chosen: Servers,
    /// As they can be reached.
    resolvers: OnceCell<Vec<Server>>,
    pub(super) catalog: Catalog,
    pub(super) followed: Followed,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) stop: Stop,
}

impl std::fmt::Debug for PublicDns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PublicDns").field("resolvers", &self.chosen.resolvers).finish_non_exhaustive()
    }
}

/// The servers to ask.
#[derive(Debug, Clone)]
pub struct Servers {
    /// Public resolvers.
    pub resolvers: Vec<Server>,
    /// Whether nobody but the program chose them: then they may be asked over HTTPS as well.
    pub is_default: bool,
    /// Instead of a zone's own servers; empty to find those.
    pub authoritative: Vec<Server>,
    /// The time between two questions to one server; none on this machine.
    pub pace: Option<Duration>,
}

impl Default for Servers {
    /// The well-known public resolvers, and each zone's own servers.
    fn default() -> Self {
        let (resolvers, authoritative) = (lookup::well_known(), Vec::new());
        Self { resolvers, is_default: true, authoritative, pace: Some(PACE) }
    }
}

impl PublicDns {
    /// Asks these servers, knows the providers of `catalog`, tells `progress` and ends on `stop`.
    pub fn new(
        servers: Servers,
        trust: Trust,
        catalog: Catalog,
        progress: Arc<dyn Progress>,
        stop: Stop,
    ) -> Self {
        Self {
            asker: Asker::new(trust.clone(), servers.pace),
            trust,
            chosen: servers,
            resolvers: OnceCell::new(),
            catalog,
            followed: Followed::default(),
            progress,
            stop,
        }
    }

    /// The same, telling nobody what it does.
    #[must_use]
    pub fn quietly(self) -> Self {
        Self { progress: Arc::new(Quiet), ..self }
    }

    /// Whom every connection of the run trusts.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What hears the run.
    pub fn progress(&self) -> Arc<dyn Progress> {
        Arc::clone(&self.progress)
    }

    /// Tells when to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The known providers.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The resolvers to ask. Those of the program are tried once: if port 53 is silent and HTTPS is not, they
    /// are asked over HTTPS, and that is said.
    pub(super) async fn resolvers(&self) -> &[Server] {
        self.resolvers.get_or_init(|| self.reachable()).await
    }

    pub(super) async fn ask_resolvers(&self, name: &DomainName, kind: QuestionType) -> Observation {
        self.asker.ask_any(self.resolvers().await, name, kind).await
    }

    /// The resolvers, with another one first each turn, so that each is asked first about its share.
    pub(super) async fn resolvers_in_turn(&self, turn: usize) -> Vec<Server> {
        let mut servers = self.resolvers().await.to_vec();
        let turn = turn.checked_rem(servers.len()).unwrap_or_default();
        servers.rotate_left(turn);
        servers
    }

    async fn reachable(&self) -> Vec<Server> {
        let chosen = self.chosen.resolvers.clone();
        let Ok(everywhere) = DomainName::parse("com") else { return chosen };
        let answers = async |servers: &[Server]| {
            let asked: FuturesUnordered<_> =
                servers.iter().map(|server| self.asker.ask(server, &everywhere, QuestionType::Ns)).collect();
            asked.any(async |heard| heard != Observation::Silent).await
        };
        if !self.chosen.is_default || answers(&chosen).await {
            return chosen;
        }
        let over_https = lookup::well_known_over_https();
        if !answers(&over_https).await {
            return chosen;
        }
        self.progress.on(Event::OverHttps { silent: chosen.len() });
        over_https
    }

    /// The name servers that public DNS names for `zone`, none when nobody could say; and whether resolvers
    /// that check signatures refuse to say while others would: then its DNSSEC is broken.
    pub(super) async fn delegation(&self, zone: &DomainName) -> (Vec<DomainName>, bool) {
        let heard = self.ask_resolvers(zone, QuestionType::Ns).await;
        let is_refused = matches!(heard, Observation::CouldNotSay { answers_unchecked: true, .. });
        (name_servers(&heard, zone), is_refused)
    }

    /// The zone that `name` is in, as public DNS tells it, with its name servers; otherwise what ended the search:
    /// silence, a refusal, or that there is no such domain.
    ///
    /// The name itself and names with an underscore label are not asked about: should they not exist,
    /// the resolver would remember that for every type, and that is what one would then wait for.
    pub(super) async fn zone_of(
        &self,
        name: &DomainName,
    ) -> Result<(DomainName, Vec<DomainName>), Observation> {
        let mut last = Observation::Silent;
        for candidate in name.and_ancestors().filter(|candidate| may_be_apex(name, candidate)) {
            let heard = self.ask_resolvers(&candidate, QuestionType::Ns).await;
            if !heard.is_definite() {
                return Err(heard);
            }
            let servers = name_servers(&heard, &candidate);
            if !servers.is_empty() {
                return Ok((candidate, servers));
            }
            last = heard;
        }
        Err(last)
    }

    /// The authoritative servers: the ones the user named, or those behind the zone's names; and what is to
    /// be said about the ones that could not be found.
    pub(super) async fn servers_of(&self, hosts: &[DomainName]) -> (Vec<Server>, Vec<String>) {
        if !self.chosen.authoritative.is_empty() {
            return (self.chosen.authoritative.clone(), Vec::new());
        }
        let each = hosts.iter().map(|host| self.servers_behind(host));
        let all: Vec<Vec<Server>> = futures_util::stream::iter(each).buffered(8).collect().await;
        let unresolved = hosts.iter().zip(&all).filter(|(_, servers)| servers.is_empty());
        let notes = unresolved
            .map(|(host, _)| format!("the name server {host} was not asked: its address could not be found"));
        let notes = notes.collect();
        (all.into_iter().flatten().collect(), notes)
    }

    /// The servers behind the name of a name server: every IPv4 address, or IPv6 where there is no other.
    async fn servers_behind(&self, host: &DomainName) -> Vec<Server> {
        for kind in [QuestionType::A, QuestionType::Aaaa] {
            let heard = self.ask_resolvers(host, kind).await;
            let addresses = heard.records().iter().filter_map(|seen| match seen.data {
                SeenData::Address(address) => Some(SocketAddr::new(address, 53)),
                _ => None,
            });
            let (kind, name) = (Kind::Authoritative, Some(host.to_string()));
            let server = |at| Server { endpoint: Endpoint::Udp(at), kind, name: name.clone() };
            let found: Vec<Server> = addresses.map(server).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}

/// Whether a zone may begin at `candidate`, one of the ancestors of `name`. A registrable domain is asked about
/// itself.
fn may_be_apex(name: &DomainName, candidate: &DomainName) -> bool {
    let labels = candidate.labels().count();
    let has_underscore = candidate.labels().any(|label| label.starts_with('_'));
    labels > 1 && !has_underscore && (candidate != name || labels == 2 || name.is_registrable())
}

/// The NS records of an answer at exactly `zone`, sorted.
fn name_servers(heard: &Observation, zone: &DomainName) -> Vec<DomainName> {
    let at_apex = heard.records().iter().filter(|seen| seen.name == *zone);
    let names: BTreeSet<&DomainName> = at_apex
        .filter_map(|seen| match &seen.data {
            SeenData::NameServer(host) => Some(host),
            _ => None,
        })
        .collect();
    names.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_looked_for_without_asking_about_the_name_or_a_top_level_domain() {
        let asked = |name: &str| {
            let name = DomainName::parse(name).unwrap();
            let all = name.and_ancestors().filter(|candidate| may_be_apex(&name, candidate));
            all.map(|candidate| candidate.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(asked("s1._domainkey.mail.example.com"), ["mail.example.com", "example.com"]);
        assert_eq!(asked("em1.example.com"), ["example.com"]);
        assert_eq!(asked("example.com"), ["example.com"]);
    }
}
