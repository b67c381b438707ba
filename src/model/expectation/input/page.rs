//! Pairs names and targets in rows of cells: columns under a heading, a whole record in a row, or one value per
//! row. Pure.
//!
//! What a page leaves open is not decided here: two words that could be the target, an odd number of names and
//! targets, more than one record in a line without labels are told.

use std::collections::HashSet;

use crate::model::dns::DomainName;

use super::gather::{Candidate, Gatherer};
use super::names;
use super::rows::{Columns, Row};
use super::token::{Side, Token, Word, tokens};
use super::words::{self, Field};

const RIVALS: &str = "more than one word could be the name or the target";

/// Reads rows; `separator` is what a value may hold where its column is the last one.
pub(super) fn read(rows: Vec<Row>, separator: char, gatherer: &mut Gatherer<'_>) {
    let mut page = Page {
        gatherer,
        separator,
        columns: None,
        base: None,
        kind: None,
        has_records: false,
        run: Vec::new(),
    };
    let rows = joined(rows, page.gatherer);
    for (at, row) in rows.iter().enumerate() {
        let text = row.cells.join(" ");
        page.gatherer.expect_of(row.line, &text);
        page.take(row, text, rows.get(at + 1..).unwrap_or_default());
    }
    page.settle();
}

/// The rows with words and policies whole that a narrow page broke over lines. Two words are pieces of one only if
/// the catalogue knows what they make, or they make a name of the zone; anything else is refused as it stands.
fn joined(rows: Vec<Row>, gatherer: &Gatherer<'_>) -> Vec<Row> {
    let mut whole: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let above = whole.last_mut().and_then(|above| above.cells.last_mut());
        if let ([piece], Some(above)) = (row.cells.as_slice(), above)
            && above.len() < LONGEST_VALUE
        {
            let word = above.rsplit(' ').next().unwrap_or_default();
            if continues_policy(above, piece) {
                *above = format!("{} {piece}", above.trim_end_matches('"'));
                continue;
            }
            if is_torn(words::bare(word), words::bare(piece), gatherer) {
                *above = format!("{}{}", above.trim_end_matches(['"', '`']), words::bare(piece));
                continue;
            }
        }
        whole.push(row);
    }
    whole
}

/// No value that this program reads is longer.
const LONGEST_VALUE: usize = 4096;

/// The tags of a DMARC policy that may begin a line. Source: RFC 7489 section 6.3.
const TAGS: &[&str] = &["p", "sp", "rua", "ruf", "pct", "adkim", "aspf", "fo", "rf", "ri", "np", "psd", "t"];

fn continues_policy(first: &str, second: &str) -> bool {
    let begins = first.to_ascii_lowercase().contains("v=dmarc1");
    let tag =
        second.trim_start_matches(['"', ' ']).split_once('=').map(|(tag, _)| tag.trim().to_ascii_lowercase());
    begins && tag.is_some_and(|tag| TAGS.contains(&tag.as_str()))
}

fn is_torn(first: &str, second: &str, gatherer: &Gatherer<'_>) -> bool {
    let parse = |text: &str| DomainName::parse(text).ok().filter(|_| !text.contains(char::is_whitespace));
    let is_known = |name: &DomainName| gatherer.catalogue.find(name).is_some();
    let in_zone = |name: &DomainName| gatherer.zones.iter().any(|zone| name.is_within(zone) && name != zone);
    let is_open = |name: &DomainName| {
        !in_zone(name)
            && (first.ends_with(['.', '-']) || !names::has_listed_suffix(name))
            && !name.labels().next_back().is_some_and(|label| label.starts_with('_'))
            && !is_known(name)
    };
    first.contains('.')
        && parse(first).as_ref().is_some_and(is_open)
        && parse(second)
            .zip(parse(&format!("{first}{second}")))
            .is_some_and(|(second, whole)| is_known(&whole) || in_zone(&whole) && !in_zone(&second))
}

#[derive(Debug)]
struct Page<'g, 'a> {
    gatherer: &'g mut Gatherer<'a>,
    separator: char,
    /// The columns of the last heading.
    columns: Option<Columns>,
    /// What relative names belong below, by the last label that named a domain.
    base: Option<DomainName>,
    /// The type in a heading above whole rows.
    kind: Option<&'static str>,
    /// Whether a record stood above.
    has_records: bool,
    /// Tokens of rows that hold no whole record.
    run: Vec<Token>,
}

/// What a row yields by itself.
#[derive(Debug)]
enum Yield {
    Record {
        name: Token,
        value: Token,
    },
    /// More than one way to read it.
    Unclear(&'static str),
    /// Parts at most, which belong to the rows around.
    Parts,
}

impl Page<'_, '_> {
    /// Takes a row, whose cells are `text` together; `rest` are those below it.
    fn take(&mut self, row: &Row, text: String, rest: &[Row]) {
        let is_below = |next: &&Row| next.cells.len() >= 2;
        let below = rest.iter().take_while(is_below).take(MOST_BELOW).count();
        if let Some(columns) = Columns::of(row, rest.get(..below).unwrap_or_default()) {
            self.settle();
            self.gatherer.is_inventory |= columns.is_inventory;
            self.columns = Some(columns);
            return;
        }
        if let Some(columns) = self.columns.take_if(|columns| columns.fits(row)) {
            self.settle();
            self.by_column(row, &columns);
            self.columns = Some(columns);
            return;
        }
        let is_single = row.cells.len() == 1;
        let mut found = Vec::new();
        for cell in &row.cells {
            // An attribute such as `proxied: true` stands in what a DNS host holds, not on a provider's page.
            self.gatherer.is_inventory |=
                cell.split_once(':').is_some_and(|(label, _)| words::is_of_inventory(label));
            found.extend(tokens(cell, is_single, row.line, self.gatherer));
        }
        self.take_heading(&text, &found);
        self.look_for_intent(row.line, text, rest, &mut found);
        self.take_domain(rest, &mut found);
        match resolve(&found) {
            Yield::Parts => self.run.extend(found),
            Yield::Record { name, value } => {
                self.settle();
                let own = found.iter().find_map(Token::kind);
                self.offer(own.or(self.kind), &name, &value, None);
            }
            Yield::Unclear(why) => {
                self.settle();
                let words: Vec<&str> = found.iter().map(|token| token.text.as_str()).collect();
                self.gatherer.unread(Some(row.line), &words.join(" "), why);
            }
        }
    }

    /// A row under a heading.
    fn by_column(&mut self, row: &Row, columns: &Columns) {
        let line = Some(row.line);
        let name = columns.cell(row, Field::Name).map(first_word);
        let value = columns.value(row, self.separator);
        let (name, value) = match (name, value.as_deref().map(target_of)) {
            (Some(name), Some(value)) if !value.is_empty() => (name, value),
            (None, None) => return,
            (name, value) => {
                let missing = if name.is_none() { "name" } else { "value" };
                let why = format!("the row has no {missing}");
                return self.gatherer.unread(line, name.or(value).unwrap_or_default(), &why);
            }
        };
        let kind = columns.cell(row, Field::Type);
        let known =
            kind.and_then(words::record_type).or_else(|| kind.and_then(words::record_type_in_sentence));
        if kind.is_some() && known.is_none() {
            return self.gatherer.unread(line, &row.cells.join(" "), "the record type is not known");
        }
        if let Some(present) = columns.cell(row, Field::Present).filter(|cell| cell.contains('.')) {
            self.gatherer.aside(line, present, SHOWN_AS_FOUND);
        }
        if columns.says(row, words::is_of_tracking) {
            return self.gatherer.aside(
                line,
                &row.cells.join(" "),
                "for click tracking, by what the row says",
            );
        }
        if columns.says(row, |cell| words::is_against(cell) == Some(true)) || columns.is_marked(row) {
            return self.gatherer.aside(line, &row.cells.join(" "), TO_GO);
        }
        let domain = columns.cell(row, Field::Domain).and_then(|cell| DomainName::parse(cell).ok());
        self.gatherer.offer(&Candidate {
            kind: known,
            name,
            value,
            ttl: columns.cell(row, Field::Ttl).and_then(words::seconds),
            provider: columns.cell(row, Field::Provider),
            base: domain.as_ref().or(self.base.as_ref()),
            is_by_column: domain.is_some(),
            line,
            note: None,
        });
    }

    /// Sees whether a row, or a line above rows, says that records are not wanted.
    fn look_for_intent(&mut self, line: usize, text: String, rest: &[Row], found: &mut Vec<Token>) {
        if let [Token { word: Word::Label(field @ (Field::Present | Field::Value)), .. }] = found.as_slice()
            && (*field == Field::Present || self.gatherer.against.is_some())
            && self.names_something(rest.first())
        {
            // `Old` alone above a record, and `New` above another.
            let against = (*field == Field::Present).then_some(text);
            self.settle();
            self.gatherer.against = against;
            found.clear();
            return;
        }
        let hosts = || found.iter().filter(|token| token.is_host());
        let weak = found.iter().find(|token| token.word == Word::Weak);
        let (Some(first), Some(last)) = (hosts().next().or(weak), hosts().next_back().or(weak)) else {
            return self.look_at_heading(text, found.is_empty());
        };
        let before = text.split_once(&first.text).map_or("", |(before, _)| before);
        let behind = text.rsplit_once(&last.text).map_or("", |(_, behind)| behind);
        let is_button = behind.split_whitespace().all(words::is_chatter);
        let is_comment = text.starts_with("//")
            || text.strip_prefix('#').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
                && hosts().count() >= 2;
        let is_against = words::are_against(before) || !is_button && words::are_against(behind);
        if hosts().next().is_some() && (is_against || is_comment || text.starts_with(['❌', '✗', '✘'])) {
            self.settle();
            self.gatherer.aside(Some(line), &text, TO_GO);
            found.clear();
        }
    }

    /// Whether a row has a name, or the label of one.
    fn names_something(&self, row: Option<&Row>) -> bool {
        let tokens_of = |row: &Row| -> Vec<Token> {
            row.cells.iter().flat_map(|cell| tokens(cell, false, row.line, self.gatherer)).collect()
        };
        let is_name =
            |token: &Token| token.side() == Some(Side::Name) || token.word == Word::Label(Field::Name);
        row.map(tokens_of).is_some_and(|found| found.iter().any(is_name))
    }

    /// A line without names: a heading, a sentence, or a button of the page.
    fn look_at_heading(&mut self, text: String, is_plain: bool) {
        let is_long = text.split(' ').count() >= 2;
        let is_heading = text.ends_with(':') || text.starts_with('#') || is_long || !self.has_records;
        match words::is_against(&text).filter(|_| is_plain && is_heading) {
            Some(true) => {
                self.settle();
                self.gatherer.against = Some(text);
            }
            Some(false) => {
                self.settle();
                self.gatherer.against = None;
            }
            None => {}
        }
    }

    /// Takes the domain that a label names: what is relative below belongs to it.
    fn take_domain(&mut self, rest: &[Row], found: &mut Vec<Token>) {
        if found.iter().all(|token| token.field != Some(Field::Domain)) {
            return;
        }
        // Above a name even a name inside the zone is a domain.
        let has_name_next = self.names_something(rest.first());
        let zones = &self.gatherer.zones;
        let is_domain = |name: &DomainName| {
            names::has_listed_suffix(name) && name.is_registrable()
                || zones.contains(name)
                || has_name_next && zones.iter().any(|zone| name.is_within(zone))
        };
        let mut domain = None;
        for token in found.iter_mut().filter(|token| token.field == Some(Field::Domain)) {
            token.field = Some(Field::Name);
            if let Some(named) = DomainName::parse(&token.text).ok().filter(is_domain) {
                token.field = Some(Field::Domain);
                domain = Some(named);
            }
        }
        if domain.is_some() {
            found.retain(|token| token.field != Some(Field::Domain));
            self.settle();
            self.base = domain;
        }
    }

    /// Takes the domain that a heading names, such as `## example.org` or `Records for example.org:`.
    fn take_heading(&mut self, text: &str, found: &[Token]) {
        let [token] = found else { return };
        let is_heading = text.starts_with('#') || text.ends_with(':');
        let is_domain = |name: &DomainName| {
            names::has_listed_suffix(name)
                && self.gatherer.catalogue.find(name).is_none()
                && !self.gatherer.zones.iter().any(|zone| name.is_within(zone))
                && !name.labels().any(|label| label.starts_with('_'))
        };
        if let Some(domain) = DomainName::parse(&token.text).ok().filter(|name| is_heading && is_domain(name))
        {
            self.settle();
            self.base = Some(domain);
        }
    }

    fn offer(&mut self, kind: Option<&str>, name: &Token, value: &Token, note: Option<&str>) {
        self.has_records = true;
        let line = Some(name.line);
        let base = self.base.as_ref();
        let kind = kind.filter(|_| value.word != Word::Text);
        let (name, value) = (name.text.as_str(), value.text.as_str());
        self.gatherer.offer(&Candidate { kind, name, value, base, line, note, ..Candidate::default() });
    }

    /// Pairs the tokens up to here.
    fn settle(&mut self) {
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
            (_, Word::Text) => match crate::model::mailauth::policy(&token.text) {
                crate::model::mailauth::Policy::Dmarc => {
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

/// As many rows below a heading as tell its columns apart.
const MOST_BELOW: usize = 50;

/// Whether all names end alike, as far as that can be told where no zone is known.
fn are_of_one_domain(names: &[&Token]) -> bool {
    let owner = |token: &&Token| DomainName::parse(&token.text).map(|name| name.owner_part().to_owned());
    names.iter().map(owner).collect::<Result<HashSet<_>, _>>().is_ok_and(|owners| owners.len() == 1)
}

const SHOWN_AS_FOUND: &str = "shown as what is there, not as what ought to be";
const TO_GO: &str = "left out: the row says that it is old or to be removed";

/// What a cell for values holds, without a remark behind it.
fn target_of(cell: &str) -> &str {
    let bare = words::bare(cell);
    if super::gather::is_text(bare) { words::text(cell) } else { first_word(bare) }
}

/// The first word of a cell, if it is a name and what follows it is a remark; else the whole cell.
fn first_word(cell: &str) -> &str {
    let shorter = words::without_chatter(cell);
    match shorter.split_once(' ') {
        Some((first, rest)) if !super::gather::is_text(shorter) => {
            let first = words::bare(first);
            let is_name = DomainName::parse(names::without_scheme(first)).is_ok() && first.contains('.');
            if is_name || rest.starts_with('(') { first } else { shorter }
        }
        _ => shorter,
    }
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

/// The record within one row, if there is exactly one.
fn resolve(row: &[Token]) -> Yield {
    let labelled = |field: Field| row.iter().filter(|token| token.field == Some(field)).collect::<Vec<_>>();
    let record = |name: &Token, value: &Token| Yield::Record { name: name.clone(), value: value.clone() };
    match (labelled(Field::Name).as_slice(), labelled(Field::Value).as_slice()) {
        ([name], [value]) => return record(name, value),
        ([], []) => {}
        _ => return Yield::Parts,
    }
    if row.iter().any(|token| matches!(token.word, Word::Label(_))) {
        return Yield::Parts;
    }
    let hosts: Vec<&Token> = row.iter().filter(|token| token.is_host() && token.word != Word::Text).collect();
    let texts: Vec<&Token> = row.iter().filter(|token| token.word == Word::Text).collect();
    let weak: Vec<&Token> = row.iter().filter(|token| token.word == Word::Weak).collect();
    match (texts.as_slice(), hosts.as_slice(), weak.as_slice()) {
        ([text], [name], _) | ([text], [], [name]) => record(name, text),
        ([], [value], [name]) if value.side() != Some(Side::Name) => record(name, value),
        ([], [value], [_, _, ..]) if value.side() != Some(Side::Name) => Yield::Unclear(RIVALS),
        ([], [first, second], [_, ..]) if [first, second].iter().all(|one| one.word == Word::Known) => {
            Yield::Unclear(RIVALS)
        }
        ([], [first, second], _) => {
            let is_turned = second.side() == Some(Side::Name) && first.side() != Some(Side::Name)
                || first.side() == Some(Side::Value) && second.side() != Some(Side::Value);
            if is_turned { record(second, first) } else { record(first, second) }
        }
        ([], [_, _, _, ..], _) => Yield::Unclear("more than one name and one target stand in the line"),
        _ => Yield::Parts,
    }
}
