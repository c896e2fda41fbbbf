//! Frames the SFU makes up when a track is muted or ends ("server injected frames").
//!
//! They are not encrypted; they end with a trailer the SFU names once per call. Everybody in
//! the call knows the trailer, so it proves nothing: only the few known pictures of nothing
//! count as fillers, and even those are dropped.

use crate::Codec;

const VP8: &[u8] = &[
    0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x08, 0x00, 0x08, 0x00, 0x00, 0x47, 0x08, 0x85, 0x85, 0x88,
    0x85, 0x84, 0x88, 0x02, 0x02, 0x00, 0x0c, 0x0d, 0x60, 0x00, 0xfe, 0xff, 0xab, 0x50, 0x80,
];
const OPUS_SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// Sequence set, picture set and picture of 2x2 pixels are shorter, start codes included.
const H264_LONGEST: usize = 64;
/// LiveKit's trailers have 32 bytes.
const LONGEST_TRAILER: usize = 256;

/// The trailer of one SFU connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SifTrailer(Vec<u8>);

impl SifTrailer {
    /// From the join response; empty or overlong ones recognise nothing.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() > LONGEST_TRAILER {
            return Self::none();
        }
        Self(bytes.to_vec())
    }

    /// Recognises nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether `frame` is one of the SFU's own, with or without content we could decode.
    #[must_use]
    pub fn is_filler(&self, codec: Codec, frame: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        frame
            .strip_suffix(self.0.as_slice())
            .is_some_and(|content| is_known(codec, content))
    }
}

fn is_known(codec: Codec, content: &[u8]) -> bool {
    match codec {
        Codec::Vp8 => content == VP8,
        Codec::Opus => content
            .strip_prefix(&OPUS_SILENCE)
            .is_some_and(|rest| rest.iter().all(|byte| *byte == 0)),
        Codec::H264 => content.len() <= H264_LONGEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyRing, Opened, open};

    #[test]
    fn fillers_are_recognised_and_count_as_no_failure() {
        let sif = SifTrailer::new(b"0123456789abcdefghijklmnopqrstuv");
        let mut silence = vec![0xf8, 0xff, 0xfe];
        silence.resize(80, 0);
        for (codec, content) in [(Codec::Vp8, VP8.to_vec()), (Codec::Opus, silence)] {
            let mut keys = KeyRing::new();
            let frame = [content.as_slice(), &sif.0].concat();
            assert_eq!(open(codec, &frame, &mut keys, &sif), Opened::Filler);
            let unknown = [&[1; 40], sif.0.as_slice()].concat();
            let opened = open(codec, &unknown, &mut keys, &sif);
            assert_eq!(opened, Opened::NotSealed);
        }
    }

    #[test]
    fn without_a_trailer_nothing_is_a_filler() {
        assert!(!SifTrailer::none().is_filler(Codec::Vp8, VP8));
        assert!(!SifTrailer::new(&[7; 300]).is_filler(Codec::H264, &[7; 300]));
    }
}
