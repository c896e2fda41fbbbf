//! What an image is made of, with licences: two lists in CycloneDX (SBOM) beside `disk.img`.
//!
//! `salle-image.cdx.json` has Debian's packages, U-Boot and the crates of our programs;
//! `salle-crates.cdx.json` the crates only. Invariant: every package of the lock and every crate
//! that is linked is there once, each with its licences or the reason why they are not known;
//! the same inputs give the same bytes.
//! Deliberately absent: files. Their hashes are dm-verity's matter, one for all of them.

mod complete;
mod component;
mod copyright;
mod crates;
mod debian;
mod debian_names;
mod document;
mod licence;
mod parts;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Image, Wanted, board, packages, tpm, wrong};
use crate::{Result, places};

const IMAGE: &str = "salle-image.cdx.json";
const CRATES: &str = "salle-crates.cdx.json";

/// Writes both lists of an image beside its disk.
pub fn write(image: &Image, wanted: &Wanted) -> Result<()> {
    let crates = crates::components()?;
    put(&image.folder.join(CRATES), &parts::of_programs(&crates)?)?;
    let text = parts::of_image(image, wanted, crates)?;
    put(&image.folder.join(IMAGE), &text)
}

/// Holds the lists of an image against what went into it and against CycloneDX's schema.
pub fn check(image: &Image) -> Result<()> {
    let mut packages = packages::locked(&board().join("packages.txt"))?;
    packages.extend(tpm::sources()?);
    let crates = complete::names(&crates::tree()?);
    let lists = [IMAGE, CRATES].map(|name| image.folder.join(name));
    for (path, packages) in lists.iter().zip([&packages[..], &[]]) {
        let text = fs::read_to_string(path).map_err(wrong("read", path))?;
        complete::check(&text, packages, &crates)
            .map_err(|why| format!("{}:\n{why}", path.display()))?;
    }
    schema::check(&lists)
}

/// The same of the crates alone, which need no image.
pub fn check_crates() -> Result<()> {
    let text = parts::of_programs(&crates::components()?)?;
    complete::check(&text, &[], &complete::names(&crates::tree()?))?;
    let path = places::target().join(CRATES);
    put(&path, &text)?;
    schema::check(&[path])
}

/// Tells where they are.
pub fn describe(image: &Image) {
    for name in [IMAGE, CRATES] {
        println!("SBOM      {}", image.folder.join(name).display());
    }
}

/// Whole or not at all: a list that was cut short would look like one.
fn put(path: &Path, text: &str) -> Result<()> {
    let part: PathBuf = path.with_extension("part");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(wrong("create", folder))?;
    }
    fs::write(&part, text).map_err(wrong("write", &part))?;
    fs::rename(&part, path).map_err(wrong("write", path))
}
