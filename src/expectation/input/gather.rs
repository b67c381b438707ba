//! Decides what a candidate of any format is worth, and keeps each record once. Pure.

use std::collections::{HashMap, HashSet};

use crate::catalogue::Catalogue;
use crate::dns::{DomainName, Ttl};
use crate::mailauth;
use crate::plain;

use super::names::{self, Spelling};
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
    pub(super) line: Option<usize>,
    /// How the two were found, where that is not plain.
    pub(super) note: Option<&'t str>,
}

/// Why a name became no record.
pub(super) const NO_TARGET: &str = "no target was found for this name";
/// Why a target became no record.
pub(super) const NO_NAME: &str = "no name was found for this target";

/// As many remarks of one kind as a reading lists.
const MOST_REMARKS: usize = 1000;

/// Collects what the formats find.
#[derive(Debug)]
pub(super) struct Gatherer<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// The zones that complete and place names.
    pub(super) zones: Vec<DomainName>,
    pub(super) spelling: Spelling,
    /// The input lists all records of a zone, wanted or not.
    pub(super) is_inventory: bool,
    entries: Vec<Entry>,
    entry_of: HashMap<DomainName, usize>,
    policies: Vec<Policy>,
    policy_of: HashMap<DomainName, usize>,
    contradiction: Option<BadInput>,
    aside: Vec<Remark>,
    unread: Vec<Remark>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        Self {
            catalogue: context.catalogue,
            zones: context.zones.to_vec(),
            spelling: Spelling::Shown,
            is_inventory: false,
            entries: Vec::new(),
            entry_of: HashMap::new(),
            policies: Vec::new(),
            policy_of: HashMap::new(),
            contradiction: None,
            aside: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Takes a candidate: as a record, as none of our business, or as not understood.
    pub(super) fn offer(&mut self, candidate: &Candidate<'_>) {
        match kind(candidate).as_str() {
            "CNAME" => self.alias(candidate),
            "TXT" => self.text(candidate),
            other => {
                let shown = format!("{} {other} {}", candidate.name, candidate.value);
                self.aside(candidate.line, &shown, &format!("a record of type {other}"));
            }
        }
    }

    /// Notes something that was understood and is no business of this program.
    pub(super) fn aside(&mut self, line: Option<usize>, text: &str, why: &str) {
        remark(&mut self.aside, line, text, why);
    }

    /// Notes something that was not understood.
    pub(super) fn unread(&mut self, line: Option<usize>, text: &str, why: &str) {
        remark(&mut self.unread, line, text, why);
    }

    /// The names and targets of the records that were kept.
    pub(super) fn taken_names(&self) -> impl Iterator<Item = &DomainName> {
        let aliases = self.entries.iter().flat_map(|entry| [&entry.name, &entry.target]);
        aliases.chain(self.policies.iter().map(|policy| &policy.name))
    }

    /// The line and the text of each remark.
    pub(super) fn remarks(&self) -> impl Iterator<Item = (Option<usize>, &str)> {
        self.aside.iter().chain(&self.unread).map(|remark| (remark.line, remark.text.as_str()))
    }

    fn alias(&mut self, candidate: &Candidate<'_>) {
        let shown = format!("{} CNAME {}", candidate.name, candidate.value);
        let entry = match self.entry(candidate) {
            Ok(entry) => entry,
            Err(why) => return self.unread(candidate.line, &shown, &why),
        };
        match self.sense(&entry) {
            Sense::Mail => self.keep(entry),
            Sense::Aside(why) => self.aside(candidate.line, &shown, &why),
            Sense::Nonsense(why) => self.unread(candidate.line, &shown, &why),
        }
    }

    fn sense(&self, entry: &Entry) -> Sense {
        let Self { zones, catalogue, is_inventory, .. } = self;
        let origin = Origin { zones, catalogue, is_inventory: *is_inventory };
        match self.spelling {
            Spelling::Shown => sense::judge(&entry.name, &entry.target, &origin),
            Spelling::Exact => Sense::Mail,
        }
    }

    fn entry(&self, candidate: &Candidate<'_>) -> Result<Entry, String> {
        let (target, target_note) =
            names::target(candidate.value, &self.zones, self.catalogue, self.spelling)?;
        let (name, name_note) = names::owner(candidate.name, &self.zones, self.spelling)?;
        if name == target {
            return Err("points to itself".to_owned());
        }
        let (ttl, ttl_note) = lifetime(candidate.ttl);
        let notes = [candidate.note.map(str::to_owned), name_note, target_note, ttl_note];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        let provider = candidate.provider.map(plain::line).map(|label| label.trim().to_owned());
        Ok(Entry {
            name,
            target,
            ttl,
            provider: provider.filter(|label| !label.is_empty()),
            line: candidate.line,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        })
    }

    fn keep(&mut self, entry: Entry) {
        let Some(known) = self.entry_of.get(&entry.name).and_then(|at| self.entries.get_mut(*at)) else {
            self.entry_of.insert(entry.name.clone(), self.entries.len());
            self.entries.push(entry);
            return;
        };
        if known.target == entry.target {
            known.ttl = known.ttl.or(entry.ttl);
            known.provider = known.provider.take().or(entry.provider);
        } else {
            self.contradiction.get_or_insert(BadInput::Contradiction {
                name: entry.name,
                one: points_to(&known.target),
                one_line: known.line,
                other: points_to(&entry.target),
                other_line: entry.line,
            });
        }
    }

    fn text(&mut self, candidate: &Candidate<'_>) {
        let text = unquoted(candidate.value);
        let is_dmarc_name = candidate.name.trim().to_ascii_lowercase().starts_with("_dmarc");
        let shown = format!("{} TXT {text}", candidate.name);
        match (is_dmarc_name, mailauth::policy(&text)) {
            (false, mailauth::Policy::Dmarc) => {
                self.unread(
                    candidate.line,
                    &shown,
                    "a DMARC policy stands at a name that begins with _dmarc",
                );
            }
            (false, mailauth::Policy::Spf) => self.aside(candidate.line, &shown, "an SPF policy"),
            (
                false,
                mailauth::Policy::DkimKey
                | mailauth::Policy::RevokedDkimKey
                | mailauth::Policy::UnusableDkimKey,
            ) => {
                self.aside(candidate.line, &shown, "a DKIM key");
            }
            (false, mailauth::Policy::Other) => self.aside(candidate.line, &shown, "a record of type TXT"),
            (true, _) => match self.policy(candidate, text) {
                Ok(policy) => self.keep_policy(policy),
                Err(why) => self.unread(candidate.line, &shown, &why),
            },
        }
    }

    fn policy(&self, candidate: &Candidate<'_>, text: String) -> Result<Policy, String> {
        check_dmarc(&text)?;
        let (name, _) = names::owner(candidate.name, &self.zones, self.spelling)?;
        if name.first_label() != "_dmarc" {
            return Err("a DMARC policy stands at a name whose first label is _dmarc".to_owned());
        }
        Ok(Policy { name, text, line: candidate.line })
    }

    fn keep_policy(&mut self, policy: Policy) {
        let Some(known) = self.policy_of.get(&policy.name).and_then(|at| self.policies.get(*at)) else {
            self.policy_of.insert(policy.name.clone(), self.policies.len());
            self.policies.push(policy);
            return;
        };
        if known.text != policy.text {
            self.contradiction.get_or_insert(BadInput::Contradiction {
                name: policy.name,
                one: publishes(&known.text),
                one_line: known.line,
                other: publishes(&policy.text),
                other_line: policy.line,
            });
        }
    }

    /// What was not understood, without names and targets that stand a second time, such as in a heading.
    fn still_unread(&self) -> Vec<Remark> {
        let kept: HashSet<&DomainName> = self.taken_names().collect();
        let is_kept = |name: &DomainName| kept.contains(name);
        let stands_again = |remark: &Remark| match remark.why.as_str() {
            NO_TARGET => {
                names::owner(&remark.text, &self.zones, self.spelling).is_ok_and(|(name, _)| is_kept(&name))
            }
            NO_NAME => DomainName::parse(&remark.text).is_ok_and(|name| is_kept(&name)),
            _ => false,
        };
        self.unread.iter().filter(|remark| !stands_again(remark)).cloned().collect()
    }

    /// All that was kept.
    ///
    /// # Errors
    ///
    /// [`BadInput::Contradiction`], or [`BadInput::Nothing`] when nothing was kept.
    pub(super) fn finish(self, format: Format) -> Result<Reading, BadInput> {
        let unread = self.still_unread();
        let Self { entries, entry_of, policies, contradiction, aside, .. } = self;
        if let Some(contradiction) = contradiction {
            return Err(contradiction);
        }
        for policy in &policies {
            if let Some(entry) = entry_of.get(&policy.name).and_then(|at| entries.get(*at)) {
                return Err(BadInput::Contradiction {
                    name: policy.name.clone(),
                    one: points_to(&entry.target),
                    one_line: entry.line,
                    other: publishes(&policy.text),
                    other_line: policy.line,
                });
            }
        }
        if entries.is_empty() && policies.is_empty() {
            return Err(BadInput::Nothing { format, aside: aside.len(), unread });
        }
        Ok(Reading { format, entries, policies, aside, unread })
    }
}

fn points_to(target: &DomainName) -> String {
    format!("point to {target}")
}

fn publishes(text: &str) -> String {
    format!("publish `{}`", plain::line(text))
}

fn remark(list: &mut Vec<Remark>, line: Option<usize>, text: &str, why: &str) {
    if list.len() < MOST_REMARKS {
        list.push(Remark { line, text: plain::line(text.trim()), why: plain::line(why) });
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
    let straight = value.replace(['\u{201c}', '\u{201d}', '\u{201e}', '«', '»'], "\"").replace("\\;", ";");
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
        let mut gatherer = Gatherer::new(&Context { zones: &zones, catalogue: &catalogue });
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
        let at = |line, value| Candidate { line: Some(line), ..pair("em1", value) };
        let bad = gathered(&[at(3, "a.mailer.test"), at(9, "b.mailer.test")]).unwrap_err();
        assert_eq!(
            bad.to_string(),
            "em1.example.com is asked to point to a.mailer.test (line 3) and to point to b.mailer.test (line 9)"
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
        let reading = gathered(&[Candidate { ttl: Some(172_800), ..pair("em1", "a.mailer.test") }]).unwrap();
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
