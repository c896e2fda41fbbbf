//! What the media side asks.

use std::time::Duration;

use livekit_protocol as proto;
use room_messages::EndReason;

use super::{Joined, Machine, Order, Phase, Way, requests};
use crate::{Command, Event};

/// Requests kept while the session is being resumed.
const MAX_QUEUE: usize = 256;
/// The server takes an announced track within this time.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(10);
/// Track ids remembered for a resume.
const MAX_REMEMBERED: usize = 4096;

impl Machine {
    pub(super) fn command(&mut self, now: Duration, command: Command) {
        match (command, self.phase) {
            (Command::Leave, _) => self.leave(),
            (Command::NewToken(token), _) => {
                self.token = token;
                self.token_came(now);
            }
            (Command::PeerConnectionFailed(_), Phase::Live { since, .. }) => {
                self.media_failed(now, since);
            }
            (Command::StartAgain, Phase::Live { since, .. }) => {
                self.out.push(Order::CloseSocket);
                self.go_back(now, since, Way::Join);
            }
            (Command::StartAgain, Phase::Waiting { at, .. }) => {
                let way = Way::Join;
                self.phase = Phase::Waiting { way, at };
            }
            (Command::PeerConnectionFailed(_) | Command::StartAgain, _) => {}
            (command, Phase::Live { .. }) => self.request(now, command),
            (command, _) => self.keep_for_later(command),
        }
    }

    /// The signalling is fine, a peer connection is not: a resume restarts its ICE. Failing
    /// again right after that, the session is given up.
    fn media_failed(&mut self, now: Duration, since: Duration) {
        self.out.push(Order::CloseSocket);
        let way = self.way_back(now);
        self.go_back(now, since, way);
    }

    fn leave(&mut self) {
        match self.phase {
            Phase::Live { .. } | Phase::Greeting { .. } => {
                self.send(requests::leave());
                self.out.push(Order::CloseSocket);
            }
            Phase::Opening(_) => self.out.push(Order::CloseSocket),
            Phase::Waiting { .. } | Phase::Tokenless(_) | Phase::Over => {}
        }
        self.end(EndReason::Asked);
    }

    /// Only wishes that outlive a resume wait for it; descriptions and candidates belong to the
    /// connection that was, and everything is asked anew after a full reconnect.
    fn keep_for_later(&mut self, command: Command) {
        let lasting = matches!(
            command,
            Command::AddTrack { .. }
                | Command::Mute { .. }
                | Command::TrackSettings { .. }
                | Command::UpdateSubscription { .. }
        );
        if lasting && self.joined.is_some() && self.queue.len() < MAX_QUEUE {
            self.queue.push(command);
        }
    }

    pub(super) fn flush_queue(&mut self, now: Duration) {
        for command in std::mem::take(&mut self.queue) {
            self.request(now, command);
        }
    }

    fn request(&mut self, now: Duration, command: Command) {
        let Some(joined) = self.joined.as_mut() else {
            return;
        };
        joined.remember(now, &command);
        let request = match command {
            Command::PublisherOffer { sdp } => {
                joined.offer = joined.offer.wrapping_add(1);
                Some(requests::offer(sdp, joined.offer))
            }
            Command::SubscriberAnswer { sdp, id } => Some(requests::answer(sdp, id)),
            other => requests::of_command(other),
        };
        if let Some(request) = request {
            self.send(request);
        }
    }

    pub(super) fn tick_live(&mut self, now: Duration, since: Duration) {
        let Some(joined) = self.joined.as_mut() else {
            return;
        };
        if now >= joined.ping.heard + joined.ping.timeout {
            self.out.push(Order::CloseSocket);
            self.lost(now, since);
            return;
        }
        let late = joined.give_up_pending(now);
        if now >= joined.ping.next {
            joined.ping.next = now + joined.ping.interval;
            let ping = requests::ping(now, joined.ping.round_trip);
            self.send(ping);
        }
        for cid in late {
            self.emit(Event::PublishRefused { cid });
        }
    }
}

impl Joined {
    /// Notes what the server must be told again after a resume.
    fn remember(&mut self, now: Duration, command: &Command) {
        match command {
            Command::AddTrack { cid, .. } => {
                self.pending.push((cid.clone(), now + PUBLISH_TIMEOUT));
            }
            Command::SubscriberAnswer { sdp, id } => self.kept.answer = Some((sdp.clone(), *id)),
            Command::Mute { sid, muted } => self.remember_mute(sid, *muted),
            Command::TrackSettings { sids, disabled, .. } => {
                note(&mut self.kept.disabled, sids, *disabled);
            }
            Command::UpdateSubscription { sids, subscribe } => {
                note(&mut self.kept.unsubscribed, sids, !subscribe);
            }
            _ => {}
        }
    }

    fn remember_mute(&mut self, sid: &str, muted: bool) {
        let tracks = self.kept.published.iter_mut();
        for track in tracks.filter_map(|published| published.track.as_mut()) {
            if track.sid == sid {
                track.muted = muted;
            }
        }
    }

    pub(super) fn remember_published(&mut self, published: proto::TrackPublishedResponse) {
        self.pending.retain(|(cid, _)| *cid != published.cid);
        self.kept.published.retain(|old| old.cid != published.cid);
        if self.kept.published.len() < 16 {
            self.kept.published.push(published);
        }
    }

    fn give_up_pending(&mut self, now: Duration) -> Vec<String> {
        let (late, still): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(_, until)| now >= *until);
        self.pending = still;
        late.into_iter().map(|(cid, _)| cid).collect()
    }
}

/// Makes `list` hold all of `sids`, or none of them.
fn note(list: &mut Vec<String>, sids: &[String], held: bool) {
    list.retain(|sid| !sids.contains(sid));
    if held {
        list.extend(sids.iter().cloned());
        list.truncate(MAX_REMEMBERED);
    }
}
