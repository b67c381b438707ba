//! Pairs names and targets that stand in rows of their own. Pure.

use std::collections::HashSet;

use crate::model::dns::DomainName;
use crate::model::expectation::input::names::Side;
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
        if run.is_empty() || self.two_lists(&run) {
            return;
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

    /// All names first, then as many targets: a page copied column by column.
    fn two_lists(&mut self, run: &[Token]) -> bool {
        let hosts: Vec<&Token> = run.iter().filter(|token| token.is_host()).collect();
        let has_zones = !self.gatherer.zones.is_empty();
        let is_name =
            |token: &&&Token| token.side() == Some(Side::Name) || !has_zones && token.word == Word::Either;
        let at = hosts.iter().take_while(is_name).count();
        let (names, values) = hosts.split_at_checked(at).unwrap_or_default();
        if !has_zones && !are_of_one_domain(names) {
            return false;
        }
        let is_value = |token: &&Token| token.side() == Some(Side::Value);
        if names.len() < 2 || values.len() < 2 || !values.iter().all(is_value) {
            return false;
        }
        // Types that are no CNAME stand for some of them, and it cannot be told for which.
        let is_plain = run.iter().filter_map(Token::kind).all(|kind| kind == "CNAME");
        if names.len() == values.len() && is_plain {
            let note = "names and targets stood in two lists and were paired in order";
            for (name, value) in names.iter().zip(values) {
                self.offer(None, name, value, Some(note));
            }
            return true;
        }
        let (n, t) = (names.len(), values.len());
        let why = format!(
            "{n} names and {t} targets stand in two lists, so it cannot be told which belong together"
        );
        for token in hosts {
            self.gatherer.unread(Some(token.line), &token.text, &why);
        }
        true
    }

    /// Pairs the tokens under one type, or under none.
    fn pair(&mut self, kind: Option<&'static str>, chunk: &[Token]) {
        let sided = sides(chunk, kind.is_some(), !self.gatherer.zones.is_empty());
        let mut first: Option<Sided<'_>> = None;
        let value_first = is_value_first(&sided);
        for (at, one) in sided.iter().enumerate() {
            if (one.side == Side::Value) == value_first {
                first.replace(*one).into_iter().for_each(|lone| self.lone(lone.token, kind));
                continue;
            }
            let Some(opening) = first.take() else {
                self.lone(one.token, kind);
                continue;
            };
            let next = sided.get(at + 1).map(|next| next.token);
            let is_doubtful = opening.has_rival || next.is_some_and(|next| is_rival(one.token, next));
            let (name, value) =
                if value_first { (one.token, opening.token) } else { (opening.token, one.token) };
            if is_doubtful {
                let shown = format!("{} {}", name.text, value.text);
                self.gatherer.unread(Some(name.line), &shown, RIVALS);
            } else {
                self.offer(kind, name, value, None);
            }
        }
        if let Some(lone) = first {
            self.lone(lone.token, kind);
        }
    }

    /// Tells a name without a target, or the other way round, where it surely is one.
    fn lone(&mut self, token: &Token, kind: Option<&str>) {
        let line = Some(token.line);
        match (token.side(), token.word) {
            (_, Word::Text) => match mailauth::policy(&token.text) {
                mailauth::Policy::Dmarc => {
                    self.gatherer.unread(line, &token.text, "no name was found for this policy");
                }
                _ => self.gatherer.aside(line, &token.text, "a record of type TXT"),
            },
            (Some(side), _) => self.gatherer.lone(side, line, &token.text),
            (None, Word::Either) if kind.is_some() => self.gatherer.lone(Side::Value, line, &token.text),
            (None, Word::Weak) if kind.is_some() => self.gatherer.lone(Side::Name, line, &token.text),
            (None, _) => {}
        }
    }
}

/// Whether all names end alike, as far as that can be told where no zone is known.
fn are_of_one_domain(names: &[&Token]) -> bool {
    let owner = |token: &&Token| DomainName::parse(&token.text).map(|name| name.owner_part().to_owned());
    names.iter().map(owner).collect::<Result<HashSet<_>, _>>().is_ok_and(|owners| owners.len() == 1)
}

/// Gives the value below a lone label that label. Labels in a row of their own are a heading.
fn label_values(tokens: Vec<Token>) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut labels: Vec<Field> = Vec::new();
    for mut token in tokens {
        match token.word {
            Word::Label(field @ (Field::Type | Field::Name | Field::Value | Field::Present)) => {
                labels.push(field);
            }
            Word::Label(Field::Domain) => labels.push(Field::Name),
            Word::Label(field) => labels = vec![field],
            Word::Kind(_) => {
                labels.clear();
                found.push(token);
            }
            _ => {
                let takes = matches!(labels.as_slice(), [Field::Name | Field::Value | Field::Present]);
                token.field = token.field.or_else(|| labels.first().copied().filter(|_| takes));
                labels.clear();
                found.push(token);
            }
        }
    }
    found
}

/// A token and which part of a record it is taken for.
#[derive(Debug, Clone, Copy)]
struct Sided<'t> {
    side: Side,
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
            next.is_some_and(|next| next.side() == Some(Side::Value) || next.word == Word::Either);
        let is_weak = |token: &Token| token.word == Word::Weak && token.field.is_none();
        let side = match (token.side(), token.word) {
            (Some(side), _) => Some(side),
            (None, Word::Either) if has_zones || before == Some(Side::Name) => Some(Side::Value),
            (None, Word::Either) => has_target.then_some(Side::Name),
            (None, Word::Weak) if before == Some(Side::Name) => {
                sided
                    .iter_mut()
                    .last()
                    .filter(|one| is_weak(one.token))
                    .into_iter()
                    .for_each(|one| one.has_rival = true);
                None
            }
            (None, Word::Weak) => (has_target || has_kind && sided.is_empty()).then_some(Side::Name),
            _ => None,
        };
        sided.extend(side.map(|side| Sided { side, token, has_rival: false }));
    }
    sided
}

/// Whether targets stand before their names: labels say so, or all stand in turns and a target comes first.
fn is_value_first(sided: &[Sided<'_>]) -> bool {
    let is_value = |one: &Sided<'_>| one.side == Side::Value;
    let in_turns = sided.iter().enumerate().all(|(at, one)| is_value(one) == at.is_multiple_of(2));
    let is_labelled = sided.len() >= 2 && sided.iter().take(2).all(|one| one.token.field.is_some());
    match sided {
        [first, second, ..] if is_value(first) => {
            is_labelled && !is_value(second) || in_turns && sided.len().is_multiple_of(2)
        }
        _ => false,
    }
}

/// Whether what follows a target could be the target just as well: the old value, or a link of the page.
fn is_rival(value: &Token, next: &Token) -> bool {
    let is_target = |token: &Token| matches!(token.word, Word::Known | Word::Either);
    value.field == next.field && is_target(value) && is_target(next)
        || value.field.is_some() && next.field.is_none() && next.word == Word::Known
}
