//! The bundle of `doctor --report`: what helps whoever looks into a fault, without names, addresses and secrets. Pure.

use std::fmt::Write as _;

use crate::cli::settings::Settings;
use crate::cli::settings::choice::TokenFrom;
use crate::cli::settings::file::TokenSource;
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
    use crate::cli::settings::choice::Origin;
    let place = |origin: Option<Origin>| match origin {
        Some(Origin::Option(name) | Origin::Variable(name)) => name.to_owned(),
        Some(Origin::File { .. }) => "settings file".to_owned(),
        Some(Origin::Default) | None => "default".to_owned(),
    };
    let file = if settings.file.path.is_some() { "there" } else { "none" };
    let profile = if settings.file.profile.is_some() { "one is used" } else { "none" };
    let token = settings.token();
    let kind = token.as_ref().map(|chosen| kind(&chosen.value));
    let said = |origin: Option<Origin>| place(origin);
    vec![
        ("settings file", file.to_owned()),
        ("profile", profile.to_owned()),
        ("account", said(settings.account(None).map(|chosen| chosen.origin))),
        ("api_url", said(Some(settings.api_url().origin))),
        ("authoritative", said(settings.authoritative().map(|chosen| chosen.origin))),
        ("ca_file", said(settings.ca_file().map(|chosen| chosen.origin))),
        ("catalog", said(settings.catalog().map(|chosen| chosen.origin))),
        ("ignore", format!("{} rules", settings.file.rules.len())),
        ("resolvers", said(settings.resolvers().map(|chosen| chosen.origin))),
        ("state_dir", said(settings.state_dir().map(|chosen| chosen.origin))),
        ("token", format!("{} ({})", said(token.map(|chosen| chosen.origin)), kind.unwrap_or("none"))),
        ("wait", said(settings.wait(None).map(|chosen| chosen.origin))),
        ("zones", said(settings.zones().map(|chosen| chosen.origin))),
    ]
}

fn kind(token: &TokenFrom) -> &'static str {
    match token {
        TokenFrom::File(_) | TokenFrom::Source(TokenSource::File(_)) => "file",
        TokenFrom::Variable(_) | TokenFrom::Source(TokenSource::Variable(_)) => "variable",
        TokenFrom::Key(..) => "legacy key",
        TokenFrom::Source(TokenSource::Literal(_)) => "literal",
        TokenFrom::Source(TokenSource::Command(_)) => "command",
        TokenFrom::Source(TokenSource::Keyring(_)) => "keyring",
    }
}
