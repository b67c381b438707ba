//! `doctor`: is everything there that a run needs? Changes nothing. Effects: network, files, clock.

use std::io::Write as _;
use std::path::Path;

use super::context::Context;
use super::{Stopped, bug_report, is_json, unwritable, usage};
use crate::cli::arguments;
use crate::cli::settings::{self, Settings, SettingsError, network};
use crate::cli::ui::Answer;
use crate::io::cloudflare::client::Client;
use crate::io::files;
use crate::io::lookup::ask::PACE;
use crate::model::doctor::{self, Check};
use crate::model::failure::Exit;
use crate::report;
use crate::report::objects;
use crate::run::probe::{probe, samples};

pub(super) async fn run(context: &Context<'_>, arguments: arguments::Doctor) -> Result<Exit, Stopped> {
    let Context { terminal, settings, .. } = context;
    let is_json = is_json(terminal)?;
    let zone = arguments.zone.as_deref().map(|zone| settings::name("--zone", zone)).transpose()?;
    let dns = context.public_dns(Some(PACE))?;
    let client = match settings::connection(settings) {
        Ok(connection) => {
            let kind = connection.credential_kind();
            Some((kind, Client::new(connection, dns.trust(), dns.progress())?))
        }
        Err(SettingsError::NoToken) => None,
        Err(error) => return Err(error.into()),
    };
    terminal.open()?;
    let credential = client.as_ref().map(|(kind, client)| (*kind, client));
    let checks = Box::pin(probe(&dns, credential, zone.as_ref())).await;
    let mut checks = checks.ok_or_else(|| context.stopped())?;
    checks.extend(machine(settings));
    terminal.answer(&if is_json { objects::doctor(&checks) } else { report::doctor::human(&checks) })?;
    if let Some(path) = &arguments.report {
        let samples = match &client {
            Some((_, client)) => samples(client).await,
            None => Vec::new(),
        };
        let bundle = bug_report::text(settings, &checks, &samples);
        hand_out(context, &bundle, (path, arguments.yes)).await?;
    }
    Ok(doctor::exit(&checks))
}

/// Shows the bundle, and writes it if nobody minds.
async fn hand_out(context: &Context<'_>, bundle: &str, (path, yes): (&Path, bool)) -> Result<(), Stopped> {
    let (terminal, shown) = (context.terminal, path.display());
    writeln!(terminal.errors(), "\nThis is what the bundle holds:\n\n{bundle}")?;
    if !yes && !terminal.is_interactive() {
        return Err(usage(
            "the bundle was not written: nobody can be asked, because this is not a terminal",
            ["read what is shown above, then add --yes: `cf-domauth doctor --report PATH --yes`"],
        ));
    }
    let question = format!("Write it to {shown}?");
    if yes || context.unless_stopped(terminal.ask(&question, false)).await? == Answer::Yes {
        files::replace_beside(path, bundle)
            .map_err(|error| unwritable(&format!("--report {shown}"), &error))?;
        writeln!(terminal.errors(), "written to {shown}; read it once more before you give it away")?;
    } else {
        writeln!(terminal.errors(), "nothing was written")?;
    }
    Ok(())
}

/// The folder and the variables of this machine.
fn machine(settings: &Settings) -> Vec<Check> {
    let folder = match settings::state_dir(settings) {
        Ok(folder) => {
            let tried = files::try_folder(&folder).map_err(|error| error.to_string());
            doctor::state_folder(&folder.display().to_string(), tried)
        }
        Err(error) => doctor::state_folder("none", Err(error.to_string())),
    };
    let mut checks = vec![folder];
    checks.extend(settings::exposed(settings).into_iter().map(doctor::exposed));
    checks.push(doctor::proxies(&network::proxies(&settings.environment)));
    checks
}
