//! Power of the display, by its connector in sysfs.
//!
//! The compositor is the only one who may switch a screen off, so the connector is said to be
//! empty: the kernel tells, and the compositor gives it no picture. Waking asks the connector
//! itself again.

use std::fs;
use std::path::{Path, PathBuf};

use board_api::profile::{Display, PanelCard};
use board_api::{BoardError, DisplayPower};

use crate::card;
use crate::rule::{Roots, attribute, entries};

pub(crate) struct Connector {
    roots: Roots,
    name: Option<String>,
    /// Whose connectors are never meant.
    panel: Option<PanelCard>,
    /// Put to sleep by us, so that its status says nothing of the cable.
    asleep: bool,
}

impl Connector {
    pub fn new(roots: Roots, display: &Display, panel: Option<PanelCard>) -> Self {
        Self {
            roots,
            panel,
            name: display.connector.as_ref().map(|name| name.as_str().into()),
            asleep: false,
        }
    }

    /// The folder of the connector.
    fn folder(&self) -> Result<PathBuf, BoardError> {
        let class = self.roots.sys.join("class/drm");
        let connectors = entries(&class, "card").into_iter().filter_map(|entry| {
            let (card, connector) = entry.split_once('-')?;
            if self.is_panels(&class.join(card)) {
                return None;
            }
            // A virtual output of the chip shows nothing to anybody.
            let wanted = match &self.name {
                Some(name) => connector == name,
                None => !connector.starts_with("Writeback"),
            };
            wanted.then(|| class.join(&entry))
        });
        connectors.min().ok_or(BoardError::Unplugged)
    }

    fn is_panels(&self, card: &Path) -> bool {
        let panel = self.panel.as_ref();
        panel.is_some_and(|panel| card::is_panels(&self.roots, panel, card))
    }

    fn says(&self, name: &str, wanted: &str) -> Result<bool, BoardError> {
        let text = attribute(&self.folder()?.join(name)).ok_or(BoardError::Failed)?;
        Ok(text == wanted)
    }
}

impl DisplayPower for Connector {
    fn is_connected(&mut self) -> Result<bool, BoardError> {
        Ok(self.asleep || self.says("status", "connected")?)
    }

    fn is_on(&mut self) -> Result<bool, BoardError> {
        Ok(self.says("status", "connected")? && self.says("dpms", "On")?)
    }

    fn set_on(&mut self, on: bool) -> Result<(), BoardError> {
        let connected = self.is_connected()?;
        let word = if on { "detect" } else { "off" };
        let written = fs::write(self.folder()?.join("status"), word);
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                BoardError::NotAllowed
            }
            _ => BoardError::Failed,
        })?;
        self.asleep = !on && connected;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_that_sleeps_is_still_connected() {
        let root = tempfile::tempdir().unwrap();
        for (name, status) in [
            ("card0-HDMI-A-1", "disconnected"),
            ("card0-DP-1", "connected"),
        ] {
            let folder = root.path().join("class/drm").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("status"), format!("{status}\n")).unwrap();
            fs::write(folder.join("dpms"), "On\n").unwrap();
        }
        let roots = Roots {
            sys: root.path().to_owned(),
            dev: root.path().to_owned(),
        };
        let mut display = Connector {
            roots,
            name: Some("DP-1".into()),
            panel: None,
            asleep: false,
        };
        assert_eq!(display.is_on(), Ok(true));
        display.set_on(false).unwrap();
        assert_eq!(display.is_on(), Ok(false));
        assert_eq!(display.is_connected(), Ok(true));
        display.name = Some("HDMI-A-1".into());
        display.asleep = false;
        assert_eq!(display.is_connected(), Ok(false));
        display.name = Some("DSI-1".into());
        assert_eq!(display.is_connected(), Err(BoardError::Unplugged));
    }
    #[test]
    fn the_panel_is_not_the_display() {
        let root = tempfile::tempdir().unwrap();
        let sys = root.path();
        card::tests::add(sys, "pci/10.0", "virtio_gpu", "card0", "Virtual-1");
        card::tests::add(sys, "pci/11.0", "virtio_gpu", "card1", "Virtual-2");
        let roots = Roots {
            sys: sys.to_owned(),
            dev: sys.to_owned(),
        };
        let connector = |panel: Option<&str>| {
            let panel = panel.map(|text| toml::from_str(text).unwrap());
            let display = Connector::new(roots.clone(), &Display::default(), panel);
            display.folder().unwrap().file_name().unwrap().to_owned()
        };
        assert_eq!(connector(None), "card0-Virtual-1");
        assert_eq!(connector(Some("path = \"*/10.0/*\"")), "card1-Virtual-2");
    }
}
