//! One room unit on this machine: its folders, a bus, a `roomd` that says what it is told to say,
//! and the real `fleetd`.

pub mod bus;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use room_messages::api::{Phase, Readiness};
use tempfile::TempDir;

pub use bus::{Bus, End, Script, Shared};

pub const LIMIT: Duration = Duration::from_secs(90);

pub fn ready() -> Readiness {
    Readiness {
        commissioned: true,
        media: true,
        camera: true,
        microphone: true,
        homeserver: true,
        call: Phase::Idle,
    }
}

pub struct Unit {
    pub folder: TempDir,
    pub bus: Bus,
    pub script: Shared,
    pub room: Arc<Mutex<Readiness>>,
    rauc: Option<zbus::Connection>,
    fleetd: Option<Child>,
}

impl Drop for Unit {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Unit {
    /// With everything but `fleetd` running.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = Bus::start(folder.path());
        let script: Shared = Arc::new(Mutex::new(Script::default()));
        let rauc = bus::rauc(&bus, Arc::clone(&script)).await;
        let unit = Self {
            bus,
            script,
            room: Arc::new(Mutex::new(ready())),
            rauc: Some(rauc),
            fleetd: None,
            folder,
        };
        for name in ["state/incoming", "run", "room", "blocks"] {
            std::fs::create_dir_all(unit.path(name)).unwrap();
        }
        for (name, label) in [
            ("vda5", "root-a"),
            ("vda6", "root-b"),
            ("vda3", "kernel-a"),
            ("vda4", "kernel-b"),
        ] {
            let of = unit.path("blocks").join(name);
            std::fs::create_dir(&of).unwrap();
            std::fs::write(of.join("uevent"), format!("PARTNAME={label}\n")).unwrap();
            std::fs::write(of.join("size"), "2048\n").unwrap();
        }
        let release = "version = \"0.1.0\"\ncompatible = \"salle-qemu-arm64\"\nfloor = \"0.1.0\"\nchannel = \"release\"\n";
        std::fs::write(unit.path("release.toml"), release).unwrap();
        std::fs::write(
            unit.path("data.json"),
            r#"{"sealed":true,"lost":false,"reset":false,"memory":false}"#,
        )
        .unwrap();
        unit.start_room();
        unit
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start_room(&self) {
        let listener = tokio::net::UnixListener::bind(self.path("room/roomd.sock")).unwrap();
        async fn readiness(State(room): State<Arc<Mutex<Readiness>>>) -> Json<Readiness> {
            Json(*room.lock().unwrap())
        }
        let router = axum::Router::new()
            .route("/v1/readiness", get(readiness))
            .with_state(Arc::clone(&self.room));
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetd"));
        command.arg(subcommand);
        for (option, name) in [
            ("--state", "state"),
            ("--runtime", "run"),
            ("--room", "room"),
            ("--release", "release.toml"),
            ("--settings", "room.toml"),
            ("--data-report", "data.json"),
            ("--problems", "problems.json"),
            ("--blocks", "blocks"),
            ("--service-open", "service-open"),
            ("--logins", "logins"),
        ] {
            command.arg(option).arg(self.path(name));
        }
        command.arg("--bus").arg(&self.bus.address);
        command
    }

    /// Starts `fleetd serve` and waits for its first answer.
    pub async fn serve(&mut self) {
        self.stop();
        self.fleetd = Some(self.command("serve").spawn().unwrap());
        self.wait("fleetd answers", async || {
            self.ask("GET", "/v1/update", "").await.0 == 200
        })
        .await;
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.fleetd.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// RAUC's process ends.
    pub async fn lose_rauc(&mut self) {
        if let Some(connection) = self.rauc.take() {
            connection.close().await.unwrap();
        }
    }

    pub async fn boot_good(&self, patience: u64) -> ExitStatus {
        let mut command = tokio::process::Command::from(self.command("boot-good"));
        command.arg("--patience").arg(patience.to_string());
        command.status().await.unwrap()
    }

    pub async fn wait(&self, what: &str, until: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !until().await {
            assert!(began.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Status code and JSON; 0 when nobody answers.
    pub async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let nobody = (0, serde_json::Value::Null);
        let Ok(stream) = tokio::net::UnixStream::connect(self.path("run/fleetd.sock")).await else {
            return nobody;
        };
        let Ok((mut sender, connection)) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await
        else {
            return nobody;
        };
        tokio::spawn(connection);
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "fleetd")
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        let Ok(response) = sender.send_request(request).await else {
            return nobody;
        };
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The bundle RAUC made, or a changed copy of it.
    pub fn bundle(&self, change: impl FnOnce(&mut Vec<u8>)) -> String {
        let made =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../room-fleet/tests/data/small.raucb");
        let mut bytes = std::fs::read(made).unwrap();
        change(&mut bytes);
        let path = self.path("update.raucb");
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    pub async fn install(&self, source: &str) -> (u16, serde_json::Value) {
        let body = serde_json::json!({ "source": source }).to_string();
        self.ask("POST", "/v1/update/install", &body).await
    }

    pub async fn codes(&self) -> Vec<String> {
        let (_, update) = self.ask("GET", "/v1/update", "").await;
        let faults = update["faults"].as_array().cloned().unwrap_or_default();
        faults
            .iter()
            .map(|f| f["code"].as_str().unwrap().to_owned())
            .collect()
    }
}
