//! Why an input cannot be used as a whole, and what to do about it. Pure.

use crate::model::dns::DomainName;
use crate::model::plain::{count, sanitize_line};

use super::{Format, LONGEST_INPUT, Remark};

/// Why an input cannot be used as a whole; how lines are counted and what stands aside is as in a
/// [`Reading`](super::Reading).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInput {
    /// Nothing but white space.
    #[error("the input is empty")]
    Empty,
    /// Longer than [`LONGEST_INPUT`].
    #[error("the input is larger than {} MiB", LONGEST_INPUT / (1024 * 1024))]
    TooLarge,
    /// Bytes that are no text that is known.
    #[error("the input is not text: line {line} {why}")]
    NoText { line: usize, why: &'static str },
    /// A manifest or JSON that breaks a rule of its format.
    #[error("{}{}: {why}", format.word(), at(*line))]
    Shape { format: Format, line: Option<usize>, why: String },
    /// A manifest of a later edition of this program.
    #[error("the manifest has version {version}; this program reads version {}", super::manifest::VERSION)]
    Newer { version: u64 },
    /// One name is asked to hold two different things.
    #[error("{name} is asked to {one}{} and to {other}{}", at(*one_line), at(*other_line))]
    Contradiction {
        name: DomainName,
        /// What it is asked to do first, such as `point to a.test`.
        one: String,
        one_line: Option<usize>,
        other: String,
        other_line: Option<usize>,
    },
    /// What another program prints or keeps, and which names no records that are wanted.
    #[error("the input is output of {format}, which is not read")]
    Foreign { format: &'static str, instead: &'static str },
    /// Not one record was understood.
    #[error("no CNAME record and no DMARC policy was found in the input, read as {}", format.word())]
    Nothing { format: Format, aside: Vec<Remark>, unread: Vec<Remark> },
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" (line {line})"))
}

/// As many lines of an input as a hint shows.
const MOST_SHOWN: usize = 5;

impl BadInput {
    pub(super) fn shape(format: Format, line: Option<usize>, why: &str) -> Self {
        Self::Shape { format, line, why: sanitize_line(why) }
    }

    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Empty => "copy the records that the sending platform shows, with names and values",
            Self::TooLarge => "keep only the part that holds the records",
            Self::NoText { .. } => {
                "save it as plain text in UTF-8, for example with `iconv -f ISO-8859-1 -t UTF-8`, or paste the records"
            }
            Self::Shape { .. } => "correct this place; nothing was read from the rest of the input",
            Self::Newer { .. } => "use the edition of this program that the manifest was written for",
            Self::Contradiction { .. } => "keep the one that the sending platform shows today",
            Self::Foreign { instead, .. } => instead,
            Self::Nothing { aside, unread, .. } => return nothing(aside, unread),
        };
        vec![hint.to_owned()]
    }
}

fn nothing(aside: &[Remark], unread: &[Remark]) -> Vec<String> {
    let shown = |Remark { line, text, why }: &Remark| {
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}`{text}`: {why}")
    };
    let mut hints: Vec<String> = unread.iter().chain(aside).take(MOST_SHOWN).map(shown).collect();
    let more = (unread.len() + aside.len()).saturating_sub(MOST_SHOWN);
    if more > 0 {
        hints.push(format!("and {} like this", count(more, "more line")));
    }
    let example = "s1._domainkey.example.com CNAME s1.domainkey.u1.wl1.sendgrid.net";
    hints.push(format!("each record needs its name and its target, for example on one line: {example}"));
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_found_shows_the_first_lines_and_a_good_example() {
        let remark = |line| Remark { line: Some(line), text: "em1".into(), why: "no target".into() };
        let bad = BadInput::Nothing {
            format: Format::Paste,
            aside: vec![remark(9)],
            unread: (1..=6).map(remark).collect(),
        };
        let hints = bad.hints();
        assert_eq!(hints.len(), 7);
        assert_eq!(hints[0], "line 1: `em1`: no target");
        assert_eq!(hints[5], "and 2 more lines like this");
    }
}
