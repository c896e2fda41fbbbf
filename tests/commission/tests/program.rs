//! The program as a script calls it: answers through a pipe, a file in a folder.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::{CERTIFICATE, SHORTEST, accepted, run};

#[test]
fn answers_through_a_pipe_make_a_file_that_only_its_owner_reads() {
    let stick = tempfile::tempdir().unwrap();
    let ended = run(&["--to", &stick.path().to_string_lossy()], SHORTEST);
    assert!(ended.well, "{ended:?}");
    let path = stick.path().join("salle.toml");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let commission = accepted(&fs::read_to_string(&path).unwrap());
    assert_eq!(commission.settings.room.name.as_str(), "Room 4.12");
    assert!(!(ended.out + &ended.err).contains("hunter2"));
}

#[test]
fn the_text_of_a_named_file_is_put_in() {
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    fs::write(&authority, CERTIFICATE).unwrap();
    let mut answers = SHORTEST.to_vec();
    let authority = authority.to_string_lossy().into_owned();
    let binary = folder.path().join("binary").to_string_lossy().into_owned();
    fs::write(&binary, [0xff, 0]).unwrap();
    answers[9] = "peap";
    answers.splice(10..10, ["room-4", "/nowhere", &binary, &authority, "wire"]);
    let ended = run(&["--to", &folder.path().to_string_lossy()], &answers);
    let said = ["cannot be read", "is not text"];
    assert!(
        said.iter().all(|said| ended.out.contains(said)),
        "{ended:?}"
    );
    let file = fs::read_to_string(folder.path().join("salle.toml")).unwrap();
    assert_eq!(accepted(&file).secrets[1].secret.expose(), CERTIFICATE);
}

#[test]
fn an_input_that_ends_too_soon_writes_nothing_and_says_so() {
    let stick = tempfile::tempdir().unwrap();
    for some in 0..SHORTEST.len() {
        let answers = &SHORTEST[..some];
        let ended = run(&["--to", &stick.path().to_string_lossy()], answers);
        assert!(
            !ended.well && ended.err.contains("ended before"),
            "{ended:?}"
        );
        assert_eq!(fs::read_dir(stick.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_by_a_yes() {
    let stick = tempfile::tempdir().unwrap();
    let path = stick.path().join("salle.toml");
    fs::write(&path, "mine").unwrap();
    let with = |answer: &'static str| {
        let mut answers = SHORTEST.to_vec();
        answers.insert(1, answer);
        run(&["--to", &stick.path().to_string_lossy()], &answers)
    };
    let ended = with("");
    assert!(
        !ended.well && ended.err.contains("stays as it is"),
        "{ended:?}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert!(with("yes").well);
    accepted(&fs::read_to_string(&path).unwrap());
}

#[test]
fn where_nothing_can_be_written_nobody_is_asked_anything() {
    for (arguments, said) in [
        (["--to", "/nonexistent"], "mount it"),
        (["--image", "/dev/null"], "--to"),
        (
            ["--image", env!("CARGO_BIN_EXE_commission")],
            "no partition `boot`",
        ),
        (["--stick", "/media"], "--image DISK"),
    ] {
        let ended = run(&arguments, &[]);
        assert!(!ended.well && ended.err.contains(said), "{ended:?}");
        assert!(ended.out.is_empty(), "{ended:?}");
    }
}

#[test]
fn without_a_place_it_is_the_folder_it_was_called_in() {
    let ended = run(&[], SHORTEST);
    assert!(ended.well, "{ended:?}");
    assert!(Path::new(&ended.folder.path().join("salle.toml")).exists());
    assert!(ended.out.contains("FAT-formatted USB stick"));
}
