//! Finds, repairs and confirms the mail authentication CNAME records of a domain at Cloudflare.
//!
//! ```text
//!  cli: argv, env ─► arguments ─► settings ─► command, which calls the stages of a run in their order
//!
//!                 io              run               model                      run               report      cli
//!  Cloudflare ─► cloudflare ─┐
//!  providers ──► sender ─────┼─► target, survey ─► diagnosis ─► plan ─► apply ─► verify ─► assemble ─► ui
//!  files ──────► store ──────┤                                            │         ▲
//!  public DNS ─► lookup ─────┘                              Cloudflare ◄──┘         └─ public DNS
//! ```
//!
//! [`model`] and [`report`] are pure: values in, values out. Effects sit in few files;
//! `tests/architecture.rs` keeps it so. `docs/architecture.md` tells where things are and why.

pub mod cli;
pub mod io;
pub mod model;
pub mod report;
pub mod run;
#[cfg(feature = "sandbox")]
pub mod sandbox;

#[cfg(test)]
mod testing;

/// Writes a log of requests to standard error if `verbosity` is 2 or more: for developers. It holds
/// methods, paths and statuses, and from the libraries below headers; no secrets, whoever repeats them.
pub fn log(verbosity: u8) {
    let level = match verbosity {
        0 | 1 => return,
        2 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| model::scrub::Scrubbed::new(std::io::stderr()))
        .init();
}
