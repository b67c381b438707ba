//! Pairs names and targets that stand in rows of their own. Pure.

use crate::model::expectation::input::token::{Token, Word};
use crate::model::expectation::input::words::Field;
use crate::model::mailauth;

use super::{Page, RIVALS, SHOWN_AS_FOUND};

impl Page<'_, '_> {
    /// Pairs the tokens up to here.
    pub(super) fn settle(&mut self) {
        let run = label_values(std::mem::take(&mut self.run));
        let (present, run): (Vec<Token>, Vec<Token>) =
            run.into_iter().partition(|token| token.field == Some(Field::Present));
        for token in present {
            self.gatherer.aside(Some(token.line), &token.text, SHOWN_AS_FOUND);
        }
        // A type stands before its name and its target, between the two, or behind both.
        let first = run.iter().position(|token| token.kind().is_some());
        let is_between = first == Some(1);
        let is_last =
            first.is_some_and(|at| at >= 2) && run.last().is_some_and(|token| token.kind().is_some());
        let (mut kind, mut chunk) = (self.kind, Vec::new());
        for token in run {
            match token.kind() {
                None => chunk.push(token),
                Some(own) if is_last => self.pair(Some(own), &std::mem::take(&mut chunk)),
                Some(own) => {
                    let name = chunk.pop_if(|_| is_between);
                    self.pair(kind, &std::mem::take(&mut chunk));
                    chunk.extend(name);
                    kind = Some(own);
                }
            }
        }
        let is_heading = chunk.is_empty() && !is_last;
        self.pair(kind, &chunk);
        self.kind = kind.filter(|_| is_heading);
    }

    /// Pairs the tokens under one type, or under none.
    fn pair(&mut self, kind: Option<&'static str>, chunk: &[Token]) {
        let sided = sides(chunk, kind.is_some(), !self.gatherer.zones.is_empty());
        let is_value_first = is_value_first(&sided);
        let mut rest = sided.as_slice();
        while let [one, after @ ..] = rest {
            rest = after;
            let opens = (one.side == Field::Value) == is_value_first;
            let [other, behind @ ..] = after else { return self.lone(one.token, kind) };
            if !opens || other.side == one.side {
                self.lone(one.token, kind);
                continue;
            }
            rest = behind;
            let (name, value) =
                if is_value_first { (other.token, one.token) } else { (one.token, other.token) };
            if one.has_rival || behind.first().is_some_and(|next| is_rival(other.token, next.token)) {
                let shown = format!("{} {}", name.text, value.text);
                self.gatherer.unread(Some(name.line), &shown, RIVALS);
            } else {
                self.offer(kind, name, value);
            }
        }
    }

    /// Tells what stands alone and would not be seen to be a name, or is a text; the other names are told in the end.
    fn lone(&mut self, token: &Token, kind: Option<&str>) {
        let line = Some(token.line);
        match token.word {
            Word::Text if mailauth::policy(&token.text) == mailauth::Policy::Dmarc => {
                self.gatherer.unread(line, &token.text, "no name was found for this policy");
            }
            Word::Text => self.gatherer.aside(line, &token.text, "a record of type TXT"),
            Word::Name | Word::Known => {}
            _ if token.field.is_some() || kind.is_some() => {
                self.gatherer.unread(line, &token.text, "nothing that belongs to it was found");
            }
            _ => {}
        }
    }
}

/// Gives the value below a lone label that label. Labels in a row of their own are a heading.
fn label_values(tokens: Vec<Token>) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut labels: Vec<Field> = Vec::new();
    for mut token in tokens {
        if let Word::Label(field) = token.word {
            labels.push(if field == Field::Domain { Field::Name } else { field });
            continue;
        }
        let field = match labels.as_slice() {
            [field @ (Field::Name | Field::Value | Field::Present)] if token.kind().is_none() => Some(*field),
            _ => None,
        };
        labels.clear();
        token.field = token.field.or(field);
        found.push(token);
    }
    found
}

/// A token and which part of a record it is taken for.
#[derive(Debug, Clone, Copy)]
struct Sided<'t> {
    side: Field,
    token: &'t Token,
    /// The word behind it could be the name as well.
    has_rival: bool,
}

/// What each token is taken for: what it must be, or else what fits between the others.
fn sides(chunk: &[Token], has_kind: bool, has_zones: bool) -> Vec<Sided<'_>> {
    let mut sided: Vec<Sided<'_>> = Vec::new();
    for (at, token) in chunk.iter().enumerate() {
        let next = chunk.get(at + 1);
        let before = sided.last().map(|one| one.side);
        let has_target =
            next.is_some_and(|next| next.side() == Some(Field::Value) || next.word == Word::Either);
        let is_weak = |token: &Token| token.word == Word::Weak && token.field.is_none();
        let side = match (token.side(), token.word) {
            (Some(side), _) => Some(side),
            (None, Word::Either) if has_zones || before == Some(Field::Name) => Some(Field::Value),
            (None, Word::Either) => has_target.then_some(Field::Name),
            (None, Word::Weak) if before == Some(Field::Name) => {
                // Another name, or half of a target.
                let is_rival = |one: &Token| is_weak(one) || token.text.contains('.');
                sided.last_mut().into_iter().for_each(|one| one.has_rival |= is_rival(one.token));
                None
            }
            (None, Word::Weak) => (has_target || has_kind && sided.is_empty()).then_some(Field::Name),
            _ => None,
        };
        sided.extend(side.map(|side| Sided { side, token, has_rival: false }));
    }
    sided
}

/// Whether targets stand before their names: labels say so, or all stand in turns and a target comes first.
fn is_value_first(sided: &[Sided<'_>]) -> bool {
    let is_value = |one: &Sided<'_>| one.side == Field::Value;
    let [first, second, ..] = sided else { return false };
    let is_labelled = first.token.field.is_some() && second.token.field.is_some() && !is_value(second);
    let mut turns = sided.iter().enumerate();
    let in_turns =
        sided.len().is_multiple_of(2) && turns.all(|(at, one)| is_value(one) == at.is_multiple_of(2));
    is_value(first) && (is_labelled || in_turns)
}

/// Whether what follows a target could be the target just as well: the old value, or a link of the page.
fn is_rival(value: &Token, next: &Token) -> bool {
    let is_target = |token: &Token| matches!(token.word, Word::Known | Word::Either);
    value.field == next.field && is_target(value) && is_target(next)
        || value.field.is_some() && next.field.is_none() && next.word == Word::Known
}
