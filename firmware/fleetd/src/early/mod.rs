//! What runs before the room, and beside it for a moment: the data partition, commissioning,
//! sticks, and what RAUC and udev call. Each ends at once, as root in a small box.

mod button;
mod card;
mod commission;
mod console;
mod data;
mod disk;
mod memory;
mod notes;
mod profile;
mod seal;
mod settings;
mod stick;
mod tools;
mod tpm;

pub use card::run as card;
pub use commission::run as commission;
pub use data::run as data;
pub use seal::run as seal;
pub use stick::run as stick;
pub use tools::ToolError;
