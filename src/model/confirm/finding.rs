//! What is left to say about names that are not confirmed. Pure.

use super::{Confirmation, Standing, Verdict, Word};
use crate::model::diagnosis::{Code, Finding, Severity};
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation};
use crate::model::plain;

/// A finding for each name that public DNS does not show as wanted: who says what, until when.
pub fn unconfirmed(confirmations: &[Confirmation]) -> Vec<Finding> {
    confirmations.iter().filter(|one| one.verdict != Verdict::Confirmed).map(finding).collect()
}

fn finding(one: &Confirmation) -> Finding {
    let words =
        one.servers.iter().filter(|word| !matches!(word.standing, Standing::Right | Standing::NotAsked));
    let mut evidence: Vec<String> = words.map(|word| says(one, word)).collect();
    let is_new = |note: &&String| !evidence.iter().any(|known| known.contains(note.as_str()));
    let notes: Vec<String> = one.notes.iter().filter(is_new).cloned().collect();
    evidence.extend(notes);
    Finding {
        code: Code::Unconfirmed,
        severity: Severity::Error,
        name: one.name.clone(),
        provider: None,
        role: None,
        message: message(one),
        evidence,
        remedy: None,
        advice: Some(advice(one)),
    }
}

/// Where the authoritative servers say that the name's part of the zone was handed on.
fn cut(one: &Confirmation) -> Option<&DomainName> {
    one.servers.iter().find_map(|word| match &word.observation {
        Some(Observation::Delegated { cut, .. }) => Some(cut),
        _ => None,
    })
}

fn message(one: &Confirmation) -> String {
    let name = &one.name;
    if let Some(cut) = cut(one) {
        return format!("{name} is not asked for at the zone's own name servers: {cut} was handed to others");
    }
    match one.verdict {
        Verdict::Confirmed => format!("{name} is confirmed"),
        Verdict::Stale => format!("{name} is published, but a resolver still holds an old answer"),
        Verdict::Wrong => format!("{name} does not lead where it should"),
        Verdict::Absent => format!("{name} shows no CNAME at the zone's own name servers"),
        Verdict::Unknown => format!("{name} could not be confirmed: nobody who matters could say"),
    }
}

fn says(one: &Confirmation, word: &Word) -> String {
    let observation = word.observation.as_ref().map_or_else(|| "not asked".to_owned(), Observation::describe);
    let until = word.expires_in.map(|left| format!(", {}", one.until(left)));
    format!("{} {}: {observation}{}", word.server.kind.word(), word.server, until.unwrap_or_default())
}

fn advice(one: &Confirmation) -> String {
    let longest = one.servers.iter().filter_map(|word| word.expires_in).max();
    if let Some(cut) = cut(one) {
        return format!(
            "file the record at the name servers of {cut}, and name one of them with --authoritative; or remove the NS \
             record at {cut} if nobody needs it"
        );
    }
    match (one.verdict, longest) {
        (Verdict::Stale, Some(left)) => {
            format!("run `cf-domauth confirm {}` again in {}", one.name, plain::seconds(left.max(1)))
        }
        (Verdict::Absent, _) => {
            "if it was changed a moment ago ask again in a minute; otherwise it is proxied, flattened or not there".to_owned()
        }
        (Verdict::Unknown, _) if is_refused_by_validators(one) => {
            "resolvers that check signatures refuse the answer: `cf-domauth explain dnssec-broken` tells what to do".to_owned()
        }
        (Verdict::Unknown, _) if is_deaf(one) => {
            "check that questions to port 53 leave this network, or name a resolver that can be reached, for example \
             --resolver https://dns.google/dns-query"
                .to_owned()
        }
        _ => format!("ask again with `cf-domauth confirm {}`", one.name),
    }
}

fn is_refused_by_validators(one: &Confirmation) -> bool {
    let mut heard = one.servers.iter().filter_map(|word| word.observation.as_ref());
    heard.any(|heard| matches!(heard, Observation::CouldNotSay { answers_unchecked: true, .. }))
}

fn is_deaf(one: &Confirmation) -> bool {
    let of = |kind: Kind| one.servers.iter().filter(move |word| word.server.kind == kind);
    [Kind::Authoritative, Kind::Resolver]
        .into_iter()
        .any(|kind| of(kind).all(|word| word.standing == Standing::Silent))
}
