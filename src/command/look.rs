//! Reads one zone, looks once at public DNS, and says what is wrong. Effects: network.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;

use super::Stopped;
use super::context::{Context, Public};
use super::select::{Wish, select};
use crate::diagnosis::{self, MailRecord, Outside, Scope};
use crate::dns::DomainName;
use crate::failure::Failure;
use crate::inventory::collect::{self, CollectError};
use crate::inventory::{Inventory, Zone};
use crate::lookup::{Observation, QuestionType, Server};
use crate::plan;
use crate::progress::Event;
use crate::report::ZoneReport;

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

/// Finds the zones that were asked for and looks at each: the reports of those that were not found, and
/// what was seen in the others. `None` if Ctrl-C came before the end.
pub(super) async fn gather(
    context: &Context,
    wish: &Wish,
) -> Result<Option<(Vec<ZoneReport>, Vec<Looked>)>, Stopped> {
    let looked = async {
        let selection = select(context, wish).await?;
        let looked = look_at_all(context, wish, &selection.zones).await;
        Ok(Some((selection.failed, looked)))
    };
    tokio::select! {
        result = looked => result,
        () = context.public.stop.requested() => Ok(None),
    }
}

/// Looks at every zone; one that cannot be read does not stop the others. Sorted by name.
async fn look_at_all(context: &Context, wish: &Wish, zones: &[Zone]) -> Vec<Looked> {
    let concerned = zones.iter().filter_map(|zone| {
        let scope = wish.scope(&zone.name, zones);
        let is_idle = scope.is_restricted && scope.only.is_empty() && scope.expected.is_empty();
        (!is_idle).then_some((zone, scope))
    });
    let each = concerned.map(|(zone, scope)| look(context, zone, scope));
    let mut all: Vec<Looked> =
        futures_util::stream::iter(each).buffer_unordered(ZONES_IN_FLIGHT).collect().await;
    all.sort_by(|a, b| a.report.label.cmp(&b.report.label));
    context.public.progress.on(Event::StageOver);
    all
}

async fn look(context: &Context, zone: &Zone, scope: Scope) -> Looked {
    context.public.progress.on(Event::Reading(zone.name.clone()));
    let label = zone.name.to_string();
    match examine(context, zone, &scope).await {
        Ok((report, authoritative)) => Looked { report, authoritative, scope },
        Err(error) => {
            let report = ZoneReport::failed(label, Some(zone.clone()), Failure::of(&error));
            Looked { report, authoritative: Vec::new(), scope }
        }
    }
}

async fn examine(
    context: &Context,
    zone: &Zone,
    scope: &Scope,
) -> Result<(ZoneReport, Vec<Server>), CollectError> {
    let held = collect::inventory(&context.api, zone).await?;
    let records = diagnosis::mail_records(&held, scope, &context.public.catalogue);
    let names = concerned(&records, scope);
    let mut report = ZoneReport::new(zone.name.to_string(), Some(zone.clone()));
    let mut outside = Outside::default();
    let mut authoritative = Vec::new();
    if !names.is_empty() {
        (authoritative, report.notes) = servers_of(&context.public, &zone.name_servers).await;
        outside.published = published(&context.public, &authoritative, &names).await;
        outside.delegated_to = context.public.asker.delegation(&context.public.resolvers, &zone.name).await;
        read_settings(context, &held, &records, (&mut outside, &mut report.notes)).await;
    }
    if held.unreadable > 0 {
        let records = crate::plain::count(held.unreadable, "record");
        report
            .notes
            .push(format!("{records} could not be understood and {} left alone", was(held.unreadable)));
    }
    report.diagnosis = diagnosis::diagnose(&held, scope, &outside, &context.public.catalogue);
    report.unheard = diagnosis::unheard(&report.diagnosis, &outside);
    if !report.unheard.is_empty() {
        let names = crate::plain::count(report.unheard.len(), "name");
        report.notes.push(format!(
            "no name server of the zone could say anything about {names}; only Cloudflare's API was heard"
        ));
    }
    report.plan = Some(plan::plan(&held, &report.diagnosis));
    Ok((report, authoritative))
}

fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// The names whose publication matters: mail records, and what is expected and filed.
fn concerned(records: &[MailRecord], scope: &Scope) -> Vec<DomainName> {
    let mail = records.iter().filter(|record| record.may_be_mended()).map(|record| &record.name);
    let mut names: Vec<DomainName> =
        mail.chain(scope.expected.iter().map(|one| &one.name)).cloned().collect();
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
    let (servers, unresolved) = public.asker.addresses(&public.resolvers, hosts).await;
    let note =
        |host: &DomainName| format!("the name server {host} was not asked: its address could not be found");
    (servers, unresolved.iter().map(note).collect())
}

/// One authoritative server's word on each name. Resolvers are not asked: they would remember a "no".
async fn published(
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
