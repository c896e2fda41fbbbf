//! Questions to `mediad` and who waits for their answers.
//!
//! Invariant: at most [`MOST`] wait at a time, each for at most [`LIMIT`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use room_core::problem::Issue;
use room_messages::api::Problem;
use room_messages::{Order, Picture, TrackStatistics};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

const MOST: usize = 64;
const LIMIT: Duration = Duration::from_secs(5);

enum Waiting {
    Picture(oneshot::Sender<Picture>),
    Statistics(oneshot::Sender<Vec<TrackStatistics>>),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Questions {
    orders: mpsc::UnboundedSender<Order>,
    next: Arc<AtomicU64>,
    waiting: Arc<Mutex<HashMap<u64, Waiting>>>,
    /// The present `mediad` has told its devices.
    told: Arc<AtomicBool>,
}

impl std::fmt::Debug for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Questions")
    }
}

impl Questions {
    pub fn new(orders: mpsc::UnboundedSender<Order>) -> Self {
        Self {
            orders,
            next: Arc::default(),
            waiting: Arc::default(),
            told: Arc::default(),
        }
    }

    /// What the stage shows now.
    ///
    /// # Errors
    /// When `mediad` does not answer within five seconds.
    pub async fn take_picture(&self) -> Result<Picture, Problem> {
        let (sender, answer) = oneshot::channel();
        let request = self.wait(Waiting::Picture(sender))?;
        self.send(Order::TakePicture { request });
        self.answer(request, answer).await
    }

    /// Figures of every track.
    ///
    /// # Errors
    /// As [`Questions::take_picture`].
    pub async fn take_statistics(&self) -> Result<Vec<TrackStatistics>, Problem> {
        let (sender, answer) = oneshot::channel();
        let request = self.wait(Waiting::Statistics(sender))?;
        self.send(Order::TakeStatistics { request });
        self.answer(request, answer).await
    }

    fn send(&self, order: Order) {
        // The supervisor lives as long as the process.
        let _ = self.orders.send(order);
    }

    fn wait(&self, waiting: Waiting) -> Result<u64, Problem> {
        let mut all = self.all();
        if all.len() >= MOST {
            return Err(Issue::Busy.problem());
        }
        let request = self.next.fetch_add(1, Ordering::Relaxed);
        all.insert(request, waiting);
        Ok(request)
    }

    async fn answer<T>(&self, request: u64, answer: oneshot::Receiver<T>) -> Result<T, Problem> {
        let answered = timeout(LIMIT, answer).await;
        self.all().remove(&request);
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Issue::MediaDown.problem()),
            Err(_) => Err(Issue::MediaSilent.problem()),
        }
    }

    pub(super) fn picture(&self, request: u64, picture: Picture) {
        let waiting = self.all().remove(&request);
        if let Some(Waiting::Picture(sender)) = waiting {
            // Whoever asked may have gone.
            let _ = sender.send(picture);
        }
    }

    pub(super) fn statistics(&self, request: u64, tracks: Vec<TrackStatistics>) {
        let waiting = self.all().remove(&request);
        if let Some(Waiting::Statistics(sender)) = waiting {
            let _ = sender.send(tracks);
        }
    }

    /// Whether `mediad` is there and knows its devices.
    pub fn is_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    pub(super) fn devices_told(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    /// `mediad` is gone, and with it every answer.
    pub(super) fn drop_all(&self) {
        self.told.store(false, Ordering::Relaxed);
        self.all().clear();
    }

    fn all(&self) -> MutexGuard<'_, HashMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
