//! The control API: what `roomd` answers and takes on `{runtime}/roomd.sock`.
//!
//! | | |
//! |---|---|
//! | `GET /v1/status` | [`Status`] |
//! | `GET /v1/readiness` | [`Readiness`] |
//! | `GET /v1/events` | server-sent events, each a whole [`Status`] |
//! | `POST /v1/call/join` | [`Join`] → [`Status`] |
//! | `POST /v1/call/leave` | → [`Status`] |
//! | `PUT /v1/call/hand` | [`Hand`] → [`Status`] |
//! | `PUT /v1/microphone` | [`Mute`] → [`Status`] |
//! | `PUT /v1/camera` | [`Switch`] → [`Status`] |
//! | `POST /v1/camera/move` | [`Move`] → [`Status`] |
//! | `PUT /v1/camera/preset` | [`PresetName`] → [`Status`] |
//! | `POST /v1/camera/presets` | [`PresetName`] → [`Status`] |
//! | `POST /v1/camera/presets/remove` | [`PresetName`] → [`Status`] |
//! | `PUT /v1/speaker` | [`Volume`] → [`Status`] |
//! | `PUT /v1/share` | [`SetShare`] → [`Status`] |
//! | `PUT /v1/stage` | [`Arrange`] → [`Status`] |
//! | `GET /v1/stage.png` | image/png |
//! | `GET /v1/call/statistics` | [`Statistics`] |
//! | `PUT /v1/standby` | [`SetStandby`] → [`Status`] |
//! | `PUT /v1/help` | [`CallForHelp`] → [`Status`] |
//! | `POST /v1/simulation/board` | [`BoardEvent`], profile `sim` only |
//!
//! Every error is a [`Problem`] with an HTTP status of 4xx or 5xx. The room's day is in
//! [`meetings`].

mod camera;
pub mod directory;
mod gestures;
mod help;
pub mod meetings;
mod presence;
mod stage;
mod standby;
mod visio;

pub use camera::{Move, OVERVIEW, PresetName, View};
pub use gestures::{Add, Decline, React, Reaction};
pub use help::{CallForHelp, Help};
pub use meetings::Meetings;
pub use presence::{Presence, Sensed};
pub use stage::{Arrange, Layout, Stage};
pub use standby::{SetStandby, Standby};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Source, TrackStatistics};

pub use visio::{Visio, VisioEntry};

/// A language attendees and installers can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    En,
    Fr,
}

/// One sentence in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    pub en: String,
    pub fr: String,
}

impl Text {
    #[must_use]
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            fr: fr.into(),
        }
    }

    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

/// Something that went wrong, and what the reader can do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[error("{code}: {} {}", what.en, next.en)]
pub struct Problem {
    /// Stable code, e.g. `CALL-03`.
    pub code: String,
    /// What happened, to which thing.
    pub what: Text,
    /// What to do next.
    pub next: Text,
}

/// Everything a panel shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    pub room: Room,
    /// The room's day.
    #[serde(default)]
    pub meetings: Meetings,
    #[serde(default)]
    pub presence: Presence,
    #[serde(default)]
    pub standby: Standby,
    pub call: Call,
    pub microphone: Microphone,
    pub camera: Camera,
    pub speaker: Speaker,
    #[serde(default)]
    pub stage: Stage,
    /// The room's own screen share.
    pub share: Share,
    /// The unit's system is being replaced: it must keep its power.
    #[serde(default)]
    pub updating: bool,
    /// Somebody in the room called for help; `null` when nobody did, or help is not needed any more.
    #[serde(default)]
    pub help: Option<Help>,
    /// Calls that ring for this room.
    pub ringing: Vec<Ringing>,
    /// What is wrong now, worst first.
    pub faults: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    pub name: String,
    pub language: Language,
    /// Matrix user id, once logged in.
    pub user: Option<String>,
    pub device: Option<String>,
    pub homeserver: Homeserver,
    /// Whether the room's device is cross-signed by its own account.
    pub verified: bool,
    /// Version of `roomd`.
    pub version: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Homeserver {
    /// Not logged in yet.
    Connecting,
    Online,
    /// Tried again without end; a running call goes on.
    Offline,
    /// Login refused: somebody must act.
    Refused,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    pub phase: Phase,
    /// What was asked to be joined, as given.
    pub target: Option<String>,
    /// Matrix room id, once resolved.
    pub room_id: Option<String>,
    /// Name of the Matrix room.
    pub name: Option<String>,
    /// Unix time in milliseconds since when the room is in the call.
    pub since_ms: Option<u64>,
    pub security: Security,
    /// The room's own connection, as its media server rates it; `null` before the first rating,
    /// which comes some seconds after joining.
    pub connection: Option<ConnectionQuality>,
    /// Everybody in the call, the room itself left out.
    pub participants: Vec<Participant>,
    /// The room's own hand.
    pub hand_raised: bool,
    /// False when the homeserver offers no delayed events: a crash then leaves the room in the
    /// call until its membership expires.
    pub leaves_by_itself: bool,
    /// Why the last attempt failed or the last call ended.
    pub problem: Option<Problem>,
    /// `null` unless this is a meeting of La Suite (Visio).
    #[serde(default)]
    pub visio: Option<Visio>,
    /// What others did to this room that it should know: muted it, renamed it, took a right away.
    #[serde(default)]
    pub notices: Vec<Problem>,
    /// Matrix user ids of people who were called into this call and have not come yet.
    #[serde(default)]
    pub calling: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    #[default]
    Idle,
    Joining,
    InCall,
    /// In the call, media or membership being restored.
    Reconnecting,
    Leaving,
    /// The last join failed; see `problem`.
    Failed,
}

impl Phase {
    /// A call is being joined, runs, or is being left.
    #[must_use]
    pub fn is_call(self) -> bool {
        !matches!(self, Self::Idle | Self::Failed)
    }

    /// The room is a member of a call, be its media up or being restored.
    #[must_use]
    pub fn is_member(self) -> bool {
        matches!(self, Self::InCall | Self::Reconnecting)
    }
}

/// How good a connection is, worst first (LiveKit's `ConnectionQuality`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionQuality {
    /// Nothing comes through; it may come back.
    Lost,
    Poor,
    Good,
    Excellent,
}

/// What may be said of the call's security. Never guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Security {
    pub level: SecurityLevel,
    /// Whom the level is owed to, when it is not `encrypted`; and who does not have this room's
    /// key yet, at any level of an encrypted call.
    pub reasons: Vec<SecurityReason>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecurityLevel {
    /// No call.
    #[default]
    None,
    /// Every published track is encrypted, every received one decrypts with keys from its sender.
    Encrypted,
    /// Nothing is known to be wrong, but some track has not shown a frame yet.
    Pending,
    /// Somebody's media is not played: see the reasons.
    Degraded,
    /// The call has no end-to-end encryption.
    Unencrypted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SecurityReason {
    /// Name and user id of the participant; `None` for the room itself.
    pub participant: Option<String>,
    pub text: Text,
    pub since_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Participant {
    pub name: String,
    /// Matrix user id; in a Visio meeting the identity the media server knows them by.
    pub user: String,
    /// Empty in a Visio meeting.
    pub device: String,
    /// False when the participant has been missing on its media server for a minute, as after a
    /// crash; it does not count for `security` then.
    pub present: bool,
    pub microphone: TrackState,
    pub camera: TrackState,
    pub screen_share: TrackState,
    pub encryption: EncryptionState,
    /// As the media server they publish on rates it; `null` before the first rating.
    pub connection: Option<ConnectionQuality>,
    pub speaking: bool,
    pub hand_raised: bool,
    /// Emoji shown now.
    pub reaction: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackState {
    /// Not published.
    #[default]
    Off,
    Muted,
    On,
}

/// The worst state among a participant's tracks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EncryptionState {
    pub state: Encryption,
    /// Unix time in milliseconds since when.
    pub since_ms: u64,
    /// Key index concerned, for a missing or wrong key.
    pub key_index: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// No media yet.
    Waiting,
    Encrypted,
    MissingKey,
    WrongKey,
    /// Sends unencrypted media into an encrypted call: not played.
    Unencrypted,
    /// The call itself is not encrypted.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Microphone {
    /// What was asked for.
    pub muted: bool,
    /// The hardware mute line is asserted: nothing can unmute.
    pub hardware_muted: bool,
    pub device: Device,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Camera {
    /// What was asked for.
    pub on: bool,
    pub device: Device,
    /// The part of its picture that others see; a call begins with all of it.
    #[serde(default)]
    pub view: View,
    /// Names of views that can be recalled, `overview` first.
    #[serde(default)]
    pub presets: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Speaker {
    /// 0 to `maximum`.
    pub volume: u8,
    /// The most that the settings allow, 10 to 100.
    #[serde(default = "loudest")]
    pub maximum: u8,
    pub device: Device,
}

const fn loudest() -> u8 {
    100
}

/// The room's own screen share: the picture of a computer that is plugged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// What was asked for; never outside a call, nor while nothing is plugged in.
    pub active: bool,
    /// What can be shared; `absent`: nothing.
    #[serde(default)]
    pub device: Device,
}

/// `PUT /v1/share`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetShare {
    pub active: bool,
}

/// `GET /v1/readiness`: what decides whether a boot is good, without a name or an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// There are settings that can be used.
    pub commissioned: bool,
    /// `mediad` is there and has told its devices.
    pub media: bool,
    /// There is one, and it does not fail.
    pub camera: bool,
    pub microphone: bool,
    /// Logged in and reached.
    pub homeserver: bool,
    pub call: Phase,
}

/// A device as it is, not as it is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    #[default]
    Absent,
    Off,
    /// On and working, but closed as long as nobody watches; it opens by itself.
    Standby,
    Live,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ringing {
    pub room_id: String,
    pub name: String,
    pub caller: String,
    pub until_ms: u64,
}

/// `POST /v1/call/join`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Room id, alias, matrix.to link, Element Call link, Visio link or code; at most 2048
    /// characters.
    pub target: String,
}

/// `PUT /v1/call/hand`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hand {
    pub raised: bool,
}

/// `PUT /v1/microphone`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mute {
    pub muted: bool,
}

/// `PUT /v1/camera`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    pub on: bool,
}

/// `PUT /v1/speaker`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// 0 to 100.
    #[schema(maximum = 100)]
    pub volume: u8,
}

/// `GET /v1/call/statistics`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    /// Milliseconds from the join order to each step of the running call.
    pub timeline: Vec<Milestone>,
    pub tracks: Vec<NamedTrack>,
    /// Everybody whose connection was rated, the room itself first.
    pub connections: Vec<NamedConnection>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedConnection {
    /// As in [`Participant`]; `None` for the room's own connection.
    pub user: Option<String>,
    pub quality: ConnectionQuality,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Milestone {
    /// `resolved`, `token`, `sfu_connected`, `membership`, `key_sent`, `in_call`,
    /// `first_picture`, `first_sound`.
    pub step: String,
    pub after_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NamedTrack {
    /// As in [`Participant`]; `None` for the room's own tracks.
    pub user: Option<String>,
    /// Stands here instead of in `figures`, where it is empty: one field of this name.
    pub source: Option<Source>,
    #[serde(flatten)]
    pub figures: TrackStatistics,
}

/// `POST /v1/simulation/board`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum BoardEvent {
    /// A button is pressed and let go.
    Press { button: Button },
    /// The hardware mute line.
    MuteLine { asserted: bool },
    /// The board's presence sensor sees movement or not; it is there from the first time on.
    Movement { movement: bool },
    /// A finger on the touch panel.
    Touch,
    /// A device is unplugged or plugged in.
    Plug { device: SimDevice, present: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    /// What rings, else the meeting that can be joined now, else the call of last time.
    Join,
    HangUp,
    Mute,
    /// By 10 of 100.
    VolumeUp,
    VolumeDown,
    /// Camera privacy.
    Camera,
    /// Calls for help, or takes the call back.
    Help,
    /// Joins while no call goes on, hangs up while one does.
    Call,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimDevice {
    Camera,
    Microphone,
    Speaker,
    /// What can be shared.
    Content,
}
