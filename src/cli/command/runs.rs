//! The runs of a state folder, as `undo --list` shows them. Effects: files, terminal.

use std::cmp::Reverse;
use std::path::Path;

use jiff::Timestamp;

use super::Stopped;
use crate::cli::arguments::Format;
use crate::cli::settings::SettingsError;
use crate::cli::ui::Terminal;
use crate::io::store::journal::{self, StoreError};
use crate::model::failure::{Exit, Failure};
use crate::model::plain;
use crate::model::undo::{self, Past};
use crate::report::objects::{self, RunsV1};

/// A run and what it did; a journal that cannot be used says why.
pub(super) type Ran = (String, Result<Past, Failure>);

/// What one run did.
pub(super) fn read(state_dir: &Path, run: &str) -> Result<Past, Failure> {
    let lines = journal::read(state_dir, run).map_err(|error| Failure::of(&error))?;
    undo::past(lines).map_err(|error| Failure::of(&error))
}

/// Every run, the newest first by Cloudflare's clock where that is known. One that is dated in the future by
/// the clock of this machine, which was wrong then or is now, is nowhere near the last: it stands at the end.
pub(super) fn all(state_dir: &Path) -> Result<Vec<Ran>, StoreError> {
    let now = Timestamp::now();
    let known = journal::runs(state_dir)?.into_iter();
    let mut runs: Vec<Ran> = known.map(|run| (run.clone(), read(state_dir, &run))).collect();
    runs.sort_by_key(|(run, past)| {
        let told = past.as_ref().ok().and_then(Past::api_date);
        let named = || run.split('-').next().and_then(|second| second.parse().ok());
        Reverse(told.or_else(|| named().filter(|second| *second <= now)))
    });
    Ok(runs)
}

/// Shows the runs, the newest first.
pub(super) fn list(terminal: &Terminal, state_dir: &Path) -> Result<Exit, Stopped> {
    let runs = all(state_dir)?;
    let text = match terminal.format() {
        Format::Human => as_lines(&runs, &state_dir.display().to_string()),
        Format::Json => as_json(&runs),
        Format::Markdown | Format::Html | Format::Csv => return Err(SettingsError::ListFormat.into()),
    };
    terminal.answer(&text)?;
    Ok(Exit::Done)
}

fn as_json(runs: &[Ran]) -> String {
    let all = runs.iter().map(|(run, past)| {
        let undone_by = undone_by(runs, run).map(|(undo, _)| undo);
        (run.as_str(), past.as_ref(), undone_by)
    });
    objects::line(&RunsV1::of(all))
}

/// The last run that put `run` back, and whether it came to a good end.
fn undone_by<'r>(runs: &'r [Ran], run: &str) -> Option<(&'r str, bool)> {
    let mut undos = runs.iter().filter_map(|(undo, past)| Some((undo.as_str(), past.as_ref().ok()?)));
    let (undo, past) = undos.find(|(_, past)| past.undoes.as_deref() == Some(run))?;
    let good = [Exit::Done, Exit::Unconfirmed].map(Exit::code);
    Some((undo, past.exit.is_some_and(|exit| good.contains(&exit))))
}

fn as_lines(runs: &[Ran], folder: &str) -> String {
    if runs.is_empty() {
        return format!("no runs in {}\n", plain::line(folder));
    }
    let lines = runs.iter().map(|(run, past)| format!("{run}  {}", described(runs, run, past.as_ref())));
    format!("{}\n", lines.collect::<Vec<_>>().join("\n"))
}

fn described(runs: &[Ran], run: &str, past: Result<&Past, &Failure>) -> String {
    let past = match past {
        Ok(past) if past.zones.is_empty() => return "ended before it announced any change".to_owned(),
        Ok(past) => past,
        Err(failure) => return format!("cannot be put back: {}", failure.message),
    };
    let zones = past
        .zones
        .iter()
        .map(|zone| format!("{} ({})", zone.name, plain::count(zone.changes.len(), "change")));
    let kind = match &past.undoes {
        Some(undone) => format!("undo of {}", plain::line(undone)),
        None => "fix".to_owned(),
    };
    let undone = undone_by(runs, run).map(|(undo, is_whole)| {
        let how = if is_whole { "put back" } else { "put back in part" };
        format!(", {how} by {undo}")
    });
    let end = match past.exit {
        Some(exit) => format!("exit status {exit}"),
        None => "did not come to its end".to_owned(),
    };
    format!("{kind}: {}; {end}{}", zones.collect::<Vec<_>>().join(", "), undone.unwrap_or_default())
}
