//! Whom a connection trusts. Pure.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

/// The roots that a connection trusts: those that come with the program, so that it works where no
/// certificate store is installed, and those that the user added.
#[derive(Debug, Clone)]
pub struct Trust(Arc<RootCertStore>);

impl Default for Trust {
    fn default() -> Self {
        Self(Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()))
    }
}

impl Trust {
    /// The same with more roots; `None` if not one of them can be a root.
    #[must_use]
    pub fn with(self, more: Vec<CertificateDer<'static>>) -> Option<Self> {
        let mut roots = Arc::unwrap_or_clone(self.0);
        // A bundle may hold a few that nobody can read any more.
        let (added, _) = roots.add_parsable_certificates(more);
        (added > 0).then(|| Self(Arc::new(roots)))
    }

    /// The configuration of a connection over HTTP/2 or HTTP/1.1.
    pub fn for_http(&self) -> rustls::ClientConfig {
        let mut config = self.plain();
        // reqwest leaves a preconfigured list alone, and without it HTTP/2 would be off.
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }

    /// The configuration of a connection that names no protocol inside.
    pub fn plain(&self) -> rustls::ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider);
        #[expect(clippy::expect_used, reason = "ring supports the default protocol versions")]
        let builder = builder.with_safe_default_protocol_versions().expect("ring supports TLS 1.2 and 1.3");
        builder.with_root_certificates(Arc::clone(&self.0)).with_no_client_auth()
    }
}
