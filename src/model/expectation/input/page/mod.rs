//! Pairs names and targets in rows of cells: columns under a heading, a whole record in a row, or one value per
//! row. Pure.
//!
//! What a page leaves open is not decided here: two words that could be the target, an odd number of names and
//! targets, more than one record in a line without labels are told.

mod intent;
mod pair;

use crate::model::dns::DomainName;

use super::gather::{Candidate, Gatherer, LONGEST_POLICY, is_text};
use super::names;
use super::rows::{Columns, MOST_CELLS, Row};
use super::token::{Token, Word, tokens};
use super::words::{self, Field};

const RIVALS: &str = "more than one word could be the name or the target";

pub(super) fn read(rows: Vec<Row>, gatherer: &mut Gatherer<'_>) {
    let mut page = Page { gatherer, columns: None, kind: None, has_records: false, run: Vec::new() };
    let rows = with_whole_policies(rows);
    for (at, row) in rows.iter().enumerate() {
        let text = row.cells.join(" ");
        page.gatherer.expect_of(row.line, &text);
        page.take(row, text, rows.get(at + 1..).unwrap_or_default());
    }
    page.settle();
}

/// The tags of a DMARC policy that may begin a line. Source: RFC 7489 section 6.3.
const TAGS: &[&str] = &["p", "sp", "rua", "ruf", "pct", "adkim", "aspf", "fo", "rf", "ri", "np", "psd", "t"];

/// The rows with those policies whole that a narrow page broke over lines.
fn with_whole_policies(rows: Vec<Row>) -> Vec<Row> {
    let mut whole: Vec<Row> = Vec::with_capacity(rows.len());
    let tag = |row: &Row| {
        row.cells.first().and_then(|cell| cell.split_once('=')).map(|(tag, _)| tag.to_lowercase())
    };
    for row in rows {
        let continues =
            row.cells.len() == 1 && tag(&row).is_some_and(|tag| TAGS.contains(&tag.trim_matches(['"', ' '])));
        let above = whole.last_mut().and_then(|above| above.cells.last_mut()).filter(|_| continues);
        match above.filter(|above| above.len() < LONGEST_POLICY && above.to_lowercase().contains("v=dmarc1"))
        {
            Some(above) => *above = format!("{} {}", above.trim_end_matches('"'), row.cells.concat()),
            None => whole.push(row),
        }
    }
    whole
}

#[derive(Debug)]
struct Page<'g, 'a> {
    gatherer: &'g mut Gatherer<'a>,
    /// The columns of the last heading.
    columns: Option<Columns>,
    /// The type in a heading above whole rows.
    kind: Option<&'static str>,
    /// Whether a record stood above.
    has_records: bool,
    /// Tokens of rows that hold no whole record.
    run: Vec<Token>,
}

impl Page<'_, '_> {
    /// Takes a row, whose cells are `text` together; `rest` are those below it.
    fn take(&mut self, row: &Row, text: String, rest: &[Row]) {
        if let Some(columns) = Columns::of(row) {
            self.settle();
            self.gatherer.is_inventory |= columns.is_inventory;
            self.gatherer.against = columns.against.clone().or_else(|| self.gatherer.against.take());
            self.columns = Some(columns);
            return;
        }
        if let Some(columns) = self.columns.take_if(|columns| columns.fits(row)) {
            self.settle();
            self.by_column(row, &columns);
            self.columns = Some(columns);
            return;
        }
        let mut found = Vec::new();
        for cell in row.cells.iter().take(MOST_CELLS) {
            // An attribute such as `proxied: true` stands in what a DNS host holds, not on a provider's page.
            self.gatherer.is_inventory |=
                cell.split_once([':', '=']).is_some_and(|(label, _)| words::is_of_inventory(label));
            found.extend(tokens(cell, row.line, self.gatherer));
        }
        self.take_heading(&text, &found);
        self.look_for_intent(row, text, rest, &mut found);
        self.take_domain(rest, &mut found);
        match resolve(&found) {
            Ok(None) => self.run.extend(found),
            Ok(Some((name, value))) => {
                self.settle();
                self.offer(found.iter().find_map(Token::kind).or(self.kind), name, value);
            }
            Err(why) => {
                self.settle();
                let words: Vec<&str> = found.iter().map(|token| token.text.as_str()).collect();
                self.gatherer.unread(Some(row.line), &words.join(" "), why);
            }
        }
    }

    /// A row under a heading.
    fn by_column(&mut self, row: &Row, columns: &Columns) {
        let line = Some(row.line);
        let tell = |page: &mut Self, why: &str| page.gatherer.unread(line, &row.cells.join(" "), why);
        let name = columns.cell(row, Field::Name).map(first_word);
        let value = columns.cell(row, Field::Value).map(first_word);
        let (Some(name), Some(value)) = (name, value) else {
            if name.or(value).is_some() {
                tell(self, "the row has no name or no value");
            }
            return;
        };
        if columns.is_too_long(row) {
            return tell(self, "the row has more cells than the heading: a separator stands in a value");
        }
        let kind = columns.cell(row, Field::Type);
        let known =
            kind.and_then(words::record_type).or_else(|| kind.and_then(words::record_type_in_sentence));
        if kind.is_some() && known.is_none() {
            return tell(self, "the record type is not known");
        }
        if let Some(present) = columns.cell(row, Field::Present).filter(|cell| cell.contains('.')) {
            self.gatherer.aside(line, present, SHOWN_AS_FOUND);
        }
        let is_against = |cell: &str| words::is_against(cell, false) == Some(true);
        let is_of_tracking = columns.says(row, words::is_of_tracking);
        if is_of_tracking || columns.says(row, is_against) {
            let why = if is_of_tracking { "for click tracking, by what the row says" } else { TO_GO };
            return self.gatherer.aside(line, &row.cells.join(" "), why);
        }
        let base = columns.cell(row, Field::Domain).and_then(|cell| DomainName::parse(cell).ok());
        let ttl = columns.cell(row, Field::Ttl).and_then(words::seconds);
        self.gatherer.offer(Candidate { ttl, base, ..Candidate::of(known, name, value, line) });
    }

    fn offer(&mut self, kind: Option<&'static str>, name: &Token, value: &Token) {
        self.has_records = true;
        let kind = kind.filter(|_| value.word != Word::Text);
        self.gatherer.offer(Candidate::of(kind, &name.text, &value.text, Some(name.line)));
    }
}

const SHOWN_AS_FOUND: &str = "shown as what is there, not as what ought to be";
const TO_GO: &str = "left out: the row says that it is old or to be removed";

/// The first word of a cell, if it is a name or what follows it is a remark; else the whole cell.
fn first_word(cell: &str) -> &str {
    let Some((first, rest)) = cell.split_once(' ').filter(|_| !is_text(cell)) else { return cell };
    let first = words::bare(first);
    let is_name = DomainName::parse(names::without_scheme(first)).is_ok() && first.contains('.');
    let is_button = rest.split(' ').all(|word| word.is_empty() || words::is_chatter(word));
    if is_name || is_button || rest.starts_with('(') { first } else { cell }
}

/// The name and the value within one row, if there is exactly one record; `None` where the row holds parts at most,
/// which belong to the rows around; or why there is more than one way to read it.
fn resolve(row: &[Token]) -> Result<Option<(&Token, &Token)>, &'static str> {
    let all = |is: &dyn Fn(&Token) -> bool| row.iter().filter(|token| is(token)).collect::<Vec<_>>();
    let labelled = |field: Field| all(&|token| token.field == Some(field));
    match (labelled(Field::Name).as_slice(), labelled(Field::Value).as_slice()) {
        ([name], [value]) => return Ok(Some((name, value))),
        ([], []) => {}
        _ => {
            let is_part = |token: &Token| !matches!(token.word, Word::Kind(_) | Word::Label(_));
            let others = all(&|token| token.field.is_none() && is_part(token));
            return if others.len() > 1 { Err(RIVALS) } else { Ok(None) };
        }
    }
    if row.iter().any(|token| matches!(token.word, Word::Label(_))) {
        return Ok(None);
    }
    let texts = all(&|token| token.word == Word::Text);
    let hosts = all(&|token| token.is_host() && token.word != Word::Text);
    let weak = all(&|token| token.word == Word::Weak);
    match (texts.as_slice(), hosts.as_slice(), weak.as_slice()) {
        ([text], [name], _) | ([text], [], [name]) => Ok(Some((name, text))),
        ([], [value], [name]) if value.side() != Some(Field::Name) => Ok(Some((name, value))),
        ([], [value], [_, _, ..]) if value.side() != Some(Field::Name) => Err(RIVALS),
        ([], [first, second], [_, ..]) if [first, second].iter().all(|one| one.word == Word::Known) => {
            Err(RIVALS)
        }
        ([], [first, second], _) => {
            let is_turned = second.side() == Some(Field::Name) && first.side() != Some(Field::Name)
                || first.side() == Some(Field::Value) && second.side() != Some(Field::Value);
            Ok(Some(if is_turned { (second, first) } else { (first, second) }))
        }
        ([], [_, _, _, ..], _) => Err("more than one name and one target stand in the line"),
        _ => Ok(None),
    }
}
