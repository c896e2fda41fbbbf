//! Dependencies point one way: binaries → shells → core, messages, settings. Never back, and
//! never from shell to shell. The layers are those of `docs/finding-your-way.md`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// Lower layers may not use higher ones; members of one layer may only use each other where
/// the layer says so.
const LAYERS: &[(&str, u8)] = &[
    // Vocabulary.
    ("room-messages", 0),
    ("board-api", 0),
    ("room-settings", 1),
    // Pure.
    ("room-core", 2),
    ("room-commissioning", 2),
    ("room-fleet", 2),
    ("room-frames", 2),
    ("room-audio", 2),
    ("room-panel-model", 2),
    // Pure too, and standing on those.
    ("room-meetings", 3),
    // Shells.
    ("room-calendar", 4),
    ("room-matrix", 4),
    ("room-visio", 4),
    ("room-media", 4),
    ("room-livekit", 4),
    ("room-panel", 4),
    ("board-sim", 4),
    ("board-linux", 4),
    // Binaries.
    ("roomd", 5),
    ("mediad", 5),
    ("paneld", 5),
    ("roomctl", 5),
    ("fleetd", 5),
    // What tests them.
    ("salle-hand", 6),
    ("salle-stack", 6),
    ("salle-peers", 6),
    ("salle-images", 6),
    ("salle-commission", 7),
    ("salle-scenarios", 7),
    ("salle-bench", 8),
    ("xtask", 8),
];

/// Highest layer without I/O.
const PURE: u8 = 3;

/// What the pure layers must never pull in, directly or through others.
const SHELL_LIBRARIES: &[&str] = &[
    "tokio",
    "gstreamer",
    "matrix-sdk",
    "axum",
    "reqwest",
    "hyper",
    "zbus",
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn layer_of(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(n, _)| *n == name).map(|(_, l)| *l)
}

/// Normal and build dependencies of each workspace member, by name.
fn members(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let ids: Vec<&str> = strings(&metadata["workspace_members"]);
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages
        .iter()
        .filter(|package| ids.contains(&package["id"].as_str().unwrap_or_default()))
        .map(|package| (name(package), dependencies(package)))
        .collect()
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn name(value: &Value) -> String {
    value["name"].as_str().unwrap_or_default().to_owned()
}

fn dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.filter(|d| d["kind"] != "dev").map(name).collect()
}

#[test]
fn every_crate_has_a_layer() {
    for member in members(&metadata()).keys() {
        assert!(
            layer_of(member).is_some(),
            "give {member} a layer in this test and in the docs"
        );
    }
}

#[test]
fn dependencies_point_down_and_never_between_shells() {
    for (member, dependencies) in members(&metadata()) {
        let layer = layer_of(&member).unwrap_or(u8::MAX);
        for dependency in dependencies {
            let Some(below) = layer_of(&dependency) else {
                continue;
            };
            assert!(below < layer, "{member} must not depend on {dependency}");
        }
    }
}

#[test]
fn the_pure_layers_pull_in_no_runtime_media_or_matrix_library() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .expect("a resolved graph");
    let graph: BTreeMap<&str, Vec<&str>> = nodes
        .iter()
        .map(|node| (node["id"].as_str().unwrap_or_default(), normal_edges(node)))
        .collect();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        if layer_of(&name(package)).is_none_or(|layer| layer > PURE) {
            continue;
        }
        for reached in reachable(&graph, package["id"].as_str().unwrap_or_default()) {
            let library = library_name(reached);
            assert!(
                !SHELL_LIBRARIES.contains(&library),
                "{} must not pull in {library}",
                name(package)
            );
        }
    }
}

fn normal_edges(node: &Value) -> Vec<&str> {
    let deps = node["deps"].as_array().into_iter().flatten();
    deps.filter(|dep| {
        let kinds = dep["dep_kinds"].as_array().into_iter().flatten();
        kinds.into_iter().any(|kind| kind["kind"].is_null())
    })
    .filter_map(|dep| dep["pkg"].as_str())
    .collect()
}

fn reachable<'a>(graph: &BTreeMap<&'a str, Vec<&'a str>>, from: &'a str) -> Vec<&'a str> {
    let (mut seen, mut open) = (Vec::new(), vec![from]);
    while let Some(next) = open.pop() {
        for &dependency in graph.get(next).into_iter().flatten() {
            if !seen.contains(&dependency) {
                seen.push(dependency);
                open.push(dependency);
            }
        }
    }
    seen
}

/// `registry+…#tokio@1.0.0` → `tokio`; `path+file:///…/room-core#0.1.0` → `room-core`.
fn library_name(id: &str) -> &str {
    let (source, fragment) = id.rsplit_once('#').unwrap_or(("", id));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => source.rsplit('/').next().unwrap_or(source),
    }
}
