//! What a run has learned about the targets of aliases of nobody known. Pure.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::model::diagnosis::Shown;
use crate::model::dns::DomainName;

/// As many targets as are followed for one zone: at the pace of four public resolvers, three seconds' worth.
const MOST_OF_ZONE: usize = 500;
/// As many targets as one run follows: a minute's worth.
const MOST: usize = 10_000;

/// A target, and whether more is asked about it because it keeps company with a DKIM target.
pub(super) type Target = (DomainName, bool);

/// What the targets of this run turned out to publish. Whoever asks for a target that is being asked about waits for
/// the same answer.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<HashMap<Target, Arc<OnceCell<Shown>>>>);

impl Followed {
    /// The place of a target's answer; none if the zone, which has asked for `asked` new ones, or the run has looked
    /// at enough. What is known already costs nothing.
    pub(super) fn place(&self, target: &Target, asked: &mut usize) -> Option<Arc<OnceCell<Shown>>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(target) {
            if *asked >= MOST_OF_ZONE || known.len() >= MOST {
                return None;
            }
            *asked += 1;
        }
        Some(Arc::clone(known.entry(target.clone()).or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::name;

    #[test]
    fn one_zone_leaves_the_others_their_share_and_what_is_known_costs_nothing() {
        let followed = Followed::default();
        let target = |zone: usize, n: usize| (name(&format!("t{n}.z{zone}.test")), false);
        let take = |zone: usize| {
            let mut asked = 0;
            (0..MOST_OF_ZONE + 20).filter(|n| followed.place(&target(zone, *n), &mut asked).is_some()).count()
        };
        assert_eq!(take(0), MOST_OF_ZONE);
        assert_eq!(take(0), MOST_OF_ZONE + 20, "those of the first time are known");
        assert_eq!(take(1), MOST_OF_ZONE, "another zone has its own");
        let rest: usize = (2..30).map(take).sum();
        assert_eq!(rest, MOST - 2 * MOST_OF_ZONE - 20, "the run has a limit as well");
        assert!(followed.place(&target(0, 0), &mut MOST_OF_ZONE.clone()).is_some());
    }
}
