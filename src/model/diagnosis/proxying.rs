//! Mail records that are proxied, and the ones that are left so on purpose. Pure.

use super::serving;
use super::{CheckContext, Code, Evidence, Finding, Grounds, MailRecord, Remedy, Severity, Treatment};
use crate::model::catalog::Role;
use crate::model::inventory::ProxyStatus;

/// Why a record cannot be seen, or not for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hidden {
    /// It is proxied; `hidden_by` if that does not show today.
    Proxied { hidden_by: Option<Masking> },
    /// It is proxied, and that may be on purpose.
    PerhapsProxiedOnPurpose(Grounds),
    /// It is for tracking, and proxied.
    TrackingProxied(Treatment),
    /// It is flattened.
    Flattened,
    /// Its target lies in the same zone, which Cloudflare always flattens.
    SameZoneTarget,
    /// The zone's own name server answers otherwise than the API shows.
    AnswersDiffer,
}

impl Hidden {
    pub(super) fn class(&self, role: Option<Role>) -> (Code, Severity) {
        match self {
            Self::Proxied { hidden_by: None } => (Code::Proxied, Severity::Error),
            Self::Proxied { hidden_by: Some(_) } => (Code::HiddenProxied, Severity::Warning),
            Self::PerhapsProxiedOnPurpose(_) => (Code::Proxied, Severity::Warning),
            Self::TrackingProxied(_) => (Code::TrackingProxied, Severity::Info),
            Self::Flattened => (Code::Flattened, Severity::Error),
            // A policy is asked for as text: whether that survives flattening is not established.
            Self::SameZoneTarget if role == Some(Role::Dmarc) => (Code::SameZoneTarget, Severity::Warning),
            Self::SameZoneTarget => (Code::SameZoneTarget, Severity::Error),
            Self::AnswersDiffer => (Code::Unconfirmed, Severity::Error),
        }
    }
}

/// What keeps the proxying of a record from being seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    NotActive,
    Paused,
    MarkedDnsOnly,
    ModeDnsOnly,
    AccountEnforcesDnsOnly,
    /// Public DNS shows the alias, and nothing tells why.
    Unexplained,
}

pub(super) fn check(case: &CheckContext<'_>) -> Vec<Finding> {
    let proxied = case.records.iter().filter(|record| record.proxy == ProxyStatus::Proxied);
    proxied.filter_map(|record| finding(case, record)).collect()
}

fn finding(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    let known = &record.classification;
    let finding = |problem| {
        let held = Evidence::Cname(record.target.clone(), Some(record.proxy));
        Finding::about(record, problem).evidence([held])
    };
    let recognised = Evidence::Recognised(known.grounds);
    let note = known.note.as_deref().map(|note| Evidence::Note(note.to_owned()));
    match (known.treatment, known.role) {
        (Treatment::Fix, _) => {
            let heard = case.outside.published.get(&record.name).cloned().map(Evidence::Heard);
            let comment = case.record_at(&record.name).and_then(|held| held.comment.as_deref());
            let comment = comment.map(|comment| Evidence::Comment(comment.to_owned()));
            let finding = finding(Hidden::Proxied { hidden_by: hidden_by(case, record) });
            let finding = finding.evidence([recognised]).evidence(heard).evidence(comment);
            Some(finding.remedy(Some(Remedy::SetDnsOnly), case.blocker(&record.name)))
        }
        (treatment, Role::Tracking) => Some(finding(Hidden::TrackingProxied(treatment)).evidence(note)),
        (Treatment::Confirm, _) => {
            let finding = finding(Hidden::PerhapsProxiedOnPurpose(known.grounds));
            Some(finding.evidence([recognised]).evidence(note))
        }
        (Treatment::Leave, _) => None,
    }
}

/// What keeps the proxying of a record from being seen today.
fn hidden_by(case: &CheckContext<'_>, record: &MailRecord) -> Option<Masking> {
    serving::hidden_by_zone(&case.held.zone)
        .or_else(|| (case.outside.zone_is_dns_only == Some(true)).then_some(Masking::ModeDnsOnly))
        .or_else(|| (case.outside.enforces_dns_only == Some(true)).then_some(Masking::AccountEnforcesDnsOnly))
        .or_else(|| case.is_seen(&record.name).then_some(Masking::Unexplained))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, published};
    use super::super::{DnsEvidence, Scope};
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
            found(&held, &Scope::default(), &DnsEvidence::default()),
            ["proxied s1._domainkey.example.com set-dns-only", "tracking-proxied url1.example.com -"]
        );
    }

    #[test]
    fn client_set_up_is_asked_about_and_mended_only_when_named() {
        let held = inventory(vec![proxied("autodiscover", "autodiscover.outlook.com")]);
        assert_eq!(
            found(&held, &Scope::default(), &DnsEvidence::default()),
            ["proxied autodiscover.example.com -"]
        );
        let named = Scope {
            is_restricted: true,
            only: [name("autodiscover.example.com")].into(),
            ..Scope::default()
        };
        assert_eq!(
            found(&held, &named, &DnsEvidence::default()),
            ["proxied autodiscover.example.com set-dns-only"]
        );
    }

    #[test]
    fn a_pending_or_paused_zone_hides_the_damage() {
        let mut held = inventory(vec![proxied("s1._domainkey", "x.unknown.test")]);
        held.zone.is_paused = true;
        let expected = "hidden-proxied s1._domainkey.example.com set-dns-only";
        assert_eq!(found(&held, &Scope::default(), &DnsEvidence::default()), [expected]);
        held.zone.is_paused = false;
        held.zone.status = ZoneStatus::Pending;
        assert!(found(&held, &Scope::default(), &DnsEvidence::default()).contains(&expected.to_owned()));
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
        let lines = found(&inventory(vec![record]), &Scope::default(), &DnsEvidence::default());
        assert_eq!(
            lines,
            ["proxied s1._domainkey.example.com -", "managed-elsewhere s1._domainkey.example.com -"]
        );
    }
}
