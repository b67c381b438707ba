//! `fix`: look, show the plan, ask, change, confirm. Effects: network, files, terminal.

use std::path::Path;

use super::Stopped;
use super::change::{Manner, carry_out, leave_out};
use super::context::Context;
use super::look::{Gathered, Looked, gather, servers_of};
use super::select::{Asked, Wish};
use crate::cli::arguments::{self, Global};
use crate::cli::settings::environment::Environment;
use crate::cli::settings::{self, SettingsError};
use crate::cli::ui::Terminal;
use crate::io::files;
use crate::io::interrupt::Stop;
use crate::model::diagnosis::Scope;
use crate::model::failure::{Exit, Failure};
use crate::model::ids::ZoneId;
use crate::model::plain;
use crate::model::plan::Consent;
use crate::model::plan::saved::{self, SavedPlan, SavedZone};
use crate::report::{Command, ZoneReport};
use crate::run::collect;

/// Longest plan that is read.
const LONGEST_PLAN: u64 = 256 << 20;

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Fix,
    stop: Stop,
) -> Result<Exit, Stopped> {
    if let Some(path) = arguments.plan.as_deref().or(arguments.save_plan.as_deref())
        && global.output.as_deref() == Some(path)
    {
        return Err(SettingsError::OutputIsPlan(path.display().to_string()).into());
    }
    let wish = Wish::read(&arguments.zones)?.replacing(&arguments.replace)?;
    terminal.open()?;
    let manner = Manner {
        command: Command::Fix,
        is_dry_run: arguments.dry_run || arguments.save_plan.is_some(),
        yes: arguments.yes,
        // A saved plan holds what was decided when it was saved, and nothing else.
        restore: arguments.restore || arguments.plan.is_some(),
        wait: settings::duration("--wait", &arguments.wait)?,
    };
    let sources = (arguments.zones.sandbox(), arguments.zones.expect_from.as_deref());
    let context = Context::new(terminal, global, environment, sources, stop).await?;
    let mut gathered = match &arguments.plan {
        Some(path) => read_plan(&context, path).await?,
        None => match gather(&context, &wish).await? {
            Some(gathered) => gathered,
            None => return Err(Stopped::asked(&context.public.stop)),
        },
    };
    if let Some(path) = &arguments.save_plan {
        leave_out(&mut gathered.looked, if arguments.restore { Consent::Together } else { Consent::Plan });
        let changes = save_plan(&context, &gathered.looked, path).await?;
        let shown = path.display();
        let saved = format!("{changes} saved in {shown}: carry it out with `cf-domauth fix --plan {shown}`");
        for looked in &mut gathered.looked {
            looked.report.notes.push(saved.clone());
        }
    }
    let journal = context.journal();
    carry_out(terminal, &context, gathered, manner, journal).await
}

/// Writes the plan with the records concerned as they are now; if those moved since the plan was made, none is
/// written.
async fn save_plan(context: &Context, looked: &[Looked], path: &Path) -> Result<String, Stopped> {
    let mut zones = Vec::new();
    let count: usize = looked.iter().map(|looked| looked.report.changes().len()).sum();
    for plan in looked.iter().filter_map(|looked| looked.report.plan.as_ref()) {
        if plan.changes.is_empty() {
            continue;
        }
        let now = collect::at_names(&context.api, &plan.zone, &plan.names(), plan.pages).await?;
        let held: Vec<_> = now.iter().map(|original| &original.record).collect();
        let moved = crate::model::plan::moved(plan, &held);
        if !moved.is_empty() {
            let message = format!("no plan was saved: {}", moved.join("; "));
            return Err(Stopped::Failure(Failure { message, hints: Vec::new(), exit: Exit::Findings }));
        }
        zones.push(saved::save(plan, &now));
    }
    let plan = SavedPlan {
        cf_domauth_plan: saved::VERSION,
        program: concat!("cf-domauth ", env!("CARGO_PKG_VERSION")).to_owned(),
        made: context.started.to_string(),
        api: context.api.base().to_owned(),
        zones,
    };
    let text = serde_json::to_string_pretty(&plan).unwrap_or_default();
    let failed =
        |source| SettingsError::PlanFile { option: "--save-plan", path: path.display().to_string(), source };
    // In the place of an old plan only once it is whole.
    files::replace_beside(path, &format!("{text}\n")).map_err(failed)?;
    Ok(plain::count(count, "change"))
}

/// Reads a saved plan and the zones it is for.
async fn read_plan(context: &Context, path: &Path) -> Result<Gathered, Stopped> {
    let shown = || path.display().to_string();
    let failed = |source| SettingsError::PlanFile { option: "--plan", path: shown(), source };
    let text = files::read(path, LONGEST_PLAN).map_err(failed)?;
    let text = text.ok_or_else(|| failed(std::io::Error::other("there is no such file")))?;
    let plan = saved::read(&text, context.api.base())?;
    let mut gathered = Gathered { failed: Vec::new(), looked: Vec::new(), asked: Asked::default() };
    for zone in plan.zones {
        let label = plain::line(&zone.zone);
        match planned(context, zone).await? {
            Ok(looked) => gathered.looked.push(looked),
            Err(failure) => gathered.failed.push(ZoneReport::failed(label, None, failure)),
        }
    }
    Ok(gathered)
}

/// The plan of one zone; a zone that cannot be found does not stop the others.
async fn planned(context: &Context, saved: SavedZone) -> Result<Result<Looked, Failure>, Stopped> {
    let id = ZoneId::parse(&saved.zone_id);
    let id = id.map_err(|source| SettingsError::Id { origin: "--plan", source })?;
    let zone = match collect::zone_by_id(&context.api, &id).await {
        Ok(zone) => zone,
        Err(error) => return Ok(Err(Failure::of(&error))),
    };
    let mut report = ZoneReport::new(zone.name.to_string(), Some(zone.clone()));
    let (authoritative, notes) = servers_of(&context.public, &zone.name_servers).await;
    report.notes = notes;
    report.is_examined = false;
    report.plan = Some(saved::plan_of(zone, saved)?);
    Ok(Ok(Looked { report, authoritative, scope: Scope::default() }))
}
