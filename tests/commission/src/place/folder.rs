//! A folder: of a mounted stick, or any other.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::NAME;

/// `statfs` says so of FAT, whichever of its widths.
const FAT: i64 = 0x4d44;

#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// # Errors
    /// When there is no such folder, or nothing can be written to it.
    pub fn open(path: &Path) -> Result<Self, String> {
        if !path.is_dir() {
            return Err(format!(
                "{} is not a folder. Plug the stick in, mount it, and give the folder it is mounted at.",
                path.display()
            ));
        }
        // Asking the system would miss a stick whose switch is on read-only.
        tempfile::tempfile_in(path).map_err(|error| {
            format!(
                "nothing can be written to {}: {error}. Is the stick write-protected, or mounted by another user?",
                path.display()
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    pub fn file(&self) -> PathBuf {
        self.path.join(NAME)
    }

    pub fn is_fat(&self) -> bool {
        rustix::fs::statfs(&self.path).is_ok_and(|of| of.f_type == FAT)
    }

    /// Whole or not at all, and on the medium when this returns: sticks are pulled out early.
    pub fn write(&self, text: &str, replace: bool) -> Result<(), String> {
        let path = self.file();
        let wrong = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        if !replace && path.exists() {
            return Err(format!(
                "{} has come up in the meantime and stays as it is",
                path.display()
            ));
        }
        // For its owner alone, where the file system knows owners.
        let mut part = tempfile::NamedTempFile::new_in(&self.path).map_err(wrong)?;
        part.write_all(text.as_bytes()).map_err(wrong)?;
        part.as_file().sync_all().map_err(wrong)?;
        part.persist(&path).map_err(|error| wrong(error.error))?;
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_replaced_only_when_wanted() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        folder.write("one", false).unwrap();
        let mode = folder.file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(folder.write("two", false).is_err());
        assert_eq!(std::fs::read_to_string(folder.file()).unwrap(), "one");
        folder.write("two", true).unwrap();
        assert_eq!(std::fs::read_to_string(folder.file()).unwrap(), "two");
        let names = std::fs::read_dir(place.path()).unwrap();
        assert_eq!(names.count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_stick_that_is_not_there_is_named_before_any_question() {
        let error = Folder::open(Path::new("/nonexistent/stick")).unwrap_err();
        assert!(error.contains("/nonexistent/stick") && error.contains("mount it"));
    }
}
