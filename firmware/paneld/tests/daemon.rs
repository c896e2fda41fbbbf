//! The program itself, without a display: it says that it is ready, feeds the watchdog from the
//! loop that draws, and follows a `roomd` that comes, goes and comes back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(60);

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(directory: &Path) -> Daemon {
    let child = Command::new(env!("CARGO_BIN_EXE_paneld"))
        .args(["--headless", "--size", "800x480", "--runtime"])
        .arg(directory)
        .arg("--state")
        .arg(directory)
        .env("NOTIFY_SOCKET", directory.join("notify"))
        .env("WATCHDOG_USEC", "300000")
        .stderr(Stdio::null())
        .spawn();
    Daemon(child.expect("paneld starts"))
}

/// Waits for a message to systemd.
fn wait_for(socket: &UnixDatagram, wanted: &str) {
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let mut text = [0; 256];
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        let count = socket.recv(&mut text).expect("a sign of life in time");
        if String::from_utf8_lossy(text.get(..count).unwrap_or_default()).contains(wanted) {
            return;
        }
    }
    unreachable!("no {wanted} in {LIMIT:?}");
}

/// Waits for somebody who follows the events.
fn wait_for_follower(listener: &UnixListener) -> UnixStream {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut head = [0; 1024];
    let count = stream.read(&mut head).unwrap();
    let head = String::from_utf8_lossy(head.get(..count).unwrap_or_default()).into_owned();
    assert!(head.starts_with("GET /v1/events"), "{head}");
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n:\n\n").unwrap();
    stream
}

#[test]
fn it_is_ready_without_roomd_and_follows_it_whenever_it_is_there() {
    let directory = TempDir::new().unwrap();
    let notify = UnixDatagram::bind(directory.path().join("notify")).unwrap();
    let _daemon = start(directory.path());
    wait_for(&notify, "READY=1");
    wait_for(&notify, "WATCHDOG=1");
    let socket = directory.path().join("roomd.sock");
    for _ in 0..2 {
        let listener = UnixListener::bind(&socket).unwrap();
        let stream = wait_for_follower(&listener);
        drop((stream, listener));
        std::fs::remove_file(&socket).unwrap();
        wait_for(&notify, "WATCHDOG=1");
    }
}
