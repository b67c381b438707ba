//! Reads one zone, looks once at public DNS, and says what is wrong. Effects: network.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;

use super::Stopped;
use super::content::follow;
use super::context::{Context, Public};
use super::history::History;
use super::remember::last_snapshot;
use super::select::{Asked, Selection, Wish, select};
use crate::model::audit_log;
use crate::model::catalogue::Publishes;
use crate::model::diagnosis::{self, AtTarget, MailRecord, Outside, Scope};
use crate::model::dns::DomainName;
use crate::model::expectation::Source;
use crate::model::failure::Failure;
use crate::model::inventory::{Inventory, Zone};
use crate::model::lookup::{Observation, QuestionType, SeenData, Server};
use crate::model::mailauth;
use crate::model::plan::{self, Action};
use crate::model::progress::Event;
use crate::model::snapshot;
use crate::report::ZoneReport;
use crate::run::collect::{self, CollectError};

/// Zones in flight. The API allows 1,200 requests in five minutes and 200 a second.
const ZONES_IN_FLIGHT: usize = 12;
/// Questions in flight for one zone.
const QUESTIONS_IN_FLIGHT: usize = 32;

/// A zone that was looked at, with what the next stages need.
pub(super) struct Looked {
    pub(super) report: ZoneReport,
    /// The authoritative servers that were asked.
    pub(super) authoritative: Vec<Server>,
    pub(super) scope: Scope,
}

/// Everything that was found out before anything is changed.
pub(super) struct Gathered {
    /// A report for each zone that could not be found.
    pub(super) failed: Vec<ZoneReport>,
    pub(super) looked: Vec<Looked>,
    pub(super) asked: Asked,
}

/// Finds the zones that were asked for and looks at each. `None` if Ctrl-C came before the end.
pub(super) async fn gather(context: &Context, wish: &Wish) -> Result<Option<Gathered>, Stopped> {
    let looked = async {
        let Selection { zones, failed, asked } = select(context, wish).await?;
        let looked = look_at_all(context, (wish, &asked), &zones).await;
        Ok(Some(Gathered { failed, looked, asked }))
    };
    tokio::select! {
        result = looked => result,
        () = context.public.stop.requested() => Ok(None),
    }
}

/// Looks at every zone; one that cannot be read does not stop the others. Sorted by name.
async fn look_at_all(context: &Context, (wish, asked): (&Wish, &Asked), zones: &[Zone]) -> Vec<Looked> {
    let concerned = zones.iter().filter_map(|zone| {
        let scope = asked.scope(&zone.name, zones);
        let is_idle = scope.is_restricted && scope.only.is_empty() && scope.expected.is_empty();
        (!is_idle).then_some((zone, scope))
    });
    let history = History::new(context, wish, zones);
    let each = concerned.map(|(zone, scope)| look(context, (wish, &history), zone, scope));
    let mut all: Vec<Looked> =
        futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT).collect().await;
    all.sort_by(|a, b| a.report.label.cmp(&b.report.label));
    for (account, told) in history.accounts() {
        let of_account = |report: &ZoneReport| {
            report.zone.as_ref().is_some_and(|zone| zone.account.as_ref() == Some(&account))
        };
        let reports = all.iter_mut().map(|looked| &mut looked.report);
        if let Some(report) = reports.into_iter().find(|report| report.error.is_none() && of_account(report))
        {
            report.notes.extend(told.notes);
            let zone = report.zone.as_ref().map(|zone| zone.name.clone());
            let unread = zone.zip(told.unread).map(|(zone, why)| diagnosis::unread_log(&zone, &why));
            report.diagnosis.findings.extend(unread);
        }
    }
    context.public.progress.on(Event::StageOver);
    all
}

async fn look(
    context: &Context,
    (wish, history): (&Wish, &History<'_>),
    zone: &Zone,
    scope: Scope,
) -> Looked {
    context.public.progress.on(Event::Reading(zone.name.clone()));
    let report = ZoneReport::new(zone.name.to_string(), Some(zone.clone()));
    let mut looked = Looked { report, authoritative: Vec::new(), scope };
    if wish.uses_snapshot {
        recall(context, zone, &mut looked);
    }
    tell_providers_wish(context, &mut looked);
    if let Err(error) = examine(context, zone, &mut looked, history).await {
        looked.report = ZoneReport::failed(zone.name.to_string(), Some(zone.clone()), Failure::of(&error));
    }
    looked
}

async fn examine(
    context: &Context,
    zone: &Zone,
    looked: &mut Looked,
    history: &History<'_>,
) -> Result<(), CollectError> {
    let held = collect::inventory(&context.api, zone).await?;
    let Looked { report, authoritative, scope } = looked;
    let catalogue = &context.public.catalogue;
    diagnosis::believe_company(scope, &held, catalogue);
    // Beside the questions to public DNS, so that the log takes no time of its own.
    let (told, (mut outside, notes)) =
        tokio::join!(history.of(zone), look_outside(context, &held, scope, authoritative));
    report.notes.extend(notes);
    if held.unreadable > 0 {
        let records = crate::model::plain::count(held.unreadable, "record");
        report
            .notes
            .push(format!("{records} could not be understood and {} left alone", was(held.unreadable)));
    }
    let is_held = |lost: &audit_log::State| diagnosis::stands_for(&held, &lost.name, &lost.target);
    let lost = audit_log::proposals(&told.deletions, catalogue, is_held, context.started);
    if history.is_thorough() && lost.is_empty() && !told.has_gaps {
        report.notes.push("the audit log tells of no deleted mail record that is still missing".to_owned());
    }
    scope.proposed.extend(lost);
    report.notes.extend(told.notes);
    report.has_unknown_past = told.has_gaps;
    if told.has_gaps {
        report.notes.push("whether mail records were deleted here could not be found out".to_owned());
    }
    outside.unread_log = told.unread;
    report.not_looked_at = outside.not_looked_at;
    report.diagnosis = diagnosis::diagnose(&held, scope, &outside, catalogue);
    report.unheard = diagnosis::unheard(&report.diagnosis, &outside);
    if !report.unheard.is_empty() {
        let names = crate::model::plain::count(report.unheard.len(), "name");
        report.notes.push(format!(
            "no name server of the zone could say anything about {names}; only Cloudflare's API was heard"
        ));
    }
    let plan = plan::plan(&held, &report.diagnosis);
    if authoritative.is_empty() && !plan.changes.is_empty() {
        // Nothing was expected, and yet something will have to be confirmed.
        let (servers, notes) = servers_of(&context.public, &zone.name_servers).await;
        *authoritative = servers;
        report.notes.extend(notes);
    }
    let is_replaced = |name: &DomainName| {
        plan.changes.iter().any(|change| change.action == Action::Delete && change.name == *name)
    };
    for name in scope.replace.iter().filter(|name| !is_replaced(name)) {
        report
            .notes
            .push(format!("--replace {name}: nothing there is in the way of an expected CNAME record"));
    }
    report.plan = Some(plan);
    Ok(())
}

/// One look at public DNS, and at the settings that would explain what is seen there; with what is to be said.
async fn look_outside(
    context: &Context,
    held: &Inventory,
    scope: &mut Scope,
    authoritative: &mut Vec<Server>,
) -> (Outside, Vec<String>) {
    let public = &context.public;
    let (not_looked_at, note) = learn(public, held, scope).await;
    let mut outside = Outside { not_looked_at, ..Outside::default() };
    let mut notes: Vec<String> = note.into_iter().collect();
    let records = diagnosis::mail_records(held, scope, &public.catalogue);
    let names = concerned(&records, scope);
    notes.extend(beyond_rehearsal(context, (held, scope), &records));
    if names.is_empty() {
        return (outside, notes);
    }
    let zone = &held.zone;
    let (servers, more) = servers_of(public, &zone.name_servers).await;
    *authoritative = servers;
    notes.extend(more);
    outside.published = ask_source(public, authoritative, &names).await;
    outside.behind = behind(public, &records, &outside).await;
    (outside.delegated_to, outside.fails_validation) =
        public.asker.delegation(public.resolvers().await, &zone.name).await;
    if outside.fails_validation {
        compare_keys(context, zone, &mut outside).await;
    }
    outside.policies_above = policies_above(public, zone).await;
    read_settings(context, held, &records, (&mut outside, &mut notes)).await;
    (outside, notes)
}

/// Behind which targets of mail records, and of proxied ones that could be for mail, a rehearsal has nothing.
fn beyond_rehearsal(
    context: &Context,
    (held, scope): (&Inventory, &Scope),
    records: &[MailRecord],
) -> Option<String> {
    let ours = records.iter().filter(|record| record.may_be_mended()).map(|record| record.target.clone());
    let others = diagnosis::unknown_targets(held, scope, &context.public.catalogue);
    let unknown: BTreeSet<DomainName> =
        ours.chain(others.into_keys().cloned()).filter(|target| context.cannot_know(target)).collect();
    let named: Vec<&str> = unknown.iter().take(MOST_LISTED).map(DomainName::as_str).collect();
    let more = match unknown.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty())
        .then(|| format!("this rehearsal cannot know what stands behind {}{more}", named.join(", ")))
}

/// As many unknown targets are named.
const MOST_LISTED: usize = 20;

/// Follows the proxied aliases that nothing else tells about; how many were not, and a note about those.
async fn learn(public: &Public, held: &Inventory, scope: &mut Scope) -> (usize, Option<String>) {
    let unknown = diagnosis::unknown_targets(held, scope, &public.catalogue);
    let (contents, left_out) = follow(public, unknown).await;
    scope.contents = contents;
    let note = || {
        let targets = crate::model::plain::count(left_out, "target");
        format!(
            "{targets} of proxied CNAME records of nobody known {} not looked at: enough were looked at for this zone or \
             this run; --record NAME names a record that is for mail",
            was(left_out)
        )
    };
    (left_out, (left_out > 0).then(note))
}

/// Says what the provider was understood to want here: silence would look like an answer.
fn tell_providers_wish(context: &Context, looked: &mut Looked) {
    let Some((service, _)) = &context.sender else { return };
    let wanted = looked.scope.expected.iter().chain(&looked.scope.proposed);
    let count = wanted.filter(|one| matches!(one.source, Source::Provider(_))).count();
    looked.report.notes.push(format!(
        "{} expects {} here",
        service.name(),
        crate::model::plain::count(count, "CNAME record")
    ));
}

/// Adds what the last snapshot remembers; one that cannot be used is a note, not an error.
fn recall(context: &Context, zone: &Zone, looked: &mut Looked) {
    match last_snapshot(context, &zone.id) {
        Ok(snapshot) => {
            looked.scope.proposed.extend(snapshot.iter().flat_map(snapshot::Snapshot::expectations));
        }
        Err(error) => {
            let Failure { message, hints, .. } = Failure::of(&error);
            looked.report.notes.push(format!("{message}; {}", hints.join("; ")));
        }
    }
}

/// Which keys the parent vouches for, and which one Cloudflare signs with. What cannot be read is left out.
async fn compare_keys(context: &Context, zone: &Zone, outside: &mut Outside) {
    let public = &context.public;
    let heard = public.asker.ask_any(public.resolvers().await, &zone.name, QuestionType::Ds).await;
    let tags = heard.records().iter().filter_map(|seen| match seen.data {
        SeenData::KeyTag(tag) => Some(tag),
        _ => None,
    });
    outside.vouched_keys = tags.collect();
    outside.signing_key = context.api.dnssec(&zone.id).await.ok().and_then(|state| state.key_tag);
}

/// The names above the zone where public DNS shows a DMARC policy, or where nobody could say. Nothing is planted
/// by asking: those names are not about to change.
async fn policies_above(public: &Public, zone: &Zone) -> BTreeSet<DomainName> {
    let mut found = BTreeSet::new();
    let above = zone.name.and_ancestors().skip(1).filter(|domain| domain.labels().count() > 1);
    for domain in above {
        let Ok(name) = DomainName::parse(&format!("_dmarc.{domain}")) else { continue };
        let heard = public.asker.ask_any(public.resolvers().await, &name, QuestionType::Txt).await;
        let has_policy = heard.texts().any(|text| mailauth::policy(text) == mailauth::Policy::Dmarc);
        if has_policy || !heard.is_definite() {
            found.insert(name);
        }
    }
    found
}

fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// The names whose publication matters: mail records, and what is expected and filed.
fn concerned(records: &[MailRecord], scope: &Scope) -> Vec<DomainName> {
    let mail = records.iter().filter(|record| record.may_be_mended()).map(|record| &record.name);
    let mut names: Vec<DomainName> =
        mail.chain(scope.expected.iter().map(|one| &one.name)).cloned().collect();
    names.extend(scope.policies.iter().map(|one| one.name.clone()));
    names.sort();
    names.dedup();
    names
}

/// The authoritative servers: the ones the user named, or those behind the zone's names; and what is to
/// be said about the ones that could not be found.
pub(super) async fn servers_of(public: &Public, hosts: &[DomainName]) -> (Vec<Server>, Vec<String>) {
    if !public.authoritative.is_empty() {
        return (public.authoritative.clone(), Vec::new());
    }
    let (servers, unresolved) = public.asker.addresses(public.resolvers().await, hosts).await;
    let note =
        |host: &DomainName| format!("the name server {host} was not asked: its address could not be found");
    (servers, unresolved.iter().map(note).collect())
}

/// One authoritative server's word on each name. Resolvers are not asked: they would remember a "no".
async fn ask_source(
    public: &Public,
    authoritative: &[Server],
    names: &[DomainName],
) -> BTreeMap<DomainName, Observation> {
    let each = names.iter().map(|name| async move {
        let heard = public.asker.ask_any(authoritative, name, QuestionType::Cname).await;
        (name.clone(), heard)
    });
    futures_util::stream::iter(each).buffer_unordered(QUESTIONS_IN_FLIGHT).collect().await
}

/// What public DNS shows behind the targets of mail records. The targets are the provider's: asking about them
/// plants nothing where a record is about to change. Where no server of the zone could be heard nobody is
/// asked: what is in the way there is in the way here.
async fn behind(
    public: &Public,
    records: &[MailRecord],
    outside: &Outside,
) -> BTreeMap<DomainName, AtTarget> {
    let is_deaf = outside.published.values().all(|heard| !heard.is_definite());
    let ours = records.iter().filter(|record| record.may_be_mended() && !is_deaf);
    let wanted: BTreeMap<&DomainName, &[Publishes]> = ours
        .filter(|record| !record.recognition.publishes.is_empty())
        .map(|record| (&record.target, record.recognition.publishes.as_slice()))
        .collect();
    let each =
        wanted.into_iter().take(MOST_TARGETS).enumerate().map(|(place, (target, wanted))| async move {
            let mut servers = public.resolvers().await.to_vec();
            // Each resolver is asked first about its share.
            let turn = place.checked_rem(servers.len()).unwrap_or_default();
            servers.rotate_left(turn);
            let texts = public.asker.ask_any(&servers, target, QuestionType::Txt).await;
            let exchangers = if wanted.contains(&Publishes::Mx) {
                public.asker.ask_any(&servers, target, QuestionType::Mx).await
            } else {
                Observation::Silent
            };
            (target.clone(), AtTarget { texts, exchangers })
        });
    futures_util::stream::iter(each).buffer_unordered(QUESTIONS_IN_FLIGHT).collect().await
}

/// As many targets of one zone as public DNS is asked about.
const MOST_TARGETS: usize = 500;

/// Reads settings only where they would explain a contradiction. One that may not be read is a note,
/// not an error.
async fn read_settings(
    context: &Context,
    held: &Inventory,
    records: &[MailRecord],
    (outside, notes): (&mut Outside, &mut Vec<String>),
) {
    let wanted = diagnosis::contradictions(held, records, outside);
    if wanted.unseen_alias || wanted.seen_proxied {
        match context.api.zone_settings(&held.zone.id).await {
            Ok(settings) => {
                outside.flattens_all = settings.flatten_all_cnames;
                outside.zone_is_dns_only = settings.zone_mode.map(|mode| mode == "dns_only");
            }
            Err(error) => notes.push(Failure::of(&error).message),
        }
    }
    if let Some(account) = held.zone.account.as_ref().filter(|_| wanted.seen_proxied) {
        match context.api.account_settings(account).await {
            Ok(settings) => outside.enforces_dns_only = settings.enforce_dns_only,
            Err(error) => notes.push(Failure::of(&error).message),
        }
    }
}
