//! `undo`: put back what a run changed. Effects: network, files, terminal.

use super::change::{ApplyOptions, carry_out};
use super::context::Context;
use super::{Stopped, runs, usage};
use crate::cli::arguments;
use crate::cli::settings;
use crate::model::failure::Exit;
use crate::model::plain;
use crate::model::plan::Consent;
use crate::model::target::Request;
use crate::report::{Command, SameZones};
use crate::run::undo::{self, Chosen};

pub(super) async fn run(context: Context<'_>, arguments: arguments::Undo) -> Result<Exit, Stopped> {
    if arguments.list {
        return runs::list(context.terminal, &context.state_dir()?);
    }
    let zones = settings::names("--zone", &arguments.zone)?;
    let wait = settings::wait(&context.settings, arguments.wait.as_deref())?;
    context.terminal.open()?;
    let context = context.within(arguments.shared.sandbox()).await?;
    let state_dir = context.state_dir()?;
    let repaired = match context.sandbox {
        Some(_) => Some(repaired(&context).await?),
        None => None,
    };
    let Chosen { past, since } = undo::choose(&state_dir, repaired.as_deref().or(arguments.run.as_deref()))?;
    let run = past.run.clone();
    let not_in_run = |zone| {
        let hint = "`cf-domauth undo --list` shows the zones of each run";
        usage(format!("the run {run} changed nothing in {zone}"), [hint])
    };
    let past = past.only(&zones).map_err(not_in_run)?;
    let session = context.session(None)?;
    let (was, is) = (&past.api, session.api().base());
    if was.trim_end_matches('/') != is.trim_end_matches('/') {
        let was = plain::sanitize_line(was);
        return Err(usage(
            format!("the run wrote to {was}, and this one would write to {is}"),
            ["nothing was changed; name the API of the run with --api-url or CLOUDFLARE_BASE_URL"],
        ));
    }
    let journal = session.journal().undoing(&past.run);
    let survey = undo::survey(&session, &Chosen { past, since }).await;
    let mut survey = survey.ok_or_else(|| context.stopped())?;
    if repaired.is_some() {
        let note = "rehearsal: the simulator's records were repaired first, and this puts them back";
        survey.zones.iter_mut().for_each(|zone| zone.notes.push(note.to_owned()));
    }
    let options = ApplyOptions {
        command: Command::Undo,
        is_dry_run: arguments.dry_run,
        yes: arguments.yes,
        restore: true,
        wait,
        max_changes: Some(usize::MAX),
        max_zones: None,
        same_zones: SameZones::default(),
    };
    carry_out(&context, &session, survey, options, journal).await
}

/// Repairs all that a sandbox in this process holds, so that there is something to put back: the run.
async fn repaired(context: &Context<'_>) -> Result<String, Stopped> {
    let session = context.session(None)?;
    let all = Request { all: true, ..Request::default() };
    let survey = session.survey(&all).await?.ok_or_else(|| context.stopped())?;
    let zones = session.plan(survey.zones, Consent::Together);
    if zones.iter().all(|zone| zone.changes().is_empty()) {
        return Err(usage(
            "nothing in this scenario can be repaired, so there is nothing to put back",
            ["name another scenario: `cf-domauth undo --sandbox default`"],
        ));
    }
    session.apply(&zones, &session.journal()).await;
    Ok(session.run().to_owned())
}
