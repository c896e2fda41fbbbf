//! Every fixed label has a French text, and none is left over.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What stands in quotes after each `start`.
fn quoted(text: &str, start: &str) -> BTreeSet<String> {
    let found = text.split(start).skip(1);
    found
        .filter_map(|rest| rest.split_once('"').map(|(inside, _)| inside.to_owned()))
        .collect()
}

fn labels() -> BTreeSet<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let mut all = BTreeSet::new();
    for file in fs::read_dir(here).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        // `@tr("text")`, and `@tr("context" => "text")`.
        for call in text.split("@tr(").skip(1) {
            let call = call.split_once(')').map_or(call, |(inside, _)| inside);
            let text = call.split_once("=> ").map_or(call, |(_, text)| text);
            all.extend(quoted(text, "\"").into_iter().next());
            let first = text.split('"').nth(1).unwrap_or_default();
            all.retain(|label| !label.is_empty());
            all.insert(first.to_owned());
        }
    }
    all.retain(|label| label.chars().any(char::is_alphabetic) && !label.starts_with(' '));
    all
}

#[test]
fn every_label_is_translated_and_no_translation_is_left_over() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("lang/fr/LC_MESSAGES/room-panel.po");
    let french = fs::read_to_string(file).unwrap();
    let mut translated = quoted(&french, "msgid \"");
    translated.remove("");
    assert_eq!(labels(), translated);
    assert!(
        !french
            .replace("msgid \"\"\nmsgstr \"\"", "")
            .contains("msgstr \"\"")
    );
}
