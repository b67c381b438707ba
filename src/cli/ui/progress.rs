//! Progress, drawn on a terminal or written as lines. Effects: terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::model::dns::DomainName;
use crate::model::plain;
use crate::model::progress::{Event, Progress};
use crate::model::scrub::Scrubbed;

/// Most lines that are drawn for names, so that they fit the smallest usual terminal. Where there are more names,
/// those that are right make room for those that are not.
const MOST_LINES: usize = 16;

/// What turns while something is waited for, and what stands there at the end; every terminal has these.
const TICKS: &str = r"|/-\ ";

/// Drawn on a terminal: one line for the run, and while it confirms one for each name.
pub(super) struct Drawn {
    board: MultiProgress,
    run: ProgressBar,
    names: Mutex<BTreeMap<DomainName, Name>>,
    zones: Zones,
    /// The lines of zones that have to be looked at.
    rows: Mutex<Vec<ProgressBar>>,
}

/// How many zones there are, and how many were read.
#[derive(Default)]
struct Zones {
    all: AtomicUsize,
    read: AtomicUsize,
}

impl Zones {
    /// Where there are several.
    fn counted(&self) -> Option<String> {
        let all = self.all.load(Ordering::Relaxed);
        (all > 1).then(|| format!("{} of {all} zones read", self.read.load(Ordering::Relaxed)))
    }

    /// What is said of an event, drawn or not.
    fn words(&self, event: &Event) -> Option<String> {
        match event {
            Event::Zones(count) => {
                self.all.store(*count, Ordering::Relaxed);
                Some(format!("{} found", plain::count(*count, "zone")))
            }
            Event::Reading(zone) => Some(format!("reading {zone}")),
            Event::Pausing { why, delay } => {
                Some(format!("{}; next try in {:.1} s", plain::sanitize_line(why), delay.as_secs_f64()))
            }
            Event::Limited { until } => {
                let until = until.to_zoned(TimeZone::system()).strftime("%H:%M:%S %Z");
                let zones = self.counted().map(|zones| format!("; {zones}")).unwrap_or_default();
                Some(format!("paused by the API's request limit until {until}{zones}"))
            }
            Event::OverHttps { silent } => Some(format!(
                "none of {} answers on port 53, so this network seems to block it: they are asked over HTTPS instead \
                 (a zone's own name servers answer on port 53 only)",
                plain::count(*silent, "public resolver")
            )),
            Event::Applying { zone, changes } => {
                Some(format!("{zone}: making {}", plain::count(*changes, "change")))
            }
            Event::Read(_) | Event::Seen { .. } | Event::Confirming { .. } | Event::StageOver => None,
        }
    }
}

/// What the servers say about one name, and its line if it has one.
#[derive(Default)]
struct Name {
    servers: BTreeMap<String, (bool, String)>,
    line: Option<ProgressBar>,
}

impl Name {
    fn is_right(&self) -> bool {
        self.servers.values().all(|(right, _)| *right)
    }

    fn text(&self, name: &DomainName) -> String {
        let all = self.servers.len();
        let right = self.servers.values().filter(|(right, _)| *right).count();
        match self.servers.iter().find(|(_, (right, _))| !right) {
            None => format!("ok {name}  {all}/{all} servers"),
            Some((server, (_, says))) => {
                format!(".. {name}  {right}/{all} servers; {server}: {}", plain::sanitize_line(says))
            }
        }
    }
}

impl Drawn {
    pub(super) fn new() -> Self {
        let board = MultiProgress::new();
        let run = board.add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        if let Ok(style) = style {
            run.set_style(style.tick_chars(TICKS));
        }
        Self { board, run, names: Mutex::default(), zones: Zones::default(), rows: Mutex::default() }
    }

    fn say(&self, text: String) {
        self.run.enable_steady_tick(Duration::from_millis(120));
        self.run.set_message(text);
    }

    fn seen(&self, (name, server): (DomainName, String), says: String, right: bool) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = names.remove(&name).unwrap_or_default();
        seen.servers.insert(server, (right, says));
        seen.line = seen.line.take().or_else(|| self.free_line(&mut names));
        if let Some(line) = &seen.line {
            line.set_message(seen.text(&name));
            line.tick();
        }
        names.insert(name, seen);
    }

    /// A line for a name: a new one, or if all are taken that of a name that is right.
    fn free_line(&self, names: &mut BTreeMap<DomainName, Name>) -> Option<ProgressBar> {
        if names.values().filter(|name| name.line.is_some()).count() >= MOST_LINES {
            let done = names.values_mut().find(|name| name.line.is_some() && name.is_right());
            done?.line.take()?.finish_and_clear();
        }
        Some(self.new_line())
    }

    /// A zone was read: it is counted, and has a line if it has to be looked at.
    fn read(&self, says: Option<String>) {
        self.zones.read.fetch_add(1, Ordering::Relaxed);
        if let Some(counted) = self.zones.counted() {
            self.say(counted);
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(says) = says.filter(|_| rows.len() < MOST_LINES) {
                let row = self.new_line();
                row.set_message(plain::sanitize_line(&says));
                row.tick();
                rows.push(row);
            }
        }
    }

    /// How many names are waited for that have no line.
    fn hidden(&self) -> String {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        match names.values().filter(|name| name.line.is_none() && !name.is_right()).count() {
            0 => String::new(),
            count => format!("; {} not shown", plain::count(count, "waiting name")),
        }
    }

    fn new_line(&self) -> ProgressBar {
        let line = self.board.insert_before(&self.run, ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("  {wide_msg}") {
            line.set_style(style);
        }
        line
    }

    fn clear(&self) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for line in names.values().filter_map(|name| name.line.as_ref()) {
            line.finish_and_clear();
        }
        names.clear();
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.drain(..).for_each(|row| row.finish_and_clear());
        self.run.disable_steady_tick();
        self.run.set_message("");
        self.board.clear().ok();
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Progress for Drawn {
    fn on(&self, event: Event) {
        let words = self.zones.words(&event);
        match event {
            Event::Reading(_) if self.zones.counted().is_some() => {}
            Event::Read(says) => self.read(says),
            Event::OverHttps { .. } => drop(words.map(|words| self.board.println(words))),
            Event::Seen { name, server, says, right } => self.seen((name, server), says, right),
            Event::Confirming { right, all, next } => {
                self.say(format!("{}{}", confirming(right, all, next), self.hidden()));
            }
            Event::StageOver => self.clear(),
            _ => words.into_iter().for_each(|words| self.say(words)),
        }
    }
}

fn confirming(right: usize, all: usize, next: Option<Duration>) -> String {
    let wait = next.map(|next| format!(", next question in {}", plain::seconds(next.as_secs() + 1)));
    format!("public DNS: {right} of {all} answers are right{}", wait.unwrap_or_default())
}

/// Written as lines: each thing once, when it changes.
pub(super) struct Lines {
    is_verbose: bool,
    zones: Zones,
    said: Mutex<BTreeSet<String>>,
}

impl Lines {
    pub(super) fn new(is_verbose: bool) -> Self {
        Self { is_verbose, zones: Zones::default(), said: Mutex::default() }
    }

    fn say(&self, text: String) {
        // Nothing can be done about a standard error that is closed.
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !said.contains(&text) {
            writeln!(Scrubbed::new(io::stderr().lock()), "{text}").ok();
            said.insert(text);
        }
    }
}

impl Progress for Lines {
    fn on(&self, event: Event) {
        let words = self.zones.words(&event);
        match event {
            Event::Read(_) => drop(self.zones.read.fetch_add(1, Ordering::Relaxed)),
            Event::Reading(_) if !self.is_verbose => {}
            Event::Seen { name, server, says, right } if self.is_verbose => {
                let state = if right { "right" } else { "waiting" };
                self.say(format!("{state}: {name} at {server}: {}", plain::sanitize_line(&says)));
            }
            Event::Seen { name, right: false, .. } => self.say(format!("waiting for public DNS: {name}")),
            _ => words.into_iter().for_each(|words| self.say(words)),
        }
    }
}
