//! Public DNS: who is asked, what is asked, what can be heard. Pure.

mod cloudflare_ranges;
mod server;

use std::net::IpAddr;

use crate::model::dns::DomainName;
use crate::model::plain;

pub use cloudflare_ranges::is_cloudflare;
pub(crate) use server::host;
pub use server::{
    BadServer, Endpoint, Kind, Server, ServerSpec, WELL_KNOWN, WellKnown, well_known, well_known_over_https,
};

/// What is asked for; texts, exchangers and addresses through aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuestionType {
    Cname,
    Txt,
    Mx,
    A,
    Aaaa,
    Ns,
    /// The keys that the parent vouches for.
    Ds,
}

/// Why a secured connection proves nothing about who is at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// The certificate is for others, who are named.
    OtherName(String),
    /// Something else is wrong with the certificate, in words.
    Otherwise(String),
}

/// One server's word on one question. The kinds are never mixed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// Records, aliases on the way included.
    Answer(Vec<Seen>),
    /// The name is there, records of this type are not (NODATA). A signed zone at Cloudflare says so
    /// for names that do not exist, too. Source: RFC 9824.
    NoData {
        /// How long that may be remembered, in seconds.
        negative_ttl: Option<u32>,
    },
    /// The name does not exist (NXDOMAIN).
    NoName {
        /// How long that may be remembered, in seconds.
        negative_ttl: Option<u32>,
    },
    /// The server answered that it cannot or will not say.
    CouldNotSay {
        /// The response code or the reason, in a word.
        reason: String,
        /// Whether it does say when asked not to check signatures: then DNSSEC is broken.
        answers_unchecked: bool,
    },
    /// No word was heard: who answers in the server's place did not prove to be it.
    Unproven(Distrust),
    /// The server has handed the name on to others, so it has no say about it.
    Delegated {
        /// Where the other servers' part begins.
        cut: DomainName,
        /// The other servers.
        to: Vec<DomainName>,
    },
    /// Nothing came back: proves neither presence nor absence.
    Silent,
}

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where it is filed.
    pub name: DomainName,
    /// How long it may be remembered from now on, in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: SeenData,
}

/// The data of a record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeenData {
    Alias(DomainName),
    /// TXT: the character-strings joined without a separator, undecodable bytes replaced.
    Text(String),
    Exchanger(String),
    Address(IpAddr),
    NameServer(DomainName),
    /// DS: the key tag.
    KeyTag(u16),
    /// Something nobody asked for.
    Other,
}

impl Observation {
    /// The alias at exactly `name`, with its lifetime in seconds.
    pub fn alias_at(&self, name: &DomainName) -> Option<(&DomainName, u32)> {
        self.records().iter().find_map(|seen| match &seen.data {
            SeenData::Alias(target) if seen.name == *name => Some((target, seen.ttl)),
            _ => None,
        })
    }

    /// The records of the answer; none for every other observation.
    pub fn records(&self) -> &[Seen] {
        if let Self::Answer(records) = self { records } else { &[] }
    }

    /// The texts of the answer.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.records().iter().filter_map(|seen| match &seen.data {
            SeenData::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The mail exchangers of the answer. A lone dot is none: it says that no mail is taken. Source: RFC 7505.
    pub fn exchangers(&self) -> impl Iterator<Item = &str> {
        self.records().iter().filter_map(|seen| match &seen.data {
            SeenData::Exchanger(host) if host != "." => Some(host.as_str()),
            _ => None,
        })
    }

    /// Whether the server said something definite: there is, or there is not.
    pub fn is_definite(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::NoData { .. } | Self::NoName { .. })
    }

    /// How long the server may go on saying this, in seconds.
    pub fn lifetime(&self) -> Option<u32> {
        match self {
            Self::Answer(records) => records.iter().map(|seen| seen.ttl).min(),
            Self::NoData { negative_ttl } | Self::NoName { negative_ttl } => *negative_ttl,
            Self::CouldNotSay { .. } | Self::Unproven(_) | Self::Delegated { .. } | Self::Silent => None,
        }
    }

    /// A few words for a person.
    pub fn describe(&self) -> String {
        match self {
            Self::Answer(records) => {
                let words: Vec<String> = records.iter().take(3).map(Seen::describe).collect();
                let more = if records.len() > words.len() { ", …" } else { "" };
                format!("{}{more}", words.join(", "))
            }
            Self::NoData { .. } => "no such record (NODATA)".to_owned(),
            Self::NoName { .. } => "no such name (NXDOMAIN)".to_owned(),
            Self::CouldNotSay { reason, answers_unchecked: true } => {
                format!("{reason}, but answers when signatures are not checked: DNSSEC is broken")
            }
            Self::CouldNotSay { reason, answers_unchecked: false } => format!("could not say ({reason})"),
            Self::Unproven(Distrust::OtherName(names)) => {
                format!("could not say (its certificate is for {names})")
            }
            Self::Unproven(Distrust::Otherwise(why)) => format!("could not say ({why})"),
            Self::Delegated { cut, to } => {
                let servers: Vec<&str> = to.iter().map(DomainName::as_str).collect();
                format!("{cut} is delegated to {}", servers.join(" and "))
            }
            Self::Silent => "silent".to_owned(),
        }
    }
}

impl Seen {
    fn describe(&self) -> String {
        match &self.data {
            SeenData::Alias(target) => format!("CNAME {target}"),
            SeenData::Text(text) => {
                format!("TXT {}", plain::sanitize_line(text).chars().take(40).collect::<String>())
            }
            SeenData::Exchanger(host) => format!("MX {}", plain::sanitize_line(host)),
            SeenData::Address(address) => address.to_string(),
            SeenData::NameServer(host) => format!("NS {host}"),
            SeenData::KeyTag(tag) => format!("DS for key {tag}"),
            SeenData::Other => "other records".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[test]
    fn the_alias_is_told_from_the_rest_of_the_chain() {
        let answer = Observation::Answer(vec![
            Seen { name: name("a.test"), ttl: 300, data: SeenData::Alias(name("b.test")) },
            Seen { name: name("b.test"), ttl: 60, data: SeenData::Text("v=spf1".into()) },
        ]);
        assert_eq!(answer.alias_at(&name("a.test")), Some((&name("b.test"), 300)));
        assert_eq!(answer.alias_at(&name("b.test")), None);
        assert_eq!(answer.lifetime(), Some(60));
    }

    #[test]
    fn silence_is_not_absence() {
        assert!(!Observation::Silent.is_definite());
        assert!(Observation::NoName { negative_ttl: None }.is_definite());
    }
}
