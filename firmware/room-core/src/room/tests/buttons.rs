//! One story per button.

use room_messages::Screen;
use room_messages::api::{Button, Phase};

use super::world::{Mood, ROOM, World, character, in_call};
use crate::input::{Ask, BoardFact, Input};
use crate::room::Character;

fn press(world: &mut World, button: Button) {
    world.happens(Input::Board(BoardFact::Pressed(button)));
}

#[test]
fn the_volume_goes_by_steps_and_stops_at_its_ends() {
    let mut world = World::ready(Mood::Kind);
    assert_eq!(world.status().speaker.volume, 80);
    press(&mut world, Button::VolumeUp);
    assert_eq!(
        (world.status().speaker.volume, world.mediad.volume),
        (90, 90)
    );
    for _ in 0..10 {
        press(&mut world, Button::VolumeUp);
    }
    assert_eq!(world.status().speaker.volume, 100);
    for _ in 0..25 {
        press(&mut world, Button::VolumeDown);
    }
    assert_eq!((world.status().speaker.volume, world.mediad.volume), (0, 0));
}

#[test]
fn nobody_is_louder_than_the_settings_allow() {
    let quiet = Character {
        maximum_volume: 62,
        ..character()
    };
    let mut world = World::with(Mood::Kind, quiet);
    world.media_up();
    assert_eq!(world.status().speaker.volume, 62);
    press(&mut world, Button::VolumeUp);
    assert_eq!(
        (world.status().speaker.volume, world.mediad.volume),
        (62, 62)
    );
    let loud = Ask::Speaker { volume: 63 };
    let problem = world.room.check(&loud).unwrap_err();
    assert!(problem.code == "SPK-02" && problem.what.en.contains("62"));
    world.ask(loud);
    assert_eq!(world.mediad.volume, 62);
    assert_eq!(world.room.check(&Ask::Speaker { volume: 62 }), Ok(()));
}

#[test]
fn the_camera_button_closes_the_camera_and_opens_it_again() {
    let mut world = in_call();
    assert!(world.mediad.camera);
    press(&mut world, Button::Camera);
    assert!(!world.mediad.camera && !world.status().camera.on);
    press(&mut world, Button::Camera);
    assert!(world.mediad.camera && world.status().camera.on);
}

#[test]
fn one_button_joins_and_hangs_up() {
    let mut world = World::ready(Mood::Kind);
    press(&mut world, Button::Call);
    assert_eq!(world.phase(), Phase::Idle, "there is nothing to join");
    world.join();
    world.settle();
    press(&mut world, Button::Call);
    world.settle();
    world.pass(10);
    assert_eq!(world.phase(), Phase::Idle);
    press(&mut world, Button::Call);
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
}

#[test]
fn help_is_shown_with_its_reference_until_it_is_taken_back_or_has_stood_long_enough() {
    let mut world = World::ready(Mood::Kind);
    press(&mut world, Button::Help);
    let help = world.status().help.expect("help is wanted");
    let shown = |world: &World| match &world.mediad.screen {
        Some(Screen::Message { title, .. }) => title.en.contains(&help.reference),
        Some(Screen::Call { notice, .. }) => notice.fr.contains(&help.reference),
        _ => false,
    };
    assert!(shown(&world));
    world.join();
    world.settle();
    assert!(shown(&world));
    press(&mut world, Button::Help);
    assert!(world.status().help.is_none() && !shown(&world));
    world.ask(Ask::Help { wanted: true });
    world.pass(14 * 60);
    assert!(world.status().help.is_some());
    world.pass(61);
    assert!(world.status().help.is_none());
}

#[test]
fn who_sees_nothing_hears_what_each_button_did() {
    use room_messages::Prompt;
    let mut world = World::ready(Mood::Kind);
    let heard = |world: &mut World, button| {
        world.happens(Input::Board(BoardFact::Pressed(button)));
        world.settle();
        std::mem::take(&mut world.mediad.said)
    };
    assert_eq!(heard(&mut world, Button::Join), [Prompt::NothingToJoin]);
    world.happens(Input::Meeting {
        target: Some(ROOM.into()),
    });
    let joined = heard(&mut world, Button::Join);
    assert_eq!(joined, [Prompt::Joining, Prompt::InCall]);
    assert_eq!(heard(&mut world, Button::Mute), [Prompt::Muted]);
    assert_eq!(heard(&mut world, Button::Mute), [Prompt::Unmuted]);
    world.happens(Input::Board(BoardFact::MuteLine { asserted: true }));
    assert_eq!(
        heard(&mut world, Button::Mute),
        [Prompt::Muted, Prompt::HeldMuted]
    );
    assert_eq!(heard(&mut world, Button::VolumeUp), []);
    assert_eq!(heard(&mut world, Button::HangUp), [Prompt::Left]);
}
