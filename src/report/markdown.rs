//! The report for tickets and wikis. Pure.

use std::io::{self, Write};

use super::understood::in_short;
use super::view::{self, Cause, View};
use super::{Report, remarks, terminal, words};
use crate::model::plain;

/// Writes the report as Markdown: what is so, what to do next, what is wrong and why it matters, and one table with a
/// row for each record that changed, is broken or was asked about.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let views: Vec<View<'_>> = report.zones.iter().map(View::of).collect();
    let has_one = views.len() == 1;
    // Of what was repaired the lines below tell.
    let is_repaired = views.iter().any(|view| view.zone.made_count() > 0);
    let title = views.first().filter(|_| has_one && is_repaired).map(|view| view.zone.heading());
    writeln!(out, "# {}\n", text(&title.unwrap_or_else(|| terminal::verdict(report))))?;
    for line in terminal::closing(report) {
        writeln!(out, "- {}", text(line.trim()))?;
    }
    for remark in report.understood.iter().flat_map(in_short) {
        writeln!(out, "- input: {}", text(&remark))?;
    }
    let of = |view: &View<'_>| {
        if has_one { String::new() } else { format!("**{}**: ", text(&view.zone.heading())) }
    };
    let mut lines = Vec::new();
    for view in &views {
        let error = view.zone.error.iter().flat_map(|error| {
            std::iter::once(format!("not worked on: {}", error.message)).chain(error.hints.iter().cloned())
        });
        let causes = view.causes.iter().map(cause);
        let notes = remarks(view.zone).into_iter().map(|note| format!("note: {note}"));
        lines.extend(error.chain(causes).chain(notes).map(|line| format!("- {}{}", of(view), text(&line))));
    }
    if !lines.is_empty() {
        writeln!(out, "\n{}", lines.join("\n"))?;
    }
    table(&views, out)
}

/// What is wrong and what it means for mail: the finding's own words where it is alone.
fn cause(cause: &Cause<'_>) -> String {
    let Cause { severity, code, findings } = cause;
    match findings.as_slice() {
        [only] => format!("{}: {}", code.word(), words::told(only)),
        many => {
            format!("{}: {} records. {}", code.word(), many.len(), words::shared((*severity, *code), many))
        }
    }
}

fn table(views: &[View<'_>], out: &mut dyn Write) -> io::Result<()> {
    if views.iter().all(|view| view.rows.is_empty()) {
        return Ok(());
    }
    let has_changes = views.iter().any(|view| view.zone.applied.is_some());
    let [first, second] = if has_changes { ["Was", "Is now"] } else { ["Is now", "Repair"] };
    writeln!(out, "\n| Record | Points to | {first} | {second} | Public DNS |\n|{}", " --- |".repeat(5))?;
    for row in views.iter().flat_map(|view| &view.rows) {
        let seen = row.seen.map_or_else(String::new, |one| {
            let end = view::old_until(one);
            let end =
                end.map(|end| end.timestamp().strftime("old answers until %Y-%m-%d %H:%M UTC").to_string());
            view::seen(one).map(|probe| probe.words).into_iter().chain(end).collect::<Vec<_>>().join(", ")
        });
        let cells = [row.name.as_str(), &row.target, &row.was.words, &row.now.words, &seen].map(text);
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// Takes the power from characters that Markdown or a page around it would act upon.
fn text(raw: &str) -> String {
    let mut safe = String::new();
    for character in plain::sanitize_line(raw).chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => safe.extend(['\\', character]),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(text("a|b<img>[x](y)_z_"), "a\\|b&lt;img&gt;\\[x\\](y)\\_z\\_");
    }
}
