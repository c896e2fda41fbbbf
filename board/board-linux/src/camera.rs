//! Where the camera is plugged in, or what is shared.
//!
//! A camera has several video nodes; only those that capture pictures count. The node is opened
//! for that question, which starts no sensor and lights no lamp.

use std::path::{Path, PathBuf};

use board_api::profile::{Rule, Rules};
use board_api::{BoardError, Camera, CameraPort, Format};

use crate::rule::{Described, Roots, attribute, driver, entries, paths};
use crate::v4l2;

/// Answers whether a node captures pictures.
type Question = fn(&Path) -> Result<bool, BoardError>;

pub(crate) struct Port {
    roots: Roots,
    rules: Vec<Rule>,
    /// What fits one of these is something else.
    but: Vec<Rule>,
    captures: Question,
}

impl Port {
    pub fn new(roots: Roots, rules: &Rules) -> Self {
        Self {
            roots,
            rules: rules.as_slice().to_vec(),
            but: Vec::new(),
            captures: v4l2::captures,
        }
    }

    /// Passes over what fits one of these.
    pub fn but(self, rules: &Rules) -> Self {
        Self {
            but: rules.as_slice().to_vec(),
            ..self
        }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.roots.sys.join("class/video4linux").join(name)
    }

    fn describe(&self, name: &str) -> Described {
        let folder = self.folder(name);
        let device = folder.join("device");
        Described {
            names: attribute(&folder.join("name")).into_iter().collect(),
            driver: driver(&device),
            paths: paths(
                &self.roots,
                &device,
                "v4l/by-path",
                &self.roots.dev.join(name),
            ),
        }
    }
}

impl CameraPort for Port {
    fn camera(&mut self) -> Result<Option<Camera>, BoardError> {
        let nodes = entries(&self.roots.sys.join("class/video4linux"), "video");
        let found: Vec<(String, Described)> = nodes
            .into_iter()
            .map(|node| {
                let described = self.describe(&node);
                (node, described)
            })
            .filter(|(_, one)| !self.but.iter().any(|rule| one.fits(rule)))
            .collect();
        let mut refused = None;
        for rule in &self.rules {
            for (name, described) in found.iter().filter(|(_, one)| one.fits(rule)) {
                let node = self.roots.dev.join(name);
                match (self.captures)(&node) {
                    Ok(true) => {
                        return Ok(Some(Camera {
                            node,
                            name: described.names.first().cloned().unwrap_or_default(),
                            driver: described.driver.clone(),
                        }));
                    }
                    Ok(false) | Err(BoardError::Unplugged) => {}
                    // Its owner is set a moment after it appears.
                    Err(error) => refused = Some(error),
                }
            }
        }
        refused.map_or(Ok(None), Err)
    }

    fn formats(&mut self) -> Result<Vec<Format>, BoardError> {
        let camera = self.camera()?.ok_or(BoardError::Unplugged)?;
        v4l2::formats(&camera.node)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn rules(rules: &[(&str, &str)]) -> Rules {
        let rules: Vec<_> = rules
            .iter()
            .map(|(key, value)| format!("{{ {key} = \"{value}\" }}"))
            .collect();
        let text = format!("rules = [{}]", rules.join(", "));
        let mut table: std::collections::BTreeMap<String, Rules> = toml::from_str(&text).unwrap();
        table.remove("rules").unwrap()
    }

    fn port(sys: &Path, rules: &[(&str, &str)]) -> Port {
        let roots = Roots {
            sys: sys.to_owned(),
            dev: sys.join("dev"),
        };
        let captures = |node: &Path| Ok(!node.ends_with("video1"));
        Port {
            captures,
            ..Port::new(roots, &self::rules(rules))
        }
    }

    fn add(sys: &Path, node: &str, name: &str, driver: &str, at: &str) {
        let device = sys.join("devices").join(at);
        let class = device.join("video4linux").join(node);
        fs::create_dir_all(&class).unwrap();
        fs::create_dir_all(sys.join("drivers").join(driver)).unwrap();
        fs::write(class.join("name"), format!("{name}\n")).unwrap();
        fs::write(device.join("uevent"), "").unwrap();
        let _ = symlink(sys.join("drivers").join(driver), device.join("driver"));
        symlink(&device, class.join("device")).unwrap();
        fs::create_dir_all(sys.join("class/video4linux")).unwrap();
        symlink(&class, sys.join("class/video4linux").join(node)).unwrap();
    }

    fn node(port: &mut Port) -> Option<PathBuf> {
        let camera = port.camera().unwrap()?;
        Some(camera.node.file_name().unwrap().into())
    }

    #[test]
    fn the_first_rule_that_fits_decides_and_nodes_without_pictures_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let sys = folder.path();
        add(sys, "video0", "unicam", "rp1-cfe", "soc/cfe");
        add(sys, "video1", "BRIO", "uvcvideo", "usb1/1-2/1-2:1.0");
        add(sys, "video2", "BRIO", "uvcvideo", "usb1/1-2/1-2:1.0");
        let mut by_name = port(sys, &[("name", "Nothing"), ("name", "BR*")]);
        assert_eq!(node(&mut by_name), Some("video2".into()));
        let mut by_driver = port(sys, &[("driver", "rp1-cfe"), ("name", "BRIO")]);
        assert_eq!(node(&mut by_driver), Some("video0".into()));
        let mut by_path = port(sys, &[("path", "*/1-2:1.0")]);
        assert_eq!(node(&mut by_path), Some("video2".into()));
        assert_eq!(node(&mut port(sys, &[("path", "usb2/*")])), None);
        assert_eq!(node(&mut port(sys, &[])), None);
    }

    #[test]
    fn a_capture_device_for_what_is_shared_is_no_camera() {
        let folder = tempfile::tempdir().unwrap();
        let sys = folder.path();
        add(sys, "video2", "USB Capture HDMI", "uvcvideo", "usb1/1-1");
        let content = [("name", "*HDMI*")];
        let camera = || port(sys, &[("driver", "uvcvideo")]);
        assert_eq!(node(&mut camera()), Some("video2".into()));
        assert_eq!(node(&mut camera().but(&rules(&content))), None);
        assert_eq!(node(&mut port(sys, &content)), Some("video2".into()));
        add(sys, "video4", "BRIO", "uvcvideo", "usb1/1-2");
        let found = node(&mut camera().but(&rules(&content)));
        assert_eq!(found, Some("video4".into()));
    }
}
