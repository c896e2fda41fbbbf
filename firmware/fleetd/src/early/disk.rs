//! The disk this system was started from, and its data partition: looked at, made, emptied, unlocked.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use room_fleet::Release;
use room_fleet::data::Content;
use rustix::fs::{major, minor};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use super::tools::{self, ToolError};
use crate::args::Data;

/// Name of the decrypted mapping.
const MAPPING: &str = "salle-data";

/// Sectors of 512 bytes that stay free behind a partition that has grown: the second partition table
/// (UEFI 2.10, 5.3.1), and what is lost to round figures.
const LEFT: u64 = 2048;

const CLASS: &str = "/sys/class/block";

/// What encrypting needs; systemd makes it beside this program, if the kernel has not.
const LOOP: &str = "/dev/loop-control";

/// See the module.
pub struct Disk {
    /// `/dev/vda`.
    device: PathBuf,
}

pub fn no_partition() -> ToolError {
    ToolError::Missing {
        what: "there is no data partition",
    }
}

/// A partition's label. The kernel names those it has read from the table itself; one that was
/// added to a disk in use, as systemd-repart does, has none there until the next start.
fn label(uevent: &str, device: &Path) -> Option<String> {
    let named = uevent
        .lines()
        .find_map(|line| line.strip_prefix("PARTNAME="));
    match named {
        Some(name) => Some(name.to_owned()),
        None => {
            let args = ["-p", "-o", "value", "-s", "PART_ENTRY_NAME"].map(OsStr::new);
            tools::output("blkid", &[&args[..], &[device.as_os_str()]].concat()).ok()
        }
    }
}

/// The name of the disk below a block device: below a mapping (dm-verity) what it maps.
fn disk_below(node: &Path) -> Option<OsString> {
    if node.join("partition").exists() {
        return Some(node.parent()?.file_name()?.to_owned());
    }
    let below = fs::read_dir(node.join("slaves")).ok()?.flatten().next()?;
    disk_below(&fs::canonicalize(below.path()).ok()?)
}

impl Disk {
    /// Found by what `/` stands on, in what the kernel itself says: the links udev makes are there
    /// seconds later, and one may lead to a stick with a partition of the same name.
    ///
    /// # Errors
    /// When `/` is on no partition of a disk.
    pub fn of_this_system() -> Result<Self, ToolError> {
        let unknown = |source| ToolError::File {
            what: "the disk this system was started from is not known",
            source,
        };
        let number = fs::metadata("/").map_err(unknown)?.dev();
        let node = format!("/sys/dev/block/{}:{}", major(number), minor(number));
        let node = fs::canonicalize(node).map_err(unknown)?;
        let disk = disk_below(&node).ok_or(ToolError::Missing {
            what: "this system was not started from a partition of a disk",
        })?;
        Ok(Self {
            device: Path::new("/dev").join(disk),
        })
    }

    /// What lies in the partition.
    ///
    /// # Errors
    /// When nobody can tell: that is no reason to take it for empty.
    pub fn content(&self) -> Result<Content, ToolError> {
        let Some(data) = self.data() else {
            return Ok(Content::Absent);
        };
        let args = ["-p", "-o", "value", "-s", "TYPE"].map(OsStr::new);
        let said = tools::output("blkid", &[&args[..], &[data.as_os_str()]].concat())?;
        Ok(match said.as_str() {
            "ext4" => Content::Ext4,
            "crypto_LUKS" => Content::Luks,
            _ => Content::Unknown,
        })
    }

    /// The partition labelled `data` on this very disk.
    pub fn data(&self) -> Option<PathBuf> {
        self.partition_labelled("data")
    }

    /// The FAT partition with `salle.toml`, likewise.
    pub fn boot(&self) -> Option<PathBuf> {
        self.partition_labelled("boot")
    }

    pub fn partition_labelled(&self, wanted: &str) -> Option<PathBuf> {
        let disk = Path::new(CLASS).join(self.device.file_name()?);
        for entry in fs::read_dir(disk).ok()?.flatten() {
            if !entry.path().join("partition").exists() {
                continue;
            }
            let device = Path::new("/dev").join(entry.file_name());
            let uevent = fs::read_to_string(entry.path().join("uevent")).unwrap_or_default();
            if label(&uevent, &device).as_deref() == Some(wanted) {
                return Some(device);
            }
        }
        None
    }

    /// Whether the data partition could be larger; also when nobody can tell. Growing one that cannot
    /// takes systemd-repart a second of every start.
    pub fn has_room(&self) -> bool {
        let of = |device: &Path, name: &str| -> Option<u64> {
            let folder = Path::new(CLASS).join(device.file_name()?);
            fs::read_to_string(folder.join(name))
                .ok()?
                .trim()
                .parse()
                .ok()
        };
        let free = || {
            let data = self.data()?;
            let end = of(&data, "start")?.checked_add(of(&data, "size")?)?;
            of(&self.device, "size")?.checked_sub(end)
        };
        free().is_none_or(|free| free > LEFT)
    }

    /// systemd-repart: makes what is missing, grows what is there; `anew` removes it first.
    pub fn partition(
        &self,
        args: &Data,
        release: &Release,
        sealed: bool,
        anew: bool,
    ) -> Result<(), ToolError> {
        // A file system is made in a file, which only takes what is written; encrypting asks for the
        // device itself, or the whole of it would be written.
        let (kind, offline) = if sealed {
            tools::appears(Path::new(LOOP));
            ("tpm2", "no")
        } else {
            ("plain", "yes")
        };
        let definitions = args.definitions.join(kind);
        let device = self.device.display();
        tools::run(
            "systemd-repart",
            &[
                "--dry-run=no".to_owned(),
                format!("--offline={offline}"),
                // The partition's name becomes the machine's: no two units share it.
                "--seed=random".to_owned(),
                format!("--definitions={}", definitions.display()),
                format!("--factory-reset={}", if anew { "yes" } else { "no" }),
                format!("--tpm2-pcrs={}", release.tpm2_pcrs),
                device.to_string(),
            ],
        )
    }

    /// The header with every key slot; what is behind it is noise from then on.
    pub fn destroy_keys(&self) -> Result<(), ToolError> {
        let data = self.data().ok_or_else(no_partition)?;
        let failed = |source| ToolError::File {
            what: "the keys of the data partition cannot be destroyed",
            source,
        };
        let mut file = fs::OpenOptions::new()
            .write(true)
            .open(&data)
            .map_err(failed)?;
        // LUKS2 keeps both headers and all key slots in its first 16 MiB.
        let zeros = vec![0; 1024 * 1024];
        for _ in 0..16 {
            file.write_all(&zeros).map_err(failed)?;
        }
        file.sync_all().map_err(failed)
    }

    /// Discards what the medium can discard, then writes zeros over everything, since a discard
    /// is only a hint.
    pub fn overwrite(&self) -> Result<(), ToolError> {
        let data = self.data().ok_or_else(no_partition)?;
        let _ = tools::code("blkdiscard", &["--force".as_ref(), data.as_os_str()]);
        let args = ["--force".as_ref(), "--zeroout".as_ref(), data.as_os_str()];
        tools::run("blkdiscard", &args)
    }

    /// `salle.toml` on the boot partition may hold a password.
    pub fn wipe_boot_file(&self) -> Result<(), ToolError> {
        let failed = |source| ToolError::File {
            what: "the boot partition cannot be wiped of salle.toml",
            source,
        };
        let place = Path::new("/run/salle-data/wiped");
        fs::create_dir_all(place).map_err(failed)?;
        let flags = MountFlags::NOEXEC | MountFlags::NOSUID | MountFlags::NODEV;
        let boot = self.boot().ok_or(ToolError::Missing {
            what: "there is no boot partition",
        })?;
        mount(&boot, place, "vfat", flags, None).map_err(|error| failed(error.into()))?;
        let wiped = super::settings::overwrite_and_remove(&place.join("salle.toml"));
        unmount(place, UnmountFlags::empty()).map_err(|error| failed(error.into()))?;
        wiped.map_err(failed)
    }

    pub fn unlock(&self) -> Result<PathBuf, ToolError> {
        let data = self.data().ok_or_else(no_partition)?;
        let mapping = Path::new("/dev/mapper").join(MAPPING);
        if mapping.exists() {
            return Ok(mapping);
        }
        let places = [
            "/usr/bin/systemd-cryptsetup",
            "/usr/lib/systemd/systemd-cryptsetup",
        ];
        let program = tools::first_of(&places).ok_or(ToolError::Missing {
            what: "systemd-cryptsetup is not in this image",
        })?;
        let options = "tpm2-device=auto,discard,headless=true";
        let args = ["attach", MAPPING].map(OsStr::new);
        let args = [
            &args[..],
            &[data.as_os_str(), "-".as_ref(), options.as_ref()],
        ]
        .concat();
        tools::run(program, &args)?;
        Ok(mapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_found_below_what_the_root_is_mapped_from() {
        let sys = tempfile::tempdir().unwrap();
        let disk = sys.path().join("devices/vda");
        let mapping = sys.path().join("devices/dm-0");
        fs::create_dir_all(disk.join("vda5")).unwrap();
        fs::write(disk.join("vda5/partition"), "5\n").unwrap();
        fs::create_dir_all(mapping.join("slaves")).unwrap();
        std::os::unix::fs::symlink(disk.join("vda5"), mapping.join("slaves/vda5")).unwrap();
        assert_eq!(disk_below(&mapping), Some("vda".into()));
        assert_eq!(disk_below(&disk.join("vda5")), Some("vda".into()));
        assert_eq!(disk_below(&disk), None);
    }
}
