//! Ctrl-C, as something that stages can ask about and wait for. Effects: waits.

use tokio::sync::watch;

/// Knows whether the person asked the run to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// The other end of [`Stop`].
#[derive(Debug)]
pub struct StopSender(watch::Sender<bool>);

/// A pair of ends.
pub fn stop() -> (StopSender, Stop) {
    let (sender, receiver) = watch::channel(false);
    (StopSender(sender), Stop(receiver))
}

impl StopSender {
    /// Asks the run to end.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether the run was asked to end.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the run is asked to end; never, if nobody can ask any more.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
