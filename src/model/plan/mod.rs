//! What to change. Pure.
//!
//! A plan is complete before the first write: each [`Change`] holds everything its request needs, and
//! the executor decides nothing.

mod change;
mod make;
mod moved;
pub mod saved;

use std::collections::BTreeSet;

pub use change::{Action, After, Change, Consent, Write};
pub use make::plan;
pub use moved::moved;

use crate::model::dns::DomainName;
use crate::model::ids::RecordId;
use crate::model::inventory::Zone;

/// What to change in one zone.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The zone.
    pub zone: Zone,
    /// How many pages its listing took: tells how to read it again cheaply.
    pub pages: u64,
    /// Records that may stay beside what is put back, because they stood there before: only when undoing.
    pub beside: Vec<RecordId>,
    /// The changes, most urgent first: missing, then wrong, then hidden. Those of one name stand together, a
    /// delete before what takes its place.
    pub changes: Vec<Change>,
}

impl Plan {
    /// The names that are written to.
    pub fn names(&self) -> BTreeSet<DomainName> {
        let after = self.changes.iter().filter_map(|change| Some(change.after.as_ref()?.name.clone()));
        self.changes.iter().map(|change| change.name.clone()).chain(after).collect()
    }

    /// The same without what needs more than this.
    #[must_use]
    pub fn within(mut self, consent: Consent) -> Self {
        self.changes.retain(|change| change.consent <= consent);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{DnsEvidence, Scope, diagnose};
    use crate::model::expectation::{by_name, from_argument};
    use crate::model::inventory::{HeldRecord, Inventory, ProxyStatus};
    use crate::model::members::Filed;
    use crate::model::members::RecordFields;
    use crate::testing::{catalog, cname, flattened, inventory, name, proxied, record};

    fn planned(records: Vec<HeldRecord>, expect: &[&str]) -> Plan {
        let held = inventory(records);
        let expected = by_name(expect.iter().map(|text| from_argument(text).unwrap()));
        let scope = Scope { expected, ..Scope::default() };
        planned_in(&held, &scope)
    }

    /// Without what the rest of a set suggests: a test has one record of it.
    fn planned_in(held: &Inventory, scope: &Scope) -> Plan {
        let mut diagnosis = diagnose(held, scope, &DnsEvidence::default(), &catalog());
        diagnosis.findings.retain(|finding| finding.code() != crate::model::diagnosis::Code::IncompleteSet);
        plan(held, &diagnosis)
    }

    fn requests(plan: &Plan) -> Vec<String> {
        let line = |change: &Change| {
            let sent = match &change.write {
                Write::Patch(_, members) | Write::Post(members) => serde_json::to_string(members).unwrap(),
                Write::Delete(id) => id.to_string(),
            };
            format!("{} {} {sent}", change.action.word(), change.name)
        };
        plan.changes.iter().map(line).collect()
    }

    const S1: &str = "s1.domainkey.u1.wl1.sendgrid.net";

    #[test]
    fn a_proxied_record_gets_one_member_changed_and_no_more() {
        let plan = planned(vec![proxied("s1._domainkey", S1), proxied("url1", "sendgrid.net")], &[]);
        assert_eq!(requests(&plan), [r#"set-dns-only s1._domainkey.example.com {"proxied":false}"#]);
    }

    #[test]
    fn everything_wrong_with_one_record_is_one_change() {
        let mut record = proxied("s1._domainkey", "s2.domainkey.u1.wl1.sendgrid.net");
        record.alias.as_mut().unwrap().settings.insert("flatten_cname".into(), true.into());
        record.alias.as_mut().unwrap().settings.insert("ipv4_only".into(), true.into());
        let plan = planned(vec![record], &[&format!("s1._domainkey.example.com={S1}")]);
        assert_eq!(
            requests(&plan),
            [format!(
                r#"retarget s1._domainkey.example.com {{"content":"{S1}","proxied":false,"settings":{{"flatten_cname":false,"ipv4_only":true}}}}"#
            )]
        );
    }

    #[test]
    fn what_is_in_the_way_is_deleted_right_before_what_takes_its_place() {
        let at = "s1._domainkey.example.com";
        let held = inventory(vec![record(at, "TXT", S1)]);
        let scope = super::super::diagnosis::tests::expecting(&[("s1._domainkey", S1)]);
        let plan = planned_in(&held, &scope);
        let create = format!(
            r#"create {at} {{"content":"{S1}","name":"{at}","proxied":false,"ttl":1,"type":"CNAME"}}"#
        );
        assert_eq!(requests(&plan), [format!("delete {at} id-s1-_domainkey-example-com"), create]);
    }

    #[test]
    fn a_renamed_record_is_read_again_under_both_names() {
        let plan = planned(vec![proxied("em1.example.com", "u1.wl1.sendgrid.net")], &[]);
        assert_eq!(
            requests(&plan),
            [r#"rename em1.example.com.example.com {"name":"em1.example.com","proxied":false}"#]
        );
        assert_eq!(plan.names().len(), 2);
        let rival = record("em1.example.com", "A", "192.0.2.1");
        let before = plan.changes[0].before.clone().unwrap();
        assert_eq!(moved(&plan, &[&before, &rival]), ["em1.example.com: a A record has appeared"]);
    }

    #[test]
    fn the_most_urgent_change_comes_first() {
        let plan = planned(
            vec![flattened("a._domainkey", "x.test"), proxied("b._domainkey", "y.test")],
            &["c._domainkey.example.com=z.test"],
        );
        let actions: Vec<Action> = plan.changes.iter().map(|change| change.action).collect();
        assert_eq!(actions, [Action::Create, Action::SetDnsOnly, Action::Unflatten]);
    }

    #[test]
    fn a_zone_in_order_has_an_empty_plan() {
        let plan = planned(vec![cname("s1._domainkey", S1)], &[&format!("s1._domainkey.example.com={S1}")]);
        assert!(plan.changes.is_empty());
    }

    #[test]
    fn a_plan_notices_what_moved() {
        let before = proxied("s1._domainkey", S1);
        let plan = planned(vec![before.clone()], &["s2._domainkey.example.com=y.test"]);
        assert!(moved(&plan, &[&before]).is_empty());
        let commented = HeldRecord { comment: Some("mine".into()), ..before.clone() };
        assert_eq!(moved(&plan, &[&commented]), ["s1._domainkey.example.com: changed meanwhile (comment)"]);
        let fixed = HeldRecord { proxy: ProxyStatus::DnsOnly, ..before.clone() };
        assert_eq!(moved(&plan, &[&fixed]), ["s1._domainkey.example.com: it is already as planned"]);
        let created = cname("s2._domainkey", "y.test");
        assert_eq!(
            moved(&plan, &[&before, &created]),
            ["s2._domainkey.example.com: it is already as planned"]
        );
        assert_eq!(moved(&plan, &[]), ["s1._domainkey.example.com: the record is gone"]);
        let rival = record("s2._domainkey.example.com", "TXT", "v=DKIM1");
        assert_eq!(
            moved(&plan, &[&before, &rival]),
            ["s2._domainkey.example.com: a TXT record has appeared"]
        );
    }

    #[test]
    fn a_change_is_satisfied_only_by_all_of_it() {
        let plan = planned(vec![proxied("s1._domainkey", S1)], &[]);
        let change = &plan.changes[0];
        let id = change.before.as_ref().unwrap().id.as_str();
        let now = |proxied: bool, comment: &str| -> RecordFields {
            let text = format!(r#"{{"id":"{id}","proxied":{proxied},"comment":"{comment}","ttl":1}}"#);
            serde_json::from_str(&text).unwrap()
        };
        let filed = |record: RecordFields| Filed::new(vec![record]);
        assert!(change.is_made(&filed(now(false, ""))));
        assert!(!change.is_made(&filed(now(true, ""))) && !change.is_made(&Filed::default()));
        assert_eq!(change.collateral(&now(true, ""), &filed(now(false, "x"))), ["its comment"]);
        assert_eq!(change.name, name("s1._domainkey.example.com"));
        assert_eq!(change.differences(), [("proxied".to_owned(), "DNS only".to_owned())]);
    }
}
