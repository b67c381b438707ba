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

/// The variables of one set, in the order in which they first appear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Variables(Vec<(Box<str>, Kind)>);

/// What one record says about the variables of its set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Reading<'n> {
    /// The authenticated domain.
    pub(super) domain: &'n str,
    /// One value for each variable; `None` where this record does not tell.
    pub(super) values: Vec<Option<&'n str>>,
}

/// The name or the target of a record. A name ends with the domain, a target with a plain label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Label>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    /// One that nothing tells.
    Any,
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
    /// Text that the record tells, and which variable that is; a pattern has none.
    Variable { which: Option<usize>, kind: Kind },
}

/// What a variable takes of its label: as many characters of one class as follow, within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    class: Class,
    pub(super) at_least: usize,
    at_most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Any,
    Digits,
    Letters,
}

impl Variables {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A reading that tells no more than the domain.
    pub(super) fn blank<'n>(&self, domain: &'n str) -> Reading<'n> {
        Reading { domain, values: vec![None; self.len()] }
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
        (*value.get_or_insert(text) == text).then_some(())
    }
}

impl Template {
    /// Reads the template of a name, or says which rule it breaks.
    pub(super) fn of_name(text: &str, variables: &mut Variables) -> Result<Self, String> {
        let bad = |rule| format!("`{text}` is not a template: {rule}");
        let Some(labels) = text.strip_suffix(".{domain}") else {
            return Err(bad("a name must end with .{domain}"));
        };
        if labels == "{any}" {
            return Ok(Self(vec![Label::Any, Label::Domain]));
        }
        let parts_of = |label| parts(label, |inside| placeholder(inside, variables));
        let labels = labels.split('.').map(parts_of).collect::<Result<Vec<_>, _>>().map_err(bad)?;
        if labels.iter().flatten().any(|part| matches!(part, Part::Joined(_))) {
            return Err(bad("{dashed} and {underscored} stand in targets only"));
        }
        Ok(Self(labels.into_iter().map(Label::Parts).chain([Label::Domain]).collect()))
    }

    /// Reads the template of a target, or says which rule it breaks.
    pub(super) fn of_target(text: &str, variables: &mut Variables) -> Result<Self, String> {
        let bad = |rule| format!("`{text}` is not a template: {rule}");
        let label = |label| match label {
            "{domain}" => Ok(Label::Domain),
            _ => parts(label, |inside| placeholder(inside, variables)).map(Label::Parts),
        };
        let read = Self(text.split('.').map(label).collect::<Result<_, _>>().map_err(bad)?);
        let ends_plainly = read.0.last().is_some_and(|label| label.plain().is_some());
        if ends_plainly { Ok(read) } else { Err(bad("a target must end with a plain label")) }
    }

    /// Whether it is that of a name whose first label nothing tells.
    pub(super) fn is_any(&self) -> bool {
        self.0.first() == Some(&Label::Any)
    }

    /// The first label, if nothing in it has to be told.
    pub(super) fn first_label(&self) -> Option<&str> {
        self.0.first()?.plain()
    }

    /// The domain that `target` is made for, if the domain stands in targets of this form as labels of its own.
    pub(super) fn domain_of(&self, target: &DomainName) -> Option<DomainName> {
        let at = self.0.iter().position(|label| *label == Label::Domain)?;
        let labels: Vec<&str> = target.labels().collect();
        let end = labels.len().checked_sub(self.0.len() - at - 1)?;
        DomainName::parse(&labels.get(at..end)?.join(".")).ok()
    }

    /// Adds what a name or a target says to `reading`; `None` when it is of another form or contradicts. The domain is
    /// told by the name, where it has to have two labels.
    pub(super) fn read<'n>(&self, text: &'n DomainName, mut reading: Reading<'n>) -> Option<Reading<'n>> {
        let mut rest = Some(text.as_str());
        for label in &self.0 {
            let whole = rest?;
            let (given, left) =
                whole.split_once('.').map_or((whole, None), |(given, left)| (given, Some(left)));
            rest = match label {
                Label::Any if given.starts_with(['_', '*']) => return None,
                Label::Any => left,
                Label::Domain if reading.domain.is_empty() => {
                    reading.domain = left.and(Some(whole))?;
                    None
                }
                Label::Domain => Some(whole.strip_prefix(reading.domain)?.strip_prefix('.')?),
                Label::Parts(parts) => {
                    read_label(parts, given, &mut reading)?;
                    left
                }
            };
        }
        rest.is_none().then_some(reading)
    }

    /// The name or target that `reading` leads to; `None` when it cannot be told or would be too long.
    pub(super) fn write(&self, reading: &Reading<'_>) -> Option<DomainName> {
        let label = |label: &Label| match label {
            Label::Any => None,
            Label::Domain => Some(reading.domain.to_owned()),
            Label::Parts(parts) => write_label(parts, reading),
        };
        let labels: Vec<String> = self.0.iter().map(label).collect::<Option<_>>()?;
        DomainName::parse(&labels.join(".")).ok()
    }

    /// The variables that a record of this form tells.
    pub(super) fn told(&self) -> impl Iterator<Item = usize> {
        let parts = self.0.iter().flat_map(|label| match label {
            Label::Any | Label::Domain => [].as_slice(),
            Label::Parts(parts) => parts.as_slice(),
        });
        parts.filter_map(|part| match part {
            Part::Literal(_) | Part::Joined(_) => None,
            Part::Variable { which, .. } => *which,
        })
    }
}

impl Label {
    /// The label, if nothing in it has to be told.
    fn plain(&self) -> Option<&str> {
        let Self::Parts(parts) = self else { return None };
        let [Part::Literal(text)] = parts.as_slice() else { return None };
        Some(text)
    }
}

/// The parts of a label; `placeholder` reads what stands in braces.
pub(super) fn parts(
    label: &str,
    mut placeholder: impl FnMut(&str) -> Result<Part, &'static str>,
) -> Result<Vec<Part>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = label;
    while !rest.is_empty() {
        let (part, left) = if let Some(inside) = rest.strip_prefix('{') {
            let (inside, left) = inside.split_once('}').ok_or("a brace is not closed")?;
            (placeholder(inside)?, left)
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
    let kind = kind.map_or(Some(Kind::REST), Kind::parse);
    let kind = kind.ok_or("a variable holds digits, digits?, letters or a number of characters")?;
    let which = variables.place(name, kind).ok_or("a variable is of one kind throughout its set")?;
    Ok(Part::Variable { which: Some(which), kind })
}

/// Whether it can always be told where `before` ends when `part` comes next. A pattern keeps nothing, so it may.
fn may_follow(before: &Part, part: &Part) -> bool {
    let Part::Variable { kind, which } = before else { return true };
    let begins = match part {
        Part::Literal(text) => text.chars().next(),
        Part::Joined(_) | Part::Variable { .. } => None,
    };
    kind.at_least == kind.at_most
        || which.is_none() && *kind != Kind::REST
        || begins.is_some_and(|next| !kind.class.holds(next))
}

/// Adds what a label says to `reading`; `None` when it is of another form or contradicts.
pub(super) fn read_label<'n>(parts: &[Part], label: &'n str, reading: &mut Reading<'n>) -> Option<()> {
    let mut rest = label;
    for part in parts {
        rest = match part {
            Part::Literal(text) => rest.strip_prefix(&**text)?,
            Part::Joined(with) => strip_joined(rest, reading.domain, *with)?,
            Part::Variable { which, kind } => {
                let (value, left) = rest.split_at_checked(kind.length(rest)?)?;
                if let Some(which) = which {
                    reading.set(*which, value)?;
                }
                left
            }
        };
    }
    rest.is_empty().then_some(())
}

impl Class {
    fn holds(self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Digits => character.is_ascii_digit(),
            Self::Letters => character.is_ascii_lowercase(),
        }
    }
}

impl Kind {
    /// The rest of a label, at least one character.
    pub(super) const REST: Self = Self { class: Class::Any, at_least: 1, at_most: usize::MAX };

    /// Reads what stands behind the colon.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (class, at_least, at_most) = match text {
            "digits" => (Class::Digits, 1, usize::MAX),
            "digits?" => (Class::Digits, 0, usize::MAX),
            "letters" => (Class::Letters, 1, usize::MAX),
            counted => {
                let letters = counted.strip_suffix("letters");
                let length = letters.unwrap_or(counted).parse().ok().filter(|length| *length > 0)?;
                (if letters.is_some() { Class::Letters } else { Class::Any }, length, length)
            }
        };
        Some(Self { class, at_least, at_most })
    }

    /// How much of `text` a variable of this kind takes.
    fn length(self, text: &str) -> Option<usize> {
        let run = text.len() - text.trim_start_matches(|c| self.class.holds(c)).len();
        (run >= self.at_least).then_some(run.min(self.at_most))
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
            Part::Variable { which, .. } => label.push_str((*reading.values.get((*which)?)?)?),
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
                Kind { at_least, at_most, .. } if at_least == at_most => "rlyabc".get(..*at_most),
                Kind { class: Class::Any, .. } => Some("contoso"),
                Kind { class: Class::Digits, .. } => Some("77"),
                Kind { class: Class::Letters, .. } => Some("n"),
            };
            self.0.iter().map(sample).collect()
        }
    }

    /// The values that a record gives to the variables, in order, with the domain in front.
    fn read(template: (&str, &str), record: (&str, &str)) -> Option<Vec<String>> {
        let mut variables = Variables::default();
        let names = Template::of_name(template.0, &mut variables).unwrap();
        let targets = Template::of_target(template.1, &mut variables).unwrap();
        let (given, target) = (name(record.0), name(record.1));
        let reading = targets.read(&target, names.read(&given, variables.blank(""))?)?;
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
        let refused = |template: &str| Template::of_name(template, &mut Variables::default()).is_err();
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
            Template::of_name(name, &mut variables)?;
            Template::of_target(target, &mut variables)
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
