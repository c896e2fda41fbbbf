//! Questions to an installer → `salle.toml`.
//!
//! ```text
//! table (what is asked) ─► Dialogue: step() says what to show, answer() takes what was typed
//!                             │ each answer, in a whole draft of the file, goes through
//!                             ▼ room-commissioning, which is what the unit reads it with
//!                          salle.toml
//! ```
//!
//! Invariants: what is written is what the unit accepts, because the unit's own reader has
//! accepted it; no secret is in what is shown or in `Debug`; a wrong answer costs only itself;
//! every sentence is there in French and English.
//! Deliberately absent: rules about values (they are in `room-settings`), and files and the
//! terminal (they are in `main.rs` and beside it).

mod answers;
mod check;
mod dialogue;
mod prompt;
mod question;
mod salle_toml;
mod summary;
mod table;
mod understand;
mod words;

pub use dialogue::{Dialogue, FileTrouble, Input, Prompt, Step};
pub use words::Words;
