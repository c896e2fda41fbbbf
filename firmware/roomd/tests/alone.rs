//! The whole daemon without a homeserver and without a `mediad`: it stays up and says so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use room_messages::api::{Homeserver, Presence, Problem, Standby, Status};
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
    folder_with("")
}

/// The same with more settings at the end.
fn folder_with(more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "secret").unwrap();
    let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&password, owner).unwrap();
    let settings = format!(
        "version = 1\n[matrix]\nhomeserver = \"http://127.0.0.1:9\"\nuser = \"room\"\npassword_file = \"{}\"\n{more}",
        password.display()
    );
    std::fs::write(folder.path().join("room.toml"), settings).unwrap();
    folder
}

fn start() -> Daemon {
    start_with("/nonexistent/mediad")
}

fn start_with(mediad: &str) -> Daemon {
    start_in(folder(), mediad)
}

fn start_in(folder: TempDir, mediad: &str) -> Daemon {
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
        let mut text = String::new();
        let mut stream = self.send(method, path, body)?;
        stream.read_to_string(&mut text).ok()?;
        answer(&text)
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Option<UnixStream> {
        let socket = self.folder.path().join("run/roomd.sock");
        let mut stream = UnixStream::connect(socket).ok()?;
        write_request(&mut stream, method, path, body)?;
        Some(stream)
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

fn write_request(stream: &mut impl Write, method: &str, path: &str, body: &str) -> Option<()> {
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.0\r\ncontent-length: {length}");
    write!(stream, "{head}\r\n\r\n{body}").ok()
}

fn answer(text: &str) -> Option<(u16, String)> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Whether the daemon serves this at all; a stream of events has no end to read up to.
fn is_served(daemon: &Daemon, method: &str, path: &str) -> bool {
    if (method, path) == ("GET", "/v1/events") {
        let mut head = [0; 15];
        let mut stream = daemon.send(method, path, "").unwrap();
        stream.read_exact(&mut head).unwrap();
        return head.ends_with(b"200 OK");
    }
    let (_, body) = daemon.ask(method, path, "").unwrap();
    let problem: Option<Problem> = serde_json::from_str(&body).ok();
    problem.is_none_or(|problem| problem.code != "API-02")
}

#[test]
fn what_is_described_is_served_and_no_other_method() {
    let daemon = start();
    let (_, document) = daemon.ask("GET", "/v1/openapi.json", "").unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 10, "{paths:?}");
    // At once: pictures and figures of a media process that is not there are waited for.
    std::thread::scope(|scope| {
        for (path, methods) in paths {
            for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
                let described = methods.get(method.to_ascii_lowercase()).is_some();
                let daemon = &daemon;
                scope.spawn(move || {
                    let served = is_served(daemon, method, path);
                    assert_eq!(served, described, "{method} {path}");
                });
            }
        }
    });
}

/// The next server-sent event with data, as a status.
fn event(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Status {
    loop {
        let line = lines.next().expect("the stream goes on").unwrap();
        if let Some(json) = line.strip_prefix("data:") {
            return serde_json::from_str(json.trim_start()).unwrap();
        }
    }
}

#[test]
fn an_address_that_is_taken_is_a_fault_until_it_is_free_and_events_come_through_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let settings = format!("[api]\nlisten = \"{address}\"\n");
    let daemon = start_in(folder_with(&settings), "/nonexistent/mediad");
    let fault = |status: &Status| {
        let mut faults = status.faults.iter();
        faults.find(|fault| fault.code == "API-06").cloned()
    };
    let status = daemon.wait_for("the fault", |status| fault(status).is_some());
    let named = fault(&status).unwrap();
    assert!(named.what.en.contains(&address.to_string()), "{named}");
    assert!(named.next.fr.contains("`listen`"), "{named}");
    drop(taken);
    daemon.wait_for("the address", |status| fault(status).is_none());

    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write_request(&mut stream, "GET", "/v1/events", "").unwrap();
    let mut lines = BufReader::new(stream).lines();
    let snapshot = event(&mut lines);
    assert!(!snapshot.microphone.muted && snapshot.speaker.volume == 80);
    let order = "{\"muted\":true}";
    let (code, _) = daemon.ask("PUT", "/v1/microphone", order).unwrap();
    assert_eq!(code, 200);
    // Faults of the network may change the status in between.
    while !event(&mut lines).microphone.muted {}
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
        ("POST", "/v1/camera/move", "{\"pan\":1}", 409, "CALL-03"),
        ("POST", "/v1/camera/move", "{\"zoom\":11}", 400, "API-01"),
        (
            "PUT",
            "/v1/camera/preset",
            "{\"name\":\"x\"}",
            404,
            "CAM-05",
        ),
        (
            "POST",
            "/v1/camera/presets",
            "{\"name\":\"overview\"}",
            400,
            "CAM-06",
        ),
        ("PUT", "/v1/stage", "{\"layout\":\"grid\"}", 409, "CALL-03"),
        ("PUT", "/v1/stage", "{\"layout\":\"wall\"}", 400, "API-01"),
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
fn a_press_on_the_board_and_an_order_by_the_api_come_to_the_same() {
    let daemon = start();
    let press = |button: &str| {
        let body = format!("{{\"event\":\"press\",\"button\":\"{button}\"}}");
        let answer = daemon.ask("POST", "/v1/simulation/board", &body);
        assert_eq!(answer.unwrap().0, 200, "{button}");
    };
    press("volume_up");
    daemon.wait_for("louder", |status| status.speaker.volume == 90);
    press("volume_down");
    daemon.wait_for("softer", |status| status.speaker.volume == 80);
    press("camera");
    daemon.wait_for("the camera is off", |status| !status.camera.on);
    press("mute");
    daemon.wait_for("muted", |status| status.microphone.muted);
    press("help");
    let status = daemon.wait_for("help", |status| status.help.is_some());
    let (_, again) = daemon.ask("PUT", "/v1/help", "{\"wanted\":true}").unwrap();
    let again: Status = serde_json::from_str(&again).unwrap();
    let reference = |status: Status| status.help.map(|help| help.reference);
    assert_eq!(reference(again), reference(status));
    press("help");
    daemon.wait_for("no more help", |status| status.help.is_none());
}

#[test]
fn presence_lights_the_display_and_an_order_puts_it_to_sleep_and_wakes_it() {
    let settings = "[standby]\nempty_after = 1\n[audio]\nmaximum_volume = 60\n";
    let daemon = start_in(folder_with(settings), "/nonexistent/mediad");
    let happens = |event: &str| {
        let answer = daemon.ask("POST", "/v1/simulation/board", event);
        assert_eq!(answer.unwrap().0, 200, "{event}");
    };
    let order = |standby: bool| {
        let body = format!("{{\"standby\":{standby}}}");
        let (code, body) = daemon.ask("PUT", "/v1/standby", &body).unwrap();
        assert_eq!(code, 200, "{body}");
        serde_json::from_str::<Status>(&body).unwrap()
    };
    let first = daemon.status().unwrap();
    assert_eq!(
        (first.standby, first.presence),
        (Standby::Awake, Presence::Unknown)
    );
    assert_eq!(order(true).standby, Standby::Standby);
    happens("{\"event\":\"movement\",\"movement\":true}");
    let status = daemon.wait_for("somebody", |status| status.presence == Presence::Somebody);
    assert_eq!(status.standby, Standby::HalfAwake);
    happens("{\"event\":\"touch\"}");
    daemon.wait_for("awake", |status| status.standby == Standby::Awake);
    assert_eq!(order(true).standby, Standby::HalfAwake);
    assert_eq!(order(false).standby, Standby::Awake);
    assert_eq!((first.speaker.volume, first.speaker.maximum), (60, 60));
    let (code, problem) = daemon.refused("PUT", "/v1/speaker", "{\"volume\":61}");
    assert_eq!((code, problem.as_str()), (409, "SPK-02"));
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
