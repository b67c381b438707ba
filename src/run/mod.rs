//! Stages with effects. Each takes what it needs and returns what it found; [`Session`] names them in their order.

pub mod apply;
mod audit_log;
pub mod bug;
pub mod collect;
pub mod confirm;
mod content;
mod deletions;
mod discover;
mod followed;
pub mod poll;
pub mod probe;
mod provider_check;
pub mod public_dns;
pub mod recorded;
pub mod saved_plan;
pub mod session;
pub mod snapshots;
mod stream;
mod survey;
pub mod target;
pub mod undo;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use crate::io::store::journal_writer::Journal;
use crate::model::apply::Applied;
use crate::model::confirm::request::ToConfirm;
use crate::model::confirm::stream::{Asked, SeenV1};
use crate::model::dns::DomainName;
use crate::model::failure::Failure;
use crate::model::ids::{AccountId, ZoneId};
use crate::model::plan::{Consent, Plan};
use crate::model::sending::SendingDomain;
use crate::model::survey::{Survey, UnreadZone, ZoneSurvey};
use crate::model::target::{Expectations, Request};
use crate::model::zone_run::{ProviderCheck, Verification, ZoneRun};

use confirm::Confirmed;
use public_dns::PublicDns;
use session::Session;
use snapshots::Kept;
use target::TargetError;

impl Session {
    /// Finds the zones that are asked for, reads each, looks once at public DNS, and says what is wrong and what would
    /// repair it. `None` if the run was told to end.
    ///
    /// # Errors
    ///
    /// [`TargetError`] where the request makes no sense. A zone that cannot be read is no error: see
    /// [`Survey::unread`].
    pub async fn survey(&self, request: &Request) -> Result<Option<Survey>, TargetError> {
        survey::survey(self, request).await
    }

    /// The same without keeping the zones: `keep` gets each as it ends, by name, those that were not found first.
    ///
    /// # Errors
    ///
    /// As [`Session::survey`].
    pub async fn survey_each(
        &self,
        request: &Request,
        keep: impl FnMut(Result<ZoneSurvey, UnreadZone>),
    ) -> Result<Option<Expectations>, TargetError> {
        survey::survey_each(self, request, keep).await
    }

    /// Every zone that the credential can see, and whether it may edit its records, as far as the API tells. Where they
    /// cannot be listed, none: reading them says why.
    pub async fn visible(&self, account: Option<&AccountId>) -> Vec<(ZoneId, Option<bool>)> {
        let zones = collect::all_zones(&self.api, account).await.unwrap_or_default();
        zones.into_iter().map(|zone| (zone.id, zone.may_edit)).collect()
    }

    /// What may be done with so much consent.
    pub fn plan(&self, zones: Vec<ZoneSurvey>, given: Consent) -> Vec<ZoneRun> {
        zones.into_iter().map(|zone| ZoneRun::from(zone).within(given)).collect()
    }

    /// Makes the plan of each zone so: reads the records concerned again, stops if they moved, announces every change
    /// in the journal, sends, compares, reads back. `None` for a zone without a change.
    pub async fn apply(&self, zones: &[ZoneRun], journal: &Journal) -> Vec<Option<Applied>> {
        let plans: Vec<&Plan> = zones.iter().map(|zone| &zone.survey.plan).collect();
        apply::apply(self, &plans, journal).await
    }

    /// What public DNS shows of each zone. Waits up to `wait` for what was changed.
    pub async fn confirm(&self, zones: &[ZoneRun], wait: Duration) -> Vec<Verification> {
        verify::verify(self, zones, wait).await
    }

    /// Lets the sending provider look at its records once public DNS shows them.
    pub async fn check_with_provider(
        &self,
        zones: &[ZoneRun],
        sending: &[SendingDomain],
    ) -> Vec<ProviderCheck> {
        provider_check::check(self, zones, sending).await
    }

    /// Remembers what is healthy in a zone.
    ///
    /// # Errors
    ///
    /// Why the snapshot could not be read or written.
    pub async fn keep_snapshot(&self, zone: &ZoneRun, forget: &[DomainName]) -> Result<Kept, Failure> {
        snapshots::keep(self, zone, forget).await
    }
}

impl PublicDns {
    /// Asks about every name and waits up to `wait` for old answers to end. `None` if the run was told to end.
    pub async fn confirm(&self, asked: &ToConfirm, wait: Duration) -> Option<Confirmed> {
        confirm::confirm(self, asked, wait).await
    }

    /// What public DNS shows of the records of one of many domains: one resolver is asked, another one each `turn`, and
    /// all servers only about what that one does not show as it ought to be.
    pub async fn look_at(self: &Arc<Self>, asked: Asked, turn: usize) -> (Asked, Vec<SeenV1>) {
        let asked = Arc::new(asked);
        // On its own, so that every core has work.
        let right = tokio::spawn(stream::right(Arc::clone(self), Arc::clone(&asked), turn)).await;
        let seen = stream::all(self, &asked, &right.unwrap_or_default()).await;
        (Arc::unwrap_or_clone(asked), seen)
    }
}
