//! `confirm`: public DNS only, no token. Effects: network.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::Stopped;
use super::context::Public;
use super::guess::{Guessed, guess};
use super::input;
use super::look::servers_of;
use crate::cli::{self, Global};
use crate::confirm::poll::{self, poll};
use crate::confirm::{self, Confirmation, Disguise, Wanted};
use crate::diagnosis::{self, Finding};
use crate::dns::DomainName;
use crate::expectation::{self, Expectation};
use crate::failure::Exit;
use crate::interrupt::Stop;
use crate::lookup::{Observation, QuestionType, Server};
use crate::report::{Command, Report, ZoneReport, message};
use crate::settings::{self, SettingsError, environment::Environment};
use crate::ui::Terminal;

/// Names that are prepared at one time.
const IN_FLIGHT: usize = 128;

/// A name, and where it ought to point if that is known.
type Asked = (DomainName, Option<DomainName>);

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: &Environment,
    arguments: cli::Confirm,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let names = settings::names("NAME", &arguments.name)?;
    let inputs = input::read_all("--expect-file", &arguments.expect_file)?;
    let mut expected = settings::expectations(&arguments.expect)?;
    let wait = settings::duration("--wait", &arguments.wait)?;
    let public = Public::new(terminal, global, environment, stop, !arguments.no_pace)?;
    terminal.open()?;
    let mut understood = Vec::new();
    for input in &inputs {
        let one = input.understand(&[], &public.catalogue)?;
        expected.extend(one.expectations());
        understood.push(one);
    }
    let expected = expectation::agree(expected).map_err(SettingsError::Expectation)?;
    terminal.understood(&understood)?;
    let began = Instant::now();
    let asked = merged(names, expected);
    let prepared = tokio::select! {
        prepared = prepare(&public, asked) => prepared,
        () = public.stop.requested() => return Err(Stopped::asked(&public.stop)),
    };
    let Prepared { places, wanted, guesses } = prepared;
    let tools = poll::Tools {
        asker: &public.asker,
        resolvers: public.resolvers().await,
        stop: &public.stop,
        progress: &*public.progress,
    };
    let mut confirmations = poll(tools, &wanted, wait).await;
    // What was not published at first may have turned out to be a record that needs more behind it.
    let again = grown(&public, &wanted, &confirmations);
    for (place, one) in
        again.iter().map(|(place, _)| *place).zip(poll_again(tools, &again, wait, began).await)
    {
        if let Some(slot) = confirmations.get_mut(place) {
            *slot = one;
        }
    }
    let (mut reports, proxied) = reports(&public, &wanted, confirmations, &places).await;
    for (zone, guessed) in guesses {
        add_guesses(&mut reports, &zone, guessed);
    }
    reports.sort_by(|a, b| a.label.cmp(&b.label));
    let ended_by = public.stop.requested_exit();
    let report = Report {
        command: Command::Confirm,
        is_dry_run: false,
        run: String::new(),
        ended_by,
        was_declined: false,
        understood,
        zones: reports,
        api_calls: 0,
    };
    if arguments.message {
        terminal.answer(&message(&report, &proxied))?;
    } else {
        terminal.after(&report)?;
    }
    Ok(report.exit())
}

/// What there is to confirm, and what was found out on the way.
struct Prepared {
    places: Vec<Place>,
    wanted: Vec<Wanted>,
    /// What was found at each bare domain.
    guesses: Vec<(DomainName, Guessed)>,
}

async fn prepare(public: &Public, mut asked: Vec<Asked>) -> Prepared {
    let mut places = places(public, &asked).await;
    let is_bare = |(name, target): &Asked| {
        let place = place_of(&places, name);
        target.is_none() && place.is_some_and(|place| place.zone == *name && place.notes.is_empty())
    };
    let domains: Vec<DomainName> =
        asked.iter().filter(|one| is_bare(one)).map(|(name, _)| name.clone()).collect();
    asked.retain(|(name, _)| !domains.contains(name));
    let mut found = Vec::new();
    for domain in domains {
        let servers = place_of(&places, &domain).map(|place| place.servers.clone()).unwrap_or_default();
        let guessed = guess(public, &domain, &servers).await;
        let is_new = |name: &&DomainName| !asked.iter().any(|(known, _)| known == *name);
        let new: Vec<Asked> = guessed.names.iter().filter(is_new).map(|name| (name.clone(), None)).collect();
        asked.extend(new);
        if !places.iter().any(|place| place.parent == domain) {
            places.push(Place { parent: domain.clone(), zone: domain.clone(), servers, notes: Vec::new() });
        }
        found.push((domain, guessed));
    }
    let wanted = wanted(public, asked, &places).await;
    Prepared { places, wanted, guesses: found }
}

/// Says what was found at a bare domain where its names are reported.
fn add_guesses(reports: &mut Vec<ZoneReport>, zone: &DomainName, guessed: Guessed) {
    let label = zone.to_string();
    if !reports.iter().any(|report| report.label == label) {
        reports.push(ZoneReport::new(label.clone(), None));
    }
    if let Some(report) = reports.iter_mut().find(|report| report.label == label) {
        report.notes.extend(guessed.notes);
        let is_new = |finding: &Finding| !report.confirmations.iter().any(|one| one.name == finding.name);
        report.diagnosis.findings.extend(guessed.findings.into_iter().filter(is_new));
    }
}

/// One report for each zone, by name, and the names that look proxied.
async fn reports(
    public: &Public,
    wanted: &[Wanted],
    confirmations: Vec<Confirmation>,
    places: &[Place],
) -> (Vec<ZoneReport>, Vec<DomainName>) {
    let mut proxied = Vec::new();
    let mut reports: Vec<ZoneReport> = Vec::new();
    for (one, wanted) in confirmations.into_iter().zip(wanted) {
        let place = place_of(places, &one.name);
        let label = place.map_or_else(|| one.name.to_string(), |place| place.zone.to_string());
        if !reports.iter().any(|report| report.label == label) {
            let mut report = ZoneReport::new(label.clone(), None);
            report.notes = place.map(|place| place.notes.clone()).unwrap_or_default();
            reports.push(report);
        }
        let mut findings = confirm::unconfirmed(std::slice::from_ref(&one));
        for finding in &mut findings {
            finding.evidence.extend(place.iter().flat_map(|place| place.notes.clone()));
            let look = disguised(public, &wanted.authoritative, &one).await;
            proxied.extend(matches!(look, Some(Disguise::Proxied(_))).then(|| one.name.clone()));
            finding.evidence.extend(look.map(Disguise::words));
        }
        if let Some(report) = reports.iter_mut().find(|report| report.label == label) {
            report.unheard.extend(one.is_unheard().then(|| one.name.clone()));
            report.diagnosis.findings.extend(findings);
            report.confirmations.push(one);
        }
    }
    (reports, proxied)
}

/// Each name once; an expectation tells more than a bare name.
fn merged(names: Vec<DomainName>, expected: Vec<Expectation>) -> Vec<Asked> {
    let mut all: Vec<Asked> = expected.into_iter().map(|one| (one.name, Some(one.target))).collect();
    for name in names {
        if !all.iter().any(|(known, _)| *known == name) {
            all.push((name, None));
        }
    }
    all
}

/// Where names below one parent live.
struct Place {
    /// The nearest ancestor without an underscore label: what the names have in common.
    parent: DomainName,
    zone: DomainName,
    servers: Vec<Server>,
    notes: Vec<String>,
}

/// The nearest ancestor that could be a host or a zone.
fn parent(name: &DomainName) -> DomainName {
    let mut above = name.and_ancestors().skip(1);
    above
        .find(|ancestor| !ancestor.labels().any(|label| label.starts_with('_')))
        .unwrap_or_else(|| name.clone())
}

/// Finds the zone and its servers once for all names below one parent.
async fn places(public: &Public, asked: &[Asked]) -> Vec<Place> {
    let mut firsts: Vec<&DomainName> = Vec::new();
    for (name, _) in asked {
        if !firsts.iter().any(|known| parent(known) == parent(name)) {
            firsts.push(name);
        }
    }
    let each = firsts.into_iter().map(|name| async move {
        let parent = parent(name);
        let (zone, hosts, mut notes) = match public.asker.zone_of(public.resolvers().await, name).await {
            Ok((zone, hosts)) => (zone, hosts, Vec::new()),
            Err(heard) => {
                let note = format!("the zone of {name} could not be found out: {}", heard.describe());
                (parent.clone(), Vec::new(), vec![note])
            }
        };
        let (servers, more) = servers_of(public, &hosts).await;
        notes.extend(more);
        Place { parent, zone, servers, notes }
    });
    futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await
}

fn place_of<'p>(places: &'p [Place], name: &DomainName) -> Option<&'p Place> {
    places.iter().find(|place| place.parent == parent(name))
}

/// What to confirm for each name, in order.
async fn wanted(public: &Public, asked: Vec<Asked>, places: &[Place]) -> Vec<Wanted> {
    let each = asked.into_iter().map(|(name, target)| async move {
        let authoritative = place_of(places, &name).map(|place| place.servers.clone()).unwrap_or_default();
        let publishes = publishes(public, &authoritative, &name, target.as_ref()).await;
        Wanted { name, target, is_gone: false, publishes, authoritative }
    });
    futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await
}

/// The names whose record, seen in the end, needs something behind it that was not looked for.
fn grown(public: &Public, wanted: &[Wanted], seen: &[Confirmation]) -> Vec<(usize, Wanted)> {
    let pairs = wanted.iter().zip(seen).enumerate();
    let changed = pairs.filter_map(|(place, (wanted, one))| {
        let target = one.expected.as_ref().filter(|_| wanted.target.is_none())?;
        let publishes = diagnosis::published_behind(&wanted.name, Some(target), &public.catalogue);
        let differs = publishes != wanted.publishes;
        differs.then(|| (place, Wanted { publishes, target: Some(target.clone()), ..wanted.clone() }))
    });
    changed.collect()
}

async fn poll_again(
    tools: poll::Tools<'_>,
    again: &[(usize, Wanted)],
    wait: Duration,
    began: Instant,
) -> Vec<Confirmation> {
    let wanted: Vec<Wanted> = again.iter().map(|(_, wanted)| wanted.clone()).collect();
    poll(tools, &wanted, wait.saturating_sub(began.elapsed())).await
}

/// What must stand behind a name. Without an expectation, the source tells whose record it is.
async fn publishes(
    public: &Public,
    authoritative: &[Server],
    name: &DomainName,
    target: Option<&DomainName>,
) -> Vec<crate::catalogue::Publishes> {
    let heard = match target {
        Some(_) => Observation::Silent,
        None => public.asker.ask_any(authoritative, name, QuestionType::Cname).await,
    };
    let seen = heard.alias_at(name).map(|(alias, _)| alias);
    diagnosis::published_behind(name, target.or(seen), &public.catalogue)
}

/// What a name without a CNAME shows instead.
async fn disguised(public: &Public, servers: &[Server], one: &Confirmation) -> Option<Disguise> {
    let at_name = public.asker.ask_any(servers, &one.name, QuestionType::A).await;
    let at_target = match &one.expected {
        Some(target) if !at_name.records().is_empty() => {
            public.asker.ask_any(public.resolvers().await, target, QuestionType::A).await
        }
        _ => Observation::Silent,
    };
    confirm::disguise(&one.name, &at_name, &at_target)
}
