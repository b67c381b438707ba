//! What there is to say of one name in a letter. Pure.

use std::collections::BTreeSet;

use crate::model::catalog::Publishes;
use crate::model::confirm::request::LetterFacts;
use crate::model::confirm::{Agreement, Behind, Confirmation, ShownInstead, Verdict, Word};
use crate::model::confirm::{cut, is_refused_by_validators};
use crate::model::diagnosis::{Code, Finding};
use crate::model::dns::DomainName;
use crate::model::lookup::Kind;

crate::model::words::words! {
    /// What there is to say, in the order in which it is said: first what has to be changed, then what is open. The words
    /// are those of the texts.
    #[derive(PartialOrd, Ord, serde::Deserialize)]
    pub(super) enum Topic {
        /// Cloudflare answers with its own addresses.
        Proxied = "change_proxied",
        /// Cloudflare answers with the addresses behind the target.
        Flattened = "change_flattened",
        /// Another address stands there.
        Address = "change_address",
        /// It points elsewhere than somebody said.
        Retarget = "change_retarget",
        /// It is not there, and somebody said what belongs there.
        Create = "change_create",
        /// It is not there, and others of its set tell what belongs there.
        Derived = "change_derived",
        /// It is not there, and nothing tells what belongs there.
        Compare = "change_compare",
        /// What belongs there, for a provider of DNS whose pages we do not know.
        Exact = "change_exact",
        /// The same where nothing tells what belongs there.
        Unseen = "change_unseen",
        /// Nothing usable stands behind it.
        Behind = "open_behind",
        /// Other servers answer for that part of the zone.
        Delegated = "open_delegated",
        /// Servers that check signatures refuse the answer.
        Dnssec = "open_dnssec",
        /// The authoritative servers contradict one another.
        Disagree = "open_disagree",
        /// A resolver gives another answer for longer than it may.
        Persisting = "open_persisting",
        /// No name server gave a usable answer.
        Unheard = "open_unheard",
        /// It is hidden, and may be for mail or not.
        Hidden = "open_hidden",
        /// It contradicts the rest of its set.
        Odds = "open_odds",
        /// It is right at the source, and old answers live elsewhere.
        Waiting = "waiting_unknown",
        /// It is as somebody said.
        Right = "right",
        /// It is usable, and nobody said what it ought to be.
        Found = "found",
        /// It is there, and nothing shows that it is for mail.
        Unclear = "unclear",
        /// It is not for mail.
        NoMail = "no_mail",
    }
}

impl Topic {
    /// Whether the reader has to change something.
    pub(super) fn is_change(self) -> bool {
        self <= Self::Unseen
    }

    /// Whether it can neither be called right nor be changed right away.
    pub(super) fn is_open(self) -> bool {
        self > Self::Unseen && self <= Self::Odds
    }

    /// What there is to say of `one`, and the word in it that several names may have in common.
    pub(super) fn of(
        one: &Confirmation,
        facts: &LetterFacts,
        findings: &[Finding],
        is_elsewhere: bool,
    ) -> (Self, String) {
        let topic = match at_cloudflare(one, facts, findings) {
            topic if !is_elsewhere || !topic.is_change() => topic,
            _ if facts.named.contains(&one.name) => Self::Exact,
            _ => Self::Unseen,
        };
        (topic, topic.detail(one, findings))
    }

    fn detail(self, one: &Confirmation, findings: &[Finding]) -> String {
        let odds = || findings.iter().find(|finding| is_at_odds(finding, &one.name))?.provider.as_ref();
        match self {
            Self::Behind => what_is_missing(one),
            Self::Delegated => cut(one).map(ToString::to_string).unwrap_or_default(),
            Self::Odds => odds().map(|provider| provider.name.to_string()).unwrap_or_default(),
            _ => String::new(),
        }
    }
}

fn at_cloudflare(one: &Confirmation, facts: &LetterFacts, findings: &[Finding]) -> Topic {
    let shows = facts.shows.get(&one.name);
    let is_unclear = facts.unclear.contains(&one.name);
    let is_named = facts.named.contains(&one.name);
    let is_different = has(one, Kind::Authoritative, Agreement::Different);
    match one.verdict {
        Verdict::Unknown if matches!(shows, Some(ShownInstead::Proxied(_))) && !is_unclear => Topic::Proxied,
        Verdict::Unknown if cut(one).is_some() => Topic::Delegated,
        Verdict::Unknown if is_refused_by_validators(one) => Topic::Dnssec,
        Verdict::Unknown => Topic::Unheard,
        _ if facts.no_mail.contains(&one.name) => Topic::NoMail,
        Verdict::Absent if is_unclear && shows.is_some() => Topic::Hidden,
        Verdict::Absent | Verdict::Wrong if is_contradicted(one) => Topic::Disagree,
        Verdict::Absent => missing(one, shows, is_named),
        _ if is_unclear => Topic::Unclear,
        Verdict::Wrong if is_different && is_named => Topic::Retarget,
        Verdict::Wrong if is_different => Topic::Disagree,
        Verdict::Wrong if one.servers.iter().any(|word| word.standing == Agreement::Unusable) => {
            Topic::Behind
        }
        Verdict::Wrong => Topic::Persisting,
        Verdict::Stale => Topic::Waiting,
        Verdict::Confirmed if findings.iter().any(|finding| is_at_odds(finding, &one.name)) => Topic::Odds,
        Verdict::Confirmed if is_named => Topic::Right,
        Verdict::Confirmed => Topic::Found,
    }
}

fn missing(one: &Confirmation, shows: Option<&ShownInstead>, is_named: bool) -> Topic {
    match (shows, &one.expected) {
        (Some(ShownInstead::Proxied(_)), _) => Topic::Proxied,
        (Some(ShownInstead::Flattened(_)), _) => Topic::Flattened,
        (Some(ShownInstead::Address(_)), _) => Topic::Address,
        (None, Some(_)) if is_named => Topic::Create,
        (None, Some(_)) => Topic::Derived,
        (None, None) => Topic::Compare,
    }
}

fn is_at_odds(finding: &Finding, name: &DomainName) -> bool {
    finding.code() != Code::Unconfirmed && finding.name == *name
}

fn has(one: &Confirmation, kind: Kind, standing: Agreement) -> bool {
    one.servers.iter().any(|word| word.server.kind == kind && word.standing == standing)
}

/// Whether some authoritative servers show what is wanted, and others do not.
fn is_contradicted(one: &Confirmation) -> bool {
    let differs = [Agreement::Different, Agreement::Persisting];
    has(one, Kind::Authoritative, Agreement::Right)
        && differs.into_iter().any(|standing| has(one, Kind::Authoritative, standing))
}

/// The kinds of records that are missing or too many behind an alias: words that all languages share.
fn what_is_missing(one: &Confirmation) -> String {
    let word = |what: &Publishes| match what {
        Publishes::DkimKey => "DKIM",
        Publishes::Spf => "SPF",
        Publishes::Mx => "MX",
        Publishes::Dmarc => "DMARC",
    };
    let behind = |server: &Word| match &server.behind {
        Behind::Missing(list) => list.iter().map(word).collect(),
        Behind::Several(what, _) => vec![word(what)],
        _ => Vec::new(),
    };
    let words: BTreeSet<&str> = one.servers.iter().flat_map(behind).collect();
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// Where the authoritative servers say that a name points now.
pub(super) fn target_now(one: &Confirmation) -> Option<&DomainName> {
    let source = one.servers.iter().filter(|word| word.server.kind == Kind::Authoritative);
    let mut heard = source.filter_map(|word| word.observation.as_ref());
    heard.find_map(|heard| heard.alias_at(&one.name).map(|(alias, _)| alias))
}
