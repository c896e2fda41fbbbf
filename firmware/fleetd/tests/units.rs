//! What `systemd/` says is held here: sandboxes, limits, and that nothing is forgotten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Most exposure by `systemd-analyze security`, in tenths.
const EXPOSURE: &str = "20";
/// Daemons: they run as long as the unit does.
const DAEMONS: [&str; 5] = [
    "roomd.service",
    "mediad.service",
    "fleetd.service",
    "paneld.service",
    "salle-compositor.service",
];
/// The one service without a sandbox: it gives a root shell, and `the_service_shell_…` holds it to
/// what it has instead.
const SHELL: &str = "salle-service.service";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systemd")
}

/// Every service but the one that has no sandbox.
fn boxed() -> Vec<(String, String)> {
    services().into_iter().filter(|(n, _)| n != SHELL).collect()
}

fn services() -> Vec<(String, String)> {
    let entries = fs::read_dir(folder().join("units")).unwrap().flatten();
    let files = entries.filter(|e| e.path().extension().is_some_and(|ext| ext == "service"));
    let mut found: Vec<_> = files
        .map(|e| {
            let text = fs::read_to_string(e.path()).unwrap();
            (e.file_name().to_string_lossy().into_owned(), text)
        })
        .collect();
    found.sort();
    assert!(found.len() >= 12, "the units are there");
    found
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let found = |line: &'a str| line.strip_prefix(key)?.strip_prefix('=');
    text.lines().find_map(found)
}

#[test]
fn no_service_is_more_exposed_than_it_may_be() {
    for (name, _) in boxed() {
        let output = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager"])
            .arg(format!("--threshold={EXPOSURE}"))
            .arg(folder().join("units").join(&name))
            .output()
            .expect("systemd is installed");
        let said = String::from_utf8_lossy(&output.stdout);
        let verdict = said.lines().last().unwrap_or_default();
        assert!(output.status.success(), "{name}: {verdict}");
    }
}

#[test]
fn who_is_root_says_why_and_everybody_else_has_a_user_of_the_list() {
    let users = fs::read_to_string(folder().join("sysusers.d/salle.conf")).unwrap();
    for (name, text) in services() {
        match value(&text, "User") {
            Some(user) => {
                let known = users
                    .lines()
                    .any(|l| l.split_whitespace().nth(1) == Some(user));
                assert!(known, "{name}: {user} is made by sysusers");
                assert_eq!(value(&text, "CapabilityBoundingSet"), Some(""), "{name}");
            }
            None => {
                let sheer = value(&text, "CapabilityBoundingSet") == Some("")
                    && value(&text, "PrivateDevices") == Some("yes");
                let reason = text
                    .lines()
                    .any(|l| l.starts_with('#') && l.contains("oot"));
                assert!(sheer || reason, "{name} is root and does not say why");
            }
        }
    }
}

#[test]
fn daemons_are_watched_come_back_and_everything_else_ends() {
    for (name, text) in services() {
        if DAEMONS.contains(&name.as_str()) {
            for key in [
                "WatchdogSec",
                "RestartSec",
                "RestartMaxDelaySec",
                "MemoryMax",
                "TasksMax",
            ] {
                assert!(value(&text, key).is_some(), "{name} has no {key}");
            }
            assert_eq!(value(&text, "Restart"), Some("always"), "{name}");
            assert_eq!(value(&text, "Type"), Some("notify"), "{name}");
        } else if value(&text, "Type") == Some("oneshot") {
            assert!(
                value(&text, "TimeoutStartSec").is_some(),
                "{name} may hang for ever"
            );
        }
        assert_eq!(value(&text, "NoNewPrivileges"), Some("yes"), "{name}");
    }
    for (name, text) in boxed() {
        assert_eq!(value(&text, "ProtectSystem"), Some("strict"), "{name}");
    }
}

#[test]
fn the_service_shell_needs_the_held_button_comes_once_and_says_why_it_has_no_sandbox() {
    let read = |name: &str| fs::read_to_string(folder().join("units").join(name)).unwrap();
    let text = read(SHELL);
    let asked = value(&text, "ConditionPathExists").unwrap();
    // What only `fleetd data`, as root and before anybody else, can have put there.
    let place =
        value(&read("salle-data.service"), "RuntimeDirectory").map(|d| format!("/run/{d}/"));
    assert_eq!(asked, format!("{}service", place.unwrap()));
    assert_eq!(value(&text, "ExecStart"), Some("/usr/bin/fleetd service"));
    assert_eq!(value(&text, "Restart"), Some("no"));
    assert_eq!(value(&text, "RuntimeDirectory"), Some("salle-service"));
    assert_eq!(value(&text, "RuntimeDirectoryPreserve"), None);
    assert!(text.contains("\n# No sandbox, and root: "));
    for (name, other) in services() {
        assert!(name == SHELL || !other.contains("salle-service"), "{name}");
    }
}

#[test]
fn media_ends_with_the_mind_and_sees_none_of_its_files() {
    let text = fs::read_to_string(folder().join("units/mediad.service")).unwrap();
    assert_eq!(value(&text, "BindsTo"), Some("roomd.service"));
    assert!(
        value(&text, "InaccessiblePaths")
            .unwrap()
            .contains("/var/lib")
    );
    let mind = fs::read_to_string(folder().join("units/roomd.service")).unwrap();
    assert!(
        value(&mind, "ExecStopPost")
            .unwrap()
            .contains("--fail-safe")
    );
    assert!(
        value(&mind, "ExecStart")
            .unwrap()
            .contains("--mediad service")
    );
}

#[test]
fn the_panel_is_started_by_its_card_alone() {
    let read = |name: &str| fs::read_to_string(folder().join(name)).unwrap();
    let rules = read("udev/73-salle-panel.rules");
    assert!(rules.contains("SYMLINK+=\"salle/panel\""));
    assert!(rules.contains("ENV{SYSTEMD_WANTS}+=\"salle-compositor.service\""));
    let compositor = read("units/salle-compositor.service");
    assert_eq!(
        value(&compositor, "BindsTo"),
        Some("dev-salle-panel.device")
    );
    assert_eq!(value(&compositor, "Upholds"), Some("paneld.service"));
    let panel = read("units/paneld.service");
    assert_eq!(value(&panel, "BindsTo"), Some("salle-compositor.service"));
    let enabled = entries(&manifest(), "link", "path").join("\n");
    assert!(!enabled.contains("paneld") && !enabled.contains("compositor"));
}

#[test]
fn one_unit_marks_a_boot_good() {
    let marks = |text: &str| text.contains("boot-good --") || text.contains("mark-good");
    let units = services();
    let marking: Vec<_> = units
        .iter()
        .filter(|(_, text)| marks(text))
        .map(|(n, _)| n)
        .collect();
    assert_eq!(marking, ["salle-boot-good.service"]);
    let list = fs::read_to_string(folder().join("install.toml")).unwrap();
    assert!(
        list.contains("rauc-mark-good.service"),
        "RAUC's own unit is masked"
    );
}

fn manifest() -> toml::Table {
    toml::from_str(&fs::read_to_string(folder().join("install.toml")).unwrap()).unwrap()
}

fn entries<'a>(manifest: &'a toml::Table, kind: &str, key: &str) -> Vec<&'a str> {
    let list = manifest[kind].as_array().unwrap().iter();
    list.map(|entry| entry[key].as_str().unwrap()).collect()
}

#[test]
fn every_file_is_installed_once_and_every_enabled_unit_exists() {
    let manifest = manifest();
    let listed: BTreeSet<_> = entries(&manifest, "file", "source").into_iter().collect();
    let mut there = BTreeSet::new();
    collect(&folder(), &folder(), &mut there);
    let listed_owned: BTreeSet<String> = listed.iter().map(|s| (*s).to_owned()).collect();
    assert_eq!(listed_owned, there);
    let places = entries(&manifest, "file", "destination");
    let once: BTreeSet<_> = places.iter().collect();
    assert_eq!(once.len(), places.len(), "two files for one place");
    for path in entries(&manifest, "link", "path") {
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        let enabled = path.contains(".wants/") || path.contains(".requires/");
        let ours = name.starts_with("salle-") || DAEMONS.contains(&name) || name == "var.mount";
        if enabled && ours {
            assert!(
                there.contains(&format!("units/{name}")),
                "{name} is enabled"
            );
        }
    }
}

fn collect(root: &Path, folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if path.is_dir() {
            collect(root, &path, into);
        } else if name != "README.md" && name != "install.toml" {
            into.insert(name);
        }
    }
}

#[test]
fn nobody_can_log_in() {
    let manifest = manifest();
    let links = manifest["link"].as_array().unwrap();
    let masked: BTreeSet<_> = links
        .iter()
        .filter(|link| link["target"].as_str() == Some("/dev/null"))
        .map(|link| {
            Path::new(link["path"].as_str().unwrap())
                .file_name()
                .unwrap()
        })
        .collect();
    for unit in [
        "getty.target",
        "getty@.service",
        "serial-getty@.service",
        "console-getty.service",
        "autovt@.service",
        "debug-shell.service",
        "rescue.service",
        "ctrl-alt-del.target",
    ] {
        assert!(
            masked.contains(std::ffi::OsStr::new(unit)),
            "{unit} is masked"
        );
    }
}

#[test]
fn who_tells_boots_apart_is_told_which_one_this_is() {
    let mut told = 0;
    for (name, text) in services() {
        let start = value(&text, "ExecStart").unwrap_or_default();
        if start.starts_with("/usr/bin/fleetd serve")
            || start.starts_with("/usr/bin/fleetd boot-good")
        {
            assert!(start.ends_with(" --boot %b"), "{name}: {start}");
            told += 1;
        }
    }
    assert_eq!(told, 2);
}

#[test]
fn the_login_follows_an_interface_to_the_name_that_stays() {
    let rules = "udev/81-salle-login.rules";
    let text = fs::read_to_string(folder().join(rules)).unwrap();
    let rule = text.lines().find(|line| !line.starts_with('#')).unwrap();
    // udev renames in 80-net-setup-link.rules, and says so with `move`.
    assert!(Path::new(rules).file_name().unwrap() > "80-net-setup-link.rules");
    assert!(rule.starts_with("ACTION!=\"remove\""));
    assert!(rule.contains("salle-8021x@$name.service"));
    let unit = fs::read_to_string(folder().join("units/salle-8021x@.service")).unwrap();
    let runtime = value(&unit, "RuntimeDirectory").unwrap();
    let told = format!("/usr/bin/fleetd login --runtime /run/{runtime} %I");
    assert_eq!(value(&unit, "ExecStart"), Some(told.as_str()));
}
