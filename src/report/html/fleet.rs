//! The page of many zones: how many need what, what to do next, which need attention, by cause. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use maud::{Markup, html};

use super::text::{name, prose, text};
use super::{heads, mark, zone};
use crate::model::diagnosis::Code;
use crate::model::plain::count;
use crate::report::view::{self, Need, Tone, View};
use crate::report::{Command, Report, words};

/// Zones of one row that are shown outright; the others are folded.
const SHOWN: usize = 8;

/// What the whole page says, in a line.
pub(super) fn verdict(views: &[View<'_>]) -> String {
    let zones = count(views.len(), "zone");
    let of = |need| views.iter().filter(|view| view.need == need).count();
    let attention = of(Need::Fix) + of(Need::Person);
    let parts = words::counts(&[
        (of(Need::Repaired), "repaired"),
        (of(Need::Waiting), "waiting for old answers to end"),
        (attention, if attention == 1 { "needs attention" } else { "need attention" }),
        (of(Need::NotRead), "could not be read"),
    ]);
    format!("{zones}: {}", if parts.is_empty() { "nothing is broken" } else { &parts })
}

/// All that is said of many zones.
pub(super) fn page(report: &Report, views: &[View<'_>], now: &Zoned) -> Markup {
    html! {
        (counts(views))
        @let unseen: usize = views.iter().map(|view| view.zone.not_looked_at).sum();
        @if unseen > 0 { p { (count(unseen, "target")) " of proxied records were too many to look at." } }
        (next(report, views))
        (attention(report, views))
        (causes(views))
        (folds(views, now))
    }
}

fn counts(views: &[View<'_>]) -> Markup {
    let of = |need| views.iter().filter(|view| view.need == need).count();
    let all = [
        (Need::Repaired, Tone::Good, "repaired"),
        (Need::Waiting, Tone::Care, "waiting for old answers to end"),
        (Need::Fix, Tone::Bad, "fix can repair"),
        (Need::Person, Tone::Care, "need a person"),
        (Need::NotRead, Tone::Plain, "not read"),
        (Need::Fine, Tone::Good, "fine"),
    ];
    let is_told = |need: Need| of(need) > 0 || !matches!(need, Need::Repaired | Need::Waiting);
    html! {
        ul.counts {
            @for (need, tone, label) in all.into_iter().filter(|(need, ..)| is_told(*need)) {
                @let zones = of(need);
                li { strong class=(if zones > 0 { tone.class() } else { Tone::Plain.class() }) { (zones) } " " (label) }
            }
        }
    }
}

fn next(report: &Report, views: &[View<'_>]) -> Markup {
    let repairable: Vec<&View<'_>> = views.iter().filter(|view| view.need == Need::Fix).collect();
    let changes: usize = repairable.iter().map(|view| view.repairable()).sum();
    let zones = count(repairable.len(), "zone");
    let rows = rows(views.iter().filter(|view| view.need == Need::Person));
    let unread = views.iter().filter(|view| view.need == Need::NotRead);
    let hints: BTreeSet<&String> =
        unread.filter_map(|view| view.zone.error.as_ref()).flat_map(|error| &error.hints).collect();
    html! {
        section {
            h2 { "What you do next" }
            @let unread = zone::unread(report);
            @if repairable.is_empty() && rows.is_empty() && hints.is_empty() && unread.is_none() { p { "Nothing." } } @else {
                ol.next {
                    @if let Some(unread) = unread { li { (unread) } }
                    @if !repairable.is_empty() && report.command != Command::Undo { li {
                        @for (_, command) in report.repairs(repairable.iter().map(|view| view.zone)) {
                            (prose(&format!("`{command} --dry-run`, ")))
                        }
                        (prose("then without `--dry-run`: "))
                        (count(changes, "change")) " in " (zones) "."
                    } }
                    @for (row, zones) in &rows { li {
                        @if let [only] = zones.as_slice() { (name(&only.zone.label)) } @else { (count(zones.len(), "zone")) }
                        ": " (text(&row.what)) ". " (prose(&row.who))
                    } }
                    @for hint in hints { li { (prose(hint)) } }
                }
            }
        }
    }
}

/// What zones of one row have in common.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Same {
    need: Need,
    tone: std::cmp::Reverse<Tone>,
    what: String,
    who: String,
}

fn rows<'v>(views: impl Iterator<Item = &'v View<'v>>) -> BTreeMap<Same, Vec<&'v View<'v>>> {
    view::grouped(views, |view| {
        let (tone, what) = view.summary();
        Same { need: view.need, tone: std::cmp::Reverse(tone), what, who: who(view) }
    })
}

/// Who acts, and how.
fn who(view: &View<'_>) -> String {
    let advice = || view::open(view.zone).find_map(|finding| finding.words().advice);
    match view.need {
        Need::Fix => "`cf-domauth fix`".to_owned(),
        Need::NotRead => {
            view.zone.error.as_ref().and_then(|error| error.hints.first().cloned()).unwrap_or_default()
        }
        Need::Waiting => "nobody: old answers end by themselves".to_owned(),
        _ => advice().map_or_else(|| "you".to_owned(), |advice| format!("you: {advice}")),
    }
}

fn attention(report: &Report, views: &[View<'_>]) -> Markup {
    let rows = rows(views.iter().filter(|view| view.need <= Need::Waiting));
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "Zones that need attention" }
                table {
                    (heads(&["Zone", "What", "Who acts"]))
                    tbody { @for (row, zones) in &rows { tr {
                        th scope="row" { (named(zones)) }
                        td data-label="What" {
                            (mark(row.tone.0, &row.what))
                            @if zones.len() > 1 { " in each of " (count(zones.len(), "zone")) }
                        }
                        td data-label="Who acts" {
                            @match (row.need, zones.as_slice()) {
                                (Need::Fix, [only]) => @for (_, command) in report.repairs([only.zone]) { (name(&command)) },
                                _ => (prose(&row.who)),
                            }
                        }
                    } } }
                }
            }
        }
    }
}

/// The first names, and the others in a fold.
fn named(zones: &[&View<'_>]) -> Markup {
    let (shown, more) = zones.split_at(zones.len().min(SHOWN));
    html! {
        ul.names { @for view in shown { li { (name(&view.zone.heading())) } } }
        @if !more.is_empty() {
            details {
                summary { (count(more.len(), "more zone")) }
                ul.names { @for view in more { li { (name(&view.zone.heading())) } } }
            }
        }
    }
}

/// Codes with their zones and records.
fn causes(views: &[View<'_>]) -> Markup {
    let mut all: BTreeMap<Code, (usize, usize, bool)> = BTreeMap::new();
    for view in views {
        for (code, findings) in view::grouped(view::open(view.zone), |one| one.code()) {
            let known = all.entry(code).or_default();
            (known.0, known.1) = (known.0 + 1, known.1 + findings.len());
            known.2 |= findings.iter().any(|finding| finding.remedy.is_some());
        }
    }
    html! {
        @if !all.is_empty() {
            section {
                h2 { "By cause" }
                table {
                    (heads(&["Cause", "Zones", "Records", "Who acts"]))
                    tbody { @for (code, (zones, records, is_for_fix)) in &all { tr {
                        th scope="row" {
                            (words::state(*code))
                            @if words::state(*code) != code.word() { span.role { (name(code.word())) } }
                        }
                        td data-label="Zones" { (zones) }
                        td data-label="Records" { (records) }
                        td data-label="Who acts" { (if *is_for_fix { "fix" } else { "you" }) }
                    } } }
                }
            }
        }
    }
}

/// Details of each zone that has any, and the names of those that need nothing.
fn folds(views: &[View<'_>], now: &Zoned) -> Markup {
    let told: Vec<&View<'_>> = views.iter().filter(|view| view.need != Need::Fine).collect();
    let fine: Vec<&View<'_>> = views.iter().filter(|view| view.need == Need::Fine).collect();
    html! {
        section {
            h2 { "Evidence" }
            @if !told.is_empty() {
                details {
                    summary { "Records and evidence of " (count(told.len(), "zone")) }
                    @for view in told { (fold(view, now)) }
                }
            }
            @if !fine.is_empty() {
                details {
                    summary { (count(fine.len(), "zone")) " " (words::are(fine.len())) " fine" }
                    ul.names.columns { @for view in fine { li {
                        (name(&view.zone.label)) " " span.quiet { (count(view.records(), "record")) }
                    } } }
                }
            }
        }
    }
}

fn fold(view: &View<'_>, now: &Zoned) -> Markup {
    html! {
        details.zone {
            summary { (name(&view.zone.label)) }
            @if let Some(error) = &view.zone.error {
                p { (prose(&error.message)) }
                ul { @for hint in &error.hints { li { (prose(hint)) } } }
            } @else {
                (zone::records(view, now))
                (zone::evidence(view))
            }
        }
    }
}
