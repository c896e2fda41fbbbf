//! Sizes of partitions, from the kernel's view in `/sys/class/block`: no device is opened.

use std::fs;
use std::path::Path;

use room_fleet::Slot;

/// The kernel counts in these, whatever the disk does.
const SECTOR: u64 = 512;

/// Bytes of the partition with this label.
#[must_use]
pub fn size_of(blocks: &Path, label: &str) -> Option<u64> {
    let wanted = format!("PARTNAME={label}");
    for entry in fs::read_dir(blocks).ok()?.flatten() {
        let uevent = fs::read_to_string(entry.path().join("uevent")).unwrap_or_default();
        if uevent.lines().any(|line| line == wanted) {
            let size = fs::read_to_string(entry.path().join("size")).ok()?;
            return size.trim().parse::<u64>().ok()?.checked_mul(SECTOR);
        }
    }
    None
}

/// Bytes of each image's place in `slot`, by the class RAUC gives it.
#[must_use]
pub fn slot_sizes(blocks: &Path, slot: Slot) -> Vec<(String, u64)> {
    let letter = slot.bootname().to_ascii_lowercase();
    [("rootfs", "root"), ("kernel", "kernel")]
        .iter()
        .filter_map(|(class, label)| {
            let size = size_of(blocks, &format!("{label}-{letter}"))?;
            Some(((*class).to_owned(), size))
        })
        .collect()
}

/// Free bytes for whoever is not root.
#[must_use]
pub fn free(folder: &Path) -> u64 {
    rustix::fs::statvfs(folder).map_or(0, |fs| fs.f_bavail.saturating_mul(fs.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_for_each_image_is_found_by_its_label() {
        let blocks = tempfile::tempdir().unwrap();
        for (name, label, sectors) in [("vda3", "root-b", 2048), ("vda4", "kernel-b", 4)] {
            let folder = blocks.path().join(name);
            fs::create_dir(&folder).unwrap();
            let uevent = format!("DEVNAME={name}\nDEVTYPE=partition\nPARTNAME={label}\n");
            fs::write(folder.join("uevent"), uevent).unwrap();
            fs::write(folder.join("size"), format!("{sectors}\n")).unwrap();
        }
        let sizes = slot_sizes(blocks.path(), Slot::B);
        assert_eq!(
            sizes,
            [
                ("rootfs".to_owned(), 1024 * 1024),
                ("kernel".to_owned(), 2048)
            ]
        );
        assert!(slot_sizes(blocks.path(), Slot::A).is_empty());
    }
}
