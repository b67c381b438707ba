//! What a run needs, built once from the settings. Effects: files, clock, and the sandbox if asked for.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::OnceCell;

use super::Stopped;
use super::content::Followed;
use crate::cli::arguments::Global;
use crate::cli::settings::{self, environment::Environment, network};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::interrupt::Stop;
use crate::io::lookup::ask::Asker;
use crate::io::sender::Service;
use crate::io::sender::client::Sender;
use crate::io::store::journal_writer::Journal;
use crate::io::tls::Trust;
use crate::model::catalogue::Catalogue;
use crate::model::dns::DomainName;
use crate::model::lookup::{self, Observation, QuestionType, Server};
use crate::model::progress::{Event, Progress};

/// Everything that lives as long as the run.
pub(super) struct Context {
    pub(super) api: Client,
    pub(super) public: Public,
    pub(super) state_dir: PathBuf,
    pub(super) run: String,
    /// When the run began.
    pub(super) started: jiff::Timestamp,
    /// The sending provider to ask.
    pub(super) sender: Option<(Service, Sender)>,
    /// The sandbox in this process: kept alive.
    #[cfg(feature = "sandbox")]
    sandbox: Option<crate::sandbox::Sandbox>,
}

/// What asking public DNS needs.
pub(super) struct Public {
    pub(super) asker: Asker,
    /// Whom every connection of the run trusts.
    pub(super) trust: Trust,
    /// As they were chosen.
    chosen: Vec<Server>,
    /// Whether nobody but the program chose them.
    is_default: bool,
    /// As they can be reached.
    resolvers: OnceCell<Vec<Server>>,
    /// Instead of the zone's own servers; empty to find those.
    pub(super) authoritative: Vec<Server>,
    pub(super) catalogue: Catalogue,
    /// What the run has learned about the targets of unknown aliases.
    pub(super) followed: Followed,
    pub(super) progress: Arc<dyn Progress>,
    pub(super) stop: Stop,
}

impl Public {
    pub(super) fn new(
        terminal: &Terminal,
        global: &Global,
        environment: &Environment,
        stop: Stop,
        polite: bool,
    ) -> Result<Self, Stopped> {
        let trust = network::trust(global, environment)?;
        Ok(Self {
            asker: Asker::new(trust.clone(), polite),
            trust,
            chosen: network::resolvers(global, environment)?,
            is_default: network::are_default(global, environment),
            resolvers: OnceCell::new(),
            authoritative: network::authoritative(global, environment)?,
            catalogue: settings::catalog::catalogue(global, environment)?,
            followed: Followed::default(),
            progress: terminal.progress(),
            stop,
        })
    }

    /// The resolvers as they were chosen, whether they can be reached or not.
    pub(super) fn chosen(&self) -> &[Server] {
        &self.chosen
    }

    /// Whether nobody but the program chose the resolvers.
    pub(super) fn is_default(&self) -> bool {
        self.is_default
    }

    /// The resolvers to ask. Those of the program are tried once: if port 53 is silent and HTTPS is not, they
    /// are asked over HTTPS, and that is said.
    pub(super) async fn resolvers(&self) -> &[Server] {
        self.resolvers.get_or_init(|| self.reachable()).await
    }

    async fn reachable(&self) -> Vec<Server> {
        let chosen = self.chosen.clone();
        let Ok(everywhere) = DomainName::parse("com") else { return chosen };
        let answers = async |servers: &[Server]| {
            let asked: FuturesUnordered<_> =
                servers.iter().map(|server| self.asker.ask(server, &everywhere, QuestionType::Ns)).collect();
            asked.any(async |heard| heard != Observation::Silent).await
        };
        if !self.is_default || answers(&chosen).await {
            return chosen;
        }
        let over_https = lookup::well_known_over_https();
        if !answers(&over_https).await {
            return chosen;
        }
        self.progress.on(Event::OverHttps { silent: chosen.len() });
        over_https
    }
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
        (sandbox, sender): (Option<&str>, Option<&str>),
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
        let public = Public::new(terminal, global, &environment, stop, true)?;
        let sender = sender.map(|word| settings::sender(word, &environment, &public.trust)).transpose()?;
        let connection = settings::connection(global, &environment)?;
        let mut state_dir = settings::state_dir(global, &environment)?;
        state_dir.extend(folder);
        let api = Client::new(connection, &public.trust, Arc::clone(&public.progress))?;
        let now = jiff::Timestamp::now();
        Ok(Self {
            api,
            public,
            state_dir,
            run: format!("{}-{:04x}", now.strftime("%Y%m%dT%H%M%SZ"), fastrand::u16(..)),
            started: now.round(jiff::Unit::Second).unwrap_or(now),
            sender,
            #[cfg(feature = "sandbox")]
            sandbox,
        })
    }
}

impl Context {
    /// Whether the zones are those of a sandbox in this process, which ends with it.
    #[cfg(feature = "sandbox")]
    pub(super) fn is_rehearsal(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Whether the sandbox in this process has no idea what stands behind a target.
    #[cfg(feature = "sandbox")]
    pub(super) fn cannot_know(&self, target: &DomainName) -> bool {
        self.sandbox.as_ref().is_some_and(|sandbox| sandbox.cannot_know(target.as_str()))
    }

    /// There is no sandbox in this build.
    #[cfg(not(feature = "sandbox"))]
    #[expect(clippy::unused_self, reason = "the same call in every build")]
    pub(super) fn cannot_know(&self, _: &DomainName) -> bool {
        false
    }

    /// There is no sandbox in this build.
    #[cfg(not(feature = "sandbox"))]
    #[expect(clippy::unused_self, reason = "the same call in every build")]
    pub(super) fn is_rehearsal(&self) -> bool {
        false
    }

    /// A journal for this run; the file is made with its first line.
    pub(super) fn journal(&self) -> Journal {
        Journal::new(&self.state_dir, &self.run, &self.started.to_string(), self.api.base())
    }
}

/// Starts a sandbox if one is asked for, points the variables at it, and keeps its journals apart.
#[cfg(feature = "sandbox")]
pub(super) async fn with_sandbox(
    scenario: Option<&str>,
    environment: Environment,
) -> Result<(Option<crate::sandbox::Sandbox>, Environment, Option<&'static str>), Stopped> {
    let Some(scenario) = scenario else {
        return Ok((None, environment, None));
    };
    let sandbox = super::sandbox::in_process(scenario).await?;
    let environment = environment.with(&sandbox.variables());
    Ok((Some(sandbox), environment, Some("sandbox")))
}
