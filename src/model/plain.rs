//! Text from outside, made harmless for a terminal. Pure.

use crate::model::scrub;

/// One line of text from outside, without the secrets of this run: control characters become U+FFFD, and characters
/// that are not seen or that turn the direction of writing are written as `\u{200b}`, so that nothing a stranger
/// stored in a record can move the cursor, recolour, hide or rewrite what was printed. Longer than 500 characters
/// is cut with an ellipsis.
pub fn sanitize_line(text: &str) -> String {
    const LONGEST: usize = 500;
    // Before it is cut: half a secret is not known any more.
    let text = scrub::scrub(text);
    let mut clean = String::new();
    for character in text.chars().take(LONGEST) {
        match character {
            hidden if is_hidden(hidden) => clean.extend(hidden.escape_unicode()),
            control if control.is_control() => clean.push('\u{fffd}'),
            visible => clean.push(visible),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        clean.push('…');
    }
    clean
}

/// Marks of direction, of width zero, of lines and paragraphs, and tags. Source: Unicode, general categories Cf, Zl
/// and Zp.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A word of a command line, for a shell: in quotes where it needs them. Cleaned.
pub fn word(text: &str) -> String {
    let clean = sanitize_line(text);
    let is_plain = |c: char| c.is_alphanumeric() || "/._-~+:@%=,".contains(c);
    if !clean.is_empty() && clean.chars().all(is_plain) {
        return clean;
    }
    format!("'{}'", clean.replace('\'', r"'\''"))
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

/// An address without what may be secret in it, user, password and query; cleaned. It need not be a valid one: what may
/// belong to a password is left out, too.
pub fn address(text: &str) -> String {
    let (scheme, rest) = match text.find("://") {
        Some(at) => text.split_at(at + "://".len()),
        None => ("", text),
    };
    let shown = match rest.rsplit_once('@') {
        Some((before, _)) if before.contains(['?', '#']) => "…",
        Some((_, host)) => host,
        None => rest,
    };
    sanitize_line(&format!("{scheme}{}", shown.split('?').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_command_is_quoted_where_a_shell_would_take_it_apart() {
        assert_eq!(word("/home/a/plan-1.json"), "/home/a/plan-1.json");
        assert_eq!(word("C D/it's"), r"'C D/it'\''s'");
        assert_eq!((word(""), word("$HOME")), ("''".to_owned(), "'$HOME'".to_owned()));
    }

    #[test]
    fn escape_sequences_and_line_breaks_lose_their_power() {
        assert_eq!(
            sanitize_line("a\u{1b}[2Jb\r\nc\u{202e}d\u{9b}"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\\u{202e}d\u{fffd}"
        );
        assert_eq!(sanitize_line(&"x".repeat(600)).chars().count(), 501);
    }

    #[test]
    fn characters_that_nobody_sees_are_shown_escaped() {
        for hidden in ['\u{61c}', '\u{2028}', '\u{2029}', '\u{200b}', '\u{200f}', '\u{feff}', '\u{e0041}'] {
            let shown = sanitize_line(&format!("a{hidden}b"));
            assert_eq!(shown, format!("a\\u{{{:x}}}b", u32::from(hidden)));
        }
    }

    #[test]
    fn half_a_secret_is_not_shown_where_a_text_is_cut() {
        let secret = "a-token-that-is-cut-in-the-middle";
        scrub::remember(secret);
        assert!(!sanitize_line(&format!("{}{secret}", "x".repeat(490))).contains("a-token"));
    }

    #[test]
    fn counts_and_times_read_like_language() {
        assert_eq!(
            [count(0, "record"), count(1, "record"), count(2, "record")],
            ["no records", "1 record", "2 records"]
        );
        assert_eq!([seconds(4), seconds(300), seconds(7200)], ["4 s", "5 min", "2 h"]);
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        assert_eq!(address("https://me:pw@api.test:8443/v4?token=x"), "https://api.test:8443/v4");
        assert_eq!(address("tls://1.1.1.1#cloudflare-dns.com"), "tls://1.1.1.1#cloudflare-dns.com");
        assert_eq!(address("1.1.1.1"), "1.1.1.1");
        assert_eq!(address("https://a@b@c/x?y#z"), "https://c/x");
        for unread in ["https://me:s3/cret@api.test/v4", "https://me:s3#cret@api.test", "me:s3cret@api.test"]
        {
            assert!(!address(unread).contains("s3"), "{}", address(unread));
        }
        assert!(!address("https://api.test/v4?mail=me@s3cret").contains("s3cret"));
    }
}
