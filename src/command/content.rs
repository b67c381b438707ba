//! Follows aliases of nobody we know, so that they can be recognised by what stands there. Effects: network.
//!
//! Public resolvers are asked about the targets only, each target once a run, and no more than so many.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use futures_util::StreamExt as _;

use super::context::Public;
use crate::catalogue::Role;
use crate::diagnosis::{self, Content};
use crate::dns::DomainName;
use crate::lookup::{QuestionType, SeenData};

/// As many targets as one run follows: at the pace of four public resolvers, three seconds' worth.
const MOST: usize = 500;
/// Targets that are followed at one time.
const IN_FLIGHT: usize = 32;

/// What the targets of this run turned out to publish; `None` where mail needs nothing of it.
#[derive(Debug, Default)]
pub(super) struct Followed(Mutex<HashMap<DomainName, Option<Content>>>);

/// What stands at the targets, and how many were not looked at because the run has looked at enough.
pub(super) async fn follow(
    public: &Public,
    targets: &[DomainName],
) -> (BTreeMap<DomainName, Content>, usize) {
    let new: Vec<&DomainName> = {
        let mut known = public.followed.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MOST.saturating_sub(known.len());
        let new: Vec<&DomainName> =
            targets.iter().filter(|target| !known.contains_key(*target)).take(room).collect();
        // Taken now, so that another zone does not ask the same at the same time.
        known.extend(new.iter().map(|target| ((*target).clone(), None)));
        new
    };
    let each = new.into_iter().enumerate().map(|(turn, target)| async move {
        let content = content(public, target, turn).await;
        let mut known = public.followed.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(target.clone(), content);
    });
    futures_util::stream::iter(each).buffer_unordered(IN_FLIGHT).collect::<Vec<()>>().await;
    let known = public.followed.0.lock().unwrap_or_else(PoisonError::into_inner);
    let found = targets.iter().filter_map(|target| Some((target.clone(), (*known.get(target)?)?)));
    let left_out = targets.iter().filter(|target| !known.contains_key(*target)).count();
    (found.collect(), left_out)
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
