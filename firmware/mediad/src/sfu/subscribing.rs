//! The subscriber connection of one session: answers the server's offers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use room_livekit::{Command, Participant};
use room_media::peer::{PeerConnection, PeerError, PeerEvents, PeerOptions, Subscription};
use room_media::receive::Receiver;

use super::plan;
use super::watch::PeerWatch;

pub struct Subscribing {
    pub peer: PeerConnection,
    pub peer_events: PeerEvents,
    pub watch: PeerWatch,
}

impl Subscribing {
    pub async fn new(options: PeerOptions, receiver: &Arc<Receiver>) -> Result<Self, PeerError> {
        let sink: Arc<Receiver> = Arc::clone(receiver);
        let (peer, peer_events) =
            PeerConnection::new(options, Some(Subscription::new(sink))).await?;
        Ok(Self {
            peer,
            peer_events,
            watch: PeerWatch::new(),
        })
    }

    /// The answer to an offer of the server.
    pub async fn offered(
        &mut self,
        now: Duration,
        (sdp, id): (String, u32),
        lines: &HashMap<String, String>,
        participants: &[Participant],
    ) -> Result<Command, PeerError> {
        let tracks = plan::remote_tracks(lines, participants);
        let sdp = self.peer.offered(sdp, tracks).await?;
        self.watch.expect(now);
        Ok(Command::SubscriberAnswer { sdp, id })
    }

    pub async fn close(self) {
        self.peer.close().await;
    }
}
