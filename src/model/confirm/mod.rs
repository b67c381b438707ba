//! Does the world see it? Pure.
//!
//! First the zone's authoritative servers, every one of them; only once those are right the public
//! resolvers, because asking a resolver too early plants the very negative answer one then waits for.
//! One server that disagrees is said and counts; it is never averaged away.

pub(crate) mod cell;
mod finding;
pub(crate) mod judge;
pub mod request;
mod shown_instead;
pub mod stream;

use jiff::{ToSpan as _, Zoned};

use crate::model::catalog::Publishes;
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation, Server};
use crate::model::plain;

pub use finding::{cut, is_refused_by_validators, unconfirmed};
pub use judge::judge;
pub use shown_instead::{ShownInstead, shown_instead};

/// One name to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub name: DomainName,
    /// Pointing where; `None` to take what the authoritative servers say.
    pub target: Option<DomainName>,
    /// Whether no alias at all is to be seen there.
    pub is_gone: bool,
    /// What must be found behind it.
    pub publishes: Vec<Publishes>,
    /// The authoritative servers of its zone.
    pub authoritative: Vec<Server>,
}

crate::model::words::words! {
    /// What all servers together say about one name.
    #[derive(PartialOrd, Ord)]
    pub enum Verdict {
        /// Published, seen by every resolver that answers, and usable.
        Confirmed = "confirmed",
        /// Published, but a resolver still holds an old answer.
        Stale = "stale",
        /// Something else is published, or nothing usable stands behind it.
        Wrong = "wrong",
        /// The authoritative servers say that there is none.
        Absent = "absent",
        /// No name server gave a usable answer.
        Unknown = "unknown",
    }
}

/// What was found behind an alias that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behind {
    /// Nothing had to be looked for, or it was not looked for yet.
    NotAsked,
    /// All that is needed.
    Found,
    /// It is there, but this server still holds an old "no", for so many seconds.
    OldNo(Option<u32>),
    /// These are not published.
    Missing(Vec<Publishes>),
    /// So many are published where one counts and several count as none.
    Several(Publishes, usize),
    /// The server could not say, and why, in a few words.
    CouldNotSay(String),
}

/// One server's last word on one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Who.
    pub server: Server,
    /// What it says about the alias; `None` when it was not asked, because the source is not right.
    pub observation: Option<Observation>,
    /// What it says about what is behind the alias.
    pub behind: Behind,
    /// How it stands to what is wanted.
    pub standing: Agreement,
    /// For how many more seconds it may say so.
    pub expires_in: Option<u64>,
}

/// How one server's word stands to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    Right,
    /// Another alias, or none, and the answer may be an old one.
    Different,
    /// Different still after the old answer had to be forgotten.
    Persisting,
    /// The alias is right, and what must stand behind it is not published.
    Unusable,
    /// It answered that it cannot say.
    CouldNotSay,
    Silent,
    NotAsked,
}

/// What is known about one name in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Where.
    pub name: DomainName,
    /// Pointing where; `None` when no authoritative server says, or no alias is wanted.
    pub expected: Option<DomainName>,
    /// Whether no alias at all is wanted.
    pub is_gone: bool,
    /// What it adds up to.
    pub verdict: Verdict,
    /// Every server's word, authoritative servers first.
    pub servers: Vec<Word>,
    /// What is worth saying besides.
    pub notes: Vec<String>,
    /// When it was concluded, in the time of this machine.
    pub at: Zoned,
}

impl Confirmation {
    /// The end of so many seconds from the moment it was concluded.
    pub fn end(&self, left: u64) -> Option<Zoned> {
        i64::try_from(left).ok().and_then(|left| self.at.checked_add(left.seconds()).ok())
    }

    /// Until when a word may be repeated that expires in so many seconds, in local time.
    pub fn until(&self, left: u64) -> String {
        let end = self.end(left);
        let form = match &end {
            Some(end) if end.date() == self.at.date() => "%H:%M:%S %Z",
            _ => "%Y-%m-%d %H:%M:%S %Z",
        };
        let moment = end.map(|end| format!("until {} ", end.strftime(form))).unwrap_or_default();
        format!("{moment}({} more at most)", plain::seconds(left))
    }

    /// Whether every server that was asked stayed silent.
    pub fn is_unheard(&self) -> bool {
        let mut heard = self.servers.iter().filter_map(|word| word.observation.as_ref());
        heard.all(|observation| *observation == Observation::Silent)
    }

    /// Whether every authoritative server that answers shows what is wanted.
    pub fn is_right_at_source(&self) -> bool {
        let mut at_source = self.servers.iter().filter(|word| word.server.kind == Kind::Authoritative);
        let is_right = at_source.clone().any(|word| word.standing == Agreement::Right);
        is_right && at_source.all(|word| matches!(word.standing, Agreement::Right | Agreement::Silent))
    }
}
