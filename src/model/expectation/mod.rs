//! What ought to be there, and who says so. Pure.

pub mod document;
pub mod input;

use std::collections::BTreeMap;

use crate::model::dns::{BadName, DomainName, Ttl};
use crate::model::plain::sanitize_line;

/// One record that ought to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Where.
    pub name: DomainName,
    /// Pointing where.
    pub target: DomainName,
    /// How long answers may be kept, for a record that has to be created.
    pub ttl: Ttl,
    /// Who says so.
    pub source: Source,
}

impl Expectation {
    /// The same, once something shows that the record is for mail, or a person has named it.
    #[must_use]
    pub fn believed(self) -> Self {
        match self.source {
            Source::Unrecognised(at) => Self { source: Source::Input(at), ..self },
            _ => self,
        }
    }
}

/// A DMARC policy that ought to be there if the domain has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPolicy {
    /// Where: a name that begins with `_dmarc`.
    pub name: DomainName,
    /// The text of the record.
    pub text: String,
    /// Who says so.
    pub source: Source,
}

/// Who says that a record ought to be there, in order of trust.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `--expect` on the command line.
    Argument,
    /// A manifest of this program.
    Manifest(Location),
    /// A file or a paste of another kind.
    Input(Location),
    /// The same, and nothing shows that the record is for mail.
    Unrecognised(Location),
    /// The sending provider's own API; its name.
    Provider(String),
    /// The zone as it was when it was healthy.
    Snapshot {
        /// When the record was last seen healthy: RFC 3339, UTC.
        seen: String,
    },
    /// Cloudflare's audit log, which tells who deleted the record.
    AuditLog {
        /// Who, when, and through what.
        deletion: String,
        /// Why the deletion looks deliberate, if it does.
        deliberate: Option<String>,
    },
    /// The rest of its set.
    Sibling {
        /// A record of the same set that is there.
        of: DomainName,
        /// Whether mail is broken without it.
        is_needed: bool,
        /// How far that can be relied on, where it needs saying.
        note: Option<String>,
    },
    /// The record itself, whose mistake tells what was meant.
    Record,
}

/// Where in a file or a paste something stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// What was read: a path, or standard input.
    pub origin: String,
    /// Counted from 1, where it is known.
    pub line: Option<usize>,
}

impl Source {
    /// Whether what it says may be carried out without further consent. The others only propose: somebody
    /// may have deleted the record because they left that provider.
    pub fn decides(&self) -> bool {
        match self {
            Self::Argument | Self::Manifest(_) | Self::Input(_) | Self::Provider(_) | Self::Record => true,
            Self::Unrecognised(_) | Self::Snapshot { .. } | Self::AuditLog { .. } | Self::Sibling { .. } => {
                false
            }
        }
    }

    /// Whether it names a record as one for mail, so that what is there may be changed whatever else is known.
    pub fn names(&self) -> bool {
        matches!(self, Self::Argument | Self::Manifest(_) | Self::Provider(_))
    }

    /// The words used in reports.
    pub fn words(&self) -> String {
        match self {
            Self::Argument => "--expect".to_owned(),
            Self::Manifest(at) | Self::Input(at) | Self::Unrecognised(at) => match at {
                Location { origin, line: Some(line) } => format!("{origin}, line {line}"),
                Location { origin, line: None } => origin.clone(),
            },
            Self::Provider(name) => format!("{name}'s API"),
            Self::Snapshot { seen } => format!("the snapshot (last seen healthy {seen})"),
            Self::AuditLog { deletion, .. } => format!("Cloudflare's audit log ({deletion})"),
            Self::Sibling { of, .. } => format!("the rest of its set ({of})"),
            Self::Record => "what Cloudflare holds".to_owned(),
        }
    }

    /// What else a person should know before relying on it.
    pub fn caution(&self) -> Option<&str> {
        match self {
            Self::AuditLog { deliberate, .. } => deliberate.as_deref(),
            Self::Sibling { note, .. } => note.as_deref(),
            _ => None,
        }
    }
}

/// Why an expectation makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExpectation {
    /// What was given on the command line, and why it is no expectation.
    #[error("--expect `{text}`: {why}")]
    Argument { text: String, why: &'static str },
    /// One of the two is not a domain name.
    #[error("--expect `{text}`: {source}")]
    Name { text: String, source: BadName },
    /// One name is to point to two targets.
    #[error("{name} is expected to point to {} ({}) and to {} ({})", one.target, one.source.words(), other.target, other.source.words())]
    Contradiction { name: DomainName, one: Box<Expectation>, other: Box<Expectation> },
    /// Two policies are to stand at one name, or a policy and an alias.
    #[error("{name} is expected to hold `{one}` and {other}")]
    Policies {
        name: DomainName,
        one: String,
        /// The other policy, or the alias, and who says so.
        other: String,
    },
    /// The name is in none of the zones that are worked on.
    #[error("{origin}: {name} is not inside {}", zones.join(", "))]
    Outside {
        /// Who names it.
        origin: String,
        name: DomainName,
        zones: Vec<String>,
    },
}

/// Reads `NAME=TARGET` as given on the command line.
///
/// # Errors
///
/// [`BadExpectation`].
pub fn from_argument(text: &str) -> Result<Expectation, BadExpectation> {
    let bad = |why| BadExpectation::Argument { text: sanitize_line(text), why };
    let (name, target) = text.split_once('=').ok_or_else(|| bad("not NAME=TARGET"))?;
    let no_name = |source| BadExpectation::Name { text: sanitize_line(text), source };
    let parse = |part| DomainName::parse(part).map_err(no_name);
    let (name, target_name) = (parse(name)?, parse(target)?);
    if target.trim().trim_matches(['[', ']', '.']).parse::<std::net::IpAddr>().is_ok() {
        return Err(bad("points to an address; a CNAME record points to a name"));
    }
    if name == target_name {
        return Err(bad("points to itself"));
    }
    Ok(Expectation { name, target: target_name, ttl: Ttl::Automatic, source: Source::Argument })
}

/// Expectations by their name.
pub fn by_name(all: impl IntoIterator<Item = Expectation>) -> BTreeMap<DomainName, Expectation> {
    all.into_iter().map(|one| (one.name.clone(), one)).collect()
}

/// Keeps each expectation once. That one name is to point to two targets is a [`BadExpectation::Contradiction`].
pub fn agree(given: Vec<Expectation>) -> Result<Vec<Expectation>, BadExpectation> {
    let mut kept: Vec<Expectation> = Vec::new();
    let mut places: BTreeMap<DomainName, usize> = BTreeMap::new();
    for expectation in given {
        let place = *places.entry(expectation.name.clone()).or_insert(kept.len());
        match kept.get(place) {
            None => kept.push(expectation),
            Some(known) if known.target == expectation.target => {}
            Some(known) => {
                return Err(BadExpectation::Contradiction {
                    name: expectation.name.clone(),
                    one: Box::new(known.clone()),
                    other: Box::new(expectation),
                });
            }
        }
    }
    Ok(kept)
}

/// Keeps each policy once; `expected` are the aliases that are wanted as well. That two different policies are to stand
/// at one name, or a policy and an alias, is a [`BadExpectation::Policies`].
pub fn agree_on_policies(
    given: Vec<ExpectedPolicy>,
    expected: &[Expectation],
) -> Result<Vec<ExpectedPolicy>, BadExpectation> {
    let mut kept: Vec<ExpectedPolicy> = Vec::new();
    for policy in given {
        let alias = expected.iter().find(|one| one.name == policy.name);
        let alias = alias.map(|alias| format!("a CNAME to {} ({})", alias.target, alias.source.words()));
        let known = kept.iter().find(|known| known.name == policy.name);
        let other = known.filter(|known| known.text != policy.text);
        let other = other.map(|other| format!("`{}` ({})", sanitize_line(&other.text), other.source.words()));
        if let Some(other) = alias.or(other) {
            let (name, one) = (policy.name, sanitize_line(&policy.text));
            return Err(BadExpectation::Policies { name, one, other });
        }
        if known.is_none() {
            kept.push(policy);
        }
    }
    Ok(kept)
}

/// Refuses names that lie in none of the zones: a name that nobody works on would look fulfilled.
pub fn inside<'n>(
    names: impl IntoIterator<Item = (&'n DomainName, String)>,
    zones: &[DomainName],
) -> Result<(), BadExpectation> {
    for (name, origin) in names {
        if !zones.iter().any(|zone| name.is_within(zone)) {
            let zones = zones.iter().map(ToString::to_string).collect();
            return Err(BadExpectation::Outside { origin, name: name.clone(), zones });
        }
    }
    Ok(())
}

impl BadExpectation {
    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Argument { .. } | Self::Name { .. } => {
                "for example --expect s1._domainkey.example.com=s1.domainkey.u1.wl1.sendgrid.net"
            }
            Self::Contradiction { .. } | Self::Policies { .. } => {
                "keep the one that the sending platform shows today"
            }
            Self::Outside { name, zones, .. } => match zones.as_slice() {
                [zone] if input::is_relative(name) => {
                    return vec![format!("write the full name: did you mean {name}.{zone}?")];
                }
                _ if input::is_relative(name) => "write the full name",
                _ => "name its zone with --zone as well, or leave the record out",
            },
        };
        vec![hint.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_a_name_and_a_target() {
        let read = from_argument("S1._domainkey.Example.com.=s1.domainkey.u1.wl1.sendgrid.net.").unwrap();
        assert_eq!(read.name.as_str(), "s1._domainkey.example.com");
        assert_eq!(read.target.as_str(), "s1.domainkey.u1.wl1.sendgrid.net");
    }

    #[test]
    fn an_argument_that_makes_no_sense_is_refused_with_the_reason() {
        let refused = |text: &str| from_argument(text).unwrap_err().to_string();
        assert!(refused("s1._domainkey.example.com").ends_with("not NAME=TARGET"));
        assert!(refused("=x.test").ends_with("the name is empty"));
        assert!(refused("a b.test=x.test").ends_with("cannot stand in a domain name"));
        assert!(refused("a.test=192.0.2.1").contains("points to an address"));
        assert!(refused("a.test=192.0.2.1.").contains("points to an address"));
        assert!(refused("a.test=A.test.").ends_with("points to itself"));
    }

    #[test]
    fn two_targets_for_one_name_are_a_contradiction() {
        let given = |list: &[&str]| list.iter().map(|text| from_argument(text).unwrap()).collect();
        assert_eq!(agree(given(&["a.test=b.test", "a.test=b.test."])).unwrap().len(), 1);
        assert!(matches!(
            agree(given(&["a.test=b.test", "a.test=c.test"])),
            Err(BadExpectation::Contradiction { .. })
        ));
    }

    #[test]
    fn two_policies_for_one_name_are_a_contradiction() {
        let policy = |text: &str| ExpectedPolicy {
            name: DomainName::parse("_dmarc.a.test").unwrap(),
            text: text.to_owned(),
            source: Source::Argument,
        };
        let (none, reject) = (policy("v=DMARC1; p=none"), policy("v=DMARC1; p=reject"));
        assert_eq!(agree_on_policies(vec![none.clone(), none.clone()], &[]).unwrap().len(), 1);
        assert!(agree_on_policies(vec![none.clone(), reject], &[]).is_err());
        let alias = from_argument("_dmarc.a.test=policy.b.test").unwrap();
        assert!(agree_on_policies(vec![none], &[alias]).is_err());
    }

    #[test]
    fn a_name_outside_every_zone_is_refused_with_the_full_name_as_a_guess() {
        let zone = DomainName::parse("example.com").unwrap();
        let name = DomainName::parse("s1._domainkey").unwrap();
        let refused = inside([(&name, "--expect".to_owned())], std::slice::from_ref(&zone)).unwrap_err();
        assert!(refused.hints()[0].contains("s1._domainkey.example.com"));
        let elsewhere = DomainName::parse("s1._domainkey.example.org").unwrap();
        let refused = inside([(&elsewhere, "records.txt, line 3".to_owned())], &[zone]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "records.txt, line 3: s1._domainkey.example.org is not inside example.com"
        );
        assert!(refused.hints()[0].contains("--zone"), "{:?}", refused.hints());
    }
}
