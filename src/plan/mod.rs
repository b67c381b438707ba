//! What to change. Pure.
//!
//! A plan is complete before the first write: each [`Change`] holds everything its request needs, and
//! the executor decides nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::cloudflare::{NewRecord, Patch};
use crate::diagnosis::{Diagnosis, Finding, Remedy};
use crate::dns::{DomainName, Ttl};
use crate::expectation::Expectation;
use crate::ids::RecordId;
use crate::inventory::{Alias, HeldRecord, Inventory, ProxyStatus, Zone};

/// What to change in one zone.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The zone.
    pub zone: Zone,
    /// How many pages its listing took: tells how to read it again cheaply.
    pub pages: u64,
    /// The changes, most urgent first: missing, then wrong, then hidden.
    pub changes: Vec<Change>,
}

impl Plan {
    /// The names that are written to.
    pub fn names(&self) -> BTreeSet<DomainName> {
        self.changes.iter().map(|change| change.name.clone()).collect()
    }
}

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Create a record.
    Create,
    /// Point a record elsewhere.
    Retarget,
    /// Make a record DNS only.
    SetDnsOnly,
    /// Stop flattening a record.
    Unflatten,
}

impl Action {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Retarget => "retarget",
            Self::SetDnsOnly => "set-dns-only",
            Self::Unflatten => "unflatten",
        }
    }
}

/// One change of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What kind of change; for people, not for decisions.
    pub action: Action,
    /// Where the record is filed.
    pub name: DomainName,
    /// The record as read; `None` when there is none yet.
    pub before: Option<HeldRecord>,
    /// What it will be.
    pub after: After,
    /// Why; for people, not for decisions.
    pub reason: String,
    /// Who says so; for people, not for decisions.
    pub source: &'static str,
    /// The request.
    pub write: Write,
}

/// What a record will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Where it points.
    pub target: DomainName,
    /// How long answers may be kept.
    pub ttl: Ttl,
}

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Change some members of a record.
    Patch(RecordId, Patch),
    /// Create a record.
    Post(NewRecord),
}

impl Change {
    /// Whether a record is what this change wanted: the target, DNS only, not flattened.
    pub fn is_satisfied_by(&self, held: &HeldRecord) -> bool {
        let After { target, ttl: _ } = &self.after;
        let Some(alias) = held.alias.as_deref() else {
            return false;
        };
        held.name == self.name
            && alias.target == *target
            && held.proxy == ProxyStatus::DnsOnly
            && !alias.is_flattened()
    }

    /// What differs, before and after, in words: the target, the proxy status, the flattening.
    pub fn differences(&self) -> Vec<(String, String)> {
        let target = &self.after.target;
        let Some(before) = &self.before else {
            return vec![("no record".to_owned(), format!("CNAME {target}, DNS only, TTL automatic"))];
        };
        let mut differences = Vec::new();
        if !before.content.eq_ignore_ascii_case(target.as_str()) {
            differences.push((before.content.to_string(), target.to_string()));
        }
        if before.proxy == ProxyStatus::Proxied {
            differences.push(("proxied".to_owned(), "DNS only".to_owned()));
        }
        if before.alias.as_deref().is_some_and(Alias::is_flattened) {
            differences.push(("flattened".to_owned(), "not flattened".to_owned()));
        }
        differences
    }

    /// What else differs from before although nobody asked for it, in words.
    pub fn collateral(&self, held: &HeldRecord) -> Vec<&'static str> {
        let Some(before) = &self.before else {
            return Vec::new();
        };
        let HeldRecord { comment, tags, ttl, kind, .. } = before;
        let mut moved = Vec::new();
        moved.extend((*comment != held.comment).then_some("its comment"));
        moved.extend((*tags != held.tags).then_some("its tags"));
        // A proxied record is always automatic, so a lifetime can only be compared between others.
        let had_own_ttl = before.proxy == ProxyStatus::DnsOnly;
        moved.extend((had_own_ttl && *ttl != held.ttl).then_some("its TTL"));
        moved.extend((*kind != held.kind).then_some("its type"));
        moved
    }
}

/// Turns the remedies of a diagnosis into changes, one for each record.
pub fn plan(held: &Inventory, diagnosis: &Diagnosis) -> Plan {
    let names: BTreeSet<&DomainName> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.remedy.is_some())
        .map(|finding| &finding.name)
        .collect();
    let mut changes: Vec<Change> =
        names.into_iter().filter_map(|name| change(held, &remedies(diagnosis, name))).collect();
    changes.sort_by(|a, b| (a.action, &a.name).cmp(&(b.action, &b.name)));
    Plan { zone: held.zone.clone(), pages: held.pages, changes }
}

fn remedies<'d>(diagnosis: &'d Diagnosis, name: &DomainName) -> Vec<(&'d Finding, &'d Remedy)> {
    let at_name = diagnosis.findings.iter().filter(|finding| finding.name == *name);
    at_name.filter_map(|finding| Some((finding, finding.remedy.as_ref()?))).collect()
}

/// Folds everything that is wrong with one name into one change.
fn change(held: &Inventory, remedies: &[(&Finding, &Remedy)]) -> Option<Change> {
    let (first, _) = remedies.first()?;
    let reason = remedies.iter().map(|(finding, _)| finding.message.clone()).collect::<Vec<_>>().join("; ");
    let expectation = remedies.iter().find_map(|(_, remedy)| match remedy {
        Remedy::Create(expectation) | Remedy::Retarget(expectation) => Some(expectation),
        Remedy::SetDnsOnly | Remedy::Unflatten => None,
    });
    match held.alias_at(&first.name) {
        Some((record, alias)) => Some(mend(record, alias, expectation, reason)),
        None => expectation.map(|expectation| create(expectation, reason)),
    }
}

fn create(expectation: &Expectation, reason: String) -> Change {
    let Expectation { name, target, source } = expectation;
    Change {
        action: Action::Create,
        name: name.clone(),
        before: None,
        after: After { target: target.clone(), ttl: Ttl::Automatic },
        reason,
        source: source.words(),
        write: Write::Post(NewRecord {
            kind: "CNAME".to_owned(),
            name: name.to_string(),
            content: target.to_string(),
            proxied: false,
            ttl: Ttl::Automatic.to_api(),
        }),
    }
}

fn mend(record: &HeldRecord, alias: &Alias, expectation: Option<&Expectation>, reason: String) -> Change {
    let target = expectation.map_or(&alias.target, |expectation| &expectation.target);
    let patch = Patch {
        id: None,
        content: (*target != alias.target).then(|| target.to_string()),
        proxied: (record.proxy == ProxyStatus::Proxied).then_some(false),
        settings: alias.is_flattened().then(|| without_flattening(&alias.settings)),
    };
    let action = match &patch {
        Patch { content: Some(_), .. } => Action::Retarget,
        Patch { proxied: Some(_), .. } => Action::SetDnsOnly,
        Patch { .. } => Action::Unflatten,
    };
    Change {
        action,
        name: record.name.clone(),
        before: Some(record.clone()),
        after: After { target: target.clone(), ttl: record.ttl },
        reason,
        source: expectation.map_or("found proxied or flattened", |expectation| expectation.source.words()),
        write: Write::Patch(record.id.clone(), patch),
    }
}

/// The settings as they came, with the one member changed: right whether the API merges or replaces.
fn without_flattening(settings: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = settings.clone();
    settings.insert("flatten_cname".to_owned(), Value::Bool(false));
    settings
}

/// Says what moved since the plan was made; empty when it still holds.
///
/// `now` is everything filed at the plan's names, read anew.
pub fn moved(plan: &Plan, now: &[&HeldRecord]) -> Vec<String> {
    plan.changes.iter().filter_map(|change| moved_at(change, now)).collect()
}

fn moved_at(change: &Change, now: &[&HeldRecord]) -> Option<String> {
    let name = &change.name;
    match &change.before {
        None => {
            let rival = now.iter().find(|held| held.name == *name)?;
            Some(format!("{name}: a {} record has appeared", rival.kind))
        }
        Some(before) => match now.iter().find(|held| held.id == before.id) {
            None => Some(format!("{name}: the record is gone")),
            Some(held) if *held == before => None,
            Some(held) => Some(format!("{name}: {}", difference(before, held))),
        },
    }
}

/// What differs, every member named, so that one added later cannot be forgotten.
fn difference(before: &HeldRecord, now: &HeldRecord) -> String {
    let HeldRecord {
        id: _,
        name,
        kind,
        content,
        proxy,
        ttl,
        alias,
        comment,
        tags,
        is_read_only,
        modified_on,
    } = before;
    let members = [
        (*name != now.name, "name"),
        (*kind != now.kind, "type"),
        (*content != now.content, "target"),
        (*proxy != now.proxy, "proxy status"),
        (*ttl != now.ttl, "TTL"),
        (*alias != now.alias, "settings"),
        (*comment != now.comment, "comment"),
        (*tags != now.tags, "tags"),
        (*is_read_only != now.is_read_only, "ownership"),
        (*modified_on != now.modified_on, "time of change"),
    ];
    let moved: Vec<&str> =
        members.into_iter().filter_map(|(differs, member)| differs.then_some(member)).collect();
    format!("changed meanwhile ({})", moved.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Outside, Scope, diagnose};
    use crate::testing::{catalogue, cname, flattened, inventory, name, proxied, record};

    fn planned(records: Vec<HeldRecord>, expect: &[&str]) -> Plan {
        let held = inventory(records);
        let expected = expect.iter().map(|text| crate::expectation::from_argument(text).unwrap()).collect();
        let scope = Scope { expected, ..Scope::default() };
        plan(&held, &diagnose(&held, &scope, &Outside::default(), &catalogue()))
    }

    fn requests(plan: &Plan) -> Vec<String> {
        let line = |change: &Change| match &change.write {
            Write::Patch(_, patch) => {
                format!("{} {} {}", change.action.word(), change.name, serde_json::to_string(patch).unwrap())
            }
            Write::Post(record) => {
                format!("create {} {}", change.name, serde_json::to_string(record).unwrap())
            }
        };
        plan.changes.iter().map(line).collect()
    }

    const S1: &str = "s1.domainkey.u1.wl1.sendgrid.net";

    #[test]
    fn a_proxied_record_gets_one_member_changed_and_no_more() {
        let plan = planned(vec![proxied("s1._domainkey", S1), proxied("url1", "sendgrid.net")], &[]);
        assert_eq!(requests(&plan), [r#"set-dns-only s1._domainkey.example.com {"proxied":false}"#]);
    }

    #[test]
    fn everything_wrong_with_one_record_is_one_change() {
        let mut record = proxied("s1._domainkey", "s2.domainkey.u1.wl1.sendgrid.net");
        record.alias.as_mut().unwrap().settings.insert("flatten_cname".into(), true.into());
        record.alias.as_mut().unwrap().settings.insert("ipv4_only".into(), true.into());
        let plan = planned(vec![record], &[&format!("s1._domainkey.example.com={S1}")]);
        assert_eq!(
            requests(&plan),
            [format!(
                r#"retarget s1._domainkey.example.com {{"content":"{S1}","proxied":false,"settings":{{"flatten_cname":false,"ipv4_only":true}}}}"#
            )]
        );
    }

    #[test]
    fn the_most_urgent_change_comes_first() {
        let plan = planned(
            vec![flattened("a._domainkey", "x.test"), proxied("b._domainkey", "y.test")],
            &["c._domainkey.example.com=z.test"],
        );
        let actions: Vec<Action> = plan.changes.iter().map(|change| change.action).collect();
        assert_eq!(actions, [Action::Create, Action::SetDnsOnly, Action::Unflatten]);
    }

    #[test]
    fn a_zone_in_order_has_an_empty_plan() {
        let plan = planned(vec![cname("s1._domainkey", S1)], &[&format!("s1._domainkey.example.com={S1}")]);
        assert!(plan.changes.is_empty());
    }

    #[test]
    fn a_plan_notices_what_moved() {
        let before = proxied("s1._domainkey", S1);
        let plan = planned(vec![before.clone()], &["s2._domainkey.example.com=y.test"]);
        assert!(moved(&plan, &[&before]).is_empty());
        let commented = HeldRecord { comment: Some("mine".into()), ..before.clone() };
        assert_eq!(moved(&plan, &[&commented]), ["s1._domainkey.example.com: changed meanwhile (comment)"]);
        assert_eq!(moved(&plan, &[]), ["s1._domainkey.example.com: the record is gone"]);
        let rival = record("s2._domainkey.example.com", "TXT", "v=DKIM1");
        assert_eq!(
            moved(&plan, &[&before, &rival]),
            ["s2._domainkey.example.com: a TXT record has appeared"]
        );
    }

    #[test]
    fn a_change_is_satisfied_only_by_all_of_it() {
        let plan = planned(vec![proxied("s1._domainkey", S1)], &[]);
        let change = &plan.changes[0];
        assert!(change.is_satisfied_by(&cname("s1._domainkey", S1)));
        assert!(!change.is_satisfied_by(&proxied("s1._domainkey", S1)));
        assert!(!change.is_satisfied_by(&flattened("s1._domainkey", S1)));
        assert!(!change.is_satisfied_by(&cname("s1._domainkey", "other.test")));
        let commented = HeldRecord { comment: Some("x".into()), ..cname("s1._domainkey", S1) };
        assert_eq!(change.collateral(&commented), ["its comment"]);
        assert_eq!(change.name, name("s1._domainkey.example.com"));
        assert_eq!(change.differences(), [("proxied".to_owned(), "DNS only".to_owned())]);
    }
}
