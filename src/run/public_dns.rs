//! What asking public DNS needs, for as long as a run lasts. Effects: network.

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
use crate::model::lookup::{self, Observation, QuestionType, Server};
use crate::model::progress::{Event, Progress, Quiet};

/// Whom to ask, how, and what to know the answers by.
pub struct PublicDns {
    pub(super) asker: Asker,
    /// Whom every connection of the run trusts.
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

    /// What the resolvers say.
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

    /// The authoritative servers: the ones the user named, or those behind the zone's names; and what is to
    /// be said about the ones that could not be found.
    pub(super) async fn servers_of(&self, hosts: &[DomainName]) -> (Vec<Server>, Vec<String>) {
        if !self.chosen.authoritative.is_empty() {
            return (self.chosen.authoritative.clone(), Vec::new());
        }
        let (servers, unresolved) = self.asker.addresses(self.resolvers().await, hosts).await;
        let note = |host: &DomainName| {
            format!("the name server {host} was not asked: its address could not be found")
        };
        (servers, unresolved.iter().map(note).collect())
    }
}
