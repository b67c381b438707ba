//! What a pair that was found may cause: a record, a proposal, or nothing. Pure.
//!
//! Pages and tables leave open what belongs together, and lists hold more than mail. A pair that was mispaired,
//! swapped or cut off must not become a record, and a web site must not become one that mail needs. The author of a
//! manifest has said what is meant, so none of this is asked of a manifest.

use crate::model::catalog::{self, Catalog, Entry, Role, Signers};
use crate::model::dns::DomainName;

use super::words;

/// What a pair is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sense {
    /// Shown to be for mail by its target or by its name.
    Mail,
    /// Shown to be for mail by the company that its target keeps.
    Company,
    /// Nothing shows what it is for.
    Unknown,
    /// A record, but not one that mail needs; why, for people.
    Aside(String),
    /// Hardly a record; why, for people.
    Nonsense(String),
}

/// What is known about where a pair comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin<'a> {
    pub(super) zones: &'a [DomainName],
    pub(super) catalog: &'a Catalog,
    /// Who signs, by the DKIM records beside it.
    pub(super) signers: Signers<'a>,
}

pub(super) fn judge(name: &DomainName, target: &DomainName, origin: &Origin<'_>) -> Sense {
    let known = origin.catalog.find_record(name, target);
    let by_name = catalog::role_of_name(name);
    let nonsense = match known {
        Some(entry) => mismatch(entry, by_name).or_else(|| origin.catalog.misfit(name, target)),
        None => swapped(name, target, origin.catalog).or_else(|| at_home(name, target, origin)),
    };
    if let Some(why) = nonsense {
        return Sense::Nonsense(why);
    }
    if catalog::is_never_mail(name) {
        return Sense::Aside("proves the domain to somebody else, and is not for mail".to_owned());
    }
    if let Some((entry, instead)) = known.and_then(|entry| Some((entry, entry.instead.as_ref()?))) {
        let provider = &entry.provider.name;
        return Sense::Nonsense(format!("{provider} asks for no CNAME there, but for {instead}"));
    }
    match known {
        Some(entry) if !entry.role.is_for_mail() => Sense::Aside(format!(
            "{} of {}, not authentication; to have it as well, give it with --expect",
            entry.role.describe(),
            entry.provider.name
        )),
        Some(_) => Sense::Mail,
        None if by_name.is_some() => Sense::Mail,
        None if words::is_of_web(name.first_label()) => Sense::Unknown,
        None if origin.catalog.keeps_new_company(target, &origin.signers) => Sense::Company,
        None => Sense::Unknown,
    }
}

/// Whether a pair belongs to a web site by all that its name and its target tell.
pub(super) fn is_web(name: &DomainName, target: &DomainName, catalog: &Catalog) -> bool {
    let is_known = catalog.find_record(name, target).is_some_and(|entry| !entry.role.is_for_mail());
    name.first_label() == "www" || is_known || target.shared_host().is_some()
}

/// A target that serves another purpose than its name is for.
fn mismatch(entry: &Entry, by_name: Option<Role>) -> Option<String> {
    let is_by_name = |role: Role| matches!(role, Role::Dkim | Role::Dmarc);
    let is_either = by_name.is_some_and(is_by_name) || is_by_name(entry.role);
    let is_free = matches!(entry.role, Role::TextByAlias | Role::Verification)
        || by_name.is_some_and(|role| !is_by_name(role));
    if is_free || !is_either || by_name == Some(entry.role) {
        return None;
    }
    let (target, provider) = (entry.role.describe(), &entry.provider.name);
    let name = by_name.map_or("neither DKIM nor DMARC", Role::describe);
    Some(format!(
        "the name is for {name}, but the target is for {target} of {provider}: they do not belong together"
    ))
}

/// A target at the place of the name.
fn swapped(name: &DomainName, target: &DomainName, catalog: &Catalog) -> Option<String> {
    let is_owner = catalog::role_of_name(target).is_some() && catalog::role_of_name(name).is_none();
    (is_owner || catalog.find(name).is_some())
        .then(|| "name and target look swapped: the name is the one inside your domain".to_owned())
}

/// A target nobody knows, inside the domain that the record is for.
fn at_home(name: &DomainName, target: &DomainName, origin: &Origin<'_>) -> Option<String> {
    let in_zone = |zone: &&DomainName| name.is_within(zone) && target.is_within(zone);
    let zone = origin.zones.iter().find(in_zone).cloned().or_else(|| catalog::domain_of(name));
    let zone = zone.filter(|zone| target.is_within(zone))?;
    Some(format!("the target lies inside {zone} itself; if that is meant, give it with --expect"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalog, name};

    fn judged(owner: &str, target: &str, zones: &[&str]) -> Sense {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        let (known, beside) = (catalog(), [(name("k1._domainkey.example.com"), name("k1.dkim.sender.test"))]);
        let signers = Signers::of(&name("example.com"), beside.iter().map(|(name, target)| (name, target)));
        judge(&name(owner), &name(target), &Origin { zones: &zones, catalog: &known, signers })
    }

    #[track_caller]
    fn is_nonsense(owner: &str, target: &str, why: &str) {
        for zones in [&["example.com"][..], &[]] {
            match judged(owner, target, zones) {
                Sense::Nonsense(told) => assert!(told.contains(why), "{told}"),
                other => panic!("{owner} {target}: {other:?}"),
            }
        }
    }

    #[test]
    fn one_owner_name_is_no_target_of_another() {
        is_nonsense("s1._domainkey.example.com", "s2._domainkey.example.com", "inside example.com");
        is_nonsense("em1.example.com", "keys.mailer.test.example.com", "inside example.com");
    }

    #[test]
    fn a_target_must_fit_what_its_name_is_for() {
        is_nonsense("s1._domainkey.example.com", "u1.wl1.sendgrid.net", "do not belong together");
        is_nonsense("em1.example.com", "s1.domainkey.u1.wl1.sendgrid.net", "do not belong together");
        is_nonsense("s1._domainkey.example.com", "sendgrid.net", "do not belong together");
        is_nonsense("_dmarc.example.com", "u1.wl1.sendgrid.net", "do not belong together");
    }

    #[test]
    fn a_selector_points_to_its_own_key() {
        is_nonsense("k2._domainkey.example.com", "dkim3.mcsv.net", "k3._domainkey.example.com");
        is_nonsense(
            "s1._domainkey.example.com",
            "s2.domainkey.u1.wl1.sendgrid.net",
            "s2._domainkey.example.com",
        );
        is_nonsense("cnames1._domainkey.example.com", "s1.domainkey.u1.wl1.sendgrid.net", "s1._domainkey");
        is_nonsense("s1._domainkey.example.com", "values1.domainkey.u1.wl1.sendgrid.net", "s1");
        is_nonsense(
            "fm1._domainkey.example.com",
            "fm1.example.org.dkim.fmhosted.com",
            "made for example.org",
        );
        let fits =
            |owner: &str, target: &str| assert_eq!(judged(owner, target, &["example.com"]), Sense::Mail);
        fits("k2._domainkey.mail.example.com", "dkim2.mcsv.net");
        fits("abc2._domainkey.example.com", "abc2.domainkey.u1.wl1.sendgrid.net");
        fits("em77.example.com", "u1.wl1.sendgrid.net");
        fits("selector1._domainkey.example.com", "selector1-example-com._domainkey.t.onmicrosoft.com");
    }

    #[test]
    fn a_swapped_pair_is_seen() {
        is_nonsense("u1.wl1.sendgrid.net", "em1.example.com", "swapped");
        is_nonsense("keys.mailer.test", "s1._domainkey.example.com", "swapped");
    }

    #[test]
    fn what_counts_clicks_is_set_aside() {
        let sense = judged("url1.example.com", "sendgrid.net", &["example.com"]);
        assert!(matches!(&sense, Sense::Aside(why) if why.contains("click")), "{sense:?}");
    }

    #[test]
    fn an_unknown_target_is_mail_only_by_its_name_or_its_company() {
        let sense = |owner: &str, target: &str| judged(owner, target, &["example.com"]);
        assert_eq!(sense("em1.example.com", "site.host.test"), Sense::Unknown);
        assert_eq!(sense("k._domainkey.example.com", "k.host.test"), Sense::Mail);
        assert_eq!(sense("bounce.example.com", "bounce.sender.test"), Sense::Company);
        assert_eq!(sense("track.example.com", "t.sender.test"), Sense::Unknown);
    }
}
