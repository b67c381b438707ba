//! DMARC policies: one that was given for a domain that has none, and those that receivers ignore. Pure.

use std::collections::BTreeSet;

use super::{CheckContext, Code, Evidence, Finding, MailRecord, Problem, Remedy, Severity};
use crate::model::catalog::Role;
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::ExpectedPolicy;
use crate::model::lookup::Observation;
use crate::model::mailauth::{self, BadPolicy, Request};

/// Why receivers do not act on a DMARC policy as they should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DmarcProblem {
    /// There is none.
    Missing,
    /// What stands there is none.
    NoPolicy,
    /// They ignore it.
    Ignored(BadPolicy),
    /// So many stand there.
    Several(usize),
    /// It asks for less than is wanted.
    Weaker { held: Request, wanted: Request },
}

impl DmarcProblem {
    pub(super) fn class(&self) -> (Code, Severity) {
        match self {
            Self::Missing => (Code::DmarcMissing, Severity::Warning),
            Self::NoPolicy | Self::Ignored(_) => (Code::DmarcInvalid, Severity::Error),
            Self::Several(_) => (Code::DmarcDuplicated, Severity::Error),
            Self::Weaker { .. } => (Code::DmarcInvalid, Severity::Warning),
        }
    }
}

pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let zone = &case.held.zone.name;
    let is_ours = |policy: &&ExpectedPolicy| policy.name.is_within(zone) && case.scope.covers(&policy.name);
    let ours = case.scope.policies.iter().filter(is_ours);
    let mut findings: Vec<Finding> =
        ours.filter_map(|policy| finding(case, policy).or_else(|| weaker(case, policy))).collect();
    findings.extend(lacking(case).filter(|lacking| findings.iter().all(|known| known.name != lacking.name)));
    findings.extend(held_names(case).into_iter().filter_map(|name| held(case, name)));
    findings
}

/// A domain that sends mail and has no policy at all, where nobody has offered one.
fn lacking(case: &CheckContext<'_>) -> Option<Finding> {
    let zone = &case.held.zone;
    let sends = |record: &MailRecord| matches!(record.classification.role, Role::Dkim | Role::ReturnPath);
    let is_ours = !case.scope.is_restricted && super::serving::edits_take_effect(zone);
    if !is_ours || !case.mail().any(sends) || has_policy(case, &zone.name) {
        return None;
    }
    let name = domain_policy(&zone.name)?;
    if case.held.delegated_above(&name).is_some() {
        return None;
    }
    Some(about(&name, DmarcProblem::Missing, None).evidence([Evidence::NoRecord]))
}

fn about(name: &DomainName, problem: DmarcProblem, published: Option<Observation>) -> Finding {
    Finding::new(Problem::Dmarc { problem, published }, name).role(Role::Dmarc)
}

/// The texts that the zone holds at a name.
fn texts(case: &CheckContext<'_>, name: &DomainName) -> Vec<String> {
    let texts = case.held.at(name).filter(|record| record.kind == RecordType::Txt);
    texts.map(|record| mailauth::logical(&record.content)).collect()
}

fn filed(text: &str) -> Evidence {
    Evidence::Record(RecordType::Txt, text.to_owned())
}

fn offered(policy: &ExpectedPolicy) -> Evidence {
    Evidence::Asked(policy.source.clone(), RecordType::Txt, policy.text.clone())
}

/// Whether a domain has anything where a policy belongs, or one above it has a policy.
fn has_policy(case: &CheckContext<'_>, domain: &DomainName) -> bool {
    let is_there =
        |name: &DomainName| case.held.at(name).next().is_some() || case.outside.policies_above.contains(name);
    domain.and_ancestors().filter_map(|domain| domain_policy(&domain)).any(|name| is_there(&name))
}

/// The names of the zone at which texts stand where a DMARC policy belongs.
fn held_names<'a>(case: &CheckContext<'a>) -> BTreeSet<&'a DomainName> {
    let texts = case.held.notable().filter(|record| record.kind == RecordType::Txt);
    let names = texts.map(|record| &record.name);
    names.filter(|name| name.first_label() == "_dmarc" && case.scope.covers(name)).collect()
}

/// What keeps receivers from acting on the policy among these texts; `None` if nothing does.
///
/// Source: RFC 7489 section 6.6.3; checked 2026-08-22.
fn trouble<'t>(texts: impl Iterator<Item = &'t str>) -> Option<DmarcProblem> {
    let policies: Vec<&str> =
        texts.filter(|text| mailauth::policy(text) == mailauth::Policy::Dmarc).collect();
    match policies.as_slice() {
        [] => Some(DmarcProblem::NoPolicy),
        [policy] => mailauth::dmarc(policy).err().map(DmarcProblem::Ignored),
        many => Some(DmarcProblem::Several(many.len())),
    }
}

/// Receivers act on a policy only if it is the only one, and whole.
fn held(case: &CheckContext<'_>, name: &DomainName) -> Option<Finding> {
    let texts = texts(case, name);
    let problem = trouble(texts.iter().map(String::as_str))?;
    Some(about(name, problem, None).evidence(texts.iter().map(|text| filed(text))))
}

/// Two policies at one name are none at all, so one is created only where there is no record whatsoever: not
/// at the name, and not at a domain above, whose policy holds here as well.
///
/// Source: RFC 7489 section 6.6.3; checked 2026-08-22.
fn finding(case: &CheckContext<'_>, policy: &ExpectedPolicy) -> Option<Finding> {
    let domain = policy.name.parent()?;
    if has_policy(case, &domain) {
        return None;
    }
    let finding = about(&policy.name, DmarcProblem::Missing, None).evidence([offered(policy)]);
    Some(finding.remedy(Some(Remedy::CreatePolicy(policy.clone())), case.blocker(&policy.name)))
}

/// The policy that stands there asks receivers for less than the one that was given.
fn weaker(case: &CheckContext<'_>, policy: &ExpectedPolicy) -> Option<Finding> {
    let texts = texts(case, &policy.name);
    if trouble(texts.iter().map(String::as_str)).is_some() {
        return None;
    }
    let (text, held) = texts.iter().find_map(|text| Some((text, mailauth::dmarc(text).ok()?)))?;
    let wanted = mailauth::dmarc(&policy.text).ok().filter(|wanted| held < *wanted)?;
    let finding = about(&policy.name, DmarcProblem::Weaker { held, wanted }, None);
    Some(finding.evidence([filed(text), offered(policy)]))
}

/// What public DNS shows at a domain's `_dmarc`, where the zone itself cannot be read.
pub fn published_policy(domain: &DomainName, heard: &Observation) -> Option<Finding> {
    let name = domain_policy(domain)?;
    if !heard.is_definite() || heard.alias_at(&name).is_some() {
        return None;
    }
    let problem = match trouble(heard.texts())? {
        DmarcProblem::NoPolicy => DmarcProblem::Missing,
        other => other,
    };
    Some(about(&name, problem, Some(heard.clone())))
}

/// Where the policy of a domain stands.
pub(super) fn domain_policy(domain: &DomainName) -> Option<DomainName> {
    DomainName::parse(&format!("_dmarc.{domain}")).ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Code, DnsEvidence, Problem, Scope, diagnose};
    use super::{DmarcProblem, published_policy};
    use crate::model::expectation::{ExpectedPolicy, Source};
    use crate::model::ids::RecordId;
    use crate::model::inventory::{HeldRecord, Inventory, Zone, ZoneStatus};
    use crate::model::lookup::{Observation, Seen, SeenData};
    use crate::testing::{catalog, cname, inventory, name, proxied, record, zone};

    fn offered(at: &str) -> Scope {
        let text = "v=DMARC1; p=none".to_owned();
        let policy = ExpectedPolicy { name: name(at), text, source: Source::Argument };
        Scope { policies: vec![policy], ..Scope::default() }
    }

    #[test]
    fn a_policy_is_offered_only_where_there_is_none_at_all() {
        let at = |records, name: &str| found(&inventory(records), &offered(name), &DnsEvidence::default());
        let own = "_dmarc.example.com";
        assert_eq!(at(vec![], own), ["dmarc-missing _dmarc.example.com create"]);
        assert!(at(vec![record(own, "TXT", "v=DMARC1; p=reject")], own).is_empty());
        assert_eq!(
            at(vec![record(own, "TXT", "something else")], own),
            ["dmarc-invalid _dmarc.example.com -"]
        );
        assert!(at(vec![cname("_dmarc", "policy.unknown.test")], own).is_empty());
        let below = "_dmarc.mail.example.com";
        assert!(at(vec![record(own, "TXT", "v=DMARC1; p=reject")], below).is_empty());
        assert_eq!(at(vec![], below), ["dmarc-missing _dmarc.mail.example.com create"]);
    }

    #[test]
    fn a_policy_that_asks_for_less_than_the_platform_does_is_told_and_left_alone() {
        let own = "_dmarc.example.com";
        let of = |held: &str, wanted: &str| {
            let text = wanted.to_owned();
            let policy = ExpectedPolicy { name: name(own), text, source: Source::Argument };
            let scope = Scope { policies: vec![policy], ..Scope::default() };
            found(&inventory(vec![record(own, "TXT", held)]), &scope, &DnsEvidence::default())
        };
        let weak = of("v=DMARC1; p=none", "v=DMARC1; p=quarantine; rua=mailto:a@b.test");
        assert_eq!(weak, ["dmarc-invalid _dmarc.example.com -"]);
        assert!(of("v=DMARC1; p=reject", "v=DMARC1; p=quarantine").is_empty());
        assert!(of("v=DMARC1; p=none; rua=mailto:a@b.test", "v=DMARC1; p=none").is_empty());
    }

    #[test]
    fn a_policy_is_not_created_where_nobody_looks() {
        let only = [name("www.example.com")].into();
        let scope = Scope { is_restricted: true, only, ..offered("_dmarc.example.com") };
        let lines = found(&inventory(vec![]), &scope, &DnsEvidence::default());
        assert_eq!(lines, ["missing www.example.com -"]);
    }

    #[test]
    fn a_domain_that_sends_mail_is_told_that_it_has_no_policy() {
        let lines = |records, outside: &DnsEvidence| {
            let diagnosis = diagnose(&inventory(records), &Scope::default(), outside, &catalog());
            diagnosis.findings.into_iter().filter(|one| one.code() == Code::DmarcMissing).count()
        };
        let key = || cname("k2._domainkey", "dkim2.mcsv.net");
        assert_eq!(lines(vec![key()], &DnsEvidence::default()), 1);
        assert_eq!(lines(vec![], &DnsEvidence::default()), 0, "no mail is sent");
        assert_eq!(lines(vec![key(), cname("_dmarc", "policy.unknown.test")], &DnsEvidence::default()), 0);
        let delegated = record("_dmarc.example.com", "NS", "ns.vali.example");
        assert_eq!(lines(vec![key(), delegated], &DnsEvidence::default()), 0);
        let above = DnsEvidence { policies_above: [name("_dmarc.com")].into(), ..DnsEvidence::default() };
        assert_eq!(lines(vec![key()], &above), 0);
    }

    #[test]
    fn only_a_sending_domain_that_is_looked_at_and_served_is_told_so() {
        let told = |held: &Inventory, scope: &Scope| {
            let diagnosis = diagnose(held, scope, &DnsEvidence::default(), &catalog());
            let lacking = diagnosis.findings.iter().filter(|one| one.code() == Code::DmarcMissing);
            lacking.map(|one| one.name.to_string()).collect::<Vec<_>>()
        };
        let key = || cname("k2._domainkey", "dkim2.mcsv.net");
        let own = "_dmarc.example.com";
        assert_eq!(told(&inventory(vec![key()]), &Scope::default()), [own]);
        // A policy that was offered for a name below is one for that name only.
        let below = "_dmarc.mail.example.com";
        assert_eq!(told(&inventory(vec![key()]), &offered(below)), [own, below]);
        assert_eq!(told(&inventory(vec![key()]), &offered("_dmarc.example.com")), [own]);
        // Click tracking alone sends no mail.
        let tracking = inventory(vec![proxied("url1234", "sendgrid.net")]);
        assert!(told(&tracking, &Scope::default()).is_empty());
        let restricted = Scope {
            is_restricted: true,
            only: [name("k2._domainkey.example.com")].into(),
            ..Scope::default()
        };
        assert!(told(&inventory(vec![key()]), &restricted).is_empty());
        let pending = Zone { status: ZoneStatus::Moved, ..zone() };
        assert!(told(&Inventory::new(pending, vec![key()]), &Scope::default()).is_empty());
    }

    #[test]
    fn what_public_dns_shows_of_a_policy_is_judged_only_if_it_is_an_answer_about_it() {
        let seen = |data| Seen { name: name("_dmarc.example.com"), ttl: 60, data };
        let of = |heard: Observation| {
            let finding = published_policy(&name("example.com"), &heard)?;
            let Problem::Dmarc { problem, .. } = finding.problem else { panic!("{finding:?}") };
            Some(problem)
        };
        let texts = |all: &[&str]| {
            Observation::Answer(all.iter().map(|text| seen(SeenData::Text((*text).to_owned()))).collect())
        };
        assert_eq!(of(Observation::Silent), None);
        assert_eq!(of(Observation::NoName { negative_ttl: None }), Some(DmarcProblem::Missing));
        assert_eq!(of(Observation::NoData { negative_ttl: None }), Some(DmarcProblem::Missing));
        assert_eq!(of(Observation::Answer(vec![seen(SeenData::Alias(name("policy.test")))])), None);
        assert_eq!(of(texts(&["v=DMARC1; p=none"])), None);
        let two = ["v=DMARC1; p=none", "v=DMARC1; p=reject"];
        assert_eq!(of(texts(&two)), Some(DmarcProblem::Several(2)));
    }

    #[test]
    fn policies_that_receivers_ignore_are_told() {
        let own = "_dmarc.example.com";
        let of = |texts: &[&str]| {
            let records = texts.iter().enumerate().map(|(place, text)| HeldRecord {
                id: RecordId::parse(&format!("id-{place}")).unwrap(),
                ..record(own, "TXT", text)
            });
            found(&inventory(records.collect()), &Scope::default(), &DnsEvidence::default())
        };
        let good = "\"v=DMARC1; \" \"p=none\"";
        assert!(of(&[good]).is_empty());
        assert!(of(&[good, "some other text"]).is_empty(), "other texts do no harm");
        assert_eq!(of(&[good, "v=DMARC1; p=reject"]), ["dmarc-duplicated _dmarc.example.com -"]);
        assert_eq!(of(&["v=DMARC1; rua=mailto:a@b.test"]), ["dmarc-invalid _dmarc.example.com -"]);
        assert_eq!(of(&["DMARC1; p=none"]), ["dmarc-invalid _dmarc.example.com -"]);
    }

    #[test]
    fn a_policy_above_the_zone_holds_below_it() {
        let outside = DnsEvidence { policies_above: [name("_dmarc.com")].into(), ..DnsEvidence::default() };
        assert!(found(&inventory(vec![]), &offered("_dmarc.example.com"), &outside).is_empty());
    }
}
