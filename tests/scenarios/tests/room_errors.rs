//! Bad input, as an installer meets it: each names the thing and the next step, and loses nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use room_messages::api::{Homeserver, Phase, Problem};
use salle_scenarios::{Error, Room, RoomOptions, Scene, SceneOptions, binary, left_out};
use salle_stack::{Fault, Options};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(60);

fn problem(error: &Error) -> Problem {
    match error.problem() {
        Some(problem) => problem.clone(),
        None => panic!("no problem but: {error}"),
    }
}

fn roomctl(runtime: &Path, language: &str, arguments: &[&str]) -> Output {
    let mut command = std::process::Command::new(binary("roomctl").unwrap());
    command
        .arg("--runtime")
        .arg(runtime)
        .args(["--language", language]);
    command.args(arguments).output().unwrap()
}

async fn scene() -> Scene {
    Scene::start(SceneOptions::default()).await.unwrap()
}

async fn online(room: &Room) {
    let online = |status: &room_messages::api::Status| status.room.homeserver == Homeserver::Online;
    room.wait_until("online", online, LIMIT).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_joined_is_refused_with_the_reason_in_two_languages() {
    let scene = scene().await;
    let alice = scene.people.first().unwrap();
    let private = alice
        .create_room(salle_stack::RoomOptions::default())
        .await
        .unwrap();
    // Who made the room stands above its levels, so nobody needs naming.
    let levels = json!({"state_default": 50});
    let powerless = alice
        .create_room(salle_stack::RoomOptions {
            invite: vec![scene.account.user_id.clone()],
            ..salle_stack::RoomOptions::default()
        })
        .await
        .unwrap();
    alice
        .send_state(&powerless, "m.room.power_levels", "", &levels)
        .await
        .unwrap();
    let room = scene.room().await.unwrap();
    online(&room).await;
    let nobody = format!("#nobody-has-this:{}", scene.site().server_name());
    let table = [
        ("nonsense", "TARGET-02"),
        ("https://visio.numerique.gouv.fr/abc-defg-hij", "TARGET-03"),
        (nobody.as_str(), "ROOM-01"),
        (private.as_str(), "ROOM-02"),
        (powerless.as_str(), "ROOM-03"),
    ];
    for (target, code) in table {
        let refused = problem(&room.join(target).await.unwrap_err());
        assert_eq!(refused.code, code, "{target}");
        let status = room.status().await.unwrap();
        assert_eq!(status.call.phase, Phase::Failed, "{target}");
        assert_eq!(status.call.problem.as_ref(), Some(&refused), "{target}");
        let (en, fr) = (&refused.what.en, &refused.what.fr);
        for (language, text) in [("en", en), ("fr", fr)] {
            let run = room.runtime_directory();
            let output = roomctl(&run, language, &["join", "--wait", target]);
            assert!(!output.status.success());
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                errors.contains(code) && errors.contains(text.as_str()),
                "{errors}"
            );
        }
    }
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
    // A spoilt link does not cost the running call.
    room.join("nonsense").await.unwrap_err();
    assert_eq!(room.status().await.unwrap().call.phase, Phase::InCall);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_service_and_a_stopped_sfu_are_named() {
    let scene = scene().await;
    let room = scene.room().await.unwrap();
    online(&room).await;
    scene.site().faults().set(Fault::Status(500));
    let refused = problem(&room.join(&scene.room_id).await.unwrap_err());
    assert_eq!(refused.code, "RTC-04");
    assert!(refused.what.en.contains(scene.site().service_url()));
    scene.site().faults().clear();
    scene.site().stop_sfu().await.unwrap();
    let refused = problem(&room.join(&scene.room_id).await.unwrap_err());
    assert!(
        ["SFU-01", "RTC-04", "CALL-01"].contains(&refused.code.as_str()),
        "{refused}"
    );
    scene.site().start_sfu().await.unwrap();
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_without_transports_is_named() {
    let stack = Options {
        transports: false,
        ..Options::default()
    };
    let scene = Scene::start(SceneOptions {
        stack,
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let room = scene.room().await.unwrap();
    let refused = problem(&room.join(&scene.room_id).await.unwrap_err());
    assert_eq!(refused.code, "RTC-01");
    assert!(refused.next.en.contains("transport"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_expired_token_stay_visible_until_somebody_acts() {
    let scene = scene().await;
    let (url, user) = (&scene.account.homeserver_url, &scene.account.user_id);
    let room = Room::start(RoomOptions::for_user(url, user, "not the password"))
        .await
        .unwrap();
    let refused = |status: &room_messages::api::Status| {
        status.room.homeserver == Homeserver::Refused
            && status.faults.iter().any(|fault| fault.code == "HS-02")
    };
    room.wait_until("the refused login", refused, LIMIT)
        .await
        .unwrap();
    drop(room);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "syt_long_gone").unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&token, owner).unwrap();
    let mut options = RoomOptions::for_user(url, user, "");
    options.set("matrix", "access_token_file", token.display().to_string());
    let room = Room::start(options).await.unwrap();
    let expired = |status: &room_messages::api::Status| {
        status.faults.iter().any(|fault| fault.code == "HS-03")
    };
    room.wait_until("the expired token", expired, LIMIT)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_roomd_on_the_same_state_ends_with_the_reason_and_the_first_goes_on() {
    let scene = scene().await;
    let room = scene.room().await.unwrap();
    let folder = room.state_directory();
    let settings = folder.parent().unwrap().join("room.toml");
    let elsewhere = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(binary("roomd").unwrap())
        .arg("--settings")
        .arg(settings)
        .arg("--state")
        .arg(&folder)
        .arg("--runtime")
        .arg(elsewhere.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        errors.contains("STATE-02") && errors.contains("--state"),
        "{errors}"
    );
    assert!(errors.contains("Un autre roomd"), "{errors}");
    room.status().await.unwrap();
}

/// A file system of its own over a folder; unmounted when dropped.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// `None` where mounting is not permitted.
    fn over(folder: &Path) -> Option<Self> {
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs"])
            .arg(folder)
            .output();
        let mounted = mount.is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder.to_owned()))
    }

    /// Writes until nothing more fits.
    fn fill(&self) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.0.join("filler")).unwrap();
        let full = loop {
            if let Err(error) = file.write_all(&[0; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    }

    fn empty(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon may still be ending.
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_costs_neither_the_call_nor_the_session() {
    let scene = scene().await;
    let mut room = scene.room().await.unwrap();
    room.terminate().await.unwrap();
    let folder = room.state_directory();
    let Some(disk) = SmallDisk::over(&folder) else {
        return left_out("mounting a file system is not permitted here");
    };
    room.start_again().await.unwrap();
    online(&room).await;
    let device = room.status().await.unwrap().room.device;
    assert!(device.is_some());
    disk.fill();
    let named = |status: &room_messages::api::Status| {
        status
            .faults
            .first()
            .is_some_and(|fault| fault.code == "STATE-01")
    };
    let status = room
        .wait_until("the full disk", named, LIMIT)
        .await
        .unwrap();
    let fault = status.faults.first().unwrap();
    let place = folder.display().to_string();
    assert!(fault.what.en.contains(&place) && fault.what.fr.contains(&place));
    // What can be done without writing goes on; what cannot is owed.
    room.order_join(&scene.room_id).await.unwrap();
    room.status().await.unwrap();
    disk.empty();
    let mended = |status: &room_messages::api::Status| {
        !named(status) && status.room.homeserver == Homeserver::Online
    };
    room.wait_until("space again", mended, LIMIT).await.unwrap();
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
    disk.fill();
    room.wait_until("the full disk in a call", named, LIMIT)
        .await
        .unwrap();
    assert_eq!(room.status().await.unwrap().call.phase, Phase::InCall);
    disk.empty();
    room.wait_until("space again", mended, LIMIT).await.unwrap();
    room.kill().await;
    room.start_again().await.unwrap();
    let back = |status: &room_messages::api::Status| {
        status.call.phase == Phase::InCall && status.room.device == device
    };
    room.wait_until("the same device in the same call", back, LIMIT)
        .await
        .unwrap();
    drop(room);
    drop(disk);
}

#[tokio::test(flavor = "multi_thread")]
async fn spoilt_settings_are_named_on_every_face_and_mended_ones_start_the_room() {
    let scene = scene().await;
    let mut spoilt = scene.room_options();
    spoilt
        .set("matrix", "homeserver", 7)
        .set("matrix", "pasword", "x");
    let mut room = Room::start(spoilt).await.unwrap();
    let named = |status: &room_messages::api::Status| {
        let mut faults = status.faults.iter();
        faults.any(|fault| {
            fault.code == "SET-01"
                && fault.what.en.contains(", matrix.homeserver: ")
                && fault.what.fr.contains(", matrix.homeserver : ")
        })
    };
    let status = room.wait_until("the fault", named, LIMIT).await.unwrap();
    // What is sound in the file counts.
    assert_eq!(status.room.name, "Ampère");
    let log = room.whole_log();
    for part in [
        "matrix.homeserver: ",
        "matrix.pasword: ",
        "matrix.pasword : ",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    let runtime = room.runtime_directory();
    for (language, part) in [("en", "settings"), ("fr", "réglages")] {
        let output = roomctl(&runtime, language, &["status"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains(part), "{said}");
    }
    let refused = roomctl(&runtime, "en", &["join", &scene.room_id, "--wait"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("SET-01"), "{said}");
    assert_stage_tells(&room).await;

    room.rewrite_settings(scene.room_options()).unwrap();
    online(&room).await;
}

/// The stage shows something else than an idle room: more light than the name and a line.
async fn assert_stage_tells(room: &Room) {
    let picture = room.stage().await.unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spoilt_settings.png");
    std::fs::write(path, &picture).unwrap();
    assert!(picture.len() > 4000, "{} bytes", picture.len());
}

#[test]
fn roomctl_without_roomd_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (language, part) in [("en", "does not run"), ("fr", "ne tourne pas")] {
        let output = roomctl(folder.path(), language, &["status"]);
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(part));
    }
}
