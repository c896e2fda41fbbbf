//! What `roomd` tells `mediad` to do.
//!
//! Orders state the wanted condition, not a step: giving one twice changes nothing,
//! so `roomd` can repeat the whole condition to a `mediad` that was just restarted.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::api::{Language, Layout, Text, View};
use crate::{Identity, MediaKey, Prompt, SfuId, Token};

/// Longest list in any order.
pub const MAX_ROSTER: usize = 1000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// Always the first order on a connection.
    Configure(Configuration),
    /// Join an SFU; publish there too when `publish` (only on [`SfuId::OWN`]).
    Connect {
        sfu: SfuId,
        /// LiveKit address as the authorization service gave it (`wss://…`, `https://…`).
        url: String,
        token: Token,
        publish: bool,
        /// Whether the call is end-to-end encrypted: announce GCM, play nothing unencrypted.
        encrypted: bool,
    },
    /// Join a meeting without end-to-end encryption as its guest, on [`SfuId::OWN`], and publish
    /// there. Refused while a call with keys runs: an encrypted call has no way to be given this
    /// order's connection, nor this one keys.
    Visit {
        /// LiveKit address as the instance gave it.
        url: String,
        token: Token,
    },
    /// Answers [`Fact::TokenNeeded`](crate::Fact::TokenNeeded).
    RenewToken {
        sfu: SfuId,
        token: Token,
    },
    /// Leave an SFU cleanly.
    Disconnect {
        sfu: SfuId,
    },
    /// Encrypt with this key from now on.
    SetOwnKey {
        index: u8,
        key: MediaKey,
    },
    /// A participant's key. Replaces a key at the same index and clears its failures.
    SetPeerKey {
        identity: Identity,
        index: u8,
        key: MediaKey,
    },
    /// Everybody who belongs to the call, without the room itself. Media of anybody else is
    /// neither played nor shown; keys of those no longer listed are wiped.
    SetRoster {
        entries: Vec<RosterEntry>,
    },
    SetMicrophone {
        muted: bool,
    },
    SetCamera {
        on: bool,
    },
    /// Shares what is plugged in for it, with the others of the call and on the stage.
    SetShare {
        on: bool,
    },
    /// The part of the camera's picture that is sent.
    SetView {
        view: View,
    },
    /// 0 to 100.
    SetSpeaker {
        volume: u8,
    },
    /// A call rings: how loud that is played, 0 to 100, whatever voices are played with. 0: none
    /// rings, or not aloud.
    SetRing {
        volume: u8,
    },
    /// Say this aloud now, in this order, instead of what is being said. No condition: what was
    /// not heard is not said again.
    Say {
        prompts: Vec<Prompt>,
    },
    /// What the stage shows.
    Show(Screen),
    /// Who and what is large on it during a call.
    Arrange(Arrangement),
    /// Answer with [`Fact::Picture`](crate::Fact::Picture): what the stage shows now.
    TakePicture {
        request: u64,
    },
    /// Answer with [`Fact::Statistics`](crate::Fact::Statistics).
    TakeStatistics {
        request: u64,
    },
    /// Profile `sim` only: the device is unplugged (`false`) or back (`true`).
    SimulateDevice {
        device: SimulatedDevice,
        present: bool,
    },
    /// Leave every SFU, wipe every key, release camera and microphone.
    EndCall,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimulatedDevice {
    Camera,
    Microphone,
    Speaker,
    Content,
}

/// Devices and formats; does not change while `mediad` runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    pub room_name: String,
    pub language: Language,
    pub camera: VideoInput,
    pub microphone: AudioInput,
    pub speaker: AudioOutput,
    /// What can be shared: a computer's picture.
    pub content: VideoInput,
    pub stage: StageOutput,
    pub video: VideoFormat,
    pub content_video: VideoFormat,
    /// Profile `sim`: offer loopback ICE candidates and measure tones.
    pub simulated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoInput {
    None,
    /// Moving colour bars.
    Test,
    /// Y4M, looped.
    File(PathBuf),
    /// V4L2 device node.
    Device(PathBuf),
    /// The first camera a rule fits, whenever one is plugged in.
    Board(Vec<DeviceRule>),
}

/// Which device of the board is meant: a rule of its profile (`docs/boards.md`). Everything that
/// is given must fit; `*` stands for any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRule {
    pub name: Option<String>,
    pub driver: Option<String>,
    pub path: Option<String>,
    /// Number of the PCM on its card; sound only.
    #[serde(default)]
    pub device: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioInput {
    None,
    /// A 440 Hz tone, on and off.
    Test,
    /// WAV, looped.
    File(PathBuf),
    /// ALSA device name.
    Device(String),
    /// The first microphone a rule fits, whenever one is plugged in.
    Board(Vec<DeviceRule>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioOutput {
    None,
    /// Mixed and measured, not played.
    Test,
    /// WAV of what the room plays.
    File(PathBuf),
    /// ALSA device name.
    Device(String),
    /// The first speaker a rule fits, whenever one is plugged in.
    Board(Vec<DeviceRule>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageOutput {
    None,
    /// A window when there is a display, else drawn only on request.
    Test,
    /// Matroska of what the screen shows.
    File(PathBuf),
    /// The board's display.
    Display,
}

/// A picture as it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoFormat {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    /// Simulcast layers, 1 to 3, each half the size of the next.
    pub layers: u8,
}

impl VideoFormat {
    /// Slides and text, of which every pixel counts and which seldom move: full size, half the
    /// rate of a camera, and a layer of half the size for those with a small window.
    pub const CONTENT: Self = Self {
        width: 1920,
        height: 1080,
        frames_per_second: 15,
        layers: 2,
    };
}

impl Default for VideoFormat {
    fn default() -> Self {
        Self {
            width: 1280,
            height: 720,
            frames_per_second: 30,
            layers: 3,
        }
    }
}

/// One participant whose media belongs to the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    pub sfu: SfuId,
    pub identity: Identity,
    /// Shown on the tile; already bounded and cleaned.
    pub name: String,
}

/// How the tiles of a call lie. Whoever is named and not in the roster is as good as not named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrangement {
    pub layout: Layout,
    /// Who is large in [`Layout::Speaker`], and never left out of the strip of
    /// [`Layout::Content`].
    pub speaker: Option<Identity>,
    /// Whose shared screen is large in [`Layout::Content`]; [`Identity::ROOM`] for what the room
    /// itself shares.
    pub content: Option<Identity>,
}

/// What the stage shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum Screen {
    /// No call: the room's name and a line below it.
    Idle { line: Text },
    /// A call is being joined, or something went wrong: a title and the next step.
    Message { title: Text, next: Text },
    /// Tiles of the roster, with a line that states the security of the call, and one below
    /// the tiles on what is wrong meanwhile. Either is left out when empty.
    Call {
        security: Text,
        #[serde(default)]
        notice: Text,
    },
}
