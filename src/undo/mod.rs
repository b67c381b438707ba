//! What would put back what a run changed, told from its journal and from what is there now. Pure.
//!
//! A record is put back only while it is as the run left it: whoever changed it since had a reason.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::cloudflare::Members;
use crate::cloudflare::members::{agrees, differing, writable};
use crate::diagnosis::{Code, Finding, Severity};
use crate::dns::DomainName;
use crate::ids::{RecordId, ZoneId};
use crate::inventory::{FEW_NAMES, HeldRecord, Original, Zone};
use crate::journal::{Intent, Line, Settled};
use crate::plan::{Action, After, Change, Plan, Write};

/// What a run did, read from its journal.
#[derive(Debug)]
pub struct Past {
    /// The run.
    pub run: String,
    /// When it began: RFC 3339, UTC.
    pub started: String,
    /// The API it wrote to.
    pub api: String,
    /// The run that it put back, if it was an undo.
    pub undoes: Option<String>,
    /// What it set out to change.
    pub zones: Vec<PastZone>,
    /// Its exit status; `None` if it was killed.
    pub exit: Option<u8>,
}

/// What a run set out to change in one zone.
#[derive(Debug)]
pub struct PastZone {
    /// Cloudflare's handle.
    pub id: ZoneId,
    /// The apex.
    pub name: DomainName,
    /// The changes.
    pub changes: Vec<PastChange>,
}

/// One change that a run set out to make.
#[derive(Debug)]
pub struct PastChange {
    /// What kind of change.
    pub action: String,
    /// Where the record was filed.
    pub name: DomainName,
    /// The whole record as it was; `None` for one that was created.
    before: Option<Before>,
    /// The members that were sent; `None` for a delete.
    request: Option<Members>,
    /// The handle of a record that was created, if it was told.
    record_id: Option<RecordId>,
    /// The last word about it: `applied`, `refused`, …; `None` if the run was killed before.
    pub outcome: Option<String>,
}

#[derive(Debug)]
struct Before {
    id: RecordId,
    members: Members,
}

impl PastChange {
    /// Whether it was certainly not made.
    fn was_not_made(&self) -> bool {
        matches!(self.outcome.as_deref(), Some("refused" | "not-attempted"))
    }
}

/// A journal whose lines are whole but do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal tells of {0}, which makes no sense")]
pub struct BadPast(String);

impl crate::failure::Advice for BadPast {
    fn hints(&self) -> Vec<String> {
        vec![
            "nothing was changed; the journal is plain text: see what it holds before anything else"
                .to_owned(),
        ]
    }

    fn exit(&self) -> crate::failure::Exit {
        crate::failure::Exit::Usage
    }
}

/// Reads what a run did from the lines of its journal.
///
/// # Errors
///
/// [`BadPast`] names what makes no sense.
pub fn past(lines: Vec<Line>) -> Result<Past, BadPast> {
    let mut past = Past {
        run: String::new(),
        started: String::new(),
        api: String::new(),
        undoes: None,
        zones: Vec::new(),
        exit: None,
    };
    for line in lines {
        match line {
            Line::Journal { run, started, api, undoes, .. } => {
                (past.run, past.started, past.api, past.undoes) = (run, started, api, undoes);
            }
            Line::Intent { zone_id, zone, changes } => {
                let id = ZoneId::parse(&zone_id).map_err(|_| bad(&zone_id))?;
                let name = DomainName::parse(&zone).map_err(|_| bad(&zone))?;
                let changes = changes.into_iter().map(change).collect::<Result<_, _>>()?;
                past.zones.push(PastZone { id, name, changes });
            }
            Line::Reply { zone_id, outcomes } => {
                let zone = past.zones.iter_mut().find(|zone| zone.id.as_str() == zone_id);
                let zone = zone.ok_or_else(|| bad(&zone_id))?;
                for settled in outcomes {
                    zone.settle(settled)?;
                }
            }
            Line::End { exit } => past.exit = Some(exit),
        }
    }
    Ok(past)
}

fn bad(what: &str) -> BadPast {
    BadPast(format!("`{}`", crate::plain::line(what)))
}

fn change(intent: Intent) -> Result<PastChange, BadPast> {
    let Intent { action, name, before, request } = intent;
    let parsed = DomainName::parse(&name).map_err(|_| bad(&name))?;
    let before = match before {
        None => None,
        Some(raw) => Some(read_before(&raw).ok_or_else(|| bad(&name))?),
    };
    let request: Option<Members> = serde_json::from_str(request.get()).map_err(|_| bad(&name))?;
    if before.is_none() && request.is_none() {
        return Err(bad(&name));
    }
    Ok(PastChange { action, name: parsed, before, request, record_id: None, outcome: None })
}

fn read_before(raw: &RawValue) -> Option<Before> {
    let members: Members = serde_json::from_str(raw.get()).ok()?;
    let id = RecordId::parse(members.get("id")?.as_str()?).ok()?;
    Some(Before { id, members })
}

impl PastZone {
    /// Takes what is said about one change; the last word counts.
    fn settle(&mut self, settled: Settled) -> Result<(), BadPast> {
        let Settled { action, name, record_id, outcome } = settled;
        let is_it = |change: &&mut PastChange| {
            change.name.as_str() == name && (change.action == action || action.is_empty())
        };
        let mut same: Vec<&mut PastChange> = self.changes.iter_mut().filter(is_it).collect();
        // Several deletes at one name are told apart by their records.
        let by_id = same.iter().position(|change| {
            let known = change.before.as_ref().map(|before| before.id.as_str());
            known.is_some() && known == record_id.as_deref()
        });
        let change = same.get_mut(by_id.unwrap_or(0)).ok_or_else(|| bad(&name))?;
        let id = record_id.as_deref().and_then(|id| RecordId::parse(id).ok());
        change.record_id = id.or(change.record_id.take());
        change.outcome = Some(outcome);
        Ok(())
    }

    /// Every name that must be read to tell what is there now.
    pub fn names(&self) -> BTreeSet<DomainName> {
        let names = self.changes.iter().flat_map(|change| {
            let sent = change.request.as_ref().and_then(|members| members.get("name")?.as_str());
            let other = sent.and_then(|name| DomainName::parse(name).ok());
            [Some(change.name.clone()), other]
        });
        names.flatten().collect()
    }
}

/// How far Cloudflare's clock and ours may be apart.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// What to do about one change of the past.
enum Verdict {
    /// Nothing: it was never made, or is put back already.
    Rest,
    /// This puts it back.
    Change(Box<Change>),
    /// It is left alone, because of this.
    Left(String),
}

/// Plans what puts the changes of one zone back, and says what is left alone. `now` is everything filed at
/// [`PastZone::names`].
pub fn plan(zone: &Zone, past: (&Past, &PastZone), now: &[Original]) -> (Plan, Vec<Finding>) {
    let (run, past) = past;
    let view = View { run, now: now.iter().map(|one| (&one.record, one.members())).collect() };
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    for change in past.changes.iter().filter(|change| !change.was_not_made()) {
        let verdict = match (&change.before, &change.request) {
            (Some(before), Some(request)) => view.changed(change, before, request),
            (None, Some(request)) => view.created(change, request),
            (Some(before), None) => view.deleted(change, before),
            (None, None) => Verdict::Rest,
        };
        match verdict {
            Verdict::Rest => {}
            Verdict::Change(change) => changes.push(*change),
            Verdict::Left(why) => findings.push(left(change, why)),
        }
    }
    let is_going =
        |held: &HeldRecord| changes.iter().any(|one: &Change| one.write == Write::Delete(held.id.clone()));
    let mut blocked = Vec::new();
    for change in &changes {
        blocked.extend(view.blocked(change, &is_going).map(|why| (change.name.clone(), why)));
    }
    changes.retain(|change| !blocked.iter().any(|(name, _)| *name == change.name));
    for (name, why) in blocked {
        if let Some(change) = past.changes.iter().find(|change| change.name == name) {
            findings.push(left(change, why));
        }
    }
    // A delete before what takes its place.
    changes.sort_by_key(|change| (change.name.clone(), change.action != Action::Delete));
    (Plan { zone: zone.clone(), pages: FEW_NAMES, changes }, findings)
}

fn left(change: &PastChange, why: String) -> Finding {
    let evidence = match &change.before {
        Some(before) => format!("before the run: {}", Value::Object(writable(&before.members))),
        None => "before the run: no record".to_owned(),
    };
    Finding {
        code: Code::EditedSince,
        severity: Severity::Warning,
        name: change.name.clone(),
        provider: None,
        role: None,
        message: why,
        evidence: vec![evidence],
        remedy: None,
        advice: Some(
            "left alone; if it should be as it was, put it back by hand in the dashboard".to_owned(),
        ),
    }
}

/// What is there now.
struct View<'a> {
    run: &'a Past,
    now: Vec<(&'a HeldRecord, Members)>,
}

impl View<'_> {
    fn by_id(&self, id: &RecordId) -> Option<(&HeldRecord, &Members)> {
        let mut all = self.now.iter().map(|(held, members)| (*held, members));
        all.find(|(held, _)| held.id == *id)
    }

    fn changed(&self, change: &PastChange, before: &Before, request: &Members) -> Verdict {
        let name = &change.name;
        let Some((held, members)) = self.by_id(&before.id) else {
            return Verdict::Left(format!("{name} was deleted since the run"));
        };
        if unlike(&before.members, members).is_empty() {
            return Verdict::Rest;
        }
        let mut then = before.members.clone();
        then.extend(request.clone());
        let edited = unlike(&then, members);
        if !edited.is_empty() {
            return Verdict::Left(format!("{name} was changed since the run ({})", edited.join(", ")));
        }
        let old = |member: &String| {
            let value = before.members.get(member).filter(|value| !value.is_null()).cloned();
            (member.clone(), value.unwrap_or_else(|| empty(member)))
        };
        let members: Members = request.keys().filter(|member| *member != "id").map(old).collect();
        let Some(after) = After::of(&members, Some(held)) else { return Verdict::Rest };
        Verdict::Change(Box::new(Change {
            action: Action::Restore,
            name: held.name.clone(),
            before: Some(held.clone()),
            after: Some(after),
            reason: format!("the run changed it ({})", change.action),
            source: self.source(),
            is_proposal: false,
            write: Write::Patch(held.id.clone(), members),
        }))
    }

    fn created(&self, change: &PastChange, request: &Members) -> Verdict {
        let name = &change.name;
        let alike = || {
            let mut all = self.now.iter().map(|(held, members)| (*held, members));
            all.find(|(_, members)| agrees(request, members))
        };
        let found = change.record_id.as_ref().map_or_else(alike, |id| self.by_id(id));
        let Some((held, members)) = found else { return Verdict::Rest };
        let edited = unlike(request, members);
        if !edited.is_empty() {
            return Verdict::Left(format!(
                "{name} was changed since the run created it ({})",
                edited.join(", ")
            ));
        }
        let started = || self.run.started.parse::<jiff::Timestamp>().ok();
        let is_older = || created_on(members) < started().map(|started| started - SKEW);
        if change.record_id.is_none() && is_older() {
            return Verdict::Left(format!("{name} was there before the run"));
        }
        Verdict::Change(Box::new(Change {
            action: Action::Delete,
            name: held.name.clone(),
            before: Some(held.clone()),
            after: None,
            reason: "the run created it".to_owned(),
            source: self.source(),
            is_proposal: false,
            write: Write::Delete(held.id.clone()),
        }))
    }

    fn deleted(&self, change: &PastChange, before: &Before) -> Verdict {
        let members = writable(&before.members);
        let is_back = self.now.iter().any(|(_, held)| differing(&before.members, held).is_empty());
        if is_back || self.by_id(&before.id).is_some() {
            return Verdict::Rest;
        }
        let Some(mut after) = After::of(&members, None) else {
            return Verdict::Left(format!("{} cannot be understood", change.name));
        };
        if let Some(content) = before.members.get("content").and_then(Value::as_str) {
            content.clone_into(&mut after.content);
        }
        Verdict::Change(Box::new(Change {
            action: Action::Restore,
            name: change.name.clone(),
            before: None,
            after: Some(after),
            reason: "the run deleted it".to_owned(),
            source: self.source(),
            is_proposal: false,
            write: Write::Post(members),
        }))
    }

    /// Why the place of a record that is to be put back is not free.
    fn blocked(&self, change: &Change, is_going: &impl Fn(&HeldRecord) -> bool) -> Option<String> {
        let after = change.after.as_ref()?;
        let own = change.before.as_ref().map(|before| &before.id);
        if change.before.as_ref().is_some_and(|before| before.name == after.name) {
            return None;
        }
        let alias = |kind: &crate::dns::RecordType| *kind == crate::dns::RecordType::Cname;
        let clashes = |held: &&HeldRecord| {
            held.name == after.name
                && Some(&held.id) != own
                && !is_going(held)
                && (alias(&after.kind) || alias(&held.kind))
        };
        let rival = self.now.iter().map(|(held, _)| *held).find(clashes)?;
        Some(format!("{} now holds a {} record, which was not there before", after.name, rival.kind))
    }

    fn source(&self) -> String {
        format!("journal of run {}", self.run.run)
    }
}

/// The writable members that differ; the lifetime of a proxied record is Cloudflare's affair.
fn unlike(one: &Members, other: &Members) -> Vec<&'static str> {
    let is_proxied = |members: &Members| members.get("proxied") == Some(&Value::Bool(true));
    let is_any_proxied = is_proxied(one) || is_proxied(other);
    differing(one, other).into_iter().filter(|member| !(is_any_proxied && *member == "ttl")).collect()
}

/// What a member is set to where it said nothing.
fn empty(member: &str) -> Value {
    match member {
        "settings" => serde_json::json!({"flatten_cname": false}),
        "tags" => serde_json::json!([]),
        "proxied" => Value::Bool(false),
        _ => Value::String(String::new()),
    }
}

fn created_on(members: &Members) -> Option<jiff::Timestamp> {
    members.get("created_on")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudflare::WireRecord;
    use crate::inventory;
    use crate::testing::{name, zone};

    const OLD: &str = r#"{"id":"r1","name":"s1._domainkey.example.com","type":"CNAME","content":"a.test","proxied":true,"ttl":1,"settings":{},"comment":"keep","tags":[],"created_on":"2026-01-01T00:00:00Z"}"#;

    fn raw(text: &str) -> Box<RawValue> {
        serde_json::from_str(text).unwrap()
    }

    fn original(text: &str) -> Original {
        let record = inventory::record(WireRecord::read(&raw(text)).unwrap()).unwrap();
        Original { record, raw: raw(text) }
    }

    /// A run with one change.
    fn ran(before: Option<&str>, request: &str, settled: Option<(&str, &str)>) -> Past {
        let at = "s1._domainkey.example.com";
        let mut lines = vec![
            Line::Journal {
                version: 1,
                run: "r".into(),
                program: "p".into(),
                started: "2026-11-23T20:00:00Z".into(),
                api: "a".into(),
                undoes: None,
            },
            Line::Intent {
                zone_id: "zone1".into(),
                zone: "example.com".into(),
                changes: vec![Intent {
                    action: "x".into(),
                    name: at.into(),
                    before: before.map(raw),
                    request: raw(request),
                }],
            },
        ];
        lines.extend(settled.map(|(id, outcome)| Line::Reply {
            zone_id: "zone1".into(),
            outcomes: vec![Settled {
                action: "x".into(),
                name: at.into(),
                record_id: Some(id.into()),
                outcome: outcome.into(),
            }],
        }));
        past(lines).unwrap()
    }

    fn told(past: &Past, now: &[&str]) -> Vec<String> {
        let now: Vec<Original> = now.iter().map(|text| original(text)).collect();
        let (plan, findings) = plan(&zone(), (past, &past.zones[0]), &now);
        let write = |change: &Change| match &change.write {
            Write::Patch(id, members) => format!("patch {id} {}", Value::Object(members.clone())),
            Write::Post(members) => format!("post {}", Value::Object(members.clone())),
            Write::Delete(id) => format!("delete {id}"),
        };
        let left = findings.into_iter().map(|finding| finding.message);
        plan.changes.iter().map(write).chain(left).collect()
    }

    #[test]
    fn a_change_is_put_back_member_by_member() {
        let past = ran(Some(OLD), r#"{"proxied":false}"#, Some(("r1", "applied")));
        let now = OLD.replace("\"proxied\":true", "\"proxied\":false");
        assert_eq!(told(&past, &[&now]), [r#"patch r1 {"proxied":true}"#]);
        assert!(told(&past, &[OLD]).is_empty(), "it is put back already");
    }

    #[test]
    fn a_record_edited_since_is_left_alone_and_named() {
        let past = ran(Some(OLD), r#"{"proxied":false}"#, Some(("r1", "applied")));
        let now = OLD.replace("\"proxied\":true", "\"proxied\":false").replace("a.test", "b.test");
        assert_eq!(told(&past, &[&now]), ["s1._domainkey.example.com was changed since the run (content)"]);
        assert_eq!(told(&past, &[]), ["s1._domainkey.example.com was deleted since the run"]);
    }

    const NEW: &str =
        r#"{"type":"CNAME","name":"s1._domainkey.example.com","content":"a.test","proxied":false,"ttl":1}"#;

    fn made(id: &str, created_on: &str) -> String {
        let members = NEW.trim_end_matches('}');
        format!(r#"{members},"id":"{id}","created_on":"{created_on}"}}"#)
    }

    #[test]
    fn what_was_created_is_deleted_also_when_its_handle_was_never_told() {
        let later = made("r2", "2026-11-23T20:00:01Z");
        let past = ran(None, NEW, Some(("r2", "applied")));
        assert_eq!(told(&past, &[&later]), ["delete r2"]);
        assert!(told(&past, &[]).is_empty());
        let killed = ran(None, NEW, None);
        assert_eq!(told(&killed, &[&later]), ["delete r2"]);
        let before = made("r2", "2026-11-23T19:00:00Z");
        assert_eq!(told(&killed, &[&before]), ["s1._domainkey.example.com was there before the run"]);
        assert!(told(&ran(None, NEW, Some(("r2", "refused"))), &[&later]).is_empty());
    }

    #[test]
    fn what_was_deleted_is_created_again_unless_its_place_is_taken() {
        let past = ran(Some(OLD), "null", Some(("r1", "applied")));
        let again = r#"post {"comment":"keep","content":"a.test","name":"s1._domainkey.example.com","proxied":true,"ttl":1,"type":"CNAME"}"#;
        assert_eq!(told(&past, &[]), [again]);
        assert!(told(&past, &[OLD]).is_empty());
        let other = OLD.replace("r1", "r9").replace("a.test", "z.test");
        assert_eq!(
            told(&past, &[&other]),
            ["s1._domainkey.example.com now holds a CNAME record, which was not there before"]
        );
    }

    #[test]
    fn a_reply_about_something_else_is_no_journal_of_ours() {
        let line = Line::Reply { zone_id: "other".into(), outcomes: Vec::new() };
        assert!(past(vec![line]).is_err());
        assert_eq!(ran(Some(OLD), "null", None).zones[0].names(), [name("s1._domainkey.example.com")].into());
    }
}
