//! What signalling says of a track, and whether it may be played.

use room_frames::Codec;
use room_messages::{Decryption, Identity, Source};

/// Side of the largest picture shown, in pixels; a hostile sender may state 16383.
pub(super) const MAX_SIDE: u32 = 4096;

/// One track as signalling announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackInfo {
    /// LiveKit's track id, `TR_…`.
    pub sid: String,
    pub identity: Identity,
    pub source: Source,
    /// Codec name or mime type; empty when not known yet.
    pub codec: String,
    /// Announced as encrypted frame by frame (LiveKit's `GCM`).
    pub encrypted: bool,
    pub muted: bool,
}

/// What may be done with the media of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Of somebody who is not in the call: not looked at.
    Ignored,
    /// Unencrypted in an encrypted call: not played, and said so.
    Refused,
    /// Opened with its sender's keys.
    Sealed,
    /// Played as it is: the call has no encryption.
    Plain,
}

impl Admission {
    pub(super) const fn of(call_encrypted: bool, track_encrypted: bool, in_roster: bool) -> Self {
        match (in_roster, call_encrypted, track_encrypted) {
            (false, _, _) => Self::Ignored,
            (true, true, false) => Self::Refused,
            (true, _, true) => Self::Sealed,
            (true, false, false) => Self::Plain,
        }
    }

    /// What is known before the first frame.
    pub(super) const fn at_first(self) -> Decryption {
        match self {
            Self::Ignored | Self::Sealed => Decryption::Waiting,
            Self::Refused => Decryption::Refused,
            Self::Plain => Decryption::Plain,
        }
    }
}

/// The codec of a track: what signalling says, else what the pad's caps say.
pub(super) fn codec_of(info: &TrackInfo, caps: &str) -> Option<Codec> {
    Codec::from_name(caps).or_else(|| Codec::from_name(&info.codec))
}

pub(super) const fn is_video(source: Source) -> bool {
    matches!(source, Source::Camera | Source::ScreenShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Admission::{Ignored, Plain, Refused, Sealed};

    #[test]
    fn only_members_are_played_and_nothing_unencrypted_in_an_encrypted_call() {
        let table = [
            ((true, true, true), Sealed),
            ((true, false, true), Refused),
            ((false, false, true), Plain),
            ((false, true, true), Sealed),
            ((true, true, false), Ignored),
            ((true, false, false), Ignored),
            ((false, false, false), Ignored),
        ];
        for ((call, track, roster), expected) in table {
            assert_eq!(Admission::of(call, track, roster), expected);
        }
    }
}
