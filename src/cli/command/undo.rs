//! `undo`: put back what a run changed. Effects: network, files, terminal.

use super::change::{ApplyOptions, Most, carry_out};
use super::context::{self, Context};
use super::usage::UsageError;
use super::{Stopped, runs};
use crate::cli::arguments;
use crate::cli::settings::{self, Settings};
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::failure::Exit;
use crate::model::plan::Consent;
use crate::model::target::Request;
use crate::report::Command;
use crate::run::session::Session;
use crate::run::undo::{self, Chosen};

pub(super) async fn run(
    terminal: &Terminal,
    settings: Settings,
    arguments: arguments::Undo,
    stop: Stop,
) -> Result<Exit, Stopped> {
    terminal.open()?;
    if arguments.list {
        return runs::list(terminal, &settings::state_dir(&settings)?);
    }
    let zones = settings::names("--zone", &arguments.zone)?;
    let wait = settings::wait(settings.wait(arguments.wait.as_deref()), settings::WAIT)?;
    #[cfg(feature = "sandbox")]
    super::sandbox::only(&settings.global, arguments.shared.sandbox())?;
    let (sandbox, settings) = context::with_sandbox(arguments.shared.sandbox(), settings).await?;
    let state_dir = context::state_dir(&settings, &sandbox)?;
    let repaired = match &sandbox {
        Some(_) => {
            let within = (sandbox.clone(), None);
            let context = Context::within(terminal, &settings, within, stop.clone())?;
            Some(repaired(&context.session).await?)
        }
        None => None,
    };
    let Chosen { past, since } = undo::choose(&state_dir, repaired.as_deref().or(arguments.run.as_deref()))?;
    let run = past.run.clone();
    let past = past.only(&zones).map_err(|zone| UsageError::NotInRun { run, zone })?;
    let context = Context::within(terminal, &settings, (sandbox, None), stop)?;
    let session = &context.session;
    let is_same = past.api.trim_end_matches('/') == session.api().base().trim_end_matches('/');
    if !is_same {
        let (was, is) = (crate::model::plain::sanitize_line(&past.api), session.api().base().to_owned());
        return Err(UsageError::OtherApi { was, is }.into());
    }
    let journal = session.journal().undoing(&past.run);
    let Some(mut survey) = undo::survey(session, &Chosen { past, since }).await else {
        return Err(Stopped::asked(session.dns().stop()));
    };
    if repaired.is_some() {
        let note = "rehearsal: the simulator's records were repaired first, and this puts them back";
        survey.zones.iter_mut().for_each(|zone| zone.notes.push(note.to_owned()));
    }
    let (is_dry_run, yes) = (arguments.dry_run, arguments.yes);
    let options =
        ApplyOptions { command: Command::Undo, is_dry_run, yes, restore: true, wait, most: Most::ANY };
    carry_out(terminal, session, survey, options, journal).await
}

/// Repairs all that a sandbox in this process holds, so that there is something to put back: the run.
async fn repaired(session: &Session) -> Result<String, Stopped> {
    let all = Request { all: true, ..Request::default() };
    let Some(survey) = session.survey(&all).await? else {
        return Err(Stopped::asked(session.dns().stop()));
    };
    let zones = session.plan(survey.zones, Consent::Together);
    if zones.iter().all(|zone| zone.changes().is_empty()) {
        return Err(UsageError::NothingToRehearse.into());
    }
    session.apply(&zones, &session.journal()).await;
    Ok(session.run().to_owned())
}
