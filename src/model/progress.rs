//! What a run says while it works. Pure: stages report events, the terminal draws them.

use std::time::Duration;

use crate::model::dns::DomainName;

/// Something that happened while a run was working.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// So many zones were found.
    Zones(usize),
    /// A zone is being read.
    Reading(DomainName),
    /// The API asked for a pause, or an attempt did not get through.
    Pausing {
        /// What stood in the way.
        why: String,
        /// How long the run waits before it tries again.
        delay: Duration,
    },
    /// The limit of an API is used up, or what is left of it is left to others.
    Limited {
        /// When the run goes on.
        until: jiff::Timestamp,
    },
    /// A zone was read; what has to be looked at in it, if anything, in a line.
    Read(Option<String>),
    /// Nothing came back from port 53: the public resolvers are asked over HTTPS.
    OverHttps {
        /// How many resolvers were silent.
        silent: usize,
    },
    /// Changes are being sent.
    Applying {
        /// The zone they go to.
        zone: DomainName,
        /// How many records change.
        changes: usize,
    },
    /// One name at one server, as seen last.
    Seen {
        /// The name that was asked for.
        name: DomainName,
        /// The server that was asked.
        server: String,
        /// What it says, in a few words.
        says: String,
        /// Whether that is what is wanted.
        right: bool,
    },
    /// How many questions about public DNS are settled.
    Confirming {
        /// Pairs of name and server that are right.
        right: usize,
        /// All pairs.
        all: usize,
        /// Until the next question, if the run waits.
        next: Option<Duration>,
    },
    /// A stage is over: what was drawn for it may go.
    StageOver,
}

/// Hears what a run has to say.
pub trait Progress: Send + Sync {
    /// Takes one event. Must not block for long.
    fn on(&self, event: Event);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Progress for Quiet {
    fn on(&self, _event: Event) {}
}
