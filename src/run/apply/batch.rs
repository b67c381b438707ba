//! A plan cut into requests. Pure.

use std::ops::Range;

use crate::io::cloudflare::{Batch, RecordRef};
use crate::model::plan::{Change, Write};

/// Cuts changes into runs of at most `limit`; those of one name stay together, so that no failure can leave
/// a name empty between a delete and what takes its place.
pub(super) fn cut(changes: &[Change], limit: usize) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for of_name in changes.chunk_by(|one, next| one.name == next.name) {
        match parts.last_mut() {
            Some(part) if part.len() + of_name.len() <= limit => part.end += of_name.len(),
            // More at one name than a batch holds: better refused as a whole than made by halves.
            last => {
                let start = last.map_or(0, |part| part.end);
                parts.push(start..start + of_name.len());
            }
        }
    }
    parts
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

pub(super) fn batch(changes: &[Change]) -> Batch {
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
    fn several_changes_go_as_one() {
        let held = inventory(vec![proxied("a._domainkey", "x.test"), proxied("b._domainkey", "y.test")]);
        let plan = crate::model::plan::plan(
            &held,
            &diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog()),
        );
        assert_eq!(failed_index(&plan.changes, "/patches/1"), Some(1));
        assert_eq!(
            [failed_index(&plan.changes, "/posts/0"), failed_index(&plan.changes, "nonsense")],
            [None, None]
        );
        assert_eq!(
            serde_json::to_string(&batch(&plan.changes)).unwrap(),
            r#"{"patches":[{"id":"id-a-_domainkey-example-com","proxied":false},{"id":"id-b-_domainkey-example-com","proxied":false}]}"#
        );
    }
}
