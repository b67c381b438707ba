//! Whom to ask, and whom to trust on the way. Effects: files, system settings.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::choice::Choice;
use super::environment::Environment;
use super::{Settings, SettingsError};
use crate::io::files;
use crate::io::lookup::ask::system_resolvers;
use crate::io::secret::without_userinfo;
use crate::io::tls::Trust;
use crate::model::lookup::{Endpoint, Kind, Server, ServerSpec, well_known};
use crate::run::public_dns::Servers;

/// Largest file of certificates that is read, in octets: several times the bundle of a system.
const LARGEST_BUNDLE: u64 = 8 << 20;

/// The roots to trust: those of the program, and those of `--ca-file` or `SSL_CERT_FILE`.
pub fn trust(settings: &Settings) -> Result<Trust, SettingsError> {
    let Some(Choice { value: path, origin }) = settings.ca_file() else { return Ok(Trust::default()) };
    let failed = |why: String| SettingsError::Certificates {
        origin: origin.to_string(),
        path: path.display().to_string(),
        why,
    };
    let read = files::octets(&path, LARGEST_BUNDLE).map_err(|error| failed(error.to_string()))?;
    let bytes = read.ok_or_else(|| failed("there is no such file".to_owned()))?;
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).collect();
    Trust::default().with(certificates).ok_or_else(|| failed("no certificate that can be used".to_owned()))
}

/// The proxies that the environment names: the variable and the proxy without user and password.
pub fn proxies(environment: &Environment) -> Vec<(String, String)> {
    let names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let shown = |name: &str| {
        let plain = || environment.plain(name).map(str::to_owned);
        environment.secret(name).map(without_userinfo).or_else(plain)
    };
    let names = names.into_iter().chain(["NO_PROXY", "no_proxy"]);
    names.filter_map(|name| Some((name.to_owned(), shown(name)?))).collect()
}

/// Whom to ask, and how fast.
pub fn servers(settings: &Settings, pace: Option<Duration>) -> Result<Servers, SettingsError> {
    let resolvers = settings.resolvers();
    let own = settings.authoritative();
    Ok(Servers {
        is_default: resolvers.is_none(),
        resolvers: resolvers.map_or_else(|| Ok(well_known()), |chosen| read(&chosen, Kind::Resolver))?,
        authoritative: own.map_or(Ok(Vec::new()), |chosen| read(&chosen, Kind::Authoritative))?,
        pace,
    })
}

/// Reads a server given with `origin`.
pub(super) fn server(origin: &str, text: &str) -> Result<ServerSpec, SettingsError> {
    text.parse().map_err(|source| SettingsError::Server { origin: origin.to_owned(), source })
}

fn read(chosen: &Choice<Vec<String>>, kind: Kind) -> Result<Vec<Server>, SettingsError> {
    let origin = chosen.origin.to_string();
    let mut servers: Vec<Server> = Vec::new();
    for text in &chosen.value {
        let found = match server(&origin, text)? {
            ServerSpec::At(endpoint) => vec![endpoint],
            ServerSpec::System => system_resolvers().into_iter().map(Endpoint::Udp).collect(),
        };
        if found.is_empty() {
            return Err(SettingsError::NoSystemResolver(origin));
        }
        for endpoint in found {
            let server = Server { endpoint, kind, name: None };
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
    }
    Ok(servers)
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;

    #[test]
    fn a_flag_comes_before_a_variable_and_a_variable_before_the_default() {
        let from = |flags: &[&str], variables: &[(&'static str, &str)]| {
            let servers = servers(&settings(flags, variables), None).unwrap().resolvers;
            servers.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let variable = [("CF_DOMAUTH_RESOLVERS", "127.0.0.1:5301, 127.0.0.1:5302")];
        assert_eq!(from(&["--resolver", "tcp://192.0.2.1"], &variable), ["tcp://192.0.2.1"]);
        assert_eq!(from(&[], &variable), ["127.0.0.1:5301", "127.0.0.1:5302"]);
        assert_eq!(from(&[], &[]), ["1.1.1.1", "8.8.8.8", "9.9.9.9", "208.67.222.222"]);
    }

    #[test]
    fn a_bad_value_names_where_it_came_from() {
        let bad = servers(&settings(&[], &[("CF_DOMAUTH_RESOLVERS", "1.1.1")]), None).unwrap_err();
        assert!(bad.to_string().starts_with("CF_DOMAUTH_RESOLVERS: `1.1.1`"), "{bad}");
        let bad = servers(&settings(&["--resolver", "dns.example"], &[]), None).unwrap_err();
        assert!(bad.to_string().starts_with("--resolver: "), "{bad}");
    }

    #[test]
    fn a_file_without_certificates_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        let given = path.display().to_string();
        let bad = trust(&settings(&["--ca-file", &given], &[])).unwrap_err();
        assert!(bad.to_string().starts_with(&format!("--ca-file {given}: no certificate")), "{bad}");
        let bad = trust(&settings(&[], &[("SSL_CERT_FILE", "/nowhere")])).unwrap_err();
        assert!(bad.to_string().starts_with("SSL_CERT_FILE /nowhere: "), "{bad}");
        assert!(trust(&settings(&[], &[])).is_ok());
    }
}
