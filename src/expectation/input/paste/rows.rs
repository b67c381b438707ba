//! Cuts lines into cells and joins values that a narrow page broke over lines. Pure.

use std::borrow::Cow;

use crate::dns::DomainName;
use crate::expectation::input::encoding::is_invisible;
use crate::expectation::input::gather::Gatherer;
use crate::expectation::input::{names, words};

use super::Row;

/// One kind of blank, nothing that takes no room, nothing around it.
pub(in crate::expectation::input) fn clean(text: &str) -> String {
    let spaced = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_whitespace() { ' ' } else { c });
    spaced.collect::<String>().trim().to_owned()
}

/// A line without what Markdown and HTML put around its words. A tag that begins a cell or a line is a tab.
pub(in crate::expectation::input) fn without_markup(line: &str) -> Cow<'_, str> {
    if !line.contains("**") && !line.contains("](") && !line.contains('<') {
        return Cow::Borrowed(line);
    }
    Cow::Owned(without_tags(&without_links(&line.replace("**", ""))))
}

/// `[text](address)` is `text`.
fn without_links(line: &str) -> String {
    let mut found = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, (text, after))) = next_link(rest) {
        found.push_str(before);
        found.push_str(text);
        rest = after;
    }
    found + rest
}

fn next_link(line: &str) -> Option<(&str, (&str, &str))> {
    let (head, tail) = line.split_once("](")?;
    let (_, after) = tail.split_once(')')?;
    let (before, text) = head.rsplit_once('[')?;
    Some((before, (text, after)))
}

/// Tags of HTML that stand between two cells rather than within one.
const BETWEEN_CELLS: &[&str] =
    &["td", "th", "tr", "li", "p", "div", "br", "dt", "dd", "table", "h1", "h2", "h3"];

fn without_tags(line: &str) -> String {
    let mut found = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('<') {
        found.push_str(before);
        let tag = behind.split_once('>').filter(|(tag, _)| is_tag(tag));
        let Some((tag, after)) = tag else {
            found.push('<');
            rest = behind;
            continue;
        };
        let word =
            tag.trim_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        if BETWEEN_CELLS.iter().any(|between| between.eq_ignore_ascii_case(word)) {
            found.push('\t');
        }
        rest = after;
    }
    (found + rest).replace("&nbsp;", " ").replace("&quot;", "\"").replace("&amp;", "&")
}

/// `td class="x"`, `/td`, `br /`; neither a name in angle brackets nor an address.
fn is_tag(text: &str) -> bool {
    let word = text.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next();
    word.is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// All lines as rows; empty lines and rules of Markdown tables are left out.
pub(super) fn of(text: &str) -> Vec<Row> {
    let lines = text.split('\n').enumerate();
    let cells =
        |line| cells(&without_markup(line)).into_iter().flat_map(|cell| split_labels(&cell)).collect();
    let rows = lines.map(|(index, line)| Row { line: index + 1, cells: cells(line) });
    rows.filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect()
}

fn cells(line: &str) -> Vec<String> {
    let labels = with_colons(line);
    let line = labels.as_deref().unwrap_or(line);
    let bare = line.trim();
    if let Some((label, value)) = bare.split_once('=').filter(|(label, _)| words::field(label).is_some()) {
        return vec![format!("{}: {}", clean(label), clean(value))];
    }
    let cut: Vec<&str> = if bare.contains('|') {
        let inner = bare.strip_prefix('|').unwrap_or(bare);
        inner.strip_suffix('|').unwrap_or(inner).split('|').collect()
    } else if line.trim_end().contains('\t') {
        line.trim_end().split('\t').collect()
    } else {
        let separate = |text: &str| clean(text);
        return separate(line).split("  ").map(clean).filter(|cell| !cell.is_empty()).collect();
    };
    let cells: Vec<String> = cut.into_iter().map(clean).collect();
    let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | '=' | ' ')));
    if is_rule { Vec::new() } else { cells }
}

/// `type=CNAME host=em1 value=…` in one line, with colons for the equals signs.
fn with_colons(line: &str) -> Option<String> {
    let labelled = |word: &str| word.split_once('=').is_some_and(|(label, _)| words::field(label).is_some());
    let words: Vec<&str> = line.split_whitespace().take(MOST_WORDS).collect();
    if words.iter().filter(|word| labelled(word)).count() < 2 {
        return None;
    }
    let word = |word: &&str| if labelled(word) { word.replacen('=', ": ", 1) } else { (*word).to_owned() };
    Some(words.iter().map(word).collect::<Vec<_>>().join(" "))
}

/// `Type: CNAME Host: em1 Value: …` in one cell becomes one cell for each label.
fn split_labels(cell: &str) -> Vec<String> {
    let words: Vec<&str> = cell.split(' ').filter(|word| !word.is_empty()).collect();
    let label_at = |end: usize| {
        let start = (end.saturating_sub(2)..=end).find(|start| {
            words.get(*start..=end).is_some_and(|label| words::field(&label.join(" ")).is_some())
        });
        start.filter(|_| words.get(end).is_some_and(|word| word.ends_with([':', '：'])))
    };
    let mut starts: Vec<usize> = (0..words.len()).filter_map(label_at).filter(|start| *start > 0).collect();
    starts.dedup();
    if starts.is_empty() || words.len() > MOST_WORDS {
        return vec![cell.to_owned()];
    }
    let ends = starts.iter().copied().chain([words.len()]);
    let starts = [0].into_iter().chain(starts.iter().copied());
    let pieces = starts.zip(ends).filter_map(|(start, end)| words.get(start..end));
    pieces.map(|piece| piece.join(" ")).collect()
}

/// A cell with more words than these holds no row of labels and values.
const MOST_WORDS: usize = 60;

/// Joins pieces with the cells above that they were torn from, where only that makes sense.
pub(super) fn join_wrapped(rows: Vec<Row>, gatherer: &Gatherer<'_>) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        match joined.last_mut().and_then(|above| join(above, &row.cells, gatherer)) {
            Some(cells) => {
                if let Some(above) = joined.last_mut() {
                    above.cells = cells;
                }
            }
            None => joined.push(row),
        }
    }
    joined
}

/// The cells above with the pieces below put to their ends; `None` unless every piece has its place.
fn join(above: &Row, pieces: &[String], gatherer: &Gatherer<'_>) -> Option<Vec<String>> {
    if above.cells.len() > MOST_CELLS {
        return None;
    }
    let mut cells = above.cells.clone();
    if let [piece] = pieces {
        let fits = |cell: &String| cell.len() < LONGEST_VALUE && whole(cell, piece, gatherer).is_some();
        let at = cells.iter().rposition(fits)?;
        let cell = cells.get_mut(at)?;
        *cell = whole(cell, piece, gatherer)?;
        return Some(cells);
    }
    let first = cells.len().checked_sub(pieces.len())?;
    for (cell, piece) in cells.iter_mut().skip(first).zip(pieces).filter(|(_, piece)| !piece.is_empty()) {
        *cell = whole(cell, piece, gatherer).filter(|whole| whole.len() < LONGEST_VALUE)?;
    }
    Some(cells)
}

/// A row with more cells than these is no row of a table of records.
const MOST_CELLS: usize = 40;

/// No value that this program reads is longer.
pub(super) const LONGEST_VALUE: usize = 4096;

fn whole(first: &str, second: &str, gatherer: &Gatherer<'_>) -> Option<String> {
    if continues_policy(first, second) {
        return Some(format!("{} {second}", first.trim_end_matches('"')));
    }
    let (label, value) = first.rsplit_once(' ').map_or(("", first), |(label, value)| (label, value));
    let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let (value, second) = (words::bare(value), words::bare(second));
    if !is_word(value) || !is_word(second) || !is_torn(value, second, gatherer) {
        return None;
    }
    let blank = if label.is_empty() { "" } else { " " };
    Some(format!("{label}{blank}{value}{second}"))
}

/// The tags of a DMARC policy that may begin a line. Source: RFC 7489 section 6.3.
const TAGS: &[&str] = &["p", "sp", "rua", "ruf", "pct", "adkim", "aspf", "fo", "rf", "ri", "np", "psd", "t"];

fn continues_policy(first: &str, second: &str) -> bool {
    let begins = first.to_ascii_lowercase().contains("v=dmarc1");
    let tag =
        second.trim_start_matches(['"', ' ']).split_once('=').map(|(tag, _)| tag.trim().to_ascii_lowercase());
    begins && tag.is_some_and(|tag| TAGS.contains(&tag.as_str()))
}

/// Whether two words are the pieces of one: only together do they make a name that is known.
fn is_torn(first: &str, second: &str, gatherer: &Gatherer<'_>) -> bool {
    let ends_open = first.ends_with(['.', '-']);
    if first.ends_with('-') && first.contains('.') || second.starts_with('.') {
        return DomainName::parse(&format!("{first}{second}")).is_ok();
    }
    let is_piece = ends_open || first.contains('.');
    let Ok(whole) = DomainName::parse(&format!("{first}{second}")) else { return false };
    if !is_piece || is_strong(first, gatherer) || is_known(first, gatherer) {
        return false;
    }
    let in_zone = |name: &DomainName| gatherer.zones.iter().any(|zone| name.is_within(zone) && name != zone);
    let second_is_whole = is_strong(second, gatherer) || is_known(second, gatherer);
    let second_is_a_tail = ends_open && second.matches('.').count() <= 1 && !first.contains('_');
    if in_zone(&whole) {
        return !second_is_whole;
    }
    gatherer.catalogue.find(&whole).is_some() && (!second_is_whole || second_is_a_tail)
}

fn is_known(word: &str, gatherer: &Gatherer<'_>) -> bool {
    DomainName::parse(word).is_ok_and(|name| gatherer.catalogue.find(&name).is_some())
}

/// A name inside a zone, or one that ends in an underscore label.
fn is_strong(word: &str, gatherer: &Gatherer<'_>) -> bool {
    DomainName::parse(word).is_ok_and(|name| {
        let is_selector =
            name.labels().next_back().is_some_and(|label| label.starts_with('_')) && !word.ends_with('.');
        is_selector
            || gatherer.zones.iter().any(|zone| name.is_within(zone) && name != *zone)
            || names::is_address(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::input::Context;
    use crate::testing::{catalogue, name};

    fn torn(first: &str, second: &str) -> bool {
        let (catalogue, zones) = (catalogue(), [name("example.com")]);
        is_torn(first, second, &Gatherer::new(&Context { zones: &zones, catalogue: &catalogue }))
    }

    #[test]
    fn a_torn_value_is_joined_only_when_that_makes_a_known_one() {
        assert!(torn("s1.domainkey.u1.wl1.", "sendgrid.net"));
        assert!(torn("s1.domainkey.u1.wl1.sendgr", "id.net"));
        assert!(torn("s1.domainkey.u1", ".wl1.sendgrid.net"));
        assert!(torn("keys-of-", "mailer.test") || !"keys-of-".contains('.'));
        assert!(torn("s1._domainkey.exam", "ple.com"));
    }

    #[test]
    fn a_name_and_its_target_are_never_joined() {
        assert!(!torn("mail", "s1.domainkey.u1.wl1.sendgrid.net"));
        assert!(!torn("hs1._domainkey", "example-com.hs01a.dkim.hubspotemail.net"));
        assert!(!torn("hs1._domainkey.example.com.", "x.hs01a.dkim.hubspotemail.net"));
        assert!(!torn("hs1._domainkey.example.org.", "x.hs01a.dkim.hubspotemail.net"));
        assert!(!torn("em1.example.com", "u1.wl1.sendgrid.net"));
    }

    #[test]
    fn labels_within_one_line_begin_cells() {
        assert_eq!(
            split_labels("CNAME Host name: em1 Value: x.test"),
            ["CNAME", "Host name: em1", "Value: x.test"]
        );
        assert_eq!(split_labels("Host: em1"), ["Host: em1"]);
        assert_eq!(cells("  name    = \"em1\""), ["name: \"em1\""]);
    }

    #[test]
    fn lines_are_cut_at_tabs_bars_and_wide_gaps() {
        assert_eq!(cells("| `CNAME` | em1 | |"), ["`CNAME`", "em1", ""]);
        assert_eq!(cells("CNAME\tem1\t\tx"), ["CNAME", "em1", "", "x"]);
        assert_eq!(cells("CNAME   em1\u{a0}\u{a0}x y"), ["CNAME", "em1", "x y"]);
        assert_eq!(cells("|---|:-:|"), Vec::<String>::new());
    }
}
