//! Mail records that are proxied, and the ones that are left so on purpose. Pure.

use super::serving;
use super::{Case, Evidence, Finding, MailRecord, Problem, Remedy, Treatment};
use crate::model::catalogue::Role;
use crate::model::inventory::ProxyStatus;

/// What keeps the proxying of a record from being seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    /// The zone is not active yet.
    NotActive,
    /// Cloudflare is paused for the zone.
    Paused,
    /// The zone is marked DNS only.
    MarkedDnsOnly,
    /// The zone's mode is DNS only.
    ModeDnsOnly,
    /// The account enforces DNS only.
    AccountEnforcesDnsOnly,
    /// Public DNS shows the alias, and nothing tells why.
    Unexplained,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let proxied = case.records.iter().filter(|record| record.proxy == ProxyStatus::Proxied);
    proxied.filter_map(|record| finding(case, record)).collect()
}

fn finding(case: &Case<'_>, record: &MailRecord) -> Option<Finding> {
    let known = &record.recognition;
    let finding = |problem| {
        let held = Evidence::Cname(record.target.clone(), Some(record.proxy));
        Finding::about(record, problem).evidence([held])
    };
    let recognised = Evidence::Recognised(known.grounds);
    let note = known.note.as_deref().map(|note| Evidence::Note(note.to_owned()));
    match (known.treatment, known.role) {
        (Treatment::Mend, _) => {
            let heard = case.outside.published.get(&record.name).cloned().map(Evidence::Heard);
            let comment = case.record_at(&record.name).and_then(|held| held.comment.as_deref());
            let comment = comment.map(|comment| Evidence::Comment(comment.to_owned()));
            let finding = finding(Problem::Proxied { hidden_by: hidden_by(case, record) });
            let finding = finding.evidence([recognised]).evidence(heard).evidence(comment);
            Some(finding.remedy(Some(Remedy::SetDnsOnly), case.blocker(&record.name)))
        }
        (treatment, Role::Tracking) => Some(finding(Problem::TrackingProxied(treatment)).evidence(note)),
        (Treatment::Ask, _) => {
            let finding = finding(Problem::PerhapsProxiedOnPurpose(known.grounds));
            Some(finding.evidence([recognised]).evidence(note))
        }
        (Treatment::Keep, _) => None,
    }
}

/// What keeps the proxying of a record from being seen today.
fn hidden_by(case: &Case<'_>, record: &MailRecord) -> Option<Masking> {
    let is_seen =
        case.outside.published.get(&record.name).is_some_and(|seen| seen.alias_at(&record.name).is_some());
    serving::hidden_by_zone(&case.held.zone)
        .or_else(|| (case.outside.zone_is_dns_only == Some(true)).then_some(Masking::ModeDnsOnly))
        .or_else(|| (case.outside.enforces_dns_only == Some(true)).then_some(Masking::AccountEnforcesDnsOnly))
        .or_else(|| is_seen.then_some(Masking::Unexplained))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, published};
    use super::super::{Outside, Scope};
    use crate::model::inventory::ZoneStatus;
    use crate::testing::{inventory, name, proxied};

    #[test]
    fn a_proxied_key_is_an_error_and_a_proxied_tracker_is_left_alone() {
        let held = inventory(vec![
            proxied("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net"),
            proxied("url1", "sendgrid.net"),
            proxied("www", "site.unknown.test"),
        ]);
        assert_eq!(
            found(&held, &Scope::default(), &Outside::default()),
            ["proxied s1._domainkey.example.com set-dns-only", "tracking-proxied url1.example.com -"]
        );
    }

    #[test]
    fn client_set_up_is_asked_about_and_mended_only_when_named() {
        let held = inventory(vec![proxied("autodiscover", "autodiscover.outlook.com")]);
        assert_eq!(
            found(&held, &Scope::default(), &Outside::default()),
            ["proxied autodiscover.example.com -"]
        );
        let named = Scope {
            is_restricted: true,
            only: [name("autodiscover.example.com")].into(),
            ..Scope::default()
        };
        assert_eq!(
            found(&held, &named, &Outside::default()),
            ["proxied autodiscover.example.com set-dns-only"]
        );
    }

    #[test]
    fn a_pending_or_paused_zone_hides_the_damage() {
        let mut held = inventory(vec![proxied("s1._domainkey", "x.unknown.test")]);
        held.zone.is_paused = true;
        let expected = "hidden-proxied s1._domainkey.example.com set-dns-only";
        assert_eq!(found(&held, &Scope::default(), &Outside::default()), [expected]);
        held.zone.is_paused = false;
        held.zone.status = ZoneStatus::Pending;
        assert!(found(&held, &Scope::default(), &Outside::default()).contains(&expected.to_owned()));
    }

    #[test]
    fn a_proxied_record_that_public_dns_shows_is_hidden_by_something() {
        let held = inventory(vec![proxied("s1._domainkey", "x.unknown.test")]);
        let seen = published(&[("s1._domainkey", Some("x.unknown.test"))]);
        assert_eq!(
            found(&held, &Scope::default(), &seen),
            ["hidden-proxied s1._domainkey.example.com set-dns-only"]
        );
    }

    #[test]
    fn a_record_that_the_system_owns_is_not_mended() {
        let mut record = proxied("s1._domainkey", "x.unknown.test");
        record.is_read_only = true;
        let lines = found(&inventory(vec![record]), &Scope::default(), &Outside::default());
        assert_eq!(
            lines,
            ["proxied s1._domainkey.example.com -", "managed-elsewhere s1._domainkey.example.com -"]
        );
    }
}
