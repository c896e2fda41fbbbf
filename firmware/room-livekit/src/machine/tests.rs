use std::time::Duration;

use livekit_protocol as proto;
use proto::signal_request::Message as Asked;
use proto::signal_response::Message;
use room_messages::{EndReason, Source, Token};

use super::{Input, Machine, OpenFailure, Order, Rules};
use crate::{Command, Encryption, Event, Kind, State, Target};

/// A machine with a clock of its own and what it ordered.
struct Run {
    machine: Machine,
    now: Duration,
    orders: Vec<Order>,
}

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

impl Run {
    fn new(publishing: bool) -> Self {
        let rules = Rules {
            publishing,
            resume: true,
            jitter: Duration::ZERO,
        };
        let (machine, orders) = Machine::start(rules, Token::new("t0".into()), Duration::ZERO);
        Self {
            machine,
            now: Duration::ZERO,
            orders,
        }
    }

    fn joined(publishing: bool) -> Self {
        let mut run = Self::new(publishing);
        run.give(Input::Opened);
        run.receive(join("PA_1"));
        run.orders.clear();
        run
    }

    fn give(&mut self, input: Input) {
        self.orders.extend(self.machine.handle(self.now, input));
    }

    fn receive(&mut self, message: Message) {
        let message = Some(message);
        self.give(Input::Received(Box::new(proto::SignalResponse { message })));
    }

    fn command(&mut self, command: Command) {
        self.give(Input::Command(command));
    }

    /// Lets time pass, with a tick at every deadline.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.machine.next_deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let before = self.orders.len();
            self.give(Input::Tick);
            let moved = self.machine.next_deadline().is_none_or(|next| next > due);
            assert!(moved || self.orders.len() > before, "a deadline that stays");
        }
        self.now = end;
        self.give(Input::Tick);
    }

    /// Attempts since last asked: `Some(true)` for a resume.
    fn take_open(&mut self) -> Option<bool> {
        let orders = std::mem::take(&mut self.orders);
        orders.into_iter().find_map(|order| match order {
            Order::Open { resume, .. } => Some(resume.is_some()),
            _ => None,
        })
    }

    fn events(&self) -> Vec<String> {
        let events = self.orders.iter().filter_map(|order| match order {
            Order::Emit(event) => Some(format!("{event:?}")),
            _ => None,
        });
        events.collect()
    }

    fn sent(&self) -> Vec<&Asked> {
        let sent = self.orders.iter().filter_map(|order| match order {
            Order::Send(request) => request.message.as_ref(),
            _ => None,
        });
        sent.collect()
    }

    fn ended(&self) -> Option<EndReason> {
        self.orders.iter().find_map(|order| match order {
            Order::Emit(Event::Ended(reason)) => Some(reason.clone()),
            _ => None,
        })
    }
}

fn join(sid: &str) -> Message {
    Message::Join(proto::JoinResponse {
        participant: Some(proto::ParticipantInfo {
            sid: sid.into(),
            identity: "me".into(),
            ..Default::default()
        }),
        ping_interval: 5,
        ping_timeout: 15,
        ..Default::default()
    })
}

fn reconnected() -> Message {
    Message::Reconnect(proto::ReconnectResponse::default())
}

fn leave(reason: proto::DisconnectReason, action: proto::leave_request::Action) -> Message {
    Message::Leave(proto::LeaveRequest {
        reason: reason.into(),
        action: action.into(),
        ..Default::default()
    })
}

fn camera(cid: &str) -> Command {
    Command::AddTrack {
        cid: cid.into(),
        source: Source::Camera,
        kind: Kind::Video,
        width: 640,
        height: 360,
        layers: Vec::new(),
        codec: "vp8".into(),
        muted: false,
        encryption: Encryption::Gcm,
    }
}

#[test]
fn joining_tells_connecting_then_joined_then_connected() {
    let mut run = Run::new(true);
    run.give(Input::Opened);
    run.receive(join("PA_1"));
    let wanted = ["State(Connecting)", "Joined", "State(Connected)"];
    assert_eq!(run.events(), wanted);
}

#[test]
fn a_quiet_connection_is_pinged_and_after_the_time_out_resumed() {
    let mut run = Run::joined(true);
    run.wait(secs(14.0));
    let pings = run.sent();
    assert_eq!(pings.len(), 2);
    assert!(pings.iter().all(|sent| matches!(sent, Asked::PingReq(_))));
    run.wait(secs(1.5));
    assert!(run.orders.contains(&Order::CloseSocket));
    assert_eq!(run.take_open(), Some(true));
}

#[test]
fn an_answered_ping_keeps_the_connection_up() {
    let mut run = Run::joined(true);
    for _ in 0..20 {
        run.wait(secs(5.0));
        run.receive(Message::PongResp(proto::Pong::default()));
    }
    assert_eq!(run.take_open(), None);
}

#[test]
fn a_resumed_session_tells_the_server_what_it_had_and_flushes_what_waited() {
    let mut run = Run::joined(true);
    run.command(camera("c1"));
    run.receive(Message::TrackPublished(proto::TrackPublishedResponse {
        cid: "c1".into(),
        track: Some(proto::TrackInfo {
            sid: "TR_1".into(),
            ..Default::default()
        }),
    }));
    run.receive(Message::Offer(proto::SessionDescription {
        sdp: "offer".into(),
        id: 7,
        ..Default::default()
    }));
    run.command(Command::SubscriberAnswer {
        sdp: "answer".into(),
        id: 7,
    });
    run.give(Input::Closed);
    assert_eq!(run.take_open(), Some(true));
    run.command(Command::Mute {
        sid: "TR_1".into(),
        muted: true,
    });
    run.command(Command::PublisherOffer { sdp: "old".into() });
    run.give(Input::Opened);
    run.receive(reconnected());
    assert_eq!(run.events(), ["ResumedRestartIce", "State(Connected)"]);
    let sent = run.sent();
    let Some(Asked::SyncState(state)) = sent.first() else {
        panic!("sync state comes first");
    };
    assert_eq!(state.publish_tracks.len(), 1);
    assert_eq!(state.offer.as_ref().unwrap().id, 7);
    assert_eq!(state.answer.as_ref().unwrap().sdp, "answer");
    assert!(matches!(sent[1], Asked::Mute(_)));
    assert_eq!(sent.len(), 2);
}

#[test]
fn a_refused_resume_becomes_a_full_reconnect_at_once() {
    for refusal in [
        Input::OpenFailed(OpenFailure::Refused(404)),
        Input::OpenFailed(OpenFailure::Refused(401)),
    ] {
        let mut run = Run::joined(true);
        run.give(Input::Closed);
        assert_eq!(run.take_open(), Some(true));
        run.give(refusal);
        assert_eq!(run.take_open(), Some(false));
        run.give(Input::Opened);
        run.receive(join("PA_2"));
        assert_eq!(run.events(), ["Restarted", "State(Connected)"]);
    }
}

#[test]
fn who_cannot_restart_ice_joins_anew_at_once() {
    let mut run = Run::joined(true);
    run.machine.rules.resume = false;
    run.give(Input::Closed);
    assert_eq!(run.take_open(), Some(false));
}

#[test]
fn a_server_that_forgot_us_lets_us_in_anew() {
    let mut run = Run::joined(true);
    run.give(Input::Closed);
    run.give(Input::Opened);
    run.orders.clear();
    run.receive(leave(
        proto::DisconnectReason::StateMismatch,
        proto::leave_request::Action::Reconnect,
    ));
    run.wait(secs(0.4));
    assert_eq!(run.take_open(), Some(false));
}

#[test]
fn what_the_server_means_by_goodbye() {
    use proto::DisconnectReason as R;
    use proto::leave_request::Action as A;
    let ends = |reason| (Some(reason), None);
    for (reason, action, (end, open)) in [
        (
            R::DuplicateIdentity,
            A::Disconnect,
            ends(EndReason::DuplicateIdentity),
        ),
        (
            R::DuplicateIdentity,
            A::Reconnect,
            ends(EndReason::DuplicateIdentity),
        ),
        (
            R::ParticipantRemoved,
            A::Disconnect,
            ends(EndReason::Removed),
        ),
        (R::RoomDeleted, A::Disconnect, ends(EndReason::RoomClosed)),
        (R::RoomClosed, A::Disconnect, ends(EndReason::RoomClosed)),
        (R::ServerShutdown, A::Disconnect, (None, Some(false))),
        (R::ConnectionTimeout, A::Disconnect, (None, Some(false))),
        (R::UnknownReason, A::Resume, (None, Some(true))),
        (R::Migration, A::Reconnect, (None, Some(false))),
    ] {
        let mut run = Run::joined(true);
        run.receive(leave(reason, action));
        assert_eq!(run.ended(), end, "{reason:?}");
        assert_eq!(run.take_open(), open, "{reason:?}");
    }
}

#[test]
fn a_cut_of_five_minutes_ends_in_the_same_call() {
    let mut run = Run::joined(true);
    run.wait(secs(16.0));
    let mut attempts = 0;
    let end = run.now + secs(300.0);
    while run.now < end {
        attempts += usize::from(run.take_open().is_some());
        run.give(Input::OpenFailed(OpenFailure::Unreachable("cut".into())));
        run.wait(secs(1.0));
    }
    assert!(attempts > 20, "{attempts}");
    run.wait(secs(11.0));
    let open = run.take_open();
    assert_eq!(open, Some(false), "forgotten by the server long ago");
    run.give(Input::Opened);
    run.receive(join("PA_2"));
    assert_eq!(run.events(), ["Restarted", "State(Connected)"]);
}

#[test]
fn an_old_token_is_renewed_before_a_full_reconnect_but_not_waited_for_long() {
    let mut run = Run::joined(true);
    for _ in 0..60 {
        run.wait(secs(5.0));
        run.receive(Message::PongResp(proto::Pong::default()));
    }
    run.orders.clear();
    run.command(Command::StartAgain);
    assert!(run.events().contains(&"TokenNeeded".to_owned()));
    assert_eq!(run.take_open(), None);
    run.wait(secs(3.0));
    assert_eq!(run.take_open(), Some(false), "the old one may still do");

    let mut run = Run::joined(true);
    run.now += secs(200.0);
    run.command(Command::StartAgain);
    run.command(Command::NewToken(Token::new("t1".into())));
    let token = run.orders.iter().find_map(|order| match order {
        Order::Open { token, .. } => Some(token.expose().to_owned()),
        _ => None,
    });
    assert_eq!(token.as_deref(), Some("t1"));
}

#[test]
fn a_token_from_the_server_counts_as_fresh() {
    let mut run = Run::joined(true);
    run.now += secs(200.0);
    run.receive(Message::RefreshToken("t1".into()));
    run.command(Command::StartAgain);
    assert_eq!(run.take_open(), Some(false));
}

#[test]
fn a_room_that_vanished_with_its_server_comes_back_with_a_fresh_token() {
    let mut run = Run::joined(true);
    run.give(Input::Closed);
    run.give(Input::OpenFailed(OpenFailure::Refused(404)));
    run.orders.clear();
    for _ in 0..30 {
        run.give(Input::OpenFailed(OpenFailure::Refused(404)));
        assert_eq!(run.events(), ["TokenNeeded"]);
        run.orders.clear();
        run.command(Command::NewToken(Token::new("t".into())));
        run.wait(secs(7.0));
        assert_eq!(run.take_open(), Some(false));
    }
}

#[test]
fn a_missing_room_is_waited_for_five_seconds_by_a_publisher_and_for_ever_by_a_listener() {
    for publishing in [true, false] {
        let mut run = Run::new(publishing);
        for _ in 0..60 {
            run.give(Input::OpenFailed(OpenFailure::Refused(404)));
            run.wait(secs(1.0));
        }
        let ended = publishing.then_some(EndReason::RoomMissing);
        assert_eq!(run.ended(), ended);
        assert_eq!(run.machine.is_over(), publishing);
    }
}

#[test]
fn a_fresh_token_refused_at_first_is_the_end_and_an_old_one_is_renewed() {
    let mut run = Run::new(true);
    run.give(Input::OpenFailed(OpenFailure::Refused(401)));
    assert_eq!(run.ended(), Some(EndReason::NotAllowed));

    let mut run = Run::joined(true);
    run.command(Command::StartAgain);
    for round in 0..3 {
        run.orders.clear();
        run.give(Input::OpenFailed(OpenFailure::Refused(401)));
        let over = round == 2;
        assert_eq!(run.machine.is_over(), over);
        if !over {
            assert_eq!(run.events(), ["TokenNeeded"]);
            run.command(Command::NewToken(Token::new("t".into())));
        }
    }
}

#[test]
fn a_first_connection_that_fails_is_told_and_tried_again() {
    let mut run = Run::new(true);
    run.orders.clear();
    run.give(Input::OpenFailed(OpenFailure::Unreachable(
        "no route".into(),
    )));
    assert_eq!(run.events(), ["Unreachable"]);
    assert_eq!(run.take_open(), Some(false), "the first retry has no delay");
    run.give(Input::OpenFailed(OpenFailure::Refused(503)));
    assert_eq!(run.take_open(), None);
    run.wait(secs(0.3));
    assert_eq!(run.take_open(), Some(false));
}

#[test]
fn only_the_answer_to_the_latest_offer_is_passed_on() {
    let mut run = Run::joined(true);
    run.command(Command::PublisherOffer { sdp: "a".into() });
    run.command(Command::PublisherOffer { sdp: "b".into() });
    for (id, passed) in [(1, false), (2, true), (3, false)] {
        run.orders.clear();
        run.receive(Message::Answer(proto::SessionDescription {
            sdp: "x".into(),
            id,
            ..Default::default()
        }));
        assert_eq!(run.events().len(), usize::from(passed), "{id}");
    }
}

#[test]
fn a_track_nobody_takes_is_refused_after_ten_seconds() {
    let mut run = Run::joined(true);
    run.command(camera("c1"));
    run.wait(secs(10.0));
    assert_eq!(run.events(), ["PublishRefused"]);
}

#[test]
fn failed_media_is_resumed_once_and_then_joined_anew() {
    let mut run = Run::joined(true);
    run.command(Command::PeerConnectionFailed(Target::Publisher));
    assert_eq!(run.take_open(), Some(true));
    run.give(Input::Opened);
    run.receive(reconnected());
    run.wait(secs(2.0));
    run.command(Command::PeerConnectionFailed(Target::Publisher));
    run.wait(secs(0.3));
    assert_eq!(run.take_open(), Some(false));
}

#[test]
fn leaving_says_goodbye_closes_and_is_the_end() {
    let mut run = Run::joined(true);
    run.command(Command::Leave);
    assert!(matches!(run.sent()[..], [Asked::Leave(_)]));
    assert_eq!(run.ended(), Some(EndReason::Asked));
    run.orders.clear();
    run.give(Input::Closed);
    run.command(Command::Leave);
    run.wait(secs(100.0));
    assert!(run.orders.is_empty());
}

/// Random events in random order: one socket at a time, nothing after the end, and a machine
/// that is not over always has something to wait for.
#[test]
fn no_order_of_events_breaks_the_machine() {
    for seed in 0..3000_u64 {
        random_run(seed);
    }
}

fn random_run(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut run = Run::new(seed.is_multiple_of(2));
    let mut socket = Socket::None;
    for _ in 0..60 {
        for order in std::mem::take(&mut run.orders) {
            match order {
                Order::Open { .. } => {
                    assert_eq!(socket, Socket::None, "seed {seed}: two sockets");
                    socket = Socket::Opening;
                }
                Order::CloseSocket => socket = Socket::None,
                Order::Send(_) => assert_eq!(socket, Socket::Open, "seed {seed}: sent too early"),
                Order::Emit(_) => {}
            }
        }
        if run.machine.is_over() {
            run.wait(secs(60.0));
            run.give(Input::Opened);
            assert!(run.orders.is_empty(), "seed {seed}: orders after the end");
            return;
        }
        let waits = run.machine.next_deadline().is_some() || socket == Socket::Opening;
        assert!(waits, "seed {seed}: waits for nothing");
        run.now += Duration::from_millis(dice.below(4000));
        let input = dice.input(&mut socket);
        run.give(input);
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Socket {
    None,
    Opening,
    Open,
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    /// Something that can happen to a socket in this state, or at any time.
    fn input(&mut self, socket: &mut Socket) -> Input {
        match (*socket, self.below(10)) {
            (Socket::Opening, 0..=3) => {
                *socket = Socket::Open;
                Input::Opened
            }
            (Socket::Opening, 4) => {
                *socket = Socket::None;
                let status = [401, 404, 500][usize::try_from(self.below(3)).unwrap()];
                Input::OpenFailed(OpenFailure::Refused(status))
            }
            (Socket::Opening, 5) => {
                *socket = Socket::None;
                Input::OpenFailed(OpenFailure::Unreachable("no route".into()))
            }
            (Socket::Open, 0..=4) => self.message(),
            (Socket::Open, 5) => {
                *socket = Socket::None;
                Input::Closed
            }
            _ => self.command(),
        }
    }

    fn message(&mut self) -> Input {
        let message = match self.below(6) {
            0 | 1 => join("PA_1"),
            2 => reconnected(),
            3 => Message::Leave(proto::LeaveRequest {
                reason: i32::try_from(self.below(17)).unwrap(),
                action: i32::try_from(self.below(4)).unwrap(),
                ..Default::default()
            }),
            4 => Message::RefreshToken("t".into()),
            _ => Message::Offer(proto::SessionDescription::default()),
        };
        let message = Some(message);
        Input::Received(Box::new(proto::SignalResponse { message }))
    }

    fn command(&mut self) -> Input {
        match self.below(12) {
            0 => Input::Command(camera("c")),
            1 => Input::Command(Command::PeerConnectionFailed(Target::Subscriber)),
            2 | 3 => Input::Command(Command::NewToken(Token::new("n".into()))),
            4 => Input::Command(Command::StartAgain),
            5 if self.below(10) == 0 => Input::Command(Command::Leave),
            _ => Input::Tick,
        }
    }
}

#[test]
fn states_are_told_in_an_order_that_makes_sense() {
    let mut run = Run::joined(false);
    run.give(Input::Closed);
    run.give(Input::Opened);
    run.receive(reconnected());
    let states: Vec<Event> = run
        .orders
        .iter()
        .filter_map(|order| match order {
            Order::Emit(event @ Event::State(_)) => Some(event.clone()),
            _ => None,
        })
        .collect();
    let wanted = [
        Event::State(State::Reconnecting),
        Event::State(State::Connected),
    ];
    assert_eq!(states, wanted);
}
