//! Makes words and policies whole that a narrow page broke over lines. Pure.

use crate::model::dns::DomainName;
use crate::model::expectation::input::gather::Gatherer;
use crate::model::expectation::input::rows::Row;
use crate::model::expectation::input::{names, words};

/// The rows with words and policies whole that a narrow page broke over lines. Two words are pieces of one only if
/// the catalogue knows what they make, or they make a name of the zone; anything else is refused as it stands.
pub(super) fn joined(rows: Vec<Row>, gatherer: &Gatherer<'_>) -> Vec<Row> {
    let mut whole: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let above = whole.last_mut().and_then(|above| above.cells.last_mut());
        if let ([piece], Some(above)) = (row.cells.as_slice(), above)
            && above.len() < LONGEST_VALUE
        {
            let word = above.rsplit(' ').next().unwrap_or_default();
            if continues_policy(above, piece) {
                *above = format!("{} {piece}", above.trim_end_matches('"'));
                continue;
            }
            if is_torn(words::bare(word), words::bare(piece), gatherer) {
                *above = format!("{}{}", above.trim_end_matches(['"', '`']), words::bare(piece));
                continue;
            }
        }
        whole.push(row);
    }
    whole
}

/// No value that this program reads is longer.
const LONGEST_VALUE: usize = 4096;

/// The tags of a DMARC policy that may begin a line. Source: RFC 7489 section 6.3.
const TAGS: &[&str] = &["p", "sp", "rua", "ruf", "pct", "adkim", "aspf", "fo", "rf", "ri", "np", "psd", "t"];

fn continues_policy(first: &str, second: &str) -> bool {
    let begins = first.to_ascii_lowercase().contains("v=dmarc1");
    let tag =
        second.trim_start_matches(['"', ' ']).split_once('=').map(|(tag, _)| tag.trim().to_ascii_lowercase());
    begins && tag.is_some_and(|tag| TAGS.contains(&tag.as_str()))
}

fn is_torn(first: &str, second: &str, gatherer: &Gatherer<'_>) -> bool {
    let parse = |text: &str| DomainName::parse(text).ok().filter(|_| !text.contains(char::is_whitespace));
    let is_known = |name: &DomainName| gatherer.catalogue.find(name).is_some();
    let in_zone = |name: &DomainName| gatherer.zones.iter().any(|zone| name.is_within(zone) && name != zone);
    let is_open = |name: &DomainName| {
        !in_zone(name)
            && (first.ends_with(['.', '-']) || !names::has_listed_suffix(name))
            && !name.labels().next_back().is_some_and(|label| label.starts_with('_'))
            && !is_known(name)
    };
    first.contains('.')
        && parse(first).as_ref().is_some_and(is_open)
        && parse(second)
            .zip(parse(&format!("{first}{second}")))
            .is_some_and(|(second, whole)| is_known(&whole) || in_zone(&whole) && !in_zone(&second))
}
