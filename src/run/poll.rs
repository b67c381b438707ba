//! Asks, listens, waits, and stops as early as it can. Effects: network, clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Zoned;
use tokio::time::Instant;

use super::public_dns::PublicDns;
use crate::io::lookup::ask::Asker;
use crate::model::catalog::Publishes;
use crate::model::confirm::cell::Probe;
use crate::model::confirm::{Agreement, Behind, Confirmation, Wanted, judge};
use crate::model::diagnosis;
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation, QuestionType, Server};
use crate::model::progress::Event;

/// Questions under way at one time. Each takes some kilobytes; fewer leave the network as there is room.
const MOST_UNDER_WAY: usize = 256;

impl PublicDns {
    /// Confirms every wanted name at its authoritative servers and at `resolvers`, and waits up to `patience` for old
    /// answers to die. Returns as soon as all is right, or as soon as nothing can become right within that time.
    pub(super) async fn poll(
        &self,
        resolvers: &[Server],
        wanted: &[Wanted],
        patience: Duration,
    ) -> Vec<Confirmation> {
        let mut run = Run::new(self, wanted, resolvers, !patience.is_zero());
        let start = Instant::now();
        let mut under_way: FuturesUnordered<BoxFuture<'_, Heard>> = FuturesUnordered::new();
        loop {
            let now = start.elapsed();
            for place in run.due(now, MOST_UNDER_WAY - under_way.len()) {
                under_way.push(run.ask(place));
            }
            let has_room = under_way.len() < MOST_UNDER_WAY;
            let next = run.next().filter(|next| *next <= patience);
            if under_way.is_empty() && next.is_none() {
                break;
            }
            let (right, all) = (run.right, run.all);
            let next_in = next.map(|next| next.saturating_sub(now));
            self.progress.on(Event::Confirming { right, all, next: next_in });
            let sleep = tokio::time::sleep_until(start + next.unwrap_or(patience));
            tokio::select! {
                Some(heard) = under_way.next(), if !under_way.is_empty() => run.hear(start.elapsed(), heard),
                () = sleep, if next.is_some() && has_room => {}
                () = self.stop.requested() => break,
            }
        }
        self.progress.on(Event::StageOver);
        run.confirmations(start.elapsed())
    }
}

/// Which of the names, and which of its cells.
type Place = (usize, usize);

struct Heard {
    place: Place,
    observation: Observation,
    behind: Behind,
}

/// What is known about one wanted name while the confirmation runs.
struct NameState<'a> {
    wanted: &'a Wanted,
    /// Authoritative servers first.
    cells: Vec<Probe>,
    /// What is wanted, or the first alias that an authoritative server showed. Once known it stays, so
    /// that a second server that says otherwise can be told.
    target: Option<DomainName>,
    /// Whether the resolvers may be asked.
    is_open: bool,
}

struct Run<'a> {
    dns: &'a PublicDns,
    names: Vec<NameState<'a>>,
    /// When each cell that may be asked is due, the earliest first.
    agenda: BinaryHeap<Reverse<(Duration, Place)>>,
    right: usize,
    all: usize,
    waits: bool,
}

impl<'a> Run<'a> {
    fn new(dns: &'a PublicDns, wanted: &'a [Wanted], resolvers: &[Server], waits: bool) -> Self {
        let name = |wanted: &'a Wanted| {
            let servers = wanted.authoritative.iter().chain(resolvers);
            let cells = servers.map(|server| Probe::new(server.clone())).collect();
            NameState { wanted, cells, target: wanted.target.clone(), is_open: false }
        };
        let names: Vec<NameState<'_>> = wanted.iter().map(name).collect();
        let all = names.iter().map(|name| name.cells.len()).sum();
        let mut run = Self { dns, names, agenda: BinaryHeap::new(), right: 0, all, waits };
        for index in 0..wanted.len() {
            run.schedule(index, Kind::Authoritative, Duration::ZERO);
            run.open(index, Duration::ZERO);
        }
        run
    }

    /// Puts the servers of one kind on the agenda.
    fn schedule(&mut self, index: usize, kind: Kind, now: Duration) {
        let cells = self.names.get(index).into_iter().flat_map(|name| &name.cells).enumerate();
        let of_kind = cells.filter(|(_, cell)| cell.last.server.kind == kind);
        self.agenda.extend(of_kind.map(|(cell, _)| Reverse((now, (index, cell)))));
    }

    /// Puts the resolvers on the agenda once no authoritative server is unsettled or says otherwise.
    fn open(&mut self, index: usize, now: Duration) {
        let Some(name) = self.names.get_mut(index).filter(|name| !name.is_open) else { return };
        let mut at_source = name.cells.iter().filter(|cell| cell.is_authoritative());
        name.is_open = at_source.all(|cell| {
            let is_wanted =
                matches!(cell.last.standing, Agreement::Right | Agreement::Silent | Agreement::CouldNotSay);
            cell.due.is_none() && is_wanted
        });
        if name.is_open {
            self.schedule(index, Kind::Resolver, now);
        }
    }

    /// Takes what is due from the agenda, and no more than there is room for.
    fn due(&mut self, now: Duration, room: usize) -> Vec<Place> {
        let mut places = Vec::new();
        while places.len() < room
            && let Some(next) = self.agenda.peek_mut().filter(|next| next.0.0 <= now)
        {
            places.push(PeekMut::pop(next).0.1);
        }
        places
    }

    fn next(&self) -> Option<Duration> {
        self.agenda.peek().map(|Reverse((due, _))| *due)
    }

    fn ask(&self, place: Place) -> BoxFuture<'a, Heard> {
        let name = self.names.get(place.0);
        let server = name.and_then(|name| Some(name.cells.get(place.1)?.last.server.clone()));
        let asked = name.map(|name| (name.wanted, name.target.clone())).zip(server);
        let dns = self.dns;
        Box::pin(async move {
            let Some(((wanted, target), server)) = asked else {
                return Heard { place, observation: Observation::Silent, behind: Behind::NotAsked };
            };
            let observation = dns.asker.ask(&server, &wanted.name, QuestionType::Cname).await;
            let alias = observation.alias_at(&wanted.name).map(|(alias, _)| alias.clone());
            let is_right = |alias: &DomainName| target.as_ref().is_none_or(|target| target == alias);
            let behind = match alias.filter(is_right) {
                Some(alias) if server.kind == Kind::Resolver && !wanted.is_gone => {
                    behind(&dns.asker, &server, wanted, &alias).await
                }
                _ => Behind::NotAsked,
            };
            Heard { place, observation, behind }
        })
    }

    fn hear(&mut self, now: Duration, heard: Heard) {
        let Heard { place, observation, behind } = heard;
        let Some(NameState { wanted, cells, target, .. }) = self.names.get_mut(place.0) else { return };
        let Some(cell) = cells.get_mut(place.1) else { return };
        if target.is_none() && !wanted.is_gone && cell.is_authoritative() {
            *target = observation.alias_at(&wanted.name).map(|(alias, _)| alias.clone());
        }
        cell.hear(now, (observation, behind), wanted, target.as_ref());
        let is_right = cell.last.standing == Agreement::Right;
        self.right += usize::from(is_right);
        // Who waits for nothing is not told what is waited for.
        if is_right || self.waits {
            self.dns.progress.on(Event::Seen {
                name: wanted.name.clone(),
                server: cell.last.server.to_string(),
                says: cell.says(now),
                right: is_right,
            });
        }
        self.agenda.extend(cell.due.map(|due| Reverse((due, place))));
        self.open(place.0, now);
    }

    fn confirmations(self, now: Duration) -> Vec<Confirmation> {
        let at = Zoned::now();
        let confirmation = |NameState { wanted, cells, target, .. }: NameState<'_>| {
            let servers: Vec<_> = cells.iter().map(|cell| cell.word(now)).collect();
            Confirmation {
                name: wanted.name.clone(),
                expected: target,
                is_gone: wanted.is_gone,
                verdict: judge(&servers),
                notes: judge::notes(&servers, |_| true),
                servers,
                at: at.clone(),
            }
        };
        self.names.into_iter().map(confirmation).collect()
    }
}

/// Looks for what must stand behind an alias, the way a receiver does: by asking for the name itself.
/// A "no" is checked at the target, to tell an old "no" of this server from nothing being there.
async fn behind(asker: &Asker, server: &Server, wanted: &Wanted, alias: &DomainName) -> Behind {
    let mut missing = Vec::new();
    for what in &wanted.publishes {
        let at_name = asker.ask(server, &wanted.name, question(*what)).await;
        match diagnosis::count(&at_name, *what) {
            0 => {}
            // Each is a record of its own; of mail exchangers there may be many.
            several if several > 1 && *what != Publishes::Mx => return Behind::Several(*what, several),
            _ => continue,
        }
        if !at_name.is_definite() {
            return Behind::CouldNotSay(at_name.describe());
        }
        let at_target = asker.ask(server, alias, question(*what)).await;
        if diagnosis::count(&at_target, *what) > 0 {
            return Behind::OldNo(at_name.lifetime());
        }
        if !at_target.is_definite() {
            return Behind::CouldNotSay(at_target.describe());
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
