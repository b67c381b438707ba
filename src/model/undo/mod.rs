//! What would put back what a run changed, told from its journal and from what is there now. Pure.
//!
//! A record is put back only while it is as the run left it: whoever changed it since had a reason. Where no
//! answer told that a change was made, a record that is as asked counts as the run's only if it was changed
//! within minutes. A later run has a hand in a record only if what it asked for is there now, and was not there
//! before the run: a run that was interrupted, or was itself put back, stands in nobody's way. Neither does the
//! undo of a later run: what it brought back was there before that one. What an undo has put back is put back once: if it is
//! as the run left it, and nobody set out to put that undo back, somebody made it so.

mod past;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::model::diagnosis::{Edit, Finding, Problem};
use crate::model::dns::DomainName;
use crate::model::ids::RecordId;
use crate::model::inventory::{FEW_NAMES, HeldRecord, Original, Zone};
use crate::model::members::{RecordFields, agrees, differing, unlike, writable};
use crate::model::plan::{Action, After, Change, Consent, Plan, Write};

pub use past::{BadRecordedRun, RecordedChange, RecordedRun, RecordedZone, past};

/// For how long after it was announced a change may still have been on its way: pauses for the request limit,
/// and time-outs. Both moments are told by Cloudflare's clock.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(15);
/// The same where the announcement is told by the clock of this machine only, which may be an hour wrong.
const BY_ANOTHER_CLOCK: SignedDuration = SignedDuration::from_mins(75);

/// What a later run set out to change in the same zone.
#[derive(Debug)]
pub struct Later<'a> {
    past: &'a RecordedRun,
    /// By the record; an answer told the handle of a created one.
    by_id: BTreeMap<&'a RecordId, Vec<&'a RecordedChange>>,
    /// What it set out to create, by the name, where no answer told a handle.
    created: BTreeMap<&'a DomainName, Vec<&'a RecordedChange>>,
    /// All that it certainly created.
    made: Vec<&'a RecordedChange>,
}

impl<'a> Later<'a> {
    /// What `past` set out to change in the zone of `zone`; `None` if it has no part in it.
    pub fn of(past: &'a RecordedRun, zone: &RecordedZone) -> Option<Self> {
        let mut here =
            past.zones.iter().filter(|other| other.id == zone.id && past.api == zone.api).peekable();
        here.peek()?;
        let mut later = Self { past, by_id: BTreeMap::new(), created: BTreeMap::new(), made: Vec::new() };
        for change in here.flat_map(|zone| &zone.changes).filter(|change| !change.was_refused()) {
            if change.before.is_none() && change.is_certainly_made() {
                later.made.push(change);
            }
            match &change.id {
                Some(id) => later.by_id.entry(id).or_default().push(change),
                None => later.created.entry(&change.name).or_default().push(change),
            }
        }
        Some(later)
    }

    /// Whether a record is as it is through this run: what was sent is there, and was not there before.
    fn made(&self, (held, members): Now<'_>, before: Option<&RecordFields>) -> bool {
        let was_so = |sent: &RecordFields| before.is_some_and(|before| agrees(sent, before));
        let all = self.by_id.get(&held.id).into_iter().chain(self.created.get(&held.name)).flatten();
        let mut sent = all.filter_map(|change| change.request.as_ref());
        sent.any(|sent| agrees(sent, members) && !was_so(sent))
    }

    /// Whether this run certainly changed the record of a change before it, or brought it back as it was `before` that.
    fn touched(&self, past: &RecordedChange, before: &RecordFields) -> bool {
        let wanted = writable(before);
        let mut changed = past.id.as_ref().and_then(|id| self.by_id.get(id)).into_iter().flatten();
        let is_anew = |sent: &RecordFields| agrees(&wanted, sent);
        changed.any(|change| change.before.is_some() && change.is_certainly_made())
            || self.made.iter().filter_map(|change| change.request.as_ref()).any(is_anew)
    }

    /// Whether the record of a change before it, which is not there any more, was deleted by this run.
    fn deleted(&self, past: &RecordedChange) -> bool {
        let mut changes = past.id.as_ref().and_then(|id| self.by_id.get(id)).into_iter().flatten();
        changes.any(|change| change.request.is_none())
    }
}

/// What puts one change of the past back; nothing if it was never made or is put back already; or why it is left alone.
type Verdict = Result<Option<Change>, Edit>;

/// Plans what puts the changes of one zone back, and says what is left alone. `later` are the runs since;
/// `now` is everything filed at [`RecordedZone::names`].
pub fn plan(zone: &Zone, past: &RecordedZone, later: &[Later<'_>], now: &[Original]) -> (Plan, Vec<Finding>) {
    let view = View::new(past, later, now);
    let (mut made, mut findings) = (Vec::new(), Vec::new());
    for change in past.changes.iter().filter(|change| !change.was_not_made()) {
        match view.verdict(change) {
            Ok(back) => made.extend(back.map(|back| (change, back))),
            Err(why) => findings.push(left(change, why)),
        }
    }
    let going: BTreeSet<RecordId> =
        made.iter().filter_map(|(_, back)| back.write.deletes()).cloned().collect();
    let (mut changes, mut beside) = (Vec::new(), Vec::new());
    for (change, back) in made {
        if let Some(why) = view.rival(&back, &going) {
            findings.push(left(change, why));
        } else {
            beside.extend(view.at_place(&back, &going).map(|(held, _)| held.id.clone()));
            changes.push(back);
        }
    }
    // What cannot be put back keeps the name, so nothing that holds it now is taken away either.
    let stuck: BTreeSet<&DomainName> = findings.iter().map(|finding| &finding.name).collect();
    changes.retain(|change| change.write.deletes().is_none() || !stuck.contains(&change.name));
    // A delete before what takes its place.
    changes.sort_by_key(|change| (change.name.clone(), change.action != Action::Delete));
    (Plan { zone: zone.clone(), pages: FEW_NAMES, beside, changes }, findings)
}

fn left(change: &RecordedChange, edit: Edit) -> Finding {
    let before = change.before.as_ref().map(writable);
    Finding::new(Problem::EditedSince { edit, before }, &change.name)
}

/// A record as it is now, and its members.
type Now<'v> = (&'v HeldRecord, &'v RecordFields);

/// What is there now.
struct View<'a> {
    past: &'a RecordedZone,
    /// The runs since.
    since: &'a [Later<'a>],
    /// Those of them that are no undo of a later run.
    later: Vec<&'a Later<'a>>,
    /// The undos of later runs.
    redone: Vec<&'a Later<'a>>,
    now: BTreeMap<&'a RecordId, (&'a HeldRecord, RecordFields)>,
    by_name: BTreeMap<&'a DomainName, Vec<&'a RecordId>>,
    /// What was there before the run.
    old: BTreeMap<&'a DomainName, Vec<&'a RecordFields>>,
}

impl<'a> View<'a> {
    fn new(past: &'a RecordedZone, later: &'a [Later<'a>], now: &'a [Original]) -> Self {
        let is_redone = |one: &&Later<'_>| {
            let undone = one.past.undoes.as_ref();
            undone.is_some_and(|undone| later.iter().any(|other| *undone == other.past.run))
        };
        let (redone, others) = later.iter().partition(is_redone);
        let (mut by_name, mut old): (BTreeMap<_, Vec<_>>, BTreeMap<_, Vec<_>>) = Default::default();
        for Original { record, .. } in now {
            by_name.entry(&record.name).or_default().push(&record.id);
        }
        for change in &past.changes {
            old.entry(&change.name).or_default().extend(&change.before);
        }
        let now = now.iter().map(|one| (&one.record.id, (&one.record, one.members()))).collect();
        Self { past, since: later, later: others, redone, now, by_name, old }
    }

    fn by_id(&self, id: &RecordId) -> Option<Now<'_>> {
        self.now.get(id).map(|(held, members)| (*held, members))
    }

    fn at(&self, name: &DomainName) -> impl Iterator<Item = Now<'_>> {
        self.by_name.get(name).into_iter().flatten().filter_map(|id| self.by_id(id))
    }

    /// The record that a change is about, as it is now.
    fn own(&self, change: &RecordedChange) -> Option<Now<'_>> {
        let is_alike = |(_, members): &Now<'_>| match (&change.before, &change.request) {
            (Some(before), Some(sent)) => unlike(&then(before, sent), members).is_empty(),
            (None, Some(sent)) => agrees(sent, members),
            (_, None) => false,
        };
        let Some(id) = &change.id else { return self.at(&change.name).find(is_alike) };
        // It was deleted since, and brought back under a new handle.
        let is_back =
            |one: &Now<'_>| is_alike(one) && self.redone.iter().any(|redone| redone.made(*one, None));
        self.by_id(id).or_else(|| self.at(&change.name).find(is_back))
    }

    fn verdict(&self, change: &RecordedChange) -> Verdict {
        let (own, before) = (self.own(change), change.before.as_ref());
        let verdict = match (before, &change.request) {
            (Some(before), Some(request)) => self.changed(change, own, (before, request)),
            (None, Some(request)) => self.created(change, own, request),
            (Some(before), None) => self.deleted(change, own.is_some(), before),
            (None, None) => Ok(None),
        };
        if matches!(verdict, Ok(None)) {
            return verdict;
        }
        let has_hand =
            |later: &&Later<'_>| own.map_or_else(|| later.deleted(change), |own| later.made(own, before));
        match self.later.iter().copied().find(has_hand) {
            Some(later) => Err(Edit::LaterRun(later.past.run.clone())),
            None => before.and_then(|before| self.put_back(change, before)).map_or(verdict, Err),
        }
    }

    /// Tells a record that an undo of the run has put back, unless somebody set out to put that undo back.
    fn put_back(&self, change: &RecordedChange, before: &RecordFields) -> Option<Edit> {
        let is_undo_of = |later: &Later<'_>, run: &String| later.past.undoes.as_ref() == Some(run);
        let stands = |undo: &&Later<'_>| !self.since.iter().any(|later| is_undo_of(later, &undo.past.run));
        let undos = self.since.iter().filter(|later| is_undo_of(later, &self.past.run));
        let undo = undos.filter(stands).find(|undo| undo.touched(change, before))?;
        Some(Edit::PutBackBy(undo.past.run.clone()))
    }

    fn changed(
        &self,
        change: &RecordedChange,
        own: Option<Now<'_>>,
        (before, request): (&RecordFields, &RecordFields),
    ) -> Verdict {
        let Some((held, members)) = own else { return Err(Edit::Deleted) };
        if unlike(before, members).is_empty() {
            return Ok(None);
        }
        let edited = unlike(&then(before, request), members);
        if !edited.is_empty() {
            return Err(Edit::Changed(edited));
        }
        if !self.is_the_runs(change, time(members, "modified_on")) {
            return Err(Edit::AnotherTime);
        }
        let members: RecordFields =
            request.keys().filter(|member| *member != "id").map(|member| old(before, member)).collect();
        let Some(after) = After::of(&members, Some(held)) else { return Ok(None) };
        let reason = format!("the run changed it ({})", change.action.word());
        let write = Write::Patch(held.id.clone(), members);
        Ok(Some(self.back(&held.name, (Some(held), Some(after)), reason, write)))
    }

    fn created(&self, change: &RecordedChange, own: Option<Now<'_>>, request: &RecordFields) -> Verdict {
        let Some((held, members)) = own else { return Ok(None) };
        let edited = unlike(request, members);
        if !edited.is_empty() {
            return Err(Edit::CreatedAndChanged(edited));
        }
        if !self.is_the_runs(change, time(members, "created_on")) {
            return Err(Edit::AnotherTime);
        }
        let (reason, write) = ("the run created it".to_owned(), Write::Delete(held.id.clone()));
        Ok(Some(self.back(&held.name, (Some(held), None), reason, write)))
    }

    /// Whether a record that is as a change asked is so because of that change. What an answer told is certain;
    /// otherwise the time has to fit: before the change was announced the record was still as before.
    fn is_the_runs(&self, change: &RecordedChange, changed_at: Option<Timestamp>) -> bool {
        if change.is_certainly_made() {
            return true;
        }
        let (announced, most): (Option<Timestamp>, _) = match self.past.api_date {
            Some(date) => (Some(date), ON_ITS_WAY),
            None => (self.past.announced.parse().ok(), BY_ANOTHER_CLOCK),
        };
        let apart = announced.zip(changed_at).map(|(announced, at)| at.duration_since(announced));
        apart.is_some_and(|apart| apart.abs() <= most)
    }

    fn deleted(&self, change: &RecordedChange, is_there: bool, before: &RecordFields) -> Verdict {
        let members = writable(before);
        if is_there || self.at(&change.name).any(|(_, held)| differing(before, held).is_empty()) {
            return Ok(None);
        }
        let Some(mut after) = After::of(&members, None) else {
            return Err(Edit::NotUnderstood);
        };
        if let Some(content) = before.get("content").and_then(Value::as_str) {
            content.clone_into(&mut after.content);
        }
        let reason = "the run deleted it".to_owned();
        Ok(Some(self.back(&change.name, (None, Some(after)), reason, Write::Post(members))))
    }

    /// What is filed where a record is to be put back, and is not going away.
    fn at_place(&self, change: &Change, going: &BTreeSet<RecordId>) -> impl Iterator<Item = Now<'_>> {
        let own = change.before.as_ref();
        let place = change.after.as_ref().filter(|after| own.is_none_or(|own| own.name != after.name));
        let all = place.into_iter().flat_map(|after| self.at(&after.name));
        all.filter(move |(held, _)| own.is_none_or(|own| own.id != held.id) && !going.contains(&held.id))
    }

    /// Whether a record was there before the run: then what is put back stood beside it.
    fn is_old(&self, (held, members): Now<'_>) -> bool {
        let mut before = self.old.get(&held.name).into_iter().flatten();
        before.any(|before| differing(before, members).is_empty())
    }

    /// Why the place of a record that is to be put back is not free.
    fn rival(&self, change: &Change, going: &BTreeSet<RecordId>) -> Option<Edit> {
        let mut rivals = self.at_place(change, going).filter(|one| !self.is_old(*one));
        let (held, _) = rivals.next()?;
        Some(Edit::Occupied(held.name.clone(), held.kind.clone()))
    }

    /// What puts a record back.
    fn back(
        &self,
        name: &DomainName,
        (before, after): (Option<&HeldRecord>, Option<After>),
        reason: String,
        write: Write,
    ) -> Change {
        Change {
            action: if write.deletes().is_some() { Action::Delete } else { Action::Restore },
            name: name.clone(),
            before: before.cloned(),
            after,
            reason,
            source: format!("journal of run {}", self.past.run),
            consent: Consent::Plan,
            write,
        }
    }
}

/// A record as a change left it.
fn then(before: &RecordFields, request: &RecordFields) -> RecordFields {
    before.clone().into_iter().chain(request.clone()).collect()
}

/// A member as it was. Whether the API merges settings is not documented, so what was not set is set to nothing.
fn old(before: &RecordFields, member: &str) -> (String, Value) {
    let value = before.get(member).filter(|value| !value.is_null()).cloned();
    let mut value = value.unwrap_or_else(|| empty(member));
    if let Some(settings) = value.as_object_mut().filter(|_| member == "settings") {
        settings.entry("flatten_cname").or_insert(Value::Bool(false));
    }
    (member.to_owned(), value)
}

/// What a member is set to where it said nothing.
fn empty(member: &str) -> Value {
    match member {
        "settings" => Value::Object(Map::new()),
        "tags" => Value::Array(Vec::new()),
        "proxied" => Value::Bool(false),
        _ => Value::String(String::new()),
    }
}

fn time(members: &RecordFields, member: &str) -> Option<Timestamp> {
    members.get(member)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
