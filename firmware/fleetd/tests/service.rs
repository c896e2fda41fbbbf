//! The real `fleetd service` on a pseudo terminal, answered by the real `ssh-keygen`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(90);
/// No shell of the test is given the other end of its own line.
const LINE: OpenptFlags = OpenptFlags::RDWR
    .union(OpenptFlags::NOCTTY)
    .union(OpenptFlags::CLOEXEC);

/// A unit, and whoever sits at its serial console.
struct Console {
    folder: TempDir,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
    /// Held open: otherwise the line is cut whenever `fleetd` is not there.
    _line: File,
    terminal: PathBuf,
}

impl Console {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pty = openpt(LINE).unwrap();
        grantpt(&pty).unwrap();
        unlockpt(&pty).unwrap();
        let terminal = PathBuf::from(ptsname(&pty, Vec::new()).unwrap().to_str().unwrap());
        let line = File::from(ioctl_tiocgptpeer(&pty, LINE).unwrap());
        let keyboard = File::from(pty);
        let mut output = keyboard.try_clone().unwrap();
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 1024];
            while let Ok(length) = output.read(&mut bytes) {
                if send.send(bytes[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        let release =
            "version = \"0.1.0\"\ncompatible = \"x\"\nfloor = \"0.1.0\"\nchannel = \"release\"\n";
        fs::write(folder.path().join("release.toml"), release).unwrap();
        Self {
            folder,
            keyboard,
            screen,
            seen: String::new(),
            _line: line,
            terminal,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A key of its own kind of person; the line of its `.pub` file.
    fn key(&self, name: &str) -> String {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(self.path(name))
            .status();
        let made = made.expect("ssh-keygen is there: `cargo xtask setup` installs openssh-client");
        assert!(made.success());
        fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap()
    }

    fn settings(&self, service: &str) {
        let text = format!(
            "version = 1\n[room]\nname = \"Curie\"\n[matrix]\nhomeserver = \"example.org\"\nuser = \"r\"\npassword_file = \"/p\"\n[service]\n{service}\n"
        );
        fs::write(self.path("room.toml"), text).unwrap();
    }

    fn hold_the_button(&self) {
        fs::write(self.path("asked"), "").unwrap();
    }

    /// As systemd starts it: the leader of a session without a terminal, and deaf to no key. Tests that
    /// run in the background of a script would pass on that Ctrl-C is ignored.
    fn start(&self, more: &[&str]) -> Running {
        let mut command = Command::new("env");
        command.args(["--default-signal=INT,QUIT", "setsid"]);
        command.arg(env!("CARGO_BIN_EXE_fleetd")).arg("service");
        for (option, name) in [
            ("--asked", "asked"),
            ("--open", "open"),
            ("--settings", "room.toml"),
            ("--release", "release.toml"),
        ] {
            command.arg(option).arg(self.path(name));
        }
        command.arg("--console").arg(&self.terminal).args(more);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(self.path("log")).unwrap());
        Running(command.spawn().unwrap())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    /// Everything on the screen up to this text, which comes after what was seen before.
    fn wait_for(&mut self, text: &str) -> String {
        let seen = self.look_for(text, LIMIT);
        seen.unwrap_or_else(|| panic!("no {text:?} on the screen:\n{}\n{}", self.seen, self.log()))
    }

    fn look_for(&mut self, text: &str, limit: Duration) -> Option<String> {
        let began = Instant::now();
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return Some(std::mem::replace(&mut self.seen, rest));
            }
            let left = limit.saturating_sub(began.elapsed());
            let bytes = self.screen.recv_timeout(left).ok()?;
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Types until it is answered: a shell that is just starting something or coming back from it
    /// loses keys.
    fn say_until(&mut self, text: &str, answer: &str) -> String {
        let began = Instant::now();
        loop {
            self.say(text);
            if let Some(seen) = self.look_for(answer, Duration::from_secs(2)) {
                return seen;
            }
            assert!(began.elapsed() < LIMIT, "no {answer:?}:\n{}", self.seen);
        }
    }

    fn say(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Runs the command on the screen, as it stands there, with a key.
    fn sign(&mut self, key: &str) -> String {
        self.wait_for("printf ");
        let rest = self.wait_for("-f KEY");
        let file = self.path(key);
        let command = format!("printf {}", rest.replace("KEY", file.to_str().unwrap()));
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Ends with the test, and with it every process of its session, as systemd sees to on a unit: what
/// a shell leaves behind would hold whatever the test itself was given to hold.
struct Running(Child);

impl Running {
    fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < LIMIT, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let session = self.0.id().to_string();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            // pid (name) state parent group session …
            let fields = stat.rsplit(") ").next().unwrap_or_default();
            if fields.split(' ').nth(3) == Some(&session)
                && let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok())
                && let Some(pid) = Pid::from_raw(pid)
            {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn whoever_signs_with_ssh_keygen_gets_a_shell_once() {
    let mut console = Console::new();
    let key = console.key("anna");
    console.settings(&format!("key = \"{}\"", key.trim()));
    console.hold_the_button();
    let mut running = console.start(&[]);
    console.wait_for("room \"Curie\"");
    console.wait_for("SHA256:");
    let answer = console.sign("anna");
    assert!(!console.path("asked").exists(), "the opportunity is taken");
    assert!(!console.path("open").exists());
    console.say(&answer);
    console.wait_for("The service shell is open");
    // Keys mean what they do in a shell: Ctrl-C ends what runs, not the shell.
    console.say_until("echo one$((1))two; cat\n", "one1two");
    assert!(console.path("open").exists(), "and the status can tell");
    // Typed and given back: it has the terminal, and not the shell that is just starting it.
    console.say_until("again\n", "again\r\nagain");
    console.say("\u{3}");
    let seen = console.say_until("\ntty; echo jobs | tr a-z A-Z\n", "JOBS");
    assert!(seen.contains(console.terminal.to_str().unwrap()), "{seen}");
    assert!(!seen.contains("no job control"), "{seen}");
    console.say_until("\nexit\n", "The service shell is closed");
    assert!(running.wait().success());
    assert!(!console.path("open").exists());
    let log = console.log();
    assert!(log.contains("shell is open") && log.contains("by whoever opened it"));
    assert!(!log.contains("anna") && !log.contains("one1two") && !log.contains("AAAA"));
    // Without the button, not again.
    assert!(!console.start(&[]).wait().success());
    assert!(console.log().contains("join button"), "{}", console.log());
}

#[test]
fn three_signatures_of_a_stranger_shut_the_door() {
    let mut console = Console::new();
    let key = console.key("anna");
    console.key("stranger");
    console.settings(&format!("key = \"{}\"", key.trim()));
    console.hold_the_button();
    let mut running = console.start(&[]);
    for left in ["Tries left: 2", "Tries left: 1", "Three answers were wrong"] {
        let answer = console.sign("stranger");
        // No key ends or stops the program that asks.
        console.say("\u{3}\u{13}\u{1a}\u{4}\n");
        console.say(&answer);
        console.wait_for(left);
        assert!(!console.path("open").exists());
    }
    assert!(running.wait().success());
    assert!(!console.log().contains("shell is open"));
}

#[test]
fn a_unit_without_a_key_lets_nobody_in_and_says_so() {
    for settings in [Some(""), None] {
        let mut console = Console::new();
        if let Some(service) = settings {
            console.settings(service);
        }
        console.hold_the_button();
        let mut running = console.start(&[]);
        console.wait_for("no service key");
        assert!(running.wait().success());
        assert!(!console.path("asked").exists() && !console.path("open").exists());
    }
}

#[test]
fn a_shell_that_nobody_types_into_is_closed_whatever_runs_in_it() {
    let mut console = Console::new();
    let key = console.key("anna");
    console.settings(&format!("key = \"{}\"", key.trim()));
    console.hold_the_button();
    let mut running = console.start(&["--quiet", "2"]);
    let answer = console.sign("anna");
    console.say(&answer);
    console.wait_for("The service shell is open");
    console.say("sleep 1000\n");
    assert!(running.wait().success());
    assert!(!console.path("open").exists());
    assert!(console.log().contains("nothing was typed"));
}

#[test]
fn what_is_no_terminal_is_refused() {
    let console = Console::new();
    console.settings("");
    console.hold_the_button();
    let file = console.path("file");
    fs::write(&file, "").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_fleetd"))
        .arg("service")
        .arg("--asked")
        .arg(console.path("asked"))
        .arg("--release")
        .arg(console.path("release.toml"))
        .arg("--console")
        .arg(Path::new(&file))
        .status();
    assert!(!status.unwrap().success());
}
