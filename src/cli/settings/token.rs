//! Fetches the token from where it is kept. Effects: files, environment, programs, keyring.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use secrecy::SecretString;

use super::choice::TokenFrom;
use super::environment::Environment;
use super::file::TokenSource;
use super::kept::KeptError;
use super::{Settings, SettingsError};
use crate::io::cloudflare::Credential;
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
    let failed = |source| SettingsError::TokenFile { path: path.display().to_string(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST).read_to_string(&mut text).map_err(failed)?;
    Ok(SecretString::from(text.trim()))
}

/// What a program prints. It may ask on the terminal, and what it complains of is seen there.
fn of_command(words: &[String]) -> Result<SecretString, KeptError> {
    let shown = plain::sanitize_line(&words.join(" "));
    let failed = |why: String| KeptError::TokenCommand { command: shown.clone(), why };
    let [program, arguments @ ..] = words else { return Err(failed("it is empty".to_owned())) };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let mut text = String::new();
    let read = child.stdout.take().map(|out| out.take(LONGEST).read_to_string(&mut text));
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let token = SecretString::from(text.trim());
    crate::io::secret::remember(&token);
    match read {
        _ if !status.success() => Err(failed(format!("it ended with {status}"))),
        Some(Ok(_)) if !text.trim().is_empty() => Ok(token),
        Some(Ok(_)) | None => Err(failed("it printed nothing".to_owned())),
        Some(Err(error)) => Err(failed(error.to_string())),
    }
}
