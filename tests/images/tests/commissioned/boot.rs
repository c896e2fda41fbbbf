//! `cargo xtask bench boot`: how long a commissioned unit takes from power-on until its display shows
//! the room and until it is ready to join, as a ratio to the same kernel starting an empty system in
//! the same image, in the same run.
#![allow(clippy::print_stdout, reason = "a measurement is read on the terminal")]

use std::path::Path;
use std::time::Instant;

use salle_images::{Image, LONG, Machine, Options, Picture, RawDisk};
use salle_scenarios::Scene;

use crate::unit;

/// An odd number. Runs of one image differ by a quarter, so that one proves no small change.
const RUNS: usize = 3;
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
        self.machine.shows(None, to, Picture::is_stage).unwrap();
        self.power.elapsed().as_secs_f64()
    }

    /// What took its time.
    fn explain(&mut self) {
        let chain = "systemd-analyze --no-pager; systemd-analyze critical-chain --no-pager \
                     roomd.service mediad.service; systemd-analyze blame --no-pager | head -n 25; free -m";
        for about in [SPENT, JOURNAL, chain] {
            println!("{}", self.machine.run(about).unwrap().text);
        }
    }

    /// Switched off as a unit should be, so that the next start finds nothing to mend.
    fn end(mut self) {
        self.machine.run("sync; systemctl poweroff").unwrap();
        self.machine.wait_for_end(LONG).unwrap();
    }

    fn number(&mut self, command: &str) -> f64 {
        let said = self.machine.run(command).unwrap();
        let number = said.text.trim().parse();
        number.unwrap_or_else(|_| panic!("{command}: {said:?}"))
    }
}

/// The same image, but the initramfs asks systemd for another target.
fn empty_disk(image: &Image, folder: &Path) -> RawDisk {
    let init = image.init(folder).unwrap().replace(
        "/usr/lib/systemd/systemd\n",
        "/usr/lib/systemd/systemd --unit=salle-empty.target\n",
    );
    let kernel = image.kernel_with_init(&init, folder).unwrap();
    let kernel = std::fs::read(kernel).unwrap();
    let disk = RawDisk::flashed(image, folder).unwrap();
    disk.write(disk.partition("kernel-a").unwrap().start, &kernel)
        .unwrap();
    disk
}

/// Seconds from power-on, of one run.
struct Times {
    empty: f64,
    shown: f64,
    answers: f64,
    ready: f64,
    good: f64,
}

impl Times {
    /// An empty system's start, then a room's.
    fn of(image: &Image, empty: (&RawDisk, &Path), room: (&RawDisk, &Path)) -> Self {
        let mut start = Start::of(image, empty.0, empty.1);
        start.machine.wait_until_up().unwrap();
        let empty = start.reached("salle-empty.target");
        drop(start);
        let mut start = Start::of(image, room.0, room.1);
        let shown = start.shown(&room.1.join("display.png"));
        start.machine.wait_until_up().unwrap();
        let times = Self {
            empty,
            shown,
            answers: start.reached("roomd.service"),
            ready: start.said(READY),
            good: start.reached("salle-boot-good.service"),
        };
        start.explain();
        start.end();
        times
    }
}

/// The middle one of the runs, and its ratio to the empty system of its own run.
fn tell(what: &str, runs: &[Times], of: impl Fn(&Times) -> f64) {
    let mut ratios: Vec<_> = runs
        .iter()
        .map(|run| (of(run) / run.empty, of(run)))
        .collect();
    ratios.sort_by(|one, other| {
        let ratio = one.0.total_cmp(&other.0);
        ratio.then(one.1.total_cmp(&other.1))
    });
    let (ratio, seconds) = ratios[ratios.len() / 2];
    let (least, most) = (ratios[0].0, ratios[ratios.len() - 1].0);
    println!("{what:<22} {seconds:>8.1} s   ratio {ratio:.2}   ({least:.2} to {most:.2})");
}

/// A disk as a room has it every day: its first start has made the data partition and taken the
/// settings.
fn lived_in(image: &Image, scene: &Scene, folder: &Path) -> RawDisk {
    let disk = unit::commissioned_disk(scene, image, folder).unwrap();
    let mut first = Start::of(image, &disk, folder);
    first.machine.wait_until_started().unwrap();
    first.said(READY);
    first.end();
    disk
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; cargo xtask bench boot"]
async fn from_power_on_to_ready() {
    let scene = unit::scene().await;
    let image = Image::from_environment().unwrap();
    let (plain, lived) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let empty = empty_disk(&image, plain.path());
    let room = lived_in(&image, &scene, lived.path());
    let runs: Vec<_> = (0..RUNS)
        .map(|_| Times::of(&image, (&empty, plain.path()), (&room, lived.path())))
        .collect();
    println!("of {RUNS} runs the middle one, and the least and the most");
    tell("empty system", &runs, |run| run.empty);
    tell("display shows the room", &runs, |run| run.shown);
    tell("roomd answers", &runs, |run| run.answers);
    tell("ready to join", &runs, |run| run.ready);
    tell("boot marked good", &runs, |run| run.good);
    let size = std::fs::metadata(image.root()).unwrap().len();
    println!("root with hash tree    {:>8.1} MB", size as f64 / 1e6);
}
