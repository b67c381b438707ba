//! Asks for a bare domain's usual mail names. Effects: network.
//!
//! Only the zone's own name servers are asked: a public resolver would remember each "no".

use futures_util::StreamExt as _;

use super::public_dns::PublicDns;
use crate::model::diagnosis;
use crate::model::discovery::{self, AtName, Discovered};
use crate::model::dns::DomainName;
use crate::model::lookup::{QuestionType, SeenData, Server};

const IN_FLIGHT: usize = 32;

/// Asks for the names that mail records of `domain` usually have.
/// `given` are the records that somebody named.
pub(super) async fn discover(
    dns: &PublicDns,
    (domain, given): (&DomainName, &[(DomainName, DomainName)]),
    servers: &[Server],
) -> Discovered {
    let wildcard = wildcard(dns, domain, servers).await;
    let wildcard = wildcard.as_deref();
    let names = dns.catalog.usual_names(domain).into_iter();
    let each = names.map(|name| async move {
        let addresses = dns.asker.ask_any(servers, &name, QuestionType::A).await;
        let at = match AtName::of_addresses(&name, &addresses, wildcard) {
            Some(at) => at,
            None => AtName::of_texts(&dns.asker.ask_any(servers, &name, QuestionType::Txt).await),
        };
        (name, at)
    });
    let at_names = futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await;
    let mut found = Discovered::of(domain, given, at_names, &dns.catalog);
    if wildcard.is_some() {
        found.notes.push(format!(
            "{domain} answers for names that nobody made (a wildcard record): what shows nothing else is left out"
        ));
    }
    if let Ok(at) = DomainName::parse(&format!("_dmarc.{domain}")) {
        let heard = dns.asker.ask_any(servers, &at, QuestionType::Txt).await;
        found.findings.extend(diagnosis::published_policy(domain, &heard));
    }
    found
}

/// What the zone answers for a name that nobody made, if it answers at all.
async fn wildcard(dns: &PublicDns, domain: &DomainName, servers: &[Server]) -> Option<Vec<SeenData>> {
    let name = DomainName::parse(&format!("cf-domauth-no-such-name.{domain}")).ok()?;
    let heard = dns.asker.ask_any(servers, &name, QuestionType::A).await;
    (!heard.records().is_empty()).then(|| discovery::data(&heard))
}
