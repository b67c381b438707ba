//! `undo`: put back what a run changed. Effects: network, files, terminal.

use super::change::{ApplyOptions, carry_out};
use super::context::Context;
use super::{Stopped, runs};
use crate::cli::arguments::{self, Global};
use crate::cli::settings::environment::Environment;
use crate::cli::settings::{self, SettingsError};
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::failure::Exit;
use crate::report::Command;
use crate::run::undo::{self, Chosen};

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Undo,
    stop: Stop,
) -> Result<Exit, Stopped> {
    terminal.open()?;
    if arguments.list {
        return runs::list(terminal, &settings::state_dir(global, &environment)?);
    }
    let wait = settings::duration("--wait", &arguments.wait)?;
    let chosen = undo::choose(&settings::state_dir(global, &environment)?, arguments.run.as_deref())?;
    let Chosen { past, .. } = &chosen;
    let context = Context::new(terminal, global, environment, (None, None), stop).await?;
    let session = &context.session;
    let is_same = past.api.trim_end_matches('/') == session.api().base().trim_end_matches('/');
    if !is_same {
        let (was, is) = (crate::model::plain::line(&past.api), session.api().base().to_owned());
        return Err(SettingsError::OtherApi { was, is }.into());
    }
    let Some(survey) = undo::survey(session, &chosen).await else {
        return Err(Stopped::asked(session.dns().stop()));
    };
    let (is_dry_run, yes) = (arguments.dry_run, arguments.yes);
    let options = ApplyOptions { command: Command::Undo, is_dry_run, yes, restore: true, wait };
    carry_out(terminal, session, survey, options, session.journal().undoing(&past.run)).await
}
