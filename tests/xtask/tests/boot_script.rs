//! Every board chooses its slot by the same script, whoever builds its image: what the virtual
//! board proves about tries and fallbacks holds for the others.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs;
use std::path::Path;

const REFERENCE: &str = "board/qemu-arm64/u-boot/salle.env";
const BOARDS: &str = "yocto/meta-salle-bsp/recipes-bsp/u-boot/files/salle-slots.env";

fn environment(path: &str) -> String {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(checkout.join(path)).unwrap()
}

/// The value of a variable: its line and the indented ones below, as U-Boot reads them.
fn value(text: &str, name: &str) -> String {
    let start = format!("{name}=");
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&start));
    let first = lines.next().unwrap_or_else(|| panic!("no {name}"));
    let more = lines.take_while(|line| line.starts_with('\t'));
    let all: Vec<&str> = first.strip_prefix(&start).into_iter().chain(more).collect();
    all.join("\n")
}

#[test]
fn every_board_chooses_its_slot_as_the_virtual_board_does() {
    let (reference, boards) = (environment(REFERENCE), environment(BOARDS));
    for name in ["BOOT_ORDER", "BOOT_A_LEFT", "BOOT_B_LEFT", "start"] {
        assert_eq!(value(&boards, name), value(&reference, name), "{name}");
    }
}

#[test]
fn every_board_starts_its_kernel_as_hardened_as_the_virtual_board() {
    let reference = value(&environment(REFERENCE), "options");
    let boards = value(&environment(BOARDS), "options");
    // The console is each board's own.
    let reference: Vec<&str> = reference
        .split(' ')
        .filter(|word| !word.starts_with("console="))
        .collect();
    assert_eq!(boards.split(' ').collect::<Vec<_>>(), reference);
}

#[test]
fn every_board_reads_back_only_what_the_virtual_board_reads_back() {
    let listed = |text: &str| {
        let words = text.split([',', '"', ' ', '\n']).map(str::to_owned);
        let mut writable: Vec<String> = words
            .filter(|word| word.ends_with(":sw") || word.ends_with(":dw"))
            .filter(|word| word.starts_with("BOOT_") || word.starts_with("salle_"))
            .collect();
        writable.sort();
        writable
    };
    let header = "yocto/meta-salle-bsp/recipes-bsp/u-boot/files/salle-environment.h";
    let reference = listed(&environment("board/qemu-arm64/u-boot/qemu-arm.h"));
    assert_eq!(listed(&environment(header)), reference);
}
