//! What is plugged in.

use std::time::Duration;

use board_api::{
    BoardError, CameraPort, DisplayPower, Format, Hotplug, Kinds, SoundPort, Touch, TouchPanel,
};

use crate::controls::Controls;

pub(crate) struct Camera(pub Controls);

impl CameraPort for Camera {
    fn camera(&mut self) -> Result<Option<board_api::Camera>, BoardError> {
        Ok(self.0.state().camera.then(|| board_api::Camera {
            node: "/dev/null".into(),
            name: "simulated".into(),
            driver: "sim".into(),
        }))
    }

    fn formats(&mut self) -> Result<Vec<Format>, BoardError> {
        if !self.0.state().camera {
            return Err(BoardError::Unplugged);
        }
        Ok(vec![Format {
            fourcc: *b"YU12",
            description: "simulated".into(),
        }])
    }
}

pub(crate) struct Sound {
    controls: Controls,
    pcm: &'static str,
}

impl Sound {
    pub fn new(controls: Controls, pcm: &'static str) -> Self {
        Self { controls, pcm }
    }
}

impl SoundPort for Sound {
    fn sound(&mut self) -> Result<Option<board_api::Sound>, BoardError> {
        Ok(self.controls.state().sound.then(|| board_api::Sound {
            pcm: self.pcm.into(),
            name: "simulated".into(),
        }))
    }
}

pub(crate) struct Words(pub Controls);

impl Hotplug for Words {
    fn next(&mut self, wait: Duration) -> Result<Kinds, BoardError> {
        let words = self.0.wait_for(wait, |state| {
            state.words.any().then(|| std::mem::take(&mut state.words))
        });
        Ok(words.unwrap_or_default())
    }
}

pub(crate) struct Display(pub Controls);

impl DisplayPower for Display {
    fn is_connected(&mut self) -> Result<bool, BoardError> {
        Ok(true)
    }

    fn is_on(&mut self) -> Result<bool, BoardError> {
        Ok(self.0.state().display_on)
    }

    fn set_on(&mut self, on: bool) -> Result<(), BoardError> {
        self.0.change(|state| state.display_on = on);
        Ok(())
    }
}

pub(crate) struct Panel(pub Controls);

impl TouchPanel for Panel {
    fn next(&mut self, wait: Duration) -> Result<Option<Touch>, BoardError> {
        Ok(self.0.wait_for(wait, |state| state.touches.pop_front()))
    }
}
