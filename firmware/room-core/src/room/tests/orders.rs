//! Random orders of events: the world checks what must hold after each.

use std::time::Duration;

use room_messages::api::{Button, Phase};

use super::world::{Mood, World};
use crate::input::{Ask, BoardFact, Input};
use crate::matrix::MatrixFact;

/// Numerical Recipes' generator: the same sequence everywhere, so a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn mood(dice: &mut Dice) -> Mood {
    match dice.roll(20) {
        0 => Mood::NotInvited,
        1 => Mood::NoPower,
        2 => Mood::NoTransport,
        3 => Mood::TokenRefused,
        4 => Mood::TokenFailing,
        5 => Mood::SfuUnreachable,
        6 => Mood::SfuRefusing,
        7 => Mood::SfuRoomMissing,
        8 => Mood::RoomUnknown,
        9 => Mood::Silent,
        _ => Mood::Kind,
    }
}

fn step(world: &mut World, dice: &mut Dice) {
    match dice.roll(20) {
        0 | 1 => world.join(),
        2 => world.ask(Ask::Join {
            target: "!other:example.org".into(),
        }),
        3 => world.ask(Ask::Leave),
        4 => world.ask(Ask::Microphone {
            muted: dice.roll(2) == 0,
        }),
        5 => world.ask(Ask::Camera {
            on: dice.roll(2) == 0,
        }),
        6 => world.happens(Input::Board(BoardFact::MuteLine {
            asserted: dice.roll(2) == 0,
        })),
        7 => {
            let buttons = [
                Button::Join,
                Button::HangUp,
                Button::Mute,
                Button::Camera,
                Button::VolumeUp,
                Button::VolumeDown,
                Button::Help,
                Button::Call,
            ];
            let button = buttons[dice.roll(8) as usize];
            world.happens(Input::Board(BoardFact::Pressed(button)));
        }
        8 if world.mediad.up => world.media_down(),
        8 | 9 if !world.mediad.up => world.media_up(),
        10 => {
            world.now = world.now.after(Duration::from_millis(dice.roll(4_000)));
            world.happens(Input::Tick);
        }
        11 => world.mood = mood(dice),
        12 => world.happens(Input::Matrix(MatrixFact::Offline)),
        13 => world.tell_state(),
        _ if !world.pending.is_empty() => {
            let chosen = dice.roll(world.pending.len() as u64) as usize;
            let input = world.pending.remove(chosen);
            world.happens(input);
        }
        _ => {}
    }
}

#[test]
fn whatever_comes_in_whatever_order_after_a_leave_everything_is_released() {
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let mut world = World::ready(Mood::Kind);
        for _ in 0..150 {
            step(&mut world, &mut dice);
        }
        world.mood = Mood::Kind;
        world.ask(Ask::Leave);
        while !world.pending.is_empty() {
            let chosen = dice.roll(world.pending.len() as u64) as usize;
            let input = world.pending.remove(chosen);
            world.happens(input);
        }
        world.pass(10);
        assert_eq!(world.phase(), Phase::Idle, "seed {seed}");
        assert_eq!(world.watched, None, "seed {seed}");
        assert_eq!(world.remembered, None, "seed {seed}");
        world.happens(Input::ShutDown);
        assert!(world.finished, "seed {seed}");
    }
}

#[test]
fn a_kind_world_always_ends_in_the_call_that_was_asked_for_last() {
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let mut world = World::ready(Mood::Kind);
        for _ in 0..100 {
            step(&mut world, &mut dice);
        }
        world.mood = Mood::Kind;
        if !world.mediad.up {
            world.media_up();
        }
        // A homeserver tells a room's states in order: those of before come before the join.
        world.settle();
        world.join();
        world.settle();
        world.pass(10);
        assert_eq!(
            world.phase(),
            Phase::InCall,
            "seed {seed}: {:?}",
            world.status().call.problem
        );
    }
}
