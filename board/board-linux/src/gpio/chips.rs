//! Which GPIO chips there are, to tell whether looking for a missing line again can find it.
//!
//! Looking opens every chip and asks it for all its lines; a board without the lines of its profile
//! would do nothing else. Telling whether anything changed costs a listing.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use board_api::BoardError;

/// Every chip the kernel has registered (Documentation/ABI/testing/sysfs-gpio and `gpio_device` in
/// gpiolib.h).
const REGISTERED: &str = "/sys/bus/gpio/devices";

/// A search for lines that may be in vain.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The chips among which it was.
    vain: Option<Chips>,
}

impl Search {
    /// Looks, unless the chips are those among which nothing was found last time.
    ///
    /// # Errors
    /// Those of `look`; [`BoardError::Unplugged`] when there is no use in looking.
    pub fn again<T>(
        &mut self,
        look: impl FnOnce() -> Result<T, BoardError>,
    ) -> Result<T, BoardError> {
        let chips = Chips::now();
        if self.vain.as_ref() == Some(&chips) {
            return Err(BoardError::Unplugged);
        }
        let found = look();
        let vain = matches!(found, Err(BoardError::Unplugged));
        self.vain = vain.then_some(chips);
        found
    }
}

/// Two are equal when no chip came, went, came back, or was given to another user in between.
#[derive(Debug, PartialEq, Eq)]
struct Chips(Vec<Chip>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Chip {
    name: OsString,
    node: Option<Node>,
}

/// Its file in `/dev`. A chip that comes back has another one, and a change of owner or mode is a
/// change of the file (`st_ctime`).
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    file: u64,
    changed: (i64, i64),
}

impl Chips {
    fn now() -> Self {
        Self::listed(Path::new(REGISTERED), Path::new("/dev"))
    }

    fn listed(registered: &Path, nodes: &Path) -> Self {
        let entries = fs::read_dir(registered).into_iter().flatten().flatten();
        let mut chips: Vec<Chip> = entries
            .map(|entry| {
                let name = entry.file_name();
                let about = fs::metadata(nodes.join(&name)).ok();
                let node = about.map(|about| Node {
                    file: about.ino(),
                    changed: (about.ctime(), about.ctime_nsec()),
                });
                Chip { name, node }
            })
            .collect();
        chips.sort();
        Self(chips)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_that_comes_goes_or_comes_back_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let (registered, nodes) = (folder.path().join("sys"), folder.path().join("dev"));
        fs::create_dir(&registered).unwrap();
        fs::create_dir(&nodes).unwrap();
        let look = || Chips::listed(&registered, &nodes);
        let none = look();
        assert_eq!(look(), none);

        fs::write(registered.join("gpiochip0"), "").unwrap();
        let unreachable = look();
        assert_ne!(unreachable, none);
        fs::write(nodes.join("gpiochip0"), "").unwrap();
        let there = look();
        assert_ne!(there, unreachable);
        assert_eq!(look(), there);

        // The same name; the old file keeps its number in use.
        fs::rename(nodes.join("gpiochip0"), folder.path().join("gone")).unwrap();
        fs::write(nodes.join("gpiochip0"), "").unwrap();
        assert_ne!(look(), there);
    }

    #[test]
    fn without_gpio_there_are_none() {
        let nowhere = Path::new("/nonexistent");
        assert_eq!(Chips::listed(nowhere, nowhere), Chips(Vec::new()));
    }
}
