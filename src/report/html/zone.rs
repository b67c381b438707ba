//! The page of one zone: what is so, what to do next, what was wrong, its records, and how all that is known. Pure.

use std::collections::BTreeSet;

use jiff::Zoned;
use maud::{Markup, html};

use super::text::{name, prose, text, until};
use super::{heads, mark, picture};
use crate::model::catalog::{Provider, Role};
use crate::model::confirm::{Agreement, Confirmation, Verdict};
use crate::model::diagnosis::{Code, Finding, Severity};
use crate::model::dns::DomainName;
use crate::model::lookup::Observation;
use crate::model::plain::{self, count};
use crate::report::view::{self, Cause, Need, Row, Tone, View};
use crate::report::{Command, Report, explain, remarks, words};

/// What the whole page says, in a line.
pub(super) fn verdict(report: &Report, view: &View<'_>) -> String {
    let (made, planned) = (view.zone.made_count(), view.zone.changes().len());
    if view.zone.error.is_some() {
        return format!("{} could not be read", view.zone.heading());
    }
    let says = match (made, view.broken()) {
        (1.., _) if made < planned => format!("{made} of {} made", count(planned, "change")),
        (1.., _) if report.command == Command::Undo => format!("{} put back", count(made, "change")),
        (1.., 0) => format!("{} repaired", count(made, "broken mail record")),
        (1.., broken) => format!("{} changed, {broken} still broken", count(made, "mail record")),
        _ if let Some(whole) = view.whole() => explain::title(whole.code()).to_owned(),
        (0, 0) => unbroken(view),
        (0, broken) => {
            format!("{broken} of {} {} broken", count(view.records(), "mail record"), words::are(broken))
        }
    };
    format!("{}: {says}", view.zone.heading())
}

/// The same where nothing is broken.
fn unbroken(view: &View<'_>) -> String {
    let (open, planned) = (view::open(view.zone).count(), view.zone.changes().len());
    let asked = view.zone.confirmations.len();
    let records = count(asked, "mail record");
    let verdict = |verdict| view.zone.confirmations.iter().filter(|one| one.verdict == verdict).count();
    match () {
        () if verdict(Verdict::Stale) > 0 => "published, but not seen everywhere yet".to_owned(),
        () if !view.zone.unheard.is_empty() => "not everything could be checked".to_owned(),
        () if open > 0 && asked > 0 && verdict(Verdict::Confirmed) == asked => {
            format!("{records} seen everywhere, {} open", count(open, "question"))
        }
        () if open > 0 => format!("{} to look at", count(open, "thing")),
        () if asked > 0 => format!("{records} {} seen everywhere", words::are(asked)),
        () if planned > 0 => format!("{} planned", count(planned, "change")),
        () if view.zone.has_unknown_past => {
            "nothing broken was found; deleted records could not be looked for".to_owned()
        }
        () => "nothing is broken".to_owned(),
    }
}

/// What is so and until when, with its tone.
fn band(report: &Report, view: &View<'_>, now: &Zoned) -> Option<(Tone, String, &'static str)> {
    let (confirmations, is_changed) = (&view.zone.confirmations, view.zone.made_count() > 0);
    let left = match view.need {
        Need::Fix | Need::Person if is_changed => "Something is left: see below.",
        _ if is_changed => "Nothing is left to change in Cloudflare.",
        _ => "",
    };
    let asked = !confirmations.is_empty();
    let is_seen = asked && confirmations.iter().all(|one| one.verdict == Verdict::Confirmed);
    let is_right = asked && confirmations.iter().all(Confirmation::is_right_at_source);
    let is_unchanged = report.was_declined || report.is_dry_run;
    let nothing_changed = if is_unchanged { "Nothing was changed. " } else { "" };
    let (tone, fact, more) = match view.need {
        _ if let Some(end) = view.old_until().filter(|_| is_right) => {
            let left_over = plain::seconds(view::seconds_to(end, now).unsigned_abs());
            let end = until(end, now);
            let fact = format!("Right at the source. Public resolvers follow by {end} ({left_over}).");
            (Tone::Care, fact, left)
        }
        need if is_seen && need >= Need::Waiting => {
            (Tone::Good, "Seen everywhere, down to what stands behind it.".to_owned(), left)
        }
        _ if is_seen && !is_changed => {
            let fact = "What was asked for is seen everywhere. That is not all there is to check.";
            (Tone::Care, fact.to_owned(), "")
        }
        _ if is_changed && asked => (Tone::Care, "Changed, but not seen everywhere yet.".to_owned(), left),
        _ if is_changed => (Tone::Care, "Changed, and not looked for in public DNS.".to_owned(), left),
        Need::NotRead => (Tone::Bad, "Nothing is known about this zone.".to_owned(), ""),
        Need::Fix if report.command == Command::Undo => {
            let changes = count(view.zone.changes().len(), "record");
            (Tone::Care, format!("{nothing_changed}undo would change {changes}."), "")
        }
        Need::Fix => {
            let records = count(view.repairable(), "record");
            (Tone::Bad, format!("{nothing_changed}fix can repair {records}."), "")
        }
        Need::Person => (Tone::Care, format!("{nothing_changed}A person has to act."), ""),
        Need::Fine if !asked => (Tone::Good, "Nothing to do.".to_owned(), ""),
        _ => return None,
    };
    Some((tone, fact, more))
}

/// All that is said of one zone.
pub(super) fn page(report: &Report, view: &View<'_>, now: &Zoned) -> Markup {
    html! {
        @if let Some((tone, fact, more)) = band(report, view, now) {
            div class={ "band " (tone.class()) } {
                p { strong { (text(&fact)) } }
                @if !more.is_empty() { p { (text(more)) } }
            }
        }
        @if view.zone.not_looked_at > 0 {
            p { (count(view.zone.not_looked_at, "target")) " of proxied records were too many to look at." }
        }
        (next(report, view, now))
        (causes(view))
        (records(view, now))
        (timeline(view, now))
        (evidence(view))
    }
}

/// What the reader does now, in order.
fn next(report: &Report, view: &View<'_>, now: &Zoned) -> Markup {
    let steps = steps(report, view, now);
    html! {
        section {
            h2 { "What you do next" }
            @if steps.is_empty() { p { "Nothing." } } @else {
                ol.next { @for step in &steps { li { (prose(step)) } } }
            }
        }
    }
}

fn steps(report: &Report, view: &View<'_>, now: &Zoned) -> Vec<String> {
    if let Some(error) = &view.zone.error {
        return std::iter::once(&error.message).chain(&error.hints).cloned().collect();
    }
    let mut steps: Vec<String> = unread(report).into_iter().collect();
    if view.need == Need::Fix && report.command != Command::Undo {
        let what = count(view.repairable(), "record");
        let repairs = report.repairs([view.zone]);
        steps.extend(repairs.into_iter().map(|(_, command)| format!("Repair {what}: `{command}`")));
    }
    steps.extend(advice(view));
    steps.extend(verify(view, now));
    if view.old_until().is_some() {
        let names: Vec<&str> = view.zone.confirmations.iter().map(|one| one.name.as_str()).take(3).collect();
        steps.push(format!("To look again: `cf-domauth confirm {}`", names.join(" ")));
    }
    steps
}

/// What was not understood of the input: a record may stand there.
pub(super) fn unread(report: &Report) -> Option<String> {
    let lines = report.unread_lines();
    (lines > 0).then(|| format!("{} of the input not understood: see Input below", count(lines, "line")))
}

/// What a person has to do about findings that fix may not repair, once for all records of one advice.
fn advice(view: &View<'_>) -> Vec<String> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    let open = view::open(view.zone).filter(|finding| finding.remedy.is_none());
    for finding in open {
        let Some(advice) = finding.words().advice else { continue };
        let name = view::label(view.zone, &finding.name);
        match all.iter_mut().find(|(known, _)| *known == advice) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => all.push((advice, vec![name])),
        }
    }
    all.into_iter().map(|(advice, names)| format!("{}: {advice}", words::joined(&names))).collect()
}

/// Where to let the provider look again, and from when on.
fn verify(view: &View<'_>, now: &Zoned) -> Vec<String> {
    let made = view.zone.made();
    let is_shown = |name: &DomainName| {
        let seen = view.zone.seen(name);
        seen.is_none_or(|one| matches!(one.verdict, Verdict::Confirmed | Verdict::Stale))
    };
    let end = view.old_until().map(|end| until(end, now));
    let when = end.map(|end| format!(" (works from {end} on at the latest)")).unwrap_or_default();
    let step = |provider: &Provider| match provider.verify_path(&view.zone.label) {
        Some(path) => format!("In {}: {path}{when}.", provider.name),
        None => format!("Let {} check the domain again{when}.", provider.name),
    };
    let providers = view.zone.providers_of(|name| made.holds(name) && is_shown(name));
    providers.into_iter().map(step).collect()
}

/// A message as the beginning of a paragraph. A name stays as it is written.
fn begun(message: &str) -> String {
    let is_name = message.split(' ').next().is_some_and(|word| word.contains(['.', '_']));
    let mut letters = message.chars();
    match letters.next() {
        Some(first) if !is_name => first.to_uppercase().chain(letters).collect(),
        _ => message.to_owned(),
    }
}

fn causes(view: &View<'_>) -> Markup {
    let is_past = view.zone.made_count() > 0;
    let is_wrong = |cause: &Cause<'_>| cause.findings.iter().any(|one| one.severity() == Severity::Error);
    let title = match view.causes.iter().any(is_wrong) {
        true if is_past => "What was wrong",
        true => "What is wrong",
        false => "What is open",
    };
    html! {
        @if !view.causes.is_empty() {
            section {
                h2 { (title) }
                @for cause in &view.causes { (told(view, cause)) }
            }
        }
    }
}

/// A cause in two sentences and a picture.
fn told(view: &View<'_>, cause: &Cause<'_>) -> Markup {
    let Cause { severity, code, findings } = cause;
    let whose = words::joined(&view::providers(findings));
    let noun = if whose.is_empty() { "record".to_owned() } else { format!("{whose} record") };
    let is_record = |finding: &&&Finding| finding.name.as_str() != view.zone.label;
    let records = findings.iter().filter(is_record).count();
    let names: Vec<String> = findings.iter().map(|one| view::label(view.zone, &one.name)).take(3).collect();
    let more = findings.len() > 3;
    let is_error = *severity == Severity::Error;
    // What is only a question has no consequence to be told.
    let is_broken = records > 0 || is_error;
    let roles: Vec<Option<Role>> = findings.iter().map(|one| one.role).collect();
    let row = findings.iter().find_map(|finding| view.rows.iter().find(|row| *row.name == finding.name));
    let (example, target) =
        row.map(|row| (view::label(view.zone, row.name), row.target.clone())).unwrap_or_default();
    html! {
        p {
            @if records == 0 || *code == Code::Unconfirmed {
                @for (place, finding) in findings.iter().take(3).enumerate() {
                    @if place > 0 { "; " }
                    (text(&(if place == 0 { begun(&finding.words().message) } else { finding.words().message })))
                }
                "."
            } @else {
                strong { (text(&count(records, &noun))) } ": " em { (words::state(*code)) }
                " (" (text(&names.join(", "))) (if more { ", …" } else { "" }) ")."
            }
            @if is_broken { " " (prose(words::meaning(*code, !is_error))) }
            " More: " (name(&format!("cf-domauth explain {}", code.word())))
        }
        @if is_error && let Some(picture) = picture::path(*code, &roles, (&example, &target)) { (picture) }
    }
}

/// The records that changed, are broken, or were asked about.
pub(super) fn records(view: &View<'_>, now: &Zoned) -> Markup {
    let has_changes = view.zone.applied.is_some();
    let has_next = view.rows.iter().any(|row| !row.now.words.is_empty());
    let has_seen = view.rows.iter().any(|row| row.seen.is_some());
    let [first, second] = if has_changes { ["Was", "Is now"] } else { ["Is now", "Repair"] };
    let titles = ["Record", "Points to", first].into_iter();
    let titles = titles.chain(has_next.then_some(second)).chain(has_seen.then_some("Seen by"));
    html! {
        @if !view.rows.is_empty() {
            section {
                h2 { "Records" }
                p.quiet { (text(&besides(view))) }
                table.records {
                    (heads(&titles.collect::<Vec<_>>()))
                    tbody { @for row in &view.rows { tr {
                        th scope="row" {
                            (name(&view::label(view.zone, row.name)))
                            @if let Some(role) = row.role { span.role { (words::role(role)) } }
                        }
                        td data-label="Points to" { (name(&row.target)) }
                        td data-label=(first) { (mark(row.was.tone, &row.was.words)) }
                        @if has_next { td data-label=(second) { (mark(row.now.tone, &row.now.words)) } }
                        @if has_seen { td data-label="Seen by" { (seen(row, now)) } }
                    } } }
                }
            }
        }
    }
}

/// How many records are changed, open and fine.
fn besides(view: &View<'_>) -> String {
    let infos = view.zone.diagnosis.findings.iter().filter(|one| !one.is_concern());
    let left_alone: BTreeSet<&DomainName> = infos.map(|one| &one.name).collect();
    let fine = view.fine.iter().filter(|record| !left_alone.contains(&record.name)).count();
    let rows = if view.rows.len() == 1 { "record below" } else { "records below" };
    words::counts(&[(view.rows.len(), rows), (fine, "fine"), (left_alone.len(), "left alone on purpose")])
}

fn seen(row: &Row<'_>, now: &Zoned) -> Markup {
    let Some(one) = row.seen else { return html! {} };
    html! {
        @for probe in view::seen(one) { span.nowrap { (mark(probe.tone, &probe.words)) } " " }
        @if let Some(end) = view::old_until(one) { span.nowrap { "until " (until(end.timestamp(), now)) } }
    }
}

/// Per resolver, for how long it may still give an old answer.
fn timeline(view: &View<'_>, now: &Zoned) -> Markup {
    let resolvers = view::resolvers(view.zone);
    if resolvers.is_empty() {
        return html! {};
    }
    let left = |end| view::seconds_to(end, now).max(1);
    let longest = resolvers.iter().map(|(_, _, end)| left(*end)).max().unwrap_or(1);
    html! {
        section {
            h2 { "Old answers in public resolvers" }
            table.timeline {
                (heads(&["Resolver", "At the latest until", "Time left"]))
                tbody { @for (server, names, end) in &resolvers { tr {
                    th scope="row" { (text(server)) span.role { (text(&words::joined(names))) } }
                    td data-label="At the latest until" { (until(*end, now)) }
                    td data-label="Time left" {
                        span.nowrap { (plain::seconds(left(*end).unsigned_abs())) }
                        svg.bar aria-hidden="true" width="100" height="8" viewBox="0 0 100 8" preserveAspectRatio="none" {
                            rect.all width="100" height="8" {}
                            rect.left width=(left(*end) * 100 / longest) height="8" {}
                        }
                    }
                } } }
            }
        }
    }
}

/// How all this is known, folded.
pub(super) fn evidence(view: &View<'_>) -> Markup {
    let answers: usize = view.zone.confirmations.iter().map(|one| asked(one).count()).sum();
    let findings = &view.zone.diagnosis.findings;
    let remarks = remarks(view.zone);
    let is_empty = answers == 0 && findings.is_empty() && remarks.is_empty() && view.fine.is_empty();
    html! {
        @if !is_empty {
            section {
                h2 { "Evidence" }
                @if !remarks.is_empty() {
                    ul { @for remark in &remarks { li { (prose(remark)) } } }
                }
                @if !findings.is_empty() {
                    details {
                        summary { "How each finding is known (" (findings.len()) ")" }
                        @for finding in findings { (known(view, finding)) }
                    }
                }
                @if answers > 0 { (answers_of(view, answers)) }
                @if !view.fine.is_empty() { (fine(view)) }
            }
        }
    }
}

fn asked(one: &Confirmation) -> impl Iterator<Item = &crate::model::confirm::Word> {
    one.servers.iter().filter(|word| word.standing != Agreement::NotAsked)
}

fn known(view: &View<'_>, finding: &Finding) -> Markup {
    let (is_fixed, told) = (view.zone.made().fixes(finding), finding.words());
    html! {
        p {
            strong { (if view::is_waiting(view.zone, finding) { "waiting" } else { finding.severity().word() }) " [" (finding.code().word()) "]" }
            (if is_fixed { " (repaired) " } else { " " })
            (text(&told.message))
        }
        ul { @for evidence in &told.evidence { li { (prose(evidence)) } } }
    }
}

fn answers_of(view: &View<'_>, answers: usize) -> Markup {
    html! {
        details {
            summary { "Answers per server (" (answers) ")" }
            table {
                (heads(&["Record", "Server", "Answer"]))
                tbody {
                    @for one in &view.zone.confirmations { @for word in asked(one) { tr {
                        th scope="row" { (name(&view::label(view.zone, &one.name))) }
                        td data-label="Server" { (word.server.kind.word()) " " (text(&word.server.to_string())) }
                        td data-label="Answer" {
                            (text(&word.observation.as_ref().map(Observation::describe).unwrap_or_default()))
                        }
                    } } }
                }
            }
            @for note in view.zone.confirmations.iter().flat_map(|one| &one.notes) { p { (prose(note)) } }
        }
    }
}

fn fine(view: &View<'_>) -> Markup {
    html! {
        details {
            summary { (count(view.fine.len(), "record")) " with nothing to change" }
            table {
                (heads(&["Record", "Points to", "Provider"]))
                tbody { @for record in &view.fine { tr {
                    th scope="row" {
                        (name(&view::label(view.zone, &record.name)))
                        span.role { (words::role(record.classification.role)) }
                    }
                    td data-label="Points to" { (name(record.target.as_str())) }
                    td data-label="Provider" {
                        (text(record.classification.provider.as_ref().map_or("not known", |provider| &provider.name)))
                    }
                } } }
            }
        }
    }
}
