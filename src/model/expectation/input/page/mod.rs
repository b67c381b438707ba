//! Pairs names and targets in rows of cells: columns under a heading, a whole record in a row, or one value per
//! row. Pure.
//!
//! What a page leaves open is not decided here: two words that could be the target, an odd number of names and
//! targets, more than one record in a line without labels are told.

mod intent;
mod joined;
mod pair;

use crate::model::dns::DomainName;

use super::gather::{Candidate, Gatherer};
use super::names::{self, Side};
use super::rows::{Columns, Row};
use super::token::{Token, Word, tokens};
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
    let rows = joined::joined(rows, page.gatherer);
    for (at, row) in rows.iter().enumerate() {
        let text = row.cells.join(" ");
        page.gatherer.expect_of(row.line, &text);
        page.take(row, text, rows.get(at + 1..).unwrap_or_default());
    }
    page.settle();
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

    fn offer(&mut self, kind: Option<&str>, name: &Token, value: &Token, note: Option<&str>) {
        self.has_records = true;
        let line = Some(name.line);
        let base = self.base.as_ref();
        let kind = kind.filter(|_| value.word != Word::Text);
        let (name, value) = (name.text.as_str(), value.text.as_str());
        self.gatherer.offer(&Candidate { kind, name, value, base, line, note, ..Candidate::default() });
    }
}

/// As many rows below a heading as tell its columns apart.
const MOST_BELOW: usize = 50;

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
