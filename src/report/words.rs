//! Findings, remedies, verdicts and outcomes in a few words, and what a finding means for mail where several records
//! share it. Pure.

use super::Command;
use crate::model::apply::Outcome;
use crate::model::catalog::Role;
use crate::model::confirm::Verdict;
use crate::model::diagnosis::{Code, Finding, RemedyKind, Severity, Words};
use crate::model::plain;

/// What a record is for, in a cell.
pub(super) fn role(role: Role) -> String {
    match role {
        Role::Dkim => "DKIM key".to_owned(),
        Role::Dmarc => "DMARC policy".to_owned(),
        other => other.word().replace('-', " "),
    }
}

/// What is so with a record, in a cell.
pub(super) fn state(code: Code) -> &'static str {
    match code {
        Code::Proxied => "proxied",
        Code::Missing => "missing",
        Code::WrongTarget => "wrong target",
        Code::Taken => "another provider's record",
        Code::InTheWay => "other records in the way",
        Code::DoubledName => "zone name twice in its name",
        Code::ZoneInTarget => "zone name behind its target",
        Code::TxtInsteadOfCname => "TXT instead of CNAME",
        Code::CnameInsteadOfMx => "CNAME instead of MX",
        Code::IncompleteSet => "set not complete",
        Code::Flattened => "flattened",
        Code::ZoneFlattened => "all CNAMEs flattened",
        Code::SameZoneTarget => "target in the same zone",
        Code::DelegatedAway => "delegated to other servers",
        Code::ZoneNotServing => "zone not in use",
        Code::DnssecBroken => "DNSSEC broken",
        Code::TargetGone => "target does not exist",
        Code::KeyMissing => "no DKIM key behind it",
        Code::KeyRevoked => "DKIM key revoked",
        Code::KeyInvalid => "DKIM key not usable",
        Code::KeyWeak => "DKIM key weak",
        Code::ReturnPathBroken => "no SPF or MX behind it",
        Code::DkimMissing => "no DKIM record",
        Code::DmarcMissing => "no DMARC policy",
        Code::DmarcDuplicated => "several DMARC policies",
        Code::DmarcInvalid => "DMARC policy not valid",
        Code::Unconfirmed => "not confirmed",
        Code::HiddenProxied => "proxied, hidden today",
        Code::ManagedElsewhere => "kept by another tool",
        Code::EditedSince => "edited since",
        Code::AuditLogUnread => "audit log not read",
        Code::NotRecognised => "not recognised as mail",
        Code::TrackingProxied => "click tracking",
    }
}

/// What it means for mail, where several records share it; `is_proposed` if nobody confirmed that they are needed.
pub(super) fn meaning(code: Code, is_proposed: bool) -> &'static str {
    match code {
        Code::Missing if is_proposed => "Mail that this provider sends needs them.",
        Code::Proxied => {
            "Cloudflare answers for these names itself, so receivers find neither DKIM key nor SPF record, and mail \
             fails authentication."
        }
        Code::Missing => "These records ought to be there and are not, so mail fails authentication.",
        Code::WrongTarget => "These records point elsewhere than the provider asks for.",
        Code::Taken => "Another provider's records hold these names. They are left alone.",
        Code::InTheWay => "Records of other types hold these names, so no CNAME record can stand there.",
        Code::DoubledName => {
            "The zone's name was typed into these names, so the records stand one level too deep."
        }
        Code::ZoneInTarget => "The zone's name was appended to these targets, which therefore do not exist.",
        Code::TxtInsteadOfCname => "The targets were filed as TXT records, which no receiver follows.",
        Code::CnameInsteadOfMx => {
            "The provider asks for MX and TXT records at these names, not for a CNAME record."
        }
        Code::IncompleteSet => "Records that the provider asks for together are not all there.",
        Code::Flattened => {
            "Cloudflare replaces these records by addresses, so receivers find no key behind them."
        }
        Code::ZoneFlattened => "Cloudflare replaces all CNAME records of the zone by addresses.",
        Code::SameZoneTarget => {
            "The targets lie in the same zone, so Cloudflare always flattens these records."
        }
        Code::DelegatedAway => {
            "NS records hand these names to other name servers, so Cloudflare is not asked."
        }
        Code::ZoneNotServing => "The world does not ask Cloudflare about this zone.",
        Code::DnssecBroken => "Resolvers that check signatures refuse the zone's answers.",
        Code::TargetGone => "The targets do not exist; only the provider can say why.",
        Code::KeyMissing => "No DKIM key stands behind these selectors; the provider has to publish it.",
        Code::KeyRevoked => "The provider took these DKIM keys back.",
        Code::KeyInvalid => "Receivers cannot use the DKIM keys behind these selectors.",
        Code::KeyWeak => "Some receivers do not accept such keys.",
        Code::ReturnPathBroken => "The return paths lack their SPF policy or their mail exchanger.",
        Code::DkimMissing => "The SPF policy names providers that have no DKIM record here.",
        Code::DmarcMissing => "Large mailbox providers ask senders of much mail for a DMARC policy.",
        Code::DmarcDuplicated => "Receivers treat several DMARC policies as none.",
        Code::DmarcInvalid => "Receivers do not act on such a policy.",
        Code::Unconfirmed => "Public DNS does not show these records as they ought to be.",
        Code::HiddenProxied => "These records are proxied, which something else hides today.",
        Code::ManagedElsewhere => "Another product or tool keeps these records as they are.",
        Code::EditedSince => "Somebody edited these records since the run; they are left alone.",
        Code::AuditLogUnread => "Whether records were deleted could not be read from the audit log.",
        Code::NotRecognised => {
            "Nothing shows that these records are for mail. If your platform asks for one, name it with --expect \
             NAME=TARGET."
        }
        Code::TrackingProxied => "Click tracking authenticates no mail, so it is left as it is.",
    }
}

/// The head of a zone that nothing else can be repaired in before.
pub(super) fn of_zone(code: Code) -> Option<&'static str> {
    match code {
        Code::ZoneNotServing => Some("Cloudflare is not asked about this zone"),
        Code::DnssecBroken => Some("no resolver that checks signatures accepts the domain's answers"),
        Code::ZoneFlattened => Some("all CNAME records of the zone are flattened"),
        _ => None,
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

/// How many have what, without those that are none: `2 created, 1 deleted`.
pub(super) fn counts(parts: &[(usize, &str)]) -> String {
    let told = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The verb for so many.
pub(super) fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// A list of words: `a, b and c`.
pub(super) fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// With a capital letter, unless it begins with a name, and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = plain::sanitize_line(text);
    let first = text.split(' ').next().unwrap_or_default();
    let is_name = first.contains(['.', '`', '_', '-']);
    let mut letters = text.chars();
    let head = letters.next().filter(|_| !is_name).map(|letter| letter.to_uppercase().to_string());
    let text = head.map(|head| format!("{head}{}", letters.as_str())).unwrap_or(text);
    if text.ends_with(['.', '?', '!', '`']) { text } else { format!("{text}.") }
}

/// What a finding says and what to do, as sentences.
pub(super) fn told(finding: &Finding) -> String {
    let Words { message, advice, .. } = finding.words();
    with_advice(&sentence(&message), advice)
}

/// What several findings of one kind say together, as sentences.
pub(super) fn shared((severity, code): (Severity, Code), found: &[&Finding]) -> String {
    let speaks = |one: &&&Finding| one.remedy.is_none() || code == Code::Missing;
    let advice = found.iter().filter(speaks).find_map(|one| one.words().advice);
    with_advice(meaning(code, severity != Severity::Error), advice)
}

fn with_advice(text: &str, advice: Option<String>) -> String {
    advice.map_or_else(|| text.to_owned(), |advice| format!("{text} {}", sentence(&advice)))
}
