//! Asks, listens, waits, and stops as early as it can. Effects: network, clock.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::cell::Cell;
use super::{Behind, Confirmation, Standing, Wanted, judge};
use crate::catalogue::Publishes;
use crate::dns::DomainName;
use crate::interrupt::Stop;
use crate::lookup::ask::Asker;
use crate::lookup::{Kind, Observation, QuestionType, Server};
use crate::mailauth::{self, Policy};
use crate::progress::{Event, Progress};

/// What a confirmation needs.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// Asks.
    pub asker: &'a Asker,
    /// The public resolvers; none to ask the authoritative servers only.
    pub resolvers: &'a [Server],
    /// Tells when to stop.
    pub stop: &'a Stop,
    /// Hears what happens.
    pub progress: &'a dyn Progress,
}

impl std::fmt::Debug for Tools<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tools").field("resolvers", &self.resolvers).finish_non_exhaustive()
    }
}

/// Confirms every wanted name and waits up to `patience` for old answers to die. Returns as soon as
/// all is right, or as soon as nothing can become right within that time.
pub async fn poll(tools: Tools<'_>, wanted: &[Wanted], patience: Duration) -> Vec<Confirmation> {
    let mut run = Run::new(tools, wanted);
    let start = Instant::now();
    let mut under_way: FuturesUnordered<BoxFuture<'_, Heard>> = FuturesUnordered::new();
    loop {
        let now = start.elapsed();
        for place in run.due(now) {
            under_way.push(run.ask(place));
        }
        let next = run.next().filter(|next| *next <= patience);
        if under_way.is_empty() && next.is_none() {
            break;
        }
        run.report_progress(next.map(|next| next.saturating_sub(now)));
        let sleep = tokio::time::sleep_until(start + next.unwrap_or(patience));
        tokio::select! {
            Some(heard) = under_way.next(), if !under_way.is_empty() => run.hear(start.elapsed(), heard),
            () = sleep, if next.is_some() => {}
            () = tools.stop.requested() => break,
        }
    }
    tools.progress.on(Event::StageOver);
    run.confirmations(start.elapsed())
}

struct Heard {
    place: usize,
    observation: Observation,
    behind: Behind,
}

struct Run<'a> {
    tools: Tools<'a>,
    wanted: &'a [Wanted],
    cells: Vec<Cell>,
}

impl<'a> Run<'a> {
    fn new(tools: Tools<'a>, wanted: &'a [Wanted]) -> Self {
        let cells = wanted.iter().enumerate().flat_map(|(index, wanted)| {
            let servers = wanted.authoritative.iter().chain(tools.resolvers);
            servers.map(move |server| Cell::new(server.clone(), index))
        });
        Self { tools, wanted, cells: cells.collect() }
    }

    fn of(&self, wanted: usize) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.wanted == wanted)
    }

    /// What is wanted, or what the first authoritative server with an alias says.
    fn target(&self, wanted: usize) -> Option<DomainName> {
        let Wanted { name, target, .. } = self.wanted.get(wanted)?;
        let at_source =
            self.of(wanted).filter(|cell| cell.is_authoritative()).find_map(|cell| cell.alias(name));
        target.clone().or_else(|| at_source.cloned())
    }

    /// Whether the resolvers may be asked: no authoritative server is unsettled or says otherwise.
    fn source_is_right(&self, wanted: usize) -> bool {
        let mut at_source = self.of(wanted).filter(|cell| cell.is_authoritative());
        at_source.all(|cell| {
            cell.is_settled()
                && matches!(cell.standing(), Standing::Right | Standing::Silent | Standing::CouldNotSay)
        })
    }

    fn may_ask(&self, cell: &Cell) -> bool {
        cell.is_authoritative() || self.source_is_right(cell.wanted)
    }

    fn due(&mut self, now: Duration) -> Vec<usize> {
        let is_due = |cell: &Cell| cell.due().is_some_and(|due| due <= now) && self.may_ask(cell);
        let places: Vec<usize> =
            self.cells.iter().enumerate().filter(|(_, cell)| is_due(cell)).map(|(place, _)| place).collect();
        for place in &places {
            if let Some(cell) = self.cells.get_mut(*place) {
                cell.is_under_way = true;
            }
        }
        places
    }

    /// When something is due next that may be asked.
    fn next(&self) -> Option<Duration> {
        self.cells.iter().filter(|cell| self.may_ask(cell)).filter_map(Cell::due).min()
    }

    fn ask(&self, place: usize) -> BoxFuture<'a, Heard> {
        let cell = self.cells.get(place);
        let wanted = cell.and_then(|cell| self.wanted.get(cell.wanted));
        let target = cell.and_then(|cell| self.target(cell.wanted));
        let server = cell.map(|cell| cell.server.clone());
        let asker = self.tools.asker;
        Box::pin(async move {
            let (Some(server), Some(wanted)) = (server, wanted) else {
                return Heard { place, observation: Observation::Silent, behind: Behind::NotAsked };
            };
            let observation = asker.ask(&server, &wanted.name, QuestionType::Cname).await;
            let alias = observation.alias_at(&wanted.name).map(|(alias, _)| alias.clone());
            let behind = match alias {
                Some(alias)
                    if server.kind == Kind::Resolver && target.is_none_or(|target| target == alias) =>
                {
                    behind(asker, &server, wanted, &alias).await
                }
                _ => Behind::NotAsked,
            };
            Heard { place, observation, behind }
        })
    }

    fn hear(&mut self, now: Duration, heard: Heard) {
        let Heard { place, observation, behind } = heard;
        let Some(wanted) = self.cells.get(place).map(|cell| cell.wanted) else {
            return;
        };
        let target = self.target(wanted);
        let (Some(cell), Some(wanted)) = (self.cells.get_mut(place), self.wanted.get(wanted)) else {
            return;
        };
        cell.is_under_way = false;
        cell.hear(now, (observation, behind), &wanted.name, target.as_ref());
        self.tools.progress.on(Event::Seen {
            name: wanted.name.clone(),
            server: cell.server.to_string(),
            says: cell.says(),
            right: cell.standing() == Standing::Right,
        });
    }

    fn report_progress(&self, next: Option<Duration>) {
        let right = self.cells.iter().filter(|cell| cell.standing() == Standing::Right).count();
        self.tools.progress.on(Event::Confirming { right, all: self.cells.len(), next });
    }

    fn confirmations(&self, now: Duration) -> Vec<Confirmation> {
        let each = self.wanted.iter().enumerate().map(|(index, wanted)| {
            let servers: Vec<_> = self.of(index).map(|cell| cell.word(now)).collect();
            Confirmation {
                name: wanted.name.clone(),
                expected: self.target(index),
                verdict: judge(&servers),
                notes: judge::notes(&servers),
                servers,
            }
        });
        each.collect()
    }
}

/// Looks for what must stand behind an alias, the way a receiver does: by asking for the name itself.
/// A "no" is checked at the target, to tell an old "no" of this server from nothing being there.
async fn behind(asker: &Asker, server: &Server, wanted: &Wanted, alias: &DomainName) -> Behind {
    let mut missing = Vec::new();
    for what in &wanted.publishes {
        let at_name = asker.ask(server, &wanted.name, question(*what)).await;
        if shows(&at_name, *what) {
            continue;
        }
        if !at_name.is_definite() {
            return Behind::CouldNotSay;
        }
        let at_target = asker.ask(server, alias, question(*what)).await;
        if shows(&at_target, *what) {
            return Behind::OldNo(at_name.lifetime());
        }
        if !at_target.is_definite() {
            return Behind::CouldNotSay;
        }
        missing.push(*what);
    }
    if missing.is_empty() { Behind::Found } else { Behind::Missing(missing) }
}

fn question(what: Publishes) -> QuestionType {
    match what {
        Publishes::Mx => QuestionType::Mx,
        Publishes::DkimKey | Publishes::Spf | Publishes::Dmarc => QuestionType::Txt,
    }
}

fn shows(observation: &Observation, what: Publishes) -> bool {
    let publishes = |policy: Policy| observation.texts().any(|text| mailauth::policy(text) == policy);
    match what {
        Publishes::DkimKey => publishes(Policy::DkimKey),
        Publishes::Spf => publishes(Policy::Spf),
        Publishes::Dmarc => publishes(Policy::Dmarc),
        Publishes::Mx => observation
            .records()
            .iter()
            .any(|seen| matches!(seen.data, crate::lookup::SeenData::Exchanger(_))),
    }
}
