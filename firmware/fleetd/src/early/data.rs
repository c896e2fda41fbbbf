//! `fleetd data`: the data partition, before it is mounted. What is done and in which order is
//! [`room_fleet::data`]'s; here are the hands.
//!
//! Ends with `/run/salle-data/device`, a link to what is to be mounted, and `report.json`; and
//! with `service`, when the join button is held for a service shell.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use room_fleet::data::{Content, Found, Kind, Report, Step, after_failure, plan};
use room_fleet::{Release, Slot};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use super::button::{self, Button};
use super::console;
use super::tools::{self, ToolError};
use crate::args::Data;
use crate::outcome::{Failure, chain};
use crate::serve::read_release;

/// Name of the decrypted mapping.
const MAPPING: &str = "salle-data";
/// The bootloader's note that everything is to be wiped.
const NOTE: &str = "salle_reset";
/// What is shown to whoever holds a button.
const FIRST_CONSOLE: &str = "/dev/tty1";

/// The disk this system was started from, and what is known of its data partition.
struct Disk {
    /// `/dev/vda`.
    device: PathBuf,
    boot: PathBuf,
}

/// Prepares the partition.
///
/// # Errors
/// When the disk cannot be used at all.
pub fn run(args: &Data) -> Result<(), Failure> {
    let wrong = |source| Failure::Data { source };
    let release = read_release(&args.release)?;
    let disk = Disk::of_this_system().map_err(wrong)?;
    let mut found = disk.look();
    let mut report = Report {
        reset: found.reset,
        ..Report::default()
    };
    if found.reset {
        console::show(Path::new(FIRST_CONSOLE), &console::RESETTING);
    } else if button::is_held(Button::Join) {
        console::show(Path::new(FIRST_CONSOLE), &console::SERVICE);
        mark_service(&args.runtime);
    }
    loop {
        match carry_out(args, &release, &disk, found, &mut report) {
            Ok(device) => {
                let done = finish(args, &device, report);
                return done.map_err(wrong);
            }
            Err((step, error)) => {
                tracing::error!(?step, error = %chain(&error), "the data partition");
                found = after_failure(step, found).ok_or(Failure::Data { source: error })?;
                report.lost = true;
            }
        }
    }
}

/// The device to mount, or the step that failed.
fn carry_out(
    args: &Data,
    release: &Release,
    disk: &Disk,
    found: Found,
    report: &mut Report,
) -> Result<PathBuf, (Step, ToolError)> {
    report.lost |= found.content == Content::Unknown;
    report.sealed = false;
    let mut device = None;
    for step in plan(found) {
        tracing::info!(?step, "the data partition");
        let done = match step {
            Step::DestroyKeys => disk.destroy_keys(),
            Step::Overwrite => disk.overwrite(),
            Step::Remove => disk.partition(args, release, found.tpm, true),
            Step::Make(kind) => disk.partition(args, release, kind == Kind::Sealed, false),
            Step::Grow => disk.partition(args, release, found.content == Content::Luks, false),
            Step::WipeBootFile => disk.wipe_boot_file(),
            Step::ForgetReset => tools::run("fw_setenv", &[NOTE]),
            Step::Unlock => disk.unlock().map(|mapping| {
                report.sealed = true;
                device = Some(mapping);
            }),
            Step::Check => match device.clone().or_else(|| disk.data()) {
                Some(of) => check(&of).map(|()| device = Some(of)),
                None => Err(no_partition()),
            },
        };
        match (step, done) {
            (_, Ok(())) => {}
            // A disk that is full or cannot grow still holds what it holds.
            (Step::Grow, Err(error)) => {
                tracing::warn!(error = %chain(&error), "it stays as large as it is")
            }
            (step, Err(error)) => return Err((step, error)),
        }
    }
    device.ok_or_else(|| (Step::Check, no_partition()))
}

fn no_partition() -> ToolError {
    ToolError::Missing {
        what: "there is no data partition",
    }
}

/// e2fsck: 0 sound, 1 mended, 2 mended and wants a restart (nothing is mounted); more is worse.
fn check(device: &Path) -> Result<(), ToolError> {
    let program = "e2fsck";
    let device = device.as_os_str();
    if tools::code(program, &["-p".as_ref(), device])? <= 2 {
        return Ok(());
    }
    match tools::code(program, &["-f".as_ref(), "-y".as_ref(), device])? {
        0..=2 => Ok(()),
        code => Err(ToolError::Failed { program, code }),
    }
}

/// Why the initramfs gave up a slot, as it noted in the bootloader's environment. `fleetd` itself
/// may not read that.
fn start_faults() -> BTreeMap<Slot, String> {
    let fault = |slot: Slot| {
        let name = format!("BOOT_{}_FAULT", slot.bootname());
        let said = tools::output("fw_printenv", &["-n", &name]).ok()?;
        (!said.is_empty()).then_some((slot, said))
    };
    [Slot::A, Slot::B].into_iter().filter_map(fault).collect()
}

/// What `salle-service.service` waits for. Below `/run`, it counts for this start only.
fn mark_service(runtime: &Path) {
    tracing::warn!("the button for a service shell is held");
    let made = fs::create_dir_all(runtime);
    // Without it the unit starts all the same, and there is no shell.
    if let Err(error) = made.and_then(|()| fs::write(runtime.join("service"), b"")) {
        tracing::error!(%error, "the service console cannot be asked for");
    }
}

fn finish(args: &Data, device: &Path, report: Report) -> Result<(), ToolError> {
    let failed = |source| ToolError::File {
        what: "what var.mount needs cannot be written",
        source,
    };
    fs::create_dir_all(&args.runtime).map_err(failed)?;
    let link = args.runtime.join("device");
    let _ = fs::remove_file(&link);
    symlink(device, &link).map_err(failed)?;
    let text = serde_json::to_vec(&report).unwrap_or_default();
    fs::write(args.runtime.join("report.json"), text).map_err(failed)?;
    let text = serde_json::to_vec(&start_faults()).unwrap_or_default();
    fs::write(args.runtime.join("start-faults.json"), text).map_err(failed)?;
    if !report.sealed {
        tracing::warn!("the data of this unit is not encrypted: it has no TPM");
    }
    Ok(())
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
            let args = ["-p", "-o", "value", "-s", "PART_ENTRY_NAME"].map(std::ffi::OsStr::new);
            tools::output("blkid", &[&args[..], &[device.as_os_str()]].concat()).ok()
        }
    }
}

impl Disk {
    fn of_this_system() -> Result<Self, ToolError> {
        let label = Path::new("/dev/disk/by-partlabel/boot");
        let boot = fs::canonicalize(label).map_err(|source| ToolError::File {
            what: "the boot partition is not there",
            source,
        })?;
        let name = boot.file_name().unwrap_or_default();
        // /sys/class/block/vda1 → …/block/vda/vda1
        let node = fs::canonicalize(Path::new("/sys/class/block").join(name));
        let disk = node
            .ok()
            .and_then(|node| Some(node.parent()?.file_name()?.to_owned()));
        let disk = disk.ok_or(ToolError::Missing {
            what: "the disk of the boot partition is not known",
        })?;
        Ok(Self {
            device: Path::new("/dev").join(disk),
            boot,
        })
    }

    fn look(&self) -> Found {
        let content = match self.data() {
            None => Content::Absent,
            Some(data) => {
                let args = ["-p", "-o", "value", "-s", "TYPE"].map(std::ffi::OsStr::new);
                let args = [&args[..], &[data.as_os_str()]].concat();
                match tools::output("blkid", &args).as_deref() {
                    Ok("ext4") => Content::Ext4,
                    Ok("crypto_LUKS") => Content::Luks,
                    _ => Content::Unknown,
                }
            }
        };
        let note = tools::output("fw_printenv", &["-n", NOTE]).unwrap_or_default();
        Found {
            content,
            tpm: Path::new("/dev/tpmrm0").exists(),
            reset: note == "1" || button::is_held(Button::HangUp),
        }
    }

    /// The partition labelled `data` on this very disk.
    fn data(&self) -> Option<PathBuf> {
        let disk = Path::new("/sys/class/block").join(self.device.file_name()?);
        for entry in fs::read_dir(disk).ok()?.flatten() {
            if !entry.path().join("partition").exists() {
                continue;
            }
            let device = Path::new("/dev").join(entry.file_name());
            let uevent = fs::read_to_string(entry.path().join("uevent")).unwrap_or_default();
            if label(&uevent, &device).as_deref() == Some("data") {
                return Some(device);
            }
        }
        None
    }

    /// systemd-repart: makes what is missing, grows what is there; `anew` removes it first.
    fn partition(
        &self,
        args: &Data,
        release: &Release,
        sealed: bool,
        anew: bool,
    ) -> Result<(), ToolError> {
        let kind = if sealed { "tpm2" } else { "plain" };
        let definitions = args.definitions.join(kind);
        let device = self.device.display();
        tools::run(
            "systemd-repart",
            &[
                "--dry-run=no".to_owned(),
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
    fn destroy_keys(&self) -> Result<(), ToolError> {
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
    fn overwrite(&self) -> Result<(), ToolError> {
        let data = self.data().ok_or_else(no_partition)?;
        let _ = tools::code("blkdiscard", &["--force".as_ref(), data.as_os_str()]);
        let args = ["--force".as_ref(), "--zeroout".as_ref(), data.as_os_str()];
        tools::run("blkdiscard", &args)
    }

    /// `salle.toml` on the boot partition may hold a password.
    fn wipe_boot_file(&self) -> Result<(), ToolError> {
        let failed = |source| ToolError::File {
            what: "the boot partition cannot be wiped of salle.toml",
            source,
        };
        let place = Path::new("/run/salle-data/boot");
        fs::create_dir_all(place).map_err(failed)?;
        let flags = MountFlags::NOEXEC | MountFlags::NOSUID | MountFlags::NODEV;
        mount(&self.boot, place, "vfat", flags, None).map_err(|error| failed(error.into()))?;
        let wiped = super::settings::overwrite_and_remove(&place.join("salle.toml"));
        unmount(place, UnmountFlags::empty()).map_err(|error| failed(error.into()))?;
        wiped.map_err(failed)
    }

    fn unlock(&self) -> Result<PathBuf, ToolError> {
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
        let args = ["attach", MAPPING].map(std::ffi::OsStr::new);
        let args = [
            &args[..],
            &[data.as_os_str(), "-".as_ref(), options.as_ref()],
        ]
        .concat();
        tools::run(program, &args)?;
        Ok(mapping)
    }
}
