//! Whom to ask, and whom to trust on the way. Effects: files, system settings.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::SecretString;

use super::choice::{Choice, Origin};
use super::environment::Environment;
use super::{Settings, SettingsError};
use crate::io::lookup::ask::system_resolvers;
use crate::io::tls::Trust;
use crate::model::lookup::{Endpoint, Kind, Server, ServerSpec, WELL_KNOWN};

/// Largest file of certificates that is read, in octets: several times the bundle of a system.
const LARGEST_BUNDLE: u64 = 8 << 20;

/// The roots to trust: those of the program, and those of `--ca-file` or `SSL_CERT_FILE`.
///
/// # Errors
///
/// [`SettingsError::Certificates`] when the file cannot be read or holds no certificate that can be used.
pub fn trust(settings: &Settings) -> Result<Trust, SettingsError> {
    let Some(Choice { value: path, origin }) = settings.ca_file() else { return Ok(Trust::default()) };
    let (path, option) = (path.as_path(), origin.to_string());
    let failed = |why: String| SettingsError::Certificates {
        option: option.clone(),
        path: path.display().to_string(),
        why,
    };
    let bytes = read_bounded(path).map_err(|error| failed(error.to_string()))?;
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).collect();
    Trust::default().with(certificates).ok_or_else(|| failed("no certificate that can be used".to_owned()))
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_BUNDLE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The proxies that the environment names: the variable and the proxy without user and password.
pub fn proxies(environment: &Environment) -> Vec<(String, String)> {
    let secret = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    let named = secret.into_iter().filter_map(|name| Some((name, environment.secret(name)?)));
    let shown = |(name, value): (&str, &SecretString)| {
        let shown = crate::io::secret::without_userinfo(value);
        (name.to_owned(), shown)
    };
    let except = ["NO_PROXY", "no_proxy"].into_iter();
    let except = except.filter_map(|name| Some((name.to_owned(), environment.plain(name)?.to_owned())));
    named.map(shown).chain(except).collect()
}

/// Whether the resolvers are the program's own choice.
pub fn are_default(settings: &Settings) -> bool {
    settings.resolvers().is_none()
}

/// The public resolvers.
///
/// # Errors
///
/// [`SettingsError::Server`] or [`SettingsError::NoSystemResolver`].
pub fn resolvers(settings: &Settings) -> Result<Vec<Server>, SettingsError> {
    let usual = || WELL_KNOWN.iter().map(|one| one.address.to_owned()).collect();
    let chosen = settings.resolvers().unwrap_or_else(|| Choice { value: usual(), origin: Origin::Default });
    servers(&chosen, Kind::Resolver)
}

/// The authoritative servers to ask instead of the zone's own; empty to ask those.
///
/// # Errors
///
/// [`SettingsError::Server`] or [`SettingsError::NoSystemResolver`].
pub fn authoritative(settings: &Settings) -> Result<Vec<Server>, SettingsError> {
    settings.authoritative().map_or(Ok(Vec::new()), |chosen| servers(&chosen, Kind::Authoritative))
}

fn servers(chosen: &Choice<Vec<String>>, kind: Kind) -> Result<Vec<Server>, SettingsError> {
    let origin = chosen.origin.to_string();
    let mut servers: Vec<Server> = Vec::new();
    for text in &chosen.value {
        let bad = |source| SettingsError::Server { origin: origin.clone(), source };
        let found = match text.parse().map_err(bad)? {
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
            let servers = resolvers(&settings(flags, variables)).unwrap();
            servers.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let variable = [("CF_DOMAUTH_RESOLVERS", "127.0.0.1:5301, 127.0.0.1:5302")];
        assert_eq!(from(&["--resolver", "tcp://192.0.2.1"], &variable), ["tcp://192.0.2.1"]);
        assert_eq!(from(&[], &variable), ["127.0.0.1:5301", "127.0.0.1:5302"]);
        assert_eq!(from(&[], &[]), ["1.1.1.1", "8.8.8.8", "9.9.9.9", "208.67.222.222"]);
    }

    #[test]
    fn a_bad_value_names_where_it_came_from() {
        let bad = resolvers(&settings(&[], &[("CF_DOMAUTH_RESOLVERS", "1.1.1")])).unwrap_err();
        assert!(bad.to_string().starts_with("CF_DOMAUTH_RESOLVERS: `1.1.1`"), "{bad}");
        let bad = resolvers(&settings(&["--resolver", "dns.example"], &[])).unwrap_err();
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
