//! A file or a paste that says what is expected, and what it was understood to say. Pure.

use super::input::{self, BadInput, Context, Entry, Policy, Reading};
use super::{BadExpectation, Expectation, ExpectedPolicy, Location, Source};
use crate::model::dns::{DomainName, Ttl};
use crate::model::failure::{Advice, Exit};

/// A file or a paste that was read and not looked at yet: what it means depends on the zones.
#[derive(Debug, Clone)]
pub struct Document {
    /// Where it came from: a path, or standard input.
    pub origin: String,
    /// What stands there.
    pub bytes: Vec<u8>,
}

/// Why what is expected makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum BadRequest {
    /// A file or a paste.
    #[error("{origin}: {source}")]
    Document { origin: String, source: BadInput },
    /// What is expected contradicts itself, or lies in none of the zones.
    #[error(transparent)]
    Expectation(#[from] BadExpectation),
}

impl Advice for BadRequest {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Document { source, .. } => source.hints(),
            Self::Expectation(error) => error.hints(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// A document, and what it says.
#[derive(Debug, Clone)]
pub struct Understood {
    /// Where it came from: a path, or standard input.
    pub origin: String,
    /// What it says.
    pub reading: Reading,
}

impl Document {
    /// What it says about the zones.
    ///
    /// # Errors
    ///
    /// [`BadRequest::Document`] when nothing can be made of it as a whole.
    pub fn understand(&self, context: &Context<'_>) -> Result<Understood, BadRequest> {
        let origin = self.origin.clone();
        match input::read(&self.bytes, context) {
            Ok(reading) => Ok(Understood { origin, reading }),
            Err(source) => Err(BadRequest::Document { origin, source }),
        }
    }
}

impl Understood {
    /// The records that it asks for.
    pub fn expectations(&self) -> Vec<Expectation> {
        self.reading.entries.iter().map(|entry| expectation(entry, self.source(entry.line))).collect()
    }

    /// What nothing shows to be for mail: only a person can want it.
    pub fn unrecognised(&self) -> Vec<Expectation> {
        let one = |entry: &Entry| expectation(entry, Source::Unrecognised(self.location(entry.line)));
        self.reading.unrecognised.iter().map(one).collect()
    }

    /// The DMARC policies that it asks for.
    pub fn policies(&self) -> Vec<ExpectedPolicy> {
        let one = |Policy { name, text, line }: &Policy| ExpectedPolicy {
            name: name.clone(),
            text: text.clone(),
            source: self.source(*line),
        };
        self.reading.policies.iter().map(one).collect()
    }

    fn location(&self, line: Option<usize>) -> Location {
        Location { origin: self.origin.clone(), line }
    }

    fn source(&self, line: Option<usize>) -> Source {
        let kind = if self.reading.is_manifest { Source::Manifest } else { Source::Input };
        kind(self.location(line))
    }
}

fn expectation(entry: &Entry, source: Source) -> Expectation {
    let ttl = entry.ttl.unwrap_or(Ttl::Automatic);
    Expectation { name: entry.name.clone(), target: entry.target.clone(), ttl, source }
}

/// What is known of the zones where only names were given: the names themselves, and the domains that they lie in.
pub fn with_domains(named: &[DomainName]) -> Vec<DomainName> {
    let mut all: Vec<DomainName> = named.to_vec();
    for domain in named.iter().filter_map(|name| DomainName::parse(name.owner_part()).ok()) {
        if !all.contains(&domain) {
            all.push(domain);
        }
    }
    all
}
