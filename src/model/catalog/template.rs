//! Names and targets with variables, which can be read from a record and written for its sibling. Pure.
//!
//! A template is a name whose labels may hold variables:
//!
//! | written | stands for |
//! | --- | --- |
//! | `{domain}` | the authenticated domain: all that is left at the end of a name; known in a target |
//! | `{dashed}`, `{underscored}` | in a target, that domain with its dots written as `-` or `_` |
//! | `{any}.{domain}` | a name whose first label nothing tells |
//! | `{x}` | the rest of a label, at least one character |
//! | `{x:3}`, `{x:2letters}` | exactly three characters, exactly two letters |
//! | `{x:digits}`, `{x:digits?}`, `{x:letters}` | all digits (or letters) that follow |
//!
//! A variable never reaches across a dot, and what follows it can never be part of it: there is one way
//! to read a record, found in one pass.

use crate::model::dns::DomainName;

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a template: {rule}")]
pub struct BadTemplate {
    text: String,
    rule: &'static str,
}

/// The variables of one set, in the order in which they first appear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Variables(Vec<(Box<str>, Kind)>);

/// What one record says about the variables of its set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Reading<'n> {
    /// The authenticated domain.
    pub(super) domain: &'n str,
    /// One value for each variable; `None` where this record does not tell.
    pub(super) values: Vec<Option<&'n str>>,
}

/// The name of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NameTemplate {
    /// One label that nothing tells, then the domain.
    Any,
    /// These labels, then the domain.
    Labels(Vec<Vec<Part>>),
}

/// The target of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TargetTemplate(Vec<TargetLabel>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum TargetLabel {
    /// As many labels as the domain has.
    Domain,
    Parts(Vec<Part>),
}

/// A piece of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Text that stands for itself.
    Literal(Box<str>),
    /// The domain with its dots written as this character.
    Joined(char),
    /// Text that the record tells.
    Variable { which: usize, kind: Kind },
}

/// What a variable takes of its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rest,
    Digits { at_least: usize },
    Letters,
    Exactly(usize),
    ExactlyLetters(usize),
}

impl Variables {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The place of a variable; `None` when it is used with another kind elsewhere.
    fn place(&mut self, name: &str, kind: Kind) -> Option<usize> {
        if let Some(which) = self.0.iter().position(|(known, _)| **known == *name) {
            return self.0.get(which).is_some_and(|(_, known)| *known == kind).then_some(which);
        }
        self.0.push((name.into(), kind));
        Some(self.0.len() - 1)
    }
}

impl<'n> Reading<'n> {
    /// Whether every variable is told.
    pub(super) fn is_whole(&self) -> bool {
        self.values.iter().all(Option::is_some)
    }

    fn set(&mut self, which: usize, text: &'n str) -> Option<()> {
        let value = self.values.get_mut(which)?;
        if value.is_some_and(|known| known != text) {
            return None;
        }
        *value = Some(text);
        Some(())
    }
}

impl NameTemplate {
    /// Reads the template of a name.
    pub(super) fn parse(text: &str, variables: &mut Variables) -> Result<Self, BadTemplate> {
        let bad = |rule| BadTemplate { text: text.to_owned(), rule };
        let Some(labels) = text.strip_suffix(".{domain}") else {
            return Err(bad("a name must end with .{domain}"));
        };
        if labels == "{any}" {
            return Ok(Self::Any);
        }
        let parts_of = |label| parts(label, variables);
        let labels = labels.split('.').map(parts_of).collect::<Result<Vec<_>, _>>().map_err(bad)?;
        if labels.iter().flatten().any(|part| matches!(part, Part::Joined(_))) {
            return Err(bad("{dashed} and {underscored} stand in targets only"));
        }
        Ok(Self::Labels(labels))
    }

    /// The labels before the domain, if nothing in them has to be told.
    pub(super) fn fixed(&self) -> Option<String> {
        let Self::Labels(labels) = self else { return None };
        let text = |part: &Part| match part {
            Part::Literal(text) => Some(text.to_string()),
            Part::Joined(_) | Part::Variable { .. } => None,
        };
        let label = |parts: &Vec<Part>| parts.iter().map(text).collect::<Option<String>>();
        Some(labels.iter().map(label).collect::<Option<Vec<_>>>()?.join("."))
    }

    /// What `name` says; `None` when it is of another form.
    pub(super) fn read<'n>(&self, name: &'n DomainName, variables: &Variables) -> Option<Reading<'n>> {
        let mut reading = Reading { domain: "", values: vec![None; variables.len()] };
        let mut rest = name.as_str();
        match self {
            Self::Any => {
                let (given, left) = rest.split_once('.')?;
                rest = (!given.starts_with(['_', '*'])).then_some(left)?;
            }
            Self::Labels(labels) => {
                for parts in labels {
                    let (given, left) = rest.split_once('.')?;
                    read_label(parts, given, &mut reading)?;
                    rest = left;
                }
            }
        }
        reading.domain = rest;
        rest.contains('.').then_some(reading)
    }

    /// The name that `reading` leads to; `None` when it cannot be told or would be too long.
    pub(super) fn write(&self, reading: &Reading<'_>) -> Option<DomainName> {
        let Self::Labels(labels) = self else { return None };
        let mut text = String::new();
        for parts in labels {
            text.push_str(&write_label(parts, reading)?);
            text.push('.');
        }
        DomainName::parse(&(text + reading.domain)).ok()
    }

    /// The variables that a name of this form tells.
    pub(super) fn told(&self) -> impl Iterator<Item = usize> {
        let labels = match self {
            Self::Any => [].as_slice(),
            Self::Labels(labels) => labels.as_slice(),
        };
        labels.iter().flatten().filter_map(Part::told)
    }
}

impl TargetTemplate {
    /// Reads the template of a target.
    pub(super) fn parse(text: &str, variables: &mut Variables) -> Result<Self, BadTemplate> {
        let bad = |rule| BadTemplate { text: text.to_owned(), rule };
        let mut labels = Vec::new();
        for label in text.split('.') {
            labels.push(match label {
                "{domain}" => TargetLabel::Domain,
                _ => TargetLabel::Parts(parts(label, variables).map_err(bad)?),
            });
        }
        let ends_plainly = matches!(
            labels.last(),
            Some(TargetLabel::Parts(parts)) if matches!(parts.as_slice(), [Part::Literal(_)])
        );
        if ends_plainly { Ok(Self(labels)) } else { Err(bad("a target must end with a plain label")) }
    }

    /// The first label, if nothing in it has to be told.
    pub(super) fn first_label(&self) -> Option<&str> {
        match self.0.first()? {
            TargetLabel::Parts(parts) => match parts.as_slice() {
                [Part::Literal(text)] => Some(text),
                _ => None,
            },
            TargetLabel::Domain => None,
        }
    }

    /// The domain that `target` is made for, if the domain stands in targets of this form as labels of its own.
    pub(super) fn domain_of(&self, target: &DomainName) -> Option<DomainName> {
        let at = self.0.iter().position(|label| matches!(label, TargetLabel::Domain))?;
        let labels: Vec<&str> = target.labels().collect();
        let end = labels.len().checked_sub(self.0.len() - at - 1)?;
        DomainName::parse(&labels.get(at..end)?.join(".")).ok()
    }

    /// Adds what `target` says to `reading`; `None` when it is of another form or contradicts.
    pub(super) fn read<'n>(&self, target: &'n DomainName, mut reading: Reading<'n>) -> Option<Reading<'n>> {
        let mut rest = Some(target.as_str());
        for label in &self.0 {
            rest = match label {
                TargetLabel::Domain => Some(rest?.strip_prefix(reading.domain)?.strip_prefix('.')?),
                TargetLabel::Parts(parts) => {
                    let (given, left) = match rest?.split_once('.') {
                        Some((given, left)) => (given, Some(left)),
                        None => (rest?, None),
                    };
                    read_label(parts, given, &mut reading)?;
                    left
                }
            };
        }
        rest.is_none().then_some(reading)
    }

    /// The target that `reading` leads to; `None` when it cannot be told or would be too long.
    pub(super) fn write(&self, reading: &Reading<'_>) -> Option<DomainName> {
        let mut labels = Vec::new();
        for label in &self.0 {
            labels.push(match label {
                TargetLabel::Domain => reading.domain.to_owned(),
                TargetLabel::Parts(parts) => write_label(parts, reading)?,
            });
        }
        DomainName::parse(&labels.join(".")).ok()
    }

    /// The variables that a target of this form tells.
    pub(super) fn told(&self) -> impl Iterator<Item = usize> {
        let parts = self.0.iter().flat_map(|label| match label {
            TargetLabel::Domain => [].as_slice(),
            TargetLabel::Parts(parts) => parts.as_slice(),
        });
        parts.filter_map(Part::told)
    }
}

impl Part {
    fn told(&self) -> Option<usize> {
        match self {
            Self::Literal(_) | Self::Joined(_) => None,
            Self::Variable { which, .. } => Some(*which),
        }
    }
}

fn parts(label: &str, variables: &mut Variables) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = label;
    while !rest.is_empty() {
        let (part, left) = if let Some(inside) = rest.strip_prefix('{') {
            let (inside, left) = inside.split_once('}').ok_or("a brace is not closed")?;
            (placeholder(inside, variables)?, left)
        } else {
            let end = rest.find('{').unwrap_or(rest.len());
            let (text, left) = rest.split_at_checked(end).unwrap_or((rest, ""));
            (Part::Literal(literal(text)?), left)
        };
        if parts.last().is_some_and(|before| !may_follow(before, &part)) {
            return Err("it cannot be told where a variable ends");
        }
        parts.push(part);
        rest = left;
    }
    if parts.is_empty() { Err("a label is empty") } else { Ok(parts) }
}

fn literal(text: &str) -> Result<Box<str>, &'static str> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if text.bytes().all(plain) {
        Ok(text.into())
    } else {
        Err("only a to z, 0 to 9, `-` and `_` stand for themselves")
    }
}

fn placeholder(text: &str, variables: &mut Variables) -> Result<Part, &'static str> {
    let (name, kind) = text.split_once(':').map_or((text, None), |(name, kind)| (name, Some(kind)));
    match (name, kind) {
        ("dashed", None) => return Ok(Part::Joined('-')),
        ("underscored", None) => return Ok(Part::Joined('_')),
        ("domain" | "any" | "dashed" | "underscored", _) => {
            return Err("{domain} is a whole label, and {any}.{domain} a whole name");
        }
        _ => {}
    }
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err("a variable is named with small letters");
    }
    let kind = match kind {
        None => Kind::Rest,
        Some("digits") => Kind::Digits { at_least: 1 },
        Some("digits?") => Kind::Digits { at_least: 0 },
        Some("letters") => Kind::Letters,
        Some(counted) => counted_kind(counted)
            .ok_or("a variable holds digits, digits?, letters or a number of characters")?,
    };
    let which = variables.place(name, kind).ok_or("a variable is of one kind throughout its set")?;
    Ok(Part::Variable { which, kind })
}

fn counted_kind(text: &str) -> Option<Kind> {
    let (number, kind): (_, fn(usize) -> Kind) = match text.strip_suffix("letters") {
        Some(number) => (number, Kind::ExactlyLetters),
        None => (text, Kind::Exactly),
    };
    number.parse().ok().filter(|length| *length > 0).map(kind)
}

/// Whether it can always be told where `before` ends when `part` comes next.
fn may_follow(before: &Part, part: &Part) -> bool {
    let Part::Variable { kind, .. } = before else { return true };
    let begins = match part {
        Part::Literal(text) => text.chars().next(),
        Part::Joined(_) | Part::Variable { .. } => None,
    };
    match kind {
        Kind::Exactly(_) | Kind::ExactlyLetters(_) => true,
        Kind::Rest => false,
        Kind::Digits { .. } => begins.is_some_and(|next| !next.is_ascii_digit()),
        Kind::Letters => begins.is_some_and(|next| !next.is_ascii_lowercase()),
    }
}

fn read_label<'n>(parts: &[Part], label: &'n str, reading: &mut Reading<'n>) -> Option<()> {
    let mut rest = label;
    for part in parts {
        rest = match part {
            Part::Literal(text) => rest.strip_prefix(&**text)?,
            Part::Joined(with) => strip_joined(rest, reading.domain, *with)?,
            Part::Variable { which, kind } => {
                let (value, left) = rest.split_at_checked(kind.length(rest)?)?;
                reading.set(*which, value)?;
                left
            }
        };
    }
    rest.is_empty().then_some(())
}

impl Kind {
    /// How much of `text` a variable of this kind takes.
    fn length(self, text: &str) -> Option<usize> {
        let run = |is_in: fn(char) -> bool| text.len() - text.trim_start_matches(is_in).len();
        let letters = || run(|c| c.is_ascii_lowercase());
        let (length, is_right) = match self {
            Self::Rest => (text.len(), !text.is_empty()),
            Self::Digits { at_least } => {
                let digits = run(|c| c.is_ascii_digit());
                (digits, digits >= at_least)
            }
            Self::Letters => (letters(), letters() > 0),
            Self::Exactly(length) => (length, true),
            Self::ExactlyLetters(length) => (length, letters() >= length),
        };
        is_right.then_some(length)
    }
}

/// What is left of `text` after `domain` with its dots written as `with`.
fn strip_joined<'t>(text: &'t str, domain: &str, with: char) -> Option<&'t str> {
    let (head, left) = text.split_at_checked(domain.len())?;
    let same = head.chars().zip(domain.chars()).all(|(a, b)| a == if b == '.' { with } else { b });
    same.then_some(left)
}

fn write_label(parts: &[Part], reading: &Reading<'_>) -> Option<String> {
    let mut label = String::new();
    for part in parts {
        match part {
            Part::Literal(text) => label.push_str(text),
            Part::Joined(with) => label.push_str(&reading.domain.replace('.', with.encode_utf8(&mut [0; 4]))),
            Part::Variable { which, .. } => label.push_str((*reading.values.get(*which)?)?),
        }
    }
    Some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    impl Variables {
        /// A value of the right kind for each variable.
        pub(in crate::model::catalog) fn samples(&self) -> Vec<Option<&'static str>> {
            let sample = |(_, kind): &(Box<str>, Kind)| match kind {
                Kind::Rest => Some("contoso"),
                Kind::Digits { .. } => Some("77"),
                Kind::Letters => Some("n"),
                Kind::Exactly(length) | Kind::ExactlyLetters(length) => "rlyabc".get(..*length),
            };
            self.0.iter().map(sample).collect()
        }
    }

    /// The values that a record gives to the variables, in order, with the domain in front.
    fn read(template: (&str, &str), record: (&str, &str)) -> Option<Vec<String>> {
        let mut variables = Variables::default();
        let names = NameTemplate::parse(template.0, &mut variables).unwrap();
        let targets = TargetTemplate::parse(template.1, &mut variables).unwrap();
        let (given, target) = (name(record.0), name(record.1));
        let reading = targets.read(&target, names.read(&given, &variables)?)?;
        assert_eq!(targets.write(&reading), Some(target.clone()), "writing is the inverse of reading");
        let values = reading.values.iter().map(|value| value.unwrap_or("-").to_owned());
        Some(std::iter::once(reading.domain.to_owned()).chain(values).collect())
    }

    #[test]
    fn a_record_tells_the_variables_of_its_set() {
        let template =
            ("s1._domainkey.{domain}", "s1.domainkey.u{account:digits}.wl{pod:digits?}.sendgrid.net");
        let target = "s1.domainkey.u77.wl5.sendgrid.net";
        assert_eq!(
            read(template, ("s1._domainkey.mail.example.com", target)).unwrap(),
            ["mail.example.com", "77", "5"]
        );
        assert_eq!(
            read(template, ("s1._domainkey.example.com", "s1.domainkey.u77.wl.sendgrid.net")).unwrap(),
            ["example.com", "77", ""]
        );
        for other in
            ["s2.domainkey.u77.wl5.sendgrid.net", "s1.domainkey.u.wl5.sendgrid.net", "x.sendgrid.net"]
        {
            assert_eq!(read(template, ("s1._domainkey.example.com", other)), None, "{other}");
        }
        assert_eq!(read(template, ("s1._domainkey.com", target)), None, "a domain has two labels at least");
    }

    #[test]
    fn a_variable_has_a_name_in_small_letters_and_takes_something() {
        let refused = |template: &str| NameTemplate::parse(template, &mut Variables::default()).is_err();
        assert!(refused("s{:digits}.{domain}") && refused("s{A:digits}.{domain}"));
        let letters = ("rly{pod:letters}.{domain}", "{pod:letters}.mailer.test");
        assert!(read(letters, ("rlyb.example.com", "b.mailer.test")).is_some());
        assert_eq!(read(letters, ("rly.example.com", "b.mailer.test")), None);
    }

    #[test]
    fn a_target_that_names_the_domain_must_name_this_one() {
        let dashed =
            ("hs1-{hub:digits}._domainkey.{domain}", "{dashed}.hs{pool:digits}a.dkim.hubspotemail.net");
        let of = |target| read(dashed, ("hs1-12._domainkey.my-shop.example.com", target));
        assert!(of("my-shop-example-com.hs07a.dkim.hubspotemail.net").is_some());
        assert_eq!(of("other-example-com.hs07a.dkim.hubspotemail.net"), None);
        let whole = ("fm1._domainkey.{domain}", "fm1.{domain}.dkim.fmhosted.com");
        assert!(read(whole, ("fm1._domainkey.example.com", "fm1.example.com.dkim.fmhosted.com")).is_some());
        assert_eq!(read(whole, ("fm1._domainkey.example.com", "fm1.xexample.com.dkim.fmhosted.com")), None);
        assert_eq!(read(whole, ("fm1._domainkey.example.com", "fm1.example.comx.dkim.fmhosted.com")), None);
    }

    #[test]
    fn one_variable_has_one_value_in_name_and_target() {
        let template = ("{sel:3}2._domainkey.{domain}", "{sel:3}2.domainkey.sendgrid.net");
        assert!(read(template, ("rly2._domainkey.a.test", "rly2.domainkey.sendgrid.net")).is_some());
        assert_eq!(read(template, ("rly2._domainkey.a.test", "abc2.domainkey.sendgrid.net")), None);
        assert_eq!(read(template, ("s2._domainkey.a.test", "s2.domainkey.sendgrid.net")), None);
    }

    #[test]
    fn a_label_that_nothing_tells_is_neither_an_underscore_label_nor_a_wildcard() {
        let template = ("{any}.{domain}", "u1.sendgrid.net");
        assert_eq!(read(template, ("em7.a.test", "u1.sendgrid.net")).unwrap(), ["a.test"]);
        assert_eq!(read(template, ("_em.a.test", "u1.sendgrid.net")), None);
        assert_eq!(read(template, ("*.a.test", "u1.sendgrid.net")), None);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let parse = |name: &str, target: &str| {
            let mut variables = Variables::default();
            NameTemplate::parse(name, &mut variables)?;
            TargetTemplate::parse(target, &mut variables)
        };
        assert!(parse("a.{domain}", "b.test").is_ok());
        for (name, target) in [
            ("a", "b.test"),
            ("{x}y.{domain}", "b.test"),
            ("{x:digits}{y}.{domain}", "b.test"),
            ("{x:digits}1.{domain}", "b.test"),
            ("{x:letters}a.{domain}", "b.test"),
            ("{x:digits}.{domain}", "{x}.b.test"),
            ("{dashed}.{domain}", "b.test"),
            ("a.{any}.{domain}", "b.test"),
            ("{any}.a.{domain}", "b.test"),
            ("a.{domain}", "b.{domain}"),
            ("a.{domain}", "b.{x}"),
            ("a.{domain}", "{any}.test"),
            ("a.{domain}", "b..test"),
            ("a.{domain}", "{x.test"),
            ("A.{domain}", "b.test"),
            ("{x:0}.{domain}", "b.test"),
        ] {
            assert!(parse(name, target).is_err(), "{name} {target}");
        }
    }
}
