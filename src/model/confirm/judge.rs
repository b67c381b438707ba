//! From every server's word to a verdict. Pure.

use super::{Agreement, Behind, Verdict, Word};
use crate::model::catalog::Publishes;
use crate::model::lookup::{Kind, Observation};

/// Weighs the authoritative servers' word first: they decide whether something is published.
///
/// A server that is silent is left out as long as another of its kind answers; a server that says it
/// cannot say is not, because receivers behind it cannot check mail either.
pub fn judge(words: &[Word]) -> Verdict {
    let any = |kind: Kind, standing: Agreement| of(words, kind).any(|word| word.standing == standing);
    let differs = |word: &&Word| matches!(word.standing, Agreement::Different | Agreement::Persisting);
    if let Some(word) = of(words, Kind::Authoritative).find(differs) {
        return match &word.observation {
            Some(Observation::Answer(_)) => Verdict::Wrong,
            _ => Verdict::Absent,
        };
    }
    if any(Kind::Authoritative, Agreement::CouldNotSay) || !any(Kind::Authoritative, Agreement::Right) {
        return Verdict::Unknown;
    }
    if any(Kind::Resolver, Agreement::Unusable) || any(Kind::Resolver, Agreement::Persisting) {
        Verdict::Wrong
    } else if any(Kind::Resolver, Agreement::Different) {
        Verdict::Stale
    } else if any(Kind::Resolver, Agreement::CouldNotSay) || !any(Kind::Resolver, Agreement::Right) {
        Verdict::Unknown
    } else {
        Verdict::Confirmed
    }
}

fn of(words: &[Word], kind: Kind) -> impl Iterator<Item = &Word> {
    words.iter().filter(move |word| word.server.kind == kind)
}

/// Whether all servers of one kind are silent.
pub(super) fn is_deaf(words: &[Word], kind: Kind) -> bool {
    of(words, kind).all(|word| word.standing == Agreement::Silent)
}

/// Whether a note on a server says more than its answer does.
pub(super) fn is_more(word: &Word) -> bool {
    word.standing != Agreement::CouldNotSay || matches!(word.behind, Behind::CouldNotSay(_))
}

/// What a person should know beside the verdict: of the servers that are noted, and of all together.
pub(crate) fn notes(words: &[Word], is_noted: impl Fn(&Word) -> bool) -> Vec<String> {
    let mut notes = Vec::new();
    for word in words.iter().filter(|word| is_noted(word)) {
        let server = &word.server;
        match word.standing {
            Agreement::Silent if is_deaf(words, server.kind) => {}
            Agreement::Silent => notes.push(format!("{server} did not answer; judged by the others")),
            Agreement::CouldNotSay if let Behind::CouldNotSay(why) = &word.behind => {
                notes.push(format!("{server}: the CNAME is right, but what stands behind it: {why}"));
            }
            Agreement::CouldNotSay => {
                let says = word.observation.as_ref().map(Observation::describe).unwrap_or_default();
                notes.push(format!("{server}: {says}"));
            }
            Agreement::Unusable => {
                notes.push(format!("{server}: the CNAME is right, but {}", missing(&word.behind)));
            }
            Agreement::Right | Agreement::Different | Agreement::Persisting | Agreement::NotAsked => {}
        }
    }
    if of(words, Kind::Authoritative).next().is_none() {
        notes.push("the authoritative servers could not be found out".to_owned());
    } else if is_deaf(words, Kind::Authoritative) {
        notes.push("no authoritative server answered, so it is not known what is published".to_owned());
    }
    if of(words, Kind::Resolver).next().is_some() && is_deaf(words, Kind::Resolver) {
        notes.push("no resolver answered, so it is not known what the world sees".to_owned());
    }
    notes
}

fn missing(behind: &Behind) -> String {
    match behind {
        Behind::Missing(list) => {
            let each = list.iter().map(|what| format!("no {} is published", named(*what).0));
            format!("{} behind it", each.collect::<Vec<_>>().join(" and "))
        }
        Behind::Several(what, count) => {
            format!("{count} {} are published behind it, where one counts", named(*what).1)
        }
        _ => "what stands behind it could not be read".to_owned(),
    }
}

/// What it is called where it is missing, and where there are several.
fn named(what: Publishes) -> (&'static str, &'static str) {
    match what {
        Publishes::DkimKey => ("DKIM key", "DKIM keys"),
        Publishes::Spf => ("SPF record", "SPF policies"),
        Publishes::Mx => ("mail exchanger", "mail exchangers"),
        Publishes::Dmarc => ("DMARC policy", "DMARC policies"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::dns::DomainName;
    use crate::model::lookup::{Endpoint, Seen, SeenData, Server};

    fn word(kind: Kind, standing: Agreement) -> Word {
        let address = "127.0.0.1:53".parse().unwrap();
        let server = Server { endpoint: Endpoint::Udp(address), kind, name: None };
        let observation = Some(Observation::NoData { negative_ttl: None });
        Word { server, observation, behind: Behind::NotAsked, standing, expires_in: None }
    }

    fn verdict(authoritative: &[Agreement], resolvers: &[Agreement]) -> Verdict {
        let words: Vec<Word> = (authoritative.iter().map(|s| word(Kind::Authoritative, *s)))
            .chain(resolvers.iter().map(|s| word(Kind::Resolver, *s)))
            .collect();
        judge(&words)
    }

    use Agreement::{CouldNotSay, Different, NotAsked, Persisting, Right, Silent, Unusable};

    #[test]
    fn one_that_disagrees_is_never_averaged_away() {
        assert_eq!(verdict(&[Right, Right], &[Right, Right]), Verdict::Confirmed);
        assert_eq!(verdict(&[Right, Different], &[Right, Right]), Verdict::Absent);
        assert_eq!(verdict(&[Right], &[Right, Different, Right]), Verdict::Stale);
        assert_eq!(verdict(&[Right], &[Right, Persisting]), Verdict::Wrong);
        assert_eq!(verdict(&[Right], &[Right, Unusable]), Verdict::Wrong);
        assert_eq!(verdict(&[Right], &[Right, CouldNotSay]), Verdict::Unknown);
    }

    #[test]
    fn silence_proves_nothing() {
        assert_eq!(verdict(&[Right, Silent], &[Right, Silent]), Verdict::Confirmed);
        assert_eq!(verdict(&[Silent], &[Right, Right]), Verdict::Unknown);
        assert_eq!(verdict(&[Right], &[Silent, Silent]), Verdict::Unknown);
        assert_eq!(verdict(&[], &[Right]), Verdict::Unknown);
        assert_eq!(verdict(&[Right], &[NotAsked]), Verdict::Unknown);
    }

    #[test]
    fn another_alias_at_the_source_is_wrong_rather_than_absent() {
        let mut wrong = word(Kind::Authoritative, Different);
        let name = DomainName::parse("a.test").unwrap();
        let data = SeenData::Alias(DomainName::parse("b.test").unwrap());
        wrong.observation = Some(Observation::Answer(vec![Seen { name, ttl: 1, data }]));
        assert_eq!(judge(&[wrong]), Verdict::Wrong);
    }

    #[test]
    fn who_is_silent_among_others_is_named_and_a_silent_crowd_once() {
        let server = |n: u16, kind, standing| {
            let mut word = word(kind, standing);
            word.server.endpoint = Endpoint::Udp(([127, 0, 0, 1], n).into());
            word
        };
        let some = [server(1, Kind::Authoritative, Right), server(2, Kind::Authoritative, Silent)];
        assert_eq!(notes(&some, |_| true), ["127.0.0.1:2 did not answer; judged by the others"]);
        let none = [server(1, Kind::Authoritative, Silent), server(2, Kind::Authoritative, Silent)];
        assert_eq!(
            notes(&none, |_| true),
            ["no authoritative server answered, so it is not known what is published"]
        );
        let mut late = server(3, Kind::Resolver, CouldNotSay);
        late.behind = Behind::CouldNotSay("SERVFAIL".to_owned());
        let refused = server(4, Kind::Resolver, CouldNotSay);
        let words = [server(1, Kind::Authoritative, Right), late, refused];
        let behind = "127.0.0.1:3: the CNAME is right, but what stands behind it: SERVFAIL";
        assert_eq!(notes(&words, |_| true).len(), 2);
        assert_eq!(notes(&words, is_more), [behind], "what only repeats an answer is left out");
    }
}
