//! The image in a virtual board: starts it in QEMU, reads its serial line, asks it through the
//! probe of test images, changes its disk from outside, pulls the plug.
//!
//! ```text
//! Image (what `cargo xtask image --test` built) → Disk (a unit's own copy on write, or one
//! that forgets what was not flushed) → Machine (QEMU; QMP, serial line, probe)
//! ```
//!
//! Invariants: a machine ends with its value; nothing is changed in the built image; every wait
//! is for a condition and has a generous end, because emulation on a busy computer is slow.
//! Deliberately absent: knowledge of what a test wants to see.

mod bundle;
mod disk;
mod error;
mod file_server;
mod gpt;
mod image;
mod kernel_image;
pub mod keys;
mod machine;
mod nbd;
mod picture;
mod probe;
mod qmp;
mod random;
mod serial;
mod switch;
mod tpm;

pub use bundle::Bundle;
pub use disk::{Disk, RawDisk};
pub use error::Error;
pub use file_server::FileServer;
pub use gpt::{Partition, find as partition};
pub use image::Image;
pub use machine::{LONG, Machine, Options};
pub use nbd::{Cut, LossyDisk};
pub use picture::Picture;
pub use probe::{Answer, Probe};
pub use qmp::Qmp;
pub use random::Random;
pub use serial::Serial;
pub use switch::Switch;
pub use tpm::Tpm;

/// What goes wrong ends the test with this.
pub type Result<T, E = Error> = std::result::Result<T, E>;
