//! The one question that may be asked. Effects: terminal.

use std::io::{self, BufRead as _, Write};

/// Asks and reads one line. Anything but `y` or `yes` is no, and so is the end of input.
pub(super) fn ask(question: &str, err: &mut dyn Write) -> bool {
    if write!(err, "\n{question} [y/N] ").and_then(|()| err.flush()).is_err() {
        return false;
    }
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(_) => is_yes(&line),
        Err(_) => false,
    }
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
