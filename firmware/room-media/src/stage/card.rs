//! The graphics card that the stage is shown on.
//!
//! A unit with a touch panel has a second one, which udev gives to the panel's compositor alone. So
//! whose a card is needs no word here: what cannot be opened is not ours. Of the others one with a
//! screen plugged in goes before.

use std::fs::{self, File};
use std::path::Path;

const CARDS: &str = "/sys/class/drm";
const NODES: &str = "/dev/dri";

/// Open for reading and writing, as who shows pictures needs it; `None` when there is none.
pub(super) fn open() -> Option<File> {
    let cards = candidates(Path::new(CARDS));
    let open = |card: String| {
        let node = Path::new(NODES).join(card);
        File::options().read(true).write(true).open(node).ok()
    };
    cards.into_iter().find_map(open)
}

/// Names of the cards that have a connector: some only calculate.
fn candidates(folder: &Path) -> Vec<String> {
    let mut cards: Vec<(bool, String)> = Vec::new();
    for connector in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = connector.file_name().to_string_lossy().into_owned();
        let Some((card, output)) = name.split_once('-') else {
            continue;
        };
        if card.starts_with("card") && !output.starts_with("Writeback") {
            let empty = !is_plugged_in(&connector.path());
            cards.push((empty, card.to_owned()));
        }
    }
    cards.sort();
    let mut names: Vec<String> = Vec::new();
    for (_, card) in cards {
        if !names.contains(&card) {
            names.push(card);
        }
    }
    names
}

fn is_plugged_in(connector: &Path) -> bool {
    let status = fs::read_to_string(connector.join("status"));
    status.is_ok_and(|status| status.trim() == "connected")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_with_a_screen_goes_before_one_without_and_none_without_connector_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |name: &str, status: Option<&str>| {
            let connector = folder.path().join(name);
            fs::create_dir_all(&connector).unwrap();
            if let Some(status) = status {
                fs::write(connector.join("status"), status).unwrap();
            }
        };
        for card in ["card0", "card1", "card2", "renderD128"] {
            entry(card, None);
        }
        entry("card1-HDMI-A-1", Some("disconnected\n"));
        entry("card1-Writeback-1", Some("connected\n"));
        entry("card2-HDMI-A-2", Some("disconnected\n"));
        entry("card2-HDMI-A-3", Some("connected\n"));
        assert_eq!(candidates(folder.path()), ["card2", "card1"]);
    }
}
