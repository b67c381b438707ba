//! What tells that records are gone without naming them: policies that speak of a provider which has no DKIM
//! record here, and an audit log that nobody may read. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{CheckContext, Discovery, Finding, ZoneProblem};
use crate::model::catalog::{self, Entry, Provider, Role};
use crate::model::dns::{DomainName, RecordType};
use crate::model::inventory::{HeldRecord, Inventory, ListedAlias};
use crate::model::mailauth;

/// `known` is what the other checks found: a provider whose records are told as missing is not told again.
pub(super) fn check(case: &CheckContext<'_>, known: &[Finding]) -> Vec<Finding> {
    let zone = &case.held.zone.name;
    let unread = case.outside.unread_log.iter();
    let unread = unread.map(|why| Finding::new(ZoneProblem::AuditLogUnread(why.clone()), zone));
    let mut findings: Vec<Finding> = unread.collect();
    if case.scope.is_restricted || !super::serving::edits_take_effect(&case.held.zone) {
        return findings;
    }
    let is_told = |id: &str| known.iter().filter_map(|one| one.provider.as_ref()).any(|one| *one.id == *id);
    let named = named_providers(case).into_values();
    let lacking = named.filter(|(provider, _)| !is_told(&provider.id) && !has_key(case, &provider.id));
    let finding = |(provider, problem)| Finding::new(problem, zone).provider(provider).role(Role::Dkim);
    findings.extend(lacking.map(finding));
    findings
}

/// Whether the zone holds something in the place of an alias that was deleted: an alias at its name or, for the
/// same domain, to its target; or the key or policy itself. A name with the zone in it twice never was one.
pub fn stands_for(held: &Inventory, name: &DomainName, target: &DomainName) -> bool {
    let domain = |name: &DomainName| {
        let is_marker = |label: &str| matches!(label, "_domainkey" | "domainkey");
        let marker = name.and_ancestors().skip(1).find(|above| is_marker(above.first_label()));
        marker.as_ref().unwrap_or(name).parent()
    };
    let is_moved = |alias: &ListedAlias| {
        alias.name == *name || (alias.target == *target && domain(&alias.name) == domain(name))
    };
    let is_itself = |record: &HeldRecord| match record.kind {
        RecordType::Mx => true,
        RecordType::Txt => mailauth::policy(&mailauth::logical(&record.content)) != mailauth::Policy::Other,
        _ => false,
    };
    held.aliases().any(is_moved)
        || held.at(name).any(is_itself)
        || super::malformed::is_doubled(name, &held.zone.name)
}

/// The hosts that a text hands mail over to: `include:` and `redirect=` of an SPF policy, and the domains that
/// DMARC reports go to.
///
/// Source: RFC 7208 sections 5.2 and 6.1, RFC 7489 section 6.3; checked 2026-11-25.
fn hosts(text: &str) -> Vec<DomainName> {
    let host = |term: &str| {
        let term = term.trim_start_matches(['+', '-', '~', '?']);
        let spf = term.strip_prefix("include:").or_else(|| term.strip_prefix("redirect="));
        DomainName::parse(spf?).ok()
    };
    let address = |part: &str| {
        let (_, domain) = part.trim().strip_prefix("mailto:")?.split_once('@')?;
        DomainName::parse(domain.split('!').next()?).ok()
    };
    match mailauth::policy(text) {
        mailauth::Policy::Spf => text.to_ascii_lowercase().split_whitespace().filter_map(host).collect(),
        mailauth::Policy::Dmarc => {
            let lower = text.to_ascii_lowercase();
            let tags = lower.split(';').filter_map(|tag| tag.trim().split_once('='));
            let reports = tags.filter(|(tag, _)| matches!(tag.trim(), "rua" | "ruf"));
            reports.flat_map(|(_, list)| list.split(',').filter_map(address).collect::<Vec<_>>()).collect()
        }
        _ => Vec::new(),
    }
}

/// The providers that the zone's policies name, by their short name, each with what is wrong if it has no key.
fn named_providers(case: &CheckContext<'_>) -> BTreeMap<Box<str>, (Arc<Provider>, Discovery)> {
    let texts = case.held.notable().filter(|record| record.kind == RecordType::Txt);
    let mut found = BTreeMap::new();
    for record in texts {
        for host in hosts(&mailauth::logical(&record.content)) {
            if let Some(provider) = case.catalog.signer_at(&host) {
                let problem = Discovery::DkimMissing { at: record.name.clone(), host: host.clone() };
                found.entry(provider.id.clone()).or_insert((Arc::clone(provider), problem));
            }
        }
    }
    found
}

/// Whether a DKIM key of the provider may be there: an alias to it, or a key as text that no other provider asks
/// for at that name.
fn has_key(case: &CheckContext<'_>, id: &str) -> bool {
    let is_key = |name: &DomainName| name.labels().any(|label| label == "_domainkey");
    let known = |alias: &ListedAlias| case.catalog.find_record(&alias.name, &alias.target);
    let is_theirs = |entry: Option<&Entry>| {
        entry.is_some_and(|entry| *entry.provider.id == *id && entry.role == Role::Dkim)
    };
    let others = case.catalog.providers().filter(|provider| *provider.id != *id);
    let others: BTreeSet<&str> = others
        .flat_map(|provider| provider.texts.iter().map(|(_, name)| name.as_str()))
        .filter(|name| !catalog::is_common(name))
        .collect();
    let may_be_theirs = |name: &DomainName| {
        let relative = name.as_str().strip_suffix(case.held.zone.name.as_str()).unwrap_or_default();
        is_key(name) && !others.contains(relative.trim_end_matches('.'))
    };
    // A key elsewhere: at servers of others, or behind a target that nobody knows.
    let is_unknown = |alias: &ListedAlias| is_key(&alias.name) && known(alias).is_none();
    case.held.aliases().any(|alias| is_theirs(known(alias)) || is_unknown(alias))
        || case.held.notable().any(|record| match record.kind {
            RecordType::Ns => is_key(&record.name),
            RecordType::Txt => may_be_theirs(&record.name),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, Scope};
    use crate::testing::{cname, inventory, name, record};

    fn lines(records: Vec<crate::model::inventory::HeldRecord>) -> Vec<String> {
        let all = found(&inventory(records), &Scope::default(), &DnsEvidence::default());
        all.into_iter().filter(|line| line.starts_with("dkim-missing")).collect()
    }

    fn spf(text: &str) -> crate::model::inventory::HeldRecord {
        record("example.com", "TXT", text)
    }

    const TOLD: [&str; 1] = ["dkim-missing example.com -"];

    #[test]
    fn a_policy_that_names_a_provider_without_a_dkim_record_is_told() {
        assert_eq!(lines(vec![spf("v=spf1 include:sendgrid.net ~all")]), TOLD);
        assert_eq!(lines(vec![spf("\"v=spf1 ?include:SendGrid.net \" \"-all\"")]), TOLD);
        let reports = "v=DMARC1; p=none; rua=mailto:a@example.com, mailto:x@reports.sendgrid.net!10m";
        assert_eq!(lines(vec![record("_dmarc.example.com", "TXT", reports)]), TOLD);
    }

    #[test]
    fn a_provider_that_has_a_key_here_or_may_have_one_is_not_told() {
        let policy = || spf("v=spf1 include:sendgrid.net ~all");
        let alias = cname("s1._domainkey", "s1.domainkey.u1.wl1.sendgrid.net");
        assert!(lines(vec![policy(), alias]).is_empty());
        let text = |at: &str| record(at, "TXT", "v=DKIM1; p=x");
        assert!(lines(vec![policy(), text("m1._domainkey.example.com")]).is_empty(), "keys of its own");
        assert_eq!(lines(vec![policy(), text("google._domainkey.example.com")]), TOLD, "another's key");
        for stranger in ["v=spf1 include:_spf.example.net ~all", "v=spf1 include:evilsendgrid.net ~all", "x"]
        {
            assert!(lines(vec![spf(stranger)]).is_empty(), "{stranger}");
        }
    }

    #[test]
    fn what_was_moved_corrected_or_written_as_text_stands_for_what_was_deleted() {
        const KEY: &str = "s1.domainkey.u1.wl1.sendgrid.net";
        let stands = |records, at: &str| super::stands_for(&inventory(records), &name(at), &name(KEY));
        let alias = |at: &str| vec![cname(at, KEY)];
        assert!(stands(alias("s1._domainkey"), "s1.domainkey.example.com"), "the label was mistyped");
        assert!(stands(alias("em5678"), "em1234.example.com"), "it has another name");
        assert!(!stands(alias("em1234.shop"), "em1234.example.com"), "that is another domain's");
        assert!(stands(vec![], "s1._domainkey.example.com.example.com"), "it never was a name");
        let text = |text| vec![record("s1._domainkey.example.com", "TXT", text)];
        assert!(!stands(text("some other text"), "s1._domainkey.example.com"));
        assert!(stands(text("v=DKIM1; p="), "s1._domainkey.example.com"), "a key, though taken back");
        assert!(!stands(vec![], "s1._domainkey.example.com"));
    }
}
