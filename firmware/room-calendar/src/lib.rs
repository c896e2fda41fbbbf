//! The room's calendar over the network: CalDAV (RFC 4791, RFC 6578) and published iCalendar
//! files.
//!
//! [`Calendar`] asks and writes one calendar; [`start`] runs it as a task that polls, carries out
//! the day's effects and tells facts. What a calendar file means, when to ask again and what
//! follows is decided in `room-meetings`.
//! Invariant: the password goes to the configured host only, never from TLS to plain HTTP; no
//! address, title or password reaches a log; every answer is bounded in size and time.
//! Deliberately absent: scheduling (RFC 6638), other calendars than the one configured.

mod caldav;
mod calendar;
mod error;
mod http;
mod multistatus;
mod published;
mod requests;
mod task;
mod xml;

pub use calendar::{Calendar, Kind, Place};
pub use error::CalendarError;
pub use http::Login;
pub use task::{Handle, Options, Order, start};
