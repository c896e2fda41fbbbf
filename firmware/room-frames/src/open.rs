//! Opening sealed frames: LiveKit's frame encryption, receiving side.
//!
//! Invariant: [`Opened::Frame`] is authenticated content of this participant. A frame the SFU
//! made up ([`Opened::Filler`]) is named but not handed on, and never counts as a failure.

use crate::key::{KeyRing, Locked};
use crate::sif::SifTrailer;
use crate::{Codec, IV_LENGTH, MAX_FRAME, SEAL_OVERHEAD, TAG_LENGTH, h264};

/// What became of a received frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Decrypted and authentic.
    Frame(Vec<u8>),
    /// Of length zero (DTX): nothing to decode.
    Empty,
    /// Inserted by the SFU when a track is muted or ends.
    Filler,
    /// The participant has not sent us the key at this index.
    MissingKey { index: u8 },
    /// There is a key at this index, and it does not fit.
    WrongKey { index: u8 },
    /// Not the layout of a sealed frame at all: damaged, or sent unencrypted.
    NotSealed,
}

/// Opens one whole frame as it came from the depayloader, with the keys of its sender.
pub fn open(codec: Codec, frame: &[u8], keys: &mut KeyRing, sif: &SifTrailer) -> Opened {
    if frame.is_empty() {
        return Opened::Empty;
    }
    if sif.is_filler(codec, frame) {
        return Opened::Filler;
    }
    if frame.len() > 2 * MAX_FRAME {
        return Opened::NotSealed;
    }
    open_sealed(codec, frame, keys).unwrap_or(Opened::NotSealed)
}

fn open_sealed(codec: Codec, frame: &[u8], keys: &mut KeyRing) -> Option<Opened> {
    let clear_length = codec.clear_length(frame)?;
    let (clear, rest) = frame.split_at_checked(clear_length)?;
    if rest.len() < SEAL_OVERHEAD {
        return None;
    }
    let unescaped;
    let rest = if codec == Codec::H264 {
        unescaped = h264::unescape(rest);
        &unescaped
    } else {
        rest
    };
    let (rest, [iv_length, index]) = rest.split_last_chunk::<2>()?;
    // Every client sends 12 bytes; AES-GCM with another length is another cipher.
    if usize::from(*iv_length) != IV_LENGTH {
        return None;
    }
    let (rest, iv) = rest.split_last_chunk::<IV_LENGTH>()?;
    let (text, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
    let index = *index;
    Some(match keys.unlock(index, iv, clear, text, tag) {
        Ok(plain) => Opened::Frame([clear, &plain].concat()),
        Err(Locked::NoKey) => Opened::MissingKey { index },
        Err(Locked::WrongKey) => Opened::WrongKey { index },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sealer;
    use crate::seal::tests::{raw_key, vectors};

    fn ring(index: u8) -> KeyRing {
        let mut ring = KeyRing::new();
        ring.set(index, &raw_key());
        ring
    }

    #[test]
    fn published_vectors_open() {
        for (codec, index, _, frame, sealed) in vectors() {
            let opened = open(codec, &sealed, &mut ring(index), &SifTrailer::none());
            assert_eq!(opened, Opened::Frame(frame), "{codec:?}");
        }
    }

    #[test]
    fn no_bit_of_a_sealed_frame_can_be_flipped() {
        for (codec, index, _, _, sealed) in vectors() {
            for bit in 0..sealed.len() * 8 {
                let mut damaged = sealed.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let opened = open(codec, &damaged, &mut ring(index), &SifTrailer::none());
                assert!(!matches!(opened, Opened::Frame(_)), "{codec:?} bit {bit}");
            }
        }
    }

    #[test]
    fn a_missing_and_a_wrong_key_are_told_apart() {
        let sealed = Sealer::new(7, &raw_key())
            .seal(Codec::Opus, b"frame")
            .unwrap();
        let sif = SifTrailer::none();
        let mut keys = ring(6);
        let opened = open(Codec::Opus, &sealed, &mut keys, &sif);
        assert_eq!(opened, Opened::MissingKey { index: 7 });
        keys.set(7, &[1; 16]);
        let opened = open(Codec::Opus, &sealed, &mut keys, &sif);
        assert_eq!(opened, Opened::WrongKey { index: 7 });
        keys.set(7, &raw_key());
        let opened = open(Codec::Opus, &sealed, &mut keys, &sif);
        assert_eq!(opened, Opened::Frame(b"frame".to_vec()));
    }

    #[test]
    fn unencrypted_and_empty_frames_never_open() {
        let (mut keys, sif) = (ring(0), SifTrailer::none());
        let plain = vec![0x55; 100];
        assert_eq!(
            open(Codec::Opus, &plain, &mut keys, &sif),
            Opened::NotSealed
        );
        assert_eq!(open(Codec::Opus, &[], &mut keys, &sif), Opened::Empty);
    }
}
