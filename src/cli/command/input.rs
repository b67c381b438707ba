//! Reads files and pastes that say what is expected. Effects: files, terminal.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::settings::SettingsError;
use crate::model::dns::{DomainName, Ttl};
use crate::model::expectation::input::{self, LONGEST_INPUT};
use crate::model::expectation::{Expectation, ExpectedPolicy, Source};

pub(super) use crate::model::expectation::input::Context;
pub(super) use crate::report::Understood;

/// A file or a paste that was read and not looked at yet: what it means depends on the zones.
pub(super) struct Input {
    origin: String,
    bytes: Vec<u8>,
}

/// Reads every file that was named with `option`; `-` is standard input and may be named once.
pub(super) fn read_all(option: &'static str, paths: &[PathBuf]) -> Result<Vec<Input>, SettingsError> {
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(SettingsError::InputTwice(option));
    }
    paths.iter().map(|path| read(option, path)).collect()
}

pub(super) fn read(option: &'static str, path: &Path) -> Result<Input, SettingsError> {
    let name = || crate::model::plain::line(&path.display().to_string());
    let origin = if is_standard(path) { "standard input".to_owned() } else { name() };
    let failed = |source| SettingsError::InputFile { option, path: origin.clone(), source };
    let bytes = if is_standard(path) { from_standard_input() } else { from_file(path) }.map_err(failed)?;
    Ok(Input { origin, bytes })
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

impl Input {
    /// What it says about the zones.
    pub(super) fn understand(&self, context: &Context<'_>) -> Result<Understood, SettingsError> {
        let reading = input::read(&self.bytes, context);
        let failed = |source| SettingsError::Input { origin: self.origin.clone(), source };
        Ok(Understood { origin: self.origin.clone(), reading: reading.map_err(failed)? })
    }
}

impl Understood {
    pub(super) fn expectations(&self) -> Vec<Expectation> {
        let source = |entry: &input::Entry| self.source(entry.line);
        self.reading.entries.iter().map(|entry| expectation(entry, source(entry))).collect()
    }

    /// What nothing shows to be for mail: only a person can want it.
    pub(super) fn unrecognised(&self) -> Vec<Expectation> {
        let source =
            |entry: &input::Entry| Source::Unrecognised { origin: self.origin.clone(), line: entry.line };
        self.reading.unrecognised.iter().map(|entry| expectation(entry, source(entry))).collect()
    }

    pub(super) fn policies(&self) -> Vec<ExpectedPolicy> {
        let one = |policy: &input::Policy| ExpectedPolicy {
            name: policy.name.clone(),
            text: policy.text.clone(),
            source: self.source(policy.line),
        };
        self.reading.policies.iter().map(one).collect()
    }

    fn source(&self, line: Option<usize>) -> Source {
        let origin = self.origin.clone();
        if self.reading.is_manifest {
            Source::Manifest { origin, line }
        } else {
            Source::Input { origin, line }
        }
    }
}

fn expectation(entry: &input::Entry, source: Source) -> Expectation {
    let ttl = entry.ttl.unwrap_or(Ttl::Automatic);
    Expectation { name: entry.name.clone(), target: entry.target.clone(), ttl, source }
}

/// What offline commands know about the zones named: the names themselves, and the domains that they lie in.
pub(super) fn with_domains(named: &[DomainName]) -> Vec<DomainName> {
    let domains = named.iter().filter_map(|name| DomainName::parse(name.owner_part()).ok());
    let mut all: Vec<DomainName> = named.to_vec();
    for domain in domains {
        if !all.contains(&domain) {
            all.push(domain);
        }
    }
    all
}
