//! The images keep only the GStreamer plugins that are named in them. An element that the code
//! makes and whose plugin stayed out fails on a unit only, minutes into an emulated call; here it
//! fails in a second.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gstreamer as gst;
use gstreamer::prelude::*;

/// Made for tests, recordings and windows on a developer's desk, which no unit has.
const NOT_ON_A_UNIT: [&str; 3] = ["autodetect", "matroska", "wavenc"];

/// Words that are an element's name by chance: a test picture's.
const NO_ELEMENT: [&str; 1] = ["smpte"];

/// Part of GStreamer itself in Yocto.
const WITHIN_GSTREAMER: [&str; 1] = ["coreelements"];

/// Comes with libnice's own package in Yocto.
const WITH_ITS_LIBRARY: [&str; 1] = ["nice"];

/// Decoders and encoders that a board's own replace where a licence fee is due.
const BY_LICENCE: [&str; 2] = ["openh264", "x264"];

#[test]
fn every_element_the_room_makes_is_on_the_reference_image() {
    let kept = reference_plugins();
    let missing: Vec<_> = made()
        .into_iter()
        .filter(|(_, plugin)| !kept.contains(plugin))
        .collect();
    assert!(
        missing.is_empty(),
        "(element, plugin) not in `gstreamer` of board/qemu-arm64/prune.toml: {missing:?}"
    );
}

#[test]
fn every_element_the_room_makes_is_in_the_yocto_recipe() {
    let recipe = read("yocto/meta-salle/recipes-salle/salle-daemons/salle-daemons_0.1.0.bb");
    let excused = [
        &NOT_ON_A_UNIT[..],
        &WITHIN_GSTREAMER,
        &WITH_ITS_LIBRARY,
        &BY_LICENCE,
    ]
    .concat();
    let missing: Vec<_> = made()
        .into_iter()
        .filter(|(_, plugin)| !excused.contains(&plugin.as_str()))
        .filter(|(_, plugin)| !recipe.contains(&format!("-{plugin} \\")))
        .collect();
    assert!(missing.is_empty(), "(element, plugin): {missing:?}");
}

/// Names of elements in the code, each with its plugin.
fn made() -> BTreeMap<String, String> {
    gst::init().expect("GStreamer starts");
    let mut found = BTreeMap::new();
    for name in words()
        .into_iter()
        .filter(|word| !NO_ELEMENT.contains(&word.as_str()))
    {
        let plugin = gst::ElementFactory::find(&name).and_then(|factory| factory.plugin());
        if let Some(file) = plugin.and_then(|plugin| plugin.filename()) {
            found.insert(name, plugin_name(&file));
        }
    }
    assert!(found.contains_key("webrtcbin"), "the code was not read");
    found
}

/// `/usr/lib/…/libgstvideocrop.so` is `videocrop`.
fn plugin_name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    stem.trim_start_matches("libgst").to_owned()
}

/// Every word within quotes in the programs' code.
fn words() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut open = vec![root().join("firmware")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)
            .expect("a folder of the code")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).expect("a file of the code");
                words.extend(text.split('"').skip(1).step_by(2).flat_map(split_words));
            }
        }
    }
    words
}

/// An element stands alone, or in a description of a pipeline.
fn split_words(text: &str) -> Vec<String> {
    let name = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    text.split(name).map(str::to_owned).collect()
}

fn reference_plugins() -> BTreeSet<String> {
    let rules: toml::Table = read("board/qemu-arm64/prune.toml").parse().expect("TOML");
    let plugins = rules["gstreamer"].as_array().expect("a list of plugins");
    let names = plugins.iter().filter_map(toml::Value::as_str);
    names.map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the project")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
