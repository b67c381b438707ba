//! Which zones a command works on, and what it expects in each. Effects: network, files.

use super::Stopped;
use super::context::Context;
use super::input::{self, Input, Understood};
use crate::cli::arguments::Zones;
use crate::cli::settings::{self, SettingsError};
use crate::io::sender::SendingDomain;
use crate::model::diagnosis::Scope;
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::input::Context as Known;
use crate::model::expectation::{self, Expectation, ExpectedPolicy, Source};
use crate::model::failure::Failure;
use crate::model::ids::{AccountId, ZoneId};
use crate::model::inventory::Zone;
use crate::model::progress::Event;
use crate::report::ZoneReport;
use crate::run::collect::{self, CollectError};

/// How much of the audit logs is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Log {
    /// Nothing.
    Unread,
    /// The older one, and the newer one where the older leaves something open.
    Enough,
    /// Both to their end.
    Whole,
}

/// What was asked for, read and checked.
pub(super) struct Wish {
    zones: Vec<DomainName>,
    ids: Vec<ZoneId>,
    pub(super) all: bool,
    account: Option<AccountId>,
    only: Vec<DomainName>,
    replace: Vec<DomainName>,
    expected: Vec<Expectation>,
    inputs: Vec<Input>,
    pub(super) log: Log,
    /// Whether the last snapshot has a say.
    pub(super) uses_snapshot: bool,
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
            only: settings::names("--record", &arguments.record)?,
            replace: Vec::new(),
            expected: settings::expectations(&arguments.expect)?,
            inputs: input::read_all("--expect-file", &arguments.expect_file)?,
            log: Log::Enough,
            uses_snapshot: true,
        })
    }

    /// The same with names whose records of other types may be deleted.
    pub(super) fn replacing(self, names: &[String]) -> Result<Self, SettingsError> {
        Ok(Self { replace: settings::names("--replace", names)?, ..self })
    }

    /// The same without what the last snapshot and the audit log say: for taking a new one.
    pub(super) fn afresh(self) -> Self {
        Self { uses_snapshot: false, log: Log::Unread, ..self }
    }

    /// The same with both audit logs read to their end.
    pub(super) fn with_whole_log(self, is_wanted: bool) -> Self {
        if is_wanted { Self { log: Log::Whole, ..self } } else { self }
    }
}

/// What is expected, whoever says so.
#[derive(Debug, Default)]
pub(super) struct Asked {
    expected: Vec<Expectation>,
    /// What the user and the provider say differently: shown, and left alone.
    disputed: Vec<Expectation>,
    policies: Vec<ExpectedPolicy>,
    /// What files and pastes ask for, and nothing shows to be for mail.
    unrecognised: Vec<Expectation>,
    only: Vec<DomainName>,
    replace: Vec<DomainName>,
    /// What files and pastes were understood to say.
    pub(super) understood: Vec<Understood>,
    /// What the provider knows as its domains.
    pub(super) sending: Vec<SendingDomain>,
}

impl Asked {
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
            proposed: self.disputed.iter().filter(|one| is_here(&one.name)).cloned().collect(),
            policies: self.policies.iter().filter(|one| is_here(&one.name)).cloned().collect(),
            unrecognised: self.unrecognised.iter().filter(|one| is_here(&one.name)).cloned().collect(),
            replace: self.replace.iter().filter(|name| is_here(name)).cloned().collect(),
            contents: std::collections::BTreeMap::new(),
        }
    }

    /// Takes what the provider expects. Where the user says otherwise, neither is followed.
    fn take_from_provider(&mut self, provider: &str, sending: Vec<SendingDomain>) {
        for wanted in sending.iter().flat_map(|domain| &domain.records) {
            let one = Expectation {
                name: wanted.name.clone(),
                target: wanted.target.clone(),
                ttl: Ttl::Automatic,
                source: Source::Provider(provider.to_owned()),
            };
            let is_disputed = self.disputed.iter().any(|known| known.name == one.name);
            match self.expected.iter().position(|known| known.name == one.name) {
                // Once disputed, a name stays so, however many opinions follow.
                _ if is_disputed => self.disputed.push(one),
                None => self.expected.push(one),
                Some(place) if self.expected.get(place).is_some_and(|known| known.target == one.target) => {}
                Some(place) => {
                    let known = self.expected.remove(place);
                    self.disputed.extend([known, one]);
                }
            }
        }
        self.sending = sending;
    }
}

/// The zones that were found, a report for each that was not, and what is expected.
pub(super) struct Selection {
    pub(super) zones: Vec<Zone>,
    pub(super) failed: Vec<ZoneReport>,
    pub(super) asked: Asked,
}

/// Finds the zones that were asked for. One that cannot be found does not stop the others; a name that
/// lies in none of them is refused before anything is done.
pub(super) async fn select(context: &Context, wish: &Wish) -> Result<Selection, Stopped> {
    let mut selection = Selection { zones: Vec::new(), failed: Vec::new(), asked: Asked::default() };
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
    // None were found is not what a listing says that failed.
    if !selection.zones.is_empty() || selection.failed.is_empty() {
        context.public.progress.on(Event::Zones(selection.zones.len()));
    }
    let zones: Vec<DomainName> = selection.zones.iter().map(|zone| zone.name.clone()).collect();
    selection.asked = asked(context, wish, &zones).await?;
    if selection.failed.is_empty() {
        let asked = &selection.asked;
        let expected = asked.expected.iter().map(|one| (&one.name, one.source.words()));
        let policies = asked.policies.iter().map(|one| (&one.name, one.source.words()));
        let only = wish.only.iter().map(|name| (name, "--record".to_owned()));
        let replace = wish.replace.iter().map(|name| (name, "--replace".to_owned()));
        expectation::inside(expected.chain(policies).chain(only).chain(replace), &zones)
            .map_err(SettingsError::Expectation)?;
    }
    Ok(selection)
}

/// What is expected in the zones: arguments, files and pastes, the provider.
async fn asked(context: &Context, wish: &Wish, zones: &[DomainName]) -> Result<Asked, Stopped> {
    let mut asked = Asked { only: wish.only.clone(), replace: wish.replace.clone(), ..Asked::default() };
    let mut given = wish.expected.clone();
    for input in &wish.inputs {
        // A relative name belongs below the name that was given, whatever zone that lies in.
        let bases = if wish.all || !wish.ids.is_empty() { zones } else { &wish.zones };
        let understood = input.understand(&Known { zones, bases, catalogue: &context.public.catalogue })?;
        given.extend(understood.expectations());
        let (named, open): (Vec<_>, Vec<_>) =
            understood.unrecognised().into_iter().partition(|one| wish.only.contains(&one.name));
        given.extend(named.into_iter().map(Expectation::believed));
        asked.unrecognised.extend(open);
        asked.policies.extend(understood.policies());
        asked.understood.push(understood);
    }
    asked.expected = expectation::agree(given).map_err(SettingsError::Expectation)?;
    let policies = std::mem::take(&mut asked.policies);
    asked.policies =
        expectation::agree_on_policies(policies, &asked.expected).map_err(SettingsError::Expectation)?;
    if let Some((service, sender)) = &context.sender {
        let sending = sender.domains(zones).await?;
        asked.take_from_provider(service.name(), sending);
    }
    Ok(asked)
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
