//! Follows aliases of nobody we know, so that they can be recognised by what stands there. Effects: network.
//!
//! Public resolvers are asked about the targets only, each target once a run, and no more than so many.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use tokio::sync::OnceCell;

use super::context::Public;
use crate::catalogue::Role;
use crate::diagnosis::{self, Content};
use crate::dns::DomainName;
use crate::lookup::{QuestionType, SeenData};

/// As many targets as one run follows: at the pace of four public resolvers, three seconds' worth.
const MOST: usize = 500;
/// Targets that are followed at one time.
const IN_FLIGHT: usize = 32;

/// What the targets of this run turned out to publish; `None` where mail needs nothing of it. Whoever asks for a
/// target that is being asked about waits for the same answer.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<HashMap<DomainName, Arc<OnceCell<Option<Content>>>>>);

impl Followed {
    /// The place of a target's answer; none if the run has looked at enough.
    fn place(&self, target: &DomainName) -> Option<Arc<OnceCell<Option<Content>>>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(target) {
            return None;
        }
        Some(Arc::clone(known.entry(target.clone()).or_default()))
    }
}

/// What stands at the targets, and how many were not looked at because the run has looked at enough.
pub(super) async fn follow(
    public: &Public,
    targets: &[DomainName],
) -> (BTreeMap<DomainName, Content>, usize) {
    let places: Vec<_> =
        targets.iter().filter_map(|target| Some((target, public.followed.place(target)?))).collect();
    let left_out = targets.len() - places.len();
    let each = places.into_iter().enumerate().map(|(turn, (target, place))| async move {
        let found = *place.get_or_init(|| content(public, target, turn)).await;
        found.map(|content| (target.clone(), content))
    });
    let found = futures_util::stream::iter(each).buffer_unordered(IN_FLIGHT);
    (found.filter_map(std::future::ready).collect().await, left_out)
}

/// One question for what is nothing of ours; more only for what could be.
async fn content(public: &Public, target: &DomainName, turn: usize) -> Option<Content> {
    let mut servers = public.resolvers().await.to_vec();
    // Each resolver is asked first about its share.
    let turn = turn.checked_rem(servers.len()).unwrap_or_default();
    servers.rotate_left(turn);
    let ask = async |kind| public.asker.ask_any(&servers, target, kind).await;
    let role = diagnosis::purpose(&ask(QuestionType::Txt).await)?;
    if role == Role::ReturnPath && !diagnosis::takes_mail(&ask(QuestionType::Mx).await) {
        return None;
    }
    let mut is_host = false;
    for kind in [QuestionType::A, QuestionType::Aaaa] {
        let heard = ask(kind).await;
        // Whoever cannot say may have addresses.
        let has_address = heard.records().iter().any(|seen| matches!(seen.data, SeenData::Address(_)));
        is_host |= has_address || !heard.is_definite();
    }
    Some(Content { role, is_host })
}
