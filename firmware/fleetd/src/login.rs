//! `fleetd login`: logs the unit in to its network by 802.1X. It runs `wpa_supplicant` on one
//! interface, and writes down what becomes of it for `fleetd serve`.

use std::fs::{self, Permissions};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use room_fleet::{Listener, Login};

use crate::args::LogIn;
use crate::outcome::Failure;
use crate::store::{read_json, write_whole};

/// In the folder of each interface.
const FILE: &str = "login.json";

/// Runs as long as `wpa_supplicant` does; systemd ends and restarts both together.
///
/// # Errors
/// Always in the end.
pub fn run(args: &LogIn) -> Result<(), Failure> {
    let lost = |source| Failure::Start {
        what: "wpa_supplicant does not run",
        source,
    };
    let mut child = Command::new(&args.supplicant)
        .args(["-D", "wired", "-i", &args.interface, "-c"])
        .arg(&args.config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(lost)?;
    let lines = child.stdout.take().map(BufReader::new);
    let mut listener = Listener::default();
    // A certificate may bring bytes that are no text.
    for line in lines.into_iter().flat_map(|lines| lines.split(b'\n')) {
        let line = line.map_err(lost)?;
        let line = String::from_utf8_lossy(&line);
        tracing::info!("{line}");
        if let Some(login) = listener.hear(&line)
            && let Err(error) = tell(&args.runtime.join(FILE), login)
        {
            tracing::error!(%error, "the unit cannot be told of its login");
        }
    }
    let ended = child.wait().map_err(lost)?;
    Err(lost(io::Error::other(ended.to_string())))
}

/// `fleetd serve` is another user; nothing here is secret.
fn tell(path: &Path, login: &Login) -> io::Result<()> {
    let text = serde_json::to_vec(login).unwrap_or_default();
    write_whole(path, &text, 0o644)?;
    fs::set_permissions(path, Permissions::from_mode(0o644))
}

/// How each interface that was asked for a login stands, from the folder of their folders.
pub fn logins(folder: &Path) -> Vec<Login> {
    let Ok(interfaces) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let files = interfaces.flatten().map(|entry| entry.path().join(FILE));
    files
        .filter(|file| file.exists())
        .filter_map(|file| read_json(&file))
        .collect()
}
