//! What the audit logs tell about the zones of a run: for each zone by itself, or for whole accounts. Effects:
//! network.

use std::collections::BTreeMap;

use tokio::sync::OnceCell;

use super::context::Context;
use super::select::{Log, Wish};
use crate::model::audit_log::{self, Deletion};
use crate::model::dns::DomainName;
use crate::model::ids::AccountId;
use crate::model::inventory::Zone;
use crate::run::audit_log::{Told, deleted};

/// Where a run learns what was deleted.
pub(super) struct History<'a> {
    context: &'a Context,
    zones: &'a [Zone],
    log: Log,
    /// Where every zone is looked at the logs are read once for each account.
    by_account: Option<BTreeMap<AccountId, OnceCell<Account>>>,
}

/// What the logs of one account tell.
struct Account {
    told: Told,
    by_zone: BTreeMap<DomainName, Vec<Deletion>>,
}

impl<'a> History<'a> {
    pub(super) fn new(context: &'a Context, wish: &Wish, zones: &'a [Zone]) -> Self {
        let accounts = || zones.iter().filter_map(|zone| zone.account.clone());
        let by_account = wish.all.then(|| accounts().map(|account| (account, OnceCell::new())).collect());
        Self { context, zones, log: wish.log, by_account }
    }

    /// Whether both logs are read to their end.
    pub(super) fn is_thorough(&self) -> bool {
        self.log == Log::Whole
    }

    /// What the logs tell about one zone.
    pub(super) async fn of(&self, zone: &Zone) -> Told {
        if self.log == Log::Unread {
            return Told::default();
        }
        let Some(account) = &zone.account else {
            let why = "the zone does not say which account it is in";
            return Told { unread: Some(why.to_owned()), has_gaps: true, ..Told::default() };
        };
        let how = (self.context.started, self.is_thorough());
        let cell = self.by_account.as_ref().and_then(|cells| cells.get(account));
        let Some(cell) = cell else { return deleted(&self.context.api, account, Some(zone), how).await };
        let read = || async {
            let mut told = deleted(&self.context.api, account, None, how).await;
            let zones = self.zones.iter().filter(|other| other.account == zone.account);
            let names = zones.map(|zone| &zone.name);
            let by_zone = audit_log::by_zone(std::mem::take(&mut told.deletions), names);
            Account { told, by_zone }
        };
        let Account { told, by_zone } = cell.get_or_init(read).await;
        let deletions = by_zone.get(&zone.name).cloned().unwrap_or_default();
        // What concerns the whole account is said once, when all its zones were looked at.
        Told { deletions, has_gaps: told.has_gaps, ..Told::default() }
    }

    /// What is to be said of each account that was asked.
    pub(super) fn accounts(self) -> impl Iterator<Item = (AccountId, Told)> {
        let cells = self.by_account.into_iter().flatten();
        cells.filter_map(|(account, cell)| Some((account, cell.into_inner()?.told)))
    }
}
