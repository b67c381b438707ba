//! Lets the sending provider look at its records once public DNS shows them. Effects: network.

use super::session::Session;
use crate::model::confirm::Verdict;
use crate::model::diagnosis::{Discovery, Finding};
use crate::model::failure::Failure;
use crate::model::sending::{Said, SendingDomain};
use crate::model::zone_run::{ProviderCheck, ProviderWord, ZoneRun};

impl Session {
    /// Asks the provider about each of its domains whose records are right in public DNS, and returns what it says of
    /// each zone, in their order. What it says is its word, not ours: a "no" right after a change can be an old answer.
    pub async fn check_with_provider(
        &self,
        zones: &[ZoneRun],
        sending: &[SendingDomain],
    ) -> Vec<ProviderCheck> {
        let mut all = vec![ProviderCheck::default(); zones.len()];
        let Some((service, provider)) = &self.provider else { return all };
        let service = service.name();
        for domain in sending {
            let holding = zones.iter().zip(&mut all).filter(|(zone, _)| holds(zone, domain));
            let nearest = holding.max_by_key(|(zone, _)| zone.survey.zone.name.as_str().len());
            let Some((zone, check)) = nearest else { continue };
            if !is_right(zone, domain) {
                let (name, why) = (&domain.domain, "not all of its records are confirmed");
                check.notes.push(format!("{service} was not asked about {name}: {why}"));
                continue;
            }
            let finding = |Said { what, reason, .. }: &Said| {
                let (what, reason) = (what.clone(), reason.clone());
                Finding::new(Discovery::NotSeenByProvider { service, what, reason }, &domain.domain)
            };
            let Some(said) = self.dns.stop.unless_requested(provider.validate(domain)).await else { break };
            match said {
                Ok(said) => {
                    check.findings.extend(said.iter().filter(|one| !one.is_valid).map(finding));
                    let word = |said| ProviderWord { provider: service, said };
                    check.said.extend(said.into_iter().map(word));
                }
                Err(error) => check.notes.push(Failure::of(&error).message),
            }
        }
        all
    }
}

fn holds(zone: &ZoneRun, domain: &SendingDomain) -> bool {
    domain.domain.is_within(&zone.survey.zone.name)
}

fn is_right(zone: &ZoneRun, domain: &SendingDomain) -> bool {
    domain.records.iter().all(|wanted| {
        let mut seen = zone.verification.confirmations.iter();
        seen.any(|one| one.name == wanted.name && one.verdict == Verdict::Confirmed)
    })
}
