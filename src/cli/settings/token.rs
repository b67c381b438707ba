//! Fetches the token from where it is kept. Effects: files, environment, programs, keyring.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use secrecy::SecretString;

use super::choice::TokenFrom;
use super::environment::Environment;
use super::file::TokenSource;
use super::kept::KeptError;
use super::{Settings, SettingsError};
use crate::io::cloudflare::Credential;
use crate::io::secret;
use crate::model::plain;

/// Longest token file, and longest answer of a program, that is read.
const LONGEST: u64 = 64 << 10;

/// What opens the API.
///
/// # Errors
///
/// [`SettingsError::NoToken`], or why it cannot be had from where it is kept.
pub fn credential(settings: &Settings) -> Result<Credential, SettingsError> {
    let Some(chosen) = settings.token() else { return Err(SettingsError::NoToken) };
    let variable = |name| settings.environment.secret(name).cloned().ok_or(SettingsError::NoToken);
    match chosen.value {
        TokenFrom::File(path) => of_file(&path).map(Credential::Token),
        TokenFrom::Variable(name) => variable(name).map(Credential::Token),
        TokenFrom::Key(name, email) => Ok(Credential::Key { email, key: variable(name)? }),
        TokenFrom::Source(source) => of(&source).map(Credential::Token),
    }
}

/// The token that a source of the settings file holds.
///
/// # Errors
///
/// Why it cannot be had.
pub fn of(source: &TokenSource) -> Result<SecretString, SettingsError> {
    match source {
        TokenSource::Literal(token) => Ok(token.clone()),
        TokenSource::File(path) => of_file(path),
        TokenSource::Variable(name) => Ok(Environment::of_settings(name)
            .ok_or_else(|| KeptError::TokenVariable(plain::sanitize_line(name)))?),
        TokenSource::Command(words) => Ok(of_command(words)?),
        TokenSource::Keyring(entry) => Ok(crate::io::keyring::read(entry).map_err(KeptError::Keyring)?),
    }
}

fn of_file(path: &Path) -> Result<SecretString, SettingsError> {
    let failed = |why: String| SettingsError::TokenFile { path: path.display().to_string(), why };
    let text =
        std::fs::File::open(path).and_then(bounded).map_err(|error| failed(format!("read: {error}")))?;
    alone(&text).map_err(|why| failed(format!("used: it {}", why.of_file())))
}

/// One byte more than may be there, so that too much can be told from enough.
fn bounded(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(LONGEST + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Why a text is no token.
enum NoToken {
    TooLong,
    Empty,
    Lines,
}

impl NoToken {
    fn of_file(&self) -> &'static str {
        match self {
            Self::TooLong => "is longer than 64 KiB",
            Self::Empty => "is empty",
            Self::Lines => "holds more than one line",
        }
    }

    fn of_command(&self) -> &'static str {
        match self {
            Self::TooLong => "printed more than 64 KiB",
            Self::Empty => "printed nothing",
            Self::Lines => "printed more than one line",
        }
    }
}

/// A token that stands alone in a text.
fn alone(text: &str) -> Result<SecretString, NoToken> {
    let token = SecretString::from(text.trim());
    secret::remember(&token);
    match text.trim() {
        _ if text.len() as u64 > LONGEST => Err(NoToken::TooLong),
        "" => Err(NoToken::Empty),
        lines if lines.contains('\n') => Err(NoToken::Lines),
        _ => Ok(token),
    }
}

/// What a program prints. It may ask on the terminal, and what it complains of is seen there. Its arguments may be
/// secret.
fn of_command(words: &[String]) -> Result<SecretString, KeptError> {
    let failed = |why: String| KeptError::TokenCommand { command: program(words), why };
    let [program, arguments @ ..] = words else { return Err(failed("it is empty".to_owned())) };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let read = child.stdout.take().map_or_else(|| Ok(String::new()), bounded);
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let text = read.map_err(|error| failed(error.to_string()))?;
    match alone(&text) {
        Err(why @ NoToken::TooLong) => Err(failed(format!("it {}", why.of_command()))),
        _ if !status.success() => Err(failed(format!("it ended with {status}"))),
        told => told.map_err(|why| failed(format!("it {}", why.of_command()))),
    }
}

/// The program of a command, and how many arguments it has: what they are may be secret.
pub fn program(words: &[String]) -> String {
    let [program, arguments @ ..] = words else { return "nothing".to_owned() };
    let program = plain::sanitize_line(program);
    match arguments.len() {
        0 => program,
        some => format!("{program} with {}", plain::count(some, "argument")),
    }
}
