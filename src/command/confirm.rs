//! `confirm`: public DNS only, no token. Effects: network.

use super::Stopped;
use super::context::Public;
use super::look::servers_of;
use crate::cli::{self, Global};
use crate::confirm::poll::{self, poll};
use crate::confirm::{self, Wanted};
use crate::diagnosis;
use crate::dns::DomainName;
use crate::expectation::Expectation;
use crate::failure::Exit;
use crate::interrupt::Stop;
use crate::lookup::{Observation, QuestionType, Server};
use crate::report::{Command, Report, ZoneReport};
use crate::settings::{self, environment::Environment};
use crate::ui::Terminal;

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: &Environment,
    arguments: cli::Confirm,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let names = settings::names("NAME", &arguments.name)?;
    let expected = settings::expectations(&arguments.expect)?;
    let wait = settings::duration("--wait", &arguments.wait)?;
    let public = Public::new(terminal, global, environment, stop, !arguments.no_pace)?;
    let mut zones: Vec<(DomainName, Vec<Wanted>)> = Vec::new();
    for (name, target) in merged(names, expected) {
        let (zone, authoritative) = zone_of(&public, &zones, &name).await;
        let publishes = publishes(&public, &authoritative, &name, target.as_ref()).await;
        let wanted = Wanted { name, target, publishes, authoritative };
        match zones.iter_mut().find(|(known, _)| *known == zone) {
            Some((_, list)) => list.push(wanted),
            None => zones.push((zone, vec![wanted])),
        }
    }
    zones.sort_by(|a, b| a.0.cmp(&b.0));
    let all: Vec<Wanted> = zones.iter().flat_map(|(_, wanted)| wanted.clone()).collect();
    let tools = poll::Tools {
        asker: &public.asker,
        resolvers: &public.resolvers,
        stop: &public.stop,
        progress: &*public.progress,
    };
    let mut confirmations = poll(tools, &all, wait).await.into_iter();
    let mut reports = Vec::new();
    for (zone, wanted) in zones {
        let mut report = ZoneReport::new(zone.to_string(), None);
        report.confirmations = confirmations.by_ref().take(wanted.len()).collect();
        report.diagnosis.findings = confirm::unconfirmed(&report.confirmations);
        for finding in &mut report.diagnosis.findings {
            let servers = wanted.iter().find(|one| one.name == finding.name).map(|one| &one.authoritative);
            finding.evidence.extend(looks_proxied(&public, servers, &finding.name).await);
        }
        let unheard = report.confirmations.iter().filter(|one| one.is_unheard());
        report.unheard = unheard.map(|one| one.name.clone()).collect();
        reports.push(report);
    }
    let ended_by = public.stop.is_requested().then_some(Exit::Interrupted);
    let report = Report {
        command: Command::Confirm,
        is_dry_run: false,
        run: String::new(),
        ended_by,
        zones: reports,
        api_calls: 0,
    };
    terminal.after(&report)?;
    Ok(report.exit())
}

/// Each name once; an expectation tells more than a bare name.
fn merged(names: Vec<DomainName>, expected: Vec<Expectation>) -> Vec<(DomainName, Option<DomainName>)> {
    let mut all: Vec<(DomainName, Option<DomainName>)> =
        expected.into_iter().map(|one| (one.name, Some(one.target))).collect();
    for name in names {
        if !all.iter().any(|(known, _)| *known == name) {
            all.push((name, None));
        }
    }
    all
}

/// The zone of a name and its servers, asked for once per zone.
async fn zone_of(
    public: &Public,
    known: &[(DomainName, Vec<Wanted>)],
    name: &DomainName,
) -> (DomainName, Vec<Server>) {
    let found = public.asker.zone_of(&public.resolvers, name).await;
    let (zone, hosts) = found.unwrap_or_else(|| (name.clone(), Vec::new()));
    let same = known.iter().find(|(other, _)| *other == zone);
    if let Some(wanted) = same.and_then(|(_, wanted)| wanted.first()) {
        return (zone, wanted.authoritative.clone());
    }
    let servers = servers_of(public, &hosts).await;
    (zone, servers)
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

/// Says so if a name without a CNAME answers with Cloudflare's own addresses.
async fn looks_proxied(public: &Public, servers: Option<&Vec<Server>>, name: &DomainName) -> Option<String> {
    let heard = public.asker.ask_any(servers?, name, QuestionType::A).await;
    let is_alias = heard.alias_at(name).is_some();
    let address = heard.records().iter().find_map(|seen| match seen.data {
        crate::lookup::SeenData::Address(address) if crate::lookup::is_cloudflare(address) => Some(address),
        _ => None,
    })?;
    (!is_alias)
        .then(|| format!("it answers with {address}, an address of Cloudflare's: most likely it is proxied"))
}
