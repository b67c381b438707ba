//! From arguments to what is asked for. Effects: files, terminal.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

use super::context::options;
use super::{Stopped, usage};
use crate::cli::arguments::{Shared, Zones};
use crate::cli::settings::choice::Choice;
use crate::cli::settings::{self, Settings, SettingsError};
use crate::model::dns::DomainName;
use crate::model::expectation::document::Document;
use crate::model::expectation::input::LONGEST_INPUT;
use crate::model::ids::ZoneId;
use crate::model::ignore::IgnoreList;
use crate::model::target::Request;
use crate::report::SameZones;

/// The same arguments as they are meant: `--sandbox example.com` names a zone, as no scenario is called so, and a sandbox
/// without a zone stands for all of its zones.
pub(super) fn settled(mut arguments: Zones) -> Zones {
    arguments.names.extend(taken_for_scenario(&mut arguments.shared));
    let is_any = arguments.names.is_empty() && arguments.zone.is_empty() && arguments.zone_id.is_empty();
    arguments.all_zones |= is_any && arguments.shared.sandbox().is_some();
    arguments
}

/// The name that was read as the scenario of `--sandbox`.
#[cfg(feature = "sandbox")]
pub(super) fn taken_for_scenario(shared: &mut Shared) -> Option<String> {
    super::sandbox::zone_taken_for_scenario(&mut shared.sandbox)
}

/// There is no sandbox.
#[cfg(not(feature = "sandbox"))]
pub(super) fn taken_for_scenario(_: &mut Shared) -> Option<String> {
    None
}

/// Names the same zones again: the options that choose all of them, unless they were named one by one, and those that
/// say what is wanted of them.
pub(super) fn again(arguments: &Zones) -> SameZones {
    let Zones { names, zone, zone_id, all_zones, shard, account, .. } = arguments;
    let is_named = !(names.is_empty() && zone.is_empty() && zone_id.is_empty());
    let all = if *all_zones { " --all-zones" } else { "" };
    let all = format!("{all}{}", options("shard", shard.map(|shard| shard.to_string())));
    let files = arguments.expect_file.iter().map(|path| path.display().to_string());
    let options = [
        options("account", account.clone()),
        options("expect", arguments.expect.clone()),
        options("expect-file", files),
        options("expect-from", arguments.expect_from.clone()),
        options("record", arguments.record.clone()),
    ];
    SameZones { all: (!is_named).then_some(all), options: options.concat() }
}

/// What the arguments ask for.
pub(super) fn read(settings: &Settings, arguments: &Zones) -> Result<Request, Stopped> {
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
fn usual_zones(settings: &Settings) -> Result<Vec<DomainName>, Stopped> {
    let usual = settings.zones().filter(|usual| !usual.value.is_empty());
    let Some(Choice { value, origin }) = usual else {
        let hints = [
            "name one: `cf-domauth audit example.com`, or all that the token can see: --all-zones",
            "or keep them in the settings file: zones = [\"example.com\"]",
        ];
        return Err(usage("no zone is named", hints));
    };
    Ok(settings::names(&origin.to_string(), &value)?)
}

/// Reads every file that was named with `option`; `-` is standard input and may be named once.
pub(super) fn documents(option: &str, paths: &[PathBuf]) -> Result<Vec<Document>, Stopped> {
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        let message = format!("{option} - is given more than once: standard input can be read once");
        return Err(usage(message, [READABLE]));
    }
    paths.iter().map(|path| document(option, path)).collect()
}

const READABLE: &str = "name a file that can be read, or - for standard input";

pub(super) fn document(option: &str, path: &Path) -> Result<Document, Stopped> {
    let (origin, read) = if is_standard(path) {
        ("standard input".to_owned(), from_standard_input())
    } else {
        (settings::shown(path), File::open(path).and_then(bounded))
    };
    let failed = |error| usage(format!("{option} {origin} cannot be read: {error}"), [READABLE]);
    Ok(Document { bytes: read.map_err(failed)?, origin })
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
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
