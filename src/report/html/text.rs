//! Text from outside on its way into the page, and how names, moments and counts are written there. Pure.
//!
//! The template escapes; here control characters and marks of direction lose their power, and long names get places
//! where they may be broken.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use maud::{Markup, html};

use crate::model::plain;

/// Longest word without a place to break it: what fits beside its label on a phone.
const LONGEST_WORD: usize = 25;

/// A text of any length: harmless, and long names in it may be broken at their dots.
pub(super) fn text(raw: &str) -> Markup {
    let clean = plain::sanitize_line(raw);
    html! {
        @for (place, word) in clean.split(' ').enumerate() {
            @if place > 0 { " " }
            @if word.chars().count() > LONGEST_WORD { (dotted(word)) } @else { (word) }
        }
    }
}

/// The same with what stands between backticks as something to be typed.
pub(super) fn prose(raw: &str) -> Markup {
    html! {
        @for (place, part) in raw.split('`').enumerate() {
            @if place % 2 == 1 { (name(part)) } @else { (text(part)) }
        }
    }
}

/// A name, a value of a record or something to be typed: in the letters of code, and broken at spaces and at the dots
/// of what is long only.
pub(super) fn name(raw: &str) -> Markup {
    let clean = plain::sanitize_line(raw);
    html! { code {
        @for (place, word) in clean.split(' ').enumerate() {
            @if place > 0 { " " }
            @if word.chars().count() > LONGEST_WORD { (dotted(word)) } @else { span.nowrap { (word) } }
        }
    } }
}

fn dotted(word: &str) -> Markup {
    html! {
        @for (place, label) in word.split('.').enumerate() {
            @if place > 0 { "." wbr; }
            // A browser breaks at a hyphen, too.
            @if label.contains('-') && label.chars().count() <= LONGEST_WORD { span.nowrap { (label) } } @else { (label) }
        }
    }
}

/// A day and a time: `25 November 2026, 18:04 UTC`.
pub(super) fn day_and_time(at: &Zoned) -> String {
    at.with_time_zone(TimeZone::UTC).strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// A moment soon after `now`: `18:28 UTC`, with its day if that is another one. Rounded up to the minute.
pub(super) fn until(end: Timestamp, now: &Zoned) -> String {
    let up = jiff::TimestampRound::new().smallest(jiff::Unit::Minute).mode(jiff::RoundMode::Ceil);
    let end = end.round(up).unwrap_or(end).to_zoned(TimeZone::UTC);
    let is_today = end.date() == now.with_time_zone(TimeZone::UTC).date();
    end.strftime(if is_today { "%H:%M UTC" } else { "%-d %B, %H:%M UTC" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup_or_turns_the_line_around() {
        let hostile = "<script>alert('\"&\u{1b}[2J\u{202e}</script>";
        for shown in [text(hostile), prose(hostile), name(hostile)] {
            let shown = shown.into_string();
            assert!(!shown.contains("<script") && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
            assert!(shown.contains("&lt;script&gt;") && shown.contains("&quot;&amp;"), "{shown}");
        }
    }

    #[test]
    fn a_long_name_may_be_broken_at_its_dots_and_nowhere_else() {
        let long = "s1.domainkey.u1446226.wl123.sendgrid.net";
        assert_eq!(text(&format!("to {long}")).into_string(), format!("to {}", long.replace('.', ".<wbr>")));
        assert_eq!(text("em1234.example.com").into_string(), "em1234.example.com");
    }

    #[test]
    fn what_is_to_be_typed_is_told_from_the_rest() {
        let typed =
            "run <code><span class=\"nowrap\">a</span> <span class=\"nowrap\">--b-c</span></code> now";
        assert_eq!(prose("run `a --b-c` now").into_string(), typed);
    }
}
