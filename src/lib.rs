//! Finds, repairs and confirms the mail authentication CNAME records of a domain at Cloudflare.
//!
//! ```text
//!  argv, env ─► cli ─► settings ─► command      (wires the stages, decides nothing)
//!
//!  Cloudflare ─► cloudflare ─► inventory ─────┐
//!  input, snapshot, log, sets ─► expectation ─┼─► diagnosis ─► plan ─► apply ─► confirm ─► report ─► ui
//!  public DNS ─► lookup ─► observation ───────┘                  │                ▲
//!                                              Cloudflare ◄──────┘                └─ lookup ◄─ public DNS
//! ```
//!
//! The middle (`expectation`, `diagnosis`, `plan`, the judging half of `confirm`, `report`) is pure:
//! values in, values out. Effects sit in few files named by a verb; `tests/architecture.rs` keeps it so.
//! `docs/architecture.md` tells where things are and why.

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
        .with_writer(|| io::scrub::Scrubbed::new(std::io::stderr()))
        .init();
}
