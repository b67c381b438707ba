//! Follows aliases of nobody we know, so that they can be recognised by what stands there. Effects: network.
//!
//! Public resolvers are asked about the targets only, each target once a run, and no more than so many: for one zone,
//! so that it leaves the others their share, and for the run.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;

use super::followed::Target;
use super::public_dns::PublicDns;
use crate::model::catalog::Role;
use crate::model::diagnosis::{self, Shown};
use crate::model::dns::DomainName;
use crate::model::lookup::{Observation, QuestionType, SeenData};

const IN_FLIGHT: usize = 32;

/// What stands at the targets of one zone, and how many were not looked at because zone or run have looked at enough.
/// Those that keep company come first.
pub(super) async fn follow(
    dns: &PublicDns,
    targets: BTreeMap<&DomainName, bool>,
) -> (BTreeMap<DomainName, Shown>, usize) {
    let mut targets: Vec<Target> = targets.into_iter().map(|(target, is)| (target.clone(), is)).collect();
    targets.sort_by_key(|(_, keeps_company)| !keeps_company);
    let (all, mut asked) = (targets.len(), 0);
    let place = |target: Target| Some((dns.followed.place(&target, &mut asked)?, target));
    let places: Vec<_> = targets.into_iter().filter_map(place).collect();
    let left_out = all - places.len();
    let each = places.into_iter().enumerate().map(|(turn, (place, target))| async move {
        let shown = *place.get_or_init(|| look(dns, &target, turn)).await;
        (target.0, shown)
    });
    (futures_util::stream::iter(each).buffer_unordered(IN_FLIGHT).collect().await, left_out)
}

/// One question for what is nothing of ours; more only for what could be.
async fn look(dns: &PublicDns, (target, keeps_company): &Target, turn: usize) -> Shown {
    let servers = dns.resolvers_in_turn(turn).await;
    let ask = async |kind| dns.asker.ask_any(&servers, target, kind).await;
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
