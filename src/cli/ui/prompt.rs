//! The one question that may be asked. Effects: terminal.

use std::io::{self, BufRead as _, Write};

/// Writes the question.
pub(super) fn put(question: &str, err: &mut dyn Write) -> io::Result<()> {
    write!(err, "\n{question} [y/N] ")?;
    err.flush()
}

/// Reads one line. Anything but `y` or `yes` is no, and so is the end of input.
pub(super) fn answer() -> bool {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).is_ok() && is_yes(&line)
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes(" YES \n"));
        for no in ["", "\n", "n\n", "yeah\n", "1\n"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
