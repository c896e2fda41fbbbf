//! The hash tree of a bundle, against what RAUC and veritysetup made.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use room_fleet::verity::{BLOCK, Checker, Verity, VerityError};
use sha2::{Digest as _, Sha256};

/// Made by RAUC 1.8: two images of random bytes, signed by a key that was thrown away.
const BUNDLE: &[u8] = include_bytes!("data/small.raucb");
const ROOT: &str = "56ff85f7b85ca86ecd8fab49f31090c23f6ffe0b36e525e90a7a323300115d3b";
const SALT: &str = "6ff2bb848dbec67f18d082ce95ea59137779a158a45d416d9a61139c0488f923";
const TREE: u64 = 4096;

fn check(file: &[u8]) -> Result<(), VerityError> {
    let verity = Verity::new(ROOT, SALT, TREE)?;
    let tail = file[file.len().saturating_sub(8)..]
        .try_into()
        .map_err(|_| VerityError::Layout)?;
    let payload = usize::try_from(verity.payload(file.len() as u64, tail)?).unwrap();
    let mut checker = Checker::new(verity);
    for block in file[..payload].as_chunks::<BLOCK>().0 {
        checker.block(block);
    }
    checker.finish(&file[payload..payload + usize::try_from(TREE).unwrap()])
}

#[test]
fn a_bundle_made_by_rauc_is_whole() {
    assert_eq!(check(BUNDLE), Ok(()));
}

#[test]
fn one_flipped_bit_anywhere_in_payload_or_tree_is_found() {
    let signed = BUNDLE.len()
        - 8
        - usize::try_from(u64::from_be_bytes(
            BUNDLE[BUNDLE.len() - 8..].try_into().unwrap(),
        ))
        .unwrap();
    let mut file = BUNDLE.to_vec();
    for at in (0..signed).step_by(97) {
        file[at] ^= 1 << (at % 8);
        assert_eq!(check(&file), Err(VerityError::Damaged), "byte {at}");
        file[at] ^= 1 << (at % 8);
    }
    assert_eq!(check(&file), Ok(()));
}

#[test]
fn a_truncated_bundle_is_never_taken_for_a_whole_one() {
    for length in (0..BUNDLE.len()).step_by(101) {
        assert!(check(&BUNDLE[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_tree_of_several_levels_is_the_one_veritysetup_makes() {
    let root = "3649638a0132289d1d1d5a99528343e139ab3173875b44c237fa16251336cd5d";
    let made = "9b66d93df594abdca68e1f2c98bb651ff4573842465879122957c936b9ea6a7a";
    let blocks: Vec<[u8; BLOCK]> = (0..300_u32)
        .map(|i| [u8::try_from(i % 251).unwrap(); BLOCK])
        .collect();
    let tree = tree_of(&blocks, &[0x00, 0x11, 0x22, 0x33]);
    assert_eq!(hex(&Sha256::digest(&tree)), made);
    let mut checker = Checker::new(Verity::new(root, "00112233", tree.len() as u64).unwrap());
    for block in &blocks {
        checker.block(block);
    }
    assert_eq!(checker.finish(&tree), Ok(()));
}

/// Two levels, written here a second time and plainly.
fn tree_of(blocks: &[[u8; BLOCK]], salt: &[u8]) -> Vec<u8> {
    let hash = |block: &[u8]| {
        Sha256::new()
            .chain_update(salt)
            .chain_update(block)
            .finalize()
    };
    let mut low: Vec<u8> = blocks
        .iter()
        .flat_map(|block| hash(block.as_slice()))
        .collect();
    low.resize(low.len().next_multiple_of(BLOCK), 0);
    let mut top: Vec<u8> = low.chunks(BLOCK).flat_map(hash).collect();
    top.resize(BLOCK, 0);
    [top, low].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    let verity = Verity::new(ROOT, SALT, TREE).unwrap();
    for (size, signature) in [
        (0, 0),
        (8, 0),
        (5000, u64::MAX),
        (8 + 4096, 0),
        (8 + 4096 + 100, 0),
    ] {
        assert!(verity.payload(size, u64::to_be_bytes(signature)).is_err());
    }
    assert_eq!(verity.payload(8 + 3 * 4096, [0; 8]), Ok(2 * 4096));
    for (root, salt) in [("", SALT), ("zz", SALT), (SALT, "é0"), (&ROOT[1..], SALT)] {
        assert!(Verity::new(root, salt, TREE).is_err());
    }
}
