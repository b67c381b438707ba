//! Which zones a command works on, and what it expects in each. Effects: network.

use super::Stopped;
use super::context::Context;
use crate::cli::Zones;
use crate::diagnosis::Scope;
use crate::dns::DomainName;
use crate::expectation::{self, Expectation};
use crate::failure::Failure;
use crate::ids::{AccountId, ZoneId};
use crate::inventory::Zone;
use crate::inventory::collect::{self, CollectError};
use crate::progress::Event;
use crate::report::ZoneReport;
use crate::settings::{self, SettingsError};

/// What was asked for, read and checked.
pub(super) struct Wish {
    zones: Vec<DomainName>,
    ids: Vec<ZoneId>,
    all: bool,
    account: Option<AccountId>,
    expected: Vec<Expectation>,
    only: Vec<DomainName>,
}

impl Wish {
    pub(super) fn read(arguments: &Zones) -> Result<Self, SettingsError> {
        let id = |origin| move |source| SettingsError::Id { origin, source };
        let ids = arguments.zone_id.iter().map(|text| ZoneId::parse(text)).collect::<Result<_, _>>();
        let account = arguments.account.as_deref().map(AccountId::parse).transpose();
        Ok(Self {
            zones: settings::names("--zone", &arguments.zone)?,
            ids: ids.map_err(id("--zone-id"))?,
            all: arguments.all_zones,
            account: account.map_err(id("--account"))?,
            expected: settings::expectations(&arguments.expect)?,
            only: settings::names("--record", &arguments.record)?,
        })
    }

    /// What is looked at in `zone`: each name belongs to the longest zone that holds it.
    pub(super) fn scope(&self, zone: &DomainName, all: &[Zone]) -> Scope {
        let is_here = |name: &DomainName| {
            let holders = all.iter().map(|zone| &zone.name).filter(|zone| name.is_within(zone));
            holders.max_by_key(|zone| zone.as_str().len()) == Some(zone)
        };
        Scope {
            is_restricted: !self.only.is_empty(),
            only: self.only.iter().filter(|name| is_here(name)).cloned().collect(),
            expected: self.expected.iter().filter(|one| is_here(&one.name)).cloned().collect(),
        }
    }
}

/// The zones that were found, and a report for each that was not.
pub(super) struct Selection {
    pub(super) zones: Vec<Zone>,
    pub(super) failed: Vec<ZoneReport>,
}

/// Finds the zones that were asked for. One that cannot be found does not stop the others; a name that
/// lies in none of them is refused before anything is done.
pub(super) async fn select(context: &Context, wish: &Wish) -> Result<Selection, Stopped> {
    let mut selection = Selection { zones: Vec::new(), failed: Vec::new() };
    if wish.all {
        match collect::all_zones(&context.api, wish.account.as_ref()).await {
            Ok(zones) => selection.zones = zones,
            Err(error) => {
                let failure = Failure::of(&error);
                selection.failed.push(ZoneReport::failed("all zones".to_owned(), None, failure));
            }
        }
    }
    for name in &wish.zones {
        let found = collect::zone_of(&context.api, name, wish.account.as_ref()).await;
        selection.take(name.to_string(), found);
    }
    for id in &wish.ids {
        selection.take(id.to_string(), collect::zone_by_id(&context.api, id).await);
    }
    context.public.progress.on(Event::Zones(selection.zones.len()));
    if selection.failed.is_empty() {
        let zones: Vec<DomainName> = selection.zones.iter().map(|zone| zone.name.clone()).collect();
        let names = wish.expected.iter().map(|one| &one.name).chain(&wish.only);
        expectation::inside(names, &zones).map_err(SettingsError::Expectation)?;
    }
    Ok(selection)
}

impl Selection {
    fn take(&mut self, label: String, found: Result<Zone, CollectError>) {
        match found {
            Ok(zone) if self.zones.iter().any(|known| known.id == zone.id) => {}
            Ok(zone) => self.zones.push(zone),
            Err(error) => self.failed.push(ZoneReport::failed(label, None, Failure::of(&error))),
        }
    }
}
