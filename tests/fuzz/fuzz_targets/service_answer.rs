//! What is typed and pasted at the serial console while it waits for a signature.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use room_fleet::service::{Door, Heard, Unit};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdGJzMVHq+nAw5VeTXzIL+VTC/oHgIrpMenBO8qPH0W";

fuzz_target!(|pieces: Vec<Vec<u8>>| {
    let unit = Unit {
        machine: "m".to_owned(),
        boot: "b".to_owned(),
    };
    let mut door = Door::new(KEY.parse().unwrap(), unit);
    door.ask([0; 32]);
    for (at, piece) in (0..).zip(pieces) {
        match door.hear(Duration::from_secs(at), &piece) {
            Heard::Wait | Heard::Shut(_) => {}
            Heard::Wrong { .. } => drop(door.ask([at as u8; 32])),
            Heard::Open => panic!("nobody signed this"),
        }
    }
});
