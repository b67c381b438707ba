//! Keeps snapshots up to date. Effects: network, files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::session::Session;
use crate::io::store;
use crate::model::dns::DomainName;
use crate::model::failure::Failure;
use crate::model::snapshot::{self, Remembered, Snapshot};
use crate::model::zone_run::ZoneRun;

/// What a snapshot holds in the end.
#[derive(Debug)]
pub struct Kept {
    /// How many records are healthy now.
    pub healthy: usize,
    /// The others, as they were when they last were.
    pub old: Vec<Remembered>,
    /// What was to be forgotten and was there.
    pub forgotten: Vec<DomainName>,
    /// The file.
    pub path: PathBuf,
}

impl Session {
    /// Adds what is healthy in one zone to its snapshot, and forgets what is to be forgotten. No other run has a
    /// hand in the zone meanwhile.
    ///
    /// # Errors
    ///
    /// Why the snapshot could not be read or written.
    pub async fn keep_snapshot(&self, run: &ZoneRun, forget: &[DomainName]) -> Result<Kept, Failure> {
        let zone = &run.survey.zone;
        let besides = self.confirm_besides(run).await;
        let confirmations = [run.verification.confirmations.clone(), besides].concat();
        let _lock = self.lock(zone).await?;
        let old = self.last_snapshot(&zone.id)?;
        let is_first = old.is_none();
        let taken = self.started.to_string();
        let new = Snapshot {
            cf_domauth_snapshot: snapshot::VERSION,
            api: self.api.base().to_owned(),
            zone_id: zone.id.to_string(),
            zone: zone.name.to_string(),
            records: run.healthy(&confirmations, &self.dns.catalog, &taken),
            taken,
        };
        let healthy: BTreeSet<String> = new.records.iter().map(|record| record.name.clone()).collect();
        let mut grown = snapshot::grown(old, new);
        let forgotten = forget.iter().filter(|name| grown.forget(name)).cloned().collect();
        if !(is_first && grown.records.is_empty()) {
            store::snapshot::keep(&self.state_dir, &zone.id, &grown)?;
        }
        let path = store::snapshot::path(&self.state_dir, &zone.id);
        let is_old = |record: &Remembered| !healthy.contains(&record.name);
        let old = grown.records.into_iter().filter(is_old).collect();
        Ok(Kept { healthy: healthy.len(), old, forgotten, path })
    }
}
