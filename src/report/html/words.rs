//! What a finding, a role and a verdict are called on the page, in a few words. Pure.

use crate::model::apply::Outcome;
use crate::model::catalogue::Role;
use crate::model::confirm::Verdict;
use crate::model::diagnosis::{Code, RemedyKind};
use crate::report::Command;

/// The state of what a finding is about: `3 records are proxied` says its second half.
pub(super) fn state(code: Code) -> &'static str {
    match code {
        Code::Proxied => "proxied",
        Code::HiddenProxied => "proxied, hidden today",
        Code::Missing => "missing",
        Code::WrongTarget => "wrong target",
        Code::Taken => "name taken by another record",
        Code::InTheWay => "other records at the name",
        Code::DoubledName => "zone twice in the name",
        Code::ZoneInTarget => "zone appended to the target",
        Code::TxtInsteadOfCname => "filed as TXT",
        Code::CnameInsteadOfMx => "CNAME instead of MX and TXT",
        Code::IncompleteSet => "set not complete",
        Code::Flattened => "flattened",
        Code::ZoneFlattened => "flattened by the zone's setting",
        Code::SameZoneTarget => "flattened: target in the same zone",
        Code::DelegatedAway => "delegated to other servers",
        Code::ZoneNotServing => "zone not serving",
        Code::DnssecBroken => "DNSSEC broken",
        Code::TargetGone => "target gone",
        Code::KeyMissing => "no DKIM key behind it",
        Code::KeyRevoked => "DKIM key revoked",
        Code::KeyInvalid => "DKIM key unusable",
        Code::KeyWeak => "DKIM key weak",
        Code::ReturnPathBroken => "no SPF policy or MX behind it",
        Code::DkimMissing => "DKIM record missing",
        Code::DmarcMissing => "no DMARC policy",
        Code::DmarcDuplicated => "several DMARC policies",
        Code::DmarcInvalid => "DMARC policy not valid",
        Code::Unconfirmed => "not seen in public DNS",
        Code::ManagedElsewhere => "managed by a tool",
        Code::EditedSince => "edited since",
        Code::AuditLogUnread => "audit log not readable",
        Code::NotRecognised => "not recognized as mail",
        Code::TrackingProxied => "click tracking, proxied on purpose",
    }
}

/// What a record is for.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Dkim => "DKIM key",
        Role::ReturnPath => "return path",
        Role::Dmarc => "DMARC policy",
        Role::Verification => "verification",
        Role::TextByAlias => "text record",
        Role::Tracking => "click tracking",
        Role::WebHost => "web site",
        Role::ClientSetup => "mail program setup",
        Role::Certificate => "certificate",
        Role::Named => "named record",
    }
}

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

/// What became of a change that was not made.
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
