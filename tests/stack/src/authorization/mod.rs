//! The authorization service: trades a Matrix OpenID token for a LiveKit token, makes the
//! SFU's rooms, and leaves calls on behalf of clients that are gone (MSC4195).
//!
//! It behaves as Element's lk-jwt-service, which is not packaged, and shares no code with it.
//! Deliberately absent: keeping jobs across restarts, and the periodic search for members
//! that vanished without a webhook.

pub(crate) mod faults;
mod homeservers;
mod leave_job;
mod leaves;
pub(crate) mod names;
mod refusal;
mod requests;
mod routes;
pub(crate) mod service;
mod webhook;
