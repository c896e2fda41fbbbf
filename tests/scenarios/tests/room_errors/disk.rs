//! A full disk under the state directory.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use room_messages::api::{Homeserver, Phase, Status};
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::faces::{LIMIT, Rooms, fault, stage, stage_says};

/// A small file system over a folder, seen only by those who have its mounts: no right but that
/// of everybody is needed to make one.
struct SmallDisk {
    holder: Child,
    folder: PathBuf,
}

impl SmallDisk {
    fn over(folder: &Path) -> Self {
        let mut holder = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            holder.args(["--user", "--map-root-user"]);
        }
        let script = "mount -t tmpfs -o size=24m,mode=0700 tmpfs \"$1\" && echo there && exec cat";
        holder
            .args(["--mount", "setpriv", "--pdeathsig", "KILL"])
            .args(["sh", "-c", script, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0);
        let mut holder = holder.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(
            line.trim(),
            "there",
            "no file system can be mounted, not even by unshare(1): run as root, or where user \
             namespaces are allowed"
        );
        Self {
            holder,
            folder: folder.to_owned(),
        }
    }

    fn filler(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder.strip_prefix("/").unwrap())
            .join("filler")
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).unwrap();
        let full = loop {
            if let Err(error) = file.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    fn empty(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Starts the room anew on a full disk, as if for the first time.
async fn begin_on_full_disk(room: &mut Room) -> SmallDisk {
    room.terminate().await.unwrap();
    let disk = SmallDisk::over(&room.state_directory());
    disk.fill();
    room.see_mounts_of(disk.holder.id());
    room.start_again().await.unwrap();
    disk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_costs_neither_the_call_nor_the_session() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let mut rooms = Rooms::start(&scene, |_| {}).await;
    let disks = [
        begin_on_full_disk(&mut rooms.en).await,
        begin_on_full_disk(&mut rooms.fr).await,
    ];
    let place = |room: &Room| room.state_directory().display().to_string();
    // Nobody is logged in yet, and a login could not be kept: no call.
    rooms.are_stopped_by("STATE-01", "/state").await;
    disks.iter().for_each(SmallDisk::empty);
    let well =
        |status: &Status| status.faults.is_empty() && status.room.homeserver == Homeserver::Online;
    rooms
        .each(|room, _| async move {
            room.wait_until("space again", well, LIMIT).await.unwrap();
        })
        .await;
    let device = rooms.en.status().await.unwrap().room.device;
    assert!(device.is_some());
    rooms.join(&scene.room_id).await;

    // In a call it is said below the tiles, and the call goes on.
    disks.iter().for_each(SmallDisk::fill);
    rooms
        .each(|room, language| async move {
            let problem = fault(room, "STATE-01").await;
            assert!(problem.what.fr.contains(&place(room)), "{problem}");
            stage_says(room, language, &problem).await;
            assert_eq!(room.status().await.unwrap().call.phase, Phase::InCall);
        })
        .await;
    disks.iter().for_each(SmallDisk::empty);
    rooms
        .each(|room, _| async move {
            room.wait_until("space again", well, LIMIT).await.unwrap();
            let place = place(room);
            stage(room, "no fault", |said| !said.contains(&place)).await;
        })
        .await;
    let room = &mut rooms.en;
    room.kill().await;
    room.start_again().await.unwrap();
    let back = |status: &Status| status.call.phase == Phase::InCall && status.room.device == device;
    room.wait_until("the same device in the same call", back, LIMIT)
        .await
        .unwrap();
}
