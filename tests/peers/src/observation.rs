//! What a peer sees and hears at one moment, as the page reports it.

use serde::{Deserialize, Serialize};

use crate::media;

/// One look at Element Call from inside its page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Observation {
    /// Unix time in milliseconds of the look.
    pub at_ms: f64,
    /// Element Call shows its lobby, with a join button.
    pub in_lobby: bool,
    /// Element Call shows the call, with a hang-up button.
    pub in_call: bool,
    /// The call was left, by the button or by the server.
    pub ended: bool,
    /// Why the host page or Element Call cannot go on.
    pub problem: Option<String>,
    /// MatrixRTC members as Element Call reads them, itself among them.
    pub members: Vec<Membership>,
    pub own: Tracks,
    /// Other participants its SFU connections told of, subscribe-only ones too.
    pub remotes: Vec<Remote>,
    /// Video it sends, one entry per simulcast layer.
    pub outbound: Vec<OutboundVideo>,
    /// Bytes of voice it sent since it joined.
    pub audio_bytes_sent: u64,
    pub timeline: Timeline,
}

impl Observation {
    /// The remote whose LiveKit identity or Matrix user id is `who`, or begins with it
    /// (`@room:server` finds `@room:server:DEVICE`).
    #[must_use]
    pub fn remote(&self, who: &str) -> Option<&Remote> {
        self.remotes
            .iter()
            .filter(|remote| remote.is(who))
            .max_by_key(|remote| remote.video.is_some() as u8 + remote.audio.is_some() as u8)
    }
}

/// One MatrixRTC membership.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Membership {
    /// Matrix user id.
    pub user: String,
    pub device: String,
    /// LiveKit identity expected of this member.
    pub identity: Option<String>,
}

/// What the peer itself publishes, as its own page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Tracks {
    /// Own LiveKit identity.
    pub identity: Option<String>,
    pub microphone: bool,
    pub camera: bool,
    pub hand_raised: bool,
}

/// Another participant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Remote {
    /// LiveKit identity.
    pub identity: String,
    /// Matrix user id, when a membership names this identity.
    pub user: Option<String>,
    /// Announced and unmuted.
    pub microphone: bool,
    pub camera: bool,
    /// Whether every track is announced as GCM; `None` without tracks.
    pub announced_encrypted: Option<bool>,
    /// Frames pass the decryption worker and come out as media.
    pub decrypting: bool,
    /// Highest key index this peer holds for the participant.
    pub key_index: Option<u8>,
    pub keys: KeyErrors,
    pub hand_raised: bool,
    pub video: Option<VideoObservation>,
    /// What it shares.
    pub screen: Option<VideoObservation>,
    pub audio: Option<AudioObservation>,
}

impl Remote {
    /// [`VideoObservation::shows_bars`] of its camera.
    #[must_use]
    pub fn shows_bars(&self) -> bool {
        self.video
            .as_ref()
            .is_some_and(VideoObservation::shows_bars)
    }

    /// [`AudioObservation::sounds`] of its microphone.
    #[must_use]
    pub fn sounds(&self, hz: u32) -> bool {
        self.audio.as_ref().is_some_and(|audio| audio.sounds(hz))
    }

    fn is(&self, who: &str) -> bool {
        self.identity == who
            || self.user.as_deref() == Some(who)
            || self
                .identity
                .strip_prefix(who)
                .is_some_and(|rest| rest.starts_with(':'))
    }
}

/// What the decryption worker reported about one participant since the join.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KeyErrors {
    pub missing_key: u64,
    pub invalid_key: u64,
    pub other: u64,
    /// Unix time in milliseconds of the last one.
    pub last_ms: Option<f64>,
}

/// A remote picture, decoded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VideoObservation {
    /// Decoded, over the last two seconds.
    pub frames_per_second: f64,
    /// Decoded since the join.
    pub frames: u64,
    /// Size of the decoded picture in pixels.
    pub width: u32,
    pub height: u32,
    /// `video/VP8`, `video/H264`.
    pub codec: String,
    /// Element Call shows it in a tile.
    pub shown: bool,
    /// Mean colours of a grid, 8 columns by 4 rows, row by row from the upper left; empty
    /// when nothing is shown.
    pub colours: Vec<Colour>,
    pub freezes: u64,
    /// Seconds frozen since the join.
    pub frozen_s: f64,
    pub packets_lost: i64,
    pub key_frame_requests: u64,
    pub bytes: u64,
}

/// Columns of [`VideoObservation::colours`].
pub const COLUMNS: usize = 8;

impl VideoObservation {
    /// Colour of a grid cell; column 0 to 7, row 0 to 3.
    #[must_use]
    pub fn colour(&self, column: usize, row: usize) -> Option<Colour> {
        self.colours.get(row * COLUMNS + column).copied()
    }

    /// Whether the picture is the bars of [`media`], as drawn by
    /// [`Pattern::Bars`](crate::Pattern::Bars). Only the upper three rows count: a name tag
    /// or the white square may be in the lowest.
    #[must_use]
    pub fn shows_bars(&self) -> bool {
        (0..3).all(|row| {
            media::BARS.iter().enumerate().all(|(column, bar)| {
                let colour = self.colour(column, row);
                colour.is_some_and(|colour| colour.distance(*bar) <= COLOUR_TOLERANCE)
            })
        })
    }
}

impl VideoObservation {
    /// Whether the picture grows brighter from top to bottom and has no colour: what a room of
    /// profile `sim` shares.
    #[must_use]
    pub fn shows_gradient(&self) -> bool {
        let cells = (0..3).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)));
        cells.into_iter().all(|(column, row)| {
            let pair = self.colour(column, row).zip(self.colour(column, row + 1));
            pair.is_some_and(|(above, below)| {
                let grey = Colour(above.1, above.1, above.1);
                above.distance(grey) <= COLOUR_TOLERANCE && above.1 + COLOUR_TOLERANCE < below.1
            })
        })
    }
}

/// Scaling, encoding and decoding move colours by less than this of 255.
const COLOUR_TOLERANCE: u8 = 30;
/// Half a bin of the analysis and some.
const TONE_TOLERANCE_HZ: f64 = 10.0;

/// Red, green, blue, 0 to 255.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// Largest difference in any of the three.
    #[must_use]
    pub fn distance(self, other: Self) -> u8 {
        let Self(r, g, b) = other;
        self.0
            .abs_diff(r)
            .max(self.1.abs_diff(g))
            .max(self.2.abs_diff(b))
    }
}

/// Remote sound, decoded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AudioObservation {
    /// Loudest moment of the last three seconds, in dB of full scale; -120 is silence.
    pub level_dbfs: f64,
    /// Loudest frequency at that moment; `None` in silence.
    pub tone_hz: Option<f64>,
    /// Sum of the squares of all samples since the join (`totalAudioEnergy`).
    pub energy: f64,
    /// Seconds of sound received, and of those made up for what was missing.
    pub received_s: f64,
    pub concealed_s: f64,
    pub packets_lost: i64,
    pub bytes: u64,
}

impl AudioObservation {
    /// Whether a tone of `hz` is what was loudest in the last three seconds.
    #[must_use]
    pub fn sounds(&self, hz: u32) -> bool {
        self.tone_hz
            .is_some_and(|tone| (tone - f64::from(hz)).abs() < TONE_TOLERANCE_HZ)
    }
}

/// One simulcast layer as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OutboundVideo {
    pub rid: Option<String>,
    pub active: bool,
    pub codec: String,
    pub width: u32,
    pub height: u32,
    /// Encoded, over the last two seconds.
    pub frames_per_second: f64,
    pub frames: u64,
    pub bytes: u64,
}

/// Unix times in milliseconds of this peer's steps; `None` until then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Timeline {
    /// The join button was pressed.
    pub pressed_ms: Option<f64>,
    /// The call with its hang-up button is shown.
    pub in_call_ms: Option<f64>,
    /// Its membership is in the room and a connection to an SFU carries media: others see it
    /// in the call.
    pub connected_ms: Option<f64>,
    /// The first remote picture was decoded.
    pub first_picture_ms: Option<f64>,
    /// The first remote sound that is not silence was decoded.
    pub first_sound_ms: Option<f64>,
}
