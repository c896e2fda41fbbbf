//! Whether a peer connection is lost: pure.

use std::time::Duration;

use room_media::peer::PeerState;

/// From the exchange of descriptions to a connection; a slow DTLS handshake fits.
const CONNECT: Duration = Duration::from_secs(20);
/// ICE may find its way again by itself.
const DISCONNECTED: Duration = Duration::from_secs(5);

/// One peer connection's health.
#[derive(Clone, Copy, Debug)]
pub struct PeerWatch {
    state: PeerState,
    /// When it counts as lost, if nothing changes.
    until: Option<Duration>,
}

impl PeerWatch {
    pub fn new() -> Self {
        Self {
            state: PeerState::New,
            until: None,
        }
    }

    /// Descriptions were exchanged: from now on it has to connect.
    pub fn expect(&mut self, now: Duration) {
        if self.state != PeerState::Connected && self.until.is_none() {
            self.until = Some(now + CONNECT);
        }
    }

    /// True when the connection is lost right now.
    pub fn state(&mut self, now: Duration, state: PeerState) -> bool {
        self.state = state;
        match state {
            PeerState::Connected => self.until = None,
            PeerState::Disconnected => self.until = Some(now + DISCONNECTED),
            PeerState::New | PeerState::Connecting | PeerState::Closed | PeerState::Failed => {}
        }
        state == PeerState::Failed
    }

    pub fn is_late(&self, now: Duration) -> bool {
        self.until.is_some_and(|until| now >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_connection_that_never_comes_up_is_late_and_one_that_is_up_never() {
        let mut watch = PeerWatch::new();
        assert!(!watch.is_late(at(1000)));
        watch.expect(at(0));
        watch.expect(at(15));
        assert!(!watch.is_late(at(19)));
        assert!(watch.is_late(at(20)));
        assert!(!watch.state(at(20), PeerState::Connected));
        watch.expect(at(21));
        assert!(!watch.is_late(at(1000)));
    }

    #[test]
    fn a_short_disconnection_is_forgiven_a_long_one_is_not() {
        let mut watch = PeerWatch::new();
        watch.state(at(0), PeerState::Connected);
        watch.state(at(1), PeerState::Disconnected);
        assert!(!watch.is_late(at(5)));
        assert!(watch.is_late(at(6)));
        watch.state(at(5), PeerState::Connected);
        assert!(!watch.is_late(at(60)));
        assert!(watch.state(at(61), PeerState::Failed));
    }
}
