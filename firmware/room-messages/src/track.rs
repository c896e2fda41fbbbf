//! Tracks: what a participant publishes, and what became of it here.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Identity, SfuId};

/// What a track carries (LiveKit's `TrackSource`).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Microphone,
    Camera,
    ScreenShare,
    ScreenShareAudio,
}

/// Whether a received track can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Decryption {
    /// No media frame has arrived yet.
    Waiting,
    /// Frames decrypt with keys from this participant.
    Decrypting,
    /// Frames name a key index this participant has not sent us.
    MissingKey { index: u8 },
    /// We have a key at this index, and frames do not decrypt with it.
    WrongKey { index: u8 },
    /// The track is not encrypted although the call is: it is not played.
    Refused,
    /// The call itself is not encrypted.
    Plain,
}

/// One track of another participant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerTrack {
    pub sfu: SfuId,
    pub identity: Identity,
    pub source: Source,
    /// LiveKit's track id, `TR_…`.
    pub sid: String,
    pub muted: bool,
    pub decryption: Decryption,
    /// Unix time in milliseconds at which `decryption` took its present value.
    pub since_ms: u64,
}

/// One track the room publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnTrack {
    pub source: Source,
    pub sid: String,
    pub muted: bool,
    /// Announced as GCM and encrypted frame by frame.
    pub encrypted: bool,
}

/// Figures of one track over the last second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrackStatistics {
    /// LiveKit identity of the participant; `None` for the room's own tracks.
    pub identity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Simulcast layer (`q`, `h`, `f`) of an own video track.
    pub rid: Option<String>,
    /// Codec as in SDP: `VP8`, `opus`.
    pub codec: String,
    pub width: u32,
    pub height: u32,
    /// Frames per second encoded (own) or decoded (others).
    pub frames_per_second: f64,
    /// Frames encoded (own) or decoded (others) since the track began.
    pub frames: u64,
    pub bits_per_second: u64,
    /// Packets lost in per cent of those expected.
    pub loss_percent: f64,
    pub jitter_ms: f64,
    pub round_trip_ms: Option<f64>,
    /// Frames that did not decrypt since the track began.
    pub decrypt_failures: u64,
    /// Loudness of the last second in dB of full scale (voice tracks).
    pub level_dbfs: Option<f64>,
    /// Loudest frequency of the last second in Hz (voice tracks); profile `sim` only.
    pub tone_hz: Option<f64>,
}
