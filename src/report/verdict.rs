//! From a report to an exit status. Pure.

use super::{Command, EarlierZone, FailOn, Report, ZoneReport};
use crate::model::apply::{Applied, Outcome};
use crate::model::confirm::{Confirmation, Verdict};
use crate::model::diagnosis::{Code, Finding, Severity};
use crate::model::failure::Exit;
use crate::model::journal::OutcomeKind;

impl Report {
    /// How the program ends.
    ///
    /// One zone decides by itself. With several, 6 tells that some could be worked on and others not;
    /// otherwise the highest concern counts.
    pub fn exit(&self) -> Exit {
        if let Some(exit) = self.ended_by {
            return exit;
        }
        let is_audited = |zone: &ZoneReport| self.command == Command::Audit && zone.error.is_none();
        let fails = |zone: &ZoneReport| {
            zone.concerns()
                .any(|one| self.fail_on.counts(one.severity() == Severity::Error, zone.is_new(one)))
        };
        let of_zone = |zone| match exit_of_zone(zone) {
            Exit::Findings if is_audited(zone) && !fails(zone) => Exit::Done,
            exit => exit,
        };
        let mut exits: Vec<Exit> = self.zones.iter().map(of_zone).collect();
        let is_failed = |EarlierZone { zone, news }: &EarlierZone| {
            let is_new = |one| news.as_ref().is_none_or(|news| news.since_read(one).is_none());
            zone.findings.iter().any(|one| self.fail_on.counts(one.is_error, is_new(one)))
        };
        // What was not understood may have been a record.
        let is_open = self.earlier.iter().any(is_failed) || self.unread_lines() > 0;
        exits.extend(is_open.then_some(Exit::Findings));
        let failed = self.zones.iter().filter(|zone| zone.error.is_some()).count();
        let is_split = failed > 0 && failed < self.zones.len();
        // Some changes made, others not, be it in different zones.
        let outcomes =
            || self.zones.iter().flat_map(|zone| &zone.applied).flat_map(|applied| &applied.outcomes);
        let is_made = |outcome: &Outcome| *outcome == Outcome::Applied;
        let is_torn = outcomes().any(is_made) && !outcomes().all(is_made);
        if is_split || is_torn || exits.contains(&Exit::Partial) {
            return Exit::Partial;
        }
        let concerns =
            [Exit::Bug, Exit::Usage, Exit::Refused, Exit::Unreachable, Exit::Unconfirmed, Exit::Findings];
        concerns.into_iter().find(|concern| exits.contains(concern)).unwrap_or(Exit::Done)
    }
}

impl FailOn {
    /// Whether an audit fails for a finding that somebody has to do something about.
    fn counts(self, is_error: bool, is_new: bool) -> bool {
        match self {
            Self::Warning => true,
            Self::Error => is_error,
            Self::New => is_new,
        }
    }
}

/// How the program would end for one zone alone.
pub fn exit_of_zone(zone: &ZoneReport) -> Exit {
    if let Some(error) = &zone.error {
        return error.exit;
    }
    if let Some(exit) = zone.applied.as_ref().and_then(stopped_by) {
        return exit;
    }
    let made = zone.made();
    let unconfirmed = zone.confirmations.iter().filter(|one| one.verdict != Verdict::Confirmed);
    // What was not changed and is not there is something left; what was changed is not confirmed yet.
    let is_open = |one: &Confirmation| {
        made.holds(&one.name) || matches!(one.verdict, Verdict::Stale | Verdict::Unknown)
    };
    let is_unheard = !zone.unheard.is_empty();
    let is_changed = zone.made_count() > 0;
    if is_unheard && !is_changed {
        Exit::Unreachable
    } else if is_unheard || unconfirmed.clone().any(is_open) {
        Exit::Unconfirmed
    } else if unconfirmed.count() > 0 || has_something_left(zone) || is_only_planned(zone) {
        Exit::Findings
    } else {
        Exit::Done
    }
}

/// The exit status of a plan that was not made so entirely.
fn stopped_by(applied: &Applied) -> Option<Exit> {
    let made = applied.count();
    let is_unknown = applied.outcomes.iter().any(|outcome| outcome.kind() == OutcomeKind::Unknown);
    if made == applied.outcomes.len() {
        applied.failure.as_ref().map(|failure| failure.exit)
    } else if made > 0 || is_unknown {
        Some(Exit::Partial)
    } else {
        Some(applied.failure.as_ref().map_or(Exit::Findings, |failure| failure.exit))
    }
}

/// Whether changes were shown and not made.
fn is_only_planned(zone: &ZoneReport) -> bool {
    zone.applied.is_none() && !zone.changes().is_empty()
}

fn has_something_left(zone: &ZoneReport) -> bool {
    let findings = zone.concerns();
    // A repair does not need the log: its end is not spoilt by a permission that only tells of more.
    let is_repair = zone.made_count() > 0;
    let counts = |finding: &&Finding| !(is_repair && finding.code() == Code::AuditLogUnread);
    let made = zone.made();
    findings.filter(counts).any(|finding| !made.fixes(finding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Failure;

    fn failed(exit: Exit) -> ZoneReport {
        let failure = Failure { message: "x".into(), hints: Vec::new(), exit };
        ZoneReport::failed("example.com".into(), None, failure)
    }

    fn fine() -> ZoneReport {
        ZoneReport::new("example.com".into(), None)
    }

    fn with(outcomes: Vec<Outcome>) -> ZoneReport {
        ZoneReport { applied: Some(Applied { outcomes, ..Applied::default() }), ..fine() }
    }

    fn of(zones: Vec<ZoneReport>) -> Exit {
        Report { command: Command::Fix, zones, ..Report::default() }.exit()
    }

    #[test]
    fn some_zones_failing_is_partial_and_all_failing_is_the_highest_concern() {
        assert_eq!(of(vec![fine(), failed(Exit::Refused)]), Exit::Partial);
        assert_eq!(of(vec![failed(Exit::Unreachable), failed(Exit::Refused)]), Exit::Refused);
        assert_eq!(of(vec![failed(Exit::Unreachable)]), Exit::Unreachable);
        assert_eq!(of(vec![fine(), fine()]), Exit::Done);
    }

    #[test]
    fn changes_that_are_not_all_made_are_partial() {
        let unknown = || Outcome::Unknown("lost".into());
        let refused = || Outcome::Refused("no".into());
        assert_eq!(of(vec![with(vec![Outcome::Applied, refused()])]), Exit::Partial);
        assert_eq!(of(vec![with(vec![Outcome::Applied]), with(vec![refused()])]), Exit::Partial);
        assert_eq!(of(vec![with(vec![unknown()])]), Exit::Partial);
        assert_eq!(of(vec![with(vec![refused()])]), Exit::Findings);
        assert_eq!(of(vec![with(vec![Outcome::Applied])]), Exit::Done);
    }

    #[test]
    fn deaf_ears_are_no_good_news() {
        let unheard = vec![crate::testing::name("s1._domainkey.example.com")];
        assert_eq!(of(vec![ZoneReport { unheard: unheard.clone(), ..fine() }]), Exit::Unreachable);
        let changed = ZoneReport { unheard, ..with(vec![Outcome::Applied]) };
        assert_eq!(of(vec![changed]), Exit::Unconfirmed, "it was changed, and not seen");
    }
}
