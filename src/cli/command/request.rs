//! From arguments to what is asked for. Effects: files, terminal.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::arguments::Zones;
use crate::cli::settings::{self, SettingsError};
use crate::model::expectation::document::Document;
use crate::model::expectation::input::LONGEST_INPUT;
use crate::model::ids::{AccountId, ZoneId};
use crate::model::target::Request;

/// What the arguments ask for.
pub(super) fn read(arguments: &Zones) -> Result<Request, SettingsError> {
    let id = |origin| move |source| SettingsError::Id { origin, source };
    let ids = arguments.zone_id.iter().map(|text| ZoneId::parse(text)).collect::<Result<_, _>>();
    let account = arguments.account.as_deref().map(AccountId::parse).transpose();
    Ok(Request {
        zones: settings::names("--zone", &arguments.zone)?,
        ids: ids.map_err(id("--zone-id"))?,
        all: arguments.all_zones,
        account: account.map_err(id("--account"))?,
        only: settings::names("--record", &arguments.record)?,
        expected: settings::expectations(&arguments.expect)?,
        documents: documents("--expect-file", &arguments.expect_file)?,
        ..Request::default()
    })
}

/// Reads every file that was named with `option`; `-` is standard input and may be named once.
pub(super) fn documents(option: &'static str, paths: &[PathBuf]) -> Result<Vec<Document>, SettingsError> {
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(SettingsError::InputTwice(option));
    }
    paths.iter().map(|path| document(option, path)).collect()
}

pub(super) fn document(option: &'static str, path: &Path) -> Result<Document, SettingsError> {
    let name = || crate::model::plain::line(&path.display().to_string());
    let origin = if is_standard(path) { "standard input".to_owned() } else { name() };
    let failed = |source| SettingsError::InputFile { option, path: origin.clone(), source };
    let bytes = if is_standard(path) { from_standard_input() } else { from_file(path) }.map_err(failed)?;
    Ok(Document { origin, bytes })
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn from_file(path: &Path) -> io::Result<Vec<u8>> {
    bounded(std::fs::File::open(path)?)
}

fn from_standard_input() -> io::Result<Vec<u8>> {
    let input = io::stdin();
    if input.is_terminal() {
        let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        writeln!(
            io::stderr(),
            "Paste the records as your sending platform shows them, then press Enter and {end} on a line of its own:"
        )?;
    }
    bounded(input.lock())
}

/// One byte more than is accepted, so that too much can be told from enough.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LONGEST_INPUT as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
