//! Turns bytes into text with `\n` at the end of each line, or says why they are no text; plain spelling. Pure.

use std::collections::HashSet;

use icu_normalizer::ComposingNormalizerBorrowed as ComposingNormalizer;

use super::{BadInput, LONGEST_INPUT};

/// Decodes UTF-8 with or without a byte order mark, and UTF-16 with one.
pub(super) fn decode(bytes: &[u8]) -> Result<String, BadInput> {
    if bytes.len() > LONGEST_INPUT {
        return Err(BadInput::TooLarge);
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest)?,
        _ => utf_8(bytes)?,
    };
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    if let Some(line) = text.split('\n').position(|line| line.chars().any(stands_in_no_text)) {
        return Err(BadInput::Binary { line: line + 1 });
    }
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(BadInput::Empty);
    }
    Ok(text)
}

/// A text in plain spelling: NFKC, hyphens and blanks that a word processor put in made plain, what takes no room
/// and the soft line breaks of a mail taken out. With it the lines in which a hyphen was another character.
pub(super) fn plain(text: &str) -> (String, HashSet<usize>) {
    let odd = |line: &str| line.chars().any(|c| HYPHENS.contains(&c));
    let changed = text.split('\n').enumerate().filter(|(_, line)| odd(line)).map(|(at, _)| at + 1).collect();
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let normal = ComposingNormalizer::new_nfkc().normalize(&visible).replace(HYPHENS, "-");
    (without_soft_breaks(&normal), changed)
}

/// What word processors and typesetters write for `-`. U+2010 is what NFKC makes of a non-breaking hyphen.
const HYPHENS: &[char] = &[
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{fe58}',
    '\u{fe63}', '\u{ff0d}',
];

/// Joins lines that quoted-printable cut inside a name: `…sendgr=` and `id.net`. The lines behind keep their numbers.
///
/// Source: RFC 2045 section 6.7.
fn without_soft_breaks(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut owed = 0_usize;
    for line in text.split('\n') {
        let word = line.strip_suffix('=').and_then(|rest| rest.rsplit(char::is_whitespace).next());
        if let (Some(word), Some(rest)) = (word, line.strip_suffix('='))
            && word.contains('.')
            && !word.contains('=')
        {
            joined.push_str(rest);
            owed += 1;
            continue;
        }
        joined.push_str(line);
        joined.extend(std::iter::repeat_n('\n', 1 + std::mem::take(&mut owed)));
    }
    // What the last line owes has no line behind it.
    if owed == 0 {
        joined.pop();
    }
    joined
}

fn stands_in_no_text(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\x0b' | '\x0c')
}

/// Characters that take no room: pages put them between and into words.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn utf_8(bytes: &[u8]) -> Result<String, BadInput> {
    if let Some(zero) = bytes.iter().position(|byte| *byte == 0) {
        return Err(BadInput::Binary { line: line_at(bytes, zero) });
    }
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            Err(BadInput::Encoding { line: line_at(bytes, error.valid_up_to()), encoding: "UTF-8" })
        }
    }
}

fn line_at(bytes: &[u8], place: usize) -> usize {
    1 + bytes.iter().take(place).filter(|byte| **byte == b'\n').count()
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, BadInput> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let broken = |text: &str| BadInput::Encoding {
        line: 1 + text.bytes().filter(|byte| *byte == b'\n').count(),
        encoding: "UTF-16",
    };
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(character) => text.push(character),
            Err(_) => return Err(broken(&text)),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(broken(&text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_and_utf_16_with_their_marks_are_one_text() {
        let little: Vec<u8> = "\u{feff}é\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}é\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in ["é\n".as_bytes(), "\u{feff}é\r\n".as_bytes(), "é\r".as_bytes(), &little, &big] {
            assert_eq!(decode(bytes).unwrap(), "é\n");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_line() {
        assert_eq!(decode(b"a\n\0"), Err(BadInput::Binary { line: 2 }));
        assert_eq!(decode(b"a\r\rb\x1b[0m"), Err(BadInput::Binary { line: 3 }));
        assert_eq!(decode(b"a\nb\n\xe9\n"), Err(BadInput::Encoding { line: 3, encoding: "UTF-8" }));
        assert_eq!(decode(b"\xff\xfea\0b"), Err(BadInput::Encoding { line: 1, encoding: "UTF-16" }));
        assert_eq!(decode(b"\xff\xfe\x00\xd8"), Err(BadInput::Encoding { line: 1, encoding: "UTF-16" }));
    }

    #[test]
    fn an_empty_input_and_one_too_large_are_refused() {
        for empty in [&b""[..], b" \r\n\t", "\u{feff}\u{200b}\n".as_bytes()] {
            assert_eq!(decode(empty), Err(BadInput::Empty));
        }
        assert_eq!(decode(&vec![b'a'; LONGEST_INPUT + 1]), Err(BadInput::TooLarge));
        assert!(decode(&vec![b'a'; LONGEST_INPUT]).is_ok());
    }
}
