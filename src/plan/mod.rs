//! What to change. Pure.
//!
//! A plan is complete before the first write: each [`Change`] holds everything its request needs, and
//! the executor decides nothing.

pub mod saved;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::cloudflare::Members;
use crate::cloudflare::members::{agrees, differing};
use crate::diagnosis::{Diagnosis, Finding, Remedy};
use crate::dns::{DomainName, RecordType, Ttl};
use crate::expectation::{Expectation, ExpectedPolicy};
use crate::ids::RecordId;
use crate::inventory::{Alias, HeldRecord, Inventory, ProxyStatus, Zone};

/// What to change in one zone.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The zone.
    pub zone: Zone,
    /// How many pages its listing took: tells how to read it again cheaply.
    pub pages: u64,
    /// Records that may stay beside what is put back, because they stood there before: only when undoing.
    pub beside: Vec<RecordId>,
    /// The changes, most urgent first: missing, then wrong, then hidden. Those of one name stand together, a
    /// delete before what takes its place.
    pub changes: Vec<Change>,
}

impl Plan {
    /// The names that are written to.
    pub fn names(&self) -> BTreeSet<DomainName> {
        let after = self.changes.iter().filter_map(|change| Some(change.after.as_ref()?.name.clone()));
        self.changes.iter().map(|change| change.name.clone()).chain(after).collect()
    }

    /// The same without what nobody has decided yet.
    #[must_use]
    pub fn decided(mut self) -> Self {
        self.changes.retain(|change| !change.is_proposal);
        self
    }
}

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Create a record.
    Create,
    /// File a record under another name.
    Rename,
    /// Point a record elsewhere.
    Retarget,
    /// Make a record DNS only.
    SetDnsOnly,
    /// Stop flattening a record.
    Unflatten,
    /// Delete a record.
    Delete,
    /// Put a record back as it was: only when undoing.
    Restore,
}

impl Action {
    const ALL: [Self; 7] = [
        Self::Create,
        Self::Rename,
        Self::Retarget,
        Self::SetDnsOnly,
        Self::Unflatten,
        Self::Delete,
        Self::Restore,
    ];

    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Rename => "rename",
            Self::Retarget => "retarget",
            Self::SetDnsOnly => "set-dns-only",
            Self::Unflatten => "unflatten",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }

    /// The action of a word; `None` for any other word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }
}

/// One change of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What kind of change; for people, not for decisions.
    pub action: Action,
    /// Where the record is filed before the change, or will be if it is created.
    pub name: DomainName,
    /// The record as read; `None` when there is none yet.
    pub before: Option<HeldRecord>,
    /// What it will be; `None` when it is deleted.
    pub after: Option<After>,
    /// Why; for people, not for decisions.
    pub reason: String,
    /// Who says so; for people, not for decisions.
    pub source: String,
    /// Whether nobody has decided it yet: it needs a yes, or `--restore`.
    pub is_proposal: bool,
    /// The request.
    pub write: Write,
}

/// What a record will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Where it is filed.
    pub name: DomainName,
    /// Its type.
    pub kind: RecordType,
    /// Its content.
    pub content: String,
    /// Whether it is proxied.
    pub proxy: ProxyStatus,
    /// Whether Cloudflare replaces it by the addresses behind it.
    pub is_flattened: bool,
    /// How long answers may be kept.
    pub ttl: Ttl,
}

impl After {
    /// What a record with these members is; what they do not say is taken from `before`.
    pub fn of(members: &Members, before: Option<&HeldRecord>) -> Option<Self> {
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let name = match text("name") {
            Some(name) => DomainName::parse(name).ok()?,
            None => before?.name.clone(),
        };
        let kind = text("type").map(RecordType::from_name).or_else(|| Some(before?.kind.clone()))?;
        let content = text("content").map(str::to_owned);
        let content = content.or_else(|| Some(before?.content.to_string())).unwrap_or_else(|| data(members));
        let proxied = members.get("proxied").and_then(Value::as_bool);
        let proxy = match proxied {
            Some(true) => ProxyStatus::Proxied,
            Some(false) => ProxyStatus::DnsOnly,
            None => before.map_or(ProxyStatus::DnsOnly, |held| held.proxy),
        };
        let flatten = members.get("settings").and_then(|settings| settings.get("flatten_cname")?.as_bool());
        let was_flattened = || before.and_then(|held| held.alias.as_deref()).is_some_and(Alias::is_flattened);
        let ttl = members.get("ttl").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
        let ttl = ttl.map(Ttl::from_api).or(before.map(|held| held.ttl)).unwrap_or(Ttl::Automatic);
        Some(Self { name, kind, content, proxy, is_flattened: flatten.unwrap_or_else(was_flattened), ttl })
    }

    /// Where an alias will be seen to point in public DNS; `None` for anything that does not show as an alias.
    pub fn visible_target(&self) -> Option<DomainName> {
        let is_seen =
            self.kind == RecordType::Cname && self.proxy == ProxyStatus::DnsOnly && !self.is_flattened;
        is_seen.then(|| DomainName::parse(&self.content).ok()).flatten()
    }

    fn words(&self) -> String {
        let proxy = match self.proxy {
            ProxyStatus::Proxied => "proxied",
            ProxyStatus::DnsOnly => "DNS only",
        };
        let ttl = match self.ttl {
            Ttl::Automatic => "TTL automatic".to_owned(),
            Ttl::Seconds(seconds) => format!("TTL {seconds} s"),
        };
        format!("{} {}, {proxy}, {ttl}", self.kind, self.content)
    }
}

/// The content of a record whose type carries `data`, as far as it can be told.
fn data(members: &Members) -> String {
    members.get("data").map(ToString::to_string).unwrap_or_default()
}

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Change some members of a record.
    Patch(RecordId, Members),
    /// Create a record.
    Post(Members),
    /// Delete a record.
    Delete(RecordId),
}

impl Change {
    /// Whether what is read now is what this change wanted: the members that were sent are as sent, or the
    /// record is gone. `now` is everything filed at the plan's names.
    pub fn is_made(&self, now: &[Members]) -> bool {
        match &self.write {
            Write::Patch(id, wanted) => with_id(now, id).is_some_and(|held| agrees(wanted, held)),
            Write::Post(wanted) => now.iter().any(|held| agrees(wanted, held)),
            Write::Delete(id) => with_id(now, id).is_none(),
        }
    }

    /// What differs, before and after, in words: the name, the target, the proxy status, the flattening.
    pub fn differences(&self) -> Vec<(String, String)> {
        let (before, after) = match (&self.before, &self.after) {
            (None, None) => return Vec::new(),
            (None, Some(after)) => return vec![("no record".to_owned(), after.words())],
            (Some(before), None) => return vec![(described(before), "no record".to_owned())],
            (Some(before), Some(after)) => (before, after),
        };
        let mut differences = Vec::new();
        if before.name != after.name {
            differences.push((before.name.to_string(), after.name.to_string()));
        }
        if !before.content.eq_ignore_ascii_case(&after.content) {
            differences.push((before.content.to_string(), after.content.clone()));
        }
        let proxy = |proxy| if proxy == ProxyStatus::Proxied { "proxied" } else { "DNS only" };
        if before.proxy != after.proxy {
            differences.push((proxy(before.proxy).to_owned(), proxy(after.proxy).to_owned()));
        }
        let flattened = |is| if is { "flattened" } else { "not flattened" };
        let was_flattened = before.alias.as_deref().is_some_and(Alias::is_flattened);
        if was_flattened != after.is_flattened {
            differences.push((flattened(was_flattened).to_owned(), flattened(after.is_flattened).to_owned()));
        }
        differences
    }

    /// What else differs from before although nobody asked for it, in words.
    pub fn collateral(&self, before: &Members, now: &[Members]) -> Vec<String> {
        let Write::Patch(id, wanted) = &self.write else { return Vec::new() };
        let Some(held) = with_id(now, id) else { return Vec::new() };
        let is_proxied = |members: &Members| members.get("proxied") == Some(&Value::Bool(true));
        // A proxied record is always automatic, so a lifetime can only be compared between others.
        let has_ttl = !is_proxied(before) && !is_proxied(held);
        let unasked = differing(before, held).into_iter().filter(|member| !wanted.contains_key(*member));
        unasked.filter(|member| has_ttl || *member != "ttl").map(|member| format!("its {member}")).collect()
    }
}

fn with_id<'m>(now: &'m [Members], id: &RecordId) -> Option<&'m Members> {
    now.iter().find(|held| held.get("id").and_then(Value::as_str) == Some(id.as_str()))
}

fn described(held: &HeldRecord) -> String {
    let proxied = if held.proxy == ProxyStatus::Proxied { ", proxied" } else { "" };
    format!("{} {}{proxied}", held.kind, held.content)
}

/// Turns the remedies of a diagnosis into changes.
pub fn plan(held: &Inventory, diagnosis: &Diagnosis) -> Plan {
    let names: BTreeSet<&DomainName> = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.remedy.is_some())
        .map(|finding| &finding.name)
        .collect();
    let mut groups: Vec<Vec<Change>> =
        names.into_iter().map(|name| changes(held, &remedies(diagnosis, name))).collect();
    // Of a delete and what takes its place the latter tells how urgent the two are.
    groups.sort_by_key(|group| group.last().map(|change| (change.action, change.name.clone())));
    let beside = Vec::new();
    Plan {
        zone: held.zone.clone(),
        pages: held.pages,
        beside,
        changes: groups.into_iter().flatten().collect(),
    }
}

fn remedies<'d>(diagnosis: &'d Diagnosis, name: &DomainName) -> Vec<(&'d Finding, &'d Remedy)> {
    let at_name = diagnosis.findings.iter().filter(|finding| finding.name == *name);
    at_name.filter_map(|finding| Some((finding, finding.remedy.as_ref()?))).collect()
}

/// Folds everything that is wrong with one name into one change, or into deletes and a create.
fn changes(held: &Inventory, remedies: &[(&Finding, &Remedy)]) -> Vec<Change> {
    let Some((first, _)) = remedies.first() else { return Vec::new() };
    let reason = remedies.iter().map(|(finding, _)| finding.message.clone()).collect::<Vec<_>>().join("; ");
    let mut wish = Wish::default();
    for (_, remedy) in remedies {
        match remedy {
            Remedy::Create(expectation) | Remedy::Retarget(expectation) => wish.record = Some(expectation),
            Remedy::Replace(expectation) => (wish.record, wish.replaces) = (Some(expectation), true),
            Remedy::Rename(name) => wish.name = Some(name),
            Remedy::CreatePolicy(policy) => return vec![create_policy(policy, reason)],
            Remedy::SetDnsOnly | Remedy::Unflatten => {}
        }
    }
    match held.alias_at(&first.name) {
        Some((record, alias)) => mend(record, alias, &wish, reason).into_iter().collect(),
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
        is_proposal: !expectation.source.decides(),
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
    created(members, (reason, source.words()), !source.decides())
}

fn create_policy(policy: &ExpectedPolicy, reason: String) -> Change {
    let ExpectedPolicy { name, text, source } = policy;
    let members = new_record("TXT", name, text, Ttl::Automatic);
    let after = After {
        name: name.clone(),
        kind: RecordType::Txt,
        content: text.clone(),
        proxy: ProxyStatus::DnsOnly,
        is_flattened: false,
        ttl: Ttl::Automatic,
    };
    Change {
        action: Action::Create,
        name: name.clone(),
        before: None,
        after: Some(after),
        reason,
        source: source.words(),
        is_proposal: !source.decides(),
        write: Write::Post(members),
    }
}

/// The creation of a record with these members; `None` when they name no record.
fn created(members: Members, (reason, source): (String, String), is_proposal: bool) -> Option<Change> {
    let after = After::of(&members, None)?;
    Some(Change {
        action: Action::Create,
        name: after.name.clone(),
        before: None,
        after: Some(after),
        reason,
        source,
        is_proposal,
        write: Write::Post(members),
    })
}

/// `proxied` is always written out, although the API's default is `false`.
fn new_record(kind: &str, name: &DomainName, content: &str, ttl: Ttl) -> Members {
    let pairs: [(&str, Value); 5] = [
        ("type", kind.into()),
        ("name", name.as_str().into()),
        ("content", content.into()),
        ("proxied", false.into()),
        ("ttl", ttl.to_api().into()),
    ];
    pairs.into_iter().map(|(member, value)| (member.to_owned(), value)).collect()
}

fn mend(record: &HeldRecord, alias: &Alias, wish: &Wish<'_>, reason: String) -> Option<Change> {
    let mut members = Members::new();
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
    let source = match wish.record {
        Some(expectation) => expectation.source.words(),
        None => "what Cloudflare holds".to_owned(),
    };
    Some(Change {
        action,
        name: record.name.clone(),
        before: Some(record.clone()),
        after: Some(After::of(&members, Some(record))?),
        reason,
        source,
        is_proposal: wish.record.is_some_and(|expectation| !expectation.source.decides()),
        write: Write::Patch(record.id.clone(), members),
    })
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
    plan.changes.iter().filter_map(|change| moved_at(plan, change, now)).collect()
}

fn moved_at(plan: &Plan, change: &Change, now: &[&HeldRecord]) -> Option<String> {
    if let Some(before) = &change.before {
        match now.iter().find(|held| held.id == before.id) {
            None => return Some(format!("{}: the record is gone", change.name)),
            Some(held) if *held == before => {}
            Some(held) => return Some(format!("{}: {}", change.name, difference(before, held))),
        }
    }
    let after = change.after.as_ref()?;
    if change.before.as_ref().is_some_and(|before| before.name == after.name) {
        return None;
    }
    let is_doomed =
        |held: &HeldRecord| plan.changes.iter().any(|other| other.write == Write::Delete(held.id.clone()));
    let may_stay = |held: &HeldRecord| is_doomed(held) || plan.beside.contains(&held.id);
    let rival = now.iter().find(|held| held.name == after.name && !may_stay(held))?;
    Some(format!("{}: a {} record has appeared", after.name, rival.kind))
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
        digest,
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
        (*digest != now.digest, "content"),
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
        planned_in(&held, &scope)
    }

    /// Without what the rest of a set suggests: a test has one record of it.
    fn planned_in(held: &Inventory, scope: &Scope) -> Plan {
        let mut diagnosis = diagnose(held, scope, &Outside::default(), &catalogue());
        diagnosis.findings.retain(|finding| finding.code != crate::diagnosis::Code::IncompleteSet);
        plan(held, &diagnosis)
    }

    fn requests(plan: &Plan) -> Vec<String> {
        let line = |change: &Change| {
            let sent = match &change.write {
                Write::Patch(_, members) | Write::Post(members) => serde_json::to_string(members).unwrap(),
                Write::Delete(id) => id.to_string(),
            };
            format!("{} {} {sent}", change.action.word(), change.name)
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
    fn what_is_in_the_way_is_deleted_right_before_what_takes_its_place() {
        let at = "s1._domainkey.example.com";
        let held = inventory(vec![record(at, "TXT", S1)]);
        let expected = vec![crate::expectation::from_argument(&format!("{at}={S1}")).unwrap()];
        let scope = Scope { expected, ..Scope::default() };
        let plan = planned_in(&held, &scope);
        let create = format!(
            r#"create {at} {{"content":"{S1}","name":"{at}","proxied":false,"ttl":1,"type":"CNAME"}}"#
        );
        assert_eq!(requests(&plan), [format!("delete {at} id-s1-_domainkey-example-com"), create]);
    }

    #[test]
    fn a_renamed_record_is_read_again_under_both_names() {
        let plan = planned(vec![proxied("em1.example.com", "u1.wl1.sendgrid.net")], &[]);
        assert_eq!(
            requests(&plan),
            [r#"rename em1.example.com.example.com {"name":"em1.example.com","proxied":false}"#]
        );
        assert_eq!(plan.names().len(), 2);
        let rival = record("em1.example.com", "A", "192.0.2.1");
        let before = plan.changes[0].before.clone().unwrap();
        assert_eq!(moved(&plan, &[&before, &rival]), ["em1.example.com: a A record has appeared"]);
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
        let id = change.before.as_ref().unwrap().id.as_str();
        let now = |proxied: bool, comment: &str| -> Members {
            let text = format!(r#"{{"id":"{id}","proxied":{proxied},"comment":"{comment}","ttl":1}}"#);
            serde_json::from_str(&text).unwrap()
        };
        assert!(change.is_made(&[now(false, "")]));
        assert!(!change.is_made(&[now(true, "")]) && !change.is_made(&[]));
        assert_eq!(change.collateral(&now(true, ""), &[now(false, "x")]), ["its comment"]);
        assert_eq!(change.name, name("s1._domainkey.example.com"));
        assert_eq!(change.differences(), [("proxied".to_owned(), "DNS only".to_owned())]);
    }
}
