//! `confirm`: public DNS only, no token. Effects: network.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::Stopped;
use super::context::Public;
#[cfg(feature = "sandbox")]
use super::context::with_sandbox;
use super::guess::{Guessed, guess};
use super::input;
use super::look::servers_of;
use crate::cli::arguments::{self, Global};
use crate::cli::settings::{self, SettingsError, environment::Environment};
use crate::cli::ui::Terminal;
use crate::io::interrupt::Stop;
use crate::model::confirm::{self, Confirmation, Disguise, Wanted};
use crate::model::diagnosis::{self, Code, Evidence, Finding};
use crate::model::dns::DomainName;
use crate::model::expectation::{self, Expectation};
use crate::model::failure::{Exit, Failure, explain};
use crate::model::lookup::{Observation, QuestionType, Server};
use crate::report::{Command, Facts, Report, ZoneReport, message};
use crate::run::poll::{self, poll};

/// Names that are prepared at one time.
const IN_FLIGHT: usize = 128;

/// A name, and where it ought to point if that is known.
type Asked = (DomainName, Option<DomainName>);

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: Environment,
    arguments: arguments::Confirm,
    stop: Stop,
) -> Result<Exit, Stopped> {
    if arguments.message && terminal.format() != arguments::Format::Human {
        return Err(SettingsError::MessageFormat.into());
    }
    #[cfg(feature = "sandbox")]
    settings::only_the_sandbox(global, arguments.sandbox())?;
    // Kept alive to the end.
    #[cfg(feature = "sandbox")]
    let (_sandbox, environment, _) = with_sandbox(arguments.sandbox(), environment).await?;
    let request = Request::read(&arguments)?;
    let wait = settings::duration("--wait", &arguments.wait)?;
    let public = Public::new(terminal, global, &environment, stop, !arguments.no_pace)?;
    terminal.open()?;
    let Understanding { asked, given, policies, understood } = request.understand(&public)?;
    terminal.understood(&understood)?;
    let began = Instant::now();
    let prepared = tokio::select! {
        prepared = prepare(&public, asked) => prepared,
        () = public.stop.requested() => return Err(Stopped::asked(&public.stop)),
    };
    let Prepared { places, wanted, guesses, unknown } = prepared;
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
    let unread = understood.iter().map(|one| one.reading.unread.len()).sum();
    let elsewhere = places.iter().filter_map(elsewhere).collect();
    let facts = Facts { proxied, elsewhere, unread, ..facts(&public, &wanted, &reports, given) };
    reports.extend(unknown.into_iter().map(failed));
    let policies = futures_util::future::join_all(policies.iter().map(|name| policy(&public, name))).await;
    for (zone, guessed) in guesses.into_iter().chain(policies) {
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
    answer(terminal, &report, arguments.message.then_some(&facts))?;
    Ok(report.exit())
}

/// What was asked for, read and checked.
struct Request {
    names: Vec<DomainName>,
    zones: Vec<DomainName>,
    inputs: Vec<input::Input>,
    expected: Vec<Expectation>,
}

/// The same, once the inputs were understood.
struct Understanding {
    asked: Vec<Asked>,
    /// The names whose target somebody gave.
    given: Vec<DomainName>,
    /// Where somebody wants a DMARC policy.
    policies: Vec<DomainName>,
    understood: Vec<input::Understood>,
}

impl Request {
    fn read(arguments: &arguments::Confirm) -> Result<Self, SettingsError> {
        Ok(Self {
            names: settings::names("NAME", &arguments.name)?,
            zones: settings::names("--zone", &arguments.zone)?,
            inputs: input::read_all("--expect-file", &arguments.expect_file)?,
            expected: settings::expectations(&arguments.expect)?,
        })
    }

    fn understand(self, public: &Public) -> Result<Understanding, SettingsError> {
        let Self { names, zones, inputs, mut expected } = self;
        let mut understood = Vec::new();
        for input in &inputs {
            let within = input::with_domains(&zones);
            let context = input::Context { zones: &within, bases: &zones, catalogue: &public.catalogue };
            let one = input.understand(&context)?;
            expected.extend(one.expectations());
            understood.push(one);
        }
        let expected = expectation::agree(expected).map_err(SettingsError::Expectation)?;
        let given = expected.iter().map(|one| one.name.clone()).collect();
        let policies = understood.iter().flat_map(input::Understood::policies).map(|one| one.name).collect();
        Ok(Understanding { asked: merged(names, expected), given, policies, understood })
    }
}

/// Whether a DMARC policy stands where one is wanted, and in which zone that is.
async fn policy(public: &Public, name: &DomainName) -> (DomainName, Guessed) {
    let domain = name.parent().unwrap_or_else(|| name.clone());
    let places = places(public, &[(name.clone(), None)]).await;
    let mut found = Guessed::default();
    let Some(place) = places.first() else { return (domain, found) };
    let heard = public.asker.ask_any(&place.servers, name, QuestionType::Txt).await;
    found.findings.extend(diagnosis::published_policy(&domain, &heard));
    if !heard.is_definite() {
        found.findings.push(diagnosis::name_not_asked(&domain, name, &heard));
    }
    (place.zone.clone(), found)
}

/// Writes the report, or the letter; of a domain that does not exist nothing stands in a letter.
fn answer(terminal: &Terminal, report: &Report, letter: Option<&Facts>) -> std::io::Result<()> {
    let Some(facts) = letter else { return terminal.after(report) };
    for failure in report.zones.iter().filter_map(|zone| zone.error.as_ref()) {
        explain(failure, &mut terminal.errors())?;
    }
    terminal.answer(&message(report, facts))
}

/// What there is to confirm, and what was found out on the way.
struct Prepared {
    places: Vec<Place>,
    wanted: Vec<Wanted>,
    /// What was found at each bare domain.
    guesses: Vec<(DomainName, Guessed)>,
    /// Domains that do not exist, or whose zone could not be found out, and why.
    unknown: Vec<(DomainName, Failure)>,
}

async fn prepare(public: &Public, mut asked: Vec<Asked>) -> Prepared {
    let mut places = places(public, &asked).await;
    let mut unknown = nonexistent(public, &places).await;
    asked.retain(|(name, _)| !unknown.iter().any(|(domain, _)| name.is_within(domain)));
    // Of a bare domain nothing can be guessed where nobody tells which servers are its own.
    for place in places.iter().filter(|place| !place.is_found && place.parent.is_registrable()) {
        let bare = asked.iter().position(|(name, target)| *name == place.parent && target.is_none());
        if let Some(bare) = bare {
            let (domain, _) = asked.remove(bare);
            let hint =
                "if signatures are broken, resolvers refuse to answer: `cf-domauth explain dnssec-broken`";
            let (message, hints) = (place.notes.join("; "), vec![hint.to_owned()]);
            unknown.push((domain, Failure { message, hints, exit: Exit::Unreachable }));
        }
    }
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
        let pair = |(name, target): &Asked| Some((name.clone(), target.clone()?));
        let given: Vec<(DomainName, DomainName)> = asked.iter().filter_map(pair).collect();
        let guessed = guess(public, (&domain, &given), &servers).await;
        let is_new = |one: &&Asked| !asked.iter().any(|(known, _)| *known == one.0);
        let new: Vec<Asked> = guessed.names.iter().filter(is_new).cloned().collect();
        asked.extend(new);
        if !places.iter().any(|place| place.parent == domain) {
            let (parent, zone) = (domain.clone(), domain.clone());
            let (hosts, notes) = (Vec::new(), Vec::new());
            places.push(Place { parent, zone, is_found: true, hosts, servers, notes });
        }
        found.push((domain, guessed));
    }
    let wanted = wanted(public, asked, &places).await;
    Prepared { places, wanted, guesses: found, unknown }
}

/// The registrable domains above the names that public DNS does not know: a spelling question, not a record that
/// is missing. Nobody waits for such a name, so resolvers may remember the answer.
async fn nonexistent(public: &Public, places: &[Place]) -> Vec<(DomainName, Failure)> {
    let domain = |place: &Place| {
        let domain = DomainName::parse(place.parent.owner_part()).ok().filter(DomainName::is_registrable)?;
        let is_above = domain != place.zone && domain.is_within(&place.zone);
        (is_above || !place.is_found).then_some(domain)
    };
    let suspects: BTreeSet<DomainName> = places.iter().filter_map(domain).collect();
    let mut unknown = Vec::new();
    for domain in suspects {
        let heard = public.asker.ask_any(public.resolvers().await, &domain, QuestionType::Ns).await;
        if matches!(heard, Observation::NoName { .. }) {
            let message = format!("{} does not exist in DNS: check the spelling", domain.both_ways());
            unknown.push((domain, Failure { message, hints: Vec::new(), exit: Exit::Usage }));
        }
    }
    unknown
}

fn failed((domain, failure): (DomainName, Failure)) -> ZoneReport {
    ZoneReport::failed(domain.to_string(), None, failure)
}

/// What the letter has to know besides: whose page to press Verify on, and what is no mail record at all.
fn facts(public: &Public, wanted: &[Wanted], reports: &[ZoneReport], named: Vec<DomainName>) -> Facts {
    let seen = reports.iter().flat_map(|report| &report.confirmations);
    let mut facts = Facts { named, ..Facts::default() };
    for one in seen {
        let target = one.expected.as_ref().unwrap_or(&one.name);
        let is_given = wanted.iter().any(|wanted| wanted.name == one.name && wanted.target.is_some());
        let known = diagnosis::recognise(&one.name, target, is_given, &public.catalogue);
        if known.as_ref().is_none_or(|known| !known.role.is_for_mail()) {
            facts.no_mail.push(one.name.clone());
        }
        let provider = known.and_then(|known| known.provider);
        if let Some(place) = provider.as_ref().and_then(|provider| provider.verify.as_ref()) {
            let provider = provider.as_ref().map(|provider| provider.name.to_string()).unwrap_or_default();
            facts.verify.insert((one.name.clone(), format!("{provider}: {place}")));
        }
    }
    facts
}

/// Says what was found at a bare domain where its names are reported.
fn add_guesses(reports: &mut Vec<ZoneReport>, zone: &DomainName, guessed: Guessed) {
    let label = zone.to_string();
    if !reports.iter().any(|report| report.label == label) {
        reports.push(ZoneReport::new(label.clone(), None));
    }
    if let Some(report) = reports.iter_mut().find(|report| report.label == label) {
        report.notes.extend(guessed.notes);
        let is_new = |finding: &Finding| {
            finding.code() == Code::IncompleteSet
                || !report.confirmations.iter().any(|one| one.name == finding.name)
        };
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
        let mut findings = Vec::new();
        for finding in confirm::unconfirmed(std::slice::from_ref(&one)) {
            let look = disguised(public, &wanted.authoritative, &one).await;
            proxied.extend(matches!(look, Some(Disguise::Proxied(_))).then(|| one.name.clone()));
            let notes = place.iter().flat_map(|place| place.notes.clone()).chain(look.map(Disguise::words));
            findings.push(finding.evidence(notes.map(Evidence::Note)));
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
    /// The nearest ancestor without an underscore label, or the registrable domain: what the names have in common.
    parent: DomainName,
    zone: DomainName,
    /// Whether that is known, or only the best guess.
    is_found: bool,
    /// Its name servers, as the world names them.
    hosts: Vec<DomainName>,
    servers: Vec<Server>,
    notes: Vec<String>,
}

/// The name servers of a zone, if none of them is Cloudflare's.
fn elsewhere(place: &Place) -> Option<(String, String)> {
    let is_cloudflare = |host: &DomainName| host.owner_part() == "cloudflare.com";
    let is_elsewhere = !place.hosts.is_empty() && !place.hosts.iter().any(is_cloudflare);
    let hosts: Vec<&str> = place.hosts.iter().map(DomainName::as_str).collect();
    is_elsewhere.then(|| (place.zone.to_string(), hosts.join(", ")))
}

/// The nearest ancestor that could be a host or a zone; a registrable domain has none.
fn parent(name: &DomainName) -> DomainName {
    if name.is_registrable() {
        return name.clone();
    }
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
        let is_found = notes.is_empty();
        let (servers, more) = servers_of(public, &hosts).await;
        notes.extend(more);
        Place { parent, zone, is_found, hosts, servers, notes }
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
) -> Vec<crate::model::catalogue::Publishes> {
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
