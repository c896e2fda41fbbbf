//! A homeserver, an SFU and a `mediad`, as far as the mind can tell.

use std::collections::BTreeMap;
use std::time::Duration;

use room_messages::api::{Language, Phase, Status};
use room_messages::{
    AudioInput, AudioOutput, Configuration, DeviceState, EndReason, Fact, Order, OwnTrack, SfuId,
    SfuState, Source, StageOutput, Token, VideoFormat, VideoInput,
};
use serde_json::{Value, json};

use crate::input::{Ask, Effect, Input};
use crate::invitations::InvitationRule;
use crate::matrix::{Account, Capabilities, Failure, MatrixFact, MatrixOrder, RoomState, Standing};
use crate::room::{Character, Room};
use crate::rtc::keeper::{self, Outcome};
use crate::rtc::{Mode, PeerDevice};
use crate::sfus::{Grant, TokenFailure};
use crate::visio::{Instances, VisioOrder};
use crate::{Entropy, Moment};

pub(super) const ROOM: &str = "!call:example.org";
pub(super) const VISIO: &str = "visio.example.org";
pub(super) const OWN: &str = "@room:example.org";
pub(super) const SERVICE: &str = "https://rtc.example.org/jwt";

struct Counting(u8);

impl Entropy for Counting {
    fn bytes(&mut self) -> [u8; 32] {
        self.0 = self.0.wrapping_add(1);
        [self.0; 32]
    }
}

/// How the world answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Kind,
    RoomUnknown,
    NotInvited,
    NoPower,
    NoTransport,
    TokenRefused,
    TokenFailing,
    SfuUnreachable,
    SfuRefusing,
    SfuRoomMissing,
    Silent,
    /// The homeserver answers nothing and sends the scheduled leave by itself.
    Away,
}

/// `mediad` as its orders leave it.
#[derive(Debug, Default)]
pub(super) struct Mediad {
    pub(super) up: bool,
    pub(super) muted: bool,
    pub(super) camera: bool,
    pub(super) share: bool,
    pub(super) said: Vec<room_messages::Prompt>,
    pub(super) content_absent: bool,
    pub(super) volume: u8,
    pub(super) ring: u8,
    pub(super) connections: BTreeMap<SfuId, bool>,
    pub(super) own_key: Option<u8>,
    /// Connections without encryption that were ordered.
    pub(super) visits: u32,
    pub(super) screen: Option<room_messages::Screen>,
    pub(super) arrangement: room_messages::Arrangement,
    pub(super) view: room_messages::api::View,
}

pub(super) struct World {
    pub(super) room: Room,
    pub(super) now: Moment,
    pub(super) mood: Mood,
    pub(super) pending: Vec<Input>,
    pub(super) mediad: Mediad,
    pub(super) member: bool,
    pub(super) delayed: bool,
    pub(super) watched: Option<String>,
    pub(super) remembered: Option<String>,
    pub(super) presets: Vec<crate::lens::Preset>,
    pub(super) finished: bool,
    pub(super) accepted: Vec<String>,
    pub(super) others: Vec<Value>,
    /// Who was sent a key, in order.
    pub(super) keyed: Vec<PeerDevice>,
    /// How often each kind of order is still answered with a rate limit of five seconds.
    pub(super) busy: BTreeMap<&'static str, u32>,
    /// What was raised before the room looked.
    pub(super) reactions: Vec<Value>,
    /// Reactions of the room that are up.
    pub(super) raised: Vec<String>,
    /// Questions to a Visio instance that wait for their answer.
    pub(super) asked: Vec<VisioOrder>,
    /// Bodies of the Matrix rooms that were made.
    pub(super) made: Vec<Value>,
    /// Who was invited, in order.
    pub(super) invited: Vec<String>,
    /// Contents of the timeline events that were sent.
    pub(super) sent: Vec<Value>,
    /// Who is in the Matrix room besides the room itself.
    pub(super) joined: Vec<(String, Option<String>)>,
    pub(super) knocking: Vec<String>,
    pub(super) encrypted: bool,
    events: u64,
}

pub(super) fn account() -> Account {
    Account {
        user: OWN.into(),
        device: "ROOMDEVICE".into(),
        verified: true,
        capabilities: Capabilities {
            delayed_events: true,
            max_delay: Some(Duration::from_secs(86_400)),
            sticky_events: false,
        },
    }
}

fn configuration() -> Configuration {
    Configuration {
        room_name: "Room".into(),
        language: Language::En,
        camera: VideoInput::Test,
        microphone: AudioInput::Test,
        speaker: AudioOutput::Test,
        content: VideoInput::Test,
        stage: StageOutput::Test,
        video: VideoFormat::default(),
        content_video: VideoFormat::CONTENT,
        simulated: true,
    }
}

pub(super) fn character() -> Character {
    Character {
        name: "Room".into(),
        language: Language::En,
        homeserver: "https://example.org".into(),
        version: "0".into(),
        mode: Mode::Compatibility,
        transport: None,
        invitations: vec![InvitationRule::OwnServer],
        visio: Instances {
            hosts: vec![VISIO.into()],
            default: None,
        },
        maximum_volume: 100,
        ring_volume: 60,
        spoken_prompts: true,
        media: configuration(),
    }
}

impl World {
    pub(super) fn new(mood: Mood) -> Self {
        Self::with(mood, character())
    }

    pub(super) fn with(mood: Mood, character: Character) -> Self {
        Self {
            room: Room::new(character, Box::new(Counting(0))),
            now: Moment {
                since_start: Duration::from_secs(1),
                unix_ms: 1_700_000_000_000,
            },
            mood,
            pending: Vec::new(),
            mediad: Mediad {
                muted: true,
                ..Mediad::default()
            },
            member: false,
            delayed: false,
            watched: None,
            remembered: None,
            presets: Vec::new(),
            finished: false,
            accepted: Vec::new(),
            others: Vec::new(),
            keyed: Vec::new(),
            busy: BTreeMap::new(),
            reactions: Vec::new(),
            raised: Vec::new(),
            asked: Vec::new(),
            made: Vec::new(),
            invited: Vec::new(),
            sent: Vec::new(),
            joined: vec![
                ("@anna:example.org".into(), Some("Anna".into())),
                ("@ben:elsewhere.org".into(), None),
            ],
            knocking: Vec::new(),
            encrypted: true,
            events: 0,
        }
    }

    /// Logged in, with a running `mediad`.
    pub(super) fn ready(mood: Mood) -> Self {
        let mut world = Self::new(mood);
        world.happens(Input::Matrix(MatrixFact::LoggedIn(account())));
        world.media_up();
        world
    }

    pub(super) fn media_up(&mut self) {
        self.mediad = Mediad {
            up: true,
            muted: true,
            ..Mediad::default()
        };
        self.happens(Input::MediaUp);
    }

    pub(super) fn media_down(&mut self) {
        self.mediad = Mediad {
            muted: true,
            ..Mediad::default()
        };
        self.pending
            .retain(|input| !matches!(input, Input::Media(_)));
        self.happens(Input::MediaDown);
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.happens(Input::Ask(ask));
    }

    pub(super) fn join(&mut self) {
        self.ask(Ask::Join {
            target: ROOM.into(),
        });
    }

    pub(super) fn status(&self) -> Status {
        self.room.status(self.now)
    }

    pub(super) fn phase(&self) -> Phase {
        self.status().call.phase
    }

    pub(super) fn happens(&mut self, input: Input) {
        for effect in self.room.handle(self.now, input) {
            self.carry_out(effect);
        }
        self.check();
    }

    /// Delivers every answer, oldest first, until there is none.
    pub(super) fn settle(&mut self) {
        for _ in 0..500 {
            if self.pending.is_empty() {
                return;
            }
            let input = self.pending.remove(0);
            self.happens(input);
        }
        panic!("the world does not come to rest");
    }

    /// Lets time pass, stopping at each deadline.
    pub(super) fn pass(&mut self, seconds: u64) {
        let end = self.now.after(Duration::from_secs(seconds));
        while self.now < end {
            let due = self.room.next_deadline(self.now).unwrap_or(end.since_start);
            let step = due
                .saturating_sub(self.now.since_start)
                .max(Duration::from_millis(1));
            let left = end.since_start.saturating_sub(self.now.since_start);
            self.now = self.now.after(step.min(left));
            self.happens(Input::Tick);
            self.settle();
        }
    }

    /// What must hold at every moment.
    fn check(&self) {
        let phase = self.phase();
        if matches!(phase, Phase::Idle | Phase::Failed | Phase::Leaving) {
            assert!(
                self.mediad.muted && !self.mediad.camera,
                "captures in {phase:?}"
            );
            assert!(self.mediad.connections.is_empty(), "connected in {phase:?}");
            assert_eq!(self.mediad.own_key, None, "holds a key in {phase:?}");
        }
        if self.status().microphone.hardware_muted {
            assert!(self.mediad.muted, "unmuted against the line");
        }
        let publishing = self.mediad.connections.values().filter(|publish| **publish);
        assert!(publishing.count() <= 1, "publishes twice");
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Media(order) => self.media(order),
            Effect::Matrix(order) => self.matrix(order),
            Effect::Visio(order) => self.asked.push(order),
            Effect::Remember(target) => self.remembered = target,
            Effect::KeepPresets(presets) => self.presets = presets,
            Effect::Finished => self.finished = true,
        }
    }

    fn media(&mut self, order: Order) {
        assert!(self.mediad.up, "order to a dead mediad: {order:?}");
        match order {
            Order::SetMicrophone { muted } => self.mediad.muted = muted,
            Order::SetCamera { on } => self.mediad.camera = on,
            Order::SetShare { on } => self.mediad.share = on,
            Order::Say { prompts } => self.mediad.said.extend(prompts),
            Order::SetSpeaker { volume } => self.mediad.volume = volume,
            Order::SetRing { volume } => self.mediad.ring = volume,
            Order::SetOwnKey { index, .. } => self.mediad.own_key = Some(index),
            Order::Show(screen) => self.mediad.screen = Some(screen),
            Order::Arrange(how) => self.mediad.arrangement = how,
            Order::SetView { view } => self.mediad.view = view,
            Order::Visit { .. } => {
                assert_eq!(self.mediad.own_key, None, "plain media beside a key");
                self.mediad.visits += 1;
                self.mediad.connections.insert(SfuId::OWN, true);
                let (sfu, state) = (SfuId::OWN, SfuState::Connected);
                self.pending.push(Input::Media(Fact::Sfu { sfu, state }));
            }
            Order::Connect { sfu, publish, .. } => {
                self.mediad.connections.insert(sfu, publish);
                let ended = |reason| SfuState::Ended { reason };
                let detail = "refused".to_owned();
                let state = match self.mood {
                    Mood::SfuUnreachable => ended(EndReason::Unreachable { detail }),
                    Mood::SfuRefusing => ended(EndReason::NotAllowed),
                    Mood::SfuRoomMissing => ended(EndReason::RoomMissing),
                    _ => SfuState::Connected,
                };
                self.pending.push(Input::Media(Fact::Sfu { sfu, state }));
                self.pending.push(Input::Media(own_tracks()));
            }
            Order::Disconnect { sfu } => drop(self.mediad.connections.remove(&sfu)),
            Order::EndCall => {
                self.mediad.connections.clear();
                self.mediad.own_key = None;
            }
            _ => {}
        }
        let microphone = if self.mediad.muted {
            DeviceState::Off
        } else {
            DeviceState::Live
        };
        self.pending.push(Input::Media(Fact::Devices {
            camera: DeviceState::Off,
            microphone,
            speaker: DeviceState::Live,
            content: match (self.mediad.content_absent, self.mediad.share) {
                (true, _) => DeviceState::Absent,
                (false, true) => DeviceState::Live,
                (false, false) => DeviceState::Off,
            },
            volume: self.mediad.volume,
        }));
    }

    fn matrix(&mut self, order: MatrixOrder) {
        if self.mood == Mood::Silent && !matches!(order, MatrixOrder::Watch { .. }) {
            return;
        }
        let limited = self.limit(&order);
        let fact = match order {
            order if limited => refuse(order),
            MatrixOrder::Watch { rooms } => {
                self.watched = rooms.first().cloned();
                return self.tell_state();
            }
            MatrixOrder::Resolve { request, .. } => MatrixFact::Resolved {
                request,
                result: Ok((ROOM.into(), vec![])),
            },
            MatrixOrder::Enter { request, .. } => {
                let result = match self.mood {
                    Mood::RoomUnknown => Err(Failure::NotFound),
                    Mood::NotInvited => Err(Failure::Forbidden),
                    _ => {
                        if self.busy.contains_key("Enter") {
                            self.tell_state();
                        }
                        Ok(())
                    }
                };
                MatrixFact::Entered { request, result }
            }
            MatrixOrder::AskTransports { request } => {
                let none = self.mood == Mood::NoTransport;
                let result = Ok(if none {
                    vec![]
                } else {
                    vec![SERVICE.to_owned()]
                });
                MatrixFact::Transports { request, result }
            }
            MatrixOrder::AskToken { token, .. } => {
                let result = match self.mood {
                    Mood::TokenRefused => Err(TokenFailure::Refused),
                    Mood::TokenFailing => Err(TokenFailure::Failing),
                    _ => Ok(Grant {
                        url: "wss://sfu".into(),
                        token: Token::new("t".into()),
                    }),
                };
                MatrixFact::Token {
                    request: token.request,
                    result,
                }
            }
            MatrixOrder::Keep { run, order, .. } => {
                let request = order.request();
                let outcome = self.keep(order);
                MatrixFact::Kept {
                    run,
                    request,
                    outcome,
                }
            }
            MatrixOrder::SendKey { request, .. } if self.mood == Mood::Away => {
                MatrixFact::KeySent {
                    request,
                    result: Err(Failure::Network),
                }
            }
            MatrixOrder::SendKey {
                request,
                recipients,
                ..
            } => {
                self.keyed.extend(recipients);
                MatrixFact::KeySent {
                    request,
                    result: Ok(vec![]),
                }
            }
            MatrixOrder::Send {
                request, content, ..
            } => {
                self.sent.push(content);
                let reaction = format!("$reaction{}", self.raised.len());
                self.raised.push(reaction.clone());
                MatrixFact::Sent {
                    request,
                    result: Ok(reaction),
                }
            }
            MatrixOrder::Redact {
                request, event_id, ..
            } => {
                self.raised.retain(|raised| *raised != event_id);
                MatrixFact::Sent {
                    request,
                    result: Ok(event_id),
                }
            }
            MatrixOrder::AskReactions { request, .. } => MatrixFact::Reactions {
                request,
                result: Ok(self.reactions.clone()),
            },
            MatrixOrder::Make { request, body, .. } => {
                self.made.push(body);
                let result = match self.mood {
                    Mood::NotInvited => Err(Failure::Forbidden),
                    _ => Ok(ROOM.into()),
                };
                MatrixFact::Made { request, result }
            }
            MatrixOrder::Invite { request, user, .. } => {
                self.invited.push(user);
                let result = Ok(());
                MatrixFact::Asked { request, result }
            }
            MatrixOrder::Accept { request, room } => {
                self.accepted.push(room);
                MatrixFact::Accepted {
                    request,
                    result: Ok(()),
                }
            }
        };
        self.pending.push(Input::Matrix(fact));
    }

    /// Whether this order meets a rate limit.
    fn limit(&mut self, order: &MatrixOrder) -> bool {
        let kind = format!("{order:?}");
        let left = self.busy.get_mut(kind.as_str()).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }

    fn keep(&mut self, order: keeper::Order) -> Outcome {
        if self.mood == Mood::Away {
            return Outcome::Network;
        }
        let sent = Outcome::Sent {
            event_id: Some(format!("$own{}", self.events)),
        };
        match order {
            keeper::Order::ScheduleLeave { .. } => {
                self.delayed = true;
                Outcome::Scheduled {
                    delay_id: "d".into(),
                }
            }
            keeper::Order::SendMembership { .. } => {
                self.member = true;
                self.tell_state();
                sent
            }
            keeper::Order::FireLeave { .. } | keeper::Order::SendLeave { .. } => {
                (self.member, self.delayed) = (false, false);
                self.tell_state();
                sent
            }
            keeper::Order::CancelLeave { .. } => {
                self.delayed = false;
                sent
            }
            keeper::Order::RestartLeave { .. } if !self.delayed => Outcome::NotFound,
            keeper::Order::RestartLeave { .. } => sent,
        }
    }

    /// The homeserver shows the watched room.
    pub(super) fn tell_state(&mut self) {
        let Some(room) = self.watched.clone() else {
            return;
        };
        let entering = self.busy.get("Enter").is_some_and(|left| *left > 0);
        let standing = match self.mood {
            Mood::RoomUnknown | Mood::NotInvited => Standing::Outside,
            _ if entering => Standing::Outside,
            _ => Standing::Joined,
        };
        let level = if self.mood == Mood::NoPower { 50 } else { 0 };
        let mut joined = vec![(OWN.to_owned(), None)];
        joined.extend(self.joined.iter().cloned());
        let mut memberships = self.others.clone();
        if self.member {
            memberships.push(self.membership(OWN, "ROOMDEVICE", SERVICE));
        }
        let state = RoomState {
            room,
            standing,
            name: Some("Daily".into()),
            encrypted: self.encrypted,
            create: None,
            power_levels: Some(
                json!({"content": {"events": {"org.matrix.msc3401.call.member": level}}}),
            ),
            slot: None,
            memberships,
            joined,
            knocking: self.knocking.clone(),
        };
        self.pending
            .push(Input::Matrix(MatrixFact::Room(Box::new(state))));
    }

    pub(super) fn membership(&self, user: &str, device: &str, service: &str) -> Value {
        json!({
            "type": "org.matrix.msc3401.call.member",
            "sender": user,
            "event_id": format!("$own{}", self.events),
            "origin_server_ts": self.now.unix_ms,
            "state_key": format!("_{user}_{device}_m.call"),
            "content": {
                "application": "m.call", "call_id": "", "scope": "m.room", "device_id": device,
                "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
                "foci_preferred": [{"type": "livekit", "livekit_service_url": service}],
            },
        })
    }
}

/// The answer of a homeserver that asks to wait for five seconds.
fn refuse(order: MatrixOrder) -> MatrixFact {
    let retry_after = Some(Duration::from_secs(5));
    let limited = Failure::RateLimited { retry_after };
    match order {
        MatrixOrder::Resolve { request, .. } => MatrixFact::Resolved {
            request,
            result: Err(limited),
        },
        MatrixOrder::Enter { request, .. } => MatrixFact::Entered {
            request,
            result: Err(limited),
        },
        MatrixOrder::AskTransports { request } => MatrixFact::Transports {
            request,
            result: Err(limited),
        },
        MatrixOrder::AskToken { token, .. } => MatrixFact::Token {
            request: token.request,
            result: Err(TokenFailure::RateLimited { retry_after }),
        },
        MatrixOrder::Keep { run, order, .. } => MatrixFact::Kept {
            run,
            request: order.request(),
            outcome: Outcome::RateLimited { retry_after },
        },
        MatrixOrder::SendKey { request, .. } => MatrixFact::KeySent {
            request,
            result: Err(limited),
        },
        MatrixOrder::Send { request, .. } | MatrixOrder::Redact { request, .. } => {
            MatrixFact::Sent {
                request,
                result: Err(limited),
            }
        }
        MatrixOrder::AskReactions { request, .. } => MatrixFact::Reactions {
            request,
            result: Err(limited),
        },
        MatrixOrder::Accept { request, .. } => MatrixFact::Accepted {
            request,
            result: Err(limited),
        },
        MatrixOrder::Make { request, .. } => MatrixFact::Made {
            request,
            result: Err(limited),
        },
        MatrixOrder::Invite { request, .. } => MatrixFact::Asked {
            request,
            result: Err(limited),
        },
        MatrixOrder::Watch { .. } => panic!("watching is no request"),
    }
}

fn own_tracks() -> Fact {
    Fact::OwnTracks {
        tracks: vec![OwnTrack {
            source: Source::Camera,
            sid: "TR_own".into(),
            muted: false,
            encrypted: true,
        }],
    }
}

/// A room in an encrypted call.
pub(super) fn in_call() -> World {
    let mut world = World::ready(Mood::Kind);
    world.join();
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    world
}
