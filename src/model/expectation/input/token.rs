//! Tells what the words of a cell are: a type, a label, a name, a target, a text. Pure.

use crate::model::catalogue;
use crate::model::dns::DomainName;

use super::gather::{Gatherer, is_text};
use super::names::{self, Side};
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
    pub(super) fn side(&self) -> Option<Side> {
        match (self.field, self.word) {
            (Some(Field::Name), _) | (None, Word::Name) => Some(Side::Name),
            (Some(Field::Value), _) | (None, Word::Known | Word::Text | Word::Address | Word::CutOff) => {
                Some(Side::Value)
            }
            _ => None,
        }
    }

    /// Whether it is more than a label of a page or of a name.
    pub(super) fn is_host(&self) -> bool {
        !matches!(self.word, Word::Kind(_) | Word::Label(_) | Word::Weak | Word::Odd)
    }
}

/// The tokens of one cell; `is_single` where the row has no other.
pub(super) fn tokens(cell: &str, is_single: bool, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    let bare = words::bare(cell);
    if bare.is_empty() {
        return Vec::new();
    }
    if let Some(label) = words::field(cell).or_else(|| words::field(bare)) {
        return vec![Token::new(Word::Label(label), bare, line)];
    }
    // A template of a program, not a name.
    if is_other_attribute(bare) || ["${", "{{", "<%"].iter().any(|open| cell.contains(open)) {
        return Vec::new();
    }
    match labelled(bare) {
        Some((field, rest)) => under_label(field, rest, line, gatherer),
        None if is_text(bare) => vec![Token::new(Word::Text, words::text(cell), line)],
        None => content(bare, is_single, line, gatherer),
    }
}

/// `Host: em1`; `CNAME: em1 → target` is a whole record behind its type.
fn labelled(cell: &str) -> Option<(Field, &str)> {
    let (label, rest) = cell.split_once([':', '='])?;
    let field = words::label(label.trim())?;
    (!rest.trim().is_empty()).then_some((field, rest.trim()))
}

/// `zone_id = var.zone`: an attribute of a resource that no record needs.
fn is_other_attribute(cell: &str) -> bool {
    let key = cell.split_once(" = ").map_or("", |(key, _)| key.trim());
    let is_identifier = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    !key.is_empty() && is_identifier && words::field(key).is_none() && !is_text(cell)
}

/// The one word that a label is about.
fn under_label(field: Field, rest: &str, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    let bare = words::bare(rest);
    if let Some(kind) = words::record_type(bare) {
        return vec![Token::new(Word::Kind(kind), bare, line)];
    }
    let is_name = matches!(field, Field::Name | Field::Domain);
    if is_name && words::is_weak_label(bare) {
        // Behind a label even `help` and `status` are names.
        return vec![Token { field: Some(Field::Name), ..Token::new(Word::Weak, bare, line) }];
    }
    match field {
        Field::Type => content(bare, true, line, gatherer),
        Field::Ttl | Field::Provider | Field::Other => Vec::new(),
        Field::Name | Field::Value | Field::Domain | Field::Present => {
            let mut found = content(bare, false, line, gatherer);
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

fn content(bare: &str, is_single: bool, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    if let Some(kind) = words::record_type(bare) {
        return vec![Token::new(Word::Kind(kind), bare, line)];
    }
    if is_text(bare) {
        return vec![Token::new(Word::Text, bare, line)];
    }
    if let Some((head, text)) = text_behind(bare) {
        let mut found = words_of(head, line, gatherer);
        found.push(Token::new(Word::Text, text, line));
        return found;
    }
    if !is_single && let Some((first, _)) = bare.split_once(' ') {
        // A value and a remark behind it in one cell of several.
        let first = names::without_scheme(words::bare(first));
        let class = classify(first, gatherer).filter(|class| !matches!(class, Word::Weak));
        if let Some(class) = class.filter(|_| first.contains('.')) {
            let rest = words_of(bare, line, gatherer);
            let is_alone = rest.iter().filter(|token| token.is_host()).count() < 2;
            if is_alone {
                return vec![Token::new(class, first, line)];
            }
        }
    }
    words_of(bare, line, gatherer)
}

/// A text and what stands before it, where a row has nothing but single spaces: `TXT _dmarc v=DMARC1; p=none`.
fn text_behind(cell: &str) -> Option<(&str, &str)> {
    let at = TEXTS.iter().filter_map(|start| cell.find(start)).min().filter(|at| *at > 0)?;
    let (head, text) = cell.split_at_checked(at)?;
    let head = head.trim_end_matches('"');
    (head.ends_with(char::is_whitespace) && is_text(text)).then_some((head.trim(), text))
}

/// How the texts begin that mail needs.
const TEXTS: &[&str] = &["v=DMARC1", "v=spf1", "v=DKIM1", "k=rsa"];

/// A cell with more words than these that say nothing is a sentence.
const MOST_STRANGERS: usize = 2;

fn words_of(cell: &str, line: usize, gatherer: &Gatherer<'_>) -> Vec<Token> {
    let spaced = cell.replace("->", " ").replace("=>", " ");
    let separates = |c: char| {
        let is_sign = !c.is_ascii() && !c.is_alphanumeric() && c != '…';
        c.is_whitespace() || is_sign || ",;[]{}()\"<>".contains(c)
    };
    let mut found = Vec::new();
    let mut strangers = 0_usize;
    let is_single = !spaced.trim().contains(' ');
    for raw in spaced.split(separates) {
        let word = words::bare(raw).trim_matches(|c| matches!(c, ':' | '=' | '\''));
        let word = if is_single { names::without_scheme(word) } else { word };
        if word.is_empty() {
            continue;
        }
        if let Some(kind) = words::record_type_in_sentence(word) {
            found.push(Token::new(Word::Kind(kind), word, line));
        } else if matches!(found.as_slice(), [Token { word: Word::Kind(_), .. }])
            && words::is_weak_label(word)
            && !words::is_beside_type(word)
        {
            // Right behind a type even `help` is a name.
            found.push(Token::new(Word::Weak, word, line));
        } else if word.starts_with('#') && !found.is_empty() {
            break;
        } else if let Some(class) = classify(word, gatherer) {
            strangers += usize::from(class == Word::Weak);
            found.push(Token::new(class, word, line));
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
        let is_of_page = words::is_chatter(word) || words::label(word).is_some();
        let is_weak = words::is_weak_label(word) && !is_of_page;
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
    if has_underscore && names::is_relative(&name) {
        return Some(Word::Name);
    }
    // Where no zone is known, a name for text records is an owner rather than a target.
    if gatherer.zones.is_empty() && catalogue::role_of_name(&name).is_some() {
        return Some(Word::Name);
    }
    let is_short = labels == 2 && !names::has_listed_suffix(&name);
    names::could_be_a_host(&name).then_some(if is_short { Word::Weak } else { Word::Either })
}
