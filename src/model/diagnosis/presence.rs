//! Wanted and missing, present and wrong, and what holds the name instead. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Blocker, CheckContext, Code, Evidence, Finding, Remedy, Severity, malformed};
use crate::model::catalog::{Catalog, Entry, Provider};
use crate::model::dns::{DomainName, RecordType, is_misspelt};
use crate::model::expectation::Expectation;

/// What stands in the place of a record that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// Nothing.
    NotFiled,
    /// No CNAME, at a name given with `--record`.
    NamedAndNotFiled,
    /// Records of these types.
    InTheWay(Vec<RecordType>),
    /// A record that points elsewhere.
    WrongTarget { held: DomainName, expected: DomainName },
    /// Somebody else's record.
    Taken { held: DomainName, owner: Owner },
    /// Whatever it is: nothing shows that what is asked for is for mail.
    NotRecognised { target: DomainName, is_free: bool },
}

impl Presence {
    pub(super) fn class(&self) -> (Code, Severity) {
        match self {
            Self::NotFiled | Self::NamedAndNotFiled => (Code::Missing, Severity::Error),
            Self::InTheWay(_) => (Code::InTheWay, Severity::Error),
            Self::WrongTarget { .. } => (Code::WrongTarget, Severity::Error),
            Self::Taken { .. } => (Code::Taken, Severity::Error),
            Self::NotRecognised { .. } => (Code::NotRecognised, Severity::Info),
        }
    }
}

/// Whose record holds a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Another account of the same provider, as its targets show it.
    Account { provider: Arc<Provider>, account: String },
    /// Another provider.
    Provider(Arc<Provider>),
    /// Somebody nobody knows, by the domain.
    Unknown(String),
}

pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let expected = case.scope.expected.values();
    let zone = &case.held.zone.name;
    let mut findings: Vec<Finding> = expected
        .filter(|expectation| expectation.name.is_within(zone))
        .filter_map(|expectation| finding(case, expectation))
        .collect();
    findings.extend(case.scope.only.iter().filter_map(|name| named_but_absent(case, name)));
    findings
}

fn finding(case: &CheckContext<'_>, expectation: &Expectation) -> Option<Finding> {
    if malformed::will_be_renamed_to(case, expectation) || malformed::is_filed_as_text(case, expectation) {
        return None;
    }
    let held = case.held.alias_at(&expectation.name);
    let no_alias =
        malformed::no_alias(case, &expectation.name, &expectation.target, Evidence::asked(expectation));
    match held {
        Some((_, alias)) if alias.target == expectation.target => None,
        _ if no_alias.is_some() => no_alias,
        Some(_) if malformed::meant_target(case, &expectation.name).is_some() => None,
        Some((_, alias)) => Some(points_elsewhere(case, expectation, &alias.target)),
        None => Some(absent(case, expectation)),
    }
}

/// Source: `developers.cloudflare.com/dns/cname-flattening`: the apex is always flattened; checked 2026-08-22.
pub(super) fn blocker(case: &CheckContext<'_>, name: &DomainName) -> Option<Blocker> {
    if *name == case.held.zone.name { Some(Blocker::Apex) } else { case.blocker(name) }
}

fn about(case: &CheckContext<'_>, problem: Presence, expectation: &Expectation) -> Finding {
    let finding = case.finding(problem, &expectation.name, &expectation.target);
    finding.evidence([Evidence::asked(expectation)])
}

/// What snapshots and the audit log say differently about a name that the user has decided.
fn dissent(case: &CheckContext<'_>, expectation: &Expectation) -> impl Iterator<Item = Evidence> {
    let about = case.scope.proposed.iter().filter(move |one| one.name == expectation.name);
    let other = about.filter(move |one| one.target != expectation.target);
    other.map(|one| Evidence::Dissent(one.source.clone(), one.target.clone()))
}

fn absent(case: &CheckContext<'_>, expectation: &Expectation) -> Finding {
    let name = &expectation.name;
    let others: BTreeSet<RecordType> = case.held.at(name).map(|record| record.kind.clone()).collect();
    if others.is_empty() {
        let finding = about(case, Presence::NotFiled, expectation).evidence(dissent(case, expectation));
        let finding = finding.evidence(case.same_target_elsewhere(name, &expectation.target));
        return finding.remedy(Some(Remedy::Create(expectation.clone())), blocker(case, name));
    }
    let finding = about(case, Presence::InTheWay(others.into_iter().collect()), expectation);
    let finding = finding.evidence(Evidence::records(case.held, name));
    let may_go = case.scope.replace.contains(name);
    let blocker = blocker(case, name).filter(|one| may_go || *one == Blocker::Apex);
    finding.remedy(may_go.then(|| Remedy::Replace(expectation.clone())), blocker)
}

fn points_elsewhere(case: &CheckContext<'_>, expectation: &Expectation, held: &DomainName) -> Finding {
    let (name, expected) = (&expectation.name, expectation.target.clone());
    let evidence = [Evidence::Cname(held.clone(), None)];
    let held = held.clone();
    match rival(name, (&expected, &held), case.catalog) {
        Some(owner) => about(case, Presence::Taken { held, owner }, expectation).evidence(evidence),
        None => about(case, Presence::WrongTarget { held, expected }, expectation)
            .evidence(evidence)
            .remedy(Some(Remedy::Retarget(expectation.clone())), case.blocker(name)),
    }
}

/// Whose record `held` is, if it is not the one that `wanted` belongs to as well.
///
/// Two accounts of one provider are rivals, too: both may want `s1._domainkey`, and only one can
/// have it. Source: SendGrid support, "Multiple Duplicate Domain Failure"; checked 2026-08-22.
fn rival(name: &DomainName, (wanted, held): (&DomainName, &DomainName), catalog: &Catalog) -> Option<Owner> {
    let (ours, theirs) = (catalog.find_record(name, wanted), catalog.find_record(name, held));
    let accounts = |entry: &Entry, target| entry.account(target).map(str::to_owned);
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.provider == theirs.provider => {
            let (mine, other) = (accounts(ours, wanted), accounts(theirs, held));
            let other = match (mine, other) {
                (Some(mine), Some(other)) => (mine != other).then_some(other),
                _ => held.is_another_tenant(wanted).then(|| held.owner_part().to_owned()),
            };
            other.map(|account| Owner::Account { provider: Arc::clone(&theirs.provider), account })
        }
        (_, Some(theirs)) => Some(Owner::Provider(Arc::clone(&theirs.provider))),
        (_, None) if wanted.owner_part() == held.owner_part() => None,
        (Some(ours), None) if ours.role.is_for_mail() && is_misspelt(held.as_str(), wanted.as_str()) => None,
        (_, None) => Some(Owner::Unknown(held.owner_part().to_owned())),
    }
}

/// A name given with `--record` that has no alias: silence would look like health.
fn named_but_absent(case: &CheckContext<'_>, name: &DomainName) -> Option<Finding> {
    let is_ours = name.is_within(&case.held.zone.name);
    let is_known = case.scope.expectation(name).is_some()
        || case.scope.proposed.iter().any(|one| one.name == *name)
        || case.held.alias_at(name).is_some();
    if !is_ours || is_known {
        return None;
    }
    Some(Finding::new(Presence::NamedAndNotFiled, name))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expecting, found};
    use super::super::{Blocker, Code, DnsEvidence, Evidence, Finding, Problem, Scope, diagnose};
    use super::{Presence, rival};
    use crate::model::expectation::{Expectation, Source};
    use crate::model::expectation::{by_name, from_argument};
    use crate::model::inventory::{HeldRecord, Inventory};
    use crate::testing::{catalog, cname, inventory, name, proxied, record};

    const WANTED: (&str, &str) = ("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net");

    #[test]
    fn a_record_that_is_not_there_is_created() {
        let lines = found(&inventory(vec![]), &expecting(&[WANTED]), &DnsEvidence::default());
        assert_eq!(lines, ["missing s1._domainkey.example.com create"]);
    }

    #[test]
    fn another_target_of_the_same_provider_and_account_is_mended() {
        let held = inventory(vec![cname("s1._domainkey", "s2.domainkey.u1.wl9.sendgrid.net")]);
        let lines = found(&held, &expecting(&[WANTED]), &DnsEvidence::default());
        assert_eq!(lines, ["wrong-target s1._domainkey.example.com retarget"]);
    }

    #[test]
    fn the_record_of_somebody_else_is_never_overwritten() {
        for other in ["s1.domainkey.u2.wl1.sendgrid.net", "dkim.mcsv.net", "s1.example.s1.ascendbywix.com"] {
            let held = inventory(vec![cname("s1._domainkey", other)]);
            let lines = found(&held, &expecting(&[WANTED]), &DnsEvidence::default());
            assert_eq!(lines, ["taken s1._domainkey.example.com -"], "{other}");
        }
    }

    #[test]
    fn records_of_other_types_are_in_the_way_and_stay() {
        for (kind, content) in [("A", "192.0.2.1"), ("TXT", "v=DKIM1; p=x"), ("MX", "mx.test")] {
            let held = inventory(vec![record("s1._domainkey.example.com", kind, content)]);
            let lines = found(&held, &expecting(&[WANTED]), &DnsEvidence::default());
            assert_eq!(lines, ["in-the-way s1._domainkey.example.com -"], "{kind}");
        }
    }

    #[test]
    fn a_named_record_is_said_to_be_absent_unless_somebody_proposes_it() {
        let only = || [name("typo.example.com")].into();
        let proposing = |label: &str| {
            let proposed = expecting(&[(label, "u1.wl1.sendgrid.net")]).expected.into_values().collect();
            let scope = Scope { is_restricted: true, only: only(), proposed, ..Scope::default() };
            let all = diagnose(&inventory(vec![]), &scope, &DnsEvidence::default(), &catalog()).findings;
            all.iter().any(|one| one.problem == Problem::Presence(Presence::NamedAndNotFiled))
        };
        assert!(proposing("other"));
        assert!(!proposing("typo"));
    }

    #[test]
    fn a_target_of_nobody_known_is_somebody_elses_unless_it_is_a_misspelt_mail_target() {
        let owner = |at: &str, wanted: &str, held: &str| {
            rival(&name(at), (&name(wanted), &name(held)), &catalog()).is_some()
        };
        let s1 = "s1._domainkey.example.com";
        assert!(owner(s1, WANTED.1, "s1.domainkey.u1.wl1.other.test"));
        assert!(!owner(s1, WANTED.1, "s1.domainkey.u1.wl1.sendgird.net"));
        assert!(owner("url1.example.com", "sendgrid.net", "sendgird.net"), "not for mail");
    }

    fn about(held: &Inventory, scope: &Scope, code: Code) -> Finding {
        let all = diagnose(held, scope, &DnsEvidence::default(), &catalog()).findings;
        all.into_iter().find(|one| one.code() == code).unwrap()
    }

    #[test]
    fn what_a_log_says_otherwise_of_a_name_that_was_decided_is_shown() {
        let proposed = |label: &str, target: &str| Expectation {
            name: name(&format!("{label}.example.com")),
            target: name(target),
            source: Source::Snapshot { seen: "then".into() },
            ..expecting(&[WANTED]).expected.pop_first().unwrap().1
        };
        let scope = Scope {
            proposed: vec![
                proposed(WANTED.0, "s1.domainkey.u7.wl1.sendgrid.net"),
                proposed(WANTED.0, WANTED.1),
                proposed("s9._domainkey", "s9.domainkey.u9.wl1.sendgrid.net"),
            ],
            ..expecting(&[WANTED])
        };
        let evidence = about(&inventory(vec![]), &scope, Code::Missing).evidence;
        let dissent = evidence.iter().filter_map(|one| match one {
            Evidence::Dissent(_, target) => Some(target.as_str()),
            _ => None,
        });
        assert_eq!(dissent.collect::<Vec<_>>(), ["s1.domainkey.u7.wl1.sendgrid.net"]);
    }

    #[test]
    fn what_is_in_the_way_is_not_said_to_be_blocked_unless_it_may_go() {
        let owned =
            HeldRecord { is_read_only: true, ..record("s1._domainkey.example.com", "A", "192.0.2.1") };
        let held = inventory(vec![owned]);
        let blocker = |replace: &[&str]| {
            let replace = replace.iter().map(|at| name(at)).collect();
            about(&held, &Scope { replace, ..expecting(&[WANTED]) }, Code::InTheWay).blocker
        };
        assert_eq!(blocker(&[]), None);
        let named = blocker(&["s1._domainkey.example.com"]);
        assert_eq!(named, Some(Blocker::Finding(Code::ManagedElsewhere)));
        let expected = from_argument("example.com=site.mailer.test").unwrap();
        let scope = Scope { expected: by_name([expected]), ..Scope::default() };
        let mail = inventory(vec![record("example.com", "MX", "mx.test")]);
        assert_eq!(about(&mail, &scope, Code::InTheWay).blocker, Some(Blocker::Apex));
    }

    #[test]
    fn the_apex_is_never_cleared_for_a_cname() {
        let at = name("example.com");
        let expected = from_argument("example.com=site.mailer.test").unwrap();
        let scope = Scope { expected: by_name([expected]), replace: [at].into(), ..Scope::default() };
        let mail = vec![record("example.com", "MX", "mx.test"), record("example.com", "TXT", "v=spf1 -all")];
        assert_eq!(found(&inventory(mail), &scope, &DnsEvidence::default()), ["in-the-way example.com -"]);
        assert_eq!(found(&inventory(vec![]), &scope, &DnsEvidence::default()), ["missing example.com -"]);
    }

    #[test]
    fn wrong_and_proxied_are_both_said() {
        let held = inventory(vec![proxied("s1._domainkey", "s2.domainkey.u1.wl1.sendgrid.net")]);
        let lines = found(&held, &expecting(&[WANTED]), &DnsEvidence::default());
        assert_eq!(
            lines,
            [
                "proxied s1._domainkey.example.com set-dns-only",
                "wrong-target s1._domainkey.example.com retarget"
            ]
        );
    }

    #[test]
    fn a_named_record_that_is_absent_is_said() {
        let scope =
            Scope { is_restricted: true, only: [name("typo.example.com")].into(), ..Scope::default() };
        assert_eq!(
            found(&inventory(vec![]), &scope, &DnsEvidence::default()),
            ["missing typo.example.com -"]
        );
    }

    #[test]
    fn the_record_of_another_tenant_of_a_shared_host_is_never_overwritten() {
        let tenants =
            ["azurewebsites.net", "github.io", "herokuapp.com", "web.app", "vercel.app", "myshopify.com"];
        for host in tenants {
            let held = inventory(vec![cname("mail", &format!("theirs.{host}"))]);
            let expected = expecting(&[("mail", &format!("ours.{host}"))]);
            let lines = found(&held, &expected, &DnsEvidence::default());
            assert_eq!(lines, ["taken mail.example.com -"], "{host}");
        }
    }

    #[test]
    fn a_typing_mistake_inside_the_providers_domain_is_not_somebody_else() {
        let wanted = name("keys.mailer.test");
        let rival = |wanted: &_, held: &str| rival(&name("k.a.test"), (wanted, &name(held)), &catalog());
        assert_eq!(rival(&wanted, "kyes.mailer.test"), None);
        assert!(rival(&wanted, "keys.other.test").is_some());
        assert!(rival(&name("keys.mailer.co.uk"), "keys.other.co.uk").is_some());
    }
}
