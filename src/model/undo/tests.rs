//! What is put back, and what is left alone. Pure.

use serde_json::value::RawValue;

use super::*;
use crate::model::dns::RecordType;
use crate::model::inventory;
use crate::model::inventory::WireRecord;
use crate::model::journal::OutcomeKind::{self, Applied, NotAttempted, Refused, Unknown};
use crate::model::journal::{Intent, Line, Settled};
use crate::testing::{name, zone};

const AT: &str = "s1._domainkey.example.com";
const OLD: &str = r#"{"id":"r1","name":"s1._domainkey.example.com","type":"CNAME","content":"a.test","proxied":true,"ttl":1,"settings":{},"comment":"keep","tags":[],"created_on":"2026-01-01T00:00:00Z","modified_on":"2026-11-23T20:00:02Z"}"#;
const NEW: &str =
    r#"{"type":"CNAME","name":"s1._domainkey.example.com","content":"a.test","proxied":false,"ttl":1}"#;
const FLIP: &str = r#"{"proxied":false}"#;

fn raw(text: &str) -> Box<RawValue> {
    serde_json::from_str(text).unwrap()
}

fn original(text: &str) -> Original {
    let record = inventory::record(WireRecord::read(&raw(text)).unwrap()).unwrap();
    Original { record, raw: raw(text) }
}

/// A change: the old record, what is sent, and what was said of it (handle, outcome).
type Told<'t> = (Option<&'t str>, &'t str, Option<(&'t str, OutcomeKind)>);

fn run_of(run: &str, changes: &[Told<'_>]) -> RecordedRun {
    let intent = |(before, request, _): &Told<'_>| Intent {
        action: Action::Rename,
        name: AT.into(),
        before: before.map(raw),
        request: raw(request),
    };
    let settled = changes.iter().enumerate().filter_map(|(place, (_, _, settled))| {
        let (id, outcome) = (*settled)?;
        Some(Settled { place, name: AT.into(), record_id: Some(id.into()), outcome })
    });
    past(vec![
        Line::Journal {
            version: 1,
            run: run.into(),
            program: "p".into(),
            started: "2026-11-23T20:00:00Z".into(),
            api: "a".into(),
            undoes: None,
        },
        Line::Intent {
            zone_id: "zone1".into(),
            zone: "example.com".into(),
            at: "2026-11-23T20:00:01Z".into(),
            api_date: None,
            changes: changes.iter().map(intent).collect(),
        },
        Line::Reply { zone_id: "zone1".into(), outcomes: settled.collect() },
    ])
    .unwrap()
}

fn ran(before: Option<&str>, request: &str, settled: Option<(&str, OutcomeKind)>) -> RecordedRun {
    run_of("r", &[(before, request, settled)])
}

fn told_after(past: &RecordedRun, since: &[RecordedRun], now: &[&str]) -> Vec<String> {
    let now: Vec<Original> = now.iter().map(|text| original(text)).collect();
    let later: Vec<Later<'_>> = since.iter().filter_map(|later| Later::of(later, &past.zones[0])).collect();
    let (plan, findings) = plan(&zone(), &past.zones[0], &later, &now);
    let write = |change: &Change| match &change.write {
        Write::Patch(id, members) => format!("patch {id} {}", Value::Object(members.clone())),
        Write::Post(members) => format!("post {}", Value::Object(members.clone())),
        Write::Delete(id) => format!("delete {id}"),
    };
    let left = findings.into_iter().map(|finding| match finding.problem {
        Problem::EditedSince { edit, .. } => left(edit),
        other => panic!("{other:?}"),
    });
    plan.changes.iter().map(write).chain(left).collect()
}

/// What is told of a record that is left alone.
#[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
fn left(edit: Edit) -> String {
    format!("{edit:?}")
}

fn told(past: &RecordedRun, now: &[&str]) -> Vec<String> {
    told_after(past, &[], now)
}

fn flipped() -> String {
    OLD.replace("\"proxied\":true", "\"proxied\":false")
}

fn made(id: &str, created_on: &str) -> String {
    let members = NEW.trim_end_matches('}');
    format!(r#"{members},"id":"{id}","created_on":"{created_on}","modified_on":"{created_on}"}}"#)
}

fn text(id: &str, content: &str) -> String {
    format!(r#"{{"id":"{id}","name":"{AT}","type":"TXT","content":"{content}","proxied":false,"ttl":1}}"#)
}

#[test]
fn a_change_is_put_back_member_by_member() {
    let past = ran(Some(OLD), FLIP, Some(("r1", Applied)));
    assert_eq!(told(&past, &[&flipped()]), [r#"patch r1 {"proxied":true}"#]);
    assert!(told(&past, &[OLD]).is_empty(), "it is put back already");
}

#[test]
fn a_record_edited_since_is_left_alone_and_named() {
    let past = ran(Some(OLD), FLIP, Some(("r1", Applied)));
    let now = flipped().replace("a.test", "b.test");
    assert_eq!(told(&past, &[&now]), [left(Edit::Changed(vec!["content"]))]);
    assert_eq!(told(&past, &[]), [left(Edit::Deleted)]);
}

#[test]
fn settings_that_were_empty_are_sent_so_that_merging_them_changes_something() {
    let now = OLD.replace("\"proxied\":true", "\"proxied\":false");
    let before = now.clone();
    let past = ran(Some(&before), r#"{"settings":{"flatten_cname":true}}"#, Some(("r1", Applied)));
    let now = now.replace("\"settings\":{}", "\"settings\":{\"flatten_cname\":true}");
    assert_eq!(told(&past, &[&now]), [r#"patch r1 {"settings":{"flatten_cname":false}}"#]);
}

#[test]
fn what_was_created_is_deleted() {
    let now = made("r2", "2026-11-23T20:00:01Z");
    assert_eq!(told(&ran(None, NEW, Some(("r2", Applied))), &[&now]), ["delete r2"]);
    assert!(told(&ran(None, NEW, Some(("r2", Applied))), &[]).is_empty());
    assert!(told(&ran(None, NEW, Some(("r2", NotAttempted))), &[&now]).is_empty());
}

#[test]
fn where_no_answer_came_the_time_of_the_change_has_to_fit() {
    for outcome in [None, Some(("r1", Unknown))] {
        let past = ran(Some(OLD), FLIP, outcome);
        assert_eq!(told(&past, &[&flipped()]), [r#"patch r1 {"proxied":true}"#], "{outcome:?}");
        let later = flipped().replace("2026-11-23T20:00:02Z", "2026-11-23T22:00:00Z");
        assert_eq!(told(&past, &[&later]), [left(Edit::AnotherTime)]);
    }
    let killed = ran(None, NEW, None);
    assert_eq!(told(&killed, &[&made("r2", "2026-11-23T20:00:03Z")]), ["delete r2"]);
    for other in ["2026-11-23T18:00:00Z", "2026-11-23T22:00:00Z"] {
        assert_eq!(told(&killed, &[&made("r2", other)]), [left(Edit::AnotherTime)]);
    }
}

#[test]
fn what_a_later_run_changed_is_left_to_that_run() {
    let killed = ran(None, NEW, None);
    let later = run_of("later", &[(None, NEW, Some(("r2", Applied)))]);
    let now = made("r2", "2026-11-23T20:00:09Z");
    let left = [left(Edit::LaterRun("later".to_owned()))];
    assert_eq!(told_after(&killed, &[later], &[&now]), left);
    let refused = run_of("later", &[(None, NEW, Some(("r2", Refused)))]);
    assert_eq!(told_after(&killed, &[refused], &[&now]), ["delete r2"]);
    assert!(told_after(&killed, &[run_of("later", &[(None, NEW, None)])], &[]).is_empty());
}

#[test]
fn a_later_run_that_changed_nothing_stands_in_nobodys_way() {
    let fixed = || ran(Some(OLD), FLIP, Some(("r1", Applied)));
    let back = r#"{"proxied":true}"#;
    // The undo met an HTTP 500, or was killed: what it asked for is not there.
    for outcome in [None, Some(("r1", Unknown))] {
        let undo = |name: &str| run_of(name, &[(Some(&flipped()), back, outcome)]);
        let since = [undo("third"), undo("second"), undo("first")];
        assert_eq!(told_after(&fixed(), &since, &[&flipped()]), [r#"patch r1 {"proxied":true}"#]);
        assert!(told(&undo("first"), &[&flipped()]).is_empty(), "there is nothing of it to put back");
    }
    // It went through, and another fix followed, which has its hand in the record; an undo of the undo has not.
    let undo = run_of("undo", &[(Some(&flipped()), back, Some(("r1", Applied)))]);
    let again = run_of("again", &[(Some(OLD), FLIP, Some(("r1", Applied)))]);
    let left = [left(Edit::LaterRun("again".to_owned()))];
    assert_eq!(told_after(&fixed(), &[again, undo], &[&flipped()]), left);
    let undo = run_of("undo", &[(Some(&flipped()), back, Some(("r1", Applied)))]);
    let mut again = run_of("again", &[(Some(OLD), FLIP, Some(("r1", Applied)))]);
    again.undoes = Some("undo".into());
    assert_eq!(told_after(&fixed(), &[again, undo], &[&flipped()]), [r#"patch r1 {"proxied":true}"#]);
    // The delete of a created record was never made.
    let created = ran(None, NEW, Some(("r2", Applied)));
    let now = made("r2", "2026-11-23T20:00:01Z");
    assert_eq!(
        told_after(&created, &[run_of("undo", &[(Some(&now), "null", None)])], &[&now]),
        ["delete r2"]
    );
}

#[test]
fn what_was_put_back_once_is_not_put_back_over_what_a_person_made_again() {
    let undo_of = |before: Option<&str>, request: &str, outcome| {
        let mut undo = run_of("undo", &[(before, request, outcome)]);
        undo.undoes = Some("r".into());
        undo
    };
    let left = [left(Edit::PutBackBy("undo".to_owned()))];
    let fixed = ran(Some(OLD), FLIP, Some(("r1", Applied)));
    let now = flipped();
    let undo = |outcome| undo_of(Some(&now), r#"{"proxied":true}"#, outcome);
    assert_eq!(told_after(&fixed, &[undo(Some(("r1", Applied)))], &[&now]), left);
    for not_certain in [None, Some(("r1", Unknown)), Some(("r1", Refused))] {
        let told = told_after(&fixed, &[undo(not_certain)], &[&now]);
        assert_eq!(told, [r#"patch r1 {"proxied":true}"#], "{not_certain:?}");
    }
    let deleted = ran(Some(OLD), "null", Some(("r1", Applied)));
    let posted = Value::Object(writable(&serde_json::from_str(OLD).unwrap())).to_string();
    assert_eq!(told_after(&deleted, &[undo_of(None, &posted, Some(("r5", Applied)))], &[]), left);
    assert_eq!(told_after(&deleted, &[undo_of(None, &posted, Some(("r5", Unknown)))], &[]).len(), 1);
    // An undo that somebody set out to put back does not count.
    let again = OLD.replace("r1", "r5");
    let mut redo = run_of("redo", &[(Some(&again), "null", Some(("r5", Applied)))]);
    redo.undoes = Some("undo".into());
    let undo = undo_of(None, &posted, Some(("r5", Applied)));
    assert!(told_after(&deleted, &[redo, undo], &[])[0].starts_with("post "));
}

#[test]
fn a_record_that_an_undo_brought_back_under_a_new_handle_is_still_the_runs() {
    let created = ran(None, NEW, Some(("r2", Applied)));
    let first = made("r2", "2026-11-23T20:00:01Z");
    let undo = || run_of("undo", &[(Some(&first), "null", Some(("r2", Applied)))]);
    let mut again = run_of("again", &[(None, NEW, Some(("r3", Applied)))]);
    let now = made("r3", "2026-11-23T20:00:09Z");
    assert!(told_after(&created, &[undo()], &[&now]).is_empty(), "somebody made it by hand");
    again.undoes = Some("undo".into());
    assert_eq!(told_after(&created, &[again, undo()], &[&now]), ["delete r3"]);
    let changed = ran(Some(OLD), FLIP, Some(("r1", Applied)));
    let replaced = run_of("replaced", &[(Some(&flipped()), "null", Some(("r1", Applied)))]);
    let mut brought_back = run_of("back", &[(None, NEW, Some(("r3", Applied)))]);
    brought_back.undoes = Some("replaced".into());
    let now = flipped().replace("r1", "r3");
    assert_eq!(told_after(&changed, &[brought_back, replaced], &[&now]), [r#"patch r3 {"proxied":true}"#]);
}

#[test]
fn a_run_counts_as_later_only_for_what_was_not_so_before() {
    let retarget = r#"{"content":"b.test"}"#;
    let before = flipped();
    let now = before.replace("a.test", "b.test");
    let fixed = ran(Some(&before), retarget, Some(("r1", Applied)));
    let wrongly_dated = run_of("future", &[(Some(OLD), FLIP, Some(("r1", Applied)))]);
    assert_eq!(told_after(&fixed, &[wrongly_dated], &[&now]), [r#"patch r1 {"content":"a.test"}"#]);
}

#[test]
fn a_record_that_a_later_run_deleted_is_left_to_that_run() {
    let fixed = ran(Some(OLD), FLIP, Some(("r1", Applied)));
    let later = run_of("later", &[(Some(&flipped()), "null", Some(("r1", Applied)))]);
    let left = [left(Edit::LaterRun("later".to_owned()))];
    assert_eq!(told_after(&fixed, &[later], &[]), left);
}

#[test]
fn the_apis_own_clock_is_compared_with_its_own_times() {
    let mut killed = ran(Some(OLD), FLIP, None);
    let hours_later = flipped().replace("2026-11-23T20:00:02Z", "2026-11-23T23:00:02Z");
    killed.zones[0].api_date = Some("2026-11-23T23:00:00Z".parse().unwrap());
    assert_eq!(told(&killed, &[&hours_later]), [r#"patch r1 {"proxied":true}"#]);
    killed.zones[0].api_date = Some("2026-11-23T22:00:00Z".parse().unwrap());
    assert_eq!(told(&killed, &[&hours_later]), [left(Edit::AnotherTime)]);
}

#[test]
fn what_was_deleted_is_created_again_unless_its_place_is_taken() {
    let past = ran(Some(OLD), "null", Some(("r1", Applied)));
    let again = r#"post {"comment":"keep","content":"a.test","name":"s1._domainkey.example.com","proxied":true,"ttl":1,"type":"CNAME"}"#;
    assert_eq!(told(&past, &[]), [again]);
    assert!(told(&past, &[OLD]).is_empty());
    let other = OLD.replace("r1", "r9").replace("a.test", "z.test");
    assert_eq!(told(&past, &[&other]), [left(Edit::Occupied(name(AT), RecordType::Cname))]);
}

#[test]
fn a_text_is_not_put_beside_a_newer_one_but_beside_one_that_was_there() {
    let (one, two) = (text("t1", "v=DKIM1; p=one"), text("t2", "v=DKIM1; p=two"));
    let past = run_of(
        "r",
        &[(Some(&one), "null", Some(("t1", Applied))), (Some(&two), "null", Some(("t2", Applied)))],
    );
    assert_eq!(told(&past, &[]).len(), 2);
    // An undo that came half way.
    let again = text("t9", "v=DKIM1; p=one");
    let half = told(&past, &[&again]);
    assert!(half.len() == 1 && half[0].starts_with("post "), "{half:?}");
    let newer = text("t8", "v=DKIM1; p=newer");
    let left = left(Edit::Occupied(name(AT), RecordType::Txt));
    assert_eq!(told(&past, &[&newer]), [left.clone(), left]);
}

#[test]
fn what_cannot_be_put_back_is_not_made_room_for() {
    let one = text("t1", "v=DKIM1; p=one");
    let past =
        run_of("r", &[(Some(&one), "null", Some(("t1", Applied))), (None, NEW, Some(("r2", Applied)))]);
    let created = made("r2", "2026-11-23T20:00:03Z");
    assert_eq!(told(&past, &[&created]).len(), 2);
    let newer = text("t8", "v=DKIM1; p=newer");
    assert_eq!(told(&past, &[&created, &newer]), [left(Edit::Occupied(name(AT), RecordType::Txt))]);
}

#[test]
fn a_rename_whose_old_name_is_taken_is_left_and_named() {
    let old = OLD.replace(AT, "s1._domainkey.example.com.example.com");
    let mut past = ran(Some(&old), r#"{"name":"s1._domainkey.example.com"}"#, Some(("r1", Applied)));
    past.zones[0].changes[0].name = name("s1._domainkey.example.com.example.com");
    assert_eq!(told(&past, &[OLD]), [r#"patch r1 {"name":"s1._domainkey.example.com.example.com"}"#]);
    let rival = old.replace("r1", "r9").replace("a.test", "z.test");
    let taken = Edit::Occupied(name("s1._domainkey.example.com.example.com"), RecordType::Cname);
    assert_eq!(told(&past, &[OLD, &rival]), [left(taken)]);
}

#[test]
fn each_answer_is_taken_for_the_change_at_its_place() {
    let (one, two) = (text("", "one"), text("", "two"));
    let unnamed = |record: &str| record.replace("\"id\":\"\",", "");
    let (first, second) = (unnamed(&one), unnamed(&two));
    let past = run_of("r", &[(None, &first, Some(("t1", Applied))), (None, &second, Some(("t2", Applied)))]);
    assert_eq!(told(&past, &[&text("t1", "one"), &text("t2", "two")]), ["delete t1", "delete t2"]);
}

#[test]
fn a_reply_about_something_else_is_no_journal_of_ours() {
    let line = Line::Reply { zone_id: "other".into(), outcomes: Vec::new() };
    assert!(past(vec![line]).is_err());
    assert_eq!(ran(Some(OLD), "null", None).zones[0].names(), [name(AT)].into());
}

#[test]
fn what_an_answer_refused_was_never_made_and_is_not_put_back() {
    // What is there is what the run would have made, just after it: somebody else has made it.
    let now = flipped();
    let refused = ran(Some(OLD), FLIP, Some(("r1", Refused)));
    assert!(told_after(&refused, &[], &[&now]).is_empty());
    // It was accepted at first: then it may have come late.
    let mut late = ran(Some(OLD), FLIP, Some(("r1", Applied)));
    let again = Settled { place: 0, name: AT.into(), record_id: None, outcome: Refused };
    late.zones[0].settle(again).unwrap();
    assert_eq!(told_after(&late, &[], &[&now]).len(), 1);
}
