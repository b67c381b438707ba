//! Which full name a name or a target stands for as somebody wrote it. Pure.

use std::net::IpAddr;

use crate::catalogue::Catalogue;
use crate::dns::DomainName;

/// How much of what is written may be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// By a page or a server: a zone that stands twice is a slip.
    Shown,
    /// By the author of a manifest: a name with a dot at its end is meant as it stands.
    Exact,
}

/// A name, and how it was read where that is not plain.
pub(super) type Placed = (DomainName, Option<String>);

/// The full name that an owner name stands for.
///
/// # Errors
///
/// Why that cannot be told, for people.
pub(super) fn owner(text: &str, zones: &[DomainName], spelling: Spelling) -> Result<Placed, String> {
    if text == "@" {
        return Err(AT_THE_APEX.to_owned());
    }
    if is_cut_off(text) {
        return Err(CUT_OFF.to_owned());
    }
    let name = DomainName::parse(text).map_err(|bad| bad.to_string())?;
    if name.is_wildcard() {
        return Err("a wildcard is no record for mail; write the name itself".to_owned());
    }
    let is_absolute = text.trim_end().ends_with('.');
    let (name, note) = match innermost(&name, zones) {
        Some(zone) if is_absolute && spelling == Spelling::Exact => (refuse_apex(name, zone)?, None),
        Some(zone) => inside(name, zone)?,
        None => once(outside(name, is_absolute, zones)?, spelling),
    };
    Ok((name, note.map(str::to_owned)))
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

/// A name whose domain stands twice at its end, which needs no known zone to be seen.
fn once(name: DomainName, spelling: Spelling) -> (DomainName, Option<&'static str>) {
    let is_twice = |domain: &DomainName| {
        let rest = without(&name, domain).filter(|rest| rest.is_within(domain) && rest != domain);
        rest.filter(|_| domain.parent().is_some())
    };
    let found = name.and_ancestors().skip(1).find_map(|domain| is_twice(&domain));
    match found.filter(|_| spelling == Spelling::Shown) {
        Some(shorter) => (shorter, Some("the domain stood twice in the name")),
        None => (name, None),
    }
}

const AT_THE_APEX: &str = "a CNAME record cannot stand at the apex of a zone";

fn innermost<'z>(name: &DomainName, zones: &'z [DomainName]) -> Option<&'z DomainName> {
    zones.iter().filter(|zone| name.is_within(zone)).max_by_key(|zone| zone.as_str().len())
}

fn refuse_apex(name: DomainName, zone: &DomainName) -> Result<DomainName, String> {
    if name == *zone { Err(AT_THE_APEX.to_owned()) } else { Ok(name) }
}

fn inside(mut name: DomainName, zone: &DomainName) -> Result<(DomainName, Option<&'static str>), String> {
    let mut note = None;
    while let Some(shorter) = without(&name, zone).filter(|shorter| shorter.is_within(zone)) {
        name = shorter;
        note = Some("the zone stood twice in the name");
    }
    Ok((refuse_apex(name, zone)?, note))
}

/// `name` without `suffix` at its end; `None` when nothing else is left.
fn without(name: &DomainName, suffix: &DomainName) -> Option<DomainName> {
    let rest = name.as_str().strip_suffix(suffix.as_str())?.strip_suffix('.')?;
    DomainName::parse(rest).ok()
}

/// What can be told about a name from its labels alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One label, or at most one after the last label with an underscore.
    Relative,
    /// Three labels or more, or two after the last label with an underscore.
    Full,
    /// Two labels: as well `em1.mail` as `example.com`.
    Unclear,
}

/// Tells whether a name looks relative or full.
pub(super) fn shape(name: &DomainName) -> Shape {
    let labels: Vec<&str> = name.labels().collect();
    let after = labels.iter().rposition(|label| label.starts_with('_')).map(|at| labels.len() - 1 - at);
    match (labels.len(), after) {
        (1, _) | (_, Some(0 | 1)) => Shape::Relative,
        (_, Some(_)) | (3.., None) => Shape::Full,
        (_, None) => Shape::Unclear,
    }
}

fn outside(name: DomainName, is_absolute: bool, zones: &[DomainName]) -> Result<DomainName, String> {
    let has_parent = name.parent().is_some();
    match (shape(&name), zones) {
        _ if is_absolute && has_parent => Ok(name),
        (Shape::Full, _) => Ok(name),
        (Shape::Relative, [zone]) if !is_absolute => name.under(zone).map_err(|bad| bad.to_string()),
        (Shape::Relative, []) => {
            Err("it is not told which zone the name belongs to; name the zone with --zone".to_owned())
        }
        (Shape::Relative, _) => {
            Err("the name could belong to any of the zones; write the full name".to_owned())
        }
        (Shape::Unclear, _) => {
            Err("it is not plain whether the name is full or belongs into a zone; write the full name"
                .to_owned())
        }
    }
}

/// The full name that a target stands for.
///
/// # Errors
///
/// Why it is no target, for people.
pub(super) fn target(
    text: &str,
    zones: &[DomainName],
    catalogue: &Catalogue,
    spelling: Spelling,
) -> Result<Placed, String> {
    if is_address(text) {
        return Err("points to an address; a CNAME points to a name".to_owned());
    }
    if is_cut_off(text) {
        return Err(CUT_OFF.to_owned());
    }
    let name = DomainName::parse(text).map_err(|bad| bad.to_string())?;
    if !could_be_a_host(&name) {
        return Err(format!("`{name}` is not the full name of a server to point to"));
    }
    let is_exact = spelling == Spelling::Exact && text.trim_end().ends_with('.');
    if is_exact || catalogue.find(&name).is_some() {
        return Ok((name, None));
    }
    match without_zone(&name, zones, catalogue) {
        Some(shorter) => Ok((shorter, Some("the zone had been appended to the target".to_owned()))),
        None => Ok((name, None)),
    }
}

/// The known target that is left when a zone is taken off the end of `name`.
pub(super) fn without_zone(
    name: &DomainName,
    zones: &[DomainName],
    catalogue: &Catalogue,
) -> Option<DomainName> {
    let zone = innermost(name, zones)?;
    let mut rest = without(name, zone)?;
    while rest.is_within(zone) {
        rest = without(&rest, zone)?;
    }
    catalogue.find(&rest).is_some().then_some(rest)
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
    use crate::testing::{catalogue, name};

    fn placed(text: &str, zones: &[&str]) -> Result<String, String> {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        owner(text, &zones, Spelling::Shown).map(|(name, _)| name.to_string())
    }

    #[test]
    fn a_relative_name_is_completed_only_when_one_zone_is_known() {
        for (text, full) in [
            ("em1", "em1.example.com"),
            ("s1._domainkey", "s1._domainkey.example.com"),
            ("s1._domainkey.mail", "s1._domainkey.mail.example.com"),
            ("_dmarc", "_dmarc.example.com"),
        ] {
            assert_eq!(placed(text, &["example.com"]).as_deref(), Ok(full));
            assert!(placed(text, &[]).unwrap_err().contains("--zone"), "{text}");
            assert!(placed(text, &["example.com", "example.org"]).unwrap_err().contains("full name"));
        }
    }

    #[test]
    fn a_full_name_stays_even_outside_every_zone() {
        for text in ["s1._domainkey.example.org", "a.b.example.org", "mail.org."] {
            let full = text.trim_end_matches('.');
            assert_eq!(placed(text, &["example.com"]).as_deref(), Ok(full));
            assert_eq!(placed(text, &[]).as_deref(), Ok(full));
        }
    }

    #[test]
    fn two_labels_outside_every_zone_are_not_completed() {
        assert!(placed("em1.mail", &["example.com"]).unwrap_err().contains("write the full name"));
        assert!(placed("em1.mail", &[]).unwrap_err().contains("write the full name"));
    }

    #[test]
    fn a_zone_that_stands_twice_is_undone() {
        let zones = [name("example.com")];
        let (full, note) = owner("em1.example.com.Example.com.", &zones, Spelling::Shown).unwrap();
        assert_eq!(full, name("em1.example.com"));
        assert_eq!(note.as_deref(), Some("the zone stood twice in the name"));
        let (exact, note) = owner("em1.example.com.example.com.", &zones, Spelling::Exact).unwrap();
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
        let read = |text: &str| target(text, &zones, &catalogue(), Spelling::Shown).unwrap();
        let (known, note) = read("u1.wl1.sendgrid.net.example.com");
        assert_eq!((known, note.is_some()), (name("u1.wl1.sendgrid.net"), true));
        let (unknown, note) = read("keys.mailer.test.example.com");
        assert_eq!((unknown, note), (name("keys.mailer.test.example.com"), None));
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_reason() {
        let refused = |text: &str| target(text, &[], &catalogue(), Spelling::Shown).unwrap_err();
        for address in ["192.0.2.1", "2001:db8::1", "[2001:db8::1]"] {
            assert_eq!(refused(address), "points to an address; a CNAME points to a name");
        }
        for text in ["sendgrid", "1.2", "*.sendgrid.net/x", "a.300"] {
            assert!(refused(text).contains("not the full name"), "{text}");
        }
    }
}
