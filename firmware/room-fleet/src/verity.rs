//! The hash tree of a verity bundle, computed from its bytes before anything is installed.
//!
//! RAUC checks each block while it is read, and so finds a damaged one only when half a slot is
//! already written over. Checked beforehand, a damaged file costs nothing. The form is dm-verity's
//! version 1 as RAUC uses it: SHA-256 of salt and block, 4096-byte blocks, levels from the top
//! down behind the payload, no superblock.
//! Invariant: memory is a hundredth of the payload at most; payloads are bounded by [`MAX_BLOCKS`].

use sha2::{Digest as _, Sha256};

/// Bytes of a block.
pub const BLOCK: usize = 4096;
const HASH: usize = 32;
/// 16 GiB.
pub const MAX_BLOCKS: u64 = 4 * 1024 * 1024;

/// What the signed manifest says of the tree.
#[derive(Clone, PartialEq, Eq)]
pub struct Verity {
    pub root: [u8; HASH],
    pub salt: Vec<u8>,
    /// Bytes of the tree behind the payload.
    pub tree_size: u64,
}

impl std::fmt::Debug for Verity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verity")
            .field("tree_size", &self.tree_size)
            .finish_non_exhaustive()
    }
}

/// The file is not what was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerityError {
    #[error("the bundle's lengths do not fit together")]
    Layout,
    #[error("the bundle's content is not what was signed")]
    Damaged,
}

impl Verity {
    /// From the manifest's hexadecimal texts.
    ///
    /// # Errors
    /// When they are none.
    pub fn new(root: &str, salt: &str, tree_size: u64) -> Result<Self, VerityError> {
        let root = unhex(root).and_then(|bytes| bytes.try_into().ok());
        let salt = unhex(salt).filter(|salt| salt.len() <= 256);
        Ok(Self {
            root: root.ok_or(VerityError::Layout)?,
            salt: salt.ok_or(VerityError::Layout)?,
            tree_size,
        })
    }

    /// Bytes of the payload of a file of `file_size` bytes whose last eight bytes are `tail`
    /// (the size of the signature, big-endian).
    ///
    /// # Errors
    /// When the lengths do not fit together.
    pub fn payload(&self, file_size: u64, tail: [u8; 8]) -> Result<u64, VerityError> {
        let signature = u64::from_be_bytes(tail);
        let payload = file_size
            .checked_sub(8)
            .and_then(|rest| rest.checked_sub(signature))
            .and_then(|rest| rest.checked_sub(self.tree_size))
            .ok_or(VerityError::Layout)?;
        let blocks = payload / BLOCK as u64;
        if payload % BLOCK as u64 != 0 || !(1..=MAX_BLOCKS).contains(&blocks) {
            return Err(VerityError::Layout);
        }
        Ok(payload)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.map(byte).collect()
}

/// Takes the payload block by block, then the tree.
#[derive(Clone, Debug)]
pub struct Checker {
    verity: Verity,
    leaves: Vec<u8>,
}

impl Checker {
    #[must_use]
    pub fn new(verity: Verity) -> Self {
        Self {
            verity,
            leaves: Vec::new(),
        }
    }

    /// The next block of the payload.
    pub fn block(&mut self, block: &[u8; BLOCK]) {
        let hash = hash(&self.verity.salt, block);
        self.leaves.extend_from_slice(&hash);
    }

    /// The stored tree; everything was fed.
    ///
    /// # Errors
    /// When payload or tree is not what was signed.
    pub fn finish(self, tree: &[u8]) -> Result<(), VerityError> {
        let salt = &self.verity.salt;
        let mut levels: Vec<Vec<u8>> = Vec::new();
        let mut hashes = self.leaves;
        while hashes.len() > HASH {
            hashes.resize(hashes.len().next_multiple_of(BLOCK), 0);
            let above = hashes.chunks(BLOCK).flat_map(|block| hash(salt, block));
            let above = above.collect();
            levels.push(std::mem::replace(&mut hashes, above));
        }
        let computed: Vec<u8> = levels.into_iter().rev().flatten().collect();
        if hashes == self.verity.root && computed == tree {
            Ok(())
        } else {
            Err(VerityError::Damaged)
        }
    }
}

fn hash(salt: &[u8], block: &[u8]) -> [u8; HASH] {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(block);
    hasher.finalize().into()
}
