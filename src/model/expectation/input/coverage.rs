//! The names that a text holds, so that none is lost without a word. Pure.
//!
//! Pages take shapes that nobody has foreseen. What a reader leaves behind must be told, or a record would be
//! missing from what was understood, and nobody would notice.

use std::collections::BTreeMap;

use crate::model::catalog::Catalog;
use crate::model::dns::DomainName;
use crate::model::plain;

use super::{Remark, names};

/// A piece of the input that is a name: under a public suffix, or with an underscore label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) line: usize,
    /// In lower case, without dots around it.
    pub(super) text: String,
    /// Whether the words around it make a sentence.
    is_in_sentence: bool,
}

impl Stretch {
    /// Whether it is a target that mail needs.
    pub(super) fn is_target(&self, catalog: &Catalog) -> bool {
        let name = DomainName::parse(&self.text).ok();
        name.and_then(|name| catalog.find(&name)).is_some_and(|entry| entry.role.is_for_mail())
    }

    /// Whether it says by itself that a record stands here.
    pub(super) fn is_telling(&self, catalog: &Catalog, zones: &[DomainName]) -> bool {
        let Ok(name) = DomainName::parse(&self.text) else { return false };
        let in_zone = |zone: &DomainName| name.is_within(zone) && name != *zone;
        name.labels().any(|label| label.starts_with('_'))
            || !self.is_in_sentence && zones.iter().any(in_zone)
            || self.is_target(catalog)
    }
}

/// A line with more words than these is a sentence, which may name a part of the zone in passing.
const MOST_WORDS: usize = 6;

/// The names in a text, in order.
pub(super) fn stretches(line: usize, text: &str) -> impl Iterator<Item = Stretch> {
    let is_in_sentence = text.split_whitespace().nth(MOST_WORDS).is_some();
    let names = pieces(text).filter(|piece| is_name(piece));
    names.map(move |piece| Stretch { line, text: piece.to_lowercase(), is_in_sentence })
}

/// What could be names in a text, by their characters.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    labels(text).filter(|piece| piece.contains(['.', '_']))
}

/// What could be names or single labels in a text, by their characters.
pub(super) fn labels(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')));
    pieces.map(|piece| piece.trim_matches(['.', '-']))
}

fn is_name(piece: &str) -> bool {
    let has_underscore = piece.split('.').any(|label| label.len() > 1 && label.starts_with('_'));
    (has_underscore || piece.contains('.'))
        && DomainName::parse(piece).is_ok_and(|name| has_underscore || names::has_listed_suffix(&name))
}

/// As many names as one remark lists.
const MOST_NAMES: usize = 40;

/// After this many lines it is plain that the input is not what it was taken for.
const MOST_LINES: usize = 100;

/// The stretches that were not taken: names in passing, all in one, and names and targets of records.
pub(super) fn leftovers<'s>(
    left: impl Iterator<Item = &'s Stretch>,
    is_telling: impl Fn(&Stretch) -> bool,
) -> (Option<Remark>, Vec<Remark>) {
    let (mut passing, mut first): (Vec<&str>, Option<usize>) = (Vec::new(), None);
    let mut lost: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for stretch in left {
        if is_telling(stretch) {
            lost.entry(stretch.line).or_default().push(&stretch.text);
        } else if passing.len() < MOST_NAMES && !passing.contains(&&*stretch.text) {
            first = first.or(Some(stretch.line));
            passing.push(&stretch.text);
        }
    }
    let remark = |line: Option<usize>, names: &[&str], why: &str| Remark {
        line,
        text: plain::sanitize_line(&names.join(" ")),
        why: why.to_owned(),
    };
    let why = "a name stands here, but nothing to go with it was found";
    let lost = lost.into_iter().take(MOST_LINES).map(|(line, names)| remark(Some(line), &names, why));
    ((!passing.is_empty()).then(|| remark(first, &passing, IN_PASSING)), lost.collect())
}

/// Why names in sentences, links and addresses became no records.
pub(super) const IN_PASSING: &str = "named in passing, in no record";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::expectation::input::{Context, read};
    use crate::testing::{catalog, name};

    fn found(text: &str) -> Vec<String> {
        stretches(1, text).map(|stretch| stretch.text).collect()
    }

    #[test]
    fn names_are_found_whatever_stands_between_them() {
        assert_eq!(found("(s1._domainkey)~~~{x.sendgrid.net}"), ["s1._domainkey", "x.sendgrid.net"]);
        assert_eq!(found("Mail a@Example.com. Or b.example.org?"), ["example.com", "b.example.org"]);
        assert_eq!(found("version 1.2, file.txt and 192.0.2.1; e.g. this"), Vec::<String>::new());
    }

    fn unread(text: &str) -> Vec<Option<usize>> {
        let zones = [name("example.com")];
        let reading =
            read(text.as_bytes(), &Context { zones: &zones, bases: &[], catalog: &catalog() }).unwrap();
        reading.unread.iter().map(|remark| remark.line).collect()
    }

    const EM1: &str = "CNAME em1.example.com u1.wl1.sendgrid.net";

    #[test]
    fn a_line_that_holds_a_part_of_a_record_is_told() {
        let odd = "we saw s1._domainkey.example.com but neither this nor that and much else";
        assert_eq!(unread(&format!("{EM1}\n{odd}\n")), [Some(2)]);
        assert_eq!(unread(&format!("{EM1}\nem2.example.com\n")), [Some(2)]);
        assert_eq!(unread(&format!("{EM1}\nfor s1.\\_domainkey use `${{acc}}.sendgrid.net`\n")), [Some(2)]);
    }

    #[test]
    fn what_a_page_says_about_its_records_is_named_in_passing() {
        let around = "Your sending domain mail.example.com is waiting for these records to be found\n";
        assert!(unread(&format!("{around}{EM1}\nVerify example.com at app.sendgrid.com\n")).is_empty());
    }
}
