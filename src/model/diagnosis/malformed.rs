//! Records filed with a typical mistake: the zone twice in the name, the zone behind the target, the target
//! as text, a label that is misspelt. Pure.
//!
//! Source: `SendGrid`'s and `Klaviyo`'s troubleshooting pages (doubled names, zone appended to a target by
//! a host that completes names), checked 2026-08-22.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Blocker, CheckContext, Classification, Code, Evidence, Finding, Grounds, Remedy, Severity, Treatment,
    classify,
};
use crate::model::catalog::Role;
use crate::model::dns::{DomainName, RecordType, is_misspelt};
use crate::model::expectation::{Expectation, Source};
use crate::model::inventory::{HeldRecord, ListedAlias};

/// A typical mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// The provider asks for records of other types where the CNAME is.
    CnameInsteadOfMx { target: DomainName, instead: Box<str> },
    /// The zone stands twice in the name.
    DoubledName { meant: DomainName, is_taken: bool },
    /// The zone was appended to the target.
    ZoneInTarget { target: DomainName, meant: DomainName },
    /// The record stands at a name whose `_domainkey` or `_dmarc` is misspelt.
    MisspeltLabel { found: DomainName, target: DomainName },
    /// The target is filed as text.
    TxtInsteadOfCname { zone: DomainName, target: DomainName },
}

impl Malformed {
    pub(super) fn class(&self) -> (Code, Severity) {
        match self {
            Self::CnameInsteadOfMx { .. } => (Code::CnameInsteadOfMx, Severity::Error),
            Self::DoubledName { is_taken: true, .. } => (Code::DoubledName, Severity::Warning),
            Self::DoubledName { .. } => (Code::DoubledName, Severity::Error),
            Self::ZoneInTarget { .. } => (Code::ZoneInTarget, Severity::Error),
            Self::MisspeltLabel { .. } => (Code::Missing, Severity::Warning),
            Self::TxtInsteadOfCname { .. } => (Code::TxtInsteadOfCname, Severity::Error),
        }
    }
}

pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let zone = &case.held.zone.name;
    let mut findings = Vec::new();
    for alias in case.held.aliases().filter(|alias| case.scope.covers(&alias.name)) {
        if let Some(meant) = undoubled(&alias.name, zone) {
            findings.extend(doubled(case, (&alias.name, &alias.target), &meant));
        } else if let Some(meant) = meant_from(case, &alias.name, &alias.target) {
            findings.push(zone_in_target(case, alias, &meant));
        } else {
            let held = Evidence::Cname(alias.target.clone(), None);
            findings.extend(no_alias(case, &alias.name, &alias.target, held));
        }
    }
    findings.extend(texts(case));
    findings
}

/// A CNAME record where its provider asks for records of other types: whatever is done to it, none works.
pub(super) fn no_alias(
    case: &CheckContext<'_>,
    name: &DomainName,
    target: &DomainName,
    evidence: Evidence,
) -> Option<Finding> {
    let entry = case.catalog.find(target)?;
    let instead = entry.instead.clone()?;
    let problem = Malformed::CnameInsteadOfMx { target: target.clone(), instead };
    let note = entry.note.as_deref().map(|note| Evidence::Note(note.to_owned()));
    let finding = Finding::new(problem, name).provider(Arc::clone(&entry.provider)).role(entry.role);
    Some(finding.evidence([evidence]).evidence(note))
}

/// Takes the remedy from a finding that would file such a record.
pub(super) fn leave_mistake(case: &CheckContext<'_>, finding: &mut Finding) {
    let Some(Remedy::Create(one) | Remedy::Retarget(one) | Remedy::Replace(one)) = &finding.remedy else {
        return;
    };
    if let Some(entry) = case.catalog.find(&one.target)
        && let Some(instead) = entry.instead.clone()
    {
        finding.block(Blocker::CnameInsteadOfMx(Arc::clone(&entry.provider), instead));
    }
}

/// Whether the zone stands twice at the end of `name`.
pub(super) fn is_doubled(name: &DomainName, zone: &DomainName) -> bool {
    undoubled(name, zone).is_some()
}

fn undoubled(name: &DomainName, zone: &DomainName) -> Option<DomainName> {
    let once = without(name, zone)?;
    let is_doubled = once != *zone && once.is_within(zone);
    is_doubled.then(|| undoubled(&once, zone).unwrap_or(once))
}

/// `name` without `zone` at its end.
fn without(name: &DomainName, zone: &DomainName) -> Option<DomainName> {
    let rest = name.as_str().strip_suffix(zone.as_str())?.strip_suffix('.')?;
    DomainName::parse(rest).ok()
}

fn doubled(
    case: &CheckContext<'_>,
    (name, target): (&DomainName, &DomainName),
    meant: &DomainName,
) -> Option<Finding> {
    let expectation = case.scope.expectation(meant);
    let is_wanted = expectation.is_some_and(|expectation| expectation.target == *target);
    let known = classify(meant, target, is_wanted, case.catalog)?;
    if known.treatment != Treatment::Fix {
        return None;
    }
    let is_taken = case.held.at(meant).next().is_some();
    let mut proposed = case.scope.proposed.iter().filter(|one| one.name == *meant);
    // What was decided counts more than what is only proposed.
    let is_contradicted = !is_wanted && (expectation.is_some() || proposed.any(|one| one.target != *target));
    let finding = Finding::new(Malformed::DoubledName { meant: meant.clone(), is_taken }, name);
    let finding = recognised(finding, &known, [Evidence::Cname(target.clone(), None)]);
    if is_taken {
        return Some(finding);
    }
    let other = is_contradicted.then(|| Blocker::OtherTarget(meant.clone()));
    let blocker = other.or_else(|| case.blocker(name)).or_else(|| case.blocker(meant));
    Some(finding.remedy(Some(Remedy::Rename(meant.clone())), blocker))
}

/// A finding about a record that was recognised.
fn recognised<const N: usize>(finding: Finding, known: &Classification, evidence: [Evidence; N]) -> Finding {
    let finding = finding.provider(known.provider.clone()).role(known.role);
    finding.evidence(evidence).evidence([Evidence::Recognised(known.grounds)])
}

/// Whether a doubled record will be filed under the name, so that nothing else must be created there.
pub(super) fn will_be_renamed_to(case: &CheckContext<'_>, expectation: &Expectation) -> bool {
    let Expectation { name, target, .. } = expectation;
    let zone = &case.held.zone.name;
    let Ok(twice) = DomainName::parse(&format!("{name}.{zone}")) else { return false };
    let alias = case.held.alias_at(&twice).map(|(_, alias)| alias).filter(|alias| alias.target == *target);
    let alias = alias.filter(|_| case.scope.covers(&twice));
    let finding = alias.and_then(|alias| doubled(case, (&twice, &alias.target), name));
    finding.is_some_and(|finding| finding.remedy.is_some())
}

/// Where the alias at `name` was meant to point, if the zone's name was appended to its target: the target without the
/// zone, if the user expects that or a provider publishes there.
pub(super) fn meant_target(case: &CheckContext<'_>, name: &DomainName) -> Option<DomainName> {
    let (_, alias) = case.held.alias_at(name)?;
    meant_from(case, name, &alias.target)
}

/// The same of an alias from `name` to `target`.
fn meant_from(case: &CheckContext<'_>, name: &DomainName, target: &DomainName) -> Option<DomainName> {
    let meant = without(target, &case.held.zone.name)?;
    let is_expected = match case.scope.expectation(name) {
        Some(expectation) => expectation.target == meant,
        None => case.catalog.find_record(name, &meant).is_some_and(|entry| {
            let known = classify(name, &meant, false, case.catalog);
            known.is_some_and(|known| known.treatment == Treatment::Fix) && entry.role != Role::WebHost
        }),
    };
    is_expected.then_some(meant)
}

fn zone_in_target(case: &CheckContext<'_>, alias: &ListedAlias, meant: &DomainName) -> Finding {
    let ListedAlias { name, target, ttl, .. } = alias;
    let given = case.scope.expectation(name).cloned();
    let expectation = given.unwrap_or_else(|| Expectation {
        name: name.clone(),
        target: meant.clone(),
        ttl: *ttl,
        source: Source::Record,
    });
    let problem = Malformed::ZoneInTarget { target: target.clone(), meant: meant.clone() };
    let finding = case.finding(problem, name, meant);
    finding.remedy(Some(Remedy::Retarget(expectation)), case.blocker(name))
}

/// Records whose `_domainkey` or `_dmarc` is misspelt, so that nobody looks for them. Names that `known` is about
/// are not told again. Nothing is renamed: records of other zones may point there.
pub(super) fn misspelt(case: &CheckContext<'_>, known: &[Finding]) -> Vec<Finding> {
    let told: BTreeSet<&DomainName> = known.iter().map(|finding| &finding.name).collect();
    let meant = case
        .held
        .aliases()
        .filter(|alias| case.scope.covers(&alias.name))
        .filter_map(|alias| Some((alias, respelt(&alias.name, &case.held.zone.name)?)));
    let open = meant.filter(|(_, meant)| !told.contains(meant) && case.held.at(meant).next().is_none());
    open.filter_map(|(alias, meant)| misspelt_label(case, alias, &meant)).collect()
}

fn misspelt_label(case: &CheckContext<'_>, alias: &ListedAlias, meant: &DomainName) -> Option<Finding> {
    let ListedAlias { name, target, .. } = alias;
    let known = classify(meant, target, false, case.catalog)?;
    // `dmarc` can be a web site's label, and `domainkey` hardly.
    let is_it = match known.role {
        Role::Dkim => true,
        Role::Dmarc => known.grounds == Grounds::Target,
        _ => false,
    };
    is_it.then(|| {
        let problem = Malformed::MisspeltLabel { found: name.clone(), target: target.clone() };
        recognised(Finding::new(problem, meant), &known, [])
    })
}

/// What `name` is with its `_domainkey` or `_dmarc` spelt rightly; `None` if it already is, or has neither.
fn respelt(name: &DomainName, zone: &DomainName) -> Option<DomainName> {
    let relative = without(name, zone)?;
    if relative.labels().any(|label| matches!(label, "_domainkey" | "_dmarc")) {
        return None;
    }
    let plain = |label: &str| label.replace(['-', '_'], "");
    let is_close = |label: &str, right: &str| plain(label) == right || is_misspelt(&plain(label), right);
    let spelt = |(at, label): (usize, &str)| {
        let selector = label.strip_suffix("domainkey").map(|text| text.trim_end_matches(['-', '_']));
        match selector.filter(|selector| !selector.is_empty()) {
            Some(selector) => format!("{selector}._domainkey"),
            None if at > 0 && is_close(label, "domainkey") => "_domainkey".to_owned(),
            None if at == 0 && is_close(label, "dmarc") => "_dmarc".to_owned(),
            None => label.to_owned(),
        }
    };
    let labels: Vec<String> = relative.labels().enumerate().map(spelt).collect();
    let meant = DomainName::parse(&format!("{}.{zone}", labels.join("."))).ok()?;
    (meant != *name).then_some(meant)
}

/// Host names that were filed as text.
fn texts(case: &CheckContext<'_>) -> Vec<Finding> {
    let texts = case.held.notable().filter(|record| record.kind == RecordType::Txt);
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for record in texts.filter(|record| case.scope.covers(&record.name)) {
        let Some(target) = as_host(&record.content) else { continue };
        let expectation = case.scope.expectation(&record.name);
        let is_wanted = expectation.is_some_and(|expectation| expectation.target == target);
        let is_known = case.catalog.find_record(&record.name, &target).is_some()
            && classify(&record.name, &target, false, case.catalog).is_some();
        if (is_wanted || (is_known && expectation.is_none())) && seen.insert(&record.name) {
            findings.push(text_instead(case, record, &target));
        }
    }
    findings
}

fn as_host(content: &str) -> Option<DomainName> {
    let text = content.trim_matches('"');
    let may_be = text.contains('.') && !text.contains(['=', ' ', ';', '/', '*']);
    DomainName::parse(text).ok().filter(|_| may_be)
}

/// Whether nothing but the target, as text, holds the name of an expectation.
pub(super) fn is_filed_as_text(case: &CheckContext<'_>, expectation: &Expectation) -> bool {
    let mut held = case.held.at(&expectation.name).peekable();
    held.peek().is_some()
        && held.all(|record| {
            record.kind == RecordType::Txt && as_host(&record.content).as_ref() == Some(&expectation.target)
        })
}

fn text_instead(case: &CheckContext<'_>, record: &HeldRecord, target: &DomainName) -> Finding {
    let name = &record.name;
    let problem = Malformed::TxtInsteadOfCname { zone: case.held.zone.name.clone(), target: target.clone() };
    let held = Evidence::Record(RecordType::Txt, record.content.to_string());
    let finding = case.finding(problem, name, target).evidence([held]);
    match case.scope.expectation(name) {
        Some(expectation) => {
            let mixed = (!is_filed_as_text(case, expectation)).then_some(Blocker::Finding(Code::InTheWay));
            let blocker = mixed.or_else(|| case.blocker(name));
            finding.remedy(Some(Remedy::Replace(expectation.clone())), blocker)
        }
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expecting, found};
    use super::super::{DnsEvidence, Scope, diagnose};
    use super::*;
    use crate::testing::{catalog, cname, inventory, name, proxied, record};

    const TARGET: &str = "u1.wl1.sendgrid.net";

    #[test]
    fn a_name_with_the_zone_twice_is_renamed_where_the_right_name_is_free() {
        let twice = || cname("em1.example.com", TARGET);
        let lines = |records| found(&inventory(records), &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines(vec![twice()]), ["doubled-name em1.example.com.example.com rename"]);
        let both = lines(vec![twice(), cname("em1", TARGET)]);
        assert_eq!(both, ["doubled-name em1.example.com.example.com -"]);
        assert!(lines(vec![cname("www.example.com", "site.unknown.test")]).is_empty());
    }

    #[test]
    fn a_doubled_record_is_not_created_a_second_time() {
        let held = inventory(vec![proxied("em1.example.com", TARGET)]);
        let lines = found(&held, &expecting(&[("em1", TARGET)]), &DnsEvidence::default());
        assert_eq!(lines, ["doubled-name em1.example.com.example.com rename"]);
        let lines = found(&held, &expecting(&[("em1", "u2.wl1.sendgrid.net")]), &DnsEvidence::default());
        assert_eq!(lines, ["missing em1.example.com create", "doubled-name em1.example.com.example.com -"]);
    }

    #[test]
    fn a_name_with_the_zone_three_times_is_mended_at_once() {
        let held = inventory(vec![cname("em1.example.com.example.com", TARGET)]);
        let diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
        assert_eq!(diagnosis.findings[0].remedy, Some(Remedy::Rename(name("em1.example.com"))));
    }

    #[test]
    fn what_was_decided_is_renamed_whatever_was_there_before() {
        let held = inventory(vec![proxied("em1.example.com", TARGET)]);
        let proposed = expecting(&[("em1", "u2.wl1.sendgrid.net")]).expected.into_values().collect();
        let scope = Scope { proposed, ..expecting(&[("em1", TARGET)]) };
        let lines = found(&held, &scope, &DnsEvidence::default());
        assert_eq!(lines, ["doubled-name em1.example.com.example.com rename"]);
    }

    #[test]
    fn what_is_not_renamed_is_told_as_missing() {
        let held = inventory(vec![cname("em1.example.com", "ret.newvendor.test")]);
        let seen = Source::Snapshot { seen: "then".into() };
        let remembered = expecting(&[("em1", "ret.newvendor.test")]).expected.into_values();
        let proposed = remembered.map(|one| Expectation { source: seen.clone(), ..one }).collect();
        let scope = Scope { proposed, ..Scope::default() };
        let lines = found(&held, &scope, &DnsEvidence::default());
        assert_eq!(lines, ["missing em1.example.com create"]);
    }

    #[test]
    fn a_zone_behind_the_target_is_taken_off() {
        let held = inventory(vec![cname("em1", "u1.wl1.sendgrid.net.example.com")]);
        let retarget = ["zone-in-target em1.example.com retarget"];
        assert_eq!(found(&held, &Scope::default(), &DnsEvidence::default()), retarget);
        assert_eq!(found(&held, &expecting(&[("em1", TARGET)]), &DnsEvidence::default()), retarget);
        let own = inventory(vec![cname("s1._domainkey", "keys.example.com")]);
        let lines = found(&own, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["same-zone-target s1._domainkey.example.com -"]);
    }

    #[test]
    fn a_label_that_is_misspelt_is_noticed_whoever_the_provider_is() {
        const ZENDESK: &str = "zendesk1._domainkey.zendesk.com";
        let lines = |label: &str, target: &str| {
            found(&inventory(vec![cname(label, target)]), &Scope::default(), &DnsEvidence::default())
        };
        let missing = ["missing zendesk1._domainkey.example.com -"];
        for label in
            ["zendesk1.domainkey", "zendesk1._domainkeys", "zendesk1-domainkey", "zendesk1._domian-key"]
        {
            assert_eq!(lines(label, ZENDESK), missing, "{label}");
        }
        assert_eq!(
            lines("k1.domainkey.mail", "k1.unknown.test"),
            ["missing k1._domainkey.mail.example.com -"]
        );
        assert_eq!(lines("k1.domainkey", "shops.myshopify.com"), Vec::<String>::new(), "a web site");
        assert_eq!(lines("dmarc", "reports.unknown.test"), Vec::<String>::new(), "may be a web site");
        assert_eq!(lines("domainkey", "k1.unknown.test"), Vec::<String>::new(), "no selector");
        let both = vec![cname("zendesk1.domainkey", ZENDESK), cname("zendesk1._domainkey", ZENDESK)];
        let lines = found(&inventory(both), &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, Vec::<String>::new(), "the right one is there");
    }

    #[test]
    fn a_cname_where_the_provider_wants_mx_is_said_and_never_touched() {
        const MX: &str = "feedback-smtp.eu-west-1.amazonses.com";
        let said = ["cname-instead-of-mx bounce.example.com -"];
        let held = inventory(vec![proxied("bounce", MX)]);
        assert_eq!(found(&held, &Scope::default(), &DnsEvidence::default()), said);
        let only = [name("bounce.example.com")].into();
        let named = Scope { is_restricted: true, only, ..Scope::default() };
        assert_eq!(found(&held, &named, &DnsEvidence::default()), said, "naming it does not make it right");
        let wanted = expecting(&[("bounce", MX)]);
        for records in [vec![], vec![proxied("bounce", MX)], vec![cname("bounce", "old.host.test")]] {
            assert_eq!(found(&inventory(records), &wanted, &DnsEvidence::default()), said);
        }
        let appended = inventory(vec![cname("bounce", &format!("{MX}.example.com"))]);
        let lines = found(&appended, &wanted, &DnsEvidence::default());
        assert_eq!(lines, ["zone-in-target bounce.example.com -", said[0]]);
        let text = inventory(vec![record("bounce.example.com", "TXT", MX)]);
        let lines = found(&text, &wanted, &DnsEvidence::default());
        assert_eq!(lines, ["txt-instead-of-cname bounce.example.com -"]);
        let resend = inventory(vec![cname("send", "bounces.resend.com")]);
        let lines = found(&resend, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["cname-instead-of-mx send.example.com -"]);
    }

    #[test]
    fn a_target_filed_as_text_is_replaced_only_when_it_is_expected() {
        let held = inventory(vec![record("em1.example.com", "TXT", TARGET)]);
        let lines = found(&held, &Scope::default(), &DnsEvidence::default());
        assert_eq!(lines, ["txt-instead-of-cname em1.example.com -"]);
        let lines = found(&held, &expecting(&[("em1", TARGET)]), &DnsEvidence::default());
        assert_eq!(lines, ["txt-instead-of-cname em1.example.com replace"]);
        let more = inventory(vec![
            record("em1.example.com", "TXT", TARGET),
            HeldRecord {
                id: crate::model::ids::RecordId::parse("other").unwrap(),
                ..record("em1.example.com", "TXT", "v=spf1 -all")
            },
        ]);
        let lines = found(&more, &expecting(&[("em1", TARGET)]), &DnsEvidence::default());
        assert_eq!(lines, ["in-the-way em1.example.com -", "txt-instead-of-cname em1.example.com -"]);
    }

    #[test]
    fn a_record_is_not_renamed_to_where_another_target_was_healthy() {
        let held = inventory(vec![cname("em1.example.com", TARGET)]);
        let proposed = Expectation {
            name: name("em1.example.com"),
            target: name("u2.wl1.sendgrid.net"),
            ttl: crate::model::dns::Ttl::Automatic,
            source: Source::Snapshot { seen: "2026-11-01T00:00:00Z".to_owned() },
        };
        let scope = Scope { proposed: vec![proposed], ..Scope::default() };
        let lines = found(&held, &scope, &DnsEvidence::default());
        assert_eq!(lines, ["missing em1.example.com create", "doubled-name em1.example.com.example.com -"]);
    }

    #[test]
    fn a_text_of_the_system_is_not_replaced() {
        let mut locked = record("em1.example.com", "TXT", TARGET);
        locked.is_read_only = true;
        let lines = found(&inventory(vec![locked]), &expecting(&[("em1", TARGET)]), &DnsEvidence::default());
        assert_eq!(lines, ["txt-instead-of-cname em1.example.com -"]);
    }
}
