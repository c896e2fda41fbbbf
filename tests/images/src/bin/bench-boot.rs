//! `cargo xtask bench boot`: how long a unit takes from power-on until the room is there, as a
//! ratio to the same kernel starting an empty system in the same image.
#![allow(
    clippy::print_stdout,
    reason = "a command line tool speaks on the terminal"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use salle_images::{Error, Image, Machine, Options, RawDisk, Result};

const LONG: Duration = Duration::from_secs(900);
/// When a unit was reached, in microseconds since the kernel began.
const REACHED: &str = "systemctl show --property ActiveEnterTimestampMonotonic --value";

fn main() -> Result<()> {
    let image = Image::from_environment()?;
    let empty = empty_start(&image)?;
    println!("empty system           {:>8.1} s", seconds(empty));
    let (room, about) = room_start(&image)?;
    println!("room daemons are there {:>8.1} s", seconds(room));
    println!(
        "ratio                  {:>8.2}",
        room as f64 / empty.max(1) as f64
    );
    println!("{about}");
    let size = fs::metadata(image.root()).map_or(0, |about| about.len());
    println!("root with hash tree    {:>8.1} MB", size as f64 / 1e6);
    Ok(())
}

fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

/// The same image, but the initramfs asks systemd for another target.
fn empty_start(image: &Image) -> Result<u64> {
    let folder = folder()?;
    let init = image.init(folder.path())?;
    let init = init.replace(
        "/usr/lib/systemd/systemd\n",
        "/usr/lib/systemd/systemd --unit=salle-empty.target\n",
    );
    let kernel = image.kernel_with_init(&init, folder.path())?;
    let kernel = fs::read(&kernel).map_err(|source| failed("read", &kernel, source))?;
    let disk = RawDisk::flashed(image, folder.path())?;
    disk.write(disk.partition("kernel-a")?.start, &kernel)?;
    let mut machine = Machine::start(image, &disk, folder.path(), &Options::default())?;
    reached(&mut machine, "salle-empty.target")
}

fn room_start(image: &Image) -> Result<(u64, String)> {
    let folder = folder()?;
    let disk = RawDisk::flashed(image, folder.path())?;
    // The first start makes the data partition; the second is what a room sees every day.
    let mut machine = Machine::start(image, &disk, folder.path(), &Options::default())?;
    reached(&mut machine, "multi-user.target")?;
    machine.run("sync; systemctl poweroff")?;
    machine.wait_for_end(LONG)?;
    let mut machine = Machine::start(image, &disk, folder.path(), &Options::default())?;
    let reached = reached(&mut machine, "multi-user.target")?;
    let chain =
        machine.run("systemd-analyze; systemd-analyze critical-chain --no-pager; free -m")?;
    Ok((reached, chain.text))
}

fn reached(machine: &mut Machine, unit: &str) -> Result<u64> {
    machine.wait_until_up()?;
    machine.wait_for(&format!("systemctl is-active {unit}"), LONG)?;
    let said = machine.run(&format!("{REACHED} {unit}"))?.text;
    said.parse().map_err(|_| Error::Answer("systemctl", said))
}

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(|source| failed("make", Path::new("a folder"), source))
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::File {
        action,
        path: path.to_owned(),
        source,
    }
}
