//! Keeps `mediad` running and talks with it.
//!
//! In: orders from the mind. Out: facts to the mind, answers to those who asked for a picture or
//! figures. A dead or silent `mediad` is started again, at once the first time, then with growing
//! pauses; the mind replays the whole condition to each new one. As a service of its own it is
//! started by systemd, and only waited for here.

mod origin;
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
pub use origin::Origin;
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
    pub origin: Origin,
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

/// Listens where `mediad` will connect; only our own user may, or that of the service.
///
/// # Errors
/// When the runtime directory cannot be used.
pub fn listen(socket: &Path, origin: &Origin) -> std::io::Result<UnixListener> {
    let mode = match origin {
        Origin::Program(_) => 0o600,
        // Both are in the group of the control API; who knocks is asked when it does.
        Origin::Service => 0o660,
    };
    crate::sockets::bind(socket, mode)
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
    pub async fn run(self, listener: UnixListener) {
        match self.origin.clone() {
            Origin::Program(program) => self.supervise(&program, listener).await,
            Origin::Service => self.receive(listener).await,
        }
    }

    /// Takes one `mediad` after another as systemd starts them.
    async fn receive(mut self, listener: UnixListener) {
        let user = origin::service_user();
        while !*self.stop.borrow() {
            let connected = tokio::select! {
                accepted = timeout(START_LIMIT, accept(&listener, user)) => accepted.ok(),
                _ = self.stop.changed() => None,
            };
            if let Some(stream) = connected {
                self.serve(stream, std::future::pending::<()>()).await;
            }
            self.mind.tell(Input::MediaDown).await;
        }
    }

    async fn supervise(mut self, program: &Path, listener: UnixListener) {
        let mut pause = FIRST_PAUSE;
        while !*self.stop.borrow() {
            let began = Instant::now();
            match self.start(program) {
                Ok(child) => self.watch_over(child, &listener).await,
                Err(error) => {
                    tracing::error!(
                        program = %program.display(),
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

    fn start(&self, program: &Path) -> std::io::Result<Child> {
        Command::new(program)
            .arg("--socket")
            .arg(&self.socket)
            .envs(ALLOCATOR)
            .stdin(Stdio::null())
            // A group of its own: Ctrl-C at the terminal is for this process, which leaves the
            // call before it ends `mediad`.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
    }

    /// One life of one `mediad`.
    async fn watch_over(&mut self, mut child: Child, listener: &UnixListener) {
        let own = rustix::process::getuid().as_raw();
        let connected = tokio::select! {
            accepted = timeout(START_LIMIT, accept(listener, own)) => accepted.ok(),
            _ = child.wait() => None,
            _ = self.stop.changed() => None,
        };
        if let Some(stream) = connected {
            let ended = async {
                let status = child.wait().await;
                tracing::warn!(status = ?status.ok(), "mediad ended");
            };
            self.serve(stream, ended).await;
        }
        self.mind.tell(Input::MediaDown).await;
        end(child).await;
    }

    /// One conversation, until either side or the process `ended`.
    async fn serve(&mut self, stream: UnixStream, ended: impl Future<Output = ()>) {
        // Orders of before are in the condition that is replayed now.
        while self.orders.try_recv().is_ok() {}
        // A question among them would wait for an answer that nobody will give.
        self.questions.drop_all();
        tracing::info!("mediad is there");
        self.mind.tell(Input::MediaUp).await;
        tokio::select! {
            () = talk::run(stream, &mut self.orders, &self.questions, &self.mind) => {}
            () = ended => {}
            _ = self.stop.changed() => {}
        }
        self.questions.drop_all();
    }
}

async fn accept(listener: &UnixListener, user: u32) -> UnixStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if stream.peer_cred().is_ok_and(|peer| peer.uid() == user) => {
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
