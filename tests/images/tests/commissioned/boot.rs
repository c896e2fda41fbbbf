//! `cargo xtask bench boot`: how long a commissioned unit takes from power-on until its display shows
//! the room and until it is ready to join, as a ratio to the same kernel starting an empty system in
//! the same image, in the same run.
#![allow(clippy::print_stdout, reason = "a measurement is read on the terminal")]

use std::path::Path;
use std::time::{Duration, Instant};

use salle_images::{Image, LONG, Machine, Options, Picture, RawDisk};
use salle_scenarios::Scene;

use crate::unit;

/// The stage covers more of a picture than this, in thousandths; the kernel's writing does not.
const STAGE: usize = 300;
/// Between two looks at the display: each costs the board a moment.
const LOOK: Duration = Duration::from_millis(500);
/// roomd has its session with the homeserver: from here on a press joins.
const READY: &str = "logged in";
/// What each service, then each thread has had of the processors so far, the greediest first: in
/// milliseconds, and in ticks of ten (`proc_pid_stat(5)`).
const SPENT: &str = "exec 2> /dev/null
    for group in /sys/fs/cgroup/*/cpu.stat /sys/fs/cgroup/system.slice/*/cpu.stat; do
        read -r _ spent < $group && echo $((spent / 1000)) ms ${group%/cpu.stat}
    done | sort -rn | head -n 25
    for thread in /proc/[0-9]*/task/*; do
        read -r line < $thread/stat && set -- ${line##*) } && echo $((${12} + ${13})) ticks $(cat $thread/comm)
    done | sort -rn | head -n 30";
/// What was said of this start, but for the kernel.
const JOURNAL: &str = "journalctl --boot --output short-monotonic --no-hostname --no-pager \
    | grep -v kernel: | tail -n 140 | cut -c -150";

/// A board with a display, and when it was switched on.
struct Start {
    power: Instant,
    machine: Machine,
}

impl Start {
    fn of(image: &Image, disk: &RawDisk, folder: &Path) -> Self {
        let options = Options {
            more: ["-device", "virtio-gpu-pci"].map(str::to_owned).to_vec(),
            ..Options::default()
        };
        let power = Instant::now();
        let machine = Machine::start(image, disk, folder, &options).unwrap();
        Self { power, machine }
    }

    /// Seconds from power-on to the kernel's first moment, from which on the system counts.
    fn kernel(&mut self) -> f64 {
        let asked = self.power.elapsed();
        let said = self.number("cut -d ' ' -f 1 /proc/uptime");
        let answered = self.power.elapsed();
        (asked + answered).as_secs_f64() / 2.0 - said
    }

    /// The same to the moment a unit was reached.
    fn reached(&mut self, unit: &str) -> f64 {
        let active = format!("systemctl is-active {unit}");
        self.machine.wait_for(&active, LONG).unwrap();
        let when = "systemctl show --property ActiveEnterTimestampMonotonic --value";
        self.kernel() + self.number(&format!("{when} {unit}")) / 1e6
    }

    /// The same to roomd's first line with a text.
    fn said(&mut self, text: &str) -> f64 {
        let log = format!(
            "journalctl --boot --unit roomd --output short-monotonic --no-hostname --no-pager \
             | grep -F -m 1 '{text}' | tr -d '[ ' | cut -d ']' -f 1 | grep ."
        );
        let when = self.machine.wait_for(&log, LONG).unwrap();
        let when: f64 = when.trim().parse().unwrap();
        self.kernel() + when
    }

    /// Seconds from power-on until the display shows the room.
    fn shown(&mut self, to: &Path) -> f64 {
        let mut look = || Picture::take(self.machine.qmp(), None, to).unwrap();
        while look().is_none_or(|picture| picture.drawn() <= STAGE) {
            assert!(
                self.power.elapsed() < LONG,
                "no stage on the display: {}",
                to.display()
            );
            std::thread::sleep(LOOK);
        }
        self.power.elapsed().as_secs_f64()
    }

    fn number(&mut self, command: &str) -> f64 {
        let said = self.machine.run(command).unwrap();
        let number = said.text.trim().parse();
        number.unwrap_or_else(|_| panic!("{command}: {said:?}"))
    }
}

/// The same image, but the initramfs asks systemd for another target.
fn empty(image: &Image) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let init = image.init(folder.path()).unwrap().replace(
        "/usr/lib/systemd/systemd\n",
        "/usr/lib/systemd/systemd --unit=salle-empty.target\n",
    );
    let kernel = image.kernel_with_init(&init, folder.path()).unwrap();
    let kernel = std::fs::read(kernel).unwrap();
    let disk = RawDisk::flashed(image, folder.path()).unwrap();
    disk.write(disk.partition("kernel-a").unwrap().start, &kernel)
        .unwrap();
    let mut start = Start::of(image, &disk, folder.path());
    start.machine.wait_until_up().unwrap();
    println!("power to kernel        {:>8.1} s", start.kernel());
    let reached = start.reached("salle-empty.target");
    println!("{}", start.machine.run(SPENT).unwrap().text);
    reached
}

/// A disk as a room has it every day: its first start has made the data partition and taken the
/// settings.
fn lived_in(image: &Image, scene: &Scene, folder: &Path) -> RawDisk {
    let disk = unit::commissioned_disk(scene, image, folder).unwrap();
    let mut first = Start::of(image, &disk, folder);
    first.machine.wait_until_started().unwrap();
    first.said(READY);
    first.machine.run("sync; systemctl poweroff").unwrap();
    first.machine.wait_for_end(LONG).unwrap();
    disk
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; cargo xtask bench boot"]
async fn from_power_on_to_ready() {
    let scene = unit::scene().await;
    let image = Image::from_environment().unwrap();
    let empty = empty(&image);
    println!("empty system           {empty:>8.1} s");

    let folder = tempfile::tempdir().unwrap();
    let disk = lived_in(&image, &scene, folder.path());
    let mut start = Start::of(&image, &disk, folder.path());
    let shown = start.shown(&folder.path().join("display.ppm"));
    start.machine.wait_until_up().unwrap();
    let stages = [
        ("display shows the room", shown),
        ("roomd answers", start.reached("roomd.service")),
        ("ready to join", start.said(READY)),
        ("boot marked good", start.reached("salle-boot-good.service")),
    ];
    for (what, seconds) in stages {
        println!("{what:<22} {seconds:>8.1} s   ratio {:.2}", seconds / empty);
    }
    println!("{}", start.machine.run(SPENT).unwrap().text);
    println!("{}", start.machine.run(JOURNAL).unwrap().text);
    let about = "systemd-analyze --no-pager; systemd-analyze critical-chain --no-pager \
                 roomd.service mediad.service; systemd-analyze blame --no-pager | head -n 25; free -m";
    println!("{}", start.machine.run(about).unwrap().text);
    let size = std::fs::metadata(image.root()).unwrap().len();
    println!("root with hash tree    {:>8.1} MB", size as f64 / 1e6);
}
