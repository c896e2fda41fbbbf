//! The whole daemon without a homeserver and without a `mediad`: it stays up and says so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use room_messages::api::{Homeserver, Problem, Status};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(60);

struct Daemon {
    child: Child,
    folder: TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path) -> Command {
    command_with(folder, "/nonexistent/mediad")
}

fn command_with(folder: &Path, mediad: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomd"));
    command.arg("--settings").arg(folder.join("room.toml"));
    command.arg("--state").arg(folder.join("state"));
    command.arg("--runtime").arg(folder.join("run"));
    command.arg("--mediad").arg(mediad);
    command
}

/// Port 9 on loopback: nobody listens there.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "secret").unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&password, owner).unwrap();
    let settings = format!(
        "version = 1\n[matrix]\nhomeserver = \"http://127.0.0.1:9\"\nuser = \"room\"\npassword_file = \"{}\"\n",
        password.display()
    );
    std::fs::write(folder.path().join("room.toml"), settings).unwrap();
    folder
}

fn start() -> Daemon {
    start_with("/nonexistent/mediad")
}

fn start_with(mediad: &str) -> Daemon {
    let folder = folder();
    let child = command_with(folder.path(), mediad)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let daemon = Daemon { child, folder };
    daemon.wait_for("an answer", |_| true);
    daemon
}

impl Daemon {
    fn ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let socket = self.folder.path().join("run/roomd.sock");
        let mut stream = UnixStream::connect(socket).ok()?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    fn status(&self) -> Option<Status> {
        serde_json::from_str(&self.ask("GET", "/v1/status", "")?.1).ok()
    }

    fn refused(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, body) = self.ask(method, path, body).unwrap();
        let problem: Problem = serde_json::from_str(&body).unwrap();
        (status, problem.code)
    }

    fn wait_for(&self, what: &str, condition: impl Fn(&Status) -> bool) -> Status {
        let end = Instant::now() + LIMIT;
        loop {
            match self.status() {
                Some(status) if condition(&status) => return status,
                seen => assert!(Instant::now() < end, "{what}: {seen:?}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn an_unreachable_homeserver_is_named_while_everything_else_answers() {
    let daemon = start();
    let named = |status: &Status| status.faults.iter().any(|fault| fault.code == "HS-01");
    let status = daemon.wait_for("the fault", named);
    assert_eq!(status.room.homeserver, Homeserver::Connecting);
    let (code, document) = daemon.ask("GET", "/v1/openapi.json", "").unwrap();
    assert!(code == 200 && document.contains("/v1/call/join"));
    let table = [
        (
            "POST",
            "/v1/call/join",
            "{\"target\":\"hello\"}",
            400,
            "TARGET-02",
        ),
        ("POST", "/v1/call/join", "{\"target\":7}", 400, "API-01"),
        (
            "POST",
            "/v1/call/join",
            "{\"target\":\"!a:b\",\"more\":1}",
            400,
            "API-01",
        ),
        ("PUT", "/v1/speaker", "{\"volume\":101}", 400, "API-01"),
        ("PUT", "/v1/call/hand", "{\"raised\":true}", 409, "CALL-03"),
        ("GET", "/v1/nothing", "", 404, "API-02"),
        ("DELETE", "/v1/status", "", 404, "API-02"),
        (
            "POST",
            "/v1/simulation/board",
            "{\"event\":\"explode\"}",
            400,
            "API-01",
        ),
    ];
    for (method, path, body, status, code) in table {
        assert_eq!(
            daemon.refused(method, path, body),
            (status, code.to_owned()),
            "{path} {body}"
        );
    }
    let endless = format!("{{\"target\":\"{}\"}}", "x".repeat(100_000));
    assert_eq!(
        daemon.refused("POST", "/v1/call/join", &endless).1,
        "API-01"
    );
}

#[test]
fn a_media_process_that_is_missing_or_ends_at_once_is_named() {
    for program in ["/nonexistent/mediad", "/bin/false"] {
        let daemon = start_with(program);
        let named = |status: &Status| status.faults.iter().any(|fault| fault.code == "MEDIA-01");
        daemon.wait_for("the fault", named);
    }
}

#[test]
fn the_boards_mute_line_reaches_the_status_and_forbids_unmuting() {
    let daemon = start();
    let line = "{\"event\":\"mute_line\",\"asserted\":true}";
    assert_eq!(
        daemon.ask("POST", "/v1/simulation/board", line).unwrap().0,
        200
    );
    daemon.wait_for("the line", |status| status.microphone.hardware_muted);
    assert_eq!(
        daemon
            .refused("PUT", "/v1/microphone", "{\"muted\":false}")
            .1,
        "MIC-02"
    );
}

#[test]
fn a_second_daemon_on_the_same_state_ends_with_the_reason() {
    let daemon = start();
    let output = command(daemon.folder.path()).output().unwrap();
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        errors.contains("STATE-02") && errors.contains("Un autre roomd"),
        "{errors}"
    );
    assert!(daemon.status().is_some());
}

#[test]
fn settings_with_mistakes_are_named_with_every_line() {
    let folder = folder();
    let text = "version = 1\n[matrix]\nhomeserver = 7\nuser = \"@a:b\"\npasword_file = \"/x\"\n";
    std::fs::write(folder.path().join("room.toml"), text).unwrap();
    let errors = folder.path().join("errors");
    let child = command(folder.path())
        .stderr(std::fs::File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    let daemon = Daemon { child, folder };
    let named = |status: &Status| status.faults.iter().any(|fault| fault.code == "SET-01");
    daemon.wait_for("the fault", named);
    let (_, code) = daemon.refused("POST", "/v1/call/join", r#"{"target":"!a:b"}"#);
    assert_eq!(code, "SET-01");
    let errors = std::fs::read_to_string(errors).unwrap();
    for part in ["line 3, matrix.homeserver", "ligne 5, matrix.pasword_file"] {
        assert!(errors.contains(part), "{errors}");
    }
}

#[test]
fn a_terminate_signal_ends_it_cleanly() {
    let mut daemon = start();
    let pid = rustix::process::Pid::from_child(&daemon.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let end = Instant::now() + LIMIT;
    let status = loop {
        match daemon.child.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(Instant::now() < end, "it does not end"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success());
    assert!(!daemon.folder.path().join("run/roomd.sock").exists());
}
