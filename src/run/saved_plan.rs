//! Plans in files: made now, carried out later. Effects: network, files.

use std::path::Path;

use super::collect::{self, CollectError};
use super::session::Session;
use super::target::unread;
use crate::io::files;
use crate::model::failure::{Advice, Exit};
use crate::model::ids::{BadId, ZoneId};
use crate::model::plain;
use crate::model::plan::saved::{self, BadPlan, SavedPlan, SavedZone};
use crate::model::plan::{self, Plan};
use crate::model::survey::{Survey, ZoneSurvey};

/// Longest plan that is read.
const LONGEST_PLAN: u64 = 256 << 20;

/// Why a plan cannot be saved or read.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    /// The file cannot be read or written.
    #[error("{option} {path}")]
    File {
        /// Where it was given.
        option: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a plan that may be carried out.
    #[error(transparent)]
    Bad(#[from] BadPlan),
    /// It names a zone by what cannot be an identifier.
    #[error("--plan: {0}")]
    Id(BadId),
    /// The records could not be read again.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The records changed while the plan was made.
    #[error("no plan was saved: {}", _0.join("; "))]
    Moved(Vec<String>),
}

impl Advice for SavedPlanError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::File { .. } | Self::Moved(_) => Vec::new(),
            Self::Bad(error) => error.hints(),
            Self::Id(_) => vec![crate::model::ids::WHERE_IT_STANDS.to_owned()],
            Self::Collect(error) => error.hints(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::File { .. } | Self::Id(_) => Exit::Usage,
            Self::Bad(error) => error.exit(),
            Self::Collect(error) => error.exit(),
            Self::Moved(_) => Exit::Findings,
        }
    }
}

/// Writes plans with the records concerned as they are now; if those moved since a plan was made, none is
/// written. Returns how many changes were saved.
///
/// # Errors
///
/// [`SavedPlanError`].
pub async fn save(session: &Session, plans: &[&Plan], path: &Path) -> Result<usize, SavedPlanError> {
    let mut zones = Vec::new();
    for plan in plans.iter().filter(|plan| !plan.changes.is_empty()) {
        let now = collect::at_names(&session.api, &plan.zone, &plan.names(), plan.pages).await?;
        let held: Vec<_> = now.iter().map(|original| &original.record).collect();
        let moved = plan::moved(plan, &held);
        if !moved.is_empty() {
            return Err(SavedPlanError::Moved(moved));
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
    let failed = |source| file_error("--save-plan", path, source);
    let text = serde_json::to_string_pretty(&plan).map_err(|error| failed(error.into()))?;
    // In the place of an old plan only once it is whole.
    files::replace_beside(path, &format!("{text}\n")).map_err(failed)?;
    Ok(plans.iter().map(|plan| plan.changes.len()).sum())
}

fn file_error(option: &'static str, path: &Path, source: std::io::Error) -> SavedPlanError {
    SavedPlanError::File { option, path: path.display().to_string(), source }
}

/// Reads a saved plan and the zones it is for; a zone that cannot be found does not stop the others.
///
/// # Errors
///
/// [`SavedPlanError`].
pub async fn survey(session: &Session, path: &Path) -> Result<Survey, SavedPlanError> {
    let failed = |source| file_error("--plan", path, source);
    let text = files::read(path, LONGEST_PLAN).map_err(failed)?;
    let text = text.ok_or_else(|| failed(std::io::Error::other("there is no such file")))?;
    let mut survey = Survey::default();
    for zone in saved::read(&text, session.api.base())?.zones {
        let label = plain::sanitize_line(&zone.zone);
        let id = ZoneId::parse(&zone.zone_id).map_err(SavedPlanError::Id)?;
        match collect::zone_by_id(&session.api, &id).await {
            Ok(found) => survey.zones.push(planned(session, found, zone).await?),
            Err(error) => survey.unread.push(unread(label, &error)),
        }
    }
    Ok(survey)
}

async fn planned(
    session: &Session,
    zone: crate::model::inventory::Zone,
    saved: SavedZone,
) -> Result<ZoneSurvey, SavedPlanError> {
    let (servers, notes) = session.dns.servers_of(&zone.name_servers).await;
    Ok(ZoneSurvey { servers, notes, ..ZoneSurvey::of_plan(saved::plan_of(zone, saved)?) })
}
