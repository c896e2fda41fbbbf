//! The session and its requests.

use std::time::Duration;

use room_messages::Token;
use serde_json::Value;
use tokio::sync::mpsc;
use url::Url;

use crate::{MatrixFact, OpenError, RequestError, SessionOptions, SfuError};

/// A logged-in device. Cheap to clone; the sync ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Session {}

/// What the homeserver offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// MSC4140.
    pub delayed_events: bool,
    /// Longest delay of a delayed event, when the server says.
    pub max_delay: Option<Duration>,
    /// MSC4354.
    pub sticky_events: bool,
    /// Simplified sliding sync; sticky events are only received with it.
    pub sliding_sync: bool,
}

/// Where calls are carried, as the homeserver says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transports {
    /// Transport objects of MSC4143, first wins; empty when the server names none.
    pub transports: Vec<Value>,
}

/// An event to send, now or delayed.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// State event, never encrypted.
    State {
        kind: String,
        state_key: String,
        content: Value,
    },
    /// Sticky timeline event (MSC4354), encrypted when the room is and it is sent now. A delayed
    /// one is always plain: the server sends it when no key is at hand.
    Sticky {
        kind: String,
        content: Value,
        duration: Duration,
    },
}

/// Result of a request to join by knocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knock {
    Knocked,
}

/// Which of an authorization service's two endpoints to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SfuEndpoint {
    /// `/sfu/get`, identity `user:device`.
    SfuGet,
    /// `/get_token`, hashed identity.
    GetToken,
}

/// A request for a token.
#[derive(Clone, Debug)]
pub struct SfuRequest {
    /// As memberships name it, no trailing slash.
    pub service_url: String,
    pub endpoint: SfuEndpoint,
    pub room: String,
    /// `member.id`; only used by [`SfuEndpoint::GetToken`].
    pub member_id: String,
}

/// Admission to an SFU.
#[derive(Clone, Debug)]
pub struct SfuGrant {
    pub url: Url,
    pub token: Token,
}

#[allow(clippy::unimplemented, clippy::unused_async, missing_docs)]
impl Session {
    /// Restores the stored session, or logs in; then syncs until dropped. Facts must be taken:
    /// the queue is bounded and the sync waits for it.
    ///
    /// # Errors
    /// [`OpenError`], each naming a different next step.
    pub async fn open(
        _options: SessionOptions,
    ) -> Result<(Self, mpsc::Receiver<MatrixFact>), OpenError> {
        unimplemented!()
    }
    /// Own user id.
    pub fn user(&self) -> &str {
        unimplemented!()
    }
    /// Own device id.
    pub fn device(&self) -> &str {
        unimplemented!()
    }
    /// Whether this device is signed by its own account's cross-signing identity.
    pub async fn verified(&self) -> bool {
        unimplemented!()
    }
    /// Unencrypted key messages rejected since start.
    pub fn rejected_keys(&self) -> u64 {
        unimplemented!()
    }
    /// What the server offers; asked anew at each call.
    pub async fn capabilities(&self) -> Result<Capabilities, RequestError> {
        unimplemented!()
    }
    /// Room id of an alias, and servers to join through.
    pub async fn resolve(&self, _alias: &str) -> Result<(String, Vec<String>), RequestError> {
        unimplemented!()
    }
    pub async fn join_room(&self, _room: &str, _via: &[String]) -> Result<(), RequestError> {
        unimplemented!()
    }
    pub async fn accept_invite(&self, _room: &str) -> Result<(), RequestError> {
        unimplemented!()
    }
    pub async fn knock(&self, _room: &str, _via: &[String]) -> Result<Knock, RequestError> {
        unimplemented!()
    }
    /// Leaves a room or declines an invitation.
    pub async fn leave_room(&self, _room: &str) -> Result<(), RequestError> {
        unimplemented!()
    }
    /// Reports this room from now on: a first [`MatrixFact::Room`] as soon as it is known.
    /// Replaces the earlier set.
    pub async fn watch(&self, _rooms: &[String]) {
        unimplemented!()
    }
    /// `…/rtc/transports`, else `rtc_foci` of the well-known file.
    pub async fn transports(&self) -> Result<Transports, RequestError> {
        unimplemented!()
    }
    /// OpenID token, then the SFU's token.
    pub async fn sfu_token(&self, _request: &SfuRequest) -> Result<SfuGrant, SfuError> {
        unimplemented!()
    }
    /// Sends an event; its id.
    pub async fn send_membership(
        &self,
        _room: &str,
        _event: &Event,
    ) -> Result<String, RequestError> {
        unimplemented!()
    }
    /// Schedules an event (MSC4140); the delay id.
    pub async fn schedule_leave(
        &self,
        _room: &str,
        _event: &Event,
        _delay: Duration,
    ) -> Result<String, RequestError> {
        unimplemented!()
    }
    /// Starts a delayed event's time again.
    pub async fn restart_leave(&self, _delay_id: &str) -> Result<(), RequestError> {
        unimplemented!()
    }
    /// Sends a delayed event now.
    pub async fn fire_leave(&self, _delay_id: &str) -> Result<(), RequestError> {
        unimplemented!()
    }
    /// Forgets a delayed event.
    pub async fn cancel_leave(&self, _delay_id: &str) -> Result<(), RequestError> {
        unimplemented!()
    }
    /// Sends a call key to devices by Olm; the `(user, device)`s that did not get it.
    pub async fn send_key(
        &self,
        _recipients: &[(String, String)],
        _content: Value,
    ) -> Result<Vec<(String, String)>, RequestError> {
        unimplemented!()
    }
    /// Sends a timeline event, encrypted when the room is (reactions never are); its id.
    pub async fn send_timeline(
        &self,
        _room: &str,
        _kind: &str,
        _content: Value,
    ) -> Result<String, RequestError> {
        unimplemented!()
    }
    pub async fn redact(&self, _room: &str, _event: &str) -> Result<(), RequestError> {
        unimplemented!()
    }
}
