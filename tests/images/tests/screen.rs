//! What stands on the display of a unit that nobody has commissioned, and from when on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::{Duration, Instant};

use salle_images::{Image, LONG, Machine, Options};
use serde_json::json;

/// Writing covers more than this of a picture, in thousandths.
const WRITTEN: usize = 3;
/// The least brightness of writing, of 255.
const BRIGHT: u8 = 160;

/// How much of the display is bright, in thousandths; `None`: nothing is shown yet.
fn brightness(machine: &mut Machine, to: &Path) -> Option<usize> {
    let order = json!({ "filename": to, "format": "png" });
    machine.qmp().order("screendump", &order).ok()?;
    let decoder = png::Decoder::new(BufReader::new(File::open(to).ok()?));
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let about = reader.next_frame(&mut pixels).ok()?;
    let step = about.color_type.samples();
    let bright = pixels.chunks(step).filter(|pixel| pixel[1] >= BRIGHT);
    Some(bright.count() * 1000 / (pixels.len() / step).max(1))
}

fn shown(machine: &mut Machine, to: &Path) {
    let began = Instant::now();
    while brightness(machine, to).is_none_or(|bright| bright < WRITTEN) {
        assert!(
            began.elapsed() < LONG,
            "nothing on the screen: {}",
            to.display()
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}

#[test]
fn the_display_says_what_the_unit_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let options = Options {
        more: ["-device", "virtio-gpu-pci"].map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut machine = Machine::flashed(&image, folder.path(), &options).unwrap();
    shown(&mut machine, &kept.join("first.png"));
    machine.wait_for("roomctl status", LONG).unwrap();
    let said = machine.run("roomctl status").unwrap().text;
    assert!(said.contains("SET-02"), "{said}");
    shown(&mut machine, &kept.join("waiting.png"));
}
