//! Media keys as frames use them, and the ring of a participant's keys.
//!
//! Derivation and ratchet are those of LiveKit's clients as Element Call sets them up
//! (HKDF-SHA256, AES-128-GCM, ring of 256, 10 ratchet steps, 10 tolerated failures).
//!
//! Invariant: key bytes are wiped on drop and never printed. A slot that failed more often
//! than tolerated is not tried again until it is set anew: a peer with a wrong key costs
//! eleven frames of work, not the whole call.

use std::collections::BTreeMap;
use std::fmt;

use aes_gcm::{AeadInPlace, Aes128Gcm, KeyInit, Nonce, Tag};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{IV_LENGTH, TAG_LENGTH};

const SALT: &[u8] = b"LKFrameEncryptionKey";
const INFO: [u8; 128] = [0; 128];
const RATCHET_STEPS: u32 = 10;
const TOLERATED_FAILURES: u32 = 10;

/// AES-128-GCM key of one index, with the material it was derived from.
#[derive(Clone)]
pub struct FrameKey {
    material: Zeroizing<Vec<u8>>,
    cipher: Aes128Gcm,
}

impl FrameKey {
    /// Derives the key from raw material (16 bytes from Element Call; any length is taken).
    #[must_use]
    pub fn derive(material: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; 16]);
        expand(material, key.as_mut_slice());
        Self {
            material: Zeroizing::new(material.to_vec()),
            cipher: Aes128Gcm::new((&*key).into()),
        }
    }

    /// The key that follows this one.
    #[must_use]
    pub fn ratchet(&self) -> Self {
        let mut next = Zeroizing::new([0; 32]);
        expand(&self.material, next.as_mut_slice());
        Self::derive(next.as_slice())
    }

    /// Encrypts `text` in place; `None` only for texts beyond GCM's limit of 64 GiB.
    pub(crate) fn encrypt(
        &self,
        iv: &[u8; IV_LENGTH],
        clear: &[u8],
        text: &mut [u8],
    ) -> Option<[u8; TAG_LENGTH]> {
        self.cipher
            .encrypt_in_place_detached(Nonce::from_slice(iv), clear, text)
            .ok()
            .map(Into::into)
    }

    /// Decrypts `text` in place; on `false` its content must not be used.
    fn decrypt(
        &self,
        iv: &[u8; IV_LENGTH],
        clear: &[u8],
        text: &mut [u8],
        tag: &[u8; TAG_LENGTH],
    ) -> bool {
        self.cipher
            .decrypt_in_place_detached(Nonce::from_slice(iv), clear, text, Tag::from_slice(tag))
            .is_ok()
    }
}

impl fmt::Debug for FrameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FrameKey(…)")
    }
}

fn expand(material: &[u8], output: &mut [u8]) {
    let done = Hkdf::<Sha256>::new(Some(SALT), material).expand(&INFO, output);
    debug_assert!(done.is_ok(), "16 and 32 bytes are valid HKDF lengths");
}

/// Why a sealed frame stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    NoKey,
    WrongKey,
}

/// Keys of one participant by index. Indexes stay usable for the whole call, since frames on
/// the way may still name an old one.
#[derive(Debug, Default)]
pub struct KeyRing {
    slots: BTreeMap<u8, Slot>,
}

#[derive(Debug)]
struct Slot {
    key: FrameKey,
    failures: u32,
}

impl KeyRing {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the key at `index` from raw material, replacing one that was there, and forgets
    /// its failures.
    pub fn set(&mut self, index: u8, material: &[u8]) {
        let key = FrameKey::derive(material);
        self.slots.insert(index, Slot { key, failures: 0 });
    }

    #[must_use]
    pub fn has(&self, index: u8) -> bool {
        self.slots.contains_key(&index)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Wipes every key.
    pub fn clear(&mut self) {
        self.slots.clear();
    }

    /// Decrypts `text`; tries ratcheted keys as LiveKit's clients do, and keeps the one that fits.
    pub(crate) fn unlock(
        &mut self,
        index: u8,
        iv: &[u8; IV_LENGTH],
        clear: &[u8],
        text: &[u8],
        tag: &[u8; TAG_LENGTH],
    ) -> Result<Vec<u8>, Locked> {
        let slot = self.slots.get_mut(&index).ok_or(Locked::NoKey)?;
        if slot.failures > TOLERATED_FAILURES {
            return Err(Locked::WrongKey);
        }
        let mut key = slot.key.clone();
        for step in 0..=RATCHET_STEPS {
            let mut plain = text.to_vec();
            if key.decrypt(iv, clear, &mut plain, tag) {
                slot.failures = 0;
                if step > 0 {
                    slot.key = key;
                }
                return Ok(plain);
            }
            key = key.ratchet();
        }
        slot.failures += 1;
        Err(Locked::WrongKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::tests::hex;

    fn raw() -> Vec<u8> {
        hex("000102030405060708090a0b0c0d0e0f")
    }

    fn aes_key(material: &[u8]) -> [u8; 16] {
        let mut key = [0; 16];
        expand(material, &mut key);
        key
    }

    #[test]
    fn derivation_and_ratchet_agree_with_the_published_vectors() {
        assert_eq!(
            aes_key(&raw()).to_vec(),
            hex("4086b4641064e1ae8b63d4eb83ad3e7e")
        );
        let next = FrameKey::derive(&raw()).ratchet();
        assert_eq!(
            *next.material,
            hex("4086b4641064e1ae8b63d4eb83ad3e7e878c21ab850a1f6b36c5954be5919e3a")
        );
        assert_eq!(
            aes_key(&next.material).to_vec(),
            hex("af61b566e2c6adff55bf8c20f94b4765")
        );
    }

    #[test]
    fn a_frame_under_a_ratcheted_key_opens_and_moves_the_slot_on() {
        let mut key = FrameKey::derive(&raw());
        for _ in 0..RATCHET_STEPS {
            key = key.ratchet();
        }
        let mut text = *b"hello";
        let tag = key.encrypt(&[9; 12], b"c", &mut text).unwrap();
        let mut ring = KeyRing::new();
        ring.set(3, &raw());
        for _ in 0..2 {
            let plain = ring.unlock(3, &[9; 12], b"c", &text, &tag);
            assert_eq!(plain.unwrap(), b"hello");
        }
        assert_eq!(
            ring.unlock(4, &[9; 12], b"c", &text, &tag),
            Err(Locked::NoKey)
        );
    }

    #[test]
    fn a_slot_that_failed_too_often_is_shut_until_it_is_set_anew() {
        let key = FrameKey::derive(&raw());
        let mut text = *b"hello";
        let tag = key.encrypt(&[9; 12], b"", &mut text).unwrap();
        let mut ring = KeyRing::new();
        ring.set(0, &raw());
        for _ in 0..=TOLERATED_FAILURES {
            let refused = ring.unlock(0, &[8; 12], b"", &text, &tag);
            assert_eq!(refused, Err(Locked::WrongKey));
        }
        let refused = ring.unlock(0, &[9; 12], b"", &text, &tag);
        assert_eq!(refused, Err(Locked::WrongKey));
        ring.set(0, &raw());
        assert!(ring.unlock(0, &[9; 12], b"", &text, &tag).is_ok());
    }

    #[test]
    fn debug_output_shows_no_key() {
        let mut ring = KeyRing::new();
        ring.set(0, &[7; 16]);
        assert!(!format!("{ring:?}").contains('7'));
    }
}
