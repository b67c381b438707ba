//! What of a bare domain's usual mail names is there. Effects: network.
//!
//! Only the zone's own name servers are asked: a public resolver would remember each "no".

use std::collections::BTreeMap;

use futures_util::StreamExt as _;

use super::context::Public;
use crate::model::diagnosis::{self, Finding};
use crate::model::dns::DomainName;
use crate::model::lookup::{self, Observation, QuestionType, SeenData, Server};
use crate::model::mailauth;
use crate::model::plain::count;

/// Questions that are under way at one time.
const IN_FLIGHT: usize = 32;

/// What was found at a bare domain.
#[derive(Debug, Default)]
pub(super) struct Guessed {
    /// The names that show a CNAME, or the addresses of Cloudflare where only texts belong; and with their targets
    /// those that belong together with them.
    pub(super) names: Vec<(DomainName, Option<DomainName>)>,
    /// What is worth saying besides.
    pub(super) notes: Vec<String>,
    /// What is wrong with the domain's DMARC policy.
    pub(super) findings: Vec<Finding>,
}

/// What one usual name turned out to be.
enum Shown {
    /// Something that is worth a closer look, and where it points if that is seen.
    Record(Option<DomainName>),
    /// A DKIM key that stands there as text, which is as good.
    Key,
    /// Nothing.
    Nothing,
    /// Other servers answer for it: where their part begins, and they.
    Delegated(DomainName, Vec<DomainName>),
    /// Nobody could say.
    Unheard,
}

/// Asks for the names that mail records of `domain` usually have.
/// `given` are the records that somebody named.
pub(super) async fn guess(
    public: &Public,
    (domain, given): (&DomainName, &[(DomainName, DomainName)]),
    servers: &[Server],
) -> Guessed {
    let names = public.catalogue.usual_names(domain);
    let asked = names.len();
    let wildcard = wildcard(public, domain, servers).await;
    let each = names.into_iter().map(|name| async {
        let shown = shown(public, servers, &name, wildcard.as_ref()).await;
        (name, shown)
    });
    let shown: Vec<(DomainName, Shown)> =
        futures_util::stream::iter(each).buffered(IN_FLIGHT).collect().await;
    let mut guessed = Guessed::default();
    let mut seen: Vec<(DomainName, Option<DomainName>)> = Vec::new();
    let (mut unheard, mut keys) = (0_usize, 0_usize);
    let mut handed_on = BTreeMap::new();
    for (name, shown) in shown {
        match shown {
            Shown::Record(target) => seen.push((name, target)),
            Shown::Key => {
                keys += 1;
                guessed.notes.push(format!("{name} holds a DKIM key as TXT, which needs no CNAME"));
            }
            Shown::Nothing => {}
            Shown::Delegated(cut, to) => drop(handed_on.insert(cut, to)),
            Shown::Unheard => unheard += 1,
        }
    }
    complete(public, (domain, given), &seen, &mut guessed);
    guessed.notes.push(format!(
        "{domain} is a domain, so {asked} usual names were asked for: {} to confirm. Names that hold a number or an \
         account, such as em1234, cannot be guessed: name them, or give what your platform shows with --expect-file",
        count(guessed.names.len(), "name")
    ));
    if guessed.names.is_empty() && keys == 0 && unheard == 0 && handed_on.is_empty() {
        guessed.findings.push(diagnosis::no_usual_names(domain, asked));
    }
    let handed_on = handed_on.into_iter().collect();
    guessed.findings.extend(diagnosis::usual_names_not_asked(domain, unheard, handed_on));
    if wildcard.is_some() {
        guessed.notes.push(format!(
            "{domain} answers for names that nobody made (a wildcard record): what shows nothing else is left out"
        ));
    }
    if let Ok(at) = DomainName::parse(&format!("_dmarc.{domain}")) {
        let heard = public.asker.ask_any(servers, &at, QuestionType::Txt).await;
        guessed.findings.extend(diagnosis::published_policy(domain, &heard));
    }
    guessed
}

/// Adds what belongs together with what was seen: from one key of a provider the others follow.
fn complete(
    public: &Public,
    (domain, given): (&DomainName, &[(DomainName, DomainName)]),
    seen: &[(DomainName, Option<DomainName>)],
    guessed: &mut Guessed,
) {
    let seen_pairs = seen.iter().filter_map(|(name, target)| Some((name, target.as_ref()?)));
    let held: Vec<_> = given.iter().map(|(name, target)| (name, target)).chain(seen_pairs).collect();
    guessed.names = seen.iter().map(|(name, _)| (name.clone(), None)).collect();
    for sibling in public.catalogue.missing_siblings(&held) {
        match &sibling.name {
            Some(name) if !name.is_within(domain) => {}
            Some(name) => match seen.iter().find(|(known, _)| known == name) {
                // It is looked at as if somebody had named it: nothing at all there is something missing.
                None => guessed.names.push((name.clone(), Some(sibling.target))),
                Some((_, Some(target))) => {
                    guessed.findings.push(diagnosis::published_not_in_set(&sibling, name, target));
                }
                Some((_, None)) => {}
            },
            None if !given.iter().any(|(_, target)| *target == sibling.target) => {
                guessed.findings.push(diagnosis::not_checked(domain, &sibling));
            }
            _ => {}
        }
    }
}

/// What the zone answers for a name that nobody made, if it answers at all.
async fn wildcard(public: &Public, domain: &DomainName, servers: &[Server]) -> Option<Vec<SeenData>> {
    let name = DomainName::parse(&format!("cf-domauth-no-such-name.{domain}")).ok()?;
    let heard = public.asker.ask_any(servers, &name, QuestionType::A).await;
    (!heard.records().is_empty()).then(|| data(&heard))
}

fn data(heard: &Observation) -> Vec<SeenData> {
    heard.records().iter().map(|seen| seen.data.clone()).collect()
}

async fn shown(
    public: &Public,
    servers: &[Server],
    name: &DomainName,
    wildcard: Option<&Vec<SeenData>>,
) -> Shown {
    let addresses = public.asker.ask_any(servers, name, QuestionType::A).await;
    if let Observation::Delegated { cut, to } = addresses {
        return Shown::Delegated(cut, to);
    }
    if !addresses.is_definite() {
        return Shown::Unheard;
    }
    if wildcard.is_some_and(|known| *known == data(&addresses)) {
        return Shown::Nothing;
    }
    if let Some((target, _)) = addresses.alias_at(name) {
        return Shown::Record(Some(target.clone()));
    }
    let is_for_text = crate::model::catalogue::role_of_name(name).is_some();
    let is_proxied = addresses
        .records()
        .iter()
        .any(|seen| matches!(seen.data, SeenData::Address(address) if lookup::is_cloudflare(address)));
    if is_for_text && is_proxied {
        return Shown::Record(None);
    }
    if !is_for_text || matches!(addresses, Observation::NoName { .. }) {
        return Shown::Nothing;
    }
    let texts = public.asker.ask_any(servers, name, QuestionType::Txt).await;
    let is_key = texts.texts().any(|text| mailauth::policy(text) == mailauth::Policy::DkimKey);
    if is_key { Shown::Key } else { Shown::Nothing }
}
