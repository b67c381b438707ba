//! The JSON objects that are no reports, schema 1. Frozen as the report is: members may be added. Pure.

use serde::Serialize;

use super::schema::{VERSION, Version};
use crate::model::catalog::{Beginning, Catalog, Entry, Provider, Role, Treatment};
use crate::model::diagnosis::{Classification, Code};
use crate::model::dns::DomainName;
use crate::model::doctor::{self, Check};
use crate::model::failure::Failure;
use crate::model::undo::{RecordedRun, RecordedZone};
use crate::report::explain;

/// One object in one line, with a line break at the end.
pub(crate) fn line(object: &impl Serialize) -> String {
    // Structs of texts and numbers always have a JSON form.
    serde_json::to_string(object).unwrap_or_default() + "\n"
}

/// A command could not even begin, or was interrupted while it was reading.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FailureV1<'a> {
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

pub(crate) fn failure(Failure { message, hints, exit }: &Failure) -> String {
    line(&FailureV1 { schema: VERSION, exit: exit.code(), error: CauseV1 { message, hints } })
}

/// What `doctor` looked at.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct DoctorV1<'a> {
    schema: Version,
    #[cfg_attr(test, schemars(extend("const" = "doctor")))]
    command: &'static str,
    /// The exit status.
    exit: u8,
    checks: &'a [Check],
}

pub(crate) fn doctor(checks: &[Check]) -> String {
    line(&DoctorV1 { schema: VERSION, command: "doctor", exit: doctor::exit(checks).code(), checks })
}

/// All kinds of findings: `explain` without a code.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CodesV1 {
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

pub(crate) fn codes() -> String {
    let one = |code| CodeV1 { code, title: explain::title(code) };
    line(&CodesV1 { schema: VERSION, findings: Code::ALL.into_iter().map(one).collect() })
}

/// The page of one kind of finding, in Markdown.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PageV1 {
    schema: Version,
    code: Code,
    title: &'static str,
    page: &'static str,
}

pub(crate) fn page(code: Code) -> String {
    line(&PageV1 { schema: VERSION, code, title: explain::title(code), page: explain::page(code) })
}

/// All providers that the catalog knows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CatalogV1<'a> {
    schema: Version,
    providers: Vec<KnownV1<'a>>,
}

/// One provider.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ProviderPageV1<'a> {
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

fn known<'a>(catalog: &'a Catalog, provider: &'a Provider) -> KnownV1<'a> {
    let record = |entry: &'a Entry| PatternV1 {
        role: entry.role,
        target: entry.pattern.as_str(),
        name: entry.name.as_ref().map(Beginning::as_str),
        treatment: entry.treatment,
        unproxiable: entry.is_unproxiable,
        evidence: entry.evidence.words(),
        note: entry.note.as_deref(),
    };
    let text = |(role, name): &'a (Role, DomainName)| TextV1 { role: *role, name: name.as_str() };
    let records = catalog.entries_of(&provider.id).into_iter().map(record).collect();
    KnownV1 { provider, records, texts: provider.texts.iter().map(text).collect() }
}

pub(crate) fn catalog(catalog: &Catalog) -> String {
    let providers = catalog.providers().map(|provider| known(catalog, provider)).collect();
    line(&CatalogV1 { schema: VERSION, providers })
}

pub(crate) fn provider(catalog: &Catalog, provider: &Provider) -> String {
    line(&ProviderPageV1 { schema: VERSION, provider: known(catalog, provider) })
}

/// What a record of this name and target would be taken for.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct MatchV1<'a> {
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

pub(crate) fn matched(
    (name, target): (&DomainName, &DomainName),
    found: Option<&Classification>,
    entry: Option<&Entry>,
) -> String {
    let r#match = found.map(|found| MatchedV1 {
        role: found.role,
        provider: found.provider.as_ref().map(|provider| &*provider.id),
        treatment: found.treatment,
        reason: found.evidence(),
        pattern: entry.map(|entry| entry.pattern.as_str()),
        note: found.note.as_deref(),
    });
    line(&MatchV1 { schema: VERSION, name: name.as_str(), target: target.as_str(), r#match })
}

/// The settings in use: `settings`. Never a secret.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct SettingsV1 {
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

pub(crate) fn settings(settings: Vec<SettingV1>) -> String {
    line(&SettingsV1 { schema: VERSION, settings })
}

/// The runs of a state folder, the newest first: `undo --list`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RunsV1<'a> {
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

/// Each run, what its journal tells, and the run that put it back.
pub(crate) fn runs<'a>(
    runs: impl Iterator<Item = (&'a str, Result<&'a RecordedRun, &'a Failure>, Option<&'a str>)>,
) -> String {
    let changed =
        |zone: &'a RecordedZone| ChangedV1 { zone: zone.name.as_str(), changes: zone.changes.len() };
    let one = |(run, past, undone_by): (_, Result<&'a RecordedRun, &'a Failure>, _)| match past {
        Ok(past) => RunV1::Readable {
            run,
            started: &past.started,
            api: &past.api,
            undoes: past.undoes.as_deref(),
            exit: past.exit,
            undone_by,
            error: (),
            zones: past.zones.iter().map(changed).collect(),
        },
        Err(failure) => RunV1::Unreadable { run, error: &failure.message },
    };
    line(&RunsV1 { schema: VERSION, runs: runs.map(one).collect() })
}
