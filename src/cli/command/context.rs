//! Builds what a run works with from the settings. Effects: files, clock, and the sandbox if asked for.

use std::path::PathBuf;
#[cfg(feature = "sandbox")]
use std::sync::Arc;

use std::time::Duration;

use super::Stopped;
use crate::cli::settings::{self, Settings, SettingsError, network};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::interrupt::Stop;
use crate::io::lookup::ask::PACE;
use crate::run::public_dns::{PublicDns, Servers};
use crate::run::session::Session;

/// The sandbox in this process, if there is one.
#[cfg(feature = "sandbox")]
pub(super) type Running = Option<Arc<crate::sandbox::Sandbox>>;

/// There is none.
#[cfg(not(feature = "sandbox"))]
pub(super) type Running = Option<std::sync::Arc<std::convert::Infallible>>;

/// A session, and the sandbox in this process, which lives as long.
pub(super) struct Context {
    pub(super) session: Session,
    #[cfg(feature = "sandbox")]
    _sandbox: Running,
}

/// What asking public DNS needs.
pub(super) fn public_dns(
    terminal: &Terminal,
    settings: &Settings,
    stop: Stop,
    pace: Option<Duration>,
) -> Result<PublicDns, Stopped> {
    let trust = network::trust(settings)?;
    let servers = Servers {
        resolvers: network::resolvers(settings)?,
        is_default: network::are_default(settings),
        authoritative: network::authoritative(settings)?,
        pace,
    };
    let catalog = settings::catalog::catalog(settings)?;
    Ok(PublicDns::new(servers, trust, catalog, terminal.progress(), stop))
}

impl Context {
    pub(super) async fn new(
        terminal: &Terminal,
        settings: Settings,
        (sandbox, provider): (Option<&str>, Option<&str>),
        stop: Stop,
    ) -> Result<Self, Stopped> {
        #[cfg(feature = "sandbox")]
        super::sandbox::only(&settings.global, sandbox)?;
        let (sandbox, settings) = with_sandbox(sandbox, settings).await?;
        Self::within(terminal, &settings, (sandbox, provider), stop)
    }

    /// In a sandbox that is there already, if there is one; `settings` point at it.
    pub(super) fn within(
        terminal: &Terminal,
        settings: &Settings,
        (sandbox, provider): (Running, Option<&str>),
        stop: Stop,
    ) -> Result<Self, Stopped> {
        for warning in settings::exposed(settings) {
            terminal.warn(&warning);
        }
        let dns = public_dns(terminal, settings, stop, Some(PACE))?;
        let provider =
            provider.map(|word| settings::provider(word, &settings.environment, dns.trust())).transpose()?;
        let connection = settings::connection(settings)?;
        let state_dir = state_dir(settings, &sandbox)?;
        let api = Client::new(connection, dns.trust(), dns.progress())?;
        let now = jiff::Timestamp::now();
        let session = Session::new(api, dns, state_dir, now, fastrand::u16(..)).asking(provider);
        #[cfg(feature = "sandbox")]
        return Ok(Self { session: session.rehearsing(rehearsal(sandbox.as_ref())), _sandbox: sandbox });
        #[cfg(not(feature = "sandbox"))]
        return Ok(Self { session });
    }
}

/// Where journals are kept; those of a sandbox in this process are kept apart.
pub(super) fn state_dir(settings: &Settings, sandbox: &Running) -> Result<PathBuf, SettingsError> {
    let folder = settings::state_dir(settings)?;
    Ok(if sandbox.is_some() { folder.join("sandbox") } else { folder })
}

/// What the sandbox in this process cannot know.
#[cfg(feature = "sandbox")]
fn rehearsal(sandbox: Option<&Arc<crate::sandbox::Sandbox>>) -> Option<crate::run::session::CannotKnow> {
    let sandbox = Arc::clone(sandbox?);
    Some(Arc::new(move |target| sandbox.cannot_know(target.as_str())))
}

/// Starts a sandbox if one is asked for, and points the settings at it.
#[cfg(feature = "sandbox")]
pub(super) async fn with_sandbox(
    scenario: Option<&str>,
    settings: Settings,
) -> Result<(Running, Settings), Stopped> {
    let Some(scenario) = scenario else { return Ok((None, settings)) };
    let sandbox = super::sandbox::in_process(scenario).await?;
    let settings = settings.with(&sandbox.variables());
    Ok((Some(Arc::new(sandbox)), settings))
}

/// There is none.
#[cfg(not(feature = "sandbox"))]
#[expect(clippy::unused_async, reason = "only a sandbox is waited for")]
pub(super) async fn with_sandbox(
    _: Option<&str>,
    settings: Settings,
) -> Result<(Running, Settings), Stopped> {
    Ok((None, settings))
}
