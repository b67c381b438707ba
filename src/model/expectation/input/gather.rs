//! Takes what the formats find, decides what each is worth, and keeps each record once. Pure.

use std::collections::{HashMap, HashSet};

use crate::model::catalog::{Catalog, Signers};
use crate::model::dns::{DomainName, Ttl};
use crate::model::mailauth;
use crate::model::plain;

use super::coverage::{self, Stretch};
use super::encoding;
use super::names::{self, Place};
use super::sense::{self, Origin, Sense};
use super::{BadInput, Context, Entry, Format, Policy, Reading, Remark, numbered};

/// Something that may be a record, as it stands in the input.
#[derive(Debug, Default)]
pub(super) struct Candidate {
    /// The record type, where it is told.
    pub(super) kind: Option<&'static str>,
    pub(super) name: String,
    pub(super) value: String,
    /// In seconds; 1 stands for automatic.
    pub(super) ttl: Option<u32>,
    pub(super) provider: Option<String>,
    /// What a relative name belongs below, where the input says so of this name.
    pub(super) base: Option<DomainName>,
    pub(super) line: Option<usize>,
}

impl Candidate {
    /// A name and its value, with no more than that.
    pub(super) fn of(kind: Option<&'static str>, name: &str, value: &str, line: Option<usize>) -> Self {
        Self { kind, name: name.to_owned(), value: value.to_owned(), line, ..Self::default() }
    }

    fn shown(&self) -> String {
        format!("{} {} {}", self.name, self.kind.unwrap_or("CNAME"), self.value)
    }

    fn is_policy(&self) -> bool {
        self.kind == Some("TXT")
    }
}

/// Why a record that was understood is only listed.
pub(super) const NOT_MAIL: &str =
    "not recognised as mail; if your platform asks for it, name it with --expect";

/// As many remarks of one kind as a reading lists.
const MOST_REMARKS: usize = 1000;

/// Longest text that a remark shows, in characters.
const LONGEST_REMARK: usize = 120;

/// Collects what the formats find.
#[derive(Debug)]
pub(super) struct Gatherer<'a> {
    pub(super) catalog: &'a Catalog,
    /// The zones that place names.
    pub(super) zones: Vec<DomainName>,
    /// What relative names belong below.
    pub(super) bases: Vec<DomainName>,
    /// The same for what follows, where the input says so.
    pub(super) base: Option<DomainName>,
    /// The author of a manifest is believed.
    pub(super) is_exact: bool,
    /// The input lists all records of a zone, wanted or not.
    pub(super) is_inventory: bool,
    /// The words that say that what follows is not wanted.
    pub(super) against: Option<String>,
    offers: Vec<Candidate>,
    /// What a typographic hyphen stood in, in plain spelling.
    respelled: HashSet<String>,
    /// The lines with a no-break space between other signs.
    respaced: HashSet<usize>,
    /// The names that the input holds, and those that became part of something.
    stretches: Vec<Stretch>,
    taken: HashSet<String>,
    aside: Vec<Remark>,
    unread: Vec<Remark>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        let bases = if context.bases.is_empty() { context.zones } else { context.bases };
        Self {
            catalog: context.catalog,
            zones: context.zones.to_vec(),
            bases: bases.to_vec(),
            base: None,
            is_exact: false,
            is_inventory: false,
            against: None,
            offers: Vec::new(),
            respelled: HashSet::new(),
            respaced: HashSet::new(),
            stretches: Vec::new(),
            taken: HashSet::new(),
            aside: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Notes the names that a line holds: each must become part of a record or of a remark.
    pub(super) fn expect_of(&mut self, line: usize, text: &str) {
        self.stretches.extend(coverage::stretches(line, text));
    }

    /// Notes where typographic hyphens and no-break spaces stand, which are read as plain ones.
    pub(super) fn expect_signs(&mut self, text: &str) {
        for (at, line) in numbered(text).filter(|(_, line)| !line.is_ascii()) {
            self.respaced.extend(line.trim().contains(encoding::NO_BREAK_SPACES).then_some(at));
            for word in line.split_whitespace().filter(|word| word.contains(encoding::HYPHENS)) {
                let plain = encoding::plain(word);
                let hyphened = coverage::labels(&plain).filter(|label| label.contains('-'));
                self.respelled.extend(hyphened.map(str::to_lowercase));
            }
        }
    }

    /// Which signs of a candidate were read as plain ones.
    fn signs(&self, offer: &Candidate) -> [Option<&'static str>; 2] {
        let mut labels = coverage::labels(&offer.name).chain(coverage::labels(&offer.value));
        let has_hyphen =
            !self.respelled.is_empty() && labels.any(|label| self.respelled.contains(&label.to_lowercase()));
        let has_space = offer.line.is_some_and(|line| self.respaced.contains(&line));
        [
            has_hyphen.then_some("a typographic hyphen was read as a plain one"),
            has_space.then_some("a no-break space was read as a plain one"),
        ]
    }

    /// Takes a candidate: as a record, as none of our business, or as not understood.
    pub(super) fn offer(&mut self, candidate: Candidate) {
        if let Some(words) = &self.against {
            let words = words.chars().take(60).collect::<String>();
            let why = format!("left out: `{words}` speaks of records that are old or to be removed");
            return self.aside(candidate.line, &candidate.shown(), &why);
        }
        match candidate.kind {
            Some("TXT") => self.text(candidate),
            None if is_text(&candidate.value) => self.text(candidate),
            None | Some("CNAME") => self.keep(candidate),
            Some(other) => {
                self.is_inventory |= matches!(other, "A" | "AAAA" | "NS" | "SOA");
                self.aside(candidate.line, &candidate.shown(), &format!("a record of type {other}"));
            }
        }
    }

    fn keep(&mut self, candidate: Candidate) {
        self.take(&candidate.name);
        self.take(&candidate.value);
        let base = candidate.base.or_else(|| self.base.clone());
        self.taken.extend(base.as_ref().map(ToString::to_string));
        self.offers.push(Candidate { base, ..candidate });
    }

    /// Notes that the names in a text became part of something.
    pub(super) fn take(&mut self, text: &str) {
        self.taken.extend(coverage::pieces(text).map(str::to_lowercase));
    }

    /// Notes something that was understood and is no business of this program.
    pub(super) fn aside(&mut self, line: Option<usize>, text: &str, why: &str) {
        self.take(text);
        remark(&mut self.aside, line, text, why);
    }

    /// Notes something that was not understood.
    pub(super) fn unread(&mut self, line: Option<usize>, text: &str, why: &str) {
        self.take(text);
        remark(&mut self.unread, line, text, why);
    }

    fn text(&mut self, candidate: Candidate) {
        let value = unquoted(&candidate.value);
        let candidate = Candidate { kind: Some("TXT"), value, ..candidate };
        if candidate.name.trim().to_ascii_lowercase().starts_with("_dmarc") {
            return self.keep(candidate);
        }
        let why = match mailauth::policy(&candidate.value) {
            mailauth::Policy::Dmarc => {
                let why = "a DMARC policy stands at a name that begins with _dmarc";
                return self.unread(candidate.line, &candidate.shown(), why);
            }
            mailauth::Policy::Spf => "an SPF policy",
            mailauth::Policy::Other => "a record of type TXT",
            _ => "a DKIM key",
        };
        self.aside(candidate.line, &candidate.shown(), why);
    }

    /// Whether no relative name ends like its base: else the page may count from the domain above.
    fn is_below(&self) -> bool {
        let [base] = self.bases.as_slice() else { return true };
        let ends_like = |name: &DomainName| names::ends_like(name, base);
        let mut names = self.offers.iter().filter(|offer| offer.base.is_none()).map(|offer| &offer.name);
        base.is_registrable() || !names.any(|name| DomainName::parse(name).as_ref().is_ok_and(ends_like))
    }

    /// All that was kept, unless that contradicts itself or is nothing.
    pub(super) fn finish(mut self, format: Format) -> Result<Reading, BadInput> {
        let is_below = self.is_below();
        let (mut entries, mut policies) = (Vec::new(), Vec::new());
        for offer in std::mem::take(&mut self.offers) {
            let place = self.place(&offer, is_below);
            let read = if offer.is_policy() {
                policy(&offer, &place).map(|policy| policies.push(policy))
            } else {
                entry(&offer, &place, &self).map(|entry| entries.push(entry))
            };
            if let Err(why) = read {
                remark(&mut self.unread, offer.line, &offer.shown(), &why);
            }
        }
        let mut asked = Asked::new();
        let [entries, unrecognised] = self.judged(entries, &mut asked)?;
        let mut kept = Vec::new();
        for policy in policies {
            let asks = format!("publish `{}`", plain::sanitize_line(&policy.text));
            kept.extend(is_new(&mut asked, &policy.name, (asks, policy.line))?.then_some(policy));
        }
        let targets = entries.iter().chain(&unrecognised).map(|entry| &entry.target);
        self.taken.extend(asked.keys().chain(targets).map(ToString::to_string));
        let is_telling = |stretch: &Stretch| stretch.is_telling(self.catalog, &self.zones);
        let (passing, lost) = coverage::leftovers(self.left(), is_telling);
        let Self { mut aside, mut unread, is_exact: is_manifest, .. } = self;
        unread.extend(lost);
        aside.extend(passing);
        aside.sort_by_key(|remark| remark.line);
        unread.sort_by_key(|remark| remark.line);
        if entries.is_empty() && kept.is_empty() && unrecognised.is_empty() {
            return Err(BadInput::Nothing { format, aside, unread });
        }
        Ok(Reading { format, is_manifest, entries, unrecognised, policies: kept, aside, unread })
    }

    fn place<'p>(&'p self, offer: &'p Candidate, is_below: bool) -> Place<'p> {
        let bases = offer.base.as_ref().map_or(self.bases.as_slice(), std::slice::from_ref);
        let zones = if self.is_exact { bases } else { self.zones.as_slice() };
        // Of a base that only the text names it is not told whether the page counts from there.
        let is_told = offer.base.as_ref().is_none_or(|base| self.bases.contains(base));
        Place { zones, bases, is_exact: self.is_exact, is_below: self.is_exact || is_below && is_told }
    }

    /// The records for mail, and those of which nothing shows what they are for, each once; the others are told.
    fn judged(&mut self, entries: Vec<Entry>, asked: &mut Asked) -> Result<[Vec<Entry>; 2], BadInput> {
        let Self { zones, catalog, .. } = &*self;
        let pairs = || entries.iter().map(|entry| (&entry.name, &entry.target));
        let zone = zones.first().or(entries.first().map(|entry| &entry.name));
        let signers = zone.map(|zone| Signers::of(zone, pairs())).unwrap_or_default();
        let origin = Origin { zones, catalog, signers };
        // A target that became part of nothing may be the one that is meant.
        let rivals = self.left().filter(|stretch| stretch.is_target(self.catalog));
        let rivals: HashSet<usize> = rivals.map(|stretch| stretch.line).collect();
        let sense = |entry: &Entry| match entry.line.filter(|line| rivals.contains(line)) {
            _ if self.is_exact => Sense::Mail,
            Some(_) => Sense::Nonsense("another target stands in the same line".to_owned()),
            None => sense::judge(&entry.name, &entry.target, &origin),
        };
        let senses: Vec<Sense> = entries.iter().map(sense).collect();
        let mail = senses.iter().filter(|sense| **sense == Sense::Mail).count();
        let others = pairs().zip(&senses).filter(|(_, sense)| **sense != Sense::Mail);
        let web = others.filter(|((name, target), _)| sense::is_web(name, target, catalog)).count();
        let is_inventory = self.is_inventory || web > mail;
        let (mut kept, mut unrecognised) = (Vec::new(), Vec::new());
        for (entry, sense) in entries.into_iter().zip(senses) {
            let shown = || format!("{} CNAME {}", entry.name, entry.target);
            let mut once = |entry: Entry| {
                let asks = format!("point to {}", entry.target);
                is_new(asked, &entry.name, (asks, entry.line)).map(|is_new| is_new.then_some(entry))
            };
            match sense {
                Sense::Mail => kept.extend(once(entry)?),
                Sense::Company if !is_inventory => kept.extend(once(entry)?),
                Sense::Unknown if !is_inventory => unrecognised.extend(once(entry)?),
                Sense::Company | Sense::Unknown => self.aside(entry.line, &shown(), NOT_MAIL),
                Sense::Aside(why) => self.aside(entry.line, &shown(), &why),
                // What a zone holds by mistake is found when the zone is looked at.
                Sense::Nonsense(why) if is_inventory => self.aside(entry.line, &shown(), &why),
                Sense::Nonsense(why) => self.unread(entry.line, &shown(), &why),
            }
        }
        Ok([kept, unrecognised])
    }

    /// The names that became part of nothing.
    fn left(&self) -> impl Iterator<Item = &Stretch> {
        self.stretches.iter().filter(|stretch| !self.taken.contains(&stretch.text))
    }
}

/// What each name is asked to do, and where.
type Asked = HashMap<DomainName, (String, Option<usize>)>;

/// Whether nothing is asked of a name yet.
fn is_new(asked: &mut Asked, name: &DomainName, asks: (String, Option<usize>)) -> Result<bool, BadInput> {
    match asked.get(name).cloned() {
        None => Ok(asked.insert(name.clone(), asks).is_none()),
        Some((one, _)) if one == asks.0 => Ok(false),
        Some((one, one_line)) => {
            let (name, (other, other_line)) = (name.clone(), asks);
            Err(BadInput::Contradiction { name, one, one_line, other, other_line })
        }
    }
}

fn entry(offer: &Candidate, place: &Place<'_>, gatherer: &Gatherer<'_>) -> Result<Entry, String> {
    let (target, target_note) = names::target(&offer.value, place, gatherer.catalog)?;
    let (name, name_note) = names::owner(&offer.name, place)?;
    if name == target {
        return Err("points to itself".to_owned());
    }
    let is_lifetime = |seconds: &u32| *seconds == 1 || LIFETIMES.contains(seconds);
    let ttl_note = offer.ttl.filter(|seconds| !is_lifetime(seconds));
    let ttl_note = ttl_note.map(|seconds| format!("a TTL of {seconds} s cannot be set, so it is left out"));
    let [hyphen, space] = gatherer.signs(offer);
    let notes = [name_note, target_note, ttl_note.as_deref(), hyphen, space];
    let notes: Vec<&str> = notes.into_iter().flatten().collect();
    let provider = offer.provider.as_deref().map(|label| plain::sanitize_line(label).trim().to_owned());
    Ok(Entry {
        name,
        target,
        ttl: offer.ttl.filter(is_lifetime).map(Ttl::from_api),
        provider: provider.filter(|label| !label.is_empty()),
        line: offer.line,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    })
}

fn policy(offer: &Candidate, place: &Place<'_>) -> Result<Policy, String> {
    mailauth::dmarc(&offer.value).map_err(|bad| bad.to_string())?;
    if offer.value.len() > LONGEST_POLICY {
        return Err(format!("a DMARC policy longer than {LONGEST_POLICY} characters is not written"));
    }
    let (name, _) = names::owner(&offer.name, place)?;
    if name.first_label() != "_dmarc" {
        return Err("a DMARC policy stands at a name whose first label is _dmarc".to_owned());
    }
    Ok(Policy { name, text: offer.value.clone(), line: offer.line })
}

fn remark(list: &mut Vec<Remark>, line: Option<usize>, text: &str, why: &str) {
    if list.len() < MOST_REMARKS {
        let text = plain::sanitize_line(text.trim());
        let shown = match text.char_indices().nth(LONGEST_REMARK) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        list.push(Remark { line, text: shown, why: plain::sanitize_line(why) });
    } else if list.len() == MOST_REMARKS {
        list.push(Remark { line, text: "…".to_owned(), why: "and more from here on".to_owned() });
    }
}

/// Whether a value is the text of a TXT record and no name.
pub(super) fn is_text(value: &str) -> bool {
    if !value.contains('=') {
        return false;
    }
    let text = unquoted(value);
    let start: String = text.chars().take(8).filter(|c| !c.is_whitespace()).collect();
    let begins_with_tag = text.split_whitespace().next().is_some_and(|word| word.contains('='));
    start.to_ascii_lowercase().starts_with("v=")
        || (begins_with_tag && mailauth::policy(&text) != mailauth::Policy::Other)
        || text.contains("verification=")
}

/// The logical text of a TXT value, with the quotes that a word processor puts in.
fn unquoted(value: &str) -> String {
    let straight =
        value.replace(['\u{201c}', '\u{201d}', '\u{201e}', '«', '»', '`'], "\"").replace("\\;", ";");
    mailauth::logical(&straight)
}

/// Longest text of a TXT record in characters that Cloudflare takes.
///
/// Source: `developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types`; observed.
pub(super) const LONGEST_POLICY: usize = 2048;

/// What Cloudflare takes as a lifetime, in seconds; below 60 on Enterprise zones only.
pub(super) const LIFETIMES: std::ops::RangeInclusive<u32> = 30..=86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalog, name};

    fn gathered(candidates: Vec<Candidate>) -> Result<Reading, BadInput> {
        let (catalog, zones) = (catalog(), [name("example.com")]);
        let mut gatherer = Gatherer::new(&Context { zones: &zones, bases: &[], catalog: &catalog });
        for candidate in candidates {
            gatherer.offer(candidate);
        }
        gatherer.finish(Format::Paste)
    }

    fn pair(name: &str, value: &str) -> Candidate {
        Candidate::of(None, name, value, None)
    }

    #[test]
    fn a_record_given_twice_is_kept_once() {
        let with_ttl = Candidate { ttl: Some(300), ..pair("em1.example.com.", "U1.wl1.sendgrid.net.") };
        let reading = gathered(vec![with_ttl, pair("em1", "u1.wl1.sendgrid.net")]).unwrap();
        assert_eq!(reading.entries.len(), 1);
        assert_eq!(reading.entries[0].ttl, Some(Ttl::Seconds(300)));
    }

    #[test]
    fn one_name_with_two_targets_names_both_lines() {
        let at = |line, value| Candidate { line: Some(line), ..pair("k._domainkey", value) };
        let bad = gathered(vec![at(3, "a.mailer.test"), at(9, "b.mailer.test")]).unwrap_err();
        assert_eq!(
            bad.to_string(),
            "k._domainkey.example.com is asked to point to a.mailer.test (line 3) and to point to b.mailer.test (line 9)"
        );
    }

    #[test]
    fn an_alias_and_a_policy_at_one_name_contradict_each_other() {
        let both = vec![pair("_dmarc", "a.mailer.test"), pair("_dmarc", "v=DMARC1; p=none")];
        assert!(matches!(gathered(both), Err(BadInput::Contradiction { .. })));
        let two = vec![pair("_dmarc", "v=DMARC1; p=none"), pair("_dmarc", "v=DMARC1; p=reject")];
        assert!(matches!(gathered(two), Err(BadInput::Contradiction { .. })));
    }

    #[test]
    fn only_a_policy_that_receivers_act_on_is_kept() {
        let good = || pair("_dmarc", "\"v=DMARC1; \" \"p=none\"");
        let reading = gathered(vec![good()]).unwrap();
        assert_eq!(reading.policies[0].text, "v=DMARC1; p=none");
        for (text, why) in [
            ("v=DMARC1; p=maybe", "p=maybe is none of"),
            ("v=DMARC1; rua=mailto:a@b.test", "lacks p="),
            ("v=DMARC1; p=none; rua=mailto:ä@b.test", "plain ASCII"),
            ("DMARC1 p=none", "begins with v=DMARC1"),
        ] {
            let bad = Candidate::of(Some("TXT"), "_dmarc.mail", text, None);
            let reading = gathered(vec![good(), bad]).unwrap();
            assert!(reading.unread[0].why.contains(why), "{text}");
        }
        let misplaced = gathered(vec![good(), pair("mail", "v=DMARC1; p=none")]).unwrap();
        assert!(misplaced.unread[0].why.contains("_dmarc"));
    }

    #[test]
    fn records_of_others_are_set_aside() {
        let mx = Candidate::of(Some("MX"), "em1", "10 mx.sendgrid.net", None);
        let all = vec![
            pair("_dmarc", "v=DMARC1; p=none"),
            mx,
            pair("em1", "v=spf1 include:sendgrid.net ~all"),
            pair("k1._domainkey", "k=rsa; p=MIGf"),
        ];
        let why: Vec<String> = gathered(all).unwrap().aside.into_iter().map(|remark| remark.why).collect();
        assert_eq!(why, ["a record of type MX", "an SPF policy", "a DKIM key"]);
    }

    #[test]
    fn a_ttl_that_cannot_be_set_is_left_out_with_a_note() {
        let reading =
            gathered(vec![Candidate { ttl: Some(172_800), ..pair("k._domainkey", "a.mailer.test") }])
                .unwrap();
        assert_eq!(reading.entries[0].ttl, None);
        assert!(reading.entries[0].note.as_deref().unwrap().contains("172800"));
    }

    #[test]
    fn a_record_that_points_to_itself_is_not_read() {
        let reading = gathered(vec![pair("a.b.example.com", "a.b.example.com."), pair("k", "a.mailer.test")]);
        assert_eq!(reading.unwrap().unread[0].why, "points to itself");
    }

    #[test]
    fn remarks_do_not_grow_without_end() {
        let mut all: Vec<Candidate> = (0..3000).map(|_| pair("192.0.2.1", "x")).collect();
        all.push(pair("k", "a.mailer.test"));
        assert_eq!(gathered(all).unwrap().unread.len(), MOST_REMARKS + 1);
    }
}
