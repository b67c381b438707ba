//! Fetches the token from where it is kept. Effects: files, environment, programs, keyring.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::choice::TokenSource;
use super::environment::Environment;
use super::{Settings, SettingsError};
use crate::io::cloudflare::Credential;
use crate::io::secret;
use crate::model::plain;

/// How long a program may take to print the token: a person may have to unlock a store first.
const LONGEST_WAIT: Duration = Duration::from_mins(2);
/// How often it is looked whether a program has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Longest token file, and longest answer of a program, that is read.
const LONGEST: u64 = 64 << 10;

/// What opens the API.
pub fn credential(settings: &Settings) -> Result<Credential, SettingsError> {
    match settings.token().ok_or(SettingsError::NoToken)?.value {
        TokenSource::Key { email, key } => Ok(Credential::Key { email, key }),
        source => of(source).map(Credential::Token),
    }
}

/// The token that a source holds.
pub fn of(source: TokenSource) -> Result<SecretString, SettingsError> {
    match source {
        TokenSource::Literal(token) | TokenSource::Key { key: token, .. } => Ok(token),
        TokenSource::File(path) => of_file(&path),
        TokenSource::Variable(name) => Environment::of_settings(&name)
            .ok_or_else(|| SettingsError::TokenVariable(plain::sanitize_line(&name))),
        TokenSource::Command(words) => of_command(&words, LONGEST_WAIT),
        TokenSource::Keyring(entry) => Ok(crate::io::keyring::read(&entry)?),
    }
}

fn of_file(path: &Path) -> Result<SecretString, SettingsError> {
    let failed = |why: String| SettingsError::TokenFile { path: path.display().to_string(), why };
    let text =
        std::fs::File::open(path).and_then(bounded).map_err(|error| failed(format!("read: {error}")))?;
    alone(&text).map_err(|[why, _]| failed(format!("used: it {why}")))
}

/// One byte more than may be there, so that too much can be told from enough.
fn bounded(from: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(LONGEST + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Why a text is no token: in a file, and from a program.
type NoToken = [&'static str; 2];

const TOO_LONG: NoToken = ["is longer than 64 KiB", "printed more than 64 KiB"];
const EMPTY: NoToken = ["is empty", "printed nothing"];
const LINES: NoToken = ["holds more than one line", "printed more than one line"];

/// A token that stands alone in a text.
fn alone(text: &str) -> Result<SecretString, NoToken> {
    let token = SecretString::from(text.trim());
    secret::remember(&token);
    match text.trim() {
        _ if text.len() as u64 > LONGEST => Err(TOO_LONG),
        "" => Err(EMPTY),
        lines if lines.contains('\n') => Err(LINES),
        _ => Ok(token),
    }
}

/// What a program prints. It may ask on the terminal, and what it complains of is seen there. Its arguments may be
/// secret.
fn of_command(words: &[String], within: Duration) -> Result<SecretString, SettingsError> {
    let failed = |why: String| SettingsError::TokenCommand { command: program(words), why };
    let [program, arguments @ ..] = words else { return Err(failed("it is empty".to_owned())) };
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let (tell, told) = mpsc::channel();
    let printed = child.stdout.take();
    std::thread::spawn(move || tell.send(printed.map_or_else(|| Ok(String::new()), bounded)));
    // What it prints is waited for first, and then its end: it may do neither.
    let began = Instant::now();
    let read = told.recv_timeout(within);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < within => std::thread::sleep(LOOK_AGAIN),
            Ok(None) => {
                child.kill().and_then(|()| child.wait()).ok();
                return Err(failed(format!("it did not end within {} s", within.as_secs())));
            }
            Err(error) => return Err(failed(error.to_string())),
        }
    };
    let text = read.map_err(|_| failed("what it prints has no end".to_owned()))?;
    let text = text.map_err(|error| failed(error.to_string()))?;
    match alone(&text) {
        Err(TOO_LONG) => Err(failed(format!("it {}", TOO_LONG[1]))),
        _ if !status.success() => Err(failed(format!("it ended with {status}"))),
        told => told.map_err(|[_, why]| failed(format!("it {why}"))),
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_never_ends_is_stopped() {
        let run = |script: &str| {
            let words = ["sh", "-c", script].map(str::to_owned);
            of_command(&words, Duration::from_millis(300)).map(drop).map_err(|error| error.to_string())
        };
        let began = Instant::now();
        for script in ["exec sleep 20", "echo token-0123456789; exec sleep 20", "exec 1>&-; exec sleep 20"] {
            let says = run(script).unwrap_err();
            assert!(says.contains("it did not end within 0 s"), "{script}: {says}");
        }
        assert!(run("sleep 20 & echo token-0123456789").unwrap_err().contains("has no end"));
        assert!(began.elapsed() < Duration::from_secs(15));
        assert_eq!(run("echo token-0123456789"), Ok(()));
    }
}
