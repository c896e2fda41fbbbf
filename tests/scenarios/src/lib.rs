//! Whole daemons against the real stack.
//!
//! Purpose: [`Room`] is a `roomd` with its `mediad`, run as an installer runs it, and its
//! control API as an integrator uses it. [`Scene`] puts one beside a stack and people in a
//! Matrix room. The tests lie in `tests/`.
//!
//! Invariant: tests wait for what the control API or a peer says, never for a time; nothing
//! started here outlives the test.
//!
//! Deliberately absent: anything from inside the daemons. What the control API does not
//! say, a test cannot know.

mod api;
mod changes;
mod error;
mod left_out;
mod options;
mod room;
mod scene;
mod sound;

pub use error::Error;
pub use left_out::left_out;
pub use options::{RoomOptions, binary};
pub use room::Room;
pub use scene::{Scene, SceneOptions};
pub use sound::Recording;

/// What every operation of this crate answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
