//! What the audit logs tell about the zones of a run: for each zone by itself, or for whole accounts. Effects:
//! network.

use std::collections::BTreeMap;

use tokio::sync::OnceCell;

use super::audit_log::{Told, deleted};
use super::session::Session;
use crate::model::audit_log::{self, Deletion};
use crate::model::dns::DomainName;
use crate::model::ids::AccountId;
use crate::model::inventory::Zone;
use crate::model::target::{LogReading, Request};

/// Where a run learns what was deleted.
pub(super) struct Deletions<'a> {
    session: &'a Session,
    zones: &'a [Zone],
    log: LogReading,
    /// Where every zone is looked at the logs are read once for each account.
    by_account: Option<BTreeMap<AccountId, OnceCell<Account>>>,
}

/// What the logs of one account tell.
struct Account {
    told: Told,
    by_zone: BTreeMap<DomainName, Vec<Deletion>>,
}

impl<'a> Deletions<'a> {
    pub(super) fn new(session: &'a Session, request: &Request, zones: &'a [Zone]) -> Self {
        let accounts = || zones.iter().filter_map(|zone| zone.account.clone());
        let by_account = request.all.then(|| accounts().map(|account| (account, OnceCell::new())).collect());
        Self { session, zones, log: request.log, by_account }
    }

    /// Whether both logs are read to their end.
    pub(super) fn is_thorough(&self) -> bool {
        self.log == LogReading::Whole
    }

    pub(super) async fn of(&self, zone: &Zone) -> Told {
        if self.log == LogReading::None {
            return Told::default();
        }
        let Some(account) = &zone.account else {
            let why = "the zone does not say which account it is in";
            return Told { unread: Some(why.to_owned()), has_gaps: true, ..Told::default() };
        };
        let how = (self.session.started, self.is_thorough());
        let cell = self.by_account.as_ref().and_then(|cells| cells.get(account));
        let Some(cell) = cell else { return deleted(&self.session.api, account, Some(zone), how).await };
        let read = || async {
            let mut told = deleted(&self.session.api, account, None, how).await;
            let zones = self.zones.iter().filter(|other| other.account == zone.account);
            let names = zones.map(|zone| &zone.name);
            let by_zone = audit_log::by_zone(std::mem::take(&mut told.deletions), names);
            Account { told, by_zone }
        };
        let Account { told, by_zone } = cell.get_or_init(read).await;
        let deletions = by_zone.get(&zone.name).cloned().unwrap_or_default();
        // What concerns the whole account is said once, with the first of its zones.
        Told { deletions, has_gaps: told.has_gaps, ..Told::default() }
    }

    /// What is to be said of an account whose logs were read for all of its zones.
    pub(super) fn of_account(&self, account: &AccountId) -> Option<&Told> {
        Some(&self.by_account.as_ref()?.get(account)?.get()?.told)
    }
}
