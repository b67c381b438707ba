//! Sends a plan, settles the outcomes, reads back. Effects: network, clock, journal.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde_json::value::{RawValue, to_raw_value};

use super::batch;
use crate::io::cloudflare::client::Client;
use crate::io::cloudflare::{Operation, RequestError};
use crate::io::interrupt::Stop;
use crate::io::store::journal_writer::{Journal, JournalError};
use crate::model::apply::{Applied, Outcome};
use crate::model::failure::Failure;
use crate::model::ids::RecordId;
use crate::model::inventory::{HeldRecord, Original};
use crate::model::journal::{Intent, Line, Settled, compact};
use crate::model::members::{Filed, RecordFields, agrees};
use crate::model::plan::{self, Change, Plan, Write};
use crate::model::progress::{Event, Progress};
use crate::run::collect;

/// How long an answer that is under way is waited for after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// Milliseconds between looks at records that do not show yet what was accepted: reads may lag behind writes. Only what
/// neither the answer nor any look in all that time, 3 seconds, shows is said not to have been made.
const LOOKS: [u64; 4] = [200, 400, 800, 1_600];

/// What a run needs to change things.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub api: &'a Client,
    /// Where every write is announced before it is made.
    pub journal: &'a Journal,
    pub stop: &'a Stop,
    pub progress: &'a dyn Progress,
}

impl std::fmt::Debug for Tools<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tools").finish_non_exhaustive()
    }
}

/// Makes a plan so: reads the records concerned again, stops if they moved, announces every change in
/// the journal, sends, compares the answer with what was asked, and reads back.
pub async fn execute(tools: Tools<'_>, plan: &Plan) -> Applied {
    let stopped = |why: &str, failure| {
        let outcomes = vec![Outcome::NotAttempted(why.to_owned()); plan.changes.len()];
        Applied { outcomes, failure, notes: Vec::new() }
    };
    if plan.changes.is_empty() {
        return Applied::default();
    }
    let names = plan.names();
    let before = collect::at_names(tools.api, &plan.zone, &names, plan.pages);
    let before = match tools.stop.unless_requested(before).await {
        Some(Ok(before)) => before,
        Some(Err(error)) => return stopped("the records could not be read again", Some(Failure::of(&error))),
        None => return stopped("interrupted", None),
    };
    let held: Vec<&HeldRecord> = before.iter().map(|original| &original.record).collect();
    let moved = plan::moved(plan, &held);
    if !moved.is_empty() {
        return Applied { notes: moved, ..stopped("the zone changed since it was read", None) };
    }
    if tools.stop.is_requested() {
        return stopped("interrupted", None);
    }
    let before = before.iter().map(|original| (&original.record.id, original)).collect();
    if let Err(error) = announce(tools, plan, &before) {
        return stopped("the journal could not be written", Some(Failure::of(&error)));
    }
    tools.progress.on(Event::Applying { zone: plan.zone.name.clone(), changes: plan.changes.len() });
    let mut applied = send_all(tools, plan).await;
    read_back(tools, plan, &before, &mut applied).await;
    applied
}

/// The old records, by their handle.
type Before<'b> = BTreeMap<&'b RecordId, &'b Original>;

/// Writes down the whole old records before anything is touched.
fn announce(tools: Tools<'_>, plan: &Plan, before: &Before<'_>) -> Result<(), JournalError> {
    let intent = |change: &Change| {
        let original = change.before.as_ref().and_then(|held| before.get(&held.id));
        let request = change.write.members().and_then(|members| to_raw_value(members).ok());
        Intent {
            action: change.action,
            name: change.name.to_string(),
            // What cannot be put into one line is found out when the line is read back.
            before: original.map(|original| compact(&original.raw).unwrap_or_else(|_| original.raw.clone())),
            request: request.unwrap_or_else(|| RawValue::NULL.to_owned()),
        }
    };
    tools.journal.append(&Line::Intent {
        zone_id: plan.zone.id.to_string(),
        zone: plan.zone.name.to_string(),
        at: jiff::Timestamp::now().to_string(),
        api_date: tools.api.date().map(|date| date.to_string()),
        changes: plan.changes.iter().map(intent).collect(),
    })
}

async fn send_all(tools: Tools<'_>, plan: &Plan) -> Applied {
    let waiting = Outcome::NotAttempted("an earlier request was not successful".to_owned());
    let mut applied = Applied { outcomes: vec![waiting; plan.changes.len()], ..Applied::default() };
    for part in batch::cut(&plan.changes, plan.zone.batch_limit()) {
        // Before its first attempt a change that is waiting for the limit can still be left out.
        let is_stopped = tokio::select! {
            biased;
            () = tools.stop.requested() => true,
            () = tools.api.ready() => false,
        };
        if is_stopped {
            let interrupted = Outcome::NotAttempted("interrupted".to_owned());
            fill(&mut applied, part.start..plan.changes.len(), &interrupted);
            break;
        }
        let changes = plan.changes.get(part.clone()).unwrap_or_default();
        let reply = send(tools, plan, changes).await;
        let (goes_on, told) = settle(&mut applied, part.clone(), changes, reply);
        if let Err(error) = note(tools.journal, plan, part, (&applied.outcomes, &told)) {
            // Said beside what comes of the changes: an undo may know less of them.
            applied.notes.push(Failure::of(&error).in_one_line());
            applied.failure.get_or_insert(Failure::of(&error));
            break;
        }
        if !goes_on {
            break;
        }
    }
    applied
}

fn fill(applied: &mut Applied, part: Range<usize>, outcome: &Outcome) {
    for slot in applied.outcomes.get_mut(part).unwrap_or_default() {
        slot.clone_from(outcome);
    }
}

/// What came back for one request: the records as Cloudflare says they are. `None` if the run was interrupted before an
/// answer came.
type Reply = Option<Result<Filed, RequestError>>;

/// A single change is sent by itself, several as one transaction. A delete always goes as a batch, because then the
/// answer, and Cloudflare's audit log, hold the record that was deleted.
async fn send(tools: Tools<'_>, plan: &Plan, changes: &[Change]) -> Reply {
    let (api, zone) = (tools.api, &plan.zone.id);
    let request = async {
        match changes {
            [Change { write: Write::Patch(id, patch), .. }] => {
                api.patch(zone, id, patch).await.map(|record| vec![record])
            }
            [Change { write: Write::Post(record), .. }] => {
                api.create(zone, record).await.map(|record| vec![record])
            }
            several => api.batch(zone, &batch::batch(several)).await.map(|reply| {
                [reply.deletes, reply.patches, reply.posts].into_iter().flatten().flatten().collect()
            }),
        }
    };
    tokio::select! {
        // Told by the name that the report has, which may be spelt otherwise at Cloudflare.
        reply = request => Some(reply.map(Filed::new).map_err(|error| RequestError {
            operation: Operation::Change(plan.zone.name.to_string()),
            ..error
        })),
        () = grace_after(tools.stop) => None,
    }
}

/// Returns some seconds after the run was asked to end.
async fn grace_after(stop: &Stop) {
    stop.requested().await;
    tokio::time::sleep(GRACE).await;
}

/// Says no more than the reply proves; returns whether the next request may be sent, and the records that the
/// reply tells: the handles of created ones are new.
fn settle(applied: &mut Applied, part: Range<usize>, changes: &[Change], reply: Reply) -> (bool, Filed) {
    match reply {
        Some(Ok(records)) => {
            for (change, slot) in changes.iter().zip(applied.outcomes.get_mut(part).unwrap_or_default()) {
                let is_shown = answer(&records, change).is_some();
                *slot = if is_shown { Outcome::Applied } else { Outcome::Unshown };
            }
            return (true, records);
        }
        Some(Err(error)) if error.is_unknown() => {
            let why = "no usable reply came, so Cloudflare may or may not have made the change";
            fill(applied, part, &Outcome::Unknown(why.to_owned()));
            applied.failure = Some(Failure::of(&error));
        }
        Some(Err(error)) => {
            let failure = Failure::of(&error);
            let failed: Vec<usize> =
                error.pointers().filter_map(|at| batch::failed_index(changes, at)).collect();
            let refused = Outcome::Refused(failure.message.clone());
            let along = if failed.is_empty() { refused.clone() } else { not_made_along() };
            fill(applied, part.clone(), &along);
            for place in failed {
                fill(applied, part.start + place..part.start + place + 1, &refused);
            }
            applied.failure = Some(failure);
        }
        None => {
            fill(applied, part, &Outcome::Unknown("interrupted before the reply came".to_owned()));
        }
    }
    (false, Filed::default())
}

/// What is said of changes that were sent together with one that was refused.
fn not_made_along() -> Outcome {
    let why = "sent together with a change that Cloudflare refused, so none of them was made; leave that one out \
               with --record or correct it, and run fix again";
    Outcome::NotAttempted(why.to_owned())
}

/// Whether an outcome may still turn out differently when the record is read again.
fn is_open(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Applied | Outcome::Unknown(_) | Outcome::Unshown)
}

/// The record in an answer that a change is about, if it is as that wants it.
fn answer<'f>(records: &'f Filed, change: &Change) -> Option<&'f RecordFields> {
    match &change.write {
        Write::Patch(id, wanted) => records.with_id(id.as_str()).filter(|record| agrees(wanted, record)),
        Write::Post(wanted) => records.agreeing(wanted),
        Write::Delete(id) => records.with_id(id.as_str()),
    }
}

/// Writes down the outcomes of a part of the changes.
fn note(
    journal: &Journal,
    plan: &Plan,
    part: Range<usize>,
    (outcomes, records): (&[Outcome], &Filed),
) -> Result<(), JournalError> {
    let one = |(place, (change, outcome)): (usize, (&Change, &Outcome))| {
        let known = change.before.as_ref().map(|held| held.id.to_string());
        let created = || answer(records, change)?.get("id")?.as_str().map(str::to_owned);
        let (name, outcome) = (change.name.to_string(), outcome.kind());
        let record_id = known.or_else(created);
        Settled { place, name, record_id, outcome }
    };
    let all = plan.changes.iter().zip(outcomes).enumerate();
    let outcomes = all.skip(part.start).take(part.len()).map(one).collect();
    journal.append(&Line::Reply { zone_id: plan.zone.id.to_string(), outcomes })
}

/// Reads the records once more: an accepted change may have done nothing, and one whose reply was
/// lost may have been made. What does not show is looked at again for a while.
async fn read_back(tools: Tools<'_>, plan: &Plan, before: &Before<'_>, applied: &mut Applied) {
    if !applied.outcomes.iter().any(is_open) {
        return;
    }
    let names = plan.names();
    let mut looks = LOOKS.into_iter().map(Duration::from_millis);
    let (now, is_final) = loop {
        let read = tokio::select! {
            read = collect::at_names(tools.api, &plan.zone, &names, plan.pages) => read.map_err(|error| Some(Failure::of(&error))),
            () = grace_after(tools.stop) => Err(None),
        };
        let now = match read {
            Ok(now) => Filed::new(now.iter().map(Original::members).collect()),
            Err(failure) => return could_not_read_back(applied, failure),
        };
        let mut open = plan.changes.iter().zip(&applied.outcomes).filter(|(_, outcome)| is_open(outcome));
        let is_shown = open.all(|(change, _)| change.is_made(&now));
        let Some(delay) = looks.next().filter(|_| !is_shown) else { break (now, true) };
        let why = "the records do not show every change yet".to_owned();
        tools.progress.on(Event::Pausing { why, delay });
        if tools.stop.unless_requested(tokio::time::sleep(delay)).await.is_none() {
            break (now, false);
        }
    };
    let open = plan.changes.iter().zip(&mut applied.outcomes).filter(|(_, outcome)| is_open(outcome));
    for (change, outcome) in open {
        if change.is_made(&now) {
            let original = change.before.as_ref().and_then(|held| before.get(&held.id));
            applied.notes.extend(original.and_then(|original| changed_as_well(change, original, &now)));
            *outcome = Outcome::Applied;
        } else {
            *outcome = not_shown(outcome, is_final);
        }
    }
    if applied.outcomes.iter().all(|outcome| *outcome == Outcome::Applied) {
        // Whatever was lost on the way has been found to be done.
        applied.failure = None;
    }
    if let Err(error) = note(tools.journal, plan, 0..plan.changes.len(), (&applied.outcomes, &now)) {
        applied.failure.get_or_insert(Failure::of(&error));
    }
}

/// What was accepted is no longer certain when it cannot be read back.
fn could_not_read_back(applied: &mut Applied, failure: Option<Failure>) {
    applied.notes.push("the records could not be read back".to_owned());
    applied.failure = applied.failure.take().or(failure);
    for outcome in &mut applied.outcomes {
        if *outcome == Outcome::Applied {
            *outcome = Outcome::Unknown("accepted by Cloudflare, but it could not be read back".to_owned());
        }
    }
}

/// What is said of members that nobody asked to change.
fn changed_as_well(change: &Change, before: &Original, now: &Filed) -> Option<String> {
    let members = change.collateral(&before.members(), now).join(", ");
    let note = format!("{}: {members} changed as well, which nobody asked for", change.name);
    (!members.is_empty()).then_some(note)
}

/// What becomes of a change that does not show. It is final if there was time for what was accepted to show.
fn not_shown(outcome: &Outcome, is_final: bool) -> Outcome {
    let seconds = LOOKS.iter().sum::<u64>() / 1_000;
    Outcome::Unknown(match outcome {
        Outcome::Unshown if is_final => {
            return Outcome::Refused(format!(
                "Cloudflare accepted the change and did not make it: neither the answer nor the record, read again for \
                 {seconds} s, shows it"
            ));
        }
        Outcome::Applied if is_final => format!(
            "Cloudflare's answer shows the change as made, but the record, read again for {seconds} s, does not"
        ),
        Outcome::Applied | Outcome::Unshown => {
            "accepted by Cloudflare; interrupted before the record showed it".to_owned()
        }
        Outcome::Unknown(why) => format!("{why}; read again, the record does not show it"),
        other => return other.clone(),
    })
}
