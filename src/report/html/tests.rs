//! What the page says of a zone and of many.

use super::*;
use crate::model::apply::{Applied, Outcome};
use crate::model::catalog::Role;
use crate::model::confirm::{Agreement, Behind, Confirmation, Verdict, Word};
use crate::model::diagnosis::{Evidence, Finding, Hidden, Problem, Published, Remedy, ZoneProblem};
use crate::model::failure::{Exit, Failure};
use crate::model::lookup::{Endpoint, Kind, Server};
use crate::report::ZoneReport;
use crate::testing::name;
use jiff::civil::date;
use jiff::tz::TimeZone;

fn finding(problem: impl Into<Problem>, at: &str) -> Finding {
    let note = Evidence::Note("<i>\"seen\"</i> \u{202e}".to_owned());
    Finding::new(problem, &name(at)).role(Role::Dkim).evidence([note])
}

fn proxied(at: &str) -> Finding {
    let mut finding = finding(Hidden::Proxied { hidden_by: None }, at);
    finding.remedy = Some(Remedy::SetDnsOnly);
    finding
}

fn unsigned(at: &str) -> Finding {
    finding(ZoneProblem::DnssecBroken { stale: vec![4711], signing: None }, at)
}

fn zone(label: &str, findings: Vec<Finding>) -> ZoneReport {
    let mut zone = ZoneReport::new(label.to_owned(), None);
    zone.diagnosis.findings = findings;
    zone
}

fn seen(at: &str, verdict: Verdict, left: Option<u64>) -> Confirmation {
    let word = |kind, standing, expires_in| Word {
        server: Server { endpoint: Endpoint::Udp(([192, 0, 2, 1], 53).into()), kind, name: None },
        observation: None,
        behind: Behind::NotAsked,
        standing,
        expires_in,
    };
    let standing = if verdict == Verdict::Confirmed { Agreement::Right } else { Agreement::Different };
    let servers =
        vec![word(Kind::Authoritative, Agreement::Right, None), word(Kind::Resolver, standing, left)];
    let at_time = date(2026, 11, 25).at(18, 4, 1, 0).to_zoned(TimeZone::UTC).unwrap();
    let (notes, expected) = (Vec::new(), None);
    Confirmation { name: name(at), expected, is_gone: false, verdict, servers, notes, at: at_time }
}

fn report(command: Command, zones: Vec<ZoneReport>) -> Report {
    Report {
        at: "2026-11-25T18:04:00Z".parse().unwrap(),
        command,
        run: "20261125T180421Z-2918".to_owned(),
        zones,
        ..Report::default()
    }
}

fn written(report: &Report) -> String {
    let mut out = Vec::new();
    html(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What stands between a tag and its end, the first time.
fn inside<'p>(page: &'p str, tag: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
    rest.split_once("</").unwrap().0
}

#[test]
fn the_title_is_the_verdict() {
    let failure = Failure { message: "HTTP 500".to_owned(), hints: Vec::new(), exit: Exit::Unreachable };
    let failed = ZoneReport::failed("example.com".to_owned(), None, failure);
    let unheard = ZoneReport { unheard: vec![name("a.example.com")], ..zone("example.com", Vec::new()) };
    let stale = vec![seen("a.example.com", Verdict::Stale, Some(60))];
    let stale = ZoneReport { confirmations: stale, ..zone("example.com", Vec::new()) };
    for (zone, verdict) in [
        (
            zone("example.com", vec![proxied("s1._domainkey.example.com")]),
            "example.com: 1 of 1 mail record is broken",
        ),
        (
            zone("example.com", vec![unsigned("example.com"), proxied("s1._domainkey.example.com")]),
            "example.com: the DNSSEC of the domain does not match its registrar",
        ),
        (zone("example.com", Vec::new()), "example.com: nothing is broken"),
        (unheard, "example.com: not everything could be checked"),
        (failed, "example.com could not be read"),
        (stale, "example.com: published, but not seen everywhere yet"),
    ] {
        let page = written(&report(Command::Audit, vec![zone]));
        assert_eq!((inside(&page, "title"), inside(&page, "h1")), (verdict, verdict));
    }
}

#[test]
fn only_what_is_known_to_be_well_is_called_so() {
    let fine = "Nothing to do.";
    let says = |zone: ZoneReport| written(&report(Command::Audit, vec![zone])).contains(fine);
    assert!(says(zone("example.com", Vec::new())));
    assert!(!says(ZoneReport { unheard: vec![name("a.example.com")], ..zone("example.com", Vec::new()) }));
    assert!(!says(ZoneReport { has_unknown_past: true, ..zone("example.com", Vec::new()) }));
    assert!(!says(zone(
        "example.com",
        vec![finding(ZoneProblem::AuditLogUnread("no".to_owned()), "example.com")]
    )));
}

#[test]
fn old_answers_are_told_with_their_end_and_are_no_fault() {
    let mut zone = zone("example.com", vec![finding(Published::Stale(Some(1_399)), "a.example.com")]);
    zone.confirmations = vec![seen("a.example.com", Verdict::Stale, Some(1_399))];
    zone.applied = Some(Applied { outcomes: vec![Outcome::Applied], ..Applied::default() });
    let page = written(&report(Command::Fix, vec![zone]));
    assert!(page.contains("Public resolvers follow by 18:28 UTC (24 min)."), "{page}");
    assert!(page.contains("Old answers in public resolvers") && page.contains("Nothing is left to change"));
    assert!(page.contains("cf-domauth</span> <span class=\"nowrap\">confirm"), "how to look again: {page}");
    assert!(page.contains("cf-domauth undo 20261125T180421Z-2918"));
}

#[test]
fn many_zones_are_four_counts_and_a_row_for_each_kind_of_trouble() {
    let mut zones: Vec<ZoneReport> = (0..20)
        .map(|at| format!("zone-{at}.example"))
        .map(|label| zone(&label, vec![proxied(&format!("s1._domainkey.{label}"))]))
        .collect();
    zones.push(zone("unsigned.example", vec![unsigned("unsigned.example")]));
    zones.extend((0..5).map(|at| zone(&format!("fine-{at}.example"), Vec::new())));
    let failure = Failure { message: "HTTP 500".to_owned(), hints: Vec::new(), exit: Exit::Unreachable };
    zones.push(ZoneReport::failed("lost.example".to_owned(), None, failure));
    let page = written(&report(Command::Audit, zones));
    assert_eq!(inside(&page, "h1"), "27 zones: 21 need attention, 1 could not be read");
    for (count, label) in [("20", "fix can repair"), ("1", "need a person"), ("1", "not read"), ("5", "fine")]
    {
        assert!(page.contains(&format!(">{count}</strong> {label}")), "{count} {label}");
    }
    let (_, rest) = page.split_once("Zones that need attention").unwrap();
    let table = rest.split_once("</table>").unwrap().0;
    assert_eq!(table.matches("<th scope=\"row\">").count(), 3, "{table}");
    assert!(table.contains("12 more zones") && table.contains("HTTP 500"), "{table}");
}

#[test]
fn nothing_from_outside_becomes_markup() {
    let hostile = "<script>alert(1)</script>\u{1b}[2J\u{202e}";
    let mut zone = zone("<img src=x>", vec![proxied("a.example.com")]);
    zone.notes.push(hostile.to_owned());
    let failure =
        Failure { message: hostile.to_owned(), hints: vec![hostile.to_owned()], exit: Exit::Refused };
    let failed = ZoneReport::failed(hostile.to_owned(), None, failure);
    for zones in [vec![zone.clone()], vec![failed.clone()], vec![zone, failed]] {
        let page = written(&report(Command::Audit, zones));
        for bad in ["<script", "<img", "<b>is", "<i>", "\u{1b}", "\u{202e}"] {
            assert!(!page.contains(bad), "{bad:?}: {page}");
        }
    }
}
