//! One canonical spelling of a domain name. Pure.

use std::fmt;

/// A domain name: lower case, A-labels, no trailing dot, at least one label.
///
/// Comparing is `==`; two spellings of one name are one value. The root has no value of this type.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(Box<str>);

/// Why a text is not a domain name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing is left once white space and the trailing dot are gone.
    #[error("the name is empty")]
    Empty,
    /// More than 253 characters. Source: RFC 1035 section 2.3.4.
    #[error("the name is longer than 253 characters")]
    TooLong,
    /// A label is empty or longer than 63 characters.
    #[error("`{0}` has a label that is empty or longer than 63 characters")]
    BadLabel(String),
    /// A character that cannot stand in a name.
    #[error("`{0}` holds a character that cannot stand in a domain name")]
    BadCharacter(String),
}

/// Longest name in characters, without the trailing dot. Source: RFC 1035 section 2.3.4.
const LONGEST_NAME: usize = 253;
/// Longest label in characters. Source: RFC 1035 section 2.3.4.
const LONGEST_LABEL: usize = 63;

impl DomainName {
    /// Reads a name as people and APIs write it: any case, with or without a trailing dot, in
    /// Unicode or in A-labels. Underscores and a leading `*` label are kept.
    ///
    /// # Errors
    ///
    /// [`BadName`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(BadName::Empty);
        }
        let ascii = if text.is_ascii() { text.to_ascii_lowercase() } else { to_ascii(text)? };
        if ascii.len() > LONGEST_NAME {
            return Err(BadName::TooLong);
        }
        if ascii.split('.').any(|label| label.is_empty() || label.len() > LONGEST_LABEL) {
            return Err(BadName::BadLabel(short(&ascii)));
        }
        if !ascii.bytes().all(may_stand_in_a_name) {
            return Err(BadName::BadCharacter(short(&ascii)));
        }
        Ok(Self(ascii.into()))
    }

    /// The name as it is compared and sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as people read it, where that differs: its A-labels in Unicode. What could move the cursor or
    /// turn the line around is replaced.
    pub fn in_unicode(&self) -> Option<String> {
        let (unicode, result) = idna::domain_to_unicode(&self.0);
        (result.is_ok() && unicode != *self.0).then(|| crate::model::plain::sanitize_line(&unicode))
    }

    /// The name as it is sent, and in parentheses as people read it where that differs.
    pub fn both_ways(&self) -> String {
        self.in_unicode().map_or_else(|| self.to_string(), |unicode| format!("{self} ({unicode})"))
    }

    /// The labels from left to right.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// The leftmost label.
    pub fn first_label(&self) -> &str {
        self.0.split_once('.').map_or(&*self.0, |(first, _)| first)
    }

    /// The name without its leftmost label; `None` when there is only one.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_once('.').map(|(_, rest)| Self(rest.into()))
    }

    /// This name, its parent, and so on up to the last label.
    pub fn and_ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self.clone()), Self::parent)
    }

    /// Whether this name is `zone` or lies below it, on label boundaries.
    pub fn is_within(&self, zone: &Self) -> bool {
        self.0.strip_suffix(&*zone.0).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Whether the leftmost label is `*`.
    pub fn is_wildcard(&self) -> bool {
        self.first_label() == "*"
    }

    /// `self` put in front of `zone`.
    ///
    /// # Errors
    ///
    /// [`BadName::TooLong`] when both together are too long.
    pub fn under(&self, zone: &Self) -> Result<Self, BadName> {
        Self::parse(&format!("{self}.{zone}"))
    }

    /// The part of the name that tells who runs it: the registrable domain by the public suffix list, with its
    /// private section, so that two tenants of one host are two owners. A suffix is its own owner.
    pub fn owner_part(&self) -> &str {
        psl::domain_str(&self.0).unwrap_or(&self.0)
    }

    /// The registrable domain that the name lies below; `None` for a public suffix, which is nobody's.
    pub fn registrable(&self) -> Option<&str> {
        psl::domain_str(&self.0)
    }

    /// Whether both names lie on one shared host, in the private section of the public suffix list, and belong
    /// to different tenants of it.
    pub fn is_another_tenant(&self, other: &Self) -> bool {
        let host = self.shared_host();
        host.is_some() && host == other.shared_host() && self.owner_part() != other.owner_part()
    }

    /// The host that several tenants share, if the name lies on one: a private suffix.
    pub fn shared_host(&self) -> Option<psl::Suffix<'_>> {
        psl::suffix(self.0.as_bytes()).filter(|suffix| suffix.typ() == Some(psl::Type::Private))
    }

    /// Whether the name is one that somebody registers, directly below a public suffix.
    pub fn is_registrable(&self) -> bool {
        psl::domain_str(&self.0) == Some(&self.0)
    }
}

/// Whether one character more, less, different or swapped with its neighbour makes `text` what is `right`.
pub fn is_misspelt(text: &str, right: &str) -> bool {
    let same = |(one, other): &(&u8, &u8)| one == other;
    let (text, right) = (text.as_bytes(), right.as_bytes());
    let head = text.iter().zip(right).take_while(same).count();
    let (text, right) = (text.split_at(head).1, right.split_at(head).1);
    let tail = text.iter().rev().zip(right.iter().rev()).take_while(same).count();
    match (text.split_at(text.len() - tail).0, right.split_at(right.len() - tail).0) {
        ([_], []) | ([] | [_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

fn may_stand_in_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*' | b'/' | b'+' | b'=' | b'~')
}

fn to_ascii(text: &str) -> Result<String, BadName> {
    idna::domain_to_ascii(text).map_err(|_| BadName::BadCharacter(short(text)))
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[test]
    fn a_name_in_a_labels_can_be_shown_as_it_is_read() {
        let shown = |text: &str| DomainName::parse(text).unwrap().in_unicode();
        assert_eq!(shown("em1.B\u{fc}cher.example"), Some("em1.b\u{fc}cher.example".to_owned()));
        assert_eq!(shown("example.com"), None);
        assert_eq!(shown("xn--a.example"), None, "what cannot be decoded is left as it is");
    }

    #[test]
    fn spellings_of_one_name_are_equal() {
        assert_eq!(name("S1._DomainKey.Example.COM."), name("s1._domainkey.example.com"));
        assert_eq!(name("bücher.example"), name("xn--bcher-kva.example"));
    }

    #[test]
    fn names_end_on_label_boundaries() {
        let zone = name("example.com");
        assert!(name("example.com").is_within(&zone));
        assert!(name("a.example.com").is_within(&zone));
        assert!(!name("evilexample.com").is_within(&zone));
        assert!(!name("com").is_within(&zone));
    }

    #[test]
    fn what_is_no_name_is_refused_with_the_rule() {
        assert_eq!(DomainName::parse(" . "), Err(BadName::Empty));
        assert!(matches!(DomainName::parse("a..b"), Err(BadName::BadLabel(_))));
        assert!(matches!(DomainName::parse(&"a".repeat(64)), Err(BadName::BadLabel(_))));
        assert!(matches!(DomainName::parse("a b.com"), Err(BadName::BadCharacter(_))));
        assert!(matches!(DomainName::parse("a\u{1b}[31m.com"), Err(BadName::BadCharacter(_))));
        assert_eq!(DomainName::parse(&["abcdefgh"; 29].join(".")), Err(BadName::TooLong));
    }

    #[test]
    fn the_owner_of_a_target_is_told_by_the_public_suffix_list() {
        assert_eq!(name("u1.wl1.sendgrid.net").owner_part(), "sendgrid.net");
        assert_eq!(name("sendgrid.net").owner_part(), "sendgrid.net");
        assert_eq!(name("keys.mailer.co.uk").owner_part(), "mailer.co.uk");
        assert_eq!(name("a.b.mailer.io").owner_part(), "mailer.io");
        assert_eq!(name("www.bmw.de").owner_part(), "bmw.de");
        assert_eq!(name("a.shop.info.pl").owner_part(), "shop.info.pl");
        for host in ["azurewebsites.net", "github.io", "herokuapp.com", "web.app", "vercel.app"] {
            let tenant = |label: &str| name(&format!("{label}.{host}"));
            assert_ne!(tenant("one").owner_part(), tenant("two").owner_part(), "{host}");
            assert!(tenant("one").is_another_tenant(&tenant("two")), "{host}");
            assert!(!tenant("one").is_another_tenant(&tenant("x.one")), "{host}");
            assert_eq!(name(host).registrable(), None, "{host}");
        }
    }

    #[test]
    fn a_slip_of_one_character_is_told_from_another_name() {
        let slip = |text: &str| is_misspelt(text, "k1.mailer.test");
        assert!(slip("k1.maler.test") && slip("k1.maiiler.test") && slip("k2.mailer.test"));
        assert!(slip("k1.mialer.test") && !slip("k1.mixler.test"), "two neighbours swapped");
        assert!(!slip("k1.miaelr.test") && !slip("k1.mailer.te") && slip("k1.mailer.tes"));
        assert!(!slip("k1.mailer.test") && !slip("k12.maler.test"));
    }

    #[test]
    fn tenants_are_told_apart_on_shared_hosts_only() {
        assert!(!name("one.mailer.io").is_another_tenant(&name("two.mailer.io")));
        assert!(!name("one.io").is_another_tenant(&name("two.io")), "`io` is no shared host");
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(text in "[a-z0-9_]{1,12}(\\.[a-z0-9_-]{1,12}){0,5}") {
            let once = name(&text);
            prop_assert_eq!(name(&once.to_string()), once);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,300}") {
            if let Ok(parsed) = DomainName::parse(&text) {
                prop_assert!(parsed.as_str().len() <= 253);
            }
        }
    }

    #[test]
    fn only_a_star_of_its_own_is_a_wildcard() {
        assert!(name("*.example.com").is_wildcard());
        assert!(!name("a.example.com").is_wildcard());
    }
}
