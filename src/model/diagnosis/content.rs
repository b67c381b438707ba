//! Aliases of nobody we know, recognised by what their target publishes. Pure.
//!
//! Only aliases that are proxied are of interest: of the others nothing would be changed. One whose target lies in
//! the domain of a DKIM target of the zone is likely a return path: where nobody can say what it publishes, a person
//! is asked.

use std::collections::BTreeMap;

use super::classify::{Content, is_other_business};
use super::{Scope, classify, count};
use crate::model::catalog::{Catalog, Publishes, Role, Signers};
use crate::model::dns::DomainName;
use crate::model::inventory::{Inventory, ListedAlias, ProxyStatus};
use crate::model::lookup::Observation;

/// What public DNS shows at a target that nothing else tells about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// What only mail needs.
    Mail(Content),
    /// Nothing that mail needs.
    Nothing,
    /// An SPF policy without a mail exchanger, or the other way round; or nobody could say, or not all was asked.
    Unclear,
}

/// What the texts at a target are for. `None` if mail needs none of them.
pub fn purpose(texts: &Observation) -> Option<Role> {
    let known = [
        (Publishes::DkimKey, Role::Dkim),
        (Publishes::Dmarc, Role::Dmarc),
        (Publishes::Spf, Role::ReturnPath),
    ];
    let found = known.into_iter().find(|(what, _)| count(texts, *what) > 0);
    found.map(|(_, role)| role)
}

/// What the texts and the mail exchangers at a target tell, before its addresses are known.
pub fn shown(texts: &Observation, exchangers: &Observation) -> Shown {
    let mail = |role| Shown::Mail(Content { role, is_host: false });
    let takes_bounces = count(exchangers, Publishes::Mx) > 0;
    match purpose(texts) {
        Some(Role::ReturnPath) if takes_bounces => mail(Role::ReturnPath),
        Some(Role::ReturnPath) => Shown::Unclear,
        Some(role) => mail(role),
        None if takes_bounces => Shown::Unclear,
        None if texts.is_definite() && exchangers.is_definite() => Shown::Nothing,
        None => Shown::Unclear,
    }
}

/// The targets that have to be looked at, and whether each keeps company with the zone's DKIM targets: of proxied
/// aliases in the zone that nothing else tells about.
pub fn unknown_targets<'h>(
    held: &'h Inventory,
    scope: &Scope,
    catalog: &Catalog,
) -> BTreeMap<&'h DomainName, bool> {
    let signers = signers(held, scope);
    let unknown = held.aliases().filter(|alias| {
        scope.covers(&alias.name)
            && !scope.is_named(&alias.name, &alias.target)
            && may_be_mail(held, alias, catalog)
            && classify(&alias.name, &alias.target, false, catalog).is_none()
    });
    unknown.map(|alias| (&alias.target, catalog.keeps_company(&alias.target, &signers))).collect()
}

/// Who signs the mail of the zone.
pub(super) fn signers<'a>(held: &'a Inventory, scope: &'a Scope) -> Signers<'a> {
    let expected = scope.expected.values().map(|one| (&one.name, &one.target));
    let held_too = held.aliases().map(|alias| (&alias.name, &alias.target));
    Signers::of(&held.zone.name, held_too.chain(expected))
}

/// Whether a proxied alias could be for mail.
pub(super) fn may_be_mail(held: &Inventory, alias: &ListedAlias, catalog: &Catalog) -> bool {
    alias.proxy == ProxyStatus::Proxied && !is_for_others(held, alias, catalog)
}

/// Whether an alias is a web site's by custom, or for anything else than mail.
pub(super) fn is_for_others(held: &Inventory, alias: &ListedAlias, catalog: &Catalog) -> bool {
    let zone = &held.zone.name;
    let is_web = alias.name == *zone || matches!(alias.name.first_label(), "*" | "www" | "mta-sts");
    is_web || alias.target.is_within(zone) || is_other_business(&alias.name, &alias.target, catalog)
}

#[cfg(test)]
mod tests {
    use super::super::DnsEvidence;
    use super::super::tests::found;
    use super::*;
    use crate::model::catalog::Treatment;
    use crate::model::lookup::{Seen, SeenData};
    use crate::testing::{catalog, cname, inventory, name, proxied};

    fn shows(data: SeenData) -> Observation {
        Observation::Answer(vec![Seen { name: name("x.test"), ttl: 60, data }])
    }

    fn text(text: &str) -> Observation {
        shows(SeenData::Text(text.to_owned()))
    }

    #[test]
    fn only_what_mail_needs_tells_that_a_record_is_for_mail() {
        assert_eq!(purpose(&text("v=spf1 -all")), Some(Role::ReturnPath));
        assert_eq!(purpose(&text("v=DMARC1; p=none")), Some(Role::Dmarc));
        assert_eq!(purpose(&text("google-site-verification=abc")), None);
        assert_eq!(purpose(&text("v=DKIM1; p=")), None, "a revoked key proves no use");
        assert_eq!(purpose(&Observation::Silent), None);
    }

    #[test]
    fn a_lone_dot_takes_no_mail() {
        assert_eq!(count(&shows(SeenData::Exchanger("mx.test.".into())), Publishes::Mx), 1);
        assert_eq!(count(&shows(SeenData::Exchanger(".".into())), Publishes::Mx), 0);
        assert_eq!(count(&Observation::NoData { negative_ttl: None }, Publishes::Mx), 0);
    }

    #[test]
    fn only_who_provably_publishes_neither_policy_nor_exchanger_is_no_return_path() {
        let none = || Observation::NoData { negative_ttl: None };
        let exchanger = || shows(SeenData::Exchanger("mx.test.".into()));
        let mail = Shown::Mail(Content { role: Role::ReturnPath, is_host: false });
        assert_eq!(shown(&text("v=spf1 -all"), &exchanger()), mail);
        assert_eq!(shown(&text("v=spf1 -all"), &none()), Shown::Unclear);
        assert_eq!(shown(&none(), &exchanger()), Shown::Unclear);
        assert_eq!(shown(&none(), &none()), Shown::Nothing);
        for (texts, exchangers) in [
            (Observation::Silent, none()),
            (none(), Observation::Silent),
            (text("v=spf1 -all"), Observation::Silent),
        ] {
            assert_eq!(shown(&texts, &exchangers), Shown::Unclear);
        }
    }

    #[test]
    fn an_alias_in_the_company_of_a_key_is_asked_about_unless_its_target_is_seen_to_be_no_mail() {
        const BOUNCES: &str = "bounces.mailer.test";
        let records = |label: &str, target: &str| {
            inventory(vec![cname("k1._domainkey", "k1.keys.mailer.test"), proxied(label, target)])
        };
        let lines = |held: &Inventory, seen: Option<Shown>| {
            let contents = seen.map(|seen| (name(BOUNCES), seen)).into_iter().collect();
            found(held, &Scope { contents, ..Scope::default() }, &DnsEvidence::default())
        };
        let held = records("bounce", BOUNCES);
        assert!(unknown_targets(&held, &Scope::default(), &catalog())[&name(BOUNCES)]);
        let asked = ["proxied bounce.example.com -"];
        for unsure in [None, Some(Shown::Unclear)] {
            assert_eq!(lines(&held, unsure), asked, "{unsure:?}");
        }
        assert_eq!(lines(&held, Some(Shown::Nothing)), Vec::<String>::new());
        let mail = Shown::Mail(Content { role: Role::ReturnPath, is_host: false });
        assert_eq!(lines(&held, Some(mail)), ["proxied bounce.example.com set-dns-only"]);
        for (label, target) in [("www", BOUNCES), ("app", "app.other.test"), ("app", "app.example.com")] {
            assert_eq!(lines(&records(label, target), None), Vec::<String>::new(), "{label} {target}");
        }
        let dns_only = inventory(vec![cname("k1._domainkey", "k1.mailer.test"), cname("bounce", BOUNCES)]);
        assert_eq!(lines(&dns_only, None), Vec::<String>::new());
        let named = Scope { only: [name("bounce.example.com")].into(), ..Scope::default() };
        let lines = found(&held, &named, &DnsEvidence::default());
        assert_eq!(lines, ["proxied bounce.example.com set-dns-only"], "once somebody names it");
    }

    #[test]
    fn what_could_be_a_web_site_needs_a_word_from_a_person() {
        let of = |is_host| Content { role: Role::ReturnPath, is_host }.treatment();
        assert_eq!(of(false), Treatment::Fix);
        assert_eq!(of(true), Treatment::Confirm);
    }
}
