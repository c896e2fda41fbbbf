use super::*;
use crate::stage::paint::Voice;
use gstreamer_video::{VideoFormat, VideoInfo};
use room_messages::SfuId;
use room_messages::api::{Language, Layout, Text};

fn composer() -> Composer {
    crate::gst::init().unwrap();
    let voice = Voice {
        room: "Salle Molière".into(),
        language: Language::Fr,
    };
    let painter = Painter::new(voice, 1280, 720);
    let security = Text::new("End-to-end encrypted", "Chiffré de bout en bout");
    let screen = Screen::Call {
        security,
        notice: Text::default(),
    };
    Composer::new(painter, screen, (1280, 720)).unwrap()
}

fn entry(name: &str) -> RosterEntry {
    RosterEntry {
        sfu: SfuId::OWN,
        identity: Identity(name.into()),
        name: name.into(),
    }
}

fn put(slot: &FrameSlot, width: u32, height: u32, luma: u8) {
    let info = VideoInfo::builder(VideoFormat::I420, width, height)
        .build()
        .unwrap();
    let mut bytes = vec![128; info.size()];
    bytes[..(width * height) as usize].fill(luma);
    slot.put(gstreamer::Buffer::from_mut_slice(bytes), info);
}

fn pixel(composer: &Composer, x: usize, y: usize) -> [u8; 3] {
    let rgb = composer.picture().rgb();
    rgb[3 * (y * 1280 + x)..][..3].try_into().unwrap()
}

#[test]
fn a_tile_shows_a_card_then_the_picture_then_the_card_again() {
    let mut composer = composer();
    composer.set_roster(vec![entry("Ada")]);
    let slot = FrameSlot::default();
    let mut slots = Slots::new();
    slots.insert((Identity("Ada".into()), Source::Camera), slot.clone());
    assert!(composer.refresh(&slots).unwrap());
    assert!(!composer.refresh(&slots).unwrap());
    let card = pixel(&composer, 640, 600);
    put(&slot, 640, 360, 235);
    assert!(composer.refresh(&slots).unwrap());
    assert_eq!(pixel(&composer, 640, 600), [255; 3]);
    assert!(!composer.refresh(&slots).unwrap());
    slot.clear();
    assert!(composer.refresh(&slots).unwrap());
    assert_eq!(pixel(&composer, 640, 600), card);
}

#[test]
fn a_shared_screen_takes_the_tile_and_shapes_are_kept() {
    let mut composer = composer();
    composer.set_roster(vec![entry("Ada")]);
    let (camera, screen) = (FrameSlot::default(), FrameSlot::default());
    let mut slots = Slots::new();
    slots.insert((Identity("Ada".into()), Source::Camera), camera.clone());
    slots.insert(
        (Identity("Ada".into()), Source::ScreenShare),
        screen.clone(),
    );
    put(&camera, 640, 360, 235);
    put(&screen, 480, 480, 126);
    composer.refresh(&slots).unwrap();
    let grey = pixel(&composer, 640, 300);
    assert!(grey[0].abs_diff(128) < 3, "{grey:?}");
    // Left of a square picture in a wide tile is the backdrop, not the camera.
    assert!(pixel(&composer, 150, 300)[0] < 40);
    screen.clear();
    composer.refresh(&slots).unwrap();
    assert_eq!(pixel(&composer, 150, 300), [255; 3]);
}

#[test]
fn any_roster_and_any_picture_can_be_drawn() {
    let mut composer = composer();
    let mut slots = Slots::new();
    for count in [0, 1, 2, 5, 17, 25, 40] {
        let names = [
            "\u{202e}evil",
            "",
            "世界",
            "مرحبا بالعالم",
            &"W".repeat(900),
        ];
        let roster: Vec<_> = (0..count)
            .map(|n| RosterEntry {
                name: names[n % names.len()].into(),
                ..entry(&n.to_string())
            })
            .collect();
        for (n, entry) in roster.iter().enumerate() {
            let slot = FrameSlot::default();
            let sizes = [(2, 2), (16, 1000), (1000, 16), (641, 359), (1280, 720)];
            let (width, height) = sizes[n % sizes.len()];
            put(&slot, width, height, 100);
            slots.insert((entry.identity.clone(), Source::Camera), slot);
        }
        composer.set_roster(roster);
        composer.refresh(&slots).unwrap();
    }
}

#[test]
fn who_speaks_gets_a_ring_that_vanishes_and_a_grid_does_not_move_for_them() {
    let mut composer = composer();
    composer.set_roster(vec![entry("Ada"), entry("Ben")]);
    let slots = Slots::new();
    composer.refresh(&slots).unwrap();
    let quiet = composer.picture().rgb();
    let speaking = Signs {
        muted: false,
        speaking: true,
    };
    composer.mark(BTreeMap::from([(Identity("Ben".into()), speaking)]));
    assert!(composer.refresh(&slots).unwrap());
    let edge = composer.tiles[1].place;
    let (x, y) = (edge.x as usize + 2, (edge.y + edge.height / 2) as usize);
    let [red, _, blue] = pixel(&composer, x, y);
    assert!(blue > 200 && red < 150);
    composer.arrange(Arrangement {
        speaker: Some(Identity("Ben".into())),
        ..Arrangement::default()
    });
    assert!(!composer.refresh(&slots).unwrap());
    composer.mark(BTreeMap::new());
    assert!(composer.refresh(&slots).unwrap());
    assert!(composer.picture().rgb() == quiet);
}

#[test]
fn shared_content_is_large_and_its_owner_stays_a_face_in_the_strip() {
    let mut composer = composer();
    composer.set_roster(vec![entry("Ada"), entry("Ben")]);
    let (camera, screen) = (FrameSlot::default(), FrameSlot::default());
    let ben = Identity("Ben".into());
    let slots = Slots::from([
        ((ben.clone(), Source::Camera), camera.clone()),
        ((ben.clone(), Source::ScreenShare), screen.clone()),
    ]);
    put(&camera, 640, 360, 235);
    put(&screen, 1280, 720, 126);
    composer.arrange(Arrangement {
        layout: Layout::Content,
        speaker: None,
        content: Some(ben),
    });
    composer.refresh(&slots).unwrap();
    let middle = |tile: &Tile| {
        let place = tile.place;
        let (x, y) = (place.x + place.width / 2, place.y + place.height / 2);
        pixel(&composer, x as usize, y as usize)
    };
    let [large, ada, face] = composer.tiles.as_slice() else {
        panic!("three tiles");
    };
    assert!(middle(large)[0].abs_diff(128) < 3);
    assert_eq!(middle(face), [255; 3]);
    assert!(large.place.width > 4 * ada.place.width);
}
