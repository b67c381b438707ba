//! `doctor`: is everything there that a run needs? Changes nothing. Effects: network, files, clock.

mod api;
mod public;

use super::Stopped;
use super::context::Public;
use crate::cli::arguments::{self, Format, Global};
use crate::cli::settings::{self, SettingsError, environment::Environment, network};
use crate::cli::ui::Terminal;
use crate::io::cloudflare::client::Client;
use crate::io::files;
use crate::io::interrupt::Stop;
use crate::model::checkup::{self, Check};
use crate::model::failure::Exit;
use crate::report;
use crate::report::objects::{self, DoctorV1};

pub(super) async fn run(
    terminal: &Terminal,
    global: &Global,
    environment: &Environment,
    arguments: arguments::Doctor,
    stop: Stop,
) -> Result<Exit, Stopped> {
    let is_json = match terminal.format() {
        Format::Human => false,
        Format::Json => true,
        Format::Markdown | Format::Html | Format::Csv => return Err(SettingsError::ListFormat.into()),
    };
    let zone = arguments.zone.map(|zone| settings::names("--zone", &[zone])).transpose()?;
    let zone = zone.and_then(|names| names.into_iter().next());
    let public = Public::new(terminal, global, environment, stop, true)?;
    let client = match settings::connection(global, environment) {
        Ok(connection) => {
            let kind = connection.credential_kind();
            Some((kind, Client::new(connection, &public.trust, public.progress.clone())?))
        }
        Err(SettingsError::NoToken) => None,
        Err(error) => return Err(error.into()),
    };
    terminal.open()?;
    let api = async {
        match &client {
            Some((kind, client)) => api::look(*kind, client, zone.as_ref()).await,
            None => vec![checkup::without_credential()],
        }
    };
    let (mut checks, resolvers) = tokio::select! {
        checks = async { tokio::join!(api, public::look(&public)) } => checks,
        () = public.stop.requested() => return Err(Stopped::asked(&public.stop)),
    };
    public.progress.on(crate::model::progress::Event::StageOver);
    checks.extend(resolvers);
    checks.extend(machine(global, environment));
    terminal.answer(&if is_json {
        objects::line(&DoctorV1::from(checks.as_slice()))
    } else {
        report::checkup::human(&checks)
    })?;
    Ok(checkup::exit(&checks))
}

/// The folder and the variables of this machine.
fn machine(global: &Global, environment: &Environment) -> Vec<Check> {
    let folder = settings::state_dir(global, environment);
    let folder = match folder {
        Ok(folder) => {
            let tried = files::try_folder(&folder).map_err(|error| error.to_string());
            checkup::state_folder(&folder.display().to_string(), tried)
        }
        Err(error) => checkup::state_folder("none", Err(error.to_string())),
    };
    let mut checks = vec![folder];
    checks.extend(settings::exposed(global, environment).into_iter().map(checkup::exposed));
    checks.push(checkup::proxies(&network::proxies(environment)));
    checks
}
