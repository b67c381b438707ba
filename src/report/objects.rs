//! The JSON objects that are no reports, schema 1. Frozen as the report is: members may be added. Pure.

use serde::Serialize;

use super::schema::{VERSION, Version};
use crate::model::catalog::{Beginning, Catalog, Entry, Provider, Role, Treatment};
use crate::model::diagnosis::{Classification, Code};
use crate::model::dns::DomainName;
use crate::model::doctor::{self, Check};
use crate::model::failure::Failure;
use crate::model::undo::RecordedRun;
use crate::report::explain;

/// One object in one line, with a line break at the end.
pub(crate) fn line(object: &impl Serialize) -> String {
    // Structs of texts and numbers always have a JSON form.
    serde_json::to_string(object).unwrap_or_default() + "\n"
}

/// A command could not even begin, or was interrupted while it was reading.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FailureV1<'a> {
    schema: Version,
    /// The exit status.
    exit: u8,
    error: CauseV1<'a>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CauseV1<'a> {
    message: &'a str,
    hints: &'a [String],
}

impl<'a> From<&'a Failure> for FailureV1<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure { message, hints, exit } = failure;
        Self { schema: VERSION, exit: exit.code(), error: CauseV1 { message, hints } }
    }
}

/// What `doctor` looked at.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DoctorV1<'a> {
    schema: Version,
    #[cfg_attr(test, schemars(extend("const" = "doctor")))]
    command: &'static str,
    /// The exit status.
    exit: u8,
    checks: &'a [Check],
}

impl<'a> From<&'a [Check]> for DoctorV1<'a> {
    fn from(checks: &'a [Check]) -> Self {
        Self { schema: VERSION, command: "doctor", exit: doctor::exit(checks).code(), checks }
    }
}

/// All kinds of findings: `explain` without a code.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CodesV1 {
    schema: Version,
    #[cfg_attr(test, schemars(length(min = 1)))]
    findings: Vec<CodeV1>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CodeV1 {
    code: Code,
    title: &'static str,
}

impl CodesV1 {
    pub(crate) fn all() -> Self {
        let one = |code| CodeV1 { code, title: explain::title(code) };
        Self { schema: VERSION, findings: Code::ALL.into_iter().map(one).collect() }
    }
}

/// The page of one kind of finding, in Markdown.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PageV1 {
    schema: Version,
    code: Code,
    title: &'static str,
    page: &'static str,
}

impl From<Code> for PageV1 {
    fn from(code: Code) -> Self {
        Self { schema: VERSION, code, title: explain::title(code), page: explain::page(code) }
    }
}

/// All providers that the catalog knows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CatalogV1<'a> {
    schema: Version,
    providers: Vec<KnownV1<'a>>,
}

/// One provider.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProviderPageV1<'a> {
    schema: Version,
    provider: KnownV1<'a>,
}

/// What the catalog knows of a provider.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct KnownV1<'a> {
    #[serde(flatten)]
    provider: &'a Provider,
    records: Vec<PatternV1<'a>>,
    /// The TXT records that it asks for.
    texts: Vec<TextV1<'a>>,
}

/// A kind of CNAME record that a provider asks for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PatternV1<'a> {
    role: Role,
    /// The pattern of its targets.
    target: &'a str,
    /// How its name begins, where that decides what it is for.
    name: Option<&'a str>,
    treatment: Treatment,
    /// Whether Cloudflare itself refuses to proxy it.
    unproxiable: bool,
    /// How well this is established.
    evidence: &'static str,
    note: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TextV1<'a> {
    role: Role,
    /// Relative to the domain.
    name: &'a str,
}

impl<'a> KnownV1<'a> {
    fn of(catalog: &'a Catalog, provider: &'a Provider) -> Self {
        let record = |entry: &&'a Entry| PatternV1 {
            role: entry.role,
            target: entry.pattern.as_str(),
            name: entry.name.as_ref().map(Beginning::as_str),
            treatment: entry.treatment,
            unproxiable: entry.is_unproxiable,
            evidence: entry.evidence.words(),
            note: entry.note.as_deref(),
        };
        Self {
            provider,
            records: catalog.entries_of(&provider.id).iter().map(record).collect(),
            texts: provider
                .texts
                .iter()
                .map(|(role, name)| TextV1 { role: *role, name: name.as_str() })
                .collect(),
        }
    }
}

impl<'a> From<&'a Catalog> for CatalogV1<'a> {
    fn from(catalog: &'a Catalog) -> Self {
        let all = catalog.providers().map(|provider| KnownV1::of(catalog, provider));
        Self { schema: VERSION, providers: all.collect() }
    }
}

impl<'a> ProviderPageV1<'a> {
    pub(crate) fn of(catalog: &'a Catalog, provider: &'a Provider) -> Self {
        Self { schema: VERSION, provider: KnownV1::of(catalog, provider) }
    }
}

/// What a record of this name and target would be taken for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct MatchV1<'a> {
    schema: Version,
    name: &'a str,
    target: &'a str,
    /// Null for one that is not known as a record for mail.
    r#match: Option<MatchedV1<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MatchedV1<'a> {
    role: Role,
    provider: Option<&'a str>,
    treatment: Treatment,
    /// How it is known.
    reason: String,
    /// The pattern of the catalog that its target fits.
    pattern: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> MatchV1<'a> {
    pub(crate) fn of(
        (name, target): (&'a DomainName, &'a DomainName),
        found: Option<&'a Classification>,
        entry: Option<&'a Entry>,
    ) -> Self {
        let matched = |found: &'a Classification| MatchedV1 {
            role: found.role,
            provider: found.provider.as_ref().map(|provider| &*provider.id),
            treatment: found.treatment,
            reason: found.evidence(),
            pattern: entry.map(|entry| entry.pattern.as_str()),
            note: found.note.as_deref(),
        };
        Self { schema: VERSION, name: name.as_str(), target: target.as_str(), r#match: found.map(matched) }
    }
}

/// The settings in use: `settings`. Never a secret.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SettingsV1 {
    schema: Version,
    settings: Vec<SettingV1>,
}

/// One setting.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SettingV1 {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// Where it was chosen: an option, a variable, a file with its line, or the default.
    pub(crate) origin: String,
}

impl SettingsV1 {
    pub(crate) fn of(settings: Vec<SettingV1>) -> Self {
        Self { schema: VERSION, settings }
    }
}

/// The runs of a state folder, the newest first: `undo --list`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RunsV1<'a> {
    schema: Version,
    runs: Vec<RunV1<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum RunV1<'a> {
    /// What a run did, from its journal.
    Readable {
        run: &'a str,
        /// RFC 3339, UTC.
        started: &'a str,
        /// The API that it wrote to.
        api: &'a str,
        /// The run that it put back, if it was an undo.
        undoes: Option<&'a str>,
        /// Its exit status; null if it did not come to its end.
        exit: Option<u8>,
        /// The last run that put it back.
        undone_by: Option<&'a str>,
        error: (),
        zones: Vec<ChangedV1<'a>>,
    },
    /// A run whose journal cannot be used.
    Unreadable { run: &'a str, error: &'a str },
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ChangedV1<'a> {
    zone: &'a str,
    /// How many changes were announced there.
    changes: usize,
}

impl<'a> RunsV1<'a> {
    /// Each run, what its journal tells, and the run that put it back.
    pub(crate) fn of(
        runs: impl Iterator<Item = (&'a str, Result<&'a RecordedRun, &'a Failure>, Option<&'a str>)>,
    ) -> Self {
        let one = |(run, past, undone_by): (_, Result<&'a RecordedRun, &'a Failure>, _)| match past {
            Ok(past) => RunV1::Readable {
                run,
                started: &past.started,
                api: &past.api,
                undoes: past.undoes.as_deref(),
                exit: past.exit,
                undone_by,
                error: (),
                zones: past
                    .zones
                    .iter()
                    .map(|zone| ChangedV1 { zone: zone.name.as_str(), changes: zone.changes.len() })
                    .collect(),
            },
            Err(failure) => RunV1::Unreadable { run, error: &failure.message },
        };
        Self { schema: VERSION, runs: runs.map(one).collect() }
    }
}
