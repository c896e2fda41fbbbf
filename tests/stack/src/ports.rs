//! Free ports on loopback or on another address of `lo`.
//!
//! Picked at random below the range the kernel gives to outgoing connections, so that a
//! server stopped for a while finds its port free when it comes back.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Mutex;

use crate::{Error, Result};

const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// The ports of one site, kept so that a stopped server comes back where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Ports {
    /// Synapse for clients, plain HTTP.
    pub client: u16,
    /// Synapse for other servers, TLS; the port in the server's name.
    pub federation: u16,
    /// LiveKit's HTTP and WebSocket.
    pub sfu: u16,
    /// LiveKit's media, UDP.
    pub media: u16,
    /// The authorization service.
    pub service: u16,
}

impl Ports {
    pub(crate) fn pick(address: Ipv4Addr) -> Result<Self> {
        let next = || free(address);
        Ok(Self {
            client: next()?,
            federation: next()?,
            sfu: next()?,
            media: next()?,
            service: next()?,
        })
    }
}

/// Ports that this process picked, for as long as it runs.
static PICKED: Mutex<Vec<UnixDatagram>> = Mutex::new(Vec::new());

/// Whether no other stack has picked this port: between the picking and the start of a server it
/// is free for everybody. The mark is a socket's abstract name, which is of one network namespace
/// as ports are, and goes with the process.
fn reserve(port: u16) -> bool {
    let name = SocketAddr::from_abstract_name(format!("salle-stack-port-{port}"));
    let mark = name.and_then(|name| UnixDatagram::bind_addr(&name));
    let Ok(mark) = mark else { return false };
    if let Ok(mut picked) = PICKED.lock() {
        picked.push(mark);
    }
    true
}

/// A port nobody has, and nobody else is given.
pub(crate) fn free(address: Ipv4Addr) -> Result<u16> {
    for _ in 0..200 {
        let random = getrandom::u32().map_err(Error::Random)?;
        let port = FIRST + u16::try_from(random % u32::from(COUNT)).unwrap_or(0);
        if is_free(address, port) && reserve(port) {
            return Ok(port);
        }
    }
    Err(Error::NoPort)
}

/// Some servers listen on loopback whatever the address is.
fn is_free(address: Ipv4Addr, port: u16) -> bool {
    [address, Ipv4Addr::LOCALHOST].into_iter().all(|address| {
        TcpListener::bind((address, port)).is_ok() && UdpSocket::bind((address, port)).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once() {
        let port = free(Ipv4Addr::LOCALHOST).unwrap();
        assert!(!reserve(port));
    }

    #[test]
    fn the_ports_of_a_site_differ() {
        let p = Ports::pick(Ipv4Addr::LOCALHOST).unwrap();
        let mut all = vec![p.client, p.federation, p.sfu, p.media, p.service];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 5);
    }
}
