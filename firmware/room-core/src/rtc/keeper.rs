//! Keeps the room's own membership true: sent, refreshed, gone when it should be.
//!
//! A leave is scheduled at the homeserver before joining and put off every four seconds, so
//! a room that loses power is out of the call within twenty (MSC4140). Refreshed hourly.
//!
//! Invariant: at most one request of a kind is under way; while the call is wanted it is never
//! given up; after [`Keeper::leave`] it ends in [`Keeper::has_left`], whatever the order of answers.
//! Deliberately absent: delegation of the leave to the authorization service.

mod order;

pub use order::{Order, Outcome, Place, Request};
