//! The program at a terminal, which `script` makes: what is typed shows, but secrets do not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use support::accepted;

/// Somebody who types when they have read the question.
struct Person {
    keys: ChildStdin,
    screen: Child,
    seen: String,
}

impl Person {
    /// Once the program has ended, the screen says whether the terminal still shows what is typed.
    fn at(folder: &Path) -> Self {
        let program = env!("CARGO_BIN_EXE_commission");
        let session = format!("'{program}' --to '{}'; stty -a", folder.display());
        let mut script = Command::new("script");
        script.args(["--quiet", "--command", &session, "/dev/null"]);
        script.env("LC_ALL", "C").env("SHELL", "/bin/sh");
        script.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut screen = script.spawn().unwrap();
        Self {
            keys: screen.stdin.take().unwrap(),
            screen,
            seen: String::new(),
        }
    }

    /// Reads on until this comes.
    fn sees(&mut self, text: &str) {
        let screen = self.screen.stdout.as_mut().unwrap();
        let mut new = Vec::new();
        while !String::from_utf8_lossy(&new).contains(text) {
            let mut byte = [0];
            let read = screen.read(&mut byte).unwrap();
            assert_eq!(read, 1, "{text} never came: {}", self.seen);
            new.extend(byte);
        }
        self.seen += &String::from_utf8_lossy(&new);
    }

    fn types(&mut self, question: &str, keys: &str) {
        self.sees(question);
        self.sees("> ");
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// All that was on the screen.
    fn leaves(mut self) -> String {
        self.sees("-extproc");
        drop(self.keys);
        self.screen.wait().unwrap();
        self.seen
    }
}

#[test]
fn what_is_typed_shows_but_secrets_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut person = Person::at(folder.path());
    for (question, keys) in [
        ("Language", "\n"),
        ("Name", "Ampère\n"),
        ("Homeserver", "example.org\n"),
        ("Account", "roomx\x7f\n"),
        ("Login", "\n"),
        ("Password", "huntex\x7fr2\n"),
        ("Recovery", "EsTc\n"),
        ("invite", "\n"),
        ("Network", "\n"),
        ("802.1X", "\n"),
        ("Time servers", "\n"),
        ("PIN", "8642\n"),
        ("Wipe", "\n"),
        ("Write it", "\n"),
    ] {
        person.types(question, keys);
    }
    let seen = person.leaves();
    assert!(
        seen.contains("Ampère") && seen.contains("Written"),
        "{seen}"
    );
    for secret in ["hunt", "r2", "EsTc", "8642"] {
        assert!(!seen.contains(secret), "{seen}");
    }
    let commission = accepted(&fs::read_to_string(folder.path().join("salle.toml")).unwrap());
    assert_eq!(commission.settings.matrix.user.as_str(), "room");
    assert_eq!(commission.secrets[0].secret.expose(), "hunter2");
}

#[test]
fn ctrl_c_at_a_secret_writes_nothing_and_leaves_a_terminal_that_shows_what_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    let mut person = Person::at(folder.path());
    for (question, keys) in [
        ("Language", "\n"),
        ("Name", "Curie\n"),
        ("Homeserver", "example.org\n"),
        ("Account", "room\n"),
        ("Login", "\n"),
        ("Password", "hunt\x03"),
    ] {
        person.types(question, keys);
    }
    let seen = person.leaves();
    assert!(seen.contains("Nothing is written"), "{seen}");
    assert!(seen.contains(" echo ") && seen.contains("isig"), "{seen}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
