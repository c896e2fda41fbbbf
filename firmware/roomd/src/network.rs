//! When the network changes: an address or a route has come or gone (`rtnetlink(7)`). Whoever waits
//! before the next try need not wait any longer then.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use tokio::sync::watch;

/// `RTMGRP_IPV4_IFADDR`, `RTMGRP_IPV4_ROUTE`, `RTMGRP_IPV6_IFADDR` and `RTMGRP_IPV6_ROUTE` of
/// `linux/rtnetlink.h`.
const GROUPS: u32 = 0x10 | 0x40 | 0x100 | 0x400;
/// An address comes with its routes: told as one change. Also the most that a network which comes and
/// goes without end can ask for.
const SETTLED: Duration = Duration::from_millis(250);

/// Watches as long as somebody listens. Where that is not possible nothing is ever told, and every wait
/// takes its time.
pub fn changes() -> watch::Receiver<()> {
    let (changes, receiver) = watch::channel(());
    let watching = listen().map_err(io::Error::from).and_then(|socket| {
        // A thread, because tokio has no such socket.
        let watch = thread::Builder::new().name("network".to_owned());
        watch.spawn(move || tell(&socket, &changes))
    });
    if let Err(error) = watching {
        tracing::warn!(%error, "changes of the network are not seen");
    }
    receiver
}

fn tell(socket: &OwnedFd, changes: &watch::Sender<()>) {
    while !changes.is_closed() {
        if let Err(error) = read(socket, RecvFlags::empty()) {
            tracing::warn!(%error, "changes of the network are no longer seen");
            return;
        }
        thread::sleep(SETTLED);
        while read(socket, RecvFlags::DONTWAIT).is_ok() {}
        changes.send_replace(());
    }
}

fn listen() -> Result<OwnedFd, Errno> {
    // No protocol is `NETLINK_ROUTE`, which is 0.
    let flags = SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    Ok(socket)
}

/// Takes a message. What it says does not matter, nor that some were lost.
fn read(socket: &OwnedFd, how: RecvFlags) -> Result<(), Errno> {
    let mut message = [0_u8; 64];
    match recv(socket, &mut message, how) {
        Ok(_) | Err(Errno::NOBUFS | Errno::INTR) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Generous: the machine may be full.
    const LONG: Duration = Duration::from_secs(60);

    /// A network of its own, for this thread and what it starts.
    #[allow(unsafe_code, reason = "rustix has no other way to a namespace")]
    fn alone() {
        let flags = rustix::thread::UnshareFlags::NEWNET;
        // SAFETY: only `UnshareFlags::FILES` takes descriptors away from other threads.
        unsafe { rustix::thread::unshare_unsafe(flags) }.expect("a network namespace of one's own");
    }

    #[tokio::test]
    async fn an_address_that_comes_is_told() {
        alone();
        let mut changes = changes();
        let up = Command::new("ip")
            .args(["link", "set", "lo", "up"])
            .status();
        assert!(up.unwrap().success());
        let told = tokio::time::timeout(LONG, changes.changed()).await;
        told.expect("the loopback's address is told").unwrap();
    }
}
