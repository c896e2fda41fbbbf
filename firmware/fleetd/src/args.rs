//! The command line: one program, one subcommand a unit of systemd.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// What `fleetd data` reports.
const DATA_REPORT: &str = "/run/salle-data/report.json";
/// What the image says of itself.
const RELEASE: &str = "/usr/share/salle/release.toml";
/// What the room was told.
const SETTINGS: &str = "/var/lib/salle-config/room.toml";
/// Made by `fleetd service`; its folder goes with its unit, however that ends.
const SERVICE_OPEN: &str = "/run/salle-service/open";

/// Care of a room unit: slots, updates, health, commissioning, the data partition.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer the API and carry out updates; runs as long as the unit.
    Serve(Places),
    /// Wait until this boot has proven itself, and mark it good. Exit code 1: it has not.
    BootGood(BootGood),
    /// Make, grow, unlock, check or wipe the data partition, before it is mounted.
    Data(Data),
    /// Take `salle.toml`, and write what the settings say of network and time for this boot.
    Commission(Commission),
    /// Let the system of a bundle unlock the data partition; RAUC calls it before it installs.
    Seal(Seal),
    /// Look at a USB stick: `salle.toml` commissions, a bundle updates.
    Stick(Stick),
    /// Log in to the network by 802.1X, and say what becomes of it.
    Login(LogIn),
    /// Say whose a graphics card is, `panel` or `stage`; udev asks.
    Card(Card),
    /// Open a root shell on the serial console to whoever signs with the service key.
    Service(Service),
}

#[derive(Clone, Debug, Args)]
pub struct Service {
    /// The mark that the button was held at power-on; taken away before anything else.
    #[arg(long, value_name = "FILE", default_value = "/run/salle-data/service")]
    pub asked: PathBuf,
    #[arg(long, value_name = "FILE", default_value = SERVICE_OPEN)]
    pub open: PathBuf,
    #[arg(long, value_name = "FILE", default_value = SETTINGS)]
    pub settings: PathBuf,
    #[arg(long, value_name = "FILE", default_value = RELEASE)]
    pub release: PathBuf,
    /// The terminal; the kernel's last serial console when not given.
    #[arg(long, value_name = "FILE")]
    pub console: Option<PathBuf>,
    /// Seconds without input after which the shell is closed.
    #[arg(long, value_name = "SECONDS", default_value_t = room_fleet::service::MAX_QUIET.as_secs())]
    pub quiet: u64,
}

#[derive(Clone, Debug, Args)]
pub struct LogIn {
    #[arg(value_name = "INTERFACE")]
    pub interface: String,
    /// For `wpa_supplicant`; `fleetd commission` writes it.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/run/salle-network/8021x.conf"
    )]
    pub config: PathBuf,
    /// What becomes of it is written there.
    #[arg(long, value_name = "DIR")]
    pub runtime: PathBuf,
    #[arg(long, value_name = "FILE", default_value = "/usr/sbin/wpa_supplicant")]
    pub supplicant: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct Card {
    /// Its folder in sysfs.
    #[arg(value_name = "DIR")]
    pub card: PathBuf,
}

/// Where things are.
#[derive(Clone, Debug, Args)]
pub struct Places {
    /// What outlives a restart.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/salle-fleet")]
    pub state: PathBuf,
    /// Own socket, faults, and wishes to systemd.
    #[arg(long, value_name = "DIR", default_value = "/run/salle-fleet")]
    pub runtime: PathBuf,
    /// Where roomd has its socket.
    #[arg(long, value_name = "DIR", default_value = "/run/salle")]
    pub room: PathBuf,
    #[arg(long, value_name = "FILE", default_value = RELEASE)]
    pub release: PathBuf,
    #[arg(long, value_name = "FILE", default_value = SETTINGS)]
    pub settings: PathBuf,
    /// What `fleetd data` reported.
    #[arg(long, value_name = "FILE", default_value = DATA_REPORT)]
    pub data_report: PathBuf,
    /// What `fleetd commission` could not apply.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/run/salle-commission/problems.json"
    )]
    pub problems: PathBuf,
    /// Where each `fleetd login` has its folder.
    #[arg(long, value_name = "DIR", default_value = "/run/salle-8021x")]
    pub logins: PathBuf,
    /// There while a service shell is open.
    #[arg(long, value_name = "FILE", default_value = SERVICE_OPEN)]
    pub service_open: PathBuf,
    /// The kernel's view of the disks.
    #[arg(long, value_name = "DIR", default_value = "/sys/class/block")]
    pub blocks: PathBuf,
    /// D-Bus address on which RAUC answers; the system bus when not given.
    #[arg(long, value_name = "ADDRESS")]
    pub bus: Option<String>,
    /// The kernel's name of this boot (`%b` in a unit). Asked of the kernel when not given, which a
    /// sandbox with `ProcSubset=pid` hides.
    #[arg(long, value_name = "ID")]
    pub boot: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct BootGood {
    #[command(flatten)]
    pub places: Places,
    /// Seconds after which a boot that is not good counts as bad.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub patience: u64,
}

#[derive(Clone, Debug, Args)]
pub struct Data {
    /// Where the report and the link to the device go.
    #[arg(long, value_name = "DIR", default_value = "/run/salle-data")]
    pub runtime: PathBuf,
    #[arg(long, value_name = "FILE", default_value = RELEASE)]
    pub release: PathBuf,
    /// Definitions for systemd-repart, `plain/` and `tpm2/`.
    #[arg(long, value_name = "DIR", default_value = "/usr/share/salle/repart.d")]
    pub definitions: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct Seal {
    /// Where the bundle is mounted.
    #[arg(long, value_name = "DIR")]
    pub bundle: PathBuf,
    #[arg(long, value_name = "FILE", default_value = DATA_REPORT)]
    pub data_report: PathBuf,
    #[arg(long, value_name = "FILE", default_value = RELEASE)]
    pub release: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct Commission {
    /// The installer's file.
    #[arg(long, value_name = "FILE", default_value = "/boot/salle.toml")]
    pub from: PathBuf,
    #[command(flatten)]
    pub target: Target,
}

/// Where settings go.
#[derive(Clone, Debug, Args)]
pub struct Target {
    #[arg(long, value_name = "DIR", default_value = "/var/lib/salle-config")]
    pub config: PathBuf,
    /// Root of what is written for network and time (`/run` on a unit).
    #[arg(long, value_name = "DIR", default_value = "/run")]
    pub run: PathBuf,
    #[arg(long, value_name = "FILE", default_value = RELEASE)]
    pub release: PathBuf,
    /// Whose the secrets are; left as they are when there is no such user.
    #[arg(long, value_name = "USER", default_value = "salle-room")]
    pub owner: String,
    /// Where messages for whoever stands before the unit go.
    #[arg(long, value_name = "FILE", default_value = "/dev/tty1")]
    pub console: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct Stick {
    /// Its block device.
    #[arg(long, value_name = "FILE")]
    pub device: PathBuf,
    /// fleetd's runtime directory.
    #[arg(long, value_name = "DIR", default_value = "/run/salle-fleet")]
    pub fleet: PathBuf,
    /// Where bundles are put.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "/var/lib/salle-fleet/incoming"
    )]
    pub incoming: PathBuf,
    #[command(flatten)]
    pub target: Target,
}
