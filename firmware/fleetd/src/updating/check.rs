//! Reads a bundle from end to end and compares it with what was signed.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use room_fleet::Refusal;
use room_fleet::verity::{BLOCK, Checker, Verity, VerityError};

/// Largest hash tree read, in bytes: that of 16 GiB.
const MAX_TREE: u64 = 256 * 1024 * 1024;

/// Blocks; on a slow card this takes a minute, hence a thread of its own.
///
/// # Errors
/// [`Refusal::Damaged`], or [`Refusal::NotFound`] when it cannot be read.
pub fn whole(bundle: &Path, verity: Verity) -> Result<(), Refusal> {
    match read(bundle, verity) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Refusal::Damaged),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Refusal::NotFound),
        Err(error) => {
            tracing::warn!(%error, "the bundle cannot be read");
            Err(Refusal::Damaged)
        }
    }
}

fn read(bundle: &Path, verity: Verity) -> io::Result<Result<(), VerityError>> {
    let mut file = File::open(bundle)?;
    let size = file.metadata()?.len();
    let mut tail = [0; 8];
    file.seek(SeekFrom::End(-8))?;
    file.read_exact(&mut tail)?;
    let tree_size = verity.tree_size;
    let payload = match verity.payload(size, tail) {
        Ok(payload) if tree_size <= MAX_TREE => payload,
        _ => return Ok(Err(VerityError::Layout)),
    };
    file.seek(SeekFrom::Start(0))?;
    let mut reader = io::BufReader::with_capacity(1024 * 1024, file);
    let mut checker = Checker::new(verity);
    let mut block = [0; BLOCK];
    for _ in 0..payload / BLOCK as u64 {
        reader.read_exact(&mut block)?;
        checker.block(&block);
    }
    let mut tree = Vec::new();
    reader.take(tree_size).read_to_end(&mut tree)?;
    Ok(checker.finish(&tree))
}
