//! `fleetd data`: the data partition, before it is mounted. What is done and in which order is
//! [`room_fleet::data`]'s; here are the hands.
//!
//! Ends with `device` and `boot` in `/run/salle-data`, links to what is to be mounted, and
//! `report.json`; and with `service`, when the join button is held for a service shell.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use room_fleet::data::{
    AfterFailedStart, Content, Found, Kind, Report, Step, after_failure, after_start_failed, plan,
};
use room_fleet::{Release, Slot};

use super::button::{self, Button};
use super::disk::{Disk, no_partition};
use super::notes::Notes;
use super::tools::{self, ToolError};
use super::{console, memory, tpm};
use crate::args::Data;
use crate::outcome::{Failure, chain};
use crate::serve::read_release;

/// The bootloader's note that everything is to be wiped.
const NOTE: &str = "salle_reset";
/// Its note of how many starts in a row could not have the partition.
const FAILED: &str = "salle_failed";
/// What is shown to whoever holds a button.
const FIRST_CONSOLE: &str = "/dev/tty1";
const LOCKED: &str = "the TPM does not give it the key of the data partition";
const UNUSABLE: &str = "it cannot use the data partition";

/// A step that failed; `None` when it did not come to the first one.
type Failed = (Option<Step>, ToolError);

/// Prepares the partition.
///
/// # Errors
/// When this start cannot have it, and another may.
pub fn run(args: &Data) -> Result<(), Failure> {
    let release = read_release(&args.release)?;
    let disk = Disk::of_this_system();
    let notes = Notes::read(disk.as_ref().ok(), &args.runtime);
    let boot = disk.as_ref().ok().and_then(Disk::boot);
    let failed_before = notes.of(FAILED).parse().unwrap_or(0_u32);
    let (device, report) = match prepare(args, &release, disk, &notes) {
        Ok(prepared) => {
            if failed_before > 0 {
                notes.remember(FAILED, "");
            }
            prepared
        }
        Err(failed) => in_memory(args, &notes, failed, failed_before.saturating_add(1))?,
    };
    let devices = Devices { data: device, boot };
    finish(args, &devices, report, &notes).map_err(|source| Failure::Data { source })
}

/// What is to be mounted.
struct Devices {
    data: PathBuf,
    boot: Option<PathBuf>,
}

impl Devices {
    /// Udev's links are there seconds later, and may lead to a stick with a partition of the same name.
    fn link_from(&self, runtime: &Path) -> std::io::Result<()> {
        fs::create_dir_all(runtime)?;
        for (name, device) in [("device", Some(&self.data)), ("boot", self.boot.as_ref())] {
            let link = runtime.join(name);
            let _ = fs::remove_file(&link);
            if let Some(device) = device {
                symlink(device, &link)?;
            }
        }
        Ok(())
    }
}

/// The last resort, or the end of this start.
fn in_memory(
    args: &Data,
    notes: &Notes,
    (step, error): Failed,
    starts: u32,
) -> Result<(PathBuf, Report), Failure> {
    tracing::error!(?step, starts, error = %chain(&error), "the data partition cannot be had");
    let locked = step == Some(Step::Unlock);
    let wrong = |source| Failure::Data { source };
    match after_start_failed(starts) {
        // A count that cannot be kept would never reach its end.
        AfterFailedStart::Again if notes.remember(FAILED, &starts.to_string()) => {
            blame_slot(notes, if locked { LOCKED } else { UNUSABLE });
            Err(wrong(error))
        }
        AfterFailedStart::Again | AfterFailedStart::InMemory => {
            let report = Report {
                memory: true,
                locked,
                ..Report::default()
            };
            Ok((memory::device(&args.runtime).map_err(wrong)?, report))
        }
    }
}

fn prepare(
    args: &Data,
    release: &Release,
    disk: Result<Disk, ToolError>,
    notes: &Notes,
) -> Result<(PathBuf, Report), Failed> {
    let disk = disk.map_err(|error| (None, error))?;
    let mut found = look(&disk, notes).map_err(|error| (None, error))?;
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
        match carry_out(args, release, &disk, notes, found, &mut report) {
            Ok(device) => {
                report.unmeasured = report.sealed && !tpm::is_measured(&release.tpm2_pcrs);
                return Ok((device, report));
            }
            Err((step, error)) => match after_failure(step, found) {
                None => return Err((Some(step), error)),
                Some(next) => {
                    tracing::error!(?step, error = %chain(&error), "the data partition");
                    found = next;
                }
            },
        }
    }
}

fn look(disk: &Disk, notes: &Notes) -> Result<Found, ToolError> {
    Ok(Found {
        content: disk.content()?,
        tpm: tpm::wait(),
        reset: notes.of(NOTE) == "1" || button::is_held(Button::HangUp),
    })
}

/// The device to mount, or the step that failed.
fn carry_out(
    args: &Data,
    release: &Release,
    disk: &Disk,
    notes: &Notes,
    found: Found,
    report: &mut Report,
) -> Result<PathBuf, (Step, ToolError)> {
    report.lost |= found.content == Content::Lost;
    report.sealed = false;
    let mut device = None;
    for step in plan(found) {
        tracing::info!(?step, "the data partition");
        let done = match step {
            Step::DestroyKeys => disk.destroy_keys(),
            Step::Overwrite => disk.overwrite(),
            Step::Remove => disk.partition(args, release, found.tpm, true),
            Step::Make(kind) => disk.partition(args, release, kind == Kind::Sealed, false),
            Step::Grow if !disk.has_room() => Ok(()),
            Step::Grow => disk.partition(args, release, found.content == Content::Luks, false),
            Step::WipeBootFile => disk.wipe_boot_file(),
            Step::ForgetReset => notes.set(NOTE, ""),
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

/// e2fsck: 0 sound, 1 mended, 2 mended and wants a restart (nothing is mounted); more is worse. It
/// finds a copy of the superblock by itself when the first one is gone.
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

/// Why this slot is given up, should this have been its last try.
fn blame_slot(notes: &Notes, why: &str) {
    let line = fs::read_to_string("/proc/cmdline").unwrap_or_default();
    let name = line
        .split_whitespace()
        .find_map(|word| word.strip_prefix("salle.slot="));
    if let Some(slot) = name.and_then(Slot::from_bootname) {
        notes.remember(&fault_of(slot), why);
    }
}

/// Where the bootloader's environment says why a slot was given up.
fn fault_of(slot: Slot) -> String {
    format!("BOOT_{}_FAULT", slot.bootname())
}

/// Why the initramfs gave up a slot, as it noted in the bootloader's environment. `fleetd` itself
/// may not read that.
fn start_faults(notes: &Notes) -> BTreeMap<Slot, String> {
    let fault = |slot: Slot| {
        let said = notes.of(&fault_of(slot));
        (!said.is_empty()).then_some((slot, said.to_owned()))
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

fn finish(args: &Data, devices: &Devices, report: Report, notes: &Notes) -> Result<(), ToolError> {
    let failed = |source| ToolError::File {
        what: "what var.mount and boot.mount need cannot be written",
        source,
    };
    devices.link_from(&args.runtime).map_err(failed)?;
    let text = serde_json::to_vec(&report).unwrap_or_default();
    fs::write(args.runtime.join("report.json"), text).map_err(failed)?;
    let text = serde_json::to_vec(&start_faults(notes)).unwrap_or_default();
    fs::write(args.runtime.join("start-faults.json"), text).map_err(failed)?;
    for problem in report.problems() {
        tracing::warn!(code = problem.code, "{}", problem.what.en);
    }
    Ok(())
}
