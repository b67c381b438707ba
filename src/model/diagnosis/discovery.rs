//! What is said of a domain that is looked at from outside only, and of what its provider says. Pure.

use super::{Code, Finding, Severity};
use crate::model::catalogue::Sibling;
use crate::model::dns::DomainName;
use crate::model::plain;
use crate::model::sending::{Said, SendingDomain};

/// What is said of something that nobody could be asked about.
pub fn not_asked(domain: &DomainName, what: &str, evidence: Vec<String>) -> Finding {
    Finding {
        code: Code::Unconfirmed,
        severity: Severity::Warning,
        name: domain.clone(),
        provider: None,
        role: None,
        message: format!("{what} could not be asked for"),
        evidence,
        remedy: None,
        advice: Some("name a server that answers with --authoritative, or ask again".to_owned()),
    }
}

/// What is said of a record that contradicts the rest of its set.
pub fn at_odds(sibling: &Sibling, name: &DomainName, target: &DomainName) -> Finding {
    let Sibling { provider, role, because_of, .. } = sibling;
    Finding {
        code: Code::IncompleteSet,
        severity: Severity::Warning,
        name: name.clone(),
        provider: Some(provider.clone()),
        role: Some(*role),
        message: format!("{name} points to {target}, which does not go with {because_of}"),
        evidence: vec![format!("beside {because_of} it would be a CNAME to {}", sibling.target)],
        remedy: None,
        advice: Some(format!("compare it with what {} shows", provider.name)),
    }
}

/// What is said of a record that must be there and whose name nothing tells: that the others are right is no
/// proof that this one is.
pub fn not_guessed(domain: &DomainName, sibling: &Sibling) -> Finding {
    let Sibling { provider, role, target, because_of, .. } = sibling;
    let place = provider.verify.as_deref().map(|place| format!(" ({place})")).unwrap_or_default();
    Finding {
        code: Code::IncompleteSet,
        severity: Severity::Warning,
        name: domain.clone(),
        provider: Some(provider.clone()),
        role: Some(*role),
        message: format!(
            "{} that {} asks for beside {because_of} was not checked: its name cannot be guessed",
            role.describe(),
            provider.name
        ),
        evidence: vec![format!("it is a CNAME to {target}")],
        remedy: None,
        advice: Some(format!(
            "look up its name on {}'s page{place}, then: cf-domauth confirm --expect NAME={target}",
            provider.name
        )),
    }
}

/// What is said where no usual name is there: that is no proof that all is well.
pub fn nothing_there(domain: &DomainName, asked: usize) -> Finding {
    Finding {
        code: Code::Missing,
        severity: Severity::Warning,
        name: domain.clone(),
        provider: None,
        role: None,
        message: format!("{domain} has none of the {asked} names that mail records usually have"),
        evidence: vec![
            "the zone's own name servers were asked, and public DNS knows no other way to list names"
                .to_owned(),
        ],
        remedy: None,
        advice: Some(
            "name the records that your sending platform shows, or give them with --expect-file".to_owned(),
        ),
    }
}

/// What is said of a record that the provider does not see.
pub fn not_seen_by(provider: &'static str, domain: &SendingDomain, said: &Said) -> Finding {
    let what = plain::line(&said.what);
    Finding {
        code: Code::Unconfirmed,
        severity: Severity::Error,
        name: domain.domain.clone(),
        provider: None,
        role: None,
        message: format!("{provider} does not see {what} yet, although public DNS shows it"),
        evidence: said.reason.iter().map(|reason| plain::line(reason)).collect(),
        remedy: None,
        advice: Some(
            "it may hold an old answer: run fix again in some minutes, or press its own Verify button"
                .to_owned(),
        ),
    }
}
