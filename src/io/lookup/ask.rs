//! Asks one server one question and keeps the whole answer. Effects: network, clock, system settings.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::proto::op::ResponseCode;
use tokio::time::Instant;

use super::message::{Question, could_not_say};
use super::transport::Transport;
use crate::io::tls::Trust;
use crate::model::dns::DomainName;
use crate::model::lookup::{Endpoint, Kind, Observation, QuestionType, SeenData, Server};

/// Time between two questions to one server unless another was chosen.
pub const PACE: Duration = Duration::from_millis(20);
/// Servers whose next turn is remembered; beyond that, those whose turn has come are forgotten.
const MOST_TURNS: usize = 10_000;

/// Asks questions, politely paced.
pub struct Asker {
    transport: Transport,
    pace: Option<Duration>,
    /// When each server may be asked next.
    next: Mutex<HashMap<Endpoint, Instant>>,
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").field("pace", &self.pace).finish_non_exhaustive()
    }
}

impl Asker {
    /// An asker that leaves so much time between two questions to one server. Servers on this machine are never paced.
    pub fn new(trust: Trust, pace: Option<Duration>) -> Self {
        Self { transport: Transport::new(trust), pace, next: Mutex::new(HashMap::new()) }
    }

    /// One server's word on one question.
    ///
    /// SERVFAIL is asked again with checking disabled, so that broken DNSSEC can be told from a
    /// broken server.
    pub async fn ask(&self, server: &Server, name: &DomainName, kind: QuestionType) -> Observation {
        let Some(mut question) = Question::new(name, kind, server.kind) else {
            return could_not_say("not a name");
        };
        self.take_turn(&server.endpoint).await;
        let answer = match self.transport.exchange(&server.endpoint, &question).await {
            Ok(answer) => answer,
            Err(heard) => return heard,
        };
        if answer.metadata.response_code == ResponseCode::ServFail && server.kind == Kind::Resolver {
            question.checking_disabled = true;
            self.take_turn(&server.endpoint).await;
            let unchecked = self.transport.exchange(&server.endpoint, &question).await;
            let answers_unchecked = unchecked.is_ok_and(|again| {
                matches!(again.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
            });
            return Observation::CouldNotSay { reason: "SERVFAIL".to_owned(), answers_unchecked };
        }
        question.read(&answer)
    }

    async fn take_turn(&self, endpoint: &Endpoint) {
        // A server on this machine is one's own.
        let Some(pace) = self.pace.filter(|_| !endpoint.is_loopback()) else { return };
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            if next.len() > MOST_TURNS {
                let now = Instant::now();
                next.retain(|_, turn| *turn > now);
            }
            let slot = next.entry(endpoint.clone()).or_insert_with(Instant::now);
            let turn = (*slot).max(Instant::now());
            *slot = turn + pace;
            turn
        };
        tokio::time::sleep_until(turn).await;
    }

    /// The first definite answer among several servers. The first one is asked alone; only if it has
    /// nothing definite to say, all the others are asked at once.
    pub async fn ask_any(&self, servers: &[Server], name: &DomainName, kind: QuestionType) -> Observation {
        let Some((first, others)) = servers.split_first() else { return Observation::Silent };
        let mut best = self.ask(first, name, kind).await;
        if best.is_definite() {
            return best;
        }
        let mut asked: FuturesUnordered<_> =
            others.iter().map(|server| self.ask(server, name, kind)).collect();
        while let Some(heard) = asked.next().await {
            if heard.is_definite() {
                return heard;
            }
            if best == Observation::Silent {
                best = heard;
            }
        }
        best
    }

    /// The name servers that public DNS names for `zone`, none when nobody could say; and whether resolvers
    /// that check signatures refuse to say while others would: then its DNSSEC is broken.
    pub async fn delegation(&self, resolvers: &[Server], zone: &DomainName) -> (Vec<DomainName>, bool) {
        let heard = self.ask_any(resolvers, zone, QuestionType::Ns).await;
        let is_refused = matches!(heard, Observation::CouldNotSay { answers_unchecked: true, .. });
        (name_servers(&heard, zone), is_refused)
    }

    /// The zone that `name` is in, as public DNS tells it, with its name servers; otherwise what ended the search:
    /// silence, a refusal, or that there is no such domain.
    ///
    /// The name itself and names with an underscore label are not asked about: should they not exist,
    /// the resolver would remember that for every type, and that is what one would then wait for.
    pub async fn zone_of(
        &self,
        resolvers: &[Server],
        name: &DomainName,
    ) -> Result<(DomainName, Vec<DomainName>), Observation> {
        let mut last = Observation::Silent;
        for candidate in name.and_ancestors().filter(|candidate| may_be_apex(name, candidate)) {
            let heard = self.ask_any(resolvers, &candidate, QuestionType::Ns).await;
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

    /// The servers behind the names of name servers: every IPv4 address, or IPv6 where there is no
    /// other; and the names that nobody could resolve.
    pub async fn addresses(
        &self,
        resolvers: &[Server],
        hosts: &[DomainName],
    ) -> (Vec<Server>, Vec<DomainName>) {
        let each = hosts.iter().map(|host| self.addresses_of(resolvers, host));
        let all: Vec<Vec<Server>> = futures_util::stream::iter(each).buffered(8).collect().await;
        let unresolved = hosts.iter().zip(&all).filter(|(_, servers)| servers.is_empty());
        let unresolved = unresolved.map(|(host, _)| host.clone()).collect();
        (all.into_iter().flatten().collect(), unresolved)
    }

    async fn addresses_of(&self, resolvers: &[Server], host: &DomainName) -> Vec<Server> {
        for kind in [QuestionType::A, QuestionType::Aaaa] {
            let heard = self.ask_any(resolvers, host, kind).await;
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

/// The resolvers that this machine is set up to ask; empty when that cannot be read.
pub fn system_resolvers() -> Vec<SocketAddr> {
    let Ok((config, _)) = hickory_resolver::system_conf::read_system_conf() else {
        return Vec::new();
    };
    let mut addresses: Vec<SocketAddr> =
        config.name_servers().iter().map(|server| SocketAddr::new(server.ip, 53)).collect();
    addresses.dedup();
    addresses
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
