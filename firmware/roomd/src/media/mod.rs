//! Keeps `mediad` running and talks with it.
//!
//! In: orders from the mind. Out: facts to the mind, answers to those who asked for a picture or
//! figures. A dead or silent `mediad` is started again, at once the first time, then with growing
//! pauses; the mind replays the whole condition to each new one.

mod questions;
mod talk;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use room_core::input::Input;
use room_messages::Order;
use tokio::net::{UnixListener, UnixStream};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::mind::Mind;
pub use questions::Questions;

/// Longest time from start to connection.
const START_LIMIT: Duration = Duration::from_secs(15);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A `mediad` that lived this long was sound: the pauses begin anew.
const SOUND: Duration = Duration::from_secs(20);
/// Given to end by itself once its socket is closed.
const END_LIMIT: Duration = Duration::from_secs(2);

/// What the supervisor works with.
#[derive(Debug)]
pub struct Supervisor {
    pub program: PathBuf,
    pub socket: PathBuf,
    pub orders: mpsc::UnboundedReceiver<Order>,
    pub questions: Questions,
    pub mind: Mind,
    /// True when the process is to end.
    pub stop: watch::Receiver<bool>,
}

/// The daemon that lies beside this program.
pub fn beside_us() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name("mediad")
}

/// Listens where `mediad` will connect; only our own user may.
///
/// # Errors
/// When the runtime directory cannot be used.
pub fn listen(socket: &Path) -> std::io::Result<UnixListener> {
    crate::sockets::bind(socket, 0o600)
}

/// How glibc's allocator behaves in `mediad` (mallopt(3)). A frame is freed by another thread
/// than the one that made it; with an arena for each thread and freed pictures kept, a hundred
/// calls held 200 MB where these settings hold 50.
const ALLOCATOR: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
];

impl Supervisor {
    /// Runs until told to stop; then no `mediad` of ours is left.
    pub async fn run(mut self, listener: UnixListener) {
        let mut pause = FIRST_PAUSE;
        while !*self.stop.borrow() {
            let began = Instant::now();
            match self.start() {
                Ok(child) => self.watch_over(child, &listener).await,
                Err(error) => {
                    tracing::error!(
                        program = %self.program.display(),
                        %error,
                        "mediad cannot be started; give its path with --mediad"
                    );
                    self.mind.tell(Input::MediaDown).await;
                }
            }
            if *self.stop.borrow() {
                break;
            }
            pause = if began.elapsed() >= SOUND {
                FIRST_PAUSE
            } else {
                pause
            };
            tokio::select! {
                () = sleep(pause) => {}
                _ = self.stop.changed() => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn start(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg("--socket")
            .arg(&self.socket)
            .envs(ALLOCATOR)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }

    /// One life of one `mediad`.
    async fn watch_over(&mut self, mut child: Child, listener: &UnixListener) {
        let connected = tokio::select! {
            accepted = timeout(START_LIMIT, accept(listener)) => accepted.ok(),
            _ = child.wait() => None,
            _ = self.stop.changed() => None,
        };
        if let Some(stream) = connected {
            // Orders of before are in the condition that is replayed now.
            while self.orders.try_recv().is_ok() {}
            tracing::info!("mediad is there");
            self.mind.tell(Input::MediaUp).await;
            tokio::select! {
                () = talk::run(stream, &mut self.orders, &self.questions, &self.mind) => {}
                status = child.wait() => {
                    tracing::warn!(status = ?status.ok(), "mediad ended");
                }
                _ = self.stop.changed() => {}
            }
            self.questions.drop_all();
        }
        self.mind.tell(Input::MediaDown).await;
        end(child).await;
    }
}

async fn accept(listener: &UnixListener) -> UnixStream {
    let own = rustix::process::getuid().as_raw();
    loop {
        match listener.accept().await {
            Ok((stream, _)) if stream.peer_cred().is_ok_and(|peer| peer.uid() == own) => {
                return stream;
            }
            Ok(_) => tracing::warn!("a stranger knocked at the media socket"),
            // Out of file descriptors, for one: wait instead of spinning.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Its socket is closed by now, so it ends by itself; otherwise it is ended.
async fn end(mut child: Child) {
    if timeout(END_LIMIT, child.wait()).await.is_err() {
        tracing::warn!("mediad does not end by itself; it is killed");
        let _ = child.kill().await;
    }
}
