//! Which full name a name or a target stands for as somebody wrote it. Pure.

use std::net::IpAddr;

use crate::model::catalog::Catalog;
use crate::model::dns::DomainName;

/// A name, and how it was read where that is not plain.
pub(super) type Placed = (DomainName, Option<&'static str>);

/// What names are read against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) zones: &'a [DomainName],
    /// What a relative name may belong below.
    pub(super) bases: &'a [DomainName],
    /// Whether the author of a manifest wrote the name: with a dot at its end it is meant as it stands.
    pub(super) is_exact: bool,
    /// Whether relative names belong below the only base even if that is a name in somebody's domain, and may be
    /// counted from there.
    pub(super) is_below: bool,
}

/// The full name that an owner name stands for; or why that cannot be told, for people.
pub(super) fn owner(text: &str, place: &Place<'_>) -> Result<Placed, String> {
    let Place { zones, is_exact, .. } = *place;
    if text == "@" {
        return Err(AT_THE_APEX.to_owned());
    }
    if text.trim_start().starts_with("*.") {
        return Err("a wildcard is no record for mail; write the name itself".to_owned());
    }
    let name = parse(text, is_exact)?;
    let is_absolute = text.trim_end().ends_with('.');
    let (name, note) = match innermost(&name, zones) {
        Some(_) if is_absolute && is_exact => (name, None),
        Some(zone) => once(name, zone),
        None if !is_exact && is_doubled(&name) => {
            return Err("the domain stands twice in the name".to_owned());
        }
        None => (outside(name, is_absolute, place)?, None),
    };
    match innermost(&name, zones) {
        Some(zone) if name == *zone => Err(AT_THE_APEX.to_owned()),
        None if !zones.is_empty() => Err(stray(&name, is_absolute, place)),
        _ => Ok((name, note)),
    }
}

/// A name; of a page, in letters, digits, hyphens and underscores, without a label that begins or ends with a hyphen.
fn parse(text: &str, is_exact: bool) -> Result<DomainName, String> {
    let parsed = || DomainName::parse(text).map_err(|bad| bad.to_string());
    if is_exact {
        return parsed();
    }
    if is_cut_off(text) {
        return Err(CUT_OFF.to_owned());
    }
    if let Some(sign) = text.chars().find(|c| !c.is_ascii() && !c.is_alphanumeric()) {
        return Err(format!("`{sign}` stands in no domain name"));
    }
    let name = parsed()?;
    let strange = |c: &char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.');
    if let Some(strange) = name.as_str().chars().find(strange) {
        return Err(format!("`{name}` holds `{strange}`, which stands in no name of a mail record"));
    }
    // Somebody's domain may be spelt so.
    let domain = if has_listed_suffix(&name) { psl::domain_str(name.as_str()) } else { None };
    let own = name.as_str().strip_suffix(domain.unwrap_or_default()).unwrap_or_default();
    let is_placeholder =
        |label: &str| label.contains("xxx") && label.bytes().all(|c| c.is_ascii_alphabetic());
    if own.split('.').any(is_placeholder) {
        return Err(format!("`{name}` holds a placeholder (xxx): copy the value of your own account"));
    }
    if name.labels().any(|label| label.starts_with('-') || label.ends_with('-')) {
        return Err(format!("`{name}` has a label that begins or ends with a hyphen; write the name alone"));
    }
    Ok(name)
}

/// Why a name outside of all zones is no record here, with the other way to read it.
fn stray(name: &DomainName, is_absolute: bool, place: &Place<'_>) -> String {
    let outside = match place.zones {
        [zone] => format!("{name} is not inside {zone}"),
        zones => format!("{name} is not inside any of {} zones", zones.len()),
    };
    match place.bases {
        [base] if !is_absolute => format!("{outside}; if {name}.{base} is meant, write that"),
        _ => outside,
    }
}

/// Names that stand for no one's domain, used in tests and rehearsals. Source: RFC 6761 section 6.
const SPECIAL: &[&str] = &["test", "example", "invalid", "localhost"];

/// Whether a name ends in a listed public suffix, or one of special use, with something before it.
pub(super) fn has_listed_suffix(name: &DomainName) -> bool {
    let last = name.labels().next_back().unwrap_or_default();
    let is_listed = psl::domain(name.as_str().as_bytes()).is_some_and(|domain| domain.suffix().is_known());
    is_listed || SPECIAL.contains(&last) && name.parent().is_some()
}

/// Whether a narrow page has cut a word off, and shows dots instead of the rest.
pub(super) fn is_cut_off(text: &str) -> bool {
    let rest = text.trim_matches(['.', '…']);
    let has_dots = text.contains('…') || text.contains("...");
    has_dots
        && !rest.contains(char::is_whitespace)
        && rest.contains(['.', '_']) | rest.ends_with(|c: char| c.is_ascii_digit())
}

const CUT_OFF: &str = "the page has cut it off: copy the whole value, for example with the button beside it";

/// Whether a domain stands twice at the end of a name, which needs no known zone to be seen.
fn is_doubled(name: &DomainName) -> bool {
    let mut domains = name.and_ancestors().skip(1).filter(|domain| domain.parent().is_some());
    domains.any(|domain| without(name, &domain).is_some_and(|before| before.is_within(&domain)))
}

const AT_THE_APEX: &str = "a CNAME record cannot stand at the apex of a zone";

pub(super) fn innermost<'z>(name: &DomainName, zones: &'z [DomainName]) -> Option<&'z DomainName> {
    zones.iter().filter(|zone| name.is_within(zone)).max_by_key(|zone| zone.as_str().len())
}

/// A name with the zone once at its end, and that it stood there twice.
fn once(mut name: DomainName, zone: &DomainName) -> (DomainName, Option<&'static str>) {
    let mut note = None;
    while let Some(shorter) = without(&name, zone).filter(|shorter| shorter.is_within(zone)) {
        name = shorter;
        note = Some("the zone stood twice in the name");
    }
    (name, note)
}

/// `name` without `suffix` at its end; `None` when nothing else is left.
fn without(name: &DomainName, suffix: &DomainName) -> Option<DomainName> {
    let rest = name.as_str().strip_suffix(suffix.as_str())?.strip_suffix('.')?;
    DomainName::parse(rest).ok()
}

/// Whether a name can only be meant within a zone: it does not end like a domain that somebody registered.
pub(in crate::model::expectation) fn is_relative(name: &DomainName) -> bool {
    let registered = psl::domain_str(name.as_str()).unwrap_or_default();
    !has_listed_suffix(name) || registered.starts_with('_')
}

fn outside(name: DomainName, is_absolute: bool, place: &Place<'_>) -> Result<DomainName, String> {
    let has_parent = name.parent().is_some();
    if is_absolute && has_parent || !is_relative(&name) {
        return Ok(name);
    }
    let base = match place.bases {
        [base] => base,
        [] => {
            return Err("it is not told which zone the name belongs to; name the zone with --zone".to_owned());
        }
        _ => return Err("the name could belong to any of the zones; write the full name".to_owned()),
    };
    let under = |base: &DomainName| name.under(base).map_err(|bad| bad.to_string());
    if is_cut_off_base(&name, base) {
        return Err(format!(
            "the page may have cut it off, or this is {}; write the full name",
            under(base)?
        ));
    }
    match base.parent().filter(|_| !place.is_below && is_a_part(base)) {
        Some(above) => {
            Err(format!("this could be {} or {}; write the full name", under(&above)?, under(base)?))
        }
        None => under(base),
    }
}

/// Whether a base is itself a name in somebody's domain.
fn is_a_part(base: &DomainName) -> bool {
    !base.is_registrable() && has_listed_suffix(base)
}

/// Whether what a name ends in is the beginning of its base, or what documentation writes for any domain.
fn is_cut_off_base(name: &DomainName, base: &DomainName) -> bool {
    let placeholders =
        ["yourdomain", "mydomain", "your-domain", "domain", "tld", "domain.tld", "yourdomain.tld"];
    let is_beginning = |end: &str| {
        let is_part = base.as_str().starts_with(end) && (end != base.first_label() || base.is_registrable());
        is_part || end == base.as_str().replace('.', "") || placeholders.contains(&end)
    };
    name.and_ancestors().skip(1).any(|end| is_beginning(end.as_str()))
}

/// Whether a relative name ends in the first label of a base, so that its page may count from the domain above.
pub(super) fn ends_like(name: &DomainName, base: &DomainName) -> bool {
    is_a_part(base) && name.parent().is_some() && name.labels().next_back() == Some(base.first_label())
}

/// The full name that a target stands for; or why it is no target, for people.
pub(super) fn target(text: &str, place: &Place<'_>, catalog: &Catalog) -> Result<Placed, String> {
    let Place { zones, is_exact, .. } = *place;
    if is_address(text) {
        return Err("points to an address; a CNAME points to a name".to_owned());
    }
    let name = parse(if is_exact { text } else { without_scheme(text) }, is_exact)?;
    if !is_exact && name.parent().is_some() && !has_listed_suffix(&name) {
        return Err(format!(
            "`{name}` ends in no public suffix: it is cut off, broken over lines, or holds a word of the page"
        ));
    }
    if !could_be_a_host(&name) {
        return Err(format!("`{name}` is not the full name of a server to point to"));
    }
    if is_exact && text.trim_end().ends_with('.') || catalog.find(&name).is_some() {
        return Ok((name, None));
    }
    let shorter = without_zone(&name, zones, catalog);
    let note = shorter.as_ref().map(|_| "the zone had been appended to the target");
    Ok((shorter.unwrap_or(name), note))
}

/// `http://host/` is `host`.
pub(super) fn without_scheme(text: &str) -> &str {
    let text = text.trim();
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.map_or(text, |rest| rest.strip_suffix('/').unwrap_or(rest))
}

/// The known target that is left when a zone is taken off the end of `name`.
pub(super) fn without_zone(name: &DomainName, zones: &[DomainName], all: &Catalog) -> Option<DomainName> {
    let zone = innermost(name, zones)?;
    let (name, _) = once(name.clone(), zone);
    let rest = without(&name, zone)?;
    all.find(&rest).is_some().then_some(rest)
}

/// Whether a word is an IPv4 or IPv6 address.
pub(super) fn is_address(text: &str) -> bool {
    text.trim().trim_matches(['[', ']']).trim_end_matches('.').parse::<IpAddr>().is_ok()
}

/// Two labels or more, letters and digits, and not a number at the end.
pub(super) fn could_be_a_host(name: &DomainName) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let last = name.labels().next_back().unwrap_or_default();
    let ends_like_a_name =
        last.len() > 1 && last.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    name.parent().is_some() && ends_like_a_name && name.as_str().bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalog, name};

    fn read(text: &str, zones: &[&str], is_exact: bool) -> Result<Placed, String> {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        owner(text, &Place { zones: &zones, bases: &zones, is_exact, is_below: false })
    }

    fn placed(text: &str, zones: &[&str]) -> Result<String, String> {
        read(text, zones, false).map(|(name, _)| name.to_string())
    }

    #[test]
    fn a_relative_name_is_completed_only_when_one_zone_is_known() {
        for (text, full) in [
            ("em1", "em1.example.com"),
            ("em1.mail", "em1.mail.example.com"),
            ("s1._domainkey", "s1._domainkey.example.com"),
            ("s1._domainkey.mail", "s1._domainkey.mail.example.com"),
            ("s1._domainkey.mail.shop-eu", "s1._domainkey.mail.shop-eu.example.com"),
            ("_dmarc.shop", "_dmarc.shop.example.com"),
        ] {
            assert_eq!(placed(text, &["example.com"]).as_deref(), Ok(full));
            assert!(placed(text, &[]).unwrap_err().contains("--zone"), "{text}");
            assert!(placed(text, &["example.com", "example.org"]).unwrap_err().contains("full name"));
        }
    }

    #[test]
    fn a_zone_that_is_cut_off_or_stands_for_any_is_no_label() {
        for text in [
            "s1._domainkey.exampl",
            "s1._domainkey.example.c",
            "em1.examplecom",
            "s1._domainkey.yourdomain",
            "em1.domain.tld",
        ] {
            assert!(placed(text, &["example.com"]).unwrap_err().contains("cut"), "{text}");
        }
    }

    #[test]
    fn a_full_name_outside_every_zone_is_refused_with_the_other_reading() {
        for text in ["s1._domainkey.example.org", "a.b.example.org", "em1.news.shop"] {
            assert_eq!(placed(text, &[]).as_deref(), Ok(text));
            let why = placed(text, &["example.com"]).unwrap_err();
            assert_eq!(
                why,
                format!("{text} is not inside example.com; if {text}.example.com is meant, write that")
            );
        }
        assert_eq!(placed("mail.org.", &["example.com"]).unwrap_err(), "mail.org is not inside example.com");
    }

    #[test]
    fn what_ends_in_the_first_label_of_the_zone_may_count_from_above() {
        let zones = [name("mail.example.com")];
        let place = |is_below| Place { zones: &zones, bases: &zones, is_exact: false, is_below };
        let full = |text: &str, is_below| owner(text, &place(is_below)).map(|(name, _)| name.to_string());
        let why = full("em1.mail", false).unwrap_err();
        assert!(why.contains("em1.mail.example.com or em1.mail.mail.example.com"), "{why}");
        assert!(full("em1", false).is_err(), "half of a page is not read one way and half the other");
        assert_eq!(full("em1", true).as_deref(), Ok("em1.mail.example.com"));
        assert!(ends_like(&name("em1.mail"), &zones[0]) && !ends_like(&name("em1"), &zones[0]));
    }

    #[test]
    fn what_stands_in_no_name_of_a_mail_record_refuses_it() {
        for text in
            ["name/hosts1._domainkey", "-s1._domainkey", "+s1._domainkey", "s1=._domainkey", "em~1", "em1-"]
        {
            assert!(placed(text, &["example.com"]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_that_stands_twice_is_undone() {
        let (full, note) = read("em1.example.com.Example.com.", &["example.com"], false).unwrap();
        assert_eq!(full, name("em1.example.com"));
        assert_eq!(note, Some("the zone stood twice in the name"));
        let (exact, note) = read("em1.example.com.example.com.", &["example.com"], true).unwrap();
        assert_eq!((exact, note), (name("em1.example.com.example.com"), None));
    }

    #[test]
    fn wildcards_and_the_apex_hold_no_alias() {
        for text in ["@", "example.com", "example.com.", "example.com.example.com"] {
            assert!(placed(text, &["example.com"]).unwrap_err().contains("apex"), "{text}");
        }
        assert!(placed("*.example.com", &["example.com"]).unwrap_err().contains("wildcard"));
    }

    #[test]
    fn the_innermost_zone_decides() {
        let zones = ["example.com", "mail.example.com"];
        assert_eq!(placed("a.mail.example.com", &zones).as_deref(), Ok("a.mail.example.com"));
        assert!(placed("mail.example.com", &zones).unwrap_err().contains("apex"));
    }

    #[test]
    fn an_appended_zone_is_taken_off_a_known_target_only() {
        let zones = [name("example.com")];
        let place = Place { zones: &zones, bases: &zones, is_exact: false, is_below: false };
        let read = |text: &str| target(text, &place, &catalog()).unwrap();
        let (known, note) = read("u1.wl1.sendgrid.net.example.com");
        assert_eq!((known, note.is_some()), (name("u1.wl1.sendgrid.net"), true));
        let (unknown, note) = read("keys.mailer.test.example.com");
        assert_eq!((unknown, note), (name("keys.mailer.test.example.com"), None));
        assert_eq!(read("http://u1.wl1.sendgrid.net/").0, name("u1.wl1.sendgrid.net"));
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_reason() {
        let place = |is_exact| Place { zones: &[], bases: &[], is_exact, is_below: false };
        let refused = |text: &str| target(text, &place(false), &catalog()).unwrap_err();
        for address in ["192.0.2.1", "2001:db8::1", "[2001:db8::1]"] {
            assert_eq!(refused(address), "points to an address; a CNAME points to a name");
        }
        assert!(refused("sendgrid").contains("not the full name"));
        for text in ["u1.wl1.sendgrid.netcopy", "k1.keys.mailerpla", "1.2", "a.300", "example.co.uk.mailbo"] {
            assert!(refused(text).contains("public suffix"), "{text}");
        }
        assert!(refused("*.sendgrid.net/x").contains("holds `*`"));
        assert!(target("k1.keys.mailer", &place(true), &catalog()).is_ok(), "said by its author");
    }
}
