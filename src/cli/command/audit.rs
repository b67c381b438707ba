//! `audit`: report broken mail records, change nothing. Effects: network, files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::context::{Context, options};
use super::{Stopped, request, usage};
use crate::cli::arguments;
use crate::cli::settings::Settings;
use crate::cli::settings::choice::{Choice, Origin};
use crate::cli::ui::Terminal;
use crate::io::store::baseline;
use crate::io::store::interrupted::{self, SoFar};
use crate::model::baseline::{Baseline, News};
use crate::model::failure::Exit;
use crate::model::ids::ZoneId;
use crate::model::interrupted::ReadZone;
use crate::model::plain;
use crate::model::plan::Consent;
use crate::model::survey::{UnreadZone, ZoneSurvey};
use crate::model::target::{self, LogReading, Request};
use crate::model::zone_run::ZoneRun;
use crate::report::{Command, EarlierZone, FailOn, Report, ZoneReport, assemble};
use crate::run::session::Session;

pub(super) async fn run(context: Context<'_>, arguments: arguments::Audit) -> Result<Exit, Stopped> {
    let terminal = context.terminal;
    let is_compared = arguments.since_last || arguments.baseline;
    let (fail_on, is_accepted) = (arguments.fail_on, arguments.baseline);
    let zones = request::settled(arguments.zones);
    let again = context.again.clone() + &options("sandbox", zones.shared.sandbox().map(str::to_owned));
    let same_zones = request::again(&zones);
    let arguments = arguments::Audit { zones, ..arguments };
    let mut works = works(&context, arguments, is_compared).await?;
    context.unless_stopped(shared_out(&mut works)).await?;
    let usual = if is_compared { FailOn::New } else { FailOn::default() };
    let mut report = Report { again, same_zones, ..begun(&works, fail_on.unwrap_or(usual)) };
    let mut looked = Looked::new(terminal);
    let (mut kept, mut over) = (Vec::new(), Vec::new());
    let mut done = BTreeSet::new();
    for Work { label, session, mut request, path, old, so_far, earlier } in works {
        (looked.profile, looked.so_far) = (label, so_far);
        looked.compared = is_compared.then(|| Compared::new(session.started(), old, is_accepted));
        let earlier = looked.resume(earlier);
        done.extend(earlier.iter().filter_map(|one| ZoneId::parse(&one.zone.zone_id).ok()));
        report.earlier.extend(earlier);
        request.skip.append(&mut done.clone());
        let found = session.survey_each(&request, |one| done.extend(looked.take(&report, one))).await?;
        let Some(expectations) = found else {
            return Err(cut_off(context.stopped(), &looked));
        };
        if report.understood.is_empty() {
            report.understood = expectations.understood;
        }
        report.api_calls += session.api().calls();
        kept.extend(looked.compared.take().map(|compared| (path, compared.next)));
        over.extend(looked.so_far.take());
    }
    let Looked { zones, written, .. } = looked;
    written?;
    // Those that could not be read first.
    let (failed, read): (Vec<ZoneReport>, Vec<_>) = zones.into_iter().partition(|zone| zone.error.is_some());
    (report.at, report.zones) = (jiff::Timestamp::now(), failed.into_iter().chain(read).collect());
    terminal.before(&report, false)?;
    terminal.after(&report)?;
    // Only what was told is known to somebody.
    for (path, next) in kept {
        baseline::keep(&path, &next)?;
    }
    // What an outage left is read with --resume.
    let is_unread = |zone: &ZoneReport| zone.error.as_ref().is_some_and(|why| why.exit == Exit::Unreachable);
    if !report.zones.iter().any(is_unread) {
        over.into_iter().for_each(SoFar::end);
    }
    Ok(report.exit())
}

/// Somebody asked the run to end, and it can be gone on with.
fn cut_off(mut stopped: Stopped, looked: &Looked<'_>) -> Stopped {
    if let (Some(_), Stopped::Failure(failure)) = (&looked.so_far, &mut stopped) {
        let read = plain::count(looked.zones.iter().filter(|zone| zone.error.is_none()).count(), "zone");
        failure.hints.push(format!("{read} read; the same command with --resume goes on from there"));
    }
    stopped
}

/// The report before any zone was read.
fn begun(works: &[Work], fail_on: FailOn) -> Report {
    Report {
        at: jiff::Timestamp::now(),
        command: Command::Audit,
        run: works.first().map(|work| work.session.run().to_owned()).unwrap_or_default(),
        fail_on,
        last: works.iter().filter_map(|work| Some(work.old.as_ref()?.at.clone())).min(),
        ..Report::default()
    }
}

/// The settings of one profile or of none, and its name where there are several.
type Profile = (Option<String>, Settings);

/// What is done with one credential.
struct Work {
    label: Option<String>,
    session: Session,
    request: Request,
    path: PathBuf,
    old: Option<Baseline>,
    /// What is read so far, where many zones are.
    so_far: Option<SoFar>,
    /// What an earlier run had read.
    earlier: Vec<ReadZone>,
}

/// What is to be done, credential by credential. Nothing is read from the API yet.
async fn works(
    context: &Context<'_>,
    arguments: arguments::Audit,
    is_compared: bool,
) -> Result<Vec<Work>, Stopped> {
    let zones = arguments.zones;
    if is_compared && zones.shared.sandbox().is_some() {
        return Err(usage(
            "--since-last and --baseline compare with an earlier run, and a sandbox of this run has none",
            ["leave out --sandbox, or serve one that stays: cf-domauth sandbox --env-file PATH"],
        ));
    }
    let log = if arguments.deleted { LogReading::Whole } else { LogReading::Enough };
    let profiles = profiles(&context.settings, arguments.all_profiles)?;
    let requests = requests(&profiles, &zones, log)?;
    context.terminal.open()?;
    let mut works = Vec::new();
    for ((label, settings), request) in profiles.into_iter().zip(requests) {
        let name = settings.profile.clone().map(|profile| profile.value);
        let session = async {
            let context = Context { settings, ..context.clone() }.within(zones.shared.sandbox()).await?;
            context.session(zones.expect_from.as_deref())
        };
        let session = session.await.map_err(|stopped| of_profile(label.as_deref(), stopped))?;
        let shard = zones.shard.map(|shard| shard.to_string());
        // Runs of several machines, or side by side, must not write over one another.
        let path = session.baseline_path(name.as_deref(), shard.as_deref());
        let old = if is_compared { baseline::load(&path)? } else { None };
        let so_far = session.interrupted_path(name.as_deref(), shard.as_deref());
        let earlier = if arguments.resume { interrupted::load(&so_far)? } else { Vec::new() };
        let is_kept = request.all && zones.shared.sandbox().is_none();
        // An audit works without a folder to write to; then it cannot be gone on with.
        let so_far = is_kept.then(|| SoFar::begin(&so_far, &earlier)).and_then(Result::ok);
        works.push(Work { label, session, request, path, old, so_far, earlier });
    }
    Ok(works)
}

/// The profiles that are meant: usually one, or none. Each of several has to name its own token.
fn profiles(settings: &Settings, all: bool) -> Result<Vec<Profile>, Stopped> {
    let of_file = || settings.file.profiles.keys().cloned().collect();
    let names: Vec<String> = if all { of_file() } else { settings.global.profile.clone() };
    if all && names.is_empty() {
        let hint = "add tables such as [profile.work]: docs/settings.md";
        return Err(usage("--all-profiles: the settings have no profiles", [hint]));
    }
    if names.len() < 2 && !all {
        return Ok(vec![(None, settings.clone())]);
    }
    let mut profiles: Vec<Profile> = Vec::new();
    for name in names {
        if profiles.iter().any(|(known, _)| known.as_ref() == Some(&name)) {
            continue;
        }
        let of = settings.of_profile(&name)?;
        if let Some(Choice { origin: Origin::Option(from) | Origin::Variable(from), .. }) = of.token() {
            let hint = "leave it out, and let each profile of the settings file name its token";
            return Err(usage(format!("{from} would stand for the token of every profile"), [hint]));
        }
        profiles.push((Some(name), of));
    }
    Ok(profiles)
}

/// What is asked for in each profile. Input is read once.
fn requests(
    profiles: &[Profile],
    zones: &arguments::Zones,
    log: LogReading,
) -> Result<Vec<Request>, Stopped> {
    let mut all: Vec<Request> = Vec::new();
    for (label, settings) in profiles {
        let request =
            request::read(settings, zones).map_err(|stopped| of_profile(label.as_deref(), stopped))?;
        let documents = all.first().map_or(request.documents, |first| first.documents.clone());
        all.push(Request { documents, log, ..request });
    }
    Ok(all)
}

/// Says which of several profiles is meant.
fn of_profile(name: Option<&str>, mut stopped: Stopped) -> Stopped {
    if let (Some(name), Stopped::Failure(failure)) = (name, &mut stopped) {
        failure.message = format!("profile {}: {}", plain::sanitize_line(name), failure.message);
    }
    stopped
}

/// Leaves each zone that several credentials can see to one of them.
async fn shared_out(works: &mut [Work]) {
    if works.len() < 2 || !works.iter().all(|work| work.request.all) {
        return;
    }
    let mut visible = Vec::new();
    for work in works.iter() {
        visible.push(work.session.visible(work.request.account.as_ref()).await);
    }
    for (work, others) in works.iter_mut().zip(target::of_others(&visible)) {
        work.request.skip = others;
    }
}

/// What was open before, and what is open now.
struct Compared {
    is_accepted: bool,
    old: Baseline,
    next: Baseline,
}

impl Compared {
    fn new(now: jiff::Timestamp, old: Option<Baseline>, is_accepted: bool) -> Self {
        let old = old.unwrap_or_default();
        let next = Baseline { at: now.to_string(), ..old.clone() }.current();
        Self { is_accepted, old, next }
    }

    /// Finds out what is new in a zone, and takes down what is open in it.
    fn take(&mut self, zone: &ReadZone) -> News {
        let news = self.old.news(zone, self.is_accepted);
        self.next.take_down(zone, &news);
        news
    }
}

/// The zones that were looked at.
struct Looked<'t> {
    terminal: &'t Terminal,
    /// Whose zones they are, where there are several profiles.
    profile: Option<String>,
    compared: Option<Compared>,
    so_far: Option<SoFar>,
    zones: Vec<ZoneReport>,
    written: std::io::Result<()>,
}

impl<'t> Looked<'t> {
    fn new(terminal: &'t Terminal) -> Self {
        let (zones, written) = (Vec::new(), Ok(()));
        Self { terminal, profile: None, compared: None, so_far: None, zones, written }
    }

    /// Takes over what an earlier run had read, and finds out what is new in it.
    fn resume(&mut self, earlier: Vec<ReadZone>) -> Vec<EarlierZone> {
        let one = |zone: ReadZone| {
            let news = self.compared.as_mut().map(|compared| compared.take(&zone));
            EarlierZone { zone, news }
        };
        earlier.into_iter().map(one).collect()
    }

    /// Takes a zone as it ends: what is new in it is found out, and where zones are told one by one it is told. Returns
    /// the zone if it was read.
    fn take(&mut self, report: &Report, one: Result<ZoneSurvey, UnreadZone>) -> Option<ZoneId> {
        let id = one.as_ref().ok().map(|survey| survey.zone.id.clone());
        let mut zone = match one {
            Err(unread) => assemble::unread_zone(unread),
            Ok(survey) => {
                let read_at = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                let read = ReadZone::of(&survey, read_at);
                let news = self.compared.as_mut().map(|compared| compared.take(&read));
                if let Some(so_far) = &mut self.so_far {
                    // One that cannot be kept is read again.
                    so_far.add(&read).ok();
                }
                let run = ZoneRun::from(survey).within(Consent::Each);
                ZoneReport { news, ..assemble::zone(run, false) }
            }
        };
        zone.profile.clone_from(&self.profile);
        if self.written.is_ok() {
            self.written = self.terminal.zone(report, &zone);
        }
        self.zones.push(zone);
        if self.zones.len() > 1 && !self.terminal.lists_records() {
            self.zones.iter_mut().rev().take(2).for_each(ZoneReport::shorten);
        }
        id
    }
}
