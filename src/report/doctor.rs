//! Checks as text. Pure.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::model::doctor::{Area, Check, State};
use crate::model::failure::Exit;

/// For a person at a terminal; the stream drops the styles where they are not wanted.
pub fn human(checks: &[Check]) -> String {
    let mut text = String::new();
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
    let has_checks = |area: &Area| checks.iter().any(|check| check.area == *area);
    for area in [Area::Cloudflare, Area::PublicDns, Area::Here].into_iter().filter(has_checks) {
        let bold = Style::new().bold();
        writeln!(text, "{bold}{}{bold:#}", area.words()).ok();
        for check in checks.iter().filter(|check| check.area == area) {
            let style = style(check.state);
            let word = check.state.word();
            writeln!(text, "  {style}{word:7}{style:#}  {:width$}  {}", check.name, check.says).ok();
            let costs = check.costs.iter().map(|said| ("it costs", said));
            for (what, said) in costs.chain(check.remedy.iter().map(|said| ("what to do", said))) {
                writeln!(text, "  {:7}  {:width$}  {what}: {said}", "", "").ok();
            }
        }
    }
    let wrong = checks.iter().filter(|check| check.exit != Exit::Done).count();
    match wrong {
        0 => writeln!(text, "\nnothing is in the way"),
        _ => writeln!(text, "\n{} in the way", crate::model::plain::count(wrong, "thing")),
    }
    .ok();
    text
}

fn style(state: State) -> Style {
    let color = match state {
        State::Good => AnsiColor::Green,
        State::Note | State::Unknown => return Style::new().dimmed(),
        State::Weak => AnsiColor::Yellow,
        State::Bad => AnsiColor::Red,
    };
    Style::new().fg_color(Some(color.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_stands_under_its_heading_with_what_it_costs() {
        let checks = [crate::model::doctor::without_credential(), crate::model::doctor::proxies(&[])];
        let text = anstream::adapter::strip_str(&human(&checks)).to_string();
        assert!(text.starts_with("Cloudflare\n  warning  token    none is set"), "{text}");
        assert!(text.contains("it costs: audit, fix"), "{text}");
        assert!(text.contains("this machine\n  ok       proxies"), "{text}");
        assert!(text.ends_with("1 thing in the way\n"), "{text}");
    }
}
