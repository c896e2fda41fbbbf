//! The room's meetings: calendar files, links in what people write, and the room's day.
//!
//! [`ical`] turns calendar files into meetings, [`links`] finds what can be joined, [`day`]
//! merges what several sources say and decides what follows from it, [`polling`] says when a
//! source is asked again, [`rooms`] reads Matrix rooms as meetings, [`schedule`] finds a time in what people write.
//! Invariant: no I/O, no clock, no task; whatever is read is bounded. No title, no name and no
//! link reaches a log.

pub mod day;
pub mod ical;
pub mod links;
mod meeting;
pub mod polling;
pub mod rooms;
pub mod schedule;

pub use meeting::{Key, Meeting, When, Words};
