//! Finds, repairs and confirms the mail authentication CNAME records of a domain at Cloudflare.
//!
//! ```text
//!  cli: argv, env ─► arguments ─► settings ─► command, which calls the stages of a run in their order
//!
//!                 io              run               model                      run               report      cli
//!  Cloudflare ─► cloudflare ─┐
//!  providers ──► provider ───┼─► target, survey ─► diagnosis ─► plan ─► apply ─► verify ─► assemble ─► ui
//!  files ──────► store ──────┤                                            │         ▲
//!  public DNS ─► lookup ─────┘                              Cloudflare ◄──┘         └─ public DNS
//! ```
//!
//! A [`session::Session`] does what the program does: `survey`, `plan`, `apply`, `confirm`. Each stage returns what it
//! found, and nothing is changed but by `apply`. `examples/audit.rs` looks at a zone of the local simulator.
//! `docs/architecture.md` tells where things are and why.

// The rooms: for this package's own tests and benchmarks, and no part of what is promised.
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod io;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod run;
#[cfg(feature = "sandbox")]
pub mod sandbox;

#[cfg(test)]
mod testing;

pub use cli::main;

/// A run from its first call to its last, and what it works with.
pub mod session {
    pub use crate::io::cloudflare::client::Client;
    pub use crate::io::cloudflare::{Connection, ConnectionError, Credential};
    pub use crate::io::interrupt::{Stop, StopSender, stop};
    pub use crate::io::provider::Service;
    pub use crate::io::provider::client::ProviderClient;
    pub use crate::io::store::journal_writer::Journal;
    pub use crate::io::tls::Trust;
    pub use crate::model::failure::{Advice, Exit, Failure};
    pub use crate::model::progress::{Event, Progress, Quiet};
    pub use crate::run::confirm::Confirmed;
    pub use crate::run::public_dns::{PublicDns, Servers};
    pub use crate::run::session::Session;
    pub use crate::run::snapshots::Kept;
    pub use crate::run::target::TargetError;
}

/// What is asked for, and what is expected.
pub mod request {
    pub use crate::model::confirm::request::{ConfirmRequest, ToConfirm};
    pub use crate::model::expectation::document::{BadRequest, Document, Understood};
    pub use crate::model::expectation::input::BadInput;
    pub use crate::model::expectation::{Expectation, ExpectedPolicy, Location, Source, from_argument};
    pub use crate::model::target::{Expectations, LogReading, Request};
}

/// What was found out, and what each stage returned about a zone.
pub mod survey {
    pub use crate::model::survey::{Survey, UnreadZone, ZoneSurvey};
    pub use crate::model::zone_run::{ProviderCheck, Verification, ZoneRun};
}

/// What is wrong, and what would repair it.
pub mod diagnosis {
    pub use crate::model::diagnosis::{Code, Diagnosis, Finding, MailRecord, Remedy, Severity, Words};
    pub use crate::model::diagnosis::{Discovery, DmarcProblem, Edit, Hidden, Malformed, Presence, Proposed};
    pub use crate::model::diagnosis::{Evidence, Problem, Published, TargetProblem, ZoneProblem};
    pub use crate::model::ignore::{IgnoreList, Ignored, Rule};
}

/// What to change, and what came of it.
pub mod plan {
    pub use crate::model::apply::{Applied, Outcome};
    pub use crate::model::plan::{Action, After, Change, Consent, Plan, Write};
}

/// What public DNS shows.
pub mod confirm {
    pub use crate::model::confirm::request::{ConfirmedZone, LetterFacts, Unguessed};
    pub use crate::model::confirm::{Confirmation, ShownInstead, Verdict, Word};
    pub use crate::model::lookup::{Endpoint, Kind, Observation, Server};
}

/// Names, zones, and the providers that are known.
pub mod dns {
    pub use crate::model::catalog::{Catalog, Provider, Role};
    pub use crate::model::dns::{BadName, DomainName, RecordType, Ttl};
    pub use crate::model::ids::{AccountId, RecordId, ZoneId};
    pub use crate::model::inventory::Zone;
}

/// The answer of a run in every format.
pub mod answer {
    pub use crate::report::assemble;
    pub use crate::report::{Command, Language, Report, ReportV1, SameZones, Summary, ZoneReport};
    pub use crate::report::{csv, html, json, markdown, message, terminal};
}
