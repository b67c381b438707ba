//! Reads zone files as BIND writes them and Cloudflare exports them. Pure.
//!
//! The text is cut into entries and words in one place, so that an entry that cannot be read costs no other. Escapes
//! are not undone: no name and no policy that is read here has one.
//!
//! Source: RFC 1035 section 5.1; checked 2026-08-22.

use crate::model::dns::DomainName;

use super::gather::{Candidate, Gatherer};
use super::{numbered, words};

/// One entry: a directive or a record, however many lines it takes.
#[derive(Debug)]
struct Entry<'t> {
    line: usize,
    text: &'t str,
    /// The owner is that of the record above.
    is_indented: bool,
    /// Without quotes.
    words: Result<Vec<&'t str>, &'static str>,
}

impl<'t> Entry<'t> {
    fn word(&self, at: usize) -> &'t str {
        self.words.as_ref().ok().and_then(|words| words.get(at)).copied().unwrap_or_default()
    }
}

const OPEN_PARENTHESIS: &str = "a parenthesis is not closed";

fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    // Once a parenthesis is not closed, from its entry on each line stands for itself.
    let (mut rest, mut line, mut is_broken) = (text, 1, false);
    let all = std::iter::from_fn(move || {
        let is_indented = rest.chars().next()?.is_whitespace();
        let (end, words) = entry(rest, is_broken);
        is_broken |= words == Err(OPEN_PARENTHESIS);
        let (text, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let entry = Entry { line, text, is_indented, words };
        line += text.matches('\n').count();
        rest = after;
        Some(entry)
    });
    all.filter(|entry| entry.words.as_ref().map_or(true, |words| !words.is_empty()))
}

/// The words of the entry that a text begins with, and where it ends. One that is not closed ends with its line.
fn entry(text: &str, is_broken: bool) -> (usize, Result<Vec<&str>, &'static str>) {
    let first_line = text.find('\n').map_or(text.len(), |end| end + 1);
    let mut words: Vec<&str> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(character) = rest.chars().next() else { break };
        at += character.len_utf8();
        match character {
            '\n' if depth > 0 && is_broken => return (first_line, Err(OPEN_PARENTHESIS)),
            '\n' if depth == 0 => return (at, Ok(words)),
            // The end of the line is looked at again.
            ';' => at += rest.find('\n').unwrap_or(rest.len()) - 1,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' => {
                let Some(length) = quoted(text.get(at..).unwrap_or_default()) else {
                    return (first_line, Err(open(depth)));
                };
                words.extend(text.get(at..at + length));
                at += length + 1;
            }
            blank if blank.is_whitespace() => {}
            _ => {
                let ends = |c: char| c.is_whitespace() || "\"();".contains(c);
                let length = rest.find(ends).unwrap_or(rest.len());
                words.extend(rest.get(..length));
                at += length - character.len_utf8();
            }
        }
    }
    if depth == 0 { (text.len(), Ok(words)) } else { (first_line, Err(OPEN_PARENTHESIS)) }
}

/// What an entry that does not end lacks.
fn open(depth: usize) -> &'static str {
    if depth > 0 { OPEN_PARENTHESIS } else { "a quote is not closed" }
}

/// How long the text is before the quote that closes it, in the same line.
fn quoted(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let was_escaped = is_escaped;
        is_escaped = *c == '\\' && !was_escaped;
        *c == '\n' || *c == '"' && !was_escaped
    });
    end.filter(|(_, c)| *c == '"').map(|(at, _)| at)
}

const DIRECTIVES: &[&str] = &["$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"];
const CLASSES: &[&str] = &["IN", "CH", "HS", "CS"];

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether a text is a zone file: it has directives, or most of its entries name class and type.
pub(super) fn is_zone_file(text: &str) -> bool {
    let says_so = |word: &str| word.starts_with('$') || word.eq_ignore_ascii_case("IN");
    if !text.lines().any(|line| line.split_whitespace().take(3).any(says_so)) {
        return false;
    }
    let (mut records, mut others) = (0_usize, 0_usize);
    for entry in entries(text) {
        if is_one_of(entry.word(0), DIRECTIVES) {
            return true;
        }
        let class = (0..=2).find(|at| entry.word(*at).eq_ignore_ascii_case("IN"));
        let is_record = class
            .is_some_and(|at| (1..=2).any(|behind| words::known_type(entry.word(at + behind)).is_some()));
        *(if is_record { &mut records } else { &mut others }) += 1;
    }
    records > 0 && records >= others
}

pub(super) fn read(text: &str, gatherer: &mut Gatherer<'_>) {
    for (at, line) in numbered(text) {
        gatherer.expect_of(at, line);
    }
    gatherer.is_inventory = true;
    let mut reader = Reader { gatherer, origin: None, owner: None, ttl: None };
    for entry in entries(text) {
        if let Err(why) = reader.take(&entry) {
            reader.gatherer.unread(Some(entry.line), entry.text, &why);
        }
    }
}

#[derive(Debug)]
struct Reader<'g, 'a> {
    gatherer: &'g mut Gatherer<'a>,
    /// By the last `$ORIGIN`, or else the SOA record.
    origin: Option<DomainName>,
    /// The owner of the last record, as it was written but in full.
    owner: Option<String>,
    ttl: Option<u32>,
}

impl Reader<'_, '_> {
    fn take(&mut self, entry: &Entry<'_>) -> Result<(), String> {
        let words = entry.words.as_ref().map_err(|why| (*why).to_owned())?;
        if !entry.word(0).starts_with('$') {
            return self.record(entry, words);
        }
        match entry.word(0).to_ascii_uppercase().as_str() {
            "$ORIGIN" => self.begin(&self.full(entry.word(1))?)?,
            "$TTL" => {
                self.ttl = Some(words::seconds(entry.word(1)).ok_or("$TTL needs a number of seconds")?);
            }
            "$INCLUDE" => return Err("another file is never opened; give its records as well".to_owned()),
            _ => return Err("this directive is not understood".to_owned()),
        }
        self.gatherer.take(entry.text);
        Ok(())
    }

    fn begin(&mut self, origin: &str) -> Result<(), String> {
        let origin = DomainName::parse(origin).map_err(|bad| bad.to_string())?;
        if self.gatherer.zones.is_empty() {
            self.gatherer.zones.push(origin.clone());
        }
        self.origin = Some(origin);
        Ok(())
    }

    fn full(&self, written: &str) -> Result<String, String> {
        let given = self.gatherer.bases.first().filter(|_| self.gatherer.bases.len() == 1);
        match (written, self.origin.as_ref().or(given)) {
            ("@", Some(origin)) => Ok(format!("{origin}.")),
            (full, _) if full.ends_with('.') => Ok(full.to_owned()),
            (relative, Some(origin)) => Ok(format!("{relative}.{origin}.")),
            (_, None) => Err("nothing tells the zone of this name; name the zone with --zone".to_owned()),
        }
    }

    fn record(&mut self, entry: &Entry<'_>, words: &[&str]) -> Result<(), String> {
        let (written, rest) = match words.split_first() {
            Some((owner, rest)) if !entry.is_indented => (Some(*owner), rest),
            _ => (None, words),
        };
        let before =
            rest.iter().take_while(|word| is_one_of(word, CLASSES) || words::seconds(word).is_some());
        let (head, data) = rest.split_at_checked(before.count()).unwrap_or_default();
        let typed = data.split_first().and_then(|(kind, data)| Some((words::known_type(kind)?, data)));
        let (kind, data) = typed.ok_or("the record has no type that is known")?;
        if head.iter().any(|word| is_one_of(word, CLASSES) && !word.eq_ignore_ascii_case("IN")) {
            return Err("only the class IN is understood".to_owned());
        }
        let owner = match written {
            // Cloudflare's export leaves out the dot at its end.
            Some(apex) if kind == "SOA" && apex.contains('.') => format!("{}.", apex.trim_end_matches('.')),
            Some(written) => self.full(written)?,
            None => self.owner.clone().ok_or("there is no record above that names the owner")?,
        };
        if kind == "SOA" && self.origin.is_none() {
            self.begin(&owner)?;
        }
        let ttl = head.iter().find_map(|word| words::seconds(word)).or(self.ttl);
        let shown = words.join(" ");
        self.gatherer.take(&shown);
        self.owner = Some(owner.clone());
        let value = match (kind, data) {
            // The names of hosts have no underscores: with one it has swallowed another record.
            ("SOA", data) if !data.iter().any(|word| word.contains('_')) => return Ok(()),
            ("CNAME", [target]) => self.full(target)?,
            ("TXT", [_, ..]) => data.concat(),
            ("CNAME" | "TXT", _) => {
                return Err("the record is not complete or not spelled as in a zone file".to_owned());
            }
            _ => {
                self.gatherer.aside(Some(entry.line), &shown, &format!("a record of type {kind}"));
                return Ok(());
            }
        };
        let candidate = Candidate::of(Some(kind), &owner, &value, Some(entry.line));
        self.gatherer.offer(Candidate { ttl, ..candidate });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::expectation::input::{BadInput, Context, Format, Reading};
    use crate::testing::{catalog, name};

    fn reading(text: &str, zones: &[&str]) -> Result<Reading, BadInput> {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        let catalog = catalog();
        let mut gatherer = Gatherer::new(&Context { zones: &zones, bases: &[], catalog: &catalog });
        read(text, &mut gatherer);
        gatherer.finish(Format::ZoneFile)
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
        assert_eq!(full(format!("$ORIGIN example.com.\n{record}"), &[]), "em1.example.com");
        let elsewhere = reading(&format!("$ORIGIN example.com.\n{record}"), &["example.org"]);
        assert!(matches!(elsewhere, Err(BadInput::Nothing { .. })), "no other zone is worked on");
        assert_eq!(full(format!("example.com. IN SOA a. b. (1 2\n3 4 5)\n{record}"), &[]), "em1.example.com");
        assert_eq!(full(record.to_owned(), &["example.com"]), "em1.example.com");
        assert!(matches!(reading(record, &[]), Err(BadInput::Nothing { .. })));
    }

    #[test]
    fn a_record_that_an_soa_record_has_swallowed_is_told() {
        let record = "$ORIGIN example.com.\nem1 IN CNAME u1.wl1.sendgrid.net.\n";
        let whole = "@ IN SOA a. b. (1 2 3 4 5)\n";
        let swallowing = "@ IN SOA a. b. (1 2 3 4\nk1._domainkey CNAME k1.example.net. )\n";
        let told = |soa: &str| reading(&format!("{record}{soa}"), &[]).unwrap().aside.len();
        assert_eq!([whole, swallowing].map(told), [0, 1]);
    }

    #[test]
    fn owner_and_lifetime_are_taken_from_above() {
        let text = "$ORIGIN example.com.\n$TTL 1h\nem1 IN MX 10 mx.sendgrid.net.\n  IN CNAME u1.wl1.sendgrid.net.\nem2 600 CNAME u2.wl1.sendgrid.net.\n";
        let reading = reading(text, &[]).unwrap();
        assert_eq!(reading.entries[0].name, name("em1.example.com"));
        let ttls: Vec<u32> =
            reading.entries.iter().filter_map(|e| e.ttl).map(crate::model::dns::Ttl::to_api).collect();
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
