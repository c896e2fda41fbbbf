//! One build folder for all checkouts, used by one after the other.
//!
//! Cargo knows a crate of the workspace by its path inside the workspace, and takes it for
//! built when its files are older than what was built. So a second checkout would run the
//! first one's programs. Whoever comes from another checkout makes its own files newer first;
//! libraries from the registry stay warm.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// Names the checkout that built here last.
const STAMP: &str = "checkout";
/// Where the workspace has its crates, and the fuzz targets theirs.
const CRATES: [&str; 3] = ["firmware", "board", "tests"];

/// Makes what is built in `target` from now on come from `checkout`.
pub fn claim(target: &Path, checkout: &Path) -> io::Result<()> {
    let stamp = target.join(STAMP);
    let here = checkout.as_os_str().as_encoded_bytes();
    if fs::read(&stamp).is_ok_and(|last| last == here) {
        return Ok(());
    }
    for folder in CRATES {
        touch(&checkout.join(folder), SystemTime::now())?;
    }
    fs::create_dir_all(target)?;
    fs::write(stamp, here)
}

fn touch(folder: &Path, now: SystemTime) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            touch(&path, now)?;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            File::options().append(true).open(path)?.set_modified(now)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_comes_from_another_checkout_builds_anew() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        let sources = ["one", "two"].map(|name| {
            let source = folder.path().join(name).join("firmware/a/src/lib.rs");
            fs::create_dir_all(source.parent().unwrap()).unwrap();
            fs::write(&source, "").unwrap();
            source
        });
        let long_ago = SystemTime::UNIX_EPOCH;
        let built_anew = |name: &str, source: &Path| {
            let file = File::options().append(true).open(source).unwrap();
            file.set_modified(long_ago).unwrap();
            claim(&target, &folder.path().join(name)).unwrap();
            fs::metadata(source).unwrap().modified().unwrap() > long_ago
        };
        assert!(built_anew("one", &sources[0]));
        assert!(!built_anew("one", &sources[0]));
        assert!(built_anew("two", &sources[1]));
        assert!(built_anew("one", &sources[0]));
    }
}
