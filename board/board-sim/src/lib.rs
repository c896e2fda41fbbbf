//! A scripted board that can misbehave.
//!
//! Invariant: everything a real board can do wrong can be ordered here: unplugged, slow, stuck.
//! Deliberately absent: a speakerphone and a remote control, whose buttons mean what those of the
//! board mean, and pictures and sound of cameras and microphones, which `mediad` simulates.

mod controls;
mod lamps;
mod lines;
mod plugs;

use std::time::Duration;

use board_api::{Board, Ports};

pub use controls::Controls;

/// How a thing misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    Unplugged,
    /// Answers after this long.
    Slow(Duration),
    /// Keeps its last state whatever happens.
    Stuck,
}

/// A simulated board and the hand that moves it.
#[must_use]
pub fn board() -> (Board, Controls) {
    let controls = Controls::default();
    let board = Board {
        light: Some(Box::new(lamps::Light(controls.clone()))),
        call_lamp: Some(Box::new(lamps::Single::call(controls.clone()))),
        mute_lamp: Some(Box::new(lamps::Single::mute(controls.clone()))),
        buttons: Box::new(lines::Panel(controls.clone())),
        mute_line: Some(Box::new(lines::Line::new(controls.clone()))),
        presence: Some(Box::new(lines::Sensor::new(controls.clone()))),
        phone: None,
        display: Some(Box::new(plugs::Display(controls.clone()))),
        remote: None,
        touch: Some(Box::new(plugs::Panel(controls.clone()))),
    };
    (board, controls)
}

/// The ports of the board these controls belong to.
#[must_use]
pub fn ports(controls: &Controls) -> Ports {
    Ports {
        camera: Box::new(plugs::Camera(controls.clone())),
        content: Box::new(plugs::Camera(controls.clone())),
        microphone: Box::new(plugs::Sound::new(controls.clone(), "sim-microphone")),
        speaker: Box::new(plugs::Sound::new(controls.clone(), "sim-speaker")),
        hotplug: Box::new(plugs::Words(controls.clone())),
    }
}
