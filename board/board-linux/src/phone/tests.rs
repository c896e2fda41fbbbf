//! Descriptors as devices have them, and finding the right device.

use std::fs;

use super::*;

/// Shaped as conference speakerphones' are: consumer keys in report 1, telephony and its lamps in
/// report 2.
pub(super) const SPEAKERPHONE: &[u8] = &[
    0x05, 0x0C, // Usage Page (Consumer)
    0x09, 0x01, // Usage (Consumer Control)
    0xA1, 0x01, // Collection (Application)
    0x85, 0x01, //   Report ID 1
    0x15, 0x00, 0x25, 0x01, //   Logical 0 to 1
    0x09, 0xE9, 0x09, 0xEA, //   Usage (Volume Increment, Decrement)
    0x75, 0x01, 0x95, 0x02, 0x81, 0x02, //   2 x 1 bit, Input (Data, Variable, Absolute)
    0x95, 0x06, 0x81, 0x01, //   6 bits of padding
    0xC0, // End Collection
    0x05, 0x0B, // Usage Page (Telephony)
    0x09, 0x05, // Usage (Headset)
    0xA1, 0x01, // Collection (Application)
    0x85, 0x02, //   Report ID 2
    0x09, 0x20, //   Usage (Hook Switch)
    0x95, 0x01, 0x81, 0x22, //   Input (Data, Variable, Absolute, No Preferred)
    0x09, 0x2F, //   Usage (Phone Mute)
    0x81, 0x06, //   Input (Data, Variable, Relative)
    0x95, 0x06, 0x81, 0x01, //   6 bits of padding
    0x05, 0x08, //   Usage Page (LED)
    0x09, 0x17, 0x09, 0x09, 0x09, 0x18, //   Usage (Off-Hook, Mute, Ring)
    0x95, 0x03, 0x91, 0x22, //   3 x 1 bit, Output
    0x95, 0x05, 0x91, 0x01, //   5 bits of padding
    0xC0, // End Collection
];

/// A remote control: two places for what is held.
pub(super) const CONSUMER_LIST: &[u8] = &[
    0x05, 0x0C, 0x09, 0x01, 0xA1, 0x01, // Consumer Control, Application
    0x15, 0x00, 0x26, 0xFF, 0x03, // Logical 0 to 1023
    0x19, 0x00, 0x2A, 0xFF, 0x03, // Usage 0 to 1023
    0x75, 0x10, 0x95, 0x02, 0x81, 0x00, // 2 x 16 bits, Input (Data, Array)
    0xC0,
];

fn add(root: &Path, node: &str, name: &str, descriptor: &[u8]) {
    let device = root.join("class/hidraw").join(node).join("device");
    fs::create_dir_all(&device).unwrap();
    fs::write(device.join("report_descriptor"), descriptor).unwrap();
    fs::write(
        device.join("uevent"),
        format!("DRIVER=hid-generic\nHID_NAME={name}\n"),
    )
    .unwrap();
    fs::write(root.join(node), "").unwrap();
}

fn phone(root: &Path, rule: &str) -> Phone {
    let roots = Roots {
        sys: root.to_owned(),
        dev: root.to_owned(),
    };
    Phone::new(roots, &toml::from_str(rule).unwrap())
}

#[test]
fn the_first_telephone_of_the_right_name_is_taken_and_lit() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    add(root, "hidraw0", "Remote", CONSUMER_LIST);
    add(root, "hidraw1", "Acme Speak", SPEAKERPHONE);
    add(root, "hidraw2", "Other Talk", SPEAKERPHONE);
    add(root, "hidraw3", "Broken", &[0x06]);
    let lamps = PhoneLamps {
        off_hook: true,
        ..PhoneLamps::default()
    };
    phone(root, "").show(lamps).unwrap();
    // Lit, and dark again when its owner is gone.
    assert_eq!(fs::read(root.join("hidraw1")).unwrap(), [2, 1, 2, 0]);
    phone(root, "name = \"Other*\"").show(lamps).unwrap();
    assert_eq!(fs::read(root.join("hidraw2")).unwrap(), [2, 1, 2, 0]);
    let mut absent = phone(root, "name = \"Nothing\"");
    assert_eq!(absent.show(lamps), Err(BoardError::Unplugged));
    assert_eq!(absent.next(Duration::ZERO), Err(BoardError::Unplugged));
    assert!(fs::read(root.join("hidraw0")).unwrap().is_empty());
}
