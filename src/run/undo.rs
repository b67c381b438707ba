//! Looks at what a run changed, and plans to put it back. Effects: network, files.

use std::path::Path;

use super::collect::{self, CollectError};
use super::recorded::{self, Ran};
use super::session::Session;
use super::target::unread;
use crate::io::store::journal::{self, StoreError};
use crate::model::failure::{Exit, Failure};
use crate::model::inventory::FEW_NAMES;
use crate::model::plain;
use crate::model::survey::{Survey, ZoneSurvey};
use crate::model::undo::{self, Later, RecordedRun, RecordedZone};

/// The run that is to be put back, and those since.
#[derive(Debug)]
pub struct Chosen {
    pub past: RecordedRun,
    /// The runs since, the newest first.
    pub since: Vec<Ran>,
}

/// Finds the run that is to be put back. Without a name the last one that changed anything.
pub fn choose(state_dir: &Path, run: Option<&str>) -> Result<Chosen, Failure> {
    let mut since: Vec<Ran> = Vec::new();
    let all = recorded::all(state_dir)?;
    if let Some(run) = run.filter(|run| !all.iter().any(|(known, _)| known == run)) {
        // Says why: there is none of that name, or it cannot be one.
        journal::read(state_dir, run)?;
    }
    let can_be_put_back = |past: &RecordedRun| !past.zones.is_empty();
    let usable = all.iter().find(|(_, past)| past.as_ref().is_ok_and(can_be_put_back));
    let usable = usable.map(|(run, _)| run.clone());
    for (name, past) in all {
        match (run, past) {
            (Some(run), past) if run != name => since.push((name, past)),
            // Killed before anything was announced.
            (None, Ok(past)) if past.zones.is_empty() => {}
            (None, Err(mut failure)) => {
                let other = |run| format!("the last run that can be put back: `cf-domauth undo {run}`");
                failure.hints.extend(usable.map(other));
                return Err(failure);
            }
            (None, Ok(RecordedRun { undoes: Some(undone), .. })) => {
                return Err(was_undo(&name, &plain::sanitize_line(&undone)));
            }
            (_, Ok(past)) => return Ok(Chosen { past, since }),
            (Some(_), Err(failure)) => return Err(failure),
        }
    }
    Err(StoreError::NoRuns(state_dir.display().to_string()).into())
}

fn was_undo(run: &str, undone: &str) -> Failure {
    Failure {
        message: format!("the last run, {run}, was itself an undo (of {undone})"),
        hints: vec![
            format!("if that undo was interrupted, go on with it: `cf-domauth undo {undone}`"),
            "say which run to put back: `cf-domauth undo --list` shows them".to_owned(),
            format!("to make the undone changes again: `cf-domauth undo {run}`"),
        ],
        exit: Exit::Usage,
    }
}

/// Looks at the records that the run changed. `None` if this run was told to end.
pub async fn survey(session: &Session, Chosen { past, since }: &Chosen) -> Option<Survey> {
    let mut survey = Survey::default();
    for zone in &past.zones {
        match session.dns.stop.unless_requested(survey_zone(session, (past, zone), since)).await? {
            Ok(zone) => survey.zones.push(zone),
            Err(error) => survey.unread.push(unread(zone.name.to_string(), &error)),
        }
    }
    Some(survey)
}

async fn survey_zone(
    session: &Session,
    (past, past_zone): (&RecordedRun, &RecordedZone),
    since: &[Ran],
) -> Result<ZoneSurvey, CollectError> {
    let zone = collect::zone_by_id(&session.api, &past_zone.id).await?;
    let now = collect::at_names(&session.api, &zone, &past_zone.names(), FEW_NAMES).await?;
    let readable = since.iter().filter_map(|(_, past)| past.as_ref().ok());
    let later: Vec<Later<'_>> = readable.filter_map(|past| Later::of(past, past_zone)).collect();
    let (plan, findings) = undo::plan(&zone, past_zone, &later, &now);
    let mut survey = ZoneSurvey::of_plan(plan);
    survey.diagnosis.findings = findings;
    survey.notes.push(format!("putting back run {}, which began at {}", past.run, past.started));
    let unreadable = since.iter().filter(|(_, past)| past.is_err());
    survey.notes.extend(unreadable.map(|(run, _)| {
        format!("the later run {run} cannot be read, so it is not known whether it changed these records")
    }));
    let (servers, notes) = session.dns.servers_of(&zone.name_servers).await;
    survey.servers = servers;
    survey.notes.extend(notes);
    if survey.plan.changes.is_empty() && survey.diagnosis.findings.is_empty() {
        survey.notes.push("nothing to put back: all is as it was before the run".to_owned());
    }
    Ok(survey)
}
