//! The simulated board keeps the contract every board keeps, and can be broken on request.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::time::{Duration, Instant};

use board_api::contract::{Bench, Hand, LampName, Plug};
use board_api::{BoardError, Button, Colour, Pattern, Percent};
use board_sim::{Controls, Fault, board, ports};

struct Fingers {
    controls: Controls,
    begun: Instant,
}

impl Hand for Fingers {
    fn press(&mut self, button: Button) {
        self.controls.press(button);
    }

    fn set_mute_line(&mut self, asserted: bool) {
        self.controls.set_mute_line(asserted);
    }

    fn set_movement(&mut self, movement: bool) {
        self.controls.set_movement(movement);
    }

    fn is_lit(&mut self, lamp: LampName) -> bool {
        let pattern = match lamp {
            LampName::Call => self.controls.call_lamp(),
            LampName::Mute => self.controls.mute_lamp(),
            LampName::Status => match self.controls.light() {
                (Colour::Off, ..) => Pattern::Dark,
                (_, pattern, _) => pattern,
            },
        };
        let phases = pattern.phases_ms();
        let whole: u128 = phases.iter().map(|ms| u128::from(*ms)).sum();
        let mut left = self.begun.elapsed().as_millis().checked_rem(whole);
        let passed = phases.iter().take_while(|ms| {
            left = left.and_then(|left| left.checked_sub(u128::from(**ms)));
            left.is_some()
        });
        pattern.is_lit(passed.count())
    }

    fn touch(&mut self, x: f32, y: f32) {
        self.controls.touch(x, y);
    }

    fn plug(&mut self, what: Plug, present: bool) {
        match what {
            Plug::Camera => self.controls.plug_camera(present),
            Plug::Sound => self.controls.plug_sound(present),
            Plug::Lines => {
                let fault = if present {
                    Fault::None
                } else {
                    Fault::Unplugged
                };
                self.controls.break_buttons(fault);
                self.controls.break_mute_line(fault);
            }
        }
    }
}

fn bench() -> Bench {
    let (board, controls) = board();
    let ports = ports(&controls);
    controls.set_movement(false);
    let begun = Instant::now();
    Bench {
        board,
        ports,
        hand: Box::new(Fingers { controls, begun }),
    }
}

board_api::board_contract!(bench);

#[test]
fn each_thing_can_be_broken() {
    let (mut board, hand) = board();
    hand.break_light(Fault::Slow(Duration::from_secs(1)));
    let light = board.light.as_mut().unwrap();
    assert_eq!(
        light.set(Colour::Red, Pattern::Steady, Percent::FULL),
        Err(BoardError::TimedOut)
    );
    hand.break_mute_line(Fault::Stuck);
    hand.set_mute_line(true);
    let line = board.mute_line.as_mut().unwrap();
    assert_eq!(line.is_asserted(), Ok(false));
    hand.break_mute_line(Fault::Unplugged);
    assert_eq!(line.is_asserted(), Err(BoardError::Unplugged));
    hand.break_buttons(Fault::Unplugged);
    hand.press(Button::Mute);
    assert_eq!(
        board.buttons.next(Duration::ZERO),
        Err(BoardError::Unplugged)
    );
}
