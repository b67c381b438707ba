//! Finds the lines that look like a part of a record and were passed over without a word. Pure.
//!
//! Pages take shapes that nobody has foreseen. What a reader of lines leaves behind must be told, or
//! a record would be missing from what was understood, and nobody would notice.

use std::collections::HashSet;

use crate::catalogue;
use crate::dns::DomainName;

use super::gather::Gatherer;
use super::paste::{clean, without_markup};
use super::{names, words};

/// Tells every line with a name or a target that no record and no remark has taken up.
pub(super) fn check(text: &str, gatherer: &mut Gatherer<'_>) {
    let taken = Taken::of(gatherer);
    let mut missed: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let line = clean(&without_markup(line));
        let count = line.split(' ').count();
        let is_sentence = count > MOST_WORDS;
        let may_be_torn = count <= MOST_PIECES;
        let mut words = line.split([' ', ',', ';', '|', '=', ':']).map(words::bare);
        let is_missed =
            |word: &&str| is_telling(word, is_sentence, gatherer) && !taken.has(word, may_be_torn, gatherer);
        if !taken.lines.contains(&(index + 1)) && words.any(|word| is_missed(&word)) {
            missed.push((index + 1, line));
        }
        if missed.len() >= MOST_MISSED {
            break;
        }
    }
    for (line, text) in missed {
        gatherer.unread(Some(line), &text, "nothing that belongs to it was found");
    }
}

/// A line with more words than these is a sentence, which may name a part of the zone in passing.
const MOST_WORDS: usize = 6;

/// A line with more words than these does not hold the rest of a value that was broken over lines.
const MOST_PIECES: usize = 3;

/// After this many lines it is plain that the input is not what it was taken for.
const MOST_MISSED: usize = 100;

/// Whether a word by itself says that a record stands here.
fn is_telling(word: &str, is_sentence: bool, gatherer: &Gatherer<'_>) -> bool {
    let Ok(name) = DomainName::parse(word) else { return false };
    let is_known = gatherer.catalogue.find(&name).is_some_and(|entry| entry.role.is_for_mail());
    let in_zone = |zone: &DomainName| name.is_within(zone) && name != *zone;
    is_known || catalogue::role_of_name(&name).is_some() || !is_sentence && gatherer.zones.iter().any(in_zone)
}

/// What records and remarks have taken up.
struct Taken {
    /// The lines of remarks, counted from 1.
    lines: HashSet<usize>,
    /// Names and targets, sorted, for words that begin one of them.
    forward: Vec<String>,
    /// The same from the end, for words that end one of them.
    backward: Vec<String>,
}

impl Taken {
    fn of(gatherer: &Gatherer<'_>) -> Self {
        let mut forward: Vec<String> = gatherer.taken_names().map(|name| name.as_str().to_owned()).collect();
        for (_, text) in gatherer.remarks() {
            let names = text
                .split([' ', ',', ';', '|', '=', ':'])
                .filter_map(|word| DomainName::parse(words::bare(word)).ok());
            forward.extend(names.map(|name| name.as_str().to_owned()));
        }
        let mut backward: Vec<String> = forward.iter().map(|name| reversed(name)).collect();
        forward.sort_unstable();
        backward.sort_unstable();
        Self { lines: gatherer.remarks().filter_map(|(line, _)| line).collect(), forward, backward }
    }

    /// Whether the word is one of them, or a piece of one that a page broke over lines.
    fn has(&self, word: &str, may_be_torn: bool, gatherer: &Gatherer<'_>) -> bool {
        let (zones, spelling) = (&gatherer.zones, gatherer.spelling);
        let owner = names::owner(word, zones, spelling);
        let target = names::target(word, zones, gatherer.catalogue, spelling);
        let placed = [owner, target].into_iter().flatten().map(|(name, _)| name);
        // A whole target of a provider's in the middle of a sentence is no piece of another.
        let is_whole = |name: &DomainName| gatherer.catalogue.find(name).is_some() && !may_be_torn;
        placed.chain(DomainName::parse(word)).any(|name| self.has_name(&name, is_whole(&name)))
    }

    fn has_name(&self, name: &DomainName, is_whole: bool) -> bool {
        if is_whole {
            return self.forward.binary_search_by(|known| known.as_str().cmp(name.as_str())).is_ok();
        }

        let begins = |list: &[String], start: &str| {
            let at = list.partition_point(|known| known.as_str() < start);
            list.get(at).is_some_and(|known| known.starts_with(start))
        };
        begins(&self.forward, name.as_str()) || begins(&self.backward, &reversed(name.as_str()))
    }
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use crate::expectation::input::{Context, read};
    use crate::testing::{catalogue, name};

    fn unread(text: &str) -> Vec<Option<usize>> {
        let zones = [name("example.com")];
        let reading = read(text.as_bytes(), &Context { zones: &zones, catalogue: &catalogue() }).unwrap();
        reading.unread.iter().map(|remark| remark.line).collect()
    }

    const EM1: &str = "CNAME em1.example.com u1.wl1.sendgrid.net";

    #[test]
    fn a_line_that_holds_a_record_in_a_shape_nobody_knows_is_told() {
        let odd = "(s1._domainkey.example.com)~~~(s1.domainkey.u1.wl1.sendgrid.net)";
        assert!(unread(&format!("{EM1}\n{odd}\n")).is_empty(), "one word that is no name");
        let odd = "we saw s1._domainkey.example.com but neither this nor that and much else";
        assert_eq!(unread(&format!("{EM1}\n{odd}\n")), [Some(2)]);
        assert_eq!(unread(&format!("{EM1}\nem2.example.com\n")), [Some(2)]);
    }

    #[test]
    fn what_a_page_says_about_its_records_is_not_told() {
        let around = "Your sending domain mail.example.com is waiting for these records to be found\n";
        assert!(unread(&format!("{around}{EM1}\nVerify example.com\n")).is_empty());
    }
}
