//! Progress, drawn on a terminal or written as lines. Effects: terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::dns::DomainName;
use crate::plain;
use crate::progress::{Event, Progress};

/// Most lines that are drawn for names and servers; beyond, only the count is shown.
const MOST_LINES: usize = 24;

/// Drawn on a terminal: one line for the run, and while it confirms one per name and server.
pub(super) struct Drawn {
    board: MultiProgress,
    run: ProgressBar,
    lines: Mutex<BTreeMap<(DomainName, String), ProgressBar>>,
}

impl Drawn {
    pub(super) fn new() -> Self {
        let board = MultiProgress::new();
        let run = board.add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        if let Ok(style) = style {
            run.set_style(style);
        }
        Self { board, run, lines: Mutex::new(BTreeMap::new()) }
    }

    fn say(&self, text: String) {
        self.run.enable_steady_tick(Duration::from_millis(120));
        self.run.set_message(text);
    }

    fn seen(&self, place: (DomainName, String), says: &str, right: bool) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= MOST_LINES && !lines.contains_key(&place) {
            return;
        }
        let mark = if right { "ok  " } else { "wait" };
        let text = format!("{mark}  {}  {}: {}", place.0, place.1, plain::line(says));
        let line = lines.entry(place).or_insert_with(|| {
            let line = self.board.insert_before(&self.run, ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {wide_msg}") {
                line.set_style(style);
            }
            line
        });
        line.set_message(text);
        line.tick();
    }

    fn clear(&self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines.values() {
            line.finish_and_clear();
        }
        lines.clear();
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
        match event {
            Event::Zones(count) => self.say(format!("{} found", plain::count(count, "zone"))),
            Event::Reading(zone) => self.say(format!("reading {zone}")),
            Event::Pausing { why, delay } => self.say(pausing(&why, delay)),
            Event::OverHttps { silent } => drop(self.board.println(over_https(silent))),
            Event::Applying { zone, changes } => {
                self.say(format!("{zone}: making {}", plain::count(changes, "change")));
            }
            Event::Seen { name, server, says, right } => self.seen((name, server), &says, right),
            Event::Confirming { right, all, next } => self.say(confirming(right, all, next)),
            Event::StageOver => self.clear(),
        }
    }
}

fn over_https(silent: usize) -> String {
    format!(
        "none of {} answers on port 53, so this network seems to block it: they are asked over HTTPS instead \
         (a zone's own name servers answer on port 53 only)",
        plain::count(silent, "public resolver")
    )
}

fn pausing(why: &str, delay: Duration) -> String {
    format!("{}; next try in {:.1} s", plain::line(why), delay.as_secs_f64())
}

fn confirming(right: usize, all: usize, next: Option<Duration>) -> String {
    let wait = next.map(|next| format!(", next question in {}", plain::seconds(next.as_secs() + 1)));
    format!("public DNS: {right} of {all} answers are right{}", wait.unwrap_or_default())
}

/// Written as lines: each thing once, when it changes.
pub(super) struct Lines {
    is_verbose: bool,
    said: Mutex<BTreeSet<String>>,
}

impl Lines {
    pub(super) fn new(is_verbose: bool) -> Self {
        Self { is_verbose, said: Mutex::new(BTreeSet::new()) }
    }

    fn say(&self, text: String) {
        // Nothing can be done about a standard error that is closed.
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if !said.contains(&text) {
            writeln!(io::stderr().lock(), "{text}").ok();
            said.insert(text);
        }
    }
}

impl Progress for Lines {
    fn on(&self, event: Event) {
        match event {
            Event::Zones(count) => self.say(format!("{} found", plain::count(count, "zone"))),
            Event::Reading(zone) if self.is_verbose => self.say(format!("reading {zone}")),
            Event::Pausing { why, delay } => self.say(pausing(&why, delay)),
            Event::OverHttps { silent } => self.say(over_https(silent)),
            Event::Applying { zone, changes } => {
                self.say(format!("{zone}: making {}", plain::count(changes, "change")));
            }
            Event::Seen { name, server, says, right } => {
                let state = if right { "right" } else { "waiting" };
                if self.is_verbose || !right {
                    self.say(format!("{state}: {name} at {server}: {}", plain::line(&says)));
                }
            }
            Event::Reading(_) | Event::Confirming { .. } | Event::StageOver => {}
        }
    }
}
