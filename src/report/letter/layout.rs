//! Plain text for a ticket: wrapped at words, with names and values on lines of their own. Pure.

/// Columns that a line may take; what has no space in it is never broken.
pub(super) const COLUMNS: usize = 78;
/// What stands in front of a name or a value.
const VALUE: &str = "     ";

/// A text that grows paragraph by paragraph.
#[derive(Debug, Default)]
pub(super) struct Sheet(String);

impl Sheet {
    /// A paragraph, with an empty line in front of it.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.marked("", text);
    }

    /// The same with a mark such as `1. `; further lines are indented by as much.
    pub(super) fn marked(&mut self, mark: &str, text: &str) {
        self.gap();
        self.wrapped(mark, text);
    }

    /// A list of names or values, with an empty line in front of it.
    pub(super) fn values<T: std::fmt::Display>(&mut self, values: impl IntoIterator<Item = T>) {
        self.gap();
        values.into_iter().for_each(|value| self.line(VALUE, &value.to_string()));
    }

    /// Labels and their values, each on a line of its own, with an empty line in front of them. A short value that
    /// is no name stands behind its label.
    pub(super) fn form(&mut self, fields: &[(&str, &str)]) {
        self.gap();
        for (label, value) in fields {
            if value.contains('.') {
                self.line(VALUE, label);
                self.line("       ", value);
            } else {
                self.line(VALUE, &format!("{label} {value}"));
            }
        }
    }

    /// Where to go in somebody's pages: wrapped, indented as a value is.
    pub(super) fn path(&mut self, text: &str) {
        self.gap();
        self.wrapped(VALUE, text);
    }

    /// The whole text.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn gap(&mut self) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
    }

    fn line(&mut self, indent: &str, text: &str) {
        self.0.extend([indent, text, "\n"]);
    }

    fn wrapped(&mut self, mark: &str, text: &str) {
        let rest = " ".repeat(mark.chars().count());
        let options = textwrap::Options::new(COLUMNS)
            .initial_indent(mark)
            .subsequent_indent(&rest)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .break_words(false);
        for line in textwrap::wrap(&whole_quotes(text), options) {
            self.line("", &line.replace(KEPT, " "));
        }
    }
}

/// Stands for a space at which no line is broken.
const KEPT: char = '\u{e000}';

/// What is quoted is one word, so that the name of a button stays whole.
fn whole_quotes(text: &str) -> String {
    let parts = text.split('"').enumerate();
    let parts = parts
        .map(|(place, part)| if place % 2 == 1 { part.replace(' ', "\u{e000}") } else { part.to_owned() });
    parts.collect::<Vec<_>>().join("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_button_is_one_word() {
        assert_eq!(whole_quotes("set \"DNS only\", and"), "set \"DNS\u{e000}only\", and");
    }

    #[test]
    fn words_are_wrapped_behind_their_mark_and_names_are_never_broken() {
        let mut sheet = Sheet::default();
        let long = "x".repeat(90);
        sheet.marked("1. ", &format!("{} {long} end", "word ".repeat(20).trim_end()));
        sheet.values([&long]);
        let text = sheet.into_text();
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS || line.trim_start() == long));
        assert!(text.starts_with("1. word"));
        assert!(text.lines().skip(1).all(|line| line.is_empty() || line.starts_with("   ")));
    }

    #[test]
    fn a_name_in_a_form_has_a_line_of_its_own() {
        let mut sheet = Sheet::default();
        sheet.form(&[("Type:", "CNAME"), ("Name:", "a.example.com")]);
        assert_eq!(sheet.into_text(), "     Type: CNAME\n     Name:\n       a.example.com\n");
    }
}
