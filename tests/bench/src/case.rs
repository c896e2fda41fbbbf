//! The calls that are measured.

use salle_peers::{CameraPicture, Pattern};

/// One call: everybody who is measured sends this picture, moving and noisy.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    /// Simulcast layers the room sends; Element Call decides for itself, and sends the same.
    pub layers: u8,
    /// The measured one, the Element Call it meets, and rooms as further ones.
    pub people: usize,
    /// How often joining is measured on each side.
    pub joins: usize,
}

const SMALL: Case = Case {
    width: 640,
    height: 360,
    frames_per_second: 20,
    layers: 2,
    people: 2,
    joins: 5,
};

const LARGE: Case = Case {
    width: 1280,
    height: 720,
    frames_per_second: 30,
    layers: 3,
    people: 2,
    joins: 3,
};

/// In the order they are run.
pub const ALL: [Case; 4] = [
    SMALL,
    LARGE,
    Case {
        people: 5,
        joins: 3,
        ..SMALL
    },
    Case { people: 5, ..LARGE },
];

impl Case {
    pub fn picture(&self) -> CameraPicture {
        CameraPicture {
            width: self.width,
            height: self.height,
            frames_per_second: self.frames_per_second,
            pattern: Pattern::Noise,
        }
    }

    /// Rooms that fill the call, besides the measured one and its Element Call.
    pub fn crowd(&self) -> usize {
        self.people.saturating_sub(2)
    }

    /// What the crowd sends in every case: two cores carry no three rooms of 720p.
    pub fn of_the_crowd(&self) -> Self {
        Self {
            people: self.people,
            ..SMALL
        }
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            width,
            height,
            frames_per_second: rate,
            layers,
            people,
            ..
        } = self;
        write!(
            f,
            "{width}x{height} at {rate}, {layers} layers, {people} participants"
        )
    }
}
