//! Takes what the formats find, decides what each is worth, and keeps each record once. Pure.

use std::collections::{HashMap, HashSet};

use crate::model::catalogue::{Catalogue, Signers};
use crate::model::dns::{DomainName, Ttl};
use crate::model::mailauth;
use crate::model::plain;

use super::coverage::{self, Stretch};
use super::encoding;
use super::kept::Kept;
use super::names::{self, Ending, Place, Side, Spelling};
use super::sense::{self, Origin, Sense};
use super::{BadInput, Context, Entry, Format, Policy, Reading, Remark};

/// Something that may be a record, as it stands in the input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Candidate<'t> {
    /// The record type, where it is told.
    pub(super) kind: Option<&'t str>,
    pub(super) name: &'t str,
    pub(super) value: &'t str,
    /// In seconds; 1 stands for automatic.
    pub(super) ttl: Option<u32>,
    pub(super) provider: Option<&'t str>,
    /// What a relative name belongs below, where the input says so.
    pub(super) base: Option<&'t DomainName>,
    /// Whether it says so of this name, in a column.
    pub(super) is_by_column: bool,
    pub(super) line: Option<usize>,
    /// How the two were found, where that is not plain.
    pub(super) note: Option<&'t str>,
}

/// A CNAME record or a policy, kept until all of the input is known.
#[derive(Debug)]
struct Offer {
    /// Whether the value is the text of a policy.
    is_policy: bool,
    name: String,
    value: String,
    ttl: Option<u32>,
    provider: Option<String>,
    base: Option<DomainName>,
    is_by_column: bool,
    line: Option<usize>,
    note: Option<String>,
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
    pub(super) catalogue: &'a Catalogue,
    /// The zones that place names.
    pub(super) zones: Vec<DomainName>,
    /// What relative names belong below.
    pub(super) bases: Vec<DomainName>,
    /// The same, as they were given.
    given: Vec<DomainName>,
    pub(super) spelling: Spelling,
    /// The input lists all records of a zone, wanted or not.
    pub(super) is_inventory: bool,
    /// The words that say that what follows is not wanted.
    pub(super) against: Option<String>,
    /// Lines in which a hyphen was another character.
    pub(super) respelled: HashSet<usize>,
    offers: Vec<Offer>,
    /// The names that the input holds, and those that became part of something.
    stretches: Vec<Stretch>,
    taken: HashSet<String>,
    lone: Vec<Lone>,
    aside: Vec<Remark>,
    unread: Vec<Remark>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        let bases = if context.bases.is_empty() { context.zones } else { context.bases };
        Self {
            catalogue: context.catalogue,
            zones: context.zones.to_vec(),
            bases: bases.to_vec(),
            given: bases.to_vec(),
            spelling: Spelling::Shown,
            is_inventory: false,
            against: None,
            respelled: HashSet::new(),
            offers: Vec::new(),
            stretches: Vec::new(),
            taken: HashSet::new(),
            lone: Vec::new(),
            aside: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// What the place in the input says relative names belong below, if that is one of no zone that was given.
    pub(super) fn own_base(&self) -> Option<DomainName> {
        match self.bases.as_slice() {
            [base] if !self.given.contains(base) => Some(base.clone()),
            _ => None,
        }
    }

    /// Notes the names that a line holds: each must become part of a record or of a remark.
    pub(super) fn expect_of(&mut self, line: usize, text: &str) {
        self.stretches.extend(coverage::stretches(line, text));
    }

    /// Takes a candidate: as a record, as none of our business, or as not understood.
    pub(super) fn offer(&mut self, candidate: &Candidate<'_>) {
        let Candidate { name, value, line, .. } = *candidate;
        if let Some(words) = &self.against {
            let words = words.chars().take(60).collect::<String>();
            let why = format!("left out: `{words}` speaks of records that are old or to be removed");
            return self.aside(line, &format!("{name} {value}"), &why);
        }
        match kind(candidate).as_str() {
            "CNAME" => self.keep_offer(candidate, false, value.to_owned()),
            "TXT" => self.text(candidate),
            other => {
                self.is_inventory |= matches!(other, "A" | "AAAA" | "NS" | "SOA");
                self.aside(line, &format!("{name} {other} {value}"), &format!("a record of type {other}"));
            }
        }
    }

    fn keep_offer(&mut self, candidate: &Candidate<'_>, is_policy: bool, value: String) {
        let Candidate { name, ttl, provider, base, is_by_column, line, note, .. } = *candidate;
        self.take(name);
        self.take(&value);
        self.taken.extend(base.map(|base| base.as_str().to_owned()));
        let name = self.respelled(name, line);
        let value = if is_policy { value } else { self.respelled(&value, line) };
        self.offers.push(Offer {
            is_policy,
            name,
            value,
            ttl,
            provider: provider.map(str::to_owned),
            base: base.cloned(),
            is_by_column,
            line,
            note: note.map(str::to_owned),
        });
    }

    /// A name in plain spelling, unless its author is believed.
    fn respelled(&mut self, name: &str, line: Option<usize>) -> String {
        if name.is_ascii() || self.spelling == Spelling::Exact {
            return name.to_owned();
        }
        let (plain, changed) = encoding::plain(name);
        self.respelled.extend(line.filter(|_| !changed.is_empty()));
        plain
    }

    /// Notes that the names in a text became part of something.
    pub(super) fn take(&mut self, text: &str) {
        self.taken.extend(coverage::stretches(0, text).map(|stretch| stretch.text));
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

    /// Notes a name without a target, or the other way round: of one that stands elsewhere nothing has to be said.
    pub(super) fn lone(&mut self, side: Side, line: Option<usize>, text: &str) {
        self.take(text);
        self.lone.push(Lone { side, line, text: text.to_owned() });
    }

    fn text(&mut self, candidate: &Candidate<'_>) {
        let text = unquoted(candidate.value);
        let is_dmarc_name = candidate.name.trim().to_ascii_lowercase().starts_with("_dmarc");
        let shown = format!("{} TXT {text}", candidate.name);
        let line = candidate.line;
        match (is_dmarc_name, mailauth::policy(&text)) {
            (true, _) => self.keep_offer(candidate, true, text),
            (false, mailauth::Policy::Dmarc) => {
                self.unread(line, &shown, "a DMARC policy stands at a name that begins with _dmarc");
            }
            (false, mailauth::Policy::Spf) => self.aside(line, &shown, "an SPF policy"),
            (false, mailauth::Policy::Other) => self.aside(line, &shown, "a record of type TXT"),
            (
                false,
                mailauth::Policy::DkimKey
                | mailauth::Policy::RevokedDkimKey
                | mailauth::Policy::UnusableDkimKey,
            ) => {
                self.aside(line, &shown, "a DKIM key");
            }
        }
    }

    /// Where relative names belong here.
    fn ending(&self) -> Ending {
        let [base] = self.bases.as_slice() else { return Ending::Below };
        let relative = self.offers.iter().filter_map(|offer| {
            let name = DomainName::parse(&offer.name).ok().filter(|name| !name.is_within(base))?;
            (names::is_relative(&name) && offer.base.is_none()).then(|| names::ends_like(&name, base))
        });
        let (like, unlike): (Vec<bool>, Vec<bool>) = relative.partition(|is_like| *is_like);
        match (like.is_empty(), unlike.is_empty()) {
            (true, _) => Ending::Below,
            (false, true) => Ending::Above,
            (false, false) => Ending::Unclear,
        }
    }

    /// All that was kept.
    ///
    /// # Errors
    ///
    /// [`BadInput::Contradiction`], or [`BadInput::Nothing`] when nothing was kept.
    pub(super) fn finish(mut self, format: Format) -> Result<Reading, BadInput> {
        let ending = self.ending();
        let offers = std::mem::take(&mut self.offers);
        let (mut entries, mut policies) = (Vec::new(), Vec::new());
        for offer in &offers {
            let kind = if offer.is_policy { "TXT" } else { "CNAME" };
            let read = if offer.is_policy {
                self.policy(offer, ending).map(|policy| policies.push(policy))
            } else {
                self.entry(offer, ending).map(|entry| entries.push(entry))
            };
            if let Err(why) = read {
                remark(&mut self.unread, offer.line, &format!("{} {kind} {}", offer.name, offer.value), &why);
            }
        }
        let entries = self.without_rivals(entries);
        let (entries, unrecognised) = self.judged(entries);
        let mut kept = Kept::default();
        for entry in entries {
            kept.entry(entry);
        }
        for policy in policies {
            kept.policy(policy);
        }
        self.taken.extend(kept.names().map(ToString::to_string));
        self.tell_lone(&kept, ending);
        let leftovers = coverage::leftovers(&self.stretches, &self.taken, self.catalogue, &self.zones);
        let is_manifest = self.spelling == Spelling::Exact;
        let Self { mut aside, mut unread, .. } = self;
        unread.extend(leftovers.unread);
        aside.extend(leftovers.aside);
        aside.sort_by_key(|remark| remark.line);
        unread.sort_by_key(|remark| remark.line);
        let Kept { entries, policies, contradiction, .. } = kept;
        if let Some(contradiction) = contradiction {
            return Err(contradiction);
        }
        if entries.is_empty() && policies.is_empty() && unrecognised.is_empty() {
            return Err(BadInput::Nothing { format, aside, unread });
        }
        Ok(Reading { format, is_manifest, entries, unrecognised, policies, aside, unread })
    }

    fn place<'p>(&'p self, offer: &'p Offer, ending: Ending) -> Place<'p> {
        let bases = offer.base.as_ref().map_or(self.bases.as_slice(), std::slice::from_ref);
        let zones = if self.spelling == Spelling::Exact { bases } else { self.zones.as_slice() };
        // Of a base that only the text names it is not told whether the page counts from there.
        let is_told = offer.base.as_ref().is_none_or(|base| self.bases.contains(base));
        let ending = match () {
            () if self.spelling == Spelling::Exact || offer.is_by_column => Ending::Below,
            () if is_told => ending,
            () => Ending::Unclear,
        };
        Place { zones, bases, spelling: self.spelling, ending }
    }

    fn entry(&self, offer: &Offer, ending: Ending) -> Result<Entry, String> {
        let place = self.place(offer, ending);
        let (target, target_note) = names::target(&offer.value, place.zones, self.catalogue, self.spelling)?;
        let swapped = |why: String| {
            let known = DomainName::parse(&offer.name).ok().and_then(|name| self.catalogue.find(&name));
            known.map_or(why, |entry| {
                format!("two targets stand here and no name: {} is {}'s", offer.name, entry.provider.name)
            })
        };
        let (name, name_note) = names::owner(&offer.name, &place).map_err(swapped)?;
        if name == target {
            return Err("points to itself".to_owned());
        }
        let (ttl, ttl_note) = lifetime(offer.ttl);
        let is_respelled = offer.line.is_some_and(|line| self.respelled.contains(&line))
            && [&offer.name, &offer.value].iter().any(|text| text.contains('-'));
        let respelled = is_respelled.then(|| "typographic hyphens were read as plain ones".to_owned());
        let notes = [offer.note.clone(), name_note, target_note, ttl_note, respelled];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        let provider = offer.provider.as_deref().map(plain::line).map(|label| label.trim().to_owned());
        Ok(Entry {
            name,
            target,
            ttl,
            provider: provider.filter(|label| !label.is_empty()),
            line: offer.line,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        })
    }

    fn policy(&self, offer: &Offer, ending: Ending) -> Result<Policy, String> {
        check_dmarc(&offer.value)?;
        let (name, _) = names::owner(&offer.name, &self.place(offer, ending))?;
        if name.first_label() != "_dmarc" {
            return Err("a DMARC policy stands at a name whose first label is _dmarc".to_owned());
        }
        Ok(Policy { name, text: offer.value.clone(), line: offer.line })
    }

    /// The records for mail, and those of which nothing shows what they are for.
    fn judged(&mut self, entries: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
        if self.spelling == Spelling::Exact {
            return (entries, Vec::new());
        }
        let Self { zones, catalogue, .. } = &*self;
        let pairs = || entries.iter().map(|entry| (&entry.name, &entry.target));
        let zone = zones.first().or(entries.first().map(|entry| &entry.name));
        let signers = zone.map(|zone| Signers::of(zone, pairs())).unwrap_or_default();
        let origin = Origin { zones, catalogue, signers };
        let senses: Vec<Sense> = pairs().map(|(name, target)| sense::judge(name, target, &origin)).collect();
        let mail = senses.iter().filter(|sense| **sense == Sense::Mail).count();
        let others = pairs().zip(&senses).filter(|(_, sense)| **sense != Sense::Mail);
        let web = others.filter(|((name, target), _)| sense::is_web(name, target, catalogue)).count();
        let is_inventory = self.is_inventory || web > mail;
        let (mut kept, mut unrecognised) = (Vec::new(), Vec::new());
        for (entry, sense) in entries.into_iter().zip(senses) {
            let shown = || format!("{} CNAME {}", entry.name, entry.target);
            match sense {
                Sense::Mail => kept.push(entry),
                Sense::Company if !is_inventory => kept.push(entry),
                Sense::Unknown if !is_inventory => unrecognised.push(entry),
                Sense::Company | Sense::Unknown => self.aside(entry.line, &shown(), NOT_MAIL),
                Sense::Aside(why) => self.aside(entry.line, &shown(), &why),
                // What a zone holds by mistake is found when the zone is looked at.
                Sense::Nonsense(why) if is_inventory => self.aside(entry.line, &shown(), &why),
                Sense::Nonsense(why) => self.unread(entry.line, &shown(), &why),
            }
        }
        (kept, self.undisputed(unrecognised))
    }

    /// Those in whose line no other target stands that became part of nothing: it may be the one that is meant.
    fn without_rivals(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let is_target =
            |name: &DomainName| self.catalogue.find(name).is_some_and(|entry| entry.role.is_for_mail());
        let left = self.stretches.iter().filter(|stretch| !self.taken.contains(&stretch.text));
        let targets =
            left.filter(|stretch| DomainName::parse(&stretch.text).is_ok_and(|name| is_target(&name)));
        let lines: HashSet<usize> = targets.map(|stretch| stretch.line).collect();
        let (refused, kept): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.line.is_some_and(|line| lines.contains(&line)));
        for entry in refused {
            let shown = format!("{} CNAME {}", entry.name, entry.target);
            self.unread(entry.line, &shown, "another target stands in the same line");
        }
        kept
    }

    /// Those that are asked for with one target only.
    fn undisputed(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut targets: HashMap<DomainName, HashSet<DomainName>> = HashMap::new();
        for entry in &entries {
            targets.entry(entry.name.clone()).or_default().insert(entry.target.clone());
        }
        let mut kept: Vec<Entry> = Vec::new();
        for entry in entries {
            match targets.get(&entry.name).map(HashSet::len) {
                Some(0) => {}
                Some(1) => {
                    targets.insert(entry.name.clone(), HashSet::new());
                    kept.push(entry);
                }
                _ => {
                    let shown = format!("{} CNAME {}", entry.name, entry.target);
                    self.unread(entry.line, &shown, "the name is asked for with different targets");
                }
            }
        }
        kept
    }

    /// Tells the names and targets that stood alone, without those of which a record was made elsewhere.
    fn tell_lone(&mut self, kept: &Kept, ending: Ending) {
        for Lone { side, line, text } in std::mem::take(&mut self.lone) {
            let place = Place { zones: &self.zones, bases: &self.bases, spelling: self.spelling, ending };
            let name = match side {
                Side::Name => names::owner(&text, &place).ok().map(|(name, _)| name),
                Side::Value => DomainName::parse(&text).ok(),
            };
            if name.is_none_or(|name| !kept.has(&name)) {
                let why = match side {
                    Side::Name => "no target was found for this name",
                    Side::Value => "no name was found for this target",
                };
                remark(&mut self.unread, line, &text, why);
            }
        }
    }
}

/// A name without a target, or the other way round.
#[derive(Debug)]
struct Lone {
    side: Side,
    line: Option<usize>,
    text: String,
}

fn remark(list: &mut Vec<Remark>, line: Option<usize>, text: &str, why: &str) {
    if list.len() < MOST_REMARKS {
        let text = plain::line(text.trim());
        let shown = match text.char_indices().nth(LONGEST_REMARK) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        list.push(Remark { line, text: shown, why: plain::line(why) });
    } else if list.len() == MOST_REMARKS {
        list.push(Remark { line, text: "…".to_owned(), why: "and more from here on".to_owned() });
    }
}

/// The type as told, or as the value shows.
fn kind(candidate: &Candidate<'_>) -> String {
    match candidate.kind {
        Some(kind) => kind.to_ascii_uppercase(),
        None if is_text(candidate.value) => "TXT".to_owned(),
        None => "CNAME".to_owned(),
    }
}

/// Whether a value is the text of a TXT record and no name.
pub(super) fn is_text(value: &str) -> bool {
    let text = unquoted(value);
    let start: String =
        text.chars().take(8).filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let begins_with_tag = text.split_whitespace().next().is_some_and(|word| word.contains('='));
    start.starts_with("v=")
        || (begins_with_tag && mailauth::policy(&text) != mailauth::Policy::Other)
        || text.contains("verification=")
}

/// The logical text of a TXT value, with the quotes that a word processor puts in.
fn unquoted(value: &str) -> String {
    let straight =
        value.replace(['\u{201c}', '\u{201d}', '\u{201e}', '«', '»', '`'], "\"").replace("\\;", ";");
    mailauth::logical(&straight)
}

/// Checks that a text is a DMARC policy which receivers act on, and that can be written.
fn check_dmarc(text: &str) -> Result<(), String> {
    mailauth::dmarc(text).map_err(|bad| bad.to_string())?;
    if text.len() > LONGEST_POLICY {
        return Err(format!("a DMARC policy longer than {LONGEST_POLICY} characters is not written"));
    }
    Ok(())
}

/// Longest text of a TXT record in characters that Cloudflare takes.
///
/// Source: `developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types`; observed.
const LONGEST_POLICY: usize = 2048;

/// What Cloudflare takes as a lifetime, in seconds; below 60 on Enterprise zones only.
pub(super) const LIFETIMES: std::ops::RangeInclusive<u32> = 30..=86_400;

fn lifetime(seconds: Option<u32>) -> (Option<Ttl>, Option<String>) {
    match seconds {
        None => (None, None),
        Some(number) if number == 1 || LIFETIMES.contains(&number) => (Some(Ttl::from_api(number)), None),
        Some(number) => (None, Some(format!("a TTL of {number} s cannot be set, so it is left out"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalogue, name};

    fn gathered(candidates: &[Candidate<'_>]) -> Result<Reading, BadInput> {
        let (catalogue, zones) = (catalogue(), [name("example.com")]);
        let mut gatherer = Gatherer::new(&Context { zones: &zones, bases: &[], catalogue: &catalogue });
        for candidate in candidates {
            gatherer.offer(candidate);
        }
        gatherer.finish(Format::Paste)
    }

    fn pair<'t>(name: &'t str, value: &'t str) -> Candidate<'t> {
        Candidate { name, value, ..Candidate::default() }
    }

    #[test]
    fn a_record_given_twice_is_kept_once_with_what_either_says() {
        let with_ttl = Candidate { ttl: Some(300), ..pair("em1.example.com.", "U1.wl1.sendgrid.net.") };
        let reading = gathered(&[pair("em1", "u1.wl1.sendgrid.net"), with_ttl]).unwrap();
        assert_eq!(reading.entries.len(), 1);
        assert_eq!(reading.entries[0].ttl, Some(Ttl::Seconds(300)));
    }

    #[test]
    fn one_name_with_two_targets_names_both_lines() {
        let at = |line, value| Candidate { line: Some(line), ..pair("k._domainkey", value) };
        let bad = gathered(&[at(3, "a.mailer.test"), at(9, "b.mailer.test")]).unwrap_err();
        assert_eq!(
            bad.to_string(),
            "k._domainkey.example.com is asked to point to a.mailer.test (line 3) and to point to b.mailer.test (line 9)"
        );
    }

    #[test]
    fn an_alias_and_a_policy_at_one_name_contradict_each_other() {
        let both = [pair("_dmarc", "a.mailer.test"), pair("_dmarc", "v=DMARC1; p=none")];
        assert!(matches!(gathered(&both), Err(BadInput::Contradiction { .. })));
        let two = [pair("_dmarc", "v=DMARC1; p=none"), pair("_dmarc", "v=DMARC1; p=reject")];
        assert!(matches!(gathered(&two), Err(BadInput::Contradiction { .. })));
    }

    #[test]
    fn only_a_policy_that_receivers_act_on_is_kept() {
        let good = pair("_dmarc", "\"v=DMARC1; \" \"p=none\"");
        let reading = gathered(&[good]).unwrap();
        assert_eq!(reading.policies[0].text, "v=DMARC1; p=none");
        for (text, why) in [
            ("v=DMARC1; p=maybe", "p=maybe is none of"),
            ("v=DMARC1; rua=mailto:a@b.test", "lacks p="),
            ("v=DMARC1; p=none; rua=mailto:ä@b.test", "plain ASCII"),
            ("DMARC1 p=none", "begins with v=DMARC1"),
        ] {
            let bad = Candidate { kind: Some("TXT"), ..pair("_dmarc.mail", text) };
            let reading = gathered(&[good, bad]).unwrap();
            assert!(reading.unread[0].why.contains(why), "{text}");
        }
        let misplaced = gathered(&[good, pair("mail", "v=DMARC1; p=none")]).unwrap();
        assert!(misplaced.unread[0].why.contains("_dmarc"));
    }

    #[test]
    fn records_of_others_are_set_aside() {
        let mx = Candidate { kind: Some("mx"), ..pair("em1", "10 mx.sendgrid.net") };
        let all = [
            pair("_dmarc", "v=DMARC1; p=none"),
            mx,
            pair("em1", "v=spf1 include:sendgrid.net ~all"),
            pair("k1._domainkey", "k=rsa; p=MIGf"),
        ];
        let why: Vec<String> = gathered(&all).unwrap().aside.into_iter().map(|remark| remark.why).collect();
        assert_eq!(why, ["a record of type MX", "an SPF policy", "a DKIM key"]);
    }

    #[test]
    fn a_ttl_that_cannot_be_set_is_left_out_with_a_note() {
        let reading =
            gathered(&[Candidate { ttl: Some(172_800), ..pair("k._domainkey", "a.mailer.test") }]).unwrap();
        assert_eq!(reading.entries[0].ttl, None);
        assert!(reading.entries[0].note.as_deref().unwrap().contains("172800"));
    }

    #[test]
    fn a_record_that_points_to_itself_is_not_read() {
        let reading = gathered(&[pair("a.b.example.com", "a.b.example.com."), pair("k", "a.mailer.test")]);
        assert_eq!(reading.unwrap().unread[0].why, "points to itself");
    }

    #[test]
    fn remarks_do_not_grow_without_end() {
        let mut all = vec![pair("192.0.2.1", "x"); 3000];
        all.push(pair("k", "a.mailer.test"));
        assert_eq!(gathered(&all).unwrap().unread.len(), MOST_REMARKS + 1);
    }
}
