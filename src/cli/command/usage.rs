//! What is asked of a command in a way that makes no sense, and the way out. Pure.

use crate::cli::settings::SettingsError;
use crate::model::diagnosis::Code;
use crate::model::dns::DomainName;
use crate::model::failure::{Advice, Exit};
use crate::model::suggest;

/// A command that cannot be carried out as it was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum UsageError {
    /// A file that was named cannot be written.
    #[error("{0} cannot be written")]
    CannotWrite(String, #[source] std::io::Error),
    /// A setting.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The sandbox holds nothing to repair, so there is nothing to put back.
    #[error("nothing in this scenario can be repaired, so there is nothing to put back")]
    NothingToRehearse,
    /// A bundle needs a yes, and nobody can be asked.
    #[error("the bundle was not written: nobody can be asked, because this is not a terminal")]
    CannotAskAboutBundle,
    /// No zone is named, here or in the settings.
    #[error("no zone is named")]
    NoZone,
    /// A sandbox that ends with the run has no last time.
    #[error("--since-last and --baseline compare with an earlier run, and a sandbox of this run has none")]
    NoLastTime,
    /// Only audits work on several profiles.
    #[error("this command works on one profile at a time")]
    OneProfile,
    /// There are no profiles.
    #[error("--all-profiles: the settings have no profiles")]
    NoProfiles,
    /// One token would stand for several profiles.
    #[error("{0} would stand for the token of every profile")]
    TokenOfAll(String),
    /// There is nothing to ask public DNS for.
    #[error("no name is given to ask public DNS for")]
    NoNames,
    /// A letter is a text of its own form.
    #[error("--message is a text for a person and takes no --format")]
    MessageFormat,
    /// A change needs a yes, and nobody can be asked.
    #[error("{} to make, and nobody to ask: this is not a terminal", crate::model::plain::count(*all, "change"))]
    CannotAsk {
        /// How many changes there are.
        all: usize,
        /// How many of them nobody has decided.
        proposed: usize,
    },
    /// More would be changed than one run may.
    #[error("{what} in one run: more than {most}")]
    TooMany {
        /// Changes, or changes in so many zones.
        what: String,
        /// How many there are.
        all: usize,
        /// How many there may be.
        most: usize,
        /// What allows more.
        option: &'static str,
    },
    /// Something about the sandbox.
    #[cfg(feature = "sandbox")]
    #[error("{0}")]
    Sandbox(String),
    /// A file of expectations cannot be read.
    #[error("{option} {path} cannot be read")]
    InputFile {
        /// Where it was given.
        option: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Standard input is to be read twice.
    #[error("{0} - is given more than once: standard input can be read once")]
    InputTwice(&'static str),
    /// A journal or a plan is for another API.
    #[error("the run wrote to {was}, and this one would write to {is}")]
    OtherApi {
        /// The API in the journal.
        was: String,
        /// The API in use.
        is: String,
    },
    /// What a run changed shows as no CNAME.
    #[error("the run {0} left no record that public DNS would show as a CNAME")]
    NothingToConfirm(String),
    /// A run changed nothing in a zone.
    #[error("the run {run} changed nothing in {zone}")]
    NotInRun {
        /// The run.
        run: String,
        /// What was asked for.
        zone: DomainName,
    },
    /// A stream is no report.
    #[error("--stream writes its answers to standard output, and no --output")]
    StreamToFile,
    /// The report would be written over the plan.
    #[error("the report would be written over the plan in {0}")]
    OutputIsPlan(String),
    /// The list of runs is not written in every format.
    #[error("this list is written for people or as JSON only")]
    ListFormat,
    /// There is no such finding.
    #[error("there is no finding `{0}`")]
    UnknownFinding(String),
    /// A page is not written in every format.
    #[error("a page is written for people, as Markdown or as JSON only")]
    PageFormat,
    /// There is no such provider in the catalog.
    #[error("there is no provider `{id}` in the catalog")]
    UnknownProvider {
        /// What was given.
        id: String,
        /// What was meant.
        hint: Option<String>,
    },
    /// There is no such scenario.
    #[cfg(feature = "sandbox")]
    #[error("there is no scenario `{name}`; there are: {known}")]
    UnknownScenario {
        /// What was given.
        name: String,
        /// Those that there are.
        known: String,
        /// What was meant.
        hint: Option<String>,
    },
}

impl Advice for UsageError {
    fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        // What was meant, then where all are listed.
        let or = |meant: Option<String>, text: &str| meant.into_iter().chain([text.to_owned()]).collect();
        match self {
            Self::Settings(error) => error.hints(),
            Self::CannotWrite(..) => one("name a file in a folder that is there and can be written to"),
            Self::NothingToRehearse => one("name another scenario: `cf-domauth undo --sandbox default`"),
            Self::CannotAskAboutBundle => {
                one("read what is shown above, then add --yes: `cf-domauth doctor --report PATH --yes`")
            }
            Self::NoLastTime => vec![
                "leave out --sandbox, or serve one that stays: cf-domauth sandbox --env-file PATH".to_owned(),
            ],
            Self::OneProfile => one("run it once for each, or look at several with `cf-domauth audit`"),
            Self::NoProfiles => one("add tables such as [profile.work]: docs/settings.md"),
            Self::TokenOfAll(_) => {
                one("leave it out, and let each profile of the settings file name its token")
            }
            Self::NoZone => vec![
                "name one: `cf-domauth audit example.com`, or all that the token can see: --all-zones"
                    .to_owned(),
                "or keep them in the settings file: zones = [\"example.com\"]".to_owned(),
            ],
            Self::NothingToConfirm(_) => one("name another run: `cf-domauth undo --list`, or a record"),
            Self::NoNames => one("name a record or a domain: `cf-domauth confirm example.com`"),
            Self::MessageFormat => one("leave out one of the two; --format json alone is for programs"),
            Self::CannotAsk { proposed: 0, .. } => {
                one("nothing was changed; add --yes to make the changes without being asked")
            }
            Self::CannotAsk { all, proposed } => vec![
                format!("nothing was changed; --yes makes {} without being asked", all - proposed),
                format!("with --restore it makes the {proposed} as well that are only proposed"),
            ],
            Self::TooMany { all, option, .. } => vec![
                "nothing was changed; read the plan first, all of it: -v --dry-run".to_owned(),
                format!("if it is what you want: {option} {all}"),
            ],
            Self::InputFile { .. } | Self::InputTwice(_) => {
                one("name a file that can be read, or - for standard input")
            }
            Self::OtherApi { .. } => {
                one("nothing was changed; name the API of the run with --api-url or CLOUDFLARE_BASE_URL")
            }
            Self::NotInRun { .. } => one("`cf-domauth undo --list` shows the zones of each run"),
            Self::OutputIsPlan(_) | Self::StreamToFile => one("leave it out, or redirect standard output"),
            Self::ListFormat => one("leave out --format, or write --format json"),
            Self::PageFormat => one("leave out --format, or write --format markdown or --format json"),
            Self::UnknownFinding(word) => or(
                suggest::did_you_mean(word, Code::ALL.into_iter().map(Code::word)),
                "`cf-domauth explain` lists them",
            ),
            #[cfg(feature = "sandbox")]
            Self::UnknownScenario { hint, .. } => {
                or(hint.clone(), "`cf-domauth fix --sandbox` plays the usual one")
            }
            Self::UnknownProvider { hint, .. } => {
                or(hint.clone(), "`cf-domauth providers` lists them with their short names")
            }
            #[cfg(feature = "sandbox")]
            Self::Sandbox(_) => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}
