//! What runs before the room, and beside it for a moment: the data partition, commissioning,
//! sticks. Each is a oneshot of systemd, as root in a small box.

mod button;
mod commission;
mod console;
mod data;
mod settings;
mod stick;
mod tools;

pub use commission::run as commission;
pub use data::run as data;
pub use stick::run as stick;
pub use tools::ToolError;
