//! Reads zone files as BIND writes them and Cloudflare exports them. Pure.
//!
//! The file is cut into entries first, so that one that cannot be read costs no other. What an entry
//! means is left to the scanner of the `domain` crate, which never opens a file for `$INCLUDE`.
//!
//! Source: RFC 1035 section 5.1; checked 2026-08-22.

use std::iter::Peekable;
use std::str::Chars;

use domain::base::Name;
use domain::base::iana::Class;
use domain::rdata::ZoneRecordData;
use domain::zonefile::inplace::{Entry, ScannedRecord, Zonefile};

use crate::dns::DomainName;

use super::gather::{Candidate, Gatherer};
use super::words;

/// One entry: a directive or a record, however many lines it takes.
#[derive(Debug, Clone, Copy)]
struct Piece<'t> {
    line: usize,
    text: &'t str,
}

/// Whether a text is a zone file: it has directives, or most of its entries name class and type.
pub(super) fn is_zone_file(text: &str) -> bool {
    let (mut records, mut others) = (0_usize, 0_usize);
    for piece in pieces(text) {
        let first = piece.text.split_whitespace().next().unwrap_or_default();
        if DIRECTIVES.iter().any(|directive| first.eq_ignore_ascii_case(directive)) {
            return true;
        }
        if names_class_and_type(piece.text) { records += 1 } else { others += 1 }
    }
    records > 0 && records >= others
}

const DIRECTIVES: &[&str] = &["$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"];

fn names_class_and_type(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(5).collect();
    let class = words.iter().position(|word| word.eq_ignore_ascii_case("IN")).filter(|at| *at <= 2);
    let rest = class.and_then(|at| words.get(at + 1..)).unwrap_or_default();
    rest.iter().take(2).any(|word| is_type(word))
}

fn is_type(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && words::record_type(&word.to_uppercase()).is_some()
}

/// Cuts a text into entries: a line, or several where parentheses or quotes are open.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut depth, mut quoted, mut comment, mut escaped) = (0_usize, false, false, false);
    let (mut start, mut start_line, mut line) = (0, 1, 1);
    let mut take = |from: usize, to: usize, line: usize| {
        let piece = text.get(from..to).unwrap_or_default();
        let code = piece.trim_start();
        if !code.is_empty() && !code.starts_with(';') {
            found.push(Piece { line, text: piece });
        }
    };
    for (at, byte) in text.bytes().enumerate() {
        let was_escaped = std::mem::take(&mut escaped);
        match byte {
            b'\n' => {
                line += 1;
                comment = false;
                // A quote ends with its line at the latest: one that is left open costs one entry.
                quoted = false;
                if depth == 0 {
                    take(start, at, start_line);
                    (start, start_line) = (at + 1, line);
                }
            }
            _ if comment || was_escaped => {}
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => comment = true,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    if depth == 0 {
        take(start, text.len(), start_line);
        return found;
    }
    // A parenthesis is never closed: from its entry on each line stands for itself.
    for (index, piece) in text.get(start..).unwrap_or_default().split('\n').enumerate() {
        let from = start;
        start += piece.len() + 1;
        take(from, from + piece.len(), start_line + index);
    }
    found
}

/// Reads a text as a zone file.
pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) {
    for (at, line) in text.split('\n').enumerate() {
        gatherer.expect_of(at + 1, line);
    }
    let pieces = pieces(text);
    let zone = start_of_authority(&pieces);
    let origin = zone.clone().or_else(|| match gatherer.zones.as_slice() {
        [zone] => Some(zone.clone()),
        _ => None,
    });
    let is_known = |name: &DomainName| gatherer.zones.iter().any(|zone| name.is_within(zone));
    let new = zone.or_else(|| first_origin(&pieces)).filter(|zone| !is_known(zone));
    gatherer.zones.extend(new);
    gatherer.is_inventory = true;
    let mut reader = Reader { gatherer, origin, owner: None, ttl: None };
    for piece in pieces {
        if let Err(why) = reader.take(piece) {
            reader.gatherer.unread(Some(piece.line), piece.text, &why);
        }
    }
}

/// The owner of the SOA record, where it is written in full.
fn start_of_authority(pieces: &[Piece<'_>]) -> Option<DomainName> {
    let is_soa = |piece: &&Piece<'_>| {
        piece.text.split_whitespace().skip(1).take(3).any(|word| word.eq_ignore_ascii_case("SOA"))
    };
    let owner = pieces.iter().find(is_soa)?.text.split_whitespace().next()?;
    // The export of Cloudflare writes the owner of the SOA record without the dot at its end.
    let is_full = owner.ends_with('.') || owner.contains('.');
    DomainName::parse(owner).ok().filter(|_| is_full)
}

fn first_origin(pieces: &[Piece<'_>]) -> Option<DomainName> {
    let mut directives = pieces.iter().map(|piece| piece.text.split_whitespace());
    let mut words = directives
        .find(|words| words.clone().next().is_some_and(|first| first.eq_ignore_ascii_case("$ORIGIN")))?;
    DomainName::parse(words.nth(1)?).ok()
}

#[derive(Debug)]
struct Reader<'g, 'a> {
    gatherer: &'g mut Gatherer<'a>,
    origin: Option<DomainName>,
    /// The owner of the last record, as it was written but in full.
    owner: Option<String>,
    /// What `$TTL` says.
    ttl: Option<u32>,
}

/// Stands for no `$TTL`: greater than any lifetime. Source: RFC 2181 section 8.
const NO_TTL: u32 = u32::MAX;

impl Reader<'_, '_> {
    fn take(&mut self, piece: Piece<'_>) -> Result<(), String> {
        if !piece.text.starts_with(['$', ';']) {
            return self.record(piece);
        }
        self.gatherer.take(piece.text);
        let mut words = piece.text.split_whitespace();
        let first = words.next().unwrap_or_default();
        match first.to_ascii_uppercase().as_str() {
            "$ORIGIN" => {
                let origin = words.next().unwrap_or_default();
                let parsed = DomainName::parse(&self.full(origin)?).map_err(|bad| bad.to_string())?;
                self.origin = Some(parsed);
                Ok(())
            }
            "$TTL" => {
                let seconds = words.next().and_then(words::seconds);
                self.ttl = Some(seconds.ok_or("$TTL needs a number of seconds")?);
                Ok(())
            }
            "$INCLUDE" => Err("another file is never opened; give its records as well".to_owned()),
            _ => Err("this directive is not understood".to_owned()),
        }
    }

    fn full(&self, written: &str) -> Result<String, String> {
        match (written, &self.origin) {
            ("@", Some(origin)) => Ok(format!("{origin}.")),
            (full, _) if full.ends_with('.') => Ok(full.to_owned()),
            (relative, Some(origin)) => Ok(format!("{relative}.{origin}.")),
            (_, None) => Err("nothing tells the zone of this name; name the zone with --zone".to_owned()),
        }
    }

    fn record(&mut self, piece: Piece<'_>) -> Result<(), String> {
        let is_indented = piece.text.starts_with([' ', '\t']);
        let body = one_line(piece.text)?;
        let body = body.as_str();
        self.gatherer.take(body);
        let (written, rest) = if is_indented {
            (None, body)
        } else {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            let (owner, rest) = body.split_at_checked(end).unwrap_or((body, ""));
            (Some(owner), rest)
        };
        let kind = kind_of(rest).ok_or("the record has no type that is known")?;
        let owner = match written {
            // The export of Cloudflare writes the zone itself without the dot at its end.
            Some(written) if kind == "SOA" && self.origin.as_ref().is_some_and(|o| is_same(o, written)) => {
                self.full("@")?
            }
            Some(written) => self.full(written)?,
            None => self.owner.clone().ok_or("there is no record above that names the owner")?,
        };
        self.owner = Some(owner.clone());
        match kind.as_str() {
            "SOA" => Ok(()),
            "CNAME" | "TXT" => self.scan(&owner, rest, piece.line),
            other => {
                self.gatherer.aside(Some(piece.line), body, &format!("a record of type {other}"));
                Ok(())
            }
        }
    }

    fn scan(&mut self, owner: &str, rest: &str, line: usize) -> Result<(), String> {
        let head = format!("$TTL {}\n{owner} ", self.ttl.unwrap_or(NO_TTL));
        let mut rest = rest.trim().to_owned();
        if let (Some(bare), Some(origin)) = (rest.strip_suffix(" @"), &self.origin) {
            rest = format!("{bare} {origin}.");
        }
        let text = format!("{head}{rest}\n");
        let mut file = Zonefile::from(text.as_str());
        file.set_default_class(Class::IN);
        if let Some(origin) = &self.origin {
            let name = Name::bytes_from_str(&format!("{origin}.")).map_err(|bad| bad.to_string())?;
            file.set_origin(name);
        }
        // The number of the line inside the piece would mislead.
        let entry =
            file.next_entry().map_err(|_| "the record is not complete or not spelled as in a zone file")?;
        match entry {
            Some(Entry::Record(record)) if record.class() == Class::IN => self.offer(owner, &record, line),
            Some(Entry::Record(_)) => Err("only the class IN is understood".to_owned()),
            Some(Entry::Include { .. }) | None => Err("this is no record".to_owned()),
        }
    }

    fn offer(&mut self, owner: &str, record: &ScannedRecord, line: usize) -> Result<(), String> {
        let (kind, value) = match record.data() {
            ZoneRecordData::Cname(cname) => ("CNAME", format!("{}.", cname.cname())),
            ZoneRecordData::Txt(txt) => ("TXT", logical(&txt.text::<Vec<u8>>())?),
            _ => return Err("the record is not understood".to_owned()),
        };
        let seconds = record.ttl().as_secs();
        let ttl = (seconds != NO_TTL).then_some(seconds);
        let candidate = Candidate {
            kind: Some(kind),
            name: owner,
            value: &value,
            ttl,
            line: Some(line),
            ..Candidate::default()
        };
        self.gatherer.offer(&candidate);
        Ok(())
    }
}

/// An entry as one line: no comments, no parentheses, one blank between any two words.
///
/// The scanner works in place and needs the blank: it panics at `"a"b"c"`, which is three words.
fn one_line(text: &str) -> Result<String, &'static str> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ';' => while rest.next_if(|c| *c != '\n').is_some() {},
            '(' | ')' => {}
            '"' => words.push(format!("\"{}\"", quoted(&mut rest)?)),
            blank if blank.is_whitespace() => {}
            first => words.push(plain_word(first, &mut rest)?),
        }
    }
    Ok(words.join(" "))
}

/// The characters up to the closing quote, which must come before the line ends.
fn quoted(rest: &mut impl Iterator<Item = char>) -> Result<String, &'static str> {
    const OPEN: &str = "a quote is not closed";
    let mut text = String::new();
    while let Some(character) = rest.next() {
        match character {
            '\n' => return Err(OPEN),
            '\\' => text.extend(['\\', rest.next().filter(|c| *c != '\n').ok_or(OPEN)?]),
            '"' => return Ok(text),
            other => text.push(other),
        }
    }
    Err(OPEN)
}

/// The rest of a word without quotes.
fn plain_word(first: char, rest: &mut Peekable<Chars<'_>>) -> Result<String, &'static str> {
    let ends = |c: &char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | ';');
    let mut text = String::from(first);
    let mut is_escape = first == '\\';
    loop {
        let next = if is_escape { rest.next_if(|c| *c != '\n') } else { rest.next_if(|c| !ends(c)) };
        match next {
            Some(next) => {
                is_escape = !is_escape && next == '\\';
                text.push(next);
            }
            None if is_escape => return Err("a backslash has nothing behind it"),
            None => return Ok(text),
        }
    }
}

fn is_same(zone: &DomainName, written: &str) -> bool {
    DomainName::parse(written).is_ok_and(|name| name == *zone)
}

fn logical(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "the text is not valid UTF-8".to_owned())
}

/// The type behind lifetime and class, in either order.
fn kind_of(rest: &str) -> Option<String> {
    let is_other =
        |word: &&str| words::seconds(word).is_some() || CLASSES.iter().any(|c| c.eq_ignore_ascii_case(word));
    let word = rest.split_whitespace().find(|word| !is_other(word))?;
    let known = is_type(word)
        || word.to_ascii_uppercase().strip_prefix("TYPE").is_some_and(|n| n.parse::<u16>().is_ok());
    known.then(|| word.to_ascii_uppercase())
}

const CLASSES: &[&str] = &["IN", "CH", "HS", "CS"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::input::{BadInput, Context, Reading, read_zone_file};
    use crate::testing::{catalogue, name};

    fn reading(text: &str, zones: &[&str]) -> Result<Reading, BadInput> {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        read_zone_file(text.as_bytes(), &Context { zones: &zones, bases: &[], catalogue: &catalogue() })
    }

    #[test]
    fn an_entry_that_cannot_be_read_costs_no_other() {
        let text =
            "$ORIGIN example.com.\nem1 IN CNAME\nem2 IN CNAME \"a b\"\nem3 IN CNAME u3.wl1.sendgrid.net.\n";
        let reading = reading(text, &[]).unwrap();
        assert_eq!(reading.entries[0].name, name("em3.example.com"));
        assert_eq!(reading.entries[0].line, Some(4));
        assert_eq!(reading.unread.iter().map(|r| r.line).collect::<Vec<_>>(), [Some(2), Some(3)]);
    }

    #[test]
    fn a_parenthesis_left_open_costs_one_entry() {
        let text = "$ORIGIN example.com.\nem1 IN TXT (\nem2 IN CNAME u2.wl1.sendgrid.net.\n";
        let reading = reading(text, &[]).unwrap();
        assert_eq!((reading.entries[0].line, reading.unread[0].line), (Some(3), Some(2)));
    }

    #[test]
    fn words_that_touch_are_taken_apart() {
        let text = "$ORIGIN example.com.\n_dmarc IN TXT (\"v=DMARC1; \"\"p=none\"\"; \"sp=none)\nem1 IN TXT \"a\"b\"\"c\n";
        let reading = reading(text, &[]).unwrap();
        assert_eq!(reading.policies[0].text, "v=DMARC1; p=none; sp=none");
        assert_eq!(reading.aside.len(), 1);
    }

    #[test]
    fn no_file_is_ever_included() {
        let text = "$ORIGIN example.com.\n$INCLUDE /etc/passwd\n$GENERATE 1-9 a$ CNAME b$\nem1 CNAME u1.wl1.sendgrid.net.\n";
        let reading = reading(text, &[]).unwrap();
        assert_eq!(reading.entries.len(), 1);
        assert!(reading.unread[0].why.contains("never opened"));
        assert!(reading.unread[1].why.contains("not understood"));
    }

    #[test]
    fn the_zone_is_told_by_the_origin_the_soa_record_or_the_caller() {
        let record = "em1 IN CNAME u1.wl1.sendgrid.net.\n";
        let full = |text: String, zones: &[&str]| reading(&text, zones).unwrap().entries[0].name.to_string();
        assert_eq!(full(format!("$ORIGIN example.com.\n{record}"), &["example.org"]), "em1.example.com");
        assert_eq!(full(format!("example.com. IN SOA a. b. (1 2\n3 4 5)\n{record}"), &[]), "em1.example.com");
        assert_eq!(full(record.to_owned(), &["example.com"]), "em1.example.com");
        assert!(matches!(reading(record, &[]), Err(BadInput::Nothing { .. })));
    }

    #[test]
    fn owner_and_lifetime_are_taken_from_above() {
        let text = "$ORIGIN example.com.\n$TTL 1h\nem1 IN MX 10 mx.sendgrid.net.\n  IN CNAME u1.wl1.sendgrid.net.\nem2 600 CNAME u2.wl1.sendgrid.net.\n";
        let reading = reading(text, &[]).unwrap();
        assert_eq!(reading.entries[0].name, name("em1.example.com"));
        let ttls: Vec<u32> =
            reading.entries.iter().filter_map(|e| e.ttl).map(crate::dns::Ttl::to_api).collect();
        assert_eq!(ttls, [3600, 600]);
        assert_eq!(reading.aside[0].why, "a record of type MX");
    }

    #[test]
    fn a_name_without_its_dot_is_mended_with_a_note() {
        let text = "$ORIGIN example.com.\nem1.example.com IN CNAME u1.wl1.sendgrid.net\n";
        let entry = reading(text, &[]).unwrap().entries.remove(0);
        assert_eq!(entry.name, name("em1.example.com"));
        assert_eq!(entry.target, name("u1.wl1.sendgrid.net"));
        assert!(entry.note.unwrap().contains("appended"));
    }

    #[test]
    fn prose_is_no_zone_file() {
        assert!(!is_zone_file("Put this in a CNAME record\nType\nHost\n"));
        assert!(is_zone_file("em1.example.com. 300 IN CNAME u1.wl1.sendgrid.net.\n"));
        assert!(is_zone_file(";; export\n$ORIGIN example.com.\n"));
    }
}
