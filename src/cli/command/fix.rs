//! `fix`: survey, plan, ask, change, confirm. Effects: network, files, terminal.

use std::path::Path;

use super::change::{ApplyOptions, carry_out};
use super::context::Context;
use super::{Stopped, request, usage};
use crate::cli::arguments;
use crate::cli::settings;
use crate::model::failure::Exit;
use crate::model::plain;
use crate::model::target::Request;
use crate::report::Command;
use crate::run::saved_plan;

pub(super) async fn run(context: Context<'_>, arguments: arguments::Fix) -> Result<Exit, Stopped> {
    let settings = &context.settings;
    let mut reports = arguments.zones.shared.report.iter().chain(&settings.global.output);
    if let Some(path) = arguments.plan.as_deref().or(arguments.save_plan.as_deref())
        && reports.any(|report| is_same(report, path))
    {
        let message = format!("the report would be written over the plan in {}", path.display());
        return Err(usage(message, ["leave it out, or redirect standard output"]));
    }
    let replace = settings::names("--replace", &arguments.replace)?;
    let zones = request::settled(arguments.zones);
    let request = match arguments.plan {
        Some(_) => Request::default(),
        None => Request { replace, ..request::read(settings, &zones)? },
    };
    let options = ApplyOptions {
        command: Command::Fix,
        is_dry_run: arguments.dry_run || arguments.save_plan.is_some(),
        yes: arguments.yes || arguments.save_plan.is_some(),
        // A saved plan holds what was decided when it was saved, and nothing else.
        restore: arguments.restore || arguments.plan.is_some(),
        wait: settings::wait(settings, arguments.wait.as_deref())?,
        // What was saved was read: there any number is fine.
        max_changes: arguments.max_changes.or(arguments.plan.as_ref().map(|_| usize::MAX)),
        max_zones: arguments.max_zones,
        same_zones: request::again(&zones),
    };
    context.terminal.open()?;
    let context = context.within(zones.shared.sandbox()).await?;
    let session = context.session(zones.expect_from.as_deref())?;
    let mut survey = match &arguments.plan {
        Some(path) => context.unless_stopped(saved_plan::survey(&session, path)).await??,
        None => session.survey(&request).await?.ok_or_else(|| context.stopped())?,
    };
    if let Some(path) = &arguments.save_plan {
        let plans = session.plan(survey.zones.clone(), options.given());
        let plans: Vec<_> = plans.iter().map(|zone| &zone.survey.plan).collect();
        let saved = context.unless_stopped(saved_plan::save(&session, &plans, path)).await??;
        let changes = plain::count(saved, "change");
        let shown = plain::word(&path.display().to_string());
        // A simulator of this process ends with it, and the plan is for it alone.
        let carry_out = format!(": carry it out with `cf-domauth fix{} --plan {shown}`", context.again);
        let carry_out = if context.sandbox.is_some() { "" } else { &carry_out };
        let saved = format!("{changes} saved in {shown}{carry_out}");
        survey.zones.iter_mut().for_each(|zone| zone.notes.push(saved.clone()));
    }
    carry_out(&context, &session, survey, options, session.journal()).await
}

/// Whether two paths lead to one file, be it there yet or not.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    one == other || whole(one).ok().is_some_and(|one| whole(other).is_ok_and(|other| one == other))
}
