//! The runs of a state folder, as `undo --list` shows them. Effects: files, terminal.

use std::path::Path;

use super::{Stopped, is_json};
use crate::cli::ui::Terminal;
use crate::model::failure::{Exit, Failure};
use crate::model::plain;
use crate::model::undo::RecordedRun;
use crate::report::objects;
use crate::run::recorded::{self, Ran};

/// Shows the runs, the newest first.
pub(super) fn list(terminal: &Terminal, state_dir: &Path) -> Result<Exit, Stopped> {
    let runs = recorded::all(state_dir)?;
    let folder = state_dir.display().to_string();
    let text = if is_json(terminal)? { as_json(&runs) } else { as_lines(&runs, &folder) };
    terminal.open()?;
    terminal.answer(&text)?;
    Ok(Exit::Done)
}

fn as_json(runs: &[Ran]) -> String {
    let all = runs.iter().map(|(run, past)| {
        let undone_by = undone_by(runs, run).map(|(undo, _)| undo);
        (run.as_str(), past.as_ref(), undone_by)
    });
    objects::runs(all)
}

/// The last run that put `run` back, and whether it came to a good end.
fn undone_by<'r>(runs: &'r [Ran], run: &str) -> Option<(&'r str, bool)> {
    let mut undos = runs.iter().filter_map(|(undo, past)| Some((undo.as_str(), past.as_ref().ok()?)));
    let (undo, past) = undos.find(|(_, past)| past.undoes.as_deref() == Some(run))?;
    let good = [Exit::Done, Exit::Unconfirmed].map(Exit::code);
    let zones = |past: &RecordedRun| past.zones.len();
    let all =
        runs.iter().find(|(name, _)| name == run).and_then(|(_, past)| past.as_ref().ok()).map_or(0, zones);
    Some((undo, zones(past) >= all && past.exit.is_some_and(|exit| good.contains(&exit))))
}

fn as_lines(runs: &[Ran], folder: &str) -> String {
    if runs.is_empty() {
        return format!("no runs in {}\n", plain::sanitize_line(folder));
    }
    let lines = runs.iter().map(|(run, past)| format!("{run}  {}", described(runs, run, past.as_ref())));
    format!("{}\n", lines.collect::<Vec<_>>().join("\n"))
}

fn described(runs: &[Ran], run: &str, past: Result<&RecordedRun, &Failure>) -> String {
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
        Some(undone) => format!("undo of {}", plain::sanitize_line(undone)),
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
