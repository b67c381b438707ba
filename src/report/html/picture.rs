//! The way of a mail check, from the question to the key, and where it breaks: a picture per cause. Pure.

use maud::{Markup, html};

use super::text;
use crate::model::catalog::Role;
use crate::model::diagnosis::Code;
use crate::report::words;

/// The steps of a check; a way can break in front of the second, the third or the fourth.
const FIRST_STEPS: [&str; 3] = ["Mail server", "Name", "CNAME record"];

/// In front of which step the way breaks; `None` where a picture tells nothing.
fn broken_step(code: Code) -> Option<usize> {
    match code {
        Code::ZoneNotServing | Code::DnssecBroken | Code::DelegatedAway => Some(1),
        Code::Proxied
        | Code::Missing
        | Code::InTheWay
        | Code::DoubledName
        | Code::TxtInsteadOfCname
        | Code::IncompleteSet
        | Code::Flattened
        | Code::ZoneFlattened
        | Code::SameZoneTarget => Some(2),
        Code::WrongTarget
        | Code::Taken
        | Code::ZoneInTarget
        | Code::TargetGone
        | Code::KeyMissing
        | Code::KeyRevoked
        | Code::KeyInvalid
        | Code::ReturnPathBroken => Some(3),
        _ => None,
    }
}

/// The picture of a cause, for the roles of its records: one for wide pages and one for phones, of which a reader
/// meets one. The caption names one record and its target.
pub(super) fn path(code: Code, roles: &[Option<Role>], (name, target): (&str, &str)) -> Option<Markup> {
    let broken = broken_step(code)?;
    let last = match roles {
        [Some(Role::Dkim), rest @ ..] if rest.iter().all(|role| *role == Some(Role::Dkim)) => "DKIM key",
        [Some(Role::ReturnPath), rest @ ..] if rest.iter().all(|role| *role == Some(Role::ReturnPath)) => {
            "SPF policy"
        }
        _ => "key or policy",
    };
    let steps = [FIRST_STEPS.as_slice(), &[last]].concat();
    let (before, behind) = (steps.get(broken - 1)?, steps.get(broken)?);
    let told = format!(
        "The way of a mail check: {}. It breaks between {before} and {behind}: {}.",
        steps.join(", then "),
        words::state(code)
    );
    let way = Way { steps: &steps, broken, told: &told };
    Some(html! {
        figure {
            (way.drawn("wide", (708, 64), |step| (2 + step * 188, 10)))
            (way.drawn("narrow", (220, 260), |step| (40, 2 + step * 70)))
            @if !target.is_empty() {
                figcaption.quiet { (text::name(name)) " → CNAME " (text::name(target)) " → " (last) }
            }
        }
    })
}

/// Width and height of a step.
const BOX: (usize, usize) = (140, 44);

/// The steps of a check, and in front of which it breaks.
struct Way<'a> {
    steps: &'a [&'a str],
    broken: usize,
    told: &'a str,
}

impl Way<'_> {
    fn drawn(
        &self,
        class: &str,
        (width, height): (usize, usize),
        place: impl Fn(usize) -> (usize, usize),
    ) -> Markup {
        html! {
            svg class={ "path " (class) } role="img" aria-label=(self.told) width=(width) height=(height)
                viewBox={ "0 0 " (width) " " (height) } {
                @for (step, label) in self.steps.iter().enumerate() {
                    @let (x, y) = place(step);
                    @let is_reached = step < self.broken;
                    @if step > 0 { (link(place(step - 1), (x, y), step == self.broken, is_reached)) }
                    g class=(if is_reached { "reached" } else { "lost" }) {
                        rect x=(x) y=(y) width=(BOX.0) height=(BOX.1) rx="6" {}
                        text x=(x + BOX.0 / 2) y=(y + 27) text-anchor="middle" { (label) }
                    }
                }
            }
        }
    }
}

/// From one step to the next: whole, broken, or never walked.
fn link(from: (usize, usize), to: (usize, usize), is_broken: bool, is_reached: bool) -> Markup {
    let is_beside = from.1 == to.1;
    let start =
        if is_beside { (from.0 + BOX.0, from.1 + BOX.1 / 2) } else { (from.0 + BOX.0 / 2, from.1 + BOX.1) };
    let end = if is_beside { (to.0, start.1) } else { (start.0, to.1) };
    let middle = (usize::midpoint(start.0, end.0), usize::midpoint(start.1, end.1));
    html! {
        line class=(if is_reached { "reached" } else { "lost" }) x1=(start.0) y1=(start.1) x2=(end.0) y2=(end.1) {}
        @if is_broken {
            circle class="break" cx=(middle.0) cy=(middle.1) r="12" {}
            text class="cross" x=(middle.0) y=(middle.1 + 6) text-anchor="middle" { "✗" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_tells_in_words_where_the_way_breaks() {
        let at = |code| {
            path(code, &[Some(Role::Dkim)], ("s1._domainkey", "s1.example.net")).map(Markup::into_string)
        };
        assert!(at(Code::Proxied).unwrap().contains("between Name and CNAME record: proxied."));
        assert!(at(Code::KeyMissing).unwrap().contains("between CNAME record and DKIM key"));
        assert!(at(Code::DnssecBroken).unwrap().contains("between Mail server and Name:"));
        assert_eq!(at(Code::AuditLogUnread), None);
    }
}
