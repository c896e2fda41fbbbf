//! `fleetd stick`: looks at a USB stick once. `salle.toml` commissions, the bundle with the
//! highest name updates; both may be on one stick.
//!
//! The stick is mounted read-only in this process's own mount namespace, and writable only while
//! secrets are wiped from it or mistakes written beside `salle.toml`.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use room_fleet::CallState;
use rustix::mount::{MountFlags, UnmountFlags, mount, mount_remount, unmount};

use super::commission::{Taken, settle, take};
use super::console;
use super::settings::Folder;
use crate::args::Stick;
use crate::outcome::Failure;
use crate::room::{self, Room};
use crate::serve::read_release;
use crate::{client, updating};

const PLACE: &str = "/run/salle-stick";
const LOOK: Duration = Duration::from_secs(2);

/// See the module.
///
/// # Errors
/// When it cannot be mounted.
pub async fn run(args: &Stick) -> Result<(), Failure> {
    let version = read_release(&args.target.release)?.version;
    let mounted = Mounted::new(&args.device)?;
    let folder = Folder::new(&args.target.config, &args.target.owner);
    let taken = take(&mounted.place.join("salle.toml"), &args.target, &folder);
    let bundle = newest_bundle(&mounted.place).and_then(|bundle| keep(&bundle, &args.incoming));
    drop(mounted);
    match &taken {
        Taken::Nothing => {}
        Taken::Applied => console::show(&args.target.console, &console::TAKEN),
        Taken::Refused(_) => settle(&args.target, &folder, &version, &taken),
    }
    if let Some(bundle) = bundle {
        client::install(&args.fleet, &bundle).await;
    }
    if matches!(taken, Taken::Applied) {
        restart(args).await;
    }
    Ok(())
}

/// New settings count from the next start on: network, firewall and room all begin with them.
async fn restart(args: &Stick) {
    let room = Room::new(&args.target.run.join("salle"));
    while room::call(room.readiness().await.as_ref()) == CallState::GoingOn {
        tokio::time::sleep(LOOK).await;
    }
    if let Err(error) = fs::write(args.fleet.join("reboot"), b"") {
        tracing::error!(%error, "systemd cannot be asked to start again");
    }
}

struct Mounted {
    place: PathBuf,
}

impl Mounted {
    fn new(device: &Path) -> Result<Self, Failure> {
        let failed = |source: io::Error| Failure::Start {
            what: "the stick cannot be mounted",
            source,
        };
        let place = PathBuf::from(PLACE);
        fs::create_dir_all(&place).map_err(failed)?;
        let flags = MountFlags::NOEXEC | MountFlags::NOSUID | MountFlags::NODEV;
        mount(device, &place, "vfat", flags | MountFlags::RDONLY, None)
            .map_err(|error| failed(error.into()))?;
        // A stick with its switch on read-only stays so; its secrets then stay on it.
        if place.join("salle.toml").exists()
            && let Err(error) = mount_remount(&place, flags | MountFlags::SYNCHRONOUS, "")
        {
            tracing::warn!(%error, "the stick is read-only: its secrets cannot be wiped");
        }
        Ok(Self { place })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Err(error) = unmount(&self.place, UnmountFlags::empty()) {
            tracing::warn!(%error, "the stick is not unmounted");
        }
    }
}

fn newest_bundle(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let bundle = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "raucb");
    entries.filter(bundle).max()
}

/// A copy where fleetd takes it from; the stick may be removed at any time.
fn keep(bundle: &Path, incoming: &Path) -> Option<PathBuf> {
    let copy = incoming.join("stick.raucb");
    let kept = || -> io::Result<()> {
        let size = fs::metadata(bundle)?.len();
        let free = updating::free_for_bundle(incoming);
        if size > free {
            return Err(io::Error::other(format!(
                "{size} bytes are needed, {free} are free"
            )));
        }
        let _ = fs::remove_file(&copy);
        fs::copy(bundle, &copy)?;
        let owner = fs::metadata(incoming)?;
        chown(&copy, Some(owner.uid()), Some(owner.gid()))?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o640))
    };
    match kept() {
        Ok(()) => Some(copy),
        Err(error) => {
            tracing::error!(%error, "the bundle on the stick cannot be copied");
            let _ = fs::remove_file(&copy);
            None
        }
    }
}
