//! Which tests of the image have passed with the very same inputs: `cargo xtask test` does not repeat
//! those, as it does not rebuild what is built.
//!
//! What goes in: both images, by the keys of all that they are made of; the test's own program and
//! what of this checkout it is compiled with. Deliberately absent: what this machine has else (kernel,
//! QEMU) and the versions of libraries: `cargo xtask test images` always runs.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Image, difference, digest, folder, wrong};
use crate::{Result, places};

/// What every program of these tests is made of, besides its own files.
const SHARED: [&str; 1] = ["tests/images/src"];
/// And what those are made of that have servers and people outside the board.
const OUTSIDE: [&str; 3] = ["tests/peers/src", "tests/scenarios/src", "tests/stack/src"];
/// In such a program.
const HAS_OUTSIDE: &str = "salle_scenarios";

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
        let own = places::checkout().join("tests/images/tests").join(program);
        let own = if own.is_dir() {
            own
        } else {
            own.with_extension("rs")
        };
        tree(&own, &mut inputs)?;
        let outside: &[&str] = if mentions(&own, HAS_OUTSIDE)? {
            &OUTSIDE
        } else {
            &[]
        };
        for path in SHARED.iter().chain(outside) {
            tree(&places::checkout().join(path), &mut inputs)?;
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

/// Whether a file, or one of a folder, has this word in it.
fn mentions(path: &Path, word: &str) -> Result<bool> {
    for file in files(path)? {
        let text = fs::read_to_string(&file).map_err(wrong("read", &file))?;
        if text.contains(word) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Names and digests of all files, sorted.
fn tree(path: &Path, into: &mut Vec<Vec<u8>>) -> Result<()> {
    for file in files(path)? {
        let name = file.file_name().unwrap_or_default();
        into.push(name.to_string_lossy().into_owned().into_bytes());
        into.push(digest::of_file(&file)?.into_bytes());
    }
    Ok(())
}

/// A file itself, or all below a folder, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let all = difference::files(path)?.into_iter();
    let files = all.filter(|(_, about)| about.is_file());
    Ok(files.map(|(name, _)| path.join(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_people_outside_depends_on_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("call")).unwrap();
        fs::write(
            folder.path().join("call/unit.rs"),
            "use salle_scenarios::Scene;",
        )
        .unwrap();
        assert!(mentions(folder.path(), HAS_OUTSIDE).unwrap());
        assert!(!mentions(folder.path(), "salle_other").unwrap());
    }

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
