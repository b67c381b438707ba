//! Asks one server one question and keeps the whole answer. Effects: network, clock, system settings.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::net::xfer::{DnsHandle as _, FirstAnswer as _};
use hickory_resolver::proto::op::{
    DnsRequest, DnsRequestOptions, DnsResponse, Edns, Message, Query, ResponseCode,
};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Kind, Observation, QuestionType, Seen, SeenData, Server, Transport};
use crate::dns::DomainName;

/// How long one question may take, its own repeats included.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Largest answer that fits a UDP packet nearly everywhere. Source: DNS flag day 2020.
const EDNS_PAYLOAD: u16 = 1_232;
/// Questions under way at one time: each holds a socket, and some systems allow no more than 256.
const IN_FLIGHT: usize = 64;
/// Time between two questions to one server unless asked not to pace.
const PACE: Duration = Duration::from_millis(20);

/// Asks questions, politely paced.
pub struct Asker {
    provider: TokioRuntimeProvider,
    in_flight: Semaphore,
    pace: Option<Duration>,
    /// When each server may be asked next.
    next: Mutex<HashMap<SocketAddr, Instant>>,
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").field("pace", &self.pace).finish_non_exhaustive()
    }
}

impl Asker {
    /// An asker that leaves 20 ms between two questions to one server, or none if not `polite`. Servers on
    /// this machine are never paced.
    pub fn new(polite: bool) -> Self {
        Self {
            provider: TokioRuntimeProvider::default(),
            in_flight: Semaphore::new(IN_FLIGHT),
            pace: polite.then_some(PACE),
            next: Mutex::new(HashMap::new()),
        }
    }

    /// One server's word on one question.
    ///
    /// SERVFAIL is asked again with checking disabled, so that broken DNSSEC can be told from a
    /// broken server.
    pub async fn ask(&self, server: &Server, name: &DomainName, kind: QuestionType) -> Observation {
        let Ok(owner) = Name::from_ascii(format!("{name}.")) else {
            return Observation::CouldNotSay { reason: "not a name".to_owned(), answers_unchecked: false };
        };
        let response = match self.exchange(server, &owner, kind, false).await {
            Ok(response) => response,
            Err(error) => return unheard(&error),
        };
        if response.metadata.response_code == ResponseCode::ServFail && server.kind == Kind::Resolver {
            let unchecked = self.exchange(server, &owner, kind, true).await;
            let answers_unchecked = unchecked.is_ok_and(|again| {
                matches!(again.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain)
            });
            return Observation::CouldNotSay { reason: "SERVFAIL".to_owned(), answers_unchecked };
        }
        observation(server, &response)
    }

    async fn exchange(
        &self,
        server: &Server,
        name: &Name,
        kind: QuestionType,
        checking_disabled: bool,
    ) -> Result<DnsResponse, NetError> {
        self.take_turn(server.address).await;
        let Ok(_permit) = self.in_flight.acquire().await else {
            return Err(NetError::Busy);
        };
        let request = || question(name, kind, server.kind, checking_disabled);
        if server.transport == Transport::Udp {
            let exchange = UdpClientStream::builder(server.address, self.provider.clone())
                .with_timeout(Some(TIMEOUT))
                .with_max_retries(2)
                .exchange();
            let response = exchange.send(request()).first_answer().await?;
            if !response.metadata.truncation {
                return Ok(response);
            }
        }
        let connect = TcpClientStream::exchange(server.address, None, TIMEOUT, None, self.provider.clone());
        let exchange = tokio::time::timeout(TIMEOUT, connect).await.map_err(|_| NetError::Timeout)??;
        let answer = exchange.send(request()).first_answer();
        tokio::time::timeout(TIMEOUT, answer).await.map_err(|_| NetError::Timeout)?
    }

    async fn take_turn(&self, address: SocketAddr) {
        // A server on this machine is one's own.
        let Some(pace) = self.pace.filter(|_| !address.ip().is_loopback()) else { return };
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = next.entry(address).or_insert_with(Instant::now);
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

    /// The zone that `name` is in, as public DNS tells it, with its name servers; otherwise why it could
    /// not be found out.
    ///
    /// The name itself and names with an underscore label are not asked about: should they not exist,
    /// the resolver would remember that for every type, and that is what one would then wait for.
    ///
    /// # Errors
    ///
    /// The observation that ended the search: silence, a refusal, or that there is no such domain.
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
            let found: Vec<Server> = heard
                .records()
                .iter()
                .filter_map(|seen| match seen.data {
                    SeenData::Address(address) => Some(authoritative(address, host)),
                    _ => None,
                })
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}

/// Whether a zone may begin at `candidate`, one of the ancestors of `name`. A name of two labels is asked
/// about itself: it is a domain.
fn may_be_apex(name: &DomainName, candidate: &DomainName) -> bool {
    let labels = candidate.labels().count();
    let has_underscore = candidate.labels().any(|label| label.starts_with('_'));
    labels > 1 && !has_underscore && (candidate != name || labels == 2)
}

/// The NS records of an answer at exactly `zone`, sorted.
fn name_servers(heard: &Observation, zone: &DomainName) -> Vec<DomainName> {
    let at_apex = heard.records().iter().filter(|seen| seen.name == *zone);
    let mut names: Vec<DomainName> = at_apex
        .filter_map(|seen| match &seen.data {
            SeenData::NameServer(host) => Some(host.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn authoritative(address: IpAddr, host: &DomainName) -> Server {
    Server {
        address: SocketAddr::new(address, 53),
        transport: Transport::Udp,
        kind: Kind::Authoritative,
        name: Some(host.to_string()),
    }
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

fn question(name: &Name, kind: QuestionType, server: Kind, checking_disabled: bool) -> DnsRequest {
    let mut message = Message::query();
    // A resolver refuses questions that do not ask it to do the work.
    message.metadata.recursion_desired = server == Kind::Resolver;
    message.metadata.checking_disabled = checking_disabled;
    message.add_query(Query::query(name.clone(), record_type(kind)));
    let mut edns = Edns::new();
    edns.set_max_payload(EDNS_PAYLOAD).set_version(0);
    message.set_edns(edns);
    DnsRequest::new(message, DnsRequestOptions::default())
}

fn record_type(kind: QuestionType) -> RecordType {
    match kind {
        QuestionType::Cname => RecordType::CNAME,
        QuestionType::Txt => RecordType::TXT,
        QuestionType::Mx => RecordType::MX,
        QuestionType::A => RecordType::A,
        QuestionType::Aaaa => RecordType::AAAA,
        QuestionType::Ns => RecordType::NS,
    }
}

fn unheard(error: &NetError) -> Observation {
    match error {
        NetError::Timeout | NetError::Io(_) | NetError::NoConnections | NetError::Busy => Observation::Silent,
        _ => Observation::CouldNotSay {
            reason: "an answer that makes no sense".to_owned(),
            answers_unchecked: false,
        },
    }
}

fn observation(server: &Server, response: &DnsResponse) -> Observation {
    let could_not_say = |reason: String| Observation::CouldNotSay { reason, answers_unchecked: false };
    let negative_ttl = response.negative_ttl();
    let claims = matches!(response.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
    // A forwarder, or whoever intercepts port 53, has no say about what is published.
    if claims && server.kind == Kind::Authoritative && !response.metadata.authoritative {
        let delegated = response.authorities.iter().any(|record| matches!(record.data, RData::NS(_)));
        let reason = if delegated { "the name is delegated to other servers" } else { "not authoritative" };
        return could_not_say(reason.to_owned());
    }
    match response.metadata.response_code {
        ResponseCode::NXDomain if response.answers.is_empty() => Observation::NoName { negative_ttl },
        // An alias to a name that does not exist: the alias is what we want to know about.
        ResponseCode::NoError | ResponseCode::NXDomain if !response.answers.is_empty() => {
            Observation::Answer(response.answers.iter().filter_map(seen).collect())
        }
        ResponseCode::NoError => Observation::NoData { negative_ttl },
        ResponseCode::ServFail => could_not_say("SERVFAIL".to_owned()),
        ResponseCode::Refused => could_not_say("REFUSED".to_owned()),
        code => could_not_say(format!("response code {}", u16::from(code))),
    }
}

fn seen(record: &Record) -> Option<Seen> {
    let data = match &record.data {
        RData::CNAME(target) => domain(&target.0).map_or(SeenData::Other, SeenData::Alias),
        RData::TXT(text) => {
            let bytes: Vec<u8> = text.txt_data.iter().flat_map(|part| part.iter().copied()).collect();
            SeenData::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
        RData::MX(exchange) => SeenData::Exchanger(exchange.exchange.to_ascii()),
        RData::A(address) => SeenData::Address(IpAddr::V4(address.0)),
        RData::AAAA(address) => SeenData::Address(IpAddr::V6(address.0)),
        RData::NS(host) => domain(&host.0).map_or(SeenData::Other, SeenData::NameServer),
        _ => SeenData::Other,
    };
    Some(Seen { name: domain(&record.name)?, ttl: record.ttl, data })
}

fn domain(name: &Name) -> Option<DomainName> {
    DomainName::parse(&name.to_ascii()).ok()
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
