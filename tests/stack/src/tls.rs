//! TLS before a server that has none, as a reverse proxy is before those of a real site.

use std::net::Ipv4Addr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::certificates::CertificateFiles;
use crate::{Error, Result};

/// Listens on a port of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Front {
    port: u16,
    task: JoinHandle<()>,
}

impl Front {
    /// Passes what comes in by TLS on to `port` of the same address.
    pub(crate) async fn start(
        address: Ipv4Addr,
        port: u16,
        files: &CertificateFiles,
    ) -> Result<Self> {
        let acceptor = acceptor(files)?;
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind((address, 0)).await.map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?.port();
        let task = tokio::spawn(async move {
            while let Ok((outside, _)) = listener.accept().await {
                tokio::spawn(pass(acceptor.clone(), outside, address, port));
            }
        });
        Ok(Self { port: own, task })
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection ends when either side does; whoever is cut off finds out by itself.
async fn pass(acceptor: TlsAcceptor, outside: TcpStream, address: Ipv4Addr, port: u16) {
    let Ok(mut outside) = acceptor.accept(outside).await else {
        return;
    };
    if let Ok(mut inside) = TcpStream::connect((address, port)).await {
        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
    }
}

fn acceptor(files: &CertificateFiles) -> Result<TlsAcceptor> {
    let unreadable = |source| Error::Pem { source };
    let certificate = CertificateDer::from_pem_file(&files.certificate).map_err(unreadable)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable)?;
    // Named, because nothing else in this process installs one.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)
        })
        .map_err(|source| Error::Tls { source })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
