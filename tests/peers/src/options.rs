//! What a peer is like: who it is, what it shows and says, how it misbehaves.

use std::time::Duration;

/// How Element Call writes its membership (`matrix_rtc_mode` of its `config.json`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// State events, Element Call's own default.
    #[default]
    Compatibility,
    /// Sticky events.
    Matrix2,
}

impl Mode {
    /// As `config.json` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compatibility => "compatibility",
            Self::Matrix2 => "matrix_2_0",
        }
    }
}

/// How the peer breaks the end-to-end encryption. Element Call itself is honest; the host
/// page around it alters or hides what passes between it and the homeserver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    #[default]
    None,
    /// Every key it sends has one bit of every byte turned over.
    WrongKey,
    /// It sends no key.
    NoKey,
    /// It believes the room is not encrypted, and publishes plain media.
    Unencrypted,
}

/// What is in the camera's picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pattern {
    /// The eight upright bars of [`BARS`](crate::media::BARS), with a small white square
    /// that moves along the lower edge.
    #[default]
    Bars,
    /// The bars, moving, under noise as a camera gives: costs what a camera costs.
    Noise,
}

/// The camera: a picture of known colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CameraPicture {
    /// Pixels; even numbers.
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    pub pattern: Pattern,
}

impl Default for CameraPicture {
    fn default() -> Self {
        Self {
            width: 640,
            height: 360,
            frames_per_second: 30,
            pattern: Pattern::Bars,
        }
    }
}

/// The microphone: a tone, 0.7 s on and 0.3 s off (an endless tone is taken for noise).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    pub hz: u32,
}

/// Everything [`ElementCall::open`](crate::ElementCall::open) needs.
#[derive(Clone)]
pub struct PeerOptions {
    /// Plain HTTP or HTTPS address of the homeserver's client API.
    pub homeserver_url: String,
    /// Localpart or full user id.
    pub user: String,
    pub password: String,
    /// The Matrix room, which the user has joined or may join.
    pub room_id: String,
    pub mode: Mode,
    /// `None`: joins with the camera off.
    pub camera: Option<CameraPicture>,
    /// `None`: joins muted.
    pub microphone: Option<Tone>,
    pub sabotage: Sabotage,
    /// When it starts the call, it rings for everybody in the Matrix room (MSC4075).
    pub rings: bool,
    /// The host page holds every outgoing key back this long: a slow homeserver.
    pub key_delay: Duration,
    /// For servers without a transports endpoint: goes into `config.json`.
    pub livekit_service_url: Option<String>,
    /// For benches: looking costs the page next to nothing. Observations then have counters
    /// and times, but neither colours nor tones, and sound counts from its first decoded
    /// sample, loud or not.
    pub counts_only: bool,
}

impl PeerOptions {
    /// A well-behaved peer with 640x360 bars and a 1000 Hz tone.
    #[must_use]
    pub fn new(homeserver_url: &str, user: &str, password: &str, room_id: &str) -> Self {
        Self {
            homeserver_url: homeserver_url.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            room_id: room_id.to_owned(),
            mode: Mode::default(),
            camera: Some(CameraPicture::default()),
            microphone: Some(Tone { hz: 1000 }),
            sabotage: Sabotage::None,
            rings: false,
            key_delay: Duration::ZERO,
            livekit_service_url: None,
            counts_only: false,
        }
    }
}

impl std::fmt::Debug for PeerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeerOptions")
            .field("mode", &self.mode)
            .field("camera", &self.camera)
            .field("microphone", &self.microphone)
            .field("sabotage", &self.sabotage)
            .finish_non_exhaustive()
    }
}
