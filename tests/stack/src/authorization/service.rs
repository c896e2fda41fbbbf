//! The service as a thread of this process: address, start and stop.
//!
//! It has a thread and a runtime of its own, so that a test that blocks does not stop it,
//! as a test would not stop a real one.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::faults::Faults;
use super::homeservers::Homeservers;
use super::leaves::Leaves;
use super::routes::{self, Shared};
use crate::options::FullAccess;
use crate::sfu::Sfu;
use crate::token::ApiKey;
use crate::{Error, Result};

/// What the service has to know.
#[derive(Debug)]
pub(crate) struct ServiceOptions {
    pub address: Ipv4Addr,
    pub port: u16,
    /// Handed to clients as it is: `ws://…`, `wss://…`.
    pub sfu_url: String,
    /// Where the service itself asks the SFU: `http://…`.
    pub sfu_http: String,
    pub key: ApiKey,
    /// The own homeserver's name.
    pub server_name: String,
    pub full_access: FullAccess,
    pub delegation: bool,
    /// PEM of the authority that homeservers' certificates come from.
    pub authority: String,
}

/// The running service; ends when dropped.
#[derive(Debug)]
pub(crate) struct Service {
    faults: Faults,
    /// Dropping it is the sign to end.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub(crate) fn start(options: ServiceOptions) -> Result<Self> {
        let listener = listen(options.address, options.port).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(failed)?;
        let faults = Faults::default();
        let shared = shared(options, faults.clone()).map_err(|source| Error::Client { source })?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || runtime.block_on(serve(listener, shared, stopped)));
        Ok(Self {
            faults,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the service has been printed by then.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, shared: Shared, stopped: oneshot::Receiver<()>) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "authorization service has no socket"),
    };
    let server = axum::serve(listener, routes::router(shared));
    tokio::select! {
        result = async { server.await } => {
            if let Err(error) = result {
                tracing::error!(%error, "authorization service ended");
            }
        }
        _ = stopped => {}
    }
}

fn shared(options: ServiceOptions, faults: Faults) -> Result<Shared, reqwest::Error> {
    let homeservers = Homeservers::new(&options.authority)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let sfu = Sfu::new(http, options.sfu_http, options.key.clone());
    Ok(Shared {
        sfu_url: options.sfu_url,
        key: options.key,
        server_name: options.server_name,
        full_access: options.full_access,
        delegation: options.delegation,
        leaves: Leaves::new(homeservers.clone(), sfu.clone()),
        homeservers,
        sfu,
        faults,
    })
}

fn listen(address: Ipv4Addr, port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((address, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn failed(source: std::io::Error) -> Error {
    Error::File {
        action: "start",
        path: PathBuf::from("the authorization service"),
        source,
    }
}
