//! Builds what a run works with from the settings. Effects: files, clock, and the sandbox if asked for.

#[cfg(feature = "sandbox")]
use std::sync::Arc;

use super::Stopped;
use crate::cli::arguments::Global;
use crate::cli::settings::{self, environment::Environment, network};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::interrupt::Stop;
use crate::run::public_dns::{PublicDns, Servers};
use crate::run::session::Session;

/// A session, and the sandbox in this process, which lives as long.
pub(super) struct Context {
    pub(super) session: Session,
    #[cfg(feature = "sandbox")]
    _sandbox: Option<Arc<crate::sandbox::Sandbox>>,
}

/// What asking public DNS needs.
pub(super) fn public_dns(
    terminal: &Terminal,
    global: &Global,
    environment: &Environment,
    stop: Stop,
    paced: bool,
) -> Result<PublicDns, Stopped> {
    let trust = network::trust(global, environment)?;
    let servers = Servers {
        resolvers: network::resolvers(global, environment)?,
        is_default: network::are_default(global, environment),
        authoritative: network::authoritative(global, environment)?,
        paced,
    };
    let catalogue = settings::catalog::catalogue(global, environment)?;
    Ok(PublicDns::new(servers, trust, catalogue, terminal.progress(), stop))
}

impl Context {
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(clippy::unused_async, reason = "only a sandbox is waited for")
    )]
    pub(super) async fn new(
        terminal: &Terminal,
        global: &Global,
        environment: Environment,
        (sandbox, provider): (Option<&str>, Option<&str>),
        stop: Stop,
    ) -> Result<Self, Stopped> {
        #[cfg(feature = "sandbox")]
        settings::only_the_sandbox(global, sandbox)?;
        #[cfg(feature = "sandbox")]
        let (sandbox, environment, folder) = with_sandbox(sandbox, environment).await?;
        #[cfg(not(feature = "sandbox"))]
        let (environment, folder) = (environment, sandbox.and(None::<&str>));
        for warning in settings::exposed(global, &environment) {
            terminal.warn(&warning);
        }
        let dns = public_dns(terminal, global, &environment, stop, true)?;
        let provider = provider.map(|word| settings::sender(word, &environment, dns.trust())).transpose()?;
        let connection = settings::connection(global, &environment)?;
        let mut state_dir = settings::state_dir(global, &environment)?;
        state_dir.extend(folder);
        let api = Client::new(connection, dns.trust(), dns.progress())?;
        let now = jiff::Timestamp::now();
        let session = Session::new(api, dns, state_dir, now, fastrand::u16(..)).asking(provider);
        #[cfg(feature = "sandbox")]
        return Ok(Self { session: session.rehearsing(rehearsal(sandbox.as_ref())), _sandbox: sandbox });
        #[cfg(not(feature = "sandbox"))]
        return Ok(Self { session });
    }
}

/// What the sandbox in this process cannot know.
#[cfg(feature = "sandbox")]
fn rehearsal(sandbox: Option<&Arc<crate::sandbox::Sandbox>>) -> Option<crate::run::session::CannotKnow> {
    let sandbox = Arc::clone(sandbox?);
    Some(Arc::new(move |target| sandbox.cannot_know(target.as_str())))
}

/// Starts a sandbox if one is asked for, points the variables at it, and keeps its journals apart.
#[cfg(feature = "sandbox")]
pub(super) async fn with_sandbox(
    scenario: Option<&str>,
    environment: Environment,
) -> Result<(Option<Arc<crate::sandbox::Sandbox>>, Environment, Option<&'static str>), Stopped> {
    let Some(scenario) = scenario else {
        return Ok((None, environment, None));
    };
    let sandbox = super::sandbox::in_process(scenario).await?;
    let environment = environment.with(&sandbox.variables());
    Ok((Some(Arc::new(sandbox)), environment, Some("sandbox")))
}
