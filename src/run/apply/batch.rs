//! A plan cut into requests. Pure.

use std::ops::Range;

use crate::io::cloudflare::{Batch, RecordRef};
use crate::model::ids::RecordId;
use crate::model::members::RecordFields;
use crate::model::plan::{Change, Write};

/// One request: a single change is sent by itself, several as one transaction. A delete always goes as a
/// batch, because then the answer, and Cloudflare's audit log, hold the record that was deleted.
#[derive(Debug, PartialEq)]
pub(super) enum Request<'p> {
    Patch(&'p RecordId, &'p RecordFields),
    Create(&'p RecordFields),
    Batch(Batch),
}

/// Cuts changes into runs of at most `limit`; those of one name stay together, so that no failure can leave
/// a name empty between a delete and what takes its place.
pub(super) fn cut(changes: &[Change], limit: usize) -> Vec<Range<usize>> {
    let limit = limit.max(1);
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    while start < changes.len() {
        let mut end = (start + limit).min(changes.len());
        let name = |place: usize| changes.get(place).map(|change| &change.name);
        while end < changes.len() && end > start && name(end) == name(end - 1) {
            end -= 1;
        }
        if end == start {
            // More at one name than a batch holds: better refused as a whole than made by halves.
            end += 1;
            while end < changes.len() && name(end) == name(start) {
                end += 1;
            }
        }
        parts.push(start..end);
        start = end;
    }
    parts
}

pub(super) fn request(changes: &[Change]) -> Request<'_> {
    match changes {
        [Change { write: Write::Patch(id, members), .. }] => Request::Patch(id, members),
        [Change { write: Write::Post(members), .. }] => Request::Create(members),
        several => Request::Batch(batch(several)),
    }
}

/// Which change of a batch a JSON pointer such as `/posts/0` is about, by its place among `changes`.
pub(super) fn failed_index(changes: &[Change], pointer: &str) -> Option<usize> {
    let mut steps = pointer.trim_start_matches('/').split('/');
    let (list, place) = (steps.next()?, steps.next()?.parse::<usize>().ok()?);
    let is_in_list = |change: &Change| match change.write {
        Write::Patch(..) => list == "patches",
        Write::Post(_) => list == "posts",
        Write::Delete(_) => list == "deletes",
    };
    let mut of_list = changes.iter().enumerate().filter(|(_, change)| is_in_list(change));
    of_list.nth(place).map(|(index, _)| index)
}

fn batch(changes: &[Change]) -> Batch {
    let mut batch = Batch::default();
    for change in changes {
        match &change.write {
            Write::Patch(id, members) => {
                let mut members = members.clone();
                members.insert("id".to_owned(), id.as_str().into());
                batch.patches.push(members);
            }
            Write::Post(members) => batch.posts.push(members.clone()),
            Write::Delete(id) => batch.deletes.push(RecordRef { id: id.to_string() }),
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{DnsEvidence, Scope, diagnose};
    use crate::testing::{catalog, inventory, proxied};

    fn plan_of(records: usize) -> crate::model::plan::Plan {
        let record = |n: usize| proxied(&format!("k{n}._domainkey"), "x.test");
        let held = inventory((0..records).map(record).collect());
        crate::model::plan::plan(
            &held,
            &diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog()),
        )
    }

    #[test]
    fn a_plan_is_cut_at_the_limit_of_the_zones_plan() {
        let many = plan_of(450).changes;
        assert_eq!(cut(&many, 200), [0..200, 200..400, 400..450]);
        assert!(cut(&[], 200).is_empty());
    }

    #[test]
    fn a_delete_and_what_takes_its_place_are_never_cut_apart() {
        let mut changes = plan_of(6).changes;
        changes[2].name = changes[3].name.clone();
        assert_eq!(cut(&changes, 3), [0..2, 2..5, 5..6]);
        let name = changes[0].name.clone();
        changes.iter_mut().take(5).for_each(|change| change.name = name.clone());
        assert_eq!(cut(&changes, 3), [0..5, 5..6]);
    }

    #[test]
    fn one_change_goes_by_itself_and_several_go_as_one() {
        let held = inventory(vec![proxied("a._domainkey", "x.test"), proxied("b._domainkey", "y.test")]);
        let plan = crate::model::plan::plan(
            &held,
            &diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog()),
        );
        assert!(matches!(request(&plan.changes[..1]), Request::Patch(..)));
        assert_eq!(failed_index(&plan.changes, "/patches/1"), Some(1));
        assert_eq!(
            [failed_index(&plan.changes, "/posts/0"), failed_index(&plan.changes, "nonsense")],
            [None, None]
        );
        let Request::Batch(batch) = request(&plan.changes) else { panic!("not a batch") };
        assert_eq!(
            serde_json::to_string(&batch).unwrap(),
            r#"{"patches":[{"id":"id-a-_domainkey-example-com","proxied":false},{"id":"id-b-_domainkey-example-com","proxied":false}]}"#
        );
    }
}
