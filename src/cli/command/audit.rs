//! `audit`: report broken mail records, change nothing. Effects: network, files.

use super::context::Context;
use super::usage::UsageError;
use super::{Stopped, request};
use crate::cli::arguments;
use crate::cli::settings::Settings;
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::io::store::baseline;
use crate::model::baseline::Baseline;
use crate::model::failure::Exit;
use crate::model::plan::Consent;
use crate::model::survey::{UnreadZone, ZoneSurvey};
use crate::model::target::{LogReading, Request};
use crate::model::zone_run::ZoneRun;
use crate::report::{Command, FailOn, Report, ZoneReport, assemble};

pub(super) async fn run(
    terminal: &Terminal,
    settings: Settings,
    arguments: arguments::Audit,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let log = if arguments.deleted { LogReading::Whole } else { LogReading::Enough };
    let zones = request::settled(arguments.zones);
    let request = Request { log, ..request::read(&settings, &zones)? };
    let profile = settings.file.profile.clone();
    terminal.open()?;
    let sources = (zones.shared.sandbox(), zones.expect_from.as_deref());
    let context = Context::new(terminal, settings, sources, stop).await?;
    let session = &context.session;
    let is_compared = arguments.since_last || arguments.baseline;
    if is_compared && zones.shared.sandbox().is_some() {
        return Err(UsageError::NoLastTime.into());
    }
    // Runs of several machines, or side by side, must not write over one another.
    let shard = zones.shard.map(|shard| shard.to_string());
    let path = session.baseline_path(profile.as_deref(), shard.as_deref());
    let old = if is_compared { baseline::load(&path)? } else { None };
    let usual = if is_compared { FailOn::New } else { FailOn::default() };
    let mut report = Report {
        at: jiff::Timestamp::now(),
        command: Command::Audit,
        is_dry_run: false,
        run: session.run().to_owned(),
        ended_by: None,
        was_declined: false,
        fail_on: arguments.fail_on.unwrap_or(usual),
        last: old.as_ref().map(|old| old.at.clone()),
        understood: Vec::new(),
        zones: Vec::new(),
        api_calls: 0,
    };
    let compared = is_compared.then(|| Compared::new(session.started(), old, arguments.baseline));
    let mut looked = Looked { terminal, compared, zones: Vec::new(), written: Ok(()) };
    let Some(expectations) = session.survey_each(&request, |one| looked.take(&report, one)).await? else {
        return Err(Stopped::asked(session.dns().stop()));
    };
    let Looked { compared, zones, written, .. } = looked;
    written?;
    // Those that could not be read first.
    let (failed, read): (Vec<ZoneReport>, Vec<_>) = zones.into_iter().partition(|zone| zone.error.is_some());
    report.zones = failed.into_iter().chain(read).collect();
    (report.understood, report.api_calls) = (expectations.understood, session.api().calls());
    terminal.before(&report, false)?;
    terminal.after(&report)?;
    // Only what was told is known to somebody.
    if let Some(Compared { next, .. }) = compared {
        baseline::keep(&path, &next)?;
    }
    Ok(report.exit())
}

/// What was open before, and what is open now.
struct Compared {
    now: String,
    is_accepted: bool,
    old: Baseline,
    next: Baseline,
}

impl Compared {
    fn new(now: jiff::Timestamp, old: Option<Baseline>, is_accepted: bool) -> Self {
        let (now, old) = (now.to_string(), old.unwrap_or_default());
        let next = Baseline { at: now.clone(), ..old.clone() }.current();
        Self { now, is_accepted, old, next }
    }
}

/// The zones that were looked at.
struct Looked<'t> {
    terminal: &'t Terminal,
    compared: Option<Compared>,
    zones: Vec<ZoneReport>,
    written: std::io::Result<()>,
}

impl Looked<'_> {
    /// Takes a zone as it ends: what is new in it is found out, and where zones are told one by one it is told.
    fn take(&mut self, report: &Report, one: Result<ZoneSurvey, UnreadZone>) {
        let zone = match one {
            Err(unread) => assemble::unread_zone(unread),
            Ok(survey) => {
                let news = self.compared.as_mut().map(|Compared { now, is_accepted, old, next }| {
                    let news = old.news(&survey, is_accepted.then_some(now));
                    next.take_down(&survey, &news, now);
                    news
                });
                let run = ZoneRun::from(survey).within(Consent::Each);
                ZoneReport { news, ..assemble::zone(run, false) }
            }
        };
        if self.written.is_ok() {
            self.written = self.terminal.zone(report, &zone);
        }
        self.zones.push(zone);
        if self.zones.len() > 1 && !self.terminal.lists_records() {
            self.zones.iter_mut().rev().take(2).for_each(ZoneReport::shorten);
        }
    }
}
