//! Things being plugged in and out.

use std::time::Duration;

use crate::BoardError;

/// A kind of thing that can be plugged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Camera,
    Sound,
    Display,
    Touch,
}

/// Kinds of which something may have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    pub camera: bool,
    pub sound: bool,
    pub display: bool,
    pub touch: bool,
}

impl Kinds {
    pub const ALL: Self = Self {
        camera: true,
        sound: true,
        display: true,
        touch: true,
    };

    #[must_use]
    pub fn any(self) -> bool {
        self.camera || self.sound || self.display || self.touch
    }

    #[must_use]
    pub fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Camera => self.camera,
            Kind::Sound => self.sound,
            Kind::Display => self.display,
            Kind::Touch => self.touch,
        }
    }

    pub fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Camera => self.camera = true,
            Kind::Sound => self.sound = true,
            Kind::Display => self.display = true,
            Kind::Touch => self.touch = true,
        }
    }
}

/// The board's word that something was plugged in or out. It says where to look, never what is
/// there: whoever is told looks at the thing itself, so a word too many does no harm.
pub trait Hotplug: Send {
    /// What may have changed, or nothing when nothing does within `wait`. When words were lost,
    /// everything.
    ///
    /// # Errors
    /// When the board does not tell; looking now and then still works.
    fn next(&mut self, wait: Duration) -> Result<Kinds, BoardError>;
}
