//! How lines are laid out: columns, wrapped text, marks. Pure: styles are always written, the stream drops them where
//! nobody can see them.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::model::plain;

/// A heading, and what is said first.
pub(super) const STRONG: Style = Style::new().bold();
/// What may be skipped.
pub(super) const DIM: Style = Style::new().dimmed();
/// What is broken: the only color that is readable on white and on black.
const BROKEN: Style = AnsiColor::Red.on_default().bold();
const WAITING: Style = AnsiColor::Blue.on_default();

/// Narrowest and widest text that is laid out.
const NARROWEST: usize = 20;
const WIDEST: usize = 200;

/// How lines are laid out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layout {
    /// The width of the terminal in columns; on a pipe nothing is wrapped.
    pub width: Option<usize>,
    /// Whether evidence is shown as well.
    pub is_verbose: bool,
}

/// A command that is often named, and the same with spaces at which no line is broken.
const EXPLAIN: &str = "cf-domauth explain ";
const EXPLAIN_WHOLE: &str = "cf-domauth\u{a0}explain\u{a0}";

/// What is so with a row, in a sign that is a word too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Something is broken.
    Broken,
    /// Somebody has to look.
    Care,
    /// Nobody could say, or nobody decided.
    Unknown,
    /// An old answer still lives.
    Waiting,
    /// As it ought to be.
    Ok,
}

impl Mark {
    fn shown(self) -> String {
        let (text, style) = match self {
            Self::Broken => ("x ", BROKEN),
            Self::Care => ("! ", STRONG),
            Self::Unknown => ("? ", STRONG),
            Self::Waiting => ("..", WAITING),
            Self::Ok => ("ok", STRONG),
        };
        styled(style, text)
    }
}

pub(super) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A row of a table. The last cell is left out where there is no room for it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) mark: Mark,
    pub(super) cells: Vec<String>,
    /// Shown where there is room.
    pub(super) aside: String,
    /// Lines below it.
    pub(super) below: Vec<String>,
}

/// A text that grows line by line.
#[derive(Debug)]
pub(super) struct Sheet {
    columns: Option<usize>,
    pub(super) is_verbose: bool,
    text: String,
}

impl Sheet {
    pub(super) fn new(layout: &Layout) -> Self {
        let columns = layout.width.map(|width| width.clamp(NARROWEST, WIDEST));
        Self { columns, is_verbose: layout.is_verbose, text: String::new() }
    }

    /// Writes what stands on it.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.text.as_bytes())
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: impl Display) {
        // A text takes whatever is written to it.
        writeln!(self.text, "{text}").ok();
    }

    /// A paragraph, wrapped at words, all lines indented.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) {
        self.hanging((&" ".repeat(indent), &" ".repeat(indent)), text);
    }

    /// The same with another beginning of the first line.
    pub(super) fn hanging(&mut self, (first, rest): (&str, &str), text: &str) {
        let text = plain::sanitize_line(text);
        let Some(width) = self.columns else { return self.line(format_args!("{first}{text}")) };
        let options = textwrap::Options::new(width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        // A short command stays on one line, so that it can be copied.
        let text = text.replace(EXPLAIN, EXPLAIN_WHOLE);
        for line in textwrap::wrap(&text, options) {
            self.line(line.replace(EXPLAIN_WHOLE, EXPLAIN));
        }
    }

    /// Rows with their cells below one another.
    pub(super) fn table(&mut self, rows: &[Row]) {
        let count = rows.iter().map(|row| row.cells.len()).max().unwrap_or_default();
        let width = |at: usize| rows.iter().filter_map(|row| Some(row.cells.get(at)?.width())).max();
        let widths: Vec<usize> = (0..count).map(|at| width(at).unwrap_or_default()).collect();
        let used = widths.iter().filter(|width| **width > 0).count();
        let whole = INDENT + widths.iter().sum::<usize>() + GAP * used.saturating_sub(1);
        let aside = rows.iter().map(|row| row.aside.width()).max().unwrap_or_default();
        let columns = self.columns;
        let fits = |needed: usize| columns.is_none_or(|columns| needed <= columns);
        let has_aside = fits(whole + GAP + aside);
        for row in rows {
            if fits(whole) {
                self.line(whole_row(row, &widths, has_aside));
            } else {
                self.narrow(row);
            }
            row.below.iter().for_each(|line| self.paragraph(INDENT, line));
        }
    }

    /// A row that has no room in one line: the name, and the rest below.
    fn narrow(&mut self, row: &Row) {
        let mut cells = row.cells.iter().map(String::as_str).filter(|cell| !cell.is_empty());
        self.line(format_args!("  {} {}", row.mark.shown(), cells.next().unwrap_or_default()));
        self.paragraph(INDENT, &cells.collect::<Vec<_>>().join(", "));
    }
}

fn whole_row(row: &Row, widths: &[usize], has_aside: bool) -> String {
    let mut line = String::new();
    // A column in which nothing stands takes no room.
    for (cell, width) in row.cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
        line.push_str(cell);
        line.push_str(&" ".repeat(width - cell.width() + GAP));
    }
    if has_aside && !row.aside.is_empty() {
        line.push_str(&styled(DIM, &row.aside));
    }
    format!("  {} {}", row.mark.shown(), line.trim_end())
}

/// What stands before the first cell: two spaces, the mark, a space.
const INDENT: usize = 5;
const GAP: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(width: Option<usize>) -> String {
        let row = |name: &str, role: &str| Row {
            mark: Mark::Broken,
            cells: vec![name.to_owned(), role.to_owned()],
            aside: "s1.domainkey.u1.wl1.sendgrid.net".to_owned(),
            below: Vec::new(),
        };
        let mut sheet = Sheet::new(&Layout { width, ..Layout::default() });
        sheet.table(&[row("em1234", "return path"), row("日本", "DKIM key")]);
        anstream_free(sheet.text.as_bytes())
    }

    /// The same without styles.
    fn anstream_free(bytes: &[u8]) -> String {
        let mut plain = Vec::new();
        anstream::StripStream::new(&mut plain).write_all(bytes).unwrap();
        String::from_utf8(plain).unwrap()
    }

    #[test]
    fn wide_characters_are_counted_and_the_aside_goes_first() {
        assert_eq!(rows(Some(40)), "  x  em1234  return path\n  x  日本    DKIM key\n");
        assert!(rows(Some(80)).contains("return path  s1.domainkey"));
        assert!(rows(None).contains("return path  s1.domainkey"), "a pipe has room for all");
        assert_eq!(rows(Some(20)), "  x  em1234\n     return path\n  x  日本\n     DKIM key\n");
    }

    #[test]
    fn text_is_wrapped_at_words_and_names_are_never_torn() {
        let mut sheet = Sheet::new(&Layout { width: Some(20), ..Layout::default() });
        sheet.paragraph(2, "the name averylongname.example.com is proxied");
        sheet.paragraph(2, "More: cf-domauth explain proxied");
        assert_eq!(
            sheet.text,
            "  the name\n  averylongname.example.com\n  is proxied\n  More:\n  cf-domauth explain proxied\n"
        );
    }
}
