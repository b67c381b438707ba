//! Asks public DNS whether it shows what was changed and what was expected. Effects: network, clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::session::Session;
use crate::model::confirm::{Confirmation, Wanted};
use crate::model::dns::DomainName;
use crate::model::failure::Failure;
use crate::model::verification;
use crate::model::zone_run::{Verification, ZoneRun};

/// How long the zone's own servers are waited for before settings are read that could explain why they
/// do not show a change. Cloudflare publishes within seconds.
const PUBLICATION: Duration = Duration::from_secs(10);

impl Session {
    /// What public DNS shows of each zone, in their order. Waits up to `wait` for what was changed.
    pub async fn confirm(&self, zones: &[ZoneRun], wait: Duration) -> Vec<Verification> {
        let began = Instant::now();
        let of = |served: bool| {
            let zones = zones.iter().filter(|zone| zone.is_served() == served);
            zones.flat_map(|zone| verification::wanted(zone, &self.targets())).collect()
        };
        let (served, unserved): (Vec<Wanted>, Vec<Wanted>) = (of(true), of(false));
        let names: BTreeSet<DomainName> = zones.iter().flat_map(verification::names_sent).collect();
        let (changed, kept): (Vec<Wanted>, Vec<Wanted>) =
            served.iter().chain(&unserved).cloned().partition(|wanted| names.contains(&wanted.name));
        // The zone's own servers first: what they do not show is worth an explanation, not a wait; and what
        // nobody changed will not become right at the source by waiting.
        let mut first = self.dns.poll(&[], &changed, wait.min(PUBLICATION)).await;
        first.extend(self.dns.poll(&[], &kept, Duration::ZERO).await);
        let mut all = explained(self, zones, &first).await;
        let seen: BTreeMap<&DomainName, &Confirmation> = first.iter().map(|one| (&one.name, one)).collect();
        let waiting =
            zones.iter().zip(&all).filter(|(zone, one)| verification::may_appear(zone, &one.findings));
        let hopeful: BTreeSet<DomainName> =
            waiting.flat_map(|(zone, _)| verification::names_sent(zone)).collect();
        let may_come = |wanted: &Wanted| {
            let is_published = seen.get(&wanted.name).is_some_and(|one| one.is_right_at_source());
            is_published || hopeful.contains(&wanted.name)
        };
        let (hopeful, settled): (Vec<Wanted>, Vec<Wanted>) = served.into_iter().partition(may_come);
        let left = wait.saturating_sub(began.elapsed());
        let mut confirmations = self.dns.poll(self.dns.resolvers().await, &hopeful, left).await;
        let as_seen = |wanted: &Wanted| seen.get(&wanted.name).map(|one| (*one).clone());
        confirmations.extend(settled.iter().chain(&unserved).filter_map(as_seen));
        for (zone, one) in zones.iter().zip(&mut all) {
            let mine = verification::names(zone);
            one.confirmations =
                confirmations.iter().filter(|one| mine.contains(&one.name)).cloned().collect();
        }
        all
    }

    /// Looks once at the mail records of a zone that are not confirmed yet: for a snapshot, not for the report.
    pub(super) async fn confirm_besides(&self, zone: &ZoneRun) -> Vec<Confirmation> {
        let wanted = verification::wanted_besides(zone, &self.targets());
        self.dns.poll(self.dns.resolvers().await, &wanted, Duration::ZERO).await
    }
}

/// A record that is DNS only by the API and cannot be seen at the source: is the whole zone flattened?
async fn explained(session: &Session, zones: &[ZoneRun], first: &[Confirmation]) -> Vec<Verification> {
    let mut all = vec![Verification::default(); zones.len()];
    for (zone, one) in zones.iter().zip(&mut all) {
        if !verification::is_absence_puzzling(zone, first) {
            continue;
        }
        let settings = session.api.zone_settings(&zone.survey.zone.id);
        let Some(settings) = session.dns.stop.unless_requested(settings).await else { break };
        match settings {
            Ok(settings) if settings.flatten_all_cnames == Some(true) => {
                one.findings.push(verification::flattened(zone));
            }
            Ok(_) => {}
            Err(error) => one.notes.push(Failure::of(&error).message),
        }
    }
    all
}
