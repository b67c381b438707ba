//! A short text for the person who has to change the records, as support staff send it. Pure.

use std::fmt::Write as _;

use crate::confirm::{Confirmation, Verdict};
use crate::dns::DomainName;
use crate::plain;

use super::{Report, ZoneReport};

/// What to change in the dashboard, record by record. `proxied` are names that show the addresses of Cloudflare.
pub fn message(report: &Report, proxied: &[DomainName]) -> String {
    let mut text = String::new();
    for zone in &report.zones {
        of_zone(zone, proxied, &mut text);
    }
    text
}

fn of_zone(zone: &ZoneReport, proxied: &[DomainName], text: &mut String) {
    let domain = zone.heading();
    let wrong: Vec<&Confirmation> =
        zone.confirmations.iter().filter(|one| one.verdict != Verdict::Confirmed).collect();
    let policies: Vec<String> = zone
        .diagnosis
        .findings
        .iter()
        .filter(|one| !zone.confirmations.iter().any(|known| known.name == one.name))
        .map(|one| plain::line(&one.message))
        .collect();
    let right = zone.confirmations.len() - wrong.len();
    if wrong.is_empty() && policies.is_empty() {
        let records = plain::count(right, "record");
        writeln!(text, "{domain}: {records} checked in public DNS, all right. Nothing has to be changed.\n")
            .ok();
        return;
    }
    writeln!(text, "{domain}: the records that authenticate its mail are not all as they should be.").ok();
    let change = if wrong.is_empty() { "look at this" } else { "change the following" };
    writeln!(text, "Please open dash.cloudflare.com, choose {domain}, then DNS > Records, and {change}.\n")
        .ok();
    for (place, one) in wrong.iter().enumerate() {
        writeln!(text, "{}. {}", place + 1, one.name).ok();
        writeln!(text, "   {}\n", what_to_do(one, proxied.contains(&one.name))).ok();
    }
    for policy in &policies {
        writeln!(text, "- {policy}.\n").ok();
    }
    match right {
        0 => {}
        1 => drop(writeln!(text, "1 other record is right already; please leave it as it is.")),
        _ => drop(writeln!(text, "{right} other records are right already; please leave them as they are.")),
    }
    writeln!(text, "Then let your sending platform check the domain again.\n").ok();
}

fn what_to_do(one: &Confirmation, is_proxied: bool) -> String {
    let target = one.expected.as_ref().map(|target| format!(" It should be a CNAME to {target}."));
    let target = target.unwrap_or_default();
    match one.verdict {
        _ if is_proxied => {
            format!("Most likely it is proxied (orange cloud). Choose Edit, set Proxy status to \"DNS only\", and save.{target}")
        }
        Verdict::Absent => match &one.expected {
            Some(expected) => format!(
                "It is not there, or hidden. If it is in the list, set its Proxy status to \"DNS only\". If not, choose Add \
                 record: Type CNAME, Name {}, Target {expected}, Proxy status \"DNS only\".",
                one.name
            ),
            None => "It shows no CNAME. Compare it with what your sending platform shows, and set its Proxy status to \
                 \"DNS only\"."
                .to_owned(),
        },
        Verdict::Wrong => format!("It does not lead where it should.{target} Compare it with what your sending platform shows."),
        Verdict::Stale => "It is right; some resolvers still hold an old answer. Nothing has to be changed: please wait.".to_owned(),
        Verdict::Unknown | Verdict::Confirmed => {
            format!("It could not be checked.{target} Please compare it with what your sending platform shows.")
        }
    }
}
