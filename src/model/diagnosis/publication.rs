//! Records that the API shows as right and public DNS does not. Pure.

use super::{CheckContext, Evidence, Finding, Hidden, MailRecord};
use crate::model::inventory::ProxyStatus;

/// Only a definite answer can disagree: silence proves nothing. Where another finding explains the
/// difference, this one stays away.
pub(super) fn finding(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    let observation = case.outside.published.get(&record.name)?;
    let (_, alias) = case.held.alias_at(&record.name)?;
    let seen = observation.alias_at(&record.name).map(|(target, _)| target);
    let is_explained = record.proxy == ProxyStatus::Proxied
        || alias.is_flattened()
        || case.outside.flattens_all == Some(true)
        || record.target.is_within(&case.held.zone.name)
        || case.held.delegated_above(&record.name).is_some()
        || !super::serving::edits_take_effect(&case.held.zone);
    if is_explained || !observation.is_definite() || seen == Some(&record.target) {
        return None;
    }
    let held = Evidence::Cname(record.target.clone(), Some(record.proxy));
    let unread = case.outside.flattens_all.is_none().then_some(Evidence::FlatteningUnread);
    let finding = Finding::about(record, Hidden::AnswersDiffer);
    Some(finding.evidence([held, Evidence::Heard(observation.clone())]).evidence(unread))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, published};
    use super::super::{DnsEvidence, Scope};
    use crate::model::lookup::Observation;
    use crate::testing::{cname, inventory, name};

    #[test]
    fn a_definite_other_answer_is_a_finding() {
        let held = inventory(vec![cname("s1._domainkey", "x.test")]);
        let unconfirmed = ["unconfirmed s1._domainkey.example.com -"];
        assert_eq!(found(&held, &Scope::default(), &published(&[("s1._domainkey", None)])), unconfirmed);
        assert_eq!(
            found(&held, &Scope::default(), &published(&[("s1._domainkey", Some("y.test"))])),
            unconfirmed
        );
        assert!(found(&held, &Scope::default(), &published(&[("s1._domainkey", Some("x.test"))])).is_empty());
    }

    #[test]
    fn silence_is_no_finding() {
        let held = inventory(vec![cname("s1._domainkey", "x.test")]);
        let published = [(name("s1._domainkey.example.com"), Observation::Silent)].into();
        let outside = DnsEvidence { published, ..DnsEvidence::default() };
        assert!(found(&held, &Scope::default(), &outside).is_empty());
    }
}
