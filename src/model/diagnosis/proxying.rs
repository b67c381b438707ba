//! Mail records that are proxied, and the ones that are left so on purpose. Pure.

use super::serving;
use super::{Case, Code, Finding, Grounds, MailRecord, Remedy, Severity, Treatment, about};
use crate::model::catalogue::Role;
use crate::model::inventory::ProxyStatus;
use crate::model::plain;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let proxied = case.records.iter().filter(|record| record.proxy == ProxyStatus::Proxied);
    proxied.filter_map(|record| finding(case, record)).collect()
}

fn finding(case: &Case<'_>, record: &MailRecord) -> Option<Finding> {
    match (record.recognition.treatment, record.recognition.role) {
        (Treatment::Mend, _) => Some(broken(case, record)),
        (Treatment::Ask | Treatment::Keep, Role::Tracking) => Some(kept(record)),
        (Treatment::Ask, _) => Some(asked_about(record)),
        (Treatment::Keep, _) => None,
    }
}

fn broken(case: &Case<'_>, record: &MailRecord) -> Finding {
    let hidden = hidden_by(case, record);
    let mut finding = match &hidden {
        None => {
            let why = format!("{} is proxied: {}", record.name, suffers(record.recognition.role));
            about(record, Code::Proxied, Severity::Error, why)
        }
        Some(reason) => {
            let why = format!(
                "{} is proxied; mail still works because {reason}, and breaks when that ends",
                record.name
            );
            about(record, Code::HiddenProxied, Severity::Warning, why)
        }
    };
    finding.evidence.push(format!("Cloudflare's API: CNAME {}, proxied", record.target));
    finding.evidence.push(record.recognition.evidence());
    if let Some(observation) = case.outside.published.get(&record.name) {
        finding.evidence.push(format!("authoritative server: {}", observation.describe()));
    }
    let comment = case.record_at(&record.name).and_then(|held| held.comment.as_deref());
    finding.evidence.extend(comment.map(|comment| format!("its comment: \"{}\"", plain::line(comment))));
    if case.is_mendable(&record.name) {
        finding.remedy = Some(Remedy::SetDnsOnly);
    } else {
        finding.advice = Some("not changed: see the other findings about this name or zone".to_owned());
    }
    finding
}

/// Why mail suffers, by what the record is for.
fn suffers(role: Role) -> &'static str {
    match role {
        Role::Dkim => "receivers find no DKIM key there, so signatures fail",
        Role::ReturnPath => {
            "the return path has no SPF record and no mail exchanger, so SPF fails and bounces are lost"
        }
        Role::Dmarc => "receivers find no DMARC policy there",
        Role::Verification => "the provider cannot see its verification record",
        Role::TextByAlias
        | Role::Named
        | Role::Tracking
        | Role::WebHost
        | Role::ClientSetup
        | Role::Certificate => "whoever looks for the CNAME sees Cloudflare's addresses instead",
    }
}

/// What keeps the proxying of a record from being seen today.
fn hidden_by(case: &Case<'_>, record: &MailRecord) -> Option<&'static str> {
    if let Some(reason) = serving::hidden_by_zone(&case.held.zone) {
        return Some(reason);
    }
    let is_seen =
        case.outside.published.get(&record.name).is_some_and(|seen| seen.alias_at(&record.name).is_some());
    if case.outside.zone_is_dns_only == Some(true) {
        Some("the zone's mode is DNS only")
    } else if case.outside.enforces_dns_only == Some(true) {
        Some("the account setting that enforces DNS only is on")
    } else if is_seen {
        Some("public DNS still shows the CNAME, for a reason that could not be established")
    } else {
        None
    }
}

fn asked_about(record: &MailRecord) -> Finding {
    let what = match (record.recognition.role, record.recognition.grounds) {
        (_, Grounds::Company) => "it is likely a return path, and then SPF fails and bounces are lost",
        (Role::ClientSetup, _) => "mail programs may fail to set themselves up",
        (role, _) => suffers(role),
    };
    let message = format!("{} is proxied: {what}", record.name);
    let mut finding = about(record, Code::Proxied, Severity::Warning, message);
    finding.evidence.push(format!("Cloudflare's API: CNAME {}, proxied", record.target));
    finding.evidence.push(record.recognition.evidence());
    finding.evidence.extend(record.recognition.note.as_deref().map(str::to_owned));
    finding.advice = Some(format!(
        "left alone, because it may be proxied on purpose; to make it DNS only name it: --record {}",
        record.name
    ));
    finding
}

fn kept(record: &MailRecord) -> Finding {
    let message =
        format!("{} is proxied and left alone: it counts clicks and does not authenticate mail", record.name);
    let mut finding = about(record, Code::TrackingProxied, Severity::Info, message);
    finding.evidence.push(format!("Cloudflare's API: CNAME {}, proxied", record.target));
    finding.evidence.extend(record.recognition.note.as_deref().map(str::to_owned));
    let name = &record.name;
    finding.advice = Some(match record.recognition.treatment {
        Treatment::Ask => {
            format!("if your provider wants it DNS only, name it to change it: --record {name}")
        }
        Treatment::Keep | Treatment::Mend => {
            "some providers want it proxied for HTTPS links, others not: follow your provider".to_owned()
        }
    });
    finding
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
