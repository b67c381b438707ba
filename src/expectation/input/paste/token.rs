//! Tells what a cell holds: a type, a label, a name, a target, a text. Pure.

use crate::catalogue;
use crate::dns::DomainName;
use crate::expectation::input::gather::{Gatherer, is_text};
use crate::expectation::input::names::{self, Shape};
use crate::expectation::input::words::{self, Field};

use super::rows::LONGEST_VALUE;

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
    /// An IP address.
    Address,
    /// The beginning or the end of a name, and dots for the rest.
    CutOff,
    /// Labelled by the page as a name or a value, and none of the above.
    Odd,
}

/// A word with its place and what the page calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) text: String,
    pub(super) line: usize,
    /// What a label or a heading says about it.
    pub(super) field: Option<Field>,
}

impl Token {
    fn new(word: Word, text: &str, line: usize) -> Self {
        Self { word, text: text.to_owned(), line, field: None }
    }

    /// Whether a name must stand here, by its looks or by its label.
    pub(super) fn is_name(&self) -> bool {
        self.field == Some(Field::Name) || self.field.is_none() && self.word == Word::Name
    }

    /// Whether a target or a text must stand here, by its looks or by its label.
    pub(super) fn is_value(&self) -> bool {
        let looks = matches!(self.word, Word::Known | Word::Text | Word::Address | Word::CutOff);
        self.field == Some(Field::Value) || self.field.is_none() && looks
    }
}

/// The tokens of one cell, under the heading `field`.
pub(super) fn tokens(cell: &str, field: Option<Field>, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    let bare = words::bare(cell);
    if bare.is_empty() {
        return Vec::new();
    }
    if field == Some(Field::Name) && words::is_weak_label(bare) {
        return content(bare, cell, field, line, gatherer);
    }
    if let Some(label) = words::field(cell).or_else(|| words::field(bare)) {
        return vec![Token::new(Word::Label(label), bare, line)];
    }
    match labelled(bare) {
        Some((label, rest)) => content(rest, rest, Some(label), line, gatherer),
        None => content(bare, cell, field, line, gatherer),
    }
}

/// The tokens of what a cell says once its label is gone; `whole` still has its quotes.
fn content(
    bare: &str,
    whole: &str,
    field: Option<Field>,
    line: usize,
    gatherer: &Gatherer<'_>,
) -> Vec<Token> {
    let bare = words::bare(bare);
    if let Some(kind) = words::record_type(bare) {
        return vec![Token::new(Word::Kind(kind), bare, line)];
    }
    if field == Some(Field::Name) && words::is_weak_label(bare) {
        // Under a heading or behind a label even `help` and `status` are names.
        return vec![Token { field, ..Token::new(Word::Weak, bare, line) }];
    }
    let mut found = if is_text(bare) {
        vec![Token::new(Word::Text, whole.trim(), line)]
    } else if let Some((head, text)) = text_behind(bare) {
        let mut found = words_of(head, line, gatherer);
        found.push(Token::new(Word::Text, text, line));
        found
    } else {
        words_of(bare, line, gatherer)
    };
    match field {
        Some(field @ (Field::Name | Field::Value)) => named(&mut found, field, bare, line),
        Some(Field::Ttl | Field::Provider | Field::Other) => found.clear(),
        Some(Field::Type) | None => {}
    }
    found
}

/// A text and what stands before it, where a row has nothing but single spaces: `TXT _dmarc v=DMARC1; p=none`.
fn text_behind(cell: &str) -> Option<(&str, &str)> {
    if cell.len() > LONGEST_VALUE {
        return None;
    }
    let spaces = cell.char_indices().filter(|(_, character)| character.is_whitespace());
    let mut cuts =
        spaces.map(|(at, _)| (cell.get(..at).unwrap_or_default(), cell.get(at..).unwrap_or_default()));
    cuts.find(|(_, rest)| is_text(rest.trim())).map(|(head, rest)| (head, rest.trim()))
}

/// `Host: em1`, `Host：em1`, `Host = em1`.
fn labelled(cell: &str) -> Option<(Field, &str)> {
    let (label, rest) = cell.split_once([':', '：', '='])?;
    let field =
        words::field(label.trim()).or_else(|| words::record_type(label.trim()).map(|_| Field::Value))?;
    // `CNAME: em1 → target` is a whole record behind its type.
    let is_type = words::record_type(label.trim()).is_some();
    (!is_type && !rest.trim().is_empty()).then_some((field, rest.trim()))
}

/// Keeps the one word that the heading is about.
fn named(found: &mut Vec<Token>, field: Field, cell: &str, line: usize) {
    let fits = |token: &Token| !matches!(token.word, Word::Kind(_) | Word::Label(_));
    let best = found.iter().position(|token| fits(token) && token.word != Word::Weak);
    let Some(at) = best.or_else(|| found.iter().position(fits)) else {
        if !words::is_chatter(cell) && found.is_empty() {
            found.push(Token { field: Some(field), ..Token::new(Word::Odd, cell, line) });
        }
        return;
    };
    let mut token = found.swap_remove(at);
    token.field = Some(field);
    *found = vec![token];
}

fn words_of(cell: &str, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    let spaced = cell.replace("->", " ").replace("=>", " ").replace(['→', '⇒', '➔', '➜'], " ");
    let mut found = Vec::new();
    let mut strangers = 0_usize;
    let is_single = !spaced.trim().contains(' ');
    for raw in spaced.split_whitespace() {
        let word = words::bare(raw);
        let kind = words::record_type_in_sentence(word.trim_end_matches(':'));
        if let Some(kind) = kind {
            found.push(Token::new(Word::Kind(kind), word, line));
        } else if let Some(class) = classify(word.trim_end_matches(':'), gatherer) {
            strangers += usize::from(class == Word::Weak);
            found.push(Token::new(class, word.trim_end_matches(':'), line));
        } else if !words::is_chatter(word)
            && !word.bytes().all(|b| b.is_ascii_digit())
            && words::field(word).is_none()
        {
            strangers += 1;
        }
    }
    if strangers > MOST_STRANGERS {
        return from_prose(found);
    }
    let has_company = found.iter().any(|t| matches!(t.word, Word::Kind(_) | Word::Known | Word::Either));
    found.retain(|token| token.word != Word::Weak || is_single || has_company);
    found
}

/// A cell with more words than these that say nothing is a sentence.
const MOST_STRANGERS: usize = 2;

/// Of a sentence a name counts together with a target: one that is known, or any beside a type.
fn from_prose(mut found: Vec<Token>) -> Vec<Token> {
    let has = |wanted: fn(&Word) -> bool| found.iter().any(|token| wanted(&token.word));
    let has_kind = has(|word| matches!(word, Word::Kind(_)));
    let has_target = has(|word| *word == Word::Known);
    if !has(|word| *word == Word::Name) || !(has_target || has_kind) {
        return Vec::new();
    }
    found.retain(|token| match token.word {
        Word::Name | Word::Known | Word::Kind(_) => true,
        Word::Either => !has_target,
        Word::Weak | Word::Address | Word::CutOff | Word::Text | Word::Odd | Word::Label(_) => false,
    });
    for token in found.iter_mut().filter(|token| !matches!(token.word, Word::Kind(_))) {
        // The full stop of the sentence.
        token.text.truncate(token.text.trim_end_matches('.').len());
    }
    if found.iter().any(|token| matches!(token.word, Word::Known | Word::Either)) {
        found
    } else {
        Vec::new()
    }
}

/// What one word is; `None` when it says nothing.
fn classify(word: &str, gatherer: &Gatherer<'_>) -> Option<Word> {
    if names::is_address(word) {
        return Some(Word::Address);
    }
    if names::is_cut_off(word) {
        return Some(Word::CutOff);
    }
    if word == "@" {
        return Some(Word::Weak);
    }
    let name = DomainName::parse(word).ok().filter(|_| word.is_ascii() || word.contains('.'))?;
    let labels = name.labels().count();
    let has_underscore = name.labels().any(|label| label.starts_with('_'));
    if labels == 1 {
        let is_weak = words::is_weak_label(word) && !words::is_chatter(word);
        return if has_underscore { Some(Word::Name) } else { is_weak.then_some(Word::Weak) };
    }
    if let Some(zone) = gatherer.zones.iter().find(|zone| name.is_within(zone)) {
        let appended = names::without_zone(&name, &gatherer.zones, gatherer.catalogue).is_some();
        let is_apex = name == *zone;
        return if is_apex { None } else { Some(if appended { Word::Known } else { Word::Name }) };
    }
    if name.is_wildcard() {
        return Some(Word::Name);
    }
    if gatherer.catalogue.find(&name).is_some() {
        return Some(Word::Known);
    }
    match names::shape(&name) {
        Shape::Relative => Some(Word::Name),
        // Where no zone is known, a name for text records is an owner rather than a target.
        Shape::Full if gatherer.zones.is_empty() && catalogue::role_of_name(&name).is_some() => {
            Some(Word::Name)
        }
        Shape::Full | Shape::Unclear => names::could_be_a_host(&name).then_some(Word::Either),
    }
}
