//! Turns bytes into text with `\n` at the end of each line, or says why they are no text; plain spelling. Pure.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed as ComposingNormalizer;

use super::BadInput;

/// Decodes UTF-8 with or without a byte order mark, and UTF-16 with one.
pub(super) fn decode(bytes: &[u8]) -> Result<String, BadInput> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest)?,
        _ => utf_8(bytes)?,
    };
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    if let Some(line) = text.split('\n').position(|line| line.chars().any(stands_in_no_text)) {
        return Err(BadInput::NoText { line: line + 1, why: "holds a control character" });
    }
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(BadInput::Empty);
    }
    Ok(text)
}

/// A text in plain spelling: NFKC, without what takes no room, and each hyphen that Unicode calls one as `-`.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    // U+2010 is what NFKC makes of a non-breaking hyphen.
    Cow::Owned(ComposingNormalizer::new_nfkc().normalize(&visible).replace('\u{2010}', "-"))
}

/// The hyphens that Unicode calls so: as a name's they mean `-`.
pub(super) const HYPHENS: [char; 2] = ['\u{2010}', '\u{2011}'];

/// Spaces that NFKC makes plain ones, and at which no line is broken.
pub(super) const NO_BREAK_SPACES: [char; 3] = ['\u{a0}', '\u{2007}', '\u{202f}'];

/// What word processors and typesetters write for `-`: a dash stands in no name, and ends none.
pub(super) fn is_hyphen(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Where each line begins, in bytes.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn stands_in_no_text(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\x0b' | '\x0c')
}

/// Characters that take no room: pages put them between and into words.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn utf_8(bytes: &[u8]) -> Result<String, BadInput> {
    str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let valid = bytes.iter().take(error.valid_up_to());
        BadInput::NoText { line: 1 + valid.filter(|byte| **byte == b'\n').count(), why: "is not valid UTF-8" }
    })
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, BadInput> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    // Half a unit at the end is as bad as half a pair of surrogates.
    let half = (!rest.is_empty()).then_some(0xd800);
    let mut text = String::with_capacity(bytes.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair)).chain(half)) {
        let line = || 1 + text.matches('\n').count();
        let decoded = decoded.map_err(|_| BadInput::NoText { line: line(), why: "is not valid UTF-16" })?;
        text.push(decoded);
    }
    Ok(text)
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
        assert_eq!(decode(b"a\n\0"), Err(BadInput::NoText { line: 2, why: "holds a control character" }));
        assert_eq!(
            decode(b"a\r\rb\x1b[0m"),
            Err(BadInput::NoText { line: 3, why: "holds a control character" })
        );
        assert_eq!(decode(b"a\nb\n\xe9\n"), Err(BadInput::NoText { line: 3, why: "is not valid UTF-8" }));
        assert_eq!(decode(b"\xff\xfea\0b"), Err(BadInput::NoText { line: 1, why: "is not valid UTF-16" }));
        assert_eq!(
            decode(b"\xff\xfe\x00\xd8"),
            Err(BadInput::NoText { line: 1, why: "is not valid UTF-16" })
        );
    }

    #[test]
    fn an_empty_input_is_refused() {
        for empty in [&b""[..], b" \r\n\t", "\u{feff}\u{200b}\n".as_bytes()] {
            assert_eq!(decode(empty), Err(BadInput::Empty));
        }
    }
}
