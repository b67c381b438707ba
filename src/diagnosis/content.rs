//! Aliases of nobody we know, recognised by what their target publishes. Pure.
//!
//! Only aliases that are proxied are of interest: of the others nothing would be changed.

use super::recognise::is_other_business;
use super::{Scope, recognise};
use crate::catalogue::{Catalogue, Role, Treatment};
use crate::dns::DomainName;
use crate::inventory::{Inventory, ProxyStatus};
use crate::lookup::{Observation, SeenData};
use crate::mailauth::{self, Policy};

/// What a target publishes that only mail needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// What for.
    pub role: Role,
    /// Whether it has addresses as well, as a web host has.
    pub is_host: bool,
}

impl Content {
    /// What may be done to a record that points there: one that could be a web site needs a word from a person.
    pub(super) fn treatment(self) -> Treatment {
        if self.is_host { Treatment::Ask } else { Treatment::Mend }
    }

    /// How we know, as evidence.
    pub(super) fn evidence(role: Role) -> &'static str {
        match role {
            Role::Dkim => "recognised by its content: public DNS shows a DKIM key at its target",
            Role::Dmarc => "recognised by its content: public DNS shows a DMARC policy at its target",
            _ => {
                "recognised by its content: public DNS shows an SPF policy and a mail exchanger at its target"
            }
        }
    }
}

/// What the texts at a target are for. `None` if mail needs none of them.
pub fn purpose(texts: &Observation) -> Option<Role> {
    let any = |wanted: Policy| texts.texts().any(|text| mailauth::policy(text) == wanted);
    if texts.texts().any(|text| matches!(mailauth::dkim_key(text), Some(Ok(_)))) {
        Some(Role::Dkim)
    } else if any(Policy::Dmarc) {
        Some(Role::Dmarc)
    } else {
        any(Policy::Spf).then_some(Role::ReturnPath)
    }
}

/// Whether an SPF policy stands beside somebody who takes the bounces.
pub fn takes_mail(exchangers: &Observation) -> bool {
    // A lone dot says that no mail is taken. Source: RFC 7505.
    let is_real = |data: &SeenData| matches!(data, SeenData::Exchanger(host) if host != ".");
    exchangers.records().iter().any(|seen| is_real(&seen.data))
}

/// The targets that have to be looked at: of proxied aliases in the zone that nothing else tells about. Names
/// that are a web site's by custom are left out.
pub fn unknown_targets(held: &Inventory, scope: &Scope, catalogue: &Catalogue) -> Vec<DomainName> {
    let zone = &held.zone.name;
    let is_web = |name: &DomainName| {
        name == zone || matches!(name.labels().next(), None | Some("*" | "www" | "mta-sts"))
    };
    let unknown = held.aliases().filter(|(record, alias)| {
        record.proxy == ProxyStatus::Proxied
            && scope.covers(&record.name)
            && !scope.names(&record.name)
            && !is_web(&record.name)
            && !alias.target.is_within(zone)
            && !is_other_business(&record.name, &alias.target, catalogue)
            && recognise(&record.name, &alias.target, false, catalogue).is_none()
    });
    let mut targets: Vec<DomainName> = unknown.map(|(_, alias)| alias.target.clone()).collect();
    targets.sort();
    targets.dedup();
    targets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::Seen;
    use crate::testing::name;

    fn shows(data: SeenData) -> Observation {
        Observation::Answer(vec![Seen { name: name("x.test"), ttl: 60, data }])
    }

    fn text(text: &str) -> Observation {
        shows(SeenData::Text(text.to_owned()))
    }

    #[test]
    fn only_what_mail_needs_tells_that_a_record_is_for_mail() {
        assert_eq!(purpose(&text("v=spf1 -all")), Some(Role::ReturnPath));
        assert_eq!(purpose(&text("v=DMARC1; p=none")), Some(Role::Dmarc));
        assert_eq!(purpose(&text("google-site-verification=abc")), None);
        assert_eq!(purpose(&text("v=DKIM1; p=")), None, "a revoked key proves no use");
        assert_eq!(purpose(&Observation::Silent), None);
    }

    #[test]
    fn a_lone_dot_takes_no_mail() {
        assert!(takes_mail(&shows(SeenData::Exchanger("mx.test.".into()))));
        assert!(!takes_mail(&shows(SeenData::Exchanger(".".into()))));
        assert!(!takes_mail(&Observation::NoData { negative_ttl: None }));
    }

    #[test]
    fn what_could_be_a_web_site_needs_a_word_from_a_person() {
        let of = |is_host| Content { role: Role::ReturnPath, is_host }.treatment();
        assert_eq!(of(false), Treatment::Mend);
        assert_eq!(of(true), Treatment::Ask);
    }
}
