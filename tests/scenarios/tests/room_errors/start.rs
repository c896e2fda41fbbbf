//! What keeps a room from coming up: accounts, settings, a state directory that is taken, a
//! homeserver without calls.

use std::path::{Path, PathBuf};

use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions, binary};
use salle_stack::Options;

use crate::faces::{LIMIT, Rooms, online, roomctl};

/// A file that only its owner reads.
fn secret(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("token");
    std::fs::write(&path, text).unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, owner).unwrap();
    path
}

/// One homeserver for all: it names no service that carries calls.
#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_a_room_from_its_account_or_its_calls_is_named_on_every_face() {
    let stack = Options {
        transports: false,
        ..Options::default()
    };
    let options = SceneOptions {
        stack,
        ..SceneOptions::default()
    };
    let scene = Scene::start(options).await.unwrap();
    let server = scene.site().homeserver_url();

    let mut sound = Rooms::start(&scene, |_| {}).await;
    sound.online().await;
    let name = scene.site().server_name();
    sound.refuse(&scene.room_id, "RTC-01", name).await;

    let rooms = Rooms::start(&scene, |options| options.password = "wrong".into()).await;
    rooms.are_stopped_by("HS-02", server).await;

    let folder = tempfile::tempdir().unwrap();
    let token = secret(folder.path(), "syt_long_gone").display().to_string();
    let rooms = Rooms::start(&scene, |options| {
        options.set("matrix", "access_token_file", token.as_str());
    })
    .await;
    rooms.are_stopped_by("HS-03", server).await;
    drop(rooms);

    wrong_settings(&scene).await;
    taken_state(&scene, &mut sound.en).await;
}

/// A wrong type and a wrong key: every mistake is told at once, and mended settings count.
async fn wrong_settings(scene: &Scene) {
    let mut rooms = Rooms::start(scene, |options| {
        options
            .set("matrix", "homeserver", 7)
            .set("matrix", "pasword", "x");
    })
    .await;
    rooms.are_stopped_by("SET-01", "matrix.homeserver").await;
    // What is sound in the file counts.
    let status = rooms.en.status().await.unwrap();
    assert_eq!(status.room.name, "Ampère");
    let log = rooms.en.whole_log();
    for part in [
        "matrix.homeserver: ",
        "matrix.pasword: ",
        "matrix.pasword : ",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    rooms.en.rewrite_settings(scene.room_options()).unwrap();
    online(&rooms.en).await;

    let wrong_key = |options: &mut RoomOptions| {
        options.set("matrix", "pasword", "x");
    };
    let rooms = Rooms::start(scene, wrong_key).await;
    rooms.are_stopped_by("SET-01", "matrix.pasword").await;
}

/// A second `roomd` on the state of another says so, and takes over once the other has ended.
async fn taken_state(scene: &Scene, first: &mut Room) {
    let state = first.state_directory();
    let place = state.display().to_string();
    let device = first.status().await.unwrap().room.device;
    let mut second = Rooms::start(scene, |options| options.state = Some(state.clone())).await;
    second.are_stopped_by("STATE-02", &place).await;
    assert!(second.en.whole_log().contains("Un autre roomd"));
    assert_one_on_these_sockets(first, &state).await;
    first.status().await.unwrap();

    second.fr.terminate().await.unwrap();
    first.terminate().await.unwrap();
    online(&second.en).await;
    let logged_in = |status: &room_messages::api::Status| status.room.device.is_some();
    let status = second.en.wait_until("a device", logged_in, LIMIT).await;
    assert_eq!(status.unwrap().room.device, device);
}

/// Where the sockets are taken too, a second `roomd` ends, with the reason in two languages.
async fn assert_one_on_these_sockets(first: &Room, state: &Path) {
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = first.settings_file();
    let table = [
        (state, "STATE-02", "--state", "Un autre roomd"),
        (elsewhere.path(), "STATE-05", "--runtime", "Un autre roomd"),
    ];
    for (state, code, next, french) in table {
        let output = tokio::process::Command::new(binary("roomd").unwrap())
            .arg("--settings")
            .arg(&settings)
            .arg("--state")
            .arg(state)
            .arg("--runtime")
            .arg(first.runtime_directory())
            .output()
            .await
            .unwrap();
        assert!(!output.status.success());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        for part in [code, next, french] {
            assert!(errors.contains(part), "no `{part}` in {errors}");
        }
    }
    assert!(roomctl(first, &["status"]).await.status.success());
}

#[tokio::test]
async fn roomctl_without_roomd_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (language, part) in [("en", "does not run"), ("fr", "ne tourne pas")] {
        let output = std::process::Command::new(binary("roomctl").unwrap())
            .arg("--runtime")
            .arg(folder.path())
            .args(["--language", language, "status"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(part));
    }
}
