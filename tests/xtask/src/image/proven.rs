//! Which tests of the image have passed with the very same inputs: `cargo xtask test` does not repeat
//! those, as it does not rebuild what is built.
//!
//! What goes in: both images, by the keys of all that they are made of; the test's own program and
//! what it is compiled with. Deliberately absent: what this machine has else (kernel, QEMU): `cargo xtask
//! test images` always runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Image, digest, folder, wrong};
use crate::{Result, places};

/// What every program of these tests is made of, besides its own files.
const SHARED: [&str; 6] = [
    "Cargo.lock",
    "tests/images/Cargo.toml",
    "tests/images/src",
    "tests/peers/src",
    "tests/scenarios/src",
    "tests/stack/src",
];

/// One test of one program, as cargo names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    pub program: String,
    pub name: String,
}

/// Where the proof of each test of a program lies, with these images.
#[derive(Debug)]
pub struct Proofs {
    folder: PathBuf,
}

impl Proofs {
    pub fn of(program: &str, image: &Image, next: &Image) -> Result<Self> {
        let mut inputs = Vec::new();
        for image in [image, next] {
            let name = image.folder.file_name().unwrap_or_default();
            inputs.push(name.to_string_lossy().into_owned().into_bytes());
        }
        let own = format!("tests/images/tests/{program}");
        let files = SHARED.map(str::to_owned).into_iter();
        for path in files.chain([format!("{own}.rs"), own]) {
            let path = places::checkout().join(path);
            if path.exists() {
                tree(&path, &mut inputs)?;
            }
        }
        let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
        let name = format!("passed-{program}-{}", digest::key(&inputs)?);
        Ok(Self {
            folder: folder(&name)?,
        })
    }

    pub fn has(&self, test: &Test) -> bool {
        self.file(test).exists()
    }

    pub fn keep(&self, test: &Test) -> Result<()> {
        let file = self.file(test);
        fs::write(&file, "").map_err(wrong("write", &file))
    }

    fn file(&self, test: &Test) -> PathBuf {
        self.folder.join(test.name.replace("::", "."))
    }
}

/// Names and digests of all files, sorted.
fn tree(path: &Path, into: &mut Vec<Vec<u8>>) -> Result<()> {
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(wrong("read", path))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        return paths.iter().try_for_each(|path| tree(path, into));
    }
    let name = path.file_name().unwrap_or_default();
    into.push(name.to_string_lossy().into_owned().into_bytes());
    into.push(digest::of_file(path)?.into_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_or_name_is_another_input() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.rs");
        let inputs = |path: &Path| {
            let mut into = Vec::new();
            tree(path, &mut into).unwrap();
            into
        };
        fs::write(&file, "1").unwrap();
        let before = inputs(folder.path());
        assert_eq!(before, inputs(folder.path()));
        fs::write(&file, "2").unwrap();
        assert_ne!(before, inputs(folder.path()));
        fs::write(&file, "1").unwrap();
        fs::rename(&file, folder.path().join("b.rs")).unwrap();
        assert_ne!(before, inputs(folder.path()));
    }
}
