//! What the server says.

use std::time::Duration;

use livekit_protocol as proto;
use proto::signal_response::Message;
use proto::{DisconnectReason, SignalResponse, leave_request::Action};
use room_messages::{EndReason, Token};

use super::requests::{self, Kept};
use super::roster::{self, Roster};
use super::{Joined, Machine, Order, Phase, Ping, Way};
use crate::bounds::{self, MAX_PARTICIPANTS};
use crate::{Event, Session, State, Target};

impl Machine {
    /// The first message on a fresh socket.
    pub(super) fn greeted(&mut self, now: Duration, way: Way, response: SignalResponse) {
        match (way, response.message) {
            (_, Some(Message::Join(join))) => self.take_join(now, join),
            (_, Some(Message::Leave(leave))) => self.told_to_leave(now, now, leave),
            (Way::Resume, Some(Message::Reconnect(reconnect))) => {
                self.resumed(now, reconnect.ice_servers);
            }
            // Other implementations go on as well when anything but a refusal comes first.
            (Way::Resume, message @ Some(_)) => {
                self.resumed(now, Vec::new());
                self.received(now, now, SignalResponse { message });
            }
            (Way::Join, _) | (Way::Resume, None) => {}
        }
    }

    fn take_join(&mut self, now: Duration, join: proto::JoinResponse) {
        let again = self.joined.is_some();
        let Some((session, joined)) = session(now, join) else {
            // Without an id of our own nothing works; perhaps the next answer is better.
            self.out.push(Order::CloseSocket);
            self.retry(now, Way::Join);
            return;
        };
        self.queue.clear();
        self.joined = Some(joined);
        self.enter(now, Way::Join);
        self.emit(if again {
            Event::Restarted(session)
        } else {
            Event::Joined(session)
        });
        self.emit(Event::State(State::Connected));
    }

    fn resumed(&mut self, now: Duration, ice_servers: Vec<proto::IceServer>) {
        let Some(joined) = self.joined.as_mut() else {
            return;
        };
        joined.ping.heard = now;
        joined.ping.next = now + joined.ping.interval;
        let sync_state = requests::sync_state(&joined.kept);
        self.send(sync_state);
        self.enter(now, Way::Resume);
        self.flush_queue(now);
        self.emit(Event::ResumedRestartIce {
            ice_servers: bounds::ice_servers(ice_servers),
        });
        self.emit(Event::State(State::Connected));
    }

    fn enter(&mut self, now: Duration, way: Way) {
        self.phase = Phase::Live { since: now, way };
        self.trouble.misses = 0;
        self.trouble.missing_since = None;
        self.trouble.refusals = 0;
    }

    /// A message on a live connection.
    pub(super) fn received(&mut self, now: Duration, since: Duration, response: SignalResponse) {
        let Some(joined) = self.joined.as_mut() else {
            return;
        };
        joined.ping.heard = now;
        match response.message {
            Some(Message::Leave(leave)) => self.told_to_leave(now, since, leave),
            Some(Message::RefreshToken(token)) => {
                if let Some(token) = bounds::token(token) {
                    self.token = Token::new(token);
                    self.token_came(now);
                    self.emit(Event::TokenRefreshed(self.token.clone()));
                }
            }
            Some(Message::PongResp(pong)) => {
                let sent = u64::try_from(pong.last_ping_timestamp).unwrap_or(0);
                joined.ping.round_trip = now.saturating_sub(Duration::from_millis(sent));
            }
            Some(message) => {
                let event = joined.take(message);
                let own = joined.roster.own_news().map(Event::Own);
                for event in own.into_iter().chain(event) {
                    self.emit(event);
                }
            }
            None => {}
        }
    }

    fn told_to_leave(&mut self, now: Duration, since: Duration, leave: proto::LeaveRequest) {
        self.out.push(Order::CloseSocket);
        let action = leave.action();
        if let Some(reason) = final_reason(leave.reason(), action) {
            self.end(reason);
            return;
        }
        let resumable = self.resumable();
        let way = match action {
            Action::Resume if resumable => Way::Resume,
            Action::Resume | Action::Reconnect | Action::Disconnect => Way::Join,
        };
        match self.phase {
            Phase::Live { .. } => self.go_back(now, since, way),
            _ => self.retry(now, way),
        }
    }
}

/// Whether the server's goodbye is for good. Whatever else it says, a connection that was
/// replaced by a newer one with our identity must not fight it.
fn final_reason(reason: DisconnectReason, action: Action) -> Option<EndReason> {
    match (reason, action) {
        (DisconnectReason::DuplicateIdentity, _) => Some(EndReason::DuplicateIdentity),
        (DisconnectReason::ParticipantRemoved, Action::Disconnect) => Some(EndReason::Removed),
        (DisconnectReason::RoomDeleted | DisconnectReason::RoomClosed, Action::Disconnect) => {
            Some(EndReason::RoomClosed)
        }
        _ => None,
    }
}

impl Joined {
    fn take(&mut self, message: Message) -> Option<Event> {
        match message {
            Message::Answer(answer) if answer.id == self.offer => {
                let sdp = bounds::sdp(answer.sdp)?;
                Some(Event::PublisherAnswer { sdp })
            }
            Message::Offer(offer) => {
                let sdp = bounds::sdp(offer.sdp)?;
                self.kept.offer = Some((sdp.clone(), offer.id));
                Some(Event::SubscriberOffer {
                    sdp,
                    id: offer.id,
                    mid_to_track_id: bounds::media_lines(offer.mid_to_track_id),
                })
            }
            Message::Trickle(trickle) => Some(Event::Candidate {
                target: match trickle.target() {
                    proto::SignalTarget::Publisher => Target::Publisher,
                    proto::SignalTarget::Subscriber => Target::Subscriber,
                },
                json: bounds::candidate(trickle.candidate_init)?,
            }),
            Message::Update(update) => self
                .roster
                .update(update.participants)
                .then(|| Event::Participants(self.roster.list())),
            Message::SpeakersChanged(changed) => {
                Some(Event::Speakers(self.roster.speakers(changed.speakers)))
            }
            other => self.take_about_own(other),
        }
    }

    /// Messages about our own tracks and connection.
    fn take_about_own(&mut self, message: Message) -> Option<Event> {
        match message {
            Message::TrackPublished(published) => {
                let sid = bounds::id(published.track.as_ref()?.sid.clone())?;
                let cid = bounds::id(published.cid.clone())?;
                self.remember_published(published);
                Some(Event::TrackPublished { cid, sid })
            }
            Message::TrackUnpublished(gone) => {
                let sid = bounds::id(gone.track_sid)?;
                let tracks = &mut self.kept.published;
                tracks.retain(|held| held.track.as_ref().is_none_or(|track| track.sid != sid));
                Some(Event::TrackUnpublished { sid })
            }
            Message::RequestResponse(answer) => self.take_refusal(answer),
            Message::Mute(mute) => Some(Event::MuteRequested {
                sid: bounds::id(mute.sid)?,
                muted: mute.muted,
            }),
            Message::SubscribedQualityUpdate(update) => Some(Event::SubscribedQuality {
                sid: bounds::id(update.track_sid)?,
                layers: bounds::layers(update.subscribed_codecs),
            }),
            Message::ConnectionQuality(update) => {
                let (own, others) = self.roster.rate(&update.updates)?;
                Some(Event::ConnectionQuality { own, others })
            }
            Message::StreamStateUpdate(update) => {
                let states = update.stream_states.into_iter().take(MAX_PARTICIPANTS);
                let states = states.filter_map(|one| {
                    let paused = one.state() == proto::StreamState::Paused;
                    Some((bounds::id(one.track_sid)?, paused))
                });
                Some(Event::StreamsPaused(states.collect()))
            }
            _ => None,
        }
    }

    fn take_refusal(&mut self, answer: proto::RequestResponse) -> Option<Event> {
        use proto::request_response::{Reason, Request};
        let Some(Request::AddTrack(request)) = &answer.request else {
            return None;
        };
        if matches!(answer.reason(), Reason::Ok | Reason::Queued) {
            return None;
        }
        let at = self
            .pending
            .iter()
            .position(|(cid, _)| *cid == request.cid)?;
        let (cid, _) = self.pending.swap_remove(at);
        Some(Event::PublishRefused { cid })
    }
}

/// What a join response makes of us; `None` when it does not say who we are.
fn session(now: Duration, join: proto::JoinResponse) -> Option<(Session, Joined)> {
    let ping = ping(now, &join);
    let info = join.participant?;
    let sid = bounds::id(info.sid.clone())?;
    let identity = bounds::identity(info.identity.clone())?;
    let own = roster::own(info);
    let mut roster = Roster::new(sid.clone(), identity.clone(), own.clone());
    roster.update(join.other_participants);
    let configuration = join.client_configuration.unwrap_or_default();
    let session = Session {
        sid: sid.clone(),
        identity,
        ice_servers: bounds::ice_servers(join.ice_servers),
        force_relay: configuration.force_relay() == proto::ClientConfigSetting::Enabled,
        sif_trailer: bounds::sif_trailer(join.sif_trailer),
        own,
        participants: roster.list(),
    };
    let resumable = configuration.resume_connection() != proto::ClientConfigSetting::Disabled;
    let joined = Joined {
        sid,
        resumable,
        roster,
        kept: Kept::default(),
        offer: 0,
        pending: Vec::new(),
        ping,
    };
    Some((session, joined))
}

fn ping(now: Duration, join: &proto::JoinResponse) -> Ping {
    let seconds = |value: i32, default: u64| {
        let value = u64::try_from(value).ok().filter(|value| *value > 0);
        value.unwrap_or(default)
    };
    let interval = seconds(join.ping_interval, 5).min(60);
    let timeout = seconds(join.ping_timeout, 15).clamp(interval + 1, 120);
    Ping {
        interval: Duration::from_secs(interval),
        timeout: Duration::from_secs(timeout),
        next: now + Duration::from_secs(interval),
        heard: now,
        round_trip: Duration::ZERO,
    }
}
