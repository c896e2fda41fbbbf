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
use salle_scenarios::{Error, Room, RoomOptions, Scene, SceneOptions, binary};
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

#[test]
fn spoilt_settings_end_roomd_with_line_field_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("room.toml");
    let text = "version = 1\n[matrix]\nhomeserver = 7\nuser = \"@a:b\"\npasword_file = \"/x\"\n";
    std::fs::write(&settings, text).unwrap();
    let output = std::process::Command::new(binary("roomd").unwrap())
        .arg("--settings")
        .arg(&settings)
        .arg("--state")
        .arg(folder.path().join("state"))
        .arg("--runtime")
        .arg(folder.path().join("run"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    for part in [
        "line 3, matrix.homeserver",
        "ligne 3, matrix.homeserver",
        "line 5, matrix.pasword_file",
    ] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
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
