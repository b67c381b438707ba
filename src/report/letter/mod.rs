//! A text for the person who has to change the records, as support staff send it, in the reader's language. Pure.
//!
//! It goes to a customer, so it says of nothing that it is right unless public DNS shows it, and "nothing has to be
//! changed" only of records that somebody named.

mod layout;
mod texts;
mod topic;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Zoned, tz::TimeZone};

use super::view::{grouped, old_until};
use super::{Report, ZoneReport};
use crate::model::catalog::Provider;
use crate::model::confirm::Confirmation;
use crate::model::confirm::request::{LetterFacts, Unguessed};
use crate::model::diagnosis::{Code, Finding};
use crate::model::dns::DomainName;
use crate::model::plain;
use layout::{COLUMNS, Sheet};
use texts::{Counted, Texts, filled};
use topic::{Topic, target_now};

pub use texts::Language;

/// What to change in the dashboard, cause by cause, and when to let the platform look again: one letter per domain.
/// Of a domain that does not exist nothing is written.
///
/// # Errors
///
/// Texts that cannot be read, which a test rules out.
pub fn message(report: &Report, facts: &LetterFacts, language: Language) -> std::io::Result<String> {
    let texts = Texts::of(language).map_err(std::io::Error::other)?;
    let zones = report.zones.iter().filter(|zone| zone.error.is_none());
    let letters: Vec<String> = zones.map(|zone| Letter::new(zone, facts, &texts).text()).collect();
    Ok(letters.join(&format!("\n{}\n\n", "-".repeat(COLUMNS))))
}

/// One domain's names, sorted by what is to be said of them.
struct Letter<'a> {
    zone: &'a ZoneReport,
    facts: &'a LetterFacts,
    texts: &'a Texts,
    domain: String,
    groups: BTreeMap<(Topic, String), Vec<&'a Confirmation>>,
    /// What was found besides, at names that no group tells of.
    besides: Vec<&'a Finding>,
    /// Records that belong to those that are there, by their provider.
    unguessed: BTreeMap<&'a str, Vec<&'a Unguessed>>,
}

impl<'a> Letter<'a> {
    fn new(zone: &'a ZoneReport, facts: &'a LetterFacts, texts: &'a Texts) -> Self {
        let findings = zone.diagnosis.findings.as_slice();
        let is_elsewhere = facts.elsewhere.contains_key(&zone.label);
        let groups = grouped(&zone.confirmations, |one| Topic::of(one, facts, findings, is_elsewhere));
        let is_seen =
            |target: &DomainName| zone.confirmations.iter().any(|one| one.expected.as_ref() == Some(target));
        let own = || facts.unguessed.iter().filter(|one| is_of(&one.domain, zone));
        let unguessed = grouped(own().filter(|one| !is_seen(&one.target)), |one| &*one.provider.name);
        let is_told = |finding: &Finding| {
            zone.confirmations.iter().any(|one| one.name == finding.name)
                || (finding.code() == Code::IncompleteSet && own().any(|one| one.domain == finding.name))
        };
        let besides = findings.iter().filter(|finding| !is_told(finding)).collect();
        Self { zone, facts, texts, domain: zone.heading(), groups, besides, unguessed }
    }

    fn text(&self) -> String {
        let mut sheet = Sheet::default();
        self.head(&mut sheet);
        self.changes(&mut sheet);
        self.open(&mut sheet);
        self.published(&mut sheet);
        self.aside(&mut sheet);
        self.verify(&mut sheet);
        sheet.into_text()
    }

    /// How many names belong to such topics.
    fn count(&self, is_meant: impl Fn(Topic) -> bool) -> usize {
        self.groups.iter().filter(|((topic, _), _)| is_meant(*topic)).map(|(_, names)| names.len()).sum()
    }

    fn changes_count(&self) -> usize {
        self.count(Topic::is_change) + self.besides.iter().filter(|one| is_change(one)).count()
    }

    fn has_open(&self) -> bool {
        let is_open = |one: &&Finding| !is_change(one);
        self.count(Topic::is_open) > 0 || !self.unguessed.is_empty() || self.besides.iter().any(is_open)
    }

    /// Whether somebody gave the target of each name: only then are these all there are.
    fn is_all_named(&self) -> bool {
        self.facts.unread == 0
            && !self.facts.guessed.iter().any(|domain| is_of(domain, self.zone))
            && self.zone.confirmations.iter().all(|one| self.facts.named.contains(&one.name))
    }

    fn headline(&self) -> String {
        let Texts { headline_change, headline_waiting, headline_right, headline_found, plain, .. } =
            self.texts;
        let (changes, waiting) = (self.changes_count(), self.count(|topic| topic == Topic::Waiting));
        let right = self.count(|topic| matches!(topic, Topic::Right | Topic::Found));
        let counted =
            |text: &Counted, count: usize| self.filled(text.of(count), &[("count", count.to_string())]);
        let simple = |text: &str| self.filled(text, &[]);
        match (changes, waiting, right) {
            (1.., _, _) => counted(headline_change, changes),
            _ if self.has_open() => simple(&plain.headline_open),
            (_, 1.., _) => counted(headline_waiting, waiting),
            (_, _, 1..) if self.is_all_named() => counted(headline_right, right),
            (_, _, 1..) => counted(headline_found, right),
            _ => simple(&plain.headline_none),
        }
    }

    fn head(&self, sheet: &mut Sheet) {
        sheet.paragraph(&self.headline());
        if let Some(at) = self.zone.confirmations.iter().map(|one| &one.at).max() {
            self.say(sheet, &self.texts.plain.checked, &moment(at));
        }
        if self.changes_count() == 0 {
            return;
        }
        match self.facts.elsewhere.get(&self.zone.label) {
            Some(hosts) => {
                self.say(sheet, &self.texts.plain.where_elsewhere, &[]);
                sheet.values(hosts);
            }
            None => self.say(sheet, &self.texts.plain.where_cloudflare, &[]),
        }
    }

    fn say(&self, sheet: &mut Sheet, text: &str, values: &[(&str, String)]) {
        sheet.paragraph(&self.filled(text, values));
    }

    fn filled(&self, text: &str, values: &[(&str, String)]) -> String {
        let domain = ("domain", self.domain.as_str());
        let values = values.iter().map(|(gap, value)| (*gap, value.as_str()));
        filled(text, &values.chain([domain]).collect::<Vec<_>>())
    }

    fn changes(&self, sheet: &mut Sheet) {
        let mut number = 0;
        let mut next = || {
            number += 1;
            format!("{number}. ")
        };
        for ((topic, detail), names) in self.groups.iter().filter(|((topic, _), _)| topic.is_change()) {
            sheet.marked(&next(), &self.about(*topic, detail, names.len()));
            self.list(sheet, *topic, names);
        }
        for finding in self.besides.iter().filter(|one| is_change(one)) {
            sheet.marked(&next(), self.about_finding(finding));
            sheet.values([&finding.name]);
        }
    }

    fn open(&self, sheet: &mut Sheet) {
        for ((topic, detail), names) in self.groups.iter().filter(|((topic, _), _)| topic.is_open()) {
            sheet.marked("- ", &self.about(*topic, detail, names.len()));
            self.list(sheet, *topic, names);
        }
        for (provider, records) in &self.unguessed {
            let values = [("provider", (*provider).to_owned()), ("count", records.len().to_string())];
            let text = self.texts.open_unguessed.of(records.len());
            sheet.marked("- ", &self.filled(text, &values));
            sheet.values(records.iter().map(|one| &one.target));
        }
        for finding in self.besides.iter().filter(|one| !is_change(one)) {
            sheet.marked("- ", self.about_finding(finding));
            sheet.values([&finding.name]);
        }
    }

    fn published(&self, sheet: &mut Sheet) {
        self.told(sheet, &[Topic::Waiting, Topic::Right, Topic::Found]);
        let count = self.count(|topic| matches!(topic, Topic::Waiting | Topic::Right));
        let is_all_clear = self.changes_count() == 0 && !self.has_open() && self.is_all_named();
        if is_all_clear && count > 0 {
            sheet.paragraph(self.texts.no_change.of(count));
        }
        let is_compared = self.besides.iter().any(|finding| finding.code() == Code::Missing);
        if !self.is_all_named() && !is_compared {
            sheet.paragraph(&self.texts.plain.compare_rest);
        }
    }

    fn aside(&self, sheet: &mut Sheet) {
        self.told(sheet, &[Topic::Unclear, Topic::NoMail]);
        let unread = self.facts.unread;
        if unread > 0 {
            self.say(sheet, self.texts.unread.of(unread), &[("count", unread.to_string())]);
        }
    }

    /// Names of topics that have no detail.
    fn told(&self, sheet: &mut Sheet, topics: &[Topic]) {
        for topic in topics {
            let Some(names) = self.groups.get(&(*topic, String::new())) else { continue };
            sheet.paragraph(&self.about(*topic, "", names.len()));
            self.list(sheet, *topic, names);
        }
    }

    /// What is said of names of one topic.
    fn about(&self, topic: Topic, detail: &str, count: usize) -> String {
        if let Some(end) = self.old_until().filter(|_| topic == Topic::Waiting) {
            return self.filled(self.texts.waiting.of(count), &moment(&end));
        }
        let text = self.texts.topics.get(&topic).map_or("", |text| text.of(count));
        let detail = ["what", "cut", "provider"].map(|gap| (gap, detail.to_owned()));
        self.filled(text, &detail)
    }

    /// What is said of a finding that no name's verdict tells of, by its code.
    fn about_finding(&self, finding: &Finding) -> &'a str {
        let plain = &self.texts.plain;
        match finding.code() {
            Code::Missing => &plain.open_nothing,
            Code::Unconfirmed => &plain.open_unasked,
            Code::DmarcMissing => &plain.open_dmarc_missing,
            Code::DmarcDuplicated => &plain.change_dmarc_duplicated,
            Code::DmarcInvalid => &plain.change_dmarc_invalid,
            _ => &plain.open_other,
        }
    }

    /// Records: by their names alone where that says all there is to say.
    fn list(&self, sheet: &mut Sheet, topic: Topic, names: &[&Confirmation]) {
        let is_settled = matches!(topic, Topic::Waiting | Topic::Right | Topic::NoMail);
        if is_settled || names.iter().all(|one| one.expected.is_none()) {
            sheet.values(names.iter().map(|one| &one.name));
        } else {
            for one in names {
                self.item(sheet, topic, one);
            }
        }
    }

    /// A record, so that each of its values can be copied.
    fn item(&self, sheet: &mut Sheet, topic: Topic, one: &Confirmation) {
        let (name, target) = (one.name.to_string(), one.expected.as_ref().map(ToString::to_string));
        let now = target_now(one).map(ToString::to_string);
        let mut fields = vec![("Name:", name.as_str())];
        match topic {
            Topic::Create | Topic::Derived | Topic::Exact => fields.insert(0, ("Type:", "CNAME")),
            Topic::Retarget => {
                fields.extend(now.as_deref().map(|now| (self.texts.plain.target_now.as_str(), now)));
            }
            _ => {}
        }
        fields.extend(target.as_deref().map(|target| ("Target:", target)));
        if matches!(topic, Topic::Create | Topic::Derived) {
            fields.push(("Proxy status:", "DNS only"));
        }
        sheet.form(&fields);
    }

    /// When the last old answer ends.
    fn old_until(&self) -> Option<Zoned> {
        let waiting = self.groups.get(&(Topic::Waiting, String::new()))?;
        waiting.iter().filter_map(|one| old_until(one)).max().map(|end| whole_minute(&end))
    }

    /// Where to let the platform look again, and when.
    fn verify(&self, sheet: &mut Sheet) {
        let is_checked = |topic: Topic| !matches!(topic, Topic::Unclear | Topic::NoMail);
        if self.count(is_checked) == 0 && self.unguessed.is_empty() {
            return;
        }
        let plain = &self.texts.plain;
        let is_ready = self.changes_count() == 0 && !self.has_open();
        let end = self.old_until();
        let text = match end {
            Some(_) if is_ready => &plain.verify_when,
            None if is_ready && self.count(|topic| topic == Topic::Waiting) == 0 => &plain.verify_now,
            _ => &plain.verify_then,
        };
        let values = |provider: &str| {
            let moment = end.iter().flat_map(moment);
            moment.chain([("provider", provider.to_owned())]).collect::<Vec<_>>()
        };
        let providers = self.providers(is_ready);
        if providers.is_empty() {
            self.say(sheet, text, &values(&plain.platform));
        }
        for provider in providers {
            self.say(sheet, text, &values(&provider.name));
            provider
                .verify_path(&self.domain)
                .iter()
                .for_each(|path| sheet.path(&plain::sanitize_line(path)));
        }
        if self.changes_count() > 0 {
            sheet.paragraph(&plain.verify_retry);
        }
    }

    /// Those whose records these are, each once. Whose records already work need not look again after a change.
    fn providers(&self, is_ready: bool) -> Vec<&Arc<Provider>> {
        let is_meant = |topic: Topic| match topic {
            Topic::Unclear | Topic::NoMail => false,
            Topic::Found | Topic::Right => is_ready,
            _ => true,
        };
        let own = self.groups.iter().filter(|((topic, _), _)| is_meant(*topic)).flat_map(|(_, names)| names);
        let own = own.filter_map(|one| self.facts.providers.get(&one.name));
        let unguessed = self.unguessed.values().flatten().map(|one| &one.provider);
        let mut known = BTreeSet::new();
        own.chain(unguessed).filter(|provider| known.insert(&provider.id)).collect()
    }
}

/// Whether a domain lies in a zone.
fn is_of(domain: &DomainName, zone: &ZoneReport) -> bool {
    DomainName::parse(&zone.label).is_ok_and(|zone| domain.is_within(&zone))
}

/// Whether the reader has to change something because of a finding.
fn is_change(finding: &Finding) -> bool {
    matches!(finding.code(), Code::DmarcDuplicated | Code::DmarcInvalid)
}

/// A moment as every reader understands it.
fn moment(at: &Zoned) -> [(&'static str, String); 2] {
    let at = at.with_time_zone(TimeZone::UTC);
    [("date", at.strftime("%Y-%m-%d").to_string()), ("time", at.strftime("%H:%M").to_string())]
}

/// The next whole minute, so that nobody comes too early.
fn whole_minute(at: &Zoned) -> Zoned {
    let up = jiff::ZonedRound::new().smallest(jiff::Unit::Minute).mode(jiff::RoundMode::Ceil);
    at.round(up).unwrap_or_else(|_| at.clone())
}
