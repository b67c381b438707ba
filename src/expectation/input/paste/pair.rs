//! Puts names and targets into pairs: within a row, or over rows that hold one value each. Pure.

use std::collections::{HashMap, HashSet};

use crate::dns::DomainName;
use crate::expectation::input::gather::{Candidate, Gatherer, NO_NAME, NO_TARGET};
use crate::expectation::input::words::{self, Field};

use super::Row;
use super::token::{Token, Word, tokens};

/// Which of the two a page shows first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Order {
    #[default]
    NameFirst,
    ValueFirst,
}

/// What a row yields by itself.
#[derive(Debug)]
enum Yield {
    /// A whole record.
    Record { name: Token, value: Token },
    /// More than one way to read it.
    Unclear(&'static str),
    /// Parts at most, which belong to the rows around.
    Parts,
}

/// Whether a row holds a whole record by itself.
pub(in crate::expectation::input) fn is_record(row: &Row, gatherer: &Gatherer<'_>) -> bool {
    let found: Vec<Token> =
        row.cells.iter().flat_map(|cell| tokens(cell, None, row.line, gatherer)).collect();
    matches!(resolve(&found, Order::NameFirst), Yield::Record { .. })
}

/// Pairs names and targets, and offers the pairs.
pub(in crate::expectation::input) fn pair(rows: &[Row], gatherer: &mut Gatherer<'_>) {
    let mut rows = tokenise(rows, gatherer);
    drop_repeated_labels(&mut rows);
    let order = order(&rows);
    let mut pairer = Pairer { gatherer, order, kind: None, loose: Vec::new() };
    for row in rows {
        pairer.take(row);
    }
    pairer.settle();
}

/// Turns rows into tokens. A heading row tells what the cells of the rows below are.
fn tokenise(rows: &[Row], gatherer: &mut Gatherer<'_>) -> Vec<Vec<Token>> {
    let mut heading: Vec<Option<Field>> = Vec::new();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let fields: Vec<Option<Field>> =
            row.cells.iter().map(|cell| words::field(words::bare(cell))).collect();
        if fields.contains(&Some(Field::Name)) && fields.contains(&Some(Field::Value)) {
            heading.clone_from(&fields);
            gatherer.is_inventory |= row.cells.iter().any(|cell| words::is_of_inventory(cell));
        }
        // An attribute such as `proxied = true` stands in what a DNS host holds, not on a provider's page.
        let is_attribute =
            |cell: &String| cell.split_once(':').is_some_and(|(label, _)| words::is_of_inventory(label));
        gatherer.is_inventory |= row.cells.iter().any(is_attribute);
        let gatherer = &*gatherer;
        let is_below = row.cells.len() > 1 && row.cells.len() == heading.len() && fields != heading;
        let field = |at: usize| heading.get(at).copied().flatten().filter(|_| is_below);
        let cells = row.cells.iter().enumerate();
        found.push(cells.flat_map(|(at, cell)| tokens(cell, field(at), row.line, gatherer)).collect());
    }
    found
}

/// A single label that stands alone more than once is a word of the page, such as a button.
fn drop_repeated_labels(rows: &mut [Vec<Token>]) {
    let is_lone = |row: &[Token]| matches!(row, [Token { word: Word::Weak, field: None, .. }]);
    let mut times: HashMap<String, usize> = HashMap::new();
    for token in rows.iter().filter(|row| is_lone(row)).flatten() {
        *times.entry(token.text.clone()).or_default() += 1;
    }
    for row in rows.iter_mut().filter(|row| is_lone(row)) {
        row.retain(|token| times.get(&token.text).is_none_or(|times| *times == 1));
    }
}

fn order(rows: &[Vec<Token>]) -> Order {
    let all = || rows.iter().flatten();
    let label = |wanted: Field| {
        all().position(|token| token.word == Word::Label(wanted) || token.field == Some(wanted))
    };
    if let (Some(name), Some(value)) = (label(Field::Name), label(Field::Value)) {
        return if value < name { Order::ValueFirst } else { Order::NameFirst };
    }
    let sides: Vec<bool> = all().filter(|t| t.is_name() || t.is_value()).map(Token::is_value).collect();
    let (firsts, seconds) = (sides.iter().step_by(2), sides.iter().skip(1).step_by(2));
    let alternates = sides.len() >= 2 && sides.len().is_multiple_of(2);
    if alternates && firsts.copied().all(|is_value| is_value) && seconds.copied().all(|is_value| !is_value) {
        Order::ValueFirst
    } else {
        Order::NameFirst
    }
}

/// The record within one row, if there is exactly one.
fn resolve(row: &[Token], order: Order) -> Yield {
    let labelled = |field: Field| row.iter().find(|token| token.field == Some(field));
    if let (Some(name), Some(value)) = (labelled(Field::Name), labelled(Field::Value)) {
        return Yield::Record { name: name.clone(), value: value.clone() };
    }
    let of = |words: &[Word]| row.iter().filter(|token| words.contains(&token.word)).collect::<Vec<&Token>>();
    let texts = of(&[Word::Text]);
    let hosts = of(&[Word::Name, Word::Known, Word::Either, Word::Address, Word::CutOff]);
    let weak = of(&[Word::Weak]);
    let record = |name: &Token, value: &Token| Yield::Record { name: name.clone(), value: value.clone() };
    match (texts.as_slice(), hosts.as_slice(), weak.as_slice()) {
        ([text], [name], _) | ([text], [], [name]) => record(name, text),
        ([], [value], [name]) if value.word != Word::Name => record(name, value),
        ([], [value], [_, _, ..]) if value.word != Word::Name => Yield::Unclear(RIVALS),
        ([], [first, second], _) => {
            let (name, value) = sides(first, second, order);
            record(name, value)
        }
        ([], [_, _, _, ..], _) => Yield::Unclear("more than one name and one target stand in the line"),
        _ => Yield::Parts,
    }
}

/// Which of two is the name: the one that must be, or else the one whose turn it is.
fn sides<'t>(first: &'t Token, second: &'t Token, order: Order) -> (&'t Token, &'t Token) {
    let first_is_name = match (first.is_name(), second.is_name(), first.is_value(), second.is_value()) {
        (true, false, ..) | (false, false, false, true) => true,
        (false, true, ..) | (false, false, true, false) => false,
        _ => order == Order::NameFirst,
    };
    if first_is_name { (first, second) } else { (second, first) }
}

#[derive(Debug)]
struct Pairer<'g, 'a> {
    gatherer: &'g mut Gatherer<'a>,
    order: Order,
    /// The type in a heading above whole rows.
    kind: Option<&'static str>,
    /// Tokens of rows that hold no whole record.
    loose: Vec<Token>,
}

impl Pairer<'_, '_> {
    fn take(&mut self, row: Vec<Token>) {
        match resolve(&row, self.order) {
            Yield::Parts => self.loose.extend(row),
            Yield::Record { name, value } => {
                self.settle();
                let own = row.iter().find_map(kind_of);
                let kind = own.or(self.kind.filter(|_| value.word != Word::Text));
                offer(self.gatherer, kind, (&name, &value), None);
            }
            Yield::Unclear(why) => {
                self.settle();
                let words: Vec<&str> = row.iter().map(|token| token.text.as_str()).collect();
                self.gatherer.unread(row.first().map(|token| token.line), &words.join(" "), why);
            }
        }
    }

    /// Pairs the loose tokens up to here.
    fn settle(&mut self) {
        let loose = label_values(std::mem::take(&mut self.loose));
        if self.two_lists(&loose) {
            return;
        }
        let is_kind_last = is_kind_last(&loose);
        let mut draft = Draft { order: self.order, is_kind_last, ..Draft::default() };
        for (token, next) in loose.iter().zip(followers(&loose)) {
            draft.take(token, next, self.gatherer);
        }
        draft.finish(self.gatherer);
        self.kind = draft.kind;
    }

    /// All names first, then as many targets: a page copied column by column.
    fn two_lists(&mut self, loose: &[Token]) -> bool {
        let hosts: Vec<&Token> = loose.iter().filter(|token| kind_of(token).is_none()).collect();
        // Without zones a full name may be either, so where the targets begin tells what the names are.
        let is_placed = !self.gatherer.zones.is_empty();
        let is_owner = |token: &Token| token.is_name() || !is_placed && token.word == Word::Either;
        let names = hosts.iter().take_while(|token| is_owner(token)).count();
        let (names, values) = hosts.split_at_checked(names).unwrap_or_default();
        if !is_placed && !are_of_one_domain(names) {
            return false;
        }
        let fits =
            names.len() >= 2 && names.len() == values.len() && values.iter().all(|token| token.is_value());
        if fits {
            let kinds: Vec<&'static str> = loose.iter().filter_map(kind_of).collect();
            for (at, pair) in names.iter().zip(values).enumerate() {
                let kind = kinds.get(at).copied().filter(|_| kinds.len() == names.len());
                let note = "names and targets stood in two lists and were paired in order";
                offer(self.gatherer, kind, (pair.0, pair.1), Some(note));
            }
        }
        if !fits && names.len() >= 2 && values.len() >= 2 && values.iter().all(|token| token.is_value()) {
            self.refuse_lists(names, values);
            return true;
        }
        fits
    }

    fn refuse_lists(&mut self, names: &[&Token], values: &[&Token]) {
        let why = format!(
            "{} names and {} targets stand in two lists, so it cannot be told which belong together",
            names.len(),
            values.len()
        );
        for token in names.iter().chain(values) {
            self.gatherer.unread(Some(token.line), &token.text, &why);
        }
    }
}

/// Whether all names end alike, as far as that can be told where no zone is known.
fn are_of_one_domain(names: &[&Token]) -> bool {
    let owners =
        names.iter().map(|token| DomainName::parse(&token.text).map(|name| name.owner_part().to_owned()));
    owners.collect::<Result<HashSet<_>, _>>().is_ok_and(|owners| owners.len() == 1)
}

fn kind_of(token: &Token) -> Option<&'static str> {
    match token.word {
        Word::Kind(kind) => Some(kind),
        _ => None,
    }
}

fn offer(gatherer: &mut Gatherer<'_>, kind: Option<&str>, pair: (&Token, &Token), note: Option<&str>) {
    let (name, value) = pair;
    gatherer.offer(&Candidate {
        kind,
        name: &name.text,
        value: &value.text,
        line: Some(name.line),
        note,
        ..Candidate::default()
    });
}

/// Gives the value below a lone label that label. Labels in a row of their own are a heading.
fn label_values(tokens: Vec<Token>) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut labels: Vec<Field> = Vec::new();
    for mut token in tokens {
        match token.word {
            Word::Label(field @ (Field::Type | Field::Name | Field::Value)) => labels.push(field),
            Word::Label(field) => labels = vec![field],
            Word::Kind(_) => {
                labels.clear();
                found.push(token);
            }
            _ => {
                let takes = matches!(labels.as_slice(), [Field::Name | Field::Value]);
                token.field = token.field.or_else(|| labels.first().copied().filter(|_| takes));
                labels.clear();
                found.push(token);
            }
        }
    }
    found
}

/// For each token the next one that is no type.
fn followers(tokens: &[Token]) -> Vec<Option<&Token>> {
    let mut next = None;
    let mut found: Vec<Option<&Token>> = Vec::with_capacity(tokens.len());
    for token in tokens.iter().rev() {
        found.push(next);
        next = if kind_of(token).is_none() { Some(token) } else { next };
    }
    found.reverse();
    found
}

/// Whether each type stands behind its name and value.
fn is_kind_last(tokens: &[Token]) -> bool {
    let first = tokens.iter().position(|token| kind_of(token).is_some());
    let has_kind_at_end = tokens.last().is_some_and(|token| kind_of(token).is_some());
    first.is_some_and(|at| at >= 2) && has_kind_at_end
}

const RIVALS: &str = "more than one word could be the name or the target";

/// A record in the making, over several rows.
#[derive(Debug, Default)]
struct Draft {
    order: Order,
    is_kind_last: bool,
    kind: Option<&'static str>,
    name: Option<Token>,
    value: Option<Token>,
    /// Another word that could be the name.
    rival: bool,
}

impl Draft {
    fn take(&mut self, token: &Token, next: Option<&Token>, gatherer: &mut Gatherer<'_>) {
        if let Some(kind) = kind_of(token) {
            self.take_kind(kind, gatherer);
        } else if token.is_name() {
            self.take_name(token, gatherer);
        } else if token.is_value() {
            self.take_value(token, gatherer);
        } else if token.word == Word::Weak {
            self.take_weak(token, next);
        } else if token.word == Word::Either {
            self.take_either(token, next, gatherer);
        }
        if self.name.is_some() && self.value.is_some() && !self.is_kind_last {
            self.finish(gatherer);
        }
    }

    fn take_kind(&mut self, kind: &'static str, gatherer: &mut Gatherer<'_>) {
        if self.is_kind_last {
            self.kind = Some(kind);
            self.finish(gatherer);
        } else {
            if self.kind.is_some() && (self.name.is_some() || self.value.is_some()) {
                self.finish(gatherer);
            }
            self.kind = Some(kind);
        }
    }

    fn take_name(&mut self, token: &Token, gatherer: &mut Gatherer<'_>) {
        match &self.name {
            // A single label or a heading gives way to what is a name beyond doubt.
            Some(held) if !held.is_name() => {}
            Some(_) => self.finish(gatherer),
            None if self.value.is_some() && self.order == Order::NameFirst => self.finish(gatherer),
            None => {}
        }
        self.rival = false;
        self.name = Some(token.clone());
    }

    fn take_value(&mut self, token: &Token, gatherer: &mut Gatherer<'_>) {
        if self.value.is_some() || (self.name.is_some() && self.order == Order::ValueFirst) {
            self.finish(gatherer);
        }
        self.value = Some(token.clone());
    }

    /// A single label is a name where a type stands before it or its target right behind it.
    fn take_weak(&mut self, token: &Token, next: Option<&Token>) {
        let has_target = next.is_some_and(|next| next.is_value() || next.word == Word::Either);
        let is_plain = match self.order {
            Order::NameFirst => self.value.is_none() && (self.kind.is_some() || has_target),
            Order::ValueFirst => self.value.is_some(),
        };
        match &self.name {
            None if is_plain => self.name = Some(token.clone()),
            Some(held) if held.word == Word::Weak && held.field.is_none() => self.rival = true,
            _ => {}
        }
    }

    fn take_either(&mut self, token: &Token, next: Option<&Token>, gatherer: &mut Gatherer<'_>) {
        let within = |held: &Token| match (DomainName::parse(&token.text), DomainName::parse(&held.text)) {
            (Ok(inner), Ok(outer)) => inner.is_within(&outer),
            _ => false,
        };
        let replaces = self.name.as_ref().is_some_and(|held| held.word == Word::Either && within(held));
        let has_value = next.is_some_and(|next| next.is_value() || next.word == Word::Either);
        let is_name = match self.order {
            Order::NameFirst => self.name.is_none() && has_value,
            Order::ValueFirst => self.value.is_some(),
        };
        // Where zones are known, a full name outside of them is no owner name.
        let could_be_value = |word: Word| match word {
            Word::Known => true,
            Word::Either => !gatherer.zones.is_empty(),
            _ => false,
        };
        let has_rival = next.is_some_and(|next| next.field.is_none() && could_be_value(next.word));
        if self.name.is_some() && self.value.is_none() && has_rival && !replaces {
            // Another target follows: either may be a link of the page.
            self.rival = true;
        } else if replaces || is_name && self.value.is_none() {
            self.name = Some(token.clone());
        } else if is_name {
            self.take_name(token, gatherer);
        } else if self.name.is_some() || self.kind.is_some() || self.order == Order::ValueFirst {
            self.take_value(token, gatherer);
        }
    }

    /// Offers what is complete and tells what is not.
    fn finish(&mut self, gatherer: &mut Gatherer<'_>) {
        let rival = std::mem::take(&mut self.rival);
        match (self.name.take(), self.value.take()) {
            (Some(name), Some(value)) if rival => {
                let shown = format!("{} {}", name.text, value.text);
                gatherer.unread(Some(name.line), &shown, RIVALS);
                self.kind = None;
            }
            (Some(name), Some(value)) => {
                offer(gatherer, self.kind.take(), (&name, &value), None);
            }
            (Some(name), None) if name.is_name() => {
                gatherer.unread(Some(name.line), &name.text, NO_TARGET);
                self.kind = None;
            }
            (None, Some(value)) if value.word == Word::Text => lone_text(&value, gatherer),
            (None, Some(value)) if value.is_value() || self.kind.is_some() => {
                gatherer.unread(Some(value.line), &value.text, NO_NAME);
                self.kind = None;
            }
            _ => {}
        }
    }
}

fn lone_text(value: &Token, gatherer: &mut Gatherer<'_>) {
    use crate::mailauth::{Policy, policy};
    match policy(&value.text) {
        Policy::Dmarc => gatherer.unread(Some(value.line), &value.text, "no name was found for this policy"),
        Policy::DkimKey | Policy::RevokedDkimKey | Policy::UnusableDkimKey | Policy::Spf | Policy::Other => {
            gatherer.aside(Some(value.line), &value.text, "a record of type TXT");
        }
    }
}
