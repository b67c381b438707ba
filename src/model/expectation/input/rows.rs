//! Cuts lines and tables into rows of cells, and says what the columns of a table are. Pure.

use std::borrow::Cow;
use std::cmp::Reverse;

use csv::{ReaderBuilder, StringRecord};

use super::coverage;
use super::words::{self, Field};

/// A line cut into cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// A cell with more words than these holds no row of labels and values.
const MOST_WORDS: usize = 60;

/// Lines as rows; empty lines and rules of Markdown tables are left out.
pub(super) fn of<'t>(lines: impl Iterator<Item = (usize, &'t str)>) -> Vec<Row> {
    let cells = |line: &str| cells(line).iter().flat_map(|cell| split_labels(cell)).collect();
    let rows = lines.map(|(line, text)| Row { line, cells: cells(text) });
    rows.filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect()
}

fn cells(line: &str) -> Vec<String> {
    let line = &without_markup(line);
    let line = with_labels_apart(line);
    let bare = line.trim();
    let cut: Vec<&str> = if bare.contains('|') {
        let inner = bare.strip_prefix('|').unwrap_or(bare);
        inner.strip_suffix('|').unwrap_or(inner).split('|').collect()
    } else if bare.contains('\t') {
        line.trim_end().split('\t').collect()
    } else {
        return spaced(&line).split("  ").map(clean).filter(|cell| !cell.is_empty()).collect();
    };
    let cells: Vec<String> = cut.into_iter().map(clean).collect();
    let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | '=' | ' ')));
    if is_rule { Vec::new() } else { cells }
}

/// One kind of blank.
fn spaced(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect()
}

/// One kind of blank, and none around.
fn clean(text: &str) -> String {
    spaced(text).trim().to_owned()
}

/// A line without what Markdown puts around and into its words, and without the address behind a link's text.
fn without_markup(line: &str) -> Cow<'_, str> {
    if !line.contains(['*', '`', '\\', '<', ']']) {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\\' => text.extend(rest.next_if(char::is_ascii_punctuation)),
            '`' => text.push(' '),
            '*' => text.extend((rest.next_if_eq(&'*').is_none()).then_some('*')),
            other => text.push(other),
        }
    }
    Cow::Owned(without_addresses(&text))
}

/// `[host](http://host/)` and `host<http://host/>` are `host`.
fn without_addresses(line: &str) -> String {
    let mut found = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['<', ']']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let is_address =
            |text: &str| ["http:", "https:", "mailto:"].iter().any(|scheme| text.starts_with(scheme));
        let end = match from.strip_prefix('<') {
            Some(inner) if is_address(inner) && !before.trim_end().is_empty() => from.find('>'),
            None if from.starts_with("](") => from.find(')'),
            _ => None,
        };
        found.push_str(before);
        // What names something else is no address of the text before it.
        let is_same = |end: &usize| {
            let mut names = coverage::stretches(0, from.get(..*end).unwrap_or_default());
            let word = found.rsplit([' ', '\t', '[']).next().unwrap_or_default().to_lowercase();
            names.all(|name| word.contains(&name.text))
        };
        if let Some(after) = end.filter(is_same).and_then(|end| from.get(end + 1..)) {
            // The bracket before the text of a link.
            let start = found.rfind([' ', '\t', '[']).filter(|_| from.starts_with(']'));
            if let Some(open) = start.filter(|at| found.get(*at..).is_some_and(|rest| rest.starts_with('[')))
            {
                found.remove(open);
            }
            found.push_str(if after.starts_with(char::is_alphanumeric) { " " } else { "" });
            rest = after;
        } else {
            found.push(' ');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    found + rest
}

/// `type=CNAME host:em1` with each label apart from its value: `type: CNAME host: em1`.
fn with_labels_apart(line: &str) -> Cow<'_, str> {
    let is_glued = |word: &str| label_of(word).is_some_and(|(_, value)| !value.is_empty());
    if !line.split_whitespace().take(MOST_WORDS).any(is_glued) {
        let pair = line.split_once('=').filter(|(label, _)| words::field(label).is_some());
        return pair.map_or(Cow::Borrowed(line), |(label, value)| {
            Cow::Owned(format!("{}: {}", label.trim(), value.trim()))
        });
    }
    let apart = |piece: &str| match label_of(piece) {
        Some((label, value)) => format!("{label}: {value}"),
        None => piece.to_owned(),
    };
    Cow::Owned(line.split(' ').map(apart).collect::<Vec<_>>().join(" "))
}

fn label_of(word: &str) -> Option<(&str, &str)> {
    word.split_once([':', '=']).filter(|(label, _)| words::label(label).is_some())
}

/// As many words as a label has: `Points to address or value:`.
const LONGEST_LABEL: usize = 6;

/// `Type: CNAME Host: em1 Value: …` in one cell becomes one cell for each label.
fn split_labels(cell: &str) -> Vec<String> {
    let words: Vec<&str> = cell.split(' ').filter(|word| !word.is_empty()).collect();
    let label_at = |end: usize| {
        words.get(end).filter(|word| word.ends_with(':'))?;
        let is_type = |at: usize| words.get(at).is_some_and(|word| words::record_type(word).is_some());
        (end.saturating_sub(LONGEST_LABEL - 1)..=end).find(|start| {
            !is_type(*start)
                && words.get(*start..=end).is_some_and(|label| words::label(&label.join(" ")).is_some())
        })
    };
    if !cell.contains(':') {
        return vec![cell.to_owned()];
    }
    let mut starts: Vec<usize> = (0..words.len()).filter_map(label_at).filter(|start| *start > 0).collect();
    starts.dedup();
    if starts.is_empty() {
        return vec![cell.to_owned()];
    }
    let ends = starts.iter().copied().chain([words.len()]);
    let starts = [0].into_iter().chain(starts.iter().copied());
    let pieces = starts.zip(ends).filter_map(|(start, end)| words.get(start..end));
    pieces.map(|piece| piece.join(" ")).collect()
}

/// A table with commas, semicolons or tabs and a heading, as rows and the separator; `None` when the text is none.
pub(super) fn of_table(text: &str) -> Option<(Vec<Row>, char)> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    [b'\t', b';', b','].into_iter().filter(|separator| first.as_bytes().contains(separator)).find_map(
        |separator| {
            let rows = separated(text, separator);
            let (heading, rest) = rows.split_first()?;
            let is_plain = |row: &Row| {
                row.cells.len() == heading.cells.len() && row.cells.iter().all(|cell| !cell.contains("v="))
            };
            let is_even = || heading.cells.len() >= 2 && !rest.is_empty() && rows.iter().all(is_plain);
            let is_table =
                Columns::of(heading, rest).is_some() && !rest.is_empty() || separator != b'\t' && is_even();
            is_table.then_some((rows, char::from(separator)))
        },
    )
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
        let cells: Vec<String> = record.iter().map(|cell| clean(&without_markup(cell))).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { line: usize::try_from(line).unwrap_or_default(), cells });
        }
    }
    rows
}

/// Where in a row the fields stand.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    fields: Vec<Option<Field>>,
    /// A column that says which rows are there already, or what is proxied.
    pub(super) is_inventory: bool,
    /// Columns whose heading speaks of removal.
    marks: Vec<usize>,
}

impl Columns {
    /// The columns of a heading that names both names and values. Of two columns for one field the one counts
    /// that holds more single words: the other describes the records for people.
    pub(super) fn of(heading: &Row, rest: &[Row]) -> Option<Self> {
        let field = |cell: &String| words::field(words::bare(cell));
        heading.cells.iter().filter_map(field).nth(1)?;
        if heading.cells.iter().any(|cell| coverage::stretches(0, cell).next().is_some()) {
            return None;
        }
        let mut fields: Vec<Option<Field>> = heading.cells.iter().map(field).collect();
        let has = |fields: &[Option<Field>], field| fields.contains(&Some(field));
        if !has(&fields, Field::Name) {
            fields.iter_mut().filter(|f| **f == Some(Field::Domain)).for_each(|f| *f = Some(Field::Name));
        }
        for field in [Field::Name, Field::Value] {
            keep_best(&mut fields, field, rest);
        }
        let is_inventory = heading.cells.iter().any(|cell| words::is_of_inventory(cell));
        let cells = heading.cells.iter().enumerate();
        let marks = cells.filter(|(_, cell)| words::are_against(cell)).map(|(at, _)| at).collect();
        (has(&fields, Field::Name) && has(&fields, Field::Value)).then_some(Self {
            fields,
            is_inventory,
            marks,
        })
    }

    /// The cell of a field; `None` when the row has no such place, or nothing in it.
    pub(super) fn cell<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        let at = self.fields.iter().position(|found| *found == Some(field))?;
        row.cells.get(at).map(|cell| words::bare(cell)).filter(|cell| !cell.is_empty())
    }

    /// Whether a cell that is no part of the record says something.
    pub(super) fn says(&self, row: &Row, what: impl Fn(&str) -> bool) -> bool {
        let is_part = |at: usize| {
            let field = self.fields.get(at).copied().flatten();
            matches!(field, Some(Field::Name | Field::Value | Field::Type | Field::Ttl | Field::Provider))
        };
        row.cells.iter().enumerate().any(|(at, cell)| !is_part(at) && what(cell))
    }

    /// Whether a row is marked in a column such as `Delete?`.
    pub(super) fn is_marked(&self, row: &Row) -> bool {
        let is_yes = |cell: &String| {
            matches!(
                cell.to_lowercase().as_str(),
                "yes" | "y" | "x" | "true" | "1" | "ja" | "oui" | "si" | "sí" | "✓" | "✔"
            )
        };
        self.marks.iter().filter_map(|at| row.cells.get(*at)).any(is_yes)
    }

    /// Whether a row has a place for its name and its value.
    pub(super) fn fits(&self, row: &Row) -> bool {
        let needed = |found: &Option<Field>| matches!(found, Some(Field::Name | Field::Value));
        let last = self.fields.iter().rposition(needed).unwrap_or_default();
        row.cells.len() > last && row.cells.len() >= 2
    }

    /// The value, with what an unquoted separator inside of it cut off.
    pub(super) fn value(&self, row: &Row, separator: char) -> Option<String> {
        let at = self.fields.iter().position(|found| *found == Some(Field::Value))?;
        let value = row.cells.get(at).filter(|cell| !cell.is_empty())?;
        let rest = row.cells.get(at + 1..).unwrap_or_default();
        let is_cut = at + 1 == self.fields.len() && matches!(separator, ',' | ';') && !rest.is_empty();
        let between = if separator == ';' { "; " } else { "," };
        let pieces = [value].into_iter().chain(rest.iter().filter(|_| is_cut));
        Some(pieces.map(String::as_str).collect::<Vec<_>>().join(between))
    }
}

/// Of several columns for `field` keeps the one that holds the most single words.
fn keep_best(fields: &mut [Option<Field>], field: Field, rest: &[Row]) {
    let single_words = |at: usize| {
        let cells = rest.iter().filter_map(|row| row.cells.get(at));
        cells.filter(|cell| !cell.is_empty() && !words::without_chatter(cell).contains(' ')).count()
    };
    let places: Vec<usize> =
        fields.iter().enumerate().filter(|(_, found)| **found == Some(field)).map(|(at, _)| at).collect();
    let best = places.iter().copied().max_by_key(|at| (single_words(*at), Reverse(*at)));
    for (at, found) in fields.iter_mut().enumerate() {
        if *found == Some(field) && Some(at) != best {
            *found = Some(Field::Other);
        }
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
        assert_eq!(rows("CNAME   em1\u{a0}\u{a0}x y"), [["CNAME", "em1", "x y"]]);
        assert_eq!(rows("|---|:-:|\n\n"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn labels_within_one_line_begin_cells() {
        let pieces = [["CNAME", "Host name: em1", "Points to address or value: x.test"]];
        assert_eq!(rows("CNAME Host name: em1 Points to address or value: x.test"), pieces);
        assert_eq!(rows("type=CNAME host=em1 value=x.test"), [["type: CNAME", "host: em1", "value: x.test"]]);
        assert_eq!(rows("  name    = \"em1\""), [["name: \"em1\""]]);
        assert_eq!(rows("種別:CNAME ホスト名:em1"), [["種別: CNAME", "ホスト名: em1"]]);
    }

    #[test]
    fn markup_in_and_around_words_is_taken_off() {
        assert_eq!(rows("**Host:** s1.\\_domainkey"), [["Host: s1._domainkey"]]);
        assert_eq!(
            rows("[em1.example.com](http://em1.example.com) x.test"),
            [[" em1.example.com x.test".trim()]]
        );
        assert_eq!(rows("a.example.com<http://a.example.com/> b"), [["a.example.com b"]]);
    }
}
