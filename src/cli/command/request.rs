//! From arguments to what is asked for. Effects: files, terminal.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

use super::usage::UsageError;
use crate::cli::arguments::Zones;
use crate::cli::settings::choice::Choice;
use crate::cli::settings::{self, Settings, SettingsError};
use crate::model::dns::DomainName;
use crate::model::expectation::document::Document;
use crate::model::expectation::input::LONGEST_INPUT;
use crate::model::ids::ZoneId;
use crate::model::ignore::IgnoreList;
use crate::model::target::Request;

/// The same arguments as they are meant: `--sandbox example.com` names a zone, as no scenario is called so, and a sandbox
/// without a zone stands for all of its zones.
#[cfg(feature = "sandbox")]
pub(super) fn settled(mut arguments: Zones) -> Zones {
    arguments.names.extend(super::sandbox::zone_taken_for_scenario(&mut arguments.shared.sandbox));
    let is_any = arguments.names.is_empty() && arguments.zone.is_empty() && arguments.zone_id.is_empty();
    arguments.all_zones |= is_any && arguments.shared.sandbox.is_some();
    arguments
}

/// The same arguments as they are meant.
#[cfg(not(feature = "sandbox"))]
pub(super) fn settled(arguments: Zones) -> Zones {
    arguments
}

/// What the arguments ask for.
pub(super) fn read(settings: &Settings, arguments: &Zones) -> Result<Request, UsageError> {
    let id = |source| SettingsError::Id { origin: "--zone-id".to_owned(), source };
    let is_own = arguments.shared.sandbox().is_none();
    // What narrows a run to one's own zones leads past a simulator's.
    let account = if is_own || arguments.account.is_some() {
        settings::account(settings, arguments.account.as_deref())?
    } else {
        None
    };
    let named = settings::names("ZONE", &arguments.names)?;
    let named = [named, settings::names("--zone", &arguments.zone)?].concat();
    let is_any = named.is_empty() && arguments.zone_id.is_empty() && !arguments.all_zones;
    let ids = arguments.zone_id.iter().map(|text| ZoneId::parse(text)).collect::<Result<_, _>>();
    Ok(Request {
        zones: if is_any { usual_zones(settings)? } else { named },
        ids: ids.map_err(id)?,
        all: arguments.all_zones,
        shard: arguments.shard,
        account,
        only: settings::names("--record", &arguments.record)?,
        expected: settings::expectations(&arguments.expect)?,
        documents: documents("--expect-file", &arguments.expect_file)?,
        ignore: IgnoreList::on(jiff::Zoned::now().date(), settings.file.rules.clone()),
        ..Request::default()
    })
}

/// The zones of the settings file, which are meant where none is named.
fn usual_zones(settings: &Settings) -> Result<Vec<DomainName>, UsageError> {
    let Some(Choice { value, origin }) = settings.zones() else { return Err(UsageError::NoZone) };
    let zones = settings::names(&origin.to_string(), &value)?;
    if zones.is_empty() { Err(UsageError::NoZone) } else { Ok(zones) }
}

/// Reads every file that was named with `option`; `-` is standard input and may be named once.
pub(super) fn documents(option: &'static str, paths: &[PathBuf]) -> Result<Vec<Document>, UsageError> {
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(UsageError::InputTwice(option));
    }
    paths.iter().map(|path| document(option, path)).collect()
}

pub(super) fn document(option: &'static str, path: &Path) -> Result<Document, UsageError> {
    let name = || crate::model::plain::sanitize_line(&path.display().to_string());
    let origin = if is_standard(path) { "standard input".to_owned() } else { name() };
    let failed = |source| UsageError::InputFile { option, path: origin.clone(), source };
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
