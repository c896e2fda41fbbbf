//! Messages of the kernel and of udev about devices that come and go.
//!
//! Both are listened to: the kernel's come at once, udev's once a node belongs to whom it should.
//! A message is read only for its subsystem; whoever forged one could make us look, no more.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use board_api::{BoardError, Hotplug, Kind, Kinds};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

/// The kernel's messages (1) and udev's (2).
const GROUPS: u32 = 0b11;
/// Longest message of the kernel is 2 KiB, of udev 8 KiB.
const MAX_MESSAGE: usize = 16 * 1024;
/// Most messages taken in one go.
const MAX_BURST: usize = 256;

/// The socket on which they arrive.
#[derive(Debug)]
pub(crate) struct Uevents {
    /// `None` where the system gives none.
    socket: Option<OwnedFd>,
}

impl Uevents {
    /// From now on nothing is missed.
    pub fn listen() -> Self {
        let socket = socket();
        if let Err(error) = &socket {
            tracing::warn!(%error, "no word of what is plugged in");
        }
        Self {
            socket: socket.ok(),
        }
    }

    /// What the messages that are there now are about.
    fn read(socket: &OwnedFd) -> Result<Kinds, BoardError> {
        let mut kinds = Kinds::default();
        let mut message = vec![0; MAX_MESSAGE];
        for _ in 0..MAX_BURST {
            match recv(socket, message.as_mut_slice(), RecvFlags::empty()) {
                Ok((length, _)) => {
                    let text = message.get(..length).unwrap_or_default();
                    if let Some(kind) = subject(text) {
                        kinds.add(kind);
                    }
                }
                Err(Errno::AGAIN) => return Ok(kinds),
                Err(Errno::INTR) => {}
                // Messages were lost.
                Err(Errno::NOBUFS) => kinds = Kinds::ALL,
                Err(_) => return Err(BoardError::Failed),
            }
        }
        Ok(kinds)
    }
}

fn socket() -> Result<OwnedFd, Errno> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
    let socket = socket_with(family, kind, flags, Some(KOBJECT_UEVENT))?;
    bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    Ok(socket)
}

/// What a message is about: it holds words `KEY=VALUE`, each ended by a zero.
fn subject(message: &[u8]) -> Option<Kind> {
    let word = b"SUBSYSTEM=";
    let subsystem = message
        .split(|byte| *byte == 0)
        .find_map(|part| part.strip_prefix(word))?;
    match subsystem {
        b"video4linux" => Some(Kind::Camera),
        b"sound" => Some(Kind::Sound),
        b"drm" => Some(Kind::Display),
        b"input" => Some(Kind::Touch),
        _ => None,
    }
}

impl Hotplug for Uevents {
    fn next(&mut self, wait: Duration) -> Result<Kinds, BoardError> {
        let end = Instant::now() + wait;
        let socket = self.socket.as_ref().ok_or(BoardError::NotAllowed)?;
        loop {
            let kinds = Self::read(socket)?;
            let left = end.saturating_duration_since(Instant::now());
            if kinds.any() || left.is_zero() {
                return Ok(kinds);
            }
            let timeout = Timespec::try_from(left).map_err(|_| BoardError::Failed)?;
            let mut fds = [PollFd::new(socket, PollFlags::IN)];
            match poll(&mut fds, Some(&timeout)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => return Err(BoardError::Failed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subsystem_is_found_in_the_kernels_and_in_udevs_messages() {
        let kernel = b"remove@/devices/x/video4linux/video0\0ACTION=remove\0SUBSYSTEM=video4linux\0SEQNUM=1\0";
        assert_eq!(subject(kernel), Some(Kind::Camera));
        let udev = b"libudev\0\xfe\xed\xca\xfe\0\0\0(ACTION=add\0SUBSYSTEM=sound\0";
        assert_eq!(subject(udev), Some(Kind::Sound));
        for other in [
            &b""[..],
            b"\0\0",
            b"SUBSYSTEM=",
            b"SUBSYSTEM=net\0",
            b"X=SUBSYSTEM=drm\0",
        ] {
            assert_eq!(subject(other), None);
        }
    }

    #[test]
    fn a_quiet_system_says_nothing() {
        // Not given in every sandbox in which tests run.
        let mut uevents = Uevents::listen();
        if uevents.socket.is_some() {
            assert!(uevents.next(Duration::from_millis(20)).is_ok());
        }
    }
}
