//! Room in the cache: every change of a daemon makes another root, kernel image and disk, half a
//! gigabyte together, and nobody comes back to those of last week.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::wrong;
use crate::Result;

/// Folders of one kind that stay.
const KEPT: usize = 4;

/// Notes that a folder is used now.
pub fn used(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|open| open.set_modified(SystemTime::now()))
        .map_err(wrong("open", folder))
}

/// Removes the folders of `done`'s kind that were not used for longest; `done` stays.
pub fn make_beside(done: &Path) -> Result<()> {
    used(done)?;
    let (Some(folder), Some(kind)) = (done.parent(), kind(done)) else {
        return Ok(());
    };
    let entries = fs::read_dir(folder).map_err(wrong("read", folder))?;
    let same = entries.flatten().map(|entry| entry.path());
    let mut same: Vec<(SystemTime, PathBuf)> = same
        .filter(|path| self::kind(path) == Some(kind))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    same.sort();
    let old = same.len().saturating_sub(KEPT);
    for (_, path) in same.into_iter().take(old) {
        fs::remove_dir_all(&path).map_err(wrong("remove", &path))?;
    }
    Ok(())
}

/// What stands before the key: `root-test-0.1.0` of `root-test-0.1.0-0123456789abcdef`.
fn kind(path: &Path) -> Option<&str> {
    let (kind, key) = path.file_name()?.to_str()?.rsplit_once('-')?;
    let is_key = key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key.then_some(kind)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_oldest_of_a_kind_go_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let add = |name: &str, days: u64| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            let then = now - Duration::from_secs(days * 86_400);
            File::open(&path).unwrap().set_modified(then).unwrap();
            path
        };
        let old: Vec<_> = (1..=6)
            .map(|day| add(&format!("root-000000000000000{day}"), day))
            .collect();
        let others = [add("disk-0000000000000009", 99), add("root-keys", 99)];
        used(&old[5]).unwrap();
        let done = add("root-0000000000000000", 50);
        make_beside(&done).unwrap();
        let kept = |path: &PathBuf| path.exists();
        assert!(kept(&done) && others.iter().all(kept));
        let stay: Vec<bool> = old.iter().map(kept).collect();
        assert_eq!(stay, [true, true, false, false, false, true]);
    }
}
