//! Looks at a zone of the local Cloudflare simulator, and shows what is wrong and what would repair it.
//!
//! `cargo run --example audit`

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use cf_domauth::confirm::{Endpoint, Kind, Server};
use cf_domauth::dns::{Catalog, DomainName};
use cf_domauth::plan::Consent;
use cf_domauth::request::Request;
use cf_domauth::sandbox::{Options, Sandbox, named, read};
use cf_domauth::session::{Client, Connection, Credential, PublicDns, Quiet, Servers, Session, Trust, stop};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    audit(&mut std::io::stdout()).await
}

/// Writes the findings of each zone, and the changes that would repair them.
///
/// # Errors
///
/// Whatever keeps the simulator from starting, or the report from being written.
pub async fn audit(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start(read(named("default")?)?, Options::default()).await?;
    let session = session(&sandbox)?;
    let request = Request::zone(DomainName::parse("example.com")?);
    let survey = session.survey(&request).await?.ok_or("told to end")?;
    for zone in &survey.zones {
        writeln!(out, "{}", zone.zone.name)?;
        for finding in &zone.diagnosis.findings {
            writeln!(out, "  {}: {}", finding.code().word(), finding.name)?;
        }
    }
    for zone in session.plan(survey.zones, Consent::Plan) {
        for change in zone.changes() {
            writeln!(out, "  plan: {} {}", change.action.word(), change.name)?;
        }
    }
    Ok(())
}

/// For Cloudflare itself the address and the token would be others, and `Servers::default()` would do.
fn session(sandbox: &Sandbox) -> Result<Session, Box<dyn Error>> {
    let at = |address: &SocketAddr, kind| Server { endpoint: Endpoint::Udp(*address), kind, name: None };
    let servers = Servers {
        resolvers: sandbox.resolvers().iter().map(|address| at(address, Kind::Resolver)).collect(),
        authoritative: vec![at(&sandbox.authority(), Kind::Authoritative)],
        ..Servers::default()
    };
    let trust = Trust::default();
    let (_, stop) = stop();
    let dns = PublicDns::new(servers, trust.clone(), Catalog::embedded()?, Arc::new(Quiet), stop);
    let token = Credential::Token(sandbox.token("full").into());
    let api = Client::new(Connection::new(&sandbox.api_url(), token)?, &trust, Arc::new(Quiet))?;
    let state = std::env::temp_dir().join("cf-domauth-example");
    Ok(Session::new(api, dns, state, jiff::Timestamp::now(), 0))
}
