//! How the program ends and how an error explains itself. Pure.

use std::error::Error;
use std::io::{self, Write};

use crate::model::plain;

/// The exit statuses: a public interface, documented in the README and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is as it ought to be, or was made so and confirmed.
    Done = 0,
    /// Something needs attention.
    Findings = 1,
    /// The command line, a setting or an input file makes no sense.
    Usage = 2,
    /// Cloudflare refused the token or a permission, or does not show the zone to it.
    Refused = 3,
    /// The API or all resolvers could not be reached.
    Unreachable = 4,
    /// Applied, but public DNS does not show it within the wait.
    Unconfirmed = 5,
    /// Some changes were made, others not or not known.
    Partial = 6,
    /// What should not happen.
    Bug = 70,
    /// The terminal is gone: SIGHUP.
    HungUp = 129,
    /// Ctrl-C.
    Interrupted = 130,
    /// Told to end: SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// Whether somebody asked the run to end.
    pub fn is_interruption(self) -> bool {
        matches!(self, Self::HungUp | Self::Interrupted | Self::Terminated)
    }

    /// What it says, in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Findings => "something needs attention",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Unreachable => "not reached",
            Self::Unconfirmed => "waiting for public DNS",
            Self::Partial => "made in part",
            Self::Bug => "a bug",
            Self::HungUp => "hung up",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// The number handed to the operating system.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// Advice that an error can give to the person who reads it.
pub trait Advice: Error {
    /// What to try next; empty when there is nothing useful to say.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }

    /// The exit status that this error ends the program with.
    fn exit(&self) -> Exit;
}

/// An error as the report keeps it: what happened, why, what to do, and the exit status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What could not be done, to what, and the chain of causes behind it.
    pub message: String,
    /// What to try next.
    pub hints: Vec<String>,
    /// How the program ends if nothing worse happened.
    pub exit: Exit,
}

impl Failure {
    /// Keeps what an error has to say.
    pub fn of(error: &dyn Advice) -> Self {
        let mut message = plain::sanitize_line(&error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = plain::sanitize_line(&error.to_string());
            if !message.ends_with(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        Self { message, hints: error.hints(), exit: error.exit() }
    }

    /// The message with its hints, where it is a note among others.
    pub fn in_one_line(&self) -> String {
        std::iter::once(&self.message).chain(&self.hints).cloned().collect::<Vec<_>>().join("; ")
    }
}

impl<E: Advice> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

/// Writes a failure for a person: the message, then the hints.
pub fn explain(failure: &Failure, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "error: {}", failure.message)?;
    for hint in &failure.hints {
        writeln!(out, "  hint: {}", plain::sanitize_line(hint))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not read the zone")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("connection \u{1b}[31mrefused")]
    struct Inner;

    impl Advice for Outer {
        fn hints(&self) -> Vec<String> {
            vec!["try later".to_owned()]
        }
        fn exit(&self) -> Exit {
            Exit::Unreachable
        }
    }

    #[test]
    fn an_error_names_its_causes_and_its_advice_without_escape_sequences() {
        let mut text = Vec::new();
        explain(&Failure::of(&Outer(Inner)), &mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "error: could not read the zone: connection \u{fffd}[31mrefused\n  hint: try later\n"
        );
    }
}
