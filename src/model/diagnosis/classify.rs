//! What a record is for, how we know, and what may be done to it. Pure.
//!
//! Decided in this order, the first that matches wins: the user named it; its target is in the
//! catalog; its name has an underscore label; its target publishes what only mail needs. Anything else is not ours.

use std::sync::Arc;

use crate::model::catalog::{Catalog, Provider, Publishes, Role, Treatment, is_never_mail, role_of_name};
use crate::model::dns::DomainName;

/// What a record is, and what may be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    pub role: Role,
    /// Whose it is, if the catalog knows.
    pub provider: Option<Arc<Provider>>,
    /// What must be found behind it.
    pub publishes: Vec<Publishes>,
    pub treatment: Treatment,
    pub grounds: Grounds,
    /// What else the catalog knows about it.
    pub note: Option<Box<str>>,
}

/// How we know what a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// The user named it.
    Named,
    /// Its target is in the catalog.
    Target,
    /// Its name has a label that only text records carry.
    Name,
    /// Its target publishes what only mail needs.
    Content,
    /// Its target lies in the domain of a DKIM target of the zone, and what it publishes could not be seen.
    Company,
}

/// Recognises an alias; `None` when it is nothing of ours.
pub fn classify(
    name: &DomainName,
    target: &DomainName,
    is_named: bool,
    catalog: &Catalog,
) -> Option<Classification> {
    let known = if is_other_business(name, target, catalog) {
        None
    } else {
        by_target(name, target, catalog).or_else(|| by_name(name))
    };
    let is_mistake = catalog.find_record(name, target).is_some_and(|entry| entry.instead.is_some());
    if !is_named || is_mistake {
        return known;
    }
    let known = known.unwrap_or_else(|| by_role(Role::Named, Treatment::Fix, Grounds::Named));
    Some(Classification { treatment: Treatment::Fix, grounds: Grounds::Named, ..known })
}

/// What is to be said of a record of which nothing is known but what it is for.
fn by_role(role: Role, treatment: Treatment, grounds: Grounds) -> Classification {
    let publishes = Publishes::by_role(role);
    Classification { role, provider: None, publishes, treatment, grounds, note: None }
}

/// Whether an alias is for certificates or for Domain Connect, by its name or its target.
pub(super) fn is_other_business(name: &DomainName, target: &DomainName, catalog: &Catalog) -> bool {
    is_never_mail(name) || catalog.find(target).is_some_and(|entry| entry.role == Role::Certificate)
}

/// What a target publishes that only mail needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    pub role: Role,
    /// Whether it has addresses as well, as a web host has.
    pub is_host: bool,
}

impl Content {
    /// What may be done to a record that points there: one that could be a web site needs a word from a person.
    pub(super) fn treatment(self) -> Treatment {
        if self.is_host { Treatment::Confirm } else { Treatment::Fix }
    }
}

/// Recognises an alias that nothing else tells about by what its target publishes.
pub(super) fn by_content(content: Content) -> Classification {
    let note = content.is_host.then(|| "its target has addresses as well, as a web host has".into());
    Classification { note, ..by_role(content.role, content.treatment(), Grounds::Content) }
}

/// Recognises an alias that nothing tells about but the company it keeps: a person has to say.
pub(super) fn by_company() -> Classification {
    by_role(Role::ReturnPath, Treatment::Confirm, Grounds::Company)
}

fn by_target(name: &DomainName, target: &DomainName, catalog: &Catalog) -> Option<Classification> {
    let entry = catalog.find_record(name, target)?;
    Some(Classification {
        role: entry.role,
        provider: Some(Arc::clone(&entry.provider)),
        publishes: entry.publishes.clone(),
        treatment: entry.treatment,
        grounds: Grounds::Target,
        note: entry.note.clone(),
    })
}

fn by_name(name: &DomainName) -> Option<Classification> {
    let role = role_of_name(name)?;
    Some(by_role(role, Treatment::by_role(role), Grounds::Name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalog, name};

    fn told(label: &str, target: &str) -> Option<(Role, Treatment)> {
        let owner = name(&format!("{label}.example.com"));
        classify(&owner, &name(target), false, &catalog()).map(|found| (found.role, found.treatment))
    }

    #[test]
    fn mail_and_tracking_of_one_provider_are_told_apart() {
        assert_eq!(told("em1234", "u1.wl1.sendgrid.net"), Some((Role::ReturnPath, Treatment::Fix)));
        for (label, target) in
            [("url1234", "sendgrid.net"), ("12345678", "sendgrid.net"), ("fwtrack1", "sendgrid.net")]
        {
            assert_eq!(told(label, target), Some((Role::Tracking, Treatment::Leave)), "{label}");
        }
        assert_eq!(told("send", "12.klaviyodns.com"), Some((Role::ReturnPath, Treatment::Fix)));
        assert_eq!(told("trk", "dct.klaviyodns.com"), Some((Role::Tracking, Treatment::Confirm)));
        assert_eq!(told("zendesk1", "mail1.zendesk.com"), Some((Role::ReturnPath, Treatment::Fix)));
        assert_eq!(told("help", "acme.zendesk.com"), Some((Role::WebHost, Treatment::Leave)));
        assert_eq!(told("www", "shops.myshopify.com"), Some((Role::WebHost, Treatment::Leave)));
    }

    #[test]
    fn a_name_for_text_records_is_enough_whatever_the_target() {
        assert_eq!(told("x._domainkey", "keys.unknown.test"), Some((Role::Dkim, Treatment::Fix)));
        assert_eq!(told("x._domainkey.sub", "keys.unknown.test"), Some((Role::Dkim, Treatment::Fix)));
        assert_eq!(told("_dmarc", "policy.unknown.test"), Some((Role::Dmarc, Treatment::Fix)));
        assert_eq!(told("_mta-sts", "x.unknown.test"), Some((Role::TextByAlias, Treatment::Fix)));
        assert_eq!(told("_smtp._tls", "x.unknown.test"), Some((Role::TextByAlias, Treatment::Fix)));
    }

    #[test]
    fn web_hosts_and_certificates_are_not_ours() {
        assert_eq!(told("mta-sts", "x.unknown.test"), None);
        assert_eq!(told("_acme-challenge", "x.dcv.unknown.test"), None);
        assert_eq!(told("www", "site.unknown.test"), None);
        assert_eq!(told("_acme-challenge", "u1.wl1.sendgrid.net"), None, "whatever the target");
        for (label, target) in [
            ("_a79865eb4cd1a6ab990a45779b4e0b96", "_b1.acm-validations.aws"),
            ("_a79865eb4cd1a6ab990a45779b4e0b96.www", "issuer.unknown.test"),
            ("_short", "_b1.jkddzztszm.acm-validations.aws"),
            ("_c9c863405fe7675a3988b97664ea6baf", "442019e4e52fa335.f406f7c5f26cf14f.sectigo.com"),
            ("_2txda07ippujatlt6lwrmtg03o007ne", "dcv.digicert.com"),
            ("_dnsauth", "_token.dcv.digicert.com"),
            ("_domainconnect", "_domainconnect.gd.domaincontrol.com"),
        ] {
            assert_eq!(told(label, target), None, "{label}");
        }
        assert_eq!(told("em1", "evilsendgrid.net"), None);
        assert_eq!(told("em1", "u1.wl1.sendgrid.net.attacker.example"), None);
    }

    #[test]
    fn what_the_user_names_may_be_mended() {
        let of = |target: &str| {
            classify(&name("url1.example.com"), &name(target), true, &catalog()).map(|found| found.treatment)
        };
        assert_eq!(of("sendgrid.net"), Some(Treatment::Fix));
        assert_eq!(of("anything.test"), Some(Treatment::Fix));
    }
}
