//! Finds the zones that a command works on, and what is expected in each. Effects: network.

use super::collect::{self, CollectError};
use super::session::Session;
use crate::io::provider::ProviderError;
use crate::model::dns::DomainName;
use crate::model::expectation::document::BadRequest;
use crate::model::failure::{Advice, Exit, Failure};
use crate::model::ids::{AccountId, ZoneId};
use crate::model::inventory::Zone;
use crate::model::plain;
use crate::model::progress::Event;
use crate::model::suggest;
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
    Provider(#[from] ProviderError),
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

impl Session {
    /// Every zone that the credential can see, and whether it may edit its records, as far as the API tells. Where they
    /// cannot be listed, none: reading them says why.
    pub async fn visible(&self, account: Option<&AccountId>) -> Vec<(ZoneId, Option<bool>)> {
        let zones = collect::all_zones(&self.api, account).await.unwrap_or_default();
        zones.into_iter().map(|zone| (zone.id, zone.may_edit)).collect()
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
            Ok(mut zones) => {
                zones.retain(|zone| request.shard.is_none_or(|shard| shard.holds(&zone.name)));
                found.zones = zones;
            }
            Err(error) => found.unread.push(unread("all zones".to_owned(), &error)),
        }
    }
    let mut lost = Vec::new();
    for name in &request.zones {
        let zone = collect::zone_of(&session.api, name, request.account.as_ref()).await;
        if matches!(zone, Err(CollectError::NotVisible(_))) {
            lost.push(name.to_string());
        }
        found.take(name.to_string(), zone);
    }
    found.suggest(session, request, &lost).await;
    for id in &request.ids {
        found.take(id.to_string(), collect::zone_by_id(&session.api, id).await);
    }
    found.zones.retain(|zone| !request.skip.contains(&zone.id));
    if let Some(account) = &request.account {
        let why = format!(
            "only zones of the account {account} were looked for; `cf-domauth settings` tells where that was chosen"
        );
        let lost = found.unread.iter_mut().filter(|one| one.failure.exit == Exit::Refused);
        lost.for_each(|one| one.failure.hints.push(why.clone()));
    }
    // None were found is not what a listing says that failed.
    if !found.zones.is_empty() || found.unread.is_empty() {
        session.dns.progress.on(Event::Zones(found.zones.len()));
    }
    let zones: Vec<DomainName> = found.zones.iter().map(|zone| zone.name.clone()).collect();
    found.expectations = Expectations::of(request, &zones, &session.dns.catalog)?;
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

/// As many zones as are named to somebody who may have meant one of them.
const MOST_NAMED: usize = 5;

impl Targets {
    /// Says of zones that are not shown which ones are: one call, and nothing if that fails.
    async fn suggest(&mut self, session: &Session, request: &Request, lost: &[String]) {
        if lost.is_empty() {
            return;
        }
        let Ok(page) = session.api.zones(1, request.account.as_ref()).await else { return };
        let all = page.total_count.and_then(|all| usize::try_from(all).ok()).unwrap_or(page.items.len());
        let shown: Vec<String> = page.items.iter().map(|zone| plain::sanitize_line(&zone.name)).collect();
        for one in self.unread.iter_mut().filter(|one| lost.contains(&one.label)) {
            let first: Vec<&str> = shown.iter().take(MOST_NAMED).map(String::as_str).collect();
            let more = all.saturating_sub(first.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let listed = || format!("this token can see {}{more}", first.join(", "));
            let hint = suggest::did_you_mean(&one.label, shown.iter().map(String::as_str));
            one.failure.hints.extend(hint.or_else(|| (!first.is_empty()).then(listed)));
        }
    }

    fn take(&mut self, label: String, found: Result<Zone, CollectError>) {
        match found {
            Ok(zone) if self.zones.iter().any(|known| known.id == zone.id) => {}
            Ok(zone) => self.zones.push(zone),
            Err(error) => self.unread.push(unread(label, &error)),
        }
    }
}
