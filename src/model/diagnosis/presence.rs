//! Wanted and missing, present and wrong, and what holds the name instead. Pure.

use std::collections::BTreeSet;

use super::{Case, Code, Finding, Remedy, Severity, about_name, misfiled};
use crate::model::catalogue::{Catalogue, Entry};
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::Expectation;
use crate::model::plain;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let expected = case.scope.expected.iter();
    let zone = &case.held.zone.name;
    let mut findings: Vec<Finding> = expected
        .filter(|expectation| expectation.name.is_within(zone))
        .filter_map(|expectation| finding(case, expectation))
        .collect();
    findings.extend(case.scope.only.iter().filter_map(|name| named_but_absent(case, name)));
    findings
}

fn finding(case: &Case<'_>, expectation: &Expectation) -> Option<Finding> {
    if misfiled::will_be_renamed_to(case, expectation) || misfiled::is_filed_as_text(case, expectation) {
        return None;
    }
    let held = case.held.alias_at(&expectation.name);
    let source = format!("{}: CNAME {}", expectation.source.words(), expectation.target);
    let no_alias = misfiled::no_alias(case, &expectation.name, &expectation.target, source);
    match held {
        Some((_, alias)) if alias.target == expectation.target => None,
        _ if no_alias.is_some() => no_alias,
        Some(_) if case.meant_target(&expectation.name).is_some() => None,
        Some((_, alias)) => Some(points_elsewhere(case, expectation, &alias.target)),
        None => Some(absent(case, expectation)),
    }
}

/// Source: `developers.cloudflare.com/dns/cname-flattening`: the apex is always flattened; checked 2026-08-22.
pub(super) const AT_THE_APEX: &str =
    "nothing is done: a CNAME at the apex of a zone is never seen, and mail and web records live there";

fn filled(mut finding: Finding, expectation: &Expectation, catalogue: &Catalogue) -> Finding {
    let known = super::recognise(&expectation.name, &expectation.target, false, catalogue);
    finding.role = known.as_ref().map(|known| known.role);
    finding.provider = known.and_then(|known| known.provider);
    finding.evidence.push(format!("{}: CNAME {}", expectation.source.words(), expectation.target));
    finding
}

/// What snapshots and the audit log say differently about a name that the user has decided.
fn dissent(case: &Case<'_>, expectation: &Expectation) -> Vec<String> {
    let about = case.scope.proposed.iter().filter(|one| one.name == expectation.name);
    let other = about.filter(|one| one.target != expectation.target);
    other.map(|one| format!("but {}: CNAME {}", one.source.words(), one.target)).collect()
}

fn absent(case: &Case<'_>, expectation: &Expectation) -> Finding {
    let name = &expectation.name;
    let others: BTreeSet<&RecordType> = case.held.at(name).map(|record| &record.kind).collect();
    if others.is_empty() {
        let message = format!("{name} is missing: nothing is filed under this name");
        let finding = about_name(name, Code::Missing, Severity::Error, message);
        let mut finding = filled(finding, expectation, case.catalogue);
        finding.evidence.extend(dissent(case, expectation));
        finding.evidence.extend(case.same_target_elsewhere(name, &expectation.target));
        if *name == case.held.zone.name {
            finding.advice = Some(AT_THE_APEX.to_owned());
        } else if case.is_mendable(name) {
            finding.remedy = Some(Remedy::Create(expectation.clone()));
        } else {
            finding.advice = Some("not created: see the other findings about this name or zone".to_owned());
        }
        return finding;
    }
    let kinds: Vec<&str> = others.into_iter().map(RecordType::as_str).collect();
    let message = format!("{name} should be a CNAME, but {} is filed there", kinds.join(", "));
    let finding = about_name(name, Code::InTheWay, Severity::Error, message);
    let mut finding = filled(finding, expectation, case.catalogue);
    for record in case.held.at(name).take(5) {
        let content: String = record.content.chars().take(80).collect();
        finding.evidence.push(format!("Cloudflare's API: {} {}", record.kind, plain::line(&content)));
    }
    if *name == case.held.zone.name {
        finding.advice = Some(AT_THE_APEX.to_owned());
    } else if case.scope.replace.contains(name) && case.is_mendable(name) {
        finding.remedy = Some(Remedy::Replace(expectation.clone()));
    } else {
        finding.advice = Some(format!(
            "a CNAME cannot share its name: find out who needs the other record; to delete it and create the CNAME \
             in one step: --replace {name}"
        ));
    }
    finding
}

fn points_elsewhere(case: &Case<'_>, expectation: &Expectation, held: &DomainName) -> Finding {
    let name = &expectation.name;
    let rival = rival(name, (&expectation.target, held), case.catalogue);
    let (code, message) = match &rival {
        None => (Code::WrongTarget, format!("{name} points to {held}, expected {}", expectation.target)),
        Some(whose) => {
            (Code::Taken, format!("{name} is taken: it points to {held}, which belongs to {whose}"))
        }
    };
    let finding = about_name(name, code, Severity::Error, message);
    let mut finding = filled(finding, expectation, case.catalogue);
    finding.evidence.push(format!("Cloudflare's API: CNAME {held}"));
    match rival {
        None if case.is_mendable(name) => finding.remedy = Some(Remedy::Retarget(expectation.clone())),
        None => {
            finding.advice = Some("not changed: see the other findings about this name or zone".to_owned());
        }
        Some(_) => {
            finding.advice = Some(
                "never overwritten: ask your sending platform for a custom selector or return path; or, if the old \
                 sender is no longer used, delete its record in the dashboard and run fix again"
                    .to_owned(),
            );
        }
    }
    finding
}

/// Whose record `held` is, if it is not the one that `wanted` belongs to as well.
///
/// Two accounts of one provider are rivals, too: both may want `s1._domainkey`, and only one can
/// have it. Source: SendGrid support, "Multiple Duplicate Domain Failure"; checked 2026-08-22.
fn rival(
    name: &DomainName,
    (wanted, held): (&DomainName, &DomainName),
    catalogue: &Catalogue,
) -> Option<String> {
    let (ours, theirs) = (catalogue.find_record(name, wanted), catalogue.find_record(name, held));
    let accounts = |entry: &Entry, target| entry.account(target).map(str::to_owned);
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.provider == theirs.provider => {
            let (mine, other) = (accounts(ours, wanted), accounts(theirs, held));
            let other = match (mine, other) {
                (Some(mine), Some(other)) => (mine != other).then_some(other),
                _ => held.is_another_tenant(wanted).then(|| held.owner_part().to_owned()),
            };
            other.map(|other| format!("another account of {} ({other})", theirs.provider.name))
        }
        (_, Some(theirs)) => Some(theirs.provider.name.to_string()),
        (_, None) if wanted.owner_part() == held.owner_part() => None,
        (Some(ours), None) if ours.role.is_for_mail() && held.is_misspelt(wanted) => None,
        (_, None) => Some(format!("somebody this tool does not know ({})", held.owner_part())),
    }
}

/// A name given with `--record` that has no alias: silence would look like health.
fn named_but_absent(case: &Case<'_>, name: &DomainName) -> Option<Finding> {
    let is_ours = name.is_within(&case.held.zone.name);
    let is_known = case.scope.expectation(name).is_some()
        || case.scope.proposed.iter().any(|one| one.name == *name)
        || case.held.alias_at(name).is_some();
    if !is_ours || is_known {
        return None;
    }
    let message = format!("{name} is missing: no CNAME record is filed under this name");
    let mut finding = about_name(name, Code::Missing, Severity::Error, message);
    finding.evidence.push("--record names it".to_owned());
    finding.advice = Some(format!("where it should point is not known: say it with --expect {name}=TARGET"));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expecting, found};
    use super::super::{Outside, Scope};
    use super::rival;
    use crate::testing::{catalogue, cname, inventory, name, proxied, record};

    const WANTED: (&str, &str) = ("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net");

    #[test]
    fn a_record_that_is_not_there_is_created() {
        let lines = found(&inventory(vec![]), &expecting(&[WANTED]), &Outside::default());
        assert_eq!(lines, ["missing s1._domainkey.example.com create"]);
    }

    #[test]
    fn another_target_of_the_same_provider_and_account_is_mended() {
        let held = inventory(vec![cname("s1._domainkey", "s2.domainkey.u1.wl9.sendgrid.net")]);
        let lines = found(&held, &expecting(&[WANTED]), &Outside::default());
        assert_eq!(lines, ["wrong-target s1._domainkey.example.com retarget"]);
    }

    #[test]
    fn the_record_of_somebody_else_is_never_overwritten() {
        for other in ["s1.domainkey.u2.wl1.sendgrid.net", "dkim.mcsv.net", "s1.example.s1.ascendbywix.com"] {
            let held = inventory(vec![cname("s1._domainkey", other)]);
            let lines = found(&held, &expecting(&[WANTED]), &Outside::default());
            assert_eq!(lines, ["taken s1._domainkey.example.com -"], "{other}");
        }
    }

    #[test]
    fn records_of_other_types_are_in_the_way_and_stay() {
        for (kind, content) in [("A", "192.0.2.1"), ("TXT", "v=DKIM1; p=x"), ("MX", "mx.test")] {
            let held = inventory(vec![record("s1._domainkey.example.com", kind, content)]);
            let lines = found(&held, &expecting(&[WANTED]), &Outside::default());
            assert_eq!(lines, ["in-the-way s1._domainkey.example.com -"], "{kind}");
        }
    }

    #[test]
    fn the_apex_is_never_cleared_for_a_cname() {
        let at = name("example.com");
        let expected = crate::model::expectation::from_argument("example.com=site.mailer.test").unwrap();
        let scope = Scope { expected: vec![expected], replace: [at].into(), ..Scope::default() };
        let mail = vec![record("example.com", "MX", "mx.test"), record("example.com", "TXT", "v=spf1 -all")];
        assert_eq!(found(&inventory(mail), &scope, &Outside::default()), ["in-the-way example.com -"]);
        assert_eq!(found(&inventory(vec![]), &scope, &Outside::default()), ["missing example.com -"]);
    }

    #[test]
    fn wrong_and_proxied_are_both_said() {
        let held = inventory(vec![proxied("s1._domainkey", "s2.domainkey.u1.wl1.sendgrid.net")]);
        let lines = found(&held, &expecting(&[WANTED]), &Outside::default());
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
        assert_eq!(found(&inventory(vec![]), &scope, &Outside::default()), ["missing typo.example.com -"]);
    }

    #[test]
    fn the_record_of_another_tenant_of_a_shared_host_is_never_overwritten() {
        let tenants =
            ["azurewebsites.net", "github.io", "herokuapp.com", "web.app", "vercel.app", "myshopify.com"];
        for host in tenants {
            let held = inventory(vec![cname("mail", &format!("theirs.{host}"))]);
            let expected = expecting(&[("mail", &format!("ours.{host}"))]);
            let lines = found(&held, &expected, &Outside::default());
            assert_eq!(lines, ["taken mail.example.com -"], "{host}");
        }
    }

    #[test]
    fn a_typing_mistake_inside_the_providers_domain_is_not_somebody_else() {
        let wanted = name("keys.mailer.test");
        let rival = |wanted: &_, held: &str| rival(&name("k.a.test"), (wanted, &name(held)), &catalogue());
        assert_eq!(rival(&wanted, "kyes.mailer.test"), None);
        assert!(rival(&wanted, "keys.other.test").is_some());
        assert!(rival(&name("keys.mailer.co.uk"), "keys.other.co.uk").is_some());
    }
}
