//! Finds the zones that a command works on, and what is expected in each. Effects: network.

use super::collect::{self, CollectError};
use super::session::Session;
use crate::io::sender::SenderError;
use crate::model::dns::DomainName;
use crate::model::expectation::document::BadRequest;
use crate::model::failure::{Advice, Exit, Failure};
use crate::model::inventory::Zone;
use crate::model::progress::Event;
use crate::model::survey::UnreadZone;
use crate::model::target::{Expectations, Request};

/// Why nothing can be looked at.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// What was asked for makes no sense.
    #[error(transparent)]
    Request(#[from] BadRequest),
    /// The sending provider cannot be asked.
    #[error(transparent)]
    Provider(#[from] SenderError),
}

impl Advice for TargetError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Request(error) => error.hints(),
            Self::Provider(error) => error.hints(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Request(error) => error.exit(),
            Self::Provider(error) => error.exit(),
        }
    }
}

/// The zones that were found, those that were not, and what is expected.
#[derive(Debug, Default)]
pub(super) struct Targets {
    pub(super) zones: Vec<Zone>,
    pub(super) unread: Vec<UnreadZone>,
    pub(super) expectations: Expectations,
}

/// Finds the zones that were asked for. One that cannot be found does not stop the others; a name that
/// lies in none of them is refused before anything is done.
pub(super) async fn find(session: &Session, request: &Request) -> Result<Targets, TargetError> {
    let mut found = Targets::default();
    if request.all {
        match collect::all_zones(&session.api, request.account.as_ref()).await {
            Ok(zones) => found.zones = zones,
            Err(error) => found.unread.push(unread("all zones".to_owned(), &error)),
        }
    }
    for name in &request.zones {
        let zone = collect::zone_of(&session.api, name, request.account.as_ref()).await;
        found.take(name.to_string(), zone);
    }
    for id in &request.ids {
        found.take(id.to_string(), collect::zone_by_id(&session.api, id).await);
    }
    // None were found is not what a listing says that failed.
    if !found.zones.is_empty() || found.unread.is_empty() {
        session.dns.progress.on(Event::Zones(found.zones.len()));
    }
    let zones: Vec<DomainName> = found.zones.iter().map(|zone| zone.name.clone()).collect();
    found.expectations = Expectations::of(request, &zones, &session.dns.catalogue)?;
    if let Some((service, provider)) = &session.provider {
        let sending = provider.domains(&zones).await?;
        found.expectations = found.expectations.with_provider(service.name(), sending);
    }
    if found.unread.is_empty() {
        found.expectations.check_inside(&zones)?;
    }
    Ok(found)
}

/// A zone of which only the name or the identifier is known.
pub(super) fn unread(label: String, error: &CollectError) -> UnreadZone {
    UnreadZone { label, zone: None, failure: Failure::of(error) }
}

impl Targets {
    fn take(&mut self, label: String, found: Result<Zone, CollectError>) {
        match found {
            Ok(zone) if self.zones.iter().any(|known| known.id == zone.id) => {}
            Ok(zone) => self.zones.push(zone),
            Err(error) => self.unread.push(unread(label, &error)),
        }
    }
}
