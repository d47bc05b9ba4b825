//! TLS by rustls with ring and Mozilla's roots: works on a machine that has neither certificates nor a provider.
//! No provider is installed for the whole program.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// The settings of a client that speaks HTTP/1.1.
pub(super) fn config() -> Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::config("TLS can't be set up").with_source(error))?;
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn();
    Ok(config)
}

/// What a server is offered to speak.
pub(super) fn alpn() -> Vec<Vec<u8>> {
    vec![b"http/1.1".to_vec()]
}
