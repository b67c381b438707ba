//! Patterns over the labels of a target. Pure.

use super::template::{Kind, Part, Reading, parts, read_label};
use crate::model::dns::DomainName;

/// A pattern such as `*.domainkey.u{digits}.wl{digits?}.sendgrid.net`.
///
/// Labels are compared one by one, from the right. `*` stands for exactly one label, a leading `**`
/// for one or more. Inside a label `{digits}` stands for one or more digits, `{digits?}` for any number of
/// them, and `{word}` at its end for one or more characters. There is nothing else, so a pattern can never match across
/// a label boundary. Digits are taken greedily: no pattern puts a literal digit right after a run of digits.
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

/// The parts of a label; `None` stands for any label.
type Label = Option<Vec<Part>>;

impl Pattern {
    /// Reads a pattern: no unknown placeholder, no empty label, no wildcard in the last label, no upper-case letters.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (open, rest) = text.strip_prefix("**.").map_or((false, text), |rest| (true, rest));
        let labels = rest.rsplit('.').map(label).collect::<Option<Vec<_>>>();
        let last_is_plain = |labels: &Vec<Label>| {
            matches!(labels.first().map(Option::as_deref), Some(Some([Part::Literal(_)])))
        };
        // From behind the last placeholder; a label of which only the end is plain counts as well.
        let plain_end = text.len() - text.rfind(['*', '}']).map_or(0, |at| at + 1);
        let labels = labels.filter(last_is_plain).ok_or_else(|| bad(text))?;
        Ok(Self { labels, open, text: text.into(), plain_end })
    }

    /// Whether `target` is one of the names this pattern describes.
    pub fn matches(&self, target: &DomainName) -> bool {
        let end = self.text.len() - self.plain_end;
        if !self.text.get(end..).is_some_and(|end| target.as_str().ends_with(end)) {
            return false;
        }
        let mut given = target.labels().rev();
        begins(&self.labels, &mut given) && given.next().is_some() == self.open
    }

    /// Orders patterns that match the same target: the greater one says more about it.
    pub fn specificity(&self) -> (bool, usize, usize) {
        // A placeholder says less than any one character.
        let length = |part: &Part| if let Part::Literal(text) = part { 2 * text.len() } else { 1 };
        let literal = self.labels.iter().flatten().flatten().map(length).sum();
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
    /// Reads the labels: no unknown placeholder, no empty label, no upper-case letters.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let labels = text.split('.').map(label).collect::<Option<_>>();
        Ok(Self { labels: labels.ok_or_else(|| bad(text))?, text: text.into() })
    }

    /// Whether `name` begins with these labels.
    pub fn matches(&self, name: &DomainName) -> bool {
        begins(&self.labels, &mut name.labels())
    }

    /// The labels as they were written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn bad(text: &str) -> String {
    format!("`{text}` is not a pattern")
}

fn label(text: &str) -> Option<Label> {
    if text == "*" {
        return Some(None);
    }
    let placeholder = |inside: &str| match inside {
        "digits" | "digits?" => Kind::parse(inside).map(anonymous).ok_or(""),
        "word" => Ok(anonymous(Kind::REST)),
        _ => Err(""),
    };
    let parts = parts(text, placeholder).ok()?;
    // A word alone would be any label.
    (parts != [anonymous(Kind::REST)]).then_some(Some(parts))
}

fn anonymous(kind: Kind) -> Part {
    Part::Variable { which: None, kind }
}

/// Takes the next labels of a name; whether they are those that are wanted.
fn begins<'n>(wanted: &[Label], given: &mut impl Iterator<Item = &'n str>) -> bool {
    let fits = |parts: &[Part], label| read_label(parts, label, &mut Reading::default()).is_some();
    wanted.iter().all(|wanted| {
        given.next().is_some_and(|label| wanted.as_ref().is_none_or(|parts| fits(parts, label)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Pattern {
        /// A target that the pattern describes.
        pub(in crate::model::catalog) fn sample(&self) -> DomainName {
            let labels = self.labels.iter().rev().map(sample);
            let labels: Vec<String> = self.open.then(|| "x".to_owned()).into_iter().chain(labels).collect();
            DomainName::parse(&labels.join(".")).unwrap()
        }
    }

    impl Beginning {
        /// Labels that a name may begin with.
        pub(in crate::model::catalog) fn sample(&self) -> String {
            self.labels.iter().map(sample).collect::<Vec<_>>().join(".")
        }
    }

    fn sample(label: &Label) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.to_string(),
            Part::Variable { kind, .. } if *kind == Kind::REST => "w".to_owned(),
            Part::Variable { kind, .. } => "7".repeat(kind.at_least),
            Part::Joined(_) => unreachable!("only in templates"),
        };
        label.as_ref().map_or("x".to_owned(), |parts| parts.iter().map(part).collect())
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
