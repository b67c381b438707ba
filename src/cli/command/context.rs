//! What every command begins with, and what it builds from that. Effects: files, clock, and the sandbox if asked for.

#[cfg(not(feature = "sandbox"))]
use std::convert::Infallible as Sandbox;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Stopped;
use crate::cli::arguments::Global;
use crate::cli::settings::{self, Settings, SettingsError, network};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::interrupt::Stop;
use crate::io::lookup::ask::PACE;
use crate::model::failure::{Exit, Failure};
use crate::model::plain;
use crate::run::public_dns::PublicDns;
use crate::run::session::Session;
#[cfg(feature = "sandbox")]
use crate::{run::session::CannotKnow, sandbox::Sandbox};

/// What a command works with besides its arguments.
#[derive(Clone)]
pub(super) struct Context<'t> {
    pub(super) terminal: &'t Terminal,
    pub(super) settings: Settings,
    pub(super) stop: Stop,
    /// The sandbox in this process, if there is one: it ends with this and the sessions in it.
    pub(super) sandbox: Option<Arc<Sandbox>>,
    /// Options that the next command needs as well, to get to the same place: ` --profile work`.
    pub(super) again: String,
}

/// An option with each of its values, as they are typed.
pub(super) fn options(name: &str, values: impl IntoIterator<Item = String>) -> String {
    values.into_iter().fold(String::new(), |all, value| format!("{all} --{name} {}", plain::word(&value)))
}

/// The options for every command that lead to the same place: settings, token, API, state.
pub(super) fn again(global: &Global) -> String {
    let shown = |path: &PathBuf| path.display().to_string();
    // Of several profiles each zone has its own.
    let profile = global.profile.first().filter(|_| global.profile.len() == 1);
    [
        options("settings", global.settings.as_ref().map(shown)),
        options("profile", profile.cloned()),
        options("token-file", global.token_file.as_ref().map(shown)),
        options("api-url", global.api_url.as_deref().map(plain::address)),
        options("ca-file", global.ca_file.as_ref().map(shown)),
        options("catalog", global.catalog.iter().map(shown)),
        options("state-dir", global.state_dir.as_ref().map(shown)),
    ]
    .concat()
}

impl<'t> Context<'t> {
    pub(super) fn new(terminal: &'t Terminal, settings: Settings, stop: Stop) -> Self {
        let again = again(&settings.global);
        Self { terminal, settings, stop, sandbox: None, again }
    }

    /// The same in a sandbox of this process, if one is asked for; the settings point at it.
    #[cfg(feature = "sandbox")]
    pub(super) async fn within(self, scenario: Option<&str>) -> Result<Self, Stopped> {
        let Some(scenario) = scenario else { return Ok(self) };
        super::sandbox::only(&self.settings.global)?;
        let sandbox = super::sandbox::in_process(scenario).await?;
        let again = self.again + &options("sandbox", [scenario.to_owned()]);
        let settings = self.settings.with(&sandbox.variables());
        Ok(Self { settings, sandbox: Some(Arc::new(sandbox)), again, ..self })
    }

    /// The same: there is no sandbox.
    #[cfg(not(feature = "sandbox"))]
    #[expect(clippy::unused_async, reason = "only a sandbox is waited for")]
    pub(super) async fn within(self, _: Option<&str>) -> Result<Self, Stopped> {
        Ok(self)
    }

    /// What asking public DNS needs.
    pub(super) fn public_dns(&self, pace: Option<Duration>) -> Result<PublicDns, Stopped> {
        let trust = network::trust(&self.settings)?;
        let servers = network::servers(&self.settings, pace)?;
        let catalog = settings::catalog::catalog(&self.settings)?;
        Ok(PublicDns::new(servers, trust, catalog, self.terminal.progress(), self.stop.clone()))
    }

    /// A run, with the sending provider that it asks as well.
    pub(super) fn session(&self, provider: Option<&str>) -> Result<Session, Stopped> {
        let settings = &self.settings;
        for warning in settings::exposed(settings) {
            self.terminal.warn(&warning);
        }
        let dns = self.public_dns(Some(PACE))?;
        let provider =
            provider.map(|word| settings::provider(word, &settings.environment, dns.trust())).transpose()?;
        let connection = settings::connection(settings)?;
        let state_dir = self.state_dir()?;
        let api = Client::new(connection, dns.trust(), dns.progress())?;
        let now = jiff::Timestamp::now();
        let session = Session::new(api, dns, state_dir, now, fastrand::u16(..)).asking(provider);
        #[cfg(feature = "sandbox")]
        let session =
            session.rehearsing(self.sandbox.clone().map(|sandbox| -> CannotKnow {
                Arc::new(move |target| sandbox.cannot_know(target.as_str()))
            }));
        Ok(session)
    }

    /// Where journals are kept; those of a sandbox in this process are kept apart.
    pub(super) fn state_dir(&self) -> Result<PathBuf, SettingsError> {
        let folder = settings::state_dir(&self.settings)?;
        Ok(if self.sandbox.is_some() { folder.join("sandbox") } else { folder })
    }

    /// What something comes to, unless the run is told to end before anything was changed.
    pub(super) async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        tokio::select! {
            done = work => Ok(done),
            () = self.stop.requested() => Err(self.stopped()),
        }
    }

    /// Somebody asked the run to end before anything was changed or could be told.
    pub(super) fn stopped(&self) -> Stopped {
        let message = "interrupted while reading; nothing was changed".to_owned();
        let exit = self.stop.requested_exit().unwrap_or(Exit::Interrupted);
        Stopped::Failure(Failure { message, hints: Vec::new(), exit })
    }
}
