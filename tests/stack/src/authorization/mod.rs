//! The authorization service: trades a Matrix OpenID token for a LiveKit token, makes the
//! SFU's rooms, and leaves calls on behalf of clients that are gone (MSC4195).
//!
//! It follows the behaviour of Element's lk-jwt-service, which is not packaged; it shares no
//! code with it. Deliberately absent: persistence of jobs across restarts.

pub(crate) mod faults;
pub(crate) mod names;
pub(crate) mod service;
