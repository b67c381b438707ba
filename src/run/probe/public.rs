//! Each resolver over each transport, IPv6, and whether somebody makes answers up. Effects: network, clock.

use futures_util::StreamExt as _;
use tokio::time::Instant;

use crate::model::dns::DomainName;
use crate::model::doctor::{self, Address, Check};
use crate::model::lookup::{Endpoint, Kind, Observation, QuestionType, Server, WELL_KNOWN, WellKnown};
use crate::run::public_dns::PublicDns;

const IN_FLIGHT: usize = 16;
/// A resolver over IPv6. Source: developers.cloudflare.com/1.1.1.1/ip-addresses, general knowledge.
const OVER_IPV6: &str = "2606:4700:4700::1111";

pub(super) async fn look(dns: &PublicDns) -> Vec<Check> {
    let each = dns.chosen.resolvers.iter().map(|server| async move {
        let mut ways = Vec::new();
        for endpoint in ways_to(server) {
            ways.push(ask(dns, endpoint).await);
        }
        doctor::resolver(&server.to_string(), &ways)
    });
    let mut checks: Vec<Check> = futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await;
    checks.extend(liars(dns).await);
    if let Some(endpoint) = OVER_IPV6.parse().ok().filter(|_| dns.chosen.is_default) {
        checks.push(doctor::ipv6(&ask(dns, endpoint).await));
    }
    checks
}

/// The ways to one resolver: the one that runs use first, then the others that are known.
fn ways_to(server: &Server) -> Vec<Endpoint> {
    let mut ways = vec![server.endpoint.clone()];
    let Endpoint::Udp(address) = server.endpoint else { return ways };
    ways.push(Endpoint::Tcp(address));
    let is_it = |one: &&WellKnown| one.address.parse().is_ok_and(|known: Endpoint| known == server.endpoint);
    if let Some(known) = WELL_KNOWN.iter().find(is_it) {
        ways.extend([known.tls, known.https].into_iter().filter_map(|way| way.parse().ok()));
    }
    ways
}

/// Asks for something that everybody knows.
async fn ask(dns: &PublicDns, endpoint: Endpoint) -> Address {
    let transport = endpoint.transport();
    let server = Server { endpoint, kind: Kind::Resolver, name: None };
    let began = Instant::now();
    let heard = match DomainName::parse("com") {
        Ok(name) => dns.asker.ask(&server, &name, QuestionType::Ns).await,
        Err(_) => Observation::Silent,
    };
    Address { transport, heard, took: began.elapsed() }
}

/// The resolvers that have an answer for a name that cannot exist. Source: RFC 6761 section 6.4.
async fn liars(dns: &PublicDns) -> Vec<Check> {
    let Ok(nowhere) = DomainName::parse(&format!("cf-domauth-{:08x}.invalid", fastrand::u32(..))) else {
        return Vec::new();
    };
    let nowhere = &nowhere;
    let each = dns.chosen.resolvers.iter().map(|server| async move {
        let heard = dns.asker.ask(server, nowhere, QuestionType::A).await;
        matches!(heard, Observation::Answer(_)).then(|| doctor::liar(&server.to_string(), &heard))
    });
    futures_util::stream::iter(each).buffered(IN_FLIGHT).filter_map(async |check| check).collect().await
}
