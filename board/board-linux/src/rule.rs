//! Finding the device a rule means, in what the kernel shows below `/sys` and `/dev`.

use std::fs;
use std::path::{Path, PathBuf};

use board_api::profile::Rule;

/// Most entries of one folder that are looked at.
const MAX_ENTRIES: usize = 512;
/// Longest attribute that is read, in bytes.
const MAX_ATTRIBUTE: usize = 4096;

/// Where the system shows its devices; others in tests.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    pub sys: PathBuf,
    pub dev: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            sys: "/sys".into(),
            dev: "/dev".into(),
        }
    }
}

/// What is known of one device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Described {
    pub names: Vec<String>,
    pub driver: String,
    /// Names under which it is plugged in.
    pub paths: Vec<String>,
}

impl Described {
    pub fn fits(&self, rule: &Rule) -> bool {
        let any = |texts: &[String], pattern: &str| texts.iter().any(|text| like(pattern, text));
        let name = rule.name.as_ref();
        let driver = rule.driver.as_ref();
        let path = rule.path.as_ref();
        name.is_none_or(|name| any(&self.names, name.as_str()))
            && driver.is_none_or(|driver| like(driver.as_str(), &self.driver))
            && path.is_none_or(|path| any(&self.paths, path.as_str()))
    }
}

/// Whether `text` is like `pattern`, in which `*` stands for any characters.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // The first place is as good as any, since `*` takes what is between.
        let Some(place) = text.find(part) else {
            return false;
        };
        text = text.get(place + part.len()..).unwrap_or_default();
    }
    text.ends_with(end)
}

/// Names in a folder that begin with `prefix`, in the order of their numbers; none when there is
/// no such folder, as on a board without such devices.
pub(crate) fn entries(folder: &Path, prefix: &str) -> Vec<String> {
    let Ok(listing) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = listing
        .take(MAX_ENTRIES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .collect();
    let number = |name: &str| {
        let digits: String = name.chars().filter(char::is_ascii_digit).take(9).collect();
        digits.parse::<u32>().unwrap_or(u32::MAX)
    };
    names.sort_by(|a, b| (number(a), a).cmp(&(number(b), b)));
    names
}

/// An attribute without its line end; `None` when it is not there or no text.
pub(crate) fn attribute(path: &Path) -> Option<String> {
    let mut text = fs::read_to_string(path).ok()?;
    if text.len() > MAX_ATTRIBUTE {
        return None;
    }
    text.truncate(text.trim_end().len());
    Some(text)
}

/// The name of the driver of a device, or nothing.
pub(crate) fn driver(device: &Path) -> String {
    let mut place = fs::canonicalize(device).ok();
    // Sound cards and cameras on a bus hang below the device that has the driver.
    while let Some(at) = place {
        if let Ok(link) = fs::read_link(at.join("driver")) {
            let name = link.file_name().and_then(|name| name.to_str());
            return name.unwrap_or_default().to_owned();
        }
        if at.join("subsystem").exists() || at.join("uevent").exists() {
            place = at.parent().map(Path::to_owned);
        } else {
            return String::new();
        }
    }
    String::new()
}

/// Where a device is plugged in: its path below `devices`, and udev's names for its node.
pub(crate) fn paths(roots: &Roots, device: &Path, by_path: &str, node: &Path) -> Vec<String> {
    let folder = roots.dev.join(by_path);
    let links = entries(&folder, "").into_iter().filter(|name| {
        let target = fs::canonicalize(folder.join(name));
        target.is_ok_and(|target| Some(target) == fs::canonicalize(node).ok())
    });
    below_devices(roots, device)
        .into_iter()
        .chain(links)
        .collect()
}

/// The path of a device below `devices`.
pub(crate) fn below_devices(roots: &Roots, device: &Path) -> Option<String> {
    let devices = fs::canonicalize(roots.sys.join("devices")).ok()?;
    let path = fs::canonicalize(device).ok()?;
    path.strip_prefix(devices).ok()?.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, fits) in [
            ("uvcvideo", "uvcvideo", true),
            ("uvc", "uvcvideo", false),
            ("*", "", true),
            ("Logi*", "Logitech BRIO", true),
            (
                "*usb-0:1.3:*",
                "platform-x-usb-0:1.3:1.0-video-index0",
                true,
            ),
            (
                "*usb-0:1.3:*",
                "platform-x-usb-0:1.4:1.0-video-index0",
                false,
            ),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*bc", "abc", false),
        ] {
            assert_eq!(like(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn names_come_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["video10", "video2", "video0", "other"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(
            entries(folder.path(), "video"),
            ["video0", "video2", "video10"]
        );
        assert!(entries(&folder.path().join("nowhere"), "").is_empty());
    }
}
