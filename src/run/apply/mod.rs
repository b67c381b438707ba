//! Makes plans so, each zone alone among the runs of a state folder. Effects: network, files.

mod batch;
pub mod execute;

use std::collections::HashMap;

use futures_util::StreamExt as _;

use super::bug;
use super::session::Session;
use crate::io::store::journal_writer::Journal;
use crate::model::apply::{Applied, Outcome};
use crate::model::failure::Failure;
use crate::model::plan::Plan;
use crate::model::zone_run::ZoneRun;
use execute::execute;

const ZONES_IN_FLIGHT: usize = 4;

impl Session {
    /// Makes the plan of each zone so: reads the records concerned again, stops if they moved, announces every change
    /// in the journal, sends, compares, reads back. `None` for a zone without a change.
    pub async fn apply(&self, zones: &[ZoneRun], journal: &Journal) -> Vec<Option<Applied>> {
        let concerned = zones.iter().enumerate().filter(|(_, zone)| !zone.changes().is_empty());
        let each = concerned
            .map(|(place, zone)| async move { (place, apply_one(self, &zone.survey.plan, journal).await) });
        let made = futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT);
        let mut made: HashMap<usize, Applied> = made.collect().await;
        (0..zones.len()).map(|place| made.remove(&place)).collect()
    }
}

async fn apply_one(session: &Session, plan: &Plan, journal: &Journal) -> Applied {
    match session.lock(&plan.zone).await {
        Ok(_lock) => {
            let (stop, progress) = (&session.dns.stop, &*session.dns.progress);
            let work = execute(execute::Tools { api: &session.api, journal, stop, progress }, plan);
            bug::caught(work).await.unwrap_or_else(|| {
                let unknown = Outcome::Unknown("the program failed while it made the changes".to_owned());
                let outcomes = vec![unknown; plan.changes.len()];
                Applied { outcomes, failure: Some(bug::of_work()), notes: Vec::new() }
            })
        }
        Err(error) => Applied {
            outcomes: vec![Outcome::NotAttempted(error.to_string()); plan.changes.len()],
            failure: Some(Failure::of(&error)),
            notes: Vec::new(),
        },
    }
}
