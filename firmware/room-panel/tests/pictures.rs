//! Every screen in both languages, three themes and three sizes, held against how it was when somebody
//! last looked at it: `golden/SIZE/SCREEN.png` has its styles side by side, at a fifth of their size.
//!
//! `cargo xtask pictures FOLDER` draws them in full, `cargo xtask pictures keep` keeps them as they are
//! now. What is kept is made by the product's renderer with its own fonts, so it is the same everywhere.
#![allow(
    clippy::unwrap_used,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod common;

use std::fs;
use std::path::Path;

use common::gallery::{Gallery, Picture, styles};
use common::samples;

/// Where pictures are drawn in full, when they are wanted; and of which only, by a part of their names.
const FOLDER: &str = "SALLE_PICTURES";
const PART: &str = "SALLE_PICTURES_PART";
/// Set when the pictures of now are to be kept.
const KEEP: &str = "SALLE_KEEP_PICTURES";

#[test]
fn every_screen_of_ten_inches_is_as_it_was_looked_at() {
    hold(1280, 800);
}

#[test]
fn every_screen_of_seven_inches_is_as_it_was_looked_at() {
    hold(800, 480);
}

#[test]
fn every_upright_screen_is_as_it_was_looked_at() {
    hold(800, 1280);
}

fn hold(width: u32, height: u32) {
    let gallery = Gallery::open(width, height);
    let size = format!("{width}x{height}");
    if let Some(folder) = std::env::var_os(FOLDER) {
        return draw_in_full(&gallery, &size, Path::new(&folder));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(&size);
    let sheets = samples::SCREENS
        .iter()
        .map(|name| (name, sheet(&gallery, name)));
    let file = |name| format!("{name}.png");
    if std::env::var_os(KEEP).is_some() {
        let _ = fs::remove_dir_all(&golden);
        return sheets.for_each(|(name, sheet)| sheet.save(&golden.join(file(name))));
    }
    let others = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("pictures")
        .join(&size);
    let mut changed = Vec::new();
    for (name, sheet) in sheets {
        let kept = Picture::read(&golden.join(file(name)));
        if kept.is_none_or(|kept| kept.differs(&sheet)) {
            let other = others.join(file(name));
            sheet.save(&other);
            changed.push(other.display().to_string());
        }
    }
    assert!(
        changed.is_empty(),
        "not as in {}: look at\n  {}\nand run `cargo xtask pictures keep` if they are right",
        golden.display(),
        changed.join("\n  ")
    );
    assert_eq!(
        files(&golden),
        samples::SCREENS.len(),
        "{}",
        golden.display()
    );
}

/// All styles of a screen, small.
fn sheet(gallery: &Gallery, name: &str) -> Picture {
    let pictures = styles().into_iter().map(|style| gallery.draw(name, &style));
    Picture::side_by_side(pictures.map(|picture| picture.fifth()))
}

fn draw_in_full(gallery: &Gallery, size: &str, folder: &Path) {
    let part = std::env::var(PART).unwrap_or_default();
    for name in samples::SCREENS {
        for style in styles() {
            let file = format!("{name}-{size}-{}.png", style.label);
            if file.contains(&part) {
                gallery.draw(name, &style).save(&folder.join(file));
            }
        }
    }
}

/// One of a screen that is no more would never be looked at again.
fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}
