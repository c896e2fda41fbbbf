//! Where the camera is plugged in.
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
    captures: Question,
}

impl Port {
    pub fn new(roots: Roots, rules: &Rules) -> Self {
        Self {
            roots,
            rules: rules.as_slice().to_vec(),
            captures: v4l2::captures,
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

    fn port(sys: &Path, rules: &[(&str, &str)]) -> Port {
        let rules: Vec<_> = rules
            .iter()
            .map(|(key, value)| format!("{{ {key} = \"{value}\" }}"))
            .collect();
        let text = format!("rules = [{}]", rules.join(", "));
        let table: std::collections::BTreeMap<String, Rules> = toml::from_str(&text).unwrap();
        let roots = Roots {
            sys: sys.to_owned(),
            dev: sys.join("dev"),
        };
        let captures = |node: &Path| Ok(!node.ends_with("video1"));
        Port {
            captures,
            ..Port::new(roots, &table["rules"])
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
}
