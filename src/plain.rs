//! Text from outside, made harmless for a terminal. Pure.

/// One line of text from outside: control characters and the characters that turn the direction of
/// writing become U+FFFD, so that nothing a stranger stored in a record can move the cursor, recolour
/// or rewrite what was printed. Longer than 500 characters is cut with an ellipsis.
pub fn line(text: &str) -> String {
    const LONGEST: usize = 500;
    let mut clean: String = text.chars().take(LONGEST).map(harmless).collect();
    if text.chars().nth(LONGEST).is_some() {
        clean.push('…');
    }
    clean
}

fn harmless(character: char) -> char {
    let turns =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if character.is_control() || turns { '\u{fffd}' } else { character }
}

/// A count with its noun: `1 record`, `2 records`, `no records`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        many => format!("{many} {noun}s"),
    }
}

/// Seconds as people read them: `4 s`, `5 min`, `2 h`.
pub fn seconds(number: u64) -> String {
    match number {
        0..=119 => format!("{number} s"),
        120..=7199 => format!("{} min", number.div_ceil(60)),
        _ => format!("{} h", number.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_line_breaks_lose_their_power() {
        assert_eq!(
            line("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}"
        );
        assert_eq!(line(&"x".repeat(600)).chars().count(), 501);
    }

    #[test]
    fn counts_and_times_read_like_language() {
        assert_eq!(
            [count(0, "record"), count(1, "record"), count(2, "record")],
            ["no records", "1 record", "2 records"]
        );
        assert_eq!([seconds(4), seconds(300), seconds(7200)], ["4 s", "5 min", "2 h"]);
    }
}
