//! Reads each zone, looks once at public DNS, and says what is wrong and what would repair it. Effects: network.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use tokio::sync::Semaphore;

use super::audit_log::Told;
use super::collect::{self, CollectError};
use super::content::follow;
use super::deletions::Deletions;
use super::public_dns::PublicDns;
use super::session::Session;
use super::target::{self, TargetError, Targets};
use crate::model::audit_log;
use crate::model::catalog::Publishes;
use crate::model::diagnosis::{self, AtTarget, DnsEvidence, Finding, MailRecord, Scope, ZoneProblem};
use crate::model::dns::DomainName;
use crate::model::expectation::Source;
use crate::model::failure::Failure;
use crate::model::inventory::{Inventory, Zone};
use crate::model::lookup::{Observation, QuestionType, SeenData, Server};
use crate::model::mailauth;
use crate::model::plain::count;
use crate::model::plan;
use crate::model::progress::Event;
use crate::model::snapshot::Snapshot;
use crate::model::survey::{self, Survey, UnreadZone, ZoneSurvey};
use crate::model::target::{Expectations, Request};

/// Zones in flight. The API allows 1,200 requests in five minutes and 200 a second.
const ZONES_IN_FLIGHT: usize = 12;
/// As many zones as are looked at before one ahead of them has ended: they are told in order.
const MOST_AHEAD: usize = 10 * ZONES_IN_FLIGHT;
const QUESTIONS_IN_FLIGHT: usize = 32;
/// As many targets of one zone as public DNS is asked about.
const MOST_TARGETS: usize = 500;

impl Session {
    /// Finds the zones that are asked for, reads each, looks once at public DNS, and says what is wrong and what would
    /// repair it; sorted by name. `None` if the run was told to end.
    ///
    /// # Errors
    ///
    /// [`TargetError`] where the request makes no sense. A zone that cannot be read is no error: see
    /// [`Survey::unread`].
    pub async fn survey(&self, request: &Request) -> Result<Option<Survey>, TargetError> {
        let (mut zones, mut unread) = (Vec::new(), Vec::new());
        let keep = |one| match one {
            Ok(zone) => zones.push(zone),
            Err(zone) => unread.push(zone),
        };
        let expectations = self.survey_each(request, keep).await?;
        Ok(expectations.map(|expectations| Survey { zones, unread, expectations }))
    }

    /// The same without keeping the zones, and with the same errors: `keep` gets each as it ends, by name, those that
    /// were not found first.
    pub async fn survey_each(
        &self,
        request: &Request,
        mut keep: impl FnMut(Result<ZoneSurvey, UnreadZone>),
    ) -> Result<Option<Expectations>, TargetError> {
        let surveyed = async {
            let Targets { zones, unread, expectations } = target::find(self, request).await?;
            unread.into_iter().map(Err).for_each(&mut keep);
            look_at_all(self, request, (zones, &expectations), keep).await;
            self.dns.progress.on(Event::StageOver);
            Ok(Some(expectations))
        };
        self.dns.stop.unless_requested(surveyed).await.unwrap_or(Ok(None))
    }
}

/// Looks at every zone; one that cannot be read does not stop the others.
async fn look_at_all(
    session: &Session,
    request: &Request,
    (mut found, expectations): (Vec<Zone>, &Expectations),
    mut keep: impl FnMut(Result<ZoneSurvey, UnreadZone>),
) {
    found.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
    let deletions = Deletions::new(session, request, &found);
    let permits = Semaphore::new(ZONES_IN_FLIGHT);
    let names: BTreeSet<DomainName> = found.iter().map(|zone| zone.name.clone()).collect();
    let concerned = found.iter().filter_map(|zone| Some((zone, expectations.scope(&zone.name, &names)?)));
    let each = concerned.map(|(zone, scope)| async {
        // Nobody closes it.
        let _permit = permits.acquire().await.ok();
        survey_zone(session, (request, &deletions), zone, scope).await
    });
    let mut all = futures_util::stream::iter(each).buffered(MOST_AHEAD);
    let mut told = BTreeSet::new();
    while let Some(mut one) = all.next().await {
        if let Ok(survey) = &mut one {
            let account = survey.zone.account.clone().filter(|account| told.insert(account.clone()));
            if let Some(of_account) = account.and_then(|account| deletions.of_account(&account)) {
                say_of_account(survey, of_account, request);
            }
        }
        session.dns.progress.on(Event::Read(survey::progress(&one)));
        keep(one);
    }
}

/// What concerns a whole account is said once: with the first of its zones.
fn say_of_account(survey: &mut ZoneSurvey, told: &Told, request: &Request) {
    let zone = &survey.zone.name;
    survey.notes.extend(told.notes.iter().cloned());
    let unread = told.unread.iter().map(|why| Finding::new(ZoneProblem::AuditLogUnread(why.clone()), zone));
    let mut found = unread.collect();
    survey.ignored.extend(request.ignore.take(zone, &mut found));
    survey.diagnosis.findings.extend(found);
}

async fn survey_zone(
    session: &Session,
    (request, deletions): (&Request, &Deletions<'_>),
    zone: &Zone,
    mut scope: Scope,
) -> Result<ZoneSurvey, UnreadZone> {
    session.dns.progress.on(Event::Reading(zone.name.clone()));
    let mut notes = Vec::new();
    if !request.without_snapshot {
        match session.last_snapshot(&zone.id) {
            Ok(snapshot) => scope.proposed.extend(snapshot.iter().flat_map(Snapshot::expectations)),
            // One that cannot be used is a note, not an error.
            Err(error) => notes.push(Failure::of(&error).in_one_line()),
        }
    }
    notes.extend(providers_wish(session, &scope));
    examine(session, zone, (scope, notes), (request, deletions)).await.map_err(|error| {
        let (label, failure) = (zone.name.to_string(), Failure::of(&error));
        UnreadZone { label, zone: Some(zone.clone()), failure }
    })
}

async fn examine(
    session: &Session,
    zone: &Zone,
    (mut scope, mut notes): (Scope, Vec<String>),
    (request, deletions): (&Request, &Deletions<'_>),
) -> Result<ZoneSurvey, CollectError> {
    let held = collect::inventory(&session.api, zone).await?;
    let catalog = &session.dns.catalog;
    diagnosis::believe_company(&mut scope, &held, catalog);
    // Beside the questions to public DNS, so that the log takes no time of its own.
    let (told, seen) = tokio::join!(deletions.of(zone), look_outside(session, &held, scope));
    let Seen { mut outside, mut scope, mut servers, notes: seen } = seen;
    notes.extend(seen.into_iter().chain(survey::unreadable(&held)));
    let is_held = |lost: &audit_log::State| diagnosis::stands_for(&held, &lost.name, &lost.target);
    let lost = audit_log::proposals(&told.deletions, catalog, is_held, session.started);
    if deletions.is_thorough() && lost.is_empty() && !told.has_gaps {
        notes.push("the audit log tells of no deleted mail record that is still missing".to_owned());
    }
    scope.proposed.extend(lost);
    notes.extend(told.notes);
    if told.has_gaps {
        notes.push("whether mail records were deleted here could not be found out".to_owned());
    }
    outside.unread_log = told.unread;
    let mut diagnosis = diagnosis::diagnose(&held, &scope, &outside, catalog);
    let unheard = diagnosis::unheard(&diagnosis, &outside);
    notes.extend(survey::unheard(&unheard));
    let ignored = request.ignore.take(&zone.name, &mut diagnosis.findings);
    let plan = plan::plan(&held, &diagnosis);
    if servers.is_empty() && !plan.changes.is_empty() {
        // Nothing was expected, and yet something will have to be confirmed.
        let (found, more) = session.dns.servers_of(&zone.name_servers).await;
        servers = found;
        notes.extend(more);
    }
    notes.extend(survey::not_replaced(&plan, &scope));
    Ok(ZoneSurvey {
        zone: zone.clone(),
        servers,
        is_examined: true,
        diagnosis,
        ignored,
        unheard,
        has_unknown_past: told.has_gaps,
        not_looked_at: outside.not_looked_at,
        notes,
        plan,
        scope,
    })
}

/// Says what the provider was understood to want here: silence would look like an answer.
fn providers_wish(session: &Session, scope: &Scope) -> Option<String> {
    let (service, _) = session.provider.as_ref()?;
    let wanted = scope.expected.values().chain(&scope.proposed);
    let wanted = wanted.filter(|one| matches!(one.source, Source::Provider(_))).count();
    Some(format!("{} expects {} here", service.name(), count(wanted, "CNAME record")))
}

/// What public DNS shows of one zone, and the settings that would explain it.
struct Seen {
    outside: DnsEvidence,
    /// The scope with what stands behind aliases of nobody known.
    scope: Scope,
    /// The zone's own servers, if they had to be asked.
    servers: Vec<Server>,
    notes: Vec<String>,
}

/// One look at public DNS, and at the settings that would explain what is seen there; with what is to be said.
async fn look_outside(session: &Session, held: &Inventory, mut scope: Scope) -> Seen {
    let (dns, zone) = (&session.dns, &held.zone);
    let unknown = diagnosis::unknown_targets(held, &scope, &dns.catalog);
    let (contents, not_looked_at) = follow(dns, unknown).await;
    scope.contents = contents;
    let mut outside = DnsEvidence { not_looked_at, ..DnsEvidence::default() };
    let mut notes: Vec<String> = survey::left_out(not_looked_at).into_iter().collect();
    let records = diagnosis::mail_records(held, &scope, &dns.catalog);
    let names = survey::names_to_ask(&records, &scope);
    notes.extend(beyond_rehearsal(session, (held, &scope), &records));
    if names.is_empty() {
        return Seen { outside, scope, servers: Vec::new(), notes };
    }
    let (servers, more) = dns.servers_of(&zone.name_servers).await;
    notes.extend(more);
    // One authoritative server's word on each name. Resolvers are not asked: they would remember a "no".
    let source = &servers;
    let each = names.into_iter().map(|name| async move {
        let heard = dns.asker.ask_any(source, &name, QuestionType::Cname).await;
        (name, heard)
    });
    let each = futures_util::stream::iter(each);
    outside.published = each.buffer_unordered(QUESTIONS_IN_FLIGHT).collect().await;
    outside.behind = behind(dns, &records, &outside).await;
    (outside.delegated_to, outside.fails_validation) = dns.delegation(&zone.name).await;
    if outside.fails_validation {
        (outside.vouched_keys, outside.signing_key) = keys(session, zone).await;
    }
    outside.policies_above = policies_above(dns, zone).await;
    notes.extend(read_settings(session, (held, &records), &mut outside).await);
    Seen { outside, scope, servers, notes }
}

/// Behind which targets of mail records, and of proxied ones that could be for mail, a rehearsal has nothing.
fn beyond_rehearsal(
    session: &Session,
    (held, scope): (&Inventory, &Scope),
    records: &[MailRecord],
) -> Option<String> {
    let ours = records.iter().filter(|record| record.may_be_fixed()).map(|record| record.target.clone());
    let others = diagnosis::unknown_targets(held, scope, &session.dns.catalog);
    let all = ours.chain(others.into_keys().cloned());
    let unknown: BTreeSet<DomainName> = all.filter(session.targets().cannot_know).collect();
    survey::beyond_rehearsal(&unknown)
}

/// The keys that the parent vouches for, and the one that Cloudflare signs with. What cannot be read is left out.
async fn keys(session: &Session, zone: &Zone) -> (Vec<u16>, Option<u16>) {
    let heard = session.dns.ask_resolvers(&zone.name, QuestionType::Ds).await;
    let tags = heard.records().iter().filter_map(|seen| match seen.data {
        SeenData::KeyTag(tag) => Some(tag),
        _ => None,
    });
    let signing = session.api.dnssec(&zone.id).await.ok().and_then(|state| state.key_tag);
    (tags.collect(), signing)
}

/// The names above the zone where public DNS shows a DMARC policy, or where nobody could say. Nothing is planted
/// by asking: those names are not about to change.
async fn policies_above(dns: &PublicDns, zone: &Zone) -> BTreeSet<DomainName> {
    let mut found = BTreeSet::new();
    let above = zone.name.and_ancestors().skip(1).filter(|domain| domain.labels().count() > 1);
    for domain in above {
        let Ok(name) = DomainName::parse(&format!("_dmarc.{domain}")) else { continue };
        let heard = dns.ask_resolvers(&name, QuestionType::Txt).await;
        let has_policy = heard.texts().any(|text| mailauth::policy(text) == mailauth::Policy::Dmarc);
        if has_policy || !heard.is_definite() {
            found.insert(name);
        }
    }
    found
}

/// What public DNS shows behind the targets of mail records. The targets are the provider's: asking about them
/// plants nothing where a record is about to change. Where no server of the zone could be heard nobody is
/// asked: what is in the way there is in the way here.
async fn behind(
    dns: &PublicDns,
    records: &[MailRecord],
    outside: &DnsEvidence,
) -> BTreeMap<DomainName, AtTarget> {
    let is_deaf = outside.published.values().all(|heard| !heard.is_definite());
    let ours = records.iter().filter(|record| record.may_be_fixed() && !is_deaf);
    let wanted = ours.map(|record| (&record.target, record.classification.publishes.as_slice()));
    let wanted: BTreeMap<&DomainName, &[Publishes]> = wanted.filter(|(_, all)| !all.is_empty()).collect();
    let wanted = wanted.into_iter().take(MOST_TARGETS).enumerate();
    let each = wanted.map(|(turn, (target, wanted))| async move {
        let servers = dns.resolvers_in_turn(turn).await;
        let texts = dns.asker.ask_any(&servers, target, QuestionType::Txt).await;
        let exchangers = if wanted.contains(&Publishes::Mx) {
            dns.asker.ask_any(&servers, target, QuestionType::Mx).await
        } else {
            Observation::Silent
        };
        (target.clone(), AtTarget { texts, exchangers })
    });
    futures_util::stream::iter(each).buffer_unordered(QUESTIONS_IN_FLIGHT).collect().await
}

/// Reads settings only where they would explain a contradiction. One that may not be read is a note,
/// not an error.
async fn read_settings(
    session: &Session,
    (held, records): (&Inventory, &[MailRecord]),
    outside: &mut DnsEvidence,
) -> Vec<String> {
    let mut notes = Vec::new();
    let wanted = diagnosis::contradictions(held, records, outside);
    if wanted.unseen_alias || wanted.seen_proxied {
        match session.api.zone_settings(&held.zone.id).await {
            Ok(settings) => {
                outside.flattens_all = settings.flatten_all_cnames;
                outside.zone_is_dns_only = settings.zone_mode.map(|mode| mode == "dns_only");
            }
            Err(error) => notes.push(Failure::of(&error).message),
        }
    }
    if let Some(account) = held.zone.account.as_ref().filter(|_| wanted.seen_proxied) {
        match session.api.account_settings(account).await {
            Ok(settings) => outside.enforces_dns_only = settings.enforce_dns_only,
            Err(error) => notes.push(Failure::of(&error).message),
        }
    }
    notes
}
