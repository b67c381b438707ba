//! What of a bare domain's usual mail names is there. Effects: network.
//!
//! Only the zone's own name servers are asked: a public resolver would remember each "no".

use std::collections::BTreeSet;

use futures_util::StreamExt as _;

use super::context::Public;
use crate::model::catalogue::Sibling;
use crate::model::diagnosis::{self, Code, Finding, Severity};
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
    Delegated(String),
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
    let mut handed_on = BTreeSet::new();
    for (name, shown) in shown {
        match shown {
            Shown::Record(target) => seen.push((name, target)),
            Shown::Key => {
                keys += 1;
                guessed.notes.push(format!("{name} holds a DKIM key as TXT, which needs no CNAME"));
            }
            Shown::Nothing => {}
            Shown::Delegated(cut) => drop(handed_on.insert(cut)),
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
        guessed.findings.push(nothing_there(domain, asked));
    }
    guessed.findings.extend(unasked(domain, unheard, &handed_on));
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
                Some((_, Some(target))) => guessed.findings.push(at_odds(&sibling, name, target)),
                Some((_, None)) => {}
            },
            None if !given.iter().any(|(_, target)| *target == sibling.target) => {
                guessed.findings.push(not_guessed(domain, &sibling));
            }
            _ => {}
        }
    }
}

/// What is said of names that nobody could be asked about: they may hold anything.
fn unasked(domain: &DomainName, unheard: usize, handed_on: &BTreeSet<String>) -> Option<Finding> {
    let words = |cut: &String| format!("{cut}: names there have to be asked for with --authoritative");
    let mut evidence: Vec<String> = handed_on.iter().map(words).collect();
    if unheard > 0 {
        evidence
            .push(format!("about {} no name server of the zone could say anything", count(unheard, "name")));
    }
    let what = format!("some of the names that mail records of {domain} usually have");
    (!evidence.is_empty()).then(|| not_asked(domain, &what, evidence))
}

/// What is said of something that nobody could be asked about.
pub(super) fn not_asked(domain: &DomainName, what: &str, evidence: Vec<String>) -> Finding {
    Finding {
        code: Code::Unconfirmed,
        severity: Severity::Warning,
        name: domain.clone(),
        provider: None,
        role: None,
        message: format!("{what} could not be asked for"),
        evidence,
        remedy: None,
        advice: Some("name a server that answers with --authoritative, or ask again".to_owned()),
    }
}

/// What is said of a record that contradicts the rest of its set.
fn at_odds(sibling: &Sibling, name: &DomainName, target: &DomainName) -> Finding {
    let Sibling { provider, role, because_of, .. } = sibling;
    Finding {
        code: Code::IncompleteSet,
        severity: Severity::Warning,
        name: name.clone(),
        provider: Some(provider.clone()),
        role: Some(*role),
        message: format!("{name} points to {target}, which does not go with {because_of}"),
        evidence: vec![format!("beside {because_of} it would be a CNAME to {}", sibling.target)],
        remedy: None,
        advice: Some(format!("compare it with what {} shows", provider.name)),
    }
}

/// What is said of a record that must be there and whose name nothing tells: that the others are right is no
/// proof that this one is.
fn not_guessed(domain: &DomainName, sibling: &Sibling) -> Finding {
    let Sibling { provider, role, target, because_of, .. } = sibling;
    let place = provider.verify.as_deref().map(|place| format!(" ({place})")).unwrap_or_default();
    Finding {
        code: Code::IncompleteSet,
        severity: Severity::Warning,
        name: domain.clone(),
        provider: Some(provider.clone()),
        role: Some(*role),
        message: format!(
            "{} that {} asks for beside {because_of} was not checked: its name cannot be guessed",
            role.describe(),
            provider.name
        ),
        evidence: vec![format!("it is a CNAME to {target}")],
        remedy: None,
        advice: Some(format!(
            "look up its name on {}'s page{place}, then: cf-domauth confirm --expect NAME={target}",
            provider.name
        )),
    }
}

/// What is said where no usual name is there: that is no proof that all is well.
fn nothing_there(domain: &DomainName, asked: usize) -> Finding {
    Finding {
        code: Code::Missing,
        severity: Severity::Warning,
        name: domain.clone(),
        provider: None,
        role: None,
        message: format!("{domain} has none of the {asked} names that mail records usually have"),
        evidence: vec![
            "the zone's own name servers were asked, and public DNS knows no other way to list names"
                .to_owned(),
        ],
        remedy: None,
        advice: Some(
            "name the records that your sending platform shows, or give them with --expect-file".to_owned(),
        ),
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
    if let Observation::Delegated { .. } = addresses {
        return Shown::Delegated(addresses.describe());
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
