//! What a page says about the records on it: that they are to go, or which domain they belong to. Pure.

use crate::model::dns::DomainName;
use crate::model::expectation::input::names;
use crate::model::expectation::input::rows::Row;
use crate::model::expectation::input::token::{Token, Word, tokens};
use crate::model::expectation::input::words::{self, Field};

use super::{Page, TO_GO};

impl Page<'_, '_> {
    /// Sees whether a row, or a line above rows, says that records are not wanted.
    pub(super) fn look_for_intent(&mut self, row: &Row, text: String, rest: &[Row], found: &mut Vec<Token>) {
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
        let is_against = |words: &str| words::is_against(words, true) == Some(true);
        let is_against = is_against(before) || !is_button && is_against(behind);
        if hosts().next().is_some() && (is_against || is_comment || text.starts_with(['❌', '✗', '✘'])) {
            self.settle();
            self.gatherer.aside(Some(row.line), &text, TO_GO);
            found.clear();
        }
    }

    /// Whether a row has a name, or the label of one.
    fn names_something(&self, row: Option<&Row>) -> bool {
        let is_name =
            |token: Token| token.side() == Some(Field::Name) || token.word == Word::Label(Field::Name);
        let mut cells = row.into_iter().flat_map(|row| row.cells.iter().map(move |cell| (cell, row.line)));
        cells.any(|(cell, line)| tokens(cell, line, self.gatherer).into_iter().any(is_name))
    }

    /// A line without names: a heading, a sentence, or a button of the page.
    fn look_at_heading(&mut self, text: String, is_plain: bool) {
        let is_long = text.split(' ').count() >= 2;
        let is_heading = text.ends_with(':') || text.starts_with('#') || is_long || !self.has_records;
        if let Some(is_against) = words::is_against(&text, false).filter(|_| is_plain && is_heading) {
            self.settle();
            self.gatherer.against = is_against.then_some(text);
        }
    }

    /// Takes the domain that a label names: what is relative below belongs to it.
    pub(super) fn take_domain(&mut self, rest: &[Row], found: &mut Vec<Token>) {
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
        let named = |token: &Token| DomainName::parse(&token.text).ok().filter(is_domain);
        let domain = found.iter().filter(|token| token.field == Some(Field::Domain)).find_map(named);
        if domain.is_some() {
            found.retain(|token| token.field != Some(Field::Domain) || named(token).is_none());
            self.settle();
            self.gatherer.base = domain;
        }
        for token in found.iter_mut().filter(|token| token.field == Some(Field::Domain)) {
            token.field = Some(Field::Name);
        }
    }

    /// Takes the domain that a heading names, such as `## example.org` or `Records for example.org:`.
    pub(super) fn take_heading(&mut self, text: &str, found: &[Token]) {
        let [token] = found else { return };
        let is_heading = text.starts_with('#') || text.ends_with(':');
        let is_domain = |name: &DomainName| {
            names::has_listed_suffix(name)
                && self.gatherer.catalog.find(name).is_none()
                && !self.gatherer.zones.iter().any(|zone| name.is_within(zone))
                && !name.labels().any(|label| label.starts_with('_'))
        };
        if let Some(domain) = DomainName::parse(&token.text).ok().filter(|name| is_heading && is_domain(name))
        {
            self.settle();
            self.gatherer.base = Some(domain);
        }
    }
}
