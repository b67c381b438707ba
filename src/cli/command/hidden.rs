//! Reads a line of what somebody types; a secret without showing it. Effects: terminal.

use std::io::{self, BufRead as _, Read as _};

use secrecy::SecretString;

use super::Stopped;
use super::context::Context;

/// Longest secret that is read.
const LONGEST: u64 = 64 << 10;

/// The secret; empty at the end of input.
pub(super) async fn read(context: &Context<'_>) -> Result<SecretString, Stopped> {
    #[cfg(unix)]
    let _unseen = Unseen::new();
    let secret = SecretString::from(read_shown(context).await?.trim());
    crate::io::secret::remember(&secret);
    Ok(secret)
}

/// A line that is no secret; empty at the end of input.
pub(super) async fn read_shown(context: &Context<'_>) -> Result<String, Stopped> {
    let read = || {
        let mut text = String::new();
        io::stdin().lock().take(LONGEST).read_line(&mut text).map(|_| text)
    };
    let read = context.unless_stopped(tokio::task::spawn_blocking(read)).await?;
    Ok(read.map_err(io::Error::other)??)
}

/// While this lives, a terminal does not show what is typed.
#[cfg(unix)]
struct Unseen(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Unseen {
    fn new() -> Self {
        use std::io::IsTerminal as _;

        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = io::stdin().is_terminal().then(|| tcgetattr(io::stdin()).ok()).flatten();
        if let Some(mut unseen) = before.clone() {
            unseen.local_modes.remove(LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Flush, &unseen).ok();
        }
        Self(before)
    }
}

#[cfg(unix)]
impl Drop for Unseen {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(before) = &self.0 {
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
    }
}
