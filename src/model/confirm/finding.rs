//! What is left to say about names that are not confirmed. Pure.

use super::{Agreement, Confirmation, Verdict, judge};
use crate::model::diagnosis::{Evidence, Finding, Published};
use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation};

/// A finding for each name that public DNS does not show as wanted: who says what, until when.
pub fn unconfirmed(confirmations: &[Confirmation]) -> Vec<Finding> {
    confirmations.iter().filter_map(finding).collect()
}

fn finding(one: &Confirmation) -> Option<Finding> {
    let words =
        one.servers.iter().filter(|word| !matches!(word.standing, Agreement::Right | Agreement::NotAsked));
    let servers = words.map(|word| Evidence::Server {
        server: word.server.clone(),
        heard: word.observation.clone(),
        until: word.expires_in.map(|left| one.until(left)),
    });
    let notes = judge::notes(&one.servers, judge::is_more).into_iter().map(Evidence::Note);
    let published = published(one)?;
    Some(Finding::new(published, &one.name).evidence(servers).evidence(notes))
}

/// What public DNS shows instead of what is wanted; `None` if it is confirmed.
fn published(one: &Confirmation) -> Option<Published> {
    let is_deaf =
        [Kind::Authoritative, Kind::Resolver].iter().any(|kind| judge::is_deaf(&one.servers, *kind));
    match (one.verdict, cut(one)) {
        (Verdict::Confirmed, _) => None,
        (_, Some(cut)) => Some(Published::Delegated(cut.clone())),
        (Verdict::Stale, _) => {
            Some(Published::Stale(one.servers.iter().filter_map(|word| word.expires_in).max()))
        }
        (Verdict::Wrong, _) => Some(Published::Wrong),
        (Verdict::Absent, _) => Some(Published::Absent),
        (Verdict::Unknown, _) if is_refused_by_validators(one) => Some(Published::NotValidated),
        (Verdict::Unknown, _) if is_deaf => Some(Published::Silent),
        (Verdict::Unknown, _) => Some(Published::Unknown),
    }
}

/// Where the authoritative servers say that the name's part of the zone was handed on.
pub fn cut(one: &Confirmation) -> Option<&DomainName> {
    one.servers.iter().find_map(|word| match &word.observation {
        Some(Observation::Delegated { cut, .. }) => Some(cut),
        _ => None,
    })
}

/// Whether resolvers that check signatures refuse the answer.
pub fn is_refused_by_validators(one: &Confirmation) -> bool {
    let mut heard = one.servers.iter().filter_map(|word| word.observation.as_ref());
    heard.any(|heard| matches!(heard, Observation::CouldNotSay { answers_unchecked: true, .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::confirm::{Behind, Word};
    use crate::model::lookup::{Endpoint, Server};
    use crate::testing::name;

    fn unknown(heard: &[(Kind, Observation)]) -> Confirmation {
        let word = |(kind, heard): &(Kind, Observation)| Word {
            server: Server { endpoint: Endpoint::Udp(([127, 0, 0, 1], 53).into()), kind: *kind, name: None },
            standing: if *heard == Observation::Silent { Agreement::Silent } else { Agreement::CouldNotSay },
            observation: Some(heard.clone()),
            behind: Behind::NotAsked,
            expires_in: None,
        };
        Confirmation {
            name: name("s1._domainkey.example.com"),
            expected: None,
            is_gone: false,
            verdict: Verdict::Unknown,
            servers: heard.iter().map(word).collect(),
            notes: Vec::new(),
            at: jiff::Zoned::default(),
        }
    }

    #[test]
    fn why_nobody_could_say_is_told_apart() {
        let fails =
            |answers_unchecked| Observation::CouldNotSay { reason: "SERVFAIL".into(), answers_unchecked };
        let of = |heard: &[(Kind, Observation)]| published(&unknown(heard)).unwrap();
        let source = (Kind::Authoritative, fails(false));
        assert!(matches!(of(&[source.clone(), (Kind::Resolver, fails(true))]), Published::NotValidated));
        assert!(matches!(of(&[source.clone(), (Kind::Resolver, fails(false))]), Published::Unknown));
        assert!(matches!(of(&[source, (Kind::Resolver, Observation::Silent)]), Published::Silent));
    }
}
