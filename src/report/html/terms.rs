//! What remedies, verdicts and outcomes are called on the page, in a few words. Pure.

use crate::model::apply::Outcome;
use crate::model::confirm::Verdict;
use crate::model::diagnosis::RemedyKind;
use crate::report::Command;

/// What `fix` does about a finding.
pub(super) fn remedy(kind: RemedyKind) -> &'static str {
    match kind {
        RemedyKind::SetDnsOnly => "fix makes it DNS only",
        RemedyKind::Create => "fix creates it",
        RemedyKind::Retarget => "fix corrects the target",
        RemedyKind::Unflatten => "fix turns flattening off",
        RemedyKind::Rename => "fix corrects the name",
        RemedyKind::Replace => "fix replaces it",
    }
}

/// What public DNS shows of a record that was not changed.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Confirmed => "seen everywhere",
        Verdict::Stale => "right at the source",
        Verdict::Wrong => "wrong",
        Verdict::Absent => "not visible",
        Verdict::Unknown => "no usable answer",
    }
}

/// The outcome of a change that was not made.
pub(super) fn unmade(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "changed",
        Outcome::Refused(_) => "refused, unchanged",
        Outcome::NotAttempted(_) => "not attempted, unchanged",
        Outcome::Unknown(_) | Outcome::Unshown => "result unknown",
    }
}

/// What a run was for.
pub(super) fn command(command: Command) -> &'static str {
    match command {
        Command::Audit => "audit",
        Command::Fix => "repair",
        Command::Confirm => "check in public DNS",
        Command::Snapshot => "snapshot",
        Command::Undo => "undo",
    }
}
