//! Patterns over the labels of a target. Pure.

use crate::model::dns::DomainName;

/// A pattern such as `*.domainkey.u{digits}.wl{digits?}.sendgrid.net`.
///
/// Labels are compared one by one, from the right. `*` stands for exactly one label, a leading `**`
/// for one or more. Inside a label `{digits}` stands for one or more digits, `{digits?}` for any number of
/// them, and `{word}` at its end for one or more characters. There is nothing else, so a pattern can never match across a label boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// From right to left.
    labels: Vec<Label>,
    /// Whether further labels may (and one must) stand to the left.
    open: bool,
    text: Box<str>,
    /// How long the end of the text is that stands for itself, in bytes: most targets differ in it.
    plain_end: usize,
}

/// The labels that a name begins with, such as `_mta-sts` or `*._domainkey`; written like those of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// From left to right.
    labels: Vec<Label>,
    text: Box<str>,
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a pattern")]
pub struct BadPattern(String);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Any,
    Parts(Vec<Part>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(Box<str>),
    Digits { at_least: usize },
    Word,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`BadPattern`] for an unknown placeholder, an empty label, a wildcard in the last label or
    /// upper-case letters.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let bad = || BadPattern(text.to_owned());
        let (open, rest) = match text.strip_prefix("**.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let labels = rest.rsplit('.').map(label).collect::<Option<Vec<_>>>().ok_or_else(bad)?;
        let last_is_plain = matches!(labels.first(), Some(Label::Parts(parts)) if matches!(parts.as_slice(), [Part::Literal(_)]));
        // From behind the last placeholder; a label of which only the end is plain counts as well.
        let plain_end = text.len() - text.rfind(['*', '}']).map_or(0, |at| at + 1);
        if last_is_plain { Ok(Self { labels, open, text: text.into(), plain_end }) } else { Err(bad()) }
    }

    /// Whether `target` is one of the names this pattern describes.
    pub fn matches(&self, target: &DomainName) -> bool {
        let end = self.text.len() - self.plain_end;
        if !self.text.get(end..).is_some_and(|end| target.as_str().ends_with(end)) {
            return false;
        }
        let mut given = target.labels().rev();
        let all = self.labels.iter().all(|wanted| given.next().is_some_and(|label| wanted.matches(label)));
        all && given.next().is_some() == self.open
    }

    /// Orders patterns that match the same target: the greater one says more about it.
    pub fn specificity(&self) -> (bool, usize, usize) {
        let literal: usize = self.labels.iter().map(Label::literal_length).sum();
        (!self.open, self.labels.len(), literal)
    }

    /// The last two labels, or the last one where the other is no plain text.
    pub(super) fn end(&self) -> &str {
        let end = end(&self.text);
        let is_plain = end.len() < self.plain_end || self.plain_end == self.text.len();
        if is_plain { end } else { end.rsplit('.').next().unwrap_or_default() }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The last two labels of a name.
pub(super) fn end(name: &str) -> &str {
    name.rmatch_indices('.').nth(1).and_then(|(at, _)| name.get(at + 1..)).unwrap_or(name)
}

impl Beginning {
    /// Reads the labels.
    ///
    /// # Errors
    ///
    /// [`BadPattern`] for an unknown placeholder, an empty label or upper-case letters.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let labels = text.split('.').map(label).collect::<Option<_>>();
        Ok(Self { labels: labels.ok_or_else(|| BadPattern(text.to_owned()))?, text: text.into() })
    }

    /// Whether `name` begins with these labels.
    pub fn matches(&self, name: &DomainName) -> bool {
        let mut given = name.labels();
        self.labels.iter().all(|wanted| given.next().is_some_and(|label| wanted.matches(label)))
    }

    /// The labels as they were written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn label(text: &str) -> Option<Label> {
    if text == "*" {
        return Some(Label::Any);
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if rest == "{word}" && !parts.is_empty() {
            parts.push(Part::Word);
            break;
        }
        let (part, left) = next_part(rest)?;
        parts.push(part);
        rest = left;
    }
    if parts.is_empty() { None } else { Some(Label::Parts(parts)) }
}

fn next_part(text: &str) -> Option<(Part, &str)> {
    if let Some(left) = text.strip_prefix("{digits}") {
        return Some((Part::Digits { at_least: 1 }, left));
    }
    if let Some(left) = text.strip_prefix("{digits?}") {
        return Some((Part::Digits { at_least: 0 }, left));
    }
    let end = text.find('{').unwrap_or(text.len());
    let (literal, left) = text.split_at_checked(end)?;
    let plain = !literal.is_empty()
        && literal
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    plain.then(|| (Part::Literal(literal.into()), left))
}

impl Label {
    fn matches(&self, label: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Parts(parts) => parts_match(parts, label),
        }
    }

    fn literal_length(&self) -> usize {
        match self {
            Self::Any => 0,
            Self::Parts(parts) => parts.iter().map(Part::literal_length).sum(),
        }
    }
}

impl Part {
    fn literal_length(&self) -> usize {
        match self {
            // A placeholder says less than any one character.
            Self::Literal(text) => 2 * text.len(),
            Self::Digits { .. } | Self::Word => 1,
        }
    }
}

/// Digits are taken greedily: no pattern puts a literal digit right after a run of digits.
fn parts_match(parts: &[Part], text: &str) -> bool {
    let mut rest = text;
    for part in parts {
        let left = match part {
            Part::Literal(literal) => rest.strip_prefix(&**literal),
            Part::Digits { at_least } => {
                let left = rest.trim_start_matches(|c: char| c.is_ascii_digit());
                (rest.len() - left.len() >= *at_least).then_some(left)
            }
            Part::Word => (!rest.is_empty()).then_some(""),
        };
        match left {
            Some(left) => rest = left,
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Pattern {
        /// A target that the pattern describes.
        pub(in crate::model::catalog) fn sample(&self) -> DomainName {
            let labels = self.labels.iter().rev().map(Label::sample);
            let labels: Vec<String> = self.open.then(|| "x".to_owned()).into_iter().chain(labels).collect();
            DomainName::parse(&labels.join(".")).unwrap()
        }
    }

    impl Beginning {
        /// Labels that a name may begin with.
        pub(in crate::model::catalog) fn sample(&self) -> String {
            self.labels.iter().map(Label::sample).collect::<Vec<_>>().join(".")
        }
    }

    impl Label {
        fn sample(&self) -> String {
            let part = |part: &Part| match part {
                Part::Literal(text) => text.to_string(),
                Part::Digits { at_least } => "7".repeat(*at_least),
                Part::Word => "w".to_owned(),
            };
            match self {
                Self::Any => "x".to_owned(),
                Self::Parts(parts) => parts.iter().map(part).collect(),
            }
        }
    }

    fn matches(pattern: &str, target: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(&DomainName::parse(target).unwrap())
    }

    #[test]
    fn labels_are_compared_one_by_one() {
        assert!(matches("u{digits}.wl{digits?}.sendgrid.net", "u1.wl.sendgrid.net"));
        assert!(!matches("u{digits}.wl{digits?}.sendgrid.net", "u.wl1.sendgrid.net"));
        assert!(!matches("u{digits}.wl{digits?}.sendgrid.net", "x.u1.wl1.sendgrid.net"));
        assert!(matches("*.dkim.amazonses.com", "abc.dkim.amazonses.com"));
        assert!(!matches("*.dkim.amazonses.com", "dkim.amazonses.com"));
        assert!(matches("**.dkim.fmhosted.com", "fm1.example.com.dkim.fmhosted.com"));
        assert!(!matches("**.dkim.fmhosted.com", "dkim.fmhosted.com"));
        assert!(matches("mkto-{word}.com", "mkto-ab12.com"));
        assert!(!matches("mkto-{word}.com", "mkto-.com") && !matches("mkto-{word}.com", "mkto-a.b.com"));
    }

    #[test]
    fn the_labels_that_a_name_begins_with_are_compared_from_the_left() {
        let begins = |wanted: &str, name: &str| {
            Beginning::parse(wanted).unwrap().matches(&DomainName::parse(name).unwrap())
        };
        assert!(begins("_mta-sts", "_mta-sts.example.com") && !begins("_mta-sts", "mta-sts.example.com"));
        assert!(begins("*._domainkey", "x._domainkey.mail.example.com"));
        assert!(!begins("*._domainkey", "x.y._domainkey.example.com"));
        assert!(begins("hd-{word}", "hd-1.example.com") && !begins("hd-{word}", "hd-.example.com"));
        for bad in ["", "a..b", "A", "**.a", "{word}"] {
            assert!(Beginning::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["", "a..b", "{word}.net", "{word}a.net", "{name}.net", "Upper.net", "a.*", "a.{digits}"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_more_specific_pattern_is_greater() {
        let of = |text: &str| Pattern::parse(text).unwrap().specificity();
        assert!(of("mail{digits}.zendesk.com") > of("*.zendesk.com"));
        assert!(of("shops.myshopify.com") > of("**.myshopify.com"));
    }
}
