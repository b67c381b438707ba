//! The words that pages and tables put around records, in the languages of their users. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::names;

/// What a heading or a label says about the cells below or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Type,
    Name,
    Value,
    Ttl,
    Provider,
    /// The domain that names are relative to, or a name where nothing else is called one.
    Domain,
    /// What stands in DNS now, in contrast to what ought to.
    Present,
    /// Something that no record needs: a priority, a status.
    Other,
}

/// The lists of `words.txt`, by section.
static LISTS: LazyLock<HashMap<&str, Vec<String>>> = LazyLock::new(|| {
    let mut lists: HashMap<&str, Vec<String>> = HashMap::new();
    for section in include_str!("words.txt").split("\n[").skip(1) {
        let (title, words) = section.split_once(']').unwrap_or_default();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        lists.insert(title, words.split(", ").map(str::to_owned).collect());
    }
    lists
});

fn list(title: &str) -> &'static [String] {
    LISTS.get(title).map_or(&[], Vec::as_slice)
}

static FIELDS: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| {
    let sections = [
        ("type", Field::Type),
        ("name", Field::Name),
        ("value", Field::Value),
        ("ttl", Field::Ttl),
        ("provider", Field::Provider),
        ("domain", Field::Domain),
        ("present", Field::Present),
        ("other", Field::Other),
    ];
    let words =
        sections.into_iter().flat_map(|(title, field)| list(title).iter().map(move |word| (&**word, field)));
    words.collect()
});

fn set(title: &'static str) -> HashSet<&'static str> {
    list(title).iter().map(String::as_str).collect()
}

static CHATTER: LazyLock<HashSet<&str>> = LazyLock::new(|| set("chatter"));
/// Words, and phrases or words of scripts without blanks, which are looked for anywhere in a text.
struct Lexicon {
    words: HashSet<&'static str>,
    phrases: Vec<&'static str>,
}

impl Lexicon {
    fn of(title: &'static str) -> Self {
        let is_phrase = |entry: &&str| entry.contains(' ') || entry.chars().any(|c| c >= '\u{3000}');
        let (phrases, words): (Vec<&str>, Vec<&str>) =
            list(title).iter().map(String::as_str).partition(|entry| is_phrase(entry));
        Self { words: words.into_iter().collect(), phrases }
    }

    fn is_in(&self, text: &str) -> bool {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
        words.any(|word| self.words.contains(word)) || self.phrases.iter().any(|phrase| text.contains(phrase))
    }
}

static STOP: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of("stop"));
static FORMER: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of("former"));
static NOT: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of("not"));
static GO: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of("go"));
static RECORD_WORDS: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of("record-words"));
static TRACKING: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::of("tracking"));
static WEB_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| set("web-names"));
static WANTED: LazyLock<HashSet<&str>> = LazyLock::new(|| set("wanted"));
static TYPES: LazyLock<HashSet<&str>> = LazyLock::new(|| set("types"));
static BESIDE_TYPE: LazyLock<HashSet<&str>> = LazyLock::new(|| set("beside-type"));

/// Lower case, one space between words, without what surrounds a heading.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").to_lowercase().replace('\u{2019}', "'");
    text.trim_matches(|c: char| matches!(c, ':' | '*' | '#' | '"' | '.' | '?' | '=') || c.is_whitespace())
        .to_owned()
}

/// The field that a heading or a label names.
pub(super) fn field(text: &str) -> Option<Field> {
    if text.len() > 60 {
        return None;
    }
    let whole = plain(text);
    let before = whole.split(['(', '[']).next().unwrap_or_default().trim();
    let find = |word: &str| FIELDS.get(word).copied();
    let inside = whole.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')').trim());
    if find(inside) == Some(Field::Present) {
        return Some(Field::Present);
    }
    find(&whole).or_else(|| find(before)).or_else(|| find(&whole.replace('_', " ")))
}

/// Whether a line about records says that they are to go, or were there before; `None` where it says neither.
pub(super) fn is_against(line: &str) -> Option<bool> {
    let text = line.to_lowercase().replace('\u{2019}', "'");
    let is_phrase = STOP.phrases.iter().any(|phrase| text.contains(phrase));
    if is_phrase {
        return Some(true);
    }
    if GO.is_in(&text) {
        return Some(false);
    }
    let says_so = STOP.is_in(&text) || FORMER.is_in(&text) && RECORD_WORDS.is_in(&text);
    (says_so && !NOT.is_in(&text)).then_some(true)
}

/// Whether the words beside a record say that it is to go, or was there before.
pub(super) fn are_against(words: &str) -> bool {
    let text = words.to_lowercase();
    let is_phrase = STOP.phrases.iter().any(|phrase| text.contains(phrase));
    is_phrase || !GO.is_in(&text) && !NOT.is_in(&text) && (STOP.is_in(&text) || FORMER.is_in(&text))
}

/// Whether a cell is about the counting of clicks.
pub(super) fn is_of_tracking(cell: &str) -> bool {
    cell.len() <= 60 && TRACKING.is_in(&cell.to_lowercase())
}

/// Whether a first label is one of web sites and links by custom.
pub(super) fn is_of_web(label: &str) -> bool {
    WEB_NAMES.contains(label)
}

/// The field that a label names: as headings do, and what is wanted in contrast to what is there.
pub(super) fn label(text: &str) -> Option<Field> {
    field(text).or_else(|| WANTED.contains(plain(text).as_str()).then_some(Field::Value))
}

/// Whether a heading is one of a list of all records that a zone holds: only Cloudflare knows what is proxied.
pub(super) fn is_of_inventory(heading: &str) -> bool {
    matches!(plain(heading).as_str(), "proxy status" | "proxied" | "proxy")
}

/// The record type that a cell names: `CNAME`, `Registro CNAME`, `TXT record`.
pub(super) fn record_type(text: &str) -> Option<&'static str> {
    if text.len() > 40 {
        return None;
    }
    let mut found = None;
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | ':')) {
        let known = TYPES.get(word.to_ascii_uppercase().as_str()).copied();
        match known {
            Some(_) if found.is_none() => found = known,
            None if word.is_empty() || BESIDE_TYPE.contains(word.to_lowercase().as_str()) => {}
            _ => return None,
        }
    }
    let is_short_word = found == Some("A") && text.trim() != "A";
    found.filter(|_| !is_short_word)
}

/// Whether a word only says that a record of the type before it is meant.
pub(super) fn is_beside_type(word: &str) -> bool {
    BESIDE_TYPE.contains(word)
}

/// A type inside a sentence: written in capitals.
pub(super) fn record_type_in_sentence(word: &str) -> Option<&'static str> {
    TYPES.get(word).copied().filter(|known| known.len() > 1)
}

/// Whether a cell is a word of the page and no part of a record.
pub(super) fn is_chatter(text: &str) -> bool {
    CHATTER.contains(plain(text).as_str())
}

/// A cell without the words of the page behind its first word: `em1 Copy` is `em1`.
pub(super) fn without_chatter(cell: &str) -> &str {
    match cell.split_once(' ') {
        Some((first, rest)) if rest.split(' ').all(|word| word.is_empty() || is_chatter(word)) => first,
        _ => cell,
    }
}

/// A lifetime in seconds; automatic and what is not understood is `None`.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim().to_lowercase();
    let factor = match unit.trim_end_matches('.') {
        "" | "s" | "sec" | "secs" | "second" | "seconds" | "segundos" | "secondes" | "sekunden" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" | "minutos" | "minuten" => 60,
        "h" | "hr" | "hour" | "hours" | "hora" | "horas" | "heure" | "heures" | "stunde" | "stunden" => 3600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(factor)
}

/// Takes numbering, bullets, quotes and brackets off a cell.
pub(super) fn bare(cell: &str) -> &str {
    let mut text = cell.trim();
    loop {
        let shorter = strip_bullet(text).trim_matches(is_wrapping);
        let shorter = shorter.trim_end_matches([',', ';']).trim();
        // The full stop behind a quotation is the sentence's.
        let shorter = shorter.strip_suffix('.').filter(|rest| rest.ends_with(is_wrapping)).unwrap_or(shorter);
        if shorter == text {
            return text;
        }
        text = shorter;
    }
}

/// The text of a TXT record in a cell: what surrounds it is taken off, a semicolon at its end is its own.
pub(super) fn text(cell: &str) -> &str {
    let bare = bare(cell);
    let end = cell.find(bare).map(|start| start + bare.len());
    let closes = end.and_then(|end| cell.get(end..)).is_some_and(|rest| rest.starts_with(';'));
    end.filter(|_| closes).and_then(|end| cell.get(end - bare.len()..=end)).unwrap_or(bare)
}

fn strip_bullet(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| {
        matches!(c, '•' | '·' | '●' | '▪' | '✓' | '✔' | '✅' | '❌' | '→' | '☐' | '#')
    });
    let rest = rest.strip_prefix("- ").or_else(|| rest.strip_prefix("* ")).unwrap_or(rest);
    let after_number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = after_number.len() < rest.len() && rest.len() - after_number.len() <= 3;
    let numbered = after_number.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    numbered.filter(|_| is_numbered).unwrap_or(rest).trim()
}

fn is_wrapping(character: char) -> bool {
    matches!(
        character,
        '"' | '\'' | '`' | '\u{2018}'
            ..='\u{201f}' | '«' | '»' | '‹' | '›' | '「' | '」' | '(' | ')' | '<' | '>' | '{' | '}'
    ) || character.is_whitespace()
}

/// Whether a word is one label as names have it, in lower case: `em1`, `mail`, `k2`.
pub(super) fn is_weak_label(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    let ends = !word.starts_with('-') && !word.ends_with('-');
    (1..=63).contains(&word.len()) && word.bytes().all(fits) && !is_number && ends && !names::is_address(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_many_languages() {
        for name in
            ["Host", "Nombre del registro", "Nom d’hôte", "HOST NAME:", "主机记录", "Хост", "Host (Name)"]
        {
            assert_eq!(field(name), Some(Field::Name), "{name}");
        }
        for value in ["Points to", "Apunta a", "Wert", "Données", "Verwijst naar", "記錄值", "points_to"]
        {
            assert_eq!(field(value), Some(Field::Value), "{value}");
        }
        assert_eq!(field("TTL (seconds)"), Some(Field::Ttl));
        assert_eq!(field("s1._domainkey.example.com"), None);
    }

    #[test]
    fn no_heading_stands_in_two_lists() {
        let lists = ["type", "name", "value", "provider", "domain", "present", "other", "ttl"];
        let words: Vec<&String> = lists.iter().flat_map(|title| list(title)).collect();
        assert!(words.len() > 300);
        let mut once = words.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), words.len());
    }

    #[test]
    fn a_type_is_found_among_the_words_beside_it() {
        assert_eq!(record_type("CNAME"), Some("CNAME"));
        assert_eq!(record_type("Registro CNAME"), Some("CNAME"));
        assert_eq!(record_type("TXT-Eintrag"), Some("TXT"));
        assert_eq!(record_type("A"), Some("A"));
        assert_eq!(record_type("a record"), None);
        assert_eq!(record_type("CNAME and TXT"), None);
    }

    #[test]
    fn lifetimes_are_read_with_their_units() {
        assert_eq!(["300", "5 min", "1 Hour"].map(seconds), [Some(300), Some(300), Some(3600)]);
        assert_eq!(["Auto", "", "99999999999", "9999999 days"].map(seconds), [None; 4]);
    }

    #[test]
    fn a_cell_loses_what_surrounds_it() {
        for cell in ["1. em1", "• “em1”", "`em1`,", "- 'em1'", "2) \"em1\";", "“em1”."] {
            assert_eq!(bare(cell), "em1", "{cell}");
        }
        assert_eq!(bare("1.2.3"), "1.2.3");
    }
}
