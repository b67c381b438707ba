//! What people read of a finding: what is wrong, how that is known, and what a person can do. Pure.
//!
//! The only place with sentences about findings; the problems have theirs in the files beside this. The fact comes first, then
//! what it means for mail, then what to do.

mod public;
mod records;
#[cfg(test)]
mod tests;
mod zone;

use super::{Blocker, Classification, Evidence, Finding, Grounds, Problem};
use crate::model::catalog::{Provider, Role};
use crate::model::inventory::ProxyStatus;
use crate::model::lookup::Observation;
use crate::model::plain;

/// The words of a problem that says this.
macro_rules! says {
    ($($message:tt)+) => {
        Words::new(format!($($message)+))
    };
}
use says;

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What is wrong, in one sentence.
    pub message: String,
    /// How the tool knows.
    pub evidence: Vec<String>,
    /// What a person can do where the tool may not.
    pub advice: Option<String>,
}

impl Words {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), evidence: Vec::new(), advice: None }
    }

    fn known(self, line: impl Into<String>) -> Self {
        self.known_if(true, line)
    }

    fn known_if(mut self, is_known: bool, line: impl Into<String>) -> Self {
        self.evidence.extend(is_known.then(|| line.into()));
        self
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        self.advise_if(true, advice)
    }

    fn advise_if(self, is_advised: bool, advice: impl Into<String>) -> Self {
        let advice = is_advised.then(|| advice.into());
        Self { advice, ..self }
    }
}

impl Finding {
    /// The finding in words.
    pub fn words(&self) -> Words {
        let mut words = match &self.problem {
            Problem::Zone(problem) => problem.words(self),
            Problem::Malformed(problem) => problem.words(self),
            Problem::Presence(problem) => problem.words(self),
            Problem::Proposed(problem) => problem.words(self),
            Problem::Hidden(problem) => problem.words(self),
            Problem::Target { target, heard, problem } => problem.words(self, target, heard),
            Problem::Dmarc { problem, published } => problem.words(self, published.as_ref()),
            Problem::Discovery(problem) => problem.words(self),
            Problem::NotConfirmed(published) => published.words(&self.name),
            Problem::EditedSince { edit, before } => edit.words(&self.name, before.as_ref()),
        };
        words.evidence.extend(self.evidence.iter().map(|one| self.known(one)));
        words.advice = self.blocker.as_ref().map(Blocker::words).or(words.advice);
        words
    }

    fn known(&self, evidence: &Evidence) -> String {
        match evidence {
            Evidence::Cname(target, Some(ProxyStatus::Proxied)) => {
                format!("Cloudflare's API: CNAME {target}, proxied")
            }
            Evidence::Cname(target, Some(ProxyStatus::DnsOnly)) => {
                format!("Cloudflare's API: CNAME {target}, DNS only")
            }
            Evidence::Cname(target, None) => format!("Cloudflare's API: CNAME {target}"),
            Evidence::Record(kind, content) => {
                format!("Cloudflare's API: {kind} {}", plain::sanitize_line(content))
            }
            Evidence::NoRecord => format!("Cloudflare's API: no record at {}", self.name),
            Evidence::Comment(comment) => format!("its comment: \"{}\"", plain::sanitize_line(comment)),
            Evidence::Asked(source, kind, content) => {
                format!("{}: {kind} {}", source.words(), plain::sanitize_line(content))
            }
            Evidence::Dissent(source, target) => format!("but {}: CNAME {target}", source.words()),
            Evidence::SameTargetAt(other) => {
                format!("the same target stands at {other}: most likely that name was mistyped for this one")
            }
            Evidence::Recognised(grounds) => grounds.words(self.role, self.provider.as_deref()),
            Evidence::Heard(heard) => authoritative(heard),
            Evidence::FlatteningUnread => {
                "whether the zone flattens all CNAME records could not be read".to_owned()
            }
            Evidence::Server { server, heard, until } => {
                let heard = heard.as_ref().map_or_else(|| "not asked".to_owned(), Observation::describe);
                let until = until.as_ref().map(|until| format!(", {until}")).unwrap_or_default();
                format!("{} {server}: {heard}{until}", server.kind.word())
            }
            Evidence::Note(note) => note.clone(),
        }
    }

    fn whose(&self) -> &str {
        self.provider.as_ref().map_or("your provider", |provider| &provider.name)
    }

    /// Where the provider shows its records, in brackets.
    fn place(&self) -> String {
        let place = self.provider.as_ref().and_then(|provider| provider.verify.as_deref());
        place.map(|place| format!(" ({place})")).unwrap_or_default()
    }
}

fn authoritative(heard: &Observation) -> String {
    format!("authoritative server: {}", heard.describe())
}

impl Blocker {
    fn words(&self) -> String {
        match self {
            Self::Finding(code) => format!("blocked by {}", code.word()),
            Self::Apex => {
                "nothing is done: a CNAME at the apex of a zone is never seen, and mail and web records live there"
                    .to_owned()
            }
            Self::OtherTarget(meant) => format!("not renamed: another target is wanted at {meant}"),
            Self::SourcesDisagree => {
                "what is known disagrees, so nothing is done: look up the right one and say it with --expect"
                    .to_owned()
            }
            Self::CnameInsteadOfMx(provider, instead) => file_instead(&provider.name, instead),
        }
    }
}

fn file_instead(provider: &str, instead: &str) -> String {
    format!(
        "nothing is done, and making it DNS only does not help: delete the CNAME record and file what {provider} asks \
         for: {instead}"
    )
}

impl Classification {
    /// How we know, as evidence.
    pub fn evidence(&self) -> String {
        self.grounds.words(Some(self.role), self.provider.as_deref())
    }
}

impl Grounds {
    fn words(self, role: Option<Role>, provider: Option<&Provider>) -> String {
        let content = match role {
            Some(Role::Dkim) => "a DKIM key",
            Some(Role::Dmarc) => "a DMARC policy",
            _ => "an SPF policy and a mail exchanger",
        };
        match (self, provider) {
            (Self::Named, _) => "you named this record".to_owned(),
            (Self::Target, Some(provider)) => format!("its target belongs to {}", provider.name),
            (Self::Target, None) => "its target is known".to_owned(),
            (Self::Name, _) => {
                "a name with an underscore label is asked for text records, never for a web site".to_owned()
            }
            (Self::Content, _) => {
                format!("recognised by its content: public DNS shows {content} at its target")
            }
            (Self::Company, _) => {
                "its target lies in the domain of a DKIM target of this zone, and an SPF policy with a mail exchanger \
                 could not be seen there"
                    .to_owned()
            }
        }
    }
}
