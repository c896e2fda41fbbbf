use super::*;
use crate::phone::tests::{CONSUMER_LIST, SPEAKERPHONE};

#[test]
fn a_speakerphones_buttons_and_lamps_are_found() {
    let layout = read(SPEAKERPHONE).unwrap();
    assert!(layout.is_phone() && layout.numbered);
    let alone = |report, first, relative| Told::Alone {
        at: Bits {
            report,
            first,
            count: 1,
        },
        relative,
    };
    let keys = [
        (Key::VolumeUp, alone(1, 0, false)),
        (Key::VolumeDown, alone(1, 1, false)),
        (Key::Hook, alone(2, 0, false)),
        (Key::Mute, alone(2, 1, true)),
    ];
    assert_eq!(layout.keys, keys);
    let bits = |first| Bits {
        report: 2,
        first,
        count: 1,
    };
    let leds = [
        (Led::OffHook, bits(0)),
        (Led::Mute, bits(1)),
        (Led::Ring, bits(2)),
    ];
    for led in leds {
        assert!(layout.leds.contains(&led), "{led:?}");
    }
    assert_eq!(layout.outputs[&2], 8);
}

#[test]
fn a_list_of_what_is_held_is_understood_and_is_no_phone() {
    let layout = read(CONSUMER_LIST).unwrap();
    assert!(!layout.is_phone() && !layout.numbered);
    let at = Bits {
        report: 0,
        first: 0,
        count: 16,
    };
    let listed = |value| Told::Listed {
        at,
        places: 2,
        value,
    };
    let keys = [
        (Key::VolumeUp, listed(0xE9)),
        (Key::VolumeDown, listed(0xEA)),
    ];
    assert_eq!(layout.keys, keys);
}

#[test]
fn what_cannot_be_is_refused() {
    for descriptor in [
        // Cut off in the middle of an item, short and long.
        &[0x06, 0x0B][..],
        &[0xFE, 0x10, 0x00, 0x01],
        &[0xFE],
        // More bits than a report may have, also where the product leaves 32 bits.
        &[0x75, 0xFF, 0x96, 0xFF, 0xFF, 0x81, 0x02],
        &[
            0x77, 0xFF, 0xFF, 0xFF, 0xFF, 0x97, 0xFF, 0xFF, 0xFF, 0xFF, 0x81, 0x02,
        ],
        // A run of usages that ends before it begins, and one without a beginning.
        &[0x19, 0x05, 0x29, 0x04],
        &[0x29, 0x04],
        // Taking back what was never put aside; a report's number that is none.
        &[0xB4],
        &[0x86, 0x00, 0x01],
    ] {
        assert_eq!(read(descriptor), Err(Malformed), "{descriptor:x?}");
    }
    assert_eq!(read(&[0xA4; MAX_STACK + 1]), Err(Malformed));
    assert_eq!(read(&[0; MAX_DESCRIPTOR + 1]), Err(Malformed));
    assert_eq!(read(&[]), Ok(Layout::default()));
}
