//! Turns what is wrong into changes. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Action, After, Change, Consent, Plan, Write};
use crate::model::diagnosis::{Diagnosis, Finding, Remedy};
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::{Expectation, ExpectedPolicy, Source};
use crate::model::inventory::{Alias, HeldRecord, Inventory, ProxyStatus};
use crate::model::members::RecordFields;

/// Turns the remedies of a diagnosis into changes.
pub fn plan(held: &Inventory, diagnosis: &Diagnosis) -> Plan {
    let mut by_name: BTreeMap<&DomainName, Vec<(&Finding, &Remedy)>> = BTreeMap::new();
    for finding in &diagnosis.findings {
        if let Some(remedy) = &finding.remedy {
            by_name.entry(&finding.name).or_default().push((finding, remedy));
        }
    }
    let mut groups: Vec<Vec<Change>> = by_name.values().map(|remedies| changes(held, remedies)).collect();
    // Of a delete and what takes its place the latter tells how urgent the two are.
    groups.sort_by_key(|group| group.last().map(|change| (change.action, change.name.clone())));
    let changes = groups.into_iter().flatten().collect();
    Plan { zone: held.zone.clone(), pages: held.pages, beside: Vec::new(), changes }
}

/// Folds everything that is wrong with one name into one change, or into deletes and a create.
fn changes(held: &Inventory, remedies: &[(&Finding, &Remedy)]) -> Vec<Change> {
    let Some((first, _)) = remedies.first() else { return Vec::new() };
    let reason = remedies.iter().map(|(finding, _)| finding.words().message).collect::<Vec<_>>().join("; ");
    let mut wish = Wish::default();
    for (_, remedy) in remedies {
        match remedy {
            Remedy::Create(expectation) | Remedy::Retarget(expectation) => wish.record = Some(expectation),
            Remedy::Replace(expectation) => (wish.record, wish.replaces) = (Some(expectation), true),
            Remedy::Rename(name) => wish.name = Some(name),
            Remedy::CreatePolicy(policy) => return create_policy(policy, reason).into_iter().collect(),
            Remedy::SetDnsOnly | Remedy::Unflatten => {}
        }
    }
    match held.alias_at(&first.name) {
        Some((record, alias)) => fix(record, alias, &wish, reason).into_iter().collect(),
        None => wish.record.map(|expectation| replace(held, expectation, &wish, &reason)).unwrap_or_default(),
    }
}

/// What the remedies of one name ask for.
#[derive(Debug, Default)]
struct Wish<'d> {
    record: Option<&'d Expectation>,
    name: Option<&'d DomainName>,
    replaces: bool,
}

/// A new record, and the deletes of what holds its name if that may go.
fn replace(held: &Inventory, expectation: &Expectation, wish: &Wish<'_>, reason: &str) -> Vec<Change> {
    let source = expectation.source.words();
    let rivals = held.at(&expectation.name).filter(|_| wish.replaces);
    let delete = |rival: &HeldRecord| Change {
        action: Action::Delete,
        name: rival.name.clone(),
        before: Some(rival.clone()),
        after: None,
        reason: format!("it holds the name of a CNAME record: {reason}"),
        source: source.clone(),
        consent: consent(&expectation.source),
        write: Write::Delete(rival.id.clone()),
    };
    let mut changes: Vec<Change> = rivals.map(delete).collect();
    changes.extend(create(expectation, reason.to_owned()));
    changes
}

fn create(expectation: &Expectation, reason: String) -> Option<Change> {
    let Expectation { name, target, ttl, source } = expectation;
    // Always DNS only, whatever it was before it was lost.
    let members = new_record("CNAME", name, target.as_str(), *ttl);
    created(members, reason, source)
}

fn create_policy(ExpectedPolicy { name, text, source }: &ExpectedPolicy, reason: String) -> Option<Change> {
    created(new_record("TXT", name, text, Ttl::Automatic), reason, source)
}

fn consent(source: &Source) -> Consent {
    match source {
        Source::Unrecognised(_) => Consent::Each,
        _ if source.decides() => Consent::Plan,
        _ => Consent::Together,
    }
}

/// The creation of a record with these members; `None` when they name no record.
fn created(members: RecordFields, reason: String, source: &Source) -> Option<Change> {
    let after = After::of(&members, None)?;
    Some(Change {
        action: Action::Create,
        name: after.name.clone(),
        before: None,
        after: Some(after),
        reason,
        source: source.words(),
        consent: consent(source),
        write: Write::Post(members),
    })
}

/// `proxied` is always written out, although the API's default is `false`.
fn new_record(kind: &str, name: &DomainName, content: &str, ttl: Ttl) -> RecordFields {
    let pairs: [(&str, Value); 5] = [
        ("type", kind.into()),
        ("name", name.as_str().into()),
        ("content", content.into()),
        ("proxied", false.into()),
        ("ttl", ttl.to_api().into()),
    ];
    pairs.into_iter().map(|(member, value)| (member.to_owned(), value)).collect()
}

fn fix(record: &HeldRecord, alias: &Alias, wish: &Wish<'_>, reason: String) -> Option<Change> {
    let mut members = RecordFields::new();
    let mut action = Action::Unflatten;
    if alias.is_flattened() {
        members.insert("settings".to_owned(), without_flattening(&alias.settings).into());
    }
    if record.proxy == ProxyStatus::Proxied {
        members.insert("proxied".to_owned(), false.into());
        action = Action::SetDnsOnly;
    }
    if let Some(expectation) = wish.record.filter(|expectation| expectation.target != alias.target) {
        members.insert("content".to_owned(), expectation.target.as_str().into());
        action = Action::Retarget;
    }
    if let Some(name) = wish.name {
        members.insert("name".to_owned(), name.as_str().into());
        action = Action::Rename;
    }
    let source = wish.record.map(|expectation| &expectation.source);
    Some(Change {
        action,
        name: record.name.clone(),
        before: Some(record.clone()),
        after: Some(After::of(&members, Some(record))?),
        reason,
        source: source.map_or_else(|| "what Cloudflare holds".to_owned(), Source::words),
        consent: source.map_or(Consent::Plan, consent),
        write: Write::Patch(record.id.clone(), members),
    })
}

/// The settings as they came, with the one member changed: right whether the API merges or replaces.
pub(super) fn without_flattening(settings: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = settings.clone();
    settings.insert("flatten_cname".to_owned(), Value::Bool(false));
    settings
}
