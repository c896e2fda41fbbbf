//! One SFU of the call: its signalling, its subscriber connection, and on the own SFU the
//! publisher.
//!
//! One task per SFU owns them all. In: [`SfuOrder`]s, signalling and peer connection events,
//! time. Out: [`Report`]s.

mod plan;
mod publishing;
mod subscribing;
mod task;
mod watch;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use room_livekit::{Address, Settings, connect};
use room_media::receive::Receiver;
use room_media::send::Publisher;
use room_messages::{
    Arrangement, Fact, Identity, MediaKey, OwnTrack, SfuId, Source, Token, TrackStatistics,
};
use tokio::sync::mpsc;

use crate::devices::Capture;

/// What an SFU's task is told.
#[derive(Debug)]
pub enum SfuOrder {
    /// Whose media may be played, how many tiles share the stage, and how they lie.
    Members {
        members: BTreeSet<Identity>,
        tiles: usize,
        arrangement: Arrangement,
    },
    OwnKey {
        index: u8,
        key: MediaKey,
    },
    Muted {
        camera: bool,
        microphone: bool,
    },
    /// Publish what is shared, or end that.
    Share {
        on: bool,
    },
    Token(Token),
    Leave,
}

/// What an SFU's task tells.
#[derive(Debug)]
pub enum Report {
    Fact(Fact),
    OwnTracks(Vec<OwnTrack>),
    /// The server muted an own track, or took what was shared down.
    MutedByServer(Source),
    /// The last one.
    Ended,
}

/// A report and who sent it. A number is never used again within this process, so that the
/// last words of a replaced connection are not taken for those of its successor.
#[derive(Debug)]
pub struct Envelope {
    pub sfu: SfuId,
    pub number: u64,
    pub report: Report,
}

/// What a connection to an SFU is made with.
pub struct SfuOptions {
    pub sfu: SfuId,
    pub number: u64,
    pub address: Address,
    pub token: Token,
    pub encrypted: bool,
    /// The room is a guest: who is there, and tokens, are told as the SFU has them.
    pub guest: bool,
    /// What to publish; `None` on SFUs we only listen to.
    pub capture: Option<Arc<Capture>>,
    pub simulated: bool,
    pub receiver: Arc<Receiver>,
}

/// The publisher of a connection, as long as there is one.
#[derive(Clone, Debug, Default)]
pub struct PublisherSlot(Arc<Mutex<Option<Arc<Publisher>>>>);

impl PublisherSlot {
    pub fn set(&self, publisher: Option<Arc<Publisher>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = publisher;
    }

    fn get(&self) -> Option<Arc<Publisher>> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.clone()
    }
}

/// A running connection to an SFU.
pub struct Handle {
    pub number: u64,
    pub address: Address,
    pub publishes: bool,
    pub encrypted: bool,
    leaving: AtomicBool,
    orders: mpsc::UnboundedSender<SfuOrder>,
    receiver: Arc<Receiver>,
    publisher: PublisherSlot,
}

impl Handle {
    /// Starts the task.
    pub fn start(options: SfuOptions, reports: mpsc::UnboundedSender<Envelope>) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let connection = connect(Settings {
            address: options.address.clone(),
            token: options.token.clone(),
            publishing: options.capture.is_some(),
            resume: true,
        });
        let handle = Self {
            number: options.number,
            address: options.address.clone(),
            publishes: options.capture.is_some(),
            encrypted: options.encrypted,
            leaving: AtomicBool::new(false),
            orders,
            receiver: Arc::clone(&options.receiver),
            publisher: PublisherSlot::default(),
        };
        let slot = handle.publisher.clone();
        tokio::spawn(task::run(options, connection, inbox, reports, slot));
        handle
    }

    /// Tells the task; when it is over, its last report is on the way already.
    pub fn order(&self, order: SfuOrder) {
        if matches!(order, SfuOrder::Leave) {
            self.leaving.store(true, Ordering::Relaxed);
        }
        let _ = self.orders.send(order);
    }

    /// It was told to leave: a new wish to connect is not for this one.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Figures of all tracks, own and others'.
    pub fn statistics(&self) -> Vec<TrackStatistics> {
        let own = self.publisher.get();
        let mut figures = own.map_or_else(Vec::new, |publisher| publisher.statistics());
        figures.extend(self.receiver.statistics());
        figures
    }
}
