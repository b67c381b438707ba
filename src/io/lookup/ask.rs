//! Asks one server one question and keeps the whole answer. Effects: network, clock, system settings.

use std::collections::HashMap;
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
use crate::model::lookup::{Endpoint, Kind, Observation, QuestionType, Server};

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
