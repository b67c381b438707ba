//! BIND zone files and Cloudflare's export with its `cf_tags`. Pure.
//!
//! Cloudflare keeps what BIND has no word for in the comment behind a record, which a general parser
//! throws away; that is why this one is our own.
//!
//! Source: `developers.cloudflare.com/dns/manage-dns-records/how-to/import-and-export`; checked
//! 2026-08-22.

use serde::Deserialize;

/// A record as a zone file or a scenario tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordIn {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) content: String,
    pub(super) priority: Option<u16>,
    /// `None`: automatic.
    pub(super) ttl: Option<u32>,
    /// `None`: not said.
    pub(super) proxied: Option<bool>,
    #[serde(default)]
    pub(super) flatten: bool,
    pub(super) comment: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) read_only: bool,
}

/// Why a zone file makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadZoneFile {
    /// A line cannot be read.
    #[error("line {line} of the zone file makes no sense: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// Nothing tells the name of the zone.
    #[error("the zone file names no zone: there is neither a SOA record nor $ORIGIN")]
    NoZone,
}

/// A token, and whether it stood in quotes.
type Token = (String, bool);

/// The state between two lines.
#[derive(Debug, Default)]
struct Reader {
    origin: Option<String>,
    zone: Option<String>,
    owner: Option<String>,
    default_ttl: Option<u32>,
    records: Vec<RecordIn>,
}

/// Reads a zone file: the zone's name, and its records but for the SOA and the NS records of Cloudflare's own at
/// the apex.
pub(super) fn read(text: &str) -> Result<(String, Vec<RecordIn>), BadZoneFile> {
    finish(text, Reader::default())
}

/// Reads the records of a file for a zone that is known.
pub(super) fn read_in(zone: &str, text: &str) -> Result<Vec<RecordIn>, BadZoneFile> {
    let zone = format!("{zone}.");
    let reader = Reader { origin: Some(zone.clone()), zone: Some(zone), ..Reader::default() };
    finish(text, reader).map(|(_, records)| records)
}

fn finish(text: &str, mut reader: Reader) -> Result<(String, Vec<RecordIn>), BadZoneFile> {
    for (number, tokens, comment, is_indented) in logical_lines(text)? {
        let result = reader.take(&tokens, &comment, is_indented);
        result.map_err(|why| BadZoneFile::Line { line: number, why })?;
    }
    let zone = reader.zone.take().or(reader.origin).ok_or(BadZoneFile::NoZone)?;
    let zone = zone.trim_end_matches('.').to_lowercase();
    let is_own = |record: &RecordIn| {
        record.kind == "NS" && record.name == zone && record.content.ends_with(".ns.cloudflare.com")
    };
    reader.records.retain(|record| !is_own(record));
    Ok((zone, reader.records))
}

type Logical = (usize, Vec<Token>, String, bool);

/// Joins what stands in parentheses and takes the comments off.
fn logical_lines(text: &str) -> Result<Vec<Logical>, BadZoneFile> {
    let mut lines: Vec<Logical> = Vec::new();
    let mut depth = 0_usize;
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let broken = |why| BadZoneFile::Line { line: index + 1, why };
        let (tokens, comment, opened, closed) = tokens(raw).map_err(broken)?;
        let continues = depth > 0;
        depth = (depth + opened).checked_sub(closed).ok_or_else(|| broken("a parenthesis too many"))?;
        match lines.last_mut() {
            Some(last) if continues => {
                last.1.extend(tokens);
                last.2.push_str(&comment);
            }
            _ => lines.push((index + 1, tokens, comment, raw.starts_with([' ', '\t']))),
        }
    }
    lines.retain(|(_, tokens, _, _)| !tokens.is_empty());
    Ok(lines)
}

/// Cuts one line: its tokens, its comment, how many parentheses open and close.
fn tokens(raw: &str) -> Result<(Vec<Token>, String, usize, usize), &'static str> {
    let (mut found, mut opened, mut closed) = (Vec::new(), 0, 0);
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ';' => return Ok((found, rest.collect(), opened, closed)),
            '(' => opened += 1,
            ')' => closed += 1,
            '"' => found.push((quoted(&mut rest)?, true)),
            space if space.is_whitespace() => {}
            first => {
                let mut token = String::from(first);
                while let Some(next) =
                    rest.next_if(|c| !c.is_whitespace() && !matches!(c, ';' | '(' | ')' | '"'))
                {
                    token.push(next);
                }
                found.push((token, false));
            }
        }
    }
    Ok((found, String::new(), opened, closed))
}

fn quoted(rest: &mut impl Iterator<Item = char>) -> Result<String, &'static str> {
    let mut text = String::new();
    while let Some(character) = rest.next() {
        match character {
            '"' => return Ok(text),
            '\\' => text.push(rest.next().ok_or("a quote is not closed")?),
            other => text.push(other),
        }
    }
    Err("a quote is not closed")
}

impl Reader {
    fn take(&mut self, tokens: &[Token], comment: &str, is_indented: bool) -> Result<(), &'static str> {
        let words: Vec<&str> = tokens.iter().map(|(word, _)| word.as_str()).collect();
        match words.as_slice() {
            ["$ORIGIN", origin] => self.origin = Some(self.full(origin)),
            ["$TTL", ttl] => self.default_ttl = Some(ttl.parse().map_err(|_| "$TTL is not a number")?),
            [directive, ..] if directive.starts_with('$') => return Err("this directive is not understood"),
            _ => self.record(tokens, comment, is_indented)?,
        }
        Ok(())
    }

    fn record(&mut self, tokens: &[Token], comment: &str, is_indented: bool) -> Result<(), &'static str> {
        let mut rest = tokens;
        if !is_indented && let Some(((owner, _), others)) = rest.split_first() {
            self.owner = Some(self.full(owner));
            rest = others;
        }
        let name = self.owner.clone().ok_or("the record has no name")?;
        let mut ttl = self.default_ttl;
        while let Some(((word, _), others)) = rest.split_first() {
            match (word.parse::<u32>(), word.to_ascii_uppercase().as_str()) {
                (Ok(seconds), _) => ttl = Some(seconds),
                (Err(_), "IN") => {}
                _ => break,
            }
            rest = others;
        }
        let ((kind, _), data) = rest.split_first().ok_or("the record has no type")?;
        let kind = kind.to_ascii_uppercase();
        if kind == "SOA" {
            self.zone.get_or_insert_with(|| name.clone());
            self.origin.get_or_insert(name);
            return Ok(());
        }
        let (content, priority) = self.content(&kind, data)?;
        let name = name.trim_end_matches('.').to_lowercase();
        self.records.push(RecordIn { name, kind, content, priority, ttl, ..marks(comment) });
        Ok(())
    }

    fn content(&self, kind: &str, data: &[Token]) -> Result<(String, Option<u16>), &'static str> {
        let word =
            |place: usize| data.get(place).map(|(word, _)| word.as_str()).ok_or("the record has no content");
        let host = |text: &str| self.full(text).trim_end_matches('.').to_lowercase();
        match kind {
            "CNAME" | "NS" | "PTR" => Ok((host(word(0)?), None)),
            "MX" => Ok((host(word(1)?), Some(word(0)?.parse().map_err(|_| "the MX has no preference")?))),
            "SRV" => {
                let place = format!("{} {} {} {}", word(0)?, word(1)?, word(2)?, host(word(3)?));
                Ok((place, None))
            }
            "TXT" => Ok((data.iter().map(|(word, _)| word.as_str()).collect(), None)),
            _ => {
                word(0)?;
                let words: Vec<String> = data.iter().map(as_written).collect();
                Ok((words.join(" "), None))
            }
        }
    }

    fn full(&self, name: &str) -> String {
        match (&self.origin, name) {
            (Some(origin), "@") => origin.clone(),
            (_, name) if name.ends_with('.') => name.to_owned(),
            (Some(origin), name) => format!("{name}.{origin}"),
            (None, name) => format!("{name}."),
        }
    }
}

/// A token with the quotes that it had.
fn as_written((word, is_quoted): &Token) -> String {
    if *is_quoted { format!("\"{word}\"") } else { word.clone() }
}

/// Reads `free comment cf_tags=cf-proxied:true,owner:mail`.
fn marks(comment: &str) -> RecordIn {
    let (free, tags) = comment.split_once("cf_tags=").unwrap_or((comment, ""));
    let mut marks = RecordIn::default();
    for tag in tags.split([',', ' ']).map(str::trim).filter(|tag| !tag.is_empty()) {
        match tag {
            "cf-proxied:true" => marks.proxied = Some(true),
            "cf-proxied:false" => marks.proxied = Some(false),
            "cf-flatten-cname" | "cf-flatten-cname:true" => marks.flatten = true,
            other if other.starts_with("cf-") => {}
            other => marks.tags.push(other.to_owned()),
        }
    }
    let free = free.trim();
    marks.comment = (!free.is_empty()).then(|| free.to_owned());
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPORT: &str = "\
;;
;; Domain:     example.com.
;;
;; SOA Record
example.com\t3600\tIN\tSOA\tada.ns.cloudflare.com. dns.cloudflare.com. 2050 10000 2400 604800 3600

;; NS Records
example.com.\t86400\tIN\tNS\tada.ns.cloudflare.com.

;; CNAME Records
s1._domainkey.example.com.\t1\tIN\tCNAME\ts1.domainkey.u1.wl1.sendgrid.net. ; do not touch cf_tags=cf-proxied:true,owner:mail
www.example.com.\t300\tIN\tCNAME\texample.com.
;; MX Records
example.com.\t1\tIN\tMX\t10 mx.example.net.
;; TXT Records
example.com.\t1\tIN\tTXT\t\"v=spf1 include:a.test; \" \"~all\" ; cf_tags=cf-proxied:false
";

    #[test]
    fn an_export_keeps_what_bind_has_no_word_for() {
        let (zone, lines) = read(EXPORT).unwrap();
        assert_eq!((zone.as_str(), lines.len()), ("example.com", 4));
        let s1 = &lines[0];
        assert_eq!(s1.content, "s1.domainkey.u1.wl1.sendgrid.net");
        assert_eq!(s1.proxied, Some(true));
        assert_eq!(s1.comment.as_deref(), Some("do not touch"));
        assert_eq!(s1.tags, ["owner:mail"]);
        assert_eq!((lines[1].ttl, lines[1].proxied), (Some(300), None));
        assert_eq!(lines[2].priority, Some(10));
        assert_eq!(lines[3].content, "v=spf1 include:a.test; ~all");
    }

    #[test]
    fn an_ordinary_zone_file_is_read_with_origin_and_relative_names() {
        let text = "$ORIGIN example.org.\n$TTL 600\n@ IN SOA ns. host. (1 2 ; serial\n 3 4 5)\nem1 IN CNAME u1.wl1.sendgrid.net.\n    IN TXT \"x\"\n";
        let (zone, lines) = read(text).unwrap();
        assert_eq!(zone, "example.org");
        assert_eq!(lines[0].name, "em1.example.org");
        assert_eq!(lines[1].name, "em1.example.org");
        assert_eq!(lines[0].ttl, Some(600));
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        assert_eq!(
            read("a IN CNAME\n"),
            Err(BadZoneFile::Line { line: 1, why: "the record has no content" })
        );
        assert!(matches!(read("a IN TXT \"open\n"), Err(BadZoneFile::Line { .. })));
        assert!(matches!(read("$INCLUDE x\n"), Err(BadZoneFile::Line { .. })));
        assert_eq!(read(""), Err(BadZoneFile::NoZone));
    }
}
