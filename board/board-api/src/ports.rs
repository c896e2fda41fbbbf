//! Cameras, microphones and speakers as they are found: present or not, and how they are opened.
//! Looking opens nothing that people could notice and disturbs nobody who captures.

use std::path::PathBuf;

use crate::BoardError;

/// A camera that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camera {
    /// Device node, e.g. `/dev/video0`; another one after it was plugged in again.
    pub node: PathBuf,
    /// As it calls itself.
    pub name: String,
    /// Kernel driver, e.g. `uvcvideo`.
    pub driver: String,
}

/// A picture format a camera offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// V4L2's four characters, e.g. `YUYV` or `MJPG`.
    pub fourcc: [u8; 4],
    /// The driver's own words.
    pub description: String,
}

/// Where the room's camera is plugged in.
pub trait CameraPort: Send {
    /// The camera, or `None` while there is none. When several fit, the profile's order decides.
    ///
    /// # Errors
    /// When the board cannot be looked at.
    fn camera(&mut self) -> Result<Option<Camera>, BoardError>;

    /// What the camera offers, in its own order.
    ///
    /// # Errors
    /// [`BoardError::Unplugged`] when there is none; [`BoardError::Failed`] when it does not say.
    fn formats(&mut self) -> Result<Vec<Format>, BoardError>;
}

/// A microphone or speaker that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// ALSA name, e.g. `hw:CARD=Jabra,DEV=0`.
    pub pcm: String,
    /// As its card calls itself.
    pub name: String,
}

/// Where the room's microphone, or its speaker, is plugged in.
pub trait SoundPort: Send {
    /// The device, or `None` while there is none. When several fit, the profile's order decides.
    ///
    /// # Errors
    /// When the board cannot be looked at.
    fn sound(&mut self) -> Result<Option<Sound>, BoardError>;
}
