//! Graphics cards: which of them is the touch panel's.
//!
//! By the card's place in sysfs alone, so that udev can ask while it still makes the card's node.

use std::path::Path;

use board_api::profile::{PanelCard, Rule};

use crate::rule::{Described, Roots, below_devices, driver};

/// `card` is its folder in sysfs.
pub(crate) fn is_panels(roots: &Roots, panel: &PanelCard, card: &Path) -> bool {
    let rule = Rule {
        driver: panel.driver.clone(),
        path: panel.path.clone(),
        ..Rule::default()
    };
    let described = Described {
        driver: driver(&card.join("device")),
        paths: below_devices(roots, card).into_iter().collect(),
        ..Described::default()
    };
    described.fits(&rule)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Makes a card with one connector in a `/sys` for tests.
    pub(crate) fn add(sys: &Path, place: &str, driver: &str, name: &str, connector: &str) {
        let device = sys.join("devices").join(place);
        let card = device.join("drm").join(name);
        let drivers = sys.join("bus/drivers").join(driver);
        for folder in [&card.join(format!("{name}-{connector}")), &drivers] {
            fs::create_dir_all(folder).unwrap();
        }
        symlink(&drivers, device.join("driver")).unwrap();
        symlink(&device, card.join("device")).unwrap();
        let class = sys.join("class/drm");
        fs::create_dir_all(&class).unwrap();
        symlink(&card, class.join(name)).unwrap();
        let connector = format!("{name}-{connector}");
        symlink(card.join(&connector), class.join(&connector)).unwrap();
    }

    fn panel(text: &str) -> PanelCard {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_card_is_known_by_its_driver_and_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let sys = folder.path();
        add(sys, "bus/10.dsi", "drm-rp1-dsi", "card0", "DSI-1");
        add(sys, "bus/20.hdmi", "vc4", "card1", "HDMI-A-1");
        let roots = Roots {
            sys: sys.to_owned(),
            dev: sys.to_owned(),
        };
        let fits = |text: &str| {
            ["card0", "card1"].map(|card| {
                let card = sys.join("class/drm").join(card);
                is_panels(&roots, &panel(text), &card)
            })
        };
        assert_eq!(fits("driver = \"*rp1-dsi\""), [true, false]);
        assert_eq!(fits("path = \"*/20.hdmi/*\""), [false, true]);
        let both = "driver = \"vc4\"\npath = \"*/10.dsi/*\"";
        assert_eq!(fits(both), [false, false]);
    }
}
