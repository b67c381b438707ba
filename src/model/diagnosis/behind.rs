//! Records that point where nothing usable is published. Pure.
//!
//! Judged by what public resolvers say about the *target*, not about the record: the customer's own name is
//! never asked for before it is right, and what is wrong here is wrong at the provider or in the target.

use super::{CheckContext, Code, Finding, MailRecord, Problem, Severity, malformed};
use crate::model::catalog::Publishes;
use crate::model::lookup::Observation;
use crate::model::mailauth::{self, BadKey, Policy};

/// What public resolvers say stands behind a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtTarget {
    /// TXT, through further aliases.
    pub texts: Observation,
    /// MX, through further aliases; [`Observation::Silent`] if nobody was asked.
    pub exchangers: Observation,
}

/// What is wrong with what a target publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetProblem {
    /// It does not exist.
    Gone,
    /// No DKIM key.
    NoKey,
    /// So many DKIM keys.
    SeveralKeys(usize),
    /// A DKIM key that says it is only for testing.
    TestingKey,
    /// A DKIM key that cannot be used.
    BadKey(BadKey),
    /// No DMARC policy.
    NoDmarc,
    /// So many DMARC policies.
    SeveralDmarc(usize),
    /// A return path that does not work: how many SPF policies stand there, if not one, and whether nobody takes the
    /// bounces.
    ReturnPath { spf: Option<usize>, lacks_mx: bool },
}

impl TargetProblem {
    pub(super) fn class(&self) -> (Code, Severity) {
        let code = match self {
            Self::Gone => Code::TargetGone,
            Self::NoKey => Code::KeyMissing,
            Self::BadKey(BadKey::Revoked) => Code::KeyRevoked,
            Self::BadKey(BadKey::TooShort(_)) => Code::KeyWeak,
            Self::SeveralKeys(_) | Self::BadKey(_) => Code::KeyInvalid,
            Self::TestingKey => return (Code::KeyWeak, Severity::Warning),
            Self::NoDmarc => Code::DmarcMissing,
            Self::SeveralDmarc(_) => Code::DmarcDuplicated,
            Self::ReturnPath { .. } => Code::ReturnPathBroken,
        };
        (code, Severity::Error)
    }
}

pub(super) fn finding(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    // What points into the zone by mistake is told by another finding.
    let is_meant = malformed::meant_target(case, &record.name).is_none();
    let behind = case.outside.behind.get(&record.target).filter(|_| is_meant)?;
    let problem = problem(&record.classification.publishes, behind)?;
    let heard = if behind.texts.is_definite() { &behind.texts } else { &behind.exchangers };
    let (target, heard) = (record.target.clone(), heard.clone());
    Some(Finding::about(record, Problem::Target { target, heard, problem }))
}

/// Only a definite answer is a finding. The first trouble stands for what follows from it.
fn problem(wanted: &[Publishes], behind: &AtTarget) -> Option<TargetProblem> {
    if matches!(behind.texts, Observation::NoName { .. }) {
        return Some(TargetProblem::Gone);
    }
    if wanted.contains(&Publishes::DkimKey) && behind.texts.is_definite() {
        return key(&behind.texts);
    }
    if wanted.contains(&Publishes::Dmarc) && behind.texts.is_definite() {
        return match count(&behind.texts, Publishes::Dmarc) {
            0 => Some(TargetProblem::NoDmarc),
            1 => None,
            many => Some(TargetProblem::SeveralDmarc(many)),
        };
    }
    return_path(wanted, behind)
}

fn key(heard: &Observation) -> Option<TargetProblem> {
    let keys: Vec<_> = heard.texts().filter_map(mailauth::dkim_key).collect();
    match keys.as_slice() {
        [] => Some(TargetProblem::NoKey),
        [Ok(key)] => key.is_testing.then_some(TargetProblem::TestingKey),
        [Err(bad)] => Some(TargetProblem::BadKey(bad.clone())),
        many => Some(TargetProblem::SeveralKeys(many.len())),
    }
}

/// The return path needs one SPF policy, and somebody who takes the bounces.
///
/// Source: RFC 7208 section 4.5 (two policies are an error), RFC 5321 section 5.1; checked 2026-11-24.
fn return_path(wanted: &[Publishes], behind: &AtTarget) -> Option<TargetProblem> {
    let is_judged = wanted.contains(&Publishes::Spf) && behind.texts.is_definite();
    let spf = is_judged.then(|| count(&behind.texts, Publishes::Spf)).filter(|many| *many != 1);
    let is_judged = wanted.contains(&Publishes::Mx) && behind.exchangers.is_definite();
    let lacks_mx = is_judged && count(&behind.exchangers, Publishes::Mx) == 0;
    (spf.is_some() || lacks_mx).then_some(TargetProblem::ReturnPath { spf, lacks_mx })
}

/// How many of what has to stand behind a name an answer shows; none where no key of several can be used.
///
/// Source: RFC 6376 section 3.6.2.2 (what several keys mean is not defined); checked 2026-11-27.
pub fn count(heard: &Observation, wanted: Publishes) -> usize {
    let policies = |wanted: Policy| heard.texts().filter(|text| mailauth::policy(text) == wanted).count();
    match wanted {
        Publishes::DkimKey => {
            let keys: Vec<_> = heard.texts().filter_map(mailauth::dkim_key).collect();
            if keys.iter().any(Result::is_ok) { keys.len() } else { 0 }
        }
        Publishes::Spf => policies(Policy::Spf),
        Publishes::Dmarc => policies(Policy::Dmarc),
        Publishes::Mx => heard.exchangers().count(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, Scope};
    use super::*;
    use crate::model::lookup::{Seen, SeenData};
    use crate::testing::{cname, inventory, name, proxied};

    const KEY: &str = include_str!("../../../fixtures/sandbox/dkim-key.txt");
    const DKIM: &str = "s1.domainkey.u1.wl1.sendgrid.net";
    const PATH: &str = "u1.wl1.sendgrid.net";
    const NONE: Observation = Observation::NoData { negative_ttl: None };

    fn texts(target: &str, texts: &[&str]) -> Observation {
        let seen =
            |text: &&str| Seen { name: name(target), ttl: 300, data: SeenData::Text((*text).to_owned()) };
        Observation::Answer(texts.iter().map(seen).collect())
    }

    fn exchanger() -> Observation {
        let data = SeenData::Exchanger("mx.sendgrid.net".to_owned());
        Observation::Answer(vec![Seen { name: name(PATH), ttl: 300, data }])
    }

    fn with(target: &str, texts: Observation, exchangers: Observation) -> DnsEvidence {
        DnsEvidence {
            behind: [(name(target), AtTarget { texts, exchangers })].into(),
            ..DnsEvidence::default()
        }
    }

    fn of_key(heard: Observation) -> Vec<String> {
        let held = inventory(vec![cname("s1._domainkey", DKIM)]);
        let outside = with(DKIM, heard, Observation::Silent);
        let lines = found(&held, &Scope::default(), &outside);
        lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn every_trouble_with_a_key_has_its_word() {
        assert!(of_key(texts(DKIM, &[KEY])).is_empty());
        assert!(of_key(Observation::Silent).is_empty(), "silence proves nothing");
        assert_eq!(of_key(Observation::NoName { negative_ttl: None }), ["target-gone"]);
        assert_eq!(of_key(NONE), ["key-missing"]);
        assert_eq!(of_key(texts(DKIM, &["google-site-verification=abc"])), ["key-missing"]);
        assert_eq!(of_key(texts(DKIM, &["v=DKIM1; p="])), ["key-revoked"]);
        assert_eq!(of_key(texts(DKIM, &["v=DKIM1; p=<key>"])), ["key-invalid"]);
        assert_eq!(of_key(texts(DKIM, &[KEY, KEY])), ["key-invalid"]);
        assert_eq!(of_key(texts(DKIM, &[&KEY.replace("t=s", "t=y")])), ["key-weak"]);
    }

    #[test]
    fn a_return_path_needs_one_policy_and_an_exchanger() {
        let of = |texts: Observation, exchangers: Observation| {
            let held = inventory(vec![cname("em1", PATH)]);
            found(&held, &Scope::default(), &with(PATH, texts, exchangers))
        };
        let spf = || texts(PATH, &["v=spf1 ip4:192.0.2.1 -all"]);
        let broken = ["return-path-broken em1.example.com -"];
        assert!(of(spf(), exchanger()).is_empty());
        assert!(of(spf(), Observation::Silent).is_empty());
        assert!(of(Observation::Silent, exchanger()).is_empty());
        assert_eq!(of(NONE, exchanger()), broken);
        assert_eq!(of(spf(), NONE), broken);
        assert_eq!(of(texts(PATH, &["v=spf1 -all", "v=spf1 ~all"]), exchanger()), broken);
        let null = Seen { name: name(PATH), ttl: 300, data: SeenData::Exchanger(".".to_owned()) };
        assert_eq!(of(spf(), Observation::Answer(vec![null])), broken, "a lone dot takes no mail");
    }

    #[test]
    fn a_key_beside_a_revoked_one_is_two_keys_to_everybody() {
        let both = texts(DKIM, &[KEY, "v=DKIM1; p="]);
        assert_eq!((count(&both, Publishes::DkimKey), of_key(both)), (2, vec!["key-invalid".to_owned()]));
        assert_eq!(count(&texts(DKIM, &["v=DKIM1; p="]), Publishes::DkimKey), 0);
    }

    #[test]
    fn a_selector_that_microsoft_does_not_use_now_is_no_finding() {
        let target = "selector2-example-com._domainkey.contoso.onmicrosoft.com";
        let held = inventory(vec![cname("selector2._domainkey", target)]);
        assert!(found(&held, &Scope::default(), &with(target, NONE, Observation::Silent)).is_empty());
    }

    #[test]
    fn what_is_left_alone_is_not_judged() {
        let held = inventory(vec![proxied("url1", "sendgrid.net")]);
        let outside = with("sendgrid.net", Observation::NoName { negative_ttl: None }, Observation::Silent);
        assert_eq!(found(&held, &Scope::default(), &outside), ["tracking-proxied url1.example.com -"]);
    }
}
