//! Debian packages. Only what is missing is installed, and only by root (or by sudo where
//! that asks for no password).

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use super::livekit;
use crate::{Result, places, run};

/// What building and running need on Debian 12; nothing else.
const PACKAGES: &[&str] = &[
    // To fetch, and to build: C for libraries inside crates, headers, and the compiler of LiveKit's protocol.
    "ca-certificates",
    "build-essential",
    "pkg-config",
    "protobuf-compiler",
    "libgstreamer1.0-dev",
    "libgstreamer-plugins-base1.0-dev",
    "libgstreamer-plugins-bad1.0-dev",
    // To run: VP8, Opus, RTP, WebRTC, H.264, labels on the stage and the window of the demo.
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad",
    "gstreamer1.0-plugins-ugly",
    "gstreamer1.0-nice",
    "gstreamer1.0-x",
    "fonts-dejavu-core",
    // The panel finds fonts for names in other scripts by it.
    "libfontconfig1",
    // For fleetd's conversation with RAUC, and with technicians who sign.
    "dbus-daemon",
    "openssh-client",
    // For the stack and for Element Call.
    "python3-venv",
    "nftables",
    "chromium",
    "chromium-driver",
];

const BACKPORTS: &str = "deb http://deb.debian.org/debian bookworm-backports main\n";

pub fn install() -> Result<()> {
    if places::program("dpkg-query").is_none() {
        println!("This is not Debian: assuming that what these packages hold is there:");
        println!("  {}", PACKAGES.join(" "));
        return Ok(());
    }
    let present = present();
    let mut wanted = missing(PACKAGES, &present);
    if places::program("npm").is_none() {
        wanted.extend(["nodejs", "npm"]);
    }
    let go = livekit::lacks_go();
    if wanted.is_empty() && !go {
        return Ok(());
    }
    let apt = apt_get().ok_or_else(|| advice(&wanted, go))?;
    if !wanted.is_empty() {
        install_with(&apt, &wanted)?;
    }
    if go { install_go(&apt) } else { Ok(()) }
}

/// Packages that only some commands need.
pub fn install_more(packages: &[&str]) -> Result<()> {
    if places::program("dpkg-query").is_none() {
        return Err("This command needs Debian: it uses its packages and programs.".to_owned());
    }
    let wanted = missing(packages, &present());
    if wanted.is_empty() {
        return Ok(());
    }
    let apt = apt_get().ok_or_else(|| advice(&wanted, false))?;
    install_with(&apt, &wanted)
}

fn missing<'a>(packages: &[&'a str], present: &HashSet<String>) -> Vec<&'a str> {
    let wanted = packages.iter().copied();
    wanted.filter(|name| !present.contains(*name)).collect()
}

fn install_with(apt: &Apt, wanted: &[&str]) -> Result<()> {
    println!("Debian packages: {} to install", wanted.len());
    run::quietly("apt-get update", apt().arg("update"))?;
    let mut command = apt();
    command
        .args(["install", "-y", "--no-install-recommends"])
        .args(wanted);
    run::quietly("apt-get install", &mut command)
}

fn present() -> HashSet<String> {
    let format = "-f=${Package} ${db:Status-Status}\\n";
    let mut query = Command::new("dpkg-query");
    query.args(["-W", format]);
    let list = run::output(&mut query).unwrap_or_default();
    list.lines()
        .filter_map(|line| Some(line.strip_suffix(" installed")?.to_owned()))
        .collect()
}

type Apt = Box<dyn Fn() -> Command>;

fn apt_get() -> Option<Apt> {
    if is_root() {
        return Some(Box::new(|| {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        }));
    }
    run::output(Command::new("sudo").args(["-n", "true"]))?;
    Some(Box::new(|| {
        let mut apt = Command::new("sudo");
        apt.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        apt
    }))
}

fn is_root() -> bool {
    run::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

fn is_bookworm() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .any(|line| line == "VERSION_CODENAME=bookworm")
}

/// Debian 12's own Go (1.19) cannot fetch a newer one by itself; the one in backports can.
/// Backports are read from a list of ours: the machine's own sources stay as they are.
fn install_go(apt: &Apt) -> Result<()> {
    println!("Debian packages: Go, for LiveKit");
    if !is_bookworm() {
        let mut command = apt();
        command.args(["install", "-y", "--no-install-recommends", "golang-go"]);
        return run::quietly("apt-get install golang-go", &mut command);
    }
    let folder = places::cache().join("backports");
    let lists = folder.join("lists");
    let list = folder.join("backports.list");
    fs::create_dir_all(lists.join("partial"))
        .and_then(|()| fs::write(&list, BACKPORTS))
        .map_err(|e| format!("cannot write {}: {e}", list.display()))?;
    let with_backports = || {
        let mut command = apt();
        command
            .arg("-o")
            .arg(format!("Dir::Etc::sourcelist={}", list.display()));
        command
            .arg("-o")
            .arg(format!("Dir::State::lists={}", lists.display()));
        command
    };
    run::quietly(
        "apt-get update with backports",
        with_backports().arg("update"),
    )?;
    let mut command = with_backports();
    command.args([
        "install",
        "-y",
        "--no-install-recommends",
        "-t",
        "bookworm-backports",
    ]);
    run::quietly("apt-get install golang-go", command.arg("golang-go"))
}

/// What to type where this may not install. Go is the LiveKit step's to ask for.
fn advice(wanted: &[&str], go: bool) -> String {
    if wanted.is_empty() && go {
        return "Go is missing or too old, and only root may install it; see LiveKit below."
            .to_owned();
    }
    format!(
        "{} packages are missing and only root may install them:\n  sudo apt-get update && \
         sudo apt-get install --no-install-recommends {}",
        wanted.len(),
        wanted.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_is_a_command_with_every_missing_package() {
        let text = advice(&["chromium", "npm"], false);
        assert!(text.starts_with("2 packages"));
        assert!(text.contains("sudo apt-get install --no-install-recommends chromium npm"));
    }
}
