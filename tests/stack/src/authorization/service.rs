//! The service as a task of this process: address, routes, start and stop.

use crate::Result;
use crate::authorization::faults::Faults;
use crate::options::FullAccess;
use crate::sfu::Sfu;
use crate::token::ApiKey;

/// What the service has to know.
#[derive(Debug)]
pub(crate) struct ServiceOptions {
    pub port: u16,
    /// Handed to clients as it is.
    pub sfu_url: String,
    pub sfu: Sfu,
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
}

impl Service {
    pub(crate) async fn start(_options: ServiceOptions) -> Result<Self> {
        Ok(Self {
            faults: Faults::default(),
        })
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) async fn stop(&self) {}
}
