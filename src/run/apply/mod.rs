//! Makes plans so, each zone alone among the runs of a state folder. Effects: network, files.

mod batch;
pub mod execute;

use futures_util::StreamExt as _;

use super::bug;
use super::session::Session;
use crate::io::store::journal_writer::Journal;
use crate::model::apply::{Applied, Outcome};
use crate::model::failure::Failure;
use crate::model::plan::Plan;
use execute::execute;

/// Zones that are changed at one time.
const ZONES_IN_FLIGHT: usize = 4;

/// Makes each plan so; nothing for one without a change. In the order of the plans.
pub(super) async fn apply(session: &Session, plans: &[&Plan], journal: &Journal) -> Vec<Option<Applied>> {
    let concerned = plans.iter().enumerate().filter(|(_, plan)| !plan.changes.is_empty());
    let each = concerned.map(|(place, plan)| async move { (place, apply_one(session, plan, journal).await) });
    let made: Vec<_> = futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT).collect().await;
    let mut all = vec![None; plans.len()];
    for (place, applied) in made {
        if let Some(slot) = all.get_mut(place) {
            *slot = Some(applied);
        }
    }
    all
}

async fn apply_one(session: &Session, plan: &Plan, journal: &Journal) -> Applied {
    match session.lock(&plan.zone).await {
        Ok(_lock) => {
            let (stop, progress) = (&session.dns.stop, &*session.dns.progress);
            let work = execute(execute::Tools { api: &session.api, journal, stop, progress }, plan);
            bug::caught(work).await.unwrap_or_else(|| failed(plan))
        }
        Err(error) => Applied {
            outcomes: vec![Outcome::NotAttempted(error.to_string()); plan.changes.len()],
            failure: Some(Failure::of(&error)),
            notes: Vec::new(),
        },
    }
}

/// What is known of changes whose making panicked.
fn failed(plan: &Plan) -> Applied {
    let unknown = Outcome::Unknown("the program failed while it made the changes".to_owned());
    let outcomes = vec![unknown; plan.changes.len()];
    Applied { outcomes, failure: Some(bug::of_work()), notes: Vec::new() }
}
