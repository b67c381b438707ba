//! The words that pages and tables put around records, in the languages of their users. Pure.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::names;

crate::model::words::words! {
    /// What a heading or a label says about the cells below or beside it, as `words.txt` calls it.
    pub(super) enum Field {
        Type = "type",
        Name = "name",
        Value = "value",
        Ttl = "ttl",
        /// The domain that names are relative to, or a name where nothing else is called one.
        Domain = "domain",
        /// What stands in DNS now, in contrast to what ought to.
        Present = "present",
        /// Something that no record needs: a priority, a status.
        Other = "other",
    }
}

/// A list of `words.txt`.
#[derive(Debug)]
struct List {
    entries: HashSet<&'static str>,
    /// Phrases, and words of scripts without blanks: they are looked for anywhere in a text.
    phrases: Vec<&'static str>,
}

impl List {
    fn has_phrase(&self, text: &str) -> bool {
        self.phrases.iter().any(|phrase| text.contains(phrase))
    }

    fn is_in(&self, text: &str) -> bool {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
        words.any(|word| self.entries.contains(word)) || self.has_phrase(text)
    }
}

/// The entries of each list in order.
fn entries() -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    include_str!("words.txt").split("\n[").skip(1).map(|section| {
        let (title, words) = section.split_once(']').unwrap_or_default();
        (title, words.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()))
    })
}

static LISTS: LazyLock<HashMap<&str, List>> = LazyLock::new(|| {
    let is_phrase = |word: &&str| word.contains(' ') || word.chars().any(|c| c >= '\u{3000}');
    let list = |words: Vec<&'static str>| List {
        phrases: words.iter().copied().filter(is_phrase).collect(),
        entries: words.into_iter().collect(),
    };
    entries().map(|(title, words)| (title, list(words.collect()))).collect()
});

static NO_WORDS: LazyLock<List> = LazyLock::new(|| List { entries: HashSet::new(), phrases: Vec::new() });

fn list(title: &str) -> &'static List {
    LISTS.get(title).unwrap_or(&NO_WORDS)
}

/// The fields by their words, with and without blanks, and how usual each word is: 0 is the most usual.
static BY_WORD: LazyLock<HashMap<String, (Field, usize)>> = LazyLock::new(|| {
    let mut found = HashMap::new();
    for (title, words) in entries() {
        let Some(field) = Field::ALL.into_iter().find(|field| field.word() == title) else { continue };
        for (rank, word) in words.enumerate() {
            found.insert(word.to_owned(), (field, rank));
            found.entry(word.replace(' ', "")).or_insert((field, rank));
        }
    }
    found
});

/// Lower case, one space between words, without what surrounds a heading.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| ":*#\".?=".contains(c) || c.is_whitespace());
    if text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    Cow::Owned(words.join(" ").to_lowercase().replace('\u{2019}', "'"))
}

/// The longest heading in bytes.
pub(super) const LONGEST_HEADING: usize = 60;

/// The field that a heading, a label or a key names.
pub(super) fn field(text: &str) -> Option<Field> {
    ranked(text).map(|(field, _)| field)
}

/// The same, and how usual the word is.
pub(super) fn ranked(text: &str) -> Option<(Field, usize)> {
    if text.len() > LONGEST_HEADING {
        return None;
    }
    let whole = plain(text);
    // No heading holds one, and most names do.
    if whole.contains('.') {
        return None;
    }
    let find = |word: &str| BY_WORD.get(word).copied();
    let Some((before, inside)) = whole.split_once(['(', '[']) else {
        return find(&whole).or_else(|| find(&whole.replace('_', " ")).filter(|_| whole.contains('_')));
    };
    let is_present = |found: &(Field, usize)| found.0 == Field::Present;
    let inside = find(inside.trim_end_matches([')', ']']).trim()).filter(is_present);
    inside.or_else(|| find(&whole)).or_else(|| find(before.trim()))
}

/// Whether a line about records says that they are to go, or were there before; `None` where it says neither.
/// `is_beside` where the words stand beside a record, which they are about then.
pub(super) fn is_against(words: &str, is_beside: bool) -> Option<bool> {
    if !words.contains(char::is_alphabetic) {
        return None;
    }
    let text = words.to_lowercase().replace('\u{2019}', "'");
    let has = |title: &str| list(title).is_in(&text);
    if list("stop").has_phrase(&text) {
        return Some(true);
    }
    if has("go") {
        return Some(false);
    }
    let says_so = has("stop") || has("former") && (is_beside || has("record-words"));
    (says_so && !has("not")).then_some(true)
}

/// Whether a cell is about the counting of clicks.
pub(super) fn is_of_tracking(cell: &str) -> bool {
    cell.len() <= LONGEST_HEADING && list("tracking").is_in(&cell.to_lowercase())
}

/// Whether a first label is one of web sites and links by custom.
pub(super) fn is_of_web(label: &str) -> bool {
    list("web-names").entries.contains(label)
}

/// Whether a heading is one of a list of all records that a zone holds: only Cloudflare knows what is proxied.
pub(super) fn is_of_inventory(heading: &str) -> bool {
    matches!(&*plain(heading), "proxy status" | "proxied" | "proxy")
}

/// The record type that a cell names: `CNAME`, `Registro CNAME`, `TXT record`.
pub(super) fn record_type(text: &str) -> Option<&'static str> {
    if text.len() > 40 || text.contains(['.', '_']) {
        return None;
    }
    let mut found = None;
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | ':')) {
        match known_type(word) {
            Some(known) if found.is_none() => found = Some(known),
            None if word.is_empty() || is_beside_type(&word.to_lowercase()) => {}
            _ => return None,
        }
    }
    let is_short_word = found == Some("A") && text.trim() != "A";
    found.filter(|_| !is_short_word)
}

/// Whether a word only says that a record of the type before it is meant.
pub(super) fn is_beside_type(word: &str) -> bool {
    list("beside-type").entries.contains(word)
}

/// A type, in capitals or not.
pub(super) fn known_type(word: &str) -> Option<&'static str> {
    list("types").entries.get(word.to_ascii_uppercase().as_str()).copied()
}

/// A type inside a sentence: written in capitals, and more than `A`.
pub(super) fn record_type_in_sentence(word: &str) -> Option<&'static str> {
    list("types").entries.get(word).copied().filter(|_| word.len() > 1)
}

/// Whether a cell is a word of the page and no part of a record.
pub(super) fn is_chatter(text: &str) -> bool {
    text.len() <= LONGEST_HEADING
        && !text.contains(['.', '_'])
        && list("chatter").entries.contains(&*plain(text))
}

/// A lifetime in seconds; automatic and what is not understood is `None`.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_suffix(unit)?;
    let factor = match unit.trim().to_lowercase().trim_end_matches('.') {
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
        let shorter = strip_bullet(text).trim_matches(is_wrapping).trim_end_matches([',', ';']).trim();
        // The full stop behind a quotation is the sentence's.
        let shorter = shorter.strip_suffix('.').filter(|rest| rest.ends_with(is_wrapping)).unwrap_or(shorter);
        if shorter == text {
            return text;
        }
        text = shorter;
    }
}

fn strip_bullet(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| "•·●▪✓✔✅❌→☐#".contains(c));
    let rest = rest.strip_prefix("- ").or_else(|| rest.strip_prefix("* ")).unwrap_or(rest);
    let after_number = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = (1..=3).contains(&(rest.len() - after_number.len()));
    let numbered = after_number.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    numbered.filter(|_| is_numbered).unwrap_or(rest).trim()
}

fn is_wrapping(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2018}'..='\u{201f}') || "\"'`«»‹›「」()<>{}".contains(c)
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
        let lists = ["type", "name", "value", "domain", "present", "other", "ttl"];
        let words: Vec<&str> =
            entries().filter(|(title, _)| lists.contains(title)).flat_map(|(_, words)| words).collect();
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
