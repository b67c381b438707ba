//! Asks, listens, waits, and stops as early as it can. Effects: network, clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Zoned;
use tokio::time::Instant;

use crate::io::interrupt::Stop;
use crate::io::lookup::ask::Asker;
use crate::model::catalog::Publishes;
use crate::model::confirm::cell::Probe;
use crate::model::confirm::{Agreement, Behind, Confirmation, Wanted, judge};
use crate::model::diagnosis;
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation, QuestionType, Server};
use crate::model::progress::{Event, Progress};

/// Questions under way at one time. Each takes some kilobytes; fewer leave the network as there is room.
const MOST_UNDER_WAY: usize = 256;

/// What a confirmation needs.
#[derive(Clone, Copy)]
pub(super) struct Tools<'a> {
    pub(super) asker: &'a Asker,
    /// The public resolvers; none to ask the authoritative servers only.
    pub(super) resolvers: &'a [Server],
    pub(super) stop: &'a Stop,
    pub(super) progress: &'a dyn Progress,
}

/// Confirms every wanted name and waits up to `patience` for old answers to die. Returns as soon as
/// all is right, or as soon as nothing can become right within that time.
pub(super) async fn poll(tools: Tools<'_>, wanted: &[Wanted], patience: Duration) -> Vec<Confirmation> {
    let mut run = Run { waits: !patience.is_zero(), ..Run::new(tools, wanted) };
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
        let (right, all) = (run.right, run.cells.len());
        let next_in = next.map(|next| next.saturating_sub(now));
        tools.progress.on(Event::Confirming { right, all, next: next_in });
        let sleep = tokio::time::sleep_until(start + next.unwrap_or(patience));
        tokio::select! {
            Some(heard) = under_way.next(), if !under_way.is_empty() => run.hear(start.elapsed(), heard),
            () = sleep, if next.is_some() && has_room => {}
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

/// What is known about one wanted name while the confirmation runs.
struct NameState {
    /// Its cells, authoritative servers first.
    cells: Range<usize>,
    /// What is wanted, or the first alias that an authoritative server showed. Once known it stays, so
    /// that a second server that says otherwise can be told.
    target: Option<DomainName>,
    /// Whether the resolvers may be asked.
    is_open: bool,
}

struct Run<'a> {
    tools: Tools<'a>,
    wanted: &'a [Wanted],
    cells: Vec<Probe>,
    courses: Vec<NameState>,
    /// When each cell that may be asked is due, the earliest first.
    agenda: BinaryHeap<Reverse<(Duration, usize)>>,
    right: usize,
    waits: bool,
}

impl<'a> Run<'a> {
    fn new(tools: Tools<'a>, wanted: &'a [Wanted]) -> Self {
        let (mut cells, mut courses) = (Vec::new(), Vec::new());
        for (index, wanted) in wanted.iter().enumerate() {
            let first = cells.len();
            let servers = wanted.authoritative.iter().chain(tools.resolvers);
            cells.extend(servers.map(|server| Probe::new(server.clone(), index)));
            let target = wanted.target.clone();
            courses.push(NameState { cells: first..cells.len(), target, is_open: false });
        }
        let at_source = cells.iter().enumerate().filter(|(_, cell)| cell.is_authoritative());
        let agenda = at_source.map(|(place, _)| Reverse((Duration::ZERO, place))).collect();
        let mut run = Self { tools, wanted, cells, courses, agenda, right: 0, waits: false };
        for index in 0..wanted.len() {
            run.open(index, Duration::ZERO);
        }
        run
    }

    fn of(&self, wanted: usize) -> &[Probe] {
        let range = self.courses.get(wanted).map(|course| course.cells.clone()).unwrap_or_default();
        self.cells.get(range).unwrap_or_default()
    }

    /// Puts the resolvers on the agenda once no authoritative server is unsettled or says otherwise.
    fn open(&mut self, wanted: usize, now: Duration) {
        let mut at_source = self.of(wanted).iter().filter(|cell| cell.is_authoritative());
        let is_right = at_source.all(|cell| {
            let is_wanted =
                matches!(cell.last.standing, Agreement::Right | Agreement::Silent | Agreement::CouldNotSay);
            cell.due.is_none() && is_wanted
        });
        let Some(course) = self.courses.get_mut(wanted).filter(|course| is_right && !course.is_open) else {
            return;
        };
        course.is_open = true;
        let places = course.cells.clone();
        let resolvers =
            places.filter(|place| self.cells.get(*place).is_some_and(|cell| !cell.is_authoritative()));
        self.agenda.extend(resolvers.map(|place| Reverse((now, place))));
    }

    /// Takes what is due from the agenda, and no more than there is room for.
    fn due(&mut self, now: Duration, room: usize) -> Vec<usize> {
        let mut places = Vec::new();
        while places.len() < room
            && let Some(next) = self.agenda.peek_mut().filter(|next| next.0.0 <= now)
        {
            places.push(PeekMut::pop(next).0.1);
        }
        places
    }

    /// When something is due next.
    fn next(&self) -> Option<Duration> {
        self.agenda.peek().map(|Reverse((due, _))| *due)
    }

    fn ask(&self, place: usize) -> BoxFuture<'a, Heard> {
        let cell = self.cells.get(place);
        let wanted = cell.and_then(|cell| self.wanted.get(cell.wanted));
        let target = cell.and_then(|cell| self.courses.get(cell.wanted)?.target.clone());
        let server = cell.map(|cell| cell.last.server.clone());
        let asker = self.tools.asker;
        Box::pin(async move {
            let (Some(server), Some(wanted)) = (server, wanted) else {
                return Heard { place, observation: Observation::Silent, behind: Behind::NotAsked };
            };
            let observation = asker.ask(&server, &wanted.name, QuestionType::Cname).await;
            let alias = observation.alias_at(&wanted.name).map(|(alias, _)| alias.clone());
            let is_right = |alias: &DomainName| target.as_ref().is_none_or(|target| target == alias);
            let behind = match alias.filter(is_right) {
                Some(alias) if server.kind == Kind::Resolver && !wanted.is_gone => {
                    behind(asker, &server, wanted, &alias).await
                }
                _ => Behind::NotAsked,
            };
            Heard { place, observation, behind }
        })
    }

    fn hear(&mut self, now: Duration, heard: Heard) {
        let Heard { place, observation, behind } = heard;
        let Some(cell) = self.cells.get_mut(place) else { return };
        let index = cell.wanted;
        let (Some(wanted), Some(course)) = (self.wanted.get(index), self.courses.get_mut(index)) else {
            return;
        };
        if course.target.is_none() && !wanted.is_gone && cell.is_authoritative() {
            course.target = observation.alias_at(&wanted.name).map(|(alias, _)| alias.clone());
        }
        cell.hear(now, (observation, behind), wanted, course.target.as_ref());
        let is_right = cell.last.standing == Agreement::Right;
        self.right += usize::from(is_right);
        // Who waits for nothing is not told what is waited for.
        if is_right || self.waits {
            self.tools.progress.on(Event::Seen {
                name: wanted.name.clone(),
                server: cell.last.server.to_string(),
                says: cell.says(now),
                right: is_right,
            });
        }
        self.agenda.extend(cell.due.map(|due| Reverse((due, place))));
        self.open(index, now);
    }

    fn confirmations(self, now: Duration) -> Vec<Confirmation> {
        let at = Zoned::now();
        let each = self.wanted.iter().zip(&self.courses).enumerate().map(|(index, (wanted, course))| {
            let servers: Vec<_> = self.of(index).iter().map(|cell| cell.word(now)).collect();
            Confirmation {
                name: wanted.name.clone(),
                expected: course.target.clone(),
                is_gone: wanted.is_gone,
                verdict: judge(&servers),
                notes: judge::notes(&servers, |_| true),
                servers,
                at: at.clone(),
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
        match diagnosis::count(&at_name, *what) {
            0 => {}
            1 => continue,
            // Each is a record of its own; of mail exchangers there may be many.
            several if *what != Publishes::Mx => return Behind::Several(*what, several),
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
