//! The virtual board.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{
    Answer, Disk, Error, Image, LossyDisk, Picture, Probe, Qmp, RawDisk, Result, Serial, Tpm,
};

/// Emulation on a busy computer: everything in the guest takes ten times as long at worst.
pub const LONG: Duration = Duration::from_secs(900);
const PROGRAM: &str = "qemu-system-aarch64";
/// For QEMU to open its sockets.
const SOCKETS: Duration = Duration::from_secs(30);
/// For a start up to the probe: emulation takes half a minute alone, minutes on a busy computer.
const START: Duration = Duration::from_secs(600);
/// For a small question to a system that may just restart.
const ANSWER: Duration = Duration::from_secs(20);
/// For one command inside.
const COMMAND: Duration = Duration::from_secs(120);
/// Between two looks at a display: each costs the board a moment.
const LOOK: Duration = Duration::from_millis(500);

/// What is not the same on every board.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the clock shows at power-on, as `-rtc base=` has it; the host's time without.
    pub clock: Option<String>,
    /// Whether a cable is plugged in. The host is 10.0.2.2 there.
    pub network: bool,
    /// Whether there is a watchdog. Not by itself: on a busy computer the board is given no time for
    /// longer than a watchdog waits, and a test of something else would see resets.
    pub watchdog: bool,
    /// Whether it has a TPM, whose state is kept beside its disk.
    pub tpm: bool,
    /// More of QEMU's own arguments.
    pub more: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: None,
            network: true,
            watchdog: false,
            tpm: false,
            more: Vec::new(),
        }
    }
}

/// What a board can have as its disk.
#[derive(Debug, Clone, Copy)]
pub enum Drive<'a> {
    Unit(&'a Disk),
    Raw(&'a RawDisk),
    Lossy(&'a LossyDisk),
}

impl<'a> From<&'a Disk> for Drive<'a> {
    fn from(disk: &'a Disk) -> Self {
        Self::Unit(disk)
    }
}

impl<'a> From<&'a RawDisk> for Drive<'a> {
    fn from(disk: &'a RawDisk) -> Self {
        Self::Raw(disk)
    }
}

impl<'a> From<&'a LossyDisk> for Drive<'a> {
    fn from(disk: &'a LossyDisk) -> Self {
        Self::Lossy(disk)
    }
}

/// A running board: off when dropped, as if the plug were pulled.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    _tpm: Option<Tpm>,
    errors: PathBuf,
    serial: Serial,
    qmp: Qmp,
    probe: Probe,
}

impl Machine {
    /// Switches a board on. Its sockets and logs are in `folder`.
    ///
    /// # Errors
    /// When QEMU does not start.
    pub fn start<'a>(
        image: &Image,
        drive: impl Into<Drive<'a>>,
        folder: &Path,
        options: &Options,
    ) -> Result<Self> {
        for name in ["qmp", "probe", "serial"] {
            // From the board that was here before.
            let _ = std::fs::remove_file(folder.join(name));
        }
        let errors = folder.join("qemu.log");
        let log = std::fs::File::create(&errors).map_err(Error::file("create", &errors))?;
        let tpm = options.tpm.then(|| Tpm::start(folder)).transpose()?;
        let mut qemu = Command::new(PROGRAM);
        arguments(&mut qemu, image, drive.into(), folder, options);
        qemu.args(tpm.iter().flat_map(Tpm::arguments));
        let child = qemu
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let mut child = child.map_err(|source| Error::Start {
            program: PROGRAM,
            source,
        })?;
        let sockets = connect(folder, &mut child, &errors);
        let (qmp, probe) =
            sockets.inspect_err(|_| drop(child.kill().and_then(|()| child.wait())))?;
        Ok(Self {
            child,
            _tpm: tpm,
            errors,
            serial: Serial::new(folder),
            qmp,
            probe,
        })
    }

    /// A freshly flashed board, with everything started that a start starts.
    ///
    /// # Errors
    /// As [`Disk::flashed`], [`Machine::start`] and [`Machine::wait_until_started`].
    pub fn flashed(image: &Image, folder: &Path, options: &Options) -> Result<Self> {
        let disk = Disk::flashed(image, folder)?;
        let mut machine = Self::start(image, &disk, folder, options)?;
        machine.wait_until_started()?;
        Ok(machine)
    }

    /// What it says.
    #[must_use]
    pub const fn serial(&self) -> &Serial {
        &self.serial
    }

    /// QEMU's own line.
    pub const fn qmp(&mut self) -> &mut Qmp {
        &mut self.qmp
    }

    /// Waits until the system has come up far enough to be asked.
    ///
    /// # Errors
    /// When it does not, or the board ended.
    pub fn wait_until_up(&mut self) -> Result<()> {
        self.wait_until_up_within(START)
    }

    /// The same when it has to fail several times first.
    ///
    /// # Errors
    /// When it does not come up within the limit, or the board ended.
    pub fn wait_until_up_within(&mut self, limit: Duration) -> Result<()> {
        let started = Instant::now();
        while !self.probe.is_ready()? {
            self.check()?;
            if started.elapsed() > limit {
                return Err(Error::TimedOut {
                    what: "the system".to_owned(),
                    limit,
                    serial: self.serial.tail(),
                });
            }
        }
        Ok(())
    }

    /// Waits until everything is started that a start starts.
    ///
    /// # Errors
    /// As [`Machine::wait_until_up`], and when it does not get so far.
    pub fn wait_until_started(&mut self) -> Result<()> {
        self.wait_until_up()?;
        self.wait_for("systemctl is-active multi-user.target", LONG)
            .map(drop)
    }

    /// Runs a command inside, as root in bash.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn run(&mut self, command: &str) -> Result<Answer> {
        self.probe.run(command, COMMAND)
    }

    /// The same for what takes long.
    ///
    /// # Errors
    /// When no answer comes within the limit.
    pub fn run_within(&mut self, command: &str, limit: Duration) -> Result<Answer> {
        self.probe.run(command, limit)
    }

    /// Repeats a command until it succeeds.
    ///
    /// # Errors
    /// When it never does; with what it said last.
    pub fn wait_for(&mut self, command: &str, limit: Duration) -> Result<String> {
        let started = Instant::now();
        loop {
            let answer = self.run(command)?;
            if answer.code == 0 {
                return Ok(answer.text);
            }
            if started.elapsed() > limit {
                return Err(Error::TimedOut {
                    what: format!("success of `{command}`"),
                    limit,
                    serial: answer.text,
                });
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// The same of a system that may restart meanwhile: it answers in between, and not while it does.
    ///
    /// # Errors
    /// When it never does.
    pub fn wait_across_restarts(&mut self, command: &str, limit: Duration) -> Result<()> {
        let started = Instant::now();
        while !self
            .run_within(command, ANSWER)
            .is_ok_and(|answer| answer.code == 0)
        {
            if started.elapsed() > limit {
                return Err(Error::TimedOut {
                    what: format!("success of `{command}`"),
                    limit,
                    serial: self.serial.tail(),
                });
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    }

    /// The first picture of a display that is as wanted; the last one is kept as `to`. `display`: the
    /// device's identifier, or the board's first.
    ///
    /// # Errors
    /// When there is none within [`LONG`], or the board ended.
    pub fn shows(
        &mut self,
        display: Option<&str>,
        to: &Path,
        wanted: impl Fn(&Picture) -> bool,
    ) -> Result<Picture> {
        let started = Instant::now();
        loop {
            let picture = Picture::take(&mut self.qmp, display, to)?;
            if let Some(picture) = picture.filter(&wanted) {
                return Ok(picture);
            }
            if started.elapsed() > LONG {
                return Err(Error::TimedOut {
                    what: format!("another picture than {}", to.display()),
                    limit: LONG,
                    serial: self.serial.tail(),
                });
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Pulls the plug.
    pub fn cut_power(mut self) {
        self.kill();
    }

    /// Waits until the board has switched itself off.
    ///
    /// # Errors
    /// When it does not within the limit.
    pub fn wait_for_end(mut self, limit: Duration) -> Result<()> {
        let started = Instant::now();
        while self
            .child
            .try_wait()
            .map_err(Error::file("wait for", PROGRAM))?
            .is_none()
        {
            if started.elapsed() > limit {
                let what = "the end".to_owned();
                return Err(Error::TimedOut {
                    what,
                    limit,
                    serial: self.serial.tail(),
                });
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn check(&mut self) -> Result<()> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            _ => Err(Error::Ended(said(&self.errors))),
        }
    }

    fn kill(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
    }
}

fn arguments(
    qemu: &mut Command,
    image: &Image,
    drive: Drive<'_>,
    folder: &Path,
    options: &Options,
) {
    let at = folder.display();
    qemu.args([
        "-machine",
        "virt",
        "-cpu",
        "max,pauth-impdef=on",
        "-smp",
        "2",
        "-m",
        "2048",
    ]);
    qemu.args([
        "-accel",
        "tcg,thread=multi,tb-size=512",
        "-display",
        "none",
        "-nodefaults",
    ]);
    qemu.arg("-bios").arg(image.boot_loader());
    // Kept in a file, whether or not somebody sits at it.
    let serial = format!("path={at}/serial,server=on,wait=off,logfile={at}/serial.log");
    qemu.args(["-chardev", &format!("socket,id=serial,{serial}")]);
    qemu.args(["-serial", "chardev:serial"]);
    qemu.args(["-qmp", &format!("unix:{at}/qmp,server=on,wait=off")]);
    qemu.args([
        "-chardev",
        &format!("socket,id=probe,path={at}/probe,server=on,wait=off"),
    ]);
    qemu.args(["-device", "virtio-serial-pci"]);
    qemu.args([
        "-device",
        "virtserialport,chardev=probe,name=org.salle.probe",
    ]);
    qemu.args(["-device", "virtio-rng-pci", "-device", "qemu-xhci"]);
    let device = match drive {
        Drive::Unit(disk) => disk.block_device(),
        Drive::Raw(disk) => disk.block_device(),
        Drive::Lossy(disk) => disk.block_device(),
    };
    qemu.args(["-blockdev", &device, "-device", "virtio-blk-pci,drive=disk"]);
    if options.network {
        qemu.args([
            "-netdev",
            "user,id=net",
            "-device",
            "virtio-net-pci,netdev=net,romfile=",
        ]);
    }
    if options.watchdog {
        qemu.args(["-device", "i6300esb,addr=0x1e", "-action", "watchdog=reset"]);
    }
    if let Some(clock) = &options.clock {
        qemu.args(["-rtc", &format!("base={clock}")]);
    }
    qemu.args(&options.more);
}

fn connect(folder: &Path, child: &mut Child, errors: &Path) -> Result<(Qmp, Probe)> {
    let started = Instant::now();
    loop {
        let qmp = UnixStream::connect(folder.join("qmp"));
        let probe = UnixStream::connect(folder.join("probe"));
        if let (Ok(qmp), Ok(probe)) = (qmp, probe) {
            return Ok((Qmp::connect(qmp)?, Probe::new(probe)?));
        }
        if !matches!(child.try_wait(), Ok(None)) || started.elapsed() > SOCKETS {
            return Err(Error::Ended(said(errors)));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn said(errors: &Path) -> String {
    std::fs::read_to_string(errors).unwrap_or_default()
}
