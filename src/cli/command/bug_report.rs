//! The bundle of `doctor --report`: what helps whoever looks into a fault, without names, addresses and secrets. Pure.

use std::fmt::Write as _;

use super::settings::{Row, rows};
use crate::cli::settings::Settings;
use crate::cli::settings::choice::{Choice, Origin, TokenSource};
use crate::model::doctor::{self, Check};
use crate::model::redact::Redactor;
use crate::run::probe::Sample;

/// The whole text.
pub(super) fn text(settings: &Settings, checks: &[Check], samples: &[Sample]) -> String {
    let mut redactor = Redactor::default();
    let mut text = format!(
        "cf-domauth {}, {} {}, features: {}\nexit status of doctor: {}\n\nsettings, by where they were chosen\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        features(),
        doctor::exit(checks).code(),
    );
    for (name, place) in places(settings) {
        writeln!(text, "  {name:14} {place}").ok();
    }
    text.push_str("\nchecks\n");
    for check in checks {
        let says = redactor.text(&format!("{}: {}", check.name, check.says));
        writeln!(text, "  {:10} {:8} {says}", check.area.word(), check.state.word()).ok();
    }
    text.push_str("\nshapes of answers\n");
    for Sample { path, took, shape } in samples {
        let shape = match shape {
            Ok(shape) => shape.to_string(),
            Err(failure) => redactor.text(&failure.message),
        };
        writeln!(text, "  GET {path}  {} ms\n    {shape}", took.as_millis()).ok();
    }
    text
}

fn features() -> String {
    let known = [("keyring", cfg!(feature = "keyring")), ("sandbox", cfg!(feature = "sandbox"))];
    let on = known.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name);
    on.collect::<Vec<_>>().join(", ")
}

/// Each setting and the kind of place it was chosen in: an option, a variable, the file; never its value.
fn places(settings: &Settings) -> Vec<(&'static str, String)> {
    let place = |(name, chosen, _): Row| {
        let (is_chosen, origin) = (chosen.is_some(), chosen.map(|chosen| chosen.origin));
        let place = match origin {
            Some(Origin::Option(name) | Origin::Variable(name)) => name.to_owned(),
            Some(Origin::File { .. }) => "settings file".to_owned(),
            Some(Origin::Default) | None => "default".to_owned(),
        };
        match name {
            "settings" => ("settings file", if is_chosen { "there" } else { "none" }.to_owned()),
            "profile" => (name, if is_chosen { "one is used" } else { "none" }.to_owned()),
            "ignore" => (name, format!("{} rules", settings.file.rules.len())),
            "token" => (name, format!("{place} ({})", settings.token().as_ref().map_or("none", kind))),
            _ => (name, place),
        }
    };
    rows(settings).into_iter().map(place).collect()
}

fn kind(token: &Choice<TokenSource>) -> &'static str {
    match token.value {
        TokenSource::Literal(_) if matches!(token.origin, Origin::Variable(_)) => "variable",
        TokenSource::Literal(_) => "literal",
        TokenSource::Key { .. } => "legacy key",
        TokenSource::File(_) => "file",
        TokenSource::Variable(_) => "variable",
        TokenSource::Command(_) => "command",
        TokenSource::Keyring(_) => "keyring",
    }
}
