//! Tokens in the keyring of the operating system. Effects: the keyring.

use secrecy::SecretString;

use crate::model::failure::{Advice, Exit};

/// Whose entries they are.
#[cfg(feature = "keyring")]
const SERVICE: &str = "cf-domauth";

/// How long somebody may take to unlock it.
#[cfg(feature = "keyring")]
const LONGEST: std::time::Duration = std::time::Duration::from_mins(2);

/// Why the keyring gave or took no token.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("the keyring holds no token `{0}` of cf-domauth")]
    NoEntry(String),
    #[error("the keyring is locked, or there is none here: {0}")]
    NoAccess(String),
    #[error("this program was built without access to a keyring")]
    NotBuiltIn,
}

impl Advice for KeyringError {
    fn hints(&self) -> Vec<String> {
        let otherwise =
            "or keep the token elsewhere: token = { file = \"…\" } or { command = [\"…\"] } in the settings";
        let first = match self {
            Self::NoEntry(entry) => format!("store it: `cf-domauth init --store keyring --profile {entry}`"),
            Self::NoAccess(_) => "unlock it, or log in to a desktop session, and try again".to_owned(),
            Self::NotBuiltIn => "build it with the feature `keyring`".to_owned(),
        };
        vec![first, otherwise.to_owned()]
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

#[cfg(feature = "keyring")]
pub fn read(entry: &str) -> Result<SecretString, KeyringError> {
    let (to, answer) = std::sync::mpsc::channel();
    let named = entry.to_owned();
    // Nobody can end the wait for an answer; the program ends without it.
    std::thread::spawn(move || {
        let held = keyring::Entry::new(SERVICE, &named).and_then(|held| held.get_password());
        // Nobody may be waiting any more.
        to.send(held.map(|text| SecretString::from(text.trim()))).ok();
    });
    let in_time = answer.recv_timeout(LONGEST);
    let held = in_time.map_err(|_| KeyringError::NoAccess("no answer within two minutes".to_owned()))?;
    let token = held.map_err(|error| explained(entry, &error))?;
    super::secret::remember(&token);
    Ok(token)
}

#[cfg(feature = "keyring")]
pub fn write(entry: &str, token: &SecretString) -> Result<(), KeyringError> {
    let failed = |error: keyring::Error| explained(entry, &error);
    let held = keyring::Entry::new(SERVICE, entry).map_err(failed)?;
    super::secret::keep(token, |text| held.set_password(text)).map_err(failed)
}

#[cfg(feature = "keyring")]
fn explained(entry: &str, error: &keyring::Error) -> KeyringError {
    let line = crate::model::plain::sanitize_line;
    match error {
        // What it holds in another form is no part of what is told.
        keyring::Error::NoEntry | keyring::Error::BadEncoding(_) => KeyringError::NoEntry(line(entry)),
        error => KeyringError::NoAccess(line(&error.to_string())),
    }
}

#[cfg(not(feature = "keyring"))]
pub fn read(_: &str) -> Result<SecretString, KeyringError> {
    Err(KeyringError::NotBuiltIn)
}

#[cfg(not(feature = "keyring"))]
pub fn write(_: &str, _: &SecretString) -> Result<(), KeyringError> {
    Err(KeyringError::NotBuiltIn)
}
