//! The report as a page that stands alone: no script, no foreign address, light and dark, readable on a phone and on
//! paper. Pure.

mod fleet;
mod picture;
#[cfg(test)]
mod tests;
mod text;
mod zone;

use std::io::{self, Write};

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use super::understood::in_short;
use super::view::{Tone, View};
use super::{Command, Report, words};
use text::{day_and_time, prose, text};

const STYLE: &str = include_str!("style.css");

/// Writes the report as one HTML page.
///
/// # Errors
///
/// Whatever the writer returns.
pub fn html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let views: Vec<View<'_>> = report.zones.iter().map(View::of).collect();
    let now = report.at.to_zoned(TimeZone::UTC);
    let (verdict, body, status) = match views.as_slice() {
        [only] => (zone::verdict(report, only), zone::page(report, only, &now), only.zone.status()),
        many => (fleet::verdict(many), fleet::page(report, many, &now), None),
    };
    let status = status.map(|status| format!(" · zone {status}")).unwrap_or_default();
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (text(&verdict)) }
                style { (PreEscaped(STYLE)) }
            }
            body class=(if views.len() == 1 { "one" } else { "many" }) {
                header {
                    p.quiet { "Mail authentication at Cloudflare · " (words::command(report.command)) }
                    h1 { (text(&verdict)) }
                    p.quiet { (text(&(day_and_time(&now) + &status))) }
                }
                main {
                    (body)
                    (input(report))
                }
                (foot(report))
            }
        }
    };
    writeln!(out, "{}", page.into_string().replacen("<!DOCTYPE", "<!doctype", 1))
}

/// What was understood of files and pastes, and what was not.
fn input(report: &Report) -> Markup {
    let remarks: Vec<String> = report.understood.iter().flat_map(in_short).collect();
    let earlier = super::terminal::earlier(report);
    markup! {
        @if !earlier.is_empty() {
            section {
                h2 { "Read by an earlier run" }
                ul { @for line in &earlier { li { (text(line.trim())) } } }
            }
        }
        @if !remarks.is_empty() {
            section {
                h2 { "Input" }
                ul { @for remark in &remarks { li { (text(remark)) } } }
            }
        }
    }
}

/// The program, the run, and how to undo it.
fn foot(report: &Report) -> Markup {
    let made = report.summary().applied > 0;
    let is_undone = matches!(report.command, Command::Fix | Command::Undo) && made;
    markup! {
        footer {
            p.quiet {
                "cf-domauth " (env!("CARGO_PKG_VERSION"))
                @if !report.run.is_empty() { " · run " (text(&report.run)) }
                @if is_undone { " · undo: " code { "cf-domauth undo " (text(&report.run)) } }
            }
            @if report.ended_by.is_some_and(crate::model::failure::Exit::is_interruption) {
                p.quiet { (prose("The run was interrupted.")) }
            }
        }
    }
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Plain => "plain",
            Self::Care => "care",
            Self::Bad => "bad",
        }
    }
}

/// The head of a table.
fn heads(titles: &[&str]) -> Markup {
    markup! { thead { tr { @for title in titles { th scope="col" { (title) } } } } }
}

/// Bytes of words that stay on one line.
const SHORT: usize = 16;

/// Words with their mark and their color.
fn mark(tone: Tone, words: &str) -> Markup {
    let sign = match tone {
        Tone::Good => "✓ ",
        Tone::Bad => "✗ ",
        Tone::Care => "! ",
        Tone::Plain => "",
    };
    markup! {
        @if !words.is_empty() {
            span class={ (tone.class()) @if words.len() <= SHORT { " nowrap" } } { (sign) (text(words)) }
        }
    }
}
