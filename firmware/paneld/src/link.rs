//! The conversation with `roomd`: its events up, the panel's wishes down.
//!
//! ```text
//! roomd.sock ── GET /v1/events ──► Heard::Told, Heard::Away ──► panel
//! panel ── (number, intent) ──► one request after the other ──► Heard::Answer
//! panel ── text ──► GET /v1/directory, the latest text only ──► Heard::Found
//! ```
//!
//! Invariant: requests keep the order of the touches. What `roomd` does not take yet is answered
//! as such and never sent.
//! Deliberately absent: any decision, and the drawing.

mod client;
mod events;
mod requests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use room_panel_model::Heard;
use room_panel_model::panel::Refusal;
use room_panel_model::touch::Intent;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::sleep;

/// Pause between two tries to reach `roomd`.
const AGAIN: Duration = Duration::from_millis(500);

/// Where what was heard goes.
pub type Ear = Arc<dyn Fn(Heard) + Send + Sync>;

/// Hands wishes to the link.
#[derive(Clone, Debug)]
pub struct Wishes {
    asked: UnboundedSender<(u64, Intent)>,
    /// What is searched for: an older text is of no use.
    sought: watch::Sender<String>,
}

impl Wishes {
    /// The link lives as long as the process.
    pub fn ask(&self, ask: u64, intent: Intent) {
        let _ = self.asked.send((ask, intent));
    }

    pub fn search(&self, text: String) {
        self.sought.send_replace(text);
    }
}

/// Runs the link on a thread of its own until the process ends.
///
/// # Errors
/// When no thread or runtime can be had.
pub fn start(runtime: PathBuf, ear: Ear) -> std::io::Result<Wishes> {
    let (asked, wished) = unbounded_channel();
    let (sought, searched) = watch::channel(String::new());
    let tasks = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("link".to_owned())
        .spawn(move || tasks.block_on(run(runtime, ear, wished, searched)))?;
    Ok(Wishes { asked, sought })
}

async fn run(
    runtime: PathBuf,
    ear: Ear,
    wished: UnboundedReceiver<(u64, Intent)>,
    searched: watch::Receiver<String>,
) {
    let socket = runtime.join("roomd.sock");
    tokio::join!(
        follow(&socket, &ear),
        carry(&socket, &ear, wished),
        search(&socket, &ear, searched),
    );
}

/// Apart from the wishes: no press waits for the directory.
async fn search(socket: &std::path::Path, ear: &Ear, mut searched: watch::Receiver<String>) {
    while searched.changed().await.is_ok() {
        let text = searched.borrow_and_update().clone();
        if let Some(found) = client::search(socket, &text).await {
            let contacts = found.entries.into_iter().map(Into::into).collect();
            ear(Heard::Found { text, contacts });
        }
    }
}

async fn follow(socket: &std::path::Path, ear: &Ear) {
    let mut reached = true;
    loop {
        let mut told = false;
        let end = events::follow(socket, |status| {
            told = true;
            ear(status);
        })
        .await;
        if told || reached {
            tracing::info!(reason = %end, "roomd is away; trying until it is back");
        }
        reached = false;
        ear(Heard::Away);
        sleep(AGAIN).await;
    }
}

async fn carry(socket: &std::path::Path, ear: &Ear, mut wished: UnboundedReceiver<(u64, Intent)>) {
    while let Some((ask, intent)) = wished.recv().await {
        let result = match requests::of(&intent) {
            Some(request) => client::send(socket, request).await,
            // The model offers no control for it; nothing sends it.
            None => Err(Refusal::Unreachable),
        };
        ear(Heard::Answer { ask, result });
    }
}

#[cfg(test)]
mod tests;
