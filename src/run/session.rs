//! What one run works with, from its first call to its last.

use std::path::PathBuf;
use std::sync::Arc;

use super::public_dns::PublicDns;
use crate::io::cloudflare::client::Client;
use crate::io::provider::Service;
use crate::io::provider::client::ProviderClient;
use crate::io::store::baseline;
use crate::io::store::journal::{self, Lock, LockError};
use crate::io::store::journal_writer::Journal;
use crate::io::store::snapshot;
use crate::io::store::state_file::StateFileError;
use crate::model::dns::DomainName;
use crate::model::ids::ZoneId;
use crate::model::inventory::Zone;
use crate::model::plan::Consent;
use crate::model::progress::Event;
use crate::model::snapshot::Snapshot;
use crate::model::survey::ZoneSurvey;
use crate::model::verification::Targets;
use crate::model::zone_run::ZoneRun;

/// Tells whether a rehearsal has no idea what stands behind a target.
pub type CannotKnow = Arc<dyn Fn(&DomainName) -> bool + Send + Sync>;

/// A run: the API, public DNS, and the folder that journals and snapshots are kept in.
pub struct Session {
    pub(super) api: Client,
    pub(super) dns: PublicDns,
    pub(super) state_dir: PathBuf,
    /// Names the journal.
    pub(super) run: String,
    pub(super) started: jiff::Timestamp,
    pub(super) provider: Option<(Service, ProviderClient)>,
    /// Set where the zones are those of a simulator that ends with the run.
    rehearsal: Option<CannotKnow>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Session {
    /// A run that begins at `now`. `tail` tells runs of one second apart.
    pub fn new(api: Client, dns: PublicDns, state_dir: PathBuf, now: jiff::Timestamp, tail: u16) -> Self {
        Self {
            api,
            dns,
            state_dir,
            run: format!("{}-{tail:04x}", now.strftime("%Y%m%dT%H%M%SZ")),
            started: now.round(jiff::Unit::Second).unwrap_or(now),
            provider: None,
            rehearsal: None,
        }
    }

    /// The same with a sending provider that is asked as well.
    #[must_use]
    pub fn asking(self, provider: Option<(Service, ProviderClient)>) -> Self {
        Self { provider, ..self }
    }

    /// The same as a rehearsal in a simulator that ends with the run.
    #[must_use]
    pub fn rehearsing(self, rehearsal: Option<CannotKnow>) -> Self {
        Self { rehearsal, ..self }
    }

    /// The API.
    pub fn api(&self) -> &Client {
        &self.api
    }

    /// Public DNS.
    pub fn dns(&self) -> &PublicDns {
        &self.dns
    }

    /// The name of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// When the run began, to the second.
    pub fn started(&self) -> jiff::Timestamp {
        self.started
    }

    /// Where it is kept what was open when the zones of a profile, or a part of them, were looked at last.
    pub fn baseline_path(&self, profile: Option<&str>, shard: Option<&str>) -> PathBuf {
        baseline::path((&self.state_dir, "baseline", "json"), self.api.base(), (profile, shard))
    }

    /// Where it is kept what an audit of them has read so far.
    pub fn interrupted_path(&self, profile: Option<&str>, shard: Option<&str>) -> PathBuf {
        baseline::path((&self.state_dir, "interrupted", "jsonl"), self.api.base(), (profile, shard))
    }

    /// A journal for this run; the file is made with its first line.
    pub fn journal(&self) -> Journal {
        Journal::new(&self.state_dir, &self.run, &self.started.to_string(), self.api.base())
    }

    /// What may be done with so much consent.
    pub fn plan(&self, zones: Vec<ZoneSurvey>, given: Consent) -> Vec<ZoneRun> {
        zones.into_iter().map(|zone| ZoneRun::from(zone).within(given)).collect()
    }

    /// What is known about targets.
    pub(super) fn targets(&self) -> Targets<'_> {
        let cannot_know: &dyn Fn(&DomainName) -> bool = match &self.rehearsal {
            Some(cannot_know) => &**cannot_know,
            None => &|_| false,
        };
        Targets { catalog: &self.dns.catalog, cannot_know }
    }

    /// The last snapshot of a zone. A rehearsal's belongs to another simulator each time, and counts as none.
    pub(super) fn last_snapshot(&self, zone: &ZoneId) -> Result<Option<Snapshot>, StateFileError> {
        match snapshot::load(&self.state_dir, self.api.base(), zone) {
            Err(error) if error.is_of_another() && self.rehearsal.is_some() => Ok(None),
            loaded => loaded,
        }
    }

    /// Keeps the other runs of this state folder away from a zone.
    pub(super) async fn lock(&self, zone: &Zone) -> Result<Lock, LockError> {
        let on_wait = |holder: &str| {
            let why = format!("{holder} is changing {}", zone.name);
            self.dns.progress.on(Event::Pausing { why, delay: std::time::Duration::from_millis(100) });
        };
        journal::lock(&self.state_dir, &zone.id, &self.run, &self.dns.stop, on_wait).await
    }
}
