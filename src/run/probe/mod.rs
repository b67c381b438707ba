//! Is everything there that a run needs? Changes nothing. Effects: network, clock.

mod api;
mod public;
mod samples;

use super::public_dns::PublicDns;
use crate::io::cloudflare::client::Client;
use crate::model::credential::CredentialKind;
use crate::model::dns::DomainName;
use crate::model::doctor::{self, Check};
use crate::model::progress::Event;

pub use samples::{Sample, samples};

/// Looks at the API alone. `None` if the run was told to end.
pub async fn probe_api(
    dns: &PublicDns,
    (kind, client): (CredentialKind, &Client),
    zone: Option<&DomainName>,
) -> Option<Vec<Check>> {
    dns.stop.unless_requested(api::look(kind, client, zone)).await
}

/// Looks at the API through one credential, if there is one, and at public DNS. `None` if the run was told to end.
pub async fn probe(
    dns: &PublicDns,
    credential: Option<(CredentialKind, &Client)>,
    zone: Option<&DomainName>,
) -> Option<Vec<Check>> {
    let api = async {
        match credential {
            Some((kind, client)) => api::look(kind, client, zone).await,
            None => vec![doctor::without_credential()],
        }
    };
    let looks = Box::pin(async { tokio::join!(api, public::look(dns)) });
    let (mut checks, resolvers) = dns.stop.unless_requested(looks).await?;
    dns.progress.on(Event::StageOver);
    checks.extend(resolvers);
    Some(checks)
}
