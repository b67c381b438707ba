//! Cuts lines and tables into rows of cells, and says what the columns of a table are. Pure.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};

use super::coverage;
use super::words::{self, Field};

/// A line cut into cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// Cells behind these are no part of a record.
pub(super) const MOST_CELLS: usize = 100;

/// Lines as rows; empty lines and rules of Markdown tables are left out.
pub(super) fn of<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Vec<Row> {
    let rows = lines.map(|(line, text)| Row { line, cells: cells(text) });
    rows.filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect()
}

fn cells(line: &str) -> Vec<String> {
    let line = &without_markup(line);
    let bare = line.trim();
    let trimmed = |cell: &str| cell.trim().to_owned();
    let cells: Vec<String> = if bare.contains('|') {
        let inner = bare.strip_prefix('|').unwrap_or(bare);
        inner.strip_suffix('|').unwrap_or(inner).split('|').map(trimmed).collect()
    } else if bare.contains('\t') {
        line.trim_end().split('\t').map(trimmed).collect()
    } else {
        let gaps = bare.split("  ").map(trimmed).filter(|cell| !cell.is_empty());
        return gaps.fold(Vec::new(), |mut cells, cell| {
            // `name    = "em1"` is one cell.
            match cells.last_mut().filter(|_| cell.starts_with([':', '='])) {
                Some(label) => label.push_str(&cell),
                None => cells.push(cell),
            }
            cells
        });
    };
    let is_rule = |cell: &String| cell.chars().all(|c| "-:= ".contains(c));
    if cells.iter().all(is_rule) { Vec::new() } else { cells }
}

/// A line without what Markdown puts around and into its words, and without the address behind a link's text.
fn without_markup(line: &str) -> Cow<'_, str> {
    if !line.contains(['*', '`', '\\', '<', '[', ']']) {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        let after = rest.as_str();
        match character {
            '\\' if after.starts_with(|c: char| c.is_ascii_punctuation()) => text.extend(rest.next()),
            '*' if after.starts_with('*') => rest = after.trim_start_matches('*').chars(),
            '`' | '[' | '\\' => text.push(' '),
            '<' | ']' => {
                rest = behind_address(character, after, &text).unwrap_or(after).chars();
                text.push(' ');
            }
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

/// As many characters as an address has that only repeats a name.
const LONGEST_ADDRESS: usize = 300;

/// What stands behind an address that only repeats the word before it: `host<http://host/>`, `[host](http://host/)`.
fn behind_address<'t>(sign: char, after: &'t str, before: &str) -> Option<&'t str> {
    let (open, close) = if sign == '<' { (after, '>') } else { (after.strip_prefix('(')?, ')') };
    ["http:", "https:", "mailto:"].iter().find(|scheme| open.starts_with(**scheme))?;
    let (end, _) = open.char_indices().take(LONGEST_ADDRESS).find(|(_, c)| *c == close)?;
    let (address, rest) = open.split_at_checked(end)?;
    let word = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    // What names something else is no address of the word.
    let is_same = coverage::stretches(0, address).all(|name| word.contains(&name.text));
    rest.strip_prefix(close).filter(|_| is_same && !word.is_empty())
}

/// A table with commas, semicolons or tabs: with a heading, or with as many cells in each row. `None` when the text is
/// none.
pub(super) fn of_table(text: &str) -> Option<Vec<Row>> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separators = [b'\t', b';', b','].into_iter().filter(|separator| first.as_bytes().contains(separator));
    let is_table = |rows: &Vec<Row>| {
        let [heading, _, ..] = rows.as_slice() else { return false };
        let is_plain = |row: &Row| {
            row.cells.len() == heading.cells.len() && row.cells.iter().all(|cell| !cell.contains("v="))
        };
        Columns::of(heading).is_some() || heading.cells.len() >= 2 && rows.iter().all(is_plain)
    };
    separators.map(|separator| separated(text, separator)).find(is_table)
}

fn separated(text: &str, separator: u8) -> Vec<Row> {
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    // Reading from memory with any number of fields cannot fail.
    while reader.read_record(&mut record).is_ok_and(|is_one| is_one) {
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(|cell| without_markup(cell).trim().to_owned()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { line: usize::try_from(line).unwrap_or_default(), cells });
        }
    }
    rows
}

/// Where in a row the fields stand.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    /// Name and value first.
    fields: Vec<(Field, usize)>,
    width: usize,
    /// A column that says which rows are there already, or what is proxied.
    pub(super) is_inventory: bool,
    /// A heading that speaks of removal.
    pub(super) against: Option<String>,
}

impl Columns {
    /// The columns of a heading that names both names and values. Of two columns for one field the one with the more
    /// usual word counts.
    pub(super) fn of(heading: &Row) -> Option<Self> {
        let cells = &heading.cells;
        if cells.len() < 2 {
            return None;
        }
        let ranked = cells.iter().take(MOST_CELLS).map(|cell| words::ranked(words::bare(cell)));
        let ranked: Vec<Option<(Field, usize)>> = ranked.collect();
        let best = |wanted: Field| {
            let rank = |found: &Option<(Field, usize)>| found.filter(|(field, _)| *field == wanted);
            let ranks = ranked.iter().enumerate().filter_map(|(at, found)| Some((rank(found)?.1, at)));
            ranks.min().map(|(_, at)| (wanted, at))
        };
        let name = best(Field::Name).or_else(|| best(Field::Domain).map(|(_, at)| (Field::Name, at)))?;
        let mut fields = vec![name, best(Field::Value)?];
        if cells.iter().any(|cell| coverage::stretches(0, cell).next().is_some()) {
            return None;
        }
        let others = [Field::Type, Field::Ttl, Field::Domain, Field::Present].into_iter().filter_map(best);
        fields.extend(others.filter(|(_, at)| *at != name.1));
        let is_against = |cell: &String| words::is_against(cell, true) == Some(true);
        let mut others = cells.iter().zip(&ranked).filter(|(_, found)| found.is_none()).map(|(cell, _)| cell);
        let against = others.find(|cell| is_against(cell)).cloned();
        let is_inventory = cells.iter().any(|cell| words::is_of_inventory(cell));
        Some(Self { fields, width: cells.len(), is_inventory, against })
    }

    /// The cell of a field; `None` when the row has no such place, or nothing in it.
    pub(super) fn cell<'r>(&self, row: &'r Row, wanted: Field) -> Option<&'r str> {
        let (_, at) = self.fields.iter().find(|(field, _)| *field == wanted)?;
        row.cells.get(*at).map(|cell| words::bare(cell)).filter(|cell| !cell.is_empty())
    }

    /// Whether a cell that is no part of the record says something.
    pub(super) fn says(&self, row: &Row, what: impl Fn(&str) -> bool) -> bool {
        let is_part = |wanted: usize| self.fields.iter().take(4).any(|(_, at)| *at == wanted);
        row.cells.iter().enumerate().any(|(at, cell)| !is_part(at) && what(cell))
    }

    /// Whether a row has a place for its name and its value.
    pub(super) fn fits(&self, row: &Row) -> bool {
        let last = self.fields.iter().take(2).map(|(_, at)| *at).max().unwrap_or_default();
        row.cells.len() > last && row.cells.len() >= 2
    }

    /// Whether a row has more cells than the heading: a value held a separator, and is cut in two.
    pub(super) fn is_too_long(&self, row: &Row) -> bool {
        row.cells.iter().skip(self.width).any(|cell| !cell.is_empty() && !words::is_chatter(cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        of(text.split('\n').enumerate()).into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn lines_are_cut_at_tabs_bars_and_wide_gaps() {
        assert_eq!(rows("| `CNAME` | em1 | |"), [["CNAME", "em1", ""]]);
        assert_eq!(rows("CNAME\tem1\t\tx"), [["CNAME", "em1", "", "x"]]);
        assert_eq!(rows("CNAME   em1  x y"), [["CNAME", "em1", "x y"]]);
        assert_eq!(rows("|---|:-:|\n\n"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn markup_in_and_around_words_is_taken_off() {
        assert_eq!(rows("**Host:** s1.\\_domainkey"), [["Host: s1._domainkey"]]);
        assert_eq!(rows("[em1.example.com](http://em1.example.com) x.test"), [["em1.example.com", "x.test"]]);
        assert_eq!(rows("a.example.com<http://a.example.com/> b"), [["a.example.com", "b"]]);
    }
}
