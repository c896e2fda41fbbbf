//! `fleetd seal`: lets the system of a bundle unlock the data, before it is written to the other slot.
//!
//! Called by RAUC before it installs. Invariant: the running system keeps its way to the data whatever
//! happens, since its key slot is renewed before any other is added; a slot that was sealed for an
//! older system goes.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use room_fleet::data::Report;
use room_fleet::measured;

use super::disk::{Disk, no_partition};
use super::tools::{self, ToolError};
use crate::args::Seal;
use crate::outcome::Failure;
use crate::serve::read_release;
use crate::store::read_json;

/// As `systemd/rauc` names a bundle's files.
const KERNEL: &str = "kernel.img";

/// See the module.
///
/// # Errors
/// When the new system would find the data locked.
pub fn run(args: &Seal) -> Result<(), Failure> {
    let release = read_release(&args.release)?;
    let report = read_json::<Report>(&args.data_report).unwrap_or_default();
    if !report.sealed || release.tpm2_pcrs != measured::REGISTERS {
        tracing::info!("the data is not sealed to what a bundle brings");
        return Ok(());
    }
    seal(&args.bundle).map_err(|source| Failure::Data { source })
}

fn seal(bundle: &Path) -> Result<(), ToolError> {
    let data = Disk::of_this_system()?.data().ok_or_else(no_partition)?;
    let kernel = fs::read(bundle.join(KERNEL)).map_err(|source| ToolError::File {
        what: "the bundle's kernel.img cannot be read",
        source,
    })?;
    let expected = measured::expected(&kernel).ok_or(ToolError::Missing {
        what: "the bundle's kernel.img is no FIT image with a kernel and a ramdisk",
    })?;
    enrol(
        &data,
        &["--wipe-slot=tpm2".into(), pcrs(measured::REGISTERS)],
    )?;
    enrol(&data, &[pcrs(&expected)])
}

fn pcrs(which: &str) -> OsString {
    format!("--tpm2-pcrs={which}").into()
}

fn enrol(data: &Path, how: &[OsString]) -> Result<(), ToolError> {
    let same = ["--unlock-tpm2-device=auto", "--tpm2-device=auto"].map(OsStr::new);
    let how = how.iter().map(OsString::as_os_str);
    let args: Vec<&OsStr> = same
        .into_iter()
        .chain(how)
        .chain([data.as_os_str()])
        .collect();
    tools::run("systemd-cryptenroll", &args)
}
