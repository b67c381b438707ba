//! Plans in files: made now, carried out later. Effects: network, files.

use std::path::Path;

use super::collect;
use super::session::Session;
use super::target::unread;
use crate::io::files;
use crate::model::failure::{Exit, Failure};
use crate::model::ids::{WHERE_IT_STANDS, ZoneId};
use crate::model::inventory::Zone;
use crate::model::plain;
use crate::model::plan::saved::{self, SavedPlan, SavedZone};
use crate::model::plan::{self, Plan};
use crate::model::survey::{Survey, ZoneSurvey};

const LONGEST_PLAN: u64 = 256 << 20;

/// Writes plans with the records concerned as they are now; if those moved since a plan was made, none is
/// written. Returns how many changes were saved.
pub async fn save(session: &Session, plans: &[&Plan], path: &Path) -> Result<usize, Failure> {
    let mut zones = Vec::new();
    for plan in plans.iter().filter(|plan| !plan.changes.is_empty()) {
        let now = collect::at_names(&session.api, &plan.zone, &plan.names(), plan.pages).await?;
        let held: Vec<_> = now.iter().map(|original| &original.record).collect();
        let moved = plan::moved(plan, &held);
        if !moved.is_empty() {
            let message = format!("no plan was saved: {}", moved.join("; "));
            return Err(Failure { message, hints: Vec::new(), exit: Exit::Findings });
        }
        zones.push(saved::save(plan, &now));
    }
    let plan = SavedPlan {
        cf_domauth_plan: saved::VERSION,
        program: concat!("cf-domauth ", env!("CARGO_PKG_VERSION")).to_owned(),
        made: session.started.to_string(),
        api: session.api.base().to_owned(),
        zones,
    };
    let failed = |source: std::io::Error| file_error("--save-plan", path, &source);
    let text = serde_json::to_string_pretty(&plan).map_err(|error| failed(error.into()))?;
    // In the place of an old plan only once it is whole.
    files::replace_beside(path, &format!("{text}\n")).map_err(failed)?;
    Ok(plans.iter().map(|plan| plan.changes.len()).sum())
}

fn file_error(option: &'static str, path: &Path, source: &std::io::Error) -> Failure {
    let message = plain::sanitize_line(&format!("{option} {}: {source}", path.display()));
    Failure { message, hints: Vec::new(), exit: Exit::Usage }
}

/// Reads a saved plan and the zones it is for; a zone that cannot be found does not stop the others.
pub async fn survey(session: &Session, path: &Path) -> Result<Survey, Failure> {
    let failed = |source: std::io::Error| file_error("--plan", path, &source);
    let text = files::read(path, LONGEST_PLAN).map_err(failed)?;
    let text = text.ok_or_else(|| failed(std::io::Error::other("there is no such file")))?;
    let mut survey = Survey::default();
    for zone in saved::read(&text, session.api.base())?.zones {
        let label = plain::sanitize_line(&zone.zone);
        let id = ZoneId::parse(&zone.zone_id).map_err(|bad| Failure {
            message: format!("--plan: {bad}"),
            hints: vec![WHERE_IT_STANDS.to_owned()],
            exit: Exit::Usage,
        })?;
        match collect::zone_by_id(&session.api, &id).await {
            Ok(found) => survey.zones.push(planned(session, found, zone).await?),
            Err(error) => survey.unread.push(unread(label, &error)),
        }
    }
    Ok(survey)
}

async fn planned(session: &Session, zone: Zone, saved: SavedZone) -> Result<ZoneSurvey, Failure> {
    let (servers, notes) = session.dns.servers_of(&zone.name_servers).await;
    Ok(ZoneSurvey { servers, notes, ..ZoneSurvey::of_plan(saved::plan_of(zone, saved)?) })
}
