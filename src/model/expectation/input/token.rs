//! Tells what the words of a cell are: a type, a label, a name, a target, a text. Pure.

use crate::model::catalog;
use crate::model::dns::DomainName;

use super::encoding;
use super::gather::{Gatherer, is_text};
use super::names;
use super::words::{self, Field};

/// What a word of a page is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A record type.
    Kind(&'static str),
    /// The heading of a column, or the label of what follows.
    Label(Field),
    /// An owner name: inside a zone, or ending like one.
    Name,
    /// A single label, which is a name only in the right company.
    Weak,
    /// A target that a provider is known for.
    Known,
    /// A full name that could be a target, and a name as well unless zones are known.
    Either,
    /// The text of a TXT record.
    Text,
    /// What stands at the place of a target: an IP address, or a name with dots for the rest of it.
    Value,
    /// Labelled by the page as a name or a value, and none of the above.
    Odd,
}

/// A word with its place and what the page calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) text: String,
    pub(super) line: usize,
    /// What a label says about it.
    pub(super) field: Option<Field>,
}

impl Token {
    fn new(word: Word, text: &str, line: usize) -> Self {
        Self { word, text: text.to_owned(), line, field: None }
    }

    pub(super) fn kind(&self) -> Option<&'static str> {
        match self.word {
            Word::Kind(kind) => Some(kind),
            _ => None,
        }
    }

    /// Which part of a record it must be, by its label or by its looks.
    pub(super) fn side(&self) -> Option<Field> {
        match (self.field, self.word) {
            (Some(Field::Name), _) | (None, Word::Name) => Some(Field::Name),
            (Some(Field::Value), _) | (None, Word::Known | Word::Text | Word::Value) => Some(Field::Value),
            _ => None,
        }
    }

    /// Whether it is more than a label of a page or of a name.
    pub(super) fn is_host(&self) -> bool {
        !matches!(self.word, Word::Kind(_) | Word::Label(_) | Word::Weak | Word::Odd)
    }
}

/// The tokens of one cell.
pub(super) fn tokens(cell: &str, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    let bare = words::bare(cell);
    if bare.is_empty() {
        return Vec::new();
    }
    if let Some(label) = words::field(cell).or_else(|| words::field(bare)) {
        return vec![Token::new(Word::Label(label), bare, line)];
    }
    // A template of a program, not a name.
    let is_template = cell.contains(['{', '%']) && ["${", "{{", "%>"].iter().any(|sign| cell.contains(sign));
    if is_template || is_other_attribute(bare) && !is_text(bare) {
        return Vec::new();
    }
    let tokens = pieces(bare).into_iter().flat_map(|piece| match piece {
        (None, text) => content(words::bare(text), line, gatherer),
        (Some(field), "") => vec![Token::new(Word::Label(field), bare, line)],
        (Some(field), text) => under_label(field, words::bare(text), line, gatherer),
    });
    tokens.collect()
}

/// As many words as a label has: `Points to address or value:`.
const LONGEST_LABEL: usize = 6;

/// A cell with more colons than these is no row of labels and values.
const MOST_COLONS: usize = 60;

/// `Type: CNAME host=em1 Points to: x.test` as its labels and what stands behind them; before the first is none.
fn pieces(cell: &str) -> Vec<(Option<Field>, &str)> {
    let (mut found, mut start, mut field) = (Vec::new(), 0, None);
    for (at, _) in cell.match_indices([':', '=']).take(MOST_COLONS) {
        let before = cell.get(start..at).unwrap_or_default();
        if let Some((length, own)) = label_at_end(before) {
            found.push((field, before.get(..before.len() - length).unwrap_or_default().trim()));
            (start, field) = (at + 1, Some(own));
        }
    }
    found.push((field, cell.get(start..).unwrap_or_default().trim()));
    found.retain(|(field, text)| field.is_some() || !text.is_empty());
    found
}

/// The longest label that a text ends with, and its length. `CNAME Host` is a type and a label.
fn label_at_end(text: &str) -> Option<(usize, Field)> {
    let end = text.rsplit([':', '=']).next().unwrap_or_default().trim_end();
    let cut = end.len().saturating_sub(words::LONGEST_HEADING);
    let tail = (cut..=end.len()).find_map(|at| end.get(at..))?;
    let starts = tail.rmatch_indices(char::is_whitespace).map(|(at, blank)| at + blank.len());
    let labels = starts.chain((cut == 0).then_some(0)).take(LONGEST_LABEL).filter_map(|at| tail.get(at..));
    let is_type = |label: &str| label.split(' ').next().and_then(words::record_type).is_some();
    let fields = labels.filter_map(|label| Some((label, words::field(label).filter(|_| !is_type(label))?)));
    let blanks = text.len() - text.trim_end().len();
    fields.last().map(|(label, field)| (blanks + label.len(), field))
}

/// `zone_id = var.zone`: an attribute of a resource that no record needs.
fn is_other_attribute(cell: &str) -> bool {
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let key = cell.split_once(" = ").map(|(key, _)| key.trim());
    key.is_some_and(|key| key.chars().all(is_key) && words::field(key).is_none())
}

/// The one word that a label is about.
fn under_label(field: Field, bare: &str, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    if let Some(kind) = words::record_type(bare) {
        return vec![Token::new(Word::Kind(kind), bare, line)];
    }
    if matches!(field, Field::Name | Field::Domain) && words::is_weak_label(bare) {
        // Behind a label even `help` and `status` are names.
        return vec![Token { field: Some(Field::Name), ..Token::new(Word::Weak, bare, line) }];
    }
    match field {
        Field::Type => content(bare, line, gatherer),
        Field::Ttl | Field::Other => Vec::new(),
        Field::Name | Field::Value | Field::Domain | Field::Present => {
            let mut found = content(bare, line, gatherer);
            let fits = |token: &Token| !matches!(token.word, Word::Kind(_) | Word::Label(_));
            let best = found.iter().position(|token| fits(token) && token.word != Word::Weak);
            let token = match best.or_else(|| found.iter().position(fits)) {
                Some(at) => found.swap_remove(at),
                None if words::is_chatter(bare) => return Vec::new(),
                None => Token::new(Word::Odd, bare, line),
            };
            vec![Token { field: Some(field), ..token }]
        }
    }
}

/// Words behind these are no part of a record.
const MOST_WORDS: usize = 200;

/// A line with more words than these that say nothing is a sentence.
const MOST_STRANGERS: usize = 2;

fn content(bare: &str, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    if let Some(kind) = words::record_type(bare) {
        return vec![Token::new(Word::Kind(kind), bare, line)];
    }
    if is_text(bare) {
        return vec![Token::new(Word::Text, bare, line)];
    }
    let (head, text) = text_behind(bare);
    let mut found = Vec::new();
    let (mut strangers, mut is_behind_type) = (0_usize, false);
    let is_single = !head.contains(' ');
    for raw in head.split(separates).filter(|raw| !raw.is_empty()).take(MOST_WORDS) {
        let word = words::bare(raw).trim_matches([':', '=', '\'']);
        let word = if is_single { names::without_scheme(word) } else { word };
        if word.starts_with('#') && !found.is_empty() {
            break;
        }
        let class = match words::record_type_in_sentence(word) {
            Some(kind) => Some(Word::Kind(kind)),
            // Right behind a type even `help` is a name.
            None if is_behind_type && words::is_weak_label(word) && !words::is_beside_type(word) => {
                Some(Word::Weak)
            }
            None => classify(word, gatherer),
        };
        let says_nothing = |word: &str| words::is_chatter(word) || words::field(word).is_some();
        let is_weak = class == Some(Word::Weak) && !is_behind_type;
        let is_stranger = class.is_none() && word.contains(char::is_alphabetic) && !says_nothing(word);
        strangers += usize::from(is_weak || is_stranger);
        is_behind_type = matches!(class, Some(Word::Kind(_)));
        found.extend(class.map(|class| Token::new(class, word, line)));
    }
    let count = |word: Word| found.iter().filter(|token| token.word == word).count();
    if strangers > MOST_STRANGERS {
        // Of a sentence a name counts together with a target that is known.
        let is_pair = (count(Word::Name), count(Word::Known), count(Word::Either)) == (1, 1, 0);
        found.retain(|token| is_pair && matches!(token.word, Word::Kind(_) | Word::Name | Word::Known));
    }
    let has_company = found.iter().any(|t| matches!(t.word, Word::Kind(_) | Word::Known | Word::Either));
    found.retain(|token| token.word != Word::Weak || is_single || has_company);
    found.extend((!text.is_empty()).then(|| Token::new(Word::Text, text, line)));
    found
}

/// What stands between words.
fn separates(c: char) -> bool {
    let is_sign = !c.is_ascii() && !c.is_alphanumeric() && c != '…' && !encoding::is_hyphen(c);
    c.is_whitespace() || is_sign || ",;[]{}()\"<>".contains(c)
}

/// How the texts begin that mail needs.
const TEXTS: &[&str] = &["v=DMARC1", "v=spf1", "v=DKIM1", "k=rsa"];

/// What stands before a text in a row that has nothing but single spaces, and the text: `TXT _dmarc v=DMARC1; p=none`.
fn text_behind(cell: &str) -> (&str, &str) {
    let start = TEXTS.iter().filter(|_| cell.contains('=')).filter_map(|start| cell.find(start)).min();
    let split = start.and_then(|at| cell.split_at_checked(at));
    let split = split.map(|(head, text)| (head.trim_end_matches('"'), text));
    let is_apart = |(head, text): &(&str, &str)| head.ends_with(char::is_whitespace) && is_text(text);
    split.filter(is_apart).map_or((cell, ""), |(head, text)| (head.trim(), text))
}

/// What one word is; `None` when it says nothing.
fn classify(word: &str, gatherer: &Gatherer<'_>) -> Option<Word> {
    if names::is_address(word) || names::is_cut_off(word) {
        return Some(Word::Value);
    }
    if word == "@" {
        return Some(Word::Weak);
    }
    let name = DomainName::parse(word).ok().filter(|_| word.is_ascii() || word.contains('.'))?;
    let labels = name.labels().count();
    let has_underscore = name.labels().any(|label| label.starts_with('_'));
    if labels == 1 {
        let is_of_page = words::is_chatter(word) || words::field(word).is_some();
        let is_weak = words::is_weak_label(word) && !is_of_page;
        return if has_underscore { Some(Word::Name) } else { is_weak.then_some(Word::Weak) };
    }
    if let Some(zone) = gatherer.zones.iter().find(|zone| name.is_within(zone)) {
        let appended = names::without_zone(&name, &gatherer.zones, gatherer.catalog).is_some();
        let is_apex = name == *zone;
        return if is_apex { None } else { Some(if appended { Word::Known } else { Word::Name }) };
    }
    if name.is_wildcard() {
        return Some(Word::Name);
    }
    if gatherer.catalog.find(&name).is_some() {
        return Some(Word::Known);
    }
    if has_underscore && names::is_relative(&name) {
        return Some(Word::Name);
    }
    // Where no zone is known, a name for text records is an owner rather than a target.
    if gatherer.zones.is_empty() && catalog::role_of_name(&name).is_some() {
        return Some(Word::Name);
    }
    let is_short = labels == 2 && !names::has_listed_suffix(&name);
    names::could_be_a_host(&name).then_some(if is_short { Word::Weak } else { Word::Either })
}
