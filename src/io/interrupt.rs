//! Ctrl-C, SIGTERM and SIGHUP, as something that stages can ask about and wait for. Effects: waits.

use tokio::sync::watch;

use crate::model::failure::Exit;

/// Knows whether somebody asked the run to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<Option<Exit>>);

/// The other end of [`Stop`].
#[derive(Debug)]
pub struct StopSender(watch::Sender<Option<Exit>>);

/// A pair of ends.
pub fn stop() -> (StopSender, Stop) {
    let (sender, receiver) = watch::channel(None);
    (StopSender(sender), Stop(receiver))
}

impl StopSender {
    /// Asks the run to end, and tells how the program then ends.
    pub fn request(&self, exit: Exit) {
        self.0.send_replace(Some(exit));
    }
}

impl Stop {
    /// Whether the run was asked to end.
    pub fn is_requested(&self) -> bool {
        self.requested_exit().is_some()
    }

    /// How the program ends, if the run was asked to end.
    pub fn requested_exit(&self) -> Option<Exit> {
        *self.0.borrow()
    }

    /// Returns when the run is asked to end; never, if nobody can ask any more.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What comes of `work`, unless the run is asked to end before.
    pub async fn unless_requested<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.requested() => None,
        }
    }
}

/// Waits for the first signal that asks a program to end.
#[cfg(unix)]
pub async fn signal() -> Exit {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    let of = |kind| signal(kind).ok();
    let wait = async |signal: Option<Signal>, exit: Exit| match signal {
        Some(mut signal) => {
            signal.recv().await;
            exit
        }
        None => std::future::pending().await,
    };
    let hung_up = if is_hangup_ignored() { None } else { of(SignalKind::hangup()) };
    tokio::select! {
        exit = wait(of(SignalKind::interrupt()), Exit::Interrupted) => exit,
        exit = wait(of(SignalKind::terminate()), Exit::Terminated) => exit,
        exit = wait(hung_up, Exit::HungUp) => exit,
    }
}

/// Whether SIGHUP is ignored from the start, as `nohup` has it: then the run goes on without its terminal. Told by
/// Linux alone. Source: proc(5), `SigIgn`, where the lowest bit is the first signal.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub async fn signal() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
