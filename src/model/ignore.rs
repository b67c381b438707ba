//! Findings that somebody decided to live with: which they are, and until when. Pure.

use jiff::civil::Date;

use crate::model::diagnosis::{Code, Finding};
use crate::model::dns::DomainName;
use crate::model::plain;

/// What is to be ignored. What is not given fits everything; one of `code`, `zone` and `name` is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The code of the findings.
    pub code: Option<Code>,
    /// The zone they are in.
    pub zone: Option<DomainName>,
    /// The name they are about.
    pub name: Option<DomainName>,
    /// Why somebody lives with them.
    pub reason: String,
    /// The last day on which they are ignored.
    pub until: Option<Date>,
}

impl Rule {
    fn fits(&self, zone: &DomainName, finding: &Finding) -> bool {
        let is_code = self.code.is_none_or(|code| code == finding.code());
        let is_zone = self.zone.as_ref().is_none_or(|one| one == zone);
        is_code && is_zone && self.name.as_ref().is_none_or(|name| *name == finding.name)
    }

    fn is_over(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }
}

/// A finding that is ignored, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// The rule that it is ignored by.
    pub rule: Rule,
}

/// What is to be ignored on one day.
#[derive(Debug, Clone, Default)]
pub struct IgnoreList {
    rules: Vec<Rule>,
}

impl IgnoreList {
    /// The rules that are not over.
    pub fn on(today: Date, rules: Vec<Rule>) -> Self {
        Self { rules: rules.into_iter().filter(|rule| !rule.is_over(today)).collect() }
    }

    /// Takes what is ignored out of the findings of a zone.
    pub fn take(&self, zone: &DomainName, findings: &mut Vec<Finding>) -> Vec<Ignored> {
        let (mut kept, mut ignored) = (Vec::new(), Vec::new());
        for finding in std::mem::take(findings) {
            match self.rules.iter().find(|rule| rule.fits(zone, &finding)) {
                Some(rule) => ignored.push(Ignored { finding, rule: rule.clone() }),
                None => kept.push(finding),
            }
        }
        *findings = kept;
        ignored
    }
}

/// What is said of ignored findings: how many they are, and when the first of them counts again.
pub fn summary(ignored: &[Ignored]) -> Option<String> {
    let ends = || ignored.iter().filter_map(|one| one.rule.until);
    let count = plain::count(ignored.len(), "finding");
    let first = ends().min();
    let until = first.map(|first| {
        let some = ends().filter(|end| *end == first).count();
        if some == ignored.len() {
            format!(" until {first}")
        } else {
            format!(", {some} of them until {first}")
        }
    });
    (!ignored.is_empty()).then(|| format!("{count} ignored{}", until.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{Hidden, Problem, ZoneProblem};
    use crate::testing::name;
    use jiff::civil::date;

    fn finding(problem: impl Into<Problem>, at: &str) -> Finding {
        Finding::new(problem, &name(at))
    }

    fn rule(code: Option<Code>, at: Option<&str>, until: Option<Date>) -> Rule {
        Rule { code, zone: None, name: at.map(name), reason: "known".to_owned(), until }
    }

    fn taken(rules: Vec<Rule>, today: Date) -> (Vec<Finding>, Vec<Ignored>) {
        let mut findings = vec![
            finding(Hidden::Proxied { hidden_by: None }, "a.example.com"),
            finding(ZoneProblem::Flattened(1), "b.example.com"),
        ];
        let list = IgnoreList::on(today, rules);
        let ignored = list.take(&name("example.com"), &mut findings);
        (findings, ignored)
    }

    #[test]
    fn what_fits_every_part_of_a_rule_is_ignored() {
        let (kept, ignored) =
            taken(vec![rule(Some(Code::Proxied), Some("a.example.com"), None)], date(2026, 1, 1));
        assert_eq!((kept.len(), ignored.len()), (1, 1));
        let (kept, _) = taken(vec![rule(Some(Code::Proxied), Some("b.example.com"), None)], date(2026, 1, 1));
        assert_eq!(kept.len(), 2);
        let elsewhere = Rule { zone: Some(name("example.org")), ..rule(Some(Code::Proxied), None, None) };
        assert_eq!(taken(vec![elsewhere], date(2026, 1, 1)).0.len(), 2);
    }

    #[test]
    fn a_rule_holds_to_the_end_of_its_last_day() {
        let until = date(2026, 1, 31);
        let rules = || vec![rule(Some(Code::Proxied), None, Some(until))];
        assert_eq!(taken(rules(), until).1.len(), 1);
        assert_eq!(taken(rules(), date(2026, 2, 1)).1.len(), 0);
    }

    #[test]
    fn the_ignored_are_counted_with_the_first_end() {
        let rules = vec![
            rule(Some(Code::Proxied), None, Some(date(2026, 1, 31))),
            rule(None, Some("b.example.com"), None),
        ];
        let (_, ignored) = taken(rules, date(2026, 1, 1));
        assert_eq!(summary(&ignored).as_deref(), Some("2 findings ignored, 1 of them until 2026-01-31"));
        assert_eq!(summary(&ignored[..1]).as_deref(), Some("1 finding ignored until 2026-01-31"));
        assert_eq!(summary(&[]), None);
    }
}
