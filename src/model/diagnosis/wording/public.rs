//! The words of what public DNS shows, and of what was edited since a run. Pure.

use serde_json::{Map, Value};

use super::super::{Discovery, DmarcProblem, Edit, Finding, Published, TargetProblem};
use super::{Words, authoritative, says};
use crate::model::catalog::Role;
use crate::model::dns::DomainName;
use crate::model::lookup::Observation;
use crate::model::mailauth::BadPolicy;
use crate::model::members::RecordFields;
use crate::model::plain;

impl TargetProblem {
    pub(super) fn words(&self, of: &Finding, target: &DomainName, heard: &Observation) -> Words {
        let (name, whose, heard) = (&of.name, of.whose(), plain::sanitize_line(&heard.describe()));
        let message = match self {
            Self::Gone => format!("{name} points to {target}, which does not exist"),
            Self::NoKey => format!("no DKIM key stands behind {name}"),
            Self::SeveralKeys(many) => {
                format!("{many} DKIM keys stand behind {name}: receivers take either, or none")
            }
            Self::TestingKey => format!("the DKIM key behind {name} says that it is only for testing (t=y)"),
            Self::BadKey(bad) => format!("the DKIM key behind {name} cannot be used: {bad}"),
            Self::NoDmarc => format!("no DMARC policy stands behind {name}"),
            Self::SeveralDmarc(many) => format!("{many} DMARC policies stand behind {name}"),
            Self::ReturnPath { spf: Some(many @ 2..), lacks_mx } => {
                let mx = if *lacks_mx { ", and there is no mail exchanger" } else { "" };
                format!("{many} SPF policies stand behind {name}; receivers treat that as none{mx}")
            }
            Self::ReturnPath { spf, lacks_mx } => {
                let lacks = match (spf, lacks_mx) {
                    (Some(_), true) => "no SPF policy and no mail exchanger",
                    (Some(_), false) => "no SPF policy",
                    (None, _) => "no mail exchanger",
                };
                format!("{lacks} stands behind {name}, so SPF fails or bounces are lost")
            }
        };
        Words::new(message)
            .known(format!("Cloudflare's API: CNAME {target}"))
            .known(format!("public DNS about {target}: {heard}"))
            .advise(format!(
                "compare the target with what {whose} shows today; if it is the same there, {whose} has to correct it"
            ))
    }
}

impl DmarcProblem {
    pub(super) fn words(&self, of: &Finding, published: Option<&Observation>) -> Words {
        let name = &of.name;
        let words = match self {
            Self::Missing => {
                let domain = name.parent().unwrap_or_else(|| name.clone());
                says!("{domain} has no DMARC policy: platforms and receivers ask for one")
                    .advise_if(
                        of.remedy.is_none(),
                        "add the one that your sending platform shows, or v=DMARC1; p=none; with --expect-file fix \
                         creates it",
                    )
            }
            Self::NoPolicy => says!("{name} holds a text that is no DMARC policy: {}",
                BadPolicy::Version)
            .advise(CORRECT_POLICY),
            Self::Ignored(why) => {
                says!("receivers do not act on the DMARC policy at {name}: {why}").advise(CORRECT_POLICY)
            }
            Self::Several(many) => says!("{many} DMARC policies stand at {name}: receivers then act on none")
            .advise("keep the one you want and delete the others, by hand: which one is yours to say"),
            Self::Weaker { held, wanted } => says!("the DMARC policy at {name} asks receivers for {}, and {} is wanted",
                held.word(),
                wanted.word())
            .advise(
                "change p= by hand once the reports show that all of your own mail passes: how strict to be is yours \
                 to say",
            ),
        };
        match published {
            Some(heard) => words
                .known(authoritative(heard))
                .advise(format!("`cf-domauth explain {}` tells what to do", of.code().word())),
            None => words,
        }
    }
}

const CORRECT_POLICY: &str = "correct the record by hand; v=DMARC1; p=none is enough for most platforms";

impl Discovery {
    pub(super) fn words(&self, of: &Finding) -> Words {
        const ASK_AGAIN: &str = "name a server that answers with --authoritative, or ask again";
        let (name, whose, place) = (&of.name, of.whose(), of.place());
        match self {
            Self::NoUsualNames(asked) => {
                says!("{name} has none of the {asked} names that mail records usually have")
                    .known("the zone's own name servers were asked, and public DNS knows no other way to list names")
                    .advise("name the records that your sending platform shows, or give them with --expect-file")
            }
            Self::UsualNamesNotAsked { silent, delegated } => {
                let message = format!(
                    "some of the names that mail records of {name} usually have could not be asked for"
                );
                let evidence = not_asked(*silent, delegated);
                Words { evidence, ..Words::new(message) }.advise(ASK_AGAIN)
            }
            Self::NotAsked { name, heard } => {
                says!("{name} could not be asked for").known(heard.describe()).advise(ASK_AGAIN)
            }
            Self::NotInSet { held, expected, of } => {
                says!("{name} points to {held}, which does not go with {of}")
                    .known(format!("beside {of} it would be a CNAME to {expected}"))
                    .advise(format!("compare it with what {whose} shows"))
            }
            Self::NotChecked { target, of: beside } => says!("{} that {whose} asks for beside {beside} was not checked: its name cannot be guessed",
                of.role.map_or("a record", Role::describe))
            .known(format!("it is a CNAME to {target}"))
            .advise(format!(
                "look up its name on {whose}'s page{place}, then: cf-domauth confirm --expect NAME={target}"
            )),
            Self::DkimMissing { at, host } => says!("{name} names {whose} as a sender, and no DKIM record of {whose} is there")
            .known(format!("Cloudflare's API: TXT at {at} names {host}"))
            .advise(format!(
                "copy the records from {whose}'s page{place} and give them with --expect-file -; if you left {whose}, \
                 take it out of the policy"
            )),
            Self::NotSeenByProvider { service, what, reason } => {
                let what = plain::sanitize_line(what);
                let reason = reason.as_deref().map(plain::sanitize_line);
                says!("{service} does not see {what} yet, although public DNS shows it")
                    .known_if(reason.is_some(), reason.unwrap_or_default())
                    .advise("it may hold an old answer: run fix again in some minutes, or press its own Verify button")
            }
        }
    }
}

fn not_asked(silent: usize, delegated: &[(DomainName, Vec<DomainName>)]) -> Vec<String> {
    let words = |(cut, to): &(DomainName, Vec<DomainName>)| {
        let heard = Observation::Delegated { cut: cut.clone(), to: to.clone() }.describe();
        format!("{heard}: names there have to be asked for with --authoritative")
    };
    let silent = (silent > 0).then(|| {
        format!("about {} no name server of the zone could say anything", plain::count(silent, "name"))
    });
    delegated.iter().map(words).chain(silent).collect()
}

impl Published {
    pub(super) fn words(&self, name: &DomainName) -> Words {
        let again = format!("ask again with `cf-domauth confirm {name}`");
        let unknown = || says!("{name} could not be confirmed: no name server gave a usable answer");
        match self {
            Self::Delegated(cut) => says!("{name} is not asked for at the zone's own name servers: {cut} was handed to others")
            .advise(format!(
                "file the record at the name servers of {cut}, and name one of them with --authoritative; or remove the \
                 NS record at {cut} if nobody needs it"
            )),
            Self::Stale(left) => {
                let wait = |left: u64| plain::seconds(left.max(1));
                let later = left.map(|left| format!("run `cf-domauth confirm {name}` again in {}", wait(left)));
                says!("{name} is published, but a resolver still holds an old answer")
                    .advise(later.unwrap_or(again))
            }
            Self::Wrong => says!("{name} does not lead where it should").advise(again),
            Self::Absent => says!("{name} shows no CNAME at the zone's own name servers").advise(
                "if it was changed a moment ago ask again in a minute; otherwise it is proxied, flattened or not there",
            ),
            Self::NotValidated => unknown().advise(
                "resolvers that check signatures refuse the answer: `cf-domauth explain dnssec-broken` tells what to do",
            ),
            Self::Silent => unknown().advise(
                "check that questions to port 53 leave this network, or name a resolver that can be reached, for \
                 example --resolver https://dns.google/dns-query",
            ),
            Self::Unknown => unknown().advise(again),
        }
    }
}

impl Edit {
    pub(super) fn words(&self, name: &DomainName, before: Option<&RecordFields>) -> Words {
        let message = match self {
            Self::Deleted => format!("{name} was deleted since the run"),
            Self::Changed(members) => format!("{name} was changed since the run ({})", members.join(", ")),
            Self::CreatedAndChanged(members) => {
                format!("{name} was changed since the run created it ({})", members.join(", "))
            }
            Self::LaterRun(run) => {
                format!("{name} was changed by the later run {run}: put that one back first")
            }
            Self::PutBackBy(run) => {
                format!("{name} was put back by run {run}; somebody has made the same change again since")
            }
            Self::AnotherTime => format!(
                "{name} is as the run wanted it, but no answer told that the run did it, and it was changed at another \
                 time"
            ),
            Self::Occupied(place, kind) => {
                format!("{place} now holds a {kind} record, which was not there before")
            }
            Self::NotUnderstood => format!("{name} cannot be understood"),
        };
        let before = before.map_or_else(|| "no record".to_owned(), in_words);
        Words::new(message)
            .known(format!("before the run: {before}"))
            .advise("left alone; if it should be as it was, put it back by hand in the dashboard")
    }
}

/// A record as a person types it into the dashboard.
fn in_words(members: &RecordFields) -> String {
    let word = |(member, value): (&String, &Value)| match (member.as_str(), value) {
        ("proxied", Value::Bool(true)) => "proxied".to_owned(),
        ("proxied", _) => "DNS only".to_owned(),
        ("ttl", value) if *value == 1 => "TTL automatic".to_owned(),
        (member, Value::String(text)) => format!("{member} {text}"),
        (member, value) => format!("{member} {value}"),
    };
    let is_said = |(_, value): &(&String, &Value)| {
        let is_empty =
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        !value.is_null() && !is_empty
    };
    members.iter().filter(is_said).map(word).collect::<Vec<_>>().join(", ")
}
