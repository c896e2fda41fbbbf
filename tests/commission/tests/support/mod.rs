//! Scripts of answers, and who gives them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test uses its part and states what it expects"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use room_commissioning::Commission;
use room_messages::api::Language;
use salle_commission::{Dialogue, FileTrouble, Input, Step};

pub const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
pub const KEY: &str = "-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n";

/// Language, name, homeserver, account, login, password; then nothing but Enter.
pub const SHORTEST: &[&str] = &[
    "",
    "Room 4.12",
    "https://matrix.example.org",
    "@room:example.org",
    "",
    "hunter2",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
];

/// Every question that EAP-TLS and a fixed address lead to.
pub const ALL: &[&str] = &[
    "fr",
    "Salle \"Ampère\" \\ 4",
    "example.org",
    "@salle:example.org",
    "2",
    "tok\"en",
    "EsTc LW2K",
    "example.org, partner.example @anna:example.com",
    "fixe",
    "192.0.2.10/24",
    "192.0.2.1",
    "192.0.2.53 192.0.2.54",
    "eap-tls",
    "room-4",
    "/authority.pem",
    "/certificate.pem",
    "/key.pem",
    "ntp.example.org",
    "86428642",
    "non",
    "oui",
];

/// The secrets of [`ALL`].
pub fn secrets() -> [&'static str; 4] {
    ["tok\"en", "EsTc LW2K", "U0VDUkVU", "86428642"]
}

/// What a dialogue came to.
#[derive(Debug)]
pub struct Told {
    /// What was shown before each answer.
    pub shown: Vec<String>,
    pub hidden: Vec<bool>,
    /// The file, when it was wanted in the end.
    pub file: Option<String>,
    pub left: bool,
    /// What a log would have.
    pub debug: String,
}

pub fn tell(language: Language, answers: &[&str]) -> Told {
    tell_where(language, false, answers)
}

pub fn tell_where(language: Language, occupied: bool, answers: &[&str]) -> Told {
    let place = "/media/stick/salle.toml";
    let mut dialogue = Dialogue::new(language, place, occupied, "2026-03-01 09:00:00 CET");
    let mut told = Told {
        shown: Vec::new(),
        hidden: Vec::new(),
        file: None,
        left: false,
        debug: String::new(),
    };
    let mut answers = answers.iter();
    loop {
        let step = dialogue.step();
        told.debug += &format!("{dialogue:?}{step:?}");
        match step {
            Step::Leave => told.left = true,
            Step::Write(text) => told.file = Some(text.expose().to_owned()),
            Step::Ask(prompt) => {
                told.shown.push(prompt.text);
                told.hidden.push(prompt.hidden);
                if let Some(answer) = answers.next() {
                    dialogue.answer(typed(answer, prompt.file));
                    continue;
                }
            }
        }
        assert_eq!(answers.next(), None, "an answer too many");
        return told;
    }
}

fn typed(answer: &str, file: bool) -> Input {
    if !file {
        return Input::Line(answer.to_owned());
    }
    let text = match answer {
        "/authority.pem" | "/certificate.pem" => Ok(CERTIFICATE.to_owned()),
        "/key.pem" => Ok(KEY.to_owned()),
        "/authority.der" => Err(FileTrouble::NotText),
        _ => Err(FileTrouble::Unreadable("no such file".to_owned())),
    };
    Input::File {
        path: answer.to_owned(),
        text,
    }
}

/// Read as the unit will.
pub fn accepted(file: &str) -> Commission {
    room_commissioning::read(file, Path::new("/secrets")).unwrap_or_else(|e| panic!("{e}\n{file}"))
}

/// How the program ended.
#[derive(Debug)]
pub struct Ended {
    pub well: bool,
    pub out: String,
    pub err: String,
    /// The folder it was called in.
    pub folder: tempfile::TempDir,
}

/// Calls the program in English, in a folder of its own, with its answers through a pipe.
pub fn run(arguments: &[&str], answers: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_commission"));
    command.args(arguments).env("LC_ALL", "C");
    if arguments.is_empty() {
        command.current_dir(&folder);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines: String = answers.iter().map(|answer| format!("{answer}\n")).collect();
    // It may end before it has read them all.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        well: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        folder,
    }
}
