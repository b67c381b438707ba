//! A short text for the person who has to change the records, as support staff send it. Pure.
//!
//! It goes to a customer, so it says of nothing that it is right unless somebody named it or public DNS showed it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::confirm::request::LetterFacts;
use crate::model::confirm::{Confirmation, Verdict};
use crate::model::dns::DomainName;
use crate::model::plain;

use super::{Report, ZoneReport};

/// What to change in the dashboard, record by record. Of a domain that does not exist nothing is written.
pub fn message(report: &Report, facts: &LetterFacts) -> String {
    let zones = report.zones.iter().filter(|zone| zone.error.is_none());
    zones.map(|zone| Letter::new(zone, facts).text()).collect()
}

/// What is said where names were guessed.
const OTHERS: &str = "There may be other records, under names that nobody can guess: please compare with the list that \
    your sending platform shows.";

/// The names of one domain, sorted by what is to be said of them.
struct Letter<'a> {
    zone: &'a ZoneReport,
    facts: &'a LetterFacts,
    change: Vec<&'a Confirmation>,
    waiting: Vec<&'a Confirmation>,
    unchecked: Vec<&'a Confirmation>,
    right: Vec<&'a Confirmation>,
    no_mail: Vec<&'a Confirmation>,
}

impl<'a> Letter<'a> {
    fn new(zone: &'a ZoneReport, facts: &'a LetterFacts) -> Self {
        let empty = Vec::new;
        let mut letter = Self {
            zone,
            facts,
            change: empty(),
            waiting: empty(),
            unchecked: empty(),
            right: empty(),
            no_mail: empty(),
        };
        for one in &zone.confirmations {
            let group = match one.verdict {
                Verdict::Unknown if facts.no_mail.contains(&one.name) => &mut letter.unchecked,
                _ if facts.no_mail.contains(&one.name) => &mut letter.no_mail,
                Verdict::Absent | Verdict::Wrong => &mut letter.change,
                Verdict::Stale => &mut letter.waiting,
                Verdict::Unknown if facts.proxied.contains(&one.name) => &mut letter.change,
                Verdict::Unknown => &mut letter.unchecked,
                // What contradicts the rest of its set is told with the other findings.
                Verdict::Confirmed if zone.diagnosis.findings.iter().any(|known| known.name == one.name) => {
                    continue;
                }
                Verdict::Confirmed => &mut letter.right,
            };
            group.push(one);
        }
        letter
    }

    /// What else was found: policies, and records whose names cannot be guessed.
    fn others(&self) -> Vec<String> {
        let is_said = |name: &DomainName, code: crate::model::diagnosis::Code| {
            let is_confirmed = self.zone.confirmations.iter().any(|known| known.name == *name);
            is_confirmed && code == crate::model::diagnosis::Code::Unconfirmed
        };
        let findings = self.zone.diagnosis.findings.iter().filter(|one| !is_said(&one.name, one.code()));
        findings.map(|one| plain::line(&one.words().message)).collect()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let domain = self.zone.heading();
        let others = self.others();
        if self.change.is_empty() && self.unchecked.is_empty() && others.is_empty() {
            self.all_right(&domain, &mut text);
        } else {
            self.head(&domain, &mut text);
            for (place, one) in self.change.iter().enumerate() {
                writeln!(text, "{}. {}", place + 1, one.name).ok();
                writeln!(text, "   {}\n", what_to_do(one, self.facts.proxied.contains(&one.name))).ok();
            }
            for one in &self.unchecked {
                let target = one.expected.as_ref().map(|target| format!(" (a CNAME to {target})"));
                let (name, target) = (&one.name, target.unwrap_or_default());
                writeln!(text, "- {name}{target} could not be checked: please compare it with what your sending platform shows.\n").ok();
            }
            for line in &others {
                writeln!(text, "- {line}.\n").ok();
            }
            if !self.waiting.is_empty() {
                let names = listed(&self.waiting);
                writeln!(
                    text,
                    "Right at the domain's own name servers, with old answers left elsewhere: {names}."
                )
                .ok();
            }
            if !self.right.is_empty() {
                let names = listed(&self.right);
                writeln!(text, "Right already, please leave as they are: {names}.").ok();
            }
        }
        if !self.is_all_named() {
            writeln!(text, "{OTHERS}").ok();
        }
        for one in &self.no_mail {
            let name = &one.name;
            writeln!(text, "{name} is no mail record as far as public DNS shows, and was left out.").ok();
        }
        self.last(&mut text);
        text.push('\n');
        text
    }

    /// Whether somebody gave the target of each name: only then are these all there are.
    fn is_all_named(&self) -> bool {
        self.facts.unread == 0
            && self.zone.confirmations.iter().all(|one| self.facts.named.contains(&one.name))
    }

    fn head(&self, domain: &str, text: &mut String) {
        if self.change.is_empty() {
            writeln!(text, "{domain}: not everything that authenticates its mail could be found right. Please look at this.\n").ok();
        } else {
            writeln!(text, "{domain}: the records that authenticate its mail are not all as they should be.")
                .ok();
            let place = match self.facts.elsewhere.get(&self.zone.label) {
                Some(hosts) => format!("the DNS settings of {domain} (its name servers are {hosts})"),
                None => format!("dash.cloudflare.com, choose {domain}, then DNS > Records"),
            };
            writeln!(text, "Please open {place}, and change the following.\n").ok();
        }
    }

    fn all_right(&self, domain: &str, text: &mut String) {
        let checked: Vec<&Confirmation> = [self.right.as_slice(), self.waiting.as_slice()].concat();
        if checked.is_empty() {
            writeln!(text, "{domain}: no mail record was checked.").ok();
            return;
        }
        let records = plain::count(checked.len(), "record");
        if self.waiting.is_empty() {
            writeln!(text, "{domain}: {records} checked in public DNS, all right: {}.", listed(&checked))
                .ok();
        } else {
            writeln!(
                text,
                "{domain}: {records} checked at the domain's own name servers, right there: {}.",
                listed(&checked)
            )
            .ok();
        }
        if self.is_all_named() {
            writeln!(text, "Nothing has to be changed.").ok();
        }
    }

    fn last(&self, text: &mut String) {
        let own = |name: &DomainName| self.zone.confirmations.iter().any(|one| one.name == *name);
        let places: BTreeSet<&String> =
            self.facts.verify.iter().filter(|(name, _)| own(name)).map(|(_, place)| place).collect();
        let places: Vec<&str> = places.into_iter().map(String::as_str).collect();
        let mut lines = Vec::new();
        if !places.is_empty() {
            lines.push(format!("let the platform check the domain again ({})", places.join("; ")));
        }
        if lines.is_empty() && !(self.change.is_empty() && self.waiting.is_empty()) {
            lines.push("let your sending platform check the domain again".to_owned());
        }
        let words = self.waiting.iter().flat_map(|one| one.servers.iter().map(move |word| (one, word)));
        let longest =
            words.filter_map(|(one, word)| Some((word.expires_in?, one))).max_by_key(|(left, _)| *left);
        match longest {
            Some((left, one)) if self.change.is_empty() => {
                writeln!(text, "Some resolvers still hold an old answer {}.", one.until(left)).ok();
                then("After that:", &lines, text);
            }
            _ => then("Then", &lines, text),
        }
    }
}

fn then(word: &str, lines: &[String], text: &mut String) {
    for line in lines {
        writeln!(text, "{word} {line}.").ok();
    }
}

fn listed(records: &[&Confirmation]) -> String {
    records.iter().map(|one| one.name.to_string()).collect::<Vec<_>>().join(", ")
}

fn what_to_do(one: &Confirmation, is_proxied: bool) -> String {
    let target = one.expected.as_ref().map(|target| format!(" It should be a CNAME to {target}."));
    let target = target.unwrap_or_default();
    match (&one.expected, one.verdict) {
        _ if is_proxied => {
            format!("Most likely it is proxied (orange cloud). Choose Edit, set Proxy status to \"DNS only\", and save.{target}")
        }
        (_, Verdict::Wrong) => {
            format!("It does not lead where it should.{target} Compare it with what your sending platform shows.")
        }
        (Some(expected), _) => format!(
            "It is not there, or hidden. If it is in the list, set its Proxy status to \"DNS only\" and turn CNAME \
             flattening off. If not, choose Add record: Type CNAME, Name {}, Target {expected}, Proxy status \"DNS only\".",
            one.name
        ),
        (None, _) => "It shows no CNAME. Compare it with what your sending platform shows, and set its Proxy status to \
             \"DNS only\"."
            .to_owned(),
    }
}
