//! What `doctor` looked at and what it makes of it. Pure.

mod judge;

pub use judge::{
    Address, Permission, Tried, clock, credential, exposed, hidden_zone, ipv6, liar, permission, proxies,
    rate_limit, reach, resolver, state_folder, without_credential,
};

use crate::model::failure::Exit;

crate::model::words::words! {
    /// What part of the world a check is about.
    #[derive(PartialOrd, Ord)]
    pub enum Area {
        /// The API and what opens it.
        Cloudflare = "cloudflare",
        /// Public DNS as it can be asked from here.
        PublicDns = "public-dns",
        /// This machine.
        Here = "machine",
    }
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
}

crate::model::words::words! {
    /// How a check turned out.
    #[derive(PartialOrd, Ord)]
    pub enum State {
        /// As it ought to be.
        Good = "ok",
        /// Worth knowing; nothing is wrong.
        Note = "note",
        /// Could not be found out.
        Unknown = "unknown",
        /// Something will not work; most things will.
        Weak = "warning",
        /// Nothing works without it.
        Bad = "error",
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    #[serde(skip)]
    pub exit: Exit,
    /// Whether it is a resolver that was asked.
    #[serde(skip)]
    is_resolver: bool,
}

impl Check {
    fn new(area: Area, name: impl Into<String>, state: State, says: impl Into<String>) -> Self {
        let (name, says) = (name.into(), says.into());
        let exit = if state < State::Weak { Exit::Done } else { Exit::Findings };
        Self { area, name, state, says, costs: None, remedy: None, exit, is_resolver: false }
    }

    /// How one resolver answers.
    fn of_resolver(name: &str, state: State, says: impl Into<String>) -> Self {
        Self { is_resolver: true, ..Self::new(Area::PublicDns, format!("resolver {name}"), state, says) }
    }

    fn costs(self, text: impl Into<String>) -> Self {
        Self { costs: Some(text.into()), ..self }
    }

    fn remedy(self, text: impl Into<String>) -> Self {
        Self { remedy: Some(text.into()), ..self }
    }

    fn ends_with(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

/// How the program ends after these checks: the highest concern in the order of the exit statuses.
pub fn exit(checks: &[Check]) -> Exit {
    let silent = |check: &&Check| check.area == Area::PublicDns && check.exit == Exit::Unreachable;
    let resolvers: Vec<&Check> = checks.iter().filter(|check| check.is_resolver).collect();
    let is_deaf = !resolvers.is_empty() && resolvers.iter().all(silent);
    let concern = |check: &Check| if silent(&check) && !is_deaf { Exit::Findings } else { check.exit };
    let concerns: Vec<Exit> = checks.iter().map(concern).collect();
    let order = [Exit::Refused, Exit::Unreachable, Exit::Findings];
    order.into_iter().find(|exit| concerns.contains(exit)).unwrap_or(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(name: &str, exit: Exit) -> Check {
        Check::of_resolver(name, State::Weak, "").ends_with(exit)
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
