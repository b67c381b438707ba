//! `init`: a token is made, checked and kept, the settings file is written, the first audit runs. Effects: network,
//! files, terminal.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::context::{self, Context};
use super::{Stopped, audit, hidden, usage};
use crate::cli::arguments::{self, Global, Init, Store};
use crate::cli::settings::choice::{TOKENS, TokenSource};
use crate::cli::settings::{self, Settings, SettingsError, shown};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::cloudflare::{Connection, Credential};
use crate::io::files;
use crate::io::lookup::ask::PACE;
use crate::io::{keyring, secret};
use crate::model::dns::DomainName;
use crate::model::doctor::{self, Check, Permission};
use crate::model::failure::Exit;
use crate::model::plain;
use crate::model::token_form::Purpose;
use crate::report;
use crate::run::probe::probe_api;

pub(super) async fn run(context: Context<'_>, arguments: Init) -> Result<Exit, Stopped> {
    let Context { terminal, settings, .. } = &context;
    let purpose = arguments.purpose;
    if arguments.link {
        terminal.open()?;
        terminal.answer(&format!("{}\n", purpose.link()))?;
        return Ok(Exit::Done);
    }
    let zones = settings::names("ZONE", &arguments.zones)?;
    let mut plan = Kept::plan(settings, &arguments, zones)?;
    let token = match plan.source.as_ref().filter(|_| arguments.store == Store::Command) {
        Some(source) => settings::token::of(source.clone())?,
        None => asked(&context, purpose).await?,
    };
    if let Some(exit) = refused(&context, (purpose, &token), &plan.zones).await? {
        return Ok(exit);
    }
    if plan.zones.is_empty() && plan.has_something() && terminal.is_interactive() {
        plan.zones = picked(&context).await?;
    }
    plan.keep(terminal, &token)?;
    let before = TOKENS.into_iter().find(|name| settings.environment.secret(name).is_some());
    if let Some(variable) = before.filter(|_| plan.source.is_some()) {
        terminal.warn(&format!("{variable} is set and comes before the settings: run `unset {variable}`"));
    }
    say(terminal, "\nThe first audit:\n")?;
    // What the token is kept in takes the place of the file that it was read from.
    let mut global = Global { token_file: None, ..settings.global.clone() };
    if !plan.has_something() {
        (global.settings, global.profile) = (None, Vec::new());
    }
    let again = context::again(&global);
    let context = Context { settings: context.settings.with_token(token), again, ..context };
    Box::pin(audit::run(context, first_audit(&plan.zones))).await
}

/// What is said beside the answer.
fn say(terminal: &Terminal, text: &str) -> std::io::Result<()> {
    let mut out = terminal.errors();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Shows where a token is made, and reads it.
async fn asked(context: &Context<'_>, purpose: Purpose) -> Result<SecretString, Stopped> {
    let terminal = context.terminal;
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
    let token = hidden::read(context).await?;
    if terminal.is_interactive() {
        say(terminal, "\n\n")?;
    }
    if secret::is_empty(&token) {
        let paste = "paste it where it is asked for, or pipe it: `cf-domauth init --store file < token.txt`";
        return Err(usage("no token was given", [paste, &format!("make one: {}", Purpose::Repair.link())]));
    }
    Ok(token)
}

/// The zones that somebody wants to keep in the settings.
async fn picked(context: &Context<'_>) -> Result<Vec<DomainName>, Stopped> {
    loop {
        say(context.terminal, "\nZones to keep in the settings, with spaces between; Enter for none: ")?;
        let read = hidden::read_shown(context).await?;
        let words: Vec<String> = read.split_whitespace().map(str::to_owned).collect();
        match settings::names("ZONE", &words) {
            Ok(zones) => return Ok(zones),
            Err(error) => say(context.terminal, &format!("{error}\n"))?,
        }
    }
}

/// How the program ends if the token does not do: then nothing is kept.
async fn refused(
    context: &Context<'_>,
    (purpose, token): (Purpose, &SecretString),
    zones: &[DomainName],
) -> Result<Option<Exit>, Stopped> {
    let Context { terminal, settings, .. } = context;
    let connection = Connection::new(&settings.api_url().value, Credential::Token(token.clone()))?;
    let dns = context.public_dns(Some(PACE))?;
    let kind = connection.credential_kind();
    let client = Client::new(connection, dns.trust(), dns.progress())?;
    let checks = probe_api(&dns, (kind, &client), zones.first()).await;
    let checks = checks.ok_or_else(|| context.stopped())?;
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

/// Something cannot be kept where it should be.
fn cannot_keep(path: &Path, error: &std::io::Error) -> Stopped {
    let message = format!("{} cannot be written: {error}", shown(path));
    usage(message, ["name others with --file PATH and --settings PATH"])
}

/// A path that means the same from every folder.
fn absolute(path: &Path) -> Result<PathBuf, Stopped> {
    std::path::absolute(path).map_err(|error| cannot_keep(path, &error))
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
        let profile = settings.new_profile().map(|profile| profile.value);
        if let Some(name) = profile.as_deref().filter(|name| !is_bare(name)) {
            let message = format!("`{}` cannot be the name of a profile", plain::sanitize_line(name));
            return Err(usage(message, ["write letters, digits, - and _"]));
        }
        let usual = settings::settings_path(&settings.global, &settings.environment);
        let path = absolute(&usual.ok_or(SettingsError::NoStateDir)?.value)?;
        if arguments.file.is_some() && arguments.store != Store::File {
            let message = "--file names a file for the token, and --store file is not given";
            return Err(usage(message, ["add --store file, or leave out --file"]));
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
            Store::Command if arguments.command.is_empty() => {
                let message = "--store command names no command that prints the token";
                let hint = "write it at the end: --store command --command pass show cloudflare";
                return Err(usage(message, [hint]));
            }
            Store::Command => Some(TokenSource::Command(arguments.command.clone())),
        };
        let before = files::read(&path, settings::LONGEST_FILE)?.unwrap_or_default();
        let kept = Self { path, before, profile, source, zones };
        kept.try_places(settings)?;
        Ok(kept)
    }

    /// Makes sure that there is room for what is to be kept, before a token is asked for.
    fn try_places(&self, settings: &Settings) -> Result<(), Stopped> {
        let path = shown(&self.path);
        let (is_taken, hint) = match &self.profile {
            Some(name) => (
                settings.file.profiles.contains_key(name),
                format!("name another profile than {name}, or edit [profile.{name}] in {path}"),
            ),
            None => (
                !self.before.trim().is_empty(),
                format!("name a new profile: --profile NAME, or edit {path}"),
            ),
        };
        if is_taken && self.has_something() {
            return Err(usage(format!("there are settings in {path} already"), [hint]));
        }
        let file = match &self.source {
            Some(TokenSource::File(path)) if path.exists() => {
                let message = format!("{} is there already, and is not written over by a token", shown(path));
                return Err(usage(message, ["name another file: --file PATH, or remove that one"]));
            }
            Some(TokenSource::File(path)) => Some(path),
            _ => None,
        };
        for path in file.into_iter().chain(self.has_something().then_some(&self.path)) {
            let folder = path.parent().unwrap_or(path);
            files::try_folder(folder).map_err(|error| cannot_keep(path, &error))?;
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
                    .map_err(|error| cannot_keep(path, &error))?;
                say(terminal, &format!("The token is in {}, which nobody else can read.\n", path.display()))?;
            }
            Some(TokenSource::Keyring(entry)) => {
                keyring::write(entry, token)?;
                say(terminal, &format!("The token is in the keyring, as {entry} of cf-domauth.\n"))?;
            }
            Some(_) => {}
            None => say(terminal, NOWHERE)?,
        }
        if self.has_something() {
            files::replace_as_is(&self.path, &self.text())
                .map_err(|error| cannot_keep(&self.path, &error))?;
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
            _ => None,
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
