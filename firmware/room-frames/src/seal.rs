//! Sealing frames: LiveKit's frame encryption, sending side.
//!
//! Layout: clear header, AES-GCM ciphertext, 16-byte tag, 12-byte IV, `0x0c`, key index; for
//! H.264 all after the clear header is escaped against start codes.
//!
//! Invariant: every frame gets a fresh random 96-bit IV. One key seals all tracks and layers
//! of the room; counters per track would have to be kept apart by all of them, random IVs
//! need not, and stay safe for 2^32 frames under one key (years at 100 frames a second).

use crate::key::FrameKey;
use crate::{Codec, IV_LENGTH, MAX_FRAME, SEAL_OVERHEAD, h264};

/// An IV that fits is found in two tries on average; this many never fail by chance.
const IV_TRIES: u32 = 512;

/// Seals frames with the room's own key.
#[derive(Clone, Debug)]
pub struct Sealer {
    key: FrameKey,
    index: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("a {} frame of {length} bytes has no place for its clear header", codec.name())]
    TooShort { codec: Codec, length: usize },
    #[error("a frame of {0} bytes is longer than {MAX_FRAME}")]
    TooLong(usize),
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

impl Sealer {
    /// From raw key material (before derivation).
    #[must_use]
    pub fn new(index: u8, material: &[u8]) -> Self {
        Self {
            key: FrameKey::derive(material),
            index,
        }
    }

    #[must_use]
    pub const fn index(&self) -> u8 {
        self.index
    }

    /// Seals one whole encoded frame. An empty frame (DTX) passes as it is. H.264 must be a
    /// byte stream; its start codes are made 4 bytes long and access unit delimiters dropped,
    /// because the receiver rebuilds it so and the clear header is authenticated.
    ///
    /// # Errors
    /// When the frame is shorter than its clear header, too long, or randomness fails.
    pub fn seal(&self, codec: Codec, frame: &[u8]) -> Result<Vec<u8>, SealError> {
        if frame.len() > MAX_FRAME {
            return Err(SealError::TooLong(frame.len()));
        }
        if frame.is_empty() {
            return Ok(Vec::new());
        }
        if codec == Codec::H264 {
            let frame = h264::normalise(frame);
            return self.seal_normal(codec, &frame);
        }
        self.seal_normal(codec, frame)
    }

    fn seal_normal(&self, codec: Codec, frame: &[u8]) -> Result<Vec<u8>, SealError> {
        let too_short = SealError::TooShort {
            codec,
            length: frame.len(),
        };
        let clear = codec.clear_length(frame).ok_or(too_short)?;
        let iv = self.fresh_iv(codec, frame.get(clear))?;
        self.seal_with_iv(codec, frame, clear, iv).ok_or(too_short)
    }

    /// A random IV. For H.264 one without zero bytes, whose key stream sets the top bit of the
    /// first encrypted byte: libwebrtc reads the picture parameter set number out of that
    /// byte, and drops key frames when it names a set that does not exist. 1 means set 0.
    fn fresh_iv(&self, codec: Codec, first: Option<&u8>) -> Result<[u8; IV_LENGTH], SealError> {
        let mut iv = [0; IV_LENGTH];
        for _ in 0..IV_TRIES {
            getrandom::fill(&mut iv).map_err(SealError::Random)?;
            if codec != Codec::H264 || (!iv.contains(&0) && self.tops(&iv, first)) {
                break;
            }
        }
        Ok(iv)
    }

    fn tops(&self, iv: &[u8; IV_LENGTH], first: Option<&u8>) -> bool {
        let Some(first) = first else {
            return true;
        };
        let mut byte = [*first];
        self.key.encrypt(iv, &[], &mut byte).is_some() && byte[0] & 0x80 != 0
    }

    /// Private: the same IV must never be used twice under one key.
    fn seal_with_iv(
        &self,
        codec: Codec,
        frame: &[u8],
        clear: usize,
        iv: [u8; IV_LENGTH],
    ) -> Option<Vec<u8>> {
        let mut sealed = Vec::with_capacity(frame.len() + SEAL_OVERHEAD);
        sealed.extend_from_slice(frame);
        let (header, text) = sealed.split_at_mut_checked(clear)?;
        let tag = self.key.encrypt(&iv, header, text)?;
        sealed.extend_from_slice(&tag);
        sealed.extend_from_slice(&iv);
        sealed.extend_from_slice(&[IV_LENGTH as u8, self.index]);
        if codec == Codec::H264 {
            let secret = sealed.split_off(clear);
            h264::escape(&secret, &mut sealed);
        }
        Some(sealed)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    /// Codec, key index, IV, frame, sealed frame.
    type Vector = (Codec, u8, Vec<u8>, Vec<u8>, Vec<u8>);

    /// LiveKit's vectors.
    pub(crate) fn vectors() -> [Vector; 3] {
        let iv = hex("11223344000186a00001869b");
        [
            (
                Codec::Opus,
                3,
                iv.clone(),
                hex("7801020304050607"),
                hex("78913b895c718935f20581a4d209adea28784df0fadb049511223344000186a00001869b0c03"),
            ),
            (
                Codec::Vp8,
                3,
                iv,
                hex("310200090807060504030201"),
                hex(
                    "31020099318d5e718b3151ae72bdea8aa454f221a0a34d8a40a3734211223344000186a00001869b0c03",
                ),
            ),
            (
                Codec::H264,
                0,
                hex("000000010000000000000000"),
                hex("000000016742c01f0000000168ce00000001658884102030"),
                hex(
                    "000000016742c01f0000000168ce000000016588fb2dd1ecc2e6cc9cd4c0e1e8ad8c4598e9e90f07000003000100000300000300000300000c00",
                ),
            ),
        ]
    }

    pub(crate) fn raw_key() -> Vec<u8> {
        (0..16).collect()
    }

    #[test]
    fn sealed_frames_agree_with_the_published_vectors() {
        for (codec, index, iv, frame, sealed) in vectors() {
            let sealer = Sealer::new(index, &raw_key());
            let clear = codec.clear_length(&frame).unwrap();
            let made = sealer.seal_with_iv(codec, &frame, clear, iv.try_into().unwrap());
            assert_eq!(made.unwrap(), sealed, "{codec:?}");
        }
    }

    #[test]
    fn no_two_frames_share_an_iv() {
        let sealer = Sealer::new(0, &raw_key());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..2000 {
            let sealed = sealer.seal(Codec::Opus, b"same frame").unwrap();
            assert!(seen.insert(sealed[sealed.len() - 14..].to_vec()));
        }
    }

    #[test]
    fn h264_ivs_have_no_zero_and_set_the_first_encrypted_bit() {
        let sealer = Sealer::new(0, &raw_key());
        let frame = hex("000000016588841020300405");
        for _ in 0..200 {
            let sealed = sealer.seal(Codec::H264, &frame).unwrap();
            assert!(sealed[6] & 0x80 != 0);
            assert!(!sealed[sealed.len() - 14..sealed.len() - 2].contains(&0));
        }
    }

    #[test]
    fn empty_frames_pass_and_impossible_ones_are_refused() {
        let sealer = Sealer::new(0, &raw_key());
        assert_eq!(sealer.seal(Codec::Opus, &[]), Ok(Vec::new()));
        assert!(sealer.seal(Codec::Vp8, &[1, 2]).is_err());
        assert!(sealer.seal(Codec::H264, &[1, 2, 3, 4, 5, 6]).is_err());
        assert!(sealer.seal(Codec::Opus, &vec![0; MAX_FRAME + 1]).is_err());
    }
}
