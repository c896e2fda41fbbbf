//! The command line.

use std::path::PathBuf;

use crate::media::Origin;

/// The room's mind: joins and leaves calls, keeps keys, answers the control API.
#[derive(Clone, Debug, clap::Parser)]
#[command(version)]
pub struct Args {
    /// Settings file.
    #[arg(long, value_name = "FILE", default_value = "/etc/salle/room.toml")]
    pub settings: PathBuf,
    /// Directory for the session, its keys and the call to return to.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/salle")]
    pub state: PathBuf,
    /// Directory for sockets.
    #[arg(long, value_name = "DIR", default_value = "/run/salle")]
    pub runtime: PathBuf,
    /// The media daemon; the one beside this program when not given. The word `service`: it is
    /// started by systemd and only waited for.
    #[arg(long, value_name = "PATH")]
    pub mediad: Option<Origin>,
    /// Where fleetd tells what is wrong with the unit.
    #[arg(long, value_name = "DIR", default_value = "/run/salle-fleet")]
    pub fleet: PathBuf,
    /// Folder of the board profiles.
    #[arg(long, value_name = "DIR", default_value = "/usr/share/salle/board")]
    pub profiles: PathBuf,
    /// Darken every lamp and end: what is done after the daemon ended in whatever way.
    #[arg(long)]
    pub fail_safe: bool,
}
