//! The task of one SFU: carries words between signalling and the peer connections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use room_livekit::{Command, Connection, Event, Own, Participant, Session, State, Target};
use room_media::peer::{IceServer, PeerError, PeerEvent, PeerOptions};
use room_media::send::SendEvent;
use room_messages::{Arrangement, EndReason, Fact, Identity, MediaKey, SfuState, Source};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::plan::{self, Drawn};
use super::publishing::Publishing;
use super::subscribing::Subscribing;
use super::{Envelope, PublisherSlot, Report, SfuOptions, SfuOrder};

/// First attempts that fail before the SFU is reported unreachable: about 4 s. `roomd` then
/// asks again, with a fresh token.
const FIRST_ATTEMPTS: u32 = 4;
/// More than a room with several networks has; the rest are not named again.
const MAX_CANDIDATES: usize = 64;
const TICK: Duration = Duration::from_millis(500);
/// How long the token that goes with a right given back is waited for.
const TOKEN_PATIENCE: Duration = Duration::from_secs(3);

struct Task {
    options: SfuOptions,
    connection: Connection,
    reports: mpsc::UnboundedSender<Envelope>,
    slot: PublisherSlot,
    begun: Instant,
    subscribing: Option<Subscribing>,
    publishing: Option<Publishing>,
    participants: Vec<Participant>,
    /// Ourselves, once joined.
    own: Option<(Identity, Own)>,
    /// Since when something may be published again that is not.
    regained: Option<Duration>,
    /// Nobody was reported yet, not even that there is nobody.
    first_list: bool,
    /// The subscriber's own candidates of this session, as the server was told them.
    found: Vec<String>,
    /// The server's next offer restarts ICE.
    ice_restarts: bool,
    members: BTreeSet<Identity>,
    tiles: usize,
    arrangement: Arrangement,
    drawn: BTreeMap<String, Drawn>,
    key: Option<(u8, MediaKey)>,
    /// Camera, microphone.
    muted: (bool, bool),
    share: bool,
    joined: bool,
    unreachable: u32,
}

enum Happened {
    Order(Option<SfuOrder>),
    Event(Option<Event>),
    Peer(Target, PeerEvent),
    Send(SendEvent),
    Tick,
}

pub async fn run(
    options: SfuOptions,
    connection: Connection,
    mut orders: mpsc::UnboundedReceiver<SfuOrder>,
    reports: mpsc::UnboundedSender<Envelope>,
    slot: PublisherSlot,
) {
    let mut task = Task {
        options,
        connection,
        reports,
        slot,
        begun: Instant::now(),
        subscribing: None,
        publishing: None,
        participants: Vec::new(),
        own: None,
        regained: None,
        first_list: true,
        found: Vec::new(),
        ice_restarts: false,
        members: BTreeSet::new(),
        tiles: 1,
        arrangement: Arrangement::default(),
        drawn: BTreeMap::new(),
        key: None,
        muted: (true, true),
        share: false,
        joined: false,
        unreachable: 0,
    };
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let reason = loop {
        let (sent, packets) = match &mut task.publishing {
            Some(side) => (Some(&mut side.peer_events), Some(&mut side.send_events)),
            None => (None, None),
        };
        let happened = tokio::select! {
            order = orders.recv() => Happened::Order(order),
            event = task.connection.next() => Happened::Event(event),
            event = received(task.subscribing.as_mut().map(|side| &mut side.peer_events)) => {
                Happened::Peer(Target::Subscriber, event)
            }
            event = received(sent) => Happened::Peer(Target::Publisher, event),
            event = received(packets) => Happened::Send(event),
            _ = ticks.tick() => Happened::Tick,
        };
        if let Some(reason) = task.handle(happened).await {
            break reason;
        }
    };
    task.end(reason).await;
}

/// The next event; never, when there is no such connection or it has ended.
async fn received<T>(events: Option<&mut mpsc::UnboundedReceiver<T>>) -> T {
    let event = match events {
        Some(events) => events.recv().await,
        None => None,
    };
    match event {
        Some(event) => event,
        None => std::future::pending().await,
    }
}

impl Task {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    fn report(&self, report: Report) {
        // Nobody listens only when the process ends.
        let _ = self.reports.send(Envelope {
            sfu: self.options.sfu,
            number: self.options.number,
            report,
        });
    }

    fn state(&self, state: SfuState) {
        let sfu = self.options.sfu;
        self.report(Report::Fact(Fact::Sfu { sfu, state }));
    }

    fn tell_server(&self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            if self.connection.send(command).is_err() {
                tracing::warn!(
                    sfu = self.options.sfu.0,
                    "the SFU connection takes no commands"
                );
                return;
            }
        }
    }

    /// The reason when it is over.
    async fn handle(&mut self, happened: Happened) -> Option<EndReason> {
        match happened {
            Happened::Order(order) => self.order(order.unwrap_or(SfuOrder::Leave)).await,
            Happened::Event(None) => return Some(EndReason::Asked),
            Happened::Event(Some(Event::Ended(reason))) => return Some(reason),
            Happened::Event(Some(Event::Unreachable { detail })) => {
                self.unreachable += 1;
                if self.unreachable >= FIRST_ATTEMPTS && !self.joined {
                    return Some(EndReason::Unreachable { detail });
                }
            }
            Happened::Event(Some(event)) => self.event(event).await,
            Happened::Peer(target, event) => self.peer_event(target, event),
            Happened::Send(event) => self.send_event(event),
            Happened::Tick => self.tick(),
        }
        None
    }

    async fn order(&mut self, order: SfuOrder) {
        match order {
            SfuOrder::Members {
                members,
                tiles,
                arrangement,
            } => {
                self.options.receiver.set_roster(members.clone());
                self.members = members;
                self.tiles = tiles;
                self.arrangement = arrangement;
                self.settle_sizes();
            }
            SfuOrder::OwnKey { index, key } => {
                if let Some(publishing) = &self.publishing {
                    publishing.publisher.set_key(index, &key);
                }
                self.key = Some((index, key));
            }
            SfuOrder::Muted { camera, microphone } => {
                self.muted = (camera, microphone);
                if let Some(publishing) = &mut self.publishing {
                    let commands = publishing.set_muted(self.muted);
                    self.tell_server(commands);
                    self.tell_own_tracks();
                }
            }
            SfuOrder::Share { on } => self.set_share(on).await,
            SfuOrder::Token(token) => self.tell_server([Command::NewToken(token)]),
            SfuOrder::Leave => self.tell_server([Command::Leave]),
        }
    }

    async fn set_share(&mut self, on: bool) {
        self.share = on;
        let capture = self.options.capture.as_ref();
        let (Some(publishing), Some(capture)) = (&mut self.publishing, capture) else {
            return;
        };
        match publishing.set_share(on, capture).await {
            Ok(announcement) => self.tell_server(announcement),
            Err(error) => return self.start_again(&error),
        }
        self.offer_when_due().await;
        self.tell_own_tracks();
    }

    /// Offers what changed, when all of it is known and the server has answered the last offer.
    async fn offer_when_due(&mut self) {
        let now = self.now();
        let Some(publishing) = &mut self.publishing else {
            return;
        };
        if let Some(offer) = publishing.offer_when_due(now).await {
            self.say_or_start_again(offer);
        }
    }

    async fn event(&mut self, event: Event) {
        match event {
            Event::State(State::Connecting) => self.state(SfuState::Connecting),
            Event::State(State::Connected) => self.state(SfuState::Connected),
            Event::State(State::Reconnecting) => self.state(SfuState::Reconnecting),
            Event::TokenNeeded => {
                let sfu = self.options.sfu;
                self.report(Report::Fact(Fact::TokenNeeded { sfu }));
            }
            Event::Joined(session) | Event::Restarted(session) => self.begin(session).await,
            Event::ResumedRestartIce { .. } => self.ice_restarts = true,
            Event::Participants(participants) => self.set_participants(participants),
            Event::Own(own) => self.own_changed(own),
            Event::TokenRefreshed(token) if self.options.guest => {
                let sfu = self.options.sfu;
                self.report(Report::Fact(Fact::FreshToken { sfu, token }));
                if self.regained.take().is_some() {
                    self.give_up();
                }
            }
            Event::ConnectionQuality { own, others } => {
                let sfu = self.options.sfu;
                self.report(Report::Fact(Fact::ConnectionQuality { sfu, own, others }));
            }
            Event::SubscriberOffer {
                sdp,
                id,
                mid_to_track_id,
            } => {
                let now = self.now();
                if let Some(subscribing) = &mut self.subscribing {
                    let offer = (sdp, id);
                    let answer = subscribing
                        .offered(now, offer, &mid_to_track_id, &self.participants)
                        .await;
                    self.say_or_start_again(answer);
                }
                if std::mem::take(&mut self.ice_restarts) {
                    self.name_candidates_again();
                }
            }
            Event::Candidate { target, json } => self.candidate(target, &json),
            other => self.own_event(other).await,
        }
    }

    /// Events about what we publish.
    async fn own_event(&mut self, event: Event) {
        let Some(publishing) = &mut self.publishing else {
            return;
        };
        match event {
            Event::TrackPublished { cid, sid } => {
                publishing.taken(&cid, sid);
                let mutes = publishing.mutes_to_tell();
                self.tell_server(mutes);
                self.offer_when_due().await;
                self.tell_own_tracks();
            }
            Event::PublishRefused { cid } => {
                let sfu = self.options.sfu.0;
                tracing::warn!(sfu, track = cid, "the SFU refused a track");
                if publishing.refused(&cid) == Some(Source::ScreenShare) {
                    self.lose_share().await;
                }
                self.offer_when_due().await;
            }
            Event::PublisherAnswer { sdp } => match publishing.answered(sdp).await {
                Ok(()) => self.offer_when_due().await,
                Err(error) => self.start_again(&error),
            },
            Event::TrackUnpublished { sid } => {
                if publishing.source_of(&sid) == Some(Source::ScreenShare) {
                    self.lose_share().await;
                } else {
                    publishing.unpublished(&sid);
                }
                self.tell_own_tracks();
            }
            Event::MuteRequested { sid, muted: true } => {
                if let Some(source) = publishing.muted_by_server(&sid) {
                    self.report(Report::MutedByServer(source));
                    self.tell_own_tracks();
                }
            }
            Event::SubscribedQuality { sid, layers } => {
                let source = publishing.source_of(&sid);
                if let (Some(source), Some(capture)) = (source, &self.options.capture) {
                    let watched = Publishing::watched(capture.layers(source), &layers);
                    capture.set_watched(source, &watched);
                }
            }
            // Nobody but the room unmutes it; who speaks, the voices themselves tell.
            _ => {}
        }
    }

    /// The server does not take what is shared, or not any more.
    async fn lose_share(&mut self) {
        self.report(Report::MutedByServer(Source::ScreenShare));
        self.set_share(false).await;
    }

    /// A fresh session: everything of the one before goes.
    async fn begin(&mut self, session: Session) {
        self.joined = true;
        self.drop_peers().await;
        self.options.receiver.set_sif_trailer(&session.sif_trailer);
        self.drawn.clear();
        self.found.clear();
        self.ice_restarts = false;
        self.own = Some((session.identity.clone(), session.own.clone()));
        self.regained = None;
        self.set_participants(session.participants.clone());
        let options = |side: &str| PeerOptions {
            name: format!("sfu{}-{side}", self.options.sfu.0),
            ice_servers: session.ice_servers.iter().map(ice_server).collect(),
            relay_only: session.force_relay,
            loopback: self.options.simulated,
        };
        match Subscribing::new(options("subscriber"), &self.options.receiver).await {
            Ok(subscribing) => self.subscribing = Some(subscribing),
            Err(error) => return self.start_again(&error),
        }
        let Some(capture) = self.options.capture.clone() else {
            return;
        };
        let encrypted = self.options.encrypted;
        let key = self.key.as_ref();
        match Publishing::new(options("publisher"), encrypted, &capture, key, self.share).await {
            Ok(mut publishing) => {
                let announcements = publishing.announcements(&capture, self.muted);
                capture.connect(self.options.number, &publishing.publisher);
                self.slot.set(Some(Arc::clone(&publishing.publisher)));
                self.publishing = Some(publishing);
                self.tell_server(announcements);
            }
            Err(error) => self.start_again(&error),
        }
    }

    fn set_participants(&mut self, participants: Vec<Participant>) {
        let receiver = &self.options.receiver;
        receiver.set_tracks(plan::track_infos(&participants));
        let identities = |list: &[Participant]| -> Vec<Identity> {
            list.iter().map(|one| one.identity.clone()).collect()
        };
        let present = identities(&participants);
        if present != identities(&self.participants) || self.first_list {
            self.first_list = false;
            self.report(Report::Fact(Fact::Present {
                sfu: self.options.sfu,
                identities: present,
            }));
        }
        self.participants = participants;
        self.tell_people();
        self.settle_sizes();
    }

    /// Where the room is a guest, nobody else can say who is there.
    fn tell_people(&self) {
        if let (true, Some((identity, own))) = (self.options.guest, &self.own) {
            let people = plan::people(self.options.sfu, identity, own, &self.participants);
            self.report(Report::Fact(people));
        }
    }

    /// What may be published again is, by a fresh session: an offer made for other tracks cannot
    /// take it up. Not before the token that says so, which comes right after: with the one of
    /// before it would be refused.
    fn own_changed(&mut self, new: Own) {
        let Some((_, own)) = &mut self.own else {
            return;
        };
        let before = std::mem::replace(own, new);
        let gained = own
            .may_publish
            .iter()
            .filter(|one| !before.may_publish.contains(one));
        let gained: Vec<_> = gained.copied().collect();
        self.tell_people();
        let sides = self.publishing.as_ref().zip(self.options.capture.as_ref());
        let lacks = |source: Source| {
            sides.is_some_and(|(publishing, capture)| publishing.lacks(source, capture))
        };
        if gained.into_iter().any(lacks) {
            self.regained = Some(self.now());
        }
    }

    fn settle_sizes(&mut self) {
        let drawn = plan::drawn(
            &self.participants,
            &self.members,
            self.tiles,
            &self.arrangement,
        );
        let commands = plan::settings(&self.drawn, &drawn);
        self.drawn = drawn;
        if self.joined {
            self.tell_server(commands);
        }
    }

    fn candidate(&mut self, target: Target, json: &str) {
        let Some(candidate) = plan::candidate_from_json(json) else {
            return;
        };
        match target {
            Target::Publisher => {
                if let Some(publishing) = &self.publishing {
                    publishing.publisher.add_candidate(candidate);
                }
            }
            Target::Subscriber => {
                if let Some(subscribing) = &self.subscribing {
                    subscribing.peer.add_candidate(candidate);
                }
            }
        }
    }

    fn peer_event(&mut self, target: Target, event: PeerEvent) {
        let now = self.now();
        match event {
            PeerEvent::Candidate(candidate) => {
                let json = plan::candidate_to_json(&candidate);
                if target == Target::Subscriber && self.found.len() < MAX_CANDIDATES {
                    self.found.push(json.clone());
                }
                self.tell_server([Command::Candidate { target, json }]);
            }
            PeerEvent::State(state) => {
                tracing::debug!(sfu = self.options.sfu.0, ?target, ?state, "peer connection");
                let watch = match target {
                    Target::Publisher => self.publishing.as_mut().map(|side| &mut side.watch),
                    Target::Subscriber => self.subscribing.as_mut().map(|side| &mut side.watch),
                };
                if watch.is_some_and(|watch| watch.state(now, state)) {
                    self.give_up();
                }
            }
            PeerEvent::Broken { detail } => {
                tracing::warn!(
                    sfu = self.options.sfu.0,
                    ?target,
                    detail,
                    "peer connection broke"
                );
                self.give_up();
            }
        }
    }

    /// After a resume the server restarts the subscriber's ICE: it takes new credentials and
    /// forgets our candidates. `webrtcbin` takes the server's and goes on with its own
    /// candidates and credentials, which the server accepts once it is told of them again. The
    /// publisher goes on as it was; one that is lost is found by its watch.
    fn name_candidates_again(&self) {
        let target = Target::Subscriber;
        let again = self.found.iter().cloned();
        self.tell_server(again.map(|json| Command::Candidate { target, json }));
    }

    fn send_event(&mut self, event: SendEvent) {
        let Some(capture) = &self.options.capture else {
            return;
        };
        match event {
            SendEvent::KeyFrameNeeded { source, layer } => capture.need_key_frame(source, layer),
            SendEvent::Estimate { bits_per_second } => capture.set_estimate(Some(bits_per_second)),
        }
    }

    fn tick(&mut self) {
        let now = self.now();
        let late = |since: &mut Duration| now.saturating_sub(*since) >= TOKEN_PATIENCE;
        if self.regained.take_if(late).is_some() {
            self.give_up();
        }
        let subscriber = self.subscribing.as_ref().map(|side| &side.watch);
        let publisher = self.publishing.as_ref().map(|side| &side.watch);
        if subscriber
            .into_iter()
            .chain(publisher)
            .any(|watch| watch.is_late(now))
        {
            tracing::warn!(sfu = self.options.sfu.0, "a peer connection is lost");
            // Gone, so that it is not found late again before the new session.
            self.subscribing = None;
            self.give_up();
            self.forget_publisher();
        }
    }

    fn say_or_start_again(&mut self, command: Result<Command, PeerError>) {
        match command {
            Ok(command) => self.tell_server([command]),
            Err(error) => self.start_again(&error),
        }
    }

    fn start_again(&mut self, error: &PeerError) {
        let error = crate::outcome::chain(error);
        tracing::warn!(sfu = self.options.sfu.0, error, "a new session is needed");
        self.give_up();
    }

    fn give_up(&mut self) {
        self.tell_server([Command::StartAgain]);
    }

    fn tell_own_tracks(&self) {
        let tracks = self.publishing.as_ref().map(Publishing::own_tracks);
        self.report(Report::OwnTracks(tracks.unwrap_or_default()));
    }

    fn forget_publisher(&mut self) -> Option<Publishing> {
        if let Some(capture) = &self.options.capture {
            capture.disconnect(self.options.number);
        }
        self.slot.set(None);
        self.publishing.take()
    }

    async fn drop_peers(&mut self) {
        if let Some(publishing) = self.forget_publisher() {
            publishing.close().await;
        }
        if let Some(subscribing) = self.subscribing.take() {
            subscribing.close().await;
        }
    }

    async fn end(mut self, reason: EndReason) {
        self.drop_peers().await;
        self.options.receiver.close();
        if self.options.capture.is_some() {
            self.report(Report::OwnTracks(Vec::new()));
        }
        self.state(SfuState::Ended { reason });
        self.report(Report::Ended);
    }
}

fn ice_server(server: &room_livekit::IceServer) -> IceServer {
    IceServer {
        urls: server.urls.clone(),
        username: server.username.clone(),
        credential: server.credential.clone(),
    }
}
