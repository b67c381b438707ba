//! Reads tables with commas, semicolons or tabs, with or without a heading. Pure.

use std::cmp::Reverse;

use csv::{ReaderBuilder, StringRecord};

use super::gather::{Candidate, Gatherer};
use super::paste::{self, Row};
use super::words::{self, Field};

/// Reads a table; `false` when the text is none.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) -> bool {
    for separator in [b'\t', b';', b','] {
        let rows = rows(text, separator);
        if let Some((heading, rest)) = rows.split_first()
            && let Some(columns) = Columns::of(heading, rest)
            && !rest.is_empty()
        {
            gatherer.is_inventory |= heading.cells.iter().any(|cell| words::is_of_inventory(cell));
            // A heading may be repeated on each page of a long table.
            for row in rest.iter().filter(|row| row.cells != heading.cells) {
                columns.offer(row, char::from(separator), gatherer);
            }
            return true;
        }
        if is_even(&rows) && rows.iter().all(|row| paste::is_record(row, gatherer)) {
            paste::pair(&rows, gatherer);
            return true;
        }
    }
    false
}

fn rows(text: &str, separator: u8) -> Vec<Row> {
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
        let cells: Vec<String> = record.iter().map(paste::clean).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(Row { line: usize::try_from(line).unwrap_or_default(), cells });
        }
    }
    rows
}

fn is_even(rows: &[Row]) -> bool {
    let wide = rows.first().map_or(0, |row| row.cells.len());
    wide >= 2 && rows.iter().all(|row| row.cells.len() == wide)
}

/// Where in a row the fields stand.
#[derive(Debug, Default)]
struct Columns {
    fields: Vec<Option<Field>>,
}

impl Columns {
    /// The columns of a heading that names both names and values. Of two columns for one field the one counts
    /// that holds more single words: the other describes the records for people.
    fn of(heading: &Row, rest: &[Row]) -> Option<Self> {
        let mut fields: Vec<Option<Field>> =
            heading.cells.iter().map(|cell| words::field(words::bare(cell))).collect();
        for field in [Field::Name, Field::Value] {
            keep_best(&mut fields, field, rest);
        }
        let has = |field| fields.contains(&Some(field));
        (has(Field::Name) && has(Field::Value)).then_some(Self { fields })
    }

    fn find(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|found| *found == Some(field))
    }

    fn cell<'r>(&self, row: &'r Row, field: Field) -> Option<&'r str> {
        let cell = self.find(field).and_then(|at| row.cells.get(at))?;
        Some(words::bare(cell)).filter(|cell| !cell.is_empty())
    }

    fn offer(&self, row: &Row, separator: char, gatherer: &mut Gatherer<'_>) {
        let value = self.value(row, separator);
        let name = self.cell(row, Field::Name).map(words::without_chatter);
        let (name, value) = match (name, value.as_deref().map(words::bare).map(words::without_chatter)) {
            (Some(name), Some(value)) if !value.is_empty() => (name, value),
            (None, None) => return,
            (name, value) => {
                let text = name.or(value).unwrap_or_default();
                let missing = if name.is_none() { "name" } else { "value" };
                return gatherer.unread(Some(row.line), text, &format!("the row has no {missing}"));
            }
        };
        let kind = self.cell(row, Field::Type);
        let known =
            kind.and_then(words::record_type).or_else(|| kind.and_then(words::record_type_in_sentence));
        if kind.is_some() && known.is_none() {
            return gatherer.unread(Some(row.line), &row.cells.join(" "), "the record type is not known");
        }
        gatherer.offer(&Candidate {
            kind: known,
            name,
            value,
            ttl: self.cell(row, Field::Ttl).and_then(words::seconds),
            provider: self.cell(row, Field::Provider),
            line: Some(row.line),
            note: None,
        });
    }

    /// The value, with what an unquoted separator inside of it cut off.
    fn value(&self, row: &Row, separator: char) -> Option<String> {
        let at = self.find(Field::Value)?;
        let value = row.cells.get(at).filter(|cell| !cell.is_empty())?;
        let rest = row.cells.get(at + 1..).unwrap_or_default();
        let is_last = at + 1 == self.fields.len();
        let pieces = [value.as_str()].into_iter().chain(rest.iter().map(String::as_str));
        let between = if separator == ';' { "; ".to_owned() } else { separator.to_string() };
        let joined = || pieces.collect::<Vec<_>>().join(&between);
        Some(if is_last && !rest.is_empty() { joined() } else { value.clone() })
    }
}

/// Of several columns for `field` keeps the one that holds the most single words.
fn keep_best(fields: &mut [Option<Field>], field: Field, rest: &[Row]) {
    let single_words = |at: usize| {
        let cells = rest.iter().filter_map(|row| row.cells.get(at));
        cells.filter(|cell| !cell.is_empty() && !words::without_chatter(cell).contains(' ')).count()
    };
    let places = fields.iter().enumerate().filter(|(_, found)| **found == Some(field)).map(|(at, _)| at);
    let best = places.max_by_key(|at| (single_words(*at), Reverse(*at)));
    for (at, found) in fields.iter_mut().enumerate() {
        if *found == Some(field) && Some(at) != best {
            *found = Some(Field::Other);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dns::Ttl;
    use crate::expectation::input::{Context, Format, Reading, read};
    use crate::testing::{catalogue, name};

    fn reading(text: &str) -> Reading {
        let zones = [name("example.com")];
        let reading = read(text.as_bytes(), &Context { zones: &zones, catalogue: &catalogue() }).unwrap();
        assert_eq!(reading.format, Format::Table);
        reading
    }

    #[test]
    fn columns_stand_in_any_order() {
        let reading = reading("TTL,Value,Platform,Host,Type\n300,u1.wl1.sendgrid.net.,SendGrid,em1,CNAME\n");
        let entry = &reading.entries[0];
        assert_eq!((entry.name.as_str(), entry.target.as_str()), ("em1.example.com", "u1.wl1.sendgrid.net"));
        assert_eq!((entry.ttl, entry.line), (Some(Ttl::Seconds(300)), Some(2)));
        assert_eq!(entry.provider.as_deref(), Some("SendGrid"));
    }

    #[test]
    fn of_two_columns_of_names_the_one_with_names_counts() {
        let reading = reading("Record\tHost\tPoints to\nReturn path\tem1\tu1.wl1.sendgrid.net\n");
        assert_eq!(reading.entries[0].name, name("em1.example.com"));
        let reading = self::reading("Name,Label,Value\nem1,for the newsletter,u1.wl1.sendgrid.net\n");
        assert_eq!(reading.entries[0].name, name("em1.example.com"));
    }

    #[test]
    fn a_table_needs_no_heading() {
        let reading = reading("CNAME;em1.example.com;u1.wl1.sendgrid.net\nCNAME;em2;u2.wl1.sendgrid.net\n");
        assert_eq!(reading.entries.len(), 2);
        assert_eq!(reading.entries[1].name, name("em2.example.com"));
    }

    #[test]
    fn a_policy_may_hold_the_separator() {
        let reading = reading("Host;Type;Value\n_dmarc;TXT;v=DMARC1; p=none; rua=mailto:a@example.com\n");
        assert_eq!(reading.policies[0].text, "v=DMARC1; p=none; rua=mailto:a@example.com");
    }

    #[test]
    fn words_of_the_page_behind_a_value_are_left_out() {
        let reading = reading("Host\tValue\nem1 Copy\tu1.wl1.sendgrid.net Copy\n");
        assert_eq!(reading.entries[0].name, name("em1.example.com"));
    }

    #[test]
    fn a_row_with_a_gap_is_told() {
        let reading =
            reading("Host,Value\nem1,u1.wl1.sendgrid.net\nem2,\n,u3.wl1.sendgrid.net\nem4,192.0.2.1\n");
        let why: Vec<&str> = reading.unread.iter().map(|remark| remark.why.as_str()).collect();
        assert_eq!(
            why,
            ["the row has no value", "the row has no name", "points to an address; a CNAME points to a name"]
        );
    }
}
