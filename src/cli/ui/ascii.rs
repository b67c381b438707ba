//! Text for terminals that have nothing but ASCII. Pure.

use std::io::{self, Write};

/// Writes on what is no ASCII in ASCII: three dots, arrows, and every other character as its number. It has to be given
/// whole characters.
pub(super) struct Ascii<W: Write> {
    pub(super) inner: W,
    pub(super) is_on: bool,
}

impl<W: Write> Write for Ascii<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.is_on && !octets.is_ascii() {
            self.inner.write_all(spelt(&String::from_utf8_lossy(octets)).as_bytes())?;
        } else {
            self.inner.write_all(octets)?;
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn spelt(text: &str) -> String {
    text.chars().map(one).collect()
}

fn one(c: char) -> String {
    match c {
        '\u{2026}' => "...".to_owned(),
        '\u{2192}' => "->".to_owned(),
        '\u{b7}' => "-".to_owned(),
        other if other.is_ascii() => other.to_string(),
        other => other.escape_unicode().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_ascii_is_spelt_and_two_names_never_become_one() {
        assert_eq!(spelt("s1 \u{2192} b\u{fc}cher.example, \u{2026}"), "s1 -> b\\u{fc}cher.example, ...");
        let mut out = Vec::new();
        Ascii { inner: &mut out, is_on: false }.write_all("\u{2026}".as_bytes()).unwrap();
        assert_eq!(out, "\u{2026}".as_bytes());
    }
}
