//! Whether a pair that was found makes sense as a record for mail. Pure.
//!
//! Pages and tables leave open what belongs together, and a zone holds more than mail. A pair that was
//! mispaired, swapped or cut off must not become a record, and a web site must not become one that mail
//! needs. The author of a manifest has said what is meant, so none of this is asked of a manifest.

use crate::catalogue::{self, Catalogue, Entry, Role};
use crate::dns::DomainName;

/// What a pair is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sense {
    /// A record for mail, as far as can be told.
    Mail,
    /// A record, but not one that mail needs; why, for people.
    Aside(String),
    /// Hardly a record; why, for people.
    Nonsense(String),
}

/// What is known about where a pair comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) zones: &'a [DomainName],
    pub(super) catalogue: &'a Catalogue,
    /// One of all records of a zone: nobody said that mail needs it.
    pub(super) is_inventory: bool,
}

/// Judges a pair.
pub(super) fn judge(name: &DomainName, target: &DomainName, origin: &Origin<'_>) -> Sense {
    let known = origin.catalogue.find_record(name, target);
    let by_name = catalogue::role_of_name(name);
    let nonsense = match (known, origin.is_inventory) {
        (Some(entry), _) => mismatch(entry, by_name),
        (None, false) => swapped(name, target, origin.catalogue).or_else(|| at_home(name, target, origin)),
        (None, true) => None,
    };
    if let Some(why) = nonsense {
        // What a zone holds by mistake is found when the zone is looked at.
        return if origin.is_inventory { Sense::Aside(why) } else { Sense::Nonsense(why) };
    }
    match known.map(|entry| (entry, entry.role)) {
        Some((entry, role)) if !role.is_for_mail() => Sense::Aside(format!(
            "{} of {}, not authentication; to have it as well, give it with --expect",
            role.describe(),
            entry.provider.name
        )),
        None if origin.is_inventory && by_name.is_none() => {
            Sense::Aside("not known as a record for mail; if it is one, give it with --expect".to_owned())
        }
        _ => Sense::Mail,
    }
}

/// A target that serves another purpose than its name is for.
fn mismatch(entry: &Entry, by_name: Option<Role>) -> Option<String> {
    let fits = match (by_name, entry.role) {
        (_, Role::TextByAlias | Role::Verification) => true,
        (Some(Role::Dkim), role) => role == Role::Dkim,
        (Some(Role::Dmarc), role) => role == Role::Dmarc,
        (None, role) => !matches!(role, Role::Dkim | Role::Dmarc),
        (Some(_), _) => true,
    };
    if fits {
        return None;
    }
    let (target, provider) = (entry.role.describe(), &entry.provider.name);
    let name = by_name.map_or("anything but DKIM and DMARC", Role::describe);
    Some(format!(
        "the name is for {name}, but the target is for {target} of {provider}: they do not belong together"
    ))
}

/// A target at the place of the name.
fn swapped(name: &DomainName, target: &DomainName, catalogue: &Catalogue) -> Option<String> {
    let is_owner = catalogue::role_of_name(target).is_some() && catalogue::role_of_name(name).is_none();
    (is_owner || catalogue.find(name).is_some())
        .then(|| "name and target look swapped: the name is the one inside your domain".to_owned())
}

/// A target nobody knows, inside the domain that the record is for.
fn at_home(name: &DomainName, target: &DomainName, origin: &Origin<'_>) -> Option<String> {
    let in_zone = |zone: &&DomainName| name.is_within(zone) && target.is_within(zone);
    let zone = origin.zones.iter().find(in_zone).cloned().or_else(|| domain_of(name));
    let zone = zone.filter(|zone| target.is_within(zone))?;
    Some(format!("the target lies inside {zone} itself; if that is meant, give it with --expect"))
}

/// The domain a name is for, as far as its labels tell: what follows its last underscore label, or its parent.
fn domain_of(name: &DomainName) -> Option<DomainName> {
    let has_underscore = |name: &DomainName| name.labels().any(|label| label.starts_with('_'));
    let mut domain = name.parent()?;
    while has_underscore(&domain) {
        domain = domain.parent()?;
    }
    domain.parent().is_some().then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalogue, name};

    fn judged(owner: &str, target: &str, zones: &[&str], is_inventory: bool) -> Sense {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        let catalogue = catalogue();
        judge(&name(owner), &name(target), &Origin { zones: &zones, catalogue: &catalogue, is_inventory })
    }

    #[track_caller]
    fn is_nonsense(owner: &str, target: &str, why: &str) {
        for zones in [&["example.com"][..], &[]] {
            match judged(owner, target, zones, false) {
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
    fn a_swapped_pair_is_seen() {
        is_nonsense("u1.wl1.sendgrid.net", "em1.example.com", "swapped");
        is_nonsense("keys.mailer.test", "s1._domainkey.example.com", "swapped");
    }

    #[test]
    fn what_counts_clicks_is_set_aside_wherever_it_comes_from() {
        for is_inventory in [false, true] {
            let sense = judged("url1.example.com", "sendgrid.net", &["example.com"], is_inventory);
            assert!(matches!(&sense, Sense::Aside(why) if why.contains("click")), "{sense:?}");
        }
    }

    #[test]
    fn an_unknown_target_is_mail_where_somebody_asks_for_it_and_not_where_a_zone_just_holds_it() {
        let sense =
            |is_inventory| judged("www.example.com", "site.host.test", &["example.com"], is_inventory);
        assert_eq!(sense(false), Sense::Mail);
        assert!(matches!(sense(true), Sense::Aside(_)));
        assert_eq!(judged("k._domainkey.example.com", "k.host.test", &["example.com"], true), Sense::Mail);
    }
}
