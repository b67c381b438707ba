//! Which full name a name or a target stands for as somebody wrote it. Pure.

use std::net::IpAddr;

use crate::model::catalogue::Catalogue;
use crate::model::dns::DomainName;

/// Which part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Name,
    Value,
}

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

/// What names are read against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The zones that are worked on.
    pub(super) zones: &'a [DomainName],
    /// What a relative name may belong below.
    pub(super) bases: &'a [DomainName],
    pub(super) spelling: Spelling,
    /// Where names that end in the first label of the only base belong, such as `em1.mail` for `mail.example.com`.
    pub(super) ending: Ending,
}

/// Where relative names belong, by whether they end in the first label of their base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// All end so: the page counts from the domain above.
    Above,
    /// None ends so.
    Below,
    /// Some do and some do not, or only the text names the base.
    Unclear,
}

/// The full name that an owner name stands for.
///
/// # Errors
///
/// Why that cannot be told, for people.
pub(super) fn owner(text: &str, place: &Place<'_>) -> Result<Placed, String> {
    let Place { zones, spelling, .. } = *place;
    if text == "@" {
        return Err(AT_THE_APEX.to_owned());
    }
    if is_cut_off(text) {
        return Err(CUT_OFF.to_owned());
    }
    let name = parse(text, spelling)?;
    if name.is_wildcard() {
        return Err("a wildcard is no record for mail; write the name itself".to_owned());
    }
    if spelling == Spelling::Shown {
        check_alphabet(&name)?;
    }
    let is_absolute = text.trim_end().ends_with('.');
    let (name, note) = match innermost(&name, zones) {
        Some(zone) if is_absolute && spelling == Spelling::Exact => (refuse_apex(name, zone)?, None),
        Some(zone) => inside(name, zone)?,
        None => once(outside(name, is_absolute, place)?, spelling),
    };
    if innermost(&name, zones).is_none() && !zones.is_empty() {
        return Err(stray(&name, is_absolute, place));
    }
    Ok((name, note.map(str::to_owned)))
}

fn parse(text: &str, spelling: Spelling) -> Result<DomainName, String> {
    let is_sign = |c: &char| !c.is_ascii() && !c.is_alphanumeric();
    match text.chars().find(is_sign).filter(|_| spelling == Spelling::Shown) {
        Some(sign) => Err(format!("`{sign}` stands in no domain name")),
        None => DomainName::parse(text).map_err(|bad| bad.to_string()),
    }
}

/// Why a name outside of all zones is no record here, with the other way to read it.
fn stray(name: &DomainName, is_absolute: bool, place: &Place<'_>) -> String {
    let zones: Vec<String> = place.zones.iter().take(3).map(ToString::to_string).collect();
    let more = if place.zones.len() > zones.len() { " or any other zone that is worked on" } else { "" };
    let outside = format!("{name} is not inside {}{more}", zones.join(", "));
    match place.bases {
        [base] if !is_absolute => format!("{outside}; if {name}.{base} is meant, write that"),
        _ => outside,
    }
}

/// Letters, digits, hyphens and underscores, and no label that begins or ends with a hyphen.
///
/// # Errors
///
/// The character that stands in no name of a mail record, for people.
fn check_alphabet(name: &DomainName) -> Result<(), String> {
    let strange = |c: &char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.');
    if let Some(strange) = name.as_str().chars().find(strange) {
        return Err(format!("`{name}` holds `{strange}`, which stands in no name of a mail record"));
    }
    if name
        .labels()
        .any(|label| label.contains("xxx") && label.chars().all(|c| c == 'x' || c.is_ascii_alphabetic()))
    {
        return Err(format!("`{name}` holds a placeholder (xxx): copy the value of your own account"));
    }
    if name.labels().any(|label| label.starts_with('-') || label.ends_with('-')) {
        return Err(format!("`{name}` has a label that begins or ends with a hyphen; write the name alone"));
    }
    Ok(())
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
    if is_cut_off_base(&name, base) {
        return Err(CUT_OFF.to_owned());
    }
    let below = name.under(base).map_err(|bad| bad.to_string())?;
    let Some(parent) = base.parent().filter(|_| !base.is_registrable() && has_listed_suffix(base)) else {
        return Ok(below);
    };
    let above = name.under(&parent).map_err(|bad| bad.to_string())?;
    match place.ending {
        Ending::Above => Ok(above),
        Ending::Below => Ok(below),
        Ending::Unclear => Err(format!("this could be {above} or {below}; write the full name")),
    }
}

/// Whether what follows the selector, or the first label, is the beginning of the base, or stands for any domain.
fn is_cut_off_base(name: &DomainName, base: &DomainName) -> bool {
    let labels: Vec<&str> = name.labels().collect();
    let after = labels.iter().rposition(|label| label.starts_with('_')).unwrap_or_default();
    let rest = labels.get(after + 1..).unwrap_or_default().join(".");
    let is_beginning = base.as_str().starts_with(&rest) && rest != base.first_label() || {
        rest == base.as_str().replace('.', "")
    };
    let is_first_label = rest == base.first_label() && base.is_registrable();
    !rest.is_empty() && (is_beginning || is_first_label || ANY_DOMAIN.contains(&rest.as_str()))
}

/// What documentation writes for the reader's own domain.
const ANY_DOMAIN: &[&str] =
    &["yourdomain", "mydomain", "your-domain", "domain", "tld", "domain.tld", "yourdomain.tld"];

/// Whether a relative name ends in the first label of a base that is itself a name in somebody's domain.
pub(super) fn ends_like(name: &DomainName, base: &DomainName) -> bool {
    let last = name.labels().next_back();
    !base.is_registrable()
        && has_listed_suffix(base)
        && name.parent().is_some()
        && last == Some(base.first_label())
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
    let bare = if spelling == Spelling::Shown { without_scheme(text) } else { text };
    let name = parse(bare, spelling)?;
    if spelling == Spelling::Shown {
        check_alphabet(&name)?;
        if name.parent().is_some() && !has_listed_suffix(&name) {
            return Err(format!(
                "`{name}` ends in no public suffix: it is cut off, broken over lines, or holds a word of the page"
            ));
        }
    }
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

/// `http://host/` is `host`.
pub(super) fn without_scheme(text: &str) -> &str {
    let text = text.trim();
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.map_or(text, |rest| rest.strip_suffix('/').unwrap_or(rest))
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

    fn read(text: &str, zones: &[&str], spelling: Spelling) -> Result<Placed, String> {
        let zones: Vec<DomainName> = zones.iter().map(|zone| name(zone)).collect();
        owner(text, &Place { zones: &zones, bases: &zones, spelling, ending: Ending::Unclear })
    }

    fn placed(text: &str, zones: &[&str]) -> Result<String, String> {
        read(text, zones, Spelling::Shown).map(|(name, _)| name.to_string())
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
        let place = |ending| Place { zones: &zones, bases: &zones, spelling: Spelling::Shown, ending };
        let full = |text: &str, ending| owner(text, &place(ending)).map(|(name, _)| name.to_string());
        assert_eq!(full("em1.mail", Ending::Above).as_deref(), Ok("em1.mail.example.com"));
        let why = full("em1.mail", Ending::Unclear).unwrap_err();
        assert!(why.contains("em1.mail.example.com or em1.mail.mail.example.com"), "{why}");
        assert!(
            full("em1", Ending::Unclear).is_err(),
            "half of a page is not read one way and half the other"
        );
        assert_eq!(full("em1", Ending::Below).as_deref(), Ok("em1.mail.example.com"));
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
        let (full, note) = read("em1.example.com.Example.com.", &["example.com"], Spelling::Shown).unwrap();
        assert_eq!(full, name("em1.example.com"));
        assert_eq!(note.as_deref(), Some("the zone stood twice in the name"));
        let (exact, note) = read("em1.example.com.example.com.", &["example.com"], Spelling::Exact).unwrap();
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
        assert_eq!(read("http://u1.wl1.sendgrid.net/").0, name("u1.wl1.sendgrid.net"));
    }

    #[test]
    fn what_is_no_target_is_refused_with_the_reason() {
        let refused = |text: &str| target(text, &[], &catalogue(), Spelling::Shown).unwrap_err();
        for address in ["192.0.2.1", "2001:db8::1", "[2001:db8::1]"] {
            assert_eq!(refused(address), "points to an address; a CNAME points to a name");
        }
        assert!(refused("sendgrid").contains("not the full name"));
        for text in ["u1.wl1.sendgrid.netcopy", "k1.keys.mailerpla", "1.2", "a.300", "example.co.uk.mailbo"] {
            assert!(refused(text).contains("public suffix"), "{text}");
        }
        assert!(refused("*.sendgrid.net/x").contains("holds `*`"));
        assert!(target("k1.keys.mailer", &[], &catalogue(), Spelling::Exact).is_ok(), "said by its author");
    }
}
