//! The boot partition of a disk image: a plain one, or one of QEMU's (qcow2).
//!
//! mtools writes into FAT without mounting it. A plain image it opens at the partition's offset;
//! from one of QEMU's the partition is taken out, written to and put back, all by qemu-img, which
//! refuses when a machine is running from it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use salle_images::{Partition, partition};
use tempfile::TempDir;

use super::NAME;

/// Label of the partition from which a unit takes the file.
const BOOT: &str = "boot";
/// Where the table of partitions is.
const TABLE: Partition = Partition {
    start: 0,
    size: 1024 * 1024,
};
const QCOW2: [u8; 4] = *b"QFI\xfb";

#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    qcow2: bool,
    boot: Partition,
}

impl Disk {
    /// # Errors
    /// When it is no disk image with a boot partition, or a machine is running from it.
    pub fn open(path: &Path) -> Result<Self, String> {
        if !path.is_file() {
            return Err(format!(
                "{} is not a disk image. For a card or a stick, mount its drive SALLE and give that with --to.",
                path.display()
            ));
        }
        let wrong = |error| format!("cannot read {}: {error}", path.display());
        let mut start = Vec::new();
        let mut file = File::open(path).map_err(wrong)?;
        let head = (&mut file).take(QCOW2.len() as u64).read_to_end(&mut start);
        head.map_err(wrong)?;
        let mut disk = Self {
            path: path.to_owned(),
            qcow2: start == QCOW2,
            boot: TABLE,
        };
        if disk.qcow2 {
            let (_folder, table) = disk.taken_out(TABLE)?;
            file = File::open(table).map_err(wrong)?;
        }
        disk.boot = partition(&file, BOOT).map_err(|_| {
            format!(
                "{} has no partition `{BOOT}`: it is not the image of a room unit",
                path.display()
            )
        })?;
        Ok(disk)
    }

    pub fn name(&self) -> String {
        format!("{} ({BOOT}: {NAME})", self.path.display())
    }

    pub fn occupied(&self) -> Result<bool, String> {
        self.with_drive(|drive| {
            let mut look = Command::new("mdir");
            look.args(["-i", drive, "-b", &format!("::{NAME}")]);
            look.stdout(Stdio::null()).stderr(Stdio::null());
            let status = look.status().map_err(|e| start("mdir", &e))?;
            Ok(status.success())
        })
    }

    pub fn write(&self, text: &str) -> Result<(), String> {
        self.with_drive(|drive| {
            let mut copy = Command::new("mcopy");
            // From standard input: no second copy of the secrets on this machine's disk.
            copy.args(["-o", "-i", drive, "-", &format!("::{NAME}")]);
            fed("mcopy", &mut copy, text)?;
            if self.qcow2 {
                self.put_back(drive)?;
            }
            Ok(())
        })
    }

    /// Calls `act` with the partition as mtools names it.
    fn with_drive<T>(&self, act: impl FnOnce(&str) -> Result<T, String>) -> Result<T, String> {
        if self.qcow2 {
            let (_folder, part) = self.taken_out(self.boot)?;
            return act(&part.to_string_lossy());
        }
        act(&format!("{}@@{}", self.path.display(), self.boot.start))
    }

    /// A part of the disk as a file in a folder that only its owner can read.
    fn taken_out(&self, of: Partition) -> Result<(TempDir, PathBuf), String> {
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        let part = folder.path().join("part.img");
        let mut convert = Command::new("qemu-img");
        convert.args(["convert", "-O", "raw", "--image-opts"]);
        convert.arg(self.as_qemu_names(of)).arg(&part);
        self.qemu(&mut convert)?;
        Ok((folder, part))
    }

    fn put_back(&self, part: &str) -> Result<(), String> {
        let mut convert = Command::new("qemu-img");
        convert.args(["convert", "-n", "-f", "raw", "--target-image-opts", part]);
        convert.arg(self.as_qemu_names(self.boot));
        self.qemu(&mut convert)
    }

    fn as_qemu_names(&self, of: Partition) -> String {
        let Partition { start, size } = of;
        let path = self.path.display().to_string().replace(',', ",,");
        format!(
            "driver=raw,offset={start},size={size},file.driver=qcow2,file.file.driver=file,file.file.filename={path}"
        )
    }

    fn qemu(&self, command: &mut Command) -> Result<(), String> {
        fed("qemu-img", command, "").map_err(|why| {
            format!(
                "{} cannot be used: {why}\nIf a machine is running from it, end that first.",
                self.path.display()
            )
        })
    }
}

/// Runs a program with this as its input.
fn fed(program: &str, command: &mut Command, text: &str) -> Result<(), String> {
    let wrong = |error| start(program, &error);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = pipes.stderr(Stdio::piped()).spawn().map_err(wrong)?;
    if let Some(mut input) = child.stdin.take() {
        // A program that ends without reading says why itself.
        let _ = input.write_all(text.as_bytes());
    }
    let output = child.wait_with_output().map_err(wrong)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", said.trim()))
}

fn start(program: &str, error: &std::io::Error) -> String {
    format!("cannot start {program}: {error}. Debian has it in the packages mtools and qemu-utils.")
}
