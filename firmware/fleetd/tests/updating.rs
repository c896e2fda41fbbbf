//! The real `fleetd` with a real bus: what it does with RAUC's good and bad days.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_debug_implementations,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod unit;

use room_messages::api::Phase;
use unit::{End, Unit, ready};

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_planned_waits_for_the_call_is_installed_and_asks_for_a_restart() {
    let mut unit = Unit::new().await;
    unit.room.lock().unwrap().call = Phase::InCall;
    unit.serve().await;
    let source = unit.bundle(|_| {});
    let body = serde_json::json!({ "source": source }).to_string();
    let (status, planned) = unit.ask("POST", "/v1/update/plan", &body).await;
    assert_eq!(status, 200);
    assert_eq!(planned["plan"]["to"], "0.2.0");
    assert_eq!(planned["plan"]["slot"], "B");
    assert_eq!(planned["waiting"].as_array().unwrap().len(), 1);
    assert!(unit.script.lock().unwrap().installed.is_empty());

    let (status, _) = unit.install(&source).await;
    assert_eq!(status, 202);
    unit.wait("it waits for the call", async || {
        unit.ask("GET", "/v1/update", "").await.1["activity"]["activity"] == "waiting"
    })
    .await;
    assert_eq!(unit.install(&source).await.1["code"], "UPD-15");
    assert!(!unit.path("state/trial.json").exists());

    unit.room.lock().unwrap().call = Phase::Idle;
    unit.wait("it asks for the restart", async || {
        unit.path("run/reboot").exists()
    })
    .await;
    let trial = std::fs::read_to_string(unit.path("state/trial.json")).unwrap();
    let trial: serde_json::Value = serde_json::from_str(&trial).unwrap();
    assert_eq!(
        (&trial["stage"], &trial["floor"]),
        (&"installed".into(), &"0.1.5".into())
    );
    assert_eq!(trial["before"]["room"]["camera"], true);
    // A second one has to wait until this one is proven.
    assert_eq!(unit.install(&source).await.1["code"], "UPD-16");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_good_is_refused_before_anything_is_written() {
    let mut unit = Unit::new().await;
    unit.serve().await;
    let good = unit.bundle(|_| {});
    let failed = "signature verification failed: Verify error:";
    for (words, code) in [
        (
            format!("{failed} unable to get local issuer certificate"),
            "UPD-04",
        ),
        (format!("{failed} certificate has expired"), "UPD-05"),
        (
            "Invalid bundle format: Signature size is 0".to_owned(),
            "UPD-03",
        ),
        (
            "Invalid bundle format: Signature size (9) exceeds bundle size".to_owned(),
            "UPD-02",
        ),
    ] {
        unit.script.lock().unwrap().refuse = Some(words);
        assert_eq!(unit.install(&good).await.1["code"], code);
    }
    unit.script.lock().unwrap().refuse = None;
    unit.script.lock().unwrap().compatible = "salle-other".into();
    assert_eq!(unit.install(&good).await.1["code"], "UPD-08");
    unit.script.lock().unwrap().compatible = "salle-qemu-arm64".into();
    unit.script.lock().unwrap().version = "0.0.9".into();
    assert_eq!(unit.install(&good).await.1["code"], "UPD-09");
    unit.script.lock().unwrap().version = "two".into();
    assert_eq!(unit.install(&good).await.1["code"], "UPD-10");
    unit.script.lock().unwrap().version = "0.2.0".into();
    // RAUC finds the signature good; the bytes are not what was signed.
    let flipped = unit.bundle(|bytes| bytes[5000] ^= 4);
    assert_eq!(unit.install(&flipped).await.1["code"], "UPD-07");
    let cut = unit.bundle(|bytes| bytes.truncate(12_000));
    assert_eq!(unit.install(&cut).await.1["code"], "UPD-07");
    assert_eq!(unit.install("/nonexistent.raucb").await.1["code"], "UPD-01");
    assert_eq!(unit.install("relative.raucb").await.1["code"], "UPD-01");
    let unreachable = unit.install("http://127.0.0.1:9/x.raucb").await;
    assert_eq!(unreachable.1["code"], "UPD-14");
    assert!(unit.script.lock().unwrap().installed.is_empty());
    assert!(!unit.path("state/trial.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_fails_or_falls_silent_is_told_and_ends_its_trial() {
    let mut unit = Unit::new().await;
    unit.serve().await;
    let source = unit.bundle(|_| {});
    for (end, code) in [
        (
            End::Bad(
                "Installation error: Failed updating slot rootfs.1: Input/output error".into(),
            ),
            "UPD-07",
        ),
        (End::Silence, "UPD-18"),
    ] {
        unit.script.lock().unwrap().end = end;
        unit.wait("it begins", async || match unit.install(&source).await {
            (202, _) => true,
            // The one before is told before it is put away.
            (_, problem) if problem["code"] == "UPD-15" => false,
            other => panic!("{other:?}"),
        })
        .await;
        let trial = unit.path("state/trial.json");
        unit.wait("its end is told", async || {
            unit.codes().await == [code] && !trial.exists()
        })
        .await;
        assert!(!unit.path("run/reboot").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rauc_nothing_is_installed_and_the_rest_still_answers() {
    let mut unit = Unit::new().await;
    unit.serve().await;
    let source = unit.bundle(|_| {});
    unit.script.lock().unwrap().end = End::Never;
    assert_eq!(unit.install(&source).await.0, 202);
    unit.wait("it is being installed", async || {
        !unit.script.lock().unwrap().installed.is_empty()
    })
    .await;
    unit.lose_rauc().await;
    unit.wait("the loss is told", async || {
        unit.codes().await == ["UPD-17"]
    })
    .await;
    assert_eq!(unit.install(&source).await.1["code"], "UPD-17");
    let (status, health) = unit.ask("GET", "/v1/health", "").await;
    assert_eq!((status, &health["camera"]), (200, &true.into()));
}

/// As left behind by the system that installed 0.2.0 into B, some boots ago.
fn leave_trial(unit: &Unit, stage: &str, reasons: &str) {
    let text = format!(
        r#"{{"from":"A","from_version":"0.1.0","target":"B","version":"0.2.0","floor":"0.1.5",
        "stage":{stage},"boot":"another","reasons":[{reasons}],
        "before":{{"room":{{"camera":true,"microphone":true,"homeserver":true}}}}}}"#
    );
    std::fs::write(unit.path("state/trial.json"), text).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_fallback_the_reason_is_kept_and_shown() {
    let mut unit = Unit::new().await;
    leave_trial(
        &unit,
        r#"{"tried":{"times":1}}"#,
        r#"{"reason":"camera_lost"}"#,
    );
    let noted = "{\"B\":\"its root is damaged\"}";
    std::fs::write(unit.path("start-faults.json"), noted).unwrap();
    unit.serve().await;
    unit.wait("the reason is shown", async || {
        unit.codes().await == ["UPD-20"]
    })
    .await;
    let (_, update) = unit.ask("GET", "/v1/update", "").await;
    assert_eq!(update["last"]["ended"]["ended"], "fell_back");
    assert!(
        update["faults"][0]["what"]["en"]
            .as_str()
            .unwrap()
            .contains("camera")
    );
    let told = update["faults"][0]["what"]["fr"].as_str().unwrap();
    assert!(told.contains("its root is damaged"), "{told}");
    // For the room's own status.
    unit.wait("roomd can read it", async || {
        let text = std::fs::read_to_string(unit.path("run/faults.json")).unwrap_or_default();
        text.contains("UPD-20")
    })
    .await;
    // The next one may try.
    let source = unit.bundle(|_| {});
    assert_eq!(unit.install(&source).await.0, 202);
    unit.wait("it asks for the restart", async || {
        unit.path("run/reboot").exists()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_system_with_everything_as_before_is_marked_good_and_raises_the_floor() {
    let unit = Unit::new().await;
    unit.script.lock().unwrap().booted = "B";
    leave_trial(&unit, "\"installed\"", "");
    assert!(unit.boot_good(90).await.success());
    let marked = unit.script.lock().unwrap().marked.clone();
    assert_eq!(marked, [("good".to_owned(), "booted".to_owned())]);
    assert!(!unit.path("state/trial.json").exists());
    let last = std::fs::read_to_string(unit.path("state/last.json")).unwrap();
    assert!(last.contains("proven"));
    let floor = std::fs::read_to_string(unit.path("state/floor.json")).unwrap();
    assert_eq!(floor, "\"0.1.5\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_system_that_lost_the_camera_is_not_marked_and_says_why() {
    let unit = Unit::new().await;
    unit.script.lock().unwrap().booted = "B";
    unit.room.lock().unwrap().camera = false;
    leave_trial(&unit, "\"installed\"", "");
    assert!(!unit.boot_good(3).await.success());
    assert!(unit.script.lock().unwrap().marked.is_empty());
    let trial = std::fs::read_to_string(unit.path("state/trial.json")).unwrap();
    assert!(trial.contains("camera_lost") && trial.contains("\"times\": 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proven_system_is_good_without_camera_and_homeserver_and_not_without_roomd() {
    let unit = Unit::new().await;
    *unit.room.lock().unwrap() = room_messages::api::Readiness {
        camera: false,
        homeserver: false,
        ..ready()
    };
    assert!(unit.boot_good(3).await.success());
    assert_eq!(unit.script.lock().unwrap().marked.len(), 1);
    std::fs::remove_file(unit.path("room/roomd.sock")).unwrap();
    assert!(!unit.boot_good(3).await.success());
    assert_eq!(unit.script.lock().unwrap().marked.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factory_reset_needs_its_word_and_waits_for_the_call() {
    let mut unit = Unit::new().await;
    unit.room.lock().unwrap().call = Phase::InCall;
    unit.serve().await;
    let (status, _) = unit
        .ask("POST", "/v1/factory-reset", "{\"confirm\":\"yes\"}")
        .await;
    assert_eq!(status, 400);
    let word = "{\"confirm\":\"factory-reset\"}";
    assert_eq!(unit.ask("POST", "/v1/factory-reset", word).await.0, 202);
    unit.wait("it waits", async || {
        unit.ask("GET", "/v1/update", "").await.1["activity"]["activity"] == "waiting"
    })
    .await;
    assert!(!unit.path("run/factory-reset").exists());
    unit.room.lock().unwrap().call = Phase::Idle;
    unit.wait("it is asked for", async || {
        unit.path("run/factory-reset").exists()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_service_shell_is_in_the_status_for_as_long_as_it_is_open() {
    let mut unit = Unit::new().await;
    unit.serve().await;
    let told = |unit: &Unit| {
        let text = std::fs::read_to_string(unit.path("run/faults.json")).unwrap_or_default();
        text.contains("SVC-01")
    };
    std::fs::write(unit.path("service-open"), "").unwrap();
    assert_eq!(unit.codes().await, ["SVC-01"]);
    unit.wait("roomd can read it", async || told(&unit)).await;
    std::fs::remove_file(unit.path("service-open")).unwrap();
    unit.wait("it goes with the shell", async || !told(&unit))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_the_login_is_in_the_status_of_the_unit() {
    let mut unit = Unit::new().await;
    let supplicant = unit.path("wpa_supplicant");
    // It stays until its second line is wanted, and ends by itself.
    let script = "#!/bin/sh\n[ \"$*\" = '-D wired -i eth7 -c /conf' ] || exit 9\n\
        echo 'eth7: CTRL-EVENT-EAP-STARTED EAP authentication started'\n\
        printf 'subject \\377\\n'\n\
        echo 'eth7: CTRL-EVENT-EAP-FAILURE EAP authentication failed'\n\
        read -r _ <\"$0.go\"\n\
        echo 'eth7: CTRL-EVENT-EAP-SUCCESS EAP authentication completed successfully'\n\
        read -r _ <\"$0.go\"\n";
    std::fs::write(&supplicant, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&supplicant, mode).unwrap();
    let go = unit.path("wpa_supplicant.go");
    let made = std::process::Command::new("mkfifo")
        .arg(&go)
        .status()
        .unwrap();
    assert!(made.success());
    let folder = unit.path("logins/eth7");
    std::fs::create_dir_all(&folder).unwrap();

    unit.serve().await;
    assert!(unit.codes().await.is_empty());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fleetd"));
    command
        .args(["login", "eth7", "--config", "/conf", "--runtime"])
        .arg(&folder)
        .arg("--supplicant")
        .arg(&supplicant)
        .stderr(std::process::Stdio::null());
    let mut login = command.spawn().unwrap();
    unit.wait("it is refused", async || unit.codes().await == ["NET-01"])
        .await;
    std::fs::write(&go, "\n").unwrap();
    unit.wait("it is let in", async || unit.codes().await.is_empty())
        .await;
    std::fs::write(&go, "\n").unwrap();
    // systemd starts it again.
    assert!(!login.wait().unwrap().success());
}
