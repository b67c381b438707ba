//! Follows aliases of nobody we know, so that they can be recognised by what stands there. Effects: network.
//!
//! Public resolvers are asked about the targets only, each target once a run, and no more than so many: for one zone,
//! so that it leaves the others their share, and for the run.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use tokio::sync::OnceCell;

use super::context::Public;
use crate::model::catalogue::Role;
use crate::model::diagnosis::{self, Shown};
use crate::model::dns::DomainName;
use crate::model::lookup::{Observation, QuestionType, SeenData};

/// As many targets as are followed for one zone: at the pace of four public resolvers, three seconds' worth.
const MOST_OF_ZONE: usize = 500;
/// As many targets as one run follows: a minute's worth.
const MOST: usize = 10_000;
/// Targets that are followed at one time.
const IN_FLIGHT: usize = 32;

/// A target, and whether more is asked about it because it keeps company with a DKIM target.
type Target = (DomainName, bool);

/// What the targets of this run turned out to publish. Whoever asks for a target that is being asked about waits for
/// the same answer.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<HashMap<Target, Arc<OnceCell<Shown>>>>);

impl Followed {
    /// The place of a target's answer; none if the zone, which has asked for `asked` new ones, or the run has looked
    /// at enough. What is known already costs nothing.
    fn place(&self, target: &Target, asked: &mut usize) -> Option<Arc<OnceCell<Shown>>> {
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

/// What stands at the targets of one zone, and how many were not looked at because zone or run have looked at enough.
/// Those that keep company come first.
pub(super) async fn follow(
    public: &Public,
    targets: BTreeMap<&DomainName, bool>,
) -> (BTreeMap<DomainName, Shown>, usize) {
    let mut targets: Vec<(&DomainName, bool)> = targets.into_iter().collect();
    targets.sort_by_key(|(_, keeps_company)| !keeps_company);
    let mut asked = 0;
    let mut place = |target: Target| Some((public.followed.place(&target, &mut asked)?, target));
    let owned = |(target, keeps_company): &(&DomainName, bool)| ((*target).clone(), *keeps_company);
    let places: Vec<_> = targets.iter().map(owned).filter_map(&mut place).collect();
    let left_out = targets.len() - places.len();
    let each = places.into_iter().enumerate().map(|(turn, (place, target))| async move {
        let shown = *place.get_or_init(|| look(public, &target, turn)).await;
        (target.0, shown)
    });
    (futures_util::stream::iter(each).buffer_unordered(IN_FLIGHT).collect().await, left_out)
}

/// One question for what is nothing of ours; more only for what could be.
async fn look(public: &Public, (target, keeps_company): &Target, turn: usize) -> Shown {
    let mut servers = public.resolvers().await.to_vec();
    // Each resolver is asked first about its share.
    let turn = turn.checked_rem(servers.len()).unwrap_or_default();
    servers.rotate_left(turn);
    let ask = async |kind| public.asker.ask_any(&servers, target, kind).await;
    let texts = ask(QuestionType::Txt).await;
    let exchangers = match diagnosis::purpose(&texts) {
        Some(Role::ReturnPath) => ask(QuestionType::Mx).await,
        None if *keeps_company => ask(QuestionType::Mx).await,
        _ => Observation::Silent,
    };
    let mut shown = diagnosis::shown(&texts, &exchangers);
    let Shown::Mail(content) = &mut shown else { return shown };
    for kind in [QuestionType::A, QuestionType::Aaaa] {
        let heard = ask(kind).await;
        // Whoever cannot say may have addresses.
        let has_address = heard.records().iter().any(|seen| matches!(seen.data, SeenData::Address(_)));
        content.is_host |= has_address || !heard.is_definite();
    }
    shown
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
