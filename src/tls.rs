//! Whom a connection trusts. Pure.

use std::sync::Arc;

/// Trust in the roots that come with the program: it works where no certificate store is installed.
pub fn trust() -> rustls::ClientConfig {
    let roots: rustls::RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    #[expect(clippy::expect_used, reason = "ring supports the default protocol versions")]
    let builder = builder.with_safe_default_protocol_versions().expect("ring supports TLS 1.2 and 1.3");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    // reqwest leaves a preconfigured list alone, and without it HTTP/2 would be off.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}
