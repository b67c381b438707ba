//! The questions that may be asked. Effects: terminal.

use std::io::{self, BufRead as _, Write};

/// What a person may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Do it.
    Yes,
    /// Leave it; also the end of input.
    No,
    /// Show old and new values and the requests, then ask again.
    Details,
    /// Ask about each record.
    Each,
}

/// Writes a question with its answers.
pub(super) fn put(question: &str, all: bool, err: &mut dyn Write) -> io::Result<()> {
    let more = if all { " [d]etails [e]ach one" } else { "" };
    write!(err, "\n{question} [y]es [N]o{more}: ")?;
    err.flush()
}

/// Reads one line; `None` for what is no answer. The end of input is no.
pub(super) fn answer(all: bool) -> Option<Answer> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) | Err(_) => Some(Answer::No),
        Ok(_) => read(&line).filter(|answer| all || matches!(answer, Answer::Yes | Answer::No)),
    }
}

fn read(line: &str) -> Option<Answer> {
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Some(Answer::Yes),
        "" | "n" | "no" => Some(Answer::No),
        "d" | "details" => Some(Answer::Details),
        "e" | "each" | "each one" => Some(Answer::Each),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes_and_what_is_no_answer_is_asked_again() {
        assert!(read("y\n") == Some(Answer::Yes) && read(" YES \n") == Some(Answer::Yes));
        assert!(read("\n") == Some(Answer::No) && read("n\n") == Some(Answer::No));
        assert!(read("d\n") == Some(Answer::Details) && read("Each\n") == Some(Answer::Each));
        for other in ["yeah\n", "1\n", "yes please\n"] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }
}
