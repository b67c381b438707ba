//! What `doctor` looked at and what it makes of it. Pure.

mod judge;

pub use judge::{
    Address, Permission, Tried, clock, credential, exposed, hidden_zone, ipv6, liar, permission, proxies,
    rate_limit, reach, resolver, state_folder, without_credential,
};

use crate::model::failure::Exit;

/// What part of the world a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The API and what opens it.
    Cloudflare,
    /// Public DNS as it can be asked from here.
    PublicDns,
    /// This machine.
    Here,
}

impl Area {
    /// The heading in a report.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cloudflare => "Cloudflare",
            Self::PublicDns => "public DNS",
            Self::Here => "this machine",
        }
    }

    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cloudflare => "cloudflare",
            Self::PublicDns => "public-dns",
            Self::Here => "machine",
        }
    }
}

/// How a check turned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it ought to be.
    Good,
    /// Worth knowing; nothing is wrong.
    Note,
    /// Could not be found out.
    Unknown,
    /// Something will not work; most things will.
    Weak,
    /// Nothing works without it.
    Bad,
}

impl State {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Weak => "warning",
            Self::Bad => "error",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is about.
    pub area: Area,
    /// What was looked at, in a few words.
    pub name: String,
    /// How it turned out.
    pub state: State,
    /// What was seen.
    pub says: String,
    /// What does not work because of it.
    pub costs: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// How the program ends if nothing worse was seen.
    pub exit: Exit,
}

impl Check {
    fn new(area: Area, name: impl Into<String>, state: State, says: impl Into<String>) -> Self {
        let exit = if state < State::Weak { Exit::Done } else { Exit::Findings };
        Self { area, name: name.into(), state, says: says.into(), costs: None, remedy: None, exit }
    }

    fn costs(mut self, text: impl Into<String>) -> Self {
        self.costs = Some(text.into());
        self
    }

    fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remedy = Some(text.into());
        self
    }

    fn ends_with(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// How the program ends after these checks: the highest concern in the order of the exit statuses.
pub fn exit(checks: &[Check]) -> Exit {
    let silent = |check: &&Check| check.area == Area::PublicDns && check.exit == Exit::Unreachable;
    let resolvers = checks.iter().filter(|check| check.area == Area::PublicDns && is_resolver(check));
    let is_deaf = resolvers.clone().count() > 0 && resolvers.clone().all(|check| silent(&check));
    let concerns: Vec<Exit> = checks
        .iter()
        .map(|check| if silent(&check) && !is_deaf { Exit::Findings } else { check.exit })
        .collect();
    let order = [Exit::Refused, Exit::Unreachable, Exit::Findings];
    order.into_iter().find(|exit| concerns.contains(exit)).unwrap_or(Exit::Done)
}

fn is_resolver(check: &Check) -> bool {
    check.name.starts_with(judge::RESOLVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(name: &str, exit: Exit) -> Check {
        Check::new(Area::PublicDns, format!("{}{name}", judge::RESOLVER), State::Weak, "").ends_with(exit)
    }

    #[test]
    fn one_silent_resolver_is_a_finding_and_all_silent_is_unreachable() {
        let (deaf, fine) = (heard("1.1.1.1", Exit::Unreachable), heard("8.8.8.8", Exit::Done));
        assert_eq!(exit(&[deaf.clone(), fine.clone()]), Exit::Findings);
        assert_eq!(exit(&[deaf.clone(), deaf]), Exit::Unreachable);
        assert_eq!(exit(&[fine]), Exit::Done);
        assert_eq!(exit(&[]), Exit::Done);
    }

    #[test]
    fn a_refused_token_comes_before_a_silent_network() {
        let refused = Check::new(Area::Cloudflare, "token", State::Bad, "").ends_with(Exit::Refused);
        assert_eq!(exit(&[heard("1.1.1.1", Exit::Unreachable), refused]), Exit::Refused);
    }
}
