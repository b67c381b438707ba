//! Hides the secrets of this run in everything that leaves it, whoever repeats them: an API that quotes a header, a
//! page of HTML, a log. Pure, but for the secrets, which are remembered for as long as the process lives.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{PoisonError, RwLock};

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding};

/// What stands in the place of a secret.
const HIDDEN: &str = "[hidden]";
/// A shorter text is no secret, and hiding it would spoil words.
const SHORTEST: usize = 8;

/// Every form in which a secret is known, the longest first.
static KNOWN: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Remembers a secret, so that it is hidden from now on.
pub fn remember(secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if !known.iter().any(|form| form == secret) {
        known.extend(forms(secret));
        known.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup();
    }
}

/// The text without the secrets that are known.
pub fn scrub(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let mut clean = Cow::Borrowed(text);
    for form in known.iter() {
        if clean.contains(form.as_str()) {
            clean = Cow::Owned(clean.replace(form.as_str(), HIDDEN));
        }
    }
    clean
}

/// The secret itself, in URLs, in JSON, Markdown and HTML, and in Base64, wherever it begins there: alone, or behind
/// `Bearer ` or `email:`.
fn forms(secret: &str) -> Vec<String> {
    let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let each = |form: &dyn Fn(char) -> String| secret.chars().map(form).collect::<String>();
    let kept = |c: char, is_kept: bool, form: String| if is_kept { c.to_string() } else { form };
    let mut forms = vec![
        secret.to_owned(),
        each(&|c| kept(c, unreserved(c), format!("%{:02X}", u32::from(c)))),
        each(&|c| kept(c, unreserved(c), format!("%{:02x}", u32::from(c)))),
        each(&|c| kept(c, c != '\\', format!("\\{c}"))),
        each(&|c| kept(c, c != '/', format!("\\{c}"))),
        each(&|c| kept(c, !c.is_ascii_punctuation(), format!("\\{c}"))),
        secret.replace('_', "\\_"),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
    ];
    for encoding in [&BASE64_NOPAD, &BASE64URL_NOPAD] {
        forms.extend((0..3).map(|shift| encoded(encoding, shift, secret)));
    }
    forms
}

/// The characters that Base64 has for the secret alone, if it begins so many octets behind a whole group of three.
fn encoded(encoding: &Encoding, shift: usize, secret: &str) -> String {
    let octets = [&[0; 2][..shift], secret.as_bytes()].concat();
    let mut text = encoding.encode(&octets);
    if octets.len() % 3 != 0 {
        // Its last character holds a part of what follows.
        text.pop();
    }
    text.chars().skip([0, 2, 3][shift]).collect()
}

/// Writes on, line by line, without the secrets. What is left is written at the end.
#[derive(Debug)]
pub struct Scrubbed<W: Write> {
    inner: W,
    line: Vec<u8>,
}

impl<W: Write> Scrubbed<W> {
    /// A writer that hands clean lines on to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, line: Vec::new() }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.inner.write_all(scrub(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

impl<W: Write> Write for Scrubbed<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        for part in octets.split_inclusive(|octet| *octet == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.pass_on()?;
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.inner.flush()
    }
}

impl<W: Write> Drop for Scrubbed<W> {
    fn drop(&mut self) {
        // Whoever wants to know of a failure flushes first.
        self.flush().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64;

    const SECRET: &str = "tok_en-Of.This/Test+42";

    #[test]
    fn a_secret_is_hidden_in_every_form_and_what_stands_around_it_stays() {
        remember(SECRET);
        for form in [
            SECRET,
            "tok_en-Of.This%2FTest%2B42",
            "tok_en-Of.This%2fTest%2b42",
            r"tok_en-Of.This\/Test+42",
            r"tok\_en-Of.This/Test+42",
        ] {
            assert_eq!(scrub(&format!("a {form} b")), "a [hidden] b", "{form}");
        }
        for before in ["", "Bearer ", "a@example.com:", "ab@example.com:", "x"] {
            let text = BASE64.encode(format!("{before}{SECRET}, and more").as_bytes());
            assert!(scrub(&text).contains(HIDDEN), "{before}: {text}");
        }
        assert_eq!(scrub("nothing"), "nothing");
    }

    #[test]
    fn a_writer_hides_a_secret_that_comes_in_pieces_and_a_short_text_is_none() {
        remember(SECRET);
        remember("short");
        let mut out = Vec::new();
        let mut scrubbed = Scrubbed::new(&mut out);
        let (one, other) = SECRET.split_at(7);
        write!(scrubbed, "short {one}").unwrap();
        write!(scrubbed, "{other}\nlast").unwrap();
        drop(scrubbed);
        assert_eq!(String::from_utf8(out).unwrap(), "short [hidden]\nlast");
    }
}
