//! Every environment variable this program reads, declared with its meaning. Effects: environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// A variable: its name, whether it is a secret, and what it means.
pub const VARIABLES: &[(&str, bool, &str)] = &[
    ("CLOUDFLARE_API_TOKEN", true, "the API token"),
    ("CF_API_TOKEN", true, "the API token, if the one above is not set"),
    ("CLOUDFLARE_API_KEY", true, "the legacy global API key; needs CLOUDFLARE_EMAIL"),
    ("CLOUDFLARE_EMAIL", false, "the e-mail address that goes with the legacy key"),
    ("CF_API_KEY", true, "the same key, if the one above is not set; needs an e-mail address"),
    ("CF_API_EMAIL", false, "the same address, if CLOUDFLARE_EMAIL is not set"),
    (
        "CLOUDFLARE_ACCOUNT_ID",
        false,
        "the account to which zones are narrowed; not in a sandbox of this process",
    ),
    ("CLOUDFLARE_BASE_URL", false, "where the API is, with /client/v4"),
    ("CLOUDFLARE_API_BASE_URL", false, "the same, if the one above is not set"),
    ("SENDGRID_API_KEY", true, "the key for SendGrid; it needs the scope whitelabel.read"),
    ("SENDGRID_BASE_URL", false, "where SendGrid's API is"),
    ("POSTMARK_ACCOUNT_TOKEN", true, "the account token for Postmark"),
    ("POSTMARK_BASE_URL", false, "where Postmark's API is"),
    ("CF_DOMAUTH_RESOLVERS", false, "public resolvers to ask, separated by commas"),
    ("CF_DOMAUTH_AUTHORITATIVE", false, "authoritative servers to ask instead of the zone's own"),
    ("CF_DOMAUTH_SETTINGS", false, "the settings file"),
    ("CF_DOMAUTH_PROFILE", false, "the profile of the settings file to use"),
    ("CF_DOMAUTH_COMPLETE", false, "set by a shell that asks for candidates to complete a command line"),
    ("HTTPS_PROXY", true, "the proxy for the API and for DNS over HTTPS; https_proxy, too"),
    ("https_proxy", true, "the proxy for the API and for DNS over HTTPS"),
    ("HTTP_PROXY", true, "the proxy for an API at a plain address; http_proxy, too"),
    ("http_proxy", true, "the proxy for an API at a plain address"),
    ("ALL_PROXY", true, "the proxy for both; all_proxy, too"),
    ("all_proxy", true, "the proxy for both"),
    ("NO_PROXY", false, "hosts that are reached without a proxy; no_proxy, too"),
    ("no_proxy", false, "hosts that are reached without a proxy"),
    ("SSL_CERT_FILE", false, "a file with certificates to trust besides the usual ones"),
    ("CF_DOMAUTH_STATE_DIR", false, "where journals are kept"),
    ("COLUMNS", false, "how wide text for people is, also where there is no terminal"),
    ("TERM", false, "dumb: as with --ascii"),
    ("XDG_STATE_HOME", false, "the folder above the default state folder"),
    (
        "XDG_CONFIG_HOME",
        false,
        "the folder above cf-domauth, where settings and provider files are looked for",
    ),
    ("HOME", false, "the home folder, if one of the two above is not set"),
    ("LOCALAPPDATA", false, "the folder above the default state folder on Windows"),
    (
        "APPDATA",
        false,
        "the folder above cf-domauth, where settings and provider files are looked for on Windows",
    ),
];

/// The variables as they were when the program began. Secrets do not show in `Debug`.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// A path need not be UTF-8.
    plain: BTreeMap<&'static str, OsString>,
    secrets: BTreeMap<&'static str, SecretString>,
}

impl Environment {
    /// Reads the declared variables. Empty ones count as not set; what is not UTF-8 counts as a path only.
    pub fn read() -> Self {
        let mut environment = Self::default();
        for (name, is_secret, _) in VARIABLES {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
            let Some(value) = std::env::var_os(name) else { continue };
            environment.set(name, value, *is_secret);
        }
        // Whoever has no variable may have a home all the same.
        if environment.path("HOME").is_none()
            && let Some(folders) = directories::BaseDirs::new()
        {
            environment.set("HOME", folders.home_dir().into(), false);
        }
        environment
    }

    fn set(&mut self, name: &'static str, value: OsString, is_secret: bool) {
        if value.to_str().is_some_and(|text| text.trim().is_empty()) {
            return;
        }
        if !is_secret {
            self.plain.insert(name, value);
        } else if let Some(text) = value.to_str() {
            // A line break behind a token comes from the file or the command it was taken from.
            let value = SecretString::from(text.trim());
            if name.to_ascii_lowercase().ends_with("_proxy") {
                crate::io::secret::remember_password(&value);
            } else {
                crate::io::secret::remember(&value);
            }
            self.secrets.insert(name, value);
        }
    }

    /// The same with some variables set anew: how a sandbox in this process is pointed at.
    #[must_use]
    pub fn with(mut self, values: &[(&'static str, String)]) -> Self {
        for (name, is_secret, _) in VARIABLES {
            if let Some((_, value)) = values.iter().find(|(given, _)| given == name) {
                self.set(name, value.into(), *is_secret);
            }
        }
        self
    }

    /// The same with a secret set anew.
    #[must_use]
    pub fn with_secret(mut self, name: &'static str, value: SecretString) -> Self {
        self.secrets.insert(name, value);
        self
    }

    /// A variable that is no secret.
    pub fn plain(&self, name: &str) -> Option<&str> {
        self.plain.get(name)?.to_str()
    }

    /// A secret in a variable that the settings file names: the one way to a variable that is not declared here.
    pub fn of_settings(name: &str) -> Option<SecretString> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let value = std::env::var(name).ok()?;
        let value = Some(SecretString::from(value.trim())).filter(|_| !value.trim().is_empty())?;
        crate::io::secret::remember(&value);
        Some(value)
    }

    /// A variable that is a path, in UTF-8 or not.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.plain.get(name).map(PathBuf::from)
    }

    /// Our folder where the platform keeps such things: below what `xdg` names, else below the home folder, else below
    /// what `windows` names.
    pub fn own_folder(&self, xdg: &str, below_home: &Path, windows: &str) -> Option<PathBuf> {
        let xdg = self.path(xdg).filter(|path| path.is_absolute());
        let unix = || self.path("HOME").map(|home| home.join(below_home));
        Some(xdg.or_else(unix).or_else(|| self.path(windows))?.join("cf-domauth"))
    }

    /// A variable that is a secret.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        self.secrets.get(name)
    }
}
