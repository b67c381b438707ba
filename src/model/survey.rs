//! What was found out before anything is changed. Pure.

use std::collections::BTreeSet;

use crate::model::diagnosis::{Diagnosis, MailRecord, Scope, Severity};
use crate::model::dns::DomainName;
use crate::model::failure::Failure;
use crate::model::ignore::Ignored;
use crate::model::inventory::{Inventory, Zone};
use crate::model::lookup::Server;
use crate::model::plain::count;
use crate::model::plan::{Action, Plan};
use crate::model::target::Expectations;

/// What was found out about all zones that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The zones, by name.
    pub zones: Vec<ZoneSurvey>,
    /// Those that could not be read.
    pub unread: Vec<UnreadZone>,
    /// What is expected in them.
    pub expectations: Expectations,
}

/// A zone that could not be found or read.
#[derive(Debug, Clone)]
pub struct UnreadZone {
    /// Its apex, or what was typed where no zone was found.
    pub label: String,
    /// The zone, if it was found.
    pub zone: Option<Zone>,
    /// Why.
    pub failure: Failure,
}

/// What was found out about one zone, and what would repair it.
#[derive(Debug, Clone)]
pub struct ZoneSurvey {
    /// The zone.
    pub zone: Zone,
    /// Its name servers, or those to ask instead; empty where nobody had to be asked.
    pub servers: Vec<Server>,
    /// What was asked for and is expected here.
    pub scope: Scope,
    /// Whether its records were looked through; an undo and a saved plan look at theirs only.
    pub is_examined: bool,
    /// What is wrong.
    pub diagnosis: Diagnosis,
    /// What is wrong and was decided to live with: no part of the diagnosis, and not repaired.
    pub ignored: Vec<Ignored>,
    /// What would repair it.
    pub plan: Plan,
    /// Names about which no name server said anything definite, and no finding tells why.
    pub unheard: Vec<DomainName>,
    /// Whether records may have been deleted without the audit log telling: then nothing is an all-clear.
    pub has_unknown_past: bool,
    /// Targets of proxied aliases of nobody known that were too many to look at.
    pub not_looked_at: usize,
    /// What is worth saying besides.
    pub notes: Vec<String>,
}

/// What has to be looked at in a zone, in a line that begins with its name: the worst of it.
pub fn progress(one: &Result<ZoneSurvey, UnreadZone>) -> Option<String> {
    let survey = match one {
        Err(unread) => return Some(format!("?  {}  {}", unread.label, unread.failure.message)),
        Ok(survey) => survey,
    };
    let open = survey.diagnosis.concerns();
    let worst = open.clone().min_by_key(|one| (one.severity(), one.code()))?;
    let count = open.filter(|one| one.code() == worst.code()).count();
    let mark = if worst.severity() == Severity::Error { "x" } else { "!" };
    Some(format!("{mark}  {}  {count} {}", survey.zone.name, worst.code().word()))
}

impl ZoneSurvey {
    /// A zone of which only what a plan concerns was looked at.
    pub fn of_plan(plan: Plan) -> Self {
        Self {
            zone: plan.zone.clone(),
            servers: Vec::new(),
            scope: Scope::default(),
            is_examined: false,
            diagnosis: Diagnosis::default(),
            ignored: Vec::new(),
            plan,
            unheard: Vec::new(),
            has_unknown_past: false,
            not_looked_at: 0,
            notes: Vec::new(),
        }
    }
}

/// The names whose publication matters: mail records, and what is expected and filed.
pub fn names_to_ask(records: &[MailRecord], scope: &Scope) -> BTreeSet<DomainName> {
    let mail = records.iter().filter(|record| record.may_be_fixed()).map(|record| &record.name);
    let expected = scope.expected.values().map(|one| &one.name);
    mail.chain(expected).chain(scope.policies.iter().map(|one| &one.name)).cloned().collect()
}

/// What is said of records that could not be understood.
pub fn unreadable(held: &Inventory) -> Option<String> {
    let records = held.unreadable;
    (records > 0).then(|| {
        format!("{} could not be understood and {} left alone", count(records, "record"), was(records))
    })
}

/// What is said of targets that were not looked at.
pub fn left_out(targets: usize) -> Option<String> {
    (targets > 0).then(|| {
        format!(
            "{} of proxied CNAME records of nobody known {} not looked at: enough were looked at for this zone or \
             this run; --record NAME names a record that is for mail",
            count(targets, "target"),
            was(targets)
        )
    })
}

/// What is said of names that no name server could say anything about.
pub fn unheard(names: &[DomainName]) -> Option<String> {
    (!names.is_empty()).then(|| {
        let names = count(names.len(), "name");
        format!(
            "no name server of the zone could say anything about {names}; only Cloudflare's API was heard"
        )
    })
}

/// What is said of names that were to make room and do not have to.
pub fn not_replaced<'s>(plan: &'s Plan, scope: &'s Scope) -> impl Iterator<Item = String> {
    let is_replaced = |name: &DomainName| {
        plan.changes.iter().any(|change| change.action == Action::Delete && change.name == *name)
    };
    let kept = scope.replace.iter().filter(move |name| !is_replaced(name));
    kept.map(|name| format!("--replace {name}: nothing there is in the way of an expected CNAME record"))
}

/// What is said of targets behind which a rehearsal has nothing.
pub fn beyond_rehearsal(unknown: &BTreeSet<DomainName>) -> Option<String> {
    const MOST_LISTED: usize = 20;
    let named: Vec<&str> = unknown.iter().take(MOST_LISTED).map(DomainName::as_str).collect();
    let more = match unknown.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!named.is_empty())
        .then(|| format!("this rehearsal cannot know what stands behind {}{more}", named.join(", ")))
}

fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{DnsEvidence, diagnose};
    use crate::model::plan;
    use crate::testing::{catalog, inventory, name, proxied};

    #[test]
    fn what_is_said_counts_and_silence_says_nothing() {
        assert_eq!((unheard(&[]), left_out(0)), (None, None));
        let one = unheard(&[name("a.example.com")]).unwrap();
        assert!(one.contains("anything about 1 name; only"), "{one}");
        assert!(left_out(2).unwrap().starts_with("2 targets of proxied"), "{:?}", left_out(2));
        assert_eq!(unreadable(&inventory(Vec::new())), None);
        let two = BTreeSet::from([name("a.test"), name("b.test")]);
        assert!(beyond_rehearsal(&two).is_some_and(|says| says.contains("a.test") && !says.contains("more")));
    }

    #[test]
    fn a_zone_shows_its_worst_while_it_is_read() {
        let records = ["s1", "s2"].map(|label| proxied(&format!("{label}._domainkey"), "x.vendor.example"));
        let held = inventory(records.to_vec());
        let diagnosis = diagnose(&held, &Scope::default(), &DnsEvidence::default(), &catalog());
        let plan = plan::plan(&held, &diagnosis);
        let broken = ZoneSurvey { diagnosis, ..ZoneSurvey::of_plan(plan.clone()) };
        assert_eq!(progress(&Ok(broken)).as_deref(), Some("x  example.com  2 proxied"));
        assert_eq!(progress(&Ok(ZoneSurvey::of_plan(plan))), None);
    }
}
