//! A plan cut into requests. Pure.

use std::ops::Range;

use crate::cloudflare::{Batch, NewRecord, Patch};
use crate::ids::RecordId;
use crate::plan::{Change, Write};

/// One request: a single change is sent by itself, several as one transaction.
#[derive(Debug, PartialEq)]
pub(super) enum Request<'p> {
    Patch(&'p RecordId, &'p Patch),
    Create(&'p NewRecord),
    Batch(Batch),
}

/// Cuts changes into runs of at most `limit`.
pub(super) fn cut(changes: usize, limit: usize) -> impl Iterator<Item = Range<usize>> {
    let limit = limit.max(1);
    (0..changes).step_by(limit).map(move |start| start..(start + limit).min(changes))
}

pub(super) fn request(changes: &[Change]) -> Request<'_> {
    match changes {
        [Change { write: Write::Patch(id, patch), .. }] => Request::Patch(id, patch),
        [Change { write: Write::Post(record), .. }] => Request::Create(record),
        several => Request::Batch(batch(several)),
    }
}

/// Which change of a batch a JSON pointer such as `/posts/0` is about, by its place among `changes`.
pub(super) fn culprit(changes: &[Change], pointer: &str) -> Option<usize> {
    let mut steps = pointer.trim_start_matches('/').split('/');
    let (list, place) = (steps.next()?, steps.next()?.parse::<usize>().ok()?);
    let is_in_list = |change: &Change| match change.write {
        Write::Patch(..) => list == "patches",
        Write::Post(_) => list == "posts",
    };
    let mut of_list = changes.iter().enumerate().filter(|(_, change)| is_in_list(change));
    of_list.nth(place).map(|(index, _)| index)
}

fn batch(changes: &[Change]) -> Batch {
    let mut batch = Batch::default();
    for change in changes {
        match &change.write {
            Write::Patch(id, patch) => {
                batch.patches.push(Patch { id: Some(id.to_string()), ..patch.clone() });
            }
            Write::Post(record) => batch.posts.push(record.clone()),
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Outside, Scope, diagnose};
    use crate::testing::{catalogue, inventory, proxied};

    #[test]
    fn a_plan_is_cut_at_the_limit_of_the_zones_plan() {
        assert_eq!(cut(450, 200).collect::<Vec<_>>(), [0..200, 200..400, 400..450]);
        assert_eq!(cut(0, 200).count(), 0);
    }

    #[test]
    fn one_change_goes_by_itself_and_several_go_as_one() {
        let held = inventory(vec![proxied("a._domainkey", "x.test"), proxied("b._domainkey", "y.test")]);
        let plan =
            crate::plan::plan(&held, &diagnose(&held, &Scope::default(), &Outside::default(), &catalogue()));
        assert!(matches!(request(&plan.changes[..1]), Request::Patch(..)));
        assert_eq!(culprit(&plan.changes, "/patches/1"), Some(1));
        assert_eq!([culprit(&plan.changes, "/posts/0"), culprit(&plan.changes, "nonsense")], [None, None]);
        let Request::Batch(batch) = request(&plan.changes) else { panic!("not a batch") };
        assert_eq!(
            serde_json::to_string(&batch).unwrap(),
            r#"{"patches":[{"id":"id-a-_domainkey-example-com","proxied":false},{"id":"id-b-_domainkey-example-com","proxied":false}]}"#
        );
    }
}
