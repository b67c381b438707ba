//! Records that point where nothing usable is published. Pure.
//!
//! Judged by what public resolvers say about the *target*, not about the record: the customer's own name is
//! never asked for before it is right, and what is wrong here is wrong at the provider or in the target.

use super::{Case, Code, Finding, MailRecord, Severity, about};
use crate::model::catalogue::Publishes;
use crate::model::lookup::{Observation, SeenData};
use crate::model::mailauth::{self, BadKey, Policy};
use crate::model::plain;

/// What public resolvers say stands behind a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtTarget {
    /// TXT, through further aliases.
    pub texts: Observation,
    /// MX, through further aliases; [`Observation::Silent`] if nobody was asked.
    pub exchangers: Observation,
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    // What points into the zone by mistake is told by another finding.
    let is_meant = |record: &MailRecord| case.meant_target(&record.name).is_none();
    let ours = case.records.iter().filter(|record| record.may_be_mended() && is_meant(record));
    ours.filter_map(|record| finding(record, case.outside.behind.get(&record.target)?)).collect()
}

/// Only a definite answer is a finding. The first trouble stands for what follows from it.
fn finding(record: &MailRecord, behind: &AtTarget) -> Option<Finding> {
    let wanted = &record.recognition.publishes;
    if matches!(behind.texts, Observation::NoName { .. }) {
        let why = format!("{} points to {}, which does not exist", record.name, record.target);
        return Some(described(record, Code::TargetGone, Severity::Error, why, &behind.texts));
    }
    if wanted.contains(&Publishes::DkimKey) && behind.texts.is_definite() {
        return key(record, &behind.texts);
    }
    if wanted.contains(&Publishes::Dmarc) && behind.texts.is_definite() {
        return policy(record, &behind.texts);
    }
    return_path(record, behind)
}

fn key(record: &MailRecord, heard: &Observation) -> Option<Finding> {
    let name = &record.name;
    let keys: Vec<_> = heard.texts().filter_map(mailauth::dkim_key).collect();
    let (code, severity, why) = match keys.as_slice() {
        [] => (Code::KeyMissing, Severity::Error, format!("no DKIM key stands behind {name}")),
        [_, _, ..] => {
            let why = format!("{} DKIM keys stand behind {name}: receivers take either, or none", keys.len());
            (Code::KeyInvalid, Severity::Error, why)
        }
        [Ok(key)] if key.is_testing => {
            let why = format!("the DKIM key behind {name} says that it is only for testing (t=y)");
            (Code::KeyWeak, Severity::Warning, why)
        }
        [Ok(_)] => return None,
        [Err(bad)] => {
            let code = match bad {
                BadKey::Revoked => Code::KeyRevoked,
                BadKey::TooShort(_) => Code::KeyWeak,
                _ => Code::KeyInvalid,
            };
            (code, Severity::Error, format!("the DKIM key behind {name} cannot be used: {bad}"))
        }
    };
    Some(described(record, code, severity, why, heard))
}

fn policy(record: &MailRecord, heard: &Observation) -> Option<Finding> {
    let (code, what) = match count(heard, Policy::Dmarc) {
        0 => (Code::DmarcMissing, "no DMARC policy stands".to_owned()),
        1 => return None,
        many => (Code::DmarcDuplicated, format!("{many} DMARC policies stand")),
    };
    let why = format!("{what} behind {}", record.name);
    Some(described(record, code, Severity::Error, why, heard))
}

/// The return path needs one SPF policy, and somebody who takes the bounces.
///
/// Source: RFC 7208 section 4.5 (two policies are an error), RFC 5321 section 5.1; checked 2026-11-24.
fn return_path(record: &MailRecord, behind: &AtTarget) -> Option<Finding> {
    let wanted = &record.recognition.publishes;
    let mut lacks: Vec<String> = Vec::new();
    if wanted.contains(&Publishes::Spf) && behind.texts.is_definite() {
        match count(&behind.texts, Policy::Spf) {
            0 => lacks.push("no SPF policy".to_owned()),
            1 => {}
            many => lacks.push(format!("{many} SPF policies, which count as none")),
        }
    }
    let takes_mail =
        |heard: &Observation| heard.records().iter().any(|seen| matches!(seen.data, SeenData::Exchanger(_)));
    if wanted.contains(&Publishes::Mx) && behind.exchangers.is_definite() && !takes_mail(&behind.exchangers) {
        lacks.push("no mail exchanger".to_owned());
    }
    if lacks.is_empty() {
        return None;
    }
    let why =
        format!("{} stands behind {}, so SPF fails or bounces are lost", lacks.join(" and "), record.name);
    let heard = if behind.texts.is_definite() { &behind.texts } else { &behind.exchangers };
    Some(described(record, Code::ReturnPathBroken, Severity::Error, why, heard))
}

fn count(heard: &Observation, wanted: Policy) -> usize {
    heard.texts().filter(|text| mailauth::policy(text) == wanted).count()
}

fn described(
    record: &MailRecord,
    code: Code,
    severity: Severity,
    why: String,
    heard: &Observation,
) -> Finding {
    let mut finding = about(record, code, severity, why);
    finding.evidence.push(format!("Cloudflare's API: CNAME {}", record.target));
    finding.evidence.push(format!("public DNS about {}: {}", record.target, plain::line(&heard.describe())));
    let whose = record.recognition.provider.as_ref().map_or("your provider", |provider| &provider.name);
    finding.advice = Some(format!(
        "compare the target with what {whose} shows today; if it is the same there, {whose} has to mend it"
    ));
    finding
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Outside, Scope};
    use super::*;
    use crate::model::lookup::Seen;
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

    fn with(target: &str, texts: Observation, exchangers: Observation) -> Outside {
        Outside { behind: [(name(target), AtTarget { texts, exchangers })].into(), ..Outside::default() }
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
