//! What the touch panel shows and what a touch means: plain values, without a toolkit.
//!
//! ```text
//! status, answers, time ──►┐                 ┌──► View: every text and state on the screen
//!                          │  Panel (state)  │
//! touches ────────────────►┘                 └──► Effect: requests to the room, choices to keep
//! ```
//!
//! Invariant: a control is in the [`view::View`] only when the room has told that it exists
//! ([`offers::Offers`]); nothing is shown that was not told. A wish is not shown as fulfilled
//! before the room says so: until then the control is marked as busy.
//! Deliberately absent: drawing, sockets, a clock. The shell (`paneld`) has these.

pub mod choices;
pub mod clock;
pub mod offers;
pub mod panel;
pub mod reference;
pub mod touch;
pub mod view;
pub mod words;

pub use choices::{Choices, Theme};
pub use clock::{Now, Zone};
pub use offers::Offers;
pub use panel::{Effect, Heard, Panel};
pub use touch::{Intent, Touch};
pub use view::View;
