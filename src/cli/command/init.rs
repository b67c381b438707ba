//! `init`: a token is made, checked and kept, the settings file is written, the first audit runs. Effects: network,
//! files, terminal.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{Stopped, audit, context, hidden};
use crate::cli::arguments::{self, Init, Store};
use crate::cli::settings::choice::TOKENS;
use crate::cli::settings::file::TokenSource;
use crate::cli::settings::{self, Settings, SettingsError};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::cloudflare::{Connection, Credential};
use crate::io::files;
use crate::io::interrupt::Stop;
use crate::io::lookup::ask::PACE;
use crate::io::{keyring, secret};
use crate::model::dns::DomainName;
use crate::model::doctor::{self, Check, Permission};
use crate::model::failure::{Advice, Exit};
use crate::model::token_form::Purpose;
use crate::report;
use crate::run::probe::probe_api;

/// Why nothing was kept.
#[derive(Debug, thiserror::Error)]
enum InitError {
    /// No token was given.
    #[error("no token was given")]
    NoTokenRead,
    /// No command is named that prints the token.
    #[error("--store command names no command that prints the token")]
    NoCommand,
    /// The name cannot be that of a profile.
    #[error("`{0}` cannot be the name of a profile")]
    ProfileName(String),
    /// A file for the token is named, and not that one is wanted.
    #[error("--file names a file for the token, and --store file is not given")]
    FileWithoutStore,
    /// What stands where the token would go is not written over.
    #[error("{0} is there already, and is not written over by a token")]
    FileThere(String),
    /// Something cannot be kept where it should be.
    #[error("{0} cannot be written")]
    CannotKeep(String, #[source] std::io::Error),
    /// There are settings already, which are not written over.
    #[error("there are settings in {path} already")]
    SettingsThere {
        /// The settings file.
        path: String,
        /// The profile.
        profile: Option<String>,
    },
}

impl Advice for InitError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoTokenRead => vec![
                "paste it where it is asked for, or pipe it: `cf-domauth init --store file < token.txt`"
                    .to_owned(),
                format!("make one: {}", Purpose::Repair.link()),
            ],
            Self::NoCommand => {
                vec!["write it at the end: --store command --command pass show cloudflare".to_owned()]
            }
            Self::FileWithoutStore => vec!["add --store file, or leave out --file".to_owned()],
            Self::FileThere(_) => vec!["name another file: --file PATH, or remove that one".to_owned()],
            Self::CannotKeep(..) => vec!["name others with --file PATH and --settings PATH".to_owned()],
            Self::ProfileName(_) => vec!["write letters, digits, - and _".to_owned()],
            Self::SettingsThere { path, profile: None } => {
                vec![format!("name a new profile: --profile NAME, or edit {path}")]
            }
            Self::SettingsThere { path, profile: Some(name) } => {
                vec![format!("name another profile than {name}, or edit [profile.{name}] in {path}")]
            }
        }
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

pub(super) async fn run(
    terminal: &Terminal,
    settings: Settings,
    arguments: Init,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let purpose = arguments.purpose;
    if arguments.link {
        terminal.answer(&format!("{}\n", purpose.link()))?;
        return Ok(Exit::Done);
    }
    let zones = settings::names("ZONE", &arguments.zones)?;
    let mut plan = Kept::plan(&settings, &arguments, zones)?;
    let token = match plan.source.as_ref().filter(|_| arguments.store == Store::Command) {
        Some(source) => settings::token::of(source)?,
        None => asked(terminal, purpose, &stop).await?,
    };
    if let Some(exit) = refused(terminal, &settings, (purpose, &token), &plan.zones, stop.clone()).await? {
        return Ok(exit);
    }
    if plan.zones.is_empty() && plan.has_something() && terminal.is_interactive() {
        plan.zones = picked(terminal, &stop).await?;
    }
    plan.keep(terminal, &token)?;
    let before = TOKENS.into_iter().find(|name| settings.environment.secret(name).is_some());
    if let Some(variable) = before.filter(|_| plan.source.is_some()) {
        terminal.warn(&format!("{variable} is set and comes before the settings: run `unset {variable}`"));
    }
    say(terminal, "\nThe first audit:\n")?;
    let settings = settings.with_token(token);
    Box::pin(audit::run(terminal, settings, first_audit(&plan.zones), stop)).await
}

/// What is said beside the answer.
fn say(terminal: &Terminal, text: &str) -> std::io::Result<()> {
    let mut out = terminal.errors();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Shows where a token is made, and reads it.
async fn asked(terminal: &Terminal, purpose: Purpose, stop: &Stop) -> Result<SecretString, Stopped> {
    let permissions = purpose.permissions().join(", ");
    let link = purpose.link();
    say(
        terminal,
        &format!(
            "Make a token with these permissions: {permissions}\n\nThis link opens the form with them filled in; choose the \
             zones under Zone Resources:\n  {link}\n\n"
        ),
    )?;
    if terminal.is_interactive() {
        say(terminal, "Paste the token (it is not shown) and press Enter: ")?;
    }
    let Some(read) = hidden::read(stop).await else { return Err(Stopped::asked(stop)) };
    let token = read?;
    if terminal.is_interactive() {
        say(terminal, "\n\n")?;
    }
    if secret::is_empty(&token) { Err(InitError::NoTokenRead.into()) } else { Ok(token) }
}

/// The zones that somebody wants to keep in the settings.
async fn picked(terminal: &Terminal, stop: &Stop) -> Result<Vec<DomainName>, Stopped> {
    loop {
        say(terminal, "\nZones to keep in the settings, with spaces between; Enter for none: ")?;
        let Some(read) = hidden::read_shown(stop).await else { return Err(Stopped::asked(stop)) };
        let words: Vec<String> = read?.split_whitespace().map(str::to_owned).collect();
        match settings::names("ZONE", &words) {
            Ok(zones) => return Ok(zones),
            Err(error) => say(terminal, &format!("{error}\n"))?,
        }
    }
}

/// How the program ends if the token does not do: then nothing is kept.
async fn refused(
    terminal: &Terminal,
    settings: &Settings,
    (purpose, token): (Purpose, &SecretString),
    zones: &[DomainName],
    stop: Stop,
) -> Result<Option<Exit>, Stopped> {
    let connection = Connection::new(&settings.api_url().value, Credential::Token(token.clone()))
        .map_err(SettingsError::Connection)?;
    let dns = context::public_dns(terminal, settings, stop, Some(PACE))?;
    let kind = connection.credential_kind();
    let client = Client::new(connection, dns.trust(), dns.progress())?;
    let Some(checks) = probe_api(&dns, (kind, &client), zones.first()).await else {
        return Err(Stopped::asked(dns.stop()));
    };
    let is_moot = |check: &Check| !purpose.changes() && check.name == Permission::DnsEdit.name();
    let checks: Vec<Check> = checks.into_iter().filter(|check| !is_moot(check)).collect();
    say(terminal, &report::doctor::human(&checks))?;
    let exit = doctor::exit(&checks);
    if matches!(exit, Exit::Done | Exit::Findings) {
        return Ok(None);
    }
    say(terminal, "nothing was kept\n")?;
    Ok(Some(exit))
}

fn shown(path: &Path) -> String {
    crate::model::plain::sanitize_line(&path.display().to_string())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// A path that means the same from every folder.
fn absolute(path: &Path) -> Result<PathBuf, InitError> {
    std::path::absolute(path).map_err(|error| InitError::CannotKeep(shown(path), error))
}

/// What is written, and where.
struct Kept {
    /// The settings file.
    path: PathBuf,
    /// What stands in it already.
    before: String,
    profile: Option<String>,
    source: Option<TokenSource>,
    zones: Vec<DomainName>,
}

impl Kept {
    /// Decides everything before a token is asked for.
    fn plan(settings: &Settings, arguments: &Init, zones: Vec<DomainName>) -> Result<Self, Stopped> {
        let profile = settings.new_profile();
        if let Some(name) = profile.as_deref().filter(|name| !is_bare(name)) {
            return Err(InitError::ProfileName(crate::model::plain::sanitize_line(name)).into());
        }
        let usual = settings::settings_path(&settings.global, &settings.environment);
        let path = absolute(&usual.ok_or(SettingsError::NoStateDir)?)?;
        if arguments.file.is_some() && arguments.store != Store::File {
            return Err(InitError::FileWithoutStore.into());
        }
        let entry = profile.as_deref().unwrap_or("default");
        let source = match arguments.store {
            Store::None => None,
            Store::File => {
                let beside = path.with_file_name(format!("token-{entry}"));
                let file = arguments.file.as_deref().map_or(Ok(beside), absolute)?;
                Some(TokenSource::File(file))
            }
            Store::Keyring => Some(TokenSource::Keyring(entry.to_owned())),
            Store::Command if arguments.command.is_empty() => return Err(InitError::NoCommand.into()),
            Store::Command => Some(TokenSource::Command(arguments.command.clone())),
        };
        let before = files::read(&path, settings::LONGEST_FILE)?.unwrap_or_default();
        let kept = Self { path, before, profile, source, zones };
        let is_taken = match &kept.profile {
            Some(name) => settings.file.names.contains(name),
            None => !kept.before.trim().is_empty(),
        };
        if is_taken && kept.has_something() {
            let path = shown(&kept.path);
            return Err(InitError::SettingsThere { path, profile: kept.profile }.into());
        }
        kept.try_places()?;
        Ok(kept)
    }

    /// Makes sure that there is room for what is to be kept, before a token is asked for.
    fn try_places(&self) -> Result<(), InitError> {
        let file = match &self.source {
            Some(TokenSource::File(path)) if path.exists() => return Err(InitError::FileThere(shown(path))),
            Some(TokenSource::File(path)) => Some(path),
            _ => None,
        };
        for path in file.into_iter().chain(self.has_something().then_some(&self.path)) {
            files::try_folder(folder_of(path)).map_err(|error| InitError::CannotKeep(shown(path), error))?;
        }
        Ok(())
    }

    fn has_something(&self) -> bool {
        self.source.is_some() || !self.zones.is_empty()
    }

    /// Puts the token where it goes, and writes the settings file.
    fn keep(&self, terminal: &Terminal, token: &SecretString) -> Result<(), Stopped> {
        match &self.source {
            Some(TokenSource::File(path)) => {
                secret::keep(token, |text| files::replace_as_is(path, &format!("{text}\n")))
                    .map_err(|error| InitError::CannotKeep(shown(path), error))?;
                say(terminal, &format!("The token is in {}, which nobody else can read.\n", path.display()))?;
            }
            Some(TokenSource::Keyring(entry)) => {
                keyring::write(entry, token)?;
                say(terminal, &format!("The token is in the keyring, as {entry} of cf-domauth.\n"))?;
            }
            Some(TokenSource::Literal(_) | TokenSource::Variable(_) | TokenSource::Command(_)) => {}
            None => say(terminal, NOWHERE)?,
        }
        if self.has_something() {
            files::replace_as_is(&self.path, &self.text())
                .map_err(|error| InitError::CannotKeep(shown(&self.path), error))?;
            let used =
                self.profile.as_ref().map(|name| format!(", used with --profile {name}")).unwrap_or_default();
            say(terminal, &format!("The settings are in {}{used}.\n", self.path.display()))?;
        }
        Ok(())
    }

    /// The settings file with what is new at its end.
    fn text(&self) -> String {
        // What JSON writes for texts and lists of them, TOML reads.
        let json = |texts: &[String]| serde_json::to_string(texts).unwrap_or_default();
        let text = |text: String| serde_json::to_string(&text).unwrap_or_default();
        let source = match &self.source {
            Some(TokenSource::File(path)) => Some(("file", text(path.display().to_string()))),
            Some(TokenSource::Keyring(entry)) => Some(("keyring", text(entry.clone()))),
            Some(TokenSource::Command(words)) => Some(("command", json(words))),
            Some(TokenSource::Variable(name)) => Some(("variable", text(name.clone()))),
            Some(TokenSource::Literal(_)) | None => None,
        };
        let zones: Vec<String> = self.zones.iter().map(ToString::to_string).collect();
        let zones = if zones.is_empty() { String::new() } else { format!("zones = {}\n", json(&zones)) };
        let token = source.map(|(key, value)| format!("token = {{ {key} = {value} }}\n")).unwrap_or_default();
        let heading = self.profile.as_ref().map(|name| format!("[profile.{name}]\n")).unwrap_or_default();
        let gap = if self.before.trim().is_empty() { "" } else { "\n" };
        format!("{}{gap}{heading}{token}{zones}", self.before)
    }
}

const NOWHERE: &str = "The token is kept nowhere. For the next runs of this shell, type it where it is not shown:\n  \
    read -rs CLOUDFLARE_API_TOKEN && export CLOUDFLARE_API_TOKEN\n";

/// Whether a name can stand in TOML as it is.
fn is_bare(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(&octet))
}

fn first_audit(zones: &[DomainName]) -> arguments::Audit {
    let zones = arguments::Zones {
        names: zones.iter().map(ToString::to_string).collect(),
        all_zones: zones.is_empty(),
        ..arguments::Zones::default()
    };
    arguments::Audit { zones, ..arguments::Audit::default() }
}
